//! Baselines: what a unit states for itself and everything under it. For a unit
//! without a statement of its own, the highest statements under it are added,
//! each once: a statement counts unless a unit between the two has one. Statements of one form hide each other; those of
//! other campaigns and other forms stand beside them.
//!
//! Beside what is stated stands how many grass-roots units it covers: a unit is covered where a statement stands on a way
//! from it up to the unit that is looked at.

use std::collections::{BTreeMap, BTreeSet};

use campaign::definition::{Definition, FormIdx, MeasureIdx, MeasureKind};
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
    for group in statement_groups(definition) {
        let (first_month, stated) = (group.since, group.values(statements));
        for (source, row) in &stated {
            for unit in covers(*source, &stated, tree, first_month) {
                cell(unit, row);
            }
        }
        let answered = group.answered(statements);
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

/// What units state in some slots; those that state nothing there are left out.
fn in_slots(statements: &Statements, slots: &BTreeSet<usize>) -> Statements {
    let own =
        |row: &BalanceRow| -> BalanceRow { row.iter().filter(|(slot, _)| slots.contains(slot)).collect() };
    let rows = statements.iter().map(|(unit, row)| (*unit, own(row)));
    rows.filter(|(_, row)| !row.is_empty()).collect()
}

/// Statements that hide each other: those of one form for one campaign.
pub(crate) struct StatementGroup {
    /// The campaign's first month.
    pub(crate) since: Month,
    /// The measures that they are posted to.
    pub(crate) measures: BTreeSet<MeasureIdx>,
    values: BTreeSet<usize>,
    answered: BTreeSet<usize>,
}

impl StatementGroup {
    /// What units state.
    pub(crate) fn values(&self, statements: &Statements) -> Statements {
        in_slots(statements, &self.values)
    }

    /// Which of it is answered.
    pub(crate) fn answered(&self, statements: &Statements) -> Statements {
        in_slots(statements, &self.answered)
    }
}

/// The statements of each form for each campaign.
pub(crate) fn statement_groups(definition: &Definition) -> Vec<StatementGroup> {
    let mut groups: BTreeMap<(FormIdx, Month), StatementGroup> = BTreeMap::new();
    for (position, form) in definition.forms.entries() {
        for post in &form.posts {
            let measure = &definition.measures[post.measure];
            if measure.kind == MeasureKind::Statement {
                let group = groups.entry((position, measure.since));
                let group = group.or_insert_with(|| StatementGroup {
                    since: measure.since,
                    measures: BTreeSet::new(),
                    values: BTreeSet::new(),
                    answered: BTreeSet::new(),
                });
                group.measures.insert(post.measure);
                group.values.insert(measure.listed_slot);
                group.answered.extend(measure.answers.map(|answers| answers.answered));
            }
        }
    }
    groups.into_values().collect()
}

/// A grass-roots unit and all units above it in the campaign's first month; nothing for one that was founded later, which
/// has nothing to state about the years before.
pub(crate) fn way_up(unit: UnitId, tree: &Hierarchy, first_month: Month) -> BTreeSet<UnitId> {
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
