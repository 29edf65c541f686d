//! Waiting for connections and answers, no longer than is said.

use std::{io, time::Duration};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, postgres::PgConnectOptions};
use tokio::time;

use crate::{Error, Result, limits::WaitLimits};

/// More than anybody waits: each gives up by the own limit before.
pub(super) const LONGEST: Duration = Duration::from_hours(1);
/// How much later than PostgreSQL itself would say so a statement is given up, and how long a connection
/// that is given back may take to answer. Longer is a network that swallows what is sent.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How long a program that starts waits for PostgreSQL.
const START_WITHIN: Duration = Duration::from_secs(10);

/// The statement that begins a transaction on PostgreSQL within limits. They are set for the transaction alone
/// and in the same message: that takes no time, and holds behind a pooler too, which gives every transaction
/// another connection and takes no options from whoever connects.
pub(super) fn postgres_begin(begin: &str, limits: Option<&WaitLimits>) -> AssertSqlSafe<String> {
    let Some(WaitLimits { lock, statement, idle, .. }) = limits else {
        return AssertSqlSafe(begin.to_owned());
    };
    AssertSqlSafe(format!(
        "{begin}; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; \
         SET LOCAL idle_in_transaction_session_timeout = {}",
        lock.as_millis(),
        statement.as_millis(),
        idle.as_millis()
    ))
}

/// Waits for a connection, no longer than is said.
pub(super) async fn connect_within<T>(
    longest: Duration,
    work: impl Future<Output = sqlx::Result<T>>,
) -> Result<T> {
    let done = time::timeout(longest, work).await;
    Ok(done.unwrap_or(Err(sqlx::Error::PoolTimedOut))?)
}

/// Waits for the answer to a statement. One that does not come in time was swallowed by the network.
pub(crate) async fn answered<T, E: From<sqlx::Error>>(
    longest: Option<Duration>,
    work: impl Future<Output = std::result::Result<T, E>>,
) -> std::result::Result<T, E> {
    match longest {
        None => work.await,
        Some(longest) => time::timeout(longest, work).await.unwrap_or_else(|_| Err(timed_out().into())),
    }
}

pub(super) fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the database has not answered in time"))
}

/// Waits a moment for a server that is starting too; says what is wrong with it otherwise.
pub(super) async fn await_postgres(options: &PgConnectOptions) -> Result<()> {
    let begun = time::Instant::now();
    loop {
        let left = START_WITHIN.saturating_sub(begun.elapsed());
        let connected = time::timeout(left, PgConnection::connect_with(options)).await;
        let error = match connected.unwrap_or_else(|_| Err(timed_out())) {
            Ok(connection) => return Ok(connection.close().await?),
            Err(error) => Error::from(error),
        };
        if begun.elapsed() + RETRY >= START_WITHIN
            || !matches!(&error, Error::Unavailable(cause) if is_starting(cause))
        {
            return Err(error);
        }
        time::sleep(RETRY).await;
    }
}

const RETRY: Duration = Duration::from_millis(250);

/// Whether whoever connects was refused by a server that may soon be there.
fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.is_transient_in_connect_phase(),
        _ => false,
    }
}
