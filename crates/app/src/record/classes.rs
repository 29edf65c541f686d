//! What returns say about the class of their units, and the records that are
//! posted anew because of it.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    balance::Own,
    classes::{Classes, class_statement},
    fact::Fact,
};
use model::{
    class::Class,
    ids::{RecordId, UnitId},
    month::Year,
};
use store::{Tx, records, units::ClassStatement};

use super::{balances::add_postings, change::RecordDelta, read::read_record};
use crate::{Result, Snapshot};

/// What returns among the changes say about their units, where it differs from before.
pub(super) fn class_changes(snapshot: &Snapshot, deltas: &[RecordDelta]) -> Vec<ClassStatement> {
    let mut by_year: BTreeMap<(UnitId, Year), (Option<Class>, Option<Class>)> = BTreeMap::new();
    for delta in deltas {
        for (side, is_new) in [(&delta.old, false), (&delta.new, true)] {
            let Some(record) = side else { continue };
            let Some((year, class)) = class_statement(&snapshot.definition, &record.fact) else { continue };
            let entry = by_year.entry((record.fact.unit, year)).or_default();
            *(if is_new { &mut entry.1 } else { &mut entry.0 }) = Some(class);
        }
    }
    by_year
        .into_iter()
        .filter(|(_, (old, new))| old != new)
        .map(|((unit, year), (_, new))| (unit, year, new))
        .collect()
}

/// Classes after `statements`, and the units whose class really changes in some year.
pub(super) fn changed_classes(
    snapshot: &Snapshot,
    statements: &[ClassStatement],
) -> (Classes, BTreeSet<UnitId>) {
    let mut classes = snapshot.classes.clone();
    for (unit, year, class) in statements {
        match class {
            Some(class) => classes.state(*unit, *year, *class),
            None => classes.retract(*unit, *year),
        }
    }
    let differs = |unit: UnitId, year: Year| {
        // A statement holds until the next one, so comparing its own year and those after it is enough.
        (year..=snapshot.definition.period().last.max(year))
            .any(|year| classes.class(unit, year) != snapshot.classes.class(unit, year))
    };
    let differing = statements.iter().filter(|(unit, year, _)| differs(*unit, *year));
    let mut units: BTreeSet<UnitId> = differing.map(|(unit, _, _)| *unit).collect();
    if !units.is_empty() {
        // A team is what its enterprise is.
        let enterprise = |team: &UnitId| snapshot.classes.enterprise(*team);
        let inherits = |team: &UnitId| enterprise(team).is_some_and(|enterprise| units.contains(&enterprise));
        let teams: Vec<UnitId> = snapshot.units.keys().copied().filter(inherits).collect();
        units.extend(teams);
    }
    (classes, units)
}

/// Posts anew the other records of units whose class has changed, and statements that hold until another month.
pub(super) async fn post_anew(
    tx: &mut Tx,
    own: &mut Own,
    snapshot: &Snapshot,
    deltas: &[RecordDelta],
    classes: &Classes,
    reclassed: &BTreeSet<UnitId>,
) -> Result<()> {
    let touched: BTreeSet<RecordId> = deltas.iter().filter_map(RecordDelta::id).collect();
    let mut facts = records_by_class(tx, snapshot, reclassed).await?;
    for fact in statements_before(tx, snapshot, classes, deltas).await? {
        facts.insert(fact.id, fact);
    }
    for fact in facts.into_values().filter(|fact| !touched.contains(&fact.id)) {
        add_postings(own, snapshot, &fact, &snapshot.classes, -1);
        add_postings(own, snapshot, &fact, classes, 1);
    }
    Ok(())
}

/// Statements that have another one after them than before: they hold until then as their unit's last.
async fn statements_before(
    tx: &mut Tx,
    snapshot: &Snapshot,
    classes: &Classes,
    deltas: &[RecordDelta],
) -> Result<Vec<Fact>> {
    let mut wanted: BTreeMap<&str, BTreeMap<UnitId, BTreeSet<Year>>> = BTreeMap::new();
    let sides = deltas.iter().flat_map(|delta| [&delta.old, &delta.new]).flatten();
    for record in sides {
        let unit = record.fact.unit;
        let Some((year, _)) = class_statement(&snapshot.definition, &record.fact) else { continue };
        let earlier = |known: &Classes| known.last_return_before(unit, year);
        let years = [earlier(&snapshot.classes), earlier(classes)].into_iter().flatten();
        let has_other = |earlier: &Year| {
            snapshot.classes.next_return(unit, *earlier) != classes.next_return(unit, *earlier)
        };
        let years: Vec<Year> = years.filter(has_other).collect();
        if !years.is_empty() {
            let form = snapshot.definition.forms[record.fact.form].id.as_str();
            wanted.entry(form).or_default().entry(unit).or_default().extend(years);
        }
    }
    let mut rows = Vec::new();
    for (form, units) in &wanted {
        let ids: Vec<UnitId> = units.keys().copied().collect();
        records::for_each_of_units(tx, form, &ids, None, |row| rows.push(row)).await?;
    }
    let mut found = Vec::new();
    for row in rows {
        let fact = read_record(snapshot, &row)?;
        let years = wanted.get(row.form.as_str()).and_then(|units| units.get(&row.unit));
        let statement = class_statement(&snapshot.definition, &fact);
        if statement.zip(years).is_some_and(|((year, _), years)| years.contains(&year)) {
            found.push(fact);
        }
    }
    Ok(found)
}

/// Records of `units` whose postings may depend on the class of a unit.
async fn records_by_class(
    tx: &mut Tx,
    snapshot: &Snapshot,
    units: &BTreeSet<UnitId>,
) -> Result<BTreeMap<RecordId, Fact>> {
    let mut found = BTreeMap::new();
    for unit in units {
        for row in records::list_touching(tx, *unit).await? {
            let fact = read_record(snapshot, &row)?;
            let mut conditions =
                snapshot.definition.forms[fact.form].posts.iter().filter_map(|post| post.when.as_ref());
            if conditions.any(campaign::condition::Condition::needs_class) {
                found.insert(fact.id, fact);
            }
        }
    }
    Ok(found)
}
