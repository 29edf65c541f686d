//! A block of postings as one value: per posting the distance of its unit from
//! the unit before, and of its record from the record before, as variable-length
//! integers. A posting takes six to eight bytes instead of the thirty that a row of its own
//! takes on SQLite and the hundred and twenty on PostgreSQL
//! (`docs/decisions/0014-postings.md`).

use integer_encoding::VarInt;
use model::ids::{RecordId, UnitId};

/// Unit, record, and how many postings of it. The number is 1 but for records that post twice.
pub(super) type Entry = (UnitId, RecordId, i32);

/// Most bytes of a block: PostgreSQL keeps a row below two kilobytes in its place.
const MOST: usize = 1_700;
/// Most bytes of one entry.
const ENTRY: usize = 30;

/// Writes entries, which are in order, as blocks with the entry that each begins with.
pub(super) fn write(entries: &[Entry]) -> Vec<(Entry, Vec<u8>)> {
    let mut blocks: Vec<(Entry, Vec<u8>)> = Vec::new();
    let mut before = (0, 0);
    for entry in entries {
        if blocks.last().is_none_or(|(_, bytes)| bytes.len() > MOST - ENTRY) {
            blocks.push((*entry, Vec::with_capacity(MOST)));
            before = (0, 0);
        }
        if let Some((_, bytes)) = blocks.last_mut() {
            put(bytes, before, *entry);
        }
        before = (entry.0.0, entry.1.0);
    }
    blocks
}

fn put(bytes: &mut Vec<u8>, before: (i64, i64), (unit, fact, number): Entry) {
    let mut buffer = [0; 10];
    let written = unit.0.wrapping_sub(before.0).encode_var(&mut buffer);
    bytes.extend(&buffer[..written]);
    // The lowest bit says whether there is a number other than 1. Distances of ids are far below 2^62.
    let has_number = i64::from(number != 1);
    let written = (fact.0.wrapping_sub(before.1).wrapping_shl(1) | has_number).encode_var(&mut buffer);
    bytes.extend(&buffer[..written]);
    if number != 1 {
        let written = number.encode_var(&mut buffer);
        bytes.extend(&buffer[..written]);
    }
}

/// Hands every entry of a block to `take`; `None` when the bytes are not one.
pub(super) fn read(mut bytes: &[u8], mut take: impl FnMut(Entry)) -> Option<()> {
    let (mut unit, mut fact) = (0_i64, 0_i64);
    while !bytes.is_empty() {
        unit = unit.wrapping_add(next(&mut bytes)?);
        let distance: i64 = next(&mut bytes)?;
        fact = fact.wrapping_add(distance >> 1);
        let number = if distance & 1 == 1 { next(&mut bytes)? } else { 1 };
        take((UnitId(unit), RecordId(fact), number));
    }
    Some(())
}

fn next<V: VarInt>(bytes: &mut &[u8]) -> Option<V> {
    let (value, read) = V::decode_var(bytes)?;
    *bytes = bytes.get(read..)?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(unit: i64, fact: i64, number: i32) -> Entry {
        (UnitId(unit), RecordId(fact), number)
    }

    fn read_all(bytes: &[u8]) -> Option<Vec<Entry>> {
        let mut all = Vec::new();
        read(bytes, |entry| all.push(entry))?;
        Some(all)
    }

    #[test]
    fn entries_come_back_as_they_were() {
        let high = (1 << 60) + 7;
        let entries =
            [entry(0, 0, 1), entry(0, 5, -1), entry(9, high, 2), entry(high, 1, 1), entry(high, 3, 1)];
        let blocks = write(&entries);
        assert_eq!((blocks.len(), blocks[0].0), (1, entries[0]));
        assert_eq!(read_all(&blocks[0].1).unwrap(), entries);
    }

    #[test]
    fn many_entries_are_several_blocks() {
        let entries: Vec<Entry> = (0..5_000).map(|n| entry(1 << 57, (1 << 57) + n * 1_000_003, 1)).collect();
        let blocks = write(&entries);
        assert!(blocks.len() > 5 && blocks.iter().all(|(_, bytes)| bytes.len() <= MOST), "{}", blocks.len());
        let mut all = Vec::new();
        for (first, bytes) in blocks {
            let read = read_all(&bytes).unwrap();
            assert_eq!(read[0], first);
            all.extend(read);
        }
        assert_eq!(all, entries);
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let bytes = write(&[entry(3, 1_000_000, 1), entry(9, 70_000, 1)]).remove(0).1;
        assert_eq!(read_all(&bytes[..bytes.len() - 1]), None);
        assert_eq!(read_all(&[0x80; 12]), None);
    }
}
