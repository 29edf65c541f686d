//! What each day changed in the balances of each unit, from which figures are shown as they were known on an earlier
//! day (`docs/decisions/0035-figures-as-known.md`).
//!
//! A row is a unit's day. It is written in the transaction that changes the balances: on SQLite that of the command, on
//! PostgreSQL the folder's, under the day of the command.

use std::collections::{BTreeMap, BTreeSet};

use boxed_async::boxed_async;
use integer_encoding::VarInt;
use jiff::civil::Date;
use ledger::{
    balance::{CellKey, Period},
    balance_row::BalanceRow,
    known::DayChange,
};
use model::ids::UnitId;
use sqlx::FromRow;

use crate::{
    Error, Result, Tx, bulk, former,
    packed::{for_each_value, pack, push_number},
};

/// A stored row.
#[derive(FromRow)]
struct StoredDay {
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    day: i64,
    changes: Vec<u8>,
}

impl StoredDay {
    fn read(&self) -> Result<DayChange> {
        let mut change = DayChange::default();
        self.add_to(&mut change, 1)?;
        Ok(change)
    }

    /// Adds what it says to a change, `times` over; [`DayChange::prune`] follows after the last one.
    fn add_to(&self, change: &mut DayChange, times: i64) -> Result<()> {
        read(&self.changes, change, times).ok_or_else(|| Error::Corrupt {
            table: "balance_day",
            key: format!("{} {}", self.unit_id, self.day),
            detail: "changes cannot be read".to_owned(),
        })
    }
}

/// A day as it is stored, yyyymmdd.
pub(crate) fn number(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

pub(crate) fn day_of_number(number: i64) -> Option<Date> {
    let part = |divisor, size| i8::try_from(number / divisor % size).ok();
    Date::new(i16::try_from(number / 10_000).ok()?, part(100, 100)?, part(1, 100)?).ok()
}

/// A change as bytes: of each period its number, the length of its row, and its row.
fn write(change: &DayChange) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for (period, row) in &change.0 {
        let row = pack(row);
        push_number(&mut bytes, period.0);
        push_number(&mut bytes, row.len());
        bytes.extend(row);
    }
    bytes
}

/// Adds what was written to `change`, `times` over; `None` when it cannot be read.
fn read(mut bytes: &[u8], change: &mut DayChange, times: i64) -> Option<()> {
    while !bytes.is_empty() {
        let (period, used) = i32::decode_var(bytes)?;
        let (length, more) = usize::decode_var(bytes.get(used..)?)?;
        let begin = used + more;
        let end = begin.checked_add(length)?;
        // Into the sum at once: a city has a thousand days of a dozen rows each.
        let row = change.0.entry(Period(period)).or_default();
        for_each_value(bytes.get(begin..end)?, |slot, amount| row.add(slot, amount * times))?;
        bytes = bytes.get(end..)?;
    }
    Some(())
}

const COLUMNS: [&str; 4] = ["region_id", "unit_id", "day", "changes"];

/// Units looked up by one statement.
const UNITS: usize = 500;
/// So many units come again and again: those of one command.
const FEW_UNITS: usize = 8;

/// Adds what changed in rows of balances to a day. Nobody else may be adding meanwhile, as with the balances.
pub(crate) async fn add_cells(tx: &mut Tx, day: Date, cells: &BTreeMap<CellKey, BalanceRow>) -> Result<()> {
    let mut units: BTreeMap<UnitId, DayChange> = BTreeMap::new();
    for (place, row) in cells {
        units.entry(place.unit).or_default().add(place.period, row, 1);
    }
    add(tx, day, units).await
}

/// Adds what changed at some units to a day.
pub(crate) async fn add(tx: &mut Tx, day: Date, mut units: BTreeMap<UnitId, DayChange>) -> Result<()> {
    units.retain(|_, change| !change.is_empty());
    let ids: Vec<UnitId> = units.keys().copied().collect();
    for chunk in ids.chunks(UNITS) {
        let mut query = tx.build("SELECT unit_id, day, changes FROM balance_day WHERE region_id = ");
        query.push_in("unit_id", chunk.iter().copied()).push_and("day = ", number(day));
        query.cached(chunk.len() <= FEW_UNITS);
        for stored in query.fetch_all::<StoredDay>(tx).await? {
            stored.add_to(units.entry(stored.unit_id).or_default(), 1)?;
        }
    }
    units.values_mut().for_each(DayChange::prune);
    put(tx, day, &units).await
}

/// Writes the days of some units; one that has come to nothing is removed.
async fn put(tx: &mut Tx, day: Date, units: &BTreeMap<UnitId, DayChange>) -> Result<()> {
    for (unit, _) in units.iter().filter(|(_, change)| change.is_empty()) {
        let text = "DELETE FROM balance_day WHERE region_id = $1 AND unit_id = $2 AND day = $3";
        tx.query(text).bind(*unit).bind(number(day)).execute(tx).await?;
    }
    let region = tx.region;
    let left = units.iter().filter(|(_, change)| !change.is_empty());
    let rows =
        left.map(|(unit, change)| [region.into(), (*unit).into(), number(day).into(), write(change).into()]);
    let suffix = "ON CONFLICT (region_id, unit_id, day) DO UPDATE SET changes = excluded.changes";
    bulk::insert(tx, "balance_day", COLUMNS, suffix, rows).await?;
    Ok(())
}

/// Writes what a day changed at units that have no such day yet.
#[boxed_async]
pub async fn insert(tx: &mut Tx, day: Date, units: BTreeMap<UnitId, DayChange>) -> Result<()> {
    put(tx, day, &units).await
}

/// What was changed at some units after a day; units at which nothing was are left out.
#[boxed_async]
pub async fn changes_after(tx: &mut Tx, units: &[UnitId], day: Date) -> Result<BTreeMap<UnitId, DayChange>> {
    let mut changes: BTreeMap<UnitId, DayChange> = BTreeMap::new();
    for chunk in units.chunks(UNITS) {
        let mut query = tx.build("SELECT unit_id, day, changes FROM balance_day WHERE region_id = ");
        query.push_in("unit_id", chunk.iter().copied()).push_and("day > ", number(day));
        query.cached(chunk.len() <= FEW_UNITS);
        for stored in query.fetch_all::<StoredDay>(tx).await? {
            stored.add_to(changes.entry(stored.unit_id).or_default(), 1)?;
        }
    }
    changes.values_mut().for_each(DayChange::prune);
    changes.retain(|_, change| !change.is_empty());
    Ok(changes)
}

/// The first day on which anything changed at a unit.
#[boxed_async]
pub async fn first(tx: &mut Tx, unit: UnitId) -> Result<Option<Date>> {
    let text = "SELECT min(day) FROM balance_day WHERE region_id = $1 AND unit_id = $2";
    let found: Option<i64> = tx.query(text).bind(unit).value(tx).await?;
    Ok(found.and_then(day_of_number))
}

/// The definition whose slots the days have; `None` where no days have been made.
#[boxed_async]
pub async fn definition(tx: &mut Tx) -> Result<Option<String>> {
    let text = "SELECT days_definition FROM region WHERE region_id = $1";
    Ok(tx.query(text).value_optional::<Option<String>>(tx).await?.flatten())
}

/// Says whose slots the days have.
#[boxed_async]
pub async fn put_definition(tx: &mut Tx, hash: &str) -> Result<()> {
    tx.query("UPDATE region SET days_definition = $2 WHERE region_id = $1").bind(hash).execute(tx).await?;
    Ok(())
}

/// Days that are read and written together where all of them are.
const BATCH: i64 = 2_000;

/// Gives every slot of all days another number.
#[boxed_async]
pub async fn renumber(tx: &mut Tx, numbers: &BTreeMap<usize, usize>) -> Result<()> {
    let (mut after, region) = ((UnitId(-1), 0), tx.region);
    loop {
        let query = tx.query(NEXT).bind(after.0).bind(after.1).bind(BATCH);
        let batch: Vec<StoredDay> = query.fetch_all(tx).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = (last.unit_id, last.day);
        let mut rows = Vec::with_capacity(batch.len());
        for stored in &batch {
            // A day that comes to nothing stays, as a row of nothing: the next reconciliation does without it.
            let bytes = write(&stored.read()?.renumbered(numbers));
            rows.push([region.into(), stored.unit_id.into(), stored.day.into(), bytes.into()]);
        }
        let suffix = "ON CONFLICT (region_id, unit_id, day) DO UPDATE SET changes = excluded.changes";
        bulk::insert(tx, "balance_day", COLUMNS, suffix, rows).await?;
    }
}

const NEXT: &str = "SELECT unit_id, day, changes FROM balance_day WHERE region_id = $1 \
     AND (unit_id, day) > ($2, $3) ORDER BY unit_id, day LIMIT $4";

/// How the sums of all days differ from balances, which are in two parts: what has to be added to them, by unit.
#[boxed_async]
pub async fn difference(tx: &mut Tx, balances: Parts<'_>) -> Result<BTreeMap<UnitId, DayChange>> {
    let mut sum = SumOfDays { balances, unit: None, change: DayChange::default(), found: BTreeMap::new() };
    let mut met = BTreeSet::new();
    let text = "SELECT unit_id, day, changes FROM balance_day WHERE region_id = $1 ORDER BY unit_id, day";
    let take = |stored: StoredDay| {
        met.insert(stored.unit_id);
        sum.take(&stored)
    };
    tx.query(text).for_each(tx, take).await?;
    sum.end_unit();
    let all = balances.0.iter().chain(balances.1);
    for (place, row) in all.filter(|(place, _)| !met.contains(&place.unit)) {
        sum.found.entry(place.unit).or_default().add(place.period, row, 1);
    }
    sum.found.retain(|_, change| !change.is_empty());
    Ok(sum.found)
}

/// Balances, and baselines, which may be among the former too.
type Parts<'a> = (&'a BTreeMap<CellKey, BalanceRow>, &'a BTreeMap<CellKey, BalanceRow>);

/// The days of one unit after the other, against its balances.
struct SumOfDays<'a> {
    balances: Parts<'a>,
    unit: Option<UnitId>,
    change: DayChange,
    found: BTreeMap<UnitId, DayChange>,
}

impl SumOfDays<'_> {
    fn take(&mut self, stored: &StoredDay) -> Result<()> {
        if self.unit != Some(stored.unit_id) {
            self.end_unit();
            self.unit = Some(stored.unit_id);
        }
        stored.add_to(&mut self.change, -1)
    }

    fn end_unit(&mut self) {
        let mut change = std::mem::take(&mut self.change);
        change.prune();
        let Some(unit) = self.unit else { return };
        let first = CellKey { unit, period: Period(i32::MIN) };
        let last = CellKey { unit, period: Period(i32::MAX) };
        let (cells, baselines) = self.balances;
        for (place, row) in cells.range(first..=last).chain(baselines.range(first..=last)) {
            change.add(place.period, row, 1);
        }
        if !change.is_empty() {
            self.found.insert(unit, change);
        }
    }
}

/// Makes the sums of all days what the balances are: what differs is known from `day` on.
pub(crate) async fn reconcile(tx: &mut Tx, balances: Parts<'_>, day: Date) -> Result<()> {
    let difference = difference(tx, balances).await?;
    if !difference.is_empty() {
        former::note_recomputed(tx, day).await?;
    }
    add(tx, day, difference).await
}

/// The same with balances and baselines in one.
#[boxed_async]
pub async fn reconcile_now(tx: &mut Tx, balances: &BTreeMap<CellKey, BalanceRow>, day: Date) -> Result<()> {
    reconcile(tx, (balances, &BTreeMap::new()), day).await
}

/// Removes all days of the region.
#[boxed_async]
pub async fn clear(tx: &mut Tx) -> Result<()> {
    tx.query("DELETE FROM balance_day WHERE region_id = $1").execute(tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_comes_back_as_it_was() {
        let mut change = DayChange::default();
        change.add(Period::BASELINE, &[(3, 1_000_000)].into_iter().collect(), 1);
        change.add(Period(201_203), &[(0, -1), (700, i64::MAX)].into_iter().collect(), 1);
        change.add(Period::months(2012), &[(12, 5)].into_iter().collect(), 1);
        let bytes = write(&change);
        let mut found = DayChange::default();
        assert_eq!((read(&bytes, &mut found, 1), &found), (Some(()), &change));
        assert_eq!(read(&bytes, &mut found, -1), Some(()));
        found.prune();
        assert!(found.is_empty());
        assert_eq!(read(&bytes[..bytes.len() - 1], &mut found, 1), None);
    }

    #[test]
    fn a_day_is_a_number() {
        for day in [jiff::civil::date(2011, 1, 1), jiff::civil::date(2015, 12, 31)] {
            assert_eq!(day_of_number(number(day)), Some(day));
        }
        assert_eq!((number(jiff::civil::date(2015, 9, 30)), day_of_number(20_151_331)), (20_150_930, None));
    }
}
