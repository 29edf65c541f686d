//! Why nothing could be done with a version that was handed in, kept so that everybody reads it in their own language.

use serde::{Deserialize, Serialize};
use words::Words;

use crate::Error;

/// Why nothing could be done with a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CandidateError {
    /// The person may not do it, or no longer.
    Forbidden,
    /// The person's account is disabled or gone.
    NoAccount,
    /// The catalogue has changed since it was handed in: the version has so many mistakes beside it.
    Mistakes(usize),
    /// Accounts have roles that the version lacks.
    RolesInUse {
        /// The roles.
        roles: String,
        /// The accounts.
        logins: String,
    },
    /// The disk is full, or nearly so.
    NoRoom,
    /// The database was not there whenever it was tried.
    NoDatabase,
    /// A fault of the program; the number is in the log.
    Internal(i64),
}

impl CandidateError {
    /// What `error` is to the person who waits for the version with this number.
    pub(super) fn from_error(error: &Error, number: i64) -> Self {
        match error {
            Error::Forbidden(_) | Error::NotFound { .. } => Self::Forbidden,
            Error::NotSignedIn => Self::NoAccount,
            Error::Definition(mistakes) => Self::Mistakes(mistakes.len()),
            Error::RolesInUse { roles, logins } => {
                Self::RolesInUse { roles: roles.clone(), logins: logins.clone() }
            }
            Error::DiskFull(_) | Error::NoRoom { .. } => Self::NoRoom,
            Error::Unavailable(_) => Self::NoDatabase,
            _ => Self::Internal(number),
        }
    }

    /// What happened and what to do.
    pub fn message(&self, words: Words) -> String {
        match self {
            Self::Forbidden => words.error_forbidden_remedy().to_owned(),
            Self::NoAccount => words.version_no_account().to_owned(),
            Self::Mistakes(count) => words.version_mistakes_now(count),
            Self::RolesInUse { roles, logins } => words.version_roles_in_use(roles, logins),
            Self::NoRoom => words.error_no_room_remedy().to_owned(),
            Self::NoDatabase => words.version_no_database().to_owned(),
            Self::Internal(number) => words.error_internal_remedy(number),
        }
    }
}
