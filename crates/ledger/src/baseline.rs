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
    let mut cells: BTreeMap<CellKey, BalanceRow> = BTreeMap::new();
    let mut cell = |unit, row: &BalanceRow| {
        if !row.is_empty() {
            cells.entry(CellKey { unit, period: Period::BASELINE }).or_default().add_row(row, 1);
        }
    };
    for (first_month, slots) in groups(definition) {
        let stated = in_slots(statements, &slots.values);
        for (source, row) in &stated {
            for unit in covers(*source, &stated, tree, first_month) {
                cell(unit, row);
            }
        }
        let answered = in_slots(statements, &slots.answered);
        for unit in tree.units().filter(|unit| !answered.is_empty() && owes(*unit)) {
            let way = way_up(unit, tree, first_month);
            for upper in &way {
                cell(*upper, &covered_at(*upper, &way, &answered, (tree, first_month)));
            }
        }
    }
    cells.retain(|_, row| !row.is_empty());
    cells
}

/// The baseline of one unit, as among those of all.
pub fn baseline_of(
    definition: &Definition,
    statements: &Statements,
    tree: &Hierarchy,
    owes: &dyn Fn(UnitId) -> bool,
    unit: UnitId,
) -> BalanceRow {
    let (mut sum, below) = (BalanceRow::default(), tree.ever_below(unit));
    for (first_month, slots) in groups(definition) {
        let stated = in_slots(statements, &slots.values);
        for (source, row) in stated.iter().filter(|(source, _)| below.contains(source)) {
            if covers(*source, &stated, tree, first_month).contains(&unit) {
                sum.add_row(row, 1);
            }
        }
        let answered = in_slots(statements, &slots.answered);
        for owing in below.iter().filter(|below| !answered.is_empty() && owes(**below)) {
            let way = way_up(*owing, tree, first_month);
            if way.contains(&unit) {
                sum.add_row(&covered_at(unit, &way, &answered, (tree, first_month)), 1);
            }
        }
    }
    sum
}

/// What units state in some slots; those that state nothing there are left out.
fn in_slots(statements: &Statements, slots: &BTreeSet<usize>) -> Statements {
    let own =
        |row: &BalanceRow| -> BalanceRow { row.iter().filter(|(slot, _)| slots.contains(slot)).collect() };
    let rows = statements.iter().map(|(unit, row)| (*unit, own(row)));
    rows.filter(|(_, row)| !row.is_empty()).collect()
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

/// A grass-roots unit and all units above it in the campaign's first month; nothing for one that was founded later, which
/// has nothing to state about the years before.
fn way_up(unit: UnitId, tree: &Hierarchy, first_month: Month) -> BTreeSet<UnitId> {
    let above = tree.spans(unit).iter().filter(|span| span.ancestor != unit && span.contains(first_month));
    let mut way: BTreeSet<UnitId> = above.map(|span| span.ancestor).collect();
    if !way.is_empty() {
        way.insert(unit);
    }
    way
}

/// What the unit that a way begins with answers at a unit on it: that between which and itself a statement stands.
fn covered_at(
    upper: UnitId,
    way: &BTreeSet<UnitId>,
    answered: &Statements,
    (tree, first_month): (&Hierarchy, Month),
) -> BalanceRow {
    let is_below = |source: &UnitId| *source == upper || tree.is_within(*source, upper, first_month);
    let sources = way.iter().filter(|source| is_below(source)).filter_map(|source| answered.get(source));
    let slots: BTreeSet<usize> = sources.flat_map(|row| row.iter().map(|(slot, _)| slot)).collect();
    slots.into_iter().map(|slot| (slot, 1)).collect()
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
