//! The folder: on PostgreSQL, commands log their change of balances in their
//! own transaction, and one folder per region adds the changes up.
//!
//! Each change is added exactly once: it is deleted in the transaction that adds
//! it. After a crash nothing is added twice and nothing is lost, and two folders
//! cannot both delete the same row. Any process may fold at any time.

use boxed_async::boxed_async;
use campaign::definition::MeasureIdx;
use jiff::{Timestamp, civil::Date};
use ledger::{
    balance::{CellKey, Period},
    posting_list::{PostingKey, PostingList},
    spread::{BalanceChange, Spread, TallyKey},
};
use model::{
    clock::day_of,
    ids::{RecordId, UnitId},
    month::Month,
};
use serde::{Deserialize, Serialize};

use crate::{
    Engine, Error, Result, Tx, balances, bulk,
    db::{Inner, answered},
    new_id, postings,
};

/// How far the figures reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FoldReach {
    /// Changes that are logged and not yet in the figures.
    pub pending: i64,
    /// When the last change was added, microseconds since 1970.
    pub at: i64,
}

/// A change as logged: only slots that change.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Logged {
    cells: Vec<LoggedCell>,
    tallies: Vec<LoggedTally>,
    postings: Vec<LoggedPosting>,
}

/// Unit, period, and pairs of slot and amount.
type LoggedCell = (i64, i32, Vec<(usize, i64)>);
/// Unit, measure, key, and pairs of month and amount.
type LoggedTally = (i64, usize, [u8; 16], Vec<(i32, i64)>);
/// Measure, month, unit, record and number.
type LoggedPosting = (usize, i32, i64, i64, i32);

/// Most rows of balances in one logged change; a large import logs several.
const MOST: usize = 2_000;
/// Most logged changes added in one transaction.
const BATCH: i64 = 2_000;

/// Logs a change in the transaction of its command.
pub(crate) async fn log(tx: &mut Tx, change: &BalanceChange, now: Timestamp) -> Result<()> {
    let cells: Vec<LoggedCell> =
        change.cells.iter().map(|(key, row)| (key.unit.0, key.period.0, row.iter().collect())).collect();
    let tallies: Vec<_> = change
        .tallies
        .iter()
        .map(|(place, tally)| {
            let months: Vec<(i32, i64)> =
                tally.iter().map(|(month, times)| (month.number(), *times)).collect();
            (place.unit.0, place.measure.number(), place.key, months)
        })
        .collect();
    let parts = cells.chunks(MOST).map(|part| Logged { cells: part.to_vec(), ..Logged::default() });
    let parts =
        parts.chain(tallies.chunks(MOST).map(|part| Logged { tallies: part.to_vec(), ..Logged::default() }));
    insert(tx, parts, now).await
}

/// Logs a change of postings in the transaction of its command.
pub(crate) async fn log_postings(tx: &mut Tx, change: &[(PostingKey, i32)], now: Timestamp) -> Result<()> {
    let logged = |(key, times): &(PostingKey, i32)| {
        (key.measure.number(), key.month.number(), key.unit.0, key.fact.0, *times)
    };
    let parts = change
        .chunks(MOST)
        .map(|part| Logged { postings: part.iter().map(logged).collect(), ..Logged::default() });
    insert(tx, parts, now).await
}

async fn insert(tx: &mut Tx, parts: impl Iterator<Item = Logged> + Send, now: Timestamp) -> Result<()> {
    let region = tx.region;
    let mut rows = Vec::new();
    for part in parts {
        let content = serde_json::to_string(&part).map_err(|error| corrupt("new", &error.to_string()))?;
        rows.push([region.into(), new_id(now).into(), now.into(), content.into()]);
    }
    bulk::insert(tx, "change_log", ["region_id", "change_id", "at", "content"], "", rows).await?;
    Ok(())
}

/// Adds one batch of logged changes to the balances. Returns how many; zero
/// when nothing waits. Commit the transaction afterwards.
#[boxed_async]
pub async fn fold(tx: &mut Tx, spread: &Spread<'_>, now: Timestamp) -> Result<usize> {
    if tx.engine() == Engine::Sqlite {
        return Ok(0);
    }
    lock(tx).await?;
    let batch = claim(tx).await?;
    if batch.is_empty() {
        return Ok(0);
    }
    let ids: Vec<i64> = batch.iter().map(|waiting| waiting.change_id).collect();
    let mut posted = PostingList::default();
    // What counts once depends on what was there before, so that one day is added after the other.
    for of_day in batch.chunk_by(|a, b| day(a) == day(b)) {
        let mut change = (BalanceChange::default(), std::mem::take(&mut posted));
        for waiting in of_day {
            let logged = serde_json::from_str(&waiting.content);
            let corrupt =
                |error: serde_json::Error| corrupt(&waiting.change_id.to_string(), &error.to_string());
            merge(&mut change, logged.map_err(corrupt)?)?;
        }
        posted = change.1;
        let day = of_day.first().and_then(day).unwrap_or(day_of(now));
        balances::apply_now(tx, spread, change.0, day).await?;
    }
    postings::apply_now(tx, &posted.into_sorted()).await?;
    let done = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    delete_claimed(tx, &ids).await?;
    let text = "UPDATE fold_state SET folded = folded + $2, at = $3 WHERE region_id = $1";
    tx.query(text).bind(done).bind(now).execute(tx).await?;
    Ok(ids.len())
}

/// The day on which a change was logged.
fn day(waiting: &PendingChange) -> Option<Date> {
    Timestamp::from_microsecond(waiting.at).ok().map(day_of)
}

/// Deletes the claimed changes by their exact ids: a condition that says the
/// same in other words is planned badly. Arrays are PostgreSQL's alone.
async fn delete_claimed(tx: &mut Tx, ids: &[i64]) -> Result<()> {
    let (region, longest) = (tx.region.0, tx.longest());
    let Inner::Postgres(pg) = &mut tx.inner else { return Ok(()) };
    let text = "DELETE FROM change_log WHERE region_id = $1 AND change_id = ANY($2)";
    let work = sqlx::query(text).bind(region).bind(ids).execute(&mut **pg);
    let deleted = answered(longest, work).await?.rows_affected();
    if deleted == ids.len() as u64 { Ok(()) } else { Err(corrupt("batch", "a claimed change was gone")) }
}

/// One folder per region at a time: the row of `fold_state` is its lease.
pub(crate) async fn lock(tx: &mut Tx) -> Result<()> {
    let insert =
        "INSERT INTO fold_state (region_id, folded, at) VALUES ($1, 0, 0) ON CONFLICT (region_id) DO NOTHING";
    tx.query(insert).execute(tx).await?;
    if tx.engine() == Engine::Postgres {
        let text = "SELECT folded FROM fold_state WHERE region_id = $1 FOR UPDATE";
        tx.query(text).value::<i64>(tx).await?;
    }
    Ok(())
}

/// A change that waits to be added.
#[derive(sqlx::FromRow)]
struct PendingChange {
    change_id: i64,
    at: i64,
    content: String,
}

/// Takes the oldest changes that nobody else has taken; PostgreSQL's alone.
async fn claim(tx: &mut Tx) -> Result<Vec<PendingChange>> {
    let text = "SELECT change_id, at, content FROM change_log WHERE region_id = $1 ORDER BY change_id LIMIT $2 \
         FOR UPDATE SKIP LOCKED";
    tx.query(text).bind(BATCH).fetch_all(tx).await
}

fn merge((change, posted): &mut (BalanceChange, PostingList), logged: Logged) -> Result<()> {
    for (unit, period, slots) in logged.cells {
        let row = change.cells.entry(CellKey { unit: UnitId(unit), period: Period(period) }).or_default();
        for (slot, amount) in slots {
            row.add(slot, amount);
        }
    }
    for (unit, measure, key, months) in logged.tallies {
        let measure = MeasureIdx::new(measure);
        let tally = change.tallies.entry(TallyKey { unit: UnitId(unit), measure, key }).or_default();
        for (month, times) in months {
            *tally.entry(logged_month(month)?).or_default() += times;
        }
    }
    for (measure, month, unit, fact, times) in logged.postings {
        let (measure, month) = (MeasureIdx::new(measure), logged_month(month)?);
        posted.add(PostingKey { measure, month, unit: UnitId(unit), fact: RecordId(fact) }, times);
    }
    Ok(())
}

fn logged_month(month: i32) -> Result<Month> {
    Month::from_number(month).ok_or_else(|| corrupt("month", &month.to_string()))
}

fn corrupt(key: &str, detail: &str) -> Error {
    Error::Corrupt { table: "change_log", key: key.to_owned(), detail: detail.to_owned() }
}

/// How far the region's figures reach. On SQLite nothing ever waits.
#[boxed_async]
pub async fn reach(tx: &mut Tx) -> Result<FoldReach> {
    if tx.engine() == Engine::Sqlite {
        return Ok(FoldReach::default());
    }
    let text = "SELECT (SELECT count(*) FROM change_log WHERE region_id = $1), \
                (SELECT max(at) FROM fold_state WHERE region_id = $1)";
    let found: Option<(i64, Option<i64>)> = tx.query(text).fetch_optional(tx).await?;
    let (pending, at) = found.unwrap_or_default();
    Ok(FoldReach { pending, at: at.unwrap_or(0) })
}

/// When the oldest change that still waits was logged, microseconds since 1970.
#[boxed_async]
pub async fn oldest_pending(tx: &mut Tx) -> Result<Option<i64>> {
    tx.query("SELECT min(at) FROM change_log WHERE region_id = $1").value(tx).await
}
