//! Which records an import has made or corrected, in the order in which it did, each with the
//! version that the import left it at. A row is a block of entries, packed as the distance of ids
//! and the version in variable-length integers: some bytes for each record.

use boxed_async::boxed_async;
use integer_encoding::VarInt;
use model::ids::{ImportId, RecordId};
use sqlx::FromRow;

use crate::{Error, Result, Tx, bulk};

/// Entries of one block.
const ENTRIES: usize = 5_000;

/// A record, and the version that an import left it at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenRecord {
    /// The record.
    pub id: RecordId,
    /// Its version after the import; 1 for one that the import has made.
    pub version: i64,
}

/// Keeps what an import has written.
#[boxed_async]
pub async fn insert(tx: &mut Tx, import: ImportId, records: &[WrittenRecord]) -> Result<()> {
    let region = tx.region;
    let blocks = records.chunks(ENTRIES).zip(0_i64..);
    let rows =
        blocks.map(|(records, block)| [region.into(), import.into(), block.into(), pack(records).into()]);
    bulk::insert(tx, "import_record", ["region_id", "import_id", "block", "entries"], "", rows).await?;
    Ok(())
}

/// A block as stored.
#[derive(FromRow)]
struct Block {
    entries: Vec<u8>,
}

/// What an import has written, in its order; nothing for an import that has kept nothing of it.
#[boxed_async]
pub async fn list_of(tx: &mut Tx, import: ImportId) -> Result<Vec<WrittenRecord>> {
    let text = "SELECT entries FROM import_record WHERE region_id = $1 AND import_id = $2 ORDER BY block";
    let blocks: Vec<Block> = tx.query(text).bind(import).fetch_all(tx).await?;
    let mut records = Vec::new();
    for block in blocks {
        let unpacked = unpack(&block.entries).ok_or_else(|| Error::Corrupt {
            table: "import_record",
            key: import.to_string(),
            detail: "its entries cannot be read".to_owned(),
        })?;
        records.extend(unpacked);
    }
    Ok(records)
}

/// Whether it is known what an import has written.
#[boxed_async]
pub async fn has_any(tx: &mut Tx, import: ImportId) -> Result<bool> {
    let text = "SELECT block FROM import_record WHERE region_id = $1 AND import_id = $2 AND block = 0";
    let first: Option<i64> = tx.query(text).bind(import).value_optional(tx).await?;
    Ok(first.is_some())
}

fn pack(records: &[WrittenRecord]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(records.len() * 6);
    let mut last = 0_i64;
    for record in records {
        bytes.extend(record.id.0.wrapping_sub(last).encode_var_vec());
        bytes.extend(record.version.encode_var_vec());
        last = record.id.0;
    }
    bytes
}

fn unpack(mut bytes: &[u8]) -> Option<Vec<WrittenRecord>> {
    let mut records = Vec::new();
    let mut last = 0_i64;
    while !bytes.is_empty() {
        let (gap, read) = i64::decode_var(bytes)?;
        let (version, more) = i64::decode_var(bytes.get(read..)?)?;
        last = last.wrapping_add(gap);
        records.push(WrittenRecord { id: RecordId(last), version });
        bytes = bytes.get(read + more..)?;
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_as_they_were() {
        let ids = [7, 5, i64::MAX, 1, 0];
        let records: Vec<WrittenRecord> = ids
            .into_iter()
            .zip(1..)
            .map(|(id, version)| WrittenRecord { id: RecordId(id), version })
            .collect();
        assert_eq!(unpack(&pack(&records)), Some(records));
        assert_eq!(unpack(&[]), Some(Vec::new()));
        assert_eq!(unpack(&[0x80; 12]), None);
    }
}
