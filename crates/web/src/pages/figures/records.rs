//! The rows of a trace, ready to print: which record counts for which unit, when and how much.

use app::figures::TracePage;
use campaign::definition::Part;
use words::Words;

use crate::{
    parts::{
        field::{self, FieldView},
        number::label,
    },
    urls,
};

/// One posting with the record it comes from.
pub(super) struct Record {
    pub(super) url: String,
    /// Name of the form, and the list of the unit's records of it.
    pub(super) form: (String, Option<String>),
    pub(super) unit: (String, String),
    pub(super) month: String,
    pub(super) measure: String,
    pub(super) part: &'static str,
    pub(super) amount: String,
    pub(super) fields: Vec<FieldView>,
}

/// The rows of one page.
pub(super) fn records(words: Words, trace: &TracePage) -> Vec<Record> {
    let campaign = &trace.snapshot.campaign;
    let row = |row: &app::figures::TraceRow| {
        let unit = trace.snapshot.view(row.unit);
        let form = &campaign.forms[row.fact.form];
        let owner = trace.snapshot.view(row.fact.unit).filter(|_| form.kind.is_register());
        let list = owner.map(|owner| urls::register(&owner.code, &form.id).into());
        Record {
            url: urls::record(row.fact.id).into(),
            form: (label(words, &form.label).to_owned(), list),
            unit: unit.map(|unit| (unit.name, urls::unit(&unit.code).into())).unwrap_or_default(),
            month: words.month(row.month),
            measure: label(words, &campaign.measures[row.measure].label).to_owned(),
            part: part(words, row.part),
            amount: words.count(row.amount),
            fields: field::main(words, &trace.snapshot, &row.fact),
        }
    };
    trace.rows.iter().map(row).collect()
}

/// Itemised or supplementary, in words.
pub(crate) fn part(words: Words, part: Part) -> &'static str {
    match part {
        Part::Listed => words.figure_listed(),
        Part::Unlisted => words.figure_unlisted(),
    }
}
