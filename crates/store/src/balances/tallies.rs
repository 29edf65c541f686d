//! Tallies: how often a key occurs at a unit, month by month. Distinct counts are computed from them.

use campaign::definition::MeasureIdx;
use std::collections::BTreeMap;

use ledger::{balance::Tally, folded::FoldedBalances, spread::TallyKey};
use model::{
    ids::{RegionId, UnitId},
    month::Month,
};
use sqlx::FromRow;

use crate::{
    Error, Result, Tx, bulk,
    query::{Bind, Builder},
};

/// One stored tally of one month.
#[derive(FromRow)]
struct TallyRow {
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    measure: i64,
    key: Vec<u8>,
    month: i64,
    times: i64,
}

impl TallyRow {
    fn read(self) -> Result<(TallyKey, Month, i64)> {
        let unit = self.unit_id;
        let corrupt = |detail: &str| Error::Corrupt {
            table: "tally",
            key: unit.to_string(),
            detail: detail.to_owned(),
        };
        let month = i32::try_from(self.month).ok().and_then(Month::from_number);
        let position = usize::try_from(self.measure);
        let place = TallyKey {
            unit,
            measure: position.map(MeasureIdx::new).map_err(|_| corrupt("no such measure"))?,
            key: self.key.try_into().map_err(|_| corrupt("key of another length"))?,
        };
        Ok((place, month.ok_or_else(|| corrupt("no such month"))?, self.times))
    }
}

/// Tallies looked for by one statement.
const TALLIES: usize = 1_000;

/// The stored tallies at `places`; those that have none are left out.
pub(super) async fn find(
    tx: &mut Tx,
    places: impl Iterator<Item = &TallyKey> + Send,
) -> Result<BTreeMap<TallyKey, Tally>> {
    let places: Vec<TallyKey> = places.copied().collect();
    let mut found: BTreeMap<TallyKey, Tally> = BTreeMap::new();
    for chunk in places.chunks(TALLIES) {
        for row in wanted(tx, chunk).fetch_all::<TallyRow>(tx).await? {
            let (place, month, times) = row.read()?;
            found.entry(place).or_default().insert(month, times);
        }
    }
    Ok(found)
}

/// All tallies of some units.
pub(super) async fn of_units(tx: &mut Tx, units: &[UnitId]) -> Result<BTreeMap<TallyKey, Tally>> {
    let mut found: BTreeMap<TallyKey, Tally> = BTreeMap::new();
    for chunk in units.chunks(TALLIES) {
        let mut query = tx.build("SELECT unit_id, measure, key, month, times FROM tally WHERE region_id = ");
        query.push_in("unit_id", chunk.iter().copied());
        for row in query.finish().fetch_all::<TallyRow>(tx).await? {
            let (place, month, times) = row.read()?;
            found.entry(place).or_default().insert(month, times);
        }
    }
    Ok(found)
}

/// Hands every tally of a month to `take`, for the recount.
pub(super) async fn for_each(tx: &mut Tx, mut take: impl FnMut(TallyKey, Month, i64)) -> Result<()> {
    let text = "SELECT unit_id, measure, key, month, times FROM tally WHERE region_id = $1";
    let take = |row: TallyRow| {
        let (place, month, times) = row.read()?;
        take(place, month, times);
        Ok(())
    };
    tx.query(text).for_each(tx, take).await
}

/// Looks up each wanted tally by its key, as cells are looked up.
fn wanted<'q>(tx: &Tx, places: &'q [TallyKey]) -> Builder<'q> {
    let mut query = Builder::new(tx.engine(), "WITH wanted (unit_id, measure, key) AS (VALUES ");
    for (number, place) in places.iter().enumerate() {
        query.push(if number == 0 { "(" } else { ",(" }).push_number(place.unit.0);
        query
            .push(",")
            .push_number(index(place.measure))
            .push(",")
            .push_value(place.key.as_slice())
            .push(")");
    }
    query.push(
        ") SELECT t.unit_id, t.measure, t.key, t.month, t.times FROM wanted w CROSS JOIN tally t \
         WHERE t.unit_id = w.unit_id AND t.measure = w.measure AND t.key = w.key",
    );
    query.push_and("t.region_id = ", tx.region);
    query
}

/// A position as a stored number.
fn index(measure: MeasureIdx) -> i64 {
    i64::try_from(measure.number()).unwrap_or(i64::MAX)
}

/// Writes tallies; those that have become zero are removed.
pub(super) async fn put(tx: &mut Tx, tallies: &[(TallyKey, Month, i64)]) -> Result<()> {
    for (place, month, _) in tallies.iter().filter(|(_, _, times)| *times == 0) {
        let query = tx.query(DELETE).bind(place.unit).bind(index(place.measure));
        query.bind(place.key.as_slice()).bind(*month).execute(tx).await?;
    }
    let suffix = "ON CONFLICT (region_id, unit_id, measure, key, month) DO UPDATE SET times = excluded.times";
    let region = tx.region;
    let left = tallies.iter().filter(|(_, _, times)| *times != 0);
    let rows = left.map(|(place, month, times)| bind(region, place, *month, *times));
    bulk::insert(tx, "tally", COLUMNS, suffix, rows).await?;
    Ok(())
}

/// Writes the tallies of a book into an empty table.
pub(super) async fn insert(tx: &mut Tx, book: &FoldedBalances) -> Result<()> {
    let region = tx.region;
    let rows = book.tallies.iter().flat_map(|(place, tally)| {
        tally.iter().map(move |(month, times)| bind(region, place, *month, *times))
    });
    bulk::insert(tx, "tally", COLUMNS, "", rows).await?;
    Ok(())
}

const DELETE: &str = "DELETE FROM tally WHERE region_id = $1 AND unit_id = $2 AND measure = $3 AND key = $4 \
     AND month = $5";
const COLUMNS: [&str; 6] = ["region_id", "unit_id", "measure", "key", "month", "times"];

fn bind(region: RegionId, place: &TallyKey, month: Month, times: i64) -> [Bind<'_>; 6] {
    [
        region.into(),
        place.unit.into(),
        index(place.measure).into(),
        place.key.as_slice().into(),
        month.into(),
        times.into(),
    ]
}
