//! Single facts: looking at one, entering, correcting and removing it.

pub(crate) mod number;
mod stated;

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use ledger::{
    fact::Fact,
    post::{Posting, postings},
};
use model::{
    ids::{FactId, UnitId},
    problem::{Problem, ProblemKind},
    value::Value,
};
use store::{
    Tx, audit, definitions,
    facts::{self, FactRow},
};

pub use self::stated::Stated;
pub(crate) use self::stated::{Faults, Reading, in_words};
use self::stated::{refused, warnings};
use crate::{
    Action, Actor, App, Context, Error, FieldFault, Moved, Result, Snapshot, UnitView,
    comments::{self, Comment},
    people,
    privacy::{Logged, logged},
    record::{Command, authorised, identity, lock_for, read_fact, record},
    standing::{since, state_of},
    steps,
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
    /// What somebody should look at.
    pub warnings: Vec<FieldFault>,
    /// Its changes, oldest first.
    pub changes: Vec<Change>,
    /// What people say about it, oldest first.
    pub comments: Vec<Comment>,
    /// Position of its state; `None` for a record that takes no steps.
    pub state: Option<usize>,
    /// Since when it has been there.
    pub since: Date,
    /// What was done about its personal data, oldest first.
    pub privacy: Vec<Logged>,
}

impl Found {
    /// What it stated at `version`; `None` when its history does not reach back so far.
    pub fn at_version(&self, version: i64) -> Option<&[Option<Value>]> {
        let later = usize::try_from(self.version.checked_sub(version)?).ok()?;
        if later == 0 {
            return Some(&self.fact.values);
        }
        // Every change raises the version by one and says what was before it.
        self.changes.get(self.changes.len().checked_sub(later)?)?.before.as_deref()
    }
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
    /// Where it moved the record.
    pub moved: Option<Moved>,
}

/// One fact with everything that was done to it.
///
/// # Errors
/// [`Error::NotFound`] for a fact that does not exist or belongs to a unit that
/// is not the person's; [`Error::Forbidden`] for viewers.
pub async fn find(app: &App, ctx: &Context, id: FactId) -> Result<Found> {
    let mut tx = app.db.read(app.region).await?;
    let (snapshot, stored) = authorised(app, ctx, &mut tx, Action::SeeFacts, id).await?;
    let audited = audit::list_of(&mut tx, "fact", id.0).await?;
    let comments = comments::list(&mut tx, ctx, id).await?;
    let noted = store::privacy::of_fact(&mut tx, id).await?;
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
            moved: entry.detail.as_deref().and_then(Moved::read),
        })
    });
    Ok(Found {
        changes: changes.collect::<Result<_>>()?,
        comments,
        state: state_of(&snapshot, &stored, &fact.values),
        since: since(&stored),
        privacy: noted.into_iter().filter_map(|row| logged(&snapshot, row)).collect(),
        version: stored.version,
        unit: snapshot.view(fact.unit).ok_or_else(|| not_found("unit", &id.to_string()))?,
        postings: postings(&snapshot.campaign, &fact, &snapshot.classes),
        warnings: warnings(&snapshot.campaign.forms[fact.form], &fact.values),
        fact,
        snapshot,
    })
}

/// What became of entering a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entered {
    /// The fact.
    pub id: FactId,
    /// Whether it was not there before: entering the same once more changes nothing.
    pub is_new: bool,
}

/// Enters a new fact and returns its id.
///
/// # Errors
/// [`Error::Invalid`] when it breaks its form's rules or is there already;
/// [`Error::InvalidFields`] instead when it was typed.
pub async fn create(
    app: &App,
    ctx: &Context,
    form: &str,
    unit: UnitId,
    stated: impl Into<Stated>,
) -> Result<FactId> {
    let stated = stated.into();
    let entered = enter_once(app, ctx, form, unit, &stated).await?;
    if entered.is_new {
        return Ok(entered.id);
    }
    let args = [form.to_owned(), entered.id.to_string()];
    Err(Error::Invalid(vec![Problem::error(ProblemKind::Registered, args)]))
}

/// Enters a fact unless the unit has stated exactly the same already: who
/// clicks twice, or sends the form once more, is led to what is there.
///
/// # Errors
/// [`Error::InvalidFields`] with everything that is wrong, also when the unit
/// has a fact with this identity that states something else.
pub async fn enter(app: &App, ctx: &Context, form: &str, unit: UnitId, stated: Stated) -> Result<Entered> {
    let snapshot = app.current().await?;
    ctx.require(Action::Import, &snapshot, unit)?;
    let (_, definition) = snapshot.campaign.form(form).ok_or_else(|| not_found("form", form))?;
    let stated = people::taken_over(app, ctx, definition, unit, (&stated, &[])).await?;
    match enter_once(app, ctx, form, unit, &stated).await {
        // Somebody entered it in the same moment; now it is there to be compared with.
        Err(error) if error.is_duplicate() => enter_once(app, ctx, form, unit, &stated).await,
        other => other,
    }
}

/// What would be wrong with entering a fact, without entering it.
///
/// # Errors
/// As [`enter`], but for facts that are there already.
pub fn check(ctx: &Context, snapshot: &Snapshot, form: usize, unit: UnitId, stated: &Stated) -> Result<()> {
    ctx.require(Action::Import, snapshot, unit)?;
    let reading = Reading { ctx, snapshot, form, unit, old: None };
    let (mut values, faults) = reading.parse(stated, reading.empty())?;
    number::stand_in(&reading, &mut values);
    reading.check(stated, &values, faults)
}

async fn enter_once(app: &App, ctx: &Context, form: &str, unit: UnitId, stated: &Stated) -> Result<Entered> {
    let mut tx = app.db.write(app.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::Import, &snapshot, unit)?;
    let (position, _) = snapshot.campaign.form(form).ok_or_else(|| not_found("form", form))?;
    definitions::lock_region(&mut tx, lock_for(&snapshot.campaign, position)).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let reading = Reading { ctx, snapshot: &snapshot, form: position, unit, old: None };
    steps::require_beginning(&reading)?;
    let (mut values, mut faults) = reading.parse(stated, reading.empty())?;
    let step = steps::begin(&reading, &mut values, &mut faults);
    if !faults.is_empty() {
        number::stand_in(&reading, &mut values);
    } else if let Some(id) = number::give(&mut tx, &reading, &mut values).await? {
        return Ok(Entered { id, is_new: false });
    }
    reading.check(stated, &values, faults)?;
    if let Some(row) = twin(&mut tx, &snapshot, position, unit, &values).await? {
        let same = read_fact(&snapshot, &row)?.values == values;
        let entered = Entered { id: row.id, is_new: false };
        return if same { Ok(entered) } else { Err(refused(&snapshot, position, &values, stated, row.id)) };
    }
    let stated = values.clone();
    let command = match step {
        Some(step) => Command::Begin { form: position, unit, values: stated, step },
        None => Command::Create { form: position, unit, values: stated },
    };
    record(&mut tx, &snapshot, ctx, vec![command]).await?;
    let created = twin(&mut tx, &snapshot, position, unit, &values).await?;
    tx.commit().await?;
    app.folding.notify_one();
    let created = created.ok_or_else(|| Error::internal("a fact just written is not there"))?;
    Ok(Entered { id: created.id, is_new: true })
}

/// Replaces what a fact states; `version` is the one the person saw. Stating
/// what it states already changes nothing.
///
/// # Errors
/// [`Error::Stale`] when somebody changed it since; [`Error::Invalid`] and
/// [`Error::InvalidFields`] as for [`create`], and for a record in a state
/// whose fields change in steps alone.
pub async fn correct(
    app: &App,
    ctx: &Context,
    id: FactId,
    version: i64,
    stated: impl Into<Stated>,
) -> Result<()> {
    let mut tx = app.db.read(app.region).await?;
    let (snapshot, stored) = authorised(app, ctx, &mut tx, Action::Import, id).await?;
    tx.rollback().await?;
    let old = read_fact(&snapshot, &stored)?;
    let form = &snapshot.campaign.forms[old.form];
    let stated = people::taken_over(app, ctx, form, old.unit, (&stated.into(), &old.values)).await?;
    let (mut tx, snapshot, stored, fact) = open(app, ctx, id).await?;
    let reading = Reading { ctx, snapshot: &snapshot, form: fact.form, unit: fact.unit, old: Some(&fact) };
    let values = reading.read(&stated);
    let is_same = values.as_ref().is_ok_and(|values| *values == fact.values);
    if is_same && matches!(stated, Stated::Typed(_)) {
        return Ok(());
    }
    if stored.version != version {
        return Err(Error::Stale { what: "fact" });
    }
    let state = state_of(&snapshot, &stored, &fact.values);
    if let Some(problem) = locked(ctx, &snapshot, &fact, state) {
        return Err(Error::Invalid(vec![problem]));
    }
    let values = values?;
    let twin = twin(&mut tx, &snapshot, fact.form, fact.unit, &values).await?;
    if let Some(twin) = twin.filter(|twin| twin.id != id) {
        return Err(refused(&snapshot, fact.form, &values, &stated, twin.id));
    }
    record(&mut tx, &snapshot, ctx, vec![Command::Correct { stored, values }]).await?;
    tx.commit().await?;
    app.folding.notify_one();
    Ok(())
}

/// Why a record in this state is not corrected outside of steps; `None` when it is.
pub fn locked(ctx: &Context, snapshot: &Snapshot, fact: &Fact, state: Option<usize>) -> Option<Problem> {
    let workflow = snapshot.campaign.forms[fact.form].workflow.as_ref()?;
    let state = &workflow.states[state?];
    // The machine's own administrator puts right what nobody else can.
    let is_open = state.is_editable || ctx.actor == Actor::Console;
    let args = [state.label.zh.clone(), state.label.en.clone()];
    (!is_open).then(|| Problem::error(ProblemKind::NotEditable, args))
}

/// Removes a fact; the audit keeps what it stated.
///
/// # Errors
/// [`Error::Stale`] when somebody changed it since.
pub async fn delete(app: &App, ctx: &Context, id: FactId, version: i64) -> Result<()> {
    let (mut tx, snapshot, stored, _) = open(app, ctx, id).await?;
    if stored.version != version {
        return Err(Error::Stale { what: "fact" });
    }
    record(&mut tx, &snapshot, ctx, vec![Command::Delete { stored }]).await?;
    tx.commit().await?;
    app.folding.notify_one();
    Ok(())
}

/// A stored fact in a transaction that may change it.
pub(crate) type Opened = (Tx, Arc<Snapshot>, FactRow, Fact);

/// A fact for somebody who may change it, the region locked.
pub(crate) async fn open(app: &App, ctx: &Context, id: FactId) -> Result<Opened> {
    let mut tx = app.db.write(app.region).await?;
    let (snapshot, stored) = authorised(app, ctx, &mut tx, Action::Import, id).await?;
    let fact = read_fact(&snapshot, &stored)?;
    definitions::lock_region(&mut tx, lock_for(&snapshot.campaign, fact.form)).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    Ok((tx, snapshot, stored, fact))
}

/// The fact of this unit and form that bears the identity of `values`.
async fn twin(
    tx: &mut Tx,
    snapshot: &Snapshot,
    form: usize,
    unit: UnitId,
    values: &[Option<Value>],
) -> Result<Option<FactRow>> {
    let identity = identity(snapshot, form, values);
    let form = &snapshot.campaign.forms[form].id;
    Ok(facts::find_by_identity(tx, form, &[(unit, identity)]).await?.pop())
}

fn not_found(what: &'static str, key: &str) -> Error {
    Error::NotFound { what, key: key.to_owned() }
}
