//! What units answer in the statements that they owe: how many have answered, what those stated who answered both
//! sides of a rate, and what the last statement of each unit is while the year runs.
//!
//! All of it follows from one record and from when its unit stated itself again ([`Classes::next_return`]), so it is
//! added up like every balance; it has slots of its own beside those of the measures, and no postings.

use campaign::definition::{
    Definition, FormKind, LastStatementSlots, MeasureIdx, MeasureKind, PairSlots, Post,
};
use model::{
    class::Class,
    ids::UnitId,
    month::{Month, Year},
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
    let mut stated: Vec<(MeasureIdx, i64)> = Vec::new();
    for position in &form.answers {
        let measure = &definition.measures[*position];
        let Some(slots) = measure.answers else { continue };
        let is_baseline = measure.kind == MeasureKind::Statement;
        let (sum, is_answered) = sum(definition, fact, *position, classes);
        if is_answered {
            put(december, slots.answered, 1, is_baseline);
            stated.push((*position, sum));
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
        let Some((above, below)) = of(pair.above).zip(of(pair.below)) else { continue };
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
    /// `None` for a statement that does not say what its unit is: it is not known among the others.
    fn new(classes: &Classes, unit: UnitId, year: Year) -> Option<Self> {
        let to = classes.next_return(unit, year).map(Month::january);
        classes.has_return(unit, year).then_some(Self { from: Month::january(year), to })
    }

    fn emit(self, slot: usize, amount: i64, put: &mut impl FnMut(Month, usize, i64, bool)) {
        put(self.from, slot, amount, false);
        if let Some(to) = self.to {
            put(to, slot, -amount, false);
        }
    }
}

/// What a statement comes to for a measure, and whether it answers it. A blank field answers nothing; what does not
/// concern the unit is an answer.
fn sum(definition: &Definition, fact: &Fact, measure: MeasureIdx, classes: &Classes) -> (i64, bool) {
    let (mut sum, mut is_answered) = (0, false);
    for post in made_posts(definition, fact).filter(|post| post.measure == measure) {
        match contribution(definition, fact, post, classes) {
            Some(amount) => {
                sum += amount;
                is_answered = true;
            }
            // What is stated in several fields is answered when all of them are.
            None if definition.forms[fact.form].kind == FormKind::Return => {
                return (sum_of_others(definition, fact, measure, classes), false);
            }
            None => {}
        }
    }
    (sum, is_answered)
}

fn sum_of_others(definition: &Definition, fact: &Fact, measure: MeasureIdx, classes: &Classes) -> i64 {
    let posts = made_posts(definition, fact).filter(|post| post.measure == measure);
    posts.filter_map(|post| contribution(definition, fact, post, classes)).sum()
}

/// What one post of a statement comes to; `None` where the statement leaves it open.
fn contribution(definition: &Definition, fact: &Fact, post: &Post, classes: &Classes) -> Option<i64> {
    let month = month_of_post(fact.value(post.on)?, post.grain)?;
    let measure = &definition.measures[post.measure];
    if let Some(when) = &post.when {
        let class =
            if when.needs_class() { classes.class(fact.unit, month.year()) } else { Class::default() };
        if !when.evaluate(&fact.values, class)? {
            // A line of a baseline about another year says nothing about this one.
            return (measure.kind != MeasureKind::Statement).then_some(0);
        }
    }
    post.amount_of(measure, &fact.values)
}
