//! Records and audit entries of earlier versions of the program get their compact form
//! (`docs/decisions/0034-compact-content.md`): first beside the text that they have; the text is removed when all of
//! it has been compared with what the compact form says. Everything goes by batches in the order of keys, and how far
//! it has come is stored in the transaction of each batch.

use std::{collections::BTreeMap, sync::Arc};

use boxed_async::boxed_async;
use sqlx::FromRow;

use crate::{
    Error, Result, Tx, Vault,
    audit::{self, AuditRow, RECORD},
    bulk, compact, records,
    short_names::{self, ShortNames},
};

/// What is being done, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackingPhase {
    /// Records get their compact form.
    Records,
    /// Entries of the audit get theirs.
    Entries,
    /// The records' compact form is compared with their text.
    CompareRecords,
    /// The same of the entries.
    CompareEntries,
    /// The text of records is removed.
    ClearRecords,
    /// The text of entries is removed.
    ClearEntries,
}

const STEPS: [PackingPhase; 6] = [
    PackingPhase::Records,
    PackingPhase::Entries,
    PackingPhase::CompareRecords,
    PackingPhase::CompareEntries,
    PackingPhase::ClearRecords,
    PackingPhase::ClearEntries,
];

/// The number of a step as it is stored; 0 is for none.
fn number(step: Option<PackingPhase>) -> i64 {
    let place = step.and_then(|step| STEPS.iter().position(|other| *other == step));
    place.and_then(|place| i64::try_from(place + 1).ok()).unwrap_or(0)
}

/// What is to be done in the region, and the last key with which it has been done; `None` when all is compact.
#[boxed_async]
pub async fn packing(tx: &mut Tx) -> Result<Option<(PackingPhase, i64)>> {
    let text = "SELECT packing_step, packed_to FROM region WHERE region_id = $1";
    let stored: Option<(i64, i64)> = tx.query(text).fetch_optional(tx).await?;
    let step = |number: i64| STEPS.get(usize::try_from(number - 1).ok()?).copied();
    Ok(stored.and_then(|(number, to)| Some((step(number)?, to))))
}

/// Bytes of text that have no compact form beside them yet.
#[boxed_async]
pub async fn text_bytes(tx: &mut Tx, (step, to): (PackingPhase, i64)) -> Result<u64> {
    let mut bytes = 0_i64;
    if step == PackingPhase::Records {
        let text = "SELECT CAST(coalesce(sum(octet_length(content)), 0) AS BIGINT) FROM fact WHERE region_id = $1 AND fact_id > $2";
        bytes += tx.query(text).bind(to).value::<i64>(tx).await?;
    }
    if matches!(step, PackingPhase::Records | PackingPhase::Entries) {
        let text = "SELECT CAST(coalesce(sum(coalesce(octet_length(before), 0) + coalesce(octet_length(after), 0) \
             + coalesce(octet_length(detail), 0)), 0) AS BIGINT) FROM audit WHERE region_id = $1 AND audit_id > $2";
        let after = if step == PackingPhase::Entries { to } else { i64::MIN };
        bytes += tx.query(text).bind(after).value::<i64>(tx).await?;
    }
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// How many records or entries a phase has been done with, and how many there are.
#[boxed_async]
pub async fn counts(tx: &mut Tx, (step, to): (PackingPhase, i64)) -> Result<(u64, u64)> {
    let [done, all] = match step {
        PackingPhase::Records | PackingPhase::CompareRecords | PackingPhase::ClearRecords => [
            "SELECT count(*) FROM fact WHERE region_id = $1 AND fact_id <= $2",
            "SELECT count(*) FROM fact WHERE region_id = $1",
        ],
        PackingPhase::Entries | PackingPhase::CompareEntries | PackingPhase::ClearEntries => [
            "SELECT count(*) FROM audit WHERE region_id = $1 AND audit_id <= $2",
            "SELECT count(*) FROM audit WHERE region_id = $1",
        ],
    };
    let done: i64 = tx.query(done).bind(to).value(tx).await?;
    let all: i64 = tx.query(all).value(tx).await?;
    Ok((u64::try_from(done).unwrap_or(0), u64::try_from(all).unwrap_or(0)))
}

/// The names of all versions of the definition that are stored: records and entries name theirs.
#[boxed_async]
pub async fn definition_hashes(tx: &mut Tx) -> Result<Vec<String>> {
    crate::query::Query::new("SELECT hash FROM definition ORDER BY loaded_at").values(tx).await
}

/// Does the next batch of up to `limit` rows; how many there were. The caller has the region to itself.
///
/// # Errors
/// [`Error::Corrupt`] for a row whose compact form does not say what its text says.
#[boxed_async]
pub async fn pack_batch(tx: &mut Tx, vault: &Arc<Vault>, limit: i64) -> Result<usize> {
    let Some((step, to)) = packing(tx).await? else { return Ok(0) };
    let keys = match step {
        PackingPhase::Records => pack_records(tx, to, limit).await?,
        PackingPhase::Entries => pack_entries(tx, vault, to, limit).await?,
        PackingPhase::CompareRecords => compare_records(tx, to, limit).await?,
        PackingPhase::CompareEntries => compare_entries(tx, to, limit).await?,
        PackingPhase::ClearRecords => clear(tx, &CLEAR_RECORDS, to, limit).await?,
        PackingPhase::ClearEntries => clear(tx, &CLEAR_ENTRIES, to, limit).await?,
    };
    let (step, to) = match keys.last() {
        Some(last) => (Some(step), *last),
        None => (STEPS.iter().copied().skip_while(|other| *other != step).nth(1), i64::MIN),
    };
    let text = "UPDATE region SET packing_step = $2, packed_to = $3 WHERE region_id = $1";
    tx.query(text).bind(number(step)).bind(to).execute(tx).await?;
    Ok(keys.len())
}

/// A record as text.
#[derive(FromRow)]
struct RecordText {
    fact_id: i64,
    definition_hash: String,
    content: String,
    compact: Option<Vec<u8>>,
}

async fn record_texts(tx: &mut Tx, to: i64, limit: i64) -> Result<Vec<RecordText>> {
    let text = "SELECT fact_id, definition_hash, content, compact FROM fact \
         WHERE region_id = $1 AND fact_id > $2 ORDER BY fact_id LIMIT $3";
    tx.query(text).bind(to).bind(limit).fetch_all(tx).await
}

async fn pack_records(tx: &mut Tx, to: i64, limit: i64) -> Result<Vec<i64>> {
    let names = short_names::latest(tx).await?;
    let rows = record_texts(tx, to, limit).await?;
    let keys = rows.iter().map(|row| row.fact_id).collect();
    let columns = [("definition_hash", "TEXT"), ("compact", records::bytes_type(tx.engine()))];
    let fresh = rows.into_iter().filter(|row| row.compact.is_none()).map(|row| {
        let compact = compact::pack(&names, &row.content);
        (row.fact_id, [names.shorten(&row.definition_hash).into(), compact.into()])
    });
    bulk::update(tx, "fact", "fact_id", columns, fresh).await?;
    Ok(keys)
}

async fn compare_records(tx: &mut Tx, to: i64, limit: i64) -> Result<Vec<i64>> {
    let names = short_names::latest(tx).await?;
    let rows = record_texts(tx, to, limit).await?;
    for row in rows.iter().filter(|row| !row.content.is_empty()) {
        let says = row.compact.as_ref().and_then(|bytes| compact::unpack(&names, bytes));
        if says.as_ref() != Some(&row.content) {
            return Err(differs("fact", row.fact_id));
        }
    }
    Ok(rows.into_iter().map(|row| row.fact_id).collect())
}

fn differs(table: &'static str, key: i64) -> Error {
    let detail = "its compact form does not say what its text says".to_owned();
    Error::Corrupt { table, key: key.to_string(), detail }
}

/// An entry with its text.
#[derive(FromRow)]
struct EntryText {
    audit_id: i64,
    subject: String,
    subject_id: i64,
    version: Option<i64>,
    before: Option<String>,
    after: Option<String>,
    detail: Option<String>,
    compact: Option<Vec<u8>>,
}

impl EntryText {
    /// Whether it is of a thing that was not there before. The compact form has a text where the text is gone.
    fn is_first(&self) -> bool {
        self.before.is_none()
    }

    fn has_text(&self) -> bool {
        self.before.is_some() || self.after.is_some() || self.detail.is_some()
    }
}

async fn entry_texts(tx: &mut Tx, to: i64, limit: i64) -> Result<Vec<EntryText>> {
    let text = "SELECT audit_id, subject, subject_id, version, before, after, detail, compact FROM audit \
         WHERE region_id = $1 AND audit_id > $2 ORDER BY audit_id LIMIT $3";
    tx.query(text).bind(to).bind(limit).fetch_all(tx).await
}

/// What was stated before and after every change of the records that entries are about, by record and version. A record
/// that was entered stated nothing before.
async fn histories(tx: &mut Tx, entries: &[EntryText]) -> Result<BTreeMap<(i64, Option<i64>), AuditRow>> {
    let is_change = |entry: &&EntryText| entry.subject == RECORD && !entry.is_first();
    let mut ids: Vec<i64> = entries.iter().filter(is_change).map(|entry| entry.subject_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let histories = audit::list_of_all(tx, RECORD, &ids).await?;
    let rows = histories.into_iter().flat_map(|(id, rows)| rows.into_iter().map(move |row| (id, row)));
    Ok(rows.map(|(id, row)| ((id, row.version()), row)).collect())
}

/// Gives entries their compact form. Of a record they hold from now on how it differed, and get the digest that goes with
/// it, if they had the right one.
async fn pack_entries(tx: &mut Tx, vault: &Arc<Vault>, to: i64, limit: i64) -> Result<Vec<i64>> {
    let texts = entry_texts(tx, to, limit).await?;
    let keys: Vec<i64> = texts.iter().map(|entry| entry.audit_id).collect();
    let stated = histories(tx, &texts).await?;
    let known: BTreeMap<i64, &EntryText> = texts.iter().map(|entry| (entry.audit_id, entry)).collect();
    let stored = audit::entries_between(tx, to, keys.last().copied().unwrap_or(to)).await?;
    let region = tx.region;
    let mut packed = Vec::with_capacity(stored.len());
    for mut entry in stored {
        if known.get(&entry.audit_id).is_none_or(|text| text.compact.is_some()) {
            continue;
        }
        let former = entry.digest.filter(|_| entry.is_intact(vault, region));
        let full = stated.get(&(entry.subject_id, entry.version)).filter(|_| entry.subject == RECORD);
        if let (Some(before), Some(full)) = (&entry.before, full.filter(|full| full.version().is_some())) {
            entry.before = Some(audit::text_before(before, full.after.as_deref()));
        }
        if let Some(former) = former {
            let digest = entry.made_digest(vault, region);
            tx.audited.replace(vault, former, digest);
            entry.digest = Some(digest);
        }
        packed.push(entry);
    }
    audit::put_compact(tx, packed).await?;
    Ok(keys)
}

async fn compare_entries(tx: &mut Tx, to: i64, limit: i64) -> Result<Vec<i64>> {
    let names = short_names::latest(tx).await?;
    let entries = entry_texts(tx, to, limit).await?;
    let stated = histories(tx, &entries).await?;
    for entry in entries.iter().filter(|entry| entry.has_text()) {
        let full = stated.get(&(entry.subject_id, entry.version)).filter(|_| entry.subject == RECORD);
        if !says_the_same(&names, entry, full) {
            return Err(differs("audit", entry.audit_id));
        }
    }
    Ok(entries.into_iter().map(|entry| entry.audit_id).collect())
}

fn says_the_same(names: &ShortNames, entry: &EntryText, full: Option<&AuditRow>) -> bool {
    let texts = entry.compact.as_ref().and_then(|bytes| compact::unpack_texts(names, bytes));
    let Some([before, after, detail]) = texts else { return false };
    let before = match before {
        Some(short) if compact::is_difference(&short) => full.and_then(|full| full.before.clone()),
        before => before,
    };
    before == entry.before && after == entry.after && detail == entry.detail
}

/// The statement that finds the next keys, and the one that removes the text of the rows up to the last of them.
type Clear = [&'static str; 2];

const CLEAR_RECORDS: Clear = [
    "SELECT fact_id FROM fact WHERE region_id = $1 AND fact_id > $2 ORDER BY fact_id LIMIT $3",
    "UPDATE fact SET content = '' WHERE region_id = $1 AND fact_id > $2 AND fact_id <= $3 \
     AND compact IS NOT NULL AND content <> ''",
];
const CLEAR_ENTRIES: Clear = [
    "SELECT audit_id FROM audit WHERE region_id = $1 AND audit_id > $2 ORDER BY audit_id LIMIT $3",
    "UPDATE audit SET before = NULL, after = NULL, detail = NULL WHERE region_id = $1 AND audit_id > $2 \
     AND audit_id <= $3 AND compact IS NOT NULL",
];

async fn clear(tx: &mut Tx, [find, remove]: &Clear, to: i64, limit: i64) -> Result<Vec<i64>> {
    let keys: Vec<i64> = tx.query(find).bind(to).bind(limit).values(tx).await?;
    if let Some(last) = keys.last() {
        tx.query(remove).bind(to).bind(*last).execute(tx).await?;
    }
    Ok(keys)
}
