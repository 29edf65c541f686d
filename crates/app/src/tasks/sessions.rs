//! Removes sessions that have expired; nobody can use them any more.

use std::time::Duration;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, transact::transact};

pub(super) const TASK: Task = Task {
    name: "sessions",
    scope: Scope::Region,
    engine: None,
    every: Duration::from_hours(1),
    longest: Duration::from_mins(5),
    signal: None,
    run,
};

fn run<'a>(app: &'a App, ctx: &'a Context) -> TaskFuture<'a> {
    Box::pin(async {
        transact!(app, ctx.region, |tx| {
            store::accounts::delete_expired_sessions(tx, app.clock.now()).await?;
            Ok(())
        })
    })
}
