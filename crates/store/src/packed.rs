//! A row of balances as one value: pairs of slot and amount as variable-length
//! integers, each slot as its distance from the one before. A unit's year takes
//! some tens of bytes, and reading it costs one value, however many measures
//! there are (`docs/decisions/0004-packed-rows.md`).

use integer_encoding::VarInt;
use ledger::balance_row::BalanceRow;

/// Writes a row.
pub(crate) fn pack(row: &BalanceRow) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    let mut next = 0;
    for (slot, amount) in row.iter() {
        bytes.extend((slot - next).encode_var_vec());
        bytes.extend(amount.encode_var_vec());
        next = slot + 1;
    }
    bytes
}

/// Reads a row; `None` when the bytes are not one.
pub(crate) fn unpack(mut bytes: &[u8]) -> Option<BalanceRow> {
    let mut row = BalanceRow::default();
    let mut next = 0_usize;
    while !bytes.is_empty() {
        let (gap, read) = usize::decode_var(bytes)?;
        let (amount, more) = i64::decode_var(bytes.get(read..)?)?;
        let slot = next.checked_add(gap)?;
        row.add(slot, amount);
        next = slot.checked_add(1)?;
        bytes = bytes.get(read + more..)?;
    }
    Some(row)
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
    }
}
