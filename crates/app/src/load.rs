//! Loading a whole city at once: units and facts in great numbers into an
//! empty region. Facts go in by batches; balances are folded in memory and
//! written once, sorted, at the end.

use ledger::{balance::Own, fact::Fact};
use model::{
    ids::{FactId, UnitId},
    month::Month,
    value::Value,
};
use store::{
    audit, awaited, balances, definitions,
    facts::{self, FactRow},
    new_id,
    units::{Unit, UnitKind},
};

use crate::{
    Action, App, Context, Error, Result, rebuild,
    record::{add, identity, other_units},
    units::{Changes, put_changes},
    work,
};
use ledger::{
    classes::stated_class,
    hierarchy::{Affiliation, Line},
};

/// Facts in one batch.
const BATCH: usize = 20_000;

/// A unit to load.
#[derive(Debug, Clone)]
pub struct LoadUnit {
    /// Its id, chosen by the caller.
    pub id: UnitId,
    /// Its statistical code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What sort of unit it is.
    pub kind: UnitKind,
    /// The unit above on the line of subordination.
    pub parent: Option<UnitId>,
    /// The unit that guides it.
    pub guidance: Option<UnitId>,
    /// The first month in which it no longer exists.
    pub closed_from: Option<Month>,
    /// What the roster states, by position of the field.
    pub values: Vec<Option<Value>>,
}

/// A fact to load.
#[derive(Debug, Clone)]
pub struct LoadFact {
    /// Position of its form.
    pub form: usize,
    /// Its unit.
    pub unit: UnitId,
    /// What it states, by position of the field.
    pub values: Vec<Option<Value>>,
}

/// Makes the targets of a demonstration region fit its size: millionths of the document's counts.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office.
pub async fn scale_targets(app: &App, ctx: &Context, target_ppm: i64) -> Result<()> {
    let snapshot = app.current().await?;
    ctx.require_for_region(Action::ManageUnits, &snapshot)?;
    let mut tx = app.db.write(app.region).await?;
    definitions::scale_targets(&mut tx, target_ppm).await?;
    Ok(tx.commit().await?)
}

/// Loads a city into an empty region. `progress` is told how many facts are in.
///
/// # Errors
/// [`Error::Stale`] when the region already has units.
pub async fn load(
    app: &App,
    ctx: &Context,
    units: Vec<LoadUnit>,
    mut facts_to_load: impl Iterator<Item = LoadFact>,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<usize> {
    put_units(app, ctx, units).await?;
    let mut own = Own::default();
    let mut loaded = 0;
    let snapshot = app.current().await?;
    let campaign = &snapshot.campaign;
    let mut classes = snapshot.classes.clone();
    let mut class_statements = Vec::new();
    let mut batch = Batch::default();
    // Class statements of a unit must be known before its other facts are
    // posted, so posting waits until the unit's facts are complete.
    // A fact that counts at other units too waits until all units are known.
    let mut waiting: Vec<Fact> = Vec::new();
    let mut linked: Vec<Fact> = Vec::new();
    let mut current = None;
    loop {
        let next = facts_to_load.next();
        let unit = next.as_ref().map(|fact| fact.unit);
        if unit != current {
            for fact in waiting.drain(..) {
                add(&mut own, &snapshot, &fact, &classes, 1);
            }
            current = unit;
        }
        let is_last = next.is_none();
        if let Some(LoadFact { form, unit, values }) = next {
            let fact = Fact { id: FactId(new_id(ctx.clock.now())), form, unit, values };
            if let Some((year, class)) = stated_class(campaign, &fact) {
                classes.state(unit, year, class);
                class_statements.push((unit, year, Some(class)));
            }
            let others = other_units(campaign, &fact);
            let has_others = !others.is_empty();
            let row = FactRow {
                id: fact.id,
                form: campaign.forms[form].id.clone(),
                unit,
                identity: identity(&snapshot, form, &fact.values),
                version: 1,
                definition_hash: campaign.hash.clone(),
                content: snapshot.codecs[form].encode(&fact.values),
                state: None,
                since: None,
            };
            work::running(&snapshot, &row, &fact, &mut batch.waiting);
            batch.links.extend(others.into_iter().map(|unit| (unit, row.id)));
            batch.rows.push(row);
            if has_others { linked.push(fact) } else { waiting.push(fact) }
        }
        if batch.rows.len() == BATCH || (is_last && !batch.rows.is_empty()) {
            loaded += batch.rows.len();
            put_batch(app, ctx, &campaign.hash, std::mem::take(&mut batch)).await?;
            progress(loaded);
        }
        if is_last {
            break;
        }
    }
    for fact in &linked {
        add(&mut own, &snapshot, fact, &classes, 1);
    }
    let mut tx = app.db.write(app.region).await?;
    store::units::put_classes(&mut tx, &class_statements).await?;
    definitions::raise_version(&mut tx).await?;
    own.prune();
    rebuild::put_book(&mut tx, &snapshot, &own).await?;
    tx.commit().await?;
    Ok(loaded)
}

async fn put_units(app: &App, ctx: &Context, units: Vec<LoadUnit>) -> Result<()> {
    let mut tx = app.db.write(app.region).await?;
    definitions::lock_region(&mut tx, definitions::Lock::Exclusive).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::ManageUnits, &snapshot)?;
    if !snapshot.units.is_empty() {
        return Err(Error::Stale { what: "region" });
    }
    let mut changes = Changes::default();
    for unit in units {
        let always =
            |line, parent| Affiliation { unit: unit.id, line, from: Month::ALWAYS, to: Month::NEVER, parent };
        changes.affiliations.extend(unit.parent.map(|parent| always(Line::Subordination, parent)));
        changes.affiliations.extend(unit.guidance.map(|parent| always(Line::Guidance, parent)));
        changes.units.push(Unit {
            id: unit.id,
            attributes: snapshot.codecs[snapshot.campaign.roster].encode(&unit.values),
            code: unit.code,
            name: unit.name,
            kind: unit.kind,
            closed_from: unit.closed_from,
            merged_into: None,
            version: 1,
        });
    }
    put_changes(app, &mut tx, &snapshot, ctx, changes).await?;
    tx.commit().await?;
    Ok(())
}

/// Facts that are written together, with what follows from them.
#[derive(Default)]
struct Batch {
    rows: Vec<FactRow>,
    links: Vec<(UnitId, FactId)>,
    waiting: Vec<awaited::Awaited>,
}

async fn put_batch(app: &App, ctx: &Context, hash: &str, batch: Batch) -> Result<()> {
    let Batch { rows, links, waiting } = batch;
    let entries = rows.iter().map(|row| audit::Entry {
        action: "create",
        subject: "fact",
        subject_id: row.id.0,
        before: None,
        after: Some(row.content.clone()),
        detail: None,
    });
    let entries = entries.collect();
    let mut tx = app.db.write(app.region).await?;
    facts::insert(&mut tx, &rows).await?;
    facts::insert_links(&mut tx, &links).await?;
    awaited::insert(&mut tx, &waiting).await?;
    audit::append(&mut tx, ctx.audit_name(), hash, ctx.clock.now(), entries).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether the region has any balances: a load that was cut short has facts and none.
pub async fn is_complete(app: &App) -> Result<bool> {
    let mut tx = app.db.read(app.region).await?;
    let any = balances::any(&mut tx).await?;
    tx.rollback().await?;
    Ok(any)
}
