//! Forms that somebody has begun to fill in: one per person, unit, form and record.

use jiff::Timestamp;
use model::ids::{FactId, UnitId, UserId};

use crate::{
    Result, Tx,
    db::{micros, on},
};

/// Which draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftKey {
    /// Whose it is.
    pub user: UserId,
    /// The unit whose page it was begun on.
    pub unit: UnitId,
    /// Id of the form.
    pub form: String,
    /// The record that is corrected; `None` for a new one.
    pub fact: Option<FactId>,
}

impl DraftKey {
    /// The record as a part of the key: no record has the number 0.
    fn fact(&self) -> i64 {
        self.fact.map_or(0, |fact| fact.0)
    }
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Draft {
    /// The unit whose page it was begun on.
    pub unit_id: i64,
    /// Id of the form.
    pub form: String,
    /// The record that is corrected; 0 for a new one.
    pub fact_id: i64,
    /// When it was kept, microseconds since 1970.
    pub saved_at: i64,
    /// The campaign version of the form that was filled in.
    pub definition_hash: String,
    /// What was typed.
    pub content: String,
}

/// Keeps a draft in place of the one before.
pub async fn put(
    tx: &mut Tx,
    key: &DraftKey,
    definition_hash: &str,
    content: &str,
    now: Timestamp,
) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(PUT)
        .bind(region)
        .bind(key.user.0)
        .bind(key.unit.0)
        .bind(&key.form)
        .bind(key.fact())
        .bind(micros(now))
        .bind(definition_hash)
        .bind(content)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

const PUT: &str = "INSERT INTO draft (region_id, user_id, unit_id, form, fact_id, saved_at, definition_hash, content) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (region_id, user_id, unit_id, form, fact_id) DO UPDATE SET \
     saved_at = excluded.saved_at, definition_hash = excluded.definition_hash, content = excluded.content";

/// One draft.
pub async fn find(tx: &mut Tx, key: &DraftKey) -> Result<Option<Draft>> {
    let region = tx.region.0;
    Ok(on!(tx, |c| sqlx::query_as(FIND)
        .bind(region)
        .bind(key.user.0)
        .bind(key.unit.0)
        .bind(&key.form)
        .bind(key.fact())
        .fetch_optional(c)
        .await)?)
}

const FIND: &str = "SELECT unit_id, form, fact_id, saved_at, definition_hash, content FROM draft \
     WHERE region_id = $1 AND user_id = $2 AND unit_id = $3 AND form = $4 AND fact_id = $5";

/// One person's drafts, the latest first, without what was typed; at most `limit`.
pub async fn list_of(tx: &mut Tx, user: UserId, limit: i64) -> Result<Vec<Draft>> {
    let region = tx.region.0;
    Ok(on!(tx, |c| sqlx::query_as(LIST_OF).bind(region).bind(user.0).bind(limit).fetch_all(c).await)?)
}

const LIST_OF: &str = "SELECT unit_id, form, fact_id, saved_at, definition_hash, '' AS content FROM draft \
     WHERE region_id = $1 AND user_id = $2 ORDER BY saved_at DESC, form, fact_id LIMIT $3";

/// Throws a draft away.
pub async fn delete(tx: &mut Tx, key: &DraftKey) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(DELETE)
        .bind(region)
        .bind(key.user.0)
        .bind(key.unit.0)
        .bind(&key.form)
        .bind(key.fact())
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

const DELETE: &str =
    "DELETE FROM draft WHERE region_id = $1 AND user_id = $2 AND unit_id = $3 AND form = $4 AND fact_id = $5";

/// Throws away what nobody has touched since `moment`; how many there were.
pub async fn delete_before(tx: &mut Tx, moment: Timestamp) -> Result<u64> {
    let region = tx.region.0;
    let text = "DELETE FROM draft WHERE region_id = $1 AND saved_at < $2";
    Ok(on!(tx, |c| sqlx::query(text)
        .bind(region)
        .bind(micros(moment))
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}
