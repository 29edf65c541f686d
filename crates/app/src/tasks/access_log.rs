//! Puts new entries of the log of access into blocks of its chain.

use std::time::Duration;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, access_log};

pub(super) const TASK: Task = Task {
    name: "access-log",
    scope: Scope::Region,
    engine: None,
    every: Duration::from_secs(15),
    longest: Duration::from_mins(5),
    signal: None,
    run,
};

fn run<'a>(app: &'a App, ctx: &'a Context) -> TaskFuture<'a> {
    Box::pin(access_log::put_into_blocks(app, ctx.region))
}
