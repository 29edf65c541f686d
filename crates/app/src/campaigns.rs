//! Campaigns of a federation: putting one in force beside the others, and another version of one.

mod plan;

use std::collections::BTreeSet;

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

pub use self::plan::{DefinitionPlan, Effect, FigureMove};

use crate::{
    Action, App, Context, Error, OpenRegion, RequestOrigin, Result,
    access_log::{self, AccessAction, AccessNote},
    rebuild,
    transact::transact,
    versions::{self, StoredSources},
};

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
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::LoadRegions, &snapshot)?;
    let region = app.region(ctx.region)?;
    // Figures are compared with what is known now.
    app.fold(ctx).await?;
    put(app, &region, ctx, source, consent).await
}

/// What a campaign would do if it was put in force; `None` when it is in force as it is. Nothing is changed.
///
/// # Errors
/// As [`load`].
#[boxed_async]
pub async fn plan(app: &App, ctx: &Context, source: &Source) -> Result<Option<DefinitionPlan>> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::LoadRegions, &snapshot)?;
    let region = app.region(ctx.region)?;
    app.fold(ctx).await?;
    let mut tx = app.write(ctx.region).await?;
    let planned = put_in(&mut tx, app, &region, ctx, source).await;
    // What it does has been done, to see it, and is undone.
    tx.rollback().await?;
    Ok(planned?.1)
}

/// Puts the campaign in force with which a region is opened.
pub(crate) async fn put_first(app: &App, region: &OpenRegion, source: &Source) -> Result<()> {
    let ctx = Context::system(region.id, app.clock.clone(), Language::Chinese);
    put(app, region, &ctx, source, None).await.map(|_| ())
}

async fn put(
    app: &App,
    region: &OpenRegion,
    ctx: &Context,
    source: &Source,
    consent: Option<&str>,
) -> Result<String> {
    transact!(app, region.id, |tx| {
        let (hash, plan) = put_in(tx, app, region, ctx, source).await?;
        let is_agreed = consent == Some(&*hash);
        match plan {
            Some(plan) if plan.is_refused() || (plan.needs_consent() && !is_agreed) => {
                Err(Error::DefinitionChange(Box::new(plan)))
            }
            _ => Ok(hash),
        }
    })
}

/// Puts a campaign in force in a transaction, and says what that does; nothing when it is in force as it is, and in a new
/// region.
async fn put_in(
    tx: &mut Tx,
    app: &App,
    region: &OpenRegion,
    ctx: &Context,
    source: &Source,
) -> Result<(String, Option<DefinitionPlan>)> {
    let id = campaign_id(source).map_err(Error::Definition)?;
    let stored = definitions::lock_region(tx, Lock::Exclusive).await?;
    let mut sources = match &stored {
        Some(stored) => versions::stored_sources(tx, &stored.definition_hash).await?,
        None => StoredSources::default(),
    };
    let is_new = sources.put(&id, source);
    if let Some(stored) = stored.as_ref().filter(|_| !is_new) {
        return Ok((stored.definition_hash.clone(), None));
    }
    let definition = sources.check(&id).map_err(Error::Definition)?;
    require_roles(tx, &definition).await?;
    let before = match &stored {
        Some(_) => Some(Before::read(tx, region, ctx, &definition).await?),
        None => None,
    };
    versions::put(tx, &definition, &sources, app.clock.now()).await?;
    former::note_definition(tx, &definition.hash, app.clock.now()).await?;
    let is_demonstration = stored.as_ref().is_some_and(|stored| stored.is_demonstration);
    definitions::put_region(tx, &definition.hash, is_demonstration).await?;
    let note = AccessNote {
        actor: ctx.audit_name(),
        origin: &RequestOrigin::default(),
        action: AccessAction::PutDefinition,
        unit: None,
        subject: &id,
        detail: &definition.hash,
    };
    access_log::append(tx, app.clock.now(), &note).await?;
    tracing::info!(campaign = id, definition = definition.hash, "campaign version put in force");
    let Some(before) = before else { return Ok((definition.hash, None)) };
    for (form, was) in &before.renamed {
        definitions::rename_form(tx, was, form).await?;
    }
    let snapshot = region.load(tx).await?;
    rebuild::rebuild_in(tx, &snapshot, ctx.clock.now()).await?;
    let after = plan::values(tx, ctx, &snapshot).await?;
    let (moves, moved_units) = plan::moves(&snapshot, &before.values, &after);
    let (effects, hash) = (before.effects, definition.hash.clone());
    Ok((definition.hash, Some(DefinitionPlan { campaign: id, hash, effects, moves, moved_units })))
}

/// What is there before a version is put in force.
struct Before {
    effects: Vec<Effect>,
    values: plan::Values,
    /// Forms with another id, and the id that each had.
    renamed: Vec<(String, String)>,
}

impl Before {
    async fn read(tx: &mut Tx, region: &OpenRegion, ctx: &Context, definition: &Definition) -> Result<Self> {
        let snapshot = region.load(tx).await?;
        let effects = plan::effects(tx, &snapshot, definition).await?;
        let renamed = effects.iter().filter_map(|effect| match (&effect.change.part, &effect.change.kind) {
            (ChangedPart::Form(form), ChangeKind::Renamed { was }) => Some((form.clone(), was.clone())),
            _ => None,
        });
        let renamed = renamed.collect();
        Ok(Self { values: plan::values(tx, ctx, &snapshot).await?, effects, renamed })
    }
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
