//! Numbers (编号) for new rows that have none: the system gives them, as it does for records that are
//! entered in a form.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use campaign::{definition::FieldIdx, validate::FieldProblem};
use model::{ids::UnitId, problem::Problem, value::Value};
use store::{Tx, records};

use super::{Incoming, records::Good};
use crate::{
    Result,
    record::{number_field, read_record, wanted_number},
};

/// What is known of the numbers of the file's units.
pub(super) struct Numbers<'a> {
    incoming: Incoming<'a>,
    /// The field that is numbered.
    field: Option<FieldIdx>,
    /// Numbers that the file brings.
    brought: BTreeMap<UnitId, BTreeSet<String>>,
    units: BTreeMap<UnitId, Known>,
}

/// A unit's numbers.
#[derive(Default)]
struct Known {
    numbers: BTreeSet<String>,
    /// The last serial given or known, by year and month.
    last: BTreeMap<(i16, i8), u64>,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(incoming: Incoming<'a>, good: &[Good]) -> Self {
        let field = incoming.form().numbering.as_ref().map(|numbering| numbering.field);
        let mut brought: BTreeMap<UnitId, BTreeSet<String>> = BTreeMap::new();
        if let Some(field) = field {
            for row in good {
                let number = row.values[field].as_ref().and_then(Value::as_str);
                brought.entry(row.unit).or_default().extend(number.map(ToOwned::to_owned));
            }
        }
        Self { incoming, field, brought, units: BTreeMap::new() }
    }

    /// Gives a new row its number, if it has none and its form gives numbers; what prevents that is returned.
    pub(super) async fn give(&mut self, tx: &mut Tx, good: &mut Good) -> Result<Option<FieldProblem>> {
        let Some(field) = self.field.filter(|field| good.values[*field].is_none()) else { return Ok(None) };
        let form = self.incoming.form();
        let Some(wanted) = wanted_number(form, &good.values) else {
            return Ok(Some(FieldProblem { field, problem: Problem::Missing }));
        };
        if let Entry::Vacant(unit) = self.units.entry(good.unit) {
            let mut numbers = stored_numbers(self.incoming, tx, good.unit, field).await?;
            numbers.extend(self.brought.remove(&good.unit).unwrap_or_default());
            unit.insert(Known { numbers, last: BTreeMap::new() });
        }
        let known = self.units.entry(good.unit).or_default();
        let code = self.incoming.snapshot.units.get(&good.unit).map_or("", |unit| unit.code.as_str());
        let numbers = &known.numbers;
        let last = known.last.entry(wanted.period());
        let last = last.or_insert_with(|| wanted.last_serial(code, numbers.iter().map(String::as_str)));
        good.values[field] = Some(Value::Text(wanted.number_after(code, *last)));
        *last += 1;
        Ok(None)
    }
}

async fn stored_numbers(
    incoming: Incoming<'_>,
    tx: &mut Tx,
    unit: UnitId,
    field: FieldIdx,
) -> Result<BTreeSet<String>> {
    let form = incoming.form();
    if number_field(form) == Some(field) {
        return Ok(records::identities_of(tx, unit, &form.id).await?.into_iter().collect());
    }
    let mut numbers = BTreeSet::new();
    for row in records::list_of_unit(tx, unit, &form.id).await? {
        let fact = read_record(incoming.snapshot, &row)?;
        numbers.extend(fact.value(field).and_then(Value::as_str).map(ToOwned::to_owned));
    }
    Ok(numbers)
}
