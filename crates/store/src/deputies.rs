//! Who acts for whom, from one day to another.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::UserId;

use crate::{Result, Tx};

/// A deputy for an absence.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DeputyRow {
    /// Its id.
    pub deputy_id: i64,
    /// Who is absent.
    pub principal_id: i64,
    /// Who acts in the meantime.
    pub user_id: i64,
    /// The first day, YYYY-MM-DD.
    pub from_on: String,
    /// The last day, YYYY-MM-DD.
    pub until_on: String,
    /// Who said so.
    pub named_by: String,
    /// When it was ended early, microseconds since 1970.
    pub ended_at: Option<i64>,
}

/// A statement that reads [`DeputyRow`]s.
macro_rules! deputies {
    ($rest:literal) => {
        concat!(
            "SELECT deputy_id, principal_id, user_id, from_on, until_on, named_by, ended_at FROM deputy ",
            $rest
        )
    };
}

/// Names a deputy.
#[boxed_async]
pub async fn insert(tx: &mut Tx, row: &DeputyRow) -> Result<()> {
    let text = "INSERT INTO deputy (region_id, deputy_id, principal_id, user_id, from_on, until_on, named_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let query = tx.query(text).bind(row.deputy_id).bind(row.principal_id).bind(row.user_id);
    query.bind(&row.from_on).bind(&row.until_on).bind(&row.named_by).execute(tx).await?;
    Ok(())
}

/// The deputy with this id.
#[boxed_async]
pub async fn find(tx: &mut Tx, deputy: i64) -> Result<Option<DeputyRow>> {
    let text = deputies!("WHERE region_id = $1 AND deputy_id = $2");
    tx.query(text).bind(deputy).fetch_optional(tx).await
}

/// Who acts for an account, and has not been ended, from `day` on; the latest first.
#[boxed_async]
pub async fn list_for(tx: &mut Tx, principal: UserId, day: &str) -> Result<Vec<DeputyRow>> {
    let text = deputies!(
        "WHERE region_id = $1 AND principal_id = $2 AND until_on >= $3 AND ended_at IS NULL ORDER BY from_on"
    );
    tx.query(text).bind(principal).bind(day).fetch_all(tx).await
}

/// For whom an account acts, and has not been ended, from `day` on; the earliest first.
#[boxed_async]
pub async fn list_by(tx: &mut Tx, user: UserId, day: &str) -> Result<Vec<DeputyRow>> {
    let text = deputies!(
        "WHERE region_id = $1 AND user_id = $2 AND until_on >= $3 AND ended_at IS NULL ORDER BY from_on"
    );
    tx.query(text).bind(user).bind(day).fetch_all(tx).await
}

/// Ends one early; whether it went on until now.
#[boxed_async]
pub async fn end(tx: &mut Tx, deputy: i64, now: Timestamp) -> Result<bool> {
    let text = "UPDATE deputy SET ended_at = $3 WHERE region_id = $1 AND deputy_id = $2 AND ended_at IS NULL";
    Ok(tx.query(text).bind(deputy).bind(now).execute(tx).await? == 1)
}

/// Ends all that an account has or is, early.
#[boxed_async]
pub async fn end_all_of(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<()> {
    let texts = [
        "UPDATE deputy SET ended_at = $3 WHERE region_id = $1 AND principal_id = $2 AND ended_at IS NULL",
        "UPDATE deputy SET ended_at = $3 WHERE region_id = $1 AND user_id = $2 AND ended_at IS NULL",
    ];
    for text in texts {
        tx.query(text).bind(user).bind(now).execute(tx).await?;
    }
    Ok(())
}
