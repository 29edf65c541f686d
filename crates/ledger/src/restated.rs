//! Figures of a unit on the tree of one month, as if every unit had always been where it is then. They are those that the
//! unit has earned, without what units earned below it that are elsewhere, and with what units earned elsewhere that are
//! below it: so only units that have come or gone are looked at.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use campaign::definition::{Definition, MeasureIdx, MeasureKind};
use model::{
    ids::UnitId,
    month::{Month, Year},
};

use crate::{
    balance::{Own, OwnUnit, Period, Tally, month_slot},
    balance_row::BalanceRow,
    baseline::{StatementGroup, Statements, statement_groups, units_above, way_up},
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

/// The baseline of a unit on the tree of one month. A statement holds for all that was below its unit when the campaign
/// began, so which statements hide each other is said by the tree under which they were made: what has come from elsewhere is
/// added, and what has gone elsewhere is taken out of the statement that holds for it, as far as it made one of its own.
pub fn restated_baseline(
    definition: &Definition,
    statements: &Statements,
    (earned, fixed): (&Hierarchy, &Hierarchy),
    until: &dyn Fn(UnitId) -> Option<Month>,
    unit: UnitId,
) -> BalanceRow {
    let (mut sum, below) = (BalanceRow::default(), fixed.ever_below(unit));
    for group in statement_groups(definition) {
        let values = group.values(statements);
        for (source, times) in StatementTree::new(&values, earned, group.since).times_within(&below) {
            if let Some(row) = values.get(&source) {
                sum.add_row(row, times);
            }
        }
        let answered = group.answered(statements);
        for owing in below.iter().filter(|below| !answered.is_empty() && until(**below).is_some()) {
            let way = way_up(*owing, earned, group.since);
            let holding = way.iter().filter(|source| below.contains(source));
            let slots: BTreeSet<usize> = holding
                .filter_map(|source| answered.get(source))
                .flat_map(|row| row.iter().map(|(slot, _)| slot))
                .collect();
            sum.add_row(&slots.into_iter().map(|slot| (slot, 1)).collect(), 1);
        }
    }
    sum
}

/// How often each statement counts in the baseline of a unit on the tree of one month: once, or not at all where a higher one
/// holds for it; and less than nothing where its unit has gone elsewhere and a higher one that stays holds for it.
#[derive(Debug, Clone, Default)]
pub struct StatementTimes(BTreeMap<MeasureIdx, BTreeMap<UnitId, i64>>);

impl StatementTimes {
    /// Those in the baseline of `unit`; otherwise as [`restated_baseline`].
    pub fn new(
        definition: &Definition,
        statements: &Statements,
        (earned, fixed): (&Hierarchy, &Hierarchy),
        unit: UnitId,
    ) -> Self {
        let below = fixed.ever_below(unit);
        let of_group = |group: StatementGroup| {
            let values = group.values(statements);
            let mut times = StatementTree::new(&values, earned, group.since).times_within(&below);
            times.retain(|_, times| *times != 0);
            group.measures.into_iter().map(move |measure| (measure, times.clone()))
        };
        Self(statement_groups(definition).into_iter().flat_map(of_group).collect())
    }

    /// How often the statement of a unit counts towards a measure.
    pub fn times(&self, measure: MeasureIdx, unit: UnitId) -> i64 {
        self.0.get(&measure).and_then(|times| times.get(&unit)).copied().unwrap_or(0)
    }

    /// The units of those that count.
    pub fn units(&self) -> impl Iterator<Item = UnitId> {
        self.0.values().flat_map(|times| times.keys().copied())
    }
}

/// Statements, each with those nearest under it: they hold for a part of what it holds for.
struct StatementTree {
    above: BTreeMap<UnitId, BTreeSet<UnitId>>,
    nearest: BTreeMap<UnitId, Vec<UnitId>>,
}

impl StatementTree {
    fn new(statements: &Statements, earned: &Hierarchy, since: Month) -> Self {
        let above: BTreeMap<UnitId, BTreeSet<UnitId>> = statements
            .keys()
            .map(|unit| {
                let mut above = units_above(*unit, earned, since);
                above.retain(|above| statements.contains_key(above));
                (*unit, above)
            })
            .collect();
        let mut nearest: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
        for (unit, uppers) in &above {
            let is_nearest = |upper: &&UnitId| !uppers.iter().any(|other| above[other].contains(upper));
            for upper in uppers.iter().filter(is_nearest) {
                nearest.entry(*upper).or_default().push(*unit);
            }
        }
        Self { above, nearest }
    }

    /// How often each counts in what all say of some units: the highest among them, without what is elsewhere.
    fn times_within(&self, units: &BTreeSet<UnitId>) -> BTreeMap<UnitId, i64> {
        let mut times = BTreeMap::new();
        let is_highest =
            |unit: &UnitId, above: &BTreeSet<UnitId>| units.contains(unit) && above.is_disjoint(units);
        let mut waiting: Vec<UnitId> = self
            .above
            .iter()
            .filter(|(unit, above)| is_highest(unit, above))
            .map(|(unit, _)| *unit)
            .collect();
        while let Some(unit) = waiting.pop() {
            let is_within = units.contains(&unit);
            *times.entry(unit).or_default() += i64::from(is_within);
            for under in self.nearest.get(&unit).into_iter().flatten() {
                // What it says of them itself is looked at next.
                *times.entry(*under).or_default() -= i64::from(is_within);
                waiting.push(*under);
            }
        }
        times
    }
}

/// The tallies of a unit on the tree of one month, of some keys: `stored` are those on the tree over time, `growth` is that
/// of the [`restatement`].
pub fn restated_tallies(
    mut stored: BTreeMap<TallyKey, Tally>,
    growth: &BTreeMap<TallyKey, Tally>,
    keys: impl IntoIterator<Item = TallyKey>,
) -> BTreeMap<TallyKey, Tally> {
    for key in keys {
        if let Some(growth) = growth.get(&key) {
            let before = stored.entry(key).or_default();
            *before = grown(before, growth);
        }
    }
    stored
}

/// How many of the units that owe statements are at or below a unit in the tree of one month: in every month, until they
/// are closed. `until` is as for [`OwedStatements::new`](crate::owed::OwedStatements::new).
pub fn owed_in(fixed: &Hierarchy, unit: UnitId, until: impl Fn(UnitId) -> Option<Month>) -> UnitCount {
    let is_below = |of: &UnitId| *of != unit || fixed.spans(unit).len() > 1;
    let owing = fixed.ever_below(unit).into_iter().filter(is_below).filter_map(until);
    let mut changes: BTreeMap<Month, i64> = BTreeMap::from([(Month::ALWAYS, 0)]);
    for until in owing {
        *changes.entry(Month::ALWAYS).or_default() += 1;
        *changes.entry(until).or_default() -= 1;
    }
    UnitCount::of_changes(changes)
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
    fn a_statement_takes_along_what_it_holds_for_and_no_more() {
        let tree = tree();
        let fixed = tree.as_in(Month::january(2014));
        // The districts hold for all that was in them in 2011, the street for its firm 5.
        let amounts = [(2, 100), (3, 50), (4, 20), (5, 5), (7, 30), (8, 10)];
        let statements: Statements = amounts
            .into_iter()
            .map(|(unit, amount)| (UnitId(unit), [(0, amount)].into_iter().collect()))
            .collect();
        let statement_tree = StatementTree::new(&statements, &tree, Month::january(2011));
        let within = |tree: &Hierarchy, unit| -> i64 {
            let times = statement_tree.times_within(&tree.ever_below(UnitId(unit)));
            times.into_iter().map(|(source, times)| statements[&source].get(0) * times).sum()
        };
        let restated = |unit| within(&fixed, unit);
        assert_eq!([1, 2, 3].map(restated), [150, 100 - 20 - 30, 50 + 20 + 30]);
        assert_eq!([4, 5, 7, 8].map(restated), [20, 5, 30, 10]);
        // What was always below counts in full, as where it was earned.
        assert_eq!([1, 4].map(|unit| within(&tree, unit)), [150, 20]);
    }

    #[test]
    fn a_unit_owes_until_it_is_closed() {
        let fixed = tree().as_in(Month::january(2014));
        let closed = Month::january(2013);
        let until = |unit| match unit {
            UnitId(5) => Some(closed),
            UnitId(6..=8) => Some(Month::NEVER),
            _ => None,
        };
        let owed = owed_in(&fixed, UnitId(3), until);
        assert_eq!([closed.previous(), closed].map(|month| owed.in_month(month)), [4, 3]);
    }

    #[test]
    fn months_of_a_year_in_one_row_become_months() {
        let march = Month::new(2012, 3).unwrap_or(Month::NEVER);
        let row: BalanceRow = [(month_slot(4, march), 2)].into_iter().collect();
        assert_eq!(month_of(2012, month_slot(4, march) % 12), march);
        assert_eq!(row.iter().map(|(slot, _)| slot / 12).collect::<Vec<_>>(), [4]);
    }
}
