//! The tree of units over time. A unit's ancestors are a **set**: a unit that
//! belongs to a district and to an industrial union is counted once in each of
//! them and once in the city.

use std::collections::{BTreeMap, BTreeSet};

use model::{ids::UnitId, month::Month};
use rustc_hash::FxHashMap;

/// How a unit hangs below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Line {
    /// 隶属: the organisational line; exactly one at any time.
    Subordination,
    /// 业务指导: a second line, for guidance by an industrial union.
    Guidance,
}

/// One unit below another from a month on, until another month (not counted).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Affiliation {
    /// The unit below.
    pub unit: UnitId,
    /// Which line.
    pub line: Line,
    /// First month, [`Month::ALWAYS`] when it has always been so.
    pub from: Month,
    /// The month in which it no longer holds, [`Month::NEVER`] when it still does.
    pub to: Month,
    /// The unit above.
    pub parent: UnitId,
}

/// During `from..to`, `ancestor` is above a unit (or is the unit itself).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AncestorSpan {
    /// The unit above.
    pub ancestor: UnitId,
    /// First month.
    pub from: Month,
    /// The month in which it no longer holds.
    pub to: Month,
}

impl AncestorSpan {
    /// Whether it holds in `month`.
    pub fn contains(&self, month: Month) -> bool {
        self.from <= month && month < self.to
    }

    /// Whether it has always held and still does.
    pub fn is_unbroken(&self) -> bool {
        self.from == Month::ALWAYS && self.to == Month::NEVER
    }
}

/// All units with their affiliations, and the ancestors that follow from them.
#[derive(Debug, Clone, Default)]
pub struct Hierarchy {
    links: BTreeMap<UnitId, Vec<Affiliation>>,
    below: BTreeMap<UnitId, BTreeSet<UnitId>>,
    /// Asked for with every posting that is looked at.
    spans: FxHashMap<UnitId, Vec<AncestorSpan>>,
    changed: BTreeSet<UnitId>,
}

impl Hierarchy {
    /// Builds the tree. Affiliations that close a circle are left out; commands
    /// refuse them before they are stored.
    pub fn new(
        units: impl IntoIterator<Item = UnitId>,
        affiliations: impl IntoIterator<Item = Affiliation>,
    ) -> Self {
        let mut tree = Self::default();
        for unit in units {
            tree.links.entry(unit).or_default();
        }
        for link in affiliations {
            tree.below.entry(link.parent).or_default().insert(link.unit);
            tree.links.entry(link.unit).or_default().push(link);
        }
        let mut resolved = FxHashMap::default();
        for unit in tree.links.keys() {
            let mut spans = Vec::new();
            tree.climb(
                AncestorSpan { ancestor: *unit, from: Month::ALWAYS, to: Month::NEVER },
                &mut Vec::new(),
                &mut spans,
            );
            resolved.insert(*unit, union(spans));
        }
        let broken = resolved.values().flatten().filter(|span| !span.is_unbroken());
        tree.changed = broken.map(|span| span.ancestor).collect();
        tree.spans = resolved;
        tree
    }

    /// Adds `reached` and everything above it during that time. Links may run
    /// in a circle over the years though never within one month, so times are
    /// followed along each path rather than units alone.
    fn climb(&self, reached: AncestorSpan, path: &mut Vec<UnitId>, spans: &mut Vec<AncestorSpan>) {
        if path.contains(&reached.ancestor) {
            return;
        }
        spans.push(reached);
        path.push(reached.ancestor);
        for link in self.links.get(&reached.ancestor).into_iter().flatten() {
            let (from, to) = (link.from.max(reached.from), link.to.min(reached.to));
            if from < to {
                self.climb(AncestorSpan { ancestor: link.parent, from, to }, path, spans);
            }
        }
        path.pop();
    }

    /// The tree as if every unit had always been where it is in `month`; one that is nowhere then is where it was last.
    #[must_use]
    pub fn as_in(&self, month: Month) -> Self {
        let always = |link: &Affiliation| Affiliation { from: Month::ALWAYS, to: Month::NEVER, ..*link };
        let links = self.links.values().flat_map(|links| {
            let holds = |link: &&Affiliation| link.from <= month && month < link.to;
            let is_placed = links.iter().any(|link| link.line == Line::Subordination && holds(&link));
            let last =
                links.iter().filter(|link| link.line == Line::Subordination).max_by_key(|link| link.to);
            links.iter().filter(holds).chain(last.filter(|_| !is_placed)).map(always)
        });
        Self::new(self.units(), links)
    }

    /// Whether any unit has come below a unit, or left it, since the beginning.
    pub fn is_changed(&self, unit: UnitId) -> bool {
        self.changed.contains(&unit)
    }

    /// Every unit.
    pub fn units(&self) -> impl Iterator<Item = UnitId> + '_ {
        self.links.keys().copied()
    }

    /// Whether the unit exists.
    pub fn contains(&self, unit: UnitId) -> bool {
        self.links.contains_key(&unit)
    }

    /// The unit itself and everything above it, each with the time it holds.
    pub fn spans(&self, unit: UnitId) -> &[AncestorSpan] {
        self.spans.get(&unit).map_or(&[], Vec::as_slice)
    }

    /// Whether `ancestor` is `unit` or is above it in `month`.
    pub fn is_within(&self, unit: UnitId, ancestor: UnitId, month: Month) -> bool {
        self.spans(unit).iter().any(|span| span.ancestor == ancestor && span.contains(month))
    }

    /// Affiliations of a unit, past and present.
    pub fn affiliations(&self, unit: UnitId) -> &[Affiliation] {
        self.links.get(&unit).map_or(&[], Vec::as_slice)
    }

    /// The unit above on one line in `month`.
    pub fn parent(&self, unit: UnitId, line: Line, month: Month) -> Option<UnitId> {
        self.affiliations(unit)
            .iter()
            .find(|link| link.line == line && link.from <= month && month < link.to)
            .map(|link| link.parent)
    }

    /// Units directly below on either line in `month`.
    pub fn children(&self, unit: UnitId, month: Month) -> impl Iterator<Item = (UnitId, Line)> + '_ {
        let below = self.below.get(&unit).into_iter().flatten();
        below.flat_map(move |child| {
            self.affiliations(*child)
                .iter()
                .filter(move |link| link.parent == unit && link.from <= month && month < link.to)
                .map(|link| (link.unit, link.line))
        })
    }

    /// The unit and everything that has ever been below it.
    pub fn ever_below(&self, unit: UnitId) -> BTreeSet<UnitId> {
        self.ever_below_any([unit])
    }

    /// Some units and everything that has ever been below any of them.
    pub fn ever_below_any(&self, units: impl IntoIterator<Item = UnitId>) -> BTreeSet<UnitId> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<UnitId> = units.into_iter().collect();
        while let Some(next) = waiting.pop() {
            if found.insert(next) {
                waiting.extend(self.below.get(&next).into_iter().flatten());
            }
        }
        found
    }
}

/// Joins overlapping and adjoining spans of the same ancestor.
fn union(mut spans: Vec<AncestorSpan>) -> Vec<AncestorSpan> {
    spans.sort_unstable();
    let mut joined: Vec<AncestorSpan> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if last.ancestor == span.ancestor && span.from <= last.to => {
                last.to = last.to.max(span.to);
            }
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(unit: i64, line: Line, parent: i64, from: Month, to: Month) -> Affiliation {
        Affiliation { unit: UnitId(unit), line, from, to, parent: UnitId(parent) }
    }

    /// City 1; districts 2 and 3; industrial union 4; enterprise 5 in 2 until
    /// 2012, then in 3, guided by 4.
    fn tree() -> Hierarchy {
        let (always, never, moved) = (Month::ALWAYS, Month::NEVER, Month::january(2013));
        Hierarchy::new(
            (1..=5).map(UnitId),
            [
                link(2, Line::Subordination, 1, always, never),
                link(3, Line::Subordination, 1, always, never),
                link(4, Line::Subordination, 1, always, never),
                link(5, Line::Subordination, 2, always, moved),
                link(5, Line::Subordination, 3, moved, never),
                link(5, Line::Guidance, 4, always, never),
            ],
        )
    }

    #[test]
    fn two_paths_to_the_city_are_one_ancestor() {
        let tree = tree();
        let city: Vec<_> = tree.spans(UnitId(5)).iter().filter(|span| span.ancestor == UnitId(1)).collect();
        assert_eq!(city.len(), 1);
        assert!(city[0].is_unbroken());
    }

    #[test]
    fn a_move_ends_one_span_and_begins_another() {
        let tree = tree();
        assert!(tree.is_within(UnitId(5), UnitId(2), Month::december(2012)));
        assert!(!tree.is_within(UnitId(5), UnitId(2), Month::january(2013)));
        assert!(tree.is_within(UnitId(5), UnitId(3), Month::january(2013)));
        assert_eq!(tree.parent(UnitId(5), Line::Subordination, Month::january(2014)), Some(UnitId(3)));
        assert_eq!(tree.children(UnitId(2), Month::december(2012)).count(), 1);
        assert_eq!(tree.children(UnitId(2), Month::january(2013)).count(), 0);
        let changed: Vec<i64> = (1..=5).filter(|unit| tree.is_changed(UnitId(*unit))).collect();
        assert_eq!(changed, [2, 3]);
    }

    /// 2 was above 3 until 2012; since 2013 it is the other way round.
    #[test]
    fn two_units_may_change_places() {
        let (always, never, turned) = (Month::ALWAYS, Month::NEVER, Month::january(2013));
        let tree = Hierarchy::new(
            (1..=3).map(UnitId),
            [
                link(2, Line::Subordination, 1, always, turned),
                link(3, Line::Subordination, 2, always, turned),
                link(3, Line::Subordination, 1, turned, never),
                link(2, Line::Subordination, 3, turned, never),
            ],
        );
        for unit in [2, 3] {
            let city: Vec<_> =
                tree.spans(UnitId(unit)).iter().filter(|span| span.ancestor == UnitId(1)).collect();
            assert!(city.len() == 1 && city[0].is_unbroken(), "{unit}: {city:?}");
        }
        assert!(tree.is_within(UnitId(2), UnitId(3), turned));
        assert!(!tree.is_within(UnitId(3), UnitId(2), turned));
    }

    #[test]
    fn a_tree_of_one_month_holds_for_all_months() {
        let (always, never, moved) = (Month::ALWAYS, Month::NEVER, Month::january(2013));
        let tree = tree().as_in(Month::january(2014));
        assert!(tree.is_within(UnitId(5), UnitId(3), Month::january(2011)));
        assert!(!tree.is_within(UnitId(5), UnitId(2), Month::january(2011)));
        assert!(tree.is_within(UnitId(5), UnitId(4), Month::january(2011)));
        // What is nowhere any more is where it was last.
        let links =
            [link(2, Line::Subordination, 1, always, never), link(3, Line::Subordination, 2, always, moved)];
        let gone = Hierarchy::new((1..=3).map(UnitId), links).as_in(Month::january(2014));
        assert!(gone.is_within(UnitId(3), UnitId(2), Month::january(2015)));
    }

    #[test]
    fn a_circle_does_not_hang() {
        let (always, never) = (Month::ALWAYS, Month::NEVER);
        let tree = Hierarchy::new(
            [UnitId(1), UnitId(2)],
            [link(1, Line::Subordination, 2, always, never), link(2, Line::Subordination, 1, always, never)],
        );
        assert!(!tree.spans(UnitId(1)).is_empty());
    }
}
