//! What background work has done, and how much room is left for it: for the city office on a page.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use jiff::{SignedDuration, Timestamp};
use store::{queue, task_runs, task_runs::TaskRun};

use super::upkeep::REPORT_EVERY;
use crate::{Action, App, Context, Result, disk::DiskReport};

/// How many jobs that were given up are shown.
const FAILED: i64 = 20;

/// All background work of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Every server that has reported within a day, by name.
    pub servers: Vec<ServerTasks>,
    /// How many jobs there are of every kind that has any.
    pub jobs: Vec<JobCounts>,
    /// The jobs that were given up last.
    pub failed: Vec<FailedJob>,
    /// The disks of this server.
    pub disks: Vec<DiskReport>,
}

/// The tasks of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerTasks {
    /// The server.
    pub server: String,
    /// When it reported last.
    pub reported_at: Timestamp,
    /// Whether it has stopped reporting without having been ended.
    pub is_silent: bool,
    /// Its tasks, by name.
    pub tasks: Vec<TaskReport>,
}

/// What one task has done last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskReport {
    /// Its name.
    pub task: String,
    /// When it was started last.
    pub started_at: Option<Timestamp>,
    /// When it succeeded last.
    pub succeeded_at: Option<Timestamp>,
    /// When it failed last, and why.
    pub failed: Option<(Timestamp, String)>,
    /// Whether its last run has failed.
    pub is_failing: bool,
    /// When it is run next at the latest; `None` while it runs.
    pub next_at: Option<Timestamp>,
}

/// How many jobs of one kind there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// The kind.
    pub kind: String,
    /// Waiting for a server.
    pub waiting: i64,
    /// Being worked at.
    pub running: i64,
    /// Given up.
    pub failed: i64,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedJob {
    /// The kind.
    pub kind: String,
    /// Id of the thing that it was about.
    pub reference: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was given up.
    pub failed_at: Timestamp,
    /// Why.
    pub error: String,
}

/// All background work of the region.
///
/// # Errors
/// [`crate::Error::Forbidden`].
#[boxed_async]
pub async fn overview(app: &App, ctx: &Context) -> Result<Overview> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::ReadTasks, &snapshot)?;
    let now = app.clock.now();
    let mut runs = task_runs::list(&mut tx).await?;
    let counts = queue::counts(&mut tx).await?;
    let failed = queue::list_failed(&mut tx, FAILED).await?;
    drop(tx);
    // This server knows better than its last report.
    let region = app.region(ctx.region)?;
    runs.retain(|run| run.server != app.server());
    runs.extend(region.tasks.reports(app.server(), now));
    let mut jobs: BTreeMap<String, JobCounts> = BTreeMap::new();
    for count in counts {
        let kind = jobs.entry(count.kind.clone()).or_default();
        kind.kind = count.kind;
        match count.state.as_str() {
            "waiting" => kind.waiting = count.jobs,
            "running" => kind.running = count.jobs,
            _ => kind.failed = count.jobs,
        }
    }
    let failed = failed.into_iter().map(|job| FailedJob {
        reference: job.reference,
        attempts: job.attempts,
        failed_at: moment(job.failed_at.unwrap_or(job.created_at)),
        error: job.last_error.and_then(|note| region.vault.open_note(&note)).unwrap_or_default(),
        kind: job.kind,
    });
    Ok(Overview {
        servers: by_server(runs, now),
        jobs: jobs.into_values().collect(),
        failed: failed.collect(),
        disks: app.disks.reports(),
    })
}

fn by_server(runs: Vec<TaskRun>, now: Timestamp) -> Vec<ServerTasks> {
    let silence = SignedDuration::try_from(REPORT_EVERY * 3).unwrap_or(SignedDuration::MAX);
    let mut servers: BTreeMap<String, Vec<TaskRun>> = BTreeMap::new();
    for run in runs {
        servers.entry(run.server.clone()).or_default().push(run);
    }
    let server = |(server, runs): (String, Vec<TaskRun>)| {
        let reported_at = moment(runs.iter().map(|run| run.reported_at).max().unwrap_or(0));
        ServerTasks {
            server,
            reported_at,
            is_silent: now.duration_since(reported_at) > silence,
            tasks: runs.into_iter().map(report).collect(),
        }
    };
    servers.into_iter().map(server).collect()
}

fn report(run: TaskRun) -> TaskReport {
    TaskReport {
        task: run.task,
        started_at: run.started_at.map(moment),
        succeeded_at: run.succeeded_at.map(moment),
        failed: run.failed_at.map(|at| (moment(at), run.failure.unwrap_or_default())),
        is_failing: run.failures > 0,
        next_at: run.next_at.map(moment),
    }
}

fn moment(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}
