//! `flag`: yes or no.

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning, ReadAs, Sample,
    SheetColumn, Takes, ValueShape, WrittenKind,
};

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "flag", keys: &[], fits_column: true, check: |_| Some(FieldKind::Flag) };

#[inline]
pub(super) fn spec() -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Flag,
        meaning: Meaning::Plain,
        personal: None,
        read_as: ReadAs::YesNo,
        enter_as: EnterAs::YesNo,
        filter_by: FilterBy::YesNo,
        column: SheetColumn {
            width: ColumnWidth::Chars(6),
            style: CellStyle::Text,
            check: CellCheck::YesNo,
            takes: Takes::YesNo,
        },
        sample: Sample::YesNo,
    }
}
