//! Entering new records.

use boxed_async::boxed_async;
use campaign::definition::{FormIdx, Values};
use model::{
    ids::{RecordId, UnitId},
    problem::Problem,
};

use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing, person_lookup,
    record::{
        Command, Input, InputReader, Statement, already_registered, find_same_identity, give_number,
        link_typed, lock, put_placeholder, require_relations, write_and_list,
    },
    transact::transact,
    transitions,
};

/// What became of entering a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered {
    /// The record.
    pub id: RecordId,
    /// Whether it was not there before: entering the same once more changes nothing.
    pub is_new: bool,
}

/// Enters a new record and returns its id.
///
/// # Errors
/// [`Error::Invalid`] when it breaks its form's rules or is there already;
/// [`Error::InvalidFields`] instead when it was typed.
pub async fn create(
    app: &App,
    ctx: &Context,
    form: &str,
    unit: UnitId,
    input: impl Into<Input>,
) -> Result<RecordId> {
    let input = input.into();
    let entered = enter_once(app, ctx, form, unit, &input).await?;
    if entered.is_new {
        return Ok(entered.id);
    }
    Err(Error::Invalid(vec![Problem::Registered { identity: form.to_owned(), record: entered.id }]))
}

/// Enters a record unless the unit has stated exactly the same already: who
/// clicks twice, or sends the form once more, is led to what is there.
///
/// # Errors
/// [`Error::InvalidFields`] with everything that is wrong, also when the unit
/// has a record with this identity that states something else.
#[boxed_async]
pub async fn enter(app: &App, ctx: &Context, form: &str, unit: UnitId, input: Input) -> Result<Entered> {
    let snapshot = app.current(ctx).await?;
    ctx.require(Action::WriteRecords, &snapshot, unit)?;
    let (_, definition) = snapshot.definition.form(form).ok_or_else(|| no_form(form))?;
    let input =
        person_lookup::fill_in_numbers(app, ctx, definition, unit, (input, &Values::default())).await?;
    match enter_once(app, ctx, form, unit, &input).await {
        // Somebody entered it in the same moment; now it is there to be compared with.
        Err(error) if error.is_duplicate() => enter_once(app, ctx, form, unit, &input).await,
        other => other,
    }
}

/// What would be wrong with entering a record, without entering it.
///
/// # Errors
/// As [`enter`], but for records that are there already.
pub fn check(ctx: &Context, snapshot: &Snapshot, form: FormIdx, unit: UnitId, input: &Input) -> Result<()> {
    ctx.require(Action::WriteRecords, snapshot, unit)?;
    let reader = InputReader { ctx, snapshot, form, unit, old: None };
    let (mut values, mut faults) = reader.parse(input, reader.empty())?;
    faults.extend(Statement::on_new(ctx, snapshot, (form, unit)).refused(&values));
    put_placeholder(&reader, &mut values);
    reader.check(&values, faults)
}

async fn enter_once(app: &App, ctx: &Context, form: &str, unit: UnitId, input: &Input) -> Result<Entered> {
    let entered = transact!(app, ctx.region, |tx| {
        let snapshot = app.snapshot(tx).await?;
        ctx.require(Action::WriteRecords, &snapshot, unit)?;
        let (position, _) = snapshot.definition.form(form).ok_or_else(|| no_form(form))?;
        let snapshot = lock(app, tx, snapshot, position).await?;
        let reader = InputReader { ctx, snapshot: &snapshot, form: position, unit, old: None };
        transitions::require_beginning(&reader)?;
        let (mut values, mut faults) = reader.parse(input, reader.empty())?;
        let beginning = transitions::begin(&reader, &mut values, &mut faults);
        faults.extend(link_typed(tx, &reader, &mut values).await?);
        if !faults.is_empty() {
            put_placeholder(&reader, &mut values);
        } else if let Some(id) = give_number(tx, &reader, &mut values).await? {
            return Ok(Entered { id, is_new: false });
        }
        let before = None;
        let statement =
            Statement { ctx, snapshot: &snapshot, form: position, unit, before, is_own_work: false };
        faults.extend(statement.refused(&values));
        reader.check(&values, faults)?;
        if let Some(same) = find_same_identity(tx, &snapshot, position, unit, &values).await? {
            let entered = Entered { id: same.row.id, is_new: false };
            let is_equal = same.fact.values == values;
            return if is_equal {
                Ok(entered)
            } else {
                Err(already_registered(&snapshot, position, &values, entered.id))
            };
        }
        require_relations(tx, (&snapshot, ctx), (position, unit), None, &values).await?;
        let (id, form, pending) = (None, position, Values::default());
        let command = Command::Create { id, form, unit, values, pending, beginning };
        let written = write_and_list(tx, &snapshot, ctx, vec![command]).await?;
        let created = written.first().ok_or_else(|| Error::internal("a record was not written"))?;
        Ok(Entered { id: created.id, is_new: true })
    })?;
    app.wake_folder(ctx);
    Ok(entered)
}

fn no_form(form: &str) -> Error {
    Error::NotFound { what: Thing::Form, key: form.to_owned() }
}
