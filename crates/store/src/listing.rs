//! Reads records by their ids in large batches, the changes that the audit trail
//! holds, and who changed each record last. The index of records decides which
//! records a list shows; it reads records and their changes through this module.

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

/// A change of a record in the audit trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromRow)]
pub struct ChangedRecord {
    /// Id of the audit entry; rises with time ([`crate::made_at`]).
    #[sqlx(rename = "audit_id")]
    pub audit: i64,
    /// The record.
    #[sqlx(rename = "subject_id", try_from = "i64")]
    pub fact: RecordId,
}

/// Up to `limit` records of a form with ids above `after`, by id.
#[boxed_async]
pub async fn of_form(tx: &mut Tx, form: &str, after: RecordId, limit: usize) -> Result<Vec<RecordRow>> {
    let text = records::select!(
        "WHERE f.region_id = $1 AND f.form = $2 AND f.fact_id > $3 ORDER BY f.fact_id LIMIT $4"
    );
    tx.query(text).bind(form).bind(after).bind(rows(limit)).fetch_all(tx).await
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

/// Up to `limit` changes after the audit entry `after` of records of a form, and
/// of records that are no longer there, in the order of the audit.
#[boxed_async]
pub async fn changed(tx: &mut Tx, form: &str, after: i64, limit: usize) -> Result<Vec<ChangedRecord>> {
    tx.query(CHANGED).bind(after).bind(form).bind(rows(limit)).fetch_all(tx).await
}

const CHANGED: &str = "SELECT a.audit_id, a.subject_id FROM audit a \
     LEFT JOIN fact f ON f.region_id = a.region_id AND f.fact_id = a.subject_id \
     WHERE a.region_id = $1 AND a.audit_id > $2 AND a.subject = 'fact' AND (f.form = $3 OR f.form IS NULL) \
     ORDER BY a.audit_id LIMIT $4";

/// The highest id in the audit; 0 when it is empty.
#[boxed_async]
pub async fn last_audit(tx: &mut Tx) -> Result<i64> {
    let text = "SELECT max(audit_id) FROM audit WHERE region_id = $1";
    let last: Option<i64> = tx.query(text).value(tx).await?;
    Ok(last.unwrap_or(0))
}

/// Whether the audit has this entry; every audit has 0, its beginning.
#[boxed_async]
pub async fn has_audit(tx: &mut Tx, audit: i64) -> Result<bool> {
    let text = "SELECT audit_id FROM audit WHERE region_id = $1 AND audit_id = $2";
    let found: Option<i64> = tx.query(text).bind(audit).value_optional(tx).await?;
    Ok(audit == 0 || found.is_some())
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
