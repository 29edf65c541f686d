//! `year`: a calendar year.

use model::month::Year;

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning, ReadAs, Sample,
    SheetColumn, Takes, ValueShape, WrittenKind,
};

/// Bounds where nothing is written.
const BOUNDS: (i64, i64) = (1990, 2100);

/// As written.
pub(super) const WRITTEN: WrittenKind = WrittenKind {
    name: "year",
    keys: &["min", "max"],
    fits_column: true,
    check: |keys| {
        let (min, max) = keys.whole_bounds(BOUNDS);
        Some(FieldKind::Year { min: nearest(min), max: nearest(max) })
    },
};

fn nearest(bound: i64) -> Year {
    Year::try_from(bound).unwrap_or(if bound < 0 { Year::MIN } else { Year::MAX })
}

#[inline]
pub(super) fn spec(min: Year, max: Year) -> KindSpec<'static> {
    let (least, greatest) = (i64::from(min), i64::from(max));
    KindSpec {
        shape: ValueShape::Integer,
        meaning: Meaning::Year,
        personal: None,
        read_as: ReadAs::Year { min, max },
        enter_as: EnterAs::Whole { min: least, max: greatest },
        filter_by: FilterBy::Numbers,
        column: SheetColumn {
            width: ColumnWidth::Chars(7),
            style: CellStyle::Number,
            check: CellCheck::Whole { min: least, max: greatest },
            takes: Takes::Year { min, max },
        },
        sample: Sample::Year { min, max },
    }
}
