//! Recording facts: the one way in which a fact comes to be, changes or goes.
//!
//! In one transaction: the fact's new version, the audit entry with before and
//! after, and the change of postings (new minus old). When a return changes
//! what its unit is (ownership, enterprise or not), the unit's other facts are
//! posted anew for the years concerned.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use campaign::definition::{Campaign, FormKind};
use ledger::{
    balance::Own,
    baseline::{Statements, baselines},
    classes::{Classes, stated_class},
    fact::Fact,
    post::post,
    spread::Change,
};
use model::{
    class::Class,
    ids::{FactId, UnitId},
    month::Year,
    value::Value,
};
use store::{
    Tx, audit, awaited, balances, comments,
    definitions::{self, Lock},
    facts::{self, FactRow},
    new_id,
    units::ClassStatement,
};

use crate::{
    Action, App, Context, Error, Result, Snapshot,
    standing::{Moved, Place, place},
    work,
};

/// What to do to a fact.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// A new fact.
    Create {
        /// Position of the form.
        form: usize,
        /// Its unit.
        unit: UnitId,
        /// What it states.
        values: Vec<Option<Value>>,
    },
    /// Other values for a stored fact.
    Correct {
        /// As stored.
        stored: FactRow,
        /// What it shall state.
        values: Vec<Option<Value>>,
    },
    /// A new fact, with the step that begins it.
    Begin {
        /// Position of the form.
        form: usize,
        /// Its unit.
        unit: UnitId,
        /// What it states.
        values: Vec<Option<Value>>,
        /// Id of the step.
        step: String,
    },
    /// A step of a stored fact.
    Take {
        /// As stored.
        stored: FactRow,
        /// What it shall state.
        values: Vec<Option<Value>>,
        /// Id of the step.
        step: String,
        /// Position of the state it leads to.
        to: usize,
    },
    /// A stored fact goes.
    Delete {
        /// As stored.
        stored: FactRow,
    },
}

/// How the region must be locked for facts of this form: returns may change
/// classes and baselines concern every unit above, so nobody else may write meanwhile.
pub(crate) fn lock_for(campaign: &Campaign, form: usize) -> Lock {
    if campaign.forms[form].kind == FormKind::Register { Lock::Shared } else { Lock::Exclusive }
}

/// What identifies a fact within its unit and form; persons stand in it under
/// their aliases.
pub(crate) fn identity(snapshot: &Snapshot, form: usize, values: &[Option<Value>]) -> String {
    let form = &snapshot.campaign.forms[form];
    let own = form.identity.iter().copied().filter(|field| Some(*field) != form.unit_field());
    let parts: Vec<String> = own
        .map(|field| {
            let value = values.get(field).and_then(Option::as_ref);
            value.map(|value| snapshot.identifying(form, field, value)).unwrap_or_default()
        })
        .collect();
    parts.join("\u{1f}")
}

/// Reads a stored fact.
pub(crate) fn read_fact(snapshot: &Snapshot, row: &FactRow) -> Result<Fact> {
    let (form, _) = snapshot.campaign.form(&row.form).ok_or_else(|| {
        Error::internal(format!("fact {} is of form {}, which the campaign has not", row.id, row.form))
    })?;
    let values = snapshot.codecs[form].decode(&row.content).map_err(|detail| {
        Error::from(store::Error::Corrupt { table: "fact", key: row.id.to_string(), detail })
    })?;
    Ok(Fact { id: row.id, form, unit: row.unit, values })
}

/// The first line of a use case that concerns one fact: it exists, and the person may do `action` to its unit.
///
/// # Errors
/// [`Error::NotFound`] for a fact that does not exist, or whose unit is not the person's; [`Error::Forbidden`].
pub(crate) async fn authorised(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    action: Action,
    id: FactId,
) -> Result<(Arc<Snapshot>, FactRow)> {
    let missing = || Error::NotFound { what: "fact", key: id.to_string() };
    let snapshot = app.snapshot(tx).await?;
    let stored = facts::find(tx, id).await?.ok_or_else(missing)?;
    ctx.require(action, &snapshot, stored.unit).map_err(|error| match error {
        Error::NotFound { .. } => missing(),
        other => other,
    })?;
    Ok((snapshot, stored))
}

/// One command with the fact before and after.
struct Step {
    old: Option<(FactRow, Fact)>,
    new: Option<(FactRow, Fact)>,
    /// Where the fact has moved.
    moved: Option<Moved>,
}

/// Most commands whose facts, audit entries and postings are made together; those of two are held in memory.
const BATCH: usize = 5_000;
/// Commands after which others get their turn, the database above all.
const TURN: usize = 128;

/// Carries out commands in one transaction; the caller has locked the region
/// ([`lock_for`]) and commits. While the database writes one batch, the next is made.
pub(crate) async fn record(
    tx: &mut Tx,
    snapshot: &Snapshot,
    ctx: &Context,
    commands: Vec<Command>,
) -> Result<()> {
    // What returns state about their units must be known before any fact is
    // posted, so they go together; records of registers go by batches.
    let is_register = |command: &Command| match command {
        Command::Create { form, .. } | Command::Begin { form, .. } => {
            snapshot.campaign.forms[*form].kind == FormKind::Register
        }
        Command::Correct { stored, .. } | Command::Take { stored, .. } | Command::Delete { stored } => {
            snapshot.campaign.form(&stored.form).is_some_and(|(_, form)| form.kind == FormKind::Register)
        }
    };
    let most = if commands.iter().all(is_register) { BATCH } else { usize::MAX };
    let mut commands = commands.into_iter();
    let mut ready = prepare(snapshot, ctx, commands.by_ref().take(most).collect()).await?;
    while !ready.steps.is_empty() {
        let next = prepare(snapshot, ctx, commands.by_ref().take(most).collect());
        let (written, next) = tokio::join!(write(tx, snapshot, ctx, ready), next);
        written?;
        ready = next?;
    }
    Ok(())
}

/// A batch of commands, and what it posts.
struct Batch {
    steps: Vec<Step>,
    /// What its returns say about their units.
    statements: Vec<ClassStatement>,
    own: Own,
}

/// Makes a batch; of one that changes classes, what it posts is known with the facts of those units.
async fn prepare(snapshot: &Snapshot, ctx: &Context, commands: Vec<Command>) -> Result<Batch> {
    let mut steps = Vec::with_capacity(commands.len());
    for command in commands {
        steps.push(step(snapshot, ctx, command)?);
        if steps.len().is_multiple_of(TURN) {
            tokio::task::yield_now().await;
        }
    }
    let statements = class_changes(snapshot, &steps);
    let mut own = Own::default();
    if statements.is_empty() {
        for steps in steps.chunks(TURN) {
            post_steps(&mut own, snapshot, steps, &snapshot.classes);
            tokio::task::yield_now().await;
        }
    }
    Ok(Batch { steps, statements, own })
}

async fn write(tx: &mut Tx, snapshot: &Snapshot, ctx: &Context, batch: Batch) -> Result<()> {
    let Batch { steps, statements, mut own } = batch;
    if !statements.is_empty() {
        let (classes, reclassed) = changed_classes(snapshot, &statements);
        post_anew(tx, &mut own, snapshot, &steps, &classes, &reclassed).await?;
        post_steps(&mut own, snapshot, &steps, &classes);
    }
    own.prune();
    write_facts(tx, snapshot, ctx, steps).await?;
    if !statements.is_empty() {
        store::units::put_classes(tx, &statements).await?;
        definitions::raise_version(tx).await?;
    }
    put_balances(tx, snapshot, ctx, &own).await
}

/// Takes back what the facts said before and posts what they say now.
fn post_steps(own: &mut Own, snapshot: &Snapshot, steps: &[Step], classes: &Classes) {
    for step in steps {
        if let Some((_, fact)) = &step.old {
            add(own, snapshot, fact, &snapshot.classes, -1);
        }
        if let Some((_, fact)) = &step.new {
            add(own, snapshot, fact, classes, 1);
        }
    }
}

/// Posts the other facts of units whose class has changed anew.
async fn post_anew(
    tx: &mut Tx,
    own: &mut Own,
    snapshot: &Snapshot,
    steps: &[Step],
    classes: &Classes,
    reclassed: &BTreeSet<UnitId>,
) -> Result<()> {
    let touched: BTreeSet<FactId> =
        steps.iter().flat_map(|step| [&step.old, &step.new]).flatten().map(|(row, _)| row.id).collect();
    for fact in facts_of(tx, snapshot, reclassed).await? {
        if !touched.contains(&fact.id) {
            add(own, snapshot, &fact, &snapshot.classes, -1);
            add(own, snapshot, &fact, classes, 1);
        }
    }
    Ok(())
}

/// Adds a fact's postings to `own`, `times` over.
pub(crate) fn add(own: &mut Own, snapshot: &Snapshot, fact: &Fact, classes: &Classes, times: i64) {
    let campaign = &snapshot.campaign;
    post(campaign, &snapshot.counted(fact), classes, |posting| own.add(campaign, &posting, times));
}

fn step(snapshot: &Snapshot, ctx: &Context, command: Command) -> Result<Step> {
    let campaign = &snapshot.campaign;
    let row = |fact: &Fact, version, place: &Place| FactRow {
        id: fact.id,
        form: campaign.forms[fact.form].id.clone(),
        unit: fact.unit,
        identity: identity(snapshot, fact.form, &fact.values),
        version,
        definition_hash: campaign.hash.clone(),
        content: snapshot.codecs[fact.form].encode(&fact.values),
        state: place.state.clone(),
        since: place.since,
    };
    let created = |form, unit, values, moved| {
        let fact = Fact { id: FactId(new_id(ctx.clock.now())), form, unit, values };
        Step { old: None, new: Some((row(&fact, 1, &Place::default()), fact)), moved }
    };
    let changed = |stored: FactRow, values, taken: Option<(String, usize)>| {
        let old = read_fact(snapshot, &stored)?;
        let new = Fact { values, ..old.clone() };
        let place = place(snapshot, ctx.clock.today(), (&stored, &old), &new, taken);
        let new = (row(&new, stored.version + 1, &place), new);
        Ok(Step { old: Some((stored, old)), new: Some(new), moved: place.moved })
    };
    match command {
        Command::Create { form, unit, values } => Ok(created(form, unit, values, None)),
        Command::Begin { form, unit, values, step } => {
            Ok(created(form, unit, values, Some(Moved { step: Some(step), from: None, to: None })))
        }
        Command::Correct { stored, values } => changed(stored, values, None),
        Command::Take { stored, values, step, to } => changed(stored, values, Some((step, to))),
        Command::Delete { stored } => {
            let old = read_fact(snapshot, &stored)?;
            Ok(Step { old: Some((stored, old)), new: None, moved: None })
        }
    }
}

/// What returns among the steps say about their units, where it differs from before.
fn class_changes(snapshot: &Snapshot, steps: &[Step]) -> Vec<ClassStatement> {
    let mut stated: BTreeMap<(UnitId, Year), (Option<Class>, Option<Class>)> = BTreeMap::new();
    for step in steps {
        for (side, is_new) in [(&step.old, false), (&step.new, true)] {
            let Some((_, fact)) = side else { continue };
            let Some((year, class)) = stated_class(&snapshot.campaign, fact) else { continue };
            let entry = stated.entry((fact.unit, year)).or_default();
            *(if is_new { &mut entry.1 } else { &mut entry.0 }) = Some(class);
        }
    }
    stated
        .into_iter()
        .filter(|(_, (old, new))| old != new)
        .map(|((unit, year), (_, new))| (unit, year, new))
        .collect()
}

/// Classes after `statements`, and the units whose class really changes in some year.
fn changed_classes(snapshot: &Snapshot, statements: &[ClassStatement]) -> (Classes, BTreeSet<UnitId>) {
    let mut classes = snapshot.classes.clone();
    for (unit, year, class) in statements {
        match class {
            Some(class) => classes.state(*unit, *year, *class),
            None => classes.retract(*unit, *year),
        }
    }
    let differs = |unit: UnitId, year: Year| {
        // A statement holds until the next one, so comparing its own year and those after it is enough.
        (year..=snapshot.campaign.period.last.max(year))
            .any(|year| classes.class(unit, year) != snapshot.classes.class(unit, year))
    };
    let units =
        statements.iter().filter(|(unit, year, _)| differs(*unit, *year)).map(|(unit, _, _)| *unit).collect();
    (classes, units)
}

/// Facts of `units` whose postings may depend on the class of a unit.
async fn facts_of(tx: &mut Tx, snapshot: &Snapshot, units: &BTreeSet<UnitId>) -> Result<Vec<Fact>> {
    let mut found = BTreeMap::new();
    for unit in units {
        for row in facts::list_touching(tx, *unit).await? {
            let fact = read_fact(snapshot, &row)?;
            let posts = &snapshot.campaign.forms[fact.form].posts;
            if posts
                .iter()
                .any(|post| post.when.as_ref().is_some_and(campaign::condition::Condition::needs_class))
            {
                found.insert(fact.id, fact);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Units other than its own at which a fact may count.
pub(crate) fn other_units(campaign: &Campaign, fact: &Fact) -> BTreeSet<UnitId> {
    let fields = campaign.forms[fact.form].posts.iter().filter_map(|post| post.unit);
    fields
        .filter_map(|field| fact.value(field).and_then(Value::as_unit))
        .filter(|unit| *unit != fact.unit)
        .collect()
}

async fn write_facts(tx: &mut Tx, snapshot: &Snapshot, ctx: &Context, steps: Vec<Step>) -> Result<()> {
    let (mut inserts, mut links, mut entries) = (Vec::new(), Vec::new(), Vec::with_capacity(steps.len()));
    let (mut settled, mut waiting) = (Vec::new(), Vec::new());
    for Step { old, new, moved } in steps {
        if let Some((row, fact)) = &old {
            settled.extend(work::has_clocks(snapshot, fact).then_some(row.id));
            let gone: Vec<UnitId> = other_units(&snapshot.campaign, fact).into_iter().collect();
            facts::delete_links(tx, &gone, row.id).await?;
        }
        if let Some((row, fact)) = &new {
            work::running(snapshot, row, fact, &mut waiting);
            links.extend(other_units(&snapshot.campaign, fact).into_iter().map(|unit| (unit, row.id)));
        }
        let action = match (&old, &new) {
            (None, _) => "create",
            (_, None) => "delete",
            _ if moved.as_ref().is_some_and(|moved| moved.step.is_some()) => "step",
            _ => "correct",
        };
        let id = old.as_ref().or(new.as_ref()).map_or(0, |(row, _)| row.id.0);
        entries.push(audit::Entry {
            action,
            subject: "fact",
            subject_id: id,
            before: old.as_ref().map(|(row, _)| row.content.clone()),
            after: new.as_ref().map(|(row, _)| row.content.clone()),
            detail: moved.as_ref().map(Moved::written),
        });
        match (old, new) {
            (None, Some((row, _))) => inserts.push(row),
            (Some(_), Some((row, _))) => facts::update(tx, &row).await?,
            (Some((row, _)), None) => {
                comments::delete(tx, row.id).await?;
                facts::delete(tx, row.id, row.version).await?;
            }
            (None, None) => {}
        }
    }
    facts::insert(tx, &inserts).await?;
    facts::insert_links(tx, &links).await?;
    awaited::delete(tx, &settled).await?;
    awaited::insert(tx, &waiting).await?;
    audit::append(tx, ctx.audit_name(), &snapshot.campaign.hash, ctx.clock.now(), entries).await?;
    Ok(())
}

/// Adds own balances to those of every ancestor, and to what units state about themselves.
pub(crate) async fn put_balances(tx: &mut Tx, snapshot: &Snapshot, ctx: &Context, own: &Own) -> Result<()> {
    let keeps_months = |unit| snapshot.keeps_months(unit);
    let spread = ledger::spread::Spread::new(&snapshot.campaign, &snapshot.tree, &keeps_months);
    let mut change = Change::default();
    spread.add(own, 1, &mut change);
    change.prune();
    balances::apply(tx, &spread, change, ctx.clock.now()).await?;
    let stated = statements(own);
    if !stated.is_empty() {
        balances::add_statements(tx, &stated).await?;
        refresh_baselines(tx, snapshot).await?;
    }
    Ok(())
}

/// What units state about themselves with everything under them.
pub(crate) fn statements(own: &Own) -> Statements {
    let stated = own.units.iter().filter(|(_, unit)| !unit.statements.is_empty());
    stated.map(|(id, unit)| (*id, unit.statements.clone())).collect()
}

/// Computes the baselines of all units anew.
pub(crate) async fn refresh_baselines(tx: &mut Tx, snapshot: &Snapshot) -> Result<()> {
    let stated = balances::statements(tx).await?;
    let fresh = baselines(&stated, &snapshot.tree, snapshot.campaign.first_month());
    Ok(balances::put_baselines(tx, &fresh).await?)
}
