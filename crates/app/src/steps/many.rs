//! One step of many records at once: looked at first, then taken in one transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use campaign::definition::{Transition, Workflow};
use ledger::fact::Fact;
use model::{
    ids::FactId,
    problem::{Problem, ProblemKind},
};
use store::{
    Tx,
    definitions::{self, Lock},
    facts::{self, FactRow},
};

use super::{Seen, asked, can_open, find, in_order, is_taken, judge, require_asked};
use crate::{
    Action, App, Context, Error, Result, Snapshot,
    facts::Stated,
    record::{Command, read_fact, record},
    registers,
};

/// Most records that take a step together.
pub const MOST: usize = 1_000;

/// A record, and the version of it that was seen; `None` to take it as it is.
pub type Chosen = (FactId, Option<i64>);

/// A step, and the records of one register that are to take it.
#[derive(Debug, Clone, Copy)]
pub struct Together<'a> {
    /// Id of the register.
    pub form: &'a str,
    /// Id of the step.
    pub step: &'a str,
    /// The records.
    pub chosen: &'a [Chosen],
}

/// One step of many records.
pub struct Many {
    /// The region as it was.
    pub snapshot: Arc<Snapshot>,
    /// Position of their form.
    pub form: usize,
    /// What the step asks for at one record or another: positions of fields.
    pub asked: Vec<usize>,
    /// Records that can take it (or have taken it), each with the version that was looked at.
    pub fit: Vec<(FactId, i64)>,
    /// Records that cannot, each with why.
    pub unfit: Vec<(FactId, Error)>,
}

/// Which of these records stand where the person can take the step of them,
/// whatever is stated with it, and what it asks for.
///
/// # Errors
/// [`Error::NotFound`] for a register or a step that there is not;
/// [`Error::Invalid`] for more than [`MOST`] records.
pub async fn survey_many(app: &App, ctx: &Context, together: Together<'_>) -> Result<Many> {
    let mut tx = app.db.read(app.region).await?;
    let (many, _) = judge_all(app, ctx, &mut tx, together, None).await?;
    tx.rollback().await?;
    Ok(many)
}

/// Which of these records could take a step with these fields, and why the
/// others could not. A record is given only what the step asks of it: what it
/// states already and the step does not set stays.
///
/// # Errors
/// As [`survey_many`]; [`Error::NotFound`] for a field that the step asks of none of them.
pub async fn preview_many(
    app: &App,
    ctx: &Context,
    together: Together<'_>,
    stated: impl Into<Stated>,
) -> Result<Many> {
    let mut tx = app.db.read(app.region).await?;
    let (many, _) = judge_all(app, ctx, &mut tx, together, Some(&stated.into())).await?;
    tx.rollback().await?;
    Ok(many)
}

/// Takes a step of all records that can take it, in one transaction. The others
/// stay as they are, and say why; the same once more changes nothing.
///
/// # Errors
/// As [`preview_many`]; [`Error::Stale`] when somebody changed one of them in the same moment: nothing is taken.
pub async fn take_many(
    app: &App,
    ctx: &Context,
    together: Together<'_>,
    stated: impl Into<Stated>,
) -> Result<Many> {
    let stated = stated.into();
    match take_once(app, ctx, together, &stated).await {
        // Somebody was faster by a moment: perhaps the same click.
        Err(Error::Stale { .. }) => take_once(app, ctx, together, &stated).await,
        other => other,
    }
}

async fn take_once(app: &App, ctx: &Context, together: Together<'_>, stated: &Stated) -> Result<Many> {
    let mut tx = app.db.write(app.region).await?;
    // Records of registers change no class and no tree.
    definitions::lock_region(&mut tx, Lock::Shared).await?;
    let (many, commands) = judge_all(app, ctx, &mut tx, together, Some(stated)).await?;
    record(&mut tx, &many.snapshot, ctx, commands).await?;
    tx.commit().await?;
    app.folding.notify_one();
    Ok(many)
}

/// What becomes of one record.
enum Verdict {
    /// It can take the step by this command.
    Takes(Box<Command>),
    /// It can take it as far as can be said before anything is stated.
    Stands,
    /// It has taken it from the version that was seen.
    Taken,
}

async fn judge_all(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    Together { form, step, chosen }: Together<'_>,
    stated: Option<&Stated>,
) -> Result<(Many, Vec<Command>)> {
    if chosen.len() > MOST {
        let args = [chosen.len().to_string(), MOST.to_string()];
        return Err(Error::Invalid(vec![Problem::error(ProblemKind::TooManyRecords, args)]));
    }
    let snapshot = app.snapshot(tx).await?;
    let form = registers::find(&snapshot, form)?;
    let judging = Judging { ctx, snapshot: &snapshot, form, found: find(&snapshot, form, step)?, stated };
    let (mut fit, mut unfit, mut commands) = (Vec::new(), Vec::new(), Vec::new());
    let mut asked_of_any = BTreeSet::new();
    let ids: Vec<FactId> = chosen.iter().map(|(id, _)| *id).collect();
    let rows = facts::find_all(tx, &ids).await?;
    let mut rows: BTreeMap<FactId, FactRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut known = BTreeSet::new();
    for (id, seen) in chosen.iter().filter(|(id, _)| known.insert(*id)) {
        let (stored, fact) = match judging.open(*id, rows.remove(id))? {
            Ok(found) => found,
            Err(refusal) => {
                unfit.push((*id, refusal));
                continue;
            }
        };
        let version = stored.version;
        if in_order(&snapshot, &stored, &fact, judging.found.1) {
            asked_of_any.extend(asked(judging.found.1, &fact.values));
        }
        match judging.one(tx, *seen, stored, &fact).await {
            Ok(Verdict::Takes(command)) => {
                fit.push((*id, version));
                commands.push(*command);
            }
            Ok(Verdict::Stands | Verdict::Taken) => fit.push((*id, version)),
            Err(error @ (Error::Unavailable(_) | Error::Internal { .. })) => return Err(error),
            Err(error) => unfit.push((*id, error)),
        }
    }
    let asked: Vec<usize> = asked_of_any.into_iter().collect();
    // Where no record waits for the step any more there is nothing to ask for.
    if let Some(stated) = stated.filter(|_| !(asked.is_empty() && commands.is_empty())) {
        require_asked(&snapshot.campaign.forms[form], &asked, stated)?;
    }
    Ok((Many { snapshot, form, asked, fit, unfit }, commands))
}

/// What records are judged by.
struct Judging<'a> {
    ctx: &'a Context,
    snapshot: &'a Snapshot,
    form: usize,
    found: (&'a Workflow, &'a Transition),
    stated: Option<&'a Stated>,
}

impl Judging<'_> {
    /// A record of the register that the person may change, or why it is none.
    fn open(
        &self,
        id: FactId,
        stored: Option<FactRow>,
    ) -> Result<std::result::Result<(FactRow, Fact), Error>> {
        let missing = || Error::NotFound { what: "fact", key: id.to_string() };
        let Some(stored) = stored else { return Ok(Err(missing())) };
        if !self.ctx.may(Action::Import, self.snapshot, stored.unit) {
            let is_theirs = self.ctx.may(Action::SeeFigures, self.snapshot, stored.unit);
            return Ok(Err(if is_theirs { Error::Forbidden("take this step") } else { missing() }));
        }
        let fact = read_fact(self.snapshot, &stored)?;
        Ok(if fact.form == self.form { Ok((stored, fact)) } else { Err(missing()) })
    }

    async fn one(&self, tx: &mut Tx, seen: Option<i64>, stored: FactRow, fact: &Fact) -> Result<Verdict> {
        let Self { ctx, snapshot, found: (workflow, step), .. } = self;
        if let Some(version) = seen.filter(|seen| *seen != stored.version) {
            let Some(stated) = self.stated else { return Err(Error::Stale { what: "fact" }) };
            let seen = Seen { stored: &stored, fact, version };
            let is_taken = is_taken(tx, ctx, snapshot, &seen, step, stated).await?;
            return if is_taken { Ok(Verdict::Taken) } else { Err(Error::Stale { what: "fact" }) };
        }
        let Some(stated) = self.stated else {
            super::require(ctx, snapshot, (&stored, fact), (workflow, step))?;
            let is_open = can_open(step, &fact.values);
            return if is_open { Ok(Verdict::Stands) } else { Err(super::not_open(step)) };
        };
        let form = &snapshot.campaign.forms[self.form];
        let own = stated.only(form, &asked(step, &fact.values));
        let values = judge(ctx, snapshot, (&stored, fact), (workflow, step), &own)?;
        Ok(Verdict::Takes(Box::new(Command::Take { stored, values, step: step.id.clone(), to: step.to })))
    }
}
