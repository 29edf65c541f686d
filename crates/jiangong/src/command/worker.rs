//! `jiangong worker`: background work without pages.

use std::sync::Arc;

use anyhow::Result;
use app::{
    attachments::AttachmentLimits,
    tasks::{Scope, Supervisor, list_tasks},
    upgrade::UpgradeProgress,
};

use super::{close, signals::Signals, until_ended};
use crate::{
    cli::Options,
    config,
    output::{DONE, line},
    reload::{LogHandle, Settings},
};

pub(super) async fn run(options: &Options, log: LogHandle) -> Result<u8> {
    let mut signals = Signals::listen()?;
    let app = tokio::select! {
        app = config::open_all(options, AttachmentLimits::default(), UpgradeProgress::default()) => Arc::new(app?),
        () = signals.ended() => return Ok(DONE),
    };
    let tasks = Supervisor::start(app.clone(), &list_tasks(&app, &[Scope::Region, Scope::Process]));
    line(options.words().command_worker_started());
    let drain = options.limits.drain();
    until_ended(signals, Settings::new(log, options, None), &app, drain).await;
    let stopped = tasks.stop_within(drain).await;
    close(&app).await;
    stopped?;
    Ok(DONE)
}
