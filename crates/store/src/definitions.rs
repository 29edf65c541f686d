//! Regions and the campaign versions they run under. A version, once stored,
//! is never changed: its key is the hash of its files.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::{clock::BusinessDay, ids::RegionId};

use crate::{Engine, Result, Tx, query::Query};

/// A region's own row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Hash of the campaign version in force.
    pub definition_hash: String,
    /// Whether its units and numbers are invented.
    pub is_demonstration: bool,
    /// Millionths of the document's counts that are this region's targets: a
    /// demonstration city is smaller than the real one.
    pub target_ppm: i64,
    /// Counts that are this region's targets whatever the document says, by indicator; the others are the
    /// document's or a part of it.
    pub own_targets: BTreeMap<String, i64>,
    /// The day at which the region has stopped; `None` for the calendar's.
    pub business_day: Option<BusinessDay>,
    /// Rises whenever the tree, the classes or the definition change.
    pub version: i64,
    /// What tells the secret that it is sealed with.
    pub vault_check: Option<String>,
}

/// The columns of a region as they are stored.
#[derive(sqlx::FromRow)]
struct Columns {
    definition_hash: String,
    is_demonstration: bool,
    target_ppm: i64,
    own_targets: Option<String>,
    business_day: Option<String>,
    version: i64,
    vault_check: Option<String>,
}

impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for Region
where
    Columns: sqlx::FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let columns = Columns::from_row(row)?;
        let own_targets = columns.own_targets.map(|text| serde_json::from_str(&text)).transpose();
        let day = columns.business_day.map(|day| day.parse().map(BusinessDay::new)).transpose();
        Ok(Self {
            definition_hash: columns.definition_hash,
            is_demonstration: columns.is_demonstration,
            target_ppm: columns.target_ppm,
            own_targets: own_targets.map_err(|error| unreadable("own_targets", error))?.unwrap_or_default(),
            business_day: day.map_err(|error| unreadable("business_day", error))?,
            version: columns.version,
            vault_check: columns.vault_check,
        })
    }
}

/// Under another day or other targets all figures would be wrong: nothing is shown instead.
fn unreadable(column: &str, error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}

/// How a command locks the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Others may write records at the same time, but nobody may change the tree.
    Shared,
    /// Nobody else may write: the tree, classes or baselines change.
    Exclusive,
}

/// The statement that reads a [`Region`], and how it locks the row.
macro_rules! region {
    ($lock:literal) => {
        concat!(
            "SELECT definition_hash, is_demonstration, target_ppm, own_targets, business_day, version, vault_check FROM region \
             WHERE region_id = $1",
            $lock
        )
    };
}

/// Every region of the database, whichever the transaction is bound to.
#[boxed_async]
pub async fn list_regions(tx: &mut Tx) -> Result<Vec<RegionId>> {
    let ids: Vec<i64> = Query::new("SELECT region_id FROM region ORDER BY region_id").values(tx).await?;
    Ok(ids.into_iter().map(RegionId).collect())
}

/// The region's row, if it has been set up.
#[boxed_async]
pub async fn find_region(tx: &mut Tx) -> Result<Option<Region>> {
    tx.query(region!("")).fetch_optional(tx).await
}

/// The region's row, locked until the transaction ends. SQLite's one writer needs no lock.
#[boxed_async]
pub async fn lock_region(tx: &mut Tx, lock: Lock) -> Result<Option<Region>> {
    if tx.engine() == Engine::Sqlite {
        return find_region(tx).await;
    }
    let text = match lock {
        Lock::Shared => region!(" FOR SHARE"),
        Lock::Exclusive => region!(" FOR UPDATE"),
    };
    tx.query(text).fetch_optional(tx).await
}

/// Sets the region up, or puts it under another campaign version.
#[boxed_async]
pub async fn put_region(tx: &mut Tx, definition_hash: &str, is_demonstration: bool) -> Result<()> {
    tx.query(PUT_REGION).bind(definition_hash).bind(is_demonstration).execute(tx).await?;
    Ok(())
}

const PUT_REGION: &str = "INSERT INTO region (region_id, definition_hash, is_demonstration, target_ppm, version, days_definition) \
     VALUES ($1, $2, $3, 1000000, 1, $2) ON CONFLICT (region_id) DO UPDATE SET definition_hash = excluded.definition_hash, \
     is_demonstration = excluded.is_demonstration, version = region.version + 1";

/// What a region is as a demonstration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemonstrationRegion {
    /// See [`Region::target_ppm`].
    pub target_ppm: i64,
    /// See [`Region::own_targets`].
    pub own_targets: BTreeMap<String, i64>,
    /// See [`Region::business_day`].
    pub business_day: BusinessDay,
}

/// Makes the region a demonstration, whose targets are a part of the document's and which stops at a day.
#[boxed_async]
pub async fn make_demonstration(tx: &mut Tx, region: DemonstrationRegion) -> Result<()> {
    let own = serde_json::to_string(&region.own_targets).unwrap_or_default();
    let day = region.business_day.date().to_string();
    tx.query(MAKE_DEMONSTRATION).bind(region.target_ppm).bind(own).bind(day).execute(tx).await?;
    Ok(())
}

const MAKE_DEMONSTRATION: &str = "UPDATE region SET is_demonstration = TRUE, target_ppm = $2, own_targets = $3, \
     business_day = $4, version = version + 1 WHERE region_id = $1";

/// Gives everything that belongs to a form the form's new id. Digests of records are of the id that the form had when they
/// were written: whoever checks them knows it from the versions that were in force.
#[boxed_async]
pub async fn rename_form(tx: &mut Tx, was: &str, now: &str) -> Result<()> {
    for text in RENAME_FORM {
        tx.query(text).bind(was).bind(now).execute(tx).await?;
    }
    Ok(())
}

/// The statements that give the rows of each table with forms another form.
macro_rules! rename_form {
    ($($table:literal),+) => {
        [$(concat!("UPDATE ", $table, " SET form = $3 WHERE region_id = $1 AND form = $2")),+]
    };
}

const RENAME_FORM: [&str; 8] = rename_form!(
    "fact",
    "removed_record",
    "awaited",
    "record_change",
    "change_pending",
    "column_memory",
    "saved_view",
    "draft"
);

/// Records that the tree or the classes changed.
#[boxed_async]
pub async fn raise_version(tx: &mut Tx) -> Result<()> {
    let text = "UPDATE region SET version = version + 1 WHERE region_id = $1";
    tx.query(text).execute(tx).await?;
    Ok(())
}

/// Whether the region's balances must be folded anew from its records before
/// anything is read: a migration has changed how they are kept.
#[boxed_async]
pub async fn is_unfolded(tx: &mut Tx) -> Result<bool> {
    let text = "SELECT is_unfolded FROM region WHERE region_id = $1";
    Ok(tx.query(text).value_optional(tx).await?.unwrap_or(false))
}

/// Records that the region's balances have been folded.
pub(crate) async fn mark_folded(tx: &mut Tx) -> Result<()> {
    let text = "UPDATE region SET is_unfolded = FALSE WHERE region_id = $1 AND is_unfolded";
    tx.query(text).execute(tx).await?;
    Ok(())
}

/// What tells the secret that the region's personal numbers are sealed with;
/// `None` while nothing has been sealed.
#[boxed_async]
pub async fn vault_check(tx: &mut Tx) -> Result<Option<String>> {
    let text = "SELECT vault_check FROM region WHERE region_id = $1";
    Ok(tx.query(text).value_optional(tx).await?.flatten())
}

/// Notes which secret the region is sealed with, unless that is known.
#[boxed_async]
pub async fn put_vault_check(tx: &mut Tx, check: &str) -> Result<()> {
    let text = "UPDATE region SET vault_check = $2 WHERE region_id = $1 AND vault_check IS NULL";
    tx.query(text).bind(check).execute(tx).await?;
    Ok(())
}

/// What the files beside the database know it by; given to it when it is first asked for.
#[boxed_async]
pub async fn database_id(tx: &mut Tx) -> Result<Option<String>> {
    let text = "SELECT database_id FROM region WHERE region_id = $1";
    Ok(tx.query(text).value_optional(tx).await?.flatten())
}

/// Gives the database what its files know it by, unless it has it.
#[boxed_async]
pub async fn put_database_id(tx: &mut Tx, id: &str) -> Result<()> {
    let text = "UPDATE region SET database_id = $2 WHERE region_id = $1 AND database_id IS NULL";
    tx.query(text).bind(id).execute(tx).await?;
    Ok(())
}

/// Whether personal numbers of an earlier version are still in clear.
#[boxed_async]
pub async fn is_clear(tx: &mut Tx) -> Result<bool> {
    let text = "SELECT is_clear FROM region WHERE region_id = $1";
    Ok(tx.query(text).value_optional(tx).await?.unwrap_or(false))
}

/// Records that no personal number is stored in clear any more.
#[boxed_async]
pub async fn mark_sealed(tx: &mut Tx) -> Result<()> {
    let text = "UPDATE region SET is_clear = FALSE WHERE region_id = $1";
    tx.query(text).execute(tx).await?;
    Ok(())
}

/// Whether entries of the audit have no digests yet: an earlier version of the program made none.
#[boxed_async]
pub async fn is_undigested(tx: &mut Tx) -> Result<bool> {
    let text = "SELECT is_undigested FROM region WHERE region_id = $1";
    Ok(tx.query(text).value_optional(tx).await?.unwrap_or(false))
}

/// Records that every entry of the audit has its digest.
#[boxed_async]
pub async fn mark_digested(tx: &mut Tx) -> Result<()> {
    let text = "UPDATE region SET is_undigested = FALSE WHERE region_id = $1";
    tx.query(text).execute(tx).await?;
    Ok(())
}

/// Stores a campaign version; storing it again does nothing.
#[boxed_async]
pub async fn put_definition(
    tx: &mut Tx,
    hash: &str,
    campaign_id: &str,
    files: &str,
    now: Timestamp,
) -> Result<()> {
    Query::new(PUT_DEFINITION).bind(hash).bind(campaign_id).bind(now).bind(files).execute(tx).await?;
    Ok(())
}

const PUT_DEFINITION: &str = "INSERT INTO definition (hash, campaign_id, loaded_at, files) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (hash) DO NOTHING";

/// The files of a campaign version, as stored.
#[boxed_async]
pub async fn find_definition(tx: &mut Tx, hash: &str) -> Result<Option<String>> {
    let text = "SELECT files FROM definition WHERE hash = $1";
    Query::new(text).bind(hash).value_optional(tx).await
}

/// When a campaign version was first put in force, microseconds since 1970.
#[boxed_async]
pub async fn loaded_at(tx: &mut Tx, hash: &str) -> Result<Option<i64>> {
    let text = "SELECT loaded_at FROM definition WHERE hash = $1";
    Query::new(text).bind(hash).value_optional(tx).await
}
