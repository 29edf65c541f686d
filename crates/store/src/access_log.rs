//! The log of access: who signed in, who failed to, who looked at or took away what.
//! Rows are added and never changed.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::UnitId;

use crate::{Result, Tx, new_id};

/// Something to be noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessEntry {
    /// Who: a login; empty where no account has the login that was tried.
    pub actor: String,
    /// What was done.
    pub action: &'static str,
    /// From where.
    pub address: Option<String>,
    /// At which unit.
    pub unit: Option<UnitId>,
    /// What it was done to: a login, a register, the token of a person.
    pub subject: String,
    /// What else is to be known, such as the number of rows.
    pub detail: String,
}

/// An entry as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccessLogRow {
    /// Its id; rises with time.
    pub entry_id: i64,
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// From where.
    pub address: Option<String>,
    /// At which unit.
    pub unit_id: Option<i64>,
    /// What it was done to.
    pub subject: String,
    /// What else is to be known.
    pub detail: String,
}

/// Adds an entry.
#[boxed_async]
pub async fn append(tx: &mut Tx, now: Timestamp, entry: &AccessEntry) -> Result<()> {
    let query = tx.query(APPEND).bind(new_id(now)).bind(now).bind(&entry.actor).bind(entry.action);
    let query = query.bind(&entry.address).bind(entry.unit);
    query.bind(&entry.subject).bind(&entry.detail).execute(tx).await?;
    Ok(())
}

const APPEND: &str = "INSERT INTO access_log (region_id, entry_id, at, actor, action, address, unit_id, subject, \
     detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Entries older than `before`, newest first.
#[boxed_async]
pub async fn list(tx: &mut Tx, before: Option<i64>, limit: i64) -> Result<Vec<AccessLogRow>> {
    let text = "SELECT entry_id, at, actor, action, address, unit_id, subject, detail FROM access_log \
         WHERE region_id = $1 AND entry_id < $2 ORDER BY entry_id DESC LIMIT $3";
    tx.query(text).bind(before.unwrap_or(i64::MAX)).bind(limit).fetch_all(tx).await
}
