//! Versions of campaigns that are handed in on the page: a zip of the campaign's directory. What a version would do is found
//! out in the background; it is put in force when somebody has seen that and agrees, in the background as well.

mod candidate_error;
mod job;

use std::sync::Arc;

use boxed_async::boxed_async;
use campaign::{
    check::campaign_id,
    source::{Source, SourceFile},
};
use exchange::fault::FileFault;
use sheet::{fault::TableFault, package::Package, workbook::Limits};
use store::{
    candidates::{self as rows, CandidateRow as Row},
    queue,
};

pub(crate) use self::job::{note_failure, note_stage, run_job};
pub use self::{candidate_error::CandidateError, job::run_waiting};
use super::{DefinitionPlan, Version};
use crate::{
    Action, Actor, App, Context, Error, Result, Thing, imports::handed_in_id, tasks::CANDIDATE,
    transact::transact, versions,
};

/// The file that a campaign's directory has at its top.
const TOP: &str = "campaign.toml";
/// Versions that the page lists.
const LISTED: i64 = 50;

/// How far a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandidateState {
    /// What it would do is being found out, or waits for that.
    Planning,
    /// What it would do is known.
    Planned,
    /// It is being put in force, or waits for that.
    Loading,
    /// It was put in force.
    InForce,
    /// It could not be done.
    Failed,
    /// Somebody has withdrawn it.
    Withdrawn,
}

impl CandidateState {
    const ALL: [Self; 6] =
        [Self::Planning, Self::Planned, Self::Loading, Self::InForce, Self::Failed, Self::Withdrawn];

    /// Its name in storage.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Planned => "planned",
            Self::Loading => "loading",
            Self::InForce => "in-force",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether a server works at it, or will.
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Planning | Self::Loading)
    }
}

/// A version that was handed in.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its id.
    pub id: i64,
    /// The campaign that it is a version of.
    pub campaign: String,
    /// The name of the file.
    pub file_name: String,
    /// Who has handed it in.
    pub created_by: String,
    /// When, microseconds since 1970.
    pub created_at: i64,
    /// How far it is.
    pub state: CandidateState,
    /// What it would do, once that is known; `None` also where it is the version in force.
    pub plan: Option<DefinitionPlan>,
    /// Who has agreed to it, or withdrawn it.
    pub decided_by: Option<String>,
    /// Why it could not be done.
    pub error: Option<CandidateError>,
}

/// A file that is handed in.
pub struct CandidateFile {
    /// One-time key of the page: the same file handed in twice with the same key is one version.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Takes a version in and returns its id. It is checked at once; what it would do is found out in the background.
///
/// # Errors
/// [`Error::NoCampaign`] for what is no zip, or has no `campaign.toml`; [`Error::File`] for one that is too large or has a
/// password; [`Error::Definition`] with every mistake;
/// [`Error::RolesInUse`]; [`Error::Forbidden`].
#[boxed_async]
pub async fn hand_in(app: &App, ctx: &Context, file: CandidateFile) -> Result<i64> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::LoadRegions, &snapshot)?;
    app.require_room(file.bytes.len())?;
    let Actor::User { id: user, .. } = &ctx.actor else { return Err(Error::NotSignedIn) };
    let id = handed_in_id(user.0, (&file.key, &file.name, &file.bytes));
    let CandidateFile { name, bytes, .. } = file;
    let bytes = Arc::new(bytes);
    let reading = app.readers.begin(app.readers.budget()).await?;
    let source = reading.run(move |limits| read(&bytes, limits)).await?;
    let campaign = campaign_id(&source).map_err(Error::Definition)?;
    let mut tx = app.read(ctx.region).await?;
    if let Some(version) = Version::read(&mut tx, Some(&snapshot.definition.hash), &source).await? {
        super::require_roles(&mut tx, &version.definition).await?;
    }
    drop(tx);
    let row = Row {
        candidate_id: id,
        user_id: user.0,
        deputy_id: ctx.acting_for.as_ref().map(|principal| principal.deputy),
        created_by: ctx.audit_name().to_owned(),
        created_at: ctx.clock.now().as_microsecond(),
        file_name: name,
        campaign_id: campaign,
        state: CandidateState::Planning.name().to_owned(),
        plan: None,
        decided_by: None,
        error: None,
    };
    let files = versions::files_json(&source)?;
    transact!(app, ctx.region, |tx| {
        match rows::insert(tx, &row, &files).await {
            // The second click: the first one's answer.
            Err(error) if error.is_duplicate() => return Ok(()),
            other => other?,
        }
        Ok(queue::enqueue(tx, CANDIDATE.name, id, ctx.clock.now()).await?)
    })?;
    app.wake_candidates(ctx);
    Ok(id)
}

/// The definition in a zip: all `*.toml` at and below the directory that has `campaign.toml`.
fn read(bytes: &[u8], limits: &Limits) -> Result<Source> {
    let fault = |fault| match fault {
        TableFault::Damaged { .. } => Error::NoCampaign,
        fault => Error::File(FileFault::from(fault)),
    };
    let texts = Package::open(bytes, limits).and_then(|mut package| package.texts(".toml")).map_err(fault)?;
    let tops = texts.iter().filter_map(|(path, _)| path.strip_suffix(TOP));
    let top = tops.filter(|top| top.is_empty() || top.ends_with('/')).min_by_key(|top| top.len());
    let top = top.ok_or(Error::NoCampaign)?.to_owned();
    let is_hidden = |path: &str| path.split('/').any(|part| part.starts_with('.'));
    let files = texts.into_iter().filter_map(|(path, text)| {
        let path = path.strip_prefix(&top)?.to_owned();
        (!is_hidden(&path)).then_some(SourceFile { path, text })
    });
    Ok(Source::from_files(files.collect()))
}

/// A version that was handed in.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`].
#[boxed_async]
pub async fn find_candidate(app: &App, ctx: &Context, id: i64) -> Result<Candidate> {
    candidate(row(app, ctx, id).await?)
}

/// The versions that were handed in last, newest first.
///
/// # Errors
/// [`Error::Forbidden`].
#[boxed_async]
pub async fn list_candidates(app: &App, ctx: &Context) -> Result<Vec<Candidate>> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::LoadRegions, &snapshot)?;
    rows::list(&mut tx, LISTED).await?.into_iter().map(candidate).collect()
}

/// Has a version put in force in the background, as it was shown: `hash` is the name of the definition that the person has
/// seen. Asking a second time changes nothing.
///
/// # Errors
/// [`Error::Stale`] when something else is to be seen now, or it must not be put in force; [`find_candidate`]'s.
#[boxed_async]
pub async fn agree(app: &App, ctx: &Context, id: i64, hash: &str) -> Result<()> {
    let row = row(app, ctx, id).await?;
    let found = candidate(row.clone())?;
    if matches!(found.state, CandidateState::Loading | CandidateState::InForce) {
        return Ok(());
    }
    let is_shown = found.plan.is_some_and(|plan| plan.hash == hash && !plan.is_refused());
    if found.state != CandidateState::Planned || !is_shown {
        return Err(Error::Stale { what: Thing::CampaignVersion });
    }
    decide(app, ctx, row, CandidateState::Loading).await?;
    app.wake_candidates(ctx);
    Ok(())
}

/// Withdraws a version that is not in force. Asking a second time changes nothing.
///
/// # Errors
/// [`Error::Stale`] when it is being put in force, or was; [`find_candidate`]'s.
#[boxed_async]
pub async fn withdraw(app: &App, ctx: &Context, id: i64) -> Result<()> {
    let row = row(app, ctx, id).await?;
    match candidate(row.clone())?.state {
        CandidateState::Withdrawn => Ok(()),
        CandidateState::Loading | CandidateState::InForce => {
            Err(Error::Stale { what: Thing::CampaignVersion })
        }
        _ => decide(app, ctx, row, CandidateState::Withdrawn).await,
    }
}

async fn decide(app: &App, ctx: &Context, row: Row, to: CandidateState) -> Result<()> {
    let Actor::User { id: user, .. } = &ctx.actor else { return Err(Error::NotSignedIn) };
    let from = row.state.clone();
    let decided = Row {
        user_id: user.0,
        deputy_id: ctx.acting_for.as_ref().map(|principal| principal.deputy),
        decided_by: Some(ctx.audit_name().to_owned()),
        state: to.name().to_owned(),
        ..row
    };
    let outcome = transact!(app, ctx.region, |tx| {
        rows::advance(tx, &decided, &from).await?;
        if to == CandidateState::Loading {
            queue::enqueue(tx, CANDIDATE.name, decided.candidate_id, ctx.clock.now()).await?;
        } else {
            queue::cancel(tx, CANDIDATE.name, decided.candidate_id).await?;
        }
        Ok(())
    });
    match outcome {
        // The other of two clicks.
        Err(Error::Stale { .. }) if self::row(app, ctx, decided.candidate_id).await?.state == to.name() => {
            Ok(())
        }
        outcome => outcome,
    }
}

async fn row(app: &App, ctx: &Context, id: i64) -> Result<Row> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::LoadRegions, &snapshot)?;
    let missing = || Error::NotFound { what: Thing::CampaignVersion, key: id.to_string() };
    rows::find(&mut tx, id).await?.ok_or_else(missing)
}

/// A version as it is shown.
fn candidate(row: Row) -> Result<Candidate> {
    let state = CandidateState::ALL.into_iter().find(|state| state.name() == row.state);
    let plan = row.plan.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?;
    Ok(Candidate {
        id: row.candidate_id,
        campaign: row.campaign_id,
        file_name: row.file_name,
        created_by: row.created_by,
        created_at: row.created_at,
        state: state.ok_or_else(|| Error::internal(format!("state {} of a version", row.state)))?,
        plan,
        decided_by: row.decided_by,
        error: row.error.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?,
    })
}
