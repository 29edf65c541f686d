//! Runs imports in the background. An import is one transaction, which also
//! notes that it is done: it has happened whole or not at all, and a restart
//! takes up what was running.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use model::ids::{ImportId, UserId};
use store::{Db, Engine, Tx, audit, imports as rows};

use super::{
    Failure, Job, Report, Request, import_as,
    jobs::{State, entry, job},
};
use crate::{App, Context, Error, Result, Snapshot, accounts};

/// How often a running import's progress is written where other servers see it.
const WRITTEN_EVERY: Duration = Duration::from_secs(1);

/// How far one import has come.
#[derive(Debug, Default)]
struct Counter {
    done: AtomicI64,
    total: AtomicI64,
}

impl Counter {
    fn note(&self, done: usize, total: usize) {
        self.done.store(i64::try_from(done).unwrap_or(0), Ordering::Relaxed);
        self.total.store(i64::try_from(total).unwrap_or(0), Ordering::Relaxed);
    }

    fn read(&self) -> (i64, i64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

/// Imports that run in this process. SQLite has one writer, which is busy
/// while an import runs: its progress can only be kept here.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<BTreeMap<ImportId, Arc<Counter>>>);

impl Running {
    fn all(&self) -> MutexGuard<'_, BTreeMap<ImportId, Arc<Counter>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job with the progress of this moment, when it runs in this process.
pub(super) fn with_progress(app: &App, job: Job) -> Job {
    let running = app.running.all().get(&job.id).map(|counter| counter.read());
    match running {
        Some(progress) if job.state == State::Running => Job { progress, ..job },
        _ => job,
    }
}

/// The content of an import's file.
pub(super) async fn content(app: &App, id: ImportId) -> Result<Arc<Vec<u8>>> {
    let mut tx = app.db.read(app.region).await?;
    let content = rows::content(&mut tx, id).await?;
    tx.rollback().await?;
    let content = content.ok_or_else(|| Error::NotFound { what: "import", key: id.to_string() })?;
    let broken = || {
        let detail = "it was sealed with another secret".to_owned();
        Error::from(store::Error::Corrupt { table: "import_file", key: id.to_string(), detail })
    };
    Ok(Arc::new(app.vault.open_file(content).ok_or_else(broken)?))
}

/// The import that a job stands for.
pub(super) fn request(job: &Job, bytes: Arc<Vec<u8>>, preview: bool) -> Request {
    let options = job.options.clone();
    Request {
        file_name: job.file_name.clone(),
        bytes,
        kind: options.kind,
        sheet: options.sheet,
        unit: options.unit,
        mapping: options.mapping,
        accept_good_rows: options.accept_good_rows,
        correct_stored: options.correct_stored,
        skip_conflicts: options.skip_conflicts,
        preview,
    }
}

/// Puts imports that a stopped program left running back in the queue.
pub async fn resume(app: &App) -> Result<()> {
    let mut tx = app.db.write(app.region).await?;
    for row in rows::list_in_state(&mut tx, State::Running.name()).await? {
        let waiting = rows::Import { state: State::Waiting.name().to_owned(), done: 0, total: 0, ..row };
        rows::advance(&mut tx, &waiting, State::Running.name()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Runs every waiting import, oldest first, each with the rights that the
/// person who handed it in has now.
///
/// # Errors
/// Storage faults; what is wrong with a file is its own report.
pub async fn run_waiting(app: &App) -> Result<()> {
    loop {
        let mut tx = app.db.write(app.region).await?;
        let waiting = rows::list_in_state(&mut tx, State::Waiting.name()).await?;
        let Some(row) = waiting.into_iter().next() else {
            return tx.rollback().await.map_err(Error::from);
        };
        let running = rows::Import { state: State::Running.name().to_owned(), ..row };
        match rows::advance(&mut tx, &running, State::Waiting.name()).await {
            // Another server was faster.
            Err(store::Error::Conflict { .. }) => continue,
            other => other?,
        }
        tx.commit().await?;
        match run(app, &running).await {
            Ok(_) => {}
            Err(error @ Error::Unavailable(_)) => {
                resume(app).await?;
                return Err(error);
            }
            Err(error) => fail(app, running, &error).await?,
        }
    }
}

async fn run(app: &App, row: &rows::Import) -> Result<Report> {
    let ctx = accounts::context_of_user(app, UserId(row.user_id)).await?.ok_or(Error::NotSignedIn)?;
    let id = ImportId(row.import_id);
    let bytes = content(app, id).await?;
    let counter = Arc::new(Counter::default());
    app.running.all().insert(id, counter.clone());
    let written = (app.db.engine() == Engine::Postgres)
        .then(|| tokio::spawn(write_progress(app.db.clone(), app.region, id, counter.clone())));
    let request = request(&job(app, row.clone())?, bytes, false);
    let outcome = import_as(app, &ctx, request, Some(row), &|done, total| counter.note(done, total)).await;
    if let Some(task) = written {
        task.abort();
    }
    app.running.all().remove(&id);
    outcome
}

async fn write_progress(db: Db, region: model::ids::RegionId, id: ImportId, counter: Arc<Counter>) {
    loop {
        tokio::time::sleep(WRITTEN_EVERY).await;
        let (done, total) = counter.read();
        let written = async {
            let mut tx = db.write(region).await?;
            rows::set_progress(&mut tx, id, done, total).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::debug!(import.id = id.0, error = %error, "progress was not written");
        }
    }
}

/// Notes in the transaction of an import that it is done.
pub(super) async fn finish(
    tx: &mut Tx,
    ctx: &Context,
    row: &rows::Import,
    snapshot: &Snapshot,
    report: &Report,
) -> Result<()> {
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let taken = if report.stored { report.good_rows() } else { 0 };
    let done = rows::Import {
        state: State::Done.name().to_owned(),
        done: number(taken),
        total: number(report.rows),
        // A cell at fault may hold a personal number.
        report: Some(snapshot.vault.seal_note(&serde_json::to_string(report).map_err(Error::internal)?)),
        ..row.clone()
    };
    rows::advance(tx, &done, State::Running.name()).await?;
    let came = format!(
        "stored={} rows={} new={} corrected={} unchanged={} skipped={} refused={}",
        report.stored,
        report.rows,
        report.accepted,
        report.corrected,
        report.unchanged,
        report.skipped,
        report.refused_rows()
    );
    let entries = vec![entry("import", row.import_id, came)];
    audit::append(tx, ctx.audit_name(), &snapshot.campaign.hash, ctx.clock.now(), entries).await?;
    Ok(())
}

async fn fail(app: &App, row: rows::Import, error: &Error) -> Result<()> {
    let failure = Failure::of(error, row.import_id);
    tracing::warn!(import.id = row.import_id, error = error as &dyn std::error::Error, "an import failed");
    let failed = rows::Import {
        state: State::Failed.name().to_owned(),
        report: Some(app.vault.seal_note(&serde_json::to_string(&failure).map_err(Error::internal)?)),
        ..row
    };
    let mut tx = app.db.write(app.region).await?;
    match rows::advance(&mut tx, &failed, State::Running.name()).await {
        // Somebody else has taken it on since.
        Err(store::Error::Conflict { .. }) => return Ok(()),
        other => other?,
    }
    tx.commit().await?;
    Ok(())
}
