//! From a record to the clocks that run for it, and for whom.

use campaign::definition::{Clock, Level};
use jiff::civil::Date;
use ledger::fact::Fact;
use model::ids::UnitId;
use store::{
    Tx,
    awaited::{self, Awaited},
    facts::{self, FactRow},
    units::UnitKind,
};

use crate::{
    Result, Role, Snapshot,
    record::read_fact,
    standing::{since, state_in},
};

/// Whether clocks may run for a record.
pub(crate) fn has_clocks(snapshot: &Snapshot, fact: &Fact) -> bool {
    let workflow = snapshot.campaign.forms[fact.form].workflow.as_ref();
    workflow.is_some_and(|workflow| !workflow.clocks.is_empty())
}

/// Adds a row for every clock that runs for a record, and every role that it runs for.
pub(crate) fn running(snapshot: &Snapshot, row: &FactRow, fact: &Fact, into: &mut Vec<Awaited>) {
    let since = since(row);
    for (clock, due) in clocks(snapshot, row, fact, since) {
        into.extend(addressees(snapshot, fact.unit, clock).map(|role| Awaited {
            fact: row.id,
            clock: clock.id.clone(),
            role: role.name(),
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
    row: &FactRow,
    fact: &'s Fact,
    since: Date,
) -> impl Iterator<Item = (&'s Clock, Date)> {
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
fn addressees(snapshot: &Snapshot, unit: UnitId, clock: &Clock) -> impl Iterator<Item = Role> {
    let keeper = keeper(snapshot, unit);
    let is_keepers = clock.level == Level::Own && clock.who.contains(&keeper);
    clock.who.iter().copied().filter(move |role| !is_keepers || *role == keeper)
}

/// The role of those who keep a unit's records.
fn keeper(snapshot: &Snapshot, unit: UnitId) -> Role {
    match snapshot.units.get(&unit).map(|unit| unit.kind) {
        Some(UnitKind::Union) if snapshot.root() == Some(unit) => Role::CityOffice,
        Some(UnitKind::Union) => Role::LevelTwoOfficer,
        _ => Role::EnterpriseOfficer,
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

/// Writes what is awaited of all stored facts in place of whatever is there.
pub(crate) async fn fold_anew(tx: &mut Tx, snapshot: &Snapshot) -> Result<()> {
    awaited::clear(tx).await?;
    for form in &snapshot.campaign.forms {
        if form.workflow.as_ref().is_none_or(|workflow| workflow.clocks.is_empty()) {
            continue;
        }
        let mut waiting = Vec::new();
        let mut fault = None;
        facts::for_each_of(tx, &form.id, |row| match read_fact(snapshot, &row) {
            Ok(fact) => running(snapshot, &row, &fact, &mut waiting),
            Err(error) => fault = Some(error),
        })
        .await?;
        if let Some(error) = fault {
            return Err(error);
        }
        for batch in waiting.chunks(BATCH) {
            awaited::insert(tx, batch).await?;
        }
    }
    Ok(())
}
