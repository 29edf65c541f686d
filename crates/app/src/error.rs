//! Errors that a person can act on: what, where, remedy. `web` turns them into
//! pages and JSON, the binary into lines and exit codes.

use std::panic::Location;

use campaign::{definition::Label, mistake::Mistake};
use exchange::fault::FileFault;
use model::problem::Problem;
use thiserror::Error;

/// Something wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Id of the field.
    pub field: String,
    /// Words for the field.
    pub label: Label,
    /// What is wrong.
    pub problem: Problem,
}

/// Why a use case could not be carried out.
#[derive(Debug, Error)]
pub enum Error {
    /// The thing asked for does not exist, or the person may not know that it does.
    #[error("{what} {key} not found")]
    NotFound {
        /// What sort of thing.
        what: &'static str,
        /// What was asked for.
        key: String,
    },
    /// The person may not do this.
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    /// Nobody has signed in, or the session has ended.
    #[error("not signed in")]
    NotSignedIn,
    /// Login and password do not belong together, or the account is locked.
    #[error("sign-in refused")]
    SignInRefused {
        /// Minutes until another try is possible, when locked.
        locked_minutes: Option<i64>,
    },
    /// The input is wrong.
    #[error("invalid input")]
    Invalid(Vec<Problem>),
    /// Fields of a form are wrong.
    #[error("invalid fields")]
    InvalidFields(Vec<FieldFault>),
    /// A file cannot be taken at all.
    #[error("file cannot be taken: {0}")]
    File(#[from] FileFault),
    /// Columns with something in them that nothing explains: they must be mapped or left out.
    #[error("columns are not explained: {}", .0.join(", "))]
    UnknownColumns(Vec<String>),
    /// A campaign definition has mistakes.
    #[error("the campaign definition has {} mistakes", .0.len())]
    Definition(Vec<Mistake>),
    /// The region was set up with another secret.
    #[error("the secret key is not the one that this database was set up with")]
    WrongSecret,
    /// Somebody else changed the thing first.
    #[error("{what} was changed by somebody else")]
    Stale {
        /// What sort of thing.
        what: &'static str,
    },
    /// Storage does not answer; trying again later may help.
    #[error("storage is not available")]
    Unavailable(#[source] store::Error),
    /// A fault of the program or the database.
    #[error("internal fault at {at}")]
    Internal {
        /// Where it was noticed.
        at: &'static Location<'static>,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

impl From<store::Error> for Error {
    #[track_caller]
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Conflict { table, .. } => Self::Stale { what: table },
            store::Error::Unavailable(_) => Self::Unavailable(error),
            other => Self::internal(other),
        }
    }
}

impl Error {
    /// A fault of the program, remembered with the place where it was noticed.
    #[track_caller]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal { at: Location::caller(), source: source.into() }
    }

    /// Whether storage refused a row because there is one with its key already.
    pub(crate) fn is_duplicate(&self) -> bool {
        let Self::Internal { source, .. } = self else { return false };
        source.downcast_ref::<store::Error>().is_some_and(store::Error::is_duplicate)
    }
}
