//! A unit as JSON, for programs.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use super::{
    UnitPage,
    audited::{line_name, written},
};

/// One unit with its place in the tree and its history.
#[derive(Debug, Clone, Serialize)]
pub struct UnitJson {
    /// Its statistical code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `union`, `grassroots` or `team`.
    pub kind: &'static str,
    /// The first month in which it no longer exists, `YYYY-MM`.
    pub closed_from: Option<String>,
    /// Code of the unit it was merged into.
    pub merged_into: Option<String>,
    /// Codes of the units that were merged into it.
    pub merged: Vec<String>,
    /// Codes of the units above on the line of subordination, the region first.
    pub above: Vec<String>,
    /// How many units are directly below it.
    pub below: usize,
    /// All its affiliations, past and present.
    pub affiliations: Vec<LinkJson>,
    /// Names it bore before.
    pub former_names: Vec<NameJson>,
    /// What the roster states about it.
    pub attributes: Json,
    /// What was done to it, oldest first.
    pub history: Vec<DoneJson>,
}

/// One affiliation; months as `YYYY-MM`, `null` for "always" and "still".
#[derive(Debug, Clone, Serialize)]
pub struct LinkJson {
    /// `subordination` or `guidance`.
    pub line: &'static str,
    /// Code of the unit above.
    pub parent: String,
    /// The first month.
    pub from: Option<String>,
    /// The month in which it no longer holds.
    pub to: Option<String>,
}

/// A name given up.
#[derive(Debug, Clone, Serialize)]
pub struct NameJson {
    /// The name.
    pub name: String,
    /// The last day on which it held, `YYYY-MM-DD`.
    pub until: String,
}

/// Something that was done to a unit.
#[derive(Debug, Clone, Serialize)]
pub struct DoneJson {
    /// When.
    pub at: Option<Timestamp>,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
}

impl From<&UnitPage> for UnitJson {
    fn from(page: &UnitPage) -> Self {
        let snapshot = &page.snapshot;
        let code = |unit| snapshot.units.get(&unit).map(|unit| unit.code.clone()).unwrap_or_default();
        let roster = snapshot.definition.roster;
        let mut values = snapshot.definition.forms[roster].no_values();
        for (position, value) in &page.attributes {
            values[*position] = Some(value.clone());
        }
        let link = |link: &ledger::hierarchy::Affiliation| LinkJson {
            line: line_name(link.line),
            parent: code(link.parent),
            from: written(link.from),
            to: written(link.to),
        };
        let done = |entry: &store::audit::AuditRow| DoneJson {
            at: Timestamp::from_microsecond(entry.at).ok(),
            actor: entry.actor.clone(),
            action: entry.action.clone(),
        };
        let names = page.former_names.iter();
        Self {
            code: page.unit.code.clone(),
            name: page.unit.name.clone(),
            kind: page.unit.kind.name(),
            closed_from: page.unit.closed_from.and_then(written),
            merged_into: page.merged_into.as_ref().map(|into| into.code.clone()),
            merged: page.merged.iter().map(|merged| merged.code.clone()).collect(),
            above: page.above.iter().map(|above| above.code.clone()).collect(),
            below: page.below.len(),
            affiliations: page.affiliations.iter().map(link).collect(),
            former_names: names
                .map(|(until, name)| NameJson { name: name.clone(), until: until.clone() })
                .collect(),
            attributes: snapshot.codecs[roster].shown(&values),
            history: page.history.iter().map(done).collect(),
        }
    }
}
