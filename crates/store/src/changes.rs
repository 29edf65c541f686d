//! Which records have changed, in an order in which everybody sees them. The indexes
//! beside the database read it (`docs/decisions/0019-commit-order.md`).
//!
//! A transaction collects the records that it changes, and writes them here when it commits. On SQLite, where one
//! transaction writes at a time, they get the next numbers of the region at once. On PostgreSQL they wait without
//! a number, so that commits do not wait for each other. Whoever wants to read the changes numbers first what has been
//! committed ([`number`]), under a lock. So whoever sees a number sees all lower ones too. No clock has a part in it.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use integer_encoding::VarInt;
use model::ids::RecordId;
use sqlx::FromRow;

use crate::{Engine, Error, Result, Tx, bulk};

/// Most records that one row names.
const MOST: usize = 1_000;

/// A place among the changes of a region: its number, and the mark that no copy of the database has at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct ChangeMark {
    /// Rises without gaps in the order of the commits; 0 is before all changes.
    pub number: i64,
    /// Drawn at random with the number.
    pub mark: i64,
}

/// Records that were changed, in one commit or in several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedRecords {
    /// Where among the changes.
    pub at: ChangeMark,
    /// The records; none when this and all older rows have been removed.
    pub ids: Vec<RecordId>,
}

/// A row as it is stored.
#[derive(FromRow)]
struct StoredChange {
    number: i64,
    mark: i64,
    records: Vec<u8>,
}

/// Notes that the transaction has changed a record.
pub(crate) fn note(tx: &mut Tx, form: &str, id: RecordId) {
    if let Some(ids) = tx.changed.get_mut(form) {
        ids.push(id);
    } else {
        tx.changed.insert(form.to_owned(), vec![id]);
    }
}

/// Writes what the transaction has changed: the last that it does before it commits.
pub(crate) async fn write(tx: &mut Tx) -> Result<()> {
    let changed = std::mem::take(&mut tx.changed);
    let rows = rows(changed);
    match tx.engine() {
        Engine::Sqlite => put(tx, rows).await,
        Engine::Postgres => {
            let region = tx.region;
            let rows = rows.iter().map(|(form, records)| {
                [region.into(), rand::random::<i64>().into(), form.into(), records.as_slice().into()]
            });
            bulk::insert(tx, "change_pending", ["region_id", "change_id", "form", "records"], "", rows)
                .await?;
            Ok(())
        }
    }
}

/// Changed records as they are stored: of each form up to a thousand in a row, each once.
fn rows(changed: BTreeMap<String, Vec<RecordId>>) -> Vec<(String, Vec<u8>)> {
    let mut rows = Vec::new();
    for (form, mut ids) in changed {
        ids.sort_unstable();
        ids.dedup();
        rows.extend(ids.chunks(MOST).map(|ids| (form.clone(), pack(ids))));
    }
    rows
}

/// Gives rows the next numbers of the region.
async fn put(tx: &mut Tx, rows: Vec<(String, Vec<u8>)>) -> Result<()> {
    let Ok(count @ 1..) = i64::try_from(rows.len()) else { return Ok(()) };
    let (region, mark) = (tx.region, rand::random::<i64>());
    let last: i64 = tx.query(NEXT).bind(count).bind(mark).value(tx).await?;
    let numbered = rows.iter().zip(last - count + 1..);
    let rows = numbered.map(|((form, records), number)| {
        [region.into(), form.into(), number.into(), mark.into(), records.as_slice().into()]
    });
    bulk::insert(tx, "record_change", ["region_id", "form", "number", "mark", "records"], "", rows).await?;
    Ok(())
}

/// A change without a number.
#[derive(FromRow)]
struct Pending {
    change_id: i64,
    form: String,
    records: Vec<u8>,
}

/// Most changes that one transaction numbers.
const AT_ONCE: i64 = 2_000;

/// Numbers what has been committed without a number; whether there may be more. Commit the transaction afterwards.
/// On SQLite there is never anything to do.
#[boxed_async]
pub async fn number(tx: &mut Tx) -> Result<bool> {
    if tx.engine() == Engine::Sqlite {
        return Ok(false);
    }
    begin(tx).await?;
    // Until this transaction ends nobody else numbers.
    let text = "SELECT number FROM last_change WHERE region_id = $1 FOR UPDATE";
    tx.query(text).value::<i64>(tx).await?;
    let text = "SELECT change_id, form, records FROM change_pending WHERE region_id = $1 LIMIT $2";
    let pending: Vec<Pending> = tx.query(text).bind(AT_ONCE).fetch_all(tx).await?;
    if pending.is_empty() {
        return Ok(false);
    }
    let mut changed: BTreeMap<String, Vec<RecordId>> = BTreeMap::new();
    for row in &pending {
        let ids = unpack(&row.records).ok_or_else(|| corrupt("change_pending", row.change_id.to_string()))?;
        changed.entry(row.form.clone()).or_default().extend(ids);
    }
    put(tx, rows(changed)).await?;
    let mut delete = tx.build("DELETE FROM change_pending WHERE region_id = ");
    delete.push_in("change_id", pending.iter().map(|row| row.change_id));
    delete.finish().execute(tx).await?;
    Ok(i64::try_from(pending.len()) == Ok(AT_ONCE))
}

/// The records of a form that have been changed by what has no number yet.
///
/// # Errors
/// [`Error::Corrupt`] when a row cannot be read.
#[boxed_async]
pub async fn list_pending(tx: &mut Tx, form: &str) -> Result<Vec<RecordId>> {
    if tx.engine() == Engine::Sqlite {
        return Ok(Vec::new());
    }
    let text = "SELECT change_id, form, records FROM change_pending WHERE region_id = $1 AND form = $2";
    let pending: Vec<Pending> = tx.query(text).bind(form).fetch_all(tx).await?;
    let mut changed = Vec::new();
    for row in pending {
        let ids = unpack(&row.records).ok_or_else(|| corrupt("change_pending", row.change_id.to_string()))?;
        changed.extend(ids);
    }
    Ok(changed)
}

/// How many changes have no number yet, up to some thousand.
#[boxed_async]
pub async fn pending(tx: &mut Tx) -> Result<i64> {
    if tx.engine() == Engine::Sqlite {
        return Ok(0);
    }
    let text =
        "SELECT count(*) FROM (SELECT change_id FROM change_pending WHERE region_id = $1 LIMIT $2) few";
    tx.query(text).bind(AT_ONCE).value(tx).await
}

const NEXT: &str = "INSERT INTO last_change (region_id, number, mark, origin) VALUES ($1, $2, $3, $3) \
     ON CONFLICT (region_id) DO UPDATE SET number = last_change.number + excluded.number, mark = excluded.mark \
     RETURNING number";

/// Gives a region number 0 and its mark, unless it has numbers already. Without them nothing can be built upon it.
#[boxed_async]
pub async fn begin(tx: &mut Tx) -> Result<()> {
    tx.query(BEGIN).bind(rand::random::<i64>()).execute(tx).await?;
    Ok(())
}

const BEGIN: &str = "INSERT INTO last_change (region_id, number, mark, origin) VALUES ($1, 0, $2, $2) \
     ON CONFLICT (region_id) DO NOTHING";

/// The last change of the region; `None` when it has no numbers yet.
#[boxed_async]
pub async fn last(tx: &mut Tx) -> Result<Option<ChangeMark>> {
    tx.query("SELECT number, mark FROM last_change WHERE region_id = $1").fetch_optional(tx).await
}

/// Where the changes of a region begin: number 0 and its mark.
#[boxed_async]
pub async fn origin(tx: &mut Tx) -> Result<Option<ChangeMark>> {
    let text = "SELECT 0 * number AS number, origin AS mark FROM last_change WHERE region_id = $1";
    tx.query(text).fetch_optional(tx).await
}

/// The last change of records of a form; where there is none, [`origin`].
#[boxed_async]
pub async fn last_of(tx: &mut Tx, form: &str) -> Result<Option<ChangeMark>> {
    let text = "SELECT number, mark FROM record_change WHERE region_id = $1 AND form = $2 \
         ORDER BY number DESC LIMIT 1";
    let last = tx.query(text).bind(form).fetch_optional(tx).await?;
    if last.is_some() { Ok(last) } else { origin(tx).await }
}

/// Up to `limit` changes of records of a form from the number `from` on, in order.
///
/// # Errors
/// [`Error::Corrupt`] when a row cannot be read.
#[boxed_async]
pub async fn list(tx: &mut Tx, form: &str, from: i64, limit: i64) -> Result<Vec<ChangedRecords>> {
    let text = "SELECT number, mark, records FROM record_change WHERE region_id = $1 AND form = $2 \
         AND number >= $3 ORDER BY number LIMIT $4";
    let rows: Vec<StoredChange> = tx.query(text).bind(form).bind(from).bind(limit).fetch_all(tx).await?;
    let changed = rows.into_iter().map(|row| {
        let at = ChangeMark { number: row.number, mark: row.mark };
        let ids = unpack(&row.records);
        ids.map(|ids| ChangedRecords { at, ids })
            .ok_or_else(|| corrupt("record_change", format!("{form} {}", at.number)))
    });
    changed.collect()
}

/// Removes the changes of a form but for the last `keep` rows. Of the newest that is removed an empty row stays:
/// an index that has read up to it goes on, one that has read less is built anew.
#[boxed_async]
pub async fn prune(tx: &mut Tx, form: &str, keep: i64) -> Result<()> {
    let text = "SELECT number FROM record_change WHERE region_id = $1 AND form = $2 \
         ORDER BY number DESC LIMIT 1 OFFSET $3";
    let cut: Option<i64> = tx.query(text).bind(form).bind(keep).value_optional(tx).await?;
    let Some(cut) = cut else { return Ok(()) };
    let text = "DELETE FROM record_change WHERE region_id = $1 AND form = $2 AND number < $3";
    tx.query(text).bind(form).bind(cut).execute(tx).await?;
    let text = "UPDATE record_change SET records = $4 WHERE region_id = $1 AND form = $2 AND number = $3";
    tx.query(text).bind(form).bind(cut).bind(pack(&[])).execute(tx).await?;
    Ok(())
}

fn corrupt(table: &'static str, key: String) -> Error {
    Error::Corrupt { table, key, detail: "its records cannot be read".to_owned() }
}

/// Writes ids, which are in order, as distances in variable-length integers.
fn pack(ids: &[RecordId]) -> Vec<u8> {
    let (mut bytes, mut before, mut buffer) = (Vec::with_capacity(ids.len() * 4 + 6), 0_i64, [0; 10]);
    for id in ids {
        let written = id.0.wrapping_sub(before).encode_var(&mut buffer);
        bytes.extend(&buffer[..written]);
        before = id.0;
    }
    bytes
}

/// Reads ids; `None` when the bytes are none.
fn unpack(mut bytes: &[u8]) -> Option<Vec<RecordId>> {
    let (mut ids, mut id) = (Vec::new(), 0_i64);
    while !bytes.is_empty() {
        let (distance, read) = i64::decode_var(bytes)?;
        id = id.wrapping_add(distance);
        ids.push(RecordId(id));
        bytes = bytes.get(read..)?;
    }
    Some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_as_they_were() {
        for ids in [
            &[][..],
            &[1],
            &[i64::MIN, -1, 0, 7, i64::MAX],
            &[201_000_000_000_000_001, 201_000_000_000_000_017],
        ] {
            let ids: Vec<RecordId> = ids.iter().copied().map(RecordId).collect();
            assert_eq!(unpack(&pack(&ids)), Some(ids));
        }
        assert_eq!(unpack(&[0x80; 12]), None);
    }
}
