//! Balances as rows.

mod tallies;

use std::collections::{BTreeMap, BTreeSet};

use boxed_async::boxed_async;
use jiff::{Timestamp, civil::Date};
use ledger::{
    balance::{CellKey, Period, Tally},
    balance_row::BalanceRow,
    baseline::Statements,
    folded::{FoldedBalances, grown},
    known::add_difference,
    posting_list::PostingKey,
    spread::{BalanceChange, Spread, TallyKey},
};
use model::{
    clock::day_of,
    ids::{RegionId, UnitId},
    month::{Month, Year},
};
use sqlx::FromRow;

use crate::{
    Engine, Error, Result, Tx, bulk,
    db::{Inner, answered},
    definitions, folder, known_days,
    packed::{pack, unpack},
    postings,
    query::{Bind, Builder},
};

/// A stored row of balances, of a unit and a period.
#[derive(FromRow)]
struct Cell {
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    period: i64,
    slots: Vec<u8>,
}

impl Cell {
    fn read(self) -> Result<(CellKey, BalanceRow)> {
        let corrupt = || Error::Corrupt {
            table: "cell",
            key: format!("{} {}", self.unit_id, self.period),
            detail: "period or slots cannot be read".to_owned(),
        };
        let period = Period(i32::try_from(self.period).map_err(|_| corrupt())?);
        let row = unpack(&self.slots).ok_or_else(corrupt)?;
        Ok((CellKey { unit: self.unit_id, period }, row))
    }
}

/// Which rows of a unit figures are computed from, its baseline with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// The first year; 0 for all that there are.
    pub from: Year,
    /// The last year.
    pub through: Year,
    /// The first year whose months are read as well; `None` for no months.
    pub months: Option<Year>,
}

impl Rows {
    /// The first row that is read.
    fn start(self) -> Period {
        Period::year(self.from)
    }

    /// Beyond the rows of the last year.
    fn end(self) -> Period {
        Period::months(self.through)
    }

    /// The first row of a month that is read.
    fn first_month(self) -> Period {
        // No period is later than this one: no month is wanted.
        self.months.map_or(Period(i32::MAX), |year| Period::month(Month::january(year)))
    }
}

/// Rows of one unit, for figures.
#[boxed_async]
pub async fn of_unit(tx: &mut Tx, unit: UnitId, rows: Rows) -> Result<Vec<(Period, BalanceRow)>> {
    let query = tx.query(OF_UNIT).bind(unit).bind(rows.start()).bind(rows.end());
    let query = query.bind(rows.first_month()).bind(Period::BASELINE);
    let rows: Vec<Cell> = query.fetch_all(tx).await?;
    rows.into_iter().map(|cell| cell.read().map(|(key, row)| (key.period, row))).collect()
}

const OF_UNIT: &str = "SELECT unit_id, period, slots FROM cell \
     WHERE region_id = $1 AND unit_id = $2 AND period >= $3 AND period <= $4 \
     AND (period % 100 = 0 OR period >= $5) \
     UNION ALL SELECT unit_id, CAST($6 AS BIGINT), slots FROM baseline WHERE region_id = $1 AND unit_id = $2";

/// Units whose rows are read by one statement, which names each twice.
const UNITS: usize = 1_000;
/// From so many units on, what all units state is read in one go.
const MANY_UNITS: usize = 2_000;

/// Rows of many units, for a ranking.
#[boxed_async]
pub async fn of_units(
    tx: &mut Tx,
    units: &[UnitId],
    rows: Rows,
) -> Result<BTreeMap<UnitId, Vec<(Period, BalanceRow)>>> {
    let mut found: BTreeMap<UnitId, Vec<(Period, BalanceRow)>> = BTreeMap::new();
    for chunk in units.chunks(UNITS) {
        let mut query = tx.build("SELECT unit_id, period, slots FROM cell WHERE region_id = ");
        query
            .push_in("unit_id", chunk.iter().copied())
            .push_and("period >= ", rows.start())
            .push_and("period <= ", rows.end());
        query.push(" AND (period % 100 = 0 OR period >= ").push_value(rows.first_month());
        query.push(") UNION ALL SELECT unit_id, CAST(").push_value(Period::BASELINE);
        query.push(" AS BIGINT), slots FROM baseline WHERE region_id = ").push_value(tx.region);
        query.push_in("unit_id", chunk.iter().copied());
        for cell in query.fetch_all::<Cell>(tx).await? {
            let (key, row) = cell.read()?;
            found.entry(key.unit).or_default().push((key.period, row));
        }
    }
    Ok(found)
}

/// Every row of the region, baselines with them; rows of zeros are left out.
#[boxed_async]
pub async fn list_all(tx: &mut Tx) -> Result<BTreeMap<CellKey, BalanceRow>> {
    let mut cells = BTreeMap::new();
    for_each(tx, |key, row| {
        if !row.is_empty() {
            cells.insert(key, row);
        }
    })
    .await?;
    Ok(cells)
}

/// Hands every row of the region to `take`, baselines with them, for the recount.
pub async fn for_each(tx: &mut Tx, mut take: impl FnMut(CellKey, BalanceRow)) -> Result<()> {
    let text = "SELECT unit_id, period, slots FROM cell WHERE region_id = $1 \
                UNION ALL SELECT unit_id, CAST($2 AS BIGINT), slots FROM baseline WHERE region_id = $1";
    let query = tx.query(text).bind(Period::BASELINE);
    let take = |cell: Cell| {
        let (key, row) = cell.read()?;
        take(key, row);
        Ok(())
    };
    query.for_each(tx, take).await
}

/// Hands every tally of the region to `take`: the place, the month and how often.
pub async fn for_each_tally(tx: &mut Tx, take: impl FnMut(TallyKey, Month, i64)) -> Result<()> {
    tallies::for_each(tx, take).await
}

/// The tallies of some keys at some units; those that have none are left out.
#[boxed_async]
pub async fn tallies(tx: &mut Tx, places: &[TallyKey]) -> Result<BTreeMap<TallyKey, Tally>> {
    tallies::find(tx, places.iter()).await
}

/// All tallies of some units.
#[boxed_async]
pub async fn tallies_of_units(tx: &mut Tx, units: &[UnitId]) -> Result<BTreeMap<TallyKey, Tally>> {
    tallies::of_units(tx, units).await
}

/// Makes a change of balances: at once on SQLite; on PostgreSQL it is logged
/// in the same transaction and added up by [`folder::fold`], so that writers
/// do not queue for the region's own row.
#[boxed_async]
pub async fn apply(tx: &mut Tx, spread: &Spread<'_>, change: BalanceChange, now: Timestamp) -> Result<()> {
    match tx.engine() {
        Engine::Sqlite => apply_now(tx, spread, change, day_of(now)).await,
        Engine::Postgres => folder::log(tx, &change, now).await,
    }
}

/// Adds a change to the stored rows. Nobody else may be adding meanwhile:
/// SQLite has one writer, and on PostgreSQL the folder holds the region's lease.
pub(crate) async fn apply_now(
    tx: &mut Tx,
    spread: &Spread<'_>,
    mut change: BalanceChange,
    day: Date,
) -> Result<()> {
    let growths = std::mem::take(&mut change.tallies);
    let stored = tallies::find(tx, growths.keys()).await?;
    let (empty, mut written) = (Tally::default(), Vec::new());
    for (place, growth) in growths {
        let before = stored.get(&place).unwrap_or(&empty);
        let after = grown(before, &growth);
        spread.appear(place, before, &after, &mut change);
        for month in growth.keys() {
            written.push((place, *month, after.get(month).copied().unwrap_or(0)));
        }
    }
    tallies::put(tx, &written).await?;
    change.prune();
    known_days::add_cells(tx, day, &change.cells).await?;
    add_cells(tx, change.cells).await
}

/// Cells read or written by one statement.
const CELLS: usize = 400;

/// Adds rows to the stored ones.
async fn add_cells(tx: &mut Tx, cells: BTreeMap<CellKey, BalanceRow>) -> Result<()> {
    let region = tx.region;
    let cells: Vec<(CellKey, BalanceRow)> = cells.into_iter().collect();
    for chunk in cells.chunks(CELLS) {
        let rows: Vec<Cell> = wanted(tx, chunk.iter().map(|(key, _)| *key)).fetch_all(tx).await?;
        let mut sums = rows.into_iter().map(Cell::read).collect::<Result<BTreeMap<CellKey, BalanceRow>>>()?;
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
fn wanted(tx: &Tx, keys: impl Iterator<Item = CellKey>) -> Builder<'static> {
    let mut query = Builder::new(tx.engine(), "WITH wanted (unit_id, period) AS (VALUES ");
    for (number, key) in keys.enumerate() {
        query.push(if number == 0 { "(" } else { ",(" }).push_number(key.unit.0);
        query.push(",").push_number(i64::from(key.period.0)).push(")");
    }
    query.push(
        ") SELECT c.unit_id, c.period, c.slots FROM wanted w CROSS JOIN cell c \
         WHERE c.unit_id = w.unit_id AND c.period = w.period",
    );
    query.push_and("c.region_id = ", tx.region);
    query
}

const CELL_COLUMNS: [&str; 4] = ["region_id", "unit_id", "period", "slots"];

fn bind_cell(region: RegionId, key: CellKey, row: &BalanceRow) -> [Bind<'static>; 4] {
    [region.into(), key.unit.into(), key.period.into(), pack(row).into()]
}

/// Adds to what units state about themselves; baselines follow by [`put_baselines`].
/// The caller has the region to itself.
#[boxed_async]
pub async fn add_statements(tx: &mut Tx, growth: &Statements) -> Result<()> {
    let mut own = statements(tx).await?;
    own.retain(|unit, _| growth.contains_key(unit));
    for (unit, row) in growth {
        own.entry(*unit).or_default().add_row(row, 1);
    }
    let region = tx.region;
    let rows = own.iter().map(|(unit, row)| bind_baseline(region, *unit, row));
    let suffix = "ON CONFLICT (region_id, unit_id) DO UPDATE SET slots = excluded.slots";
    bulk::insert(tx, "statement", WHOLE_COLUMNS, suffix, rows).await?;
    Ok(())
}

const WHOLE_COLUMNS: [&str; 3] = ["region_id", "unit_id", "slots"];

fn bind_baseline(region: RegionId, unit: UnitId, row: &BalanceRow) -> [Bind<'static>; 3] {
    [region.into(), unit.into(), pack(row).into()]
}

/// What one unit states.
#[derive(FromRow)]
struct Statement {
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    slots: Vec<u8>,
}

/// What all units state about themselves with everything under them.
#[boxed_async]
pub async fn statements(tx: &mut Tx) -> Result<Statements> {
    let text = "SELECT unit_id, slots FROM statement WHERE region_id = $1";
    read_statements(tx.query(text).fetch_all(tx).await?)
}

/// What some units state about themselves with everything under them.
#[boxed_async]
pub async fn statements_of(tx: &mut Tx, units: &BTreeSet<UnitId>) -> Result<Statements> {
    let mut rows = Vec::new();
    // There is one row for a unit at most: where many are asked for, all are read in their order.
    if units.len() > MANY_UNITS {
        let mut all = statements(tx).await?;
        all.retain(|unit, _| units.contains(unit));
        return Ok(all);
    }
    let units: Vec<UnitId> = units.iter().copied().collect();
    for chunk in units.chunks(UNITS) {
        let mut query = tx.build("SELECT unit_id, slots FROM statement WHERE region_id = ");
        query.push_in("unit_id", chunk.iter().copied());
        rows.extend(query.fetch_all::<Statement>(tx).await?);
    }
    read_statements(rows)
}

fn read_statements(rows: Vec<Statement>) -> Result<Statements> {
    let mut statements = Statements::new();
    for Statement { unit_id, slots } in rows {
        let row = unpack(&slots).ok_or_else(|| Error::Corrupt {
            table: "statement",
            key: unit_id.to_string(),
            detail: "slots cannot be read".to_owned(),
        })?;
        if !row.is_empty() {
            statements.insert(unit_id, row);
        }
    }
    Ok(statements)
}

/// The baselines of all units.
async fn baselines(tx: &mut Tx) -> Result<BTreeMap<CellKey, BalanceRow>> {
    let text = "SELECT unit_id, CAST($2 AS BIGINT) AS period, slots FROM baseline WHERE region_id = $1";
    let cells: Vec<Cell> = tx.query(text).bind(Period::BASELINE).fetch_all(tx).await?;
    cells.into_iter().map(Cell::read).collect()
}

/// Replaces the baselines of all units; what changes is known from `day` on. The caller has the region to itself.
#[boxed_async]
pub async fn put_baselines(tx: &mut Tx, baselines: &BTreeMap<CellKey, BalanceRow>, day: Date) -> Result<()> {
    let mut changed = BTreeMap::new();
    add_difference(&mut changed, &self::baselines(tx).await?, baselines);
    if changed.is_empty() {
        return Ok(());
    }
    // The folder writes days too.
    folder::lock(tx).await?;
    known_days::add(tx, day, changed).await?;
    write_baselines(tx, baselines).await
}

async fn write_baselines(tx: &mut Tx, baselines: &BTreeMap<CellKey, BalanceRow>) -> Result<()> {
    tx.query("DELETE FROM baseline WHERE region_id = $1").execute(tx).await?;
    let region = tx.region;
    let rows = baselines.iter().map(|(key, row)| bind_baseline(region, key.unit, row));
    bulk::insert(tx, "baseline", WHOLE_COLUMNS, "", rows).await?;
    Ok(())
}

/// Replaces all balances, tallies and postings (in order) of the region by those that were
/// folded, and baselines, and drops what was still waiting to be folded. What changes is known from `day` on.
#[boxed_async]
pub async fn rebuild(
    tx: &mut Tx,
    book: &FoldedBalances,
    (statements, baselines): (&Statements, &BTreeMap<CellKey, BalanceRow>),
    posted: &[(PostingKey, i32)],
    day: Date,
) -> Result<()> {
    folder::lock(tx).await?;
    known_days::reconcile(tx, (&book.cells, baselines), day).await?;
    write_baselines(tx, baselines).await?;
    for text in [
        "DELETE FROM cell WHERE region_id = $1",
        "DELETE FROM tally WHERE region_id = $1",
        "DELETE FROM statement WHERE region_id = $1",
        "DELETE FROM change_log WHERE region_id = $1",
    ] {
        tx.query(text).execute(tx).await?;
    }
    let region = tx.region;
    let cells = book.cells.iter().map(|(key, row)| bind_cell(region, *key, row));
    bulk::insert(tx, "cell", CELL_COLUMNS, "", cells).await?;
    let own = statements.iter().map(|(unit, row)| bind_baseline(region, *unit, row));
    bulk::insert(tx, "statement", WHOLE_COLUMNS, "", own).await?;
    tallies::insert(tx, book).await?;
    postings::rebuild(tx, posted).await?;
    let longest = tx.longest();
    if let Inner::Postgres(pg) = &mut tx.inner {
        // Until it has counted the new rows, PostgreSQL reads whole tables where it should look up keys.
        for text in ["ANALYZE cell", "ANALYZE tally", "ANALYZE posting"] {
            answered(longest, sqlx::query(text).execute(&mut **pg)).await?;
        }
    }
    definitions::mark_folded(tx).await
}

/// Whether the region has any balances at all.
#[boxed_async]
pub async fn any(tx: &mut Tx) -> Result<bool> {
    let text = "SELECT unit_id FROM cell WHERE region_id = $1 LIMIT 1";
    Ok(tx.query(text).value_optional::<i64>(tx).await?.is_some())
}
