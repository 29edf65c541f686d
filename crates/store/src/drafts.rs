//! Drafts: forms that a person has begun to fill in, one per person, unit, form and record.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::{RecordId, UnitId, UserId};

use crate::{Result, Tx, query::Query};

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
    pub fact: Option<RecordId>,
}

impl DraftKey {
    /// A statement about this draft, whose `$2` to `$5` are its key. No record has the number 0.
    fn query<'q>(&'q self, tx: &Tx, text: &'static str) -> Query<'q> {
        let fact = self.fact.map_or(0, |fact| fact.0);
        tx.query(text).bind(self.user).bind(self.unit).bind(&self.form).bind(fact)
    }
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DraftRow {
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
#[boxed_async]
pub async fn put(
    tx: &mut Tx,
    key: &DraftKey,
    definition_hash: &str,
    content: &str,
    now: Timestamp,
) -> Result<()> {
    key.query(tx, PUT).bind(now).bind(definition_hash).bind(content).execute(tx).await?;
    Ok(())
}

const PUT: &str = "INSERT INTO draft (region_id, user_id, unit_id, form, fact_id, saved_at, definition_hash, content) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (region_id, user_id, unit_id, form, fact_id) DO UPDATE SET \
     saved_at = excluded.saved_at, definition_hash = excluded.definition_hash, content = excluded.content";

/// One draft.
#[boxed_async]
pub async fn find(tx: &mut Tx, key: &DraftKey) -> Result<Option<DraftRow>> {
    key.query(tx, FIND).fetch_optional(tx).await
}

const FIND: &str = "SELECT unit_id, form, fact_id, saved_at, definition_hash, content FROM draft \
     WHERE region_id = $1 AND user_id = $2 AND unit_id = $3 AND form = $4 AND fact_id = $5";

/// One person's drafts, the latest first, without what was typed; at most `limit`.
#[boxed_async]
pub async fn list_of(tx: &mut Tx, user: UserId, limit: i64) -> Result<Vec<DraftRow>> {
    tx.query(LIST_OF).bind(user).bind(limit).fetch_all(tx).await
}

const LIST_OF: &str = "SELECT unit_id, form, fact_id, saved_at, definition_hash, '' AS content FROM draft \
     WHERE region_id = $1 AND user_id = $2 ORDER BY saved_at DESC, form, fact_id LIMIT $3";

/// Throws a draft away.
#[boxed_async]
pub async fn delete(tx: &mut Tx, key: &DraftKey) -> Result<()> {
    key.query(tx, DELETE).execute(tx).await?;
    Ok(())
}

const DELETE: &str =
    "DELETE FROM draft WHERE region_id = $1 AND user_id = $2 AND unit_id = $3 AND form = $4 AND fact_id = $5";

/// Throws away what nobody has touched since `moment`; how many there were.
#[boxed_async]
pub async fn delete_before(tx: &mut Tx, moment: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM draft WHERE region_id = $1 AND saved_at < $2").bind(moment).execute(tx).await
}

/// Hands the drafts of one person to another. One whose form the other has begun too stays where it is.
#[boxed_async]
pub async fn hand_over(tx: &mut Tx, from: UserId, to: UserId) -> Result<u64> {
    tx.query(HAND_OVER).bind(from).bind(to).execute(tx).await
}

const HAND_OVER: &str = "UPDATE draft SET user_id = $3 WHERE region_id = $1 AND user_id = $2 AND NOT EXISTS \
     (SELECT 1 FROM draft d WHERE d.region_id = draft.region_id AND d.user_id = $3 AND d.unit_id = draft.unit_id \
     AND d.form = draft.form AND d.fact_id = draft.fact_id)";

/// How many drafts a person has.
#[boxed_async]
pub async fn count_of(tx: &mut Tx, user: UserId) -> Result<i64> {
    tx.query("SELECT count(*) FROM draft WHERE region_id = $1 AND user_id = $2").bind(user).value(tx).await
}
