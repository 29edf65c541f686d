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
