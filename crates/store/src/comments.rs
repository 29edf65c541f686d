//! Comments on records.

use std::collections::BTreeSet;

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::RecordId;

use crate::{Result, Tx};

/// One comment as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CommentRow {
    /// Its id; rises with time.
    pub comment_id: i64,
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// Its text; empty when it was withdrawn.
    pub content: String,
    /// Whether its author has withdrawn it.
    pub is_withdrawn: bool,
}

/// Adds a comment to a record.
#[boxed_async]
pub async fn insert(
    tx: &mut Tx,
    fact: RecordId,
    id: i64,
    now: Timestamp,
    actor: &str,
    content: &str,
) -> Result<()> {
    tx.query(INSERT).bind(fact).bind(id).bind(now).bind(actor).bind(content).execute(tx).await?;
    Ok(())
}

const INSERT: &str = "INSERT INTO comment (region_id, fact_id, comment_id, at, actor, content, is_withdrawn) \
     VALUES ($1, $2, $3, $4, $5, $6, FALSE)";

/// The comments on a record, oldest first.
#[boxed_async]
pub async fn list(tx: &mut Tx, fact: RecordId) -> Result<Vec<CommentRow>> {
    tx.query(LIST).bind(fact).fetch_all(tx).await
}

const LIST: &str = "SELECT comment_id, at, actor, content, is_withdrawn FROM comment \
     WHERE region_id = $1 AND fact_id = $2 ORDER BY comment_id";

/// Withdraws a comment: its text is removed, the entry stays.
#[boxed_async]
pub async fn withdraw(tx: &mut Tx, fact: RecordId, id: i64) -> Result<()> {
    tx.query(WITHDRAW).bind(fact).bind(id).execute(tx).await?;
    Ok(())
}

const WITHDRAW: &str = "UPDATE comment SET content = '', is_withdrawn = TRUE \
     WHERE region_id = $1 AND fact_id = $2 AND comment_id = $3";

/// Removes all comments on some records.
#[boxed_async]
pub async fn delete_all(tx: &mut Tx, facts: &[RecordId]) -> Result<()> {
    for chunk in facts.chunks(FACTS) {
        let mut query = tx.build("DELETE FROM comment WHERE region_id = ");
        query.push_in("fact_id", chunk.iter().copied()).cached(chunk.len() == FACTS);
        query.finish().execute(tx).await?;
    }
    Ok(())
}

/// Which of these records somebody has commented on.
#[boxed_async]
pub async fn commented(tx: &mut Tx, facts: &[RecordId]) -> Result<BTreeSet<RecordId>> {
    let mut found = BTreeSet::new();
    for chunk in facts.chunks(FACTS) {
        let mut query = tx.build("SELECT DISTINCT fact_id FROM comment WHERE region_id = ");
        query.push_in("fact_id", chunk.iter().copied()).push(" AND NOT is_withdrawn");
        query.cached(chunk.len() == FACTS);
        found.extend(query.finish().values::<i64>(tx).await?.into_iter().map(RecordId));
    }
    Ok(found)
}

/// Records asked for by one statement.
const FACTS: usize = 500;
