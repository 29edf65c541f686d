//! Taking an import back: what it has made goes, what it has corrected returns to what it stated
//! before, and what somebody has built on since is left alone. All of it is one transaction, which
//! also notes at the import what came of it. What is done is what was shown before: when anything
//! has changed in between, nothing is done, and it is shown again.

mod plan;
mod shown;

use boxed_async::boxed_async;
use campaign::definition::FormIdx;
use ledger::hierarchy::Line;
use model::ids::{ImportId, UnitId, UserId};
use serde::{Deserialize, Serialize};
use store::{
    Tx, definitions,
    import_records::WrittenRecord,
    imports as rows,
    queue::{self, QueuedJob},
};

pub use self::{
    plan::LeftAlone,
    shown::{ShownChange, ShownRecord},
};
use self::{
    plan::{CHUNK, Plan, Verdict, judge},
    shown::shown,
};
use super::{
    ImportError, Job,
    column_memory::forget_columns_of,
    form_of_kind,
    jobs::{ImportState, entry, job, own_import},
};
use crate::{
    Action, Actor, App, Context, Denied, Error, Result, Snapshot, Thing, accounts,
    audit::append_audit,
    record::{Command, lock_for, write_records},
    tasks::{TAKE_BACK, jobs::Stage},
    transact::transact,
};

/// Records of each kind that are shown to whoever decides.
const SAMPLES: usize = 50;
/// Records left alone that are kept with the import.
const MOST_KEPT: usize = 500;
/// Records that are removed or restored together.
const BATCH: usize = 5_000;

/// Why an import as a whole cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotTakeBack {
    /// It has stored nothing.
    NothingStored,
    /// It holds units: they are moved, renamed and closed, and others build on them at once.
    Roster,
    /// It was made by a version of the program that kept nothing of what it wrote, or changed no record.
    NothingKnown,
    /// The person is neither who made it nor at a level above.
    NotTheirs,
    /// It is being taken back.
    UnderWay,
    /// It was taken back.
    TakenBack,
}

/// What taking an import back would do.
pub struct TakeBackPlan {
    /// The import.
    pub job: Job,
    /// Stands for all that is shown: it is done only as long as this is the same.
    pub seen: String,
    /// How many records go.
    pub goes: usize,
    /// How many return to what they stated before.
    pub returns: usize,
    /// How many are left alone.
    pub left: usize,
    /// The first of those that go.
    pub going: Vec<ShownRecord>,
    /// The first of those that return.
    pub returning: Vec<ShownRecord>,
    /// The first of those that are left alone.
    pub leaving: Vec<ShownRecord>,
}

/// What came of taking an import back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBack {
    /// How many records went.
    pub gone: usize,
    /// How many returned to what they stated before.
    pub returned: usize,
    /// How many were left alone.
    pub left: usize,
    /// How many columns are no longer read as this import has decided.
    pub columns: u64,
    /// The first of those that were left alone.
    pub leaving: Vec<ShownRecord>,
}

/// What is known of an import's being taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeBackNote {
    /// The account of who asked for it; 0 for the machine itself.
    user: i64,
    /// Who asked for it.
    pub by: String,
    /// When, microseconds since 1970.
    pub at: i64,
    /// What was shown before.
    seen: String,
    /// What came of it.
    pub outcome: TakeBackOutcome,
}

/// What came of asking for an import to be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TakeBackOutcome {
    /// It waits, or is being done.
    Asked,
    /// It was done.
    Done(TakenBack),
    /// Something has changed since it was shown: nothing was done.
    Changed,
    /// It could not be done.
    Failed(ImportError),
}

/// Whether and why not the person may take an import back.
///
/// # Errors
/// As [`super::find`].
#[boxed_async]
pub async fn may_take_back(app: &App, ctx: &Context, id: ImportId) -> Result<Option<CannotTakeBack>> {
    let row = own_import(app, ctx, id).await?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let job = job(app, ctx, row.clone())?;
    if let Some(reason) = refusal(ctx, &snapshot, &row, &job)? {
        return Ok(Some(reason));
    }
    let has_written = store::import_records::has_any(&mut tx, id).await?;
    Ok((!has_written).then_some(CannotTakeBack::NothingKnown))
}

/// What taking an import back would do.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`] for somebody else's import; [`Error::Stale`] for one
/// that cannot be taken back or was taken back meanwhile.
#[boxed_async]
pub async fn preview_take_back(app: &App, ctx: &Context, id: ImportId) -> Result<TakeBackPlan> {
    let row = own_import(app, ctx, id).await?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let job = job(app, ctx, row.clone())?;
    require(refusal(ctx, &snapshot, &row, &job)?)?;
    let plan = Plan::new(&mut tx, ctx, &snapshot, id, SAMPLES).await?;
    let (goes, returns, left) = plan.counts();
    let seen = plan.digest();
    let (mut going, mut returning, mut leaving) = (Vec::new(), Vec::new(), Vec::new());
    for sample in plan.samples {
        let kind = match sample.verdict {
            Verdict::Goes => &mut going,
            Verdict::Returns => &mut returning,
            Verdict::Left(_) => &mut leaving,
        };
        kind.push(shown(&snapshot, sample));
    }
    Ok(TakeBackPlan { job, seen, goes, returns, left, going, returning, leaving })
}

/// Has an import taken back in the background, as it was shown; asking a second time changes nothing.
///
/// # Errors
/// As [`preview_take_back`].
#[boxed_async]
pub async fn ask_to_take_back(app: &App, ctx: &Context, id: ImportId, seen: &str) -> Result<()> {
    let row = own_import(app, ctx, id).await?;
    let snapshot = app.current(ctx).await?;
    match refusal(ctx, &snapshot, &row, &job(app, ctx, row.clone())?)? {
        Some(CannotTakeBack::UnderWay | CannotTakeBack::TakenBack) => return Ok(()),
        other => require(other)?,
    }
    let note = note(ctx, seen);
    let asked = rows::Import {
        state: ImportState::TakingBack.name().to_owned(),
        take_back: Some(sealed(&snapshot, &note)?),
        ..row
    };
    let outcome = transact!(app, ctx.region, |tx| {
        rows::advance(tx, &asked, ImportState::Done.name()).await?;
        queue::enqueue(tx, TAKE_BACK.name, id.0, ctx.clock.now()).await?;
        let entry = entry("ask-take-back", id.0, asked.file_name.clone());
        append_audit(tx, &snapshot, ctx, vec![entry]).await?;
        Ok(())
    });
    match outcome {
        // The other of two clicks.
        Err(Error::Stale { what: Thing::Import }) => {}
        other => other?,
    }
    app.wake_importer(ctx);
    Ok(())
}

/// Takes an import back at once, as it was shown; `None` when something has changed since.
///
/// # Errors
/// As [`preview_take_back`].
#[boxed_async]
pub async fn take_back(app: &App, ctx: &Context, id: ImportId, seen: &str) -> Result<Option<TakenBack>> {
    let row = own_import(app, ctx, id).await?;
    let snapshot = app.current(ctx).await?;
    require(refusal(ctx, &snapshot, &row, &job(app, ctx, row.clone())?)?)?;
    let note = note(ctx, seen);
    let taken = transact!(app, ctx.region, |tx| {
        // Of two who do it in the same moment, one waits here, and comes too late.
        let begun = rows::Import { state: ImportState::TakingBack.name().to_owned(), ..row.clone() };
        rows::advance(tx, &begun, ImportState::Done.name()).await?;
        let taken = carry_out(app, ctx, tx, &begun, &note).await?;
        if taken.is_none() {
            rows::advance(tx, &row, ImportState::TakingBack.name()).await?;
        }
        Ok(taken)
    })?;
    app.wake_folder(ctx);
    Ok(taken)
}

fn note(ctx: &Context, seen: &str) -> TakeBackNote {
    TakeBackNote {
        user: ctx.user().map_or(0, |user| user.0),
        by: ctx.audit_name().to_owned(),
        at: ctx.clock.now().as_microsecond(),
        seen: seen.to_owned(),
        outcome: TakeBackOutcome::Asked,
    }
}

fn sealed(snapshot: &Snapshot, note: &TakeBackNote) -> Result<String> {
    Ok(snapshot.vault.seal_note(&serde_json::to_string(note).map_err(Error::internal)?))
}

/// Why the import as a whole is not the person's to take back.
fn refusal(
    ctx: &Context,
    snapshot: &Snapshot,
    row: &rows::Import,
    job: &Job,
) -> Result<Option<CannotTakeBack>> {
    let is_stored = job.report.as_ref().is_some_and(|report| report.stored);
    Ok(match job.state {
        ImportState::TakingBack => Some(CannotTakeBack::UnderWay),
        ImportState::TakenBack => Some(CannotTakeBack::TakenBack),
        ImportState::Done if is_stored => {
            let form = form_of_kind(snapshot, &job.options.kind)?;
            if !snapshot.definition.forms[form].kind.has_records() {
                Some(CannotTakeBack::Roster)
            } else if !is_theirs(ctx, snapshot, row) {
                Some(CannotTakeBack::NotTheirs)
            } else {
                None
            }
        }
        _ => Some(CannotTakeBack::NothingStored),
    })
}

fn require(refusal: Option<CannotTakeBack>) -> Result<()> {
    match refusal {
        None => Ok(()),
        Some(CannotTakeBack::NotTheirs) => Err(Error::Forbidden(Denied::TakeBackImport)),
        Some(_) => Err(Error::Stale { what: Thing::Import }),
    }
}

/// Whether the person has made the import, or is at a level above who has.
fn is_theirs(ctx: &Context, snapshot: &Snapshot, row: &rows::Import) -> bool {
    let Some(own) = ctx.unit() else { return true };
    let Some(unit) = row.unit_id.map(UnitId) else { return false };
    let has_made = matches!(&ctx.actor, Actor::User { id, .. } if id.0 == row.user_id);
    ctx.may(Action::ImportFiles, snapshot, unit) && (has_made || is_above(ctx, snapshot, own, unit))
}

/// Whether `own` is above `unit` in the organisational line (隶属).
fn is_above(ctx: &Context, snapshot: &Snapshot, own: UnitId, unit: UnitId) -> bool {
    let today = ctx.today(snapshot).month();
    let parent = |unit: &UnitId| snapshot.tree.parent(*unit, Line::Subordination, today);
    // A tree has no circles; as many steps as there are units are enough.
    std::iter::successors(parent(&unit), parent).take(snapshot.units.len()).any(|unit| unit == own)
}

/// Takes an import back in the caller's transaction and notes at it what came of it; `None`, and nothing
/// is written, when it is no longer what was shown.
async fn carry_out(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    row: &rows::Import,
    note: &TakeBackNote,
) -> Result<Option<TakenBack>> {
    let snapshot = app.snapshot(tx).await?;
    let kind = job(app, ctx, row.clone())?.options.kind;
    let lock = lock_for(&snapshot.definition, form_of_kind(&snapshot, &kind)?);
    definitions::lock_region(tx, lock).await?;
    // Under the lock: nobody moves units or changes the campaign from here on.
    let snapshot = app.snapshot(tx).await?;
    let form = form_of_kind(&snapshot, &kind)?;
    if !is_theirs(ctx, &snapshot, row) {
        return Err(Error::Forbidden(Denied::TakeBackImport));
    }
    let id = ImportId(row.import_id);
    let plan = Plan::new(tx, ctx, &snapshot, id, MOST_KEPT).await?;
    if plan.digest() != note.seen {
        return Ok(None);
    }
    let (gone, returned, left) = plan.counts();
    write(tx, ctx, &snapshot, form, &plan).await?;
    let unit = row.unit_id.map(UnitId).or_else(|| snapshot.root());
    let columns = match unit {
        Some(unit) => {
            forget_columns_of(tx, ctx, &snapshot, (unit, &snapshot.definition.forms[form]), id).await?
        }
        None => 0,
    };
    let leaving = plan.samples.into_iter().filter(|sample| matches!(sample.verdict, Verdict::Left(_)));
    let leaving = leaving.map(|sample| shown(&snapshot, sample)).collect();
    let taken = TakenBack { gone, returned, left, columns, leaving };
    let note = TakeBackNote {
        at: ctx.clock.now().as_microsecond(),
        outcome: TakeBackOutcome::Done(taken.clone()),
        ..note.clone()
    };
    let done = rows::Import {
        state: ImportState::TakenBack.name().to_owned(),
        take_back: Some(sealed(&snapshot, &note)?),
        ..row.clone()
    };
    rows::advance(tx, &done, ImportState::TakingBack.name()).await?;
    let came = format!("gone={gone} returned={returned} left={left} columns={columns}");
    append_audit(tx, &snapshot, ctx, vec![entry("take-back", row.import_id, came)]).await?;
    Ok(Some(taken))
}

/// Removes and restores records, first those that go: others may be identified as those were. What the
/// import wrote last is undone first.
async fn write(tx: &mut Tx, ctx: &Context, snapshot: &Snapshot, form: FormIdx, plan: &Plan) -> Result<()> {
    // What returns state about their units must be known before any record is posted.
    let is_register = snapshot.definition.forms[form].kind.changes_own_balances_alone();
    let most = if is_register { BATCH } else { usize::MAX };
    let mut commands = Vec::new();
    for wanted in [Verdict::Goes, Verdict::Returns] {
        let entries = plan.entries.iter().rev().filter(|entry| entry.verdict == wanted);
        let written: Vec<WrittenRecord> = entries.map(|entry| entry.written).collect();
        for chunk in written.chunks(CHUNK) {
            // In the order in which they are asked for.
            for judged in judge(tx, ctx, snapshot, chunk).await? {
                if let Some(record) = judged.record {
                    commands.push(Command::TakeBack { record, former: judged.former });
                }
            }
            if commands.len() >= most {
                write_records(tx, snapshot, ctx, std::mem::take(&mut commands)).await?;
            }
        }
    }
    write_records(tx, snapshot, ctx, commands).await
}

/// Notes that an import is being taken back or waits for it; `false` when it does neither any more.
pub(crate) async fn note_stage(tx: &mut Tx, job: &QueuedJob, _stage: Stage) -> Result<bool> {
    let row = rows::find(tx, ImportId(job.reference)).await?;
    Ok(row.is_some_and(|row| row.state == ImportState::TakingBack.name()))
}

/// Takes an import back that this server has claimed.
pub(crate) async fn run_job(app: &App, system: &Context, claimed: &QueuedJob) -> Result<()> {
    let id = ImportId(claimed.reference);
    let missing = || Error::NotFound { what: Thing::Import, key: id.to_string() };
    let mut tx = app.read(system.region).await?;
    let row = rows::find(&mut tx, id).await?.ok_or_else(missing)?;
    drop(tx);
    let note = read_note(app, system, &row)?.ok_or_else(missing)?;
    let ctx =
        accounts::context_of_user(app, system.region, UserId(note.user)).await?.ok_or(Error::NotSignedIn)?;
    transact!(app, ctx.region, |tx| {
        queue::finish(tx, claimed).await?;
        if carry_out(app, &ctx, tx, &row, &note).await?.is_none() {
            let changed = TakeBackNote { outcome: TakeBackOutcome::Changed, ..note.clone() };
            back_to_done(app, tx, &row, &changed).await?;
        }
        Ok(())
    })?;
    app.wake_folder(&ctx);
    Ok(())
}

/// The import is again as it was, and says what came of it.
async fn back_to_done(app: &App, tx: &mut Tx, row: &rows::Import, note: &TakeBackNote) -> Result<()> {
    let snapshot = app.snapshot(tx).await?;
    let (state, take_back) = (ImportState::Done.name().to_owned(), Some(sealed(&snapshot, note)?));
    let done = rows::Import { state, take_back, ..row.clone() };
    Ok(rows::advance(tx, &done, ImportState::TakingBack.name()).await?)
}

/// Notes that an import could not be taken back, and why.
pub(crate) async fn note_failure(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    job: &QueuedJob,
    error: &Error,
) -> Result<()> {
    let Some(row) = rows::find(tx, ImportId(job.reference)).await? else { return Ok(()) };
    let Some(note) = read_note(app, ctx, &row)? else { return Ok(()) };
    let outcome = TakeBackOutcome::Failed(ImportError::from_error(error, row.import_id));
    back_to_done(app, tx, &row, &TakeBackNote { outcome, ..note }).await
}

/// What is known of an import's being taken back.
pub(super) fn read_note(app: &App, ctx: &Context, row: &rows::Import) -> Result<Option<TakeBackNote>> {
    let Some(note) = &row.take_back else { return Ok(None) };
    let corrupt = |detail: String| {
        Error::from(store::Error::Corrupt { table: "import", key: row.import_id.to_string(), detail })
    };
    let opened =
        app.region(ctx.region)?.vault.open_note(note).ok_or_else(|| corrupt("take_back".to_owned()))?;
    Ok(Some(serde_json::from_str(&opened).map_err(|error| corrupt(error.to_string()))?))
}
