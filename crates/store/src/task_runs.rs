//! The last run of each background task on each server, as the servers report it.

use std::fmt::Write as _;

use boxed_async::boxed_async;
use jiff::Timestamp;

use crate::{Result, Tx, bulk, query::Bind};

/// What one task of one server has done last. Times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TaskRun {
    /// The server.
    pub server: String,
    /// The task's name.
    pub task: String,
    /// When it was started last.
    pub started_at: Option<i64>,
    /// When it succeeded last.
    pub succeeded_at: Option<i64>,
    /// When it failed last.
    pub failed_at: Option<i64>,
    /// Why it failed last.
    pub failure: Option<String>,
    /// How often in a row it has failed; 0 after a success.
    pub failures: i64,
    /// When it is run next at the latest; `None` while it runs.
    pub next_at: Option<i64>,
    /// When the server reported it.
    pub reported_at: i64,
}

/// Writes what tasks have done last.
#[boxed_async]
pub async fn put(tx: &mut Tx, runs: &[TaskRun]) -> Result<()> {
    let region = tx.region;
    let columns = [
        "region_id",
        "server",
        "task",
        "started_at",
        "succeeded_at",
        "failed_at",
        "failure",
        "failures",
        "next_at",
        "reported_at",
    ];
    let suffix = "ON CONFLICT (region_id, server, task) DO UPDATE SET started_at = excluded.started_at, \
                  succeeded_at = excluded.succeeded_at, failed_at = excluded.failed_at, failure = excluded.failure, \
                  failures = excluded.failures, next_at = excluded.next_at, reported_at = excluded.reported_at";
    let rows: Vec<[Bind<'_>; 10]> = runs
        .iter()
        .map(|run| {
            [
                region.into(),
                run.server.as_str().into(),
                run.task.as_str().into(),
                run.started_at.into(),
                run.succeeded_at.into(),
                run.failed_at.into(),
                (&run.failure).into(),
                run.failures.into(),
                run.next_at.into(),
                run.reported_at.into(),
            ]
        })
        .collect();
    bulk::insert(tx, "task_run", columns, suffix, rows).await?;
    Ok(())
}

/// Writes a row that is nobody's, to see whether it can be: the transaction is to be taken back.
#[boxed_async]
pub async fn try_writing(tx: &mut Tx, server: &str) -> Result<()> {
    let text = "INSERT INTO task_run (region_id, server, task, failures, reported_at) VALUES ($1, $2, '', 0, 0) \
                ON CONFLICT (region_id, server, task) DO NOTHING";
    tx.query(text).bind(server).execute(tx).await?;
    Ok(())
}

/// The same with a row for which a table has to grow: on a disk that is full a small one may still find a place.
#[boxed_async]
pub async fn try_writing_much(tx: &mut Tx, server: &str) -> Result<()> {
    let text = "INSERT INTO task_run (region_id, server, task, failures, reported_at, failure) \
                VALUES ($1, $2, '', 0, 0, $3) ON CONFLICT (region_id, server, task) DO NOTHING";
    // Random, so that nothing makes it smaller.
    let filler = (0..8_192).fold(String::new(), |mut filler, _| {
        // Writing to a String cannot fail.
        let _ = write!(filler, "{:016x}", rand::random::<u64>());
        filler
    });
    tx.query(text).bind(server).bind(filler).execute(tx).await?;
    Ok(())
}

/// What all tasks of all servers have done last, by server and task.
#[boxed_async]
pub async fn list(tx: &mut Tx) -> Result<Vec<TaskRun>> {
    let text = "SELECT server, task, started_at, succeeded_at, failed_at, failure, failures, next_at, reported_at \
                FROM task_run WHERE region_id = $1 ORDER BY server, task";
    tx.query(text).fetch_all(tx).await
}

/// Removes what a server that ends has reported.
#[boxed_async]
pub async fn delete_of_server(tx: &mut Tx, server: &str) -> Result<()> {
    let text = "DELETE FROM task_run WHERE region_id = $1 AND server = $2";
    tx.query(text).bind(server).execute(tx).await?;
    Ok(())
}

/// Removes what servers reported that have not been heard of since `moment`.
#[boxed_async]
pub async fn delete_before(tx: &mut Tx, moment: Timestamp) -> Result<()> {
    let text = "DELETE FROM task_run WHERE region_id = $1 AND reported_at < $2";
    tx.query(text).bind(moment).execute(tx).await?;
    Ok(())
}
