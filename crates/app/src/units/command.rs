//! Changing one unit: look first, then carry out.

use std::sync::Arc;

use boxed_async::boxed_async;
use ledger::post::month_of;
use model::{clock::BusinessDay, ids::UnitId, month::Month};
use store::{
    Tx,
    definitions::{self, Lock},
    records,
    units::{UnitKind, list_former_names},
};

use super::{
    change::{Changes, put_changes},
    unit_change::{ChangeContext, UnitChange, known, units_below},
};
use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing, UnitView, record::read_record, transact::transact,
};

/// A change of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The unit.
    pub unit: UnitId,
    /// The version of the unit that the person saw; `None` to take it as it is.
    pub seen: Option<i64>,
    /// What to do to it.
    pub change: UnitChange,
}

/// What a change would do.
pub struct Plan {
    /// The region as it was.
    pub snapshot: Arc<Snapshot>,
    /// The unit.
    pub unit: UnitView,
    /// Its version, to be given back with the command.
    pub version: i64,
    /// The unit above until now on the line that changes.
    pub present: Option<UnitView>,
    /// The other unit concerned.
    pub other: Option<UnitView>,
    /// Whether the present affiliation never held and gives way.
    pub replaces: bool,
    /// Units below it that go with it; teams that close with it.
    pub below: usize,
    /// Its own records that count in the first month or later.
    pub later_facts: usize,
}

/// What `command` would do, with the version to give back when it is carried out.
///
/// # Errors
/// The same as [`carry_out`].
#[boxed_async]
pub async fn plan(app: &App, ctx: &Context, command: &Command) -> Result<Plan> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::ManageUnits, &snapshot)?;
    let changes = changes(&mut tx, &snapshot, ctx.today(&snapshot), command).await?;
    let later_facts = match command.change {
        UnitChange::Merge { from, .. } | UnitChange::Close { from } => {
            records_since(&mut tx, &snapshot, command.unit, from).await?
        }
        _ => 0,
    };
    let unit = known(&snapshot, command.unit)?;
    let from = command.change.effective_month().unwrap_or_else(|| ctx.today(&snapshot).month());
    let links = snapshot.tree.affiliations(unit.id).iter();
    let present = links.rev().find(|link| Some(link.line) == command.change.line() && link.to > from);
    Ok(Plan {
        version: unit.version,
        present: present.and_then(|link| snapshot.view(link.parent)),
        other: command.change.other().and_then(|other| snapshot.view(other)),
        replaces: !changes.void.is_empty(),
        below: units_below(&snapshot, unit.id, from).len(),
        later_facts,
        unit: snapshot
            .view(unit.id)
            .ok_or_else(|| Error::NotFound { what: Thing::Unit, key: unit.id.to_string() })?,
        snapshot,
    })
}

/// Changes a unit in one transaction: its row, its names, its affiliations,
/// the audit, and the balances of everyone whose ancestors change.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office; [`Error::NotFound`];
/// [`Error::Stale`] when the unit has changed since it was seen;
/// [`Error::Invalid`] with the reason why it cannot be done.
#[boxed_async]
pub async fn carry_out(app: &App, ctx: &Context, command: &Command) -> Result<()> {
    transact!(app, ctx.region, |tx| {
        definitions::lock_region(tx, Lock::Exclusive).await?;
        let snapshot = app.snapshot(tx).await?;
        ctx.require_for_region(Action::ManageUnits, &snapshot)?;
        let changes = changes(tx, &snapshot, ctx.today(&snapshot), command).await?;
        put_changes(app, tx, &snapshot, ctx, changes).await?;
        Ok(())
    })?;
    app.wake_folder(ctx);
    Ok(())
}

async fn changes(tx: &mut Tx, snapshot: &Snapshot, today: BusinessDay, command: &Command) -> Result<Changes> {
    let unit = known(snapshot, command.unit)?;
    if command.seen.is_some_and(|seen| seen != unit.version) {
        return Err(Error::Stale { what: Thing::Unit });
    }
    let former = list_former_names(tx, unit.id).await?;
    let renamed_on = former.last().map(|(until, _)| until.as_str());
    ChangeContext { snapshot, today, renamed_on }.changes(unit.id, &command.change)
}

/// How many of a unit's own records count in `from` or later.
async fn records_since(tx: &mut Tx, snapshot: &Snapshot, unit: UnitId, from: Month) -> Result<usize> {
    // A union above the grass roots registers nothing itself.
    if snapshot.units.get(&unit).is_none_or(|unit| unit.kind == UnitKind::Union) {
        return Ok(0);
    }
    let mut later = 0;
    for row in records::list_touching(tx, unit).await?.iter().filter(|row| row.unit == unit) {
        let fact = read_record(snapshot, row)?;
        let posts = snapshot.definition.forms[fact.form].posts.iter();
        let mut months = posts.filter_map(|post| fact.value(post.on).and_then(month_of));
        later += usize::from(months.any(|month| month >= from));
    }
    Ok(later)
}
