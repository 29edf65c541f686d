//! What registers count beside what a return states: in its form, and where the two differ on its page.

use app::{
    Snapshot,
    reconciliation::{CountedRecords, RegisterCount},
    records::RecordDetails,
};
use campaign::{definition::Form, kinds::Meaning};
use words::Words;

use super::{field, number::label};
use crate::{list_query::FIELD, urls};

/// What registers count for a field.
#[derive(Debug, Clone)]
pub(crate) struct ByRegisters {
    /// In a sentence.
    pub(crate) message: String,
    /// The registers, and where those of their records are listed that count.
    pub(crate) lists: Vec<(String, String)>,
}

impl ByRegisters {
    /// Of a return of the unit with this code.
    pub(crate) fn new(
        words: Words,
        snapshot: &Snapshot,
        form: &Form,
        count: &RegisterCount,
        unit: &str,
    ) -> Self {
        let value = field::text(words, snapshot, &form.fields[count.field].kind, &count.value(form));
        let year = count.sources.first().map(|source| source.to).unwrap_or_default();
        Self {
            message: words.answer_by_register(year, words.count(count.count), value),
            lists: lists(words, snapshot, count, unit),
        }
    }
}

/// The lists of the records that count, each with the name of its register.
pub(crate) fn lists(
    words: Words,
    snapshot: &Snapshot,
    count: &RegisterCount,
    unit: &str,
) -> Vec<(String, String)> {
    let list = |source: &CountedRecords| {
        let form = &snapshot.definition.forms[source.form];
        let on = &form.fields[source.on];
        let is_year = on.kind.spec().meaning == Meaning::Year;
        let bound = |year, day: &str| if is_year { format!("{year}") } else { format!("{year}-{day}") };
        let mut url = urls::register(unit, &form.id);
        if let Some(from) = source.from {
            url = url.with_param(&format!("{FIELD}{}.from", on.id), bound(from, "01-01"));
        }
        url = url.with_param(&format!("{FIELD}{}.to", on.id), bound(source.to, "12-31"));
        (label(words, &form.label).to_owned(), url.into())
    };
    count.sources.iter().map(list).collect()
}

/// Where a return states something else than registers count.
pub(crate) struct Difference {
    /// The field.
    pub(crate) label: String,
    /// What the return answers.
    pub(crate) answer: String,
    /// What registers count, as a value of the field, and how many there are.
    pub(crate) by_registers: String,
    /// How many records there are.
    pub(crate) count: String,
    /// Where these are listed.
    pub(crate) lists: Vec<(String, String)>,
}

/// All differences of a return.
pub(crate) fn differences(words: Words, found: &RecordDetails) -> Vec<Difference> {
    let (snapshot, values) = (&found.snapshot, &found.fact.values);
    let form = &snapshot.definition.forms[found.fact.form];
    let differing =
        found.register_counts.iter().filter(|count| count.differs(form, values.value(count.field)));
    differing
        .map(|count| {
            let kind = &form.fields[count.field].kind;
            let answer = values.value(count.field).map(|value| field::text(words, snapshot, kind, value));
            Difference {
                label: label(words, &form.fields[count.field].label).to_owned(),
                answer: answer.unwrap_or_else(|| words.form_not_stated().to_owned()),
                by_registers: field::text(words, snapshot, kind, &count.value(form)),
                count: words.count(count.count),
                lists: lists(words, snapshot, count, &found.unit.code),
            }
        })
        .collect()
}
