//! Reads records by their ids in large batches, and who changed each record last. The
//! index of records decides which records a list shows; it is built through this module.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use model::ids::RecordId;
use sqlx::FromRow;

use crate::{
    Result, Tx,
    records::{self, RecordRow},
};

/// The last change of a subject.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Latest {
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
}

/// Up to `limit` records of a form with ids above `after`, by id.
#[boxed_async]
pub async fn of_form(tx: &mut Tx, form: &str, after: RecordId, limit: usize) -> Result<Vec<RecordRow>> {
    let text = records::select!(
        "WHERE f.region_id = $1 AND f.form = $2 AND f.fact_id > $3 ORDER BY f.fact_id LIMIT $4"
    );
    let query = tx.query(text).bind(form).bind(after).bind(rows(limit));
    records::fetch_rows_or_blank(tx, query).await
}

/// A number of rows as an engine takes it.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// How many records of a form there are.
#[boxed_async]
pub async fn count(tx: &mut Tx, form: &str) -> Result<i64> {
    tx.query("SELECT count(*) FROM fact WHERE region_id = $1 AND form = $2").bind(form).value(tx).await
}

/// The highest id in the audit; 0 when it is empty.
#[boxed_async]
pub async fn last_audit(tx: &mut Tx) -> Result<i64> {
    let text = "SELECT max(audit_id) FROM audit WHERE region_id = $1";
    let last: Option<i64> = tx.query(text).value(tx).await?;
    Ok(last.unwrap_or(0))
}

/// One of the changes of a record.
#[derive(FromRow)]
struct Change {
    #[sqlx(try_from = "i64")]
    subject_id: RecordId,
    #[sqlx(flatten)]
    change: Latest,
}

/// When each of these records was last changed, and by whom; a record whose audit
/// says nothing is left out.
#[boxed_async]
pub async fn latest(tx: &mut Tx, facts: &[RecordId]) -> Result<BTreeMap<RecordId, Latest>> {
    if facts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut query = tx.build("SELECT subject_id, at, actor FROM audit WHERE region_id = ");
    query.push_in("subject_id", facts.iter().copied());
    query.push(" AND subject = 'fact' ORDER BY subject_id, audit_id");
    let rows: Vec<Change> = query.fetch_all(tx).await?;
    // In the order of the changes: the last one of each record stays.
    Ok(rows.into_iter().map(|row| (row.subject_id, row.change)).collect())
}

/// Something that was done to a record.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Act {
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What else the audit says of it.
    pub detail: Option<String>,
}

/// One of the acts of a record.
#[derive(FromRow)]
struct ActOfRecord {
    #[sqlx(try_from = "i64")]
    subject_id: RecordId,
    #[sqlx(flatten)]
    act: Act,
}

/// Everything that was done to each of these records, oldest first, without what they stated.
#[boxed_async]
pub async fn acts(tx: &mut Tx, facts: &[RecordId]) -> Result<BTreeMap<RecordId, Vec<Act>>> {
    let mut found: BTreeMap<RecordId, Vec<Act>> = BTreeMap::new();
    if facts.is_empty() {
        return Ok(found);
    }
    let mut query = tx.build("SELECT subject_id, at, actor, detail FROM audit WHERE region_id = ");
    query.push_in("subject_id", facts.iter().copied());
    query.push(" AND subject = 'fact' ORDER BY subject_id, audit_id");
    for row in query.fetch_all::<ActOfRecord>(tx).await? {
        found.entry(row.subject_id).or_default().push(row.act);
    }
    Ok(found)
}
