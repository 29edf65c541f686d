//! Comments on records.

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

/// Removes all comments on a record.
#[boxed_async]
pub async fn delete(tx: &mut Tx, fact: RecordId) -> Result<()> {
    tx.query("DELETE FROM comment WHERE region_id = $1 AND fact_id = $2").bind(fact).execute(tx).await?;
    Ok(())
}
