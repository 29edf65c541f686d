//! Loading a whole city at once: units and records in great numbers into an
//! empty region, in one transaction. Balances are folded in memory and written once, sorted, at the end.

mod history;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::definition::{FieldIdx, FormIdx, Values};
use jiff::{Timestamp, civil::Date};
use ledger::{balance::Own, fact::Fact};
use model::{
    clock::{BusinessDay, day_of},
    ids::{RecordId, UnitId},
    month::Month,
    value::{Reference, Value},
};
use store::{
    Tx,
    audit::{self, AuditEntry, PastEntry, RecordMark},
    balances,
    definitions::{self, DemonstrationRegion},
    new_id, record_links,
    records::{self, RecordRow},
    references::{NameRow, ReferenceRow},
    units::{ClassStatement, Unit, UnitKind},
};
use tokio::task::{JoinHandle, spawn_blocking};

pub use self::history::LoadVersion;
use self::history::{Numbers, record_with_history};
use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing,
    accounts::{self, NewAccount},
    audit::{RECORD, append_audit},
    rebuild::{self, ClassDays, PostedDays},
    record::{
        Record, add_postings, derive_loaded, identity, name_rows, named_forms, other_units, reference_rows,
        stored_state, todos,
    },
    units::{Changes, put_changes_of},
};
use ledger::{
    classes::{Classes, class_statement},
    hierarchy::{Affiliation, Line},
};

/// Records in one batch.
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
    pub values: Values,
}

/// A record to load.
#[derive(Debug, Clone)]
pub struct LoadRecord {
    /// Position of its form.
    pub form: FormIdx,
    /// Its unit.
    pub unit: UnitId,
    /// What it states, by position of the field.
    pub values: Values,
    /// How it came to state it: versions in the order of time, the last of which states `values`. Without any it is
    /// entered now, by whoever loads it.
    pub history: Vec<LoadVersion>,
    /// What tells it from all other records of the load, when later ones refer to it.
    pub key: Option<u64>,
    /// The records that it refers to, by the field: they come before it. Of those that do not, the text is kept.
    pub referred: Vec<(FieldIdx, u64)>,
}

/// What makes a city that is loaded a demonstration.
#[derive(Debug, Clone)]
pub struct Demonstration {
    /// Millionths of the document's counts that are its targets: it is smaller than the real one.
    pub target_ppm: i64,
    /// Counts that are its targets however small it is, by indicator.
    pub own_targets: BTreeMap<String, i64>,
    /// The day at which it stops.
    pub business_day: BusinessDay,
    /// When its roster was entered; `None` for now.
    pub units_entered: Option<Timestamp>,
    /// Who may sign in.
    pub accounts: Vec<NewAccount>,
}

/// Loads a city into an empty region, all of it in one transaction: whatever ends the program meanwhile, nothing
/// of it is there. `progress` gets the number of records that are written.
///
/// # Errors
/// [`Error::Stale`] when the region already has units; [`Error::Forbidden`] for anybody but the console.
pub async fn load(
    app: &App,
    ctx: &Context,
    units: Vec<LoadUnit>,
    facts: impl Iterator<Item = LoadRecord> + Send + 'static,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<usize> {
    load_city(app, ctx, None, units, facts, progress).await
}

/// The same for a demonstration: the region becomes one in the same transaction.
///
/// # Errors
/// As [`load`]; [`Error::Stale`] also when somebody has access already.
pub async fn load_demonstration(
    app: &App,
    ctx: &Context,
    demonstration: Demonstration,
    units: Vec<LoadUnit>,
    facts: impl Iterator<Item = LoadRecord> + Send + 'static,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<usize> {
    load_city(app, ctx, Some(demonstration), units, facts, progress).await
}

/// Loads a city in one transaction, as a demonstration where it is one.
async fn load_city(
    app: &App,
    ctx: &Context,
    demonstration: Option<Demonstration>,
    units: Vec<LoadUnit>,
    facts: impl Iterator<Item = LoadRecord> + Send + 'static,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<usize> {
    let mut tx = app.write(ctx.region).await?;
    if demonstration.is_some() && !store::accounts::list(&mut tx).await?.is_empty() {
        return Err(Error::Stale { what: Thing::Account });
    }
    let units_entered = demonstration.as_ref().and_then(|demonstration| demonstration.units_entered);
    let loaded = load_in(app, ctx, &mut tx, (units, units_entered), facts, progress).await?;
    if let Some(Demonstration { target_ppm, own_targets, business_day, accounts: people, .. }) = demonstration
    {
        let region = DemonstrationRegion { target_ppm, own_targets, business_day };
        definitions::make_demonstration(&mut tx, region).await?;
        let snapshot = app.load(&mut tx).await?;
        for account in people {
            accounts::add_in(app, ctx, &mut tx, &snapshot, account).await?;
        }
    }
    tx.commit().await?;
    Ok(loaded)
}

async fn load_in(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    (units, units_entered): (Vec<LoadUnit>, Option<Timestamp>),
    facts: impl Iterator<Item = LoadRecord> + Send + 'static,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<usize> {
    let numbers = Numbers::starting_after(units.len());
    put_units(app, ctx, tx, units, units_entered).await?;
    let snapshot = Arc::new(app.load(tx).await?);
    let indexes = store::initial_load::begin(tx).await?;
    let mut loaded = 0;
    let mut ready = next_batch(Maker::new(ctx.clone(), snapshot.clone(), numbers, facts));
    let (own, days, class_statements) = loop {
        let (maker, batch) = ready.await.map_err(Error::internal)?;
        let Some(batch) = batch else { break maker.finish() };
        // While the database writes one batch, another thread makes the next.
        ready = next_batch(maker);
        loaded += batch.rows.len();
        put_batch(ctx, tx, &snapshot, batch).await?;
        progress(loaded);
    };
    store::initial_load::end(tx, indexes).await?;
    put_loaded(ctx, tx, &snapshot, (own, days), &class_statements).await?;
    let snapshot = app.load(tx).await?;
    rebuild::derive_in(tx, &snapshot, ctx).await?;
    Ok(loaded)
}

/// Writes what follows from the records together: classes, days and balances.
async fn put_loaded(
    ctx: &Context,
    tx: &mut Tx,
    snapshot: &Snapshot,
    (mut own, days): (Own, PostedDays),
    class_statements: &[ClassStatement],
) -> Result<()> {
    own.prune();
    let posted = std::mem::take(&mut own.postings).into_sorted();
    store::units::put_classes(tx, class_statements).await?;
    definitions::raise_version(tx).await?;
    // What has no history is known from now on.
    days.put(tx, snapshot).await?;
    rebuild::put_balances(tx, snapshot, &own, &posted, ctx.clock.now()).await
}

/// The versions that a record is loaded with, each with its day.
fn past_versions(snapshot: &Snapshot, fact: &Fact, history: Vec<LoadVersion>) -> Vec<(Date, Fact)> {
    let version = |made: LoadVersion| {
        let state = stored_state(snapshot, fact.form, made.state.as_deref());
        (day_of(made.at), Fact { values: made.values, state, ..fact.clone() })
    };
    history.into_iter().map(version).collect()
}

/// A record with the versions that it was loaded with, each with its day.
type PastRecord = (Fact, Vec<(Date, Fact)>);

/// Makes the rows of records, batch by batch, and counts them.
struct Maker<F> {
    ctx: Context,
    snapshot: Arc<Snapshot>,
    numbers: Numbers,
    facts: F,
    own: Own,
    classes: Classes,
    class_statements: Vec<ClassStatement>,
    /// Class statements of a unit must be known before its other records are posted, so posting waits until the
    /// unit's records are complete.
    waiting: Vec<PastRecord>,
    /// A record that counts at other units too, or is of a team, waits until all units are known.
    linked: Vec<PastRecord>,
    /// What was known on which day.
    days: PostedDays,
    /// What units were known to be on which day.
    class_days: ClassDays,
    /// Forms whose records others refer to by what they are called.
    named: BTreeSet<FormIdx>,
    /// Records to which later ones refer.
    keys: BTreeMap<u64, Fact>,
    current: Option<UnitId>,
}

/// Begins to make the next records on another thread; the maker comes back with them, and alone when there are no more.
fn next_batch<F>(mut maker: Maker<F>) -> JoinHandle<(Maker<F>, Option<Batch>)>
where
    F: Iterator<Item = LoadRecord> + Send + 'static,
{
    spawn_blocking(move || {
        let batch = maker.next_batch();
        (maker, batch)
    })
}

impl<F: Iterator<Item = LoadRecord>> Maker<F> {
    fn new(ctx: Context, snapshot: Arc<Snapshot>, numbers: Numbers, facts: F) -> Self {
        Self {
            ctx,
            numbers,
            facts,
            own: Own::default(),
            classes: snapshot.classes.clone(),
            class_statements: Vec::new(),
            waiting: Vec::new(),
            linked: Vec::new(),
            days: PostedDays::default(),
            class_days: ClassDays::default(),
            named: named_forms(&snapshot.definition),
            keys: BTreeMap::new(),
            current: None,
            snapshot,
        }
    }

    /// The next records; `None` when there are no more.
    fn next_batch(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        while batch.rows.len() < BATCH {
            let Some(record) = self.facts.next() else { break };
            self.make(record, &mut batch);
        }
        (!batch.rows.is_empty()).then_some(batch)
    }

    fn make(&mut self, record: LoadRecord, batch: &mut Batch) {
        let LoadRecord { form, unit, mut values, mut history, key, referred } = record;
        let linked = self.linked(&referred);
        for values in std::iter::once(&mut values).chain(history.iter_mut().map(|made| &mut made.values)) {
            link(values, &linked);
            derive_loaded(&self.snapshot, form, &linked, values);
        }
        if self.current != Some(unit) {
            self.post_waiting();
            self.current = Some(unit);
        }
        let snapshot = &*self.snapshot;
        let row = match record_with_history(snapshot, (form, unit), &history, &mut self.numbers) {
            Some((row, entries)) => {
                batch.past.extend(entries);
                row
            }
            None => batch.enter_now(&self.ctx, snapshot, (form, unit), &values),
        };
        let state = stored_state(snapshot, form, row.state.as_deref());
        let fact = Fact { id: row.id, form, unit, values, state };
        if let Some(key) = key {
            self.keys.insert(key, fact.clone());
        }
        if let Some((year, class)) = class_statement(&snapshot.definition, &fact) {
            self.classes.state(unit, year, class);
            self.class_statements.push((unit, year, Some(class)));
        }
        let others = other_units(&snapshot.definition, &fact);
        let record = Record { row, fact, pending: Values::default() };
        todos(snapshot, &record, &mut batch.waiting);
        let Record { row, fact, .. } = record;
        batch.links.extend(others.into_iter().map(|unit| (unit, row.id)));
        batch.references.extend(reference_rows(snapshot, &fact));
        batch.names.extend(name_rows(snapshot, &self.named, &fact));
        batch.rows.push(row);
        let versions = past_versions(snapshot, &fact, history);
        self.class_days.take(&snapshot.definition, &versions);
        if self.waits_for_others(&fact, &versions) {
            self.linked.push((fact, versions));
        } else {
            self.waiting.push((fact, versions));
        }
    }

    /// Whether it follows from other units too what a record counts: from those at which it counts, and from the
    /// enterprise of a team.
    fn waits_for_others(&self, fact: &Fact, versions: &[(Date, Fact)]) -> bool {
        let snapshot = &*self.snapshot;
        let mut stated = versions.iter().map(|(_, then)| then).chain([fact]);
        snapshot.classes.enterprise(fact.unit).is_some()
            || stated.any(|fact| !other_units(&snapshot.definition, fact).is_empty())
    }

    /// The records of these keys that are there already, each with the field that leads to it.
    fn linked(&self, referred: &[(FieldIdx, u64)]) -> Vec<(FieldIdx, &Fact)> {
        referred.iter().filter_map(|(field, key)| Some((*field, self.keys.get(key)?))).collect()
    }

    /// Posts the records of the unit that is complete.
    fn post_waiting(&mut self) {
        let Some(unit) = self.current else { return };
        let classes = self.class_days.of_unit(&self.snapshot, unit);
        for (fact, versions) in self.waiting.drain(..) {
            add_postings(&mut self.own, &self.snapshot, &fact, &self.classes, 1);
            self.days.add(&self.snapshot, &classes, &versions);
        }
    }

    /// What all records post, and what those of their units state themselves to be.
    fn finish(mut self) -> (Own, PostedDays, Vec<ClassStatement>) {
        self.post_waiting();
        let snapshot = &*self.snapshot;
        for (fact, versions) in &self.linked {
            add_postings(&mut self.own, snapshot, fact, &self.classes, 1);
            self.days.add(snapshot, &self.class_days.of_record(snapshot, versions), versions);
        }
        (self.own, self.days, self.class_statements)
    }
}

/// Puts the records that are referred to into a record's values, called as the record calls them.
fn link(values: &mut Values, linked: &[(FieldIdx, &Fact)]) {
    for (field, referred) in linked {
        if let Some(Value::Text(text)) = values.value(*field) {
            let text = text.clone();
            values[*field] = Some(Value::Reference(Reference { id: referred.id, text }));
        }
    }
}

async fn put_units(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    units: Vec<LoadUnit>,
    entered: Option<Timestamp>,
) -> Result<()> {
    definitions::lock_region(tx, definitions::Lock::Exclusive).await?;
    let snapshot = app.snapshot(tx).await?;
    ctx.require_for_region(Action::LoadRegions, &snapshot)?;
    if !snapshot.units.is_empty() {
        return Err(Error::Stale { what: Thing::Region });
    }
    let mut changes = Changes::default();
    for unit in &units {
        let always =
            |line, parent| Affiliation { unit: unit.id, line, from: Month::ALWAYS, to: Month::NEVER, parent };
        changes.affiliations.extend(unit.parent.map(|parent| always(Line::Subordination, parent)));
        changes.affiliations.extend(unit.guidance.map(|parent| always(Line::Guidance, parent)));
        changes.units.push(Unit {
            id: unit.id,
            attributes: snapshot.codecs[snapshot.definition.roster].encode(&unit.values),
            code: unit.code.clone(),
            name: unit.name.clone(),
            kind: unit.kind,
            closed_from: unit.closed_from,
            merged_into: None,
            version: 1,
        });
    }
    put_changes_of(app, tx, &snapshot, ctx, (changes, entered)).await
}

/// Records that are written together, with what follows from them.
#[derive(Default)]
struct Batch {
    rows: Vec<RecordRow>,
    links: Vec<(UnitId, RecordId)>,
    waiting: Vec<store::todo::TodoRow>,
    /// What records refer to, and what they are called.
    references: Vec<ReferenceRow>,
    names: Vec<NameRow>,
    /// Audit entries of what is entered now.
    entries: Vec<AuditEntry>,
    /// Those of the histories of the others.
    past: Vec<PastEntry>,
}

impl Batch {
    /// The row of a record that has no history.
    fn enter_now(
        &mut self,
        ctx: &Context,
        snapshot: &Snapshot,
        (form, unit): (FormIdx, UnitId),
        values: &Values,
    ) -> RecordRow {
        let row = RecordRow {
            id: RecordId(new_id(ctx.clock.now())),
            form: snapshot.definition.forms[form].id.clone(),
            unit,
            identity: identity(snapshot, form, values),
            version: 1,
            definition_hash: snapshot.definition.hash.clone(),
            content: snapshot.codecs[form].encode(values),
            state: None,
            since: None,
            pending: None,
        };
        self.entries.push(AuditEntry {
            action: "create",
            subject: RECORD,
            subject_id: row.id.0,
            before: None,
            after: None,
            detail: None,
            record: Some(RecordMark::written(&snapshot.vault, &row)),
        });
        row
    }
}

async fn put_batch(ctx: &Context, tx: &mut Tx, snapshot: &Snapshot, batch: Batch) -> Result<()> {
    let Batch { rows, links, waiting, references, names, entries, past } = batch;
    records::insert(tx, &rows).await?;
    record_links::insert(tx, &links).await?;
    store::references::insert(tx, &references).await?;
    store::references::insert_names(tx, &names).await?;
    store::todo::insert(tx, &waiting).await?;
    audit::append_past(tx, &snapshot.vault, &snapshot.definition.hash, past).await?;
    append_audit(tx, snapshot, ctx, entries).await
}

/// Whether the region has any balances: a load of an earlier version that was cut short has records and none.
#[boxed_async]
pub async fn is_complete(app: &App, ctx: &Context) -> Result<bool> {
    let mut tx = app.read(ctx.region).await?;
    let any = balances::any(&mut tx).await?;
    Ok(any)
}
