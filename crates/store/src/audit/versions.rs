//! What each version of a record states. Every entry of a record holds what the record stated before, so what it
//! stated after a change is in the entry of the next change, and after the last one in the record itself: stored
//! once, and not twice (`docs/decisions/0027-what-a-version-states.md`).

use std::collections::{BTreeMap, BTreeSet};

use boxed_async::boxed_async;
use model::ids::RecordId;

use super::{AuditRow, RECORD, StoredEntry, list_of_all};
use crate::{Result, Tx, records};

/// Fills in what records stated after these entries, to show them: their digests are of the entries as they are stored.
///
/// # Errors
/// What the database answers.
#[boxed_async]
pub async fn fill_in_entries(tx: &mut Tx, entries: &mut [StoredEntry]) -> Result<()> {
    let lacks =
        |entry: &StoredEntry| entry.subject == RECORD && entry.version.is_some() && entry.after.is_none();
    let ids: BTreeSet<i64> =
        entries.iter().filter(|entry| lacks(entry)).map(|entry| entry.subject_id).collect();
    let histories = list_of_all(tx, RECORD, &ids.into_iter().collect::<Vec<_>>()).await?;
    for entry in entries.iter_mut().filter(|entry| lacks(entry)) {
        let history = histories.get(&entry.subject_id).into_iter().flatten();
        let row = history.into_iter().find(|row| row.version == entry.version);
        entry.after = row.and_then(|row| row.after.clone());
    }
    Ok(())
}

/// Fills in what records stated after their changes. Of a version whose next entry is missing, and of one that is
/// not the record's any more, nothing is known.
pub(super) async fn fill_in(tx: &mut Tx, histories: &mut BTreeMap<i64, Vec<AuditRow>>) -> Result<()> {
    let mut last = Vec::new();
    for (id, history) in &mut *histories {
        let stated: BTreeMap<i64, Option<String>> =
            history.iter().filter_map(|row| Some((row.version?, row.before.clone()))).collect();
        for row in history.iter_mut().filter(|row| row.lacks_after()) {
            row.after = row.version.and_then(|version| stated.get(&(version + 1)).cloned().flatten());
        }
        if history.iter().any(AuditRow::lacks_after) {
            last.push(RecordId(*id));
        }
    }
    for record in records::find_all(tx, &last).await? {
        for row in histories.get_mut(&record.id.0).into_iter().flatten().filter(|row| row.lacks_after()) {
            if row.version == Some(record.version) {
                row.after = Some(record.content.clone());
            }
        }
    }
    Ok(())
}

impl AuditRow {
    /// Whether it made a version of a record, or removed it, and does not say what that states.
    fn lacks_after(&self) -> bool {
        self.version.is_some() && self.after.is_none()
    }
}
