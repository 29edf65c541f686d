//! Classes of units by year. Each year's return fixes the class for that year, so
//! that a later change of ownership, industry or affiliation does not change
//! earlier figures.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use campaign::definition::{Definition, Values};
use model::{
    class::Class,
    ids::UnitId,
    month::{Month, Year},
};
use rustc_hash::FxHashMap;

use crate::fact::Fact;

/// The year under which the roster's own statement is kept: earlier than any return.
pub const ROSTER_YEAR: Year = 0;

/// What every unit stated itself to be, by year.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    by_year: FxHashMap<UnitId, BTreeMap<Year, Class>>,
    inherits: BTreeMap<UnitId, UnitId>,
    /// The first month in which a unit is closed.
    closed_from: BTreeMap<UnitId, Month>,
}

impl Classes {
    /// Records what `unit` stated for `year` ([`ROSTER_YEAR`] for the roster).
    pub fn state(&mut self, unit: UnitId, year: Year, class: Class) {
        self.by_year.entry(unit).or_default().insert(year, class);
    }

    /// Takes back what `unit` stated for `year`.
    pub fn retract(&mut self, unit: UnitId, year: Year) {
        if let Some(years) = self.by_year.get_mut(&unit) {
            years.remove(&year);
        }
    }

    /// Lets a team without statements of its own have its enterprise's class.
    pub fn inherit(&mut self, unit: UnitId, from: UnitId) {
        self.inherits.insert(unit, from);
    }

    /// Notes that a unit is closed from a month on: what it stated last counts no longer than that.
    pub fn close(&mut self, unit: UnitId, from: Month) {
        self.closed_from.insert(unit, from);
    }

    /// The enterprise whose class a team has while it states none itself.
    pub fn enterprise(&self, team: UnitId) -> Option<UnitId> {
        self.inherits.get(&team).copied()
    }

    /// What the roster alone says of some units.
    #[must_use]
    pub fn of_roster(&self, units: &BTreeSet<UnitId>) -> Self {
        let mut roster = Self::default();
        for unit in units {
            let stated = self.by_year.get(unit).and_then(|years| years.get(&ROSTER_YEAR));
            if let Some(class) = stated {
                roster.state(*unit, ROSTER_YEAR, *class);
            }
            if let Some(enterprise) = self.enterprise(*unit) {
                roster.inherit(*unit, enterprise);
            }
            if let Some(from) = self.closed_from.get(unit) {
                roster.close(*unit, *from);
            }
        }
        roster
    }

    /// Whether a unit is of the same class as `other` says in every year.
    pub fn is_same_class(&self, other: &Self, unit: UnitId) -> bool {
        // A statement holds until the next one.
        let sources = [Some(unit), self.enterprise(unit), other.enterprise(unit)];
        let stated = sources.into_iter().flatten().flat_map(|source| {
            [self, other].into_iter().filter_map(move |known| known.by_year.get(&source)).flatten()
        });
        let mut years = stated.map(|(year, _)| *year).chain([ROSTER_YEAR]);
        years.all(|year| self.class(unit, year) == other.class(unit, year))
    }

    /// Whether `unit` has sent its return for `year`.
    pub fn has_return(&self, unit: UnitId, year: Year) -> bool {
        self.by_year.get(&unit).is_some_and(|years| years.contains_key(&year))
    }

    /// The year of the next return that `unit` has sent after that of `year`.
    pub fn next_return(&self, unit: UnitId, year: Year) -> Option<Year> {
        let later = (Bound::Excluded(year), Bound::Unbounded);
        self.by_year.get(&unit)?.range(later).next().map(|(next, _)| *next)
    }

    /// The first month in which the return of `unit` for `year` is no longer its last one: its next year, or the month from
    /// which on it is closed.
    pub fn last_until(&self, unit: UnitId, year: Year) -> Option<Month> {
        let next = self.next_return(unit, year).map(Month::january);
        next.into_iter().chain(self.closed_from.get(&unit).copied()).min()
    }

    /// The year of the last return that `unit` has sent before that of `year`.
    pub fn last_return_before(&self, unit: UnitId, year: Year) -> Option<Year> {
        // The roster is no return.
        self.by_year.get(&unit)?.range(ROSTER_YEAR + 1..year).next_back().map(|(last, _)| *last)
    }

    /// The class of `unit` in `year`: that year's return, else the latest
    /// earlier one, else the roster.
    pub fn class(&self, unit: UnitId, year: Year) -> Class {
        let own = self.by_year.get(&unit).and_then(|years| years.range(..=year).next_back());
        match (own, self.inherits.get(&unit)) {
            (Some((_, class)), _) => *class,
            (None, Some(enterprise)) if *enterprise != unit => self.class(*enterprise, year),
            _ => Class::default(),
        }
    }
}

impl FromIterator<((UnitId, Year), Class)> for Classes {
    fn from_iter<T: IntoIterator<Item = ((UnitId, Year), Class)>>(statements: T) -> Self {
        let mut classes = Self::default();
        for ((unit, year), class) in statements {
            classes.state(unit, year, class);
        }
        classes
    }
}

/// What a fact says about its unit's class: the year and the class. `None`
/// when its form does not classify or the fact leaves the fields empty.
pub fn class_statement(definition: &Definition, fact: &Fact) -> Option<(Year, Class)> {
    let form = &definition.forms[fact.form];
    if !form.kind.states_classes() || form.classifying.is_empty() {
        return None;
    }
    let year = fact.year(form.year?)?;
    let values: Values = form.classifying.iter().map(|field| fact.value(*field).cloned()).collect();
    values.iter().any(Option::is_some).then(|| (year, definition.classification.classify(&values)))
}
