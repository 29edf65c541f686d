//! Changing the tree: move, merge, close, rename.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    balance::Own,
    classes::ROSTER_YEAR,
    fact::Fact,
    hierarchy::{Affiliation, Line},
    spread::{Change, Spread},
};
use model::{
    ids::{FactId, UnitId},
    month::Month,
    problem::{Problem, ProblemKind},
};
use store::{
    Tx, audit, balances,
    definitions::{self, Lock},
    facts,
    units::{ClassStatement, Unit, UnitKind},
};

use crate::{
    Action, App, Context, Error, Result, Snapshot,
    record::{add, read_fact, refresh_baselines},
};

/// What a command does to units and their affiliations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    /// Units as they shall be, new ones with version 1.
    pub(crate) units: Vec<Unit>,
    /// Affiliations as they shall be; one with the same unit, line, start and parent is replaced.
    pub(crate) affiliations: Vec<Affiliation>,
    /// Affiliations that never came to hold.
    pub(crate) void: Vec<Affiliation>,
    /// Names given up: unit, day, name.
    pub(crate) renames: Vec<(UnitId, String, String)>,
}

/// A unit under another parent from a month on.
#[derive(Debug, Clone, Copy)]
pub struct MoveUnit {
    /// The unit.
    pub unit: UnitId,
    /// Which of its lines.
    pub line: Line,
    /// The new parent.
    pub parent: UnitId,
    /// The first month under it.
    pub from: Month,
}

/// Moves a unit. What it earned before stays with the old parent; what is in
/// service then goes with it.
///
/// # Errors
/// [`Error::Invalid`] when the unit would stand above itself.
pub async fn move_unit(app: &App, ctx: &Context, command: MoveUnit) -> Result<()> {
    change(app, ctx, |snapshot| {
        known(snapshot, command.unit)?;
        known(snapshot, command.parent)?;
        let mut changes = Changes::default();
        reparent(snapshot, command, &mut changes)?;
        Ok(changes)
    })
    .await
}

/// Merges a unit into another from a month on: it closes, and hangs below the
/// other with everything that hung below it.
///
/// # Errors
/// [`Error::Invalid`] when the other stands below it.
pub async fn merge(app: &App, ctx: &Context, unit: UnitId, into: UnitId, from: Month) -> Result<()> {
    change(app, ctx, |snapshot| {
        let stored = known(snapshot, unit)?;
        known(snapshot, into)?;
        let mut changes = Changes::default();
        reparent(snapshot, MoveUnit { unit, line: Line::Subordination, parent: into, from }, &mut changes)?;
        changes.units.push(Unit {
            closed_from: Some(from),
            merged_into: Some(into),
            version: stored.version + 1,
            ..stored.clone()
        });
        Ok(changes)
    })
    .await
}

/// Closes a unit from a month on. It keeps its place and its history.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn close(app: &App, ctx: &Context, unit: UnitId, from: Month) -> Result<()> {
    change(app, ctx, |snapshot| {
        let stored = known(snapshot, unit)?;
        let closed = Unit { closed_from: Some(from), version: stored.version + 1, ..stored.clone() };
        Ok(Changes { units: vec![closed], ..Changes::default() })
    })
    .await
}

/// Gives a unit another name; the old one is kept with the day until which it held.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn rename(app: &App, ctx: &Context, unit: UnitId, name: &str) -> Result<()> {
    let until = ctx.clock.today().to_string();
    change(app, ctx, |snapshot| {
        let stored = known(snapshot, unit)?;
        let renamed = Unit { name: name.trim().to_owned(), version: stored.version + 1, ..stored.clone() };
        Ok(Changes {
            units: vec![renamed],
            renames: vec![(unit, until.clone(), stored.name.clone())],
            ..Changes::default()
        })
    })
    .await
}

async fn change(app: &App, ctx: &Context, plan: impl FnOnce(&Snapshot) -> Result<Changes>) -> Result<()> {
    let mut tx = app.db.write(app.region).await?;
    definitions::lock_region(&mut tx, Lock::Exclusive).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::ManageUnits, &snapshot)?;
    let changes = plan(&snapshot)?;
    put_changes(app, &mut tx, &snapshot, ctx, changes).await?;
    tx.commit().await?;
    app.folding.notify_one();
    Ok(())
}

fn known(snapshot: &Snapshot, unit: UnitId) -> Result<&Unit> {
    snapshot.units.get(&unit).ok_or_else(|| Error::NotFound { what: "unit", key: unit.to_string() })
}

/// Ends the affiliation in force and begins another. Later ones on the same line become void.
fn reparent(snapshot: &Snapshot, command: MoveUnit, changes: &mut Changes) -> Result<()> {
    let MoveUnit { unit, line, parent, from } = command;
    if snapshot.tree.spans(parent).iter().any(|span| span.ancestor == unit && span.to > from) {
        let name = |unit| snapshot.units.get(&unit).map(|unit| unit.name.clone()).unwrap_or_default();
        return Err(Error::Invalid(vec![Problem::error(
            ProblemKind::CircularTree,
            [name(unit), name(parent)],
        )]));
    }
    for link in snapshot.tree.affiliations(unit).iter().filter(|link| link.line == line && link.to > from) {
        if link.from >= from {
            changes.void.push(*link);
        } else {
            changes.affiliations.push(Affiliation { to: from, ..*link });
        }
    }
    changes.affiliations.push(Affiliation { unit, line, from, to: Month::NEVER, parent });
    Ok(())
}

/// Carries out changes of units in a transaction that has locked the region,
/// and posts anew the facts whose ancestors or classes change.
pub(crate) async fn put_changes(
    app: &App,
    tx: &mut Tx,
    old: &Snapshot,
    ctx: &Context,
    changes: Changes,
) -> Result<()> {
    if changes.units.is_empty() && changes.affiliations.is_empty() && changes.void.is_empty() {
        return Ok(());
    }
    let entries = changes.units.iter().map(|unit| entry(old, unit)).collect::<Vec<_>>();
    let moved = changes.affiliations.iter().filter(|link| old.units.contains_key(&link.unit));
    let moves = moved.map(|link| audit::Entry {
        action: "move",
        subject: "unit",
        subject_id: link.unit.0,
        before: None,
        after: Some(format!("{:?} {} {}..{}", link.line, link.parent, link.from, link.to)),
    });
    let entries = entries.into_iter().chain(moves).collect();

    store::units::put(tx, &changes.units).await?;
    for link in &changes.void {
        store::units::delete_affiliation(tx, link).await?;
    }
    store::units::put_affiliations(tx, &changes.affiliations).await?;
    for (unit, until, name) in &changes.renames {
        store::units::put_former_name(tx, *unit, until, name).await?;
    }
    store::units::put_classes(tx, &roster_classes(old, &changes.units)?).await?;
    audit::append(tx, ctx.audit_name(), &old.campaign.hash, ctx.clock.now(), entries).await?;
    definitions::raise_version(tx).await?;
    let new = app.load(tx).await?;
    recast(tx, old, &new, ctx).await
}

fn entry(old: &Snapshot, unit: &Unit) -> audit::Entry {
    let describe = |unit: &Unit| {
        serde_json::json!({
            "code": unit.code,
            "name": unit.name,
            "attributes": unit.attributes,
            "closed_from": unit.closed_from.map(Month::number),
            "merged_into": unit.merged_into.map(|unit| unit.0),
        })
        .to_string()
    };
    let before = old.units.get(&unit.id);
    audit::Entry {
        action: if before.is_some() { "correct" } else { "create" },
        subject: "unit",
        subject_id: unit.id.0,
        before: before.map(describe),
        after: Some(describe(unit)),
    }
}

/// What the roster says about the classes of units.
fn roster_classes(old: &Snapshot, units: &[Unit]) -> Result<Vec<ClassStatement>> {
    let roster = old.campaign.roster;
    let classifying = &old.campaign.forms[roster].classifying;
    units
        .iter()
        .map(|unit| {
            let values = old.codecs[roster].decode(&unit.attributes).map_err(Error::internal)?;
            let stated: Vec<_> = classifying.iter().map(|field| values[*field].clone()).collect();
            let states = stated.iter().any(Option::is_some);
            Ok((unit.id, ROSTER_YEAR, states.then(|| old.campaign.classification.classify(&stated))))
        })
        .collect()
}

/// Posts anew the facts of all units that stand elsewhere, or are something else, than before.
async fn recast(tx: &mut Tx, old: &Snapshot, new: &Snapshot, ctx: &Context) -> Result<()> {
    let affected = affected(old, new);
    let (mut before, mut after) = (Own::default(), Own::default());
    let mut facts: BTreeMap<FactId, Fact> = BTreeMap::new();
    for unit in &affected {
        for row in facts::list_touching(tx, *unit).await? {
            facts.insert(row.id, read_fact(old, &row)?);
        }
    }
    for fact in facts.values() {
        add(&mut before, &old.campaign, fact, &old.classes, 1);
        add(&mut after, &new.campaign, fact, &new.classes, 1);
    }
    let (old_keeps, new_keeps) = (|unit| old.keeps_months(unit), |unit| new.keeps_months(unit));
    let mut change = Change::default();
    Spread::new(&old.campaign, &old.tree, &old_keeps).add(&before, -1, &mut change);
    let spread = Spread::new(&new.campaign, &new.tree, &new_keeps);
    spread.add(&after, 1, &mut change);
    change.prune();
    balances::apply(tx, &spread, change, ctx.clock.now()).await?;
    refresh_baselines(tx, new).await
}

fn affected(old: &Snapshot, new: &Snapshot) -> BTreeSet<UnitId> {
    let years = || std::iter::once(ROSTER_YEAR).chain(old.campaign.baseline.first..=old.campaign.period.last);
    let mut affected = BTreeSet::new();
    for (unit, row) in &old.units {
        let moved = old.tree.spans(*unit) != new.tree.spans(*unit);
        let reclassed = years().any(|year| old.classes.class(*unit, year) != new.classes.class(*unit, year));
        if moved || reclassed {
            affected.insert(*unit);
        }
        // Whether months are kept is decided at the unit and concerns everything below it.
        let is_union = |row: &Unit| row.kind == UnitKind::Union;
        if new.units.get(unit).is_some_and(|now| is_union(now) != is_union(row)) {
            affected.extend(old.tree.ever_below(*unit));
        }
    }
    affected
}
