//! Background work as one mechanism.
//!
//! A [`Task`] is a named piece of work that a server does again and again: it
//! is idempotent, takes no input but the database, and is woken by a timer and
//! by a signal. [`TASKS`] lists them, one file each. A [`Supervisor`] runs
//! them, starts again with growing pauses what fails or panics, and reports
//! what each has done last ([`overview()`], [`health()`]).
//!
//! Work that somebody waits for (an import) is a *job* in the queue
//! (`store::queue`): enqueued in the transaction that wants it, claimed with a
//! lease by one server, tried a limited number of times. A kind of job is one
//! file as well: its [`jobs::Kind`] and the task that works the kind off.

mod access_log;
mod access_log_retention;
mod board;
mod candidates;
mod disk;
mod files;
mod fold;
mod health;
mod imports;
mod index_check;
mod indexes;
pub(crate) mod jobs;
mod lease_watch;
mod overview;
mod sessions;
mod supervisor;
mod upkeep;

use std::{future::Future, pin::Pin, time::Duration};

use store::Engine;
use tokio::sync::Notify;

pub(crate) use board::Board;
pub(crate) use candidates::KIND as CANDIDATE;
pub use health::{Health, Lag, health, recent_health};
pub(crate) use imports::{KIND as IMPORT, TAKE_BACK};
pub(crate) use jobs::LEASE;
pub(crate) use lease_watch::LeaseWatch;
pub use overview::{FailedJob, JobCounts, Overview, ServerTasks, TaskReport, overview};
pub use supervisor::Supervisor;

use crate::{App, Context, OpenRegion, Result};

/// One run of a task.
pub type TaskFuture<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// A named piece of background work.
pub struct Task {
    /// Its name, in the log, in storage and on the page.
    pub name: &'static str,
    /// Which servers run it.
    pub scope: Scope,
    /// The only engine on which there is something to do; `None` for both.
    pub engine: Option<Engine>,
    /// How long it rests between two runs when no signal comes.
    pub every: Duration,
    /// How long a run may take before the task counts as late.
    pub longest: Duration,
    /// What wakes it earlier.
    pub signal: Option<fn(&OpenRegion) -> &Notify>,
    /// Does all there is to do at this moment in a region.
    pub run: for<'a> fn(&'a App, &'a Context) -> TaskFuture<'a>,
}

/// Which servers run a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Work on the database: enough if one server does it, and harmless if several do.
    Region,
    /// Work for the pages of a server, such as its own index of records.
    Pages,
    /// Work that every process does for itself.
    Process,
}

/// Every task.
pub const TASKS: &[Task] = &[
    fold::TASK,
    imports::TASK,
    candidates::TASK,
    indexes::TASK,
    index_check::TASK,
    files::TASK,
    sessions::TASK,
    access_log::TASK,
    access_log_retention::TASK,
    disk::TASK,
    upkeep::TASK,
];

/// The tasks that a server of these scopes has to run on its engine.
pub fn list_tasks(app: &App, scopes: &[Scope]) -> Vec<&'static Task> {
    let is_needed = |task: &&Task| task.engine.is_none_or(|engine| engine == app.db.engine());
    TASKS.iter().filter(|task| scopes.contains(&task.scope)).filter(is_needed).collect()
}
