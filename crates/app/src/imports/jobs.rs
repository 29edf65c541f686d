//! Imports from the page: handed in, looked at, explained, run in the
//! background. Their state is stored, so they can be left and come back to,
//! and a restart takes up what was running: an import is one transaction, so
//! it has happened whole or not at all.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use exchange::{
    annotate::{CellNote, annotate},
    recognise::{Mapping, Target, guess_form, recognise},
    workbook::{self, Limits, SheetName},
};
use model::ids::{ImportId, UnitId};
use serde::{Deserialize, Serialize};
use store::{imports as rows, new_id};
use words::Words;

use super::{Progress, Report, Request, form_of_kind, import, kind_of_form};
use crate::{Action, Actor, App, Context, Error, Result};

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Handed in; kind, sheet or columns still to be chosen.
    Draft,
    /// Waiting to be run.
    Waiting,
    /// Running.
    Running,
    /// Done; the report says what came of it.
    Done,
    /// It could not be done; the report's place holds the message.
    Failed,
}

impl State {
    /// Its name in storage.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Waiting, Self::Running, Self::Done, Self::Failed]
            .into_iter()
            .find(|state| state.name() == text)
    }
}

/// What was chosen for an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// What it is read as (`units`, `base-return`, `register:…`).
    pub kind: String,
    /// Which sheet.
    pub sheet: Option<String>,
    /// Code of the unit for rows that name none.
    pub unit: Option<String>,
    /// Column titles and the fields they mean.
    pub mapping: BTreeMap<String, String>,
    /// Whether good rows are taken although others are refused.
    pub accept_good_rows: bool,
    /// Whether rows stored with other values correct them.
    pub correct_stored: bool,
}

/// One import, for showing.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: ImportId,
    /// The file's name.
    pub file_name: String,
    /// When it was handed in, microseconds since 1970.
    pub created_at: i64,
    /// Where it stands.
    pub state: State,
    /// Rows done and rows in all.
    pub progress: (i64, i64),
    /// What was chosen.
    pub options: Options,
    /// What came of it.
    pub report: Option<Report>,
    /// Why it could not be done.
    pub failure: Option<String>,
}

/// One column of a file, for the mapping step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewColumn {
    /// Its letter.
    pub letter: String,
    /// Its title.
    pub header: String,
    /// Position of the field it is taken for; `None` when nothing explains it or it is left out.
    pub field: Option<usize>,
    /// Whether somebody must say what it means.
    pub is_unknown: bool,
    /// What stands in its first rows.
    pub samples: Vec<String>,
}

/// What a file looks like before it is imported.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Its sheets.
    pub sheets: Vec<SheetName>,
    /// Position of the form it is read as.
    pub form: usize,
    /// Its columns; empty when no header was found.
    pub columns: Vec<PreviewColumn>,
    /// Positions of required fields that no column holds.
    pub missing: Vec<usize>,
    /// What a run would do; absent when the file cannot be read as this kind.
    pub report: Option<Report>,
    /// Why it cannot.
    pub fault: Option<Arc<Error>>,
}

/// Takes a file in and returns its import's id. When no kind is given, it is
/// guessed from the columns.
///
/// # Errors
/// [`Error::File`] when it cannot be read at all; [`Error::Forbidden`].
pub async fn submit(app: &App, ctx: &Context, file_name: &str, bytes: Vec<u8>, kind: Option<String>) -> Result<ImportId> {
    let Actor::User { id: user, .. } = &ctx.actor else { return Err(Error::NotSignedIn) };
    let snapshot = app.current().await?;
    let own = crate::units::resolve(ctx, &snapshot, None)?;
    ctx.require(Action::Import, &snapshot, own)?;
    let content = Arc::new(bytes);
    let kind = match kind {
        Some(kind) => kind_of_form(&snapshot, form_of_kind(&snapshot, &kind)?),
        None => {
            let (content, name, snapshot) = (content.clone(), file_name.to_owned(), snapshot.clone());
            let guessed = tokio::task::spawn_blocking(move || -> Result<String> {
                let table = workbook::read(&name, &content, None, &Limits::default())?;
                let guesses = guess_form(&name, &table, &snapshot.campaign.forms);
                let form = guesses.first().map_or(snapshot.campaign.roster, |guess| guess.form);
                Ok(kind_of_form(&snapshot, form))
            });
            guessed.await.map_err(Error::internal)??
        }
    };
    let options = Options { kind, ..Options::default() };
    let id = new_id(ctx.clock.now());
    let row = rows::Import {
        import_id: id,
        user_id: user.0,
        unit_id: Some(own.0),
        created_at: ctx.clock.now().as_microsecond(),
        file_name: file_name.to_owned(),
        form: options.kind.clone(),
        sheet: None,
        state: State::Draft.name().to_owned(),
        done: 0,
        total: 0,
        options: serde_json::to_string(&options).map_err(Error::internal)?,
        report: None,
    };
    let mut tx = app.db.write(app.region).await?;
    rows::insert(&mut tx, &row, &content).await?;
    tx.commit().await?;
    Ok(ImportId(id))
}

/// Imports of the person's unit and those below it, newest first.
pub async fn list(app: &App, ctx: &Context) -> Result<Vec<Job>> {
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let own = crate::units::resolve(ctx, &snapshot, None)?;
    ctx.require(Action::Import, &snapshot, own)?;
    let rows = rows::list(&mut tx, 200).await?;
    tx.rollback().await?;
    let theirs = rows.into_iter().filter(|row| is_theirs(ctx, &snapshot, row));
    theirs.map(job).collect()
}

fn is_theirs(ctx: &Context, snapshot: &crate::Snapshot, row: &rows::Import) -> bool {
    row.unit_id.is_some_and(|unit| ctx.may(Action::Import, snapshot, UnitId(unit)))
}

/// One import.
///
/// # Errors
/// [`Error::NotFound`] when it does not exist or is not the person's.
pub async fn find(app: &App, ctx: &Context, id: ImportId) -> Result<Job> {
    job(row(app, ctx, id).await?)
}

async fn row(app: &App, ctx: &Context, id: ImportId) -> Result<rows::Import> {
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let own = crate::units::resolve(ctx, &snapshot, None)?;
    ctx.require(Action::Import, &snapshot, own)?;
    let row = rows::find(&mut tx, id).await?.filter(|row| is_theirs(ctx, &snapshot, row));
    tx.rollback().await?;
    row.ok_or_else(|| Error::NotFound { what: "import", key: id.to_string() })
}

fn job(row: rows::Import) -> Result<Job> {
    let corrupt = |detail: String| {
        Error::from(store::Error::Corrupt { table: "import", key: row.import_id.to_string(), detail })
    };
    let state = State::parse(&row.state).ok_or_else(|| corrupt(row.state.clone()))?;
    let read = |text: &String| serde_json::from_str::<Report>(text).map_err(|error| corrupt(error.to_string()));
    Ok(Job {
        id: ImportId(row.import_id),
        state,
        progress: (row.done, row.total),
        options: serde_json::from_str(&row.options).map_err(|error| corrupt(error.to_string()))?,
        report: row.report.as_ref().filter(|_| state == State::Done).map(read).transpose()?,
        failure: row.report.clone().filter(|_| state == State::Failed),
        file_name: row.file_name,
        created_at: row.created_at,
    })
}

async fn content(app: &App, id: ImportId) -> Result<Arc<Vec<u8>>> {
    let mut tx = app.db.read(app.region).await?;
    let content = rows::content(&mut tx, id).await?;
    tx.rollback().await?;
    content.map(Arc::new).ok_or_else(|| Error::NotFound { what: "import", key: id.to_string() })
}

fn request(job: &Job, bytes: Arc<Vec<u8>>, preview: bool) -> Request {
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
        preview,
    }
}

/// What the file looks like with the choices made so far, and what a run would do.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::File`] when it cannot be read at all.
pub async fn preview(app: &App, ctx: &Context, id: ImportId) -> Result<Preview> {
    let job = find(app, ctx, id).await?;
    let bytes = content(app, id).await?;
    let snapshot = app.current().await?;
    let form = form_of_kind(&snapshot, &job.options.kind)?;
    let mut tx = app.db.read(app.region).await?;
    let mut mapping = rows::mappings(&mut tx, &snapshot.campaign.forms[form].id).await?;
    tx.rollback().await?;
    mapping.extend(job.options.mapping.clone());
    let looked = {
        let (bytes, job, snapshot) = (bytes.clone(), job.clone(), snapshot.clone());
        tokio::task::spawn_blocking(move || look(&bytes, &job, &snapshot, form, mapping))
    };
    let mut preview = looked.await.map_err(Error::internal)??;
    match import(app, ctx, request(&job, bytes, true), &|_, _| {}).await {
        Ok(report) => preview.report = Some(report),
        Err(error @ (Error::Internal { .. } | Error::Unavailable(_))) => return Err(error),
        Err(error) => preview.fault = Some(Arc::new(error)),
    }
    Ok(preview)
}

fn look(
    bytes: &[u8],
    job: &Job,
    snapshot: &crate::Snapshot,
    form: usize,
    mapping: BTreeMap<String, String>,
) -> Result<Preview> {
    let limits = Limits::default();
    let sheets = workbook::sheets(&job.file_name, bytes, &limits)?;
    let table = workbook::read(&job.file_name, bytes, job.options.sheet.as_deref(), &limits)?;
    let mut preview = Preview { sheets, form, columns: Vec::new(), missing: Vec::new(), report: None, fault: None };
    let Ok(recognised) = recognise(&table, &snapshot.campaign.forms[form], &Mapping(mapping)) else {
        return Ok(preview);
    };
    let first = &table.rows[recognised.data.clone()];
    preview.missing.clone_from(&recognised.missing);
    preview.columns = recognised
        .columns
        .iter()
        .map(|column| PreviewColumn {
            letter: column.letter.clone(),
            header: column.header.clone(),
            field: match column.target {
                Target::Field(field) | Target::UnitName(field) => Some(field),
                Target::Ignored | Target::Unknown => None,
            },
            is_unknown: column.target == Target::Unknown,
            samples: first.iter().take(3).map(|row| row.cell(column.index).text()).collect(),
        })
        .collect();
    Ok(preview)
}

/// Changes the choices of an import that has not been started.
///
/// # Errors
/// [`Error::Stale`] when it has been started.
pub async fn choose(app: &App, ctx: &Context, id: ImportId, options: Options) -> Result<()> {
    let snapshot = app.current().await?;
    form_of_kind(&snapshot, &options.kind)?;
    put(app, row(app, ctx, id).await?, &options, State::Draft).await
}

/// Starts an import: it runs in the background. Starting it a second time does nothing.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn start(app: &App, ctx: &Context, id: ImportId, accept_good_rows: bool) -> Result<()> {
    let row = row(app, ctx, id).await?;
    if row.state != State::Draft.name() {
        return Ok(());
    }
    let options = Options { accept_good_rows, ..job(row.clone())?.options };
    put(app, row, &options, State::Waiting).await?;
    app.importing.notify_one();
    Ok(())
}

async fn put(app: &App, row: rows::Import, options: &Options, state: State) -> Result<()> {
    if row.state != State::Draft.name() {
        return Err(Error::Stale { what: "import" });
    }
    let changed = rows::Import {
        form: options.kind.clone(),
        sheet: options.sheet.clone(),
        options: serde_json::to_string(options).map_err(Error::internal)?,
        state: state.name().to_owned(),
        ..row
    };
    let mut tx = app.db.write(app.region).await?;
    rows::update(&mut tx, &changed).await?;
    tx.commit().await?;
    Ok(())
}

/// Puts imports that a stopped program left running back in the queue.
pub async fn resume(app: &App) -> Result<()> {
    let mut tx = app.db.write(app.region).await?;
    for row in rows::list_in_state(&mut tx, State::Running.name()).await? {
        rows::update(&mut tx, &rows::Import { state: State::Waiting.name().to_owned(), ..row }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Runs every waiting import, oldest first. `context_of` gives the context of
/// the person who handed it in, or `None` when that person may no longer sign in.
///
/// # Errors
/// Storage faults; what is wrong with a file is its own report.
pub async fn run_waiting<F>(app: &App, words: Words, context_of: F) -> Result<()>
where
    F: AsyncFn(model::ids::UserId) -> Result<Option<Context>>,
{
    loop {
        let mut tx = app.db.write(app.region).await?;
        let waiting = rows::list_in_state(&mut tx, State::Waiting.name()).await?;
        let Some(row) = waiting.into_iter().next() else {
            return tx.rollback().await.map_err(Error::from);
        };
        let running = rows::Import { state: State::Running.name().to_owned(), ..row };
        rows::update(&mut tx, &running).await?;
        tx.commit().await?;
        let outcome = match context_of(model::ids::UserId(running.user_id)).await? {
            None => Err(Error::NotSignedIn),
            Some(ctx) => run(app, &ctx, &running).await,
        };
        let (state, report) = match outcome {
            Ok(report) => (State::Done, serde_json::to_string(&report).map_err(Error::internal)?),
            Err(error) => {
                tracing::warn!(import.id = running.import_id, error = %error, "an import failed");
                (State::Failed, failure(&error, words))
            }
        };
        let mut tx = app.db.write(app.region).await?;
        rows::update(&mut tx, &rows::Import { state: state.name().to_owned(), report: Some(report), ..running }).await?;
        tx.commit().await?;
    }
}

fn failure(error: &Error, words: Words) -> String {
    match error {
        Error::File(fault) => words.file_fault(fault.name(), &fault.args()),
        other => other.to_string(),
    }
}

async fn run(app: &App, ctx: &Context, row: &rows::Import) -> Result<Report> {
    let bytes = content(app, ImportId(row.import_id)).await?;
    let job = job(row.clone())?;
    let (done, total) = (AtomicI64::new(0), AtomicI64::new(0));
    let note = |rows: usize, all: usize| {
        done.store(i64::try_from(rows).unwrap_or(0), Ordering::Relaxed);
        total.store(i64::try_from(all).unwrap_or(0), Ordering::Relaxed);
    };
    let progress: Progress<'_> = &note;
    import(app, ctx, request(&job, bytes, false), progress).await
}

/// The file of an import with its faults written into its cells, as xlsx.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::File`].
pub async fn annotated(app: &App, ctx: &Context, id: ImportId) -> Result<(String, Vec<u8>)> {
    let job = find(app, ctx, id).await?;
    let bytes = content(app, id).await?;
    let report = match &job.report {
        Some(report) => report.clone(),
        None => import(app, ctx, request(&job, bytes.clone(), true), &|_, _| {}).await?,
    };
    let words = Words::new(ctx.language);
    let heading = words.imports_faults_column();
    let limits = Limits::default();
    let written = tokio::task::spawn_blocking(move || -> Result<(String, Vec<u8>)> {
        let table = workbook::read(&job.file_name, &bytes, job.options.sheet.as_deref(), &limits)?;
        let faults = report.refused.iter().map(|refused| (refused, true));
        let notes: Vec<CellNote> = faults
            .chain(report.warnings.iter().map(|warning| (warning, false)))
            .map(|(cell, is_error)| CellNote {
                row: cell.row,
                column: column_index(&cell.column),
                text: words.problem(&cell.problem),
                is_error,
            })
            .collect();
        let stem = job.file_name.rsplit_once('.').map_or(job.file_name.as_str(), |(stem, _)| stem);
        Ok((format!("{stem}-{}.xlsx", words.imports_faults_suffix()), annotate(&table, &notes, heading)?))
    });
    written.await.map_err(Error::internal)?
}

/// Position of a column's letter; `None` for a fault of the whole row.
fn column_index(letters: &str) -> Option<usize> {
    if letters.is_empty() {
        return None;
    }
    let number = letters.bytes().fold(0_usize, |number, byte| number * 26 + usize::from(byte - b'A') + 1);
    Some(number - 1)
}
