//! What the formula of an indicator comes to.

use std::borrow::Cow;

use campaign::{
    definition::{IndicatorKind, Measure, MeasureIdx, MeasureKind, Window},
    formula::{Formula, Operator, Over, Term},
};
use model::month::Month;

use super::{Balances, InForce, Note, Question, term::PreparedTerm};

/// Numerator and denominator, each a number or the reason why there is none.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) numerator: Result<f64, Note>,
    pub(super) denominator: Option<Result<f64, Note>>,
}

/// A question, and the balances that answer it.
pub(super) struct Evaluation<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) balances: &'a Balances,
    /// What is known of terms before any unit is looked at; others are looked up when they are met.
    pub(super) terms: &'a [PreparedTerm],
}

/// By what a level is divided into: what happened in a part of the year goes with that part of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LevelShare {
    /// As it stands.
    Full,
    /// Times the months that have passed ÷ 12, in a year that runs.
    Elapsed,
}

impl<'a> Question<'a> {
    pub(super) fn measure(&self, term: Term) -> &'a Measure {
        &self.definition.measures[term.measure]
    }

    /// Whether the term is a statement about the years before the campaign.
    pub(super) fn is_baseline(&self, over: Over) -> bool {
        let is_first = self.through.year() == self.campaign.period.first;
        matches!(over, Over::Base) || (is_first && matches!(over, Over::Previous(_)))
    }

    /// Whether events of a part of the year are counted in a formula.
    fn has_flow(&self, formula: &Formula) -> bool {
        formula.has_term(&|term| self.measure(term).kind == MeasureKind::Flow)
    }
}

impl Evaluation<'_> {
    /// Numerator and denominator.
    pub(super) fn terms(&self, formula: InForce<'_>) -> Terms {
        let divides_flow = formula.kind == IndicatorKind::Share && self.question.has_flow(formula.numerator);
        let share = if divides_flow { LevelShare::Elapsed } else { LevelShare::Full };
        Terms {
            numerator: self.formula(formula.numerator, LevelShare::Full),
            denominator: formula.denominator.map(|formula| self.formula(formula, share)),
        }
    }

    fn formula(&self, formula: &Formula, share: LevelShare) -> Result<f64, Note> {
        match formula {
            Formula::Number(number) => Ok(*number),
            Formula::Elapsed => {
                Ok(f64::from(self.question.through.months_since(self.question.campaign.first_month())) / 12.0)
            }
            Formula::Term(term) => self.term(*term, share),
            Formula::Binary(left, operator, right) => {
                let divides_flow = *operator == Operator::Divide && self.question.has_flow(left);
                let below = if divides_flow { LevelShare::Elapsed } else { share };
                let (left, right) = (self.formula(left, share)?, self.formula(right, below)?);
                match operator {
                    Operator::Add => Ok(left + right),
                    Operator::Subtract => Ok(left - right),
                    Operator::Multiply => Ok(left * right),
                    Operator::Divide => divide(left, right),
                }
            }
        }
    }

    fn term(&self, term: Term, share: LevelShare) -> Result<f64, Note> {
        self.prepared(term).value(self.balances, share == LevelShare::Elapsed)
    }

    /// What a term counts: found before, or now.
    fn prepared(&self, term: Term) -> Cow<'_, PreparedTerm> {
        let found = self.terms.iter().find(|prepared| prepared.term == term);
        found.map_or_else(|| Cow::Owned(PreparedTerm::new(self.question, term)), Cow::Borrowed)
    }

    /// What a measure comes to up to the end asked for, in its unit.
    pub(super) fn measure_to_date(&self, measure: MeasureIdx) -> f64 {
        let over = match self.question.definition.measures[measure].kind {
            MeasureKind::Flow | MeasureKind::Distinct(Window::Campaign) => Over::ToDate,
            MeasureKind::Stock => Over::AtEnd,
            MeasureKind::Level | MeasureKind::Distinct(Window::Year) => Over::Year,
            MeasureKind::Statement => Over::Base,
        };
        let (listed, unlisted) =
            PreparedTerm::new(self.question, Term { measure, over }).parts(self.balances);
        self.question.definition.measures[measure].scale.in_units(listed + unlisted.unwrap_or(0))
    }

    /// The value of a stock at the end asked for.
    pub(super) fn at_end(&self, slot: usize) -> i64 {
        self.balances.sum(&self.question.at_end(slot))
    }

    /// How much more, or for a limit how much less, the numerator would have to be for the value to be `due`. Parts that
    /// are rates themselves do not add up over units: nothing is said of them.
    pub(super) fn shortfall(
        &self,
        formula: InForce<'_>,
        terms: Terms,
        due: f64,
        is_limit: bool,
    ) -> Option<f64> {
        let is_sum = formula.numerator.is_sum() && formula.denominator.is_none_or(Formula::is_sum);
        let above = terms.numerator.ok().filter(|_| is_sum)?;
        let below = terms.denominator.and_then(Result::ok);
        let needed = match formula.kind {
            IndicatorKind::Count => due,
            IndicatorKind::Share => due * below?,
            IndicatorKind::Growth => (1.0 + due) * below?,
            IndicatorKind::Difference => below? + due,
            IndicatorKind::AverageGrowth => (1.0 + due).powf(f64::from(self.years_since_baseline())) * below?,
        };
        let missing = if is_limit { above - needed } else { needed - above };
        Some(missing).filter(|missing| *missing > 0.0)
    }

    fn years_since_baseline(&self) -> i32 {
        i32::from(self.question.through.year()) - i32::from(self.question.campaign.baseline.last)
    }

    /// What numerator and denominator come to.
    pub(super) fn join(&self, kind: IndicatorKind, terms: Terms) -> Result<f64, Note> {
        let above = terms.numerator?;
        let Some(below) = terms.denominator else { return Ok(above) };
        let below = below?;
        match kind {
            IndicatorKind::Count => Ok(above),
            IndicatorKind::Share => divide(above, below),
            IndicatorKind::Growth => Ok(divide(above, below)? - 1.0),
            IndicatorKind::Difference => Ok(above - below),
            IndicatorKind::AverageGrowth => {
                let years = self.years_since_baseline();
                let ratio = divide(above, below)?;
                if ratio < 0.0 || years <= 0 {
                    return Err(Note::NegativeGrowthBase);
                }
                Ok(ratio.powf(1.0 / f64::from(years)) - 1.0)
            }
        }
    }

    /// Itemised and supplementary part of the first measure of a formula, in the measure's unit.
    pub(super) fn parts(&self, formula: &Formula) -> (Option<f64>, Option<f64>) {
        let first = formula.first_term().map(|term| self.prepared(term));
        first.filter(|term| term.unknown.is_none()).map_or((None, None), |term| {
            let scale = self.question.measure(term.term).scale;
            let (listed, unlisted) = term.parts(self.balances);
            (Some(scale.in_units(listed)), unlisted.map(|parts| scale.in_units(parts)))
        })
    }

    /// The last month of a year, or of the part of it that is asked for.
    pub(super) fn last_month_of(&self, year: model::month::Year) -> Month {
        Month::december(year).min(self.question.through)
    }
}

pub(super) fn divide(above: f64, below: f64) -> Result<f64, Note> {
    if below == 0.0 { Err(Note::NothingToDivideBy) } else { Ok(above / below) }
}

/// Counts are far below 2^53, where every whole number has an exact float.
#[expect(clippy::cast_precision_loss, reason = "counts of a region stay far below 2^53")]
pub(super) fn number(count: i64) -> f64 {
    count as f64
}
