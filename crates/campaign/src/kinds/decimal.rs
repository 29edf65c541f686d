//! `decimal`: a number, with decimals if need be.

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning, ReadAs, Sample,
    SheetColumn, Takes, ValueShape, WrittenKind,
};

/// As written.
pub(super) const WRITTEN: WrittenKind = WrittenKind {
    name: "decimal",
    keys: &["min", "max"],
    fits_column: true,
    check: |keys| {
        let (min, max) = keys.bounds((f64::MIN, f64::MAX));
        Some(FieldKind::Decimal { min, max })
    },
};

#[inline]
pub(super) fn spec(min: f64, max: f64) -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Decimal,
        meaning: Meaning::Number,
        personal: None,
        read_as: ReadAs::Decimal { min, max },
        enter_as: EnterAs::Decimal { min, max },
        filter_by: FilterBy::Numbers,
        column: SheetColumn {
            width: ColumnWidth::Chars(9),
            style: CellStyle::Number,
            check: CellCheck::Decimal { min, max },
            takes: Takes::Decimal { min, max },
        },
        sample: Sample::Decimal { min, max },
    }
}
