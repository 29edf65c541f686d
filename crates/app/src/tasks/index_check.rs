//! Looks this server's indexes of records over: every byte of their files, and whether all
//! records are there.

use std::time::Duration;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, index};

pub(super) const TASK: Task = Task {
    name: "index-check",
    scope: Scope::Pages,
    engine: None,
    every: Duration::from_hours(1),
    longest: Duration::from_mins(30),
    signal: None,
    run,
};

fn run<'a>(app: &'a App, ctx: &'a Context) -> TaskFuture<'a> {
    Box::pin(index::update_indexes(app, ctx, true))
}
