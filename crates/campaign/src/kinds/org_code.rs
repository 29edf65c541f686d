//! `org-code`: an organisation code (GB 11714-1997); a failing check digit is a warning.

use model::codes::parse_org_code;

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning, ReadAs, Sample,
    SheetColumn, Spelling, Takes, ValueShape, WrittenKind,
};

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "org-code", keys: &[], fits_column: false, check: |_| Some(FieldKind::OrgCode) };

#[inline]
pub(super) fn spec() -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Text,
        meaning: Meaning::Plain,
        personal: None,
        read_as: ReadAs::Checked(Spelling { check: parse_org_code, lost_digits: None }),
        enter_as: EnterAs::Line { longest: 20 },
        filter_by: FilterBy::Nothing,
        column: SheetColumn {
            width: ColumnWidth::Chars(15),
            style: CellStyle::Text,
            check: CellCheck::LengthBetween(9, 10),
            takes: Takes::Sentence {
                zh: "组织机构代码，9 位。", en: "Organisation code of 9 characters."
            },
        },
        sample: Sample::Text(|_| "410946683".to_owned()),
    }
}
