//! Figures of a unit on the tree of one month, as if every unit had always been where it is then. They are those that the
//! unit has earned, without what units earned below it that are elsewhere, and with what units earned elsewhere that are
//! below it: so only units that have come or gone are looked at.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use campaign::definition::{Definition, MeasureKind};
use model::{
    ids::UnitId,
    month::{Month, Year},
};

use crate::{
    balance::{Own, OwnUnit, Period, Tally, month_slot},
    balance_row::BalanceRow,
    folded::grown,
    hierarchy::{AncestorSpan, Hierarchy},
    owed::UnitCount,
    spread::{BalanceChange, Spread, TallyKey},
};

/// Units that have come to a unit or gone from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MovedUnits {
    /// Those that have taken along all that was ever below them: their balances say what they bring or take.
    pub whole: BTreeSet<UnitId>,
    /// All others: their own records say it.
    pub single: BTreeSet<UnitId>,
}

impl MovedUnits {
    /// The units that have not always been below `unit` and are there in the tree of one month, or the other way round.
    pub fn new(tree: &Hierarchy, fixed: &Hierarchy, unit: UnitId) -> Self {
        let (before, after) = (tree.ever_below(unit), fixed.ever_below(unit));
        let spans = |of: UnitId| -> Vec<AncestorSpan> {
            tree.spans(of).iter().copied().filter(|span| span.ancestor == unit).collect()
        };
        let is_moved = |of: UnitId| match (after.contains(&of), &*spans(of)) {
            (true, [span]) => !span.is_unbroken(),
            (false, []) => false,
            _ => true,
        };
        let moved: BTreeSet<UnitId> = before.union(&after).copied().filter(|of| is_moved(*of)).collect();
        let mut tops: Vec<(UnitId, BTreeSet<UnitId>)> = Vec::new();
        for top in &moved {
            let below = tree.ever_below(*top);
            let goes_along = |of: &UnitId| {
                let is_always =
                    tree.spans(*of).iter().any(|span| span.ancestor == *top && span.is_unbroken());
                is_always && spans(*of) == spans(*top) && after.contains(of) == after.contains(top)
            };
            if below.iter().all(goes_along) {
                tops.push((*top, below));
            }
        }
        // The largest first; none of them shares a unit with another.
        tops.sort_by_key(|(_, below)| Reverse(below.len()));
        let (mut whole, mut covered) = (BTreeSet::new(), BTreeSet::new());
        for (top, below) in tops {
            if below.is_disjoint(&covered) {
                whole.insert(top);
                covered.extend(below);
            }
        }
        Self { whole, single: moved.difference(&covered).copied().collect() }
    }
}

/// What a unit with all that is below it has posted, from its rows of balances and its tallies.
pub fn own_of_rows(
    definition: &Definition,
    rows: &[(Period, BalanceRow)],
    tallies: impl IntoIterator<Item = (TallyKey, Tally)>,
) -> OwnUnit {
    let counted_once: BTreeSet<usize> = definition
        .measures
        .iter()
        .filter(|measure| matches!(measure.kind, MeasureKind::Distinct(_)))
        .map(|measure| measure.listed_slot)
        .collect();
    let mut own = OwnUnit::default();
    let mut add = |month: Month, slot: usize, amount: i64| {
        if !counted_once.contains(&slot) {
            own.rows.entry(month).or_default().add(slot, amount);
        }
    };
    for (period, row) in rows {
        if let Some(month) = period.as_month() {
            row.iter().for_each(|(slot, amount)| add(month, slot, amount));
        } else if let Some(year) = period.as_months() {
            for (slot, amount) in row.iter() {
                add(month_of(year, slot % 12), slot / 12, amount);
            }
        }
    }
    own.tallies = tallies.into_iter().map(|(place, tally)| ((place.measure, place.key), tally)).collect();
    own
}

/// The month with this place in its year, from 0.
fn month_of(year: Year, place: usize) -> Month {
    let months = std::iter::successors(Some(Month::january(year)), |month| Some(month.next()));
    months.take(12).find(|month| month_slot(0, *month) == place).unwrap_or(Month::january(year))
}

/// How the balances of `unit` change when what has moved is put where it is in the tree of one month. Tallies are those of
/// the unit's growth alone.
pub fn restatement(earned: &Spread<'_>, fixed: &Spread<'_>, own: &Own, unit: UnitId) -> BalanceChange {
    let mut change = BalanceChange::default();
    earned.add(own, -1, &mut change);
    fixed.add(own, 1, &mut change);
    change.cells.retain(|place, _| place.unit == unit);
    change.tallies.retain(|place, _| place.unit == unit);
    change.prune();
    change
}

/// The rows of the unit after such a change. `stored` are its tallies of the keys that the change names.
pub fn restated_rows(
    spread: &Spread<'_>,
    rows: Vec<(Period, BalanceRow)>,
    stored: &BTreeMap<TallyKey, Tally>,
    mut change: BalanceChange,
) -> BTreeMap<Period, BalanceRow> {
    let none = Tally::default();
    for (place, growth) in std::mem::take(&mut change.tallies) {
        let before = stored.get(&place).unwrap_or(&none);
        spread.appear(place, before, &grown(before, &growth), &mut change);
    }
    let mut rows: BTreeMap<Period, BalanceRow> = rows.into_iter().collect();
    for (place, row) in change.cells {
        rows.entry(place.period).or_default().add_row(&row, 1);
    }
    rows.retain(|_, row| !row.is_empty());
    rows
}

/// How many of the units that `owes` names are at or below a unit in the tree of one month, in every month.
pub fn owed_in(fixed: &Hierarchy, unit: UnitId, owes: impl Fn(UnitId) -> bool) -> UnitCount {
    let is_below = |of: &UnitId| *of != unit || fixed.spans(unit).len() > 1;
    let owing = fixed.ever_below(unit).into_iter().filter(|of| owes(*of) && is_below(of));
    let count = i64::try_from(owing.count()).unwrap_or(i64::MAX);
    [(Month::ALWAYS, count)].into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hierarchy::{Affiliation, Line};

    /// City 1 with districts 2 and 3; street 4 with firms 5 and 6 went from 2 to 3 in 2013, firm 7 by itself; firm 8 has
    /// always been in 3.
    fn tree() -> Hierarchy {
        let (always, never, moved) = (Month::ALWAYS, Month::NEVER, Month::january(2013));
        let link = |unit, parent, from, to| Affiliation {
            unit: UnitId(unit),
            line: Line::Subordination,
            from,
            to,
            parent: UnitId(parent),
        };
        let links = [
            link(2, 1, always, never),
            link(3, 1, always, never),
            link(4, 2, always, moved),
            link(4, 3, moved, never),
            link(5, 4, always, never),
            link(6, 4, always, never),
            link(7, 2, always, moved),
            link(7, 3, moved, never),
            link(8, 3, always, never),
        ];
        Hierarchy::new((1..=8).map(UnitId), links)
    }

    #[test]
    fn what_went_together_is_taken_together() {
        let tree = tree();
        let fixed = tree.as_in(Month::january(2014));
        let found = |unit| {
            let MovedUnits { whole, single } = MovedUnits::new(&tree, &fixed, UnitId(unit));
            let ids = |units: BTreeSet<UnitId>| units.into_iter().map(|unit| unit.0).collect::<Vec<_>>();
            (ids(whole), ids(single))
        };
        assert_eq!(found(2), (vec![4, 7], vec![]));
        assert_eq!(found(3), (vec![4, 7], vec![]));
        assert_eq!(found(1), (vec![], vec![]));
        assert_eq!(found(4), (vec![], vec![]));
    }

    #[test]
    fn months_of_a_year_in_one_row_become_months() {
        let march = Month::new(2012, 3).unwrap_or(Month::NEVER);
        let row: BalanceRow = [(month_slot(4, march), 2)].into_iter().collect();
        assert_eq!(month_of(2012, month_slot(4, march) % 12), march);
        assert_eq!(row.iter().map(|(slot, _)| slot / 12).collect::<Vec<_>>(), [4]);
    }
}
