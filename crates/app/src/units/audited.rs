//! A unit as the audit keeps it: everything about it, before and after.

use std::collections::BTreeMap;

use ledger::hierarchy::{Affiliation, Line};
use model::{ids::UnitId, month::Month};
use serde::Serialize;
use serde_json::Value as Json;
use store::{audit, units::Unit};

use super::change::Changes;
use crate::Snapshot;

/// The state of a unit.
#[derive(Serialize, PartialEq)]
struct AuditedUnit<'a> {
    code: &'a str,
    name: &'a str,
    kind: &'static str,
    closed_from: Option<String>,
    merged_into: Option<&'a str>,
    affiliations: Vec<Link<'a>>,
    attributes: Json,
}

/// One affiliation of a unit; months as `2013-07`, none for "always" and "still".
#[derive(Serialize, PartialEq)]
struct Link<'a> {
    line: &'static str,
    parent: &'a str,
    from: Option<String>,
    to: Option<String>,
}

/// One entry for every unit that changes.
pub(super) fn entries(old: &Snapshot, changes: &Changes) -> Vec<audit::AuditEntry> {
    let new: BTreeMap<UnitId, &Unit> = changes.units.iter().map(|unit| (unit.id, unit)).collect();
    let mut links: BTreeMap<UnitId, (Vec<Affiliation>, Vec<Affiliation>)> =
        new.keys().map(|unit| (*unit, Default::default())).collect();
    for link in &changes.affiliations {
        links.entry(link.unit).or_default().0.push(*link);
    }
    for link in &changes.void {
        links.entry(link.unit).or_default().1.push(*link);
    }
    let code = |unit: UnitId| {
        let unit = new.get(&unit).copied().or_else(|| old.units.get(&unit));
        unit.map_or("", |unit| unit.code.as_str())
    };
    let state = |unit, links: &[Affiliation]| audited_unit(unit, links, code);
    let entries = links.into_iter().filter_map(|(id, (begun, void))| {
        let stored = old.units.get(&id);
        let held = old.tree.affiliations(id);
        let before = stored.map(|unit| state(unit, held));
        let after = state(new.get(&id).copied().or(stored)?, &held_after(held, &begun, &void));
        Some(audit::AuditEntry {
            action: action(before.as_ref(), &after),
            subject: UNIT,
            subject_id: id.0,
            before: before.map(|before| text(&before)),
            after: Some(text(&after)),
            detail: None,
            record: None,
        })
    });
    entries.collect()
}

/// What the audit calls a unit.
pub(crate) const UNIT: &str = "unit";

/// A unit as it is now, as the audit must keep it.
pub(crate) fn audited_now(snapshot: &Snapshot, unit: &Unit) -> String {
    let code = |unit: UnitId| snapshot.units.get(&unit).map_or("", |unit| unit.code.as_str());
    text(&audited_unit(unit, &held_after(snapshot.tree.affiliations(unit.id), &[], &[]), code))
}

/// Affiliations after some have begun or been given another end, and others become void.
fn held_after(held: &[Affiliation], begun: &[Affiliation], void: &[Affiliation]) -> Vec<Affiliation> {
    let key = |link: &Affiliation| (link.line, link.from, link.parent);
    let replaced = |link: &Affiliation| begun.iter().chain(void).any(|other| key(other) == key(link));
    let mut after: Vec<Affiliation> = held.iter().copied().filter(|link| !replaced(link)).collect();
    after.extend(begun);
    after.sort_unstable_by_key(key);
    after
}

fn audited_unit<'a>(
    unit: &'a Unit,
    links: &[Affiliation],
    code: impl Fn(UnitId) -> &'a str,
) -> AuditedUnit<'a> {
    let link = |link: &Affiliation| Link {
        line: line_name(link.line),
        parent: code(link.parent),
        from: written(link.from),
        to: written(link.to),
    };
    AuditedUnit {
        code: &unit.code,
        name: &unit.name,
        kind: unit.kind.name(),
        closed_from: unit.closed_from.and_then(written),
        merged_into: unit.merged_into.map(&code),
        affiliations: links.iter().map(link).collect(),
        // Written by the roster's codec; what it cannot have written is kept as it is.
        attributes: serde_json::from_str(&unit.attributes)
            .unwrap_or_else(|_| Json::from(unit.attributes.as_str())),
    }
}

/// What was done: named after the most important difference.
fn action(before: Option<&AuditedUnit<'_>>, after: &AuditedUnit<'_>) -> &'static str {
    let Some(before) = before else { return "create" };
    let differs = |line: Line| {
        let on = |stated: &AuditedUnit<'_>| {
            let links = stated.affiliations.iter().filter(|link| link.line == line_name(line));
            links.map(|link| (link.parent.to_owned(), link.from.clone(), link.to.clone())).collect::<Vec<_>>()
        };
        on(before) != on(after)
    };
    if before.merged_into != after.merged_into {
        "merge"
    } else if before.closed_from != after.closed_from {
        "close"
    } else if differs(Line::Subordination) {
        "move"
    } else if differs(Line::Guidance) {
        "guide"
    } else if before.name != after.name {
        "rename"
    } else {
        "correct"
    }
}

/// The name of a line in JSON.
pub(super) fn line_name(line: Line) -> &'static str {
    match line {
        Line::Subordination => "subordination",
        Line::Guidance => "guidance",
    }
}

/// A month as `2013-07`; none for "always" and "never".
pub(super) fn written(month: Month) -> Option<String> {
    month.first_day().map(|_| month.to_string())
}

fn text(stated: &AuditedUnit<'_>) -> String {
    serde_json::to_string(stated).unwrap_or_default()
}
