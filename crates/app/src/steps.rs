//! Steps of records (流程): which ones somebody may take, and taking them. A
//! step moves a record and states fields in one command; what counts follows
//! from the fields (`docs/decisions/0005-state-follows-fields.md`).

mod begin;
mod many;
mod rights;

use campaign::definition::{Form, Transition, Workflow};
use jiff::civil::Date;
use ledger::fact::Fact;
use model::{
    ids::FactId,
    problem::{Problem, ProblemKind},
    value::Value,
};
use store::{Tx, audit, facts::FactRow};

pub(crate) use self::begin::{begin, require_beginning};
pub use self::{
    many::{Chosen, MOST, Many, Together, preview_many, survey_many, take_many},
    rights::{may_begin, may_take},
};
use crate::{
    App, Context, Error, Moved, Result, Snapshot, facts,
    facts::{Found, Reading, Stated},
    record::{Command, record},
    standing::state_of,
};

/// The steps that the person may take on a record now, by position in its workflow.
///
/// A step whose condition its own fields can still fulfil is among them; one
/// that cannot be taken as the record is, is not.
pub fn offers(ctx: &Context, found: &Found) -> Vec<usize> {
    let snapshot = &found.snapshot;
    let workflow = snapshot.campaign.forms[found.fact.form].workflow.as_ref();
    let Some((workflow, state)) = workflow.zip(found.state) else { return Vec::new() };
    let steps = workflow.transitions.iter().enumerate();
    let steps = steps.filter(|(_, step)| {
        step.from.contains(&state)
            && may_take(ctx, snapshot, found.fact.unit, step)
            && can_open(step, &found.fact.values)
    });
    steps.map(|(position, _)| position).collect()
}

/// Whether a step's condition can still be fulfilled by what the step itself states.
fn can_open(step: &Transition, values: &[Option<Value>]) -> bool {
    let Some(when) = &step.when else { return true };
    let mut fields = Vec::new();
    when.fields(&mut fields);
    let mut after = values.to_vec();
    step.apply(&mut after);
    step.is_open(&after) || fields.iter().any(|field| asked(step, values).contains(field))
}

/// Positions of the fields that a step asks for: those it sets, and those it
/// needs that are not stated.
pub fn asked(step: &Transition, values: &[Option<Value>]) -> Vec<usize> {
    let mut asked = step.sets.clone();
    asked.extend(step.lacking(values));
    asked.retain(|field| step.gives.iter().all(|(given, _)| given != field));
    asked.sort_unstable();
    asked.dedup();
    asked
}

/// The clocks that run for a record, by position in its workflow, each with its last day, the earliest first.
pub fn clocks(found: &Found) -> Vec<(usize, Date)> {
    let workflow = found.snapshot.campaign.forms[found.fact.form].workflow.as_ref();
    let Some((workflow, state)) = workflow.zip(found.state) else { return Vec::new() };
    let clocks = workflow.clocks.iter().enumerate().filter(|(_, clock)| clock.states.contains(&state));
    let due =
        clocks.filter_map(|(position, clock)| Some((position, clock.due(&found.fact.values, found.since)?)));
    let mut due: Vec<_> = due.collect();
    due.sort_by_key(|(_, day)| *day);
    due
}

/// What became of taking a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Whether it was not taken before: the same click once more changes nothing.
    pub is_new: bool,
}

/// Takes a step of a record, with the fields that it asks for; `version` is
/// the one the person saw.
///
/// # Errors
/// [`Error::Stale`] when somebody changed the record since, [`Error::Forbidden`]
/// for somebody whose step it is not, [`Error::Invalid`] for a step that cannot
/// be taken where the record stands, and what [`facts::correct`] says about fields.
pub async fn take(
    app: &App,
    ctx: &Context,
    id: FactId,
    version: i64,
    step: &str,
    stated: impl Into<Stated>,
) -> Result<Taken> {
    let stated = stated.into();
    match take_once(app, ctx, id, version, step, &stated).await {
        // Somebody was faster by a moment: perhaps the same click.
        Err(Error::Stale { .. }) => take_once(app, ctx, id, version, step, &stated).await,
        other => other,
    }
}

async fn take_once(
    app: &App,
    ctx: &Context,
    id: FactId,
    version: i64,
    step: &str,
    stated: &Stated,
) -> Result<Taken> {
    let (mut tx, snapshot, stored, fact) = facts::open(app, ctx, id).await?;
    let (workflow, step) = find(&snapshot, fact.form, step)?;
    if stored.version != version {
        let seen = Seen { stored: &stored, fact: &fact, version };
        let is_taken = is_taken(&mut tx, ctx, &snapshot, &seen, step, stated).await?;
        return if is_taken { Ok(Taken { is_new: false }) } else { Err(Error::Stale { what: "fact" }) };
    }
    let values = judge(ctx, &snapshot, (&stored, &fact), (workflow, step), stated)?;
    let command = Command::Take { stored, values, step: step.id.clone(), to: step.to };
    record(&mut tx, &snapshot, ctx, vec![command]).await?;
    tx.commit().await?;
    app.folding.notify_one();
    Ok(Taken { is_new: true })
}

/// The workflow of a form, and its step with this id.
///
/// # Errors
/// [`Error::NotFound`], also for a step that begins records.
pub fn find<'s>(snapshot: &'s Snapshot, form: usize, step: &str) -> Result<(&'s Workflow, &'s Transition)> {
    let workflow = snapshot.campaign.forms[form].workflow.as_ref();
    let found = workflow.and_then(|workflow| Some((workflow, workflow.transition(step)?)));
    let found = found.filter(|(_, step)| !step.from.is_empty());
    found.ok_or_else(|| Error::NotFound { what: "step", key: step.to_owned() })
}

/// What a record states after a step; an error says why it cannot be taken.
fn judge(
    ctx: &Context,
    snapshot: &Snapshot,
    (stored, fact): (&FactRow, &Fact),
    (workflow, step): (&Workflow, &Transition),
    stated: &Stated,
) -> Result<Vec<Option<Value>>> {
    require(ctx, snapshot, (stored, fact), (workflow, step))?;
    let reading = Reading { ctx, snapshot, form: fact.form, unit: fact.unit, old: Some(fact) };
    stated_after(&reading, fact.values.clone(), workflow, step, stated)
}

/// Refuses a step that is not the person's, or that does not lead on from where the record stands.
fn require(
    ctx: &Context,
    snapshot: &Snapshot,
    (stored, fact): (&FactRow, &Fact),
    (workflow, step): (&Workflow, &Transition),
) -> Result<()> {
    if !may_take(ctx, snapshot, fact.unit, step) {
        return Err(Error::Forbidden("take this step"));
    }
    if in_order(snapshot, stored, fact, step) {
        return Ok(());
    }
    let state = state_of(snapshot, stored, &fact.values).unwrap_or(0);
    let labels = [&step.label, &workflow.states[state].label];
    Err(Error::Invalid(vec![in_both(ProblemKind::StepOutOfOrder, &labels)]))
}

/// Whether a step leads on from where a record stands.
fn in_order(snapshot: &Snapshot, stored: &FactRow, fact: &Fact, step: &Transition) -> bool {
    step.from.contains(&state_of(snapshot, stored, &fact.values).unwrap_or(0))
}

/// That what a step demands beyond its fields does not hold.
fn not_open(step: &Transition) -> Error {
    Error::Invalid(vec![in_both(ProblemKind::StepNotOpen, &[&step.label])])
}

/// Refuses what a step does not ask for: a form that was made from another definition.
fn require_asked(form: &Form, asked: &[usize], stated: &Stated) -> Result<()> {
    let is_asked = |field: &str| form.field(field).is_some_and(|position| asked.contains(&position));
    match stated.fields().into_iter().find(|field| !is_asked(field)) {
        Some(field) => Err(Error::NotFound { what: "field", key: field.to_owned() }),
        None => Ok(()),
    }
}

/// `values` with what a step gives and what is stated with it, checked.
fn stated_after(
    reading: &Reading<'_>,
    before: Vec<Option<Value>>,
    workflow: &Workflow,
    step: &Transition,
    stated: &Stated,
) -> Result<Vec<Option<Value>>> {
    let asked = asked(step, &before);
    require_asked(reading.form(), &asked, stated)?;
    let (mut values, mut faults) = reading.parse(stated, before)?;
    step.apply(&mut values);
    let is_sound = |faults: &[(usize, Problem)], field| faults.iter().all(|(faulty, _)| *faulty != field);
    for field in step.lacking(&values) {
        if is_sound(&faults, field) {
            faults.push((field, Problem::error(ProblemKind::Missing, [])));
        }
    }
    // What a step demands beyond its fields is judged when they can be read.
    if faults.is_empty() {
        let at = asked.first().copied().unwrap_or(0);
        let told = workflow.settle(&values, Some(step.to));
        if !step.is_open(&values) {
            let mut fields = Vec::new();
            step.when.iter().for_each(|when| when.fields(&mut fields));
            let at = asked.iter().copied().find(|field| fields.contains(field)).unwrap_or(at);
            faults.push((at, in_both(ProblemKind::StepNotOpen, &[&step.label])));
        } else if told != step.to {
            let labels = [&workflow.states[step.to].label, &workflow.states[told].label];
            faults.push((at, in_both(ProblemKind::StepElsewhere, &labels)));
        }
    }
    let is_placeless =
        asked.is_empty() && faults.iter().any(|(_, problem)| problem.kind != ProblemKind::Missing);
    if is_placeless {
        // A step without fields has no place beside which to say it.
        return Err(Error::Invalid(faults.into_iter().map(|(_, problem)| problem).collect()));
    }
    reading.check(stated, &values, faults)?;
    Ok(values)
}

/// A problem whose words come from the campaign, in both languages.
fn in_both(kind: ProblemKind, labels: &[&campaign::definition::Label]) -> Problem {
    let chinese = labels.iter().map(|label| label.zh.clone());
    Problem::error(kind, chinese.chain(labels.iter().map(|label| label.en.clone())))
}

/// A record as it is, and the version somebody saw.
struct Seen<'a> {
    stored: &'a FactRow,
    fact: &'a Fact,
    version: i64,
}

/// Whether the last change of a record is this very step, taken by the same
/// person from the version that was seen, with the same fields.
async fn is_taken(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    seen: &Seen<'_>,
    step: &Transition,
    stated: &Stated,
) -> Result<bool> {
    let Seen { stored, fact, version } = seen;
    if stored.version != version + 1 {
        return Ok(false);
    }
    let Some(last) = audit::list_of(tx, "fact", stored.id.0).await?.pop() else { return Ok(false) };
    let moved = last.detail.as_deref().and_then(Moved::read);
    let is_step = moved.is_some_and(|moved| moved.step.as_ref() == Some(&step.id));
    if last.actor != ctx.audit_name() || !is_step {
        return Ok(false);
    }
    let before = last.before.map(|before| snapshot.codecs[fact.form].decode(&before)).transpose();
    let Some(before) = before.map_err(Error::internal)? else { return Ok(false) };
    let old = Fact { values: before.clone(), ..(*fact).clone() };
    let reading = Reading { ctx, snapshot, form: fact.form, unit: fact.unit, old: Some(&old) };
    let workflow = find(snapshot, fact.form, &step.id)?.0;
    let own = stated.only(reading.form(), &asked(step, &before));
    let after = stated_after(&reading, before, workflow, step, &own);
    Ok(after.is_ok_and(|after| after == fact.values))
}
