//! How values come in: read from a cell or from what was typed, entered into a
//! form, and named in the filter of a list.

use model::{month::Year, period::Grain, problem::Problem};

use super::ReferenceKind;
use crate::definition::{DictionaryIdx, Label, TableColumn};

/// How a cell is read.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the comment of each variant tells of its fields")]
pub enum ReadAs<'k> {
    /// Text of at most `max` characters; with `lines`, line breaks stay.
    Words { max: usize, lines: bool },
    /// The same, brought into one spelling by `spell`; nothing when that leaves nothing.
    Spelt { max: usize, lines: bool, spell: fn(&str) -> Result<String, Problem> },
    /// A code that somebody else gave, without spaces and in half width, as `check` takes it.
    Checked(Spelling),
    /// A whole number within bounds.
    Whole { min: i64, max: i64 },
    /// A number within bounds.
    Decimal { min: f64, max: f64 },
    /// Money; a bare number means so many fen each, unless the column's title says otherwise.
    Money { fen_per_unit: i64 },
    /// A day; after today only when `future`.
    Day { future: bool },
    /// A year within bounds.
    Year { min: Year, max: Year },
    /// A reporting period of this grain.
    Period(Grain),
    /// Yes or no.
    YesNo,
    /// A code, or its words.
    Code(DictionaryIdx),
    /// Telephone numbers.
    Phone,
    /// A table of at most `most` rows.
    Table { columns: &'k [TableColumn], most: usize },
    /// A unit by its code; a column beside it, under one of these titles, may name it.
    Unit { name_columns: &'k [String] },
    /// What a record is called, of at most `longest` characters; which one it is is found later.
    Reference { longest: usize },
}

impl ReadAs<'_> {
    /// The same with any bounds, for questions: that no record can state a value is no fault of a question.
    #[must_use]
    pub fn with_any_bounds(self) -> Self {
        match self {
            Self::Whole { .. } => Self::Whole { min: i64::MIN, max: i64::MAX },
            Self::Decimal { .. } => Self::Decimal { min: f64::MIN, max: f64::MAX },
            Self::Day { .. } => Self::Day { future: true },
            Self::Year { .. } => Self::Year { min: 1900, max: 2200 },
            Self::Words { .. }
            | Self::Spelt { .. }
            | Self::Checked(_)
            | Self::Money { .. }
            | Self::Period(_)
            | Self::YesNo
            | Self::Code(_)
            | Self::Phone
            | Self::Table { .. }
            | Self::Unit { .. }
            | Self::Reference { .. } => self,
        }
    }

    /// Most characters of a text in somebody's own words; `None` for all else.
    pub fn longest_words(self) -> Option<usize> {
        match self {
            Self::Words { max, .. } => Some(max),
            Self::Spelt { .. }
            | Self::Checked(_)
            | Self::Whole { .. }
            | Self::Decimal { .. }
            | Self::Money { .. }
            | Self::Day { .. }
            | Self::Year { .. }
            | Self::Period(_)
            | Self::YesNo
            | Self::Code(_)
            | Self::Phone
            | Self::Table { .. }
            | Self::Unit { .. }
            | Self::Reference { .. } => None,
        }
    }
}

/// A code in its one spelling with a warning about it, or why it is none.
pub type CheckedCode = Result<(String, Option<Problem>), Problem>;

/// How a code is checked that somebody else gave.
#[derive(Debug, Clone, Copy)]
pub struct Spelling {
    /// Brings it into its one spelling; a failing check digit may be a warning beside it.
    pub check: fn(&str) -> CheckedCode,
    /// What is wrong with a cell that Excel took for a number and whose last
    /// digits it lost, by what is in it; `None` for codes that have letters or fewer digits.
    pub lost_digits: Option<fn(String) -> Problem>,
}

/// How a form asks for a value.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the comment of each variant tells of its fields")]
pub enum EnterAs<'k> {
    /// One line of at most so many characters.
    Line { longest: usize },
    /// Several lines.
    Lines { longest: usize },
    /// A line that is a telephone number.
    Telephone { longest: usize },
    /// A number that goes by ones.
    Whole { min: i64, max: i64 },
    /// A number.
    Decimal { min: f64, max: f64 },
    /// An amount, with what it is in the other unit of money beside it.
    Money { fen_per_unit: i64 },
    /// A day from a calendar; after today only when `future`.
    Day { future: bool },
    /// A line that is a period; how it is written is said in both languages.
    Period { longest: usize, zh: &'static str, en: &'static str },
    /// Yes or no.
    YesNo,
    /// One of a list: a menu when it is short, found by typing when it is long.
    Code(DictionaryIdx),
    /// Persons with their shares.
    Shares { longest: usize, first_person: &'k Label },
    /// A line of inputs per row.
    Table { columns: &'k [TableColumn], most: usize },
    /// A unit, found by typing.
    Unit,
    /// A record, found by typing its number or its title.
    Reference { to: ReferenceKind, longest: usize },
}

/// How a list is filtered, and whether it can be sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterBy {
    /// Not at all: words are looked for in all fields at once.
    Nothing,
    /// Some codes of a dictionary.
    Code(DictionaryIdx),
    /// Yes or no.
    YesNo,
    /// A unit.
    Unit,
    /// Whether it is linked, and to which record.
    Reference,
    /// From day to day.
    Days,
    /// From period to period.
    Periods,
    /// From number to number.
    Numbers,
}

impl FilterBy {
    /// Whether it is asked for by bounds.
    pub fn is_range(self) -> bool {
        match self {
            Self::Days | Self::Periods | Self::Numbers => true,
            Self::Nothing | Self::Code(_) | Self::YesNo | Self::Unit | Self::Reference => false,
        }
    }
}
