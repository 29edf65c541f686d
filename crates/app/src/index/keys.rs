//! Finding records across registers by key: the indexes hold the keys of each
//! record ([`crate::record::record_keys`]) beside it.

use std::sync::Arc;

use campaign::definition::FormIdx;
use model::ids::RecordId;
use store::records::{self, RecordRow};

use super::{
    IndexReach, TIMEOUT, register_forms,
    updater::{IndexUpdater, blocking},
};
use crate::{App, Result, Snapshot};

/// The records of all registers that have a key, oldest first.
pub(crate) async fn find_by_key(app: &App, snapshot: &Arc<Snapshot>, key: &str) -> Result<Vec<RecordRow>> {
    let mut found = Vec::new();
    for updater in up_to_date(app, snapshot).await? {
        let key = key.to_owned();
        found.extend(updater.read(move |index| index.bearing(&key)).await?);
    }
    rows(app, snapshot, &found).await
}

/// The records of one register that have a key, oldest first; `None` while its
/// index is being built, for which a page cannot wait.
pub(crate) async fn find_by_key_in(
    app: &App,
    snapshot: &Arc<Snapshot>,
    form: FormIdx,
    key: String,
) -> Result<Option<Vec<RecordRow>>> {
    let updater = IndexUpdater::new(app, snapshot, form)?;
    if matches!(updater.update_within(TIMEOUT).await?, IndexReach::Building(_)) {
        return Ok(None);
    }
    let ids = updater.read(move |index| index.bearing(&key)).await?;
    rows(app, snapshot, &ids).await.map(Some)
}

/// Every key beginning with `prefix` that two or more records of all registers have, with those records.
pub(crate) async fn shared_keys(
    app: &App,
    snapshot: &Arc<Snapshot>,
    prefix: &'static str,
) -> Result<Vec<(String, Vec<RecordId>)>> {
    let updaters = up_to_date(app, snapshot).await?;
    blocking(move || {
        let indexes: Vec<&search::Index> = updaters.iter().map(IndexUpdater::index).collect();
        let mut found = Vec::new();
        search::shared(&indexes, prefix, |key, bearers| {
            found.push((key.to_owned(), bearers.iter().map(|(_, id)| *id).collect()));
        })?;
        Ok(found)
    })
    .await
}

/// The indexes of all registers, up to date.
async fn up_to_date(app: &App, snapshot: &Arc<Snapshot>) -> Result<Vec<IndexUpdater>> {
    let mut updaters = Vec::new();
    for form in register_forms(&snapshot.campaign) {
        let updater = IndexUpdater::new(app, snapshot, form)?;
        updater.bring_up_to_date().await?;
        updaters.push(updater);
    }
    Ok(updaters)
}

/// The stored records with these ids, oldest first.
async fn rows(app: &App, snapshot: &Snapshot, ids: &[RecordId]) -> Result<Vec<RecordRow>> {
    let mut tx = app.read(snapshot.region_id).await?;
    let mut rows = records::find_all(&mut tx, ids).await?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}
