//! The format of an indicator's numbers: counts with their unit, shares as
//! percentages, differences of shares in percentage points.

use campaign::definition::{Indicator, IndicatorKind, Label, Measure};
use ledger::figure::{Readings, formula_in_force};
use words::Words;

use super::cell_value::CellValue;

/// The look of one indicator's numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    words: Words,
    sort: Sort,
    /// Decimals of counts that are not whole.
    decimals: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Count,
    Percent,
    Points,
}

/// A label in the language of `words`.
pub(crate) fn label(words: Words, label: &Label) -> &str {
    words.pick(&label.zh, &label.en)
}

impl Scale {
    /// The scale of `indicator` under `readings`.
    pub(crate) fn new(words: Words, indicator: &Indicator, readings: &Readings) -> Self {
        let sort = match formula_in_force(indicator, readings).kind {
            IndicatorKind::Count => Sort::Count,
            IndicatorKind::Difference => Sort::Points,
            IndicatorKind::Share | IndicatorKind::Growth | IndicatorKind::AverageGrowth => Sort::Percent,
        };
        Self { words, sort, decimals: indicator.decimals.max(1) }
    }

    /// The scale of numbers that are counted.
    pub(crate) fn counts(words: Words) -> Self {
        Self { words, sort: Sort::Count, decimals: 1 }
    }

    /// The scale of what a measure counts.
    pub(crate) fn amounts(words: Words, measure: &Measure) -> Self {
        Self { words, sort: Sort::Count, decimals: measure.scale.digits().max(1) }
    }

    /// The scale of shares.
    pub(crate) fn shares(words: Words) -> Self {
        Self { words, sort: Sort::Percent, decimals: 1 }
    }

    /// Whether the numbers are counts.
    pub(crate) fn is_count(self) -> bool {
        self.sort == Sort::Count
    }

    /// The least difference that two numbers written with [`Self::exact`] can have.
    pub(crate) fn smallest_unit(self) -> f64 {
        if self.is_count() { 1.0 } else { 0.001 }
    }

    /// Exactly.
    pub(crate) fn exact(self, value: f64) -> String {
        self.exact_value(value).text(self.words)
    }

    /// As [`Self::exact`], for a cell.
    pub(crate) fn exact_value(self, value: f64) -> CellValue {
        match self.sort {
            Sort::Count if is_whole(value) => CellValue::Integer(whole(value)),
            Sort::Count => CellValue::Decimal(value, needed_decimals(value, self.decimals)),
            Sort::Percent => CellValue::Percent(value, 1),
            Sort::Points => CellValue::Points(value, 1),
        }
    }

    /// Exactly, with as many digits as it takes to see that a value is below its goal.
    pub(crate) fn judged(self, value: f64, goal: Option<f64>) -> String {
        self.judged_value(value, goal).text(self.words)
    }

    /// As [`Self::judged`], for a cell.
    pub(crate) fn judged_value(self, value: f64, goal: Option<f64>) -> CellValue {
        let is_below = |goal: f64| value < goal && self.exact(value) == self.exact(goal);
        match self.sort {
            Sort::Percent if goal.is_some_and(is_below) => {
                let below = value.min(goal.unwrap_or(value) - 1e-5);
                CellValue::Percent((below * 1e4).floor() / 1e4, 2)
            }
            _ => self.exact_value(value),
        }
    }

    /// A numerator or denominator: a rate among them needs digits to compute with.
    pub(crate) fn term(self, number: f64) -> String {
        self.term_value(number).text(self.words)
    }

    /// As [`Self::term`], for a cell.
    pub(crate) fn term_value(self, number: f64) -> CellValue {
        if number.abs() < 10.0 && !is_whole(number) {
            CellValue::Decimal(number, 4)
        } else {
            self.exact_value(number)
        }
    }

    /// How much a value is below what is due, in its own scale; with the digits that show it.
    pub(crate) fn gap(self, gap: f64) -> String {
        self.gap_value(gap).text(self.words)
    }

    /// As [`Self::gap`], for a cell.
    pub(crate) fn gap_value(self, gap: f64) -> CellValue {
        match self.sort {
            Sort::Count if self.decimals > 1 => self.exact_value(gap),
            Sort::Count => CellValue::Integer(whole(gap.ceil())),
            Sort::Percent | Sort::Points => {
                let digits = if gap < 5e-4 { 2 } else { 1 };
                CellValue::MissingPoints((gap * 1e4).ceil() / 1e4, digits)
            }
        }
    }

    /// A goal: exactly, without decimals that say nothing.
    pub(crate) fn goal(self, value: f64) -> String {
        self.goal_value(value).text(self.words)
    }

    /// As [`Self::goal`], for a cell.
    pub(crate) fn goal_value(self, value: f64) -> CellValue {
        match self.sort {
            Sort::Count if self.decimals > 1 => self.exact_value(value),
            Sort::Count => CellValue::Integer(whole(value.ceil())),
            Sort::Percent if is_whole(value * 1e4 / 100.0) => CellValue::Percent(value, 0),
            _ => self.exact_value(value),
        }
    }
}

/// The fewest decimals, one at least, that write a number exactly; `most` where none do.
fn needed_decimals(value: f64, most: u8) -> usize {
    let is_exact = |decimals: &u8| is_whole(value * 10_f64.powi(i32::from(*decimals)));
    usize::from((1..most).find(is_exact).unwrap_or(most))
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-9
}

#[expect(clippy::cast_possible_truncation, reason = "counts of a region stay far below 2^53")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}
