//! Single facts: looking at one, entering, correcting and removing it.

use std::{collections::BTreeMap, sync::Arc};

use campaign::validate::validate;
use jiff::Timestamp;
use ledger::{
    fact::Fact,
    post::{Posting, postings},
};
use model::{
    ids::{FactId, UnitId},
    problem::{Problem, ProblemKind},
    value::Value,
};
use store::{Tx, audit, definitions, facts};

use crate::{
    Action, App, Context, Error, Result, Snapshot, UnitView,
    record::{Command, identity, lock_for, read_fact, record},
};

/// One fact with everything that was done to it.
pub struct Found {
    /// The region as it was when it was read.
    pub snapshot: Arc<Snapshot>,
    /// The fact.
    pub fact: Fact,
    /// Rises with every change.
    pub version: i64,
    /// The unit it belongs to.
    pub unit: UnitView,
    /// What it counts towards.
    pub postings: Vec<Posting>,
    /// Its changes, oldest first.
    pub changes: Vec<Change>,
}

/// One change of a fact.
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What it stated before, by position of the field; `None` when it did not exist.
    pub before: Option<Vec<Option<Value>>>,
    /// What it stated after.
    pub after: Option<Vec<Option<Value>>>,
    /// The campaign version it was made under.
    pub definition_hash: String,
}

/// One fact with everything that was done to it.
///
/// # Errors
/// [`Error::NotFound`] for a fact that does not exist or belongs to a unit that
/// is not the person's; [`Error::Forbidden`] for viewers.
pub async fn find(app: &App, ctx: &Context, id: FactId) -> Result<Found> {
    let mut tx = app.db.read(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let key = id.to_string();
    let stored = facts::find(&mut tx, id).await?.ok_or_else(|| not_found("fact", &key))?;
    ctx.require(Action::SeeFacts, &snapshot, stored.unit).map_err(|error| match error {
        Error::NotFound { .. } => not_found("fact", &key),
        other => other,
    })?;
    let audited = audit::list_of(&mut tx, "fact", id.0).await?;
    tx.rollback().await?;
    let fact = read_fact(&snapshot, &stored)?;
    let codec = &snapshot.codecs[fact.form];
    let decoded = |content: Option<String>| content.map(|content| codec.decode(&content)).transpose();
    let changes = audited.into_iter().map(|entry| {
        Ok(Change {
            at: Timestamp::from_microsecond(entry.at).map_err(Error::internal)?,
            actor: entry.actor,
            before: decoded(entry.before).map_err(Error::internal)?,
            after: decoded(entry.after).map_err(Error::internal)?,
            definition_hash: entry.definition_hash,
        })
    });
    Ok(Found {
        changes: changes.collect::<Result<_>>()?,
        version: stored.version,
        unit: snapshot.view(fact.unit).ok_or_else(|| not_found("unit", &key))?,
        postings: postings(&snapshot.campaign, &fact, &snapshot.classes),
        fact,
        snapshot,
    })
}

/// Enters a new fact and returns its id.
///
/// # Errors
/// [`Error::Invalid`] when it breaks its form's rules or repeats a number.
pub async fn create(
    app: &App,
    ctx: &Context,
    form: &str,
    unit: UnitId,
    values: BTreeMap<String, Value>,
) -> Result<FactId> {
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

type Opened = (Tx, Arc<Snapshot>, facts::FactRow, Fact);

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

fn checked(
    snapshot: &Snapshot,
    form: usize,
    unit: UnitId,
    stated: BTreeMap<String, Value>,
) -> Result<Vec<Option<Value>>> {
    let definition = &snapshot.campaign.forms[form];
    let mut values = vec![None; definition.fields.len()];
    for (field, value) in stated {
        let position = definition.field(&field).ok_or_else(|| not_found("field", &field))?;
        values[position] = Some(value);
    }
    if let Some(field) = definition.unit_field() {
        values[field] = Some(Value::Unit(unit));
    }
    let problems: Vec<Problem> = validate(definition, &values, &[])
        .into_iter()
        .map(|found| found.problem)
        .filter(Problem::is_error)
        .collect();
    if problems.is_empty() { Ok(values) } else { Err(Error::Invalid(problems)) }
}

async fn refuse_repeated(
    tx: &mut Tx,
    form: &str,
    unit: UnitId,
    identity: &str,
    own: Option<FactId>,
) -> Result<()> {
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
