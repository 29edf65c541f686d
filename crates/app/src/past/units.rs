//! Units as they were before a moment: what later changes of them say about it, from the last one back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ledger::hierarchy::{Affiliation, Line};
use model::{ids::UnitId, month::Month};
use serde::Deserialize;
use store::{
    Tx,
    audit::{self, StoredEntry, TrailFilter},
    units::{Unit, UnitKind},
};

use crate::{Error, Result, Snapshot, units::UNIT};

/// A unit as the audit keeps it.
#[derive(Deserialize)]
struct StoredUnit {
    code: String,
    name: String,
    kind: String,
    #[serde(default)]
    closed_from: Option<String>,
    #[serde(default)]
    merged_into: Option<String>,
    #[serde(default)]
    affiliations: Vec<StoredLink>,
    #[serde(default)]
    attributes: serde_json::Value,
}

#[derive(Deserialize)]
struct StoredLink {
    line: String,
    parent: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: Option<String>,
}

/// All units and affiliations as they were before `moment`.
///
/// # Errors
/// When the audit of a unit cannot be read.
pub(super) async fn units_before(
    tx: &mut Tx,
    now: &Snapshot,
    moment: Timestamp,
) -> Result<(Vec<Unit>, Vec<Affiliation>)> {
    let filter = TrailFilter { from: Some(moment), subject: Some(UNIT.to_owned()), ..TrailFilter::default() };
    let entries = audit::list_trail(tx, &filter, i64::MAX).await?;
    // A city that was loaded with older records has had its units as long as these.
    let root = now.root().map(|root| root.0);
    let is_begun = |entry: &&StoredEntry| Some(entry.subject_id) == root && entry.before.is_none();
    let loaded_at = entries.iter().find(is_begun).map(|entry| entry.at);
    // Newest first: the last one taken is the first change after the moment, which says what was before it.
    let mut before: BTreeMap<UnitId, Option<StoredUnit>> = BTreeMap::new();
    for entry in entries {
        let corrupt = |error: serde_json::Error| {
            Error::internal(format!("audit entry {} of unit {}: {error}", entry.audit_id, entry.subject_id))
        };
        let stated = match &entry.before {
            None if loaded_at == Some(entry.at) => entry.after.as_deref(),
            before => before.as_deref(),
        };
        let stated = stated.map(serde_json::from_str).transpose().map_err(corrupt)?;
        before.insert(UnitId(entry.subject_id), stated);
    }
    let mut codes: BTreeMap<&str, UnitId> =
        now.units.values().map(|unit| (unit.code.as_str(), unit.id)).collect();
    for (id, stated) in &before {
        if let Some(stated) = stated {
            codes.insert(&stated.code, *id);
        }
    }
    let mut units: BTreeMap<UnitId, Unit> = now.units.clone();
    let mut links: Vec<Affiliation> =
        now.affiliations.iter().copied().filter(|link| !before.contains_key(&link.unit)).collect();
    for (id, stated) in &before {
        let Some(stated) = stated else {
            units.remove(id);
            continue;
        };
        let version = units.get(id).map_or(1, |unit| unit.version);
        units.insert(*id, stated.unit(*id, version, &codes)?);
        links.extend(stated.affiliations.iter().filter_map(|link| link.affiliation(*id, &codes)));
    }
    links.sort_unstable();
    Ok((units.into_values().collect(), links))
}

impl StoredUnit {
    fn unit(&self, id: UnitId, version: i64, codes: &BTreeMap<&str, UnitId>) -> Result<Unit> {
        let kinds = [UnitKind::Union, UnitKind::Grassroots, UnitKind::Team];
        let kind = kinds.into_iter().find(|kind| kind.name() == self.kind);
        let unknown = || Error::internal(format!("audit of unit {id}: kind {}", self.kind));
        Ok(Unit {
            id,
            code: self.code.clone(),
            name: self.name.clone(),
            kind: kind.ok_or_else(unknown)?,
            attributes: match &self.attributes {
                serde_json::Value::String(text) => text.clone(),
                attributes => attributes.to_string(),
            },
            closed_from: self.closed_from.as_deref().and_then(Month::parse),
            merged_into: self.merged_into.as_deref().and_then(|code| codes.get(code).copied()),
            version,
        })
    }
}

impl StoredLink {
    /// `None` for one on a line or below a unit that nobody knows.
    fn affiliation(&self, unit: UnitId, codes: &BTreeMap<&str, UnitId>) -> Option<Affiliation> {
        let line = match &*self.line {
            "subordination" => Line::Subordination,
            "guidance" => Line::Guidance,
            _ => return None,
        };
        Some(Affiliation {
            unit,
            line,
            from: self.from.as_deref().and_then(Month::parse).unwrap_or(Month::ALWAYS),
            to: self.to.as_deref().and_then(Month::parse).unwrap_or(Month::NEVER),
            parent: *codes.get(&*self.parent)?,
        })
    }
}
