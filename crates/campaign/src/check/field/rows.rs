//! Checks of a table in one field: its columns, and how many rows it takes.

use crate::{
    check::names::{Defined, unique},
    definition::{Column, FieldKind},
    marker::Marker,
    mistake::say,
    written::{
        form::{self, Field},
        read::At,
    },
};

/// Rows, where nothing is written.
const MOST: usize = 50;
/// Rows of which a page and a cell can still be read.
const MOST_OF_ALL: i64 = 200;

/// Kinds of a column. Personal numbers are sealed where they are fields, units are found by two
/// columns, and what has lines itself cannot stand in one.
const KINDS: [&str; 8] = ["text", "integer", "decimal", "money", "date", "year", "flag", "code"];

/// Checks a table; `None` when it has no columns that could be told.
pub(super) fn kind(marker: Marker<'_>, field: &Field, defined: &Defined<'_>) -> Option<FieldKind> {
    let most = most(marker, field);
    let written = field.column.as_ref().map(|columns| columns.value.as_slice()).unwrap_or_default();
    if written.is_empty() {
        marker.mark(
            &field.kind.span,
            say!("表格没有列", "a table without columns"),
            say!("请在字段后写 [[field.column]]", "add [[field.column]] after the field"),
        );
    }
    unique(marker, written.iter().map(|column| &column.value.id));
    if let Some(first) = written.first().filter(|first| !tells_rows(&first.value)) {
        marker.mark(
            &first.value.id.span,
            say!(
                "第一列既非必填也非文本,分不清各行",
                "rows could begin with nothing: the first column is neither required nor a text"
            ),
            say!(
                "请写 required = true,或把文本列放在最前",
                "add required = true, or put a text column first"
            ),
        );
    }
    let columns: Option<Vec<Column>> =
        written.iter().map(|written| column(marker, written, defined)).collect();
    Some(FieldKind::Rows { columns: columns?, most }).filter(|_| !written.is_empty())
}

fn tells_rows(first: &form::Column) -> bool {
    first.required.as_ref().is_some_and(|required| required.value) || first.kind.value == "text"
}

fn column(marker: Marker<'_>, written: &At<form::Column>, defined: &Defined<'_>) -> Option<Column> {
    let column = &written.value;
    let kind = &column.kind;
    let is_known = super::KINDS.iter().any(|(name, _)| *name == kind.value);
    if is_known && !KINDS.contains(&kind.value.as_str()) {
        let (name, all) = (&kind.value, KINDS.join(", "));
        marker.mark(
            &kind.span,
            say!("表格的列不能是 {name} 类", "a column of a table cannot be of kind {name}"),
            say!("请改用 {all},或为它单设字段", "use one of {all}, or give it a field of its own"),
        );
        return None;
    }
    let as_field = Field {
        id: column.id.clone(),
        label: column.label.clone(),
        kind: kind.clone(),
        max: column.max.clone(),
        min: column.min.clone(),
        scale: column.scale.clone(),
        future: column.future.clone(),
        dictionary: column.dictionary.clone(),
        ..Field::default()
    };
    let kind = super::kind(marker, &At { value: as_field, span: written.span.clone() }, defined)?;
    Some(Column {
        id: column.id.value.clone(),
        label: column.label.clone(),
        kind,
        is_required: column.required.as_ref().is_some_and(|required| required.value),
    })
}

fn most(marker: Marker<'_>, field: &Field) -> usize {
    let Some(at) = field.most.as_ref().filter(|at| at.value.is_known()) else { return MOST };
    let most = at.value.whole.filter(|most| (1..=MOST_OF_ALL).contains(most));
    if most.is_none() {
        marker.mark(
            &at.span,
            say!("行数要在 1 到 {MOST_OF_ALL} 之间", "a table takes 1 to {MOST_OF_ALL} rows"),
            say!("请改正 most", "correct most"),
        );
    }
    most.and_then(|most| usize::try_from(most).ok()).unwrap_or(MOST)
}
