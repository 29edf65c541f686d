//! Campaigns of a federation: putting one in force beside the others, and another version of one.

mod candidates;
mod describe;
mod moves;
mod plan;

use std::{collections::BTreeSet, sync::Arc};

use boxed_async::boxed_async;
use campaign::{
    change::{ChangeKind, ChangedPart},
    check::campaign_id,
    definition::Definition,
    source::Source,
};
use store::{
    Tx,
    definitions::{self, Lock},
    former,
};
use words::Language;

pub(crate) use self::candidates::{note_failure, note_stage, run_job};
pub use self::{
    candidates::{
        Candidate, CandidateError, CandidateFile, CandidateState, agree, find_candidate, hand_in,
        list_candidates, run_waiting, withdraw,
    },
    describe::{change_text, part_text},
    moves::FigureMove,
    plan::{DefinitionPlan, Effect},
};

use crate::{
    Action, App, Context, Error, OpenRegion, RequestOrigin, Result, Snapshot, Thing,
    access_log::{self, AccessAction, AccessNote},
    rebuild,
    transact::transact,
    versions::{self, StoredSources},
};

/// How often a version is planned when other campaigns get versions meanwhile.
const MOST_PLANS: usize = 5;

/// Puts a campaign in force beside those that the region runs, or another version of one of them, and returns the name of
/// the definition that is in force then. All balances are folded anew. No other campaign is touched. A version that
/// changes what records state, or moves figures, is put in force only when `consent` names it: [`plan()`] says what it does.
///
/// # Errors
/// [`Error::Definition`] with every mistake: what the campaign defines otherwise than the catalogue among them;
/// [`Error::DefinitionChange`] with what it would do; [`Error::RolesInUse`] when accounts have roles that the definition
/// lacks; [`Error::Forbidden`].
#[boxed_async]
pub async fn load(app: &App, ctx: &Context, source: &Source, consent: Option<&str>) -> Result<String> {
    for _ in 0..MOST_PLANS {
        let Some(plan) = plan(app, ctx, source).await? else {
            return Ok(app.current(ctx).await?.definition.hash.clone());
        };
        match put_planned(app, &*app.region(ctx.region)?, ctx, source, (&plan, consent)).await {
            // Another campaign was faster: what both come to is planned anew.
            Err(Error::Stale { what: Thing::CampaignVersion }) => {}
            outcome => return outcome,
        }
    }
    Err(Error::Stale { what: Thing::CampaignVersion })
}

/// What a campaign would do if it was put in force; `None` when it is in force as it is. Nothing is changed, and nobody
/// else has to wait.
///
/// # Errors
/// As [`load`].
#[boxed_async]
pub async fn plan(app: &App, ctx: &Context, source: &Source) -> Result<Option<DefinitionPlan>> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::LoadRegions, &snapshot)?;
    // Figures are compared with what is known now.
    app.fold(ctx).await?;
    plan_of(app, &*app.region(ctx.region)?, ctx, source).await
}

/// Puts the campaign in force with which a region is opened.
pub(crate) async fn put_first(app: &App, region: &OpenRegion, source: &Source) -> Result<()> {
    let ctx = Context::system(region.id, app.clock.clone(), Language::Chinese);
    let mut tx = app.read(region.id).await?;
    let is_set_up = definitions::find_region(&mut tx).await?.is_some();
    drop(tx);
    if !is_set_up {
        return put(app, region, &ctx, source, &|_, _| Ok(())).await.map(|_| ());
    }
    match plan_of(app, region, &ctx, source).await? {
        Some(plan) => put_planned(app, region, &ctx, source, (&plan, None)).await.map(|_| ()),
        None => Ok(()),
    }
}

async fn plan_of(
    app: &App,
    region: &OpenRegion,
    ctx: &Context,
    source: &Source,
) -> Result<Option<DefinitionPlan>> {
    let mut tx = app.walk(region.id).await?;
    let before = region.load(&mut tx).await?;
    let Some(version) = Version::read(&mut tx, Some(&before.definition.hash), source).await? else {
        return Ok(None);
    };
    require_roles(&mut tx, &version.definition).await?;
    let mut effects = plan::effects(&mut tx, &before, &version.definition).await?;
    let (campaign, hash) = (version.campaign, version.definition.hash.clone());
    let after = Arc::new(version.definition);
    let after = Snapshot::load(&mut tx, after, before.region.clone(), before.vault.clone()).await?;
    plan::add_derived(&mut tx, &after, &mut effects).await?;
    let moves = moves::moves(&mut tx, ctx, before, after).await?;
    Ok(Some(DefinitionPlan { campaign, hash, effects, moves: moves.figures, moved_units: moves.units }))
}

/// Puts in force what was planned, as far as that may be. What has been entered meanwhile is looked at again.
async fn put_planned(
    app: &App,
    region: &OpenRegion,
    ctx: &Context,
    source: &Source,
    (plan, consent): (&DefinitionPlan, Option<&str>),
) -> Result<String> {
    let is_agreed = consent == Some(&*plan.hash);
    let permit = |plan: DefinitionPlan| {
        let is_permitted = !plan.is_refused() && (is_agreed || !plan.needs_consent());
        if is_permitted { Ok(()) } else { Err(Error::DefinitionChange(Box::new(plan))) }
    };
    permit(plan.clone())?;
    let permit_again = |hash: &str, effects| {
        // Another campaign has got another version meanwhile: nobody has seen what both come to.
        if hash != plan.hash {
            return Err(Error::Stale { what: Thing::CampaignVersion });
        }
        permit(DefinitionPlan { effects, ..plan.clone() })
    };
    put(app, region, ctx, source, &permit_again).await
}

/// Puts a campaign in force, if `permit` agrees to what it does to the records of a region that is there already.
async fn put(
    app: &App,
    region: &OpenRegion,
    ctx: &Context,
    source: &Source,
    permit: &(dyn Fn(&str, Vec<Effect>) -> Result<()> + Sync),
) -> Result<String> {
    transact!(app, region.id, |tx| {
        let stored = definitions::lock_region(tx, Lock::Exclusive).await?;
        let former = stored.as_ref().map(|stored| &*stored.definition_hash);
        let Some(version) = Version::read(tx, former, source).await? else {
            return Ok(former.unwrap_or_default().to_owned());
        };
        require_roles(tx, &version.definition).await?;
        let mut renamed = Vec::new();
        if stored.is_some() {
            let snapshot = region.load(tx).await?;
            let effects = plan::effects(tx, &snapshot, &version.definition).await?;
            renamed = renamed_forms(&effects);
            permit(&version.definition.hash, effects)?;
        }
        let is_demonstration = stored.as_ref().is_some_and(|stored| stored.is_demonstration);
        put_version(tx, app, ctx, &version, is_demonstration).await?;
        for (form, was) in &renamed {
            definitions::rename_form(tx, was, form).await?;
        }
        if stored.is_some() {
            rebuild::rebuild_version(tx, region, ctx).await?;
        }
        Ok(version.definition.hash)
    })
}

/// Stores a version and puts the region under it.
async fn put_version(
    tx: &mut Tx,
    app: &App,
    ctx: &Context,
    version: &Version,
    is_demonstration: bool,
) -> Result<()> {
    let Version { campaign, sources, definition } = version;
    versions::put(tx, definition, sources, app.clock.now()).await?;
    former::note_definition(tx, &definition.hash, app.clock.now()).await?;
    definitions::put_region(tx, &definition.hash, is_demonstration).await?;
    let note = AccessNote {
        actor: ctx.audit_name(),
        origin: &RequestOrigin::default(),
        action: AccessAction::PutDefinition,
        unit: None,
        subject: campaign,
        detail: &definition.hash,
    };
    access_log::append(tx, app.clock.now(), &note).await?;
    tracing::info!(campaign, definition = definition.hash, "campaign version put in force");
    Ok(())
}

/// A version of a campaign, with the others that the region runs.
struct Version {
    /// The id of the campaign.
    campaign: String,
    sources: StoredSources,
    definition: Definition,
}

impl Version {
    /// Checks a campaign with those under `former`, the definition in force; `None` when it is in force as it is.
    async fn read(tx: &mut Tx, former: Option<&str>, source: &Source) -> Result<Option<Self>> {
        let campaign = campaign_id(source).map_err(Error::Definition)?;
        let mut sources = match former {
            Some(hash) => versions::stored_sources(tx, hash).await?,
            None => StoredSources::default(),
        };
        if !sources.put(&campaign, source) && former.is_some() {
            return Ok(None);
        }
        let definition = sources.check(&campaign).map_err(Error::Definition)?;
        let definition = definition.following(&versions::history_so_far(tx).await?);
        Ok(Some(Self { campaign, sources, definition }))
    }
}

/// Forms with another id, and the id that each had.
fn renamed_forms(effects: &[Effect]) -> Vec<(String, String)> {
    let renamed = effects.iter().filter_map(|effect| match (&effect.change.part, &effect.change.kind) {
        (ChangedPart::Form(form), ChangeKind::Renamed { was }) => Some((form.clone(), was.clone())),
        _ => None,
    });
    renamed.collect()
}

/// Refuses a definition that lacks roles which accounts have: nobody could sign in to them any more.
async fn require_roles(tx: &mut Tx, definition: &Definition) -> Result<()> {
    let accounts = store::accounts::list(tx).await?;
    let without: Vec<_> =
        accounts.iter().filter(|account| definition.role(&account.role).is_none()).collect();
    if without.is_empty() {
        return Ok(());
    }
    let roles: BTreeSet<&str> = without.iter().map(|account| account.role.as_str()).collect();
    let logins: Vec<&str> = without.iter().map(|account| account.login.as_str()).collect();
    Err(Error::RolesInUse {
        roles: roles.into_iter().collect::<Vec<_>>().join(", "),
        logins: logins.join(", "),
    })
}
