//! `unit`: a unit, found by its code or by its name. In a file two columns may
//! state it, one for each.

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning, ReadAs, Sample,
    SheetColumn, Takes, ValueShape, WrittenKind,
};

/// As written.
pub(super) const WRITTEN: WrittenKind = WrittenKind {
    name: "unit",
    keys: &["name_columns"],
    fits_column: false,
    check: |keys| {
        let columns = keys.field.name_columns.iter().flat_map(|columns| &columns.value);
        Some(FieldKind::Unit { name_columns: columns.map(|column| column.value.clone()).collect() })
    },
};

#[inline]
pub(super) fn spec(name_columns: &[String]) -> KindSpec<'_> {
    KindSpec {
        shape: ValueShape::Unit,
        meaning: Meaning::Plain,
        personal: None,
        read_as: ReadAs::Unit { name_columns },
        enter_as: EnterAs::Unit,
        filter_by: FilterBy::Unit,
        column: SheetColumn {
            width: ColumnWidth::Chars(14),
            style: CellStyle::Text,
            check: CellCheck::Anything,
            takes: Takes::Unit,
        },
        sample: Sample::Unit,
    }
}
