//! Balances as rows, and the tallies behind distinct counts.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use jiff::Timestamp;
use ledger::{
    balance::{CellKey, Period, Row, SLOTS, Tally},
    baseline::Statements,
    book::{Book, grown},
    post::Key,
    spread::{Change, Spread, TallyKey},
};
use model::{ids::UnitId, month::Month};
use sqlx::AssertSqlSafe;

use crate::{
    Engine, Error, Result, Tx,
    bulk::{self, Bind},
    db::on,
    folder,
};

/// One unit's rows: period, block and the sixteen slots.
#[derive(sqlx::FromRow)]
struct CellRow {
    unit_id: i64,
    period: i64,
    block: i64,
    v0: i64,
    v1: i64,
    v2: i64,
    v3: i64,
    v4: i64,
    v5: i64,
    v6: i64,
    v7: i64,
    v8: i64,
    v9: i64,
    v10: i64,
    v11: i64,
    v12: i64,
    v13: i64,
    v14: i64,
    v15: i64,
}

impl CellRow {
    fn into_parts(self) -> Result<(CellKey, Row)> {
        let corrupt = || Error::Corrupt {
            table: "cell",
            key: format!("{} {} {}", self.unit_id, self.period, self.block),
            detail: "period or block out of range".to_owned(),
        };
        let key = CellKey {
            unit: UnitId(self.unit_id),
            period: Period(i32::try_from(self.period).map_err(|_| corrupt())?),
            block: usize::try_from(self.block).map_err(|_| corrupt())?,
        };
        let row = [
            self.v0, self.v1, self.v2, self.v3, self.v4, self.v5, self.v6, self.v7, self.v8, self.v9,
            self.v10, self.v11, self.v12, self.v13, self.v14, self.v15,
        ];
        Ok((key, row))
    }
}

const COLUMNS: [&str; 20] = [
    "region_id",
    "unit_id",
    "period",
    "block",
    "v0",
    "v1",
    "v2",
    "v3",
    "v4",
    "v5",
    "v6",
    "v7",
    "v8",
    "v9",
    "v10",
    "v11",
    "v12",
    "v13",
    "v14",
    "v15",
];

/// The columns of [`CellRow`].
macro_rules! cells {
    ($rest:literal) => {
        concat!(
            "SELECT unit_id, period, block, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15 ",
            $rest
        )
    };
}

/// Rows of one unit, for figures: years and months up to `through`, and the baseline.
pub async fn of_unit(tx: &mut Tx, unit: UnitId, through: Period) -> Result<Vec<(Period, usize, Row)>> {
    let region = tx.region.0;
    let rows: Vec<CellRow> = on!(tx, |c| sqlx::query_as(OF_UNIT)
        .bind(region)
        .bind(unit.0)
        .bind(i64::from(through.0))
        .fetch_all(c)
        .await)?;
    rows.into_iter().map(|row| row.into_parts().map(|(key, row)| (key.period, key.block, row))).collect()
}

const OF_UNIT: &str = cells!(
    "FROM cell WHERE region_id = $1 AND unit_id = $2 AND period <= $3 UNION ALL \
     SELECT unit_id, period, block, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15 \
     FROM baseline WHERE region_id = $1 AND unit_id = $2"
);

/// Yearly rows of many units up to `through`, and their baselines, for a ranking.
pub async fn of_units(
    tx: &mut Tx,
    units: &[UnitId],
    through: Period,
) -> Result<BTreeMap<UnitId, Vec<(Period, usize, Row)>>> {
    let mut found: BTreeMap<UnitId, Vec<(Period, usize, Row)>> = BTreeMap::new();
    let region = tx.region.0;
    for chunk in units.chunks(1000) {
        // Ids are numbers made by this program: they can stand in the text.
        let list: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let list = list.join(",");
        let select = "SELECT unit_id, period, block, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15";
        let text = format!(
            "{select} FROM cell WHERE region_id = $1 AND unit_id IN ({list}) AND period <= $2 AND period % 100 = 0 \
             UNION ALL {select} FROM baseline WHERE region_id = $1 AND unit_id IN ({list})"
        );
        let rows: Vec<CellRow> = on!(tx, |c| sqlx::query_as(AssertSqlSafe(text))
            .persistent(false)
            .bind(region)
            .bind(i64::from(through.0))
            .fetch_all(c)
            .await)?;
        for row in rows {
            let (key, row) = row.into_parts()?;
            found.entry(key.unit).or_default().push((key.period, key.block, row));
        }
    }
    Ok(found)
}

/// Every row of the region, baselines with them, for the recount.
pub async fn all(tx: &mut Tx) -> Result<BTreeMap<CellKey, Row>> {
    let region = tx.region.0;
    let mut cells = BTreeMap::new();
    for text in [cells!("FROM cell WHERE region_id = $1"), cells!("FROM baseline WHERE region_id = $1")] {
        on!(tx, |c| {
            let mut rows = sqlx::query_as::<_, CellRow>(text).bind(region).fetch(c);
            while let Some(row) = rows.try_next().await.map_err(Error::from)? {
                let (key, row) = row.into_parts()?;
                if !ledger::balance::is_zero(&row) {
                    cells.insert(key, row);
                }
            }
        });
    }
    Ok(cells)
}

/// Makes a change of balances: at once on SQLite; on PostgreSQL it is logged
/// in the same transaction and added up by [`folder::fold`], so that writers
/// do not queue for the region's own row.
pub async fn apply(tx: &mut Tx, spread: &Spread<'_>, change: Change, now: Timestamp) -> Result<()> {
    match tx.engine() {
        Engine::Sqlite => apply_now(tx, spread, change).await,
        Engine::Postgres => folder::log(tx, &change, now).await,
    }
}

/// Adds a change to the stored rows.
pub(crate) async fn apply_now(tx: &mut Tx, spread: &Spread<'_>, mut change: Change) -> Result<()> {
    let growths = std::mem::take(&mut change.tallies);
    let mut written = Vec::new();
    for (place, growth) in growths {
        let before = tally(tx, &place).await?;
        let after = grown(&before, &growth);
        spread.appear(place, &before, &after, &mut change);
        for month in growth.keys() {
            written.push((place, *month, after.get(month).copied().unwrap_or(0)));
        }
    }
    put_tallies(tx, &written).await?;
    change.prune();
    add_cells(tx, "cell", change.cells.iter()).await
}

/// Adds rows to a table of balances.
async fn add_cells(
    tx: &mut Tx,
    table: &'static str,
    cells: impl Iterator<Item = (&CellKey, &Row)> + Send,
) -> Result<()> {
    let region = tx.region.0;
    let rows = cells.map(|(key, row)| bind_row(region, *key, row));
    let sums: Vec<String> =
        (0..SLOTS).map(|slot| format!("v{slot} = {table}.v{slot} + excluded.v{slot}")).collect();
    let suffix = format!("ON CONFLICT (region_id, unit_id, period, block) DO UPDATE SET {}", sums.join(", "));
    bulk::insert(tx, table, COLUMNS, &suffix, rows).await?;
    Ok(())
}

fn bind_row(region: i64, key: CellKey, row: &Row) -> [Bind; 20] {
    let mut binds = [const { Bind::Int(Some(0)) }; 20];
    let places = [region, key.unit.0, i64::from(key.period.0), i64::try_from(key.block).unwrap_or(i64::MAX)];
    for (bind, value) in binds.iter_mut().zip(places.into_iter().chain(*row)) {
        *bind = Bind::from(value);
    }
    binds
}

async fn tally(tx: &mut Tx, place: &TallyKey) -> Result<Tally> {
    let region = tx.region.0;
    let rows: Vec<(i64, i64)> = on!(tx, |c| sqlx::query_as(TALLY)
        .bind(region)
        .bind(place.unit.0)
        .bind(measure(place))
        .bind(place.key.as_slice())
        .fetch_all(c)
        .await)?;
    rows.into_iter()
        .map(|(month, times)| {
            let number = i32::try_from(month).ok().and_then(Month::from_number);
            let corrupt =
                || Error::Corrupt { table: "tally", key: place.unit.to_string(), detail: month.to_string() };
            Ok((number.ok_or_else(corrupt)?, times))
        })
        .collect()
}

const TALLY: &str =
    "SELECT month, times FROM tally WHERE region_id = $1 AND unit_id = $2 AND measure = $3 AND key = $4";

fn measure(place: &TallyKey) -> i64 {
    i64::try_from(place.measure).unwrap_or(i64::MAX)
}

/// Writes tallies; those that have become zero are removed.
async fn put_tallies(tx: &mut Tx, tallies: &[(TallyKey, Month, i64)]) -> Result<()> {
    let region = tx.region.0;
    for (place, month, _) in tallies.iter().filter(|(_, _, times)| *times == 0) {
        on!(tx, |c| sqlx::query(DELETE_TALLY)
            .bind(region)
            .bind(place.unit.0)
            .bind(measure(place))
            .bind(place.key.as_slice())
            .bind(i64::from(month.number()))
            .execute(c)
            .await
            .map(|_| ()))?;
    }
    let suffix = "ON CONFLICT (region_id, unit_id, measure, key, month) DO UPDATE SET times = excluded.times";
    let kept = tallies.iter().filter(|(_, _, times)| *times != 0);
    let rows = kept.map(|(place, month, times)| bind_tally(region, place, *month, *times));
    bulk::insert(tx, "tally", TALLY_COLUMNS, suffix, rows).await?;
    Ok(())
}

const DELETE_TALLY: &str = "DELETE FROM tally WHERE region_id = $1 AND unit_id = $2 AND measure = $3 AND key = $4 \
     AND month = $5";
const TALLY_COLUMNS: [&str; 6] = ["region_id", "unit_id", "measure", "key", "month", "times"];

fn bind_tally(region: i64, place: &TallyKey, month: Month, times: i64) -> [Bind; 6] {
    let key: Key = place.key;
    [
        region.into(),
        place.unit.0.into(),
        measure(place).into(),
        Bind::Bytes(key.to_vec()),
        i64::from(month.number()).into(),
        times.into(),
    ]
}

/// Adds to what units state about themselves; baselines follow by [`put_baselines`].
pub async fn add_statements(tx: &mut Tx, statements: &BTreeMap<CellKey, Row>) -> Result<()> {
    add_cells(tx, "statement", statements.iter()).await
}

/// What all units state about themselves with everything under them.
pub async fn statements(tx: &mut Tx) -> Result<Statements> {
    let region = tx.region.0;
    let text = cells!("FROM statement WHERE region_id = $1");
    let rows: Vec<CellRow> = on!(tx, |c| sqlx::query_as(text).bind(region).fetch_all(c).await)?;
    let mut statements = Statements::new();
    for row in rows {
        let (key, row) = row.into_parts()?;
        if !ledger::balance::is_zero(&row) {
            statements.entry(key.unit).or_default().insert(key.block, row);
        }
    }
    Ok(statements)
}

/// Replaces the baselines of all units.
pub async fn put_baselines(tx: &mut Tx, baselines: &BTreeMap<CellKey, Row>) -> Result<()> {
    clear(tx, "DELETE FROM baseline WHERE region_id = $1").await?;
    add_cells(tx, "baseline", baselines.iter()).await
}

/// Replaces all balances and tallies of the region by those of a book, and
/// drops what was still waiting to be folded.
pub async fn rebuild(tx: &mut Tx, book: &Book, statements: &BTreeMap<CellKey, Row>) -> Result<()> {
    for text in [
        "DELETE FROM cell WHERE region_id = $1",
        "DELETE FROM tally WHERE region_id = $1",
        "DELETE FROM statement WHERE region_id = $1",
        "DELETE FROM change_log WHERE region_id = $1",
    ] {
        clear(tx, text).await?;
    }
    let region = tx.region.0;
    add_cells(tx, "cell", book.cells.iter()).await?;
    add_cells(tx, "statement", statements.iter()).await?;
    let tallies = book.tallies.iter().flat_map(|(place, tally)| {
        tally.iter().map(move |(month, times)| bind_tally(region, place, *month, *times))
    });
    bulk::insert(tx, "tally", TALLY_COLUMNS, "", tallies).await?;
    Ok(())
}

async fn clear(tx: &mut Tx, text: &'static str) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(text).bind(region).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// Whether the region has any balances at all.
pub async fn any(tx: &mut Tx) -> Result<bool> {
    let region = tx.region.0;
    let text = "SELECT unit_id FROM cell WHERE region_id = $1 LIMIT 1";
    let found: Option<i64> = on!(tx, |c| sqlx::query_scalar(text).bind(region).fetch_optional(c).await)?;
    Ok(found.is_some())
}
