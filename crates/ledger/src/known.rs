//! Balances as they were known on an earlier day: what each day changed, and how later days are taken from what there
//! is (`docs/decisions/0035-figures-as-known.md`).

use std::collections::BTreeMap;

use campaign::definition::Definition;
use model::{
    ids::UnitId,
    month::{Month, Year},
};

use crate::{
    balance::{CellKey, Own, Period},
    balance_row::BalanceRow,
    baseline::{Statements, baselines},
    folded::FoldedBalances,
    hierarchy::Hierarchy,
    spread::{BalanceChange, Spread},
};

/// What changed in the balances of one unit, by period. Years are left out: they are the sums of their months.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayChange(pub BTreeMap<Period, BalanceRow>);

impl DayChange {
    /// Adds to a period, `times` over; a year is passed over.
    pub fn add(&mut self, period: Period, row: &BalanceRow, times: i64) {
        if period.as_year().is_some() || row.is_empty() {
            return;
        }
        let sum = self.0.entry(period).or_default();
        sum.add_row(row, times);
        if sum.is_empty() {
            self.0.remove(&period);
        }
    }

    /// Drops rows that have come to nothing.
    pub fn prune(&mut self) {
        self.0.retain(|period, row| period.as_year().is_none() && !row.is_empty());
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives every slot another number; what has none any more is dropped.
    #[must_use]
    pub fn renumbered(&self, numbers: &BTreeMap<usize, usize>) -> Self {
        let renumber = |(period, row): (&Period, &BalanceRow)| {
            let row = renumbered_row(*period, row, numbers);
            (!row.is_empty()).then_some((*period, row))
        };
        Self(self.0.iter().filter_map(renumber).collect())
    }
}

/// Rows of balances with other numbers of their slots; what has none any more is dropped.
pub fn renumbered_rows(
    rows: Vec<(Period, BalanceRow)>,
    numbers: &BTreeMap<usize, usize>,
) -> Vec<(Period, BalanceRow)> {
    let renumber = |(period, row): (Period, BalanceRow)| (period, renumbered_row(period, &row, numbers));
    rows.into_iter().map(renumber).collect()
}

fn renumbered_row(period: Period, row: &BalanceRow, numbers: &BTreeMap<usize, usize>) -> BalanceRow {
    let has_months = period.as_months().is_some();
    row.iter()
        .filter_map(|(slot, amount)| {
            // The months of a year stand one after the other in one row.
            let (slot, month) = if has_months { (slot / 12, slot % 12) } else { (slot, 0) };
            let slot = *numbers.get(&slot)?;
            Some((if has_months { slot * 12 + month } else { slot }, amount))
        })
        .collect()
}

/// The rows of a unit as they were before later changes.
pub fn rows_before(rows: Vec<(Period, BalanceRow)>, later: &DayChange) -> Vec<(Period, BalanceRow)> {
    let mut rows: BTreeMap<Period, BalanceRow> = rows.into_iter().collect();
    for (period, changed) in &later.0 {
        rows.entry(*period).or_default().add_row(changed, -1);
        if let Some(month) = period.as_months().map(Month::january).or(period.as_month()) {
            let year: Year = month.year();
            let of_year = rows.entry(Period::year(year)).or_default();
            for (slot, amount) in changed.iter() {
                let slot = if period.as_months().is_some() { slot / 12 } else { slot };
                of_year.add(slot, -amount);
            }
        }
    }
    rows.into_iter().filter(|(_, row)| !row.is_empty()).collect()
}

/// Folds what units posted on several days, and hands what each of the days changed, by unit, to `take`. `owes` says which
/// units a baseline covers.
pub fn fold_days<D: Ord>(
    (definition, tree, owes): (&Definition, &Hierarchy, &dyn Fn(UnitId) -> bool),
    spread: &Spread<'_>,
    days: BTreeMap<D, Own>,
    mut take: impl FnMut(D, BTreeMap<UnitId, DayChange>),
) {
    let mut book = FoldedBalances::default();
    let (mut statements, mut stated) = (Statements::new(), BTreeMap::new());
    for (day, own) in days {
        let mut change = BalanceChange::default();
        spread.add(&own, 1, &mut change);
        change.prune();
        let mut units: BTreeMap<UnitId, DayChange> = BTreeMap::new();
        for (place, row) in book.apply(spread, change) {
            units.entry(place.unit).or_default().add(place.period, &row, 1);
        }
        let mut is_stated = false;
        for (unit, own) in own.units.iter().filter(|(_, own)| !own.statements.is_empty()) {
            is_stated = true;
            statements.entry(*unit).or_default().add_row(&own.statements, 1);
        }
        if is_stated {
            statements.retain(|_, row| !row.is_empty());
            let fresh = baselines(definition, &statements, tree, owes);
            add_difference(&mut units, &stated, &fresh);
            stated = fresh;
        }
        units.retain(|_, change| !change.is_empty());
        take(day, units);
    }
}

/// Adds to `units` how rows have become others.
pub fn add_difference(
    units: &mut BTreeMap<UnitId, DayChange>,
    former: &BTreeMap<CellKey, BalanceRow>,
    new: &BTreeMap<CellKey, BalanceRow>,
) {
    for (rows, times) in [(former, -1), (new, 1)] {
        for (place, row) in rows {
            units.entry(place.unit).or_default().add(place.period, row, times);
        }
    }
    units.retain(|_, change| !change.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::balance::month_slot;

    #[test]
    fn later_days_are_taken_from_months_and_years() {
        let (march, row) =
            (Month::new(2012, 3).unwrap_or(Month::NEVER), |amount| [(4, amount)].into_iter().collect());
        let mut later = DayChange::default();
        later.add(Period::month(march), &row(2), 1);
        later.add(Period::year(2012), &row(2), 1);
        later.add(Period::BASELINE, &row(5), 1);
        let now =
            vec![(Period::BASELINE, row(5)), (Period::year(2012), row(7)), (Period::month(march), row(3))];
        let then = rows_before(now, &later);
        assert_eq!(then, [(Period::year(2012), row(5)), (Period::month(march), row(1))]);
    }

    #[test]
    fn slots_are_renumbered_within_the_months_of_a_year_too() {
        let march = Month::new(2012, 3).unwrap_or(Month::NEVER);
        let mut change = DayChange::default();
        change.add(Period::months(2012), &[(month_slot(4, march), 2)].into_iter().collect(), 1);
        change.add(Period::month(march), &[(4, 2), (9, 1)].into_iter().collect(), 1);
        let numbers = BTreeMap::from([(4, 6)]);
        let mut expected = DayChange::default();
        expected.add(Period::months(2012), &[(month_slot(6, march), 2)].into_iter().collect(), 1);
        expected.add(Period::month(march), &[(6, 2)].into_iter().collect(), 1);
        assert_eq!(change.renumbered(&numbers), expected);
    }
}
