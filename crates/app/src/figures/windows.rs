//! Which months of which measures make up a figure.

use std::ops::RangeInclusive;

use campaign::{
    definition::{Campaign, Definition, Indicator, MeasureIdx, MeasureKind},
    formula::{Over, Term},
};
use ledger::figure::{Readings, formula_in_force};
use model::month::{Month, Year};

/// Months of a measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) measure: MeasureIdx,
    pub(super) months: RangeInclusive<Month>,
}

/// The windows of an indicator: measures in the order in which its formula names them, the months
/// of each in order and each once, though several terms may count them.
pub(super) fn windows(
    (definition, campaign): (&Definition, &Campaign),
    indicator: &Indicator,
    readings: &Readings,
    through: Month,
) -> Vec<Window> {
    let formula = formula_in_force(indicator, readings);
    let mut terms = Vec::new();
    formula.numerator.terms(&mut terms);
    if let Some(denominator) = formula.denominator {
        denominator.terms(&mut terms);
    }
    let all: Vec<Window> =
        terms.iter().filter_map(|term| window((definition, campaign), *term, through)).collect();
    let mut measures: Vec<MeasureIdx> = Vec::new();
    for window in &all {
        if !measures.contains(&window.measure) {
            measures.push(window.measure);
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
    measures
        .into_iter()
        .flat_map(|measure| {
            let window = move |(from, to)| Window { measure, months: from..=to };
            months_of(measure).into_iter().map(window)
        })
        .collect()
}

/// The first year in which anything counts, baselines aside; 0 where it may be any.
pub(super) fn first_year(definition: &Definition, windows: &[Window]) -> Year {
    let counted =
        windows.iter().filter(|window| definition.measures[window.measure].kind != MeasureKind::Statement);
    counted.map(|window| window.months.start().year()).min().unwrap_or(0)
}

/// What one term counts; `None` for what never is.
fn window((definition, campaign): (&Definition, &Campaign), term: Term, through: Month) -> Option<Window> {
    let (year, period) = (through.year(), &campaign.period);
    let always = || Month::ALWAYS..=Month::NEVER;
    let is_level = |measure: MeasureIdx| definition.measures[measure].kind == MeasureKind::Level;
    // A level belongs to its year as a whole, whatever the cut-off month.
    let until = if is_level(term.measure) { Month::december(year) } else { through };
    let months = match term.over {
        Over::Previous(base) if year == period.first => {
            return Some(Window { measure: base, months: always() });
        }
        Over::Year => Month::january(year)..=until,
        Over::Previous(_) => Month::january(year - 1)..=until.year_before(),
        Over::ToDate | Over::Years => campaign.first_month()..=until,
        Over::AtEnd => Month::ALWAYS..=until,
        Over::Base => always(),
    };
    (months.start() <= months.end()).then_some(Window { measure: term.measure, months })
}
