//! `rows`: a table in one field, of declared columns.

use model::rows::LONGEST_TEXT;

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKeys, FieldKind, FilterBy, KINDS, KindSpec, Meaning,
    ReadAs, Sample, SheetColumn, Takes, ValueShape, WrittenKind,
};
use crate::{
    check::{
        field,
        naming::{Defined, unique},
    },
    definition::TableColumn,
    marker::Marker,
    mistake::say,
    written::{
        form::{self, Field},
        read::Located,
    },
};

/// Rows, where nothing is written.
const MOST: usize = 50;
/// Rows of which a page and a cell can still be read.
const MOST_OF_ALL: i64 = 200;

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "rows", keys: &["most", "column"], fits_column: false, check };

#[inline]
pub(super) fn spec(columns: &[TableColumn], most: usize) -> KindSpec<'_> {
    KindSpec {
        shape: ValueShape::Table(columns),
        meaning: Meaning::Plain,
        personal: None,
        read_as: ReadAs::Table { columns, most },
        enter_as: EnterAs::Table { columns, most },
        filter_by: FilterBy::Nothing,
        column: SheetColumn {
            width: ColumnWidth::Chars(36),
            style: CellStyle::Wrapped,
            check: CellCheck::LengthUpTo(LONGEST_TEXT),
            takes: Takes::Table(columns),
        },
        sample: Sample::Table { columns, most },
    }
}

/// The table; `None` when it has no columns that could be told.
fn check(keys: &FieldKeys<'_>) -> Option<FieldKind> {
    let FieldKeys { marker, field, defined } = *keys;
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
    let columns: Option<Vec<TableColumn>> =
        written.iter().map(|written| column(marker, written, defined)).collect();
    Some(FieldKind::Rows { columns: columns?, most }).filter(|_| !written.is_empty())
}

fn tells_rows(first: &form::Column) -> bool {
    first.required.as_ref().is_some_and(|required| required.value)
        || first.kind.value == super::text::LINE.name
}

fn column(marker: Marker<'_>, written: &Located<form::Column>, defined: &Defined<'_>) -> Option<TableColumn> {
    let column = &written.value;
    let kind = &column.kind;
    let written_kind = KINDS.iter().find(|known| known.name == kind.value);
    if written_kind.is_some_and(|known| !known.fits_column) {
        let fitting: Vec<&str> =
            KINDS.iter().filter(|known| known.fits_column).map(|known| known.name).collect();
        let (name, all) = (&kind.value, fitting.join(", "));
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
    let kind = field::kind(marker, &Located { value: as_field, span: written.span.clone() }, defined)?;
    if let Some(person) = column.person.as_ref().filter(|_| !matches!(kind, FieldKind::Text { .. })) {
        marker.mark(
            &person.span,
            say!("只有文本列可以是人名", "only a column of texts can name persons"),
            say!("请删去 person", "leave `person` out"),
        );
    }
    Some(TableColumn {
        id: column.id.value.clone(),
        label: column.label.clone(),
        kind,
        is_required: column.required.as_ref().is_some_and(|required| required.value),
        is_person: column.person.as_ref().is_some_and(|person| person.value),
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
