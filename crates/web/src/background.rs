//! Work that goes on beside requests: adding up what waits, importing
//! files, keeping the indexes of records. Idempotent, takes its input from the database, and is woken by a
//! signal and by a timer.

use std::{sync::Arc, time::Duration};

use app::{App, attachments, imports, registers};
use tokio::{sync::Notify, time};

/// How long a change may wait when no signal comes, as from another server.
const FOLD_EVERY: Duration = Duration::from_millis(500);
/// How long a file may wait when no signal comes.
const IMPORT_EVERY: Duration = Duration::from_secs(5);
/// How often is looked for files that nothing needs.
const SWEEP_EVERY: Duration = Duration::from_hours(6);

/// How often the indexes of records are brought up to date. A list that is
/// asked for brings its own up to date; programs beside the server wait for this.
const INDEX_EVERY: Duration = Duration::from_secs(5);
/// Every so many times they are looked over thoroughly.
const THOROUGHLY_EVERY: u64 = 24;

/// Folds changes for ever.
pub(crate) async fn fold(app: Arc<App>) {
    loop {
        if let Err(error) = app.fold().await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "changes were not added up; trying again"
            );
            time::sleep(Duration::from_secs(2)).await;
        }
        woken(&app.folding, FOLD_EVERY).await;
    }
}

/// Imports waiting files for ever; begins with those that a stopped server left.
pub(crate) async fn import(app: Arc<App>) {
    if let Err(error) = imports::resume(&app).await {
        tracing::error!(error = &error as &dyn std::error::Error, "interrupted imports were not resumed");
    }
    loop {
        if let Err(error) = imports::run_waiting(&app).await {
            tracing::error!(error = &error as &dyn std::error::Error, "imports stopped; trying again");
        }
        woken(&app.importing, IMPORT_EVERY).await;
    }
}

/// Sweeps for ever what nothing needs any more.
pub(crate) async fn sweep(app: Arc<App>) {
    loop {
        match attachments::sweep(&app).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "files that nothing needs were removed"),
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "files that nothing needs were not removed; trying again later"
            ),
        }
        time::sleep(SWEEP_EVERY).await;
    }
}

/// Keeps the indexes of records for ever; begins by building those that are not there.
pub(crate) async fn index(app: Arc<App>) {
    for round in 0_u64.. {
        if let Err(error) = registers::keep_up(&app, round % THOROUGHLY_EVERY == 1).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the indexes of records are not kept; trying again"
            );
        }
        time::sleep(INDEX_EVERY).await;
    }
}

async fn woken(signal: &Notify, at_latest: Duration) {
    // Whether it was the signal or the timer makes no difference.
    let _ = time::timeout(at_latest, signal.notified()).await;
}
