//! The privacy log: what was asked for and done about personal data, by whom
//! and why. Rows are added and never changed.

use jiff::Timestamp;
use model::ids::{FactId, UnitId};

use crate::{
    Result, Tx,
    db::{micros, on},
    new_id,
};

/// Something that was done about personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// What: `unmask`, `find`, `correct`, `remove`.
    pub action: &'static str,
    /// At which unit.
    pub unit: Option<UnitId>,
    /// On which record.
    pub fact: Option<FactId>,
    /// The token of the person it was about.
    pub person: Option<String>,
    /// Why, in the words of who did it.
    pub reason: String,
    /// What came of it, such as the number of records.
    pub detail: String,
}

/// An entry as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Logged {
    /// Its id; rises with time.
    pub entry_id: i64,
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// At which unit.
    pub unit_id: Option<i64>,
    /// On which record.
    pub fact_id: Option<i64>,
    /// The token of the person it was about.
    pub person: Option<String>,
    /// Why.
    pub reason: String,
    /// What came of it.
    pub detail: String,
}

/// Adds an entry.
pub async fn append(tx: &mut Tx, actor: &str, now: Timestamp, entry: &Entry) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(APPEND)
        .bind(region)
        .bind(new_id(now))
        .bind(micros(now))
        .bind(actor)
        .bind(entry.action)
        .bind(entry.unit.map(|unit| unit.0))
        .bind(entry.fact.map(|fact| fact.0))
        .bind(&entry.person)
        .bind(&entry.reason)
        .bind(&entry.detail)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

const APPEND: &str = "INSERT INTO privacy_log (region_id, entry_id, at, actor, action, unit_id, fact_id, person, \
     reason, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// Entries older than `before`, newest first.
pub async fn list(tx: &mut Tx, before: Option<i64>, limit: i64) -> Result<Vec<Logged>> {
    let region = tx.region.0;
    let text = "SELECT entry_id, at, actor, action, unit_id, fact_id, person, reason, detail FROM privacy_log \
         WHERE region_id = $1 AND entry_id < $2 ORDER BY entry_id DESC LIMIT $3";
    let before = before.unwrap_or(i64::MAX);
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).bind(before).bind(limit).fetch_all(c).await)?)
}

/// Entries about one record, oldest first.
pub async fn of_fact(tx: &mut Tx, fact: FactId) -> Result<Vec<Logged>> {
    let region = tx.region.0;
    let text = "SELECT entry_id, at, actor, action, unit_id, fact_id, person, reason, detail FROM privacy_log \
         WHERE region_id = $1 AND fact_id = $2 ORDER BY entry_id";
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).bind(fact.0).fetch_all(c).await)?)
}
