//! Writing the audit, and giving digests to what an earlier version of the program wrote into it.

use std::collections::HashMap;

use model::ids::RecordId;
use store::{
    Tx,
    audit::{self, AuditEntry, RecordMark, StoredEntry},
    definitions::{self, Lock},
    records::{self, RecordRow},
};

use crate::{App, Context, OpenRegion, Result, Snapshot, transact::transact};

/// Writes what a person has done into the audit, in the transaction that does it.
pub(crate) async fn append_audit(
    tx: &mut Tx,
    snapshot: &Snapshot,
    ctx: &Context,
    entries: Vec<AuditEntry>,
) -> Result<()> {
    let (hash, now) = (&snapshot.definition.hash, ctx.clock.now());
    Ok(audit::append(tx, &snapshot.vault, ctx.audit_name(), hash, now, entries).await?)
}

pub(crate) use store::audit::RECORD;

/// Entries that get their digests together.
const BATCH: i64 = 2_000;

/// Gives digests to all entries when the database came from a version that made none. It is one transaction:
/// an upgrade that is cut short begins again, and of two programs that start at once one does it.
pub(crate) async fn digest_if_needed(app: &App, region: &OpenRegion) -> Result<()> {
    let mut tx = app.read(region.id).await?;
    let is_undigested = definitions::is_undigested(&mut tx).await?;
    drop(tx);
    if !is_undigested {
        return Ok(());
    }
    tracing::info!("making digests of the audit after an upgrade");
    transact!(app, region.id, |tx| {
        definitions::lock_region(tx, Lock::Exclusive).await?;
        if !definitions::is_undigested(tx).await? {
            return Ok(());
        }
        audit::begin_digests(tx).await?;
        let mut left: HashMap<i64, i64> = HashMap::new();
        audit::for_each_of_record(tx, |record| *left.entry(record).or_default() += 1).await?;
        let mut after = 0;
        loop {
            let entries = audit::entries_after(tx, after, BATCH).await?;
            let Some(last) = entries.last() else { break };
            after = last.audit_id;
            let marked = marked(tx, region, &mut left, entries).await?;
            audit::put_digests(tx, &region.vault, marked).await?;
        }
        definitions::mark_digested(tx).await?;
        Ok(())
    })
}

/// Each entry with the version of the record that it made. `left` says how many entries of a record come yet. The
/// last one gets the digest of the record as it is, if it says the same.
async fn marked(
    tx: &mut Tx,
    region: &OpenRegion,
    left: &mut HashMap<i64, i64>,
    entries: Vec<StoredEntry>,
) -> Result<Vec<(StoredEntry, Option<RecordMark>)>> {
    let of_records = entries.iter().filter(|entry| entry.subject == RECORD);
    let mut ids: Vec<RecordId> = of_records.map(|entry| RecordId(entry.subject_id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = records::find_all(tx, &ids).await?;
    let rows: HashMap<i64, RecordRow> = rows.into_iter().map(|row| (row.id.0, row)).collect();
    let mark = |entry: StoredEntry| {
        let Some(left) = left.get_mut(&entry.subject_id).filter(|_| entry.subject == RECORD) else {
            return (entry, None);
        };
        *left -= 1;
        let mark = match rows.get(&entry.subject_id) {
            Some(row) if *left == 0 && entry.after.as_ref().is_none_or(|after| *after == row.content) => {
                RecordMark::written(&region.vault, row)
            }
            Some(row) => RecordMark { version: row.version - *left, digest: None },
            // Of a removed record nothing says how many versions it had: its entries are taken for all.
            None => RecordMark { version: -*left, digest: None },
        };
        (entry, Some(mark))
    };
    Ok(entries.into_iter().map(mark).collect())
}
