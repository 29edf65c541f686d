//! Adds up the changes that wait in the change log. On SQLite none ever wait.

use std::time::Duration;

use store::Engine;
use tokio::sync::Notify;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, OpenRegion};

pub(super) const TASK: Task = Task {
    name: "fold",
    scope: Scope::Region,
    engine: Some(Engine::Postgres),
    // How long a change of another server may wait, whose signal does not come here.
    every: Duration::from_millis(500),
    longest: Duration::from_mins(5),
    signal: Some(signal),
    run,
};

fn signal(region: &OpenRegion) -> &Notify {
    &region.folding
}

fn run<'a>(app: &'a App, ctx: &'a Context) -> TaskFuture<'a> {
    Box::pin(app.fold(ctx))
}
