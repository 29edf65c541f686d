//! What no longer is where it was, for figures as they were known on an earlier day: postings that were taken back,
//! records that were removed, versions of the definition that were in force (`docs/decisions/0038-records-as-known.md`).
//!
//! Postings and records are written in the transaction of the command, on both engines.

use std::{collections::BTreeMap, ops::RangeInclusive};

use boxed_async::boxed_async;
use campaign::definition::MeasureIdx;
use jiff::{Timestamp, civil::Date};
use ledger::posting_list::PostingKey;
use model::{
    clock::day_of,
    ids::{RecordId, UnitId},
    month::Month,
};
use sqlx::FromRow;

use crate::{
    Error, Result, Tx, bulk,
    identity::id_at,
    known_days::{day_of_number, number as day_number},
    postings::number,
    records::RecordRow,
};

/// Notes the postings that a change takes back.
pub(crate) async fn note(tx: &mut Tx, change: &[(PostingKey, i32)], now: Timestamp) -> Result<()> {
    let day = day_of(now);
    let ended = change.iter().filter(|(_, times)| *times < 0);
    insert(tx, &ended.map(|(key, _)| (*key, day)).collect()).await
}

/// Notes postings that were taken back, each on a day.
#[boxed_async]
pub async fn insert(tx: &mut Tx, ended: &BTreeMap<PostingKey, Date>) -> Result<()> {
    let region = tx.region;
    let rows = ended.iter().map(|(key, day)| {
        let place = (number(key.measure), key.month, key.unit, key.fact);
        let day = day_number(*day);
        [region.into(), place.0.into(), place.1.into(), place.2.into(), place.3.into(), day.into()]
    });
    let suffix = "ON CONFLICT (region_id, measure, month, unit_id, fact_id) DO UPDATE SET day = excluded.day";
    bulk::insert(tx, "former_posting", COLUMNS, suffix, rows.collect::<Vec<_>>()).await?;
    Ok(())
}

const COLUMNS: [&str; 6] = ["region_id", "measure", "month", "unit_id", "fact_id", "day"];

/// Which postings of a measure are wanted that ended after a day.
pub struct FormerQuery<'a> {
    /// The measure.
    pub measure: MeasureIdx,
    /// The months in which they counted.
    pub months: RangeInclusive<Month>,
    /// The unit and record after which to go on in the first of the months.
    pub after: Option<(UnitId, RecordId)>,
    /// The day.
    pub day: Date,
    /// Whether a posting at a unit in a month is wanted.
    pub is_wanted: &'a (dyn Fn(UnitId, Month) -> bool + Sync),
    /// Most that are wanted.
    pub limit: usize,
}

/// A stored posting of earlier.
#[derive(FromRow)]
struct StoredFormer {
    month: i64,
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    #[sqlx(try_from = "i64")]
    fact_id: RecordId,
}

impl StoredFormer {
    fn month(&self) -> Result<Month> {
        let month = i32::try_from(self.month).ok().and_then(Month::from_number);
        month.ok_or_else(|| Error::Corrupt {
            table: "former_posting",
            key: format!("{} {} {}", self.month, self.unit_id, self.fact_id),
            detail: "no such month".to_owned(),
        })
    }
}

/// Rows read by one statement.
const ROWS: i64 = 1_000;

/// The first postings that are wanted, in order.
#[boxed_async]
pub async fn page(tx: &mut Tx, query: &FormerQuery<'_>) -> Result<Vec<PostingKey>> {
    let (first, last) = (*query.months.start(), *query.months.end());
    let (unit, fact) = query.after.unwrap_or((UnitId(-1), RecordId(-1)));
    let (mut found, mut after) = (Vec::new(), (first, unit, fact));
    loop {
        let next = tx.query(NEXT).bind(number(query.measure)).bind(last).bind(day_number(query.day));
        let next = next.bind(after.0).bind(after.1).bind(after.2).bind(ROWS);
        let rows: Vec<StoredFormer> = next.fetch_all(tx).await?;
        for row in &rows {
            let month = row.month()?;
            after = (month, row.unit_id, row.fact_id);
            if (query.is_wanted)(row.unit_id, month) {
                found.push(PostingKey {
                    measure: query.measure,
                    month,
                    unit: row.unit_id,
                    fact: row.fact_id,
                });
            }
            if found.len() >= query.limit {
                return Ok(found);
            }
        }
        if i64::try_from(rows.len()) != Ok(ROWS) {
            return Ok(found);
        }
    }
}

const NEXT: &str = "SELECT month, unit_id, fact_id FROM former_posting \
     WHERE region_id = $1 AND measure = $2 AND month <= $3 AND day > $4 AND (month, unit_id, fact_id) > ($5, $6, $7) \
     ORDER BY month, unit_id, fact_id LIMIT $8";

/// Gives measures the numbers that they have in another definition; what has none any more is dropped.
#[boxed_async]
pub async fn renumber(tx: &mut Tx, numbers: &BTreeMap<MeasureIdx, Option<MeasureIdx>>) -> Result<()> {
    let changed = numbers.iter().filter(|(from, to)| **to != Some(**from));
    // Numbers that are given and numbers that are taken are kept apart: below zero nothing is yet.
    for (from, to) in changed {
        if let Some(to) = to {
            let text = "UPDATE former_posting SET measure = $3 WHERE region_id = $1 AND measure = $2";
            tx.query(text).bind(number(*from)).bind(-1 - number(*to)).execute(tx).await?;
        } else {
            let text = "DELETE FROM former_posting WHERE region_id = $1 AND measure = $2";
            tx.query(text).bind(number(*from)).execute(tx).await?;
        }
    }
    let text = "UPDATE former_posting SET measure = -1 - measure WHERE region_id = $1 AND measure < 0";
    tx.query(text).execute(tx).await?;
    Ok(())
}

/// A record that was removed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RemovedRecord {
    /// Its id.
    #[sqlx(try_from = "i64", rename = "fact_id")]
    pub id: RecordId,
    /// The unit that it belonged to.
    #[sqlx(try_from = "i64", rename = "unit_id")]
    pub unit: UnitId,
    /// Id of its form.
    pub form: String,
}

/// Notes records that are removed.
pub(crate) async fn note_removed(tx: &mut Tx, records: &[RecordRow]) -> Result<()> {
    let region = tx.region;
    let rows = records
        .iter()
        .map(|record| [region.into(), record.id.into(), record.unit.into(), (&record.form).into()]);
    let columns = ["region_id", "fact_id", "unit_id", "form"];
    bulk::insert(tx, "removed_record", columns, "ON CONFLICT DO NOTHING", rows).await?;
    Ok(())
}

/// Records looked for by one statement.
const IDS: usize = 500;

/// Those of some records that were removed.
#[boxed_async]
pub async fn removed(tx: &mut Tx, ids: &[RecordId]) -> Result<Vec<RemovedRecord>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(IDS) {
        let mut query = tx.build("SELECT fact_id, unit_id, form FROM removed_record WHERE region_id = ");
        query.push_in("fact_id", chunk.iter().copied());
        found.extend(query.finish().fetch_all::<RemovedRecord>(tx).await?);
    }
    Ok(found)
}

/// Removed records of one form at some units.
#[boxed_async]
pub async fn removed_of_units(tx: &mut Tx, form: &str, units: &[UnitId]) -> Result<Vec<RemovedRecord>> {
    let mut found = Vec::new();
    for chunk in units.chunks(IDS) {
        let mut query = tx.build("SELECT fact_id, unit_id, form FROM removed_record WHERE region_id = ");
        query.push_in("unit_id", chunk.iter().copied()).push_and("form = ", form);
        found.extend(query.finish().fetch_all::<RemovedRecord>(tx).await?);
    }
    Ok(found)
}

/// Notes that balances became others without a command on a day.
pub(crate) async fn note_recomputed(tx: &mut Tx, day: Date) -> Result<()> {
    let rows = [[tx.region.into(), day_number(day).into()]];
    bulk::insert(tx, "recomputed_day", ["region_id", "day"], "ON CONFLICT DO NOTHING", rows).await?;
    Ok(())
}

/// The first day after another on which balances became others without a command.
#[boxed_async]
pub async fn recomputed_after(tx: &mut Tx, day: Date) -> Result<Option<Date>> {
    let text = "SELECT min(day) FROM recomputed_day WHERE region_id = $1 AND day > $2";
    let found: Option<i64> = tx.query(text).bind(day_number(day)).value(tx).await?;
    Ok(found.and_then(day_of_number))
}

/// Notes that a version of the definition is put in force: after all others, whatever the clock says.
#[boxed_async]
pub async fn note_definition(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<()> {
    let last: Option<i64> = tx.query(LAST_AT).values(tx).await?.into_iter().next();
    let at = last.map_or(now.as_microsecond(), |last| now.as_microsecond().max(last + 1));
    let rows = [[tx.region.into(), at.into(), hash.into()]];
    bulk::insert(tx, "definition_in_force", ["region_id", "at", "hash"], "", rows).await?;
    Ok(())
}

const LAST_AT: &str = "SELECT at FROM definition_in_force WHERE region_id = $1 ORDER BY at DESC LIMIT 1";

/// The versions of the definition that were put in force, in their order; those of an earlier version of the program, which
/// did not note it, are not among them.
#[boxed_async]
pub async fn definitions_in_force(tx: &mut Tx) -> Result<Vec<String>> {
    let text = "SELECT hash FROM definition_in_force WHERE region_id = $1 ORDER BY at";
    tx.query(text).values(tx).await
}

/// A version of the definition with a moment at which it was in force.
#[derive(FromRow)]
struct InForce {
    at: i64,
    hash: String,
}

/// The version of the definition that was in force before a moment: the last that was put in force by then or, in a
/// database of an earlier version of the program, the one under which the last change was made. `None` when nothing
/// tells.
#[boxed_async]
pub async fn definition_before(tx: &mut Tx, moment: Timestamp) -> Result<Option<String>> {
    let put: Option<InForce> = tx.query(LAST_PUT).bind(moment).fetch_optional(tx).await?;
    let used: Option<InForce> = tx.query(LAST_USED).bind(id_at(moment)).fetch_optional(tx).await?;
    let last = [put, used].into_iter().flatten().max_by_key(|found| found.at);
    let Some(last) = last else { return Ok(None) };
    let names = crate::short_names::latest(tx).await?;
    Ok(names.lengthen(last.hash))
}

const LAST_PUT: &str = "SELECT at, hash FROM definition_in_force WHERE region_id = $1 AND at < $2 \
     ORDER BY at DESC LIMIT 1";

const LAST_USED: &str = "SELECT at, definition_hash AS hash FROM audit WHERE region_id = $1 AND audit_id < $2 \
     ORDER BY audit_id DESC LIMIT 1";
