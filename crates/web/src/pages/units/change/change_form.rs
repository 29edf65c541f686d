//! Turns the texts of a form into a change of a unit.

use app::{
    Snapshot,
    units::{UnitChange, named},
};
use jiff::civil::Date;
use model::{
    ids::UnitId,
    month::{Month, parse_day},
    problem::Problem,
};
use serde::Deserialize;

use super::Sort;
use crate::{address::Params, request_context::SignedIn, urls::Url};

/// What the form states; which fields it has depends on the change.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChangeForm {
    /// The new name.
    pub(super) name: String,
    /// The last day of the old one.
    pub(super) until: String,
    /// The other unit, by code or name.
    pub(super) unit: String,
    /// The first month.
    pub(super) from: String,
    /// Whether there shall be no other unit.
    pub(super) end: String,
    /// The unit's version when the page was made.
    pub(super) version: Option<i64>,
}

impl ChangeForm {
    /// What an address states. A name ends today unless another day is named.
    pub(super) fn read(params: &Params, today: Date) -> Self {
        let text = |name: &str| params.get(name).unwrap_or_default().trim().to_owned();
        let until = text("until");
        Self {
            name: text("name"),
            until: if until.is_empty() { today.to_string() } else { until },
            unit: text("unit"),
            from: text("from"),
            end: text("end"),
            version: None,
        }
    }

    /// The address of the form with all of it.
    pub(super) fn address(&self, url: Url) -> Url {
        let fields = [
            ("name", &self.name),
            ("until", &self.until),
            ("unit", &self.unit),
            ("from", &self.from),
            ("end", &self.end),
        ];
        fields
            .into_iter()
            .fold(url, |url, (name, value)| url.with_some(name, Some(value).filter(|v| !v.is_empty())))
    }

    /// Whether there shall be no other unit.
    pub(super) fn ends(&self) -> bool {
        !self.end.is_empty()
    }

    /// The change, or what is wrong with the fields, each by its name.
    pub(super) fn unit_change(
        &self,
        person: &SignedIn,
        snapshot: &Snapshot,
        sort: Sort,
    ) -> Result<UnitChange, Vec<String>> {
        let words = person.words();
        let mut faults = Vec::new();
        let mut refuse = |label: &str, problem: &Problem| {
            faults.push(words.form_fault(label, words.problem(problem)));
        };
        if sort == Sort::Rename {
            if self.name.trim().is_empty() {
                refuse(words.change_name_new(), &Problem::Missing);
            }
            let until = parse_day(&self.until);
            if until.is_none() {
                refuse(words.change_until(), &missing_or(&self.until, |found| Problem::NotDate { found }));
            }
            let change = until.map(|until| UnitChange::Rename { name: self.name.clone(), until });
            return change.filter(|_| faults.is_empty()).ok_or(faults);
        }
        let ends = sort == Sort::Guide && self.ends() && self.unit.trim().is_empty();
        let needs_other = sort.other(words).filter(|_| !ends);
        let other = needs_other.and_then(|label| match self.other(person, snapshot) {
            Ok(other) => Some(other),
            Err(problems) => {
                for problem in &problems {
                    refuse(label, problem);
                }
                None
            }
        });
        let from = Month::parse(&self.from);
        if from.is_none() {
            refuse(words.change_from(), &missing_or(&self.from, |found| Problem::NotMonth { found }));
        }
        let change = from.and_then(|from| {
            Some(match sort {
                Sort::Move => UnitChange::Move { parent: other?, from },
                Sort::Merge => UnitChange::Merge { into: other?, from },
                Sort::Guide => UnitChange::Guide { by: other, from },
                Sort::Close | Sort::Rename => UnitChange::Close { from },
            })
        });
        change.filter(|_| faults.is_empty()).ok_or(faults)
    }

    fn other(&self, person: &SignedIn, snapshot: &Snapshot) -> Result<UnitId, Vec<Problem>> {
        named(&person.ctx, snapshot, &self.unit).map_err(|error| match error {
            app::Error::Invalid(problems) => problems,
            _ => vec![Problem::UnknownUnit { found: self.unit.clone() }],
        })
    }
}

fn missing_or(text: &str, unreadable: fn(String) -> Problem) -> Problem {
    if text.trim().is_empty() { Problem::Missing } else { unreadable(text.to_owned()) }
}
