//! Classes of units by year: frozen by each year's return (§3 of the design,
//! "Ownership, industry and affiliation are dated").

use std::collections::BTreeMap;

use campaign::definition::{Campaign, FormKind};
use model::{class::Class, ids::UnitId, month::Year, value::Value};

use crate::fact::Fact;

/// The year under which the roster's own statement is kept: earlier than any return.
pub const ROSTER_YEAR: Year = 0;

/// What every unit stated itself to be, by year.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    stated: BTreeMap<UnitId, BTreeMap<Year, Class>>,
    inherits: BTreeMap<UnitId, UnitId>,
}

impl Classes {
    /// Records what `unit` stated for `year` ([`ROSTER_YEAR`] for the roster).
    pub fn state(&mut self, unit: UnitId, year: Year, class: Class) {
        self.stated.entry(unit).or_default().insert(year, class);
    }

    /// Takes back what `unit` stated for `year`.
    pub fn retract(&mut self, unit: UnitId, year: Year) {
        if let Some(years) = self.stated.get_mut(&unit) {
            years.remove(&year);
        }
    }

    /// Lets a team without statements of its own have its enterprise's class.
    pub fn inherit(&mut self, unit: UnitId, from: UnitId) {
        self.inherits.insert(unit, from);
    }

    /// Whether `unit` has handed in its return for `year`.
    pub fn is_stated(&self, unit: UnitId, year: Year) -> bool {
        self.stated.get(&unit).is_some_and(|years| years.contains_key(&year))
    }

    /// The class of `unit` in `year`: that year's return, else the latest
    /// earlier one, else the roster.
    pub fn class(&self, unit: UnitId, year: Year) -> Class {
        let own = self.stated.get(&unit).and_then(|years| years.range(..=year).next_back());
        match (own, self.inherits.get(&unit)) {
            (Some((_, class)), _) => *class,
            (None, Some(enterprise)) if *enterprise != unit => self.class(*enterprise, year),
            _ => Class::default(),
        }
    }
}

/// What a fact says about its unit's class: the year and the class. `None`
/// when its form does not classify or the fact leaves the fields empty.
pub fn stated_class(campaign: &Campaign, fact: &Fact) -> Option<(Year, Class)> {
    let form = &campaign.forms[fact.form];
    if form.kind != FormKind::Return || form.classifying.is_empty() {
        return None;
    }
    let year = fact.year(form.year_field()?)?;
    let values: Vec<Option<Value>> =
        form.classifying.iter().map(|field| fact.value(*field).cloned()).collect();
    values.iter().any(Option::is_some).then(|| (year, campaign.classification.classify(&values)))
}
