//! Numbers that the system gives (编号), where whoever enters a record leaves them to it.

use campaign::definition::{Numbering, Piece};
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
    let Some((numbering, year, month)) = wanted(reading, values) else { return Ok(None) };
    let form = reading.form();
    let field = numbering.field;
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
    let serials = known.iter().filter_map(|number| numbering.serial(unit, year, month, number));
    let serial = serials.max().unwrap_or(0).saturating_add(1);
    values[field] = Some(Value::Text(numbering.number(unit, year, month, serial)));
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

/// The numbering, with year and month of the record, when a number is wanted
/// of it; a record without the date has none yet.
fn wanted<'a>(reading: &'a Reading<'_>, values: &[Option<Value>]) -> Option<(&'a Numbering, i16, i8)> {
    let numbering = reading.form().numbering.as_ref()?;
    if values[numbering.field].is_some() {
        return None;
    }
    let is_dated = numbering.pieces.iter().any(|piece| matches!(piece, Piece::Year | Piece::Month));
    let (year, month) = match numbering.on.and_then(|field| values[field].as_ref()) {
        Some(Value::Date(day)) => (Date::year(*day), Date::month(*day)),
        Some(Value::Integer(year)) => (i16::try_from(*year).ok()?, 0),
        _ if is_dated => return None,
        _ => (0, 0),
    };
    Some((numbering, year, month))
}
