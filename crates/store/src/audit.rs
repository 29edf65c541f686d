//! The audit trail: who changed what and when, with the values before and after.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use jiff::Timestamp;

use crate::{Result, Tx, bulk, new_id};

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

/// Writes entries in their order.
#[boxed_async]
pub async fn append(
    tx: &mut Tx,
    actor: &str,
    definition_hash: &str,
    now: Timestamp,
    entries: Vec<AuditEntry>,
) -> Result<()> {
    let region = tx.region;
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
    let rows = entries.into_iter().map(|entry| {
        [
            region.into(),
            new_id(now).into(),
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

/// Everything that was done to one subject, oldest first.
#[boxed_async]
pub async fn list_of(tx: &mut Tx, subject: &str, subject_id: i64) -> Result<Vec<AuditRow>> {
    tx.query(LIST_OF).bind(subject_id).bind(subject).fetch_all(tx).await
}

const LIST_OF: &str = "SELECT at, actor, action, before, after, detail, definition_hash FROM audit \
     WHERE region_id = $1 AND subject_id = $2 AND subject = $3 ORDER BY audit_id";

/// One change, with what it was done to.
#[derive(sqlx::FromRow)]
struct OfSubject {
    subject_id: i64,
    #[sqlx(flatten)]
    row: AuditRow,
}

/// Everything that was done to some subjects, of each oldest first.
#[boxed_async]
pub async fn list_of_all(tx: &mut Tx, subject: &str, ids: &[i64]) -> Result<BTreeMap<i64, Vec<AuditRow>>> {
    let mut found: BTreeMap<i64, Vec<AuditRow>> = BTreeMap::new();
    for chunk in ids.chunks(SUBJECTS) {
        let mut query = tx.build(
            "SELECT subject_id, at, actor, action, before, after, detail, definition_hash FROM audit \
             WHERE region_id = ",
        );
        query.push_in("subject_id", chunk.iter().copied()).push_and("subject = ", subject);
        query.push(" ORDER BY subject_id, audit_id").cached(chunk.len() == SUBJECTS);
        for OfSubject { subject_id, row } in query.fetch_all::<OfSubject>(tx).await? {
            found.entry(subject_id).or_default().push(row);
        }
    }
    Ok(found)
}

/// Subjects asked for by one statement.
const SUBJECTS: usize = 500;

/// The texts of a change.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditTexts {
    /// Its id.
    pub audit_id: i64,
    /// State before.
    pub before: Option<String>,
    /// State after.
    pub after: Option<String>,
    /// What else is to be known.
    pub detail: Option<String>,
}

/// The texts of everything that was done to one subject, oldest first.
#[boxed_async]
pub async fn texts_of(tx: &mut Tx, subject: &str, subject_id: i64) -> Result<Vec<AuditTexts>> {
    let text = "SELECT audit_id, before, after, detail FROM audit \
         WHERE region_id = $1 AND subject_id = $2 AND subject = $3 ORDER BY audit_id";
    tx.query(text).bind(subject_id).bind(subject).fetch_all(tx).await
}

/// Writes texts without the personal numbers that were masked.
#[boxed_async]
pub async fn put_texts(tx: &mut Tx, texts: &[AuditTexts]) -> Result<()> {
    let rows = texts.iter().map(|texts| {
        (texts.audit_id, [(&texts.before).into(), (&texts.after).into(), (&texts.detail).into()])
    });
    bulk::update_texts(tx, "audit", "audit_id", ["before", "after", "detail"], rows).await
}
