//! How many units have answered what a figure rests on, and what it is over those that answered all of it.

use campaign::{
    definition::{AnswerPair, Definition, IndicatorKind, MeasureIdx, MeasureKind, PairSlots},
    formula::{Formula, Over, Term},
};

use super::{
    InForce,
    evaluation::{Evaluation, divide, number},
};

/// How many units have answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Units whose statement answers what is asked.
    pub answered: i64,
    /// Units that owe a statement.
    pub owed: i64,
    /// Of those that answered, how many by a statement for an earlier year, while the year runs.
    pub earlier: i64,
}

impl Coverage {
    /// What share of the units has answered, 0 to 1.
    pub fn share(self) -> f64 {
        divide(number(self.answered), number(self.owed)).unwrap_or(1.0)
    }
}

impl Evaluation<'_> {
    /// The coverage of what a formula rests on: of several statements, of the one that fewest units have answered.
    /// `None` where it rests on none.
    pub(super) fn coverage(&self, terms: &[Term], pair: Option<DividedPair<'_>>) -> Option<Coverage> {
        let of_terms = terms.iter().filter_map(|term| self.coverage_of(*term));
        let of_pair = pair.and_then(|DividedPair { pair, over }| {
            let last_statement = pair.last_statement.map(|slots| slots.answered);
            self.lowest(over, AnsweredSlots { of_year: pair.slots.answered, last_statement })
        });
        of_terms.chain(of_pair).min_by(|a, b| a.share().total_cmp(&b.share()))
    }

    fn coverage_of(&self, term: Term) -> Option<Coverage> {
        let definition = self.question.definition;
        let stated = match term.over {
            Over::Previous(base) if self.question.is_baseline(term.over) => base,
            _ => term.measure,
        };
        let answers = definition.measures[stated].answers?;
        if definition.measures[stated].kind == MeasureKind::Statement {
            let owed = self.question.owed.in_month(definition.measures[stated].since);
            return covered(self.balances.baseline(answers.answered), owed, 0);
        }
        let last_statement = answers.last_statement.map(|last_statement| last_statement.answered);
        self.lowest(term.over, AnsweredSlots { of_year: answers.answered, last_statement })
    }

    /// The coverage of the year that a term ends with; of several years, the one that fewest units have answered.
    fn lowest(&self, over: Over, slots: AnsweredSlots) -> Option<Coverage> {
        let year = self.question.through.year();
        let of_year = |year| {
            covered(
                self.balances.year(year, slots.of_year),
                self.question.owed.in_month(self.last_month_of(year)),
                0,
            )
        };
        let this_year = || match slots.last_statement.filter(|_| self.question.is_running) {
            None => of_year(year),
            Some(last_statement) => {
                let answered = self.at_end(last_statement);
                let earlier = answered - self.balances.year(year, slots.of_year);
                covered(answered, self.question.owed.in_month(self.question.through), earlier)
            }
        };
        match over {
            Over::Previous(_) => of_year(year - 1),
            Over::Years => (self.question.campaign.period.first..year)
                .filter_map(of_year)
                .chain(this_year())
                .min_by(|a, b| a.share().total_cmp(&b.share())),
            Over::Year | Over::ToDate | Over::AtEnd | Over::Base => this_year(),
        }
    }

    /// A rate over the units that answered both of its sides.
    pub(super) fn like_for_like(&self, pair: Option<DividedPair<'_>>) -> Option<f64> {
        let DividedPair { pair, over } = pair?;
        let sum = |side: fn(PairSlots) -> usize| {
            let this_year = match pair.last_statement.filter(|_| self.question.is_running) {
                Some(last_statement) => self.at_end(side(last_statement)),
                None => self.balances.year(self.question.through.year(), side(pair.slots)),
            };
            let before = self.question.years_before(side(pair.slots));
            this_year + if over == Over::Years { self.balances.sum(&[before]) } else { 0 }
        };
        let in_units = |measure: MeasureIdx, parts: i64| {
            self.question.definition.measures[measure].scale.in_units(parts)
        };
        let above = in_units(pair.above, sum(|slots| slots.above));
        divide(above, in_units(pair.below, sum(|slots| slots.below))).ok()
    }
}

/// Two measures that a figure divides by each other, and the window of both.
#[derive(Debug, Clone, Copy)]
pub(super) struct DividedPair<'a> {
    pair: &'a AnswerPair,
    over: Over,
}

impl<'a> DividedPair<'a> {
    /// That of a formula, where it is one of two measures that the same units answer.
    pub(super) fn new(definition: &'a Definition, formula: InForce<'_>) -> Option<Self> {
        let (Formula::Term(above), Some(Formula::Term(below))) = (formula.numerator, formula.denominator)
        else {
            return None;
        };
        let is_rate = formula.kind == IndicatorKind::Share && above.over == below.over;
        let mut pairs = definition.answer_pairs.iter().filter(|_| is_rate);
        let pair = pairs.find(|pair| (pair.above, pair.below) == (above.measure, below.measure))?;
        Some(Self { pair, over: above.over })
    }
}

/// Slots of how many have answered.
#[derive(Clone, Copy)]
struct AnsweredSlots {
    of_year: usize,
    last_statement: Option<usize>,
}

/// A unit that states without owing it makes the others no better covered; without any that owe there is no coverage.
fn covered(answered: i64, owed: i64, earlier: i64) -> Option<Coverage> {
    let answered = answered.clamp(0, owed.max(0));
    (owed > 0).then_some(Coverage { answered, owed, earlier: earlier.clamp(0, answered) })
}
