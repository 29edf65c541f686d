//! What registers count beside what a return states: in its form, and where the two differ on its page.

use app::{
    Snapshot,
    reconciliation::{CountedRecords, RegisterCount},
    records::RecordDetails,
};
use campaign::{definition::Form, kinds::Meaning};
use jiff::civil::Date;
use model::{month::Month, period::ReportingPeriod};
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
        Self {
            message: words.answer_by_register(words.period(count.period), words.count(count.count), value),
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
        let (from, to) = bounds(on.kind.spec().meaning, source);
        let url = urls::register(unit, &form.id)
            .with_some(&format!("{FIELD}{}.from", on.id), from)
            .with_param(&format!("{FIELD}{}.to", on.id), to);
        (label(words, &form.label).to_owned(), url.into())
    };
    count.sources.iter().map(list).collect()
}

/// The first and the last value of the field by which records count, as a list is asked for them.
fn bounds(meaning: Meaning, source: &CountedRecords) -> (Option<String>, String) {
    let (first, last) = (source.first, source.last);
    match meaning {
        Meaning::Year => (first.map(|first| first.year().to_string()), last.year().to_string()),
        // A period counts where all of it lies in the months.
        Meaning::Period(grain) => {
            let from = first.map(|first| {
                let period = ReportingPeriod::containing(first, grain);
                if period.first() == first { period } else { period.next() }
            });
            let period = ReportingPeriod::containing(last, grain);
            let to = if period.last() == last { period } else { period.previous() };
            (from.map(|from| from.to_string()), to.to_string())
        }
        _ => {
            let day = |day: Option<Date>| day.map(|day| day.to_string());
            let last_day = last.first_day().map(Date::last_of_month);
            (day(first.and_then(Month::first_day)), day(last_day).unwrap_or_default())
        }
    }
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
