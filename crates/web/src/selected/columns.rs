//! The columns of a list: which there are, which are usual, which are shown.

use campaign::definition::{FieldKind, Form, Required};

use super::{BY_STATE, Selected};

/// The column with the unit; ids of fields have no dot.
const UNIT: &str = ".unit";
/// The column with the last change.
const CHANGED: &str = ".changed";

/// A column of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// A field, by position.
    Field(usize),
    /// Where it stands.
    State,
    /// Whose it is.
    Unit,
    /// Its last change.
    Changed,
}

/// What a list shows: first the column that leads to the record.
pub(crate) fn shown(form: &Form, selected: &Selected) -> Vec<Column> {
    let others = if selected.columns.is_empty() { usual(form) } else { selected.columns.clone() };
    let first = Column::Field(first(form));
    [first].into_iter().chain(others.into_iter().filter(|column| *column != first)).collect()
}

/// Every column but the first, in the order of the paper form.
pub(crate) fn choices(form: &Form) -> Vec<Column> {
    let is_own = |field: &usize| Some(*field) != form.unit_field() && *field != first(form);
    let fields = (0..form.fields.len()).filter(is_own).map(Column::Field);
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
            (Some(field) != form.unit_field()).then_some(Column::Field(field))
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
fn first(form: &Form) -> usize {
    identity(form).first().copied().unwrap_or(0)
}

/// The fields that identify a record within its unit, numbers of persons last.
fn identity(form: &Form) -> Vec<usize> {
    let own = |field: &usize| Some(*field) != form.unit_field();
    let mut fields: Vec<usize> = form.identity.iter().copied().filter(own).collect();
    fields.sort_by_key(|field| form.fields[*field].kind == FieldKind::IdNumber);
    fields
}

/// What tells records of a form apart: the fields that identify them, the
/// first text that each of them has, the date by which they count, where they stand.
fn usual(form: &Form) -> Vec<Column> {
    let mut fields = identity(form);
    let is_title = |field: &usize| {
        let definition = &form.fields[*field];
        matches!(definition.kind, FieldKind::Text { lines: false, .. })
            && matches!(definition.required, Required::Yes)
            && !form.identity.contains(field)
    };
    fields.extend((0..form.fields.len()).find(is_title));
    fields.extend(form.posts.first().map(|post| post.on).filter(|date| !form.identity.contains(date)));
    let fields = fields.into_iter().map(Column::Field);
    let state = form.workflow.as_ref().map(|_| Column::State);
    fields.chain(state).chain([Column::Unit, Column::Changed]).collect()
}
