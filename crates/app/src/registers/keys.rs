//! Finding records across registers by key: the indexes hold the keys of each
//! record ([`crate::keys`]) beside it.

use std::sync::Arc;

use model::ids::FactId;

use super::{
    PATIENCE, Reach,
    keeper::{Keeper, blocking},
};
use crate::{App, Result, Snapshot};

/// The records of all registers that bear a key, oldest first.
pub(crate) async fn find(app: &App, snapshot: &Arc<Snapshot>, key: &str) -> Result<Vec<FactId>> {
    let mut found = Vec::new();
    for keeper in keepers(app, snapshot).await? {
        let key = key.to_owned();
        found.extend(keeper.read(move |index| index.bearing(&key)).await?);
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether the indexes answer within the time that a page waits; those of a large city are built for minutes at first.
pub(crate) async fn are_at_hand(app: &App, snapshot: &Arc<Snapshot>) -> Result<bool> {
    for form in super::of_campaign(&snapshot.campaign) {
        if matches!(Keeper::new(app, snapshot, form)?.hurry(PATIENCE).await?, Reach::Building(_)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Every key beginning with `prefix` that two or more records of all registers bear, with its bearers.
pub(crate) async fn find_shared(
    app: &App,
    snapshot: &Arc<Snapshot>,
    prefix: &'static str,
) -> Result<Vec<(String, Vec<FactId>)>> {
    let keepers = keepers(app, snapshot).await?;
    blocking(move || {
        let indexes: Vec<&search::Index> = keepers.iter().map(Keeper::index).collect();
        let mut found = Vec::new();
        search::shared(&indexes, prefix, |key, bearers| {
            found.push((key.to_owned(), bearers.iter().map(|(_, id)| *id).collect()));
        })?;
        Ok(found)
    })
    .await
}

/// The indexes of all registers, up to date.
async fn keepers(app: &App, snapshot: &Arc<Snapshot>) -> Result<Vec<Keeper>> {
    let mut keepers = Vec::new();
    for form in super::of_campaign(&snapshot.campaign) {
        let keeper = Keeper::new(app, snapshot, form)?;
        keeper.bring_up_to_date().await?;
        keepers.push(keeper);
    }
    Ok(keepers)
}
