//! Attachments of records, as rows. Their content is in [`crate::Files`], named
//! by its hash.

use std::collections::BTreeSet;

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::{AttachmentId, RecordId};

use crate::{Result, Tx};

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AttachmentRow {
    /// Its id.
    pub attachment_id: i64,
    /// The record it belongs to.
    pub fact_id: i64,
    /// The name of the uploaded file.
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

/// The columns of [`AttachmentRow`].
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
#[boxed_async]
pub async fn insert(tx: &mut Tx, attachment: &AttachmentRow) -> Result<()> {
    let query = tx.query(INSERT).bind(attachment.attachment_id).bind(attachment.fact_id);
    let query = query.bind(&attachment.name).bind(&attachment.kind).bind(attachment.size);
    let query = query.bind(&attachment.hash).bind(&attachment.added_by).bind(attachment.added_at);
    query.execute(tx).await?;
    Ok(())
}

const INSERT: &str = "INSERT INTO attachment (region_id, attachment_id, fact_id, name, kind, size, hash, added_by, \
     added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// The attachment with this id, also one that was taken away.
#[boxed_async]
pub async fn find(tx: &mut Tx, id: AttachmentId) -> Result<Option<AttachmentRow>> {
    let text = attachments!("WHERE region_id = $1 AND attachment_id = $2");
    tx.query(text).bind(id).fetch_optional(tx).await
}

/// Every attachment that is there.
#[boxed_async]
pub async fn list_all(tx: &mut Tx) -> Result<Vec<AttachmentRow>> {
    let text = attachments!("WHERE region_id = $1 AND removed_at IS NULL ORDER BY attachment_id");
    tx.query(text).fetch_all(tx).await
}

/// The attachments of a record, in the order in which they were uploaded.
#[boxed_async]
pub async fn list_of(tx: &mut Tx, fact: RecordId) -> Result<Vec<AttachmentRow>> {
    // The sum keeps SQLite from walking all attachments for the sake of the order.
    let text = attachments!(
        "WHERE region_id = $1 AND fact_id = $2 AND removed_at IS NULL ORDER BY attachment_id + 0"
    );
    tx.query(text).bind(fact).fetch_all(tx).await
}

/// Takes an attachment away; whether it was there.
#[boxed_async]
pub async fn remove(tx: &mut Tx, id: AttachmentId, now: Timestamp) -> Result<bool> {
    let text = "UPDATE attachment SET removed_at = $3 \
         WHERE region_id = $1 AND attachment_id = $2 AND removed_at IS NULL";
    Ok(tx.query(text).bind(id).bind(now).execute(tx).await? == 1)
}

/// Takes away what belongs to records that are gone; how many there were.
#[boxed_async]
pub async fn remove_of_gone(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let text = "UPDATE attachment SET removed_at = $2 WHERE region_id = $1 AND removed_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM fact f WHERE f.region_id = $1 AND f.fact_id = attachment.fact_id)";
    tx.query(text).bind(now).execute(tx).await
}

/// Which of `hashes` an attachment needs that is there, or was until after `since`.
#[boxed_async]
pub async fn needed(tx: &mut Tx, hashes: &[String], since: Timestamp) -> Result<BTreeSet<String>> {
    let mut needed = BTreeSet::new();
    for chunk in hashes.chunks(HASHES) {
        let mut query = tx.build("SELECT DISTINCT hash FROM attachment WHERE region_id = ");
        query.push(" AND (removed_at IS NULL OR removed_at > ").push_value(since).push(")");
        query.push_in("hash", chunk).cached(chunk.len() == HASHES);
        needed.extend(query.finish().values::<String>(tx).await?);
    }
    Ok(needed)
}

/// Which of these records have attachments.
#[boxed_async]
pub async fn attached(tx: &mut Tx, facts: &[RecordId]) -> Result<BTreeSet<RecordId>> {
    let mut found = BTreeSet::new();
    for chunk in facts.chunks(HASHES) {
        let mut query = tx.build("SELECT DISTINCT fact_id FROM attachment WHERE region_id = ");
        query.push_in("fact_id", chunk.iter().copied()).push(" AND removed_at IS NULL");
        query.cached(chunk.len() == HASHES);
        found.extend(query.finish().values::<i64>(tx).await?.into_iter().map(RecordId));
    }
    Ok(found)
}

/// Hashes or records asked for by one statement.
const HASHES: usize = 500;
