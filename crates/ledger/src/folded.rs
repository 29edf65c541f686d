//! All balances of a region in memory, folded from its facts. Storage keeps the
//! same rows; a rebuild writes these.

use std::collections::BTreeMap;

use crate::{
    balance::{CellKey, Tally},
    balance_row::BalanceRow,
    spread::{BalanceChange, Spread, TallyKey},
};

/// Balances of all units with the tallies behind distinct counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoldedBalances {
    /// Rows; none is all zero.
    pub cells: BTreeMap<CellKey, BalanceRow>,
    /// Tallies; none is empty.
    pub tallies: BTreeMap<TallyKey, Tally>,
}

impl FoldedBalances {
    /// Applies a change, as storage does. Returns by how much each row has changed.
    pub fn apply(&mut self, spread: &Spread<'_>, mut change: BalanceChange) -> BTreeMap<CellKey, BalanceRow> {
        for (place, growth) in std::mem::take(&mut change.tallies) {
            let before = self.tallies.remove(&place).unwrap_or_default();
            let after = grown(&before, &growth);
            spread.appear(place, &before, &after, &mut change);
            if !after.is_empty() {
                self.tallies.insert(place, after);
            }
        }
        for (place, row) in &change.cells {
            let cell = self.cells.entry(*place).or_default();
            cell.add_row(row, 1);
            if cell.is_empty() {
                self.cells.remove(place);
            }
        }
        change.cells
    }
}

/// A tally after `growth`, without months that have become zero.
pub fn grown(before: &Tally, growth: &Tally) -> Tally {
    let mut after = before.clone();
    for (month, count) in growth {
        *after.entry(*month).or_default() += count;
    }
    after.retain(|_, count| *count != 0);
    after
}
