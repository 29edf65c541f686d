//! `phone`: a telephone number; sealed, and shown with its middle hidden.

use model::codes::mask_phone;

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning, PersonalNumber,
    PersonalSort, ReadAs, Sample, SheetColumn, Takes, ValueShape, WrittenKind,
};

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "phone", keys: &[], fits_column: false, check: |_| Some(FieldKind::Phone) };

#[inline]
pub(super) fn spec() -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Text,
        meaning: Meaning::Plain,
        personal: Some(PersonalNumber { sort: PersonalSort::Phone, mask: mask_phone }),
        read_as: ReadAs::Phone,
        enter_as: EnterAs::Telephone { longest: 60 },
        filter_by: FilterBy::Nothing,
        column: SheetColumn {
            width: ColumnWidth::Chars(15),
            style: CellStyle::Text,
            check: CellCheck::LengthBetween(5, 60),
            takes: Takes::Sentence {
                zh: "电话号码。已遮盖的号码不用改。",
                en: "Telephone number. A masked one may stay as it is.",
            },
        },
        sample: Sample::Text(|number| format!("138{:08}", 41_000_000 + number)),
    }
}
