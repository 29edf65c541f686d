//! The values of a record in words: codes with their labels, money in yuan,
//! personal numbers masked.

use app::Snapshot;
use campaign::definition::{Field, FieldKind, Form};
use ledger::fact::Fact;
use model::{
    alias::is_alias,
    codes::{mask_id_number, mask_phone},
    value::Value,
};
use words::Words;

use super::{grid::Grid, number::label};

/// A field and what is stated in it.
pub(crate) struct Stated {
    /// The field's name.
    pub(crate) label: String,
    /// Its value, on one line when it is a table.
    pub(crate) value: String,
    /// The table that it is.
    pub(crate) grid: Option<Grid>,
}

impl Stated {
    /// What a field states.
    pub(crate) fn of(words: Words, snapshot: &Snapshot, field: &Field, value: &Value) -> Self {
        Self {
            label: label(words, &field.label).to_owned(),
            value: text(words, snapshot, &field.kind, value),
            grid: grid(words, snapshot, &field.kind, value),
        }
    }

    /// Something that is said of a record.
    pub(crate) fn said(label: &str, value: &str) -> Self {
        Self { label: label.to_owned(), value: value.to_owned(), grid: None }
    }
}

/// Every stated field of a form's `values`, in the order of the paper form.
pub(crate) fn stated(
    words: Words,
    snapshot: &Snapshot,
    form: &Form,
    values: &[Option<Value>],
) -> Vec<Stated> {
    let fields = form.fields.iter().zip(values);
    fields.filter_map(|(field, value)| Some(Stated::of(words, snapshot, field, value.as_ref()?))).collect()
}

/// The stated fields of a form's `values` under the headings of the paper
/// form; one part without a heading where it has none. Empty parts are left out.
pub(crate) fn in_sections(
    words: Words,
    snapshot: &Snapshot,
    form: &Form,
    values: &[Option<Value>],
) -> Vec<(Option<String>, Vec<Stated>)> {
    if form.sections.is_empty() {
        return vec![(None, stated(words, snapshot, form, values))];
    }
    let of = |fields: &[usize]| {
        let only = |position: usize| fields.contains(&position);
        let values = values.iter().enumerate();
        let values: Vec<Option<Value>> =
            values.map(|(position, value)| value.clone().filter(|_| only(position))).collect();
        stated(words, snapshot, form, &values)
    };
    let parts =
        form.sections.iter().map(|part| (Some(label(words, &part.label).to_owned()), of(&part.fields)));
    parts.filter(|(_, fields)| !fields.is_empty()).collect()
}

/// How many fields tell one record from another in a list.
const MAIN_FIELDS: usize = 4;

/// The fields that tell a record from others: those that identify it, then the first of the paper form.
pub(crate) fn main(words: Words, snapshot: &Snapshot, fact: &Fact) -> Vec<Stated> {
    let form = &snapshot.campaign.forms[fact.form];
    let others = (0..form.fields.len()).filter(|field| !form.identity.contains(field));
    let tells = |field: usize| Some(field) != form.unit_field() && form.fields[field].kind != FieldKind::Flag;
    let fields = form.identity.iter().copied().chain(others).filter(|field| tells(*field));
    fields
        .filter_map(|field| Some(Stated::of(words, snapshot, &form.fields[field], fact.value(field)?)))
        .take(MAIN_FIELDS)
        .collect()
}

/// Whether a field holds a personal number.
pub(crate) fn is_number(kind: &FieldKind) -> bool {
    matches!(kind, FieldKind::IdNumber | FieldKind::Phone)
}

/// The table that a value is; `None` for values of all other kinds.
pub(crate) fn grid(words: Words, snapshot: &Snapshot, kind: &FieldKind, value: &Value) -> Option<Grid> {
    let (FieldKind::Rows { columns, .. }, Value::Text(text)) = (kind, value) else { return None };
    Some(Grid::new(words, snapshot, columns, text))
}

/// One value in words.
pub(crate) fn text(words: Words, snapshot: &Snapshot, kind: &FieldKind, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Text(text)) if is_alias(text) => words.person_removed().to_owned(),
        (FieldKind::IdNumber, Value::Text(number)) => mask_id_number(number),
        (FieldKind::Phone, Value::Text(number)) => mask_phone(number),
        (FieldKind::Code { dictionary }, Value::Code(code)) => {
            let entry = snapshot.campaign.dictionaries[*dictionary].code(code);
            entry.map_or_else(|| code.clone(), |entry| label(words, &entry.label).to_owned())
        }
        (FieldKind::Money { .. }, Value::Integer(fen)) => words.fact_yuan(yuan(words, *fen)),
        (FieldKind::Year { .. }, Value::Integer(year)) => year.to_string(),
        (FieldKind::Rows { columns, .. }, Value::Text(text)) => {
            Grid::new(words, snapshot, columns, text).line()
        }
        (_, Value::Text(text) | Value::Code(text)) => text.clone(),
        (_, Value::Integer(number)) => words.count(*number),
        (_, Value::Decimal(number)) => words.decimal(*number, 2),
        (_, Value::Date(date)) => words.date(*date),
        (_, Value::Flag(flag)) => if *flag { words.form_yes() } else { words.form_no() }.to_owned(),
        (_, Value::Unit(unit)) => snapshot.view(*unit).map(|unit| unit.name).unwrap_or_default(),
    }
}

/// Fen as yuan, exactly.
fn yuan(words: Words, fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", words.count(fen / 100).trim_start_matches('-'), fen.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use words::Language;

    use super::*;

    #[test]
    fn money_is_exact() {
        let words = Words::new(Language::Chinese);
        assert_eq!(yuan(words, 123_456_789), "1,234,567.89");
        assert_eq!(yuan(words, -5), "-0.05");
    }
}
