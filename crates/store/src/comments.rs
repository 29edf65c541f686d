//! What people say about facts.

use jiff::Timestamp;
use model::ids::FactId;

use crate::{
    Result, Tx,
    db::{micros, on},
};

/// One comment as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Comment {
    /// Its id; rises with time.
    pub comment_id: i64,
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What is said; empty when it was withdrawn.
    pub content: String,
    /// Whether who said it has taken it back.
    pub is_withdrawn: bool,
}

/// Adds a comment to a fact.
pub async fn insert(
    tx: &mut Tx,
    fact: FactId,
    id: i64,
    now: Timestamp,
    actor: &str,
    content: &str,
) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(INSERT)
        .bind(region)
        .bind(fact.0)
        .bind(id)
        .bind(micros(now))
        .bind(actor)
        .bind(content)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

const INSERT: &str = "INSERT INTO comment (region_id, fact_id, comment_id, at, actor, content, is_withdrawn) \
     VALUES ($1, $2, $3, $4, $5, $6, FALSE)";

/// The comments on a fact, oldest first.
pub async fn list(tx: &mut Tx, fact: FactId) -> Result<Vec<Comment>> {
    let region = tx.region.0;
    Ok(on!(tx, |c| sqlx::query_as(LIST).bind(region).bind(fact.0).fetch_all(c).await)?)
}

const LIST: &str = "SELECT comment_id, at, actor, content, is_withdrawn FROM comment \
     WHERE region_id = $1 AND fact_id = $2 ORDER BY comment_id";

/// Takes a comment back: that there was one stays, what it said goes.
pub async fn withdraw(tx: &mut Tx, fact: FactId, id: i64) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(WITHDRAW).bind(region).bind(fact.0).bind(id).execute(c).await.map(|_| ()))?;
    Ok(())
}

const WITHDRAW: &str = "UPDATE comment SET content = '', is_withdrawn = TRUE \
     WHERE region_id = $1 AND fact_id = $2 AND comment_id = $3";

/// Removes everything that was said about a fact.
pub async fn delete(tx: &mut Tx, fact: FactId) -> Result<()> {
    let region = tx.region.0;
    let text = "DELETE FROM comment WHERE region_id = $1 AND fact_id = $2";
    on!(tx, |c| sqlx::query(text).bind(region).bind(fact.0).execute(c).await.map(|_| ()))?;
    Ok(())
}
