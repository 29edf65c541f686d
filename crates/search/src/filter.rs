//! The filter of a list of records, and the only place that turns it into a
//! query of the search library.

use campaign::definition::{FieldIdx, StateIdx};
use std::ops::Bound;

use model::{
    ids::{RecordId, UnitId},
    value::Value,
};
use tantivy::{
    Term,
    query::{
        AllQuery, BooleanQuery, EmptyQuery, ExistsQuery, InvertedIndexRangeQuery, Occur, PhraseQuery, Query,
        RangeQuery, TermQuery,
    },
    schema::{Field, IndexRecordOption},
};

use crate::{
    shape::{Fields, Shape, column_name},
    words::{Phrase, phrases},
};

/// Which records are searched for: those that fit all of these conditions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Words to be found in the record's texts, separated by spaces; each occurs there as it is written.
    pub text: String,
    /// Positions of the states it may be in; empty for all.
    pub states: Vec<StateIdx>,
    /// What must hold of fields, by position.
    pub fields: Vec<(FieldIdx, Test)>,
    /// Only records with this id or a later one: ids rise with the time of entry.
    pub from: Option<RecordId>,
}

/// What must hold of a field. One without a value fits the tests alone that ask for such fields.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Its value is one of these; none fits an empty list.
    OneOf(Vec<Value>),
    /// Its value is not below the first and not above the second.
    Between(Option<Value>, Option<Value>),
    /// It has a value, or is not reported.
    HasValue(bool),
    /// It is answered by saying that it is not applicable.
    NotApplicable,
    /// It has no value: it is not reported, or not applicable.
    NoValue,
}

/// What records are put in order by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum By {
    /// When they were entered.
    #[default]
    Entered,
    /// The order of states in the workflow.
    State,
    /// A field, by position; records without a value come last either way.
    Field(FieldIdx),
}

/// The order of a list. Records that are alike are newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub by: By,
    /// Whether the greatest comes first.
    pub is_descending: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { by: By::Entered, is_descending: true }
    }
}

impl Filter {
    /// Whether every record fits.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.states.is_empty() && self.fields.is_empty() && self.from.is_none()
    }

    /// The library's query; `units` is a short list of the units whose records fit.
    pub(crate) fn query(&self, shape: &Shape, fields: &Fields, units: Option<&[UnitId]>) -> Box<dyn Query> {
        let mut all: Vec<Box<dyn Query>> = Vec::new();
        if let Some(units) = units {
            all.push(one_of(fields.unit, units.iter().map(|unit| unit.0)));
        }
        if !self.states.is_empty() {
            let states = self.states.iter().filter_map(|state| i64::try_from(state.number()).ok());
            all.push(one_of(fields.state, states));
        }
        if let Some(from) = self.from {
            let from = Bound::Included(Term::from_field_i64(fields.id, from.0));
            all.push(Box::new(RangeQuery::new(from, Bound::Unbounded)));
        }
        for (field, test) in &self.fields {
            all.push(tested(shape, fields, *field, test));
        }
        if !self.text.trim().is_empty() {
            let phrases = phrases(&self.text);
            if phrases.is_empty() {
                all.push(Box::new(EmptyQuery));
            }
            all.extend(phrases.into_iter().map(|phrase| phrase_query(fields.text, phrase)));
        }
        match all.len() {
            0 => Box::new(AllQuery),
            1 => all.remove(0),
            _ => Box::new(BooleanQuery::intersection(all)),
        }
    }
}

fn tested(shape: &Shape, fields: &Fields, field: FieldIdx, test: &Test) -> Box<dyn Query> {
    let Some(column) = fields.columns.get(field).copied().flatten() else { return Box::new(EmptyQuery) };
    match test {
        Test::OneOf(values) => one_of(column, values.iter().filter_map(|value| shape.number(field, value))),
        Test::Between(from, to) => {
            let bound = |value: &Option<Value>| match value {
                None => Some(Bound::Unbounded),
                Some(value) => {
                    Some(Bound::Included(Term::from_field_i64(column, shape.number(field, value)?)))
                }
            };
            match (bound(from), bound(to)) {
                (Some(Bound::Unbounded), Some(Bound::Unbounded)) => is_present(field),
                (Some(from), Some(to)) => Box::new(RangeQuery::new(from, to)),
                _ => Box::new(EmptyQuery),
            }
        }
        Test::HasValue(true) => is_present(field),
        Test::HasValue(false) => {
            let answered = [Some(is_present(field)), fields.not_applicable(field).map(exact)];
            none_of(answered.into_iter().flatten())
        }
        Test::NotApplicable => match fields.not_applicable(field) {
            Some(term) => exact(term),
            None => Box::new(EmptyQuery),
        },
        Test::NoValue => none_of(std::iter::once(is_present(field))),
    }
}

fn exact(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn none_of(queries: impl Iterator<Item = Box<dyn Query>>) -> Box<dyn Query> {
    let all: (Occur, Box<dyn Query>) = (Occur::Must, Box::new(AllQuery));
    let without = queries.map(|query| (Occur::MustNot, query));
    Box::new(BooleanQuery::new(std::iter::once(all).chain(without).collect()))
}

fn is_present(field: FieldIdx) -> Box<dyn Query> {
    Box::new(ExistsQuery::new(column_name(field), false))
}

fn one_of(field: Field, numbers: impl Iterator<Item = i64>) -> Box<dyn Query> {
    let term = |number| exact(Term::from_field_i64(field, number));
    let mut numbers: Vec<i64> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    match numbers.as_slice() {
        [] => Box::new(EmptyQuery),
        [number] => term(*number),
        _ => Box::new(BooleanQuery::union(numbers.into_iter().map(term).collect())),
    }
}

fn phrase_query(field: Field, phrase: Phrase) -> Box<dyn Query> {
    let term = |text: &str| Term::from_field_text(field, text);
    let words = match phrase {
        Phrase::Words(words) => words,
        Phrase::Beginning(first) => {
            // Everything from the character alone up to the next one.
            let next = char::from_u32(u32::from(first) + 1).map(String::from);
            let upto = next.map_or(Bound::Unbounded, |next| Bound::Excluded(term(&next)));
            let from = Bound::Included(term(&String::from(first)));
            return Box::new(InvertedIndexRangeQuery::new(from, upto));
        }
    };
    match words.as_slice() {
        [] => Box::new(EmptyQuery),
        [word] => Box::new(TermQuery::new(term(&word.text), IndexRecordOption::Basic)),
        _ => Box::new(PhraseQuery::new_with_offset(
            words.iter().map(|word| (word.at, term(&word.text))).collect(),
        )),
    }
}
