//! Reports what the tasks of this process have done, and removes what is old:
//! reports of servers that are no more, jobs that were given up long ago.

use std::time::Duration;

use jiff::SignedDuration;
use store::{queue, task_runs};
use tokio::sync::Notify;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, OpenRegion, transact::transact};

/// How often a server reports when nothing has failed or recovered.
pub(super) const REPORT_EVERY: Duration = Duration::from_mins(1);
/// How long the reports of a server that is no more are kept.
const SERVERS: SignedDuration = SignedDuration::from_hours(24);
/// How long a job that was given up is kept.
const FAILED: SignedDuration = SignedDuration::from_hours(24 * 30);

pub(super) const TASK: Task = Task {
    name: "upkeep",
    scope: Scope::Process,
    engine: None,
    every: REPORT_EVERY,
    longest: Duration::from_mins(10),
    signal: Some(signal),
    run,
};

fn signal(region: &OpenRegion) -> &Notify {
    &region.tasks.news
}

fn run<'a>(app: &'a App, ctx: &'a Context) -> TaskFuture<'a> {
    Box::pin(async {
        let (region, now) = (app.region(ctx.region)?, app.clock.now());
        transact!(app, ctx.region, |tx| {
            task_runs::put(tx, &region.tasks.reports(app.server(), now)).await?;
            task_runs::delete_before(tx, now - SERVERS).await?;
            queue::delete_failed_before(tx, now - FAILED).await?;
            Ok(())
        })
    })
}
