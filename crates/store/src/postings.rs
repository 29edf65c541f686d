//! Which records count where: the postings of each measure and month, packed in
//! blocks, from which the page of a figure reads its records
//! (`docs/decisions/0014-postings.md`).
//!
//! They follow from the records, like balances, and are written together with them:
//! at once on SQLite, through the log of changes on PostgreSQL.

mod block;
mod trace;

use std::collections::{BTreeMap, BTreeSet};

use boxed_async::boxed_async;
use campaign::definition::MeasureIdx;
use jiff::Timestamp;
use ledger::posting_list::{PostingKey, PostingList};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
use sqlx::FromRow;

use self::block::Entry;
use crate::{
    Engine, Error, Result, Tx, bulk, folder, former,
    query::{Bind, Builder},
};

pub use trace::{PostingCount, PostingQuery, count, page};

/// A stored block.
#[derive(FromRow)]
struct Block {
    measure: i64,
    month: i64,
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    #[sqlx(try_from = "i64")]
    fact_id: RecordId,
    entries: Vec<u8>,
}

impl Block {
    fn corrupt(&self, detail: &str) -> Error {
        Error::Corrupt {
            table: "posting",
            key: format!("{} {} {} {}", self.measure, self.month, self.unit_id, self.fact_id),
            detail: detail.to_owned(),
        }
    }

    fn month(&self) -> Result<Month> {
        let month = i32::try_from(self.month).ok().and_then(Month::from_number);
        month.ok_or_else(|| self.corrupt("no such month"))
    }

    fn measure(&self) -> Result<MeasureIdx> {
        let position = usize::try_from(self.measure);
        position.map(MeasureIdx::new).map_err(|_| self.corrupt("no such measure"))
    }

    fn read(&self, take: impl FnMut(Entry)) -> Result<()> {
        block::read(&self.entries, take).ok_or_else(|| self.corrupt("entries cannot be read"))
    }
}

/// A measure as it is stored.
pub(crate) fn number(measure: MeasureIdx) -> i64 {
    i64::try_from(measure.number()).unwrap_or(i64::MAX)
}

/// Makes a change of postings: at once on SQLite; on PostgreSQL it is logged in the same
/// transaction and added by [`folder::fold`], as a change of balances is.
#[boxed_async]
pub async fn apply(tx: &mut Tx, change: PostingList, now: Timestamp) -> Result<()> {
    let change = change.into_sorted();
    former::note(tx, &change, now).await?;
    match tx.engine() {
        Engine::Sqlite => apply_now(tx, &change).await,
        Engine::Postgres => folder::log_postings(tx, &change, now).await,
    }
}

/// Adds a change, in order, to the stored blocks. Nobody else may be adding meanwhile:
/// SQLite has one writer, and on PostgreSQL the folder holds the region's lease.
pub(crate) async fn apply_now(tx: &mut Tx, change: &[(PostingKey, i32)]) -> Result<()> {
    let mut blocks = ChangedBlocks::default();
    for group in change.chunk_by(|(a, _), (b, _)| (a.measure, a.month) == (b.measure, b.month)) {
        change_month(tx, group, &mut blocks).await?;
    }
    let ChangedBlocks { written, removed } = blocks;
    for chunk in removed.chunks(KEYS) {
        delete(tx, chunk).await?;
    }
    let region = tx.region;
    let rows = written.iter().map(|(key, bytes)| {
        let bytes = Bind::from(bytes.as_slice());
        [region.into(), key.0.into(), key.1.into(), key.2.into(), key.3.into(), bytes]
    });
    let suffix =
        "ON CONFLICT (region_id, measure, month, unit_id, fact_id) DO UPDATE SET entries = excluded.entries";
    bulk::insert(tx, "posting", COLUMNS, suffix, rows).await?;
    Ok(())
}

const COLUMNS: [&str; 6] = ["region_id", "measure", "month", "unit_id", "fact_id", "entries"];

/// Measure, month, unit and record that a block begins with.
type BlockKey = (i64, Month, UnitId, RecordId);

/// The unit and the record that the first block of every month begins with.
const FIRST: (UnitId, RecordId) = (UnitId(0), RecordId(0));

/// Blocks to be written and to be removed.
#[derive(Default)]
struct ChangedBlocks {
    written: Vec<(BlockKey, Vec<u8>)>,
    removed: Vec<BlockKey>,
}

/// Works out what becomes of the blocks of one measure and month.
async fn change_month(tx: &mut Tx, change: &[(PostingKey, i32)], changed: &mut ChangedBlocks) -> Result<()> {
    let (Some((first, _)), Some((last, _))) = (change.first(), change.last()) else { return Ok(()) };
    let mut blocks: BTreeMap<(UnitId, RecordId), BTreeMap<(UnitId, RecordId), i32>> = BTreeMap::new();
    for block in between(tx, *first, *last).await? {
        let mut entries = BTreeMap::new();
        block.read(|(unit, fact, number)| {
            entries.insert((unit, fact), number);
        })?;
        blocks.insert((block.unit_id, block.fact_id), entries);
    }
    let mut touched = BTreeSet::new();
    for (key, times) in change {
        let place = (key.unit, key.fact);
        // The block that holds it, or would hold it; every month has one that begins before all.
        let begin = blocks.range(..=place).next_back().map_or(FIRST, |(begin, _)| *begin);
        *blocks.entry(begin).or_default().entry(place).or_default() += times;
        touched.insert(begin);
    }
    for begin in touched {
        let entries = blocks.remove(&begin).unwrap_or_default();
        let entries: Vec<Entry> = entries
            .into_iter()
            .filter(|(_, number)| *number != 0)
            .map(|((unit, fact), number)| (unit, fact, number))
            .collect();
        let key = |(unit, fact)| (number(first.measure), first.month, unit, fact);
        if entries.is_empty() {
            changed.removed.push(key(begin));
        }
        for (position, (start, bytes)) in block::write(&entries).into_iter().enumerate() {
            let place = if position == 0 { begin } else { (start.0, start.1) };
            changed.written.push((key(place), bytes));
        }
    }
    Ok(())
}

/// The blocks of a measure and month that hold what lies between two postings of it, both ends counted.
async fn between(tx: &mut Tx, first: PostingKey, last: PostingKey) -> Result<Vec<Block>> {
    let query = tx.query(BETWEEN).bind(number(first.measure)).bind(first.month);
    query.bind(first.unit).bind(first.fact).bind(last.unit).bind(last.fact).fetch_all(tx).await
}

const BETWEEN: &str = "SELECT measure, month, unit_id, fact_id, entries FROM (\
     SELECT measure, month, unit_id, fact_id, entries FROM posting \
     WHERE region_id = $1 AND measure = $2 AND month = $3 AND (unit_id, fact_id) <= ($4, $5) \
     ORDER BY unit_id DESC, fact_id DESC LIMIT 1) nearest \
     UNION ALL SELECT measure, month, unit_id, fact_id, entries FROM posting \
     WHERE region_id = $1 AND measure = $2 AND month = $3 AND (unit_id, fact_id) > ($4, $5) \
     AND (unit_id, fact_id) <= ($6, $7)";

/// Blocks deleted by one statement.
const KEYS: usize = 400;

async fn delete(tx: &mut Tx, keys: &[BlockKey]) -> Result<()> {
    // A chain of ORs, which both engines answer from the index.
    let mut query = Builder::new(tx.engine(), "DELETE FROM posting WHERE ");
    for (position, (measure, month, unit, fact)) in keys.iter().enumerate() {
        query.push(if position == 0 { "(region_id = " } else { " OR (region_id = " });
        query.push_value(tx.region).push_and("measure = ", *measure).push_and("month = ", *month);
        query.push_and("unit_id = ", *unit).push_and("fact_id = ", *fact).push(")");
    }
    query.finish().execute(tx).await?;
    Ok(())
}

/// Replaces all postings of the region by others, which are in order. The caller holds the folder's lease.
pub(crate) async fn rebuild(tx: &mut Tx, postings: &[(PostingKey, i32)]) -> Result<()> {
    tx.query("DELETE FROM posting WHERE region_id = $1").execute(tx).await?;
    let region = tx.region;
    let months = postings.chunk_by(|(a, _), (b, _)| (a.measure, a.month) == (b.measure, b.month));
    let rows = months.flat_map(move |month| {
        let (key, _) = month[0];
        let entries: Vec<Entry> = month.iter().map(|(key, number)| (key.unit, key.fact, *number)).collect();
        block::write(&entries).into_iter().enumerate().map(move |(position, (start, bytes))| {
            let (unit, fact) = if position == 0 { FIRST } else { (start.0, start.1) };
            let measure = number(key.measure);
            [region.into(), measure.into(), key.month.into(), unit.into(), fact.into(), bytes.into()]
        })
    });
    bulk::insert(tx, "posting", COLUMNS, "", rows).await?;
    Ok(())
}

/// Hands all postings of the region to `take`, in order, for the recount.
pub async fn for_each(tx: &mut Tx, mut take: impl FnMut(PostingKey, i32)) -> Result<()> {
    let text = "SELECT measure, month, unit_id, fact_id, entries FROM posting WHERE region_id = $1 \
                ORDER BY measure, month, unit_id, fact_id";
    let query = tx.query(text);
    let each = |block: Block| {
        let (measure, month) = (block.measure()?, block.month()?);
        block.read(|(unit, fact, number)| take(PostingKey { measure, month, unit, fact }, number))
    };
    query.for_each(tx, each).await
}
