//! Baselines: what a unit states for itself and everything under it. For a unit
//! without a statement of its own, the highest statements under it are added,
//! each once: a statement counts unless a unit between the two has one. Statements of one form hide each other; those of
//! other campaigns and other forms stand beside them.
//!
//! Beside what is stated stands how many grass-roots units it covers: a unit is covered where a statement stands on a way
//! from it up to the unit that is looked at.

use std::collections::{BTreeMap, BTreeSet};

use campaign::definition::{Definition, FormIdx, MeasureKind};
use model::{ids::UnitId, month::Month};

use crate::{
    balance::{CellKey, Period},
    balance_row::BalanceRow,
    hierarchy::Hierarchy,
};

/// Statements of units about themselves.
pub type Statements = BTreeMap<UnitId, BalanceRow>;

/// The baseline of every unit that has one, its own or from below. The tree is
/// that of the campaign's first month: a baseline stays where its
/// years were earned; a unit founded later counts where it was first placed.
/// `owes` says which units are covered by it.
pub fn baselines(
    definition: &Definition,
    statements: &Statements,
    tree: &Hierarchy,
    owes: &dyn Fn(UnitId) -> bool,
) -> BTreeMap<CellKey, BalanceRow> {
    let mut cells = BTreeMap::new();
    for (first_month, slots) in groups(definition) {
        let own = |row: &BalanceRow, slots: &BTreeSet<usize>| -> BalanceRow {
            row.iter().filter(|(slot, _)| slots.contains(slot)).collect()
        };
        let of = |slots| {
            let rows = statements.iter().map(|(unit, row)| (*unit, own(row, slots)));
            rows.filter(|(_, row)| !row.is_empty()).collect::<Statements>()
        };
        let stated = of(&slots.values);
        for (source, row) in &stated {
            for unit in covers(*source, &stated, tree, first_month) {
                let key = CellKey { unit, period: Period::BASELINE };
                cells.entry(key).or_insert_with(BalanceRow::default).add_row(row, 1);
            }
        }
        let answered = of(&slots.answered);
        for unit in tree.units().filter(|unit| !answered.is_empty() && owes(*unit)) {
            cover(unit, &answered, (tree, first_month), &mut cells);
        }
    }
    cells
}

/// The slots of statements that hide each other.
#[derive(Default)]
struct Slots {
    values: BTreeSet<usize>,
    answered: BTreeSet<usize>,
}

/// The slots of one form for one campaign, with the campaign's first month.
fn groups(definition: &Definition) -> Vec<(Month, Slots)> {
    let mut groups: BTreeMap<(FormIdx, Month), Slots> = BTreeMap::new();
    for (position, form) in definition.forms.entries() {
        for post in &form.posts {
            let measure = &definition.measures[post.measure];
            if measure.kind == MeasureKind::Statement {
                let slots = groups.entry((position, measure.since)).or_default();
                slots.values.insert(measure.listed_slot);
                slots.answered.extend(measure.answers.map(|answers| answers.answered));
            }
        }
    }
    groups.into_iter().map(|((_, since), slots)| (since, slots)).collect()
}

/// Counts a grass-roots unit as covered at every unit above it between which and itself a statement stands.
fn cover(
    unit: UnitId,
    answered: &Statements,
    (tree, first_month): (&Hierarchy, Month),
    cells: &mut BTreeMap<CellKey, BalanceRow>,
) {
    let mut way: BTreeSet<UnitId> = tree
        .spans(unit)
        .iter()
        .filter(|span| span.ancestor != unit && span.contains(first_month))
        .map(|span| span.ancestor)
        .collect();
    // A unit that was founded later has nothing to state about the years before.
    if way.is_empty() {
        return;
    }
    way.insert(unit);
    for upper in &way {
        let is_below = |source: &UnitId| source == upper || tree.is_within(*source, *upper, first_month);
        let sources = way.iter().filter(|source| is_below(source)).filter_map(|source| answered.get(source));
        let slots: BTreeSet<usize> = sources.flat_map(|row| row.iter().map(|(slot, _)| slot)).collect();
        if !slots.is_empty() {
            let cell = cells.entry(CellKey { unit: *upper, period: Period::BASELINE }).or_default();
            for slot in slots {
                cell.add(slot, 1);
            }
        }
    }
}

/// The units for which the statement of `stated` counts: itself, and those
/// above it that no other stated unit screens off.
fn covers(source: UnitId, statements: &Statements, tree: &Hierarchy, first_month: Month) -> BTreeSet<UnitId> {
    let mut units = units_above(source, tree, first_month);
    let between: Vec<UnitId> = units.iter().copied().filter(|unit| statements.contains_key(unit)).collect();
    for screen in between {
        units.remove(&screen);
        for hidden in units_above(screen, tree, first_month) {
            units.remove(&hidden);
        }
    }
    units.insert(source);
    units
}

/// All units above one in the month for which its statements count.
pub(crate) fn units_above(unit: UnitId, tree: &Hierarchy, first_month: Month) -> BTreeSet<UnitId> {
    let month = month_of_statement(unit, tree, first_month);
    let spans = tree.spans(unit).iter().filter(|span| span.ancestor != unit);
    spans.filter(|span| span.contains(month)).map(|span| span.ancestor).collect()
}

/// The month whose tree says above which units a unit's statement counts: the campaign's first, or the one in which a
/// unit that was founded later was first placed.
pub(crate) fn month_of_statement(unit: UnitId, tree: &Hierarchy, first_month: Month) -> Month {
    let spans = || tree.spans(unit).iter().filter(|span| span.ancestor != unit);
    if spans().any(|span| span.contains(first_month)) {
        return first_month;
    }
    spans().map(|span| span.from).filter(|from| *from > first_month).min().unwrap_or(first_month)
}

/// The slots of the statements of a form about a campaign that begins in `since`.
pub(crate) fn slots(definition: &Definition, form: FormIdx, since: Month) -> BTreeSet<usize> {
    let measures = definition.forms[form].posts.iter().map(|post| &definition.measures[post.measure]);
    let of_group =
        measures.filter(|measure| measure.kind == MeasureKind::Statement && measure.since == since);
    of_group.map(|measure| measure.listed_slot).collect()
}

/// The unit whose statement counts for `unit` instead of that of `source`, a unit below; `None` where that of
/// `source` counts.
pub(crate) fn screen(
    source: UnitId,
    unit: UnitId,
    tree: &Hierarchy,
    first_month: Month,
    is_stated: impl Fn(UnitId) -> bool,
) -> Option<UnitId> {
    if source == unit {
        return None;
    }
    let hides = |screen: &UnitId| *screen == unit || units_above(*screen, tree, first_month).contains(&unit);
    units_above(source, tree, first_month).into_iter().find(|screen| is_stated(*screen) && hides(screen))
}
