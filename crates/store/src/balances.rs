//! Balances as rows, and the tallies behind distinct counts.

use std::{collections::BTreeMap, fmt::Write as _};

use futures::TryStreamExt;
use jiff::Timestamp;
use ledger::{
    balance::{CellKey, Period, Tally},
    baseline::Statements,
    book::{Book, grown},
    post::Key,
    row::Row,
    spread::{Change, Spread, TallyKey},
};
use model::{ids::UnitId, month::Month};
use sqlx::AssertSqlSafe;

use crate::{
    Engine, Error, Result, Tx,
    bulk::{self, Bind},
    db::{Inner, on},
    definitions, folder,
    packed::{pack, unpack},
};

/// Unit, period and packed row.
type Columns = (i64, i64, Vec<u8>);

fn cell((unit, period, slots): Columns) -> Result<(CellKey, Row)> {
    let corrupt = || Error::Corrupt {
        table: "cell",
        key: format!("{unit} {period}"),
        detail: "period or slots cannot be read".to_owned(),
    };
    let key = CellKey { unit: UnitId(unit), period: Period(i32::try_from(period).map_err(|_| corrupt())?) };
    Ok((key, unpack(&slots).ok_or_else(corrupt)?))
}

/// Rows of one unit, for figures: years and months up to `through`, and the baseline.
pub async fn of_unit(tx: &mut Tx, unit: UnitId, through: Period) -> Result<Vec<(Period, Row)>> {
    let region = tx.region.0;
    let rows: Vec<Columns> = on!(tx, |c| sqlx::query_as(OF_UNIT)
        .bind(region)
        .bind(unit.0)
        .bind(i64::from(through.0))
        .bind(i64::from(Period::BASELINE.0))
        .fetch_all(c)
        .await)?;
    rows.into_iter().map(|row| cell(row).map(|(key, row)| (key.period, row))).collect()
}

const OF_UNIT: &str = "SELECT unit_id, period, slots FROM cell \
     WHERE region_id = $1 AND unit_id = $2 AND period <= $3 \
     UNION ALL SELECT unit_id, CAST($4 AS BIGINT), slots FROM baseline WHERE region_id = $1 AND unit_id = $2";

/// Yearly rows of many units up to `through`, their months from `months` on if
/// that is given, and their baselines, for a ranking.
pub async fn of_units(
    tx: &mut Tx,
    units: &[UnitId],
    through: Period,
    months: Option<Period>,
) -> Result<BTreeMap<UnitId, Vec<(Period, Row)>>> {
    let mut found: BTreeMap<UnitId, Vec<(Period, Row)>> = BTreeMap::new();
    let region = tx.region.0;
    for chunk in units.chunks(1000) {
        // Ids are numbers made by this program: they can stand in the text.
        let list: Vec<String> = chunk.iter().map(ToString::to_string).collect();
        let list = list.join(",");
        let text = format!(
            "SELECT unit_id, period, slots FROM cell \
             WHERE region_id = $1 AND unit_id IN ({list}) AND period <= $2 AND (period % 100 = 0 OR period >= $3) \
             UNION ALL SELECT unit_id, CAST($4 AS BIGINT), slots FROM baseline \
             WHERE region_id = $1 AND unit_id IN ({list})"
        );
        let rows: Vec<Columns> = on!(tx, |c| sqlx::query_as(AssertSqlSafe(text))
            .persistent(false)
            .bind(region)
            .bind(i64::from(through.0))
            .bind(months.map_or(i64::MAX, |first| i64::from(first.0)))
            .bind(i64::from(Period::BASELINE.0))
            .fetch_all(c)
            .await)?;
        for row in rows {
            let (key, row) = cell(row)?;
            found.entry(key.unit).or_default().push((key.period, row));
        }
    }
    Ok(found)
}

/// Every row of the region, baselines with them, for the recount.
pub async fn all(tx: &mut Tx) -> Result<BTreeMap<CellKey, Row>> {
    let (region, baseline) = (tx.region.0, i64::from(Period::BASELINE.0));
    let mut cells = BTreeMap::new();
    let text = "SELECT unit_id, period, slots FROM cell WHERE region_id = $1 \
                UNION ALL SELECT unit_id, CAST($2 AS BIGINT), slots FROM baseline WHERE region_id = $1";
    on!(tx, |c| {
        let mut rows = sqlx::query_as::<_, Columns>(text).bind(region).bind(baseline).fetch(c);
        while let Some(row) = rows.try_next().await.map_err(Error::from)? {
            let (key, row) = cell(row)?;
            if !row.is_empty() {
                cells.insert(key, row);
            }
        }
    });
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

/// Adds a change to the stored rows. Nobody else may be adding meanwhile:
/// SQLite has one writer, and on PostgreSQL the folder holds the region's lease.
pub(crate) async fn apply_now(tx: &mut Tx, spread: &Spread<'_>, mut change: Change) -> Result<()> {
    let growths = std::mem::take(&mut change.tallies);
    let stored = tallies(tx, growths.keys()).await?;
    let (empty, mut written) = (Tally::default(), Vec::new());
    for (place, growth) in growths {
        let before = stored.get(&place).unwrap_or(&empty);
        let after = grown(before, &growth);
        spread.appear(place, before, &after, &mut change);
        for month in growth.keys() {
            written.push((place, *month, after.get(month).copied().unwrap_or(0)));
        }
    }
    put_tallies(tx, &written).await?;
    change.prune();
    add_cells(tx, change.cells).await
}

/// Cells read or written by one statement.
const CELLS: usize = 400;

/// Adds rows to the stored ones.
async fn add_cells(tx: &mut Tx, cells: BTreeMap<CellKey, Row>) -> Result<()> {
    let region = tx.region.0;
    let cells: Vec<(CellKey, Row)> = cells.into_iter().collect();
    for chunk in cells.chunks(CELLS) {
        let text = wanted_cells(chunk.iter().map(|(key, _)| *key));
        let rows: Vec<Columns> = on!(tx, |c| sqlx::query_as(AssertSqlSafe(text))
            .persistent(false)
            .bind(region)
            .fetch_all(c)
            .await)?;
        let mut sums = rows.into_iter().map(cell).collect::<Result<BTreeMap<CellKey, Row>>>()?;
        for (key, row) in chunk {
            sums.entry(*key).or_default().add_row(row, 1);
        }
        let rows = sums.iter().map(|(key, row)| bind_cell(region, *key, row));
        let suffix = "ON CONFLICT (region_id, unit_id, period) DO UPDATE SET slots = excluded.slots";
        bulk::insert(tx, "cell", CELL_COLUMNS, suffix, rows).await?;
    }
    Ok(())
}

/// Looks up each wanted cell by its key: SQLite keeps to the order of a CROSS
/// JOIN, and PostgreSQL plans it far quicker than a chain of ORs.
fn wanted_cells(keys: impl Iterator<Item = CellKey>) -> String {
    // Ids and periods are numbers made by this program: they can stand in the text.
    let wanted: Vec<String> = keys.map(|key| format!("({},{})", key.unit, key.period.0)).collect();
    format!(
        "WITH wanted (unit_id, period) AS (VALUES {}) \
         SELECT c.unit_id, c.period, c.slots FROM wanted w CROSS JOIN cell c \
         WHERE c.region_id = $1 AND c.unit_id = w.unit_id AND c.period = w.period",
        wanted.join(",")
    )
}

const CELL_COLUMNS: [&str; 4] = ["region_id", "unit_id", "period", "slots"];

fn bind_cell(region: i64, key: CellKey, row: &Row) -> [Bind; 4] {
    [region.into(), key.unit.0.into(), i64::from(key.period.0).into(), Bind::Bytes(pack(row))]
}

/// Tallies looked for by one statement.
const TALLIES: usize = 1_000;

/// The stored tallies at `places`; those that have none are left out.
async fn tallies(
    tx: &mut Tx,
    places: impl Iterator<Item = &TallyKey> + Send,
) -> Result<BTreeMap<TallyKey, Tally>> {
    let region = tx.region.0;
    let places: Vec<TallyKey> = places.copied().collect();
    let mut found: BTreeMap<TallyKey, Tally> = BTreeMap::new();
    for chunk in places.chunks(TALLIES) {
        let text = wanted_tallies(tx.engine(), chunk);
        let rows: Vec<(i64, i64, Vec<u8>, i64, i64)> = on!(tx, |c| {
            let mut query = sqlx::query_as(AssertSqlSafe(text)).persistent(false);
            for place in chunk {
                query = query.bind(place.key.as_slice());
            }
            query.bind(region).fetch_all(c).await
        })?;
        for row in rows {
            let (place, month, times) = counted(row)?;
            found.entry(place).or_default().insert(month, times);
        }
    }
    Ok(found)
}

/// As [`wanted_cells`]; only the keys are bound, and the region after them.
fn wanted_tallies(engine: Engine, places: &[TallyKey]) -> String {
    let mut text = "WITH wanted (unit_id, measure, key) AS (VALUES ".to_owned();
    for (number, place) in places.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}({},{},", place.unit, place.measure);
        bulk::hole(engine, number + 1, &mut text);
        text.push(')');
    }
    text.push_str(
        ") SELECT t.unit_id, t.measure, t.key, t.month, t.times FROM wanted w CROSS JOIN tally t \
         WHERE t.unit_id = w.unit_id AND t.measure = w.measure AND t.key = w.key AND t.region_id = ",
    );
    bulk::hole(engine, places.len() + 1, &mut text);
    text
}

fn counted(row: (i64, i64, Vec<u8>, i64, i64)) -> Result<(TallyKey, Month, i64)> {
    let (unit, measure, key, month, times) = row;
    let corrupt =
        |detail: &str| Error::Corrupt { table: "tally", key: unit.to_string(), detail: detail.to_owned() };
    let month = i32::try_from(month).ok().and_then(Month::from_number);
    let place = TallyKey {
        unit: UnitId(unit),
        measure: usize::try_from(measure).map_err(|_| corrupt("no such measure"))?,
        key: key.try_into().map_err(|_| corrupt("key of another length"))?,
    };
    Ok((place, month.ok_or_else(|| corrupt("no such month"))?, times))
}

/// A position as a stored number.
fn index(measure: usize) -> i64 {
    i64::try_from(measure).unwrap_or(i64::MAX)
}

/// Writes tallies; those that have become zero are removed.
async fn put_tallies(tx: &mut Tx, tallies: &[(TallyKey, Month, i64)]) -> Result<()> {
    let region = tx.region.0;
    for (place, month, _) in tallies.iter().filter(|(_, _, times)| *times == 0) {
        on!(tx, |c| sqlx::query(DELETE_TALLY)
            .bind(region)
            .bind(place.unit.0)
            .bind(index(place.measure))
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
        index(place.measure).into(),
        Bind::Bytes(key.to_vec()),
        i64::from(month.number()).into(),
        times.into(),
    ]
}

/// Adds to what units state about themselves; baselines follow by [`put_baselines`].
/// The caller has the region to itself.
pub async fn add_statements(tx: &mut Tx, growth: &Statements) -> Result<()> {
    let mut stated = statements(tx).await?;
    stated.retain(|unit, _| growth.contains_key(unit));
    for (unit, row) in growth {
        stated.entry(*unit).or_default().add_row(row, 1);
    }
    let region = tx.region.0;
    let rows = stated.iter().map(|(unit, row)| bind_whole(region, *unit, row));
    let suffix = "ON CONFLICT (region_id, unit_id) DO UPDATE SET slots = excluded.slots";
    bulk::insert(tx, "statement", WHOLE_COLUMNS, suffix, rows).await?;
    Ok(())
}

const WHOLE_COLUMNS: [&str; 3] = ["region_id", "unit_id", "slots"];

fn bind_whole(region: i64, unit: UnitId, row: &Row) -> [Bind; 3] {
    [region.into(), unit.0.into(), Bind::Bytes(pack(row))]
}

/// What all units state about themselves with everything under them.
pub async fn statements(tx: &mut Tx) -> Result<Statements> {
    let region = tx.region.0;
    let text = "SELECT unit_id, slots FROM statement WHERE region_id = $1";
    let rows: Vec<(i64, Vec<u8>)> = on!(tx, |c| sqlx::query_as(text).bind(region).fetch_all(c).await)?;
    let mut statements = Statements::new();
    for (unit, slots) in rows {
        let row = unpack(&slots).ok_or_else(|| Error::Corrupt {
            table: "statement",
            key: unit.to_string(),
            detail: "slots cannot be read".to_owned(),
        })?;
        if !row.is_empty() {
            statements.insert(UnitId(unit), row);
        }
    }
    Ok(statements)
}

/// Replaces the baselines of all units.
pub async fn put_baselines(tx: &mut Tx, baselines: &BTreeMap<CellKey, Row>) -> Result<()> {
    clear(tx, "DELETE FROM baseline WHERE region_id = $1").await?;
    let region = tx.region.0;
    let rows = baselines.iter().map(|(key, row)| bind_whole(region, key.unit, row));
    bulk::insert(tx, "baseline", WHOLE_COLUMNS, "", rows).await?;
    Ok(())
}

/// Replaces all balances and tallies of the region by those of a book, and
/// drops what was still waiting to be folded.
pub async fn rebuild(tx: &mut Tx, book: &Book, statements: &Statements) -> Result<()> {
    folder::lock(tx).await?;
    for text in [
        "DELETE FROM cell WHERE region_id = $1",
        "DELETE FROM tally WHERE region_id = $1",
        "DELETE FROM statement WHERE region_id = $1",
        "DELETE FROM change_log WHERE region_id = $1",
    ] {
        clear(tx, text).await?;
    }
    let region = tx.region.0;
    let cells = book.cells.iter().map(|(key, row)| bind_cell(region, *key, row));
    bulk::insert(tx, "cell", CELL_COLUMNS, "", cells).await?;
    let stated = statements.iter().map(|(unit, row)| bind_whole(region, *unit, row));
    bulk::insert(tx, "statement", WHOLE_COLUMNS, "", stated).await?;
    let tallies = book.tallies.iter().flat_map(|(place, tally)| {
        tally.iter().map(move |(month, times)| bind_tally(region, place, *month, *times))
    });
    bulk::insert(tx, "tally", TALLY_COLUMNS, "", tallies).await?;
    if let Inner::Postgres(pg) = &mut tx.inner {
        // Until it has counted the new rows, PostgreSQL reads whole tables where it should look up keys.
        for text in ["ANALYZE cell", "ANALYZE tally"] {
            sqlx::query(text).execute(&mut **pg).await?;
        }
    }
    definitions::mark_folded(tx).await
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
