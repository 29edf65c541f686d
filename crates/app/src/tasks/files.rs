//! Removes contents of attachments that nothing needs any more, drafts that nobody has
//! touched for long, and the oldest of the changes that indexes of records read.

use std::time::Duration;

use store::changes;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, attachments, transact::transact};

/// Changes of a form that are kept. An index that has fallen farther behind is built anew.
const CHANGES: i64 = 10_000;

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
        let snapshot = app.current(ctx).await?;
        for form in &snapshot.definition.forms {
            transact!(app, ctx.region, |tx| { Ok(changes::prune(tx, &form.id, CHANGES).await?) })?;
        }
        Ok(())
    })
}
