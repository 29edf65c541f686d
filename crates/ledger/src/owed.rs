//! How many units owe their yearly statement: those at the grass roots, each as long as it is below another.

use std::collections::BTreeMap;

use model::{ids::UnitId, month::Month};

use crate::hierarchy::Hierarchy;

/// How many units there are below each unit over time, found once for a tree.
#[derive(Debug, Clone, Default)]
pub struct OwedStatements {
    below: BTreeMap<UnitId, UnitCount>,
}

/// How many units there are over time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitCount {
    /// The months in which the number changes, in order, with the number from then on.
    from: Vec<(Month, i64)>,
}

impl UnitCount {
    /// The number in `month`.
    pub fn in_month(&self, month: Month) -> i64 {
        let later = self.from.partition_point(|(from, _)| *from <= month);
        later.checked_sub(1).map_or(0, |last| self.from[last].1)
    }
}

impl UnitCount {
    /// From how much the number changes in each of some months.
    pub(crate) fn of_changes(changes: BTreeMap<Month, i64>) -> Self {
        let mut number = 0;
        let counted = changes.into_iter().map(|(month, change)| {
            number += change;
            (month, number)
        });
        counted.collect()
    }
}

impl FromIterator<(Month, i64)> for UnitCount {
    /// From months in order, each with the number from then on.
    fn from_iter<T: IntoIterator<Item = (Month, i64)>>(from: T) -> Self {
        Self { from: from.into_iter().collect() }
    }
}

impl OwedStatements {
    /// Counts the units of a tree that owe statements, at each of them and at all above it. `until` says of such a unit
    /// the first month in which it is closed, and nothing of all others.
    pub fn new(tree: &Hierarchy, until: impl Fn(UnitId) -> Option<Month>) -> Self {
        let mut changes: BTreeMap<UnitId, BTreeMap<Month, i64>> = BTreeMap::new();
        for (unit, until) in tree.units().filter_map(|unit| Some((unit, until(unit)?))) {
            let spans =
                existence(tree, unit).into_iter().map(|(above, from, to)| (above, from, to.min(until)));
            for (above, from, to) in spans.filter(|(_, from, to)| from < to) {
                let changes = changes.entry(above).or_default();
                *changes.entry(from).or_default() += 1;
                *changes.entry(to).or_default() -= 1;
            }
        }
        Self {
            below: changes
                .into_iter()
                .map(|(unit, changes)| (unit, UnitCount::of_changes(changes)))
                .collect(),
        }
    }

    /// How many of them are at or below `unit`.
    pub fn for_unit(&self, unit: UnitId) -> &UnitCount {
        const NONE: &UnitCount = &UnitCount { from: Vec::new() };
        self.below.get(&unit).unwrap_or(NONE)
    }
}

/// When a unit is below each unit above it, and when it is there at all: while anything is above it.
fn existence(tree: &Hierarchy, unit: UnitId) -> Vec<(UnitId, Month, Month)> {
    let mut above: Vec<_> = tree
        .spans(unit)
        .iter()
        .filter(|span| span.ancestor != unit)
        .map(|span| (span.ancestor, span.from, span.to))
        .collect();
    let mut there: Vec<(Month, Month)> = above.iter().map(|(_, from, to)| (*from, *to)).collect();
    there.sort_unstable();
    let mut joined: Vec<(Month, Month)> = Vec::new();
    for (from, to) in there {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    above.extend(joined.into_iter().map(|(from, to)| (unit, from, to)));
    above
}
