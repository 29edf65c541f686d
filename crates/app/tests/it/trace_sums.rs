//! The rows of a trace that are counted add up to what the figure is computed from.

use app::{Snapshot, figures::TraceRow};
use campaign::{
    definition::{Definition, Indicator, IndicatorFormula, IndicatorKind, MeasureKind, Part},
    formula::{Formula, Over, Term},
};
use ledger::figure::{Balances, Question, Readings, figure, formula_in_force};
use model::month::Month;

/// Checks every term of an indicator's formula: the counted rows of its measure in its months, by part.
/// Returns how many rows are not counted.
pub(crate) fn assert_sums(
    snapshot: &Snapshot,
    indicator: &Indicator,
    through: Month,
    balances: &Balances,
    rows: &[TraceRow],
    whose: &str,
) -> usize {
    let (definition, campaign) = (&snapshot.definition, snapshot.definition.first_campaign());
    let readings = Readings::default();
    let question = Question {
        definition,
        campaign,
        readings: &readings,
        through,
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
        let counted = |part| -> i64 {
            let counted = rows.iter().filter(|row| row.not_counted.is_none() && row.part == part);
            counted.filter(|row| covers(definition, through, term, row)).map(|row| row.amount).sum()
        };
        let (listed, unlisted) = (counted(Part::Listed), counted(Part::Unlisted));
        let place = format!("{term:?} of {} of {whose} through {through}", indicator.id);
        match (computed.listed, computed.unlisted) {
            (Some(expected), Some(other)) => assert_eq!((listed, unlisted), (expected, other), "{place}"),
            (Some(expected), None) => assert_eq!(listed + unlisted, expected, "{place}"),
            (None, _) => panic!("{place} has no parts"),
        }
    }
    rows.iter().filter(|row| row.not_counted.is_some()).count()
}

/// The terms of the formula in force, above and below the line.
pub(crate) fn terms(indicator: &Indicator) -> Vec<Term> {
    let formula = formula_in_force(indicator, &Readings::default());
    let mut terms = Vec::new();
    formula.numerator.terms(&mut terms);
    formula.denominator.into_iter().for_each(|formula| formula.terms(&mut terms));
    terms
}

fn covers(definition: &Definition, through: Month, term: Term, row: &TraceRow) -> bool {
    covers_month(definition, through, term, (row.measure, row.month))
}

/// Whether a term counts a measure in a month.
pub(crate) fn covers_month(
    definition: &Definition,
    through: Month,
    term: Term,
    (measure, month): (campaign::definition::MeasureIdx, Month),
) -> bool {
    let (year, first) = (through.year(), definition.first_campaign().period.first);
    let is_level = definition.measures[measure].kind == MeasureKind::Level;
    let until = if is_level { Month::december(year) } else { through };
    match term.over {
        Over::Previous(base) if year == first => measure == base,
        _ if measure != term.measure => false,
        Over::Year => month.year() == year && month <= until,
        Over::Previous(_) => month.year() == year - 1 && month <= until.year_before(),
        Over::ToDate | Over::Years => month >= definition.first_campaign().first_month() && month <= until,
        Over::AtEnd => month <= until,
        Over::Base => true,
    }
}
