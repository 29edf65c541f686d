//! What each version of a record states. Every entry of a record holds what the record stated before, as the difference
//! from what it stated after; and that is in the entry of the next change, and after the last one in the record itself.
//! So everything is stored once (`docs/decisions/0027-what-a-version-states.md`, `docs/decisions/0034-compact-content.md`).

use std::collections::{BTreeMap, BTreeSet};

use boxed_async::boxed_async;
use model::ids::RecordId;

use super::{AuditRow, RECORD, StoredEntry, list_of_all};
use crate::{
    Result, Tx,
    compact::{apply, difference, is_difference},
    records::{self, RecordRow},
};

/// What an entry holds of a record that stated `before` and then `after`; `None` for one that was removed.
pub fn text_before(before: &str, after: Option<&str>) -> String {
    after.and_then(|after| difference(before, after)).unwrap_or_else(|| before.to_owned())
}

/// What a record stated before a change, from what the entry of the change holds and from what the record stated after it;
/// `None` where the two do not fit.
fn whole_text(held: &str, after: Option<&str>) -> Option<String> {
    if is_difference(held) { apply(held, after?) } else { Some(held.to_owned()) }
}

/// Fills in what records stated before and after these entries, to show them: their digests are of the entries as they
/// are stored.
///
/// # Errors
/// What the database answers.
#[boxed_async]
pub async fn fill_in_entries(tx: &mut Tx, entries: &mut [StoredEntry]) -> Result<()> {
    let lacks = |entry: &StoredEntry| {
        let is_short = entry.before.as_deref().is_some_and(is_difference);
        entry.subject == RECORD && entry.version.is_some() && (entry.after.is_none() || is_short)
    };
    let ids: BTreeSet<i64> =
        entries.iter().filter(|entry| lacks(entry)).map(|entry| entry.subject_id).collect();
    let histories = list_of_all(tx, RECORD, &ids.into_iter().collect::<Vec<_>>()).await?;
    for entry in entries.iter_mut().filter(|entry| lacks(entry)) {
        let history = histories.get(&entry.subject_id).into_iter().flatten();
        let row = history.into_iter().find(|row| row.version == entry.version);
        (entry.before, entry.after) = row.map_or((None, None), |row| (row.before.clone(), row.after.clone()));
    }
    Ok(())
}

/// Fills in what records stated before and after their changes. Of a version whose next entry is missing, and of one
/// that is not the record's any more, nothing is known, nor of those before it that say only how they differ.
pub(super) async fn fill_in(tx: &mut Tx, histories: &mut BTreeMap<i64, Vec<AuditRow>>) -> Result<()> {
    let lacking = histories.iter().filter(|(_, history)| history.iter().any(AuditRow::lacks_after));
    let ids: Vec<RecordId> = lacking.map(|(id, _)| RecordId(*id)).collect();
    let records = records::find_all(tx, &ids).await?;
    fill_in_from(&records, histories);
    Ok(())
}

/// The same with the records at hand.
pub(super) fn fill_in_from(records: &[RecordRow], histories: &mut BTreeMap<i64, Vec<AuditRow>>) {
    let mut present: BTreeMap<i64, (i64, String)> =
        records.iter().map(|record| (record.id.0, (record.version, record.content.clone()))).collect();
    for (id, history) in histories {
        // What each version stated, from the last one back.
        let mut stated: BTreeMap<i64, String> = present.remove(id).into_iter().collect();
        for row in history.iter_mut().rev() {
            let Some(version) = row.version else { continue };
            row.after = row.after.take().or_else(|| stated.get(&version).cloned());
            row.before = row.before.take().and_then(|held| whole_text(&held, row.after.as_deref()));
            if let Some(before) = &row.before {
                stated.entry(version - 1).or_insert_with(|| before.clone());
            }
        }
    }
}

impl AuditRow {
    /// Whether it made a version of a record, or removed it, and does not say what that states.
    fn lacks_after(&self) -> bool {
        self.version.is_some() && self.after.is_none()
    }
}
