//! The audit trail: who changed what and when, with the values before and after.

use std::collections::BTreeSet;

use boxed_async::boxed_async;
use jiff::Timestamp;

use crate::{Result, Tx, bulk, identity::new_ids_after};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// What was done: `create`, `correct`, `delete`, `move` …
    pub action: &'static str,
    /// What sort of thing it was done to: `fact`, `unit`, `account` …
    pub subject: &'static str,
    /// Its id.
    pub subject_id: i64,
    /// Its state before; `None` when it did not exist.
    pub before: Option<String>,
    /// Its state after; `None` when it no longer exists.
    pub after: Option<String>,
    /// What else is to be known of it, as text that its writer reads.
    pub detail: Option<String>,
}

/// One change as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditRow {
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// State before.
    pub before: Option<String>,
    /// State after.
    pub after: Option<String>,
    /// What else is to be known.
    pub detail: Option<String>,
    /// The campaign version it was done under.
    pub definition_hash: String,
}

/// Writes entries in their order, each after all earlier ones of its subject, whatever the clocks say by which
/// those were written: another server's may be ahead, and this one's may have been set back.
#[boxed_async]
pub async fn append(
    tx: &mut Tx,
    actor: &str,
    definition_hash: &str,
    now: Timestamp,
    entries: Vec<AuditEntry>,
) -> Result<()> {
    let region = tx.region;
    let floor = newest_of(tx, &entries).await?;
    let ids = new_ids_after(floor, entries.len(), now);
    let columns = [
        "region_id",
        "audit_id",
        "at",
        "actor",
        "action",
        "subject",
        "subject_id",
        "definition_hash",
        "before",
        "after",
        "detail",
    ];
    let rows = entries.into_iter().zip(ids).map(|(entry, id)| {
        [
            region.into(),
            id.into(),
            now.into(),
            actor.into(),
            entry.action.into(),
            entry.subject.into(),
            entry.subject_id.into(),
            definition_hash.into(),
            entry.before.into(),
            entry.after.into(),
            entry.detail.into(),
        ]
    });
    bulk::insert(tx, "audit", columns, "", rows).await?;
    Ok(())
}

/// The newest entry of those subjects that were there before; 0 when there are none.
async fn newest_of(tx: &mut Tx, entries: &[AuditEntry]) -> Result<i64> {
    let known: BTreeSet<i64> =
        entries.iter().filter(|entry| entry.before.is_some()).map(|entry| entry.subject_id).collect();
    let known: Vec<i64> = known.into_iter().collect();
    let mut newest = 0;
    for chunk in known.chunks(SUBJECTS) {
        // The sum keeps an engine from walking the region backwards until it meets one of the subjects.
        let mut query = tx.build("SELECT max(audit_id + 0) FROM audit WHERE region_id = ");
        query.push_in("subject_id", chunk.iter().copied()).cached(chunk.len() == SUBJECTS);
        let found: Option<i64> = query.finish().value(tx).await?;
        newest = newest.max(found.unwrap_or(0));
    }
    Ok(newest)
}

/// Subjects looked for by one statement.
const SUBJECTS: usize = 500;

/// Everything that was done to one subject, oldest first.
#[boxed_async]
pub async fn list_of(tx: &mut Tx, subject: &str, subject_id: i64) -> Result<Vec<AuditRow>> {
    tx.query(LIST_OF).bind(subject_id).bind(subject).fetch_all(tx).await
}

const LIST_OF: &str = "SELECT at, actor, action, before, after, detail, definition_hash FROM audit \
     WHERE region_id = $1 AND subject_id = $2 AND subject = $3 ORDER BY audit_id";
