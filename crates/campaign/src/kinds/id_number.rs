//! `id-number`: an ID number (GB 11643-1999), check digit verified; sealed, and
//! shown with its middle hidden.

use model::{
    codes::{IdNumber, mask_id_number},
    problem::Problem,
};

use super::{
    CellCheck, CellStyle, CheckedCode, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning,
    PersonalNumber, PersonalSort, ReadAs, Sample, SheetColumn, Spelling, Takes, ValueShape, WrittenKind,
};

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "id-number", keys: &[], fits_column: false, check: |_| Some(FieldKind::IdNumber) };

#[inline]
pub(super) fn spec() -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Text,
        meaning: Meaning::Plain,
        personal: Some(PersonalNumber { sort: PersonalSort::IdNumber, mask: mask_id_number }),
        read_as: ReadAs::Checked(Spelling {
            check: parse,
            lost_digits: Some(|found| Problem::IdNumberShape { found }),
        }),
        enter_as: EnterAs::Line { longest: 18 },
        filter_by: FilterBy::Nothing,
        column: SheetColumn {
            width: ColumnWidth::Chars(21),
            style: CellStyle::Text,
            check: CellCheck::LengthBetween(15, 18),
            takes: Takes::Sentence {
                zh: "身份证号，18 位。已遮盖的号码不用改。",
                en: "ID number of 18 characters. A masked one may stay as it is.",
            },
        },
        sample: Sample::Text(sample),
    }
}

fn parse(code: &str) -> CheckedCode {
    Ok((IdNumber::parse(code)?.as_str().to_owned(), None))
}

/// A valid number of its own.
fn sample(number: usize) -> String {
    let body = format!("2102021980{:02}{:02}{:03}", number % 12 + 1, number % 28 + 1, number % 1000);
    let checked = ('0'..='9').chain(['X']).find_map(|check| IdNumber::parse(&format!("{body}{check}")).ok());
    checked.map(|number| number.as_str().to_owned()).unwrap_or_default()
}
