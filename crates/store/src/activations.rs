//! Codes by which the owners of new accounts begin to use them. Of a code only a keyed hash is stored.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::{UnitId, UserId};

use crate::{Result, Tx, bulk, query::Builder};

/// The code of an account.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ActivationRow {
    /// Whose account.
    pub user_id: i64,
    /// The keyed hash of the code.
    pub code_hash: String,
    /// The batch it was issued in.
    pub batch_id: i64,
    /// When it was issued, microseconds since 1970.
    pub issued_at: i64,
    /// When it ends, microseconds since 1970.
    pub expires_at: i64,
    /// How often it was shown and could not be used.
    pub tries: i64,
}

/// Codes that were issued together.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BatchRow {
    /// Its id.
    pub batch_id: i64,
    /// The unit at and below which they were issued.
    pub unit_id: i64,
    /// When, microseconds since 1970.
    pub issued_at: i64,
    /// By whom.
    pub issued_by: String,
    /// When they end, microseconds since 1970.
    pub expires_at: i64,
    /// How many accounts.
    pub accounts: i64,
}

/// Gives accounts their codes, in place of earlier ones.
#[boxed_async]
pub async fn put(tx: &mut Tx, rows: &[ActivationRow]) -> Result<()> {
    let region = tx.region;
    let columns = ["region_id", "user_id", "code_hash", "batch_id", "issued_at", "expires_at", "tries"];
    let rows = rows.iter().map(|row| {
        [
            region.into(),
            row.user_id.into(),
            (&row.code_hash).into(),
            row.batch_id.into(),
            row.issued_at.into(),
            row.expires_at.into(),
            row.tries.into(),
        ]
    });
    bulk::insert(tx, "activation", columns, REPLACE, rows).await?;
    Ok(())
}

const REPLACE: &str = "ON CONFLICT (region_id, user_id) DO UPDATE SET code_hash = excluded.code_hash, \
     batch_id = excluded.batch_id, issued_at = excluded.issued_at, expires_at = excluded.expires_at, \
     tries = excluded.tries";

/// The account that has this code, ended or not.
#[boxed_async]
pub async fn find(tx: &mut Tx, code_hash: &str) -> Result<Option<ActivationRow>> {
    let text = "SELECT user_id, code_hash, batch_id, issued_at, expires_at, tries FROM activation \
         WHERE region_id = $1 AND code_hash = $2";
    tx.query(text).bind(code_hash).fetch_optional(tx).await
}

/// Notes that a code was shown and could not be used.
#[boxed_async]
pub async fn note_try(tx: &mut Tx, user: UserId) -> Result<()> {
    let text = "UPDATE activation SET tries = tries + 1 WHERE region_id = $1 AND user_id = $2";
    tx.query(text).bind(user).execute(tx).await?;
    Ok(())
}

/// Takes the code of an account away; whether it had this one. Of two who use the same code at the same
/// time, only one is told `true`.
#[boxed_async]
pub async fn use_code(tx: &mut Tx, user: UserId, code_hash: &str) -> Result<bool> {
    let text = "DELETE FROM activation WHERE region_id = $1 AND user_id = $2 AND code_hash = $3";
    Ok(tx.query(text).bind(user).bind(code_hash).execute(tx).await? == 1)
}

/// Takes the code of an account away, whatever it is.
#[boxed_async]
pub async fn delete(tx: &mut Tx, user: UserId) -> Result<()> {
    let text = "DELETE FROM activation WHERE region_id = $1 AND user_id = $2";
    tx.query(text).bind(user).execute(tx).await?;
    Ok(())
}

/// Takes all codes of a batch away; how many there were.
#[boxed_async]
pub async fn delete_batch(tx: &mut Tx, batch: i64) -> Result<u64> {
    tx.query("DELETE FROM activation WHERE region_id = $1 AND batch_id = $2").bind(batch).execute(tx).await
}

/// Accounts that have a code of a batch, used by nobody yet.
#[boxed_async]
pub async fn accounts_of(tx: &mut Tx, batch: i64) -> Result<Vec<i64>> {
    let text = "SELECT user_id FROM activation WHERE region_id = $1 AND batch_id = $2";
    tx.query(text).bind(batch).values(tx).await
}

/// Writes down a batch.
///
/// # Errors
/// A duplicate id ([`crate::Error::is_duplicate`]): the same form was sent twice.
#[boxed_async]
pub async fn insert_batch(tx: &mut Tx, batch: &BatchRow) -> Result<()> {
    let text = "INSERT INTO activation_batch (region_id, batch_id, unit_id, issued_at, issued_by, expires_at, \
         accounts) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let query = tx.query(text).bind(batch.batch_id).bind(batch.unit_id).bind(batch.issued_at);
    query.bind(&batch.issued_by).bind(batch.expires_at).bind(batch.accounts).execute(tx).await?;
    Ok(())
}

/// The columns of [`BatchRow`].
const BATCH: &str = "SELECT b.batch_id, b.unit_id, b.issued_at, b.issued_by, b.expires_at, b.accounts \
     FROM activation_batch b WHERE b.region_id = ";

/// One batch.
#[boxed_async]
pub async fn find_batch(tx: &mut Tx, batch: i64) -> Result<Option<BatchRow>> {
    let mut query = tx.build(BATCH);
    query.push_and("b.batch_id = ", batch);
    query.finish().fetch_optional(tx).await
}

/// The latest batches of these units, at most `limit`; `None` for all units.
#[boxed_async]
pub async fn batches(tx: &mut Tx, units: Option<&[UnitId]>, limit: i64) -> Result<Vec<BatchRow>> {
    let mut query: Builder<'_> = tx.build(BATCH);
    if let Some(units) = units {
        query.push_in("b.unit_id", units.iter().copied());
    }
    query.push_order("b.issued_at DESC, b.batch_id", limit);
    query.fetch_all(tx).await
}

/// How many codes of a batch can still be used, and how many have ended.
#[boxed_async]
pub async fn open_and_ended(tx: &mut Tx, batch: i64, now: Timestamp) -> Result<(i64, i64)> {
    let text = "SELECT COALESCE(SUM(CASE WHEN expires_at > $3 THEN 1 ELSE 0 END), 0) AS open_codes, \
         COALESCE(SUM(CASE WHEN expires_at > $3 THEN 0 ELSE 1 END), 0) AS ended_codes FROM activation \
         WHERE region_id = $1 AND batch_id = $2";
    let found: Option<(i64, i64)> = tx.query(text).bind(batch).bind(now).fetch_optional(tx).await?;
    Ok(found.unwrap_or_default())
}
