//! What the formula of an indicator comes to.

use campaign::{
    definition::{IndicatorKind, Measure, MeasureIdx, MeasureKind, Window},
    formula::{Formula, Operator, Over, Term},
};
use model::month::Month;

use super::{Balances, InForce, Note, Question, span::CountedMonths};

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
        let measure = self.question.measure(term);
        if let Some(note) = self.question.unknown_in_period(term) {
            return Err(note);
        }
        let (listed, unlisted) = self.parts_of(term);
        let sum = listed + unlisted.unwrap_or(0);
        // A baseline knows whole years alone: nothing to hold a part of a year against.
        let is_part = matches!(term.over, Over::Previous(_)) && !self.question.through.is_december();
        if self.question.is_baseline(term.over) && (sum == 0 || is_part) {
            return Err(Note::NoBaseline);
        }
        let running = match (share, term.over) {
            (LevelShare::Elapsed, Over::Year | Over::Years) if measure.kind == MeasureKind::Level => {
                self.year_of_level(term).0
            }
            _ => 0,
        };
        let months = match (self.question.period, term.over) {
            (Some(period), Over::Year) => period.grain().months(),
            _ => self.question.through.of_year(),
        };
        let passed = f64::from(months) / 12.0;
        let parts = number(sum - running) + number(running) * passed;
        Ok(parts / number(measure.scale.parts_per_unit()))
    }

    /// Itemised and supplementary part of a term, in the parts that its measure sums.
    pub(super) fn parts_of(&self, term: Term) -> (i64, Option<i64>) {
        let measure = self.question.measure(term);
        if let (true, Over::Previous(base)) = (self.question.is_baseline(term.over), term.over) {
            return (self.balances.baseline(self.question.definition.measures[base].listed_slot), None);
        }
        if measure.kind == MeasureKind::Level {
            let (listed, unlisted) = self.year_of_level(term);
            let before = |slot| match term.over {
                Over::Years => self.years_before(slot),
                _ => 0,
            };
            return (
                listed + before(measure.listed_slot),
                measure.unlisted_slot.map(|slot| unlisted.unwrap_or(0) + before(slot)),
            );
        }
        if let Some(span) =
            CountedMonths::of_term(self.question.months(), term.over).filter(|_| measure.has_grains())
        {
            return self.parts_of_span(term, span);
        }
        let window = |slot| self.window(slot, term.over);
        (window(measure.listed_slot), measure.unlisted_slot.map(window))
    }

    /// A level in the year that its term ends with: what was stated for the year, and while the year runs the last
    /// statement of each unit.
    fn year_of_level(&self, term: Term) -> (i64, Option<i64>) {
        let measure = self.question.measure(term);
        let year = match term.over {
            Over::Previous(_) => self.question.through.year() - 1,
            _ => self.question.through.year(),
        };
        let enters = self.question.is_running && !matches!(term.over, Over::Previous(_));
        let last_statement = measure.answers.and_then(|answers| answers.last_statement);
        if let Some(last_statement) = last_statement.filter(|_| enters) {
            return (self.at_end(last_statement.value), measure.unlisted_slot.map(|_| 0));
        }
        let of_year = |slot| self.balances.year(year, slot);
        (of_year(measure.listed_slot), measure.unlisted_slot.map(of_year))
    }

    /// What a measure comes to up to the end asked for, in its unit.
    pub(super) fn measure_to_date(&self, measure: MeasureIdx) -> f64 {
        let over = match self.question.definition.measures[measure].kind {
            MeasureKind::Flow | MeasureKind::Distinct(Window::Campaign) => Over::ToDate,
            MeasureKind::Stock => Over::AtEnd,
            MeasureKind::Level | MeasureKind::Distinct(Window::Year) => Over::Year,
            MeasureKind::Statement => Over::Base,
        };
        let (listed, unlisted) = self.parts_of(Term { measure, over });
        self.question.definition.measures[measure].scale.in_units(listed + unlisted.unwrap_or(0))
    }

    /// The sum of one slot over the campaign's years before the one asked for.
    pub(super) fn years_before(&self, slot: usize) -> i64 {
        self.balances.years(slot, self.question.campaign.period.first, self.question.through.year() - 1)
    }

    /// The value of a stock at the end asked for.
    pub(super) fn at_end(&self, slot: usize) -> i64 {
        let through = self.question.through;
        self.balances.years(slot, 1, through.year() - 1) + self.balances.year_part(slot, through)
    }

    /// The sum of one slot over a window; a level has windows of its own.
    fn window(&self, slot: usize, over: Over) -> i64 {
        let through = self.question.through;
        match over {
            Over::Year => self.balances.year_part(slot, through),
            Over::Previous(_) => self.balances.year_part(slot, through.year_before()),
            Over::ToDate => self.years_before(slot) + self.balances.year_part(slot, through),
            Over::AtEnd => self.at_end(slot),
            Over::Years => self.balances.years(slot, self.question.campaign.period.first, through.year()),
            Over::Base => self.balances.baseline(slot),
        }
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
        let known = formula.first_term().filter(|term| self.question.unknown_in_period(*term).is_none());
        known.map_or((None, None), |term| {
            let scale = self.question.measure(term).scale;
            let (listed, unlisted) = self.parts_of(term);
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
