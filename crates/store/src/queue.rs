//! The queue of jobs: work that is enqueued in the transaction that needs it
//! and done later, by one server at a time.
//!
//! A server claims a job with a lease and extends the lease while it works. When
//! the lease has run out, any server may claim the job. A server that has lost its
//! lease cannot finish the job: every change of a claimed job names the claim
//! ([`QueuedJob::claimed_by`] and [`QueuedJob::attempts`]), and a finished job
//! is removed in the transaction that does its work. So a job takes effect
//! once, even if two servers work on it for a moment.

use boxed_async::boxed_async;
use jiff::Timestamp;

use crate::{Engine, Error, Result, Tx, db::micros, new_id};

/// One job.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QueuedJob {
    /// Its id.
    pub job_id: i64,
    /// What sort of work.
    pub kind: String,
    /// Id of the thing that the work is about; kinds say which table it is in.
    pub reference: i64,
    /// `waiting`, `running` or `failed`.
    pub state: String,
    /// When it was enqueued, microseconds since 1970.
    pub created_at: i64,
    /// It is not run before this moment, microseconds since 1970.
    pub run_after: i64,
    /// How often it was begun.
    pub attempts: i64,
    /// The server that works at it.
    pub claimed_by: Option<String>,
    /// Until when the server may work at it without extending the lease, microseconds since 1970.
    pub lease_until: Option<i64>,
    /// When it was given up, microseconds since 1970.
    pub failed_at: Option<i64>,
    /// Why its last attempt came to nothing.
    pub last_error: Option<String>,
}

/// How many jobs of a kind are in a state.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QueueCount {
    /// The kind.
    pub kind: String,
    /// `waiting`, `running` or `failed`.
    pub state: String,
    /// How many.
    pub jobs: i64,
}

/// The columns of [`QueuedJob`].
macro_rules! jobs {
    ($rest:literal) => {
        concat!(
            "SELECT job_id, kind, reference, state, created_at, run_after, attempts, claimed_by, lease_until, \
             failed_at, last_error FROM job ",
            $rest
        )
    };
}

/// Enqueues a job in the caller's transaction. What waits or runs already is
/// not enqueued again; what was given up begins anew.
#[boxed_async]
pub async fn enqueue(tx: &mut Tx, kind: &str, reference: i64, now: Timestamp) -> Result<()> {
    let query = tx.query(ENQUEUE).bind(new_id(now)).bind(kind).bind(reference).bind(now);
    query.execute(tx).await?;
    Ok(())
}

// Due at once, also for a server whose clock is behind.
const ENQUEUE: &str = "INSERT INTO job (region_id, job_id, kind, reference, state, created_at, run_after, attempts) \
     VALUES ($1, $2, $3, $4, 'waiting', $5, 0, 0) \
     ON CONFLICT (region_id, kind, reference) DO UPDATE SET state = 'waiting', created_at = excluded.created_at, \
     run_after = excluded.run_after, attempts = 0, failed_at = NULL, last_error = NULL WHERE job.state = 'failed'";

/// Whether there is a job of this kind for this server to take up: one that
/// is due (or waits for a moment more than an hour away, which only a clock that was ahead can have named), one whose lease has run out, or one that the server itself has left.
#[boxed_async]
pub async fn has_work(tx: &mut Tx, kind: &str, server: &str, now: Timestamp) -> Result<bool> {
    let count: i64 = tx.query(HAS_WORK).bind(kind).bind(now).bind(server).value(tx).await?;
    Ok(count > 0)
}

const HAS_WORK: &str = "SELECT COUNT(*) FROM job WHERE region_id = $1 AND kind = $2 AND \
     ((state = 'waiting' AND (run_after <= $3 OR run_after > $3 + 3600000000)) OR (state = 'running' AND (lease_until <= $3 OR claimed_by = $4)))";

/// Claims the oldest job of this kind that is due or whose lease has run out.
/// Jobs that another server is claiming at this moment are passed over.
#[boxed_async]
pub async fn claim(
    tx: &mut Tx,
    kind: &str,
    server: &str,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<QueuedJob>> {
    // On SQLite the transaction holds the write lock: nobody else can be claiming.
    let text = match tx.engine() {
        Engine::Sqlite => NEXT,
        Engine::Postgres => NEXT_SKIPPING_LOCKED,
    };
    let next: Option<QueuedJob> = tx.query(text).bind(kind).bind(now).fetch_optional(tx).await?;
    let Some(next) = next else { return Ok(None) };
    let claimed = QueuedJob {
        state: "running".to_owned(),
        attempts: next.attempts + 1,
        claimed_by: Some(server.to_owned()),
        lease_until: Some(micros(lease_until)),
        ..next
    };
    let text = "UPDATE job SET state = 'running', attempts = $3, claimed_by = $4, lease_until = $5 \
                WHERE region_id = $1 AND job_id = $2";
    let query = tx.query(text).bind(claimed.job_id).bind(claimed.attempts).bind(server).bind(lease_until);
    query.execute(tx).await?;
    Ok(Some(claimed))
}

const NEXT: &str = jobs!(
    "WHERE region_id = $1 AND kind = $2 AND \
     ((state = 'waiting' AND (run_after <= $3 OR run_after > $3 + 3600000000)) OR (state = 'running' AND lease_until <= $3)) \
     ORDER BY run_after, job_id LIMIT 1"
);
const NEXT_SKIPPING_LOCKED: &str = jobs!(
    "WHERE region_id = $1 AND kind = $2 AND \
     ((state = 'waiting' AND (run_after <= $3 OR run_after > $3 + 3600000000)) OR (state = 'running' AND lease_until <= $3)) \
     ORDER BY run_after, job_id LIMIT 1 FOR UPDATE SKIP LOCKED"
);

/// The running jobs of a kind.
#[boxed_async]
pub async fn list_running(tx: &mut Tx, kind: &str) -> Result<Vec<QueuedJob>> {
    let text = jobs!("WHERE region_id = $1 AND kind = $2 AND state = 'running'");
    tx.query(text).bind(kind).fetch_all(tx).await
}

/// Ends the lease of a job that its server has left, unless it has been extended or taken over meanwhile.
#[boxed_async]
pub async fn end_lease(tx: &mut Tx, job: &QueuedJob) -> Result<()> {
    let text = "UPDATE job SET lease_until = 0 WHERE region_id = $1 AND job_id = $2 AND claimed_by = $3 \
                AND attempts = $4 AND lease_until = $5 AND state = 'running'";
    let query = tx.query(text).bind(job.job_id).bind(&job.claimed_by).bind(job.attempts);
    query.bind(job.lease_until).execute(tx).await?;
    Ok(())
}

/// Extends the lease of a claimed job; `false` when the claim is lost.
#[boxed_async]
pub async fn extend(tx: &mut Tx, job: &QueuedJob, lease_until: Timestamp) -> Result<bool> {
    let text = "UPDATE job SET lease_until = $5 WHERE region_id = $1 AND job_id = $2 AND claimed_by = $3 \
                AND attempts = $4 AND state = 'running'";
    let query = tx.query(text).bind(job.job_id).bind(&job.claimed_by).bind(job.attempts).bind(lease_until);
    Ok(query.execute(tx).await? == 1)
}

/// Removes a claimed job that is done, in the transaction that has done it.
///
/// # Errors
/// [`Error::Conflict`] when the claim is lost: the work must be undone.
#[boxed_async]
pub async fn finish(tx: &mut Tx, job: &QueuedJob) -> Result<()> {
    let text = "DELETE FROM job WHERE region_id = $1 AND job_id = $2 AND claimed_by = $3 AND attempts = $4 \
                AND state = 'running'";
    let query = tx.query(text).bind(job.job_id).bind(&job.claimed_by).bind(job.attempts);
    held(query.execute(tx).await?, job)
}

/// How a claimed job goes back into the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// It is not run before this moment.
    pub run_after: Timestamp,
    /// How many attempts count.
    pub attempts: i64,
    /// Why the attempt came to nothing; `None` keeps what was known.
    pub last_error: Option<String>,
}

/// Puts a claimed job back into the queue.
///
/// # Errors
/// [`Error::Conflict`] when the claim is lost.
#[boxed_async]
pub async fn give_back(tx: &mut Tx, job: &QueuedJob, back: &GivenBack) -> Result<()> {
    let query = tx.query(GIVE_BACK).bind(job.job_id).bind(&job.claimed_by).bind(job.attempts);
    let query = query.bind(back.run_after).bind(back.attempts).bind(&back.last_error);
    held(query.execute(tx).await?, job)
}

const GIVE_BACK: &str = "UPDATE job SET state = 'waiting', claimed_by = NULL, lease_until = NULL, run_after = $5, \
     attempts = $6, last_error = COALESCE($7, last_error) \
     WHERE region_id = $1 AND job_id = $2 AND claimed_by = $3 AND attempts = $4 AND state = 'running'";

/// Gives a claimed job up; it stays in the queue to be looked at.
///
/// # Errors
/// [`Error::Conflict`] when the claim is lost.
#[boxed_async]
pub async fn fail(tx: &mut Tx, job: &QueuedJob, error: &str, now: Timestamp) -> Result<()> {
    let query = tx.query(FAIL).bind(job.job_id).bind(&job.claimed_by).bind(job.attempts);
    held(query.bind(error).bind(now).execute(tx).await?, job)
}

const FAIL: &str = "UPDATE job SET state = 'failed', claimed_by = NULL, lease_until = NULL, last_error = $5, \
     failed_at = $6 \
     WHERE region_id = $1 AND job_id = $2 AND claimed_by = $3 AND attempts = $4 AND state = 'running'";

fn held(affected: u64, job: &QueuedJob) -> Result<()> {
    if affected == 1 { Ok(()) } else { Err(Error::Conflict { table: "job", key: job.job_id.to_string() }) }
}

/// Removes a job that nobody wants any more, whether it waits or runs. Whoever runs it cannot
/// commit: the job is not his any more.
#[boxed_async]
pub async fn cancel(tx: &mut Tx, kind: &str, reference: i64) -> Result<()> {
    let text = "DELETE FROM job WHERE region_id = $1 AND kind = $2 AND reference = $3 AND state <> 'failed'";
    tx.query(text).bind(kind).bind(reference).execute(tx).await?;
    Ok(())
}

/// Jobs that this server has claimed, of every kind.
#[boxed_async]
pub async fn list_claimed(tx: &mut Tx, server: &str) -> Result<Vec<QueuedJob>> {
    let text = jobs!("WHERE region_id = $1 AND claimed_by = $2 AND state = 'running' ORDER BY job_id");
    tx.query(text).bind(server).fetch_all(tx).await
}

/// How many jobs of each kind are in each state.
#[boxed_async]
pub async fn counts(tx: &mut Tx) -> Result<Vec<QueueCount>> {
    let text = "SELECT kind, state, COUNT(*) AS jobs FROM job WHERE region_id = $1 GROUP BY kind, state \
                ORDER BY kind, state";
    tx.query(text).fetch_all(tx).await
}

/// The jobs that were given up last, at most `limit`.
#[boxed_async]
pub async fn list_failed(tx: &mut Tx, limit: i64) -> Result<Vec<QueuedJob>> {
    let text =
        jobs!("WHERE region_id = $1 AND state = 'failed' ORDER BY failed_at DESC, job_id DESC LIMIT $2");
    tx.query(text).bind(limit).fetch_all(tx).await
}

/// Removes jobs that were given up before `moment`.
#[boxed_async]
pub async fn delete_failed_before(tx: &mut Tx, moment: Timestamp) -> Result<()> {
    let text = "DELETE FROM job WHERE region_id = $1 AND state = 'failed' AND failed_at < $2";
    tx.query(text).bind(moment).execute(tx).await?;
    Ok(())
}
