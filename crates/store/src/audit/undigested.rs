//! Entries that an earlier version of the program has written get their digests.

use std::sync::Arc;

use boxed_async::boxed_async;

use super::{RecordMark, StoredEntry, fetch_entries, stored_entries, total};
use crate::{Result, Tx, Vault, bulk};

/// Begins to give digests to all entries anew: there is no total yet.
#[boxed_async]
pub async fn begin_digests(tx: &mut Tx) -> Result<()> {
    total::clear(tx).await
}

/// Hands the record of every entry that is about a record to `take`.
pub async fn for_each_of_record(tx: &mut Tx, mut take: impl FnMut(i64)) -> Result<()> {
    let text = "SELECT subject_id, audit_id FROM audit WHERE region_id = $1 AND subject = 'fact'";
    let take = |(record, _): (i64, i64)| {
        take(record);
        Ok(())
    };
    tx.query(text).for_each(tx, take).await
}

/// Up to `limit` entries after the entry `after`.
#[boxed_async]
pub async fn entries_after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<StoredEntry>> {
    let text = stored_entries!(" AND audit_id > $2 ORDER BY audit_id LIMIT $3");
    let query = tx.query(text).bind(after).bind(limit);
    fetch_entries(tx, query).await
}

/// Gives entries their digests; of those that are about a record, with the version that they made.
#[boxed_async]
pub async fn put_digests(
    tx: &mut Tx,
    vault: &Arc<Vault>,
    entries: Vec<(StoredEntry, Option<RecordMark>)>,
) -> Result<()> {
    let region = tx.region;
    let mut rows = Vec::with_capacity(entries.len());
    for (mut entry, mark) in entries {
        entry.version = mark.map(|mark| mark.version);
        entry.record_digest = mark.and_then(|mark| mark.digest);
        let digest = entry.made_digest(vault, region);
        tx.audited.add(vault, digest);
        rows.push((entry.audit_id, [entry.version.into(), entry.record_digest.into(), digest.into()]));
    }
    let columns = [("version", "BIGINT"), ("record_digest", "BIGINT"), ("digest", "BIGINT")];
    bulk::update(tx, "audit", "audit_id", columns, rows.into_iter()).await
}
