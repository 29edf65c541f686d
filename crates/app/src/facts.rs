//! Single facts: entering, correcting and removing one, as forms and the API do.

use std::collections::BTreeMap;

use campaign::validate::validate;
use ledger::fact::Fact;
use model::{
    ids::{FactId, UnitId},
    problem::{Problem, ProblemKind},
    value::Value,
};
use store::{Tx, definitions, facts};

use crate::{
    Action, App, Context, Error, Result, Snapshot,
    record::{Command, identity, lock_for, read_fact, record},
};

/// Enters a new fact and returns its id.
///
/// # Errors
/// [`Error::Invalid`] when it breaks its form's rules or repeats a number.
pub async fn create(app: &App, ctx: &Context, form: &str, unit: UnitId, values: BTreeMap<String, Value>) -> Result<FactId> {
    let mut tx = app.db.write(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::Import, &snapshot, unit)?;
    let (position, _) = snapshot.campaign.form(form).ok_or_else(|| not_found("form", form))?;
    definitions::lock_region(&mut tx, lock_for(&snapshot.campaign, position)).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let values = checked(&snapshot, position, unit, values)?;
    let identity = identity(&snapshot.campaign, position, &values);
    refuse_repeated(&mut tx, form, unit, &identity, None).await?;
    record(&mut tx, &snapshot, ctx, vec![Command::Create { form: position, unit, values }]).await?;
    let stored = facts::list_of_unit(&mut tx, unit, form).await?;
    tx.commit().await?;
    app.folding.notify_one();
    let created = stored.into_iter().find(|fact| fact.identity == identity);
    created.map(|fact| fact.id).ok_or_else(|| Error::internal("a fact just written is not there"))
}

/// Replaces what a fact states; `version` is the one the person saw.
///
/// # Errors
/// [`Error::Stale`] when somebody changed it since; [`Error::Invalid`] as for [`create`].
pub async fn correct(
    app: &App,
    ctx: &Context,
    id: FactId,
    version: i64,
    values: BTreeMap<String, Value>,
) -> Result<()> {
    let (mut tx, snapshot, stored, fact) = open(app, ctx, id, version).await?;
    let values = checked(&snapshot, fact.form, fact.unit, values)?;
    let identity = identity(&snapshot.campaign, fact.form, &values);
    refuse_repeated(&mut tx, &stored.form, fact.unit, &identity, Some(id)).await?;
    record(&mut tx, &snapshot, ctx, vec![Command::Correct { stored, values }]).await?;
    tx.commit().await?;
    app.folding.notify_one();
    Ok(())
}

/// Removes a fact; the audit keeps what it stated.
///
/// # Errors
/// [`Error::Stale`] when somebody changed it since.
pub async fn delete(app: &App, ctx: &Context, id: FactId, version: i64) -> Result<()> {
    let (mut tx, snapshot, stored, _) = open(app, ctx, id, version).await?;
    record(&mut tx, &snapshot, ctx, vec![Command::Delete { stored }]).await?;
    tx.commit().await?;
    app.folding.notify_one();
    Ok(())
}

type Opened = (Tx, std::sync::Arc<Snapshot>, facts::FactRow, Fact);

async fn open(app: &App, ctx: &Context, id: FactId, version: i64) -> Result<Opened> {
    let mut tx = app.db.write(app.region).await?;
    let key = id.to_string();
    let stored = facts::find(&mut tx, id).await?.ok_or_else(|| not_found("fact", &key))?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::Import, &snapshot, stored.unit)?;
    let fact = read_fact(&snapshot, &stored)?;
    definitions::lock_region(&mut tx, lock_for(&snapshot.campaign, fact.form)).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    if stored.version != version {
        return Err(Error::Stale { what: "fact" });
    }
    Ok((tx, snapshot, stored, fact))
}

fn checked(snapshot: &Snapshot, form: usize, unit: UnitId, stated: BTreeMap<String, Value>) -> Result<Vec<Option<Value>>> {
    let definition = &snapshot.campaign.forms[form];
    let mut values = vec![None; definition.fields.len()];
    for (field, value) in stated {
        let position = definition.field(&field).ok_or_else(|| not_found("field", &field))?;
        values[position] = Some(value);
    }
    if let Some(field) = definition.unit_field() {
        values[field] = Some(Value::Unit(unit));
    }
    let problems: Vec<Problem> =
        validate(definition, &values, &[]).into_iter().map(|found| found.problem).filter(Problem::is_error).collect();
    if problems.is_empty() { Ok(values) } else { Err(Error::Invalid(problems)) }
}

async fn refuse_repeated(tx: &mut Tx, form: &str, unit: UnitId, identity: &str, own: Option<FactId>) -> Result<()> {
    let known = facts::find_by_identity(tx, form, &[(unit, identity.to_owned())]).await?;
    if known.iter().any(|fact| Some(fact.id) != own) {
        let problem = Problem::error(ProblemKind::RepeatedInStore, [identity.replace('\u{1f}', " ")]);
        return Err(Error::Invalid(vec![problem]));
    }
    Ok(())
}

fn not_found(what: &'static str, key: &str) -> Error {
    Error::NotFound { what, key: key.to_owned() }
}
