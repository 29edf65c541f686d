//! What units answer in the statements that they owe: how many have answered, what those stated who answered both
//! sides of a rate, and what the last statement of each unit is while the year runs.
//!
//! All of it follows from one record and from when its unit stated itself again ([`Classes::next_return`]), so it is
//! added up like every balance; it has slots of its own beside those of the measures, and no postings.

use campaign::definition::{
    Amount, Definition, FieldIdx, FormKind, LastStatementSlots, MeasureIdx, MeasureKind, PairSlots, Post,
};
use model::{
    class::Class,
    ids::UnitId,
    month::{Month, Year},
    value::Value,
};

use crate::{
    classes::Classes,
    fact::Fact,
    post::{made_posts, month_of_post},
};

/// What a record adds to one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The unit that states.
    pub unit: UnitId,
    /// December of the year stated; for last statements January, from which on they hold, or no longer do.
    pub month: Month,
    /// The slot.
    pub slot: usize,
    /// How much.
    pub amount: i64,
    /// Whether it is about a whole unit with everything under it, and not about a month.
    pub is_baseline: bool,
}

/// Hands every answer of `fact` to `emit`. Pure, as [`crate::post::post`].
pub fn answers(definition: &Definition, fact: &Fact, classes: &Classes, mut emit: impl FnMut(Answer)) {
    let form = &definition.forms[fact.form];
    if form.answers.is_empty() {
        return;
    }
    let Some(year) = form.year.and_then(|year| fact.year(year)) else { return };
    let (unit, december) = (fact.unit, Month::december(year));
    let mut put = |month, slot, amount, is_baseline| {
        if amount != 0 {
            emit(Answer { unit, month, slot, amount, is_baseline });
        }
    };
    let last_statement = LastStatement::new(classes, unit, year);
    let mut stated: Vec<(MeasureIdx, Option<i64>)> = Vec::new();
    for position in &form.answers {
        let measure = &definition.measures[*position];
        let Some(slots) = measure.answers else { continue };
        let is_baseline = measure.kind == MeasureKind::Statement;
        let StatementAnswer { sum, is_answered, is_stated } = answer(definition, fact, *position, classes);
        if is_answered {
            put(december, slots.answered, 1, is_baseline);
            stated.push((*position, is_stated.then_some(sum)));
        }
        if let (Some(LastStatementSlots { value, answered }), Some(last_statement)) =
            (slots.last_statement, last_statement)
        {
            last_statement.emit(value, sum, &mut put);
            last_statement.emit(answered, i64::from(is_answered), &mut put);
        }
    }
    let of = |measure| stated.iter().find(|(known, _)| *known == measure).map(|(_, sum)| *sum);
    for pair in definition.answer_pairs.iter().filter(|pair| pair.form == fact.form) {
        let Some(sums) = of(pair.above).zip(of(pair.below)) else { continue };
        // Whom a part of a rate does not concern has answered, and is not among those over whom it is compared.
        let (above, below) = match sums {
            (Some(above), Some(below)) => (above, below),
            _ => (0, 0),
        };
        let parts = |slots: PairSlots| [(slots.answered, 1), (slots.above, above), (slots.below, below)];
        for (slot, amount) in parts(pair.slots) {
            put(december, slot, amount, false);
        }
        if let (Some(slots), Some(last_statement)) = (pair.last_statement, last_statement) {
            for (slot, amount) in parts(slots) {
                last_statement.emit(slot, amount, &mut put);
            }
        }
    }
}

/// From when to when a statement is the unit's last.
#[derive(Clone, Copy)]
struct LastStatement {
    from: Month,
    to: Option<Month>,
}

impl LastStatement {
    /// `None` for a statement that does not say what its unit is: it is not known among the others. A unit that is closed
    /// before the year has none.
    fn new(classes: &Classes, unit: UnitId, year: Year) -> Option<Self> {
        let (from, to) = (Month::january(year), classes.last_until(unit, year));
        let is_last = classes.has_return(unit, year) && to.is_none_or(|to| from < to);
        is_last.then_some(Self { from, to })
    }

    fn emit(self, slot: usize, amount: i64, put: &mut impl FnMut(Month, usize, i64, bool)) {
        put(self.from, slot, amount, false);
        if let Some(to) = self.to {
            put(to, slot, -amount, false);
        }
    }
}

/// What a statement says of a measure.
struct StatementAnswer {
    sum: i64,
    /// Whether it leaves nothing open: what does not concern the unit is an answer.
    is_answered: bool,
    /// Whether it is answered with a number, and not by saying that there can be none.
    is_stated: bool,
}

/// What one post of a statement comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contribution {
    /// A field that it needs is blank.
    Open,
    /// A line of a baseline about another year says nothing about this one.
    Elsewhere,
    /// Its condition is false.
    Unconcerned,
    /// A field that it needs is not applicable.
    NotApplicable,
    Amount(i64),
}

/// What a statement answers to a measure. What is stated in several fields is answered when all of them are; what
/// stands in several lines of a baseline, when one is.
fn answer(definition: &Definition, fact: &Fact, measure: MeasureIdx, classes: &Classes) -> StatementAnswer {
    let posts = made_posts(definition, fact).filter(|post| post.measure == measure);
    let (mut sum, mut is_open) = (0, false);
    let (mut has_amount, mut is_not_applicable, mut is_unconcerned) = (false, false, false);
    for post in posts {
        match contribution(definition, fact, post, classes) {
            Contribution::Open => is_open = true,
            Contribution::Elsewhere => {}
            Contribution::Unconcerned => is_unconcerned = true,
            Contribution::NotApplicable => is_not_applicable = true,
            Contribution::Amount(amount) => {
                sum += amount;
                has_amount = true;
            }
        }
    }
    let is_open = is_open && definition.forms[fact.form].kind == FormKind::Return;
    let is_answered = !is_open && (has_amount || is_not_applicable || is_unconcerned);
    let is_stated = is_answered && (has_amount || !is_not_applicable);
    StatementAnswer { sum, is_answered, is_stated }
}

fn contribution(definition: &Definition, fact: &Fact, post: &Post, classes: &Classes) -> Contribution {
    let month = fact.value(post.on).and_then(|value| month_of_post(value, post.grain));
    let Some(month) = month else { return Contribution::Open };
    let measure = &definition.measures[post.measure];
    if let Some(when) = &post.when {
        let class =
            if when.needs_class() { classes.class(fact.unit, month.year()) } else { Class::default() };
        match when.evaluate(&fact.values, class) {
            Some(true) => {}
            Some(false) if measure.kind == MeasureKind::Statement => return Contribution::Elsewhere,
            Some(false) => return Contribution::Unconcerned,
            None => {
                let mut fields = Vec::new();
                when.fields(&mut fields);
                return unknown(fact, &fields);
            }
        }
    }
    match (post.amount_of(measure, &fact.values), post.amount) {
        (Some(amount), _) => Contribution::Amount(amount),
        (None, Amount::Field(field)) => unknown(fact, &[field]),
        (None, Amount::Fixed(_)) => Contribution::Open,
    }
}

/// Why something over these fields is not known: nobody has answered one of them, or one is not applicable.
fn unknown(fact: &Fact, fields: &[FieldIdx]) -> Contribution {
    let answers: Option<Vec<&Value>> = fields.iter().map(|field| fact.value(*field)).collect();
    match answers {
        Some(answers) if answers.iter().any(|answer| !answer.is_value()) => Contribution::NotApplicable,
        _ => Contribution::Open,
    }
}
