//! Numbers that the system gives (编号), where whoever enters a record leaves them to it.

use campaign::definition::{Form, Numbering, Piece};
use jiff::civil::Date;
use model::{ids::FactId, value::Value};
use store::{Tx, facts};

use super::Reading;
use crate::{Result, record::read_fact, registers::number_field};

/// Records that are looked through for one that was entered a moment ago.
const RECENT: i64 = 20;

/// Writes the next number into `values` when the form numbers its records and
/// none is stated. Who sends the same form once more is not given another
/// number: the answer is then the record that is there.
pub(super) async fn give(
    tx: &mut Tx,
    reading: &Reading<'_>,
    values: &mut [Option<Value>],
) -> Result<Option<FactId>> {
    let form = reading.form();
    let Some(wanted) = wanted(form, values) else { return Ok(None) };
    let field = wanted.numbering.field;
    facts::lock_numbers(tx, reading.unit).await?;
    for row in facts::newest_of(tx, reading.unit, &form.id, RECENT).await? {
        let fact = read_fact(reading.snapshot, &row)?;
        let mut pairs = fact.values.iter().zip(values.iter()).enumerate();
        if pairs.all(|(position, (old, new))| position == field || old == new) {
            return Ok(Some(row.id));
        }
    }
    let known: Vec<String> = if number_field(form) == Some(field) {
        facts::identities_of(tx, reading.unit, &form.id).await?
    } else {
        let rows = facts::list_of_unit(tx, reading.unit, &form.id).await?;
        let number = |row| {
            Ok(read_fact(reading.snapshot, row)?.value(field).and_then(Value::as_str).map(str::to_owned))
        };
        rows.iter().filter_map(|row| number(row).transpose()).collect::<Result<_>>()?
    };
    let unit = reading.snapshot.units.get(&reading.unit).map_or("", |unit| unit.code.as_str());
    let last = wanted.last(unit, known.iter().map(String::as_str));
    values[field] = Some(Value::Text(wanted.after(unit, last)));
    Ok(None)
}

/// Puts something in the place of a number that will be given, so that its absence is no fault.
pub(super) fn stand_in(reading: &Reading<'_>, values: &mut [Option<Value>]) {
    if let Some(numbering) = reading.form().numbering.as_ref()
        && values[numbering.field].is_none()
    {
        values[numbering.field] = Some(Value::Text("1".to_owned()));
    }
}

/// A number that is wanted of the system, with year and month of the record.
pub(crate) struct Wanted<'f> {
    numbering: &'f Numbering,
    year: i16,
    month: i8,
}

impl Wanted<'_> {
    /// Year and month that stand in it.
    pub(crate) fn period(&self) -> (i16, i8) {
        (self.year, self.month)
    }

    /// The last serial among numbers that are known at the unit with this code; 0 for none.
    pub(crate) fn last<'k>(&self, unit: &str, known: impl Iterator<Item = &'k str>) -> u64 {
        let serial = |number| self.numbering.serial(unit, self.year, self.month, number);
        known.filter_map(serial).max().unwrap_or(0)
    }

    /// The number after that serial.
    pub(crate) fn after(&self, unit: &str, last: u64) -> String {
        self.numbering.number(unit, self.year, self.month, last.saturating_add(1))
    }
}

/// The number that is wanted of a record; `None` when it states one, its form
/// gives none, or it lacks the date that stands in it.
pub(crate) fn wanted<'f>(form: &'f Form, values: &[Option<Value>]) -> Option<Wanted<'f>> {
    let numbering = form.numbering.as_ref().filter(|numbering| values[numbering.field].is_none())?;
    let is_dated = numbering.pieces.iter().any(|piece| matches!(piece, Piece::Year | Piece::Month));
    let (year, month) = match numbering.on.and_then(|field| values[field].as_ref()) {
        Some(Value::Date(day)) => (Date::year(*day), Date::month(*day)),
        Some(Value::Integer(year)) => (i16::try_from(*year).ok()?, 0),
        _ if is_dated => return None,
        _ => (0, 0),
    };
    Some(Wanted { numbering, year, month })
}
