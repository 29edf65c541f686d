//! Another secret: entries are written in their new form and get digests made with it. What was not right
//! before does not become right by this.

use std::{collections::HashMap, sync::Arc};

use boxed_async::boxed_async;

use super::{
    entries_after, put_entries,
    total::{put_total, total},
};
use crate::{Result, Tx, vault::Rekey};

/// Entries read at once.
const BATCH: i64 = 2_000;

/// Writes all entries in the form that they have under another secret; how many say something else than before.
/// `records` gives the new digest of a record's row by the one that it had.
#[boxed_async]
pub async fn rekey(tx: &mut Tx, rekey: &Rekey, records: &HashMap<i64, i64>) -> Result<u64> {
    let region = tx.region;
    let stored = total(tx, &rekey.former).await?;
    let (mut after, mut growth, mut changed) = (i64::MIN, 0_i64, 0);
    loop {
        let entries = entries_after(tx, after, BATCH).await?;
        let Some(last) = entries.last() else { break };
        after = last.audit_id;
        let mut rows = Vec::with_capacity(entries.len());
        for mut entry in entries {
            let former = entry.digest.filter(|_| entry.is_intact(&rekey.former, region));
            let fresh = [&entry.before, &entry.after].map(|text| rekey.json(text.as_deref()?));
            let [before, after] = fresh;
            changed += u64::from(before.is_some() || after.is_some());
            entry.before = before.or(entry.before);
            entry.after = after.or(entry.after);
            // One that is not known was not the last, or the record is not as it was written.
            let known = entry.record_digest.and_then(|former| records.get(&former).copied());
            entry.record_digest = known.or(entry.record_digest);
            if let Some(former) = former {
                let digest = entry.made_digest(&rekey.new, region);
                growth = growth.wrapping_add(digest).wrapping_sub(former);
                entry.digest = Some(digest);
            }
            rows.push(entry);
        }
        put_entries(tx, rows).await?;
    }
    let new: &Arc<_> = &rekey.new;
    put_total(tx, new, super::AuditTotal { digests: stored.digests.wrapping_add(growth), ..stored }).await?;
    Ok(changed)
}
