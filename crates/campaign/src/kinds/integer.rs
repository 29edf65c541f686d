//! `integer`: a whole number, how many there are of something.

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning, ReadAs, Sample,
    SheetColumn, Takes, ValueShape, WrittenKind,
};

/// Bounds where nothing is written: more than any federation has of anything.
const BOUNDS: (i64, i64) = (0, 1_000_000_000);

/// As written.
pub(super) const WRITTEN: WrittenKind = WrittenKind {
    name: "integer",
    keys: &["min", "max"],
    fits_column: true,
    check: |keys| {
        let (min, max) = keys.whole_bounds(BOUNDS);
        Some(FieldKind::Integer { min, max })
    },
};

#[inline]
pub(super) fn spec(min: i64, max: i64) -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Integer,
        meaning: Meaning::Count,
        personal: None,
        read_as: ReadAs::Whole { min, max },
        enter_as: EnterAs::Whole { min, max },
        filter_by: FilterBy::Numbers,
        column: SheetColumn {
            width: ColumnWidth::Chars(9),
            style: CellStyle::Number,
            check: CellCheck::Whole { min, max },
            takes: Takes::Whole { min, max },
        },
        sample: Sample::Whole { min, max },
    }
}
