//! Removes contents of attachments that nothing needs any more, and drafts
//! that nobody has touched for long.

use std::time::Duration;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, attachments};

pub(super) const TASK: Task = Task {
    name: "files",
    scope: Scope::Region,
    engine: None,
    every: Duration::from_hours(6),
    longest: Duration::from_mins(30),
    signal: None,
    run,
};

fn run<'a>(app: &'a App, ctx: &'a Context) -> TaskFuture<'a> {
    Box::pin(async {
        let count = attachments::sweep(app, ctx).await?;
        if count > 0 {
            tracing::info!(count, "files that nothing needs were removed");
        }
        Ok(())
    })
}
