//! Numbers (编号) for rows that leave them to the system, in files that it made
//! itself. Such a row is a new record, unless the unit has one that states
//! exactly the same: the same file once more adds nothing, until somebody changes
//! what it brought. From then on a row without a number is a record of its own.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use campaign::{definition::FieldIdx, validate::FieldProblem};
use model::{ids::UnitId, problem::Problem, value::Value};
use store::{Tx, records};

use super::{Incoming, records::Good};
use crate::{
    Result,
    record::{read_record, wanted_number},
};

/// What becomes of a row without a number.
pub(super) enum Numbering {
    /// It has one now; or it needs none.
    Number,
    /// The unit has a record that states the same.
    Stored,
    /// It cannot have one, because of what is wrong with this field.
    Refused(FieldProblem),
}

/// What is known of the numbers of the file's units.
pub(super) struct Numbers<'a> {
    incoming: Incoming<'a>,
    /// The field that is numbered, where rows may leave it empty.
    field: Option<FieldIdx>,
    /// Numbers that the file brings, of the units in which it leaves some to be given.
    brought: BTreeMap<UnitId, BTreeSet<String>>,
    units: BTreeMap<UnitId, Known>,
    /// Whether nobody else can number records of the file's units.
    is_locked: bool,
}

/// A unit's numbers, and what its records and the rows before state beside them.
#[derive(Default)]
struct Known {
    numbers: BTreeSet<String>,
    /// The last serial given or known, by year and month.
    last: BTreeMap<(i16, i8), u64>,
    stored: BTreeSet<String>,
    /// The row of the file that states it.
    rows: BTreeMap<String, u32>,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(incoming: Incoming<'a>, good: &[Good]) -> Self {
        let numbering = incoming.form().numbering.as_ref().filter(|_| incoming.recognised().is_own);
        let field = numbering.map(|numbering| numbering.field);
        let mut brought: BTreeMap<UnitId, BTreeSet<String>> = BTreeMap::new();
        let is_needed = |field: FieldIdx| good.iter().any(|row| row.values[field].is_none());
        if let Some(field) = field.filter(|field| is_needed(*field)) {
            for row in good.iter().filter(|row| row.values[field].is_none()) {
                brought.entry(row.unit).or_default();
            }
            for row in good {
                let number = row.values[field].as_ref().and_then(Value::as_str);
                if let Some(numbers) = brought.get_mut(&row.unit) {
                    numbers.extend(number.map(ToOwned::to_owned));
                }
            }
        }
        Self { incoming, field, brought, units: BTreeMap::new(), is_locked: incoming.request.preview }
    }

    /// Gives a new row its number, if it has none and its form gives numbers.
    pub(super) async fn give(&mut self, tx: &mut Tx, good: &mut Good) -> Result<Numbering> {
        let Some(field) = self.field.filter(|field| good.values[*field].is_none()) else {
            return Ok(Numbering::Number);
        };
        let (snapshot, form) = (self.incoming.snapshot, self.incoming.form());
        let Some(wanted) = wanted_number(form, &good.values) else {
            return Ok(Numbering::Refused(FieldProblem { field, problem: Problem::Missing }));
        };
        let codec = &snapshot.codecs[self.incoming.form];
        if !self.is_locked {
            // All of them in one order: two files of the same units wait for each other only once.
            for unit in self.brought.keys() {
                records::lock_numbers(tx, *unit).await?;
            }
            self.is_locked = true;
        }
        if let Entry::Vacant(unit) = self.units.entry(good.unit) {
            let mut known = Known::default();
            for row in records::list_of_unit(tx, good.unit, &form.id).await? {
                let mut values = read_record(snapshot, &row)?.values;
                let number = values[field].take();
                known.numbers.extend(number.as_ref().and_then(Value::as_str).map(ToOwned::to_owned));
                known.stored.insert(codec.encode(&values));
            }
            known.numbers.extend(self.brought.remove(&good.unit).unwrap_or_default());
            unit.insert(known);
        }
        let known = self.units.entry(good.unit).or_default();
        let content = codec.encode(&good.values);
        if known.stored.contains(&content) {
            return Ok(Numbering::Stored);
        }
        if let Some(first) = known.rows.insert(content, good.row) {
            return Ok(Numbering::Refused(FieldProblem {
                field,
                problem: Problem::RepeatedInFile { first },
            }));
        }
        let code = snapshot.units.get(&good.unit).map_or("", |unit| unit.code.as_str());
        let numbers = &known.numbers;
        let last = known.last.entry(wanted.period());
        let last = last.or_insert_with(|| wanted.last_serial(code, numbers.iter().map(String::as_str)));
        good.values[field] = Some(Value::Text(wanted.number_after(code, *last)));
        *last += 1;
        Ok(Numbering::Number)
    }
}
