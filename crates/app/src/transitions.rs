//! Transitions of records (流程): which ones somebody may take, and taking them. A
//! transition moves a record and states fields in one command; what counts follows
//! from the fields (`docs/decisions/0005-state-follows-fields.md`).

mod begin;
mod bulk;

use boxed_async::boxed_async;
use campaign::{
    definition::{
        ClockIdx, FieldIdx, Form, FormIdx, StateIdx, StateKind, Transition, TransitionIdx, Values, Workflow,
    },
    validate::FieldProblem,
};
use jiff::civil::Date;
use ledger::fact::Fact;
use model::{ids::RecordId, problem::Problem};
use store::Tx;

pub(crate) use self::begin::{begin, require_beginning};
pub use self::bulk::{BulkReview, BulkTransition, Chosen, MOST, preview_bulk, survey_bulk, take_bulk};
pub use crate::record::{may_begin, may_take};
use crate::{
    Action, App, Context, Denied, Error, Result, Snapshot, Thing,
    record::{
        self, Command, Input, InputReader, Mover, Record, Statement, change_list, differs_in_derived_alone,
        has_acted, invalid, is_as_seen, link_typed, open, require_relations, state_in, write_records,
    },
    records::{Outcome, ReadForm, RecordDetails, refuse},
    transact::transact,
};

/// The transitions that the person may take on a record now, by position in its workflow.
///
/// A transition whose condition its own fields can still fulfil is among them; one
/// that cannot be taken as the record is, is not.
pub fn offers(ctx: &Context, found: &RecordDetails) -> Offers {
    let snapshot = &found.snapshot;
    let workflow = snapshot.definition.forms[found.fact.form].workflow.as_ref();
    let Some((workflow, state)) = workflow.zip(found.state) else { return Offers::default() };
    let confirms = |step: &Transition| workflow.confirms(step, &found.fact.values, &found.pending);
    let is_in_order = |step: &Transition| step.from.contains(&state) && can_open(step, &found.fact.values);
    let mut steps: Vec<_> = workflow.transitions.entries().collect();
    steps.retain(|(_, step)| {
        may_take(ctx, snapshot, found.fact.unit, step) && (is_in_order(step) || confirms(step))
    });
    // What was decided long ago is confirmed before anything else is done.
    steps.sort_by_key(|(_, step)| !confirms(step));
    let steps = steps.into_iter();
    let has_acted = has_acted(ctx, &found.changes);
    let (others, own) = steps.partition::<Vec<_>, _>(|(_, step)| step.needs_second_person && has_acted);
    let positions =
        |steps: Vec<(TransitionIdx, _)>| steps.into_iter().map(|(position, _)| position).collect::<Vec<_>>();
    let confirmed = own.first().filter(|(_, step)| confirms(step)).map(|(position, _)| *position);
    let mut own = positions(own);
    let usual = confirmed.or(workflow.states[state].usual).filter(|usual| own.contains(usual));
    let breaks_off =
        |position: &TransitionIdx| usual != Some(*position) && workflow.breaks_off(state, *position);
    own.sort_by_key(|position| (usual != Some(*position), breaks_off(position)));
    let ends = own.iter().copied().filter(breaks_off).collect();
    Offers { usual, own, ends, others: positions(others) }
}

/// Whether a record is where only a second person brings records, and none has taken part: what was
/// decided on paper was entered afterwards (补录).
pub fn lacks_second_person(found: &RecordDetails) -> bool {
    let workflow = found.snapshot.definition.forms[found.fact.form].workflow.as_ref();
    let Some((workflow, state)) = workflow.zip(found.state) else { return false };
    let movers =
        found.changes.iter().map(|change| Mover { actor: &change.actor, moved: change.moved.as_ref() });
    workflow.needs_second_person(state) && record::lacks_second_person(workflow, movers)
}

/// The transitions that may be taken on a record now, by position in its workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// The one that usually comes next, when the person may take it; it is the first of `own`.
    pub usual: Option<TransitionIdx>,
    /// Those that the person may take: the usual one first, those that break off last.
    pub own: Vec<TransitionIdx>,
    /// Of these, the ones after which nothing more is done, unless that is usual.
    pub ends: Vec<TransitionIdx>,
    /// Those that somebody else must take, because the person has entered the record or taken the last one.
    pub others: Vec<TransitionIdx>,
}

/// Whether a transition begins in the state of a record, or confirms what is pending.
pub fn is_in_order(found: &RecordDetails, step: &Transition) -> bool {
    let workflow = found.snapshot.definition.forms[found.fact.form].workflow.as_ref();
    found.state.is_some_and(|state| step.from.contains(&state))
        || workflow.is_some_and(|workflow| workflow.confirms(step, &found.fact.values, &found.pending))
}

/// What a record states when a transition is begun: with what is pending of the fields that are stated in it.
pub fn values_before(found: &RecordDetails, step: &Transition) -> Values {
    let workflow = found.snapshot.definition.forms[found.fact.form].workflow.as_ref();
    let values = &found.fact.values;
    workflow.map_or_else(|| values.clone(), |workflow| workflow.with_pending(step, values, &found.pending))
}

/// Whether a transition's condition can still be fulfilled by what the transition itself states.
fn can_open(step: &Transition, values: &Values) -> bool {
    let Some(when) = &step.when else { return true };
    let mut fields = Vec::new();
    when.fields(&mut fields);
    let mut after = values.clone();
    step.apply(&mut after);
    step.is_open(&after) || fields.iter().any(|field| required_fields(step, values).contains(field))
}

/// Positions of the fields that a transition asks for: those it sets, and those it
/// needs that are not stated.
pub fn required_fields(step: &Transition, values: &Values) -> Vec<FieldIdx> {
    let mut required = step.sets.clone();
    required.extend(step.lacking(values));
    required.retain(|field| step.gives.iter().all(|(given, _)| given != field));
    required.sort_unstable();
    required.dedup();
    required
}

/// The clocks that run for a record, by position in its workflow, each with its last day, the earliest first.
pub fn clocks(found: &RecordDetails) -> Vec<(ClockIdx, Date)> {
    let workflow = found.snapshot.definition.forms[found.fact.form].workflow.as_ref();
    let Some((workflow, state)) = workflow.zip(found.state) else { return Vec::new() };
    let clocks = workflow.clocks.entries().filter(|(_, clock)| clock.states.contains(&state));
    let due =
        clocks.filter_map(|(position, clock)| Some((position, clock.due(&found.fact.values, found.since)?)));
    let mut due: Vec<_> = due.collect();
    due.sort_by_key(|(_, day)| *day);
    due
}

/// What became of taking a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Whether it was not taken before: the same click once more changes nothing.
    pub is_new: bool,
}

/// A transition of a record that somebody wants to take.
#[derive(Debug, Clone, Copy)]
pub struct WantedTransition<'a> {
    /// The record.
    pub record: RecordId,
    /// The version of it that the person saw.
    pub version: i64,
    /// Id of the transition.
    pub id: &'a str,
}

/// Takes a transition of a record, with the fields that it asks for; `version` is
/// the one the person saw.
///
/// # Errors
/// [`Error::Stale`] when somebody changed the record since, [`Error::Forbidden`]
/// for somebody whose transition it is not, [`Error::Invalid`] for one that cannot
/// be taken in the record's state, and what [`crate::records::correct`] says about fields.
pub async fn take(
    app: &App,
    ctx: &Context,
    record: RecordId,
    version: i64,
    id: &str,
    input: impl Into<Input>,
) -> Result<Taken> {
    let input = input.into();
    submit(app, ctx, WantedTransition { record, version, id }, &|_| input.clone()).await?.into_result()
}

/// As [`take`], for a page: what is refused comes back with the record as it is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], and what storage says.
#[boxed_async]
pub async fn submit(
    app: &App,
    ctx: &Context,
    wanted: WantedTransition<'_>,
    read: &ReadForm<'_>,
) -> Result<Outcome<Taken>> {
    match take_once(app, ctx, wanted, read).await {
        // Somebody was faster by a moment: perhaps the same click.
        Err(Error::Stale { .. }) => take_once(app, ctx, wanted, read).await,
        other => other,
    }
}

async fn take_once(
    app: &App,
    ctx: &Context,
    wanted: WantedTransition<'_>,
    read: &ReadForm<'_>,
) -> Result<Outcome<Taken>> {
    let taken = transact!(app, ctx.region, |tx| {
        let (snapshot, stored) = open(app, ctx, tx, Action::TransitionRecords, wanted.record).await?;
        let (workflow, step) = find(&snapshot, stored.fact.form, wanted.id)?;
        let input = read(&snapshot.definition.forms[stored.fact.form]);
        let is_current = is_as_seen(tx, &stored, wanted.version).await?;
        if !is_current && is_taken(tx, ctx, &snapshot, (&stored, wanted.version), step, &input).await? {
            return Ok(Outcome::Done(Taken { is_new: false }));
        }
        let judged = if is_current {
            match require_second_person(tx, ctx, &snapshot, &stored, step).await? {
                Some(problem) => Err(Error::Invalid(vec![problem])),
                None => judge(tx, ctx, &snapshot, &stored, (workflow, step), &input).await,
            }
        } else {
            Err(Error::Stale { what: Thing::Record })
        };
        let command = match judged {
            Ok(values) => taking(workflow, step, stored, values),
            Err(why) => return refuse(tx, ctx, &snapshot, &stored, why).await,
        };
        write_records(tx, &snapshot, ctx, vec![command]).await?;
        Ok(Outcome::Done(Taken { is_new: true }))
    })?;
    app.wake_folder(ctx);
    Ok(taken)
}

/// The workflow of a form, and its transition with this id.
///
/// # Errors
/// [`Error::NotFound`], also for a transition that begins records.
pub fn find<'s>(snapshot: &'s Snapshot, form: FormIdx, step: &str) -> Result<(&'s Workflow, &'s Transition)> {
    let workflow = snapshot.definition.forms[form].workflow.as_ref();
    let found = workflow.and_then(|workflow| Some((workflow, workflow.transition(step)?)));
    let found = found.filter(|(_, step)| !step.from.is_empty());
    found.ok_or_else(|| Error::NotFound { what: Thing::Transition, key: step.to_owned() })
}

/// The command of a transition that is taken. What is pending of the fields that are
/// stated in it is decided by that; in a final state nothing waits any more.
fn taking(workflow: &Workflow, step: &Transition, record: Record, values: Values) -> Command {
    let mut pending = record.pending.clone();
    let is_final = workflow.states[step.to].kind == StateKind::Final;
    let decided = record
        .pending
        .entries()
        .filter(|(field, claim)| claim.is_some() && (is_final || workflow.decides(step, *field)));
    for (field, _) in decided {
        pending[field] = None;
    }
    Command::Take { record, values, pending, transition: step.id.clone(), to: step.to }
}

/// What a record states after a transition; an error says why it cannot be taken.
async fn judge(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    stored: &Record,
    (workflow, step): (&Workflow, &Transition),
    input: &Input,
) -> Result<Values> {
    require(ctx, snapshot, stored, (workflow, step))?;
    let fact = &stored.fact;
    let reader = InputReader { ctx, snapshot, form: fact.form, unit: fact.unit, old: Some(fact) };
    let mut values = values_after(
        &reader,
        workflow.with_pending(step, &fact.values, &stored.pending),
        workflow,
        step,
        input,
    )?;
    let refused =
        Statement::on_record(ctx, snapshot, stored).map(|statement| statement.refused_in(step, &values));
    if let Some(refused) = refused.filter(|refused| !refused.is_empty()) {
        return Err(invalid(reader.form(), refused));
    }
    let faults = link_typed(tx, &reader, &mut values).await?;
    if !faults.is_empty() {
        return Err(invalid(reader.form(), faults));
    }
    let before = Some((stored.row.id, &fact.values));
    require_relations(tx, (snapshot, ctx), (fact.form, fact.unit), before, &values).await?;
    Ok(values)
}

/// Refuses a transition that is not the person's, or that does not begin in the record's state.
fn require(
    ctx: &Context,
    snapshot: &Snapshot,
    stored: &Record,
    (workflow, step): (&Workflow, &Transition),
) -> Result<()> {
    if !may_take(ctx, snapshot, stored.fact.unit, step) {
        return Err(Error::Forbidden(Denied::Transition));
    }
    if in_order(snapshot, stored, step) {
        return Ok(());
    }
    let state = &workflow.states[state_in(workflow, &stored.row, &stored.fact.values)];
    let (transition, state) = (step.label.clone(), state.label.clone());
    Err(Error::Invalid(vec![Problem::TransitionOutOfOrder { transition, state }]))
}

/// That somebody else must take a transition (四眼原则): the person has entered the record or taken the
/// transition before.
async fn require_second_person(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    stored: &Record,
    step: &Transition,
) -> Result<Option<Problem>> {
    if !step.needs_second_person || !may_take(ctx, snapshot, stored.fact.unit, step) {
        return Ok(None);
    }
    let changes = change_list(tx, snapshot, stored.fact.form, stored.row.id).await?;
    let problem = || Problem::SecondPerson { transition: step.label.clone() };
    Ok(has_acted(ctx, &changes).then(problem))
}

/// Whether a transition begins in the record's state, or confirms what is pending.
fn in_order(snapshot: &Snapshot, stored: &Record, step: &Transition) -> bool {
    let workflow = snapshot.definition.forms[stored.fact.form].workflow.as_ref();
    let confirms =
        || workflow.is_some_and(|workflow| workflow.confirms(step, &stored.fact.values, &stored.pending));
    stored.state(snapshot).is_some_and(|state| step.from.contains(&state)) || confirms()
}

/// That what a transition demands beyond its fields does not hold.
fn not_open(step: &Transition) -> Error {
    Error::Invalid(vec![Problem::TransitionNotOpen { transition: step.label.clone() }])
}

/// Refuses what a transition does not ask for: a form that was made from another definition.
fn refuse_other_fields(form: &Form, required: &[FieldIdx], input: &Input) -> Result<()> {
    let is_asked = |field: &str| form.field(field).is_some_and(|position| required.contains(&position));
    match input.fields().into_iter().find(|field| !is_asked(field)) {
        Some(field) => Err(Error::FormChanged { field: field.to_owned() }),
        None => Ok(()),
    }
}

/// `values` with what a transition gives and what is stated with it, checked.
fn values_after(
    reader: &InputReader<'_>,
    before: Values,
    workflow: &Workflow,
    step: &Transition,
    input: &Input,
) -> Result<Values> {
    let required = required_fields(step, &before);
    refuse_other_fields(reader.form(), &required, input)?;
    let (mut values, mut faults) = reader.parse(input, before)?;
    step.apply(&mut values);
    let is_sound = |faults: &[FieldProblem], field| faults.iter().all(|fault| fault.field != field);
    for field in step.lacking(&values) {
        if is_sound(&faults, field) {
            faults.push(FieldProblem { field, problem: Problem::Missing });
        }
    }
    // What a transition demands beyond its fields is judged when they can be read.
    if faults.is_empty() {
        let resulting = workflow.resolve_state(&values, Some(step.to));
        let mut decisive = Vec::new();
        let problem = if !step.is_open(&values) {
            step.when.iter().for_each(|when| when.fields(&mut decisive));
            Some(Problem::TransitionNotOpen { transition: step.label.clone() })
        } else if resulting != step.to {
            let label = |state: StateIdx| workflow.states[state].label.clone();
            Some(Problem::TransitionElsewhere { meant: label(step.to), resulting: label(resulting) })
        } else {
            None
        };
        if let Some(problem) = problem {
            let field = required.iter().find(|field| decisive.contains(field)).or(required.first()).copied();
            // A transition without fields has no place beside which to say it.
            let Some(field) = field else { return Err(Error::Invalid(vec![problem])) };
            faults.push(FieldProblem { field, problem });
        }
    }
    reader.check(&values, faults)?;
    Ok(values)
}

/// Whether the last change of a record is this very transition, taken by the same
/// person from the version that was seen, with the same fields.
async fn is_taken(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    (stored, version): (&Record, i64),
    step: &Transition,
    input: &Input,
) -> Result<bool> {
    let Record { row, fact, .. } = stored;
    let mut changes = change_list(tx, snapshot, fact.form, row.id).await?;
    // What was worked out since is nobody's change.
    let own = changes.iter().rposition(|change| !change.is_derived).map_or(0, |last| last + 1);
    let derived = i64::try_from(changes.len() - own).unwrap_or(i64::MAX);
    changes.truncate(own);
    if row.version - derived != version + 1 {
        return Ok(false);
    }
    let Some(last) = changes.pop() else { return Ok(false) };
    let is_step = last.moved.is_some_and(|moved| moved.transition.as_ref() == Some(&step.id));
    if !ctx.is_person(&last.actor) || !is_step {
        return Ok(false);
    }
    let Some(before) = last.before else { return Ok(false) };
    let old = Fact { values: before.clone(), ..*fact };
    let reader = InputReader { ctx, snapshot, form: fact.form, unit: fact.unit, old: Some(&old) };
    let workflow = find(snapshot, fact.form, &step.id)?.0;
    let own = input.restricted_to(reader.form(), &required_fields(step, &before));
    // What was pending of the fields that are stated in it has become what the record states.
    let before = workflow.with_pending(step, &before, &fact.values);
    let after = values_after(&reader, before, workflow, step, &own);
    Ok(after.is_ok_and(|after| differs_in_derived_alone(reader.form(), &after, &fact.values)))
}
