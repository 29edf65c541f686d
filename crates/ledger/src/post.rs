//! `post`: the only place where anything is counted.

use campaign::definition::{
    Definition, FieldIdx, KeyPart, MeasureIdx, MeasureKind, Part, PersonFields, Post, Window,
};
use model::{
    class::Class,
    ids::UnitId,
    month::{Month, Year},
    period::{Grain, ReportingPeriod},
    value::Value,
};
use sha2::{Digest, Sha256};

use crate::{classes::Classes, fact::Fact};

/// Identity of something that counts once: a digest, so that neither an ID
/// number nor a name is in the balances.
pub type Key = [u8; 16];

/// One fact's contribution to one measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Position of the measure.
    pub measure: MeasureIdx,
    /// Itemised or supplementary.
    pub part: Part,
    /// The unit it is made at; its ancestors follow from the tree.
    pub unit: UnitId,
    /// The month it is made in: the last one of the period that it is stated for.
    pub month: Month,
    /// How long that period is.
    pub grain: Grain,
    /// How much it adds, in the parts that its measure sums ([`campaign::definition::MeasureScale`]).
    pub amount: i64,
    /// What counts once, for distinct measures.
    pub key: Option<Key>,
}

/// Hands every posting of `fact` to `emit`. Pure: the same fact, definition
/// and classes always give the same postings.
pub fn post(definition: &Definition, fact: &Fact, classes: &Classes, mut emit: impl FnMut(Posting)) {
    for post in made_posts(definition, fact) {
        if let Some(posting) = posting(definition, fact, post, classes) {
            emit(posting);
        }
    }
}

/// The posts of its form that `fact` makes in its state, whatever their conditions say.
pub(crate) fn made_posts<'d>(definition: &'d Definition, fact: &Fact) -> impl Iterator<Item = &'d Post> {
    let state = fact.posting_state(definition);
    definition.forms[fact.form].posts.iter().filter(move |post| {
        state.is_none_or(|(position, state)| {
            // What was returned, withdrawn or refused counts in no total.
            (state.counts || post.is_kept) && (post.states.is_empty() || post.states.contains(&position))
        })
    })
}

/// All postings of `fact`, in the order of the definition.
pub fn postings(definition: &Definition, fact: &Fact, classes: &Classes) -> Vec<Posting> {
    let mut all = Vec::new();
    post(definition, fact, classes, |posting| all.push(posting));
    all
}

fn posting(definition: &Definition, fact: &Fact, post: &Post, classes: &Classes) -> Option<Posting> {
    let month = month_of_post(fact.value(post.on)?, post.grain)?;
    let measure = &definition.measures[post.measure];
    let amount = post.amount_of(measure, &fact.values)?;
    let unit = match post.unit {
        None => fact.unit,
        Some(field) => fact.value(field)?.as_unit()?,
    };
    if let Some(when) = &post.when {
        let class = if when.needs_class() { classes.class(unit, month.year()) } else { Class::default() };
        if when.evaluate(&fact.values, class) != Some(true) {
            return None;
        }
    }
    let key = match measure.kind {
        // Supplementary numbers name nobody: they add up as they are stated.
        MeasureKind::Distinct(window) if post.part == Part::Listed => {
            if window == Window::Campaign && month < measure.since {
                return None;
            }
            Some(key(fact, unit, &post.key)?)
        }
        _ => None,
    };
    (amount != 0).then_some(Posting {
        measure: post.measure,
        part: post.part,
        unit,
        month,
        grain: post.grain,
        amount,
        key,
    })
}

/// The last month of what a post is made on: of a period of its grain, of a year, or the month of a day.
pub(crate) fn month_of_post(value: &Value, grain: Grain) -> Option<Month> {
    match value {
        Value::Text(_) => value.as_period(grain).map(ReportingPeriod::last),
        value => month_of(value),
    }
}

/// The month of an event's day, December of a year stated as a whole, or the last month of a period.
pub fn month_of(value: &Value) -> Option<Month> {
    match value {
        Value::Date(date) => Some(Month::containing(*date)),
        Value::Integer(year) => Year::try_from(*year).ok().map(Month::december),
        Value::Text(period) => ReportingPeriod::parse(period).ok().map(ReportingPeriod::last),
        _ => None,
    }
}

fn key(fact: &Fact, unit: UnitId, parts: &[KeyPart]) -> Option<Key> {
    let mut digest = Sha256::new();
    for part in parts {
        let text = match part {
            KeyPart::Person(person) => person_key(fact, *person)?,
            KeyPart::Field(field) => value_key(fact.value(*field)?)?,
            KeyPart::Prefix(field, length) => fact.value(*field)?.as_str()?.chars().take(*length).collect(),
            KeyPart::Unit => unit.to_string(),
        };
        digest.update(text.as_bytes());
        digest.update([0]); // so that ("ab", "c") and ("a", "bc") differ
    }
    let digest: [u8; 32] = digest.finalize().into();
    let mut key = Key::default();
    key.copy_from_slice(&digest[..16]);
    Some(key)
}

/// A person is known by the ID number, without one by name within the unit.
fn person_key(fact: &Fact, person: PersonFields) -> Option<String> {
    let text_of = |field: FieldIdx| fact.value(field).and_then(Value::as_str);
    match (text_of(person.id_number), text_of(person.name)) {
        (Some(number), _) => Some(format!("id:{number}")),
        (None, Some(name)) => Some(format!("name:{}:{name}", fact.unit)),
        (None, None) => None,
    }
}

/// What a value counts once as; `None` for an answer that is no value.
fn value_key(value: &Value) -> Option<String> {
    Some(match value {
        Value::Text(text) | Value::Code(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Unit(unit) => unit.to_string(),
        Value::Reference(reference) => reference.id.to_string(),
        Value::NotApplicable(_) => return None,
    })
}
