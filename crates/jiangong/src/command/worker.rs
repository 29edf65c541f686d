//! `jiangong worker`: background work without pages.

use std::sync::Arc;

use anyhow::Result;
use app::{
    attachments::AttachmentLimits,
    tasks::{Scope, Supervisor, list_tasks},
};

use super::ended;
use crate::{
    cli::Options,
    config,
    output::{DONE, line},
};

pub(super) async fn run(options: &Options) -> Result<u8> {
    let app = Arc::new(config::open_all(options, AttachmentLimits::default()).await?);
    let tasks = Supervisor::start(app.clone(), &list_tasks(&app, &[Scope::Region, Scope::Process]));
    line(options.words().command_worker_started());
    ended().await;
    tasks.stop().await?;
    Ok(DONE)
}
