//! Looking at the tree.

use campaign::definition::FieldIdx;
use std::sync::Arc;

use boxed_async::boxed_async;
use exchange::normalise::unit_name_key;
use jiff::{Timestamp, civil::Date};
use ledger::hierarchy::{Affiliation, Line};
use model::{clock::day_of, ids::UnitId, month::Month, value::Value};
use store::{audit::AuditRow, units::UnitKind};

use super::UNIT;
use crate::{
    Action, App, Context, Error, MissingPeriod, Result, Snapshot, Thing, UnitView, figures::KnownOn,
    past::region_on,
};

/// One unit below another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The unit.
    pub unit: UnitView,
    /// The line it hangs on.
    pub line: Line,
    /// How many units hang directly below it.
    pub below: usize,
}

/// One unit with its place in the tree and its history.
pub struct UnitPage {
    /// The region as it was, or as it was known on the day that is asked for.
    pub snapshot: Arc<Snapshot>,
    /// As known on which day.
    pub known: KnownOn,
    /// The unit.
    pub unit: UnitView,
    /// The units above it on its line of subordination, the region first; only those the person may see.
    pub above: Vec<UnitView>,
    /// The units directly below it, in the order of their codes.
    pub below: Vec<Branch>,
    /// All its affiliations, past and present; the line of subordination first.
    pub affiliations: Vec<Affiliation>,
    /// The unit it was merged into.
    pub merged_into: Option<UnitView>,
    /// Units that were merged into it, the latest first.
    pub merged: Vec<UnitView>,
    /// Names it bore before, with the day until which it did.
    pub former_names: Vec<(String, String)>,
    /// What the roster states about it: position of the field, and value.
    pub attributes: Vec<(FieldIdx, Value)>,
    /// Everything that was done to it.
    pub history: Vec<AuditRow>,
}

impl UnitPage {
    /// Whether other units may be below it.
    pub fn may_have_units(&self) -> bool {
        self.unit.kind != UnitKind::Team
    }
}

/// One unit with its place in the tree.
///
/// # Errors
/// [`Error::NotFound`] for a unit that does not exist or is not the person's.
#[boxed_async]
pub async fn show(app: &App, ctx: &Context, unit: UnitId) -> Result<UnitPage> {
    show_as_of(app, ctx, unit, None).await
}

/// The same as it was known on an earlier day; `None` for what is known now.
///
/// # Errors
/// As [`show`]; [`Error::NoSuchPeriod`] for a day to come, and for one before the unit was there.
#[boxed_async]
pub async fn show_as_of(app: &App, ctx: &Context, unit: UnitId, as_of: Option<Date>) -> Result<UnitPage> {
    let mut tx = app.read(ctx.region).await?;
    let now = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadFigures, &now, unit)?;
    let known = KnownOn::of_day(&mut tx, ctx, &now, as_of).await?;
    let snapshot = match known.past() {
        Some(day) => region_on(&mut tx, app, ctx, &now, day).await?.snapshot.clone(),
        None => now.clone(),
    };
    let day = known.day;
    if !snapshot.units.contains_key(&unit) {
        return Err(Error::NoSuchPeriod(MissingPeriod::UnitNotYet { day }));
    }
    let row = snapshot
        .units
        .get(&unit)
        .ok_or_else(|| Error::NotFound { what: Thing::Unit, key: unit.to_string() })?;
    let mut former_names = store::units::list_former_names(&mut tx, unit).await?;
    let mut history = store::audit::list_of(&mut tx, UNIT, unit.0).await?;
    if known.is_past {
        let is_by_then = |at: i64| Timestamp::from_microsecond(at).is_ok_and(|at| day_of(at) <= day);
        history.retain(|entry| is_by_then(entry.at));
        former_names.retain(|(until, name)| *name != row.name && *until <= day.to_string());
    }
    let month = Month::containing(day);
    let roster = snapshot.definition.roster;
    let values = snapshot.codecs[roster].decode(&row.attributes).map_err(Error::internal)?;
    let attributes = values.entries().filter_map(|(field, value)| Some((field, value.clone()?))).collect();
    let view =
        snapshot.view(unit).ok_or_else(|| Error::NotFound { what: Thing::Unit, key: unit.to_string() })?;
    let mut affiliations = snapshot.tree.affiliations(unit).to_vec();
    affiliations.sort_unstable_by_key(|link| (link.line, link.from));
    Ok(UnitPage {
        above: units_above(ctx, &snapshot, unit, month),
        below: below(&snapshot, unit, month),
        affiliations,
        merged_into: view.merged_into.and_then(|into| snapshot.view(into)),
        merged: merged(&snapshot, unit),
        former_names,
        attributes,
        history,
        unit: view,
        known,
        snapshot,
    })
}

/// The units above `unit` on its line of subordination in `month`, the region
/// first; only those the person may see.
pub fn units_above(ctx: &Context, snapshot: &Snapshot, unit: UnitId, month: Month) -> Vec<UnitView> {
    let mut above = Vec::new();
    let mut at = snapshot.tree.parent(unit, Line::Subordination, month);
    while let Some(parent) = at.filter(|parent| ctx.may(Action::ReadFigures, snapshot, *parent)) {
        above.extend(snapshot.view(parent));
        at = snapshot.tree.parent(parent, Line::Subordination, month);
    }
    above.reverse();
    above
}

fn below(snapshot: &Snapshot, unit: UnitId, month: Month) -> Vec<Branch> {
    let mut below: Vec<Branch> = snapshot
        .tree
        .children(unit, month)
        .filter_map(|(child, line)| {
            let unit = snapshot.view(child)?;
            Some(Branch { unit, line, below: snapshot.tree.children(child, month).count() })
        })
        .collect();
    below.sort_by(|a, b| (a.line, &a.unit.code).cmp(&(b.line, &b.unit.code)));
    below
}

/// Units that were merged into `unit`, the latest first.
fn merged(snapshot: &Snapshot, unit: UnitId) -> Vec<UnitView> {
    let merged = snapshot.units.values().filter(|other| other.merged_into == Some(unit));
    let mut merged: Vec<UnitView> = merged.filter_map(|other| snapshot.view(other.id)).collect();
    merged.sort_by(|a, b| (b.closed_from, &a.code).cmp(&(a.closed_from, &b.code)));
    merged
}

/// Units whose code or name contains `text`, at most `limit`, within the
/// person's own; with how many there are in all.
#[boxed_async]
pub async fn search(app: &App, ctx: &Context, text: &str, limit: usize) -> Result<(Vec<UnitView>, usize)> {
    let snapshot = app.current(ctx).await?;
    let text = unit_name_key(text);
    let hits = snapshot.units.values().filter(|unit| {
        (unit.code.contains(&text) || unit_name_key(&unit.name).contains(&text))
            && ctx.may(Action::ReadFigures, &snapshot, unit.id)
    });
    let mut found: Vec<UnitView> = hits.filter_map(|unit| snapshot.view(unit.id)).collect();
    let all = found.len();
    found.sort_by(|a, b| a.code.cmp(&b.code));
    found.truncate(limit);
    Ok((found, all))
}

/// The unit with this code; without a code, the person's own unit or the region.
///
/// # Errors
/// [`Error::NotFound`] for a unit that does not exist or is not the person's.
pub fn resolve(ctx: &Context, snapshot: &Snapshot, code: Option<&str>) -> Result<UnitId> {
    let missing = |key: &str| Error::NotFound { what: Thing::Unit, key: key.to_owned() };
    let unit = match code {
        Some(code) => snapshot.unit_by_code(code).ok_or_else(|| missing(code))?.id,
        None => ctx.unit().or_else(|| snapshot.root()).ok_or_else(|| missing(""))?,
    };
    if ctx.may(Action::ReadFigures, snapshot, unit) {
        Ok(unit)
    } else {
        Err(missing(code.unwrap_or_default()))
    }
}
