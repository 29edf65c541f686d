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

/// The records of one register that bear a key, oldest first; `None` while its
/// index is being built, for which a page cannot wait.
pub(crate) async fn find_in(
    app: &App,
    snapshot: &Arc<Snapshot>,
    form: usize,
    key: String,
) -> Result<Option<Vec<FactId>>> {
    let keeper = Keeper::new(app, snapshot, form)?;
    if matches!(keeper.hurry(PATIENCE).await?, Reach::Building(_)) {
        return Ok(None);
    }
    keeper.read(move |index| index.bearing(&key)).await.map(Some)
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
