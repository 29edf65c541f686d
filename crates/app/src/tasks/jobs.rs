//! Works jobs of the queue off, one at a time per kind and server.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use model::{clock::Clock, ids::RegionId};
use store::{
    Db, Tx,
    queue::{self, GivenBack, QueuedJob},
};
use tokio::{task::JoinSet, time};

use super::{TaskFuture, candidates, imports, supervisor::chain};
use crate::{App, Context, Error, Result};

/// How long a server may work at a job without extending its lease, where nothing else is configured.
pub(crate) const LEASE: Duration = Duration::from_mins(1);
/// How often a lease is extended before it runs out: a few failures are none.
const EXTENSIONS: u32 = 4;
/// How often a job is tried.
const MOST_ATTEMPTS: i64 = 5;
/// How long a job waits after its first attempt; three times as long after each further one.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(5);

/// A kind of job.
pub(crate) struct Kind {
    /// Its name in the queue.
    pub(crate) name: &'static str,
    /// Does the work, and calls `store::queue::finish` in the transaction that does it.
    pub(crate) run: for<'a> fn(&'a App, &'a Context, &'a QueuedJob) -> TaskFuture<'a>,
    /// Notes at the thing itself that its job runs or waits; `false` when
    /// there is nothing to do any more.
    pub(crate) note: for<'a> fn(&'a mut Tx, &'a QueuedJob, Stage) -> Noted<'a>,
    /// Tells whoever waits for it that it could not be done, and why.
    pub(crate) fail: for<'a> fn(&'a App, &'a Context, &'a mut Tx, &'a QueuedJob, &'a Error) -> TaskFuture<'a>,
}

/// Whether there is still something to do.
pub(crate) type Noted<'a> = Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>>;

/// What a job has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It waits for a server.
    Waiting,
    /// A server works at it.
    Running,
}

/// Every kind of job.
const JOB_KINDS: &[Kind] = &[imports::KIND, imports::TAKE_BACK, candidates::KIND];

/// Runs jobs of one kind until none is due. Called once at a time per server:
/// what this server has claimed and not finished was left by a run that ended early.
///
/// # Errors
/// Storage faults. What is wrong with a job goes to the person who waits for it.
pub(crate) async fn work_off(app: &App, ctx: &Context, kind: &Kind) -> Result<()> {
    while !app.region(ctx.region)?.tasks.is_stopping() {
        let Some(job) = take(app, ctx, kind).await? else { break };
        let outcome = if job.attempts > MOST_ATTEMPTS {
            Err(Error::internal(format!("{MOST_ATTEMPTS} attempts were begun and none ended")))
        } else {
            run_with_lease(app, ctx, &job, (kind.run)(app, ctx, &job)).await
        };
        if app.region(ctx.region)?.tasks.is_stopping() {
            // Whatever has ended it: it is given back as it was, and begun anew elsewhere or later.
            break;
        }
        if let Err(error) = outcome {
            resolve_failure(app, ctx, kind, &job, &error).await?;
        }
    }
    Ok(())
}

/// Claims the next job.
async fn take(app: &App, ctx: &Context, kind: &Kind) -> Result<Option<QueuedJob>> {
    let (now, server) = (app.clock.now(), app.server());
    let region = app.region(ctx.region)?;
    let mut tx = app.read(ctx.region).await?;
    let has_work = queue::has_work(&mut tx, kind.name, server, now).await?;
    let running = queue::list_running(&mut tx, kind.name).await?;
    drop(tx);
    let left_by_others = region.leases.unchanged(&running, app.lease, Instant::now());
    if !has_work && left_by_others.is_empty() {
        return Ok(None);
    }
    let mut tx = app.write(ctx.region).await?;
    for left in left_by_others {
        queue::end_lease(&mut tx, left).await?;
    }
    for left in queue::list_claimed(&mut tx, server).await? {
        if left.kind == kind.name {
            let error = region.vault.seal_note("the run ended before the job did; the server's log says why");
            let back = retry(&left, now, error);
            queue::give_back(&mut tx, &left, &back).await?;
            (kind.note)(&mut tx, &left, Stage::Waiting).await?;
        }
    }
    let mut taken = None;
    while let Some(job) = queue::claim(&mut tx, kind.name, server, now, now + app.lease).await? {
        if (kind.note)(&mut tx, &job, Stage::Running).await? {
            taken = Some(job);
            break;
        }
        queue::finish(&mut tx, &job).await?;
    }
    tx.commit().await?;
    Ok(taken)
}

fn retry(job: &QueuedJob, now: Timestamp, error: String) -> GivenBack {
    let times = u32::try_from(job.attempts - 1).unwrap_or(0);
    let run_after = now + FIRST_RETRY * 3_i32.saturating_pow(times.min(8));
    GivenBack { run_after, attempts: job.attempts, last_error: Some(error) }
}

/// Works at a job while its lease is extended beside it. When the lease is
/// lost, another server is at the job: the work is undone.
async fn run_with_lease(app: &App, ctx: &Context, job: &QueuedJob, work: TaskFuture<'_>) -> Result<()> {
    // Ends with this function, however it ends.
    let mut beside = JoinSet::new();
    beside.spawn(keep_lease(app.db.clone(), ctx.region, app.clock.clone(), job.clone(), app.lease));
    tokio::select! {
        outcome = work => outcome,
        _ = beside.join_next() => Err(Error::internal("the lease of the job was lost")),
    }
}

/// Extends a lease until it is lost. On SQLite the one writer may be busy for
/// long with the very job; nobody else can claim it before that ends.
async fn keep_lease(db: Db, region: RegionId, clock: Arc<dyn Clock>, job: QueuedJob, lease: Duration) {
    loop {
        time::sleep(lease / EXTENSIONS).await;
        let extended = async {
            let mut tx = db.write(region).await?;
            let is_ours = queue::extend(&mut tx, &job, clock.now() + lease).await?;
            tx.commit().await?;
            Ok::<_, store::Error>(is_ours)
        };
        match extended.await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(
                    job = job.job_id,
                    error = &error as &dyn std::error::Error,
                    "a lease was not extended"
                );
            }
        }
    }
}

/// Decides what becomes of a job that could not be done.
async fn resolve_failure(
    app: &App,
    ctx: &Context,
    kind: &Kind,
    job: &QueuedJob,
    error: &Error,
) -> Result<()> {
    let now = app.clock.now();
    let text = app.region(ctx.region)?.vault.seal_note(&chain(error));
    let mut tx = app.write(ctx.region).await?;
    let is_retried = is_temporary(error) && job.attempts < MOST_ATTEMPTS;
    let done = if is_retried {
        queue::give_back(&mut tx, job, &retry(job, now, text)).await
    } else if is_ours(error) {
        queue::fail(&mut tx, job, &text, now).await
    } else {
        queue::finish(&mut tx, job).await
    };
    match done {
        Err(store::Error::Conflict { .. }) => {
            tracing::info!(job = job.job_id, kind = kind.name, "another server has taken the job over");
            return Ok(tx.rollback().await?);
        }
        other => other?,
    }
    tracing::warn!(
        job = job.job_id,
        kind = kind.name,
        reference = job.reference,
        attempt = job.attempts,
        is_retried,
        error = error as &dyn std::error::Error,
        "a job failed"
    );
    if is_retried {
        (kind.note)(&mut tx, job, Stage::Waiting).await?;
    } else {
        (kind.fail)(app, ctx, &mut tx, job, error).await?;
    }
    Ok(tx.commit().await?)
}

/// Whether the same job may succeed later.
fn is_temporary(error: &Error) -> bool {
    match error {
        Error::Unavailable(_) | Error::DiskFull(_) | Error::NoRoom { .. } => true,
        Error::Internal { source, .. } => {
            source.downcast_ref::<store::Error>().is_some_and(store::Error::is_transient)
        }
        _ => false,
    }
}

/// Whether a fault is one of the program or its machines, not of what was handed in.
fn is_ours(error: &Error) -> bool {
    matches!(
        error,
        Error::Unavailable(_) | Error::DiskFull(_) | Error::NoRoom { .. } | Error::Internal { .. }
    )
}

/// Puts everything that this server has claimed back into the queue: it ends.
/// The attempts that were cut short do not count.
pub(super) async fn give_back_all(app: &App, tx: &mut Tx) -> Result<()> {
    for job in queue::list_claimed(tx, app.server()).await? {
        let back = GivenBack { run_after: app.clock.now(), attempts: job.attempts - 1, last_error: None };
        queue::give_back(tx, &job, &back).await?;
        if let Some(kind) = JOB_KINDS.iter().find(|kind| kind.name == job.kind) {
            (kind.note)(tx, &job, Stage::Waiting).await?;
        }
    }
    Ok(())
}
