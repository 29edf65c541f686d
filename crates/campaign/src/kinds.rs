//! Kinds of fields: one file for each says all about it, from how it is written
//! in a definition to how it is written in a cell of Excel.
//!
//! This file is the registry: the enum, how each is written ([`KINDS`]), and
//! where each says what it is ([`FieldKind::spec`]). Everything else, here and
//! in the other crates, matches on what a [`KindSpec`] says and never on the
//! kind itself (`cargo xtask tidy` checks it), so that a new kind touches its
//! file and this one.

mod code;
mod date;
mod decimal;
mod flag;
mod id_number;
mod integer;
mod money;
mod org_code;
mod period;
mod phone;
mod reference;
mod rows;
mod shares;
mod spec;
mod text;
mod unit;
mod uscc;
mod written;
mod year;

use model::{month::Year, period::Grain};

pub use self::spec::{
    CellCheck, CellStyle, CheckedCode, ColumnWidth, EnterAs, FilterBy, KindSpec, MOST_FORMS, Meaning,
    PersonalNumber, PersonalSort, ReadAs, ReferenceKind, ReferenceScope, Sample, SheetColumn, Spelling,
    Takes, ValueShape,
};
pub(crate) use self::written::{FieldKeys, WrittenKind};
use crate::definition::{DictionaryIdx, Label, TableColumn, WholeNumbers};

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the comment of each variant tells of its fields")]
pub enum FieldKind {
    /// Text of at most `max` characters; `lines` when it may have several lines.
    Text { max: usize, lines: bool },
    /// A whole number within bounds.
    Integer { min: i64, max: i64 },
    /// A number within bounds.
    Decimal { min: f64, max: f64 },
    /// Money in fen; a bare number in a column means `fen_per_unit` fen each.
    Money { fen_per_unit: i64 },
    /// A day; after today only when `future`.
    Date { future: bool },
    /// A calendar year within bounds.
    Year { min: Year, max: Year },
    /// A reporting period of this grain.
    Period { grain: Grain },
    /// Yes or no.
    Flag,
    /// A code of the dictionary at this position.
    Code { dictionary: DictionaryIdx },
    /// An ID number (GB 11643-1999).
    IdNumber,
    /// A telephone number.
    Phone,
    /// Further persons with their shares in percent ([`model::shares`]); the rest is the first person's, who is
    /// called `first_person`.
    Shares { first_person: Label },
    /// An organisation code (GB 11714-1997).
    OrgCode,
    /// A unified social credit code (GB 32100-2015).
    Uscc,
    /// A table of at most `most` rows, written as [`model::rows`] has it.
    Rows { columns: Vec<TableColumn>, most: usize },
    /// A unit; `name_columns` are titles of the column that holds its name.
    Unit { name_columns: Vec<String> },
    /// A record of a form.
    Reference { to: ReferenceKind },
}

/// Every kind as a definition writes it, in the order in which they are offered.
pub(crate) const KINDS: &[WrittenKind] = &[
    text::LINE,
    text::LINES,
    integer::WRITTEN,
    decimal::WRITTEN,
    money::WRITTEN,
    date::WRITTEN,
    year::WRITTEN,
    period::WRITTEN,
    flag::WRITTEN,
    code::WRITTEN,
    id_number::WRITTEN,
    phone::WRITTEN,
    shares::WRITTEN,
    rows::WRITTEN,
    org_code::WRITTEN,
    uscc::WRITTEN,
    unit::WRITTEN,
    reference::WRITTEN,
];

/// What stands for a kind that is mistaken, until the definition is refused for it.
pub(crate) const PLACEHOLDER: FieldKind = FieldKind::Flag;

/// What the whole numbers are that are stored of a kind with this name; `None` for one of which none are.
pub(crate) fn whole_numbers(name: &str) -> Option<WholeNumbers> {
    if name == money::WRITTEN.name {
        Some(WholeNumbers::Fen)
    } else {
        [integer::WRITTEN, year::WRITTEN].iter().any(|kind| kind.name == name).then_some(WholeNumbers::Plain)
    }
}

impl FieldKind {
    /// How `kind = "…"` names it.
    pub fn name(&self) -> &'static str {
        let written = match self {
            Self::Text { lines: false, .. } => text::LINE,
            Self::Text { lines: true, .. } => text::LINES,
            Self::Integer { .. } => integer::WRITTEN,
            Self::Decimal { .. } => decimal::WRITTEN,
            Self::Money { .. } => money::WRITTEN,
            Self::Date { .. } => date::WRITTEN,
            Self::Year { .. } => year::WRITTEN,
            Self::Period { .. } => period::WRITTEN,
            Self::Flag => flag::WRITTEN,
            Self::Code { .. } => code::WRITTEN,
            Self::IdNumber => id_number::WRITTEN,
            Self::Phone => phone::WRITTEN,
            Self::Shares { .. } => shares::WRITTEN,
            Self::OrgCode => org_code::WRITTEN,
            Self::Uscc => uscc::WRITTEN,
            Self::Rows { .. } => rows::WRITTEN,
            Self::Unit { .. } => unit::WRITTEN,
            Self::Reference { .. } => reference::WRITTEN,
        };
        written.name
    }

    /// All that is to be known about fields of this kind.
    #[inline]
    pub fn spec(&self) -> KindSpec<'_> {
        match self {
            Self::Text { max, lines } => text::spec(*max, *lines),
            Self::Integer { min, max } => integer::spec(*min, *max),
            Self::Decimal { min, max } => decimal::spec(*min, *max),
            Self::Money { fen_per_unit } => money::spec(*fen_per_unit),
            Self::Date { future } => date::spec(*future),
            Self::Year { min, max } => year::spec(*min, *max),
            Self::Period { grain } => period::spec(*grain),
            Self::Flag => flag::spec(),
            Self::Code { dictionary } => code::spec(*dictionary),
            Self::IdNumber => id_number::spec(),
            Self::Phone => phone::spec(),
            Self::Shares { first_person } => shares::spec(first_person),
            Self::OrgCode => org_code::spec(),
            Self::Uscc => uscc::spec(),
            Self::Rows { columns, most } => rows::spec(columns, *most),
            Self::Unit { name_columns } => unit::spec(name_columns),
            Self::Reference { to } => reference::spec(*to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::written::form::Field;

    const DOCUMENT: &str = include_str!("../../../docs/definition-language.md");

    #[test]
    fn every_kind_is_in_the_document() {
        for WrittenKind { name, keys, .. } in KINDS {
            let row =
                DOCUMENT.lines().find(|line| line.starts_with('|') && line.contains(&format!("`{name}`")));
            let row = row.unwrap_or_else(|| panic!("the table of kinds has no `{name}`"));
            for key in *keys {
                assert!(row.contains(key), "the row of `{name}` says nothing of its key `{key}`");
            }
        }
    }

    #[test]
    fn every_key_of_a_kind_is_refused_for_the_others() {
        let field = Field::default();
        let known: Vec<_> = FieldKeys::own(&field).into_iter().map(|(key, _)| key).collect();
        for WrittenKind { name, keys, .. } in KINDS {
            assert!(keys.iter().all(|key| known.contains(key)), "`FieldKeys::own` lacks a key of `{name}`");
        }
    }
}
