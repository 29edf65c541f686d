//! The values of a record in words: codes with their labels, money in yuan,
//! personal numbers masked.

use app::Snapshot;
use campaign::{
    definition::{Disclosure, Field, FieldIdx, FieldKind, Form, Values},
    kinds::{Meaning, ValueShape},
};
use ledger::fact::Fact;
use model::{ids::RecordId, period::ReportingPeriod, value::Value};
use words::Words;

use super::{grid::Grid, number::label};

/// A field and what is stated in it.
pub(crate) struct FieldView {
    /// The field's name.
    pub(crate) label: String,
    /// Its value, on one line when it is a table.
    pub(crate) value: String,
    /// The table that it is.
    pub(crate) grid: Option<Grid>,
    /// The record that it refers to.
    pub(crate) referred: Option<RecordId>,
    /// Where that record is opened, by those who may.
    pub(crate) link: Option<String>,
    /// Whether it should refer to a record and leads to none.
    pub(crate) is_unlinked: bool,
}

impl FieldView {
    /// What a field states.
    pub(crate) fn from_value(words: Words, snapshot: &Snapshot, field: &Field, value: &Value) -> Self {
        Self {
            label: label(words, &field.label).to_owned(),
            value: match period(&field.kind, value) {
                Some(period) => words.both_calendars(period),
                None => text(words, snapshot, &field.kind, value),
            },
            grid: grid(words, snapshot, &field.kind, value),
            referred: value.as_reference(),
            link: None,
            is_unlinked: matches!(
                (field.kind.spec().shape, value),
                (ValueShape::Reference(_), Value::Text(_))
            ),
        }
    }

    /// Something that is said of a record.
    pub(crate) fn from_text(label: &str, value: &str) -> Self {
        let (label, value) = (label.to_owned(), value.to_owned());
        Self { label, value, grid: None, referred: None, link: None, is_unlinked: false }
    }
}

/// Every stated field of a form's `values`, in the order of the paper form.
pub(crate) fn field_views(words: Words, snapshot: &Snapshot, form: &Form, values: &Values) -> Vec<FieldView> {
    let fields = form.fields.iter().zip(values);
    fields
        .filter_map(|(field, value)| Some(FieldView::from_value(words, snapshot, field, value.as_ref()?)))
        .collect()
}

/// The stated fields of a form's `values` under the headings of the paper
/// form; one part without a heading where it has none. Empty parts are left out.
pub(crate) fn in_sections(
    words: Words,
    snapshot: &Snapshot,
    form: &Form,
    values: &Values,
) -> Vec<(Option<String>, Vec<FieldView>)> {
    if form.sections.is_empty() {
        return vec![(None, field_views(words, snapshot, form, values))];
    }
    let of = |fields: &[FieldIdx]| {
        let only = |position: FieldIdx| fields.contains(&position);
        let values = values.entries();
        let values: Values =
            values.map(|(position, value)| value.clone().filter(|_| only(position))).collect();
        field_views(words, snapshot, form, &values)
    };
    let parts =
        form.sections.iter().map(|part| (Some(label(words, &part.label).to_owned()), of(&part.fields)));
    parts.filter(|(_, fields)| !fields.is_empty()).collect()
}

/// How many fields tell one record from another in a list.
const MAIN_FIELDS: usize = 4;

/// The fields that tell a record from others: those that identify it, then the first of the paper form.
pub(crate) fn main(words: Words, snapshot: &Snapshot, fact: &Fact) -> Vec<FieldView> {
    let form = &snapshot.definition.forms[fact.form];
    let others = form.fields.positions().filter(|field| !form.identity.contains(field));
    let is_flag = |field: FieldIdx| matches!(form.fields[field].kind.spec().shape, ValueShape::Flag);
    let tells = |field: FieldIdx| Some(field) != form.unit && !is_flag(field);
    let fields = form.identity.iter().copied().chain(others).filter(|field| tells(*field));
    fields
        .filter_map(|field| {
            Some(FieldView::from_value(words, snapshot, &form.fields[field], fact.value(field)?))
        })
        .take(MAIN_FIELDS)
        .collect()
}

/// What a record is called ([`campaign::definition::Form::title_fields`]); its number where it states nothing of that.
pub(crate) fn title(words: Words, snapshot: &Snapshot, fact: &Fact) -> String {
    let form = &snapshot.definition.forms[fact.form];
    let given = form.numbering.as_ref().map(|numbering| numbering.field);
    let mut texts = form.title_fields().chain(given).filter_map(|field| {
        let view = FieldView::from_value(words, snapshot, &form.fields[field], fact.value(field)?);
        Some(view.value).filter(|text| !text.is_empty())
    });
    texts.next().unwrap_or_else(|| fact.id.to_string())
}

/// Whether a field holds a personal number.
pub(crate) fn is_number(kind: &FieldKind) -> bool {
    kind.is_personal()
}

/// The table that a value is; `None` for values of all other kinds.
pub(crate) fn grid(words: Words, snapshot: &Snapshot, kind: &FieldKind, value: &Value) -> Option<Grid> {
    let (ValueShape::Table(columns), Value::Text(text)) = (kind.spec().shape, value) else { return None };
    Some(Grid::new(words, snapshot, columns, text))
}

/// One value in words.
pub(crate) fn text(words: Words, snapshot: &Snapshot, kind: &FieldKind, value: &Value) -> String {
    let value = match kind.shown(value) {
        Disclosure::Removed => return words.person_removed().to_owned(),
        Disclosure::Masked(mask) => return mask,
        Disclosure::Open(value) => value,
    };
    let spec = kind.spec();
    match (value, spec.shape, spec.meaning) {
        (Value::Code(code), ValueShape::Code(dictionary), _) => {
            let entry = snapshot.definition.dictionaries[dictionary].code(code);
            entry.map_or_else(|| code.clone(), |entry| label(words, &entry.label).to_owned())
        }
        (Value::Text(text), ValueShape::Table(columns), _) => {
            Grid::new(words, snapshot, columns, text).line(words)
        }
        (Value::Integer(fen), _, Meaning::Money { .. }) => words.record_page_yuan(yuan(words, *fen)),
        (Value::Integer(year), _, Meaning::Year) => year.to_string(),
        (Value::Text(text), _, Meaning::Period(_)) => {
            period(kind, value).map_or_else(|| text.clone(), |period| words.period_in_calendars(period))
        }
        (Value::Text(text) | Value::Code(text), ..) => text.clone(),
        (Value::Reference(reference), ..) => reference.text.clone(),
        (Value::NotApplicable(reason), ..) if reason.is_empty() => words.answer_not_applicable().to_owned(),
        (Value::NotApplicable(reason), ..) => words.answer_not_applicable_reason(reason),
        (Value::Integer(number), ..) => words.count(*number),
        (Value::Decimal(number), ..) => words.decimal(*number, 2),
        (Value::Date(date), ..) => words.date(*date),
        (Value::Flag(flag), ..) => if *flag { words.form_yes() } else { words.form_no() }.to_owned(),
        (Value::Unit(unit), ..) => snapshot.view(*unit).map(|unit| unit.name).unwrap_or_default(),
    }
}

/// The period that a field states.
fn period(kind: &FieldKind, value: &Value) -> Option<ReportingPeriod> {
    match kind.spec().meaning {
        Meaning::Period(grain) => value.as_period(grain),
        _ => None,
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
