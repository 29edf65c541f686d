//! Runs imports in the background, as jobs of the queue. An import is one
//! transaction, which also notes that it is done and removes its job: it has
//! happened whole or not at all, and never twice.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use boxed_async::boxed_async;
use model::ids::{ImportId, RegionId, UserId};
use sheet::budget::Budget;
use store::{
    Db, Engine, Tx, imports as rows,
    queue::{self, QueuedJob},
};
use tokio::task::JoinSet;

use super::{
    ImportError, Job, Report, Request, import_as,
    jobs::{ImportState, Options, entry, job},
};
use crate::{
    App, Context, Error, Result, Snapshot, Thing, accounts,
    audit::append_audit,
    tasks::{IMPORT, TAKE_BACK, jobs, jobs::Stage},
};

/// How often a running import's progress is written where other servers see it.
const WRITTEN_EVERY: Duration = Duration::from_secs(1);

/// How far one import has come.
#[derive(Debug)]
struct Counter {
    done: AtomicI64,
    total: AtomicI64,
    /// What the file may take; stopped by whoever stops the import.
    budget: Budget,
}

impl Counter {
    fn new(budget: Budget) -> Self {
        Self { done: AtomicI64::new(0), total: AtomicI64::new(0), budget }
    }

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

/// The progress of an import that runs here, for as long as it runs.
struct Entry<'a> {
    running: &'a Running,
    id: ImportId,
    counter: Arc<Counter>,
}

impl<'a> Entry<'a> {
    fn new(running: &'a Running, id: ImportId, budget: Budget) -> Self {
        let counter = Arc::new(Counter::new(budget));
        running.all().insert(id, counter.clone());
        Self { running, id, counter }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.running.all().remove(&self.id);
    }
}

/// Stops an import that runs in this process; one that does not is left alone.
pub(super) fn stop_here(app: &App, ctx: &Context, id: ImportId) {
    let Ok(region) = app.region(ctx.region) else { return };
    if let Some(counter) = region.running.all().get(&id) {
        counter.budget.stop();
    }
}

/// A job with the progress of this moment, when it runs in this process.
pub(super) fn with_progress(app: &App, ctx: &Context, job: Job) -> Job {
    let region = app.region(ctx.region).ok();
    let running = region.and_then(|region| region.running.all().get(&job.id).map(|counter| counter.read()));
    match running {
        Some(progress) if job.state == ImportState::Running => Job { progress, ..job },
        _ => job,
    }
}

/// The content of an import's file.
pub(super) async fn file_content(app: &App, ctx: &Context, id: ImportId) -> Result<Arc<Vec<u8>>> {
    let mut tx = app.read(ctx.region).await?;
    let content = rows::content(&mut tx, id).await?;
    let content = content.ok_or_else(|| Error::NotFound { what: Thing::Import, key: id.to_string() })?;
    let broken = || {
        let detail = "it was sealed with another secret".to_owned();
        Error::from(store::Error::Corrupt { table: "import_file", key: id.to_string(), detail })
    };
    Ok(Arc::new(app.region(ctx.region)?.vault.open_file(content).ok_or_else(broken)?))
}

/// The import that a job stands for.
pub(super) fn request(job: &Job, bytes: Arc<Vec<u8>>, preview: bool) -> Request {
    let options = job.options.clone();
    Request {
        file_name: job.file_name.clone(),
        bytes,
        kind: options.kind,
        sheet: options.sheet,
        all_sheets: options.all_sheets,
        unit: options.unit,
        mapping: options.mapping,
        money: options.money,
        accept_good_rows: options.accept_good_rows,
        correct_stored: options.correct_stored,
        choices: options.choices,
        skip_conflicts: options.skip_conflicts,
        mask_numbers: options.mask_numbers,
        hidden_rows: options.hidden_rows,
        preview,
    }
}

/// An import that this server has claimed.
#[derive(Clone, Copy)]
pub(super) struct Claimed<'a> {
    row: &'a rows::Import,
    job: &'a QueuedJob,
    budget: &'a Budget,
}

impl Claimed<'_> {
    /// The import.
    pub(super) fn id(&self) -> ImportId {
        ImportId(self.row.import_id)
    }

    /// What the file may take.
    pub(super) fn budget(&self) -> &Budget {
        self.budget
    }
}

/// Runs every waiting import, oldest first, each with the rights that the
/// person who handed it in has now; then takes back what waits for it.
///
/// # Errors
/// Storage faults; what is wrong with a file is its own report.
#[boxed_async]
pub async fn run_waiting(app: &App, ctx: &Context) -> Result<()> {
    jobs::work_off(app, ctx, &IMPORT).await?;
    jobs::work_off(app, ctx, &TAKE_BACK).await
}

/// Notes that an import runs or waits again; `false` when it does neither any more.
pub(crate) async fn note_stage(tx: &mut Tx, job: &QueuedJob, stage: Stage) -> Result<bool> {
    let Some(row) = rows::find(tx, ImportId(job.reference)).await? else { return Ok(false) };
    let before =
        [ImportState::Waiting, ImportState::Running].into_iter().find(|state| state.name() == row.state);
    let Some(before) = before else { return Ok(false) };
    let after = match stage {
        Stage::Waiting => ImportState::Waiting,
        Stage::Running => ImportState::Running,
    };
    let noted = rows::Import { state: after.name().to_owned(), done: 0, total: 0, ..row };
    rows::advance(tx, &noted, before.name()).await?;
    Ok(true)
}

/// Runs an import that this server has claimed.
pub(crate) async fn run_job(app: &App, system: &Context, claimed: &QueuedJob) -> Result<()> {
    let id = ImportId(claimed.reference);
    let mut tx = app.read(system.region).await?;
    let row = rows::find(&mut tx, id).await?;
    let deputy = rows::deputy_of(&mut tx, id).await?;
    drop(tx);
    let row = row.ok_or_else(|| Error::NotFound { what: Thing::Import, key: id.to_string() })?;
    let ctx = accounts::context_of_deputy(app, system.region, UserId(row.user_id), deputy)
        .await?
        .ok_or(Error::NotSignedIn)?;
    let bytes = file_content(app, &ctx, id).await?;
    let region = app.region(ctx.region)?;
    let entry = Entry::new(&region.running, id, app.readers.budget());
    // Ends with this function, however it ends.
    let mut beside = JoinSet::new();
    beside.spawn(follow(app.db.clone(), ctx.region, id, entry.counter.clone()));
    let request = request(&job(app, &ctx, row.clone())?, bytes, false);
    let claimed = Claimed { row: &row, job: claimed, budget: &entry.counter.budget };
    import_as(app, &ctx, request, Some(claimed), &|done, total| entry.counter.note(done, total)).await?;
    Ok(())
}

/// Writes the progress of an import where other servers see it, and stops it when it was stopped
/// at another server. On SQLite the one writer is busy with the import itself: there it only looks.
async fn follow(db: Db, region: RegionId, id: ImportId, counter: Arc<Counter>) {
    loop {
        tokio::time::sleep(WRITTEN_EVERY).await;
        let state = async {
            let mut tx = db.read(region).await?;
            rows::find(&mut tx, id).await
        };
        if let Ok(row) = state.await
            && row.is_none_or(|row| row.state != ImportState::Running.name())
        {
            return counter.budget.stop();
        }
        if db.engine() == Engine::Sqlite {
            continue;
        }
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
    claimed: Claimed<'_>,
    snapshot: &Snapshot,
    report: &Report,
) -> Result<()> {
    let Claimed { row, job, .. } = claimed;
    queue::finish(tx, job).await?;
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let taken = if report.stored { report.good_rows() } else { 0 };
    let done = rows::Import {
        state: ImportState::Done.name().to_owned(),
        done: number(taken),
        total: number(report.rows),
        // A cell at fault may hold a personal number.
        report: Some(snapshot.vault.seal_note(&serde_json::to_string(report).map_err(Error::internal)?)),
        ..row.clone()
    };
    rows::advance(tx, &done, ImportState::Running.name()).await?;
    note_done(tx, ctx, snapshot, row.import_id, report).await
}

/// Keeps an import that was run at once: what it has written can be taken back. Its file is not kept.
pub(super) async fn note_unqueued(
    tx: &mut Tx,
    ctx: &Context,
    request: &Request,
    snapshot: &Snapshot,
    report: &Report,
) -> Result<()> {
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let options = Options { kind: request.kind.clone(), unit: request.unit.clone(), ..Options::default() };
    let row = rows::Import {
        import_id: report.import.unwrap_or_default(),
        user_id: ctx.user().map_or(0, |user| user.0),
        unit_id: ctx.unit().map(|unit| unit.0),
        created_at: ctx.clock.now().as_microsecond(),
        file_name: request.file_name.clone(),
        form: request.kind.clone(),
        sheet: request.sheet.clone(),
        state: ImportState::Done.name().to_owned(),
        done: number(report.good_rows()),
        total: number(report.rows),
        options: serde_json::to_string(&options).map_err(Error::internal)?,
        report: Some(snapshot.vault.seal_note(&serde_json::to_string(report).map_err(Error::internal)?)),
        take_back: None,
    };
    rows::insert_alone(tx, &row).await?;
    note_done(tx, ctx, snapshot, row.import_id, report).await
}

/// Writes into the audit what came of an import.
async fn note_done(tx: &mut Tx, ctx: &Context, snapshot: &Snapshot, id: i64, report: &Report) -> Result<()> {
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
    append_audit(tx, snapshot, ctx, vec![entry("import", id, came)]).await?;
    Ok(())
}

/// Notes that an import could not be done, and why.
pub(crate) async fn note_failure(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    job: &QueuedJob,
    error: &Error,
) -> Result<()> {
    let Some(row) = rows::find(tx, ImportId(job.reference)).await? else { return Ok(()) };
    let failure = ImportError::from_error(error, row.import_id);
    let failed = rows::Import {
        state: ImportState::Failed.name().to_owned(),
        report: Some(
            app.region(ctx.region)?
                .vault
                .seal_note(&serde_json::to_string(&failure).map_err(Error::internal)?),
        ),
        ..row
    };
    rows::advance(tx, &failed, ImportState::Running.name()).await?;
    Ok(())
}
