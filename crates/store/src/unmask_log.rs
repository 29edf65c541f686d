//! The log of personal data: who saw, changed or removed what, and why. Rows are
//! added and never changed.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::{RecordId, UnitId};

use crate::{Result, Tx, new_id};

/// Something that was done about personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnmaskEntry {
    /// What: `unmask`, `find`, `correct`, `remove`.
    pub action: &'static str,
    /// At which unit.
    pub unit: Option<UnitId>,
    /// On which record.
    pub fact: Option<RecordId>,
    /// The token of the person it was about.
    pub person: Option<String>,
    /// Why, in the words of who did it.
    pub reason: String,
    /// What came of it, such as the number of records.
    pub detail: String,
}

/// An entry as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UnmaskLogRow {
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
#[boxed_async]
pub async fn append(tx: &mut Tx, actor: &str, now: Timestamp, entry: &UnmaskEntry) -> Result<()> {
    let query = tx.query(APPEND).bind(new_id(now)).bind(now).bind(actor).bind(entry.action);
    let query = query.bind(entry.unit).bind(entry.fact).bind(&entry.person);
    query.bind(&entry.reason).bind(&entry.detail).execute(tx).await?;
    Ok(())
}

const APPEND: &str = "INSERT INTO privacy_log (region_id, entry_id, at, actor, action, unit_id, fact_id, person, \
     reason, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// A statement that reads [`UnmaskLogRow`].
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT entry_id, at, actor, action, unit_id, fact_id, person, reason, detail FROM privacy_log ",
            $rest
        )
    };
}

/// Entries older than `before`, newest first.
#[boxed_async]
pub async fn list(tx: &mut Tx, before: Option<i64>, limit: i64) -> Result<Vec<UnmaskLogRow>> {
    let text = select!("WHERE region_id = $1 AND entry_id < $2 ORDER BY entry_id DESC LIMIT $3");
    tx.query(text).bind(before.unwrap_or(i64::MAX)).bind(limit).fetch_all(tx).await
}

/// Entries about one record, oldest first.
#[boxed_async]
pub async fn list_of_record(tx: &mut Tx, fact: RecordId) -> Result<Vec<UnmaskLogRow>> {
    let text = select!("WHERE region_id = $1 AND fact_id = $2 ORDER BY entry_id");
    tx.query(text).bind(fact).fetch_all(tx).await
}
