//! Drafts: forms that a person has begun to fill in. Each has an id of its own among the person's drafts.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::{RecordId, UnitId, UserId};

use crate::{Result, Tx};

/// A draft to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'a> {
    /// Its id among the person's drafts.
    pub id: &'a str,
    /// The unit whose page it was begun on.
    pub unit: UnitId,
    /// Id of the form.
    pub form: &'a str,
    /// The record that is corrected; `None` for a new one.
    pub fact: Option<RecordId>,
    /// The campaign version of the form that was filled in.
    pub definition_hash: &'a str,
    /// What was typed.
    pub content: &'a str,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DraftRow {
    /// Its id among the person's drafts.
    pub draft_id: String,
    /// The unit whose page it was begun on.
    pub unit_id: i64,
    /// Id of the form.
    pub form: String,
    /// The record that is corrected; 0 for a new one.
    pub fact_id: i64,
    /// When it was stored, microseconds since 1970.
    pub saved_at: i64,
    /// The campaign version of the form that was filled in.
    pub definition_hash: String,
    /// What was typed.
    pub content: String,
}

/// Stores a draft in place of the one with its id.
#[boxed_async]
pub async fn put(tx: &mut Tx, user: UserId, draft: &NewDraft<'_>, now: Timestamp) -> Result<()> {
    // No record has the number 0.
    let fact = draft.fact.map_or(0, |fact| fact.0);
    let query = tx.query(PUT).bind(user).bind(draft.id).bind(draft.unit).bind(draft.form).bind(fact);
    query.bind(now).bind(draft.definition_hash).bind(draft.content).execute(tx).await?;
    Ok(())
}

const PUT: &str = "INSERT INTO draft \
     (region_id, user_id, draft_id, unit_id, form, fact_id, saved_at, definition_hash, content) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (region_id, user_id, draft_id) DO UPDATE SET \
     unit_id = excluded.unit_id, form = excluded.form, fact_id = excluded.fact_id, saved_at = excluded.saved_at, \
     definition_hash = excluded.definition_hash, content = excluded.content";

/// One of a person's drafts.
#[boxed_async]
pub async fn find(tx: &mut Tx, user: UserId, id: &str) -> Result<Option<DraftRow>> {
    tx.query(FIND).bind(user).bind(id).fetch_optional(tx).await
}

const FIND: &str = "SELECT draft_id, unit_id, form, fact_id, saved_at, definition_hash, content FROM draft \
     WHERE region_id = $1 AND user_id = $2 AND draft_id = $3";

/// One person's drafts, the latest first; at most `limit`.
#[boxed_async]
pub async fn list_of(tx: &mut Tx, user: UserId, limit: i64) -> Result<Vec<DraftRow>> {
    tx.query(LIST_OF).bind(user).bind(limit).fetch_all(tx).await
}

const LIST_OF: &str = "SELECT draft_id, unit_id, form, fact_id, saved_at, definition_hash, content FROM draft \
     WHERE region_id = $1 AND user_id = $2 ORDER BY saved_at DESC, draft_id LIMIT $3";

/// Deletes one of a person's drafts.
#[boxed_async]
pub async fn delete(tx: &mut Tx, user: UserId, id: &str) -> Result<()> {
    tx.query(DELETE).bind(user).bind(id).execute(tx).await?;
    Ok(())
}

const DELETE: &str = "DELETE FROM draft WHERE region_id = $1 AND user_id = $2 AND draft_id = $3";

/// Deletes what nobody has touched since `moment`; how many there were.
#[boxed_async]
pub async fn delete_before(tx: &mut Tx, moment: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM draft WHERE region_id = $1 AND saved_at < $2").bind(moment).execute(tx).await
}

/// Hands the drafts of one person to another. One whose id the other has too stays where it is.
#[boxed_async]
pub async fn hand_over(tx: &mut Tx, from: UserId, to: UserId) -> Result<u64> {
    tx.query(HAND_OVER).bind(from).bind(to).execute(tx).await
}

const HAND_OVER: &str = "UPDATE draft SET user_id = $3 WHERE region_id = $1 AND user_id = $2 AND NOT EXISTS \
     (SELECT 1 FROM draft d WHERE d.region_id = draft.region_id AND d.user_id = $3 AND d.draft_id = draft.draft_id)";

/// How many drafts a person has.
#[boxed_async]
pub async fn count_of(tx: &mut Tx, user: UserId) -> Result<i64> {
    tx.query("SELECT count(*) FROM draft WHERE region_id = $1 AND user_id = $2").bind(user).value(tx).await
}
