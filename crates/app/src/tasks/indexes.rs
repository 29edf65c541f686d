//! Keeps this server's indexes of records up to date, and builds those that
//! are not there yet. A list that is asked for brings its own up to date; this
//! is for programs beside the server, and so that nobody has to wait.

use std::time::Duration;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, index};

pub(super) const TASK: Task = Task {
    name: "indexes",
    scope: Scope::Pages,
    engine: None,
    every: Duration::from_secs(5),
    longest: Duration::from_mins(30),
    signal: None,
    run,
};

fn run<'a>(app: &'a App, ctx: &'a Context) -> TaskFuture<'a> {
    Box::pin(index::update_indexes(app, ctx, false))
}
