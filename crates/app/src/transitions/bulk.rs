//! One transition of many records at once: looked at first, then taken in one transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::definition::{FieldIdx, FormIdx, Transition, Values, Workflow};
use model::{ids::RecordId, problem::Problem};
use store::{
    Tx,
    definitions::{self, Lock},
    records::{self, RecordRow},
};

use super::{
    can_open, find, in_order, is_taken, judge, refuse_other_fields, require_second_person, required_fields,
};
use crate::{
    Action, App, Context, Denied, Error, Result, Snapshot, Thing,
    record::{Command, Input, Record, write_records},
    transact::transact,
};

/// Most records that take a transition together.
pub const MOST: usize = 1_000;

/// A record, and the version of it that was seen; `None` to take it as it is.
pub type Chosen = (RecordId, Option<i64>);

/// A transition, and the records of one register that are to take it.
#[derive(Debug, Clone, Copy)]
pub struct BulkTransition<'a> {
    /// Id of the register.
    pub form: &'a str,
    /// Id of the transition.
    pub transition: &'a str,
    /// The records.
    pub chosen: &'a [Chosen],
}

/// One transition of many records.
pub struct BulkReview {
    /// The region as it was.
    pub snapshot: Arc<Snapshot>,
    /// Position of their form.
    pub form: FormIdx,
    /// What the transition asks for at one record or another: positions of fields.
    pub required: Vec<FieldIdx>,
    /// How many of those that can take it have something pending that is confirmed by it, and the fields
    /// of that by position.
    pub confirms: (usize, Vec<FieldIdx>),
    /// Records that can take it (or have taken it), each with the version that was looked at.
    pub fit: Vec<(RecordId, i64)>,
    /// Records that cannot, each with why.
    pub unfit: Vec<(RecordId, Error)>,
}

/// Which of these records are in a state from which the person can take the transition,
/// whatever is filled in, and which fields it asks for.
///
/// # Errors
/// [`Error::NotFound`] for a register or a transition that there is not;
/// [`Error::Invalid`] for more than [`MOST`] records.
#[boxed_async]
pub async fn survey_bulk(app: &App, ctx: &Context, bulk: BulkTransition<'_>) -> Result<BulkReview> {
    let mut tx = app.read(ctx.region).await?;
    let (review, _) = judge_all(app, ctx, &mut tx, bulk, None).await?;
    Ok(review)
}

/// Which of these records could take a transition with these fields, and why the
/// others could not. A record is given only what the transition asks of it: what it
/// states already and the transition does not set stays.
///
/// # Errors
/// As [`survey_bulk`]; [`Error::FormChanged`] for a field that the transition asks of none of them.
pub async fn preview_bulk(
    app: &App,
    ctx: &Context,
    bulk: BulkTransition<'_>,
    input: impl Into<Input>,
) -> Result<BulkReview> {
    let mut tx = app.read(ctx.region).await?;
    let (review, _) = judge_all(app, ctx, &mut tx, bulk, Some(&input.into())).await?;
    Ok(review)
}

/// Takes a transition of all records that can take it, in one transaction. The others
/// stay as they are, and say why; the same once more changes nothing.
///
/// # Errors
/// As [`preview_bulk`]; [`Error::Stale`] when somebody changed one of them in the same moment: nothing is taken.
pub async fn take_bulk(
    app: &App,
    ctx: &Context,
    bulk: BulkTransition<'_>,
    input: impl Into<Input>,
) -> Result<BulkReview> {
    let input = input.into();
    match take_once(app, ctx, bulk, &input).await {
        // Somebody was faster by a moment: perhaps the same click.
        Err(Error::Stale { .. }) => take_once(app, ctx, bulk, &input).await,
        other => other,
    }
}

async fn take_once(app: &App, ctx: &Context, bulk: BulkTransition<'_>, input: &Input) -> Result<BulkReview> {
    let review = transact!(app, ctx.region, |tx| {
        // Records of registers change no class and no tree.
        definitions::lock_region(tx, Lock::Shared).await?;
        let (review, commands) = judge_all(app, ctx, tx, bulk, Some(input)).await?;
        write_records(tx, &review.snapshot, ctx, commands).await?;
        Ok(review)
    })?;
    app.wake_folder(ctx);
    Ok(review)
}

/// What becomes of one record.
enum Verdict {
    /// It can take the transition by this command.
    Takes(Box<Command>),
    /// It can take it as far as can be said before anything is input.
    MayTake,
    /// It has taken it from the version that was seen.
    Taken,
}

async fn judge_all(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    BulkTransition { form, transition, chosen }: BulkTransition<'_>,
    input: Option<&Input>,
) -> Result<(BulkReview, Vec<Command>)> {
    if chosen.len() > MOST {
        return Err(Error::Invalid(vec![Problem::TooManyRecords { found: chosen.len(), max: MOST }]));
    }
    if !ctx.allows(Action::TransitionRecords) {
        return Err(Error::Forbidden(Denied::Transition));
    }
    let snapshot = app.snapshot(tx).await?;
    let form = snapshot.register(ctx, form)?;
    let judging =
        Judging { ctx, snapshot: &snapshot, form, found: find(&snapshot, form, transition)?, input };
    let (mut fit, mut unfit, mut commands) = (Vec::new(), Vec::new(), Vec::new());
    let mut required_of_any = BTreeSet::new();
    let (mut confirming, mut claimed_of_any) = (0, BTreeSet::new());
    let ids: Vec<RecordId> = chosen.iter().map(|(id, _)| *id).collect();
    let rows = records::find_all(tx, &ids).await?;
    let mut rows: BTreeMap<RecordId, RecordRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut known = BTreeSet::new();
    for (id, seen) in chosen.iter().filter(|(id, _)| known.insert(*id)) {
        let stored = match judging.open(*id, rows.remove(id))? {
            Ok(found) => found,
            Err(refusal) => {
                unfit.push((*id, refusal));
                continue;
            }
        };
        let version = stored.row.version;
        let claimed = judging.claimed(&stored);
        let fitting = fit.len();
        if in_order(&snapshot, &stored, judging.found.1) {
            let values = judging.values_before(&stored);
            required_of_any.extend(required_fields(judging.found.1, &values));
        }
        match judging.judge_record(tx, *seen, stored).await {
            Ok(Verdict::Takes(command)) => {
                fit.push((*id, version));
                commands.push(*command);
            }
            Ok(Verdict::MayTake | Verdict::Taken) => fit.push((*id, version)),
            Err(error @ (Error::Unavailable(_) | Error::DiskFull(_) | Error::Internal { .. })) => {
                return Err(error);
            }
            Err(error) => unfit.push((*id, error)),
        }
        if fit.len() > fitting && !claimed.is_empty() {
            confirming += 1;
            claimed_of_any.extend(claimed);
        }
    }
    let confirms = (confirming, claimed_of_any.into_iter().collect());
    let required: Vec<FieldIdx> = required_of_any.into_iter().collect();
    // Where no record waits for the transition any more there is nothing to ask for.
    if let Some(input) = input.filter(|_| !(required.is_empty() && commands.is_empty())) {
        refuse_other_fields(&snapshot.definition.forms[form], &required, input)?;
    }
    Ok((BulkReview { snapshot, form, required, confirms, fit, unfit }, commands))
}

/// What records are judged by.
struct Judging<'a> {
    ctx: &'a Context,
    snapshot: &'a Snapshot,
    form: FormIdx,
    found: (&'a Workflow, &'a Transition),
    input: Option<&'a Input>,
}

impl Judging<'_> {
    /// What a record states when the transition is begun.
    fn values_before(&self, stored: &Record) -> Values {
        let (workflow, step) = self.found;
        workflow.with_pending(step, &stored.fact.values, &stored.pending)
    }

    /// The fields of which something is pending that the transition decides.
    fn claimed(&self, stored: &Record) -> Vec<FieldIdx> {
        let (workflow, step) = self.found;
        let claims = stored.pending.entries().filter(|(_, claim)| claim.is_some()).map(|(field, _)| field);
        claims.filter(|field| workflow.decides(step, *field)).collect()
    }

    /// A record of the register that the person may change, or why it is none.
    fn open(&self, id: RecordId, row: Option<RecordRow>) -> Result<std::result::Result<Record, Error>> {
        let missing = || Error::NotFound { what: Thing::Record, key: id.to_string() };
        let Some(row) = row else { return Ok(Err(missing())) };
        if !self.ctx.may(Action::TransitionRecords, self.snapshot, row.unit) {
            let is_theirs = self.ctx.may(Action::ReadFigures, self.snapshot, row.unit);
            return Ok(Err(if is_theirs { Error::Forbidden(Denied::Transition) } else { missing() }));
        }
        let record = Record::new(self.snapshot, row)?;
        Ok(if record.fact.form == self.form { Ok(record) } else { Err(missing()) })
    }

    async fn judge_record(&self, tx: &mut Tx, seen: Option<i64>, stored: Record) -> Result<Verdict> {
        let Self { ctx, snapshot, found: (workflow, step), .. } = self;
        if let Some(version) = seen.filter(|seen| *seen != stored.row.version) {
            let Some(input) = self.input else { return Err(Error::Stale { what: Thing::Record }) };
            let is_taken = is_taken(tx, ctx, snapshot, (&stored, version), step, input).await?;
            return if is_taken { Ok(Verdict::Taken) } else { Err(Error::Stale { what: Thing::Record }) };
        }
        if let Some(problem) = require_second_person(tx, ctx, snapshot, &stored, step).await? {
            return Err(Error::Invalid(vec![problem]));
        }
        let Some(input) = self.input else {
            super::require(ctx, snapshot, &stored, (workflow, step))?;
            let is_open = can_open(step, &self.values_before(&stored));
            return if is_open { Ok(Verdict::MayTake) } else { Err(super::not_open(step)) };
        };
        let form = &snapshot.definition.forms[self.form];
        let own = input.restricted_to(form, &required_fields(step, &self.values_before(&stored)));
        let values = judge(tx, ctx, snapshot, &stored, (workflow, step), &own).await?;
        Ok(Verdict::Takes(Box::new(super::taking(workflow, step, stored, values))))
    }
}
