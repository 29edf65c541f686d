//! Finds out what versions of campaigns would do that were handed in, and puts those in force that somebody has agreed to.

use std::time::Duration;

use tokio::sync::Notify;

use super::{Scope, Task, TaskFuture, jobs::Kind};
use crate::{App, Context, OpenRegion, campaigns};

pub(super) const TASK: Task = Task {
    name: "candidates",
    scope: Scope::Region,
    engine: None,
    // How long a version may wait that was handed in at another server.
    every: Duration::from_secs(5),
    longest: Duration::from_hours(1),
    signal: Some(signal),
    run,
};

/// Its reference is the version's id.
pub(crate) const KIND: Kind = Kind {
    name: "candidate",
    run: |app, ctx, job| Box::pin(campaigns::run_job(app, ctx, job)),
    note: |tx, job, stage| Box::pin(campaigns::note_stage(tx, job, stage)),
    fail: |_, _, tx, job, error| Box::pin(campaigns::note_failure(tx, job, error)),
};

fn signal(region: &OpenRegion) -> &Notify {
    &region.defining
}

fn run<'a>(app: &'a App, ctx: &'a Context) -> TaskFuture<'a> {
    Box::pin(campaigns::run_waiting(app, ctx))
}
