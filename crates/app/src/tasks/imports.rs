//! Imports the files that wait, oldest first, and takes imports back. The first kinds of jobs.

use std::time::Duration;

use tokio::sync::Notify;

use super::{Scope, Task, TaskFuture, jobs::Kind};
use crate::{App, Context, OpenRegion, imports};

pub(super) const TASK: Task = Task {
    name: "imports",
    scope: Scope::Region,
    engine: None,
    // How long a file may wait that was handed in at another server.
    every: Duration::from_secs(5),
    longest: Duration::from_hours(1),
    signal: Some(signal),
    run,
};

/// Its reference is the import's id.
pub(crate) const KIND: Kind = Kind {
    name: "import",
    run: |app, ctx, job| Box::pin(imports::run_job(app, ctx, job)),
    note: |tx, job, stage| Box::pin(imports::note_stage(tx, job, stage)),
    fail: |app, ctx, tx, job, error| Box::pin(imports::note_failure(app, ctx, tx, job, error)),
};

/// Imports that are taken back. Its reference is the import's id.
pub(crate) const TAKE_BACK: Kind = Kind {
    name: "take-back",
    run: |app, ctx, job| Box::pin(imports::run_take_back(app, ctx, job)),
    note: |tx, job, stage| Box::pin(imports::note_take_back_stage(tx, job, stage)),
    fail: |app, ctx, tx, job, error| Box::pin(imports::note_take_back_failure(app, ctx, tx, job, error)),
};

fn signal(region: &OpenRegion) -> &Notify {
    &region.importing
}

fn run<'a>(app: &'a App, ctx: &'a Context) -> TaskFuture<'a> {
    Box::pin(imports::run_waiting(app, ctx))
}
