//! Adds a unit's own balances to those of every ancestor.
//!
//! Flows, levels and distinct counts stay with the ancestors of the month in
//! which they were earned. A **stock** (in service at a date) moves with the unit:
//! when the unit moves, its stock is subtracted from the old ancestor and added
//! to the new one in that month.

use std::collections::BTreeMap;

use campaign::definition::{Definition, MeasureIdx, MeasureKind, Window};
use model::{ids::UnitId, month::Month};

use crate::{
    balance::{CellKey, Own, Period, Tally, month_slot},
    balance_row::BalanceRow,
    hierarchy::{AncestorSpan, Hierarchy},
    post::Key,
};

/// The key of a tally of a distinct measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TallyKey {
    /// The unit, the fact's own or one above it.
    pub unit: UnitId,
    /// Position of the measure.
    pub measure: MeasureIdx,
    /// What counts once.
    pub key: Key,
}

/// A change of balances: what a command adds to every ancestor's rows, and to
/// the tallies from which distinct counts follow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BalanceChange {
    /// Added to rows.
    pub cells: BTreeMap<CellKey, BalanceRow>,
    /// Added to tallies; turned into rows by [`appearances`] once the stored tally is known.
    pub tallies: BTreeMap<TallyKey, Tally>,
}

impl BalanceChange {
    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.tallies.is_empty()
    }

    /// Adds `amount` to one slot of a unit in `month` and in its year.
    pub fn add(&mut self, unit: UnitId, month: Month, slot: usize, amount: i64, keeps_months: bool) {
        self.row(unit, Period::year(month.year())).add(slot, amount);
        if keeps_months {
            self.row(unit, Period::month(month)).add(slot, amount);
        } else {
            self.row(unit, Period::months(month.year())).add(month_slot(slot, month), amount);
        }
    }

    fn add_full_row(&mut self, unit: UnitId, month: Month, row: &BalanceRow, times: i64, keeps_months: bool) {
        self.row(unit, Period::year(month.year())).add_row(row, times);
        if keeps_months {
            self.row(unit, Period::month(month)).add_row(row, times);
        } else {
            let months = self.row(unit, Period::months(month.year()));
            for (slot, amount) in row.iter() {
                months.add(month_slot(slot, month), amount * times);
            }
        }
    }

    fn row(&mut self, unit: UnitId, period: Period) -> &mut BalanceRow {
        self.cells.entry(CellKey { unit, period }).or_default()
    }

    /// Drops everything that has become zero.
    pub fn prune(&mut self) {
        self.cells.retain(|_, row| !row.is_empty());
        for tally in self.tallies.values_mut() {
            tally.retain(|_, count| *count != 0);
        }
        self.tallies.retain(|_, tally| !tally.is_empty());
    }
}

/// The tree and the campaign that balances are spread by.
pub struct Spread<'a> {
    definition: &'a Definition,
    tree: &'a Hierarchy,
    /// Units each of whose months is a row of its own, beside the year: those above the grass
    /// roots, where many people look and much is written. All others have a row for the months
    /// of a year together.
    keeps_months: &'a (dyn Fn(UnitId) -> bool + Sync),
    is_stock: Vec<bool>,
}

impl<'a> Spread<'a> {
    /// Prepares to spread over `tree`.
    pub fn new(
        definition: &'a Definition,
        tree: &'a Hierarchy,
        keeps_months: &'a (dyn Fn(UnitId) -> bool + Sync),
    ) -> Self {
        let mut is_stock = Vec::new();
        for slot in stocks(definition) {
            is_stock.resize(is_stock.len().max(slot + 1), false);
            is_stock[slot] = true;
        }
        Self { definition, tree, keeps_months, is_stock }
    }

    /// Adds `own` balances, `times` over, to every ancestor in `change`.
    /// Statements are not spread: see [`crate::baseline`].
    pub fn add(&self, own: &Own, times: i64, change: &mut BalanceChange) {
        for (id, unit) in &own.units {
            for span in self.tree.spans(*id) {
                let keeps_months = (self.keeps_months)(span.ancestor);
                for (month, row) in &unit.rows {
                    if span.is_unbroken() {
                        change.add_full_row(span.ancestor, *month, row, times, keeps_months);
                    } else {
                        self.add_within(span, *month, row, times, keeps_months, change);
                    }
                }
                for ((measure, key), tally) in &unit.tallies {
                    let place = TallyKey { unit: span.ancestor, measure: *measure, key: *key };
                    for (month, count) in tally.iter().filter(|(month, _)| span.contains(**month)) {
                        *change.tallies.entry(place).or_default().entry(*month).or_default() += count * times;
                    }
                }
            }
        }
    }

    /// Adds a row to an ancestor that has not always been one.
    fn add_within(
        &self,
        span: &AncestorSpan,
        month: Month,
        row: &BalanceRow,
        times: i64,
        keeps_months: bool,
        change: &mut BalanceChange,
    ) {
        for (slot, value) in row.iter() {
            let value = value * times;
            if !self.is_stock.get(slot).copied().unwrap_or(false) {
                if span.contains(month) {
                    change.add(span.ancestor, month, slot, value, keeps_months);
                }
            } else if month < span.to {
                change.add(span.ancestor, month.max(span.from), slot, value, keeps_months);
                if span.to != Month::NEVER {
                    change.add(span.ancestor, span.to, slot, -value, keeps_months);
                }
            }
        }
    }

    /// Adds to `change` what a tally's growth from `before` to `after` means
    /// for the distinct count at its unit.
    pub fn appear(&self, place: TallyKey, before: &Tally, after: &Tally, change: &mut BalanceChange) {
        let measure = &self.definition.measures[place.measure];
        let MeasureKind::Distinct(window) = measure.kind else { return };
        let keeps_months = (self.keeps_months)(place.unit);
        for (months, times) in [(appearances(before, window), -1), (appearances(after, window), 1)] {
            for month in months {
                change.add(place.unit, month, measure.listed_slot, times, keeps_months);
            }
        }
    }
}

/// Slots of what is in service at a date: it moves with its unit. So does a unit's last statement.
fn stocks(definition: &Definition) -> impl Iterator<Item = usize> + '_ {
    let own = definition.measures.iter().filter(|measure| measure.kind == MeasureKind::Stock);
    let last_statement = definition.measures.iter().filter_map(|measure| measure.answers?.last_statement);
    let pairs = definition.answer_pairs.iter().filter_map(|pair| pair.last_statement);
    own.map(|measure| measure.listed_slot)
        .chain(last_statement.flat_map(|slots| [slots.value, slots.answered]))
        .chain(pairs.flat_map(|slots| [slots.answered, slots.above, slots.below]))
}

/// The months in which a key counts: the first of the campaign, or the first of each year.
pub fn appearances(tally: &Tally, window: Window) -> Vec<Month> {
    let mut months: Vec<Month> =
        tally.iter().filter(|(_, count)| **count > 0).map(|(month, _)| *month).collect();
    match window {
        Window::Campaign => months.truncate(1),
        Window::Year => months.dedup_by_key(|month| month.year()),
    }
    months
}
