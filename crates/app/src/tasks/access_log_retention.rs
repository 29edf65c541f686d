//! Removes entries of the log of access that are older than they are kept for.

use std::time::Duration;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, access_log};

pub(super) const TASK: Task = Task {
    name: "access-log-retention",
    scope: Scope::Region,
    engine: None,
    every: Duration::from_hours(6),
    longest: Duration::from_mins(30),
    signal: None,
    run,
};

fn run<'a>(app: &'a App, ctx: &'a Context) -> TaskFuture<'a> {
    Box::pin(access_log::remove_old(app, ctx.region))
}
