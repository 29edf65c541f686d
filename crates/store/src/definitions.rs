//! Regions and the campaign versions they run under. A version, once stored,
//! is never changed: its key is the hash of its files.

use jiff::Timestamp;

use crate::{
    Engine, Result, Tx,
    db::{micros, on},
};

/// A region's own row.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Region {
    /// Hash of the campaign version in force.
    pub definition_hash: String,
    /// Whether its units and numbers are invented.
    pub is_demonstration: bool,
    /// Millionths of the document's counts that are this region's targets: a
    /// demonstration city is smaller than the real one.
    pub target_ppm: i64,
    /// Rises whenever the tree, the classes or the definition change.
    pub version: i64,
}

/// How a command locks the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Others may write facts at the same time, but nobody may change the tree.
    Shared,
    /// Nobody else may write: the tree, classes or baselines change.
    Exclusive,
}

/// The region's row, if it has been set up.
pub async fn find_region(tx: &mut Tx) -> Result<Option<Region>> {
    let region = tx.region.0;
    Ok(on!(tx, |c| sqlx::query_as(FIND_REGION).bind(region).fetch_optional(c).await)?)
}

const FIND_REGION: &str =
    "SELECT definition_hash, is_demonstration, target_ppm, version FROM region WHERE region_id = $1";

/// The region's row, locked until the transaction ends. SQLite's one writer needs no lock.
pub async fn lock_region(tx: &mut Tx, lock: Lock) -> Result<Option<Region>> {
    if tx.engine() == Engine::Sqlite {
        return find_region(tx).await;
    }
    let text = match lock {
        Lock::Shared => LOCK_SHARED,
        Lock::Exclusive => LOCK_EXCLUSIVE,
    };
    let region = tx.region.0;
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).fetch_optional(c).await)?)
}

const LOCK_SHARED: &str = "SELECT definition_hash, is_demonstration, target_ppm, version FROM region WHERE region_id = $1 FOR SHARE";
const LOCK_EXCLUSIVE: &str = "SELECT definition_hash, is_demonstration, target_ppm, version FROM region WHERE region_id = $1 FOR UPDATE";

/// Sets the region up, or puts it under another campaign version.
pub async fn put_region(tx: &mut Tx, definition_hash: &str, is_demonstration: bool) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(PUT_REGION)
        .bind(region)
        .bind(definition_hash)
        .bind(is_demonstration)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

const PUT_REGION: &str = "INSERT INTO region (region_id, definition_hash, is_demonstration, target_ppm, version) \
     VALUES ($1, $2, $3, 1000000, 1) ON CONFLICT (region_id) DO UPDATE SET definition_hash = excluded.definition_hash, \
     is_demonstration = excluded.is_demonstration, version = region.version + 1";

/// Sets the targets of a demonstration region to a part of the document's.
pub async fn scale_targets(tx: &mut Tx, target_ppm: i64) -> Result<()> {
    let region = tx.region.0;
    let text =
        "UPDATE region SET target_ppm = $2, version = version + 1 WHERE region_id = $1 AND is_demonstration";
    on!(tx, |c| sqlx::query(text).bind(region).bind(target_ppm).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Records that the tree or the classes changed.
pub async fn raise_version(tx: &mut Tx) -> Result<()> {
    let region = tx.region.0;
    let text = "UPDATE region SET version = version + 1 WHERE region_id = $1";
    on!(tx, |c| sqlx::query(text).bind(region).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Whether the region's balances must be folded anew from its facts before
/// anything is read: a migration has changed how they are kept.
pub async fn is_unfolded(tx: &mut Tx) -> Result<bool> {
    let region = tx.region.0;
    let text = "SELECT is_unfolded FROM region WHERE region_id = $1";
    let found: Option<bool> = on!(tx, |c| sqlx::query_scalar(text).bind(region).fetch_optional(c).await)?;
    Ok(found.unwrap_or(false))
}

/// Records that the region's balances have been folded.
pub(crate) async fn mark_folded(tx: &mut Tx) -> Result<()> {
    let region = tx.region.0;
    let text = "UPDATE region SET is_unfolded = FALSE WHERE region_id = $1 AND is_unfolded";
    on!(tx, |c| sqlx::query(text).bind(region).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// What tells the secret that the region's personal numbers are sealed with;
/// `None` while nothing has been sealed.
pub async fn vault_check(tx: &mut Tx) -> Result<Option<String>> {
    let region = tx.region.0;
    let text = "SELECT vault_check FROM region WHERE region_id = $1";
    let found: Option<Option<String>> =
        on!(tx, |c| sqlx::query_scalar(text).bind(region).fetch_optional(c).await)?;
    Ok(found.flatten())
}

/// Notes which secret the region is sealed with, unless that is known.
pub async fn put_vault_check(tx: &mut Tx, check: &str) -> Result<()> {
    let region = tx.region.0;
    let text = "UPDATE region SET vault_check = $2 WHERE region_id = $1 AND vault_check IS NULL";
    on!(tx, |c| sqlx::query(text).bind(region).bind(check).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Whether personal numbers of an earlier version still stand in clear.
pub async fn is_clear(tx: &mut Tx) -> Result<bool> {
    let region = tx.region.0;
    let text = "SELECT is_clear FROM region WHERE region_id = $1";
    let found: Option<bool> = on!(tx, |c| sqlx::query_scalar(text).bind(region).fetch_optional(c).await)?;
    Ok(found.unwrap_or(false))
}

/// Records that no personal number stands in clear any more.
pub async fn mark_sealed(tx: &mut Tx) -> Result<()> {
    let region = tx.region.0;
    let text = "UPDATE region SET is_clear = FALSE WHERE region_id = $1";
    on!(tx, |c| sqlx::query(text).bind(region).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Stores a campaign version; storing it again does nothing.
pub async fn put_definition(
    tx: &mut Tx,
    hash: &str,
    campaign_id: &str,
    files: &str,
    now: Timestamp,
) -> Result<()> {
    on!(tx, |c| sqlx::query(PUT_DEFINITION)
        .bind(hash)
        .bind(campaign_id)
        .bind(micros(now))
        .bind(files)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

const PUT_DEFINITION: &str = "INSERT INTO definition (hash, campaign_id, loaded_at, files) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (hash) DO NOTHING";

/// The files of a campaign version, as stored.
pub async fn find_definition(tx: &mut Tx, hash: &str) -> Result<Option<String>> {
    let text = "SELECT files FROM definition WHERE hash = $1";
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(hash).fetch_optional(c).await)?)
}

/// When a campaign version was first put in force, microseconds since 1970.
pub async fn loaded_at(tx: &mut Tx, hash: &str) -> Result<Option<i64>> {
    let text = "SELECT loaded_at FROM definition WHERE hash = $1";
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(hash).fetch_optional(c).await)?)
}
