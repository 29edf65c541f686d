//! How a field is written in the file of a register: width and look of its column,
//! what Excel refuses, and what the file says about it.

use model::month::Year;

use crate::definition::{DictionaryIdx, TableColumn};

/// A column in the file of a register.
#[derive(Debug, Clone, Copy)]
pub struct SheetColumn<'k> {
    /// How wide it is at least.
    pub width: ColumnWidth,
    /// What its cells look like.
    pub style: CellStyle,
    /// What Excel itself refuses.
    pub check: CellCheck,
    /// What the file says about it.
    pub takes: Takes<'k>,
}

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnWidth {
    /// So many characters; a Chinese one takes two.
    Chars(u16),
    /// As its longest code in words.
    Code(DictionaryIdx),
}

/// What a cell looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellStyle {
    /// Text on one line.
    Text,
    /// Text on several lines.
    Wrapped,
    /// A number.
    Number,
    /// An amount of money.
    Money,
    /// A day.
    Date,
}

/// What Excel checks.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the comment of each variant tells of its fields")]
pub enum CellCheck {
    /// A text of at most so many characters.
    LengthUpTo(usize),
    /// A text of so many characters, both ends counted.
    LengthBetween(u32, u32),
    /// A text of exactly so many characters.
    Length(u32),
    /// A whole number.
    Whole { min: i64, max: i64 },
    /// A number.
    Decimal { min: f64, max: f64 },
    /// A day; after today only when `future`.
    Day { future: bool },
    /// Yes or no, from a list.
    YesNo,
    /// Words from the list of a dictionary.
    Code(DictionaryIdx),
    /// Nothing.
    Anything,
}

/// What a column takes, as the file says it in one sentence.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the comment of each variant tells of its fields")]
pub enum Takes<'k> {
    /// A text of at most so many characters.
    Words { max: usize },
    /// A whole number.
    Whole { min: i64, max: i64 },
    /// A number.
    Decimal { min: f64, max: f64 },
    /// An amount.
    Money { fen_per_unit: i64 },
    /// A day.
    Day { future: bool },
    /// A year.
    Year { min: Year, max: Year },
    /// Yes or no.
    YesNo,
    /// One of a dictionary's list.
    Code(DictionaryIdx),
    /// Rows of these columns.
    Table(&'k [TableColumn]),
    /// A unit.
    Unit,
    /// What the kind says of itself, in both languages.
    Sentence { zh: &'static str, en: &'static str },
}
