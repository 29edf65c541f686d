//! The folder: on PostgreSQL, commands log their change of balances in their
//! own transaction, and one folder per region adds them up.
//!
//! Exactly once: a logged change is deleted in the transaction that adds it,
//! so a crash replays nothing and loses nothing, and two folders cannot both
//! delete the same row. Any process may fold at any time.

use jiff::Timestamp;
use ledger::{
    balance::{CellKey, Period},
    spread::{Change, Spread, TallyKey},
};
use model::{ids::UnitId, month::Month};
use serde::{Deserialize, Serialize};

use crate::{
    Engine, Error, Result, Tx, balances, bulk,
    db::{Inner, micros, on},
    new_id,
};

/// How far the figures reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// Changes that are logged and not yet in the figures.
    pub pending: i64,
    /// When the last change was added, microseconds since 1970.
    pub at: i64,
}

/// A change as logged: only slots that change.
#[derive(Serialize, Deserialize)]
struct Logged {
    cells: Vec<LoggedCell>,
    tallies: Vec<LoggedTally>,
}

/// Unit, period, and pairs of slot and amount.
type LoggedCell = (i64, i32, Vec<(usize, i64)>);
/// Unit, measure, key, and pairs of month and amount.
type LoggedTally = (i64, usize, [u8; 16], Vec<(i32, i64)>);

/// Most rows of balances in one logged change; a large import logs several.
const MOST: usize = 2_000;
/// Most logged changes added in one transaction.
const BATCH: i64 = 2_000;

/// Logs a change in the transaction of its command.
pub(crate) async fn log(tx: &mut Tx, change: &Change, now: Timestamp) -> Result<()> {
    let cells: Vec<LoggedCell> =
        change.cells.iter().map(|(key, row)| (key.unit.0, key.period.0, row.iter().collect())).collect();
    let tallies: Vec<_> = change
        .tallies
        .iter()
        .map(|(place, tally)| {
            let months: Vec<(i32, i64)> =
                tally.iter().map(|(month, times)| (month.number(), *times)).collect();
            (place.unit.0, place.measure, place.key, months)
        })
        .collect();
    let parts = cells.chunks(MOST).map(|part| Logged { cells: part.to_vec(), tallies: Vec::new() });
    let parts =
        parts.chain(tallies.chunks(MOST).map(|part| Logged { cells: Vec::new(), tallies: part.to_vec() }));
    let region = tx.region.0;
    let mut rows = Vec::new();
    for part in parts {
        let content = serde_json::to_string(&part).map_err(|error| corrupt("new", &error.to_string()))?;
        rows.push([region.into(), new_id(now).into(), micros(now).into(), content.into()]);
    }
    bulk::insert(tx, "change_log", ["region_id", "change_id", "at", "content"], "", rows).await?;
    Ok(())
}

/// Adds one batch of logged changes to the balances. Returns how many; zero
/// when nothing waits. Commit the transaction afterwards.
pub async fn fold(tx: &mut Tx, spread: &Spread<'_>, now: Timestamp) -> Result<usize> {
    if tx.engine() == Engine::Sqlite {
        return Ok(0);
    }
    lock(tx).await?;
    let batch = claim(tx).await?;
    if batch.is_empty() {
        return Ok(0);
    }
    let mut change = Change::default();
    let mut ids = Vec::with_capacity(batch.len());
    for (id, content) in batch {
        merge(
            &mut change,
            serde_json::from_str(&content).map_err(|e| corrupt(&id.to_string(), &e.to_string()))?,
        )?;
        ids.push(id);
    }
    balances::apply_now(tx, spread, change).await?;
    let region = tx.region.0;
    let done = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    if let Inner::Postgres(pg) = &mut tx.inner {
        let text = "DELETE FROM change_log WHERE region_id = $1 AND change_id = ANY($2)";
        let gone = sqlx::query(text).bind(region).bind(&ids).execute(&mut **pg).await?.rows_affected();
        if gone != ids.len() as u64 {
            return Err(corrupt("batch", "a claimed change was gone"));
        }
    }
    let text = "UPDATE fold_state SET folded = folded + $2, at = $3 WHERE region_id = $1";
    on!(tx, |c| sqlx::query(text).bind(region).bind(done).bind(micros(now)).execute(c).await.map(|_| ()))?;
    Ok(ids.len())
}

/// One folder per region at a time: the row of `fold_state` is its lease.
pub(crate) async fn lock(tx: &mut Tx) -> Result<()> {
    let region = tx.region.0;
    let insert =
        "INSERT INTO fold_state (region_id, folded, at) VALUES ($1, 0, 0) ON CONFLICT (region_id) DO NOTHING";
    on!(tx, |c| sqlx::query(insert).bind(region).execute(c).await.map(|_| ()))?;
    if let Inner::Postgres(pg) = &mut tx.inner {
        let text = "SELECT folded FROM fold_state WHERE region_id = $1 FOR UPDATE";
        sqlx::query_scalar::<_, i64>(text).bind(region).fetch_one(&mut **pg).await?;
    }
    Ok(())
}

async fn claim(tx: &mut Tx) -> Result<Vec<(i64, String)>> {
    let region = tx.region.0;
    let Inner::Postgres(pg) = &mut tx.inner else { return Ok(Vec::new()) };
    let text = "SELECT change_id, content FROM change_log WHERE region_id = $1 ORDER BY change_id LIMIT $2 \
         FOR UPDATE SKIP LOCKED";
    Ok(sqlx::query_as(text).bind(region).bind(BATCH).fetch_all(&mut **pg).await?)
}

fn merge(change: &mut Change, logged: Logged) -> Result<()> {
    for (unit, period, slots) in logged.cells {
        let row = change.cells.entry(CellKey { unit: UnitId(unit), period: Period(period) }).or_default();
        for (slot, amount) in slots {
            row.add(slot, amount);
        }
    }
    for (unit, measure, key, months) in logged.tallies {
        let tally = change.tallies.entry(TallyKey { unit: UnitId(unit), measure, key }).or_default();
        for (month, times) in months {
            let month = Month::from_number(month).ok_or_else(|| corrupt("month", &month.to_string()))?;
            *tally.entry(month).or_default() += times;
        }
    }
    Ok(())
}

fn corrupt(key: &str, detail: &str) -> Error {
    Error::Corrupt { table: "change_log", key: key.to_owned(), detail: detail.to_owned() }
}

/// How far the region's figures reach. On SQLite nothing ever waits.
pub async fn reach(tx: &mut Tx) -> Result<Reach> {
    let region = tx.region.0;
    let Inner::Postgres(pg) = &mut tx.inner else { return Ok(Reach::default()) };
    let text = "SELECT (SELECT count(*) FROM change_log WHERE region_id = $1), \
                (SELECT max(at) FROM fold_state WHERE region_id = $1)";
    let (pending, at): (i64, Option<i64>) = sqlx::query_as(text).bind(region).fetch_one(&mut **pg).await?;
    Ok(Reach { pending, at: at.unwrap_or(0) })
}

/// When the oldest change that still waits was logged, microseconds since 1970.
pub async fn oldest_pending(tx: &mut Tx) -> Result<Option<i64>> {
    let region = tx.region.0;
    let text = "SELECT min(at) FROM change_log WHERE region_id = $1";
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(region).fetch_one(c).await)?)
}
