//! The number and the sum of the digests of all entries of the audit, so that an entry that was
//! taken out is missed. Over several rows: writers do not wait for each other.

use std::sync::Arc;

use boxed_async::boxed_async;
use sqlx::FromRow;

use super::digest::total_digest;
use crate::{Engine, Result, Tx, Vault};

/// Rows of the total on PostgreSQL; SQLite has one writer and one row.
const SHARDS: i64 = 64;

/// What a transaction adds to the total.
#[derive(Debug, Default)]
pub(crate) struct AuditGrowth {
    entries: i64,
    digests: i64,
    vault: Option<Arc<Vault>>,
}

impl AuditGrowth {
    /// Adds an entry with this digest.
    pub(super) fn add(&mut self, vault: &Arc<Vault>, digest: i64) {
        self.entries += 1;
        self.digests = self.digests.wrapping_add(digest);
        self.vault.get_or_insert_with(|| vault.clone());
    }

    /// Gives an entry another digest.
    pub(crate) fn replace(&mut self, vault: &Arc<Vault>, former: i64, digest: i64) {
        self.digests = self.digests.wrapping_add(digest).wrapping_sub(former);
        self.vault.get_or_insert_with(|| vault.clone());
    }
}

/// A row of the total.
#[derive(FromRow)]
struct TotalRow {
    shard: i64,
    entries: i64,
    digests: i64,
    digest: i64,
}

/// Adds what a transaction has entered to the total.
#[boxed_async]
pub(crate) async fn add_to_total(tx: &mut Tx) -> Result<()> {
    let AuditGrowth { entries, digests, vault } = std::mem::take(&mut tx.audited);
    let Some(vault) = vault else { return Ok(()) };
    let shard = match tx.engine() {
        Engine::Sqlite => 0,
        Engine::Postgres => rand::random_range(0..SHARDS),
    };
    let stored = if let Some(stored) = locked(tx, shard).await? {
        stored
    } else {
        // Another transaction may be adding the same row.
        let digest = total_digest(&vault, tx.region, shard, (0, 0));
        tx.query(BEGIN).bind(shard).bind(digest).execute(tx).await?;
        let zero = TotalRow { shard, entries: 0, digests: 0, digest };
        locked(tx, shard).await?.unwrap_or(zero)
    };
    let sums = (stored.entries + entries, stored.digests.wrapping_add(digests));
    // A total that somebody has changed stays wrong.
    let was_right = stored.digest == total_digest(&vault, tx.region, shard, (stored.entries, stored.digests));
    let digest = if was_right { total_digest(&vault, tx.region, shard, sums) } else { stored.digest };
    tx.query(UPDATE).bind(shard).bind(sums.0).bind(sums.1).bind(digest).execute(tx).await?;
    Ok(())
}

async fn locked(tx: &mut Tx, shard: i64) -> Result<Option<TotalRow>> {
    let text = match tx.engine() {
        Engine::Sqlite => ONE,
        Engine::Postgres => ONE_LOCKED,
    };
    tx.query(text).bind(shard).fetch_optional(tx).await
}

const ONE: &str =
    "SELECT shard, entries, digests, digest FROM audit_total WHERE region_id = $1 AND shard = $2";
const ONE_LOCKED: &str = "SELECT shard, entries, digests, digest FROM audit_total \
     WHERE region_id = $1 AND shard = $2 FOR UPDATE";
const BEGIN: &str = "INSERT INTO audit_total (region_id, shard, entries, digests, digest) \
     VALUES ($1, $2, 0, 0, $3) ON CONFLICT (region_id, shard) DO NOTHING";
const UPDATE: &str = "UPDATE audit_total SET entries = $3, digests = $4, digest = $5 \
     WHERE region_id = $1 AND shard = $2";

/// The total of the audit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditTotal {
    /// How many entries there are.
    pub entries: i64,
    /// The sum of their digests, without the bits that do not fit.
    pub digests: i64,
    /// Whether nobody has changed the total.
    pub is_intact: bool,
}

/// The total of the audit, as it is stored.
#[boxed_async]
pub async fn total(tx: &mut Tx, vault: &Vault) -> Result<AuditTotal> {
    let text = "SELECT shard, entries, digests, digest FROM audit_total WHERE region_id = $1";
    let rows: Vec<TotalRow> = tx.query(text).fetch_all(tx).await?;
    let mut total = AuditTotal { is_intact: true, ..AuditTotal::default() };
    for row in rows {
        total.entries += row.entries;
        total.digests = total.digests.wrapping_add(row.digests);
        total.is_intact &=
            row.digest == total_digest(vault, tx.region, row.shard, (row.entries, row.digests));
    }
    Ok(total)
}

/// Writes the total anew, in one row; one that was changed stays wrong.
pub(super) async fn put_total(tx: &mut Tx, vault: &Vault, total: AuditTotal) -> Result<()> {
    clear(tx).await?;
    let AuditTotal { entries, digests, is_intact } = total;
    let digest = total_digest(vault, tx.region, 0, (entries, digests));
    let digest = if is_intact { digest } else { digest.wrapping_add(1) };
    tx.query(PUT).bind(0).bind(entries).bind(digests).bind(digest).execute(tx).await?;
    Ok(())
}

const PUT: &str =
    "INSERT INTO audit_total (region_id, shard, entries, digests, digest) VALUES ($1, $2, $3, $4, $5)";

/// Forgets the total: every entry gets a digest anew.
pub(super) async fn clear(tx: &mut Tx) -> Result<()> {
    tx.query("DELETE FROM audit_total WHERE region_id = $1").execute(tx).await?;
    Ok(())
}
