//! A row of balances as one value: pairs of slot and amount as variable-length
//! integers, each slot as its distance from the one before. A unit's year takes
//! some tens of bytes, and reading it costs one value, however many measures
//! there are (`docs/decisions/0004-packed-rows.md`).

use integer_encoding::VarInt;
use ledger::balance_row::BalanceRow;

/// No definition has so many slots, twelve times over for months: what names one was not written by this program.
const MOST_SLOTS: usize = 1 << 20;

/// Writes a row.
pub(crate) fn pack(row: &BalanceRow) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    let mut next = 0;
    for (slot, amount) in row.iter() {
        push_number(&mut bytes, slot - next);
        push_number(&mut bytes, amount);
        next = slot + 1;
    }
    bytes
}

/// Adds a number to what is written.
pub(crate) fn push_number(bytes: &mut Vec<u8>, number: impl VarInt) {
    // Ten bytes hold any of 64 bits.
    let mut buffer = [0; 10];
    let used = number.encode_var(&mut buffer);
    bytes.extend_from_slice(&buffer[..used]);
}

/// Reads a row; `None` when the bytes are not one.
pub(crate) fn unpack(bytes: &[u8]) -> Option<BalanceRow> {
    // A value has two bytes at least.
    let mut row = BalanceRow::with_capacity(bytes.len() / 2);
    for_each_value(bytes, |slot, amount| row.add(slot, amount))?;
    Some(row)
}

/// Hands each slot and its amount to `take`; `None` when the bytes are no row, at the place where they are none.
pub(crate) fn for_each_value(mut bytes: &[u8], mut take: impl FnMut(usize, i64)) -> Option<()> {
    let mut next = 0_usize;
    while !bytes.is_empty() {
        let (gap, read) = usize::decode_var(bytes)?;
        let (amount, more) = i64::decode_var(bytes.get(read..)?)?;
        let slot = next.checked_add(gap).filter(|slot| *slot < MOST_SLOTS)?;
        take(slot, amount);
        next = slot + 1;
        bytes = bytes.get(read + more..)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        for row in [
            BalanceRow::default(),
            [(0, 1)].into_iter().collect(),
            [(0, -1), (1, i64::MAX), (15, i64::MIN), (16, 3), (4_000, 128)].into_iter().collect(),
        ] {
            assert_eq!(unpack(&pack(&row)), Some(row));
        }
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let bytes = pack(&[(3, 1_000_000), (9, 70_000)].into_iter().collect());
        assert_eq!(unpack(&bytes[..bytes.len() - 1]), None);
        assert_eq!(unpack(&[0x80; 12]), None);
        assert_eq!(unpack(&pack(&[(MOST_SLOTS, 1)].into_iter().collect())), None);
    }
}
