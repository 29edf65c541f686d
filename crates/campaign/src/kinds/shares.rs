//! `shares`: further persons with their shares in percent ([`model::shares`]);
//! what is left is the share of the person named first.

use model::{
    problem::Problem,
    shares::{LONGEST_LINE, Shares},
};

use super::{
    CellCheck, CellStyle, ColumnWidth, EnterAs, FieldKeys, FieldKind, FilterBy, KindSpec, Meaning, ReadAs,
    Sample, SheetColumn, Takes, ValueShape, WrittenKind,
};
use crate::{check::naming::Age, definition::Label, mistake::say};

/// As written.
pub(super) const WRITTEN: WrittenKind =
    WrittenKind { name: "shares", keys: &["first_person"], fits_column: false, check: named };

/// A definition that was put in force before there was `first_person` has none.
fn named(keys: &FieldKeys<'_>) -> Option<FieldKind> {
    let written = keys.field.first_person.as_ref();
    if written.is_none() && keys.defined.age == Age::New {
        keys.marker.mark(
            &keys.field.kind.span,
            say!("没有写第一人怎么称呼", "nothing says what the person named first is called"),
            say!(
                "请写 first_person = {{ zh = \"…\", en = \"…\" }}",
                "write first_person = {{ zh = \"…\", en = \"…\" }}"
            ),
        );
        return None;
    }
    let first_person = written.map_or_else(
        || Label { zh: "第一人".to_owned(), en: "First person".to_owned() },
        |label| label.value.clone(),
    );
    Some(FieldKind::Shares { first_person })
}

#[inline]
pub(super) fn spec(first_person: &Label) -> KindSpec<'_> {
    KindSpec {
        shape: ValueShape::Text,
        meaning: Meaning::Plain,
        personal: None,
        read_as: ReadAs::Spelt { max: LONGEST_LINE, lines: true, spell },
        enter_as: EnterAs::Shares { longest: LONGEST_LINE, first_person },
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
