//! Imports from the page: handed in, explained, started, discarded. Their
//! state is stored, so they can be left and come back to.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use exchange::money;
use model::{
    ids::{ImportId, UnitId, UserId},
    problem::Problem,
};
use serde::{Deserialize, Serialize};
use store::{audit, imports as rows, queue};

use super::{
    HiddenRows, Report, RowChoices, own_form_of_kind, refuse_serials, runner, submit,
    take_back::{TakeBackNote, read_note},
};
use crate::{
    Action, Actor, App, Context, Error, Result, Snapshot, Thing, audit::append_audit, imports::ImportError,
    tasks, transact::transact,
};

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportState {
    /// Handed in; kind, sheet or columns still to be chosen.
    Draft,
    /// Waiting to be run.
    Waiting,
    /// Running.
    Running,
    /// Done; the report says what came of it.
    Done,
    /// It could not be done.
    Failed,
    /// Given up before it was started; the file is not kept.
    Discarded,
    /// It is being taken back, or waits for that.
    TakingBack,
    /// It was done, and taken back.
    TakenBack,
}

impl ImportState {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Waiting,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Discarded,
        Self::TakingBack,
        Self::TakenBack,
    ];

    /// Its name in storage.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Discarded => "discarded",
            Self::TakingBack => "taking-back",
            Self::TakenBack => "taken-back",
        }
    }

    /// Whether it has been done, and its report says what came of it.
    pub fn has_report(self) -> bool {
        matches!(self, Self::Done | Self::TakingBack | Self::TakenBack)
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == text)
    }
}

/// What was chosen for an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Options {
    /// What it is read as (`units`, `base-return`, `register:…`); empty when nobody knows yet.
    pub kind: String,
    /// Which sheet; `None` for the one that holds the form.
    pub sheet: Option<String>,
    /// Whether all sheets that hold the form are read together.
    #[serde(default)]
    pub all_sheets: bool,
    /// Code of the unit for rows that name none.
    pub unit: Option<String>,
    /// Column titles and the fields they mean; an empty field leaves the column out.
    pub mapping: BTreeMap<String, String>,
    /// Column titles and the unit of their amounts, where somebody has chosen it.
    #[serde(default)]
    pub money: BTreeMap<String, String>,
    /// Whether good rows are taken although others are refused.
    pub accept_good_rows: bool,
    /// Whether rows stored with other values correct them.
    pub correct_stored: bool,
    /// What becomes of rows that seem to state what is there.
    #[serde(default)]
    pub choices: RowChoices,
    /// Whether personal numbers in texts are masked.
    #[serde(default)]
    pub mask_numbers: bool,
    /// Whether rows are left out whose records have changed since the file was made.
    #[serde(default)]
    pub skip_conflicts: bool,
    /// What becomes of the rows that are hidden in the sheet.
    #[serde(default)]
    pub hidden_rows: Option<HiddenRows>,
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
    /// How far it is.
    pub state: ImportState,
    /// While it runs, rows done and rows in all; afterwards rows taken and rows in all.
    pub progress: (i64, i64),
    /// What was chosen.
    pub options: Options,
    /// What came of it; not read for lists.
    pub report: Option<Report>,
    /// Why it could not be done; not read for lists.
    pub failure: Option<ImportError>,
    /// Who asked for it to be taken back, and what came of that; not read for lists.
    pub take_back: Option<TakeBackNote>,
}

/// Some imports of one person.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportPage {
    /// The imports, newest first.
    pub jobs: Vec<Job>,
    /// How many there are in all.
    pub total: usize,
}

/// What the person handed in, newest first: `limit` imports from the `skip`th on.
///
/// # Errors
/// [`Error::Forbidden`] for those who hand nothing in.
#[boxed_async]
pub async fn list(app: &App, ctx: &Context, skip: usize, limit: usize) -> Result<ImportPage> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    may_import(ctx, &snapshot)?;
    let id = match &ctx.actor {
        Actor::User { id, .. } => id,
        Actor::System => &UserId(0),
        Actor::Token { .. } => return Ok(ImportPage { jobs: Vec::new(), total: 0 }),
    };
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let found = rows::list_of(&mut tx, *id, number(skip), number(limit)).await?;
    let total = usize::try_from(rows::count_of(&mut tx, *id).await?).unwrap_or(0);
    let jobs = found.into_iter().map(|row| Ok(runner::with_progress(app, ctx, job(app, ctx, row)?)));
    Ok(ImportPage { jobs: jobs.collect::<Result<_>>()?, total })
}

/// The first line of every use case of imports. While there are no units, only
/// the roster can be handed in.
pub(super) fn may_import(ctx: &Context, snapshot: &Snapshot) -> Result<()> {
    match ctx.unit().or_else(|| snapshot.root()) {
        Some(own) => ctx.require(Action::ImportFiles, snapshot, own),
        None => Ok(()),
    }
}

/// One import of the person's unit or of one below it.
///
/// # Errors
/// [`Error::NotFound`] when it does not exist or is not the person's.
#[boxed_async]
pub async fn find(app: &App, ctx: &Context, id: ImportId) -> Result<Job> {
    Ok(runner::with_progress(app, ctx, job(app, ctx, own_import(app, ctx, id).await?)?))
}

pub(super) async fn own_import(app: &App, ctx: &Context, id: ImportId) -> Result<rows::Import> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    may_import(ctx, &snapshot)?;
    let row = rows::find(&mut tx, id).await?;
    // Imports of the machine itself belong to no unit.
    let is_theirs = |row: &rows::Import| match row.unit_id {
        Some(unit) => ctx.may(Action::ImportFiles, &snapshot, UnitId(unit)),
        None => ctx.actor == Actor::System,
    };
    row.filter(is_theirs).ok_or_else(|| Error::NotFound { what: Thing::Import, key: id.to_string() })
}

/// Reads a stored import.
pub(super) fn job(app: &App, ctx: &Context, row: rows::Import) -> Result<Job> {
    let corrupt = |detail: String| {
        Error::from(store::Error::Corrupt { table: "import", key: row.import_id.to_string(), detail })
    };
    let wrong = |error: serde_json::Error| corrupt(error.to_string());
    let state = ImportState::parse(&row.state).ok_or_else(|| corrupt(row.state.clone()))?;
    let opened = |note: &String| {
        app.region(ctx.region)?.vault.open_note(note).ok_or_else(|| corrupt("report".to_owned()))
    };
    let outcome = row.report.as_ref().map(opened).transpose()?;
    let outcome = outcome.as_deref();
    Ok(Job {
        id: ImportId(row.import_id),
        state,
        progress: (row.done, row.total),
        options: serde_json::from_str(&row.options).map_err(wrong)?,
        report: outcome
            .filter(|_| state.has_report())
            .map(serde_json::from_str)
            .transpose()
            .map_err(wrong)?,
        failure: outcome
            .filter(|_| state == ImportState::Failed)
            .map(serde_json::from_str)
            .transpose()
            .map_err(wrong)?,
        take_back: read_note(app, ctx, &row)?,
        file_name: row.file_name.clone(),
        created_at: row.created_at,
    })
}

/// Changes the choices of an import that has not been started.
///
/// # Errors
/// [`Error::Stale`] when it has been started; [`Error::NotFound`] for an
/// unknown kind or field.
#[boxed_async]
pub async fn choose(app: &App, ctx: &Context, id: ImportId, mut options: Options) -> Result<()> {
    let row = own_import(app, ctx, id).await?;
    let snapshot = app.current(ctx).await?;
    let position = own_form_of_kind(ctx, &snapshot, &options.kind)?;
    let form = &snapshot.definition.forms[position];
    if let Some(field) =
        options.mapping.values().find(|field| !field.is_empty() && form.field(field).is_none())
    {
        return Err(Error::NotFound { what: Thing::Field, key: field.clone() });
    }
    refuse_serials(&snapshot, form, &options.mapping)?;
    if let Some(unit) = options.money.values().find(|unit| money::chosen(unit).is_none()) {
        return Err(Error::Invalid(vec![Problem::MoneyUnit { found: unit.clone() }]));
    }
    if let Some(code) = options.unit.as_ref().filter(|code| snapshot.unit_by_code(code).is_none()) {
        return Err(Error::NotFound { what: Thing::Unit, key: code.clone() });
    }
    if options.unit.is_none() && options.kind != row.form && row.state == ImportState::Draft.name() {
        options.unit = submit::unit_under(app, ctx, id, &row.file_name, position).await?;
    }
    let chosen = StateChange { action: "choose", from: ImportState::Draft, to: ImportState::Draft };
    change_state(app, ctx, row, &options, chosen).await
}

/// Starts an import: it runs in the background. Starting it a second time does nothing.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it was discarded.
#[boxed_async]
pub async fn start(app: &App, ctx: &Context, id: ImportId, accept_good_rows: bool) -> Result<()> {
    let row = own_import(app, ctx, id).await?;
    if [ImportState::Waiting, ImportState::Running, ImportState::Done]
        .iter()
        .any(|state| state.name() == row.state)
    {
        return Ok(());
    }
    let options = Options { accept_good_rows, ..job(app, ctx, row.clone())?.options };
    change_state(
        app,
        ctx,
        row,
        &options,
        StateChange { action: "start", from: ImportState::Draft, to: ImportState::Waiting },
    )
    .await?;
    app.wake_importer(ctx);
    Ok(())
}

/// Stops an import that waits or runs, on whichever server: nothing of it is stored. One that
/// is over stays as it is.
///
/// # Errors
/// [`Error::NotFound`].
#[boxed_async]
pub async fn stop(app: &App, ctx: &Context, id: ImportId) -> Result<()> {
    own_import(app, ctx, id).await?;
    // First here: what runs in this process may hold the lock that is needed below.
    runner::stop_here(app, ctx, id);
    let stopped = ImportError::stopped();
    let vault = &app.region(ctx.region)?.vault;
    let report = vault.seal_note(&serde_json::to_string(&stopped).map_err(Error::internal)?);
    transact!(app, ctx.region, |tx| {
        let Some(row) = rows::find(tx, id).await? else { return Ok(()) };
        let open = [ImportState::Waiting, ImportState::Running];
        let Some(state) = open.into_iter().find(|state| state.name() == row.state) else { return Ok(()) };
        let failed = rows::Import {
            state: ImportState::Failed.name().to_owned(),
            report: Some(report.clone()),
            ..row
        };
        rows::advance(tx, &failed, state.name()).await?;
        // Whoever runs it elsewhere loses its lease with the job.
        queue::cancel(tx, tasks::IMPORT.name, id.0).await?;
        let snapshot = app.snapshot(tx).await?;
        let entry = entry("stop", id.0, failed.file_name.clone());
        append_audit(tx, &snapshot, ctx, vec![entry]).await?;
        Ok(())
    })
}

/// Takes an import that stored nothing back to its choices, to try again.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it has stored rows or is under way.
#[boxed_async]
pub async fn reopen(app: &App, ctx: &Context, id: ImportId) -> Result<()> {
    let row = own_import(app, ctx, id).await?;
    let job = job(app, ctx, row.clone())?;
    let has_stored = job.report.as_ref().is_some_and(|report| report.stored);
    match job.state {
        ImportState::Draft => Ok(()),
        ImportState::Failed | ImportState::Done if !has_stored => {
            let again = StateChange { action: "reopen", from: job.state, to: ImportState::Draft };
            change_state(
                app,
                ctx,
                rows::Import { report: None, done: 0, total: 0, ..row },
                &job.options,
                again,
            )
            .await
        }
        _ => Err(Error::Stale { what: Thing::Import }),
    }
}

/// Gives an import up before it is started; its file is deleted.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Stale`] when it has been started.
#[boxed_async]
pub async fn discard(app: &App, ctx: &Context, id: ImportId) -> Result<()> {
    let row = own_import(app, ctx, id).await?;
    if row.state == ImportState::Discarded.name() {
        return Ok(());
    }
    let options = job(app, ctx, row.clone())?.options;
    change_state(
        app,
        ctx,
        row,
        &options,
        StateChange { action: "discard", from: ImportState::Draft, to: ImportState::Discarded },
    )
    .await
}

/// One step in the life of an import.
struct StateChange {
    action: &'static str,
    from: ImportState,
    to: ImportState,
}

async fn change_state(
    app: &App,
    ctx: &Context,
    row: rows::Import,
    options: &Options,
    step: StateChange,
) -> Result<()> {
    if row.state != step.from.name() {
        return Err(Error::Stale { what: Thing::Import });
    }
    let changed = rows::Import {
        form: options.kind.clone(),
        sheet: options.sheet.clone(),
        options: serde_json::to_string(options).map_err(Error::internal)?,
        state: step.to.name().to_owned(),
        ..row
    };
    transact!(app, ctx.region, |tx| {
        rows::advance(tx, &changed, step.from.name()).await?;
        if step.to == ImportState::Discarded {
            rows::delete_content(tx, ImportId(changed.import_id)).await?;
        }
        if step.to == ImportState::Waiting {
            queue::enqueue(tx, tasks::IMPORT.name, changed.import_id, ctx.clock.now()).await?;
        }
        let snapshot = app.snapshot(tx).await?;
        let entry = entry(step.action, changed.import_id, changed.options.clone());
        append_audit(tx, &snapshot, ctx, vec![entry]).await?;
        Ok(())
    })
}

/// What the audit says about an import.
pub(super) fn entry(action: &'static str, id: i64, after: String) -> audit::AuditEntry {
    audit::AuditEntry {
        action,
        subject: "import",
        subject_id: id,
        before: None,
        after: Some(after),
        detail: None,
        record: None,
    }
}
