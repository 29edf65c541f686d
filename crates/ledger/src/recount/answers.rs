//! What units answer in their statements, counted a second time.

use std::collections::{BTreeMap, BTreeSet};

use campaign::definition::{Amount, Form, FormKind, MeasureIdx, MeasureKind, Post};
use model::{
    ids::UnitId,
    month::{Month, Year},
    value::Value,
};

use super::{Recount, StatementSlots};
use crate::{
    balance::{CellKey, Period},
    fact::Fact,
};

/// What a statement says of a measure.
#[derive(Clone, Copy)]
struct StatementSum {
    sum: i64,
    is_complete: bool,
    /// Whether all that is said is that it is not applicable.
    is_not_applicable: bool,
}

/// What one line of a statement says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineSays {
    Number(i64),
    NotAboutUnit,
    NotApplicable,
}

impl Recount<'_> {
    /// Counts what a statement answers.
    pub(super) fn count_answers(&mut self, fact: &Fact) {
        let definition = self.definition;
        let form = &definition.forms[fact.form];
        let Some(year) = form.year.and_then(|year| fact.value(year)?.as_year()) else { return };
        let mut said: BTreeMap<MeasureIdx, StatementSum> = BTreeMap::new();
        for (position, measure) in
            definition.measures.entries().filter(|(_, measure)| measure.answers.is_some())
        {
            let posts: Vec<&Post> = form.posts.iter().filter(|post| post.measure == position).collect();
            if posts.is_empty() {
                continue;
            }
            let lines: Vec<Option<LineSays>> = posts
                .into_iter()
                .filter(|post| self.is_in_state(fact, post))
                .map(|post| self.line(fact, post))
                .collect();
            let is_complete = match (measure.kind, form.kind) {
                (MeasureKind::Statement, _) | (_, FormKind::Baseline) => lines.iter().any(Option::is_some),
                _ => !lines.is_empty() && lines.iter().all(Option::is_some),
            };
            let lines: Vec<LineSays> = lines.into_iter().flatten().collect();
            let numbers = lines.iter().filter_map(|line| match line {
                LineSays::Number(number) => Some(*number),
                LineSays::NotAboutUnit | LineSays::NotApplicable => None,
            });
            let numbers: Vec<i64> = numbers.collect();
            let is_not_applicable = numbers.is_empty() && lines.contains(&LineSays::NotApplicable);
            said.insert(position, StatementSum { sum: numbers.iter().sum(), is_complete, is_not_applicable });
        }
        self.note_own(fact, form, year, &said);
        if form.kind.states_classes() && form.classifying.iter().any(|field| fact.value(*field).is_some()) {
            self.note_last_statement(fact, year, &said);
        }
    }

    /// Of the year itself.
    fn note_own(&mut self, fact: &Fact, form: &Form, year: Year, said: &BTreeMap<MeasureIdx, StatementSum>) {
        let definition = self.definition;
        let mut of_year = Vec::new();
        for position in said.iter().filter(|(_, said)| said.is_complete).map(|(position, _)| *position) {
            let measure = &definition.measures[position];
            let Some(answers) = measure.answers else { continue };
            if form.kind.states_baselines() {
                let stated = self.own_answers.entry((fact.form, measure.since)).or_default();
                *stated.entry(fact.unit).or_default().entry(answers.answered).or_default() += 1;
            } else {
                of_year.push((answers.answered, 1));
            }
        }
        for pair in &definition.answer_pairs {
            if let Some((above, below)) = complete(said, pair.above, pair.below) {
                let slots = pair.slots;
                of_year.extend([(slots.answered, 1), (slots.above, above), (slots.below, below)]);
            }
        }
        for (slot, amount) in of_year {
            self.add_plain(fact.unit, Month::december(year), slot, amount);
        }
    }

    /// As the unit's last statement, until its next one.
    fn note_last_statement(&mut self, fact: &Fact, year: Year, said: &BTreeMap<MeasureIdx, StatementSum>) {
        let definition = self.definition;
        let row = self.yearly.entry(fact.unit).or_default().entry(year).or_default();
        for (position, said) in said {
            let last_statement =
                definition.measures[*position].answers.and_then(|answers| answers.last_statement);
            if let Some(last_statement) = last_statement {
                row.add(last_statement.value, said.sum);
                row.add(last_statement.answered, i64::from(said.is_complete));
            }
        }
        for pair in &definition.answer_pairs {
            let sums = complete(said, pair.above, pair.below);
            if let Some(((above, below), slots)) = sums.zip(pair.last_statement) {
                for (slot, amount) in [(slots.answered, 1), (slots.above, above), (slots.below, below)] {
                    row.add(slot, amount);
                }
            }
        }
    }

    /// One line of a statement; `None` where it is left open.
    fn line(&self, fact: &Fact, post: &Post) -> Option<LineSays> {
        let month = Self::month_of(fact, post)?;
        let class = self.units.classes.class(fact.unit, month.year());
        let is_statement = self.definition.measures[post.measure].kind == MeasureKind::Statement;
        let mut needed = BTreeSet::new();
        if let Some(when) = &post.when {
            match when.evaluate(&fact.values, class) {
                Some(false) => return (!is_statement).then_some(LineSays::NotAboutUnit),
                Some(true) => {}
                None => {
                    let mut fields = Vec::new();
                    when.fields(&mut fields);
                    needed.extend(fields);
                }
            }
        }
        if needed.is_empty() {
            match self.amount(fact, post) {
                Some(amount) => return Some(LineSays::Number(amount)),
                None => match post.amount {
                    Amount::Field(field) => needed.insert(field),
                    Amount::Fixed(_) => return None,
                },
            };
        }
        let is_blank = needed.iter().any(|field| fact.values[*field].is_none());
        let is_other =
            needed.iter().any(|field| matches!(fact.values[*field], Some(Value::NotApplicable(_))));
        (is_other && !is_blank).then_some(LineSays::NotApplicable)
    }

    /// Covered grass-roots units, from each unit with others below it down.
    pub(super) fn finish_covered(&mut self, answered: &StatementSlots, since: Month) {
        for (unit, slots) in answered {
            let row = self.statements.entry(*unit).or_default();
            for (slot, amount) in slots {
                row.add(*slot, *amount);
            }
        }
        if answered.is_empty() {
            return;
        }
        let lower: Vec<UnitId> = self.up.keys().copied().filter(|unit| (self.units.owes)(*unit)).collect();
        let mut over: BTreeMap<UnitId, BTreeSet<UnitId>> = BTreeMap::new();
        for unit in lower {
            let above = self.above(unit, since);
            if above.len() == 1 {
                continue;
            }
            for upper in &above {
                // Every statement between the two, both ends counted.
                let mut slots: BTreeSet<usize> = BTreeSet::new();
                for (source, row) in above.iter().filter_map(|source| Some((source, answered.get(source)?))) {
                    let up = over.entry(*source).or_insert_with(|| self.above(*source, since));
                    if up.contains(upper) {
                        slots.extend(row.keys());
                    }
                }
                if !slots.is_empty() {
                    let cell =
                        self.cells.entry(CellKey { unit: *upper, period: Period::BASELINE }).or_default();
                    for slot in slots {
                        cell.add(slot, 1);
                    }
                }
            }
        }
    }
}

/// What both sides of a rate come to in a statement that answers both; nothing where one of them is not applicable.
fn complete(
    said: &BTreeMap<MeasureIdx, StatementSum>,
    above: MeasureIdx,
    below: MeasureIdx,
) -> Option<(i64, i64)> {
    let sides = [said.get(&above)?, said.get(&below)?];
    if sides.iter().any(|side| !side.is_complete) {
        return None;
    }
    let is_compared = sides.iter().all(|side| !side.is_not_applicable);
    Some(if is_compared { (sides[0].sum, sides[1].sum) } else { (0, 0) })
}
