//! `date`: a day, not after today unless the definition says so.

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning, ReadAs, Sample,
    SheetColumn, Takes, ValueShape, WrittenKind,
};

/// As written.
pub(super) const WRITTEN: WrittenKind = WrittenKind {
    name: "date",
    keys: &["future"],
    fits_column: true,
    check: |keys| {
        let future = keys.field.future.as_ref().is_some_and(|future| future.value);
        Some(FieldKind::Date { future })
    },
};

#[inline]
pub(super) fn spec(future: bool) -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Date,
        meaning: Meaning::Day,
        personal: None,
        read_as: ReadAs::Day { future },
        enter_as: EnterAs::Day { future },
        filter_by: FilterBy::Days,
        column: SheetColumn {
            width: ColumnWidth::Chars(12),
            style: CellStyle::Date,
            check: CellCheck::Day { future },
            takes: Takes::Day { future },
        },
        sample: Sample::Day,
    }
}
