//! Finding records across registers by key: the indexes hold the keys of each
//! record ([`crate::record::record_keys`]) beside it.

use std::{
    cmp::Reverse,
    sync::Arc,
    time::{Duration, Instant},
};

use campaign::definition::FormIdx;
use model::ids::RecordId;
use search::{Bearer, Index};
use store::records::{self, RecordRow};
use tokio::time;

use super::{IndexReach, TIMEOUT, register_forms, updater::IndexUpdater};
use crate::{App, Error, Result, Snapshot};

/// How long a question to all registers waits until their indexes hold everything: half an answer is none.
const COMPLETE_WITHIN: Duration = Duration::from_secs(5);

/// The records of all registers that have a key, oldest first.
///
/// # Errors
/// [`Error::ListBuilding`] when an index does not hold everything in time.
pub(crate) async fn find_by_key(app: &App, snapshot: &Arc<Snapshot>, key: &str) -> Result<Vec<RecordRow>> {
    let mut found = Vec::new();
    for updater in up_to_date(app, snapshot, COMPLETE_WITHIN).await? {
        let key = key.to_owned();
        found.extend(updater.read(move |index| index.bearing(&key)).await?);
    }
    rows(app, snapshot, &found).await
}

/// Most records that one key finds for a page.
const MOST: usize = 500;

/// The records of one register that have a key, oldest first, of very many the first; `None` while its
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
    rows(app, snapshot, &ids[..ids.len().min(MOST)]).await.map(Some)
}

/// Keys of one form that records of two or more units have, each with these records, the newest key first.
pub(super) type SharedKeys = Vec<(String, Vec<Bearer>)>;

/// Every key beginning with `prefix` that records of two or more units of a form have, for each of `forms`. What
/// was found is kept until records of the form change.
///
/// # Errors
/// [`Error::ListBuilding`] when it takes longer than somebody should wait; it is then made all the same.
pub(crate) async fn shared_keys(
    app: &App,
    snapshot: &Arc<Snapshot>,
    forms: &[FormIdx],
    prefix: &'static str,
) -> Result<Vec<Arc<SharedKeys>>> {
    let deadline = Instant::now() + COMPLETE_WITHIN;
    let mut found = Vec::new();
    for form in forms {
        let updater = IndexUpdater::new(app, snapshot, *form)?;
        let left = || deadline.saturating_duration_since(Instant::now());
        if let IndexReach::Building(read) = updater.update_within(left()).await? {
            return Err(Error::ListBuilding { read });
        }
        let work = tokio::spawn(async move { updater.shared(prefix).await });
        let Ok(shared) = time::timeout(left(), work).await else {
            return Err(Error::ListBuilding { read: 0 });
        };
        found.push(shared.map_err(Error::internal)??);
    }
    Ok(found)
}

impl IndexUpdater {
    /// As [`shared_keys`], of this form.
    pub(super) async fn shared(&self, prefix: &'static str) -> Result<Arc<SharedKeys>> {
        // One at a time: whoever comes second takes what the first has found.
        let mut kept = self.state.shared.lock().await;
        let reached = self.index().and_then(|index| index.reached());
        if let Some((_, shared)) = kept.as_ref().filter(|(at, _)| reached == Some(*at)) {
            return Ok(shared.clone());
        }
        let find = move |index: &Index| {
            // Read first: what is found is never older than that.
            let reached = index.reached();
            let mut found = SharedKeys::new();
            index.shared(prefix, |key, bearers| {
                let units = bearers.iter().map(|(_, unit)| unit);
                if units.clone().min() != units.max() {
                    found.push((key.to_owned(), bearers.to_vec()));
                }
            })?;
            found.sort_by_key(|(_, bearers)| Reverse(bearers.last().copied()));
            Ok((reached, Arc::new(found)))
        };
        let (reached, shared) = self.read(find).await?;
        *kept = reached.map(|reached| (reached, shared.clone()));
        Ok(shared)
    }
}

/// The indexes of all registers, up to date.
async fn up_to_date(app: &App, snapshot: &Arc<Snapshot>, within: Duration) -> Result<Vec<IndexUpdater>> {
    let deadline = Instant::now() + within;
    let mut updaters = Vec::new();
    for form in register_forms(&snapshot.definition) {
        let updater = IndexUpdater::new(app, snapshot, form)?;
        let left = deadline.saturating_duration_since(Instant::now());
        match updater.update_within(left).await? {
            IndexReach::Everything => updaters.push(updater),
            IndexReach::Building(read) => return Err(Error::ListBuilding { read }),
            IndexReach::UpTo(_) => return Err(Error::ListBuilding { read: 0 }),
        }
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
