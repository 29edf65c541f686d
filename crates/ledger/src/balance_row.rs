//! One row of balances: the values of a unit in a period, by slot. Most slots
//! of most rows are zero, so a row holds only the others. Storage keeps a row as
//! one value, because the time of a page depends on how many values it reads
//! (`docs/decisions/0004-packed-rows.md`).

/// Values by slot, in the order of slots; none is zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BalanceRow(Vec<(usize, i64)>);

impl BalanceRow {
    /// An empty row with room for so many values.
    pub fn with_capacity(values: usize) -> Self {
        Self(Vec::with_capacity(values))
    }

    /// How many slots there are up to the last that is not zero.
    pub fn width(&self) -> usize {
        self.0.last().map_or(0, |(slot, _)| slot + 1)
    }

    /// The value of a slot.
    pub fn get(&self, slot: usize) -> i64 {
        self.find(slot).map_or(0, |position| self.0[position].1)
    }

    /// The sum of neighbouring slots, both ends counted.
    pub fn sum(&self, first: usize, last: usize) -> i64 {
        let start = self.0.partition_point(|(slot, _)| *slot < first);
        self.0[start..].iter().take_while(|(slot, _)| *slot <= last).map(|(_, amount)| amount).sum()
    }

    /// Adds to one slot.
    pub fn add(&mut self, slot: usize, amount: i64) {
        // Rows are mostly filled in the order of their slots.
        let place = if self.0.last().is_none_or(|(last, _)| *last < slot) {
            Err(self.0.len())
        } else {
            self.find(slot)
        };
        match place {
            Ok(position) => {
                self.0[position].1 += amount;
                if self.0[position].1 == 0 {
                    self.0.remove(position);
                }
            }
            Err(position) if amount != 0 => self.0.insert(position, (slot, amount)),
            Err(_) => {}
        }
    }

    /// Adds another row, `times` over.
    pub fn add_row(&mut self, row: &Self, times: i64) {
        for (slot, amount) in row.iter() {
            self.add(slot, amount * times);
        }
    }

    /// Slots that are not zero, in order, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (usize, i64)> + '_ {
        self.0.iter().copied()
    }

    /// Whether every slot is zero.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find(&self, slot: usize) -> Result<usize, usize> {
        self.0.binary_search_by_key(&slot, |(slot, _)| *slot)
    }
}

impl FromIterator<(usize, i64)> for BalanceRow {
    fn from_iter<T: IntoIterator<Item = (usize, i64)>>(values: T) -> Self {
        let mut row = Self::default();
        for (slot, amount) in values {
            row.add(slot, amount);
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_add_up_and_zeros_are_not_kept() {
        let mut row: BalanceRow = [(5, 1), (90, -7), (5, 2), (3, 0)].into_iter().collect();
        assert_eq!((row.get(5), row.get(90), row.get(3)), (3, -7, 0));
        row.add_row(&[(5, 1), (7, 4)].into_iter().collect(), -3);
        assert_eq!(row.iter().collect::<Vec<_>>(), [(7, -12), (90, -7)]);
        assert_eq!((row.sum(7, 89), row.sum(7, 90), row.sum(0, 6), row.sum(91, 99)), (-12, -19, 0, 0));
        row.add(7, 12);
        row.add(90, 7);
        assert!(row.is_empty());
    }
}
