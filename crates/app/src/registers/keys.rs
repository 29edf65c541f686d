//! Keys by which records are found across registers without being searched,
//! such as a keyed hash of a person. The indexes hold them beside each record.

use std::sync::Arc;

use ledger::fact::Fact;
use model::ids::FactId;

use super::keeper::{Keeper, blocking};
use crate::{Action, App, Context, Result, Snapshot};

/// How keys are made; when it changes, the indexes are built anew.
pub(super) const WAY: &str = "none";

/// The keys of a record.
pub(super) fn of(_snapshot: &Snapshot, _fact: &Fact) -> Vec<String> {
    Vec::new()
}

/// The records of all registers that bear a key, oldest first.
///
/// # Errors
/// [`crate::Error::Forbidden`] for anybody who may not see the records of the whole region.
pub async fn bearing(app: &App, ctx: &Context, key: &str) -> Result<Vec<FactId>> {
    let snapshot = app.current().await?;
    ctx.require_for_region(Action::SeeFacts, &snapshot)?;
    find(app, &snapshot, key).await
}

/// Every key that two or more records of all registers bear, with its bearers.
///
/// # Errors
/// As [`bearing`].
pub async fn shared(app: &App, ctx: &Context) -> Result<Vec<(String, Vec<FactId>)>> {
    let snapshot = app.current().await?;
    ctx.require_for_region(Action::SeeFacts, &snapshot)?;
    find_shared(app, &snapshot).await
}

/// As [`bearing`], for a use case that has authorised in its own way.
pub(crate) async fn find(app: &App, snapshot: &Arc<Snapshot>, key: &str) -> Result<Vec<FactId>> {
    let mut found = Vec::new();
    for form in super::of_campaign(&snapshot.campaign) {
        let keeper = Keeper::new(app, snapshot, form)?;
        keeper.bring_up_to_date().await?;
        let key = key.to_owned();
        found.extend(keeper.read(move |index| index.bearing(&key)).await?);
    }
    found.sort_unstable();
    Ok(found)
}

/// As [`shared`], for a use case that has authorised in its own way.
pub(crate) async fn find_shared(app: &App, snapshot: &Arc<Snapshot>) -> Result<Vec<(String, Vec<FactId>)>> {
    let mut keepers = Vec::new();
    for form in super::of_campaign(&snapshot.campaign) {
        let keeper = Keeper::new(app, snapshot, form)?;
        keeper.bring_up_to_date().await?;
        keepers.push(keeper);
    }
    blocking(move || {
        let indexes: Vec<&search::Index> = keepers.iter().map(Keeper::index).collect();
        let mut found = Vec::new();
        search::shared(&indexes, |key, bearers| {
            found.push((key.to_owned(), bearers.iter().map(|(_, id)| *id).collect()));
        })?;
        Ok(found)
    })
    .await
}
