//! Correcting and removing records.

use std::sync::Arc;

use boxed_async::boxed_async;
use campaign::{
    definition::{FieldIdx, FormIdx, StateIdx, Values},
    validate,
};
use ledger::fact::Fact;
use model::{
    ids::{RecordId, UnitId},
    problem::Problem,
};
use store::Tx;

use super::{Outcome, ReadForm, RecordDetails, refuse};
use crate::{
    Action, Actor, App, Context, Error, Result, Snapshot, Thing, person_lookup,
    record::{
        Command, Faults, Input, InputReader, Record, Statement, already_registered, find_same_identity,
        has_acted, invalid, is_as_seen, is_own_work, link_typed, open, require_relations, write_records,
    },
    transact::transact,
};

/// Replaces what a record states; `version` is the one the person saw. Stating
/// what it states already changes nothing.
///
/// # Errors
/// [`Error::Stale`] when somebody changed it since; [`Error::Invalid`] and
/// [`Error::InvalidFields`] as for [`super::create`], and for a record in a state
/// whose fields change in transitions alone.
pub async fn correct(
    app: &App,
    ctx: &Context,
    id: RecordId,
    version: i64,
    input: impl Into<Input>,
) -> Result<()> {
    let input = input.into();
    let outcome = submit_correction(app, ctx, id, version, &|_| input.clone()).await?;
    outcome.into_result()
}

/// As [`correct`], for a page: what is refused comes back with the record as it is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], and what storage says.
#[boxed_async]
pub async fn submit_correction(
    app: &App,
    ctx: &Context,
    id: RecordId,
    version: i64,
    read: &ReadForm<'_>,
) -> Result<Outcome<()>> {
    let (snapshot, old) = match attempt(app, ctx, (id, version), read, true).await? {
        Attempt::Ended(outcome) => return Ok(outcome),
        Attempt::NamesPerson(snapshot, old) => (snapshot, old),
    };
    // Who is meant is looked up in the index: not while others wait for the region.
    let form = &snapshot.definition.forms[old.form];
    let input = person_lookup::fill_in_numbers(app, ctx, form, old.unit, (read(form), &old.values)).await?;
    match attempt(app, ctx, (id, version), &|_| input.clone(), false).await? {
        Attempt::Ended(outcome) => Ok(outcome),
        Attempt::NamesPerson(..) => Err(Error::internal("a person was looked up and is asked for again")),
    }
}

/// Masks the personal numbers in the texts of a record, as its warnings offer; `version` is the one
/// the person saw. They are masked in the audit too, as whenever a text loses a personal number.
///
/// # Errors
/// As [`correct`].
#[boxed_async]
pub async fn mask_numbers(app: &App, ctx: &Context, id: RecordId, version: i64) -> Result<()> {
    transact!(app, ctx.region, |tx| {
        let (snapshot, stored) = open(app, ctx, tx, Action::WriteRecords, id).await?;
        if !is_as_seen(tx, &stored, version).await? {
            return Err(Error::Stale { what: Thing::Record });
        }
        if let Some(problem) = locked(ctx, &snapshot, &stored.fact, stored.state(&snapshot)) {
            return Err(Error::Invalid(vec![problem]));
        }
        let (mut values, mut pending) = (stored.fact.values.clone(), stored.pending.clone());
        let definition = &snapshot.definition.forms[stored.fact.form];
        let is_masked = validate::mask_numbers(definition, &mut values);
        if !(validate::mask_numbers(definition, &mut pending) || is_masked) {
            return Ok(());
        }
        let (form, unit) = (stored.fact.form, stored.fact.unit);
        let same = find_same_identity(tx, &snapshot, form, unit, &values).await?;
        if let Some(other) = same.filter(|same| same.row.id != stored.row.id) {
            return Err(already_registered(&snapshot, form, &values, other.row.id));
        }
        let refused =
            Statement::on_record(ctx, &snapshot, &stored).map(|statement| statement.refused(&values));
        if let Some(refused) = refused.filter(|refused| !refused.is_empty()) {
            return Err(invalid(&snapshot.definition.forms[form], refused));
        }
        write_records(tx, &snapshot, ctx, vec![Command::Correct { record: stored, values, pending }]).await
    })?;
    app.wake_folder(ctx);
    Ok(())
}

/// How far a correction came.
enum Attempt {
    /// To its end.
    Ended(Outcome<()>),
    /// It names somebody by a mask that has to be looked up first; with the record as it is.
    NamesPerson(Arc<Snapshot>, Fact),
}

async fn attempt(
    app: &App,
    ctx: &Context,
    (id, version): (RecordId, i64),
    read: &ReadForm<'_>,
    looks_up: bool,
) -> Result<Attempt> {
    let once = async || {
        transact!(app, ctx.region, |tx| { correct_in(app, ctx, tx, (id, version), read, looks_up).await })
    };
    let ended = match once().await {
        // Somebody was faster by a moment; now it can be said what has changed.
        Err(Error::Stale { .. }) => once().await?,
        other => other?,
    };
    app.wake_folder(ctx);
    Ok(ended)
}

async fn correct_in(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    (id, version): (RecordId, i64),
    read: &ReadForm<'_>,
    looks_up: bool,
) -> Result<Attempt> {
    let (snapshot, stored) = open(app, ctx, tx, Action::WriteRecords, id).await?;
    let form = &snapshot.definition.forms[stored.fact.form];
    let input = read(form);
    if looks_up && person_lookup::names_person(form, &input, &stored.fact.values) {
        return Ok(Attempt::NamesPerson(snapshot.clone(), stored.fact));
    }
    let values = match judge(ctx, &snapshot, tx, &stored, version, &input).await {
        Ok(values) => values,
        Err(why) => return Ok(Attempt::Ended(refuse(tx, ctx, &snapshot, &stored, why).await?)),
    };
    if let Some(values) = values {
        let pending = stored.pending.clone();
        write_records(tx, &snapshot, ctx, vec![Command::Correct { record: stored, values, pending }]).await?;
    }
    Ok(Attempt::Ended(Outcome::Done(())))
}

/// What a record states once it is corrected; `None` when that is what it states already.
async fn judge(
    ctx: &Context,
    snapshot: &Snapshot,
    tx: &mut Tx,
    stored: &Record,
    version: i64,
    input: &Input,
) -> Result<Option<Values>> {
    let fact = &stored.fact;
    let reader = InputReader { ctx, snapshot, form: fact.form, unit: fact.unit, old: Some(fact) };
    let is_own_work = is_own_work(tx, ctx, snapshot, stored).await?;
    let (mut read, mut faults) = read(&reader, stored, input, is_own_work)?;
    faults.extend(link_typed(tx, &reader, &mut read).await?);
    let values = check(&reader, stored, read, faults);
    let is_same = values.as_ref().is_ok_and(|values| *values == fact.values);
    if is_same && matches!(input, Input::Typed(_)) {
        return Ok(None);
    }
    if !is_as_seen(tx, stored, version).await? {
        return Err(Error::Stale { what: Thing::Record });
    }
    if let Some(problem) = locked(ctx, snapshot, fact, stored.state(snapshot)) {
        return Err(Error::Invalid(vec![problem]));
    }
    let values = values?;
    let same = find_same_identity(tx, snapshot, fact.form, fact.unit, &values).await?;
    if let Some(other) = same.filter(|same| same.row.id != stored.row.id) {
        return Err(already_registered(snapshot, fact.form, &values, other.row.id));
    }
    let before = Some((stored.row.id, &fact.values));
    require_relations(tx, (snapshot, ctx), (fact.form, fact.unit), before, &values).await?;
    Ok(Some(values))
}

/// What is stated, and what of it cannot be read or is not for the person to state.
///
/// # Errors
/// [`Error::FormChanged`] for a field that the form has not.
fn read(
    reader: &InputReader<'_>,
    stored: &Record,
    input: &Input,
    is_own_work: bool,
) -> Result<(Values, Faults)> {
    let (mut values, mut faults) = reader.parse(input, reader.empty())?;
    let statement = Statement::on_record(reader.ctx, reader.snapshot, stored);
    if let Some(statement) = statement.map(|statement| statement.with_own_work(is_own_work)) {
        // A form does not ask for what is not for the person to state: it stays as it is.
        let stated = input.fields();
        let form = reader.form();
        for field in statement.closed() {
            if !stated.contains(&form.fields[field].id.as_str()) {
                values[field] = stored.fact.value(field).cloned();
            }
        }
        faults.extend(statement.refused(&values));
    }
    Ok((values, faults))
}

/// What is stated, with everything that is wrong with it. What is pending may be what a rule asks for.
fn check(reader: &InputReader<'_>, stored: &Record, values: Values, faults: Faults) -> Result<Values> {
    let mut judged = values.clone();
    for (field, claim) in stored.pending.entries().filter(|(field, _)| values.value(*field).is_none()) {
        judged[field].clone_from(claim);
    }
    reader.check(&judged, faults)?;
    Ok(values)
}

/// Positions of the fields that the person may not state outside of a transition: of a new record,
/// or of one that is there.
pub fn closed_fields(
    ctx: &Context,
    snapshot: &Snapshot,
    form: FormIdx,
    unit: UnitId,
    found: Option<&RecordDetails>,
) -> Vec<FieldIdx> {
    let before = found.and_then(|found| Some((&found.fact.values, found.state?)));
    let is_own_work = found.is_some_and(|found| has_acted(ctx, &found.changes));
    let mut closed = Statement { ctx, snapshot, form, unit, before, is_own_work }.closed();
    closed.extend(snapshot.definition.forms[form].derived.iter().map(|derived| derived.field));
    closed
}

/// Why a record in this state is not corrected outside of transitions; `None` when it is.
pub fn locked(ctx: &Context, snapshot: &Snapshot, fact: &Fact, state: Option<StateIdx>) -> Option<Problem> {
    let workflow = snapshot.definition.forms[fact.form].workflow.as_ref()?;
    let state = &workflow.states[state?];
    // The machine's own administrator puts right what nobody else can.
    let is_open = state.is_editable || ctx.actor == Actor::System;
    (!is_open).then(|| Problem::NotEditable { state: state.label.clone() })
}

/// Whether the person may remove a record.
pub fn may_remove(ctx: &Context, found: &RecordDetails) -> bool {
    let (snapshot, fact) = (&found.snapshot, &found.fact);
    let before = found.state.map(|state| (&fact.values, state));
    let (form, unit) = (fact.form, fact.unit);
    let statement = Statement { ctx, snapshot, form, unit, before, is_own_work: false };
    ctx.may(Action::WriteRecords, snapshot, fact.unit)
        && locked(ctx, snapshot, fact, found.state).is_none()
        && statement.require_removal().is_ok()
}

/// Refuses the removal of a record that its state closes, or that states what is not for the person to state.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::InvalidFields`].
pub(crate) fn require_removal(ctx: &Context, snapshot: &Snapshot, stored: &Record) -> Result<()> {
    if let Some(problem) = locked(ctx, snapshot, &stored.fact, stored.state(snapshot)) {
        return Err(Error::Invalid(vec![problem]));
    }
    Statement::on_record(ctx, snapshot, stored).map_or(Ok(()), |statement| statement.require_removal())
}

/// Removes a record; the audit keeps what it stated.
///
/// # Errors
/// [`Error::Stale`] when somebody changed it since; [`Error::Invalid`] and
/// [`Error::InvalidFields`] for one that is not the person's to remove.
#[boxed_async]
pub async fn delete(app: &App, ctx: &Context, id: RecordId, version: i64) -> Result<()> {
    transact!(app, ctx.region, |tx| {
        let (snapshot, stored) = open(app, ctx, tx, Action::WriteRecords, id).await?;
        if !is_as_seen(tx, &stored, version).await? {
            return Err(Error::Stale { what: Thing::Record });
        }
        require_removal(ctx, &snapshot, &stored)?;
        write_records(tx, &snapshot, ctx, vec![Command::Delete { record: stored }]).await
    })?;
    app.wake_folder(ctx);
    Ok(())
}
