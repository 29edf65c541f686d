//! Which rows of a trace a figure counts, and why it does not count the others: what is counted among the rows of a
//! measure in some months is what the balances of these months say.

use std::collections::{BTreeMap, BTreeSet};

use campaign::definition::{Definition, FormIdx, MeasureIdx, MeasureKind};
use model::{ids::UnitId, month::Month};

use crate::{
    balance::Tally,
    baseline::{self, Statements},
    hierarchy::Hierarchy,
    post::Key,
    restated::StatementTimes,
    spread::{TallyKey, appearances},
};

/// Why a row counts nothing in a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotCounted {
    /// What counts once has been counted by another row.
    Repeats,
    /// A statement about this higher unit counts in its place.
    HigherStatement(UnitId),
    /// It was in service below the figure's unit, and has left it together with its own unit.
    MovedAway,
    /// It is stated for a period that does not lie whole in the one asked for.
    OtherPeriod,
}

impl NotCounted {
    /// Its name in JSON and in csv.
    pub fn name(self) -> &'static str {
        match self {
            Self::Repeats => "repeats",
            Self::HigherStatement(_) => "higher-statement",
            Self::MovedAway => "moved-away",
            Self::OtherPeriod => "other-period",
        }
    }
}

/// A place in which a row counts: a measure, a unit, a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowPlace {
    /// Position of the measure.
    pub measure: MeasureIdx,
    /// The unit.
    pub unit: UnitId,
    /// The month.
    pub month: Month,
}

/// Whose figure is traced.
pub struct TracedUnit<'a> {
    /// The definition in force.
    pub definition: &'a Definition,
    /// The tree that it is counted by: that over time, or that of one month.
    pub tree: &'a Hierarchy,
    /// On the tree of one month: the tree over time, under which statements were made, and how often each counts.
    pub restated: Option<(&'a Hierarchy, &'a StatementTimes)>,
    /// The figure's unit.
    pub unit: UnitId,
    /// The last month that counts.
    pub through: Month,
}

impl TracedUnit<'_> {
    /// Whether a row is listed: whether its unit was below the figure's when it counted. A stock is also listed where
    /// its unit has come later, and a statement where its unit was first placed.
    pub fn lists(&self, row: RowPlace) -> bool {
        let measure = &self.definition.measures[row.measure];
        match measure.kind {
            MeasureKind::Stock => {
                self.is_within(row.unit, self.through) || self.is_within(row.unit, row.month)
            }
            MeasureKind::Statement => match self.restated {
                Some((_, times)) => {
                    times.times(row.measure, row.unit) != 0 || self.is_within(row.unit, self.through)
                }
                None => {
                    self.is_within(row.unit, baseline::month_of_statement(row.unit, self.tree, measure.since))
                }
            },
            MeasureKind::Flow | MeasureKind::Level | MeasureKind::Distinct(_) => {
                self.is_within(row.unit, row.month)
            }
        }
    }

    /// Why a row that is listed counts nothing, as far as its place alone says.
    pub fn moved_away(&self, row: RowPlace) -> Option<NotCounted> {
        let has_left = self.is_stock(row) && !self.is_within(row.unit, self.through);
        has_left.then_some(NotCounted::MovedAway)
    }

    /// Whether the row is of a stock that came to the figure's unit together with its own unit.
    pub fn moved_here(&self, row: RowPlace) -> bool {
        self.is_stock(row) && self.is_within(row.unit, self.through) && !self.is_within(row.unit, row.month)
    }

    fn is_stock(&self, row: RowPlace) -> bool {
        self.definition.measures[row.measure].kind == MeasureKind::Stock
    }

    fn is_within(&self, unit: UnitId, month: Month) -> bool {
        self.tree.is_within(unit, self.unit, month)
    }

    /// Which units' statements must be known to say whether a row counts: those of the row's unit and of
    /// all above it.
    pub fn units_of_statement(&self, row: RowPlace) -> Option<BTreeSet<UnitId>> {
        let measure = &self.definition.measures[row.measure];
        let is_statement = measure.kind == MeasureKind::Statement;
        is_statement.then(|| baseline::units_above(row.unit, self.statement_tree(), measure.since))
    }

    /// The tree that says which statements hide each other.
    fn statement_tree(&self) -> &Hierarchy {
        self.restated.map_or(self.tree, |(earned, _)| earned)
    }

    /// How often the figure counts a statement: less than nothing where its unit has gone, and the statement of a unit that
    /// stays holds for it as well.
    pub fn times_of_statement(&self, row: RowPlace) -> i64 {
        match self.restated.map(|(_, times)| times.times(row.measure, row.unit)) {
            None | Some(0) => 1,
            Some(times) => times,
        }
    }

    /// Why a statement of `form` counts nothing: one above it does. `statements` are those of the units that
    /// [`Self::units_of_statement`] names.
    pub fn screened(&self, form: FormIdx, row: RowPlace, statements: &Statements) -> Option<NotCounted> {
        let since = self.definition.measures[row.measure].since;
        let slots = baseline::slots(self.definition, form, since);
        let is_stated = |unit: UnitId| {
            statements.get(&unit).is_some_and(|row| row.iter().any(|(slot, _)| slots.contains(&slot)))
        };
        let screen = match self.restated {
            None => baseline::screen(row.unit, self.unit, self.tree, since, is_stated),
            Some((_, times)) if times.times(row.measure, row.unit) != 0 => None,
            Some((earned, _)) => baseline::units_above(row.unit, earned, since)
                .into_iter()
                .find(|screen| is_stated(*screen) && self.is_within(*screen, self.through)),
        };
        screen.map(NotCounted::HigherStatement)
    }
}

/// What has been counted once already, as rows are read in order. It remembers no more than the keys of one measure and
/// month, and of these only such as occur there several times.
#[derive(Debug, Default)]
pub struct CountedKeys {
    place: Option<(MeasureIdx, Month)>,
    keys: BTreeSet<Key>,
}

impl CountedKeys {
    /// Begins after rows of a measure and month that have been read before, among which `keys` occur.
    pub fn resumed(measure: MeasureIdx, month: Month, keys: BTreeSet<Key>) -> Self {
        Self { place: Some((measure, month)), keys }
    }

    /// Why the next row, which counts once under `key`, counts nothing: its key has been counted in an earlier month of
    /// the window, or by an earlier row of the month. `tallies` are those of the figure's unit.
    pub fn take(
        &mut self,
        traced: &TracedUnit<'_>,
        row: RowPlace,
        key: Key,
        tallies: &BTreeMap<TallyKey, Tally>,
    ) -> Option<NotCounted> {
        if self.place != Some((row.measure, row.month)) {
            *self = Self { place: Some((row.measure, row.month)), keys: BTreeSet::new() };
        }
        let is_counted = match occurrence(traced, row, key, tallies) {
            Occurrence::Later => false,
            Occurrence::Only => true,
            Occurrence::OneOfSeveral => self.keys.insert(key),
        };
        (!is_counted).then_some(NotCounted::Repeats)
    }
}

/// How a key occurs in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurrence {
    /// It counts in an earlier month.
    Later,
    /// It counts in this month, and there is one row of it.
    Only,
    /// It counts in this month, and there are several rows of it.
    OneOfSeveral,
}

/// How the key of a row occurs in its month below the figure's unit.
pub fn occurrence(
    traced: &TracedUnit<'_>,
    row: RowPlace,
    key: Key,
    tallies: &BTreeMap<TallyKey, Tally>,
) -> Occurrence {
    let MeasureKind::Distinct(window) = traced.definition.measures[row.measure].kind else {
        return Occurrence::Only;
    };
    let place = TallyKey { unit: traced.unit, measure: row.measure, key };
    // On PostgreSQL a record may have changed since its tallies were folded: what none is known of counts.
    let Some(tally) = tallies.get(&place) else { return Occurrence::Only };
    let times = tally.get(&row.month).copied().unwrap_or(0);
    if times > 0 && !appearances(tally, window).contains(&row.month) {
        Occurrence::Later
    } else if times > 1 {
        Occurrence::OneOfSeveral
    } else {
        Occurrence::Only
    }
}
