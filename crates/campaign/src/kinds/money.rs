//! `money`: an amount in fen. Its unit (`scale`) is what a bare number means.

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKeys, FieldKind, FilterBy, KindSpec, Meaning, ReadAs,
    Sample, SheetColumn, Takes, ValueShape, WrittenKind,
};
use crate::check::naming::choose;

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "money", keys: &["scale"], fits_column: true, check };

fn check(keys: &FieldKeys<'_>) -> Option<FieldKind> {
    let fen_per_unit = match &keys.field.scale {
        None => 100,
        Some(scale) => choose(keys.marker, scale, &[("yuan", 100), ("wan", 1_000_000)])?,
    };
    Some(FieldKind::Money { fen_per_unit })
}

#[inline]
pub(super) fn spec(fen_per_unit: i64) -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Integer,
        meaning: Meaning::Money { fen_per_unit },
        personal: None,
        read_as: ReadAs::Money { fen_per_unit },
        enter_as: EnterAs::Money { fen_per_unit },
        filter_by: FilterBy::Numbers,
        column: SheetColumn {
            width: ColumnWidth::Chars(13),
            style: CellStyle::Money,
            check: CellCheck::Decimal { min: 0.0, max: f64::MAX },
            takes: Takes::Money { fen_per_unit },
        },
        sample: Sample::Money,
    }
}
