//! Storage errors, divided by what a caller can do about them. "Not found"
//! is not an error: finders return `Option`.

use sqlx::sqlite::SqliteError;
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
    /// A migration that the database has applied was edited afterwards.
    #[error(
        "migration {number} was applied to the database with another text than this program has: \
         a landed migration is never edited, a change is a new number"
    )]
    EditedMigration {
        /// Its number.
        number: i64,
    },
    /// The database lacks a migration that comes before those it has.
    #[error("the database has migration {last} without migration {number}")]
    MissingMigration {
        /// The number that it lacks.
        number: i64,
        /// Highest number in the database.
        last: i64,
    },
    /// A file outside the database cannot be read or written.
    #[error("the directory of attachments does not do what is asked")]
    File(#[source] std::io::Error),
    /// The disk of the database is full.
    #[error("the disk of the database is full")]
    DiskFull(#[source] sqlx::Error),
    /// The database does not answer, or not in time: it cannot be reached, it starts or stops, it takes no more
    /// connections, somebody holds a lock for too long, a statement takes too long.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The connection was lost while a transaction was being committed: nobody
    /// knows whether its changes are stored. Look before doing it again.
    #[error("the connection was lost during a commit")]
    CommitUnknown(#[source] sqlx::Error),
    /// The database refused a statement.
    #[error("the database refused a statement")]
    Sql(#[source] sqlx::Error),
}

/// Result of a storage function.
pub type Result<T> = std::result::Result<T, Error>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => {
                Self::Unavailable(error)
            }
            error if is_lost(&error) || is_out_of_reach(&error) => Self::Unavailable(error),
            error if is_full(&error) => Self::DiskFull(error),
            error => Self::Sql(error),
        }
    }
}

/// Whether a statement was refused because the disk is full: SQLite's FULL, and its IOERR_SHMSIZE when the file
/// that readers share cannot grow; PostgreSQL's `disk_full`.
fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| ["13", "4874", "53100"].contains(&&*code))
}

impl Error {
    /// Whether there was no room left on a disk.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::DiskFull(_) => true,
            Self::File(error) => {
                matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }

    /// What a failed commit means: a refusal has undone the transaction, a lost connection leaves it open
    /// whether it was stored.
    pub(crate) fn of_commit(error: sqlx::Error) -> Self {
        if is_lost(&error) { Self::CommitUnknown(error) } else { Self::from(error) }
    }

    /// Whether the same transaction may succeed when it is done again from its beginning.
    ///
    /// That is so when nothing of it is stored and the reason passes by itself:
    /// * PostgreSQL could not serialise it (40001) or undid it to end a deadlock (40P01);
    /// * another program holds SQLite's lock (BUSY and its variants, such as a snapshot that has grown old);
    /// * the connection was lost, or refused because the server starts or stops, before the commit.
    ///
    /// It is not so when the connection was lost during the commit ([`Error::CommitUnknown`]), for the changes
    /// may be stored already; when no connection or lock became free in time, for that was a long wait already;
    /// and for [`Error::Conflict`], which somebody has to decide about.
    ///
    /// The transaction must have ended: drop or roll back its [`crate::Tx`], wait a moment, begin a new one and
    /// read anew what was read in it. Give up after a few times: what comes back each time is no passing trouble.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Sql(error) => is_refused_for_now(error),
            Self::Unavailable(error) => is_lost(error),
            _ => false,
        }
    }

    /// Whether a unique key refused the row.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// Whether the engine undid a sound transaction because of others beside it.
fn is_refused_for_now(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    let Some(code) = error.code() else { return false };
    if error.try_downcast_ref::<SqliteError>().is_some() {
        // The lower byte of an extended result code is the primary one.
        return code.parse::<i32>().is_ok_and(|code| code & 0xff == SQLITE_BUSY);
    }
    matches!(&*code, SERIALIZATION_FAILURE | DEADLOCK_DETECTED)
}

/// Whether there is no connection any more, or none yet: the network, or a server that starts or stops.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) if error.try_downcast_ref::<SqliteError>().is_none() => error
            .code()
            .is_some_and(|code| code.starts_with(CONNECTION_EXCEPTION) || SHUTDOWN.contains(&&*code)),
        _ => false,
    }
}

/// Whether the database is there and does not do what is asked for now: what was waited for has not come in
/// time, there are no more connections, or whoever administers it lets nobody in or nobody write.
fn is_out_of_reach(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    let Some(code) = error.code() else { return false };
    if error.try_downcast_ref::<SqliteError>().is_some() {
        return code
            .parse::<i32>()
            .is_ok_and(|code| SQLITE_OUT_OF_REACH.contains(&(code & 0xff)) && code != SHMSIZE);
    }
    OUT_OF_REACH.contains(&&*code) || code.starts_with(INVALID_AUTHORISATION)
}

/// SQLite: nobody may write to the file (any more), it is read with errors, cannot be opened, or is locked in a way
/// that does not pass.
const SQLITE_OUT_OF_REACH: [i32; 4] = [8, 10, 14, 15];
/// SQLite: IOERR_SHMSIZE, the sign of a full disk.
const SHMSIZE: i32 = 4874;
/// SQLite: another connection holds the lock.
const SQLITE_BUSY: i32 = 5;
/// PostgreSQL, appendix A of its manual: the transaction could not be serialised.
const SERIALIZATION_FAILURE: &str = "40001";
/// The transaction was undone to end a deadlock.
const DEADLOCK_DETECTED: &str = "40P01";
/// The class of connection exceptions.
const CONNECTION_EXCEPTION: &str = "08";
/// Ended by an administrator, by a crash, with its database; not ready to take connections; ended because nothing
/// came for too long, inside a transaction or outside of one.
const SHUTDOWN: [&str; 7] = ["57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25P04"];
/// Too many connections, out of memory; a lock, a statement took too long; a server that only reads, as one does
/// that another has taken over from; no such database.
const OUT_OF_REACH: [&str; 6] = ["53300", "53200", "55P03", "57014", "25006", "3D000"];
/// The class of those who are not let in.
const INVALID_AUTHORISATION: &str = "28";
