//! The columns of a list: which there are, which are usual, which are shown.

use campaign::{
    definition::{FieldIdx, Form, Required},
    kinds::{Meaning, PersonalSort},
};

use super::{BY_STATE, ListQuery};

/// The column with the unit; ids of fields have no dot.
const UNIT: &str = ".unit";
/// The column with the last change.
const CHANGED: &str = ".changed";

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// A field, by position.
    Field(FieldIdx),
    /// The record's state.
    State,
    /// Whose it is.
    Unit,
    /// Its last change.
    Changed,
}

/// What a list shows: first the column that leads to the record.
pub(crate) fn shown(form: &Form, selected: &ListQuery) -> Vec<Column> {
    let others = if selected.columns.is_empty() { usual(form) } else { selected.columns.clone() };
    let first = Column::Field(first(form));
    [first].into_iter().chain(others.into_iter().filter(|column| *column != first)).collect()
}

/// Every column but the first, in the order of the paper form.
pub(crate) fn choices(form: &Form) -> Vec<Column> {
    let is_own = |field: &FieldIdx| Some(*field) != form.unit && *field != first(form);
    let fields = form.fields.positions().filter(is_own).map(Column::Field);
    let state = form.workflow.as_ref().map(|_| Column::State);
    state.into_iter().chain(fields).chain([Column::Unit, Column::Changed]).collect()
}

/// How a column is called in an address.
pub(crate) fn name(form: &Form, column: Column) -> String {
    match column {
        Column::Field(field) => form.fields[field].id.clone(),
        Column::State => BY_STATE.to_owned(),
        Column::Unit => UNIT.to_owned(),
        Column::Changed => CHANGED.to_owned(),
    }
}

/// The column that is called so in an address.
pub(crate) fn named(form: &Form, name: &str) -> Option<Column> {
    match name {
        BY_STATE => form.workflow.as_ref().map(|_| Column::State),
        UNIT => Some(Column::Unit),
        CHANGED => Some(Column::Changed),
        id => {
            let field = form.field(id)?;
            (Some(field) != form.unit).then_some(Column::Field(field))
        }
    }
}

/// Whether these are the usual columns, in whatever order.
pub(crate) fn are_usual(form: &Form, columns: &[Column]) -> bool {
    let usual = usual(form);
    let first = Column::Field(first(form));
    let is_other = |column: &&Column| **column != first;
    columns.iter().all(|column| usual.contains(column))
        && usual.iter().filter(is_other).all(|column| columns.contains(column))
}

/// The field that leads to the record: the first that identifies it and is no personal number.
fn first(form: &Form) -> FieldIdx {
    identity(form).first().copied().unwrap_or(form.blamed)
}

/// The fields that identify a record within its unit, numbers of persons last.
fn identity(form: &Form) -> Vec<FieldIdx> {
    let mut fields = form.identity.clone();
    fields.sort_by_key(|field| {
        let personal = form.fields[*field].kind.spec().personal;
        personal.is_some_and(|number| number.sort == PersonalSort::IdNumber)
    });
    fields
}

/// The columns by which a person recognises a record: the fields that identify it, the
/// first text that each of them has, the date by which they count, and their state.
fn usual(form: &Form) -> Vec<Column> {
    let mut fields = identity(form);
    let is_title = |field: &FieldIdx| {
        let definition = &form.fields[*field];
        definition.kind.spec().meaning == (Meaning::Words { lines: false })
            && matches!(definition.required, Required::Yes)
            && !form.identity.contains(field)
    };
    fields.extend(form.fields.positions().find(is_title));
    fields.extend(form.posts.first().map(|post| post.on).filter(|date| !form.identity.contains(date)));
    let fields = fields.into_iter().map(Column::Field);
    let state = form.workflow.as_ref().map(|_| Column::State);
    fields.chain(state).chain([Column::Unit, Column::Changed]).collect()
}
