//! Removes sessions that have ended, and failed sign-ins that no longer count.

use std::time::Duration;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, accounts::KNOWN_ADDRESS, transact::transact};

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
            let now = app.clock.now();
            store::sessions::delete_ended(tx, now).await?;
            store::sign_in_failures::delete_old(tx, now).await?;
            store::sign_in_failures::delete_known_addresses(tx, now - KNOWN_ADDRESS).await?;
            Ok(())
        })
    })
}
