//! Numbers that the system gives (编号), where whoever enters a record leaves them to it.

use campaign::definition::{Form, Numbering, Piece, Values};
use jiff::civil::Date;
use model::{ids::RecordId, value::Value};
use store::{Tx, records};

use super::{identity::number_field, input::InputReader, read::read_record};
use crate::Result;

/// Records that are looked through for one that was entered a moment ago.
const RECENT: i64 = 20;

/// Writes the next number into `values` when the form numbers its records and
/// none is stated. Who sends the same form once more is not given another
/// number: the answer is then the record that is there.
pub(crate) async fn give_number(
    tx: &mut Tx,
    reading: &InputReader<'_>,
    values: &mut Values,
) -> Result<Option<RecordId>> {
    let form = reading.form();
    let Some(wanted) = wanted_number(form, values) else { return Ok(None) };
    let field = wanted.numbering.field;
    records::lock_numbers(tx, reading.unit).await?;
    for row in records::newest_of(tx, reading.unit, &form.id, RECENT).await? {
        let fact = read_record(reading.snapshot, &row)?;
        let mut pairs = fact.values.entries().zip(values.iter());
        if pairs.all(|((position, old), new)| position == field || old == new) {
            return Ok(Some(row.id));
        }
    }
    let known: Vec<String> = if number_field(form) == Some(field) {
        records::identities_of(tx, reading.unit, &form.id).await?
    } else {
        let rows = records::list_of_unit(tx, reading.unit, &form.id).await?;
        let number = |row| {
            Ok(read_record(reading.snapshot, row)?.value(field).and_then(Value::as_str).map(str::to_owned))
        };
        rows.iter().filter_map(|row| number(row).transpose()).collect::<Result<_>>()?
    };
    let unit = reading.snapshot.units.get(&reading.unit).map_or("", |unit| unit.code.as_str());
    let last = wanted.last_serial(unit, known.iter().map(String::as_str));
    values[field] = Some(Value::Text(wanted.number_after(unit, last)));
    Ok(None)
}

/// Puts something in the place of a number that will be given, so that its absence is no fault.
pub(crate) fn put_placeholder(reading: &InputReader<'_>, values: &mut Values) {
    if let Some(numbering) = reading.form().numbering.as_ref()
        && values[numbering.field].is_none()
    {
        values[numbering.field] = Some(Value::Text("1".to_owned()));
    }
}

/// A number that is wanted of the system, with year and month of the record.
pub(crate) struct WantedNumber<'f> {
    numbering: &'f Numbering,
    year: i16,
    month: i8,
}

impl WantedNumber<'_> {
    /// The year and the month in the number.
    pub(crate) fn period(&self) -> (i16, i8) {
        (self.year, self.month)
    }

    /// The last serial among numbers that are known at the unit with this code; 0 for none.
    pub(crate) fn last_serial<'k>(&self, unit: &str, known: impl Iterator<Item = &'k str>) -> u64 {
        let serial = |number| self.numbering.serial(unit, self.year, self.month, number);
        known.filter_map(serial).max().unwrap_or(0)
    }

    /// The number after that serial.
    pub(crate) fn number_after(&self, unit: &str, last: u64) -> String {
        self.numbering.number(unit, self.year, self.month, last.saturating_add(1))
    }
}

/// The number that is wanted of a record; `None` when it states one, its form
/// gives none, or it lacks the date that is in it.
pub(crate) fn wanted_number<'f>(form: &'f Form, values: &Values) -> Option<WantedNumber<'f>> {
    let numbering = form.numbering.as_ref().filter(|numbering| values[numbering.field].is_none())?;
    let is_dated = numbering.pieces.iter().any(|piece| matches!(piece, Piece::Year | Piece::Month));
    let (year, month) = match numbering.on.and_then(|field| values[field].as_ref()) {
        Some(Value::Date(day)) => (Date::year(*day), Date::month(*day)),
        Some(Value::Integer(year)) => (i16::try_from(*year).ok()?, 0),
        _ if is_dated => return None,
        _ => (0, 0),
    };
    Some(WantedNumber { numbering, year, month })
}
