//! A check of the log that somebody has asked for: it may take longer than a page may, so it goes on in this process
//! while the person looks at something else. What came of it is noted in the log itself.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use boxed_async::boxed_async;
use jiff::Timestamp;
use tokio::time;

use super::{AccessAction, LogCheck, chain::check_unasked, note_reading};
use crate::{Action, App, Context, Error, Result};

/// How long whoever asks for a check waits for what comes of it.
const WAIT: Duration = Duration::from_millis(800);

/// The last check of the log in this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogCheckRun {
    /// When it was begun.
    pub began_at: Timestamp,
    /// What it has found; `None` while it goes on.
    pub outcome: Option<LogCheckOutcome>,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogCheckOutcome {
    /// It went through the whole log.
    Checked(LogCheck),
    /// It could not; why is in the program's log.
    Failed,
}

/// Where the last check is kept.
#[derive(Default)]
pub(crate) struct LastLogCheck(Mutex<Option<LogCheckRun>>);

impl LastLogCheck {
    fn locked(&self) -> MutexGuard<'_, Option<LogCheckRun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a check may begin: only one goes on at a time.
    fn begin(&self, now: Timestamp) -> bool {
        let mut last = self.locked();
        if last.as_ref().is_some_and(|run| run.outcome.is_none()) {
            return false;
        }
        *last = Some(LogCheckRun { began_at: now, outcome: None });
        true
    }

    fn end(&self, outcome: LogCheckOutcome) {
        if let Some(run) = self.locked().as_mut() {
            run.outcome = Some(outcome);
        }
    }
}

/// The last check in this process.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not read the log.
#[boxed_async]
pub async fn last_check(app: &App, ctx: &Context) -> Result<Option<LogCheckRun>> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::ReadAccessLog, &snapshot)?;
    Ok(app.region(ctx.region)?.log_check.locked().clone())
}

/// Begins a check, unless one goes on, and waits for it a little.
///
/// # Errors
/// As [`last_check`].
#[boxed_async]
pub async fn begin_check(app: &Arc<App>, ctx: &Context) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::ReadAccessLog, &snapshot)?;
    let region = app.region(ctx.region)?;
    if !region.log_check.begin(ctx.clock.now()) {
        return Ok(());
    }
    let (app, ctx) = (app.clone(), ctx.clone());
    let work = tokio::spawn(async move {
        let outcome = match run(&app, &ctx).await {
            Ok(found) => LogCheckOutcome::Checked(found),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the log of access was not checked"
                );
                LogCheckOutcome::Failed
            }
        };
        region.log_check.end(outcome);
    });
    // It goes on when nobody waits any more.
    if let Ok(ended) = time::timeout(WAIT, work).await {
        ended.map_err(Error::internal)?;
    }
    Ok(())
}

async fn run(app: &App, ctx: &Context) -> Result<LogCheck> {
    // What nobody has put into a block yet cannot be checked.
    super::put_into_blocks(app, ctx.region).await?;
    let found = check_unasked(app, ctx).await?;
    let detail = format!("entries={} blocks={} faults={}", found.entries, found.blocks, found.faults.len());
    note_reading(app, ctx, AccessAction::CheckLog, None, "", &detail).await?;
    Ok(found)
}
