//! Baselines: what a unit states for itself and everything under it. For a unit
//! without a statement of its own, the highest statements under it are added,
//! each once: a statement counts unless a unit between the two has one. Statements of one form hide each other; those of
//! other campaigns and other forms stand beside them.

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
pub fn baselines(
    definition: &Definition,
    statements: &Statements,
    tree: &Hierarchy,
) -> BTreeMap<CellKey, BalanceRow> {
    let mut cells = BTreeMap::new();
    for (first_month, slots) in groups(definition) {
        let own = |row: &BalanceRow| row.iter().filter(|(slot, _)| slots.contains(slot)).collect();
        let statements: Statements = statements.iter().map(|(unit, row)| (*unit, own(row))).collect();
        let stated: Statements = statements.into_iter().filter(|(_, row)| !row.is_empty()).collect();
        for (source, row) in &stated {
            for unit in covers(*source, &stated, tree, first_month) {
                let key = CellKey { unit, period: Period::BASELINE };
                cells.entry(key).or_insert_with(BalanceRow::default).add_row(row, 1);
            }
        }
    }
    cells
}

/// The slots of statements that hide each other: those of one form for one campaign, with the campaign's first month.
fn groups(definition: &Definition) -> Vec<(Month, BTreeSet<usize>)> {
    let mut groups: BTreeMap<(FormIdx, Month), BTreeSet<usize>> = BTreeMap::new();
    for (position, form) in definition.forms.entries() {
        for post in &form.posts {
            let measure = &definition.measures[post.measure];
            if measure.kind == MeasureKind::Statement {
                groups.entry((position, measure.since)).or_default().insert(measure.listed_slot);
            }
        }
    }
    groups.into_iter().map(|((_, since), slots)| (since, slots)).collect()
}

/// The units for which the statement of `stated` counts: itself, and those
/// above it that no other stated unit screens off.
fn covers(source: UnitId, statements: &Statements, tree: &Hierarchy, first_month: Month) -> BTreeSet<UnitId> {
    let mut units = above(source, tree, first_month);
    let between: Vec<UnitId> = units.iter().copied().filter(|unit| statements.contains_key(unit)).collect();
    for screen in between {
        units.remove(&screen);
        for hidden in above(screen, tree, first_month) {
            units.remove(&hidden);
        }
    }
    units.insert(source);
    units
}

fn above(unit: UnitId, tree: &Hierarchy, first_month: Month) -> BTreeSet<UnitId> {
    let spans = || tree.spans(unit).iter().filter(|span| span.ancestor != unit);
    let at_start = spans().any(|span| span.contains(first_month));
    let first_placed = spans().map(|span| span.from).filter(|from| *from > first_month).min();
    let month = if at_start { first_month } else { first_placed.unwrap_or(first_month) };
    spans().filter(|span| span.contains(month)).map(|span| span.ancestor).collect()
}
