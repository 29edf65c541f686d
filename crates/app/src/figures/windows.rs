//! Which months of which measures make up a figure.

use std::{collections::BTreeMap, ops::RangeInclusive};

use campaign::{
    definition::{Campaign, Definition, Indicator, Measure, MeasureIdx, MeasureKind, Part},
    formula::{Over, Term},
};
use ledger::figure::{CountedMonths, QuestionMonths, Readings, formula_in_force};
use model::{
    month::{Month, Year},
    period::{Grain, ReportingPeriod},
};

/// Months of a measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) measure: MeasureIdx,
    pub(super) months: RangeInclusive<Month>,
    /// Of statements that enter a running year: that year. The unit's last one up to it counts, where the unit is now.
    pub(super) last_statement: Option<Year>,
    /// Of statements that count for their own years: the running year into which they enter once more, as last ones.
    pub(super) enters_again: Option<Year>,
    /// Where periods count that lie whole in certain months: these months, one by one for each term. Others are listed, and
    /// are not counted.
    pub(super) spans: Vec<CountedMonths>,
    /// After the months of the figure, the grains of periods that end only here: nothing else of these months is listed.
    pub(super) only: Vec<Grain>,
}

impl Window {
    /// Whether what is stated for a period of this grain, which ends with the month, counts.
    pub(super) fn counts(&self, grain: Grain, month: Month) -> bool {
        self.spans.is_empty() || self.spans.iter().any(|span| span.counts(grain, month))
    }

    /// Whether such a statement is listed: it lies in the months of the figure with a part at least.
    pub(super) fn lists(&self, grain: Grain) -> bool {
        self.only.is_empty() || self.only.contains(&grain)
    }
}

/// The windows of an indicator: measures in the order in which its formula names them, the months
/// of each in order and each once, though several terms may count them.
pub(super) fn windows(
    (definition, campaign): (&Definition, &Campaign),
    indicator: &Indicator,
    readings: &Readings,
    (through, period, is_running): (Month, Option<ReportingPeriod>, bool),
) -> Vec<Window> {
    let asked = QuestionMonths { campaign, through, period };
    let formula = formula_in_force(indicator, readings);
    let terms = formula.terms();
    let carries = is_running && formula.carries_statements(definition);
    let is_last_statement = |term: &Term| carries && enters_by_last_statement(definition, *term);
    let of_term = |term: &Term| window(definition, *term, (asked, is_last_statement(term)));
    let all: Vec<Window> = terms.iter().filter_map(of_term).collect();
    let mut measures: Vec<MeasureIdx> = Vec::new();
    for term in &terms {
        let counted = match term.over {
            Over::Previous(base) if through.year() == campaign.period.first => base,
            _ => term.measure,
        };
        if !measures.contains(&counted) {
            measures.push(counted);
        }
    }
    let months_of = |measure| {
        let mut months: Vec<(Month, Month)> = all
            .iter()
            .filter(|window| window.measure == measure)
            .map(|window| (*window.months.start(), *window.months.end()))
            .collect();
        months.sort_unstable();
        months.dedup_by(|(from, to), (_, end)| {
            let is_joined = *from <= end.next();
            if is_joined {
                *end = (*end).max(*to);
            }
            is_joined
        });
        months
    };
    let spans_of = |measure: MeasureIdx| -> Vec<CountedMonths> {
        let own =
            terms.iter().filter(|term| term.measure == measure && definition.measures[measure].has_grains());
        let spans = own.filter_map(|term| CountedMonths::of_term(asked, term.over));
        // What was before the campaign is a baseline, or not known: nothing is left out of it.
        spans.filter(|span| span.first >= campaign.first_month()).collect()
    };
    measures
        .into_iter()
        .flat_map(|measure| {
            let enters_again =
                |term: &&Term| term.measure == measure && term.over == Over::Years && is_last_statement(term);
            let again = terms.iter().find(enters_again).map(|_| through.year());
            let window = |(from, to), last_statement: Option<Year>| {
                let enters_again = again.filter(|_| last_statement.is_none());
                let spans = spans_of(measure);
                Window { measure, months: from..=to, last_statement, enters_again, spans, only: Vec::new() }
            };
            let months = months_of(measure);
            if !terms.iter().any(|term| term.measure == measure && is_last_statement(term)) {
                let mut found: Vec<Window> = months.into_iter().map(|months| window(months, None)).collect();
                found.extend(late(&definition.measures[measure], measure, &found));
                found.sort_by_key(|window| *window.months.start());
                return found;
            }
            // Beside the years that count as a whole, last statements: the newest first, for most are of late.
            let last = last_statements(definition, &months, through.year());
            let last = last.into_iter().map(|months| window(months, Some(through.year())));
            months.iter().map(|months| window(*months, None)).chain(last).collect()
        })
        .collect()
}

/// Months after those of a measure in which periods end that lie in these with a part.
fn late(measure: &Measure, position: MeasureIdx, windows: &[Window]) -> Vec<Window> {
    let mut grains: BTreeMap<Month, Vec<Grain>> = BTreeMap::new();
    let spans = windows.first().map_or(&[][..], |window| &window.spans);
    for span in spans {
        for (grain, _) in measure.slots_of(Part::Listed).chain(measure.slots_of(Part::Unlisted)) {
            for period in span.straddling(grain).filter(|period| period.last() > span.last) {
                let of_month = grains.entry(period.last()).or_default();
                if !of_month.contains(&grain) {
                    of_month.push(grain);
                }
            }
        }
    }
    grains.retain(|month, _| !windows.iter().any(|window| window.months.contains(month)));
    let window = |(month, only): (Month, Vec<Grain>)| Window {
        measure: position,
        months: month..=month,
        last_statement: None,
        enters_again: None,
        spans: spans.to_vec(),
        only,
    };
    grains.into_iter().map(window).collect()
}

/// The months in which statements may lie that enter `year` as last ones, beside those that count as a whole.
fn last_statements(definition: &Definition, whole: &[(Month, Month)], year: Year) -> Vec<(Month, Month)> {
    let until = |year| (Month::ALWAYS, Month::december(year));
    if let (Some((from, _)), Some((_, to))) = (whole.first(), whole.last()) {
        let after = (to.next(), Month::december(year));
        return [after, (Month::ALWAYS, from.previous())]
            .into_iter()
            .filter(|(from, to)| from <= to)
            .collect();
    }
    let first = definition.years().first.min(year);
    let years = (first..=year).rev().map(|year| (Month::january(year), Month::december(year)));
    years.chain([until(first - 1)]).collect()
}

/// Whether a term is a level whose statements are carried on into a year that runs.
fn enters_by_last_statement(definition: &Definition, term: Term) -> bool {
    let answers = definition.measures[term.measure].answers;
    matches!(term.over, Over::Year | Over::Years)
        && answers.is_some_and(|answers| answers.last_statement.is_some())
}

/// The first year in which anything counts, baselines aside; 0 where it may be any.
pub(super) fn first_year(definition: &Definition, windows: &[Window]) -> Year {
    let counted =
        windows.iter().filter(|window| definition.measures[window.measure].kind != MeasureKind::Statement);
    counted.map(|window| window.months.start().year()).min().unwrap_or(0)
}

/// What one term counts of whole windows; `None` for what never is. Last statements are beside it.
fn window(
    definition: &Definition,
    term: Term,
    (asked, is_last_statement): (QuestionMonths<'_>, bool),
) -> Option<Window> {
    let QuestionMonths { campaign, through, .. } = asked;
    let (year, period) = (through.year(), &campaign.period);
    let always = || Month::ALWAYS..=Month::NEVER;
    let is_level = |measure: MeasureIdx| definition.measures[measure].kind == MeasureKind::Level;
    // A level belongs to its year as a whole, whatever the cut-off month.
    let until = if is_level(term.measure) { Month::december(year) } else { through };
    let of_measure = |measure, months| Window {
        measure,
        months,
        last_statement: None,
        enters_again: None,
        spans: Vec::new(),
        only: Vec::new(),
    };
    let has_grains = definition.measures[term.measure].has_grains();
    let span = CountedMonths::of_term(asked, term.over).filter(|_| has_grains && asked.period.is_some());
    let months = match term.over {
        // The figure has no value: what was before the campaign is known by calendar years alone.
        Over::Previous(_) if span.is_some_and(|span| span.first < campaign.first_month()) => return None,
        _ if span.is_some() => span.map_or_else(always, |span| span.first..=span.last),
        Over::Previous(base) if year == period.first => {
            // A baseline knows whole years alone.
            return through.is_december().then(|| of_measure(base, always()));
        }
        Over::Year if is_last_statement => return None,
        Over::Years if is_last_statement => campaign.first_month()..=Month::december(year - 1),
        Over::Year => Month::january(year)..=until,
        Over::Previous(_) => Month::january(year - 1)..=until.year_before(),
        Over::ToDate | Over::Years => campaign.first_month()..=until,
        Over::AtEnd => Month::ALWAYS..=until,
        Over::Base => always(),
    };
    (months.start() <= months.end()).then(|| of_measure(term.measure, months))
}
