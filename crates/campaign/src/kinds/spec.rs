//! What can be said about a kind of field: closed lists. `ReadAs`, `EnterAs`, `FilterBy` and the parts of
//! a column are acted on in one place each; `ValueShape` and `Meaning` are asked for wherever a value is
//! kept or shown. They do not grow when a kind is added; a kind that none of
//! them fits asks for a new way of reading, entering or showing, and that is
//! what is added first.

mod input;
mod sheet;

use model::month::Year;

pub use self::{
    input::{CheckedCode, EnterAs, FilterBy, ReadAs, Spelling},
    sheet::{CellCheck, CellStyle, ColumnWidth, SheetColumn, Takes},
};
use crate::definition::{DictionaryIdx, FormIdx, TableColumn};

/// All that is to be known about fields of a kind.
#[derive(Debug, Clone, Copy)]
pub struct KindSpec<'k> {
    /// What a value is: storage, the index, conditions and tables follow it.
    pub shape: ValueShape<'k>,
    /// What a value means beyond that: to posts, numberings and clocks, and to who reads it.
    pub meaning: Meaning,
    /// How it is sealed and masked, when it is a personal number.
    pub personal: Option<PersonalNumber>,
    /// How a cell, or what was typed, is read, and what of it is taken.
    pub read_as: ReadAs<'k>,
    /// How a form asks for it.
    pub enter_as: EnterAs<'k>,
    /// How a list is filtered by it.
    pub filter_by: FilterBy,
    /// Its column in the file of a register.
    pub column: SheetColumn<'k>,
    /// Values for tests.
    pub sample: Sample<'k>,
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum ValueShape<'k> {
    /// A text.
    Text,
    /// A table with these columns, kept as one text ([`model::rows`]).
    Table(&'k [TableColumn]),
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A day.
    Date,
    /// Yes or no.
    Flag,
    /// A code of this dictionary.
    Code(DictionaryIdx),
    /// A unit.
    Unit,
    /// A record; a text while it is not linked.
    Reference(ReferenceKind),
}

/// What a reference leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceKind {
    /// The form whose records are meant.
    pub form: FormIdx,
    /// Further forms whose records are meant as well; rules see the fields of the first alone.
    pub also: [Option<FormIdx>; MOST_FORMS],
    /// Whose records are meant.
    pub scope: ReferenceScope,
    /// Whether whoever types it must name a record that there is. What a file states is kept as it stands, with a
    /// warning.
    pub must_be_linked: bool,
    /// Whether of several records that are called so the one of the same year is meant.
    pub same_year: bool,
}

/// Forms that a reference can lead to beside the first.
pub const MOST_FORMS: usize = 3;

impl ReferenceKind {
    /// Every form whose records are meant.
    pub fn forms(self) -> impl Iterator<Item = FormIdx> {
        std::iter::once(self.form).chain(self.also.into_iter().flatten())
    }

    /// Whether records of a form are meant.
    pub fn leads_to(self, form: FormIdx) -> bool {
        self.forms().any(|known| known == form)
    }
}

/// Whose records can be referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceScope {
    /// Those of the unit of the record that refers to them.
    OwnUnit,
    /// Those that the person may read.
    Readable,
    /// All of the federation: number and title are shown to whoever may state the field.
    Region,
}

/// What a value means beyond its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Somebody's own words, on one line or on several.
    Words {
        /// Whether on several.
        lines: bool,
    },
    /// How many there are.
    Count,
    /// Any other number.
    Number,
    /// An amount in fen.
    Money {
        /// Fen in one of the unit of money in which people state it.
        fen_per_unit: i64,
    },
    /// A day.
    Day,
    /// A calendar year.
    Year,
    /// Nothing else.
    Plain,
}

impl Meaning {
    /// Whether it is a quantity: such are aligned to the right, so that they can be compared.
    pub fn is_quantity(self) -> bool {
        match self {
            Self::Count | Self::Number | Self::Money { .. } => true,
            Self::Words { .. } | Self::Day | Self::Year | Self::Plain => false,
        }
    }

    /// Of an amount of money, how many fen one of its units has.
    pub fn fen_per_unit(self) -> Option<i64> {
        match self {
            Self::Money { fen_per_unit } => Some(fen_per_unit),
            Self::Words { .. } | Self::Count | Self::Number | Self::Day | Self::Year | Self::Plain => None,
        }
    }

    /// Whether it tells the year in which something was.
    pub fn tells_year(self) -> bool {
        match self {
            Self::Day | Self::Year => true,
            Self::Words { .. } | Self::Count | Self::Number | Self::Money { .. } | Self::Plain => false,
        }
    }
}

/// How the numbers of persons are kept and shown.
#[derive(Debug, Clone, Copy)]
pub struct PersonalNumber {
    /// Of which sort it is: sorts are sealed apart from each other.
    pub sort: PersonalSort,
    /// The number with its middle hidden, as it is shown.
    pub mask: fn(&str) -> String,
}

/// Sorts of personal numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonalSort {
    /// A number by which the state knows a person.
    IdNumber,
    /// A telephone number.
    Phone,
}

/// Values for tests.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the comment of each variant tells of its fields")]
pub enum Sample<'k> {
    /// Texts with the signs that files stumble over.
    Words { max: usize, lines: bool },
    /// The text with this number: another number, another text where there are as many.
    Text(fn(usize) -> String),
    /// Whole numbers.
    Whole { min: i64, max: i64 },
    /// Numbers.
    Decimal { min: f64, max: f64 },
    /// Amounts.
    Money,
    /// Days.
    Day,
    /// Years.
    Year { min: Year, max: Year },
    /// Yes and no.
    YesNo,
    /// Codes.
    Code(DictionaryIdx),
    /// A table.
    Table { columns: &'k [TableColumn], most: usize },
    /// A unit.
    Unit,
}
