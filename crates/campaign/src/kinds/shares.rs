//! `shares`: further persons with their shares in percent ([`model::shares`]);
//! what is left is the share of the person named first.

use model::{
    problem::Problem,
    shares::{LONGEST_LINE, Shares},
};

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKind, FilterBy, KindSpec, Meaning, ReadAs, Sample,
    SheetColumn, Takes, ValueShape, WrittenKind,
};

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "shares", keys: &[], fits_column: false, check: |_| Some(FieldKind::Shares) };

#[inline]
pub(super) fn spec() -> KindSpec<'static> {
    KindSpec {
        shape: ValueShape::Text,
        meaning: Meaning::Plain,
        personal: None,
        read_as: ReadAs::Spelt { max: LONGEST_LINE, lines: true, spell },
        enter_as: EnterAs::Shares { longest: LONGEST_LINE },
        filter_by: FilterBy::Nothing,
        column: SheetColumn {
            width: ColumnWidth::Chars(28),
            style: CellStyle::Text,
            check: CellCheck::LengthUpTo(LONGEST_LINE),
            takes: Takes::Sentence {
                zh: "姓名和贡献比例，如“张三 40%、李四 20%”；未商定比例的只写姓名。",
                en: "Name and share of each, such as “Li 40%, Wang 20%”; names alone while no shares are agreed.",
            },
        },
        sample: Sample::Text(|number| format!("张三 {}%、李四 20%", 10 + number % 50)),
    }
}

fn spell(line: &str) -> Result<String, Problem> {
    Ok(Shares::parse(line)?.to_string())
}
