//! The log of access: who signed in, who failed to, who looked at or took away what.
//! Rows are added and never changed; those that are past their time are removed in whole blocks.
//!
//! Rows that have been committed are put into blocks, each with a digest over its rows and over the digest of the
//! block before. The digests are made with the region's secret, which is not in the database. Rows are not chained
//! one by one when they are added: everybody who signs in would wait for everybody else's transaction.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::UnitId;

use crate::{
    Error, Result, Tx, Vault, bulk, new_id,
    query::{Bind, Builder},
};

/// Something to be noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessEntry {
    /// Who: a login; empty where no account has the login that was tried.
    pub actor: String,
    /// What was done.
    pub action: &'static str,
    /// From where.
    pub address: Option<String>,
    /// At which unit.
    pub unit: Option<UnitId>,
    /// What it was done to: a login, a register, the token of a person.
    pub subject: String,
    /// What else is to be known, such as the number of rows.
    pub detail: String,
}

/// An entry as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccessLogRow {
    /// Its id; rises with time.
    pub entry_id: i64,
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// From where.
    pub address: Option<String>,
    /// At which unit.
    pub unit_id: Option<i64>,
    /// What it was done to.
    pub subject: String,
    /// What else is to be known.
    pub detail: String,
}

/// Adds an entry.
#[boxed_async]
pub async fn append(tx: &mut Tx, now: Timestamp, entry: &AccessEntry) -> Result<()> {
    let query = tx.query(APPEND).bind(new_id(now)).bind(now).bind(&entry.actor).bind(entry.action);
    let query = query.bind(&entry.address).bind(entry.unit);
    query.bind(&entry.subject).bind(&entry.detail).execute(tx).await?;
    Ok(())
}

const APPEND: &str = "INSERT INTO access_log (region_id, entry_id, at, actor, action, address, unit_id, subject, \
     detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Entries older than `before`, newest first.
#[boxed_async]
pub async fn list(tx: &mut Tx, before: Option<i64>, limit: i64) -> Result<Vec<AccessLogRow>> {
    let text = "SELECT entry_id, at, actor, action, address, unit_id, subject, detail FROM access_log \
         WHERE region_id = $1 AND entry_id < $2 ORDER BY entry_id DESC LIMIT $3";
    tx.query(text).bind(before.unwrap_or(i64::MAX)).bind(limit).fetch_all(tx).await
}

/// A block of the chain.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccessBlock {
    /// Its number; the first is 1.
    pub block: i64,
    /// How many entries are in it.
    pub entries: i64,
    /// When it was made, microseconds since 1970.
    pub made_at: i64,
    /// The digest over its entries and the digest before.
    pub digest: String,
}

impl AccessBlock {
    /// The digest that this block has when its entries are `rows`, in the order of their ids, and the block
    /// before has the digest `previous`.
    pub fn digest_of(&self, vault: &Vault, previous: &str, rows: &[AccessLogRow]) -> String {
        let mut texts = vec![previous.to_owned()];
        texts.extend([self.block, self.entries, self.made_at].map(|number| number.to_string()));
        for row in rows {
            texts.extend([row.entry_id, row.at].map(|number| number.to_string()));
            texts.extend([row.actor.clone(), row.action.clone()]);
            texts.push(row.address.as_ref().map_or_else(String::new, |address| format!("={address}")));
            texts.push(row.unit_id.map_or_else(String::new, |unit| unit.to_string()));
            texts.extend([row.subject.clone(), row.detail.clone()]);
        }
        vault.log_digest(texts.iter().map(String::as_bytes))
    }
}

/// Entries that are in no block yet, the oldest first.
#[boxed_async]
pub async fn list_open(tx: &mut Tx, limit: i64) -> Result<Vec<AccessLogRow>> {
    let text = "SELECT entry_id, at, actor, action, address, unit_id, subject, detail FROM access_log \
         WHERE region_id = $1 AND block = 0 ORDER BY entry_id LIMIT $2";
    tx.query(text).bind(limit).fetch_all(tx).await
}

/// The entries that are in no block yet.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OpenEntries {
    /// How many there are.
    pub entries: i64,
    /// When the first of them was made, microseconds since 1970.
    pub since: Option<i64>,
}

/// How many entries are in no block yet, and since when.
#[boxed_async]
pub async fn count_open(tx: &mut Tx) -> Result<OpenEntries> {
    let text =
        "SELECT count(*) AS entries, min(at) AS since FROM access_log WHERE region_id = $1 AND block = 0";
    let open = tx.query(text).fetch_optional(tx).await?;
    Ok(open.unwrap_or(OpenEntries { entries: 0, since: None }))
}

/// The entries of a block, in the order of their ids.
#[boxed_async]
pub async fn list_of_block(tx: &mut Tx, block: i64) -> Result<Vec<AccessLogRow>> {
    let text = "SELECT entry_id, at, actor, action, address, unit_id, subject, detail FROM access_log \
         WHERE region_id = $1 AND block = $2 ORDER BY entry_id";
    tx.query(text).bind(block).fetch_all(tx).await
}

/// The last block of the chain.
#[boxed_async]
pub async fn last_block(tx: &mut Tx) -> Result<Option<AccessBlock>> {
    let text = "SELECT block, entries, made_at, digest FROM access_block WHERE region_id = $1 AND block < $2 \
         ORDER BY block DESC LIMIT 1";
    tx.query(text).bind(i64::MAX).fetch_optional(tx).await
}

/// Blocks after this number, in their order.
#[boxed_async]
pub async fn blocks_after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<AccessBlock>> {
    let text = "SELECT block, entries, made_at, digest FROM access_block WHERE region_id = $1 AND block > $2 \
         ORDER BY block LIMIT $3";
    tx.query(text).bind(after).bind(limit).fetch_all(tx).await
}

/// Adds a block and puts entries into it. A duplicate ([`crate::Error::is_duplicate`]) when another server was faster.
#[boxed_async]
pub async fn put_block(tx: &mut Tx, block: &AccessBlock, rows: &[AccessLogRow]) -> Result<()> {
    let columns = ["region_id", "block", "entries", "made_at", "digest"];
    let row: [Bind<'_>; 5] = [
        tx.region.into(),
        block.block.into(),
        block.entries.into(),
        block.made_at.into(),
        block.digest.as_str().into(),
    ];
    // Before its entries: who comes second waits here and is refused.
    bulk::insert(tx, "access_block", columns, "", [row]).await?;
    let mut builder = Builder::new(tx.engine(), "UPDATE access_log SET block = ");
    builder.push_value(block.block).push(" WHERE region_id = ").push_value(tx.region).push(" AND block = 0");
    builder.push_in("entry_id", rows.iter().map(|row| row.entry_id));
    let put = builder.finish().execute(tx).await?;
    if put == rows.len() as u64 {
        Ok(())
    } else {
        Err(Error::Conflict { table: "access_log", key: block.block.to_string() })
    }
}

/// Removes all blocks up to this one with their entries; how many entries that were, `None` when there is no such block
/// any more.
#[boxed_async]
pub async fn remove_through(tx: &mut Tx, block: i64) -> Result<Option<u64>> {
    let text = "DELETE FROM access_log WHERE region_id = $1 AND block > 0 AND block <= $2";
    let removed = tx.query(text).bind(block).execute(tx).await?;
    let text = "DELETE FROM access_block WHERE region_id = $1 AND block <= $2";
    let blocks = tx.query(text).bind(block).execute(tx).await?;
    Ok((blocks > 0).then_some(removed))
}

/// What an entry says that notes the removal of all blocks up to this one: its number and digest, under a mark that
/// only whoever has the secret can make.
pub fn removal_mark(vault: &Vault, block: i64, digest: &str) -> String {
    let number = block.to_string();
    let mark = vault.log_digest(["removed through", &number, digest].map(str::as_bytes));
    format!("{number} {digest} {mark}")
}

/// Reads a note of a removal; `None` for one that was not made with the secret.
pub fn read_removal(vault: &Vault, note: &str) -> Option<(i64, String)> {
    let mut parts = note.split(' ');
    let (block, digest) = (parts.next()?.parse().ok()?, parts.next()?);
    (removal_mark(vault, block, digest) == note).then(|| (block, digest.to_owned()))
}

/// What all entries with this action are about.
#[boxed_async]
pub async fn subjects_of(tx: &mut Tx, action: &'static str) -> Result<Vec<String>> {
    let text = "SELECT subject FROM access_log WHERE region_id = $1 AND action = $2";
    tx.query(text).bind(action).values(tx).await
}

/// Gives a block another digest: the whole chain is made anew with another secret.
#[boxed_async]
pub async fn put_digest(tx: &mut Tx, block: i64, digest: &str) -> Result<()> {
    let text = "UPDATE access_block SET digest = $3 WHERE region_id = $1 AND block = $2";
    tx.query(text).bind(block).bind(digest).execute(tx).await?;
    Ok(())
}
