//! Looks how much room is left where this server keeps things, and says so in its log before there is none.

use std::time::Duration;

use super::{Scope, Task, TaskFuture};
use crate::{App, Context, disk::DiskState};

pub(super) const TASK: Task = Task {
    name: "disk",
    scope: Scope::Process,
    engine: None,
    every: Duration::from_mins(1),
    longest: Duration::from_mins(1),
    signal: None,
    run,
};

fn run<'a>(app: &'a App, _: &'a Context) -> TaskFuture<'a> {
    Box::pin(async {
        for report in app.disks.news() {
            let (path, free_mb) = (report.path.display(), report.space.free >> 20);
            match report.state {
                DiskState::Good => tracing::info!(%path, free_mb, "the disk has room again"),
                DiskState::Low => tracing::warn!(%path, free_mb, "the disk is filling up"),
                DiskState::Short => tracing::error!(
                    %path, free_mb, "the disk is nearly full: imports, attachments and exports are refused"
                ),
                DiskState::Full => tracing::error!(%path, free_mb, "the disk is full: nothing can be stored"),
            }
        }
        Ok(())
    })
}
