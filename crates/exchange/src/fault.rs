//! Why a file cannot be read as the records of a form. Like a `Problem`, a
//! fault is a kind with arguments; the catalogue turns it into sentences.

use sheet::fault::TableFault;
use thiserror::Error;

/// What is wrong with a whole file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileFault {
    /// It cannot be read as a table, or the table cannot be written.
    #[error(transparent)]
    Table(#[from] TableFault),
    /// No row looks like the form's header. Args: column names looked for.
    #[error("no header was found")]
    NoHeader {
        /// Column names looked for, those of the required fields first.
        expected: Vec<String>,
    },
    /// The items stand below each other, each with its value beside it. Args: the column of the items, the first of them.
    #[error("the items of the form stand below each other")]
    Vertical {
        /// The letter of the column with the items.
        column: String,
        /// The first items.
        items: Vec<String>,
    },
    /// Columns that the form cannot do without are missing. Args: their names.
    #[error("columns are missing")]
    MissingColumns {
        /// Their names.
        columns: Vec<String>,
    },
}

impl FileFault {
    /// The names that [`TableFault::NAMES`] does not have; the catalogue must
    /// have a message for each of both in every language.
    pub const NAMES: &[&str] = &["no_header", "vertical", "missing_columns"];

    /// The permanent name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Table(fault) => fault.name(),
            Self::NoHeader { .. } => "no_header",
            Self::Vertical { .. } => "vertical",
            Self::MissingColumns { .. } => "missing_columns",
        }
    }

    /// Values for the placeholders of the message, in order.
    pub fn args(&self) -> Vec<String> {
        match self {
            Self::Table(fault) => fault.args(),
            Self::Vertical { column, items } => vec![column.clone(), items.join("、")],
            Self::NoHeader { expected: names } | Self::MissingColumns { columns: names } => {
                vec![names.join("、")]
            }
        }
    }
}
