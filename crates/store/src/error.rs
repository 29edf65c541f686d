//! Storage errors, told apart by what a caller can do about them. "Not found"
//! is no error: finders return `Option`.

use thiserror::Error;

/// What went wrong in storage.
#[derive(Debug, Error)]
pub enum Error {
    /// Somebody else changed the row first.
    #[error("{table} {key} was changed by somebody else")]
    Conflict {
        /// Table.
        table: &'static str,
        /// Key of the row.
        key: String,
    },
    /// A row that should not exist, or one that cannot be read.
    #[error("{table} {key} is inconsistent: {detail}")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Key of the row.
        key: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The database URL names no engine we know.
    #[error("the database URL must begin with sqlite: or postgres:, found {found}")]
    UnknownEngine {
        /// The URL without its password.
        found: String,
    },
    /// The database was made by a newer program.
    #[error("the database has migration {found}, this program knows up to {known}")]
    TooNew {
        /// Highest number in the database.
        found: i64,
        /// Highest number in the program.
        known: i64,
    },
    /// A file outside the database cannot be read or written.
    #[error("the directory of attachments does not do what is asked")]
    File(#[source] std::io::Error),
    /// The database does not answer.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The database refused a statement.
    #[error("the database refused a statement")]
    Sql(#[source] sqlx::Error),
}

/// Result of a storage function.
pub type Result<T> = std::result::Result<T, Error>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_) => Self::Unavailable(error),
            other => Self::Sql(other),
        }
    }
}

impl Error {
    /// Whether the same command may succeed when tried again (serialisation failure, deadlock, busy).
    pub fn is_transient(&self) -> bool {
        let Self::Sql(sqlx::Error::Database(error)) = self else { return false };
        matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
    }

    /// Whether a unique key refused the row.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}
