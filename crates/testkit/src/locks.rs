//! Connections to PostgreSQL: who waits for whose locks, and ending them.

use store::Db;

use crate::TestDb;

/// Another way into the database of a test, whose connections PostgreSQL knows by a name.
///
/// # Panics
/// When it cannot be opened.
#[expect(clippy::expect_used, reason = "a test that has no database cannot go on")]
pub async fn open_named(test: &TestDb, name: &str) -> Db {
    let sign = if test.url.contains('?') { '&' } else { '?' };
    Db::open(&format!("{}{sign}application_name={name}", test.url)).await.expect("a database")
}

/// Whether a transaction waits for a lock that a connection of this name holds.
///
/// # Panics
/// When the database does not tell.
#[expect(clippy::expect_used, reason = "a test that has no database cannot go on")]
pub async fn is_waited_for(test: &TestDb, name: &str) -> bool {
    let Db::Postgres(pool) = &test.db else { return false };
    let query = sqlx::query_scalar(WAITS).bind(name);
    query.fetch_one(&**pool).await.expect("what PostgreSQL knows of locks")
}

const WAITS: &str = "SELECT EXISTS (SELECT FROM pg_locks waiting JOIN pg_stat_activity holder \
     ON holder.pid = ANY (pg_blocking_pids(waiting.pid)) \
     WHERE NOT waiting.granted AND holder.application_name = $1)";

/// Ends all connections of this name, as a restart of PostgreSQL or its administrator does.
///
/// # Panics
/// When the database does not allow it.
#[expect(clippy::expect_used, reason = "a test that has no database cannot go on")]
pub async fn end_connections(test: &TestDb, name: &str) {
    let Db::Postgres(pool) = &test.db else { return };
    let query = sqlx::query(END).bind(name);
    query.execute(&**pool).await.expect("what PostgreSQL ends");
}

const END: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1";
