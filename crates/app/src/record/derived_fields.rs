//! Derived fields of records: what nobody states, because it follows from the record itself, from those that it refers to
//! and from those that refer to it (`docs/decisions/0039-derived-fields.md`). What depends on a record that is written is
//! written in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{
    definition::{DerivationSource, DerivedField, FieldIdx, Form, FormIdx, Referring, Values},
    validate::FieldProblem,
};
use ledger::fact::Fact;
use model::{
    ids::RecordId,
    problem::{Problem, Severity},
    value::Value,
};
use store::{
    Tx, audit,
    records::{self, RecordRow},
    references::{self, ReferenceRow},
};

use super::{
    change::{Command, DERIVE, RecordDelta},
    input::in_words,
    linking::InputKind,
    read::{Record, read_record},
    references::names,
};
use crate::{Actor, Context, Error, Result, Snapshot, audit::RECORD};

/// Works out derived fields; what was read of the records that others refer to is kept.
pub(crate) struct Deriving<'a> {
    snapshot: &'a Snapshot,
    /// Whether anything may follow from a record.
    is_reliable: &'a (dyn Fn(&RecordRow) -> bool + Sync),
    referred: BTreeMap<RecordId, Read>,
}

/// A record from which others follow.
#[derive(Clone)]
enum Read {
    /// There is none.
    Missing,
    /// Nothing may follow from it.
    Unreliable,
    /// What it states.
    Record(FormIdx, Values),
}

/// What the derived fields of one record follow from.
#[derive(Default)]
struct Source {
    referred: BTreeMap<FieldIdx, Values>,
    referring: Members,
}

/// What records state that refer to another, by their form and the field.
type Members = BTreeMap<(FormIdx, FieldIdx), Vec<Values>>;

impl DerivationSource for Source {
    fn referred(&self, reference: FieldIdx) -> Option<&Values> {
        self.referred.get(&reference)
    }

    fn referring(&self, form: FormIdx, reference: FieldIdx) -> &[Values] {
        self.referring.get(&(form, reference)).map(Vec::as_slice).unwrap_or_default()
    }
}

impl<'a> Deriving<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot) -> Self {
        Self::from_reliable(snapshot, &|_| true)
    }

    /// Nothing follows from records that are not reliable, and nothing is said of records that would follow from them.
    fn from_reliable(snapshot: &'a Snapshot, is_reliable: &'a (dyn Fn(&RecordRow) -> bool + Sync)) -> Self {
        Self { snapshot, is_reliable, referred: BTreeMap::new() }
    }

    /// Puts the derived fields of a record into its values; `record` is the record when it is there already.
    pub(crate) async fn derive(
        &mut self,
        tx: &mut Tx,
        form: FormIdx,
        record: Option<RecordId>,
        values: &mut Values,
    ) -> Result<()> {
        let definition = &self.snapshot.definition.forms[form];
        if definition.derived.is_empty() {
            return Ok(());
        }
        let mut sources = self.sources(tx, definition, &[(record, &*values)]).await?;
        if let Some(source) = sources.pop().flatten() {
            derive_from(definition, &source, values);
        }
        Ok(())
    }

    /// What the derived fields of some records of a form follow from, in their order; `None` for one that would follow
    /// from a record that is not reliable.
    async fn sources(
        &mut self,
        tx: &mut Tx,
        form: &Form,
        records: &[(Option<RecordId>, &Values)],
    ) -> Result<Vec<Option<Source>>> {
        let is_used = |reference: &FieldIdx| {
            let mut used = form.derived.iter().flat_map(|derived| derived.from.referred_fields());
            used.any(|(used, _)| used == *reference)
        };
        let used: Vec<(FieldIdx, FormIdx)> = form
            .references()
            .filter(|(reference, _)| is_used(reference))
            .map(|(reference, to)| (reference, to.form))
            .collect();
        let referred_by = |values: &Values, reference| values.value(reference).and_then(Value::as_reference);
        let linked = records
            .iter()
            .flat_map(|(_, values)| used.iter().filter_map(|(reference, _)| referred_by(values, *reference)));
        let unread: BTreeSet<RecordId> = linked.filter(|id| !self.referred.contains_key(id)).collect();
        let read = self.read(tx, unread).await?;
        self.referred.extend(read);
        let ids = records.iter().filter_map(|(record, _)| *record);
        let mut referring = self.referring(tx, form, ids.collect()).await?;
        let mut sources = Vec::with_capacity(records.len());
        for (record, values) in records {
            let mut source = Some(Source::default());
            for (reference, to) in &used {
                let Some(id) = referred_by(values, *reference) else { continue };
                match self.referred.get(&id) {
                    Some(Read::Record(form, values)) if form == to => {
                        if let Some(source) = &mut source {
                            source.referred.insert(*reference, values.clone());
                        }
                    }
                    Some(Read::Unreliable) => source = None,
                    _ => {}
                }
            }
            if let Some(record) = record {
                let members = referring.remove(record).unwrap_or(Some(BTreeMap::new()));
                source = source.zip(members).map(|(source, referring)| Source { referring, ..source });
            }
            sources.push(source);
        }
        Ok(sources)
    }

    /// What the records state that refer to some records, by form and field; nothing is read of them where they are only
    /// counted. `None` for a record to which one refers that is not reliable.
    async fn referring(
        &self,
        tx: &mut Tx,
        form: &Form,
        records: Vec<RecordId>,
    ) -> Result<BTreeMap<RecordId, Option<Members>>> {
        let places = referring_fields(form);
        let mut found: BTreeMap<RecordId, Option<Members>> = BTreeMap::new();
        if places.is_empty() {
            return Ok(found);
        }
        let forms = &self.snapshot.definition.forms;
        let find = |row: &ReferenceRow| {
            let mut known = places.iter().map(|(place, is_counted_alone)| (*place, *is_counted_alone));
            known.find(|((form, reference), _)| {
                let form = &forms[*form];
                form.id == row.form && form.fields[*reference].id == row.field
            })
        };
        let mut rows: Vec<_> = references::list_to(tx, &records).await?;
        rows.sort_unstable_by_key(|row| row.record);
        let rows: Vec<_> =
            rows.iter().filter_map(|row| Some((row.referred, row.record, find(row)?))).collect();
        let stating = rows.iter().filter(|(.., (_, is_counted_alone))| !is_counted_alone);
        let read = self.read(tx, stating.map(|(_, record, _)| *record).collect()).await?;
        for (referred, record, (place, is_counted_alone)) in rows {
            let members = found.entry(referred).or_insert_with(|| Some(Members::new()));
            let values = match read.get(&record) {
                _ if is_counted_alone => Values::default(),
                Some(Read::Record(_, values)) => values.clone(),
                Some(Read::Unreliable) => {
                    *members = None;
                    continue;
                }
                Some(Read::Missing) | None => continue,
            };
            if let Some(members) = members {
                members.entry(place).or_default().push(values);
            }
        }
        Ok(found)
    }

    /// Reads some records.
    async fn read(&self, tx: &mut Tx, ids: BTreeSet<RecordId>) -> Result<BTreeMap<RecordId, Read>> {
        let wanted: Vec<RecordId> = ids.iter().copied().collect();
        let mut read: BTreeMap<RecordId, Read> = ids.into_iter().map(|id| (id, Read::Missing)).collect();
        for row in records::find_all_or_blank(tx, &wanted).await? {
            let fact = (self.is_reliable)(&row).then(|| read_record(self.snapshot, &row)).transpose()?;
            let stated = fact.map_or(Read::Unreliable, |fact| Read::Record(fact.form, fact.values));
            read.insert(row.id, stated);
        }
        Ok(read)
    }
}

async fn referring_ids(
    tx: &mut Tx,
    snapshot: &Snapshot,
    referred: RecordId,
    (form, reference): (FormIdx, FieldIdx),
) -> Result<Vec<RecordId>> {
    let form = &snapshot.definition.forms[form];
    let field = (form.id.as_str(), form.fields[reference].id.as_str());
    Ok(references::list_by(tx, referred, field, i64::MAX).await?)
}

/// The references of other forms over which a form's derived fields count or add, each with whether the records that
/// refer by it are counted alone, whatever they state.
fn referring_fields(form: &Form) -> BTreeMap<(FormIdx, FieldIdx), bool> {
    let mut found: BTreeMap<(FormIdx, FieldIdx), bool> = BTreeMap::new();
    for derived in &form.derived {
        derived.from.for_each_referring(&mut |referring, amount| {
            let is_counted_alone = amount.is_none() && referring.when.is_none();
            let known = found.entry((referring.form, referring.reference)).or_insert(true);
            *known &= is_counted_alone;
        });
    }
    found
}

/// Takes what is stated in derived fields out of a record's values.
pub(crate) fn take_derived(form: &Form, values: &mut Values) -> Vec<(FieldIdx, Value)> {
    let fields = form.derived.iter().map(|derived| derived.field);
    fields.filter_map(|field| Some((field, values[field].take()?))).collect()
}

/// What is wrong with what was stated in derived fields: nobody states them, and they are otherwise. What somebody saw
/// of a record, and did not change, is not stated.
pub(crate) fn differing(
    snapshot: &Snapshot,
    (form, by): (FormIdx, InputKind),
    stated: &[(FieldIdx, Value)],
    before: Option<&Values>,
    values: &Values,
) -> Vec<FieldProblem> {
    let definition = &snapshot.definition.forms[form];
    let severity = if by == InputKind::File { Severity::Warning } else { Severity::Error };
    let text =
        |field: FieldIdx, value: &Value| in_words(snapshot, definition, field, value).unwrap_or_default();
    let problem = |(field, value): &(FieldIdx, Value)| {
        let is_seen = before.is_some_and(|before| before.value(*field) == Some(value));
        if is_seen || values.value(*field) == Some(value) {
            return None;
        }
        let derived = values.value(*field).map(|derived| text(*field, derived)).unwrap_or_default();
        let problem = Problem::DerivedField { stated: text(*field, value), derived, severity };
        Some(FieldProblem { field: *field, problem })
    };
    stated.iter().filter_map(problem).collect()
}

/// Puts the derived fields into what commands state.
pub(super) async fn derive_commands(
    tx: &mut Tx,
    snapshot: &Snapshot,
    commands: &mut [Command],
) -> Result<()> {
    let mut deriving = Deriving::new(snapshot);
    for command in commands {
        let (form, record, values) = match command {
            Command::Create { form, values, .. } => (*form, None, values),
            Command::Correct { record, values, .. }
            | Command::Take { record, values, .. }
            | Command::Derive { record, values } => (record.fact.form, Some(record.row.id), values),
            Command::TakeBack { record, former: Some(former) } => {
                (record.fact.form, Some(record.row.id), &mut former.values)
            }
            Command::Delete { .. } | Command::TakeBack { former: None, .. } => continue,
        };
        deriving.derive(tx, form, record, values).await?;
    }
    Ok(())
}

/// The records whose derived fields may change because others are written.
#[derive(Default)]
pub(super) struct Dependants {
    /// Those to which a changed record refers or has referred, and those that refer to one that is written with them.
    pub(super) referred: BTreeSet<RecordId>,
    /// Changed records, with the fields of other forms that lead to them and whose records look at what has changed.
    changed: BTreeSet<(RecordId, FormIdx, FieldIdx)>,
}

impl Dependants {
    /// Takes a change of a record.
    pub(super) fn take(&mut self, snapshot: &Snapshot, delta: &RecordDelta) {
        let (old, new) = (delta.old.as_ref(), delta.new.as_ref());
        let Some(record) = new.or(old) else { return };
        let form = record.fact.form;
        for other in &snapshot.definition.forms {
            for derived in &other.derived {
                derived.from.for_each_referring(&mut |referring, amount| {
                    if referring.form == form {
                        self.take_referring(referring, amount, (old, new));
                    }
                });
            }
        }
        let (Some(old), Some(new)) = (old, new) else { return };
        for (position, other) in snapshot.definition.forms.entries() {
            for (reference, field) in looked_at(other, form) {
                if old.fact.value(field) != new.fact.value(field) {
                    self.changed.insert((new.row.id, position, reference));
                }
            }
        }
    }

    fn take_referring(
        &mut self,
        referring: &Referring,
        amount: Option<FieldIdx>,
        (old, new): (Option<&Record>, Option<&Record>),
    ) {
        let part = |record: Option<&Record>| contribution(referring, amount, &record?.fact.values);
        let (before, after) = (part(old), part(new));
        if before != after {
            self.referred.extend(before.into_iter().chain(after).map(|(referred, _)| referred));
        }
    }

    /// The commands that keep the derived fields of those records true.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the record when its state closes the field.
    pub(super) async fn commands(
        self,
        tx: &mut Tx,
        snapshot: &Snapshot,
        ctx: &Context,
    ) -> Result<Vec<Command>> {
        let mut ids = self.referred;
        for (changed, form, reference) in self.changed {
            ids.extend(referring_ids(tx, snapshot, changed, (form, reference)).await?);
        }
        let ids: Vec<RecordId> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        references::lock(tx, &ids).await?;
        let mut deriving = Deriving::new(snapshot);
        let mut commands = Vec::new();
        for row in records::find_all(tx, &ids).await? {
            let record = Record::new(snapshot, row)?;
            let mut values = record.fact.values.clone();
            deriving.derive(tx, record.fact.form, Some(record.row.id), &mut values).await?;
            if values == record.fact.values {
                continue;
            }
            if let Some(problem) = closed(snapshot, ctx, &record, &values) {
                return Err(Error::Invalid(vec![problem]));
            }
            commands.push(Command::Derive { record, values });
        }
        Ok(commands)
    }
}

/// The references of a form that lead to another form, with the fields of that at which its derived fields look.
fn looked_at(form: &Form, other: FormIdx) -> impl Iterator<Item = (FieldIdx, FieldIdx)> {
    let fields = form.derived.iter().flat_map(|derived| derived.from.referred_fields());
    fields.filter(move |(reference, _)| {
        form.references().any(|(field, to)| field == *reference && to.form == other)
    })
}

/// Why a record does not come to state other values of derived fields: its state closes one of them.
fn closed(snapshot: &Snapshot, ctx: &Context, record: &Record, values: &Values) -> Option<Problem> {
    let derived = snapshot.definition.forms[record.fact.form].derived.iter();
    let mut changed = derived.filter(|one| record.fact.value(one.field) != values.value(one.field));
    changed.find_map(|derived| closed_field(snapshot, ctx, record, derived, Severity::Error))
}

/// Why a derived field of a record does not change: its state closes it.
fn closed_field(
    snapshot: &Snapshot,
    ctx: &Context,
    record: &Record,
    derived: &DerivedField,
    severity: Severity,
) -> Option<Problem> {
    let form = &snapshot.definition.forms[record.fact.form];
    let state = &form.workflow.as_ref()?.states[record.state(snapshot)?];
    // The machine's own administrator puts right what nobody else can.
    if derived.also_closed || state.is_editable || ctx.actor == Actor::System {
        return None;
    }
    Some(Problem::DerivedClosed {
        record: record.row.id,
        name: names(form, &record.fact.values).next().unwrap_or_default().to_owned(),
        state: state.label.clone(),
        severity,
    })
}

/// What a record that comes to state `values` would change of closed records to which it refers, each with the reference.
pub(crate) async fn closed_references(
    tx: &mut Tx,
    (snapshot, ctx): (&Snapshot, &Context),
    form: FormIdx,
    before: Option<&Values>,
    (values, severity): (&Values, Severity),
) -> Result<Vec<FieldProblem>> {
    let mut found = Vec::new();
    for (reference, to) in snapshot.definition.forms[form].references() {
        for target in to.forms() {
            for derived in snapshot.definition.forms[target].derived.iter().filter(|one| !one.also_closed) {
                for id in changed_records(derived, (form, reference), before, values) {
                    let Some(row) = records::find(tx, id).await? else { continue };
                    let record = Record::new(snapshot, row)?;
                    if record.fact.form != target {
                        continue;
                    }
                    let problem = closed_field(snapshot, ctx, &record, derived, severity);
                    found.extend(problem.map(|problem| FieldProblem { field: reference, problem }));
                }
            }
        }
    }
    found.dedup();
    Ok(found)
}

/// The records of which a derived field changes when one that refers to them by this reference changes.
fn changed_records(
    derived: &DerivedField,
    reference: (FormIdx, FieldIdx),
    before: Option<&Values>,
    values: &Values,
) -> BTreeSet<RecordId> {
    let mut changed = BTreeSet::new();
    derived.from.for_each_referring(&mut |referring, amount| {
        if (referring.form, referring.reference) != reference {
            return;
        }
        let former = before.and_then(|before| contribution(referring, amount, before));
        let present = contribution(referring, amount, values);
        if former != present {
            changed.extend(former.into_iter().chain(present).map(|(referred, _)| referred));
        }
    });
    changed
}

/// What a record adds to the record that it refers to, and to which.
fn contribution(
    referring: &Referring,
    amount: Option<FieldIdx>,
    values: &Values,
) -> Option<(RecordId, Option<Value>)> {
    let referred = values.value(referring.reference)?.as_reference()?;
    let amount = match amount {
        Some(field) => Some(values.value(field)?.clone()),
        None => None,
    };
    referring.is_meant(values).then_some((referred, amount))
}

/// Whether nothing but derived fields of a record has changed since a version that somebody saw.
pub(crate) async fn is_as_seen(tx: &mut Tx, record: &Record, version: i64) -> Result<bool> {
    let Ok(later) = usize::try_from(record.row.version - version) else { return Ok(false) };
    if later == 0 {
        return Ok(true);
    }
    let entries = audit::list_of(tx, RECORD, record.row.id.0).await?;
    let Some(since) = entries.len().checked_sub(later) else { return Ok(false) };
    Ok(entries[since..].iter().all(|entry| entry.action == DERIVE))
}

/// Whether two records state the same but for derived fields.
pub(crate) fn differs_in_derived_alone(form: &Form, one: &Values, other: &Values) -> bool {
    let mut fields = form.fields.positions();
    fields.all(|field| form.is_derived(field) || one.value(field) == other.value(field))
}

/// Puts derived fields into a record to which nothing refers yet; `linked` are the records that it refers to.
pub(crate) fn derive_loaded(
    snapshot: &Snapshot,
    form: FormIdx,
    linked: &[(FieldIdx, &Fact)],
    values: &mut Values,
) {
    let definition = &snapshot.definition.forms[form];
    if definition.derived.is_empty() {
        return;
    }
    let mut source = Source::default();
    for (reference, to) in definition.references() {
        let referred = linked.iter().find(|(field, other)| *field == reference && other.form == to.form);
        let is_linked = values.value(reference).and_then(Value::as_reference).is_some();
        if let Some((_, other)) = referred.filter(|_| is_linked) {
            source.referred.insert(reference, other.values.clone());
        }
    }
    derive_from(definition, &source, values);
}

/// Records whose derived fields are worked out at once.
const AT_ONCE: usize = 500;

/// The commands that put derived fields right wherever they are not what they should be, of the records that `is_wanted`: a
/// definition has come to have them, or records were loaded. Nothing is said of a record that would follow from one that is
/// not wanted.
pub(crate) async fn derive_anew(
    tx: &mut Tx,
    snapshot: &Snapshot,
    is_wanted: &(dyn Fn(&RecordRow) -> bool + Sync),
) -> Result<Vec<Command>> {
    let mut commands = Vec::new();
    for (position, form) in snapshot.definition.forms.entries().filter(|(_, form)| !form.derived.is_empty()) {
        let mut deriving = Deriving::from_reliable(snapshot, is_wanted);
        let mut rows = concerned(tx, snapshot, (position, form), is_wanted).await?.into_iter();
        loop {
            let some = rows.by_ref().take(AT_ONCE).map(|row| Record::new(snapshot, row));
            let records = some.collect::<Result<Vec<Record>>>()?;
            if records.is_empty() {
                break;
            }
            let stated: Vec<_> =
                records.iter().map(|record| (Some(record.row.id), &record.fact.values)).collect();
            let sources = deriving.sources(tx, form, &stated).await?;
            for (record, source) in records.into_iter().zip(sources) {
                let Some(source) = source else { continue };
                let mut values = record.fact.values.clone();
                derive_from(form, &source, &mut values);
                if values != record.fact.values {
                    commands.push(Command::Derive { record, values });
                }
            }
        }
    }
    Ok(commands)
}

/// The records of a form whose derived fields follow from others, or are not what follows from the record alone.
async fn concerned(
    tx: &mut Tx,
    snapshot: &Snapshot,
    (position, form): (FormIdx, &Form),
    is_wanted: &(dyn Fn(&RecordRow) -> bool + Sync),
) -> Result<Vec<RecordRow>> {
    let fields: BTreeSet<(&str, &str)> = referring_fields(form)
        .into_keys()
        .map(|(other, reference)| {
            let other = &snapshot.definition.forms[other];
            (other.id.as_str(), other.fields[reference].id.as_str())
        })
        .collect();
    let mut referred = BTreeSet::new();
    references::for_each(tx, |row| {
        if fields.contains(&(row.form.as_str(), row.field.as_str())) {
            referred.insert(row.referred);
        }
    })
    .await?;
    let used: BTreeSet<FieldIdx> = form
        .derived
        .iter()
        .flat_map(|one| one.from.referred_fields())
        .map(|(reference, _)| reference)
        .collect();
    let (mut rows, mut fault) = (Vec::new(), None);
    let take = |row: RecordRow| {
        if !is_wanted(&row) {
            return;
        }
        match read_record(snapshot, &row) {
            Ok(fact) => {
                let is_linked = |field: &FieldIdx| fact.value(*field).and_then(Value::as_reference).is_some();
                let mut values = fact.values.clone();
                derive_from(form, &Source::default(), &mut values);
                if referred.contains(&row.id) || used.iter().any(is_linked) || values != fact.values {
                    rows.push(row);
                }
            }
            Err(error) => fault = Some(error),
        }
    };
    records::for_each_of(tx, &snapshot.definition.forms[position].id, take).await?;
    fault.map_or(Ok(rows), Err)
}

fn derive_from(form: &Form, source: &Source, values: &mut Values) {
    for derived in &form.derived {
        values[derived.field] = derived.value(&form.fields[derived.field].kind, values, source);
    }
}
