//! What is done with versions in the background: finding out what one would do, and putting it in force.

use boxed_async::boxed_async;
use campaign::source::Source;
use model::ids::UserId;
use store::{
    Tx,
    candidates::{self as rows, CandidateRow as Row},
    queue::{self, QueuedJob},
};

use super::{CandidateError, CandidateState};
use crate::{
    App, Context, Error, Result, Thing, accounts,
    campaigns::{self, DefinitionPlan},
    tasks::{
        CANDIDATE,
        jobs::{self, Stage},
    },
    transact::transact,
    versions,
};

/// Works at the versions that wait.
///
/// # Errors
/// Storage faults; why a version could not be planned or put in force is said with the version.
#[boxed_async]
pub async fn run_waiting(app: &App, ctx: &Context) -> Result<()> {
    jobs::work_off(app, ctx, &CANDIDATE).await
}

/// Whether a version is still to be planned or put in force.
pub(crate) async fn note_stage(tx: &mut Tx, job: &QueuedJob, _: Stage) -> Result<bool> {
    let row = rows::find(tx, job.reference).await?;
    Ok(row.is_some_and(|row| is_working(&row)))
}

fn is_working(row: &Row) -> bool {
    [CandidateState::Planning, CandidateState::Loading].iter().any(|state| state.name() == row.state)
}

/// Plans a version, or puts it in force, for whoever has handed it in or agreed to it. Putting the same version in force a
/// second time does nothing, so that a run that was cut short can begin again.
#[boxed_async]
pub(crate) async fn run_job(app: &App, system: &Context, job: &QueuedJob) -> Result<()> {
    let mut tx = app.read(system.region).await?;
    let row = rows::find(&mut tx, job.reference).await?;
    let files = rows::files(&mut tx, job.reference).await?;
    drop(tx);
    let missing = || Error::NotFound { what: Thing::CampaignVersion, key: job.reference.to_string() };
    let (row, files) = row.zip(files).ok_or_else(missing)?;
    let ctx = accounts::context_of_deputy(app, system.region, UserId(row.user_id), row.deputy_id).await?;
    let ctx = ctx.ok_or(Error::NotSignedIn)?;
    let source = versions::source_of_json(&files)?;
    let (state, plan) = if row.state == CandidateState::Planning.name() {
        outcome_of_plan(campaigns::plan(app, &ctx, &source).await?)?
    } else {
        load(app, &ctx, &row, &source).await?
    };
    let plan = plan.or_else(|| row.plan.clone());
    let after = Row { state: state.name().to_owned(), plan, ..row.clone() };
    transact!(app, ctx.region, |tx| {
        queue::finish(tx, job).await?;
        Ok(rows::advance(tx, &after, &row.state).await?)
    })
}

/// What a version has come to with its plan; one that is in force already does nothing.
fn outcome_of_plan(plan: Option<DefinitionPlan>) -> Result<(CandidateState, Option<String>)> {
    match plan {
        Some(plan) => Ok((CandidateState::Planned, Some(json(&plan)?))),
        None => Ok((CandidateState::InForce, None)),
    }
}

async fn load(
    app: &App,
    ctx: &Context,
    row: &Row,
    source: &Source,
) -> Result<(CandidateState, Option<String>)> {
    let plan = row.plan.as_deref().map(serde_json::from_str::<DefinitionPlan>);
    let agreed = plan.transpose().map_err(Error::internal)?.map(|plan| plan.hash);
    match campaigns::load(app, ctx, source, agreed.as_deref()).await {
        Ok(_) => Ok((CandidateState::InForce, None)),
        // Something has changed since it was shown: it is shown again.
        Err(Error::DefinitionChange(plan)) => outcome_of_plan(Some(*plan)),
        Err(Error::Stale { .. }) => outcome_of_plan(campaigns::plan(app, ctx, source).await?),
        Err(error) => Err(error),
    }
}

fn json(plan: &DefinitionPlan) -> Result<String> {
    serde_json::to_string(plan).map_err(Error::internal)
}

/// Says why nothing could be done with a version.
pub(crate) async fn note_failure(tx: &mut Tx, job: &QueuedJob, error: &Error) -> Result<()> {
    let Some(row) = rows::find(tx, job.reference).await?.filter(is_working) else { return Ok(()) };
    let error = CandidateError::from_error(error, row.candidate_id);
    let error = Some(serde_json::to_string(&error).map_err(Error::internal)?);
    let failed = Row { state: CandidateState::Failed.name().to_owned(), error, ..row.clone() };
    Ok(rows::advance(tx, &failed, &row.state).await?)
}
