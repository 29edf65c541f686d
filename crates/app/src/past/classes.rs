//! What units stated themselves to be at the end of an earlier day: by the roster, and by their returns.

use std::collections::BTreeSet;

use jiff::civil::Date;
use ledger::{
    classes::{Classes, class_statement},
    hierarchy::Line,
};
use model::ids::{RecordId, UnitId};
use store::{
    Tx, former, records,
    units::{Unit, UnitKind},
};

use super::records_on;
use crate::{Result, Snapshot, units::roster_classes};

/// Adds to `classes` what some units, and the enterprises of those that are teams, were known to be at the end of `day`.
pub(crate) async fn classes_on(
    tx: &mut Tx,
    then: &Snapshot,
    day: Date,
    units: &BTreeSet<UnitId>,
    classes: &mut Classes,
) -> Result<()> {
    let mut wanted = units.clone();
    for unit in units {
        let is_team = then.units.get(unit).is_some_and(|unit| unit.kind == UnitKind::Team);
        let month = then.definition.last_month();
        let above = then.tree.parent(*unit, Line::Subordination, month).filter(|_| is_team);
        if let Some(enterprise) = above {
            classes.inherit(*unit, enterprise);
            wanted.insert(enterprise);
        }
    }
    let known: Vec<&Unit> = wanted.iter().filter_map(|unit| then.units.get(unit)).collect();
    for unit in &known {
        if let Some(from) = unit.closed_from {
            classes.close(unit.id, from);
        }
    }
    for (unit, year, class) in roster_classes(then, known)? {
        if let Some(class) = class {
            classes.state(unit, year, class);
        }
    }
    let wanted: Vec<UnitId> = wanted.into_iter().collect();
    let stating =
        then.definition.forms.iter().filter(|form| form.kind.states_classes() && form.year.is_some());
    for form in stating {
        let mut ids: Vec<RecordId> = Vec::new();
        let stored = then.definition.stored_form(&form.id);
        records::for_each_of_units(tx, stored, &wanted, None, |row| ids.push(row.id)).await?;
        let removed = former::removed_of_units(tx, stored, &wanted).await?;
        ids.extend(removed.into_iter().map(|record| record.id));
        for record in records_on(tx, then, day, &ids).await?.into_values() {
            if let Some((year, class)) = class_statement(&then.definition, &record.fact) {
                classes.state(record.fact.unit, year, class);
            }
        }
    }
    Ok(())
}
