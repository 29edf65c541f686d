//! `uscc`: a unified social credit code (GB 32100-2015); a failing check digit is a warning.

use model::codes::parse_uscc;

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning, ReadAs, Sample,
    SheetColumn, Spelling, Takes, ValueShape, WrittenKind,
};

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "uscc", keys: &[], fits_column: false, check: |_| Some(FieldKind::Uscc) };

#[inline]
pub(super) fn spec() -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Text,
        meaning: Meaning::Plain,
        personal: None,
        read_as: ReadAs::Checked(Spelling { check: parse_uscc, lost_digits: None }),
        enter_as: EnterAs::Line { longest: 20 },
        filter_by: FilterBy::Nothing,
        column: SheetColumn {
            width: ColumnWidth::Chars(21),
            style: CellStyle::Text,
            check: CellCheck::Length(18),
            takes: Takes::Sentence {
                zh: "统一社会信用代码，18 位。",
                en: "Unified social credit code of 18 characters.",
            },
        },
        sample: Sample::Text(|_| "91210200MA00000078".to_owned()),
    }
}
