//! Stored balances against those of a recount.

use std::collections::{BTreeMap, BTreeSet};

use model::month::Month;

use crate::{
    balance::{CellKey, Period},
    balance_row::BalanceRow,
};

/// The first difference between stored balances and a recount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub place: CellKey,
    /// Which slot of the row.
    pub slot: usize,
    /// What is stored.
    pub stored: i64,
    /// What the recount gives.
    pub recounted: i64,
}

/// Compares stored rows, as they come in whatever order, with those of a recount; a missing row is a row of zeros.
pub struct CellComparison {
    /// Rows of the recount of which no stored one has come.
    left: BTreeMap<CellKey, BalanceRow>,
    first: Option<Difference>,
}

impl CellComparison {
    /// Begins with all rows of the recount.
    pub fn new(recounted: BTreeMap<CellKey, BalanceRow>) -> Self {
        Self { left: recounted, first: None }
    }

    /// Takes a stored row.
    pub fn take(&mut self, place: CellKey, stored: &BalanceRow) {
        let recounted = self.left.remove(&place).unwrap_or_default();
        self.compare(place, stored, &recounted);
    }

    /// The first difference, in the order of places.
    pub fn finish(mut self) -> Option<Difference> {
        let none = BalanceRow::default();
        for (place, recounted) in std::mem::take(&mut self.left) {
            self.compare(place, &none, &recounted);
        }
        self.first
    }

    fn compare(&mut self, place: CellKey, stored: &BalanceRow, recounted: &BalanceRow) {
        if stored == recounted {
            return;
        }
        let slots: BTreeSet<usize> = stored.iter().chain(recounted.iter()).map(|(slot, _)| slot).collect();
        let slot = slots.into_iter().find(|slot| stored.get(*slot) != recounted.get(*slot));
        let Some(slot) = slot else { return };
        let (place, shown) = shown_place(place, slot);
        if self.first.as_ref().is_none_or(|first| (place, shown) < (first.place, first.slot)) {
            let (stored, recounted) = (stored.get(slot), recounted.get(slot));
            self.first = Some(Difference { place, slot: shown, stored, recounted });
        }
    }
}

/// A slot of all months of a year is a slot of one of them.
fn shown_place(place: CellKey, slot: usize) -> (CellKey, usize) {
    let month = place.period.as_months().zip(i8::try_from(slot % 12).ok());
    match month.and_then(|(year, before)| Month::new(year, before + 1)) {
        Some(month) => (CellKey { period: Period::month(month), ..place }, slot / 12),
        None => (place, slot),
    }
}
