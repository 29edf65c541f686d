//! Attachments of records, as rows. What they hold lies in [`crate::Files`],
//! named by its hash.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::ids::{AttachmentId, FactId};
use sqlx::AssertSqlSafe;

use crate::{
    Result, Tx, bulk,
    db::{micros, on},
};

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Attachment {
    /// Its id.
    pub attachment_id: i64,
    /// The record it belongs to.
    pub fact_id: i64,
    /// The name it was handed in under.
    pub name: String,
    /// What it is, as its content says.
    pub kind: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of its content, in hexadecimal.
    pub hash: String,
    /// Who handed it in.
    pub added_by: String,
    /// When, microseconds since 1970.
    pub added_at: i64,
    /// When it was taken away again.
    pub removed_at: Option<i64>,
}

/// The columns of [`Attachment`].
macro_rules! attachments {
    ($rest:literal) => {
        concat!(
            "SELECT attachment_id, fact_id, name, kind, size, hash, added_by, added_at, removed_at \
             FROM attachment ",
            $rest
        )
    };
}

/// Adds an attachment; [`crate::Error::is_duplicate`] when the record holds the same content already.
pub async fn insert(tx: &mut Tx, attachment: &Attachment) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(INSERT)
        .bind(region)
        .bind(attachment.attachment_id)
        .bind(attachment.fact_id)
        .bind(&attachment.name)
        .bind(&attachment.kind)
        .bind(attachment.size)
        .bind(&attachment.hash)
        .bind(&attachment.added_by)
        .bind(attachment.added_at)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

const INSERT: &str = "INSERT INTO attachment (region_id, attachment_id, fact_id, name, kind, size, hash, added_by, \
     added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// The attachment with this id, also one that was taken away.
pub async fn find(tx: &mut Tx, id: AttachmentId) -> Result<Option<Attachment>> {
    let region = tx.region.0;
    let text = attachments!("WHERE region_id = $1 AND attachment_id = $2");
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).bind(id.0).fetch_optional(c).await)?)
}

/// What a record holds, in the order in which it was handed in.
pub async fn list_of(tx: &mut Tx, fact: FactId) -> Result<Vec<Attachment>> {
    let region = tx.region.0;
    let text =
        attachments!("WHERE region_id = $1 AND fact_id = $2 AND removed_at IS NULL ORDER BY attachment_id");
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).bind(fact.0).fetch_all(c).await)?)
}

/// Takes an attachment away; whether it was there.
pub async fn remove(tx: &mut Tx, id: AttachmentId, now: Timestamp) -> Result<bool> {
    let region = tx.region.0;
    let text = "UPDATE attachment SET removed_at = $3 \
         WHERE region_id = $1 AND attachment_id = $2 AND removed_at IS NULL";
    let affected = on!(tx, |c| sqlx::query(text)
        .bind(region)
        .bind(id.0)
        .bind(micros(now))
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(affected == 1)
}

/// Takes away what belongs to records that are gone; how many there were.
pub async fn remove_of_gone(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let region = tx.region.0;
    let text = "UPDATE attachment SET removed_at = $2 WHERE region_id = $1 AND removed_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM fact f WHERE f.region_id = $1 AND f.fact_id = attachment.fact_id)";
    Ok(on!(tx, |c| sqlx::query(text)
        .bind(region)
        .bind(micros(now))
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

/// Which of `hashes` an attachment needs that is there, or was until after `since`.
pub async fn needed(tx: &mut Tx, hashes: &[String], since: Timestamp) -> Result<BTreeSet<String>> {
    let mut needed = BTreeSet::new();
    for chunk in hashes.chunks(HASHES) {
        let mut text = "SELECT DISTINCT hash FROM attachment WHERE region_id = ".to_owned();
        bulk::hole(tx.engine(), 1, &mut text);
        text.push_str(" AND (removed_at IS NULL OR removed_at > ");
        bulk::hole(tx.engine(), 2, &mut text);
        text.push(')');
        for position in 0..chunk.len() {
            text.push_str(if position == 0 { " AND hash IN (" } else { "," });
            bulk::hole(tx.engine(), position + 3, &mut text);
        }
        text.push(')');
        let region = tx.region.0;
        let found: Vec<String> = on!(tx, |c| {
            let mut query = sqlx::query_scalar(AssertSqlSafe(text)).persistent(chunk.len() == HASHES);
            query = query.bind(region).bind(micros(since));
            for hash in chunk {
                query = query.bind(hash);
            }
            query.fetch_all(c).await
        })?;
        needed.extend(found);
    }
    Ok(needed)
}

/// Hashes asked for by one statement.
const HASHES: usize = 500;
