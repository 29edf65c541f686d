//! Why an import could not be done, kept so that everybody reads it in their own language.

use exchange::fault::FileFault;
use serde::{Deserialize, Serialize};
use sheet::fault::TableFault;
use words::Words;

use super::row_ranges;
use crate::Error;

/// Why an import could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportError {
    /// The file cannot be taken: the fault's permanent name and its arguments.
    File(String, Vec<String>),
    /// Columns with something in them that nothing explains.
    UnknownColumns(Vec<String>),
    /// Several sheets hold the form.
    SeveralSheets(Vec<String>),
    /// Rows that are hidden, of which nobody has chosen whether they are taken.
    HiddenRows(Vec<u32>),
    /// The person may not do it, or no longer.
    Forbidden,
    /// The person's account is disabled or gone.
    NoAccount,
    /// The disk is full, or nearly so.
    NoRoom,
    /// The database was not there whenever it was tried.
    NoDatabase,
    /// A fault of the program; the number is in the log.
    Internal(i64),
}

impl ImportError {
    /// Somebody stopped it.
    pub(crate) fn stopped() -> Self {
        let fault = FileFault::from(TableFault::Stopped);
        Self::File(fault.name().to_owned(), fault.args())
    }

    /// What `error` is to the person who waits for import `id`.
    pub(crate) fn from_error(error: &Error, id: i64) -> Self {
        match error {
            Error::File(fault) => Self::File(fault.name().to_owned(), fault.args()),
            Error::UnknownColumns(columns) => Self::UnknownColumns(columns.clone()),
            Error::SeveralSheets(sheets) => Self::SeveralSheets(sheets.clone()),
            Error::HiddenRows(rows) => Self::HiddenRows(rows.clone()),
            Error::Forbidden(_) | Error::NotFound { .. } => Self::Forbidden,
            Error::NotSignedIn => Self::NoAccount,
            Error::DiskFull(_) | Error::NoRoom { .. } => Self::NoRoom,
            Error::Unavailable(_) => Self::NoDatabase,
            _ => Self::Internal(id),
        }
    }

    /// What happened and what to do.
    pub fn message(&self, words: Words) -> String {
        match self {
            Self::File(name, args) => words.file_fault(name, args),
            Self::UnknownColumns(columns) => words.error_columns_unexplained(words.enumeration(columns)),
            Self::SeveralSheets(sheets) => words.error_several_sheets(words.enumeration(sheets)),
            Self::HiddenRows(rows) => words.error_hidden_rows(rows.len(), row_ranges(rows)),
            Self::Forbidden => words.error_forbidden_remedy().to_owned(),
            Self::NoAccount => words.imports_no_account().to_owned(),
            Self::NoRoom => words.error_no_room_remedy().to_owned(),
            Self::NoDatabase => words.imports_no_database().to_owned(),
            Self::Internal(number) => words.error_internal_remedy(number),
        }
    }
}
