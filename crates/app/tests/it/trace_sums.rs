//! The rows of a trace that are counted add up to what the figure is computed from.

use app::{Snapshot, figures::TraceRow};
use campaign::{
    definition::{Campaign, Indicator, IndicatorFormula, IndicatorKind, MeasureIdx, MeasureKind, Part},
    formula::{Formula, Over, Term},
};
use jiff::civil::Date;
use ledger::{
    figure::{Balances, Note, Question, Readings, figure, formula_in_force},
    owed::UnitCount,
    post::Posting,
};
use model::{
    ids::UnitId,
    month::Month,
    period::{Grain, ReportingPeriod},
};

/// What is counted for a unit up to a month.
pub(crate) struct Counted<'a> {
    /// The day on which it is asked, or as known on which.
    pub(crate) present: Date,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) campaign: &'a Campaign,
    pub(crate) unit: UnitId,
    pub(crate) through: Month,
    pub(crate) period: Option<ReportingPeriod>,
}

impl Counted<'_> {
    /// Checks every term of an indicator's formula: the counted rows of its measure in its months, by part.
    /// Returns how many rows are not counted.
    pub(crate) fn assert_sums(&self, indicator: &Indicator, balances: &Balances, rows: &[TraceRow]) -> usize {
        let Self { present, snapshot, campaign, unit, through, period } = *self;
        let readings = Readings::default();
        let owed = owed(snapshot, unit);
        let question = Question {
            definition: &snapshot.definition,
            campaign,
            readings: &readings,
            through,
            period,
            has_begun: true,
            is_running: is_running(present, through),
            owed: &owed,
            is_region: false,
            targets: &snapshot.targets,
            is_reported: true,
            is_single: false,
        };
        for term in terms(indicator) {
            // An indicator that counts the term alone says what its parts are.
            let formula = IndicatorFormula {
                kind: IndicatorKind::Count,
                numerator: Formula::Term(term),
                denominator: None,
            };
            let alone = Indicator { formula, variants: Vec::new(), unconfirmed: None, ..indicator.clone() };
            let computed = figure(&question, &alone, balances);
            // Without a value, nothing is counted.
            let is_part = computed.note == Some(Note::NoBaseline) && !through.is_december();
            if is_part || computed.note == Some(Note::CalendarYearsOnly) {
                continue;
            }
            let counted = |part| -> f64 {
                let counted = rows.iter().filter(|row| row.not_counted.is_none() && row.part == part);
                let counted =
                    counted.filter(|row| self.counts(term, (row.measure, row.month, row.unit), row.grain));
                let of = |row: &TraceRow| (row.measure, row.amount);
                let parts: Vec<(MeasureIdx, i64)> = counted.map(of).collect();
                let sum: i64 = parts.iter().map(|(_, amount)| amount).sum();
                let scale = parts.first().map(|(measure, _)| snapshot.definition.measures[*measure].scale);
                scale.map_or(0.0, |scale| scale.in_units(sum))
            };
            let (listed, unlisted) = (counted(Part::Listed), counted(Part::Unlisted));
            let place = format!("{term:?} of {} of {unit} through {through}", indicator.id);
            let is_same = |found: f64, expected: f64| {
                assert!(
                    (found - expected).abs() < 1e-6,
                    "{place}: {found} in rows, {expected} in the figure"
                );
            };
            match (computed.listed, computed.unlisted) {
                (Some(expected), Some(other)) => {
                    is_same(listed, expected);
                    is_same(unlisted, other);
                }
                (Some(expected), None) => is_same(listed + unlisted, expected),
                (None, _) => panic!("{place} has no parts"),
            }
        }
        rows.iter().filter(|row| row.not_counted.is_some()).count()
    }

    /// How often a posting is among what a term counts: one of a stock also where it was in service, when its unit has left
    /// since, and a last statement where its unit is now, beside its own year.
    pub(crate) fn times(&self, term: Term, posting: &Posting) -> i64 {
        let (snapshot, through) = (self.snapshot, self.through);
        let is_within = |month| snapshot.tree.is_within(posting.unit, self.unit, month);
        let place = (posting.measure, posting.month, posting.unit);
        let measure = &snapshot.definition.measures[posting.measure];
        let is_whole = self.lists_whole(term, place, posting.grain)
            && match measure.kind {
                MeasureKind::Stock => is_within(through) || is_within(posting.month),
                MeasureKind::Statement => is_within(measure.since),
                _ => is_within(posting.month),
            };
        i64::from(is_whole) + i64::from(self.is_carried(term, place) && is_within(through))
    }

    /// Whether a running year takes this statement of a level as the last one of its unit.
    fn is_carried(&self, term: Term, (measure, month, unit): (MeasureIdx, Month, UnitId)) -> bool {
        let Self { present, snapshot, through, .. } = *self;
        let asked = &snapshot.definition.measures[term.measure];
        let is_asked = measure == term.measure
            && matches!(term.over, Over::Year | Over::Years)
            && asked.answers.is_some_and(|answers| answers.last_statement.is_some());
        let mut later = (month.year() + 1)..=through.year();
        is_asked
            && is_running(present, through)
            && month.year() <= through.year()
            && snapshot.classes.has_return(unit, month.year())
            && snapshot.units[&unit].closed_from.is_none_or(|closed| through < closed)
            && !later.any(|year| snapshot.classes.has_return(unit, year))
    }

    /// Whether a term counts what is stated for a period that ends in a month.
    fn counts(&self, term: Term, place: (MeasureIdx, Month, UnitId), grain: Grain) -> bool {
        match self.months_of(term, place.0) {
            Some((first, last)) => {
                let stated = ReportingPeriod::containing(place.1, grain);
                term.measure == place.0 && first <= stated.first() && stated.last() <= last
            }
            None => self.is_carried(term, place) || self.covers_whole(term, place),
        }
    }

    /// Whether it is among the rows of the term: with all of its period, or with a part.
    fn lists_whole(&self, term: Term, place: (MeasureIdx, Month, UnitId), grain: Grain) -> bool {
        let Some((first, last)) = self.months_of(term, place.0) else {
            return self.covers_whole(term, place);
        };
        let stated = ReportingPeriod::containing(place.1, grain);
        // In a campaign year, what ends within the year and after the cut-off is still to come.
        let is_to_come = self.period.is_none()
            && stated.last() > last
            && stated.last().year() == last.year()
            && stated.first() >= first;
        let is_known = self.period.is_none() || first >= self.campaign.first_month();
        term.measure == place.0 && is_known && stated.first() <= last && first <= stated.last() && !is_to_come
    }

    /// The months that a term counts of events; `None` for all else.
    fn months_of(&self, term: Term, measure: MeasureIdx) -> Option<(Month, Month)> {
        let kind = self.snapshot.definition.measures[measure].kind;
        if !matches!(kind, MeasureKind::Flow | MeasureKind::Distinct(_)) {
            return None;
        }
        let year = self.through.year();
        let (first, last) = (self.campaign.first_month(), self.campaign.last_month());
        let own = self.period.map_or((Month::january(year), self.through), |period| {
            (period.first().max(first), period.last().min(last))
        });
        match term.over {
            Over::Previous(_) if self.period.is_none() && year == self.campaign.period.first => None,
            Over::Year => Some(own),
            Over::Previous(_) => Some((own.0.year_before(), own.1.year_before())),
            Over::ToDate => Some((self.campaign.first_month(), own.1)),
            Over::AtEnd | Over::Years | Over::Base => None,
        }
    }

    /// The same, last statements aside.
    fn covers_whole(&self, term: Term, (measure, month, _): (MeasureIdx, Month, UnitId)) -> bool {
        let Self { present, snapshot, campaign, through, .. } = *self;
        let (year, first) = (through.year(), campaign.period.first);
        let of = &snapshot.definition.measures[measure];
        // What enters as a last statement is looked for above.
        let enters = of.answers.is_some_and(|answers| answers.last_statement.is_some())
            && is_running(present, through);
        let until = if of.kind == MeasureKind::Level { Month::december(year) } else { through };
        match term.over {
            Over::Previous(base) if year == first => {
                measure == base && self.period.is_none() && through.is_december()
            }
            _ if measure != term.measure => false,
            Over::Year | Over::Years if enters && month.year() == year => false,
            Over::Year => month.year() == year && month <= until,
            Over::Previous(_) => month.year() == year - 1 && month <= until.year_before(),
            Over::ToDate | Over::Years => month >= campaign.first_month() && month <= until,
            Over::AtEnd => month <= until,
            Over::Base => true,
        }
    }
}

/// The terms of the formula in force, above and below the line.
pub(crate) fn terms(indicator: &Indicator) -> Vec<Term> {
    formula_in_force(indicator, &Readings::default()).terms()
}

/// Whether the year of a month is not over at its end, or on the day on which it is asked.
pub(crate) fn is_running(present: Date, through: Month) -> bool {
    !through.is_december() || present.year() <= through.year()
}

/// How many grass-roots units are below a unit, asked month by month.
pub(crate) fn owed(snapshot: &Snapshot, unit: UnitId) -> UnitCount {
    let is_below = |below: &UnitId, month: Month| {
        let spans = snapshot.tree.spans(*below).iter();
        let mut above = spans.filter(|span| span.ancestor != *below && span.contains(month));
        above.any(|span| span.ancestor == unit || *below == unit)
    };
    let months = std::iter::successors(Some(Month::january(2000)), |month| Some(month.next()));
    let is_open = |unit: UnitId, month| snapshot.units[&unit].closed_from.is_none_or(|closed| month < closed);
    let single = || snapshot.units.keys().filter(|unit| snapshot.is_single(**unit));
    let count =
        |month| single().filter(|below| is_below(below, month) && is_open(**below, month)).count() as i64;
    months.take_while(|month| month.year() < 2030).map(|month| (month, count(month))).collect()
}
