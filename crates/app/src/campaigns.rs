//! Campaigns of a federation: putting one in force beside the others.

use std::collections::BTreeSet;

use boxed_async::boxed_async;
use campaign::{check::campaign_id, definition::Definition, source::Source};
use store::{
    Tx,
    definitions::{self, Lock},
};

use crate::{
    Action, App, Context, Error, OpenRegion, RequestOrigin, Result,
    access_log::{self, AccessAction, AccessNote},
    rebuild,
    transact::transact,
    versions::{self, StoredSources},
};

/// Puts a campaign in force beside those that the region runs, or another version of one of them, and returns the name of
/// the definition that is in force then. All balances are folded anew. No other campaign is touched.
///
/// # Errors
/// [`Error::Definition`] with every mistake: what the campaign defines otherwise than the catalogue among them;
/// [`Error::RolesInUse`] when accounts have roles that the definition lacks; [`Error::Forbidden`].
#[boxed_async]
pub async fn load(app: &App, ctx: &Context, source: &Source) -> Result<String> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::LoadRegions, &snapshot)?;
    let region = app.region(ctx.region)?;
    put(app, &region, source, ctx.audit_name()).await
}

/// Puts the campaign in force with which a region is opened.
pub(crate) async fn put_first(app: &App, region: &OpenRegion, source: &Source) -> Result<()> {
    put(app, region, source, crate::accounts::CONSOLE).await.map(|_| ())
}

async fn put(app: &App, region: &OpenRegion, source: &Source, actor: &str) -> Result<String> {
    let id = campaign_id(source).map_err(Error::Definition)?;
    transact!(app, region.id, |tx| {
        let stored = definitions::lock_region(tx, Lock::Exclusive).await?;
        let mut sources = match &stored {
            Some(stored) => versions::stored_sources(tx, &stored.definition_hash).await?,
            None => StoredSources::default(),
        };
        let is_new = sources.put(&id, source);
        if let Some(stored) = stored.as_ref().filter(|_| !is_new) {
            return Ok(stored.definition_hash.clone());
        }
        let definition = sources.check(&id).map_err(Error::Definition)?;
        require_roles(tx, &definition).await?;
        versions::put(tx, &definition, &sources, app.clock.now()).await?;
        let is_demonstration = stored.as_ref().is_some_and(|stored| stored.is_demonstration);
        definitions::put_region(tx, &definition.hash, is_demonstration).await?;
        let note = AccessNote {
            actor,
            origin: &RequestOrigin::default(),
            action: AccessAction::PutDefinition,
            unit: None,
            subject: &id,
            detail: &definition.hash,
        };
        access_log::append(tx, app.clock.now(), &note).await?;
        if stored.is_some() {
            let snapshot = region.load(tx).await?;
            rebuild::rebuild_in(tx, &snapshot).await?;
        }
        tracing::info!(campaign = id, definition = definition.hash, "campaign version put in force");
        Ok(definition.hash)
    })
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
