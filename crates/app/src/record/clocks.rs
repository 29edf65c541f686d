//! From a record to the clocks that run for it, and for whom.

use campaign::definition::{Level, WorkflowClock};
use jiff::civil::Date;
use ledger::fact::Fact;
use model::ids::UnitId;
use store::{
    Tx,
    records::{self, RecordRow},
    todo::{self, TodoRow},
    units::UnitKind,
};

use super::{read::Record, state::state_in};
use crate::{Action, Result, Role, RoleLevel, Snapshot};

/// Whether clocks may run for a record.
pub(super) fn has_clocks(snapshot: &Snapshot, fact: &Fact) -> bool {
    let workflow = snapshot.campaign.forms[fact.form].workflow.as_ref();
    workflow.is_some_and(|workflow| !workflow.clocks.is_empty())
}

/// Adds a row for every clock that runs for a record, and every role that it runs for.
pub(crate) fn running(snapshot: &Snapshot, record: &Record, into: &mut Vec<TodoRow>) {
    let Record { row, fact } = record;
    let since = record.in_state_since();
    for (clock, due) in clocks(snapshot, row, fact, since) {
        into.extend(addressees(snapshot, fact.unit, clock).map(|role| TodoRow {
            fact: row.id,
            clock: clock.id.clone(),
            role: role.id().to_owned(),
            level: level(clock.level),
            unit: fact.unit,
            form: row.form.clone(),
            due: due.to_string(),
            since: since.to_string(),
        }));
    }
}

/// The clocks that run for a record, with the last day of each.
fn clocks<'s>(
    snapshot: &'s Snapshot,
    row: &RecordRow,
    fact: &'s Fact,
    since: Date,
) -> impl Iterator<Item = (&'s WorkflowClock, Date)> {
    let workflow = snapshot.campaign.forms[fact.form].workflow.as_ref();
    let workflow = workflow.filter(|workflow| !workflow.clocks.is_empty());
    let state = workflow.map(|workflow| state_in(workflow, row, &fact.values));
    let clocks = workflow.into_iter().flat_map(|workflow| &workflow.clocks);
    let clocks = clocks.filter(move |clock| state.is_some_and(|state| clock.states.contains(&state)));
    clocks.filter_map(move |clock| Some((clock, clock.due(&fact.values, since)?)))
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

fn level(level: Level) -> &'static str {
    match level {
        Level::Own => "own",
        Level::Above => "above",
        Level::City => "city",
    }
}

/// Rows written at once while folding anew.
const BATCH: usize = 50_000;

/// Writes the clocks that run for all stored records in place of whatever is there.
pub(crate) async fn fold_anew(tx: &mut Tx, snapshot: &Snapshot) -> Result<()> {
    todo::clear(tx).await?;
    for form in &snapshot.campaign.forms {
        if form.workflow.as_ref().is_none_or(|workflow| workflow.clocks.is_empty()) {
            continue;
        }
        let mut rows = Vec::new();
        let mut fault = None;
        records::for_each_of(tx, &form.id, |row| match Record::new(snapshot, row) {
            Ok(record) => running(snapshot, &record, &mut rows),
            Err(error) => fault = Some(error),
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
