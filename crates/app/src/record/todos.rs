//! From a record to what has to be done with it, and by whom: the clocks that run,
//! the transitions of another level that lead out of its state, and what is pending and
//! waits for somebody to confirm it.

use campaign::definition::{ClockIdx, Level, Transition, TransitionIdx, Workflow, WorkflowClock};
use jiff::civil::Date;
use ledger::fact::Fact;
use model::ids::UnitId;
use store::{
    Tx,
    records::{self, RecordRow},
    todo::{self, NO_DAY, SECOND, TodoRow},
    units::UnitKind,
};

use super::{read::Record, state::state_in};
use crate::{Action, Result, Role, RoleLevel, Snapshot};

/// What has to be done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Todo {
    /// What a clock counts.
    Clock(ClockIdx),
    /// A transition of another level than the record's own, without a clock.
    Transition(TransitionIdx),
}

/// What distinguishes a transition from a clock in storage.
const TRANSITION: &str = "step:";

impl Todo {
    /// What [`Todo::stored`] made.
    pub(crate) fn read(workflow: &Workflow, text: &str) -> Option<Self> {
        match text.strip_prefix(TRANSITION) {
            Some(id) => workflow.transitions.position(|known| known.id == id).map(Self::Transition),
            None => workflow.clocks.position(|known| known.id == text).map(Self::Clock),
        }
    }

    fn stored(self, workflow: &Workflow) -> String {
        match self {
            Self::Clock(clock) => workflow.clocks[clock].id.clone(),
            Self::Transition(step) => format!("{TRANSITION}{}", workflow.transitions[step].id),
        }
    }
}

/// Whether something may have to be done with a record.
pub(super) fn has_todos(snapshot: &Snapshot, fact: &Fact) -> bool {
    snapshot.definition.forms[fact.form].workflow.as_ref().is_some_and(may_wait)
}

/// Whether records of a workflow may wait for anybody.
fn may_wait(workflow: &Workflow) -> bool {
    let waits = |step: &Transition| step.level != Level::Own || step.needs_second_person;
    !workflow.clocks.is_empty() || workflow.transitions.iter().any(waits)
}

/// Adds a row for everything that has to be done with a record, and every role that may do it.
pub(crate) fn todos(snapshot: &Snapshot, record: &Record, into: &mut Vec<TodoRow>) {
    let Record { row, fact, pending } = record;
    let Some(workflow) = &snapshot.definition.forms[fact.form].workflow else { return };
    let since = record.in_state_since();
    let mut push = |todo: Todo, level: &'static str, role: &Role, due: Option<Date>| {
        into.push(TodoRow {
            fact: row.id,
            clock: todo.stored(workflow),
            role: role.id().to_owned(),
            level: level.into(),
            unit: fact.unit,
            form: row.form.clone(),
            due: due.map_or_else(|| NO_DAY.to_owned(), |day| day.to_string()),
            since: since.to_string(),
        });
    };
    if pending.iter().any(Option::is_some) {
        // What was decided long ago waits for nothing else.
        for (step, transition) in workflow.transitions.entries() {
            if workflow.confirms(transition, &fact.values, pending) {
                let level = name_of(transition.level);
                transition.who.iter().for_each(|role| push(Todo::Transition(step), level, role, None));
                if transition.level == Level::Own && transition.needs_second_person {
                    // Where the unit has one officer only, the step asks the level above.
                    let others = above(snapshot, fact.unit).filter(|role| !transition.who.contains(role));
                    others.for_each(|role| push(Todo::Transition(step), SECOND, role, None));
                }
            }
        }
        return;
    }
    let state = state_in(workflow, row, &fact.values);
    let mut timed: Vec<(&Role, Level)> = Vec::new();
    for (position, clock, due) in clocks(workflow, row, fact, since) {
        for role in addressees(snapshot, fact.unit, clock) {
            timed.push((role, clock.level));
            push(Todo::Clock(position), name_of(clock.level), role, Some(due));
        }
    }
    let from_here = |(_, step): &(TransitionIdx, &Transition)| step.from.contains(&state) && step.to != state;
    // Of several ways out of a state the first stands for all.
    if let Some((step, _)) = needing_second_person(workflow).find(from_here) {
        above(snapshot, fact.unit).for_each(|role| push(Todo::Transition(step), SECOND, role, None));
    }
    for (step, transition) in hand_overs(workflow).filter(from_here) {
        for role in &transition.who {
            if !timed.contains(&(role, transition.level)) {
                timed.push((role, transition.level));
                push(Todo::Transition(step), name_of(transition.level), role, None);
            }
        }
    }
}

/// The transitions of the record's own unit that somebody else must take than who took the one before.
fn needing_second_person(workflow: &Workflow) -> impl Iterator<Item = (TransitionIdx, &Transition)> {
    let steps = workflow.transitions.entries();
    steps.filter(|(_, step)| step.level == Level::Own && step.needs_second_person && !step.is_on_occasion)
}

/// The roles one level above those who keep a unit's records.
fn above(snapshot: &Snapshot, unit: UnitId) -> impl Iterator<Item = &Role> {
    let level = match level_of(snapshot, unit) {
        RoleLevel::Grassroots => RoleLevel::LevelTwo,
        _ => RoleLevel::City,
    };
    let roles = snapshot.definition.roles.iter();
    roles.filter(move |role| role.level() == level && role.allows(Action::TransitionRecords))
}

/// The transitions of another level than the record's own for which a record waits.
fn hand_overs(workflow: &Workflow) -> impl Iterator<Item = (TransitionIdx, &Transition)> {
    let steps = workflow.transitions.entries();
    steps.filter(|(_, step)| step.level != Level::Own && !step.is_on_occasion && !step.reopens)
}

/// The clocks that run for a record, with the last day of each.
fn clocks<'s>(
    workflow: &'s Workflow,
    row: &RecordRow,
    fact: &'s Fact,
    since: Date,
) -> impl Iterator<Item = (ClockIdx, &'s WorkflowClock, Date)> {
    let state = state_in(workflow, row, &fact.values);
    let clocks = workflow.clocks.entries().filter(move |(_, clock)| clock.states.contains(&state));
    clocks.filter_map(move |(position, clock)| Some((position, clock, clock.due(&fact.values, since)?)))
}

/// The roles that a clock runs for. What is left to a record's own unit waits
/// for those who keep that unit's records; for others that it names only when
/// it does not name them.
fn addressees<'c>(
    snapshot: &Snapshot,
    unit: UnitId,
    clock: &'c WorkflowClock,
) -> impl Iterator<Item = &'c Role> {
    let level = level_of(snapshot, unit);
    let keeps_records = move |role: &Role| role.level() == level && role.allows(Action::WriteRecords);
    let is_keepers = clock.level == Level::Own && clock.who.iter().any(keeps_records);
    clock.who.iter().filter(move |role| !is_keepers || keeps_records(role))
}

/// The level at which those work who keep a unit's records.
fn level_of(snapshot: &Snapshot, unit: UnitId) -> RoleLevel {
    match snapshot.units.get(&unit).map(|unit| unit.kind) {
        Some(UnitKind::Union) if snapshot.root() == Some(unit) => RoleLevel::City,
        Some(UnitKind::Union) => RoleLevel::LevelTwo,
        _ => RoleLevel::Grassroots,
    }
}

fn name_of(level: Level) -> &'static str {
    match level {
        Level::Own => "own",
        Level::Above => "above",
        Level::City => "city",
    }
}

/// Rows written at once while folding anew.
const BATCH: usize = 50_000;

/// Writes what has to be done with all stored records that `is_wanted` in place of whatever is there.
pub(crate) async fn fold_anew(
    tx: &mut Tx,
    snapshot: &Snapshot,
    is_wanted: impl Fn(&RecordRow) -> bool,
) -> Result<()> {
    todo::clear(tx).await?;
    for form in &snapshot.definition.forms {
        if !form.workflow.as_ref().is_some_and(may_wait) {
            continue;
        }
        let mut rows = Vec::new();
        let mut fault = None;
        records::for_each_of(tx, &form.id, |row| {
            if !is_wanted(&row) {
                return;
            }
            match Record::new(snapshot, row) {
                Ok(record) => todos(snapshot, &record, &mut rows),
                Err(error) => fault = Some(error),
            }
        })
        .await?;
        if let Some(error) = fault {
            return Err(error);
        }
        for batch in rows.chunks(BATCH) {
            todo::insert(tx, batch).await?;
        }
    }
    Ok(())
}
