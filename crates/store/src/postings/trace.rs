//! Pages of postings, in the order in which they are kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use boxed_async::boxed_async;
use campaign::definition::MeasureIdx;
use ledger::posting_list::PostingKey;
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};

use super::{Block, number};
use crate::{Result, Tx, query::Builder};

/// Which postings of a measure are wanted.
pub struct PostingQuery<'a> {
    /// The measure.
    pub measure: MeasureIdx,
    /// The months in which they count.
    pub months: RangeInclusive<Month>,
    /// The unit and record after which to go on in the first of the months.
    pub after: Option<(UnitId, RecordId)>,
    /// The units at which they count, if these are few; `None` for all for which `is_wanted` says yes.
    pub units: Option<&'a BTreeSet<UnitId>>,
    /// Whether a posting at a unit in a month is wanted.
    pub is_wanted: &'a (dyn Fn(UnitId, Month) -> bool + Sync),
    /// Most that are wanted.
    pub limit: usize,
}

impl PostingQuery<'_> {
    /// Counts what a block has of it.
    fn count(&self, block: &Block, count: &mut PostingCount) -> Result<()> {
        let month = block.month()?;
        let is_wanted =
            |unit| self.units.is_none_or(|units| units.contains(&unit)) && (self.is_wanted)(unit, month);
        // Postings of one unit are beside each other.
        let mut last: Option<(UnitId, bool)> = None;
        block.read(|(unit, _, number)| {
            let number = u64::try_from(number).unwrap_or(0);
            count.looked_at += number;
            let known = last.filter(|(known, _)| *known == unit).map(|(_, is_wanted)| is_wanted);
            let is_wanted = known.unwrap_or_else(|| is_wanted(unit));
            last = Some((unit, is_wanted));
            count.found += if is_wanted { number } else { 0 };
        })
    }

    /// Adds what a block has of it to `found`, up to the limit.
    fn take(&self, block: &Block, found: &mut Vec<PostingKey>) -> Result<()> {
        let (measure, month) = (block.measure()?, block.month()?);
        let after = self.after.filter(|_| month == *self.months.start());
        block.read(|(unit, fact, _)| {
            let is_after = after.is_none_or(|after| (unit, fact) > after);
            if found.len() < self.limit && is_after && (self.is_wanted)(unit, month) {
                found.push(PostingKey { measure, month, unit, fact });
            }
        })
    }
}

/// The first postings that are wanted, in order.
#[boxed_async]
pub async fn page(tx: &mut Tx, query: &PostingQuery<'_>) -> Result<Vec<PostingKey>> {
    match query.units {
        Some(units) => page_of_units(tx, query, units).await,
        None => page_of_all(tx, query).await,
    }
}

/// Blocks read by the first statement; each later one reads twice as many.
const FIRST_BLOCKS: i64 = 4;

/// How many postings are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PostingCount {
    /// How many were found; one that a record makes twice in the same place is two.
    pub found: u64,
    /// How many were looked at, wanted or not.
    pub looked_at: u64,
    /// Whether there may be more that were not looked at.
    pub is_cut: bool,
}

/// Counts the postings that are wanted, from their blocks alone, until about `limit` of any kind have been looked at.
#[boxed_async]
pub async fn count(tx: &mut Tx, query: &PostingQuery<'_>) -> Result<PostingCount> {
    let mut count = PostingCount::default();
    if let Some(units) = query.units {
        let months = months(tx, query).await?;
        for months in months.chunks(months_at_once(units)) {
            for block in blocks_of_units(tx, query.measure, months, units).await? {
                query.count(&block, &mut count)?;
            }
        }
        return Ok(count);
    }
    let last = *query.months.end();
    let most = i64::try_from(query.limit / IN_BLOCK + 1).unwrap_or(MOST_BLOCKS).min(MOST_BLOCKS);
    let mut after = (*query.months.start(), UnitId(-1), RecordId(-1));
    loop {
        let next = tx.query(NEXT).bind(number(query.measure)).bind(last);
        let next = next.bind(after.0).bind(after.1).bind(after.2).bind(most);
        let blocks: Vec<Block> = next.fetch_all(tx).await?;
        for block in &blocks {
            query.count(block, &mut count)?;
        }
        let Some(end) = blocks.last().filter(|_| i64::try_from(blocks.len()) == Ok(most)) else {
            return Ok(count);
        };
        if count.looked_at >= u64::try_from(query.limit).unwrap_or(u64::MAX) {
            return Ok(PostingCount { is_cut: true, ..count });
        }
        after = (end.month()?, end.unit_id, end.fact_id);
    }
}

/// So many postings are in a full block.
const IN_BLOCK: usize = 250;

/// Most blocks read by one statement.
const MOST_BLOCKS: i64 = 512;

/// Goes through the blocks of the months until the page is full. What is wanted may be rare
/// among them, but 250 postings are read as quickly as two rows.
async fn page_of_all(tx: &mut Tx, query: &PostingQuery<'_>) -> Result<Vec<PostingKey>> {
    let mut found = Vec::new();
    let (first, last) = (*query.months.start(), *query.months.end());
    let mut after = (first, UnitId(-1), RecordId(-1));
    if let Some((unit, fact)) = query.after {
        let holding = tx.query(HOLDING).bind(number(query.measure)).bind(first).bind(unit).bind(fact);
        if let Some(block) = holding.fetch_optional::<Block>(tx).await? {
            query.take(&block, &mut found)?;
            after = (first, block.unit_id, block.fact_id);
        }
    }
    let mut limit = FIRST_BLOCKS;
    while found.len() < query.limit {
        let next = tx.query(NEXT).bind(number(query.measure)).bind(last);
        let next = next.bind(after.0).bind(after.1).bind(after.2).bind(limit);
        let blocks: Vec<Block> = next.fetch_all(tx).await?;
        for block in &blocks {
            query.take(block, &mut found)?;
        }
        let Some(end) = blocks.last().filter(|_| i64::try_from(blocks.len()) == Ok(limit)) else { break };
        after = (end.month()?, end.unit_id, end.fact_id);
        limit = (limit * 2).min(MOST_BLOCKS);
    }
    Ok(found)
}

/// The block that holds a posting or would hold it.
const HOLDING: &str = "SELECT measure, month, unit_id, fact_id, entries FROM posting \
     WHERE region_id = $1 AND measure = $2 AND month = $3 AND (unit_id, fact_id) <= ($4, $5) \
     ORDER BY unit_id DESC, fact_id DESC LIMIT 1";

const NEXT: &str = "SELECT measure, month, unit_id, fact_id, entries FROM posting \
     WHERE region_id = $1 AND measure = $2 AND month <= $3 AND (month, unit_id, fact_id) > ($4, $5, $6) \
     ORDER BY month, unit_id, fact_id LIMIT $7";

/// Pairs of month and unit that are looked for by one statement.
const PAIRS: usize = 500;

/// Looks up each unit in each month, which costs less than to go through the months.
async fn page_of_units(
    tx: &mut Tx,
    query: &PostingQuery<'_>,
    units: &BTreeSet<UnitId>,
) -> Result<Vec<PostingKey>> {
    let mut found = Vec::new();
    let months = months(tx, query).await?;
    for months in months.chunks(months_at_once(units)) {
        if found.len() >= query.limit {
            break;
        }
        let of_units = |unit, month| units.contains(&unit) && (query.is_wanted)(unit, month);
        let of_units = PostingQuery { is_wanted: &of_units, months: query.months.clone(), ..*query };
        for block in blocks_of_units(tx, query.measure, months, units).await? {
            of_units.take(&block, &mut found)?;
        }
    }
    Ok(found)
}

/// How many months are looked for by one statement.
fn months_at_once(units: &BTreeSet<UnitId>) -> usize {
    (PAIRS / units.len().max(1)).max(1)
}

/// The months of the query that have postings.
async fn months(tx: &mut Tx, query: &PostingQuery<'_>) -> Result<Vec<i64>> {
    let months = tx.query(MONTHS).bind(number(query.measure)).bind(*query.months.start());
    months.bind(*query.months.end()).values(tx).await
}

/// The blocks that hold postings of some units in some months, in order.
async fn blocks_of_units(
    tx: &mut Tx,
    measure: MeasureIdx,
    months: &[i64],
    units: &BTreeSet<UnitId>,
) -> Result<Vec<Block>> {
    // A block that holds several of the units comes with each of them.
    let mut blocks = BTreeMap::new();
    for block in wanted(tx, measure, months, units).fetch_all::<Block>(tx).await? {
        blocks.insert((block.month, block.unit_id, block.fact_id), block);
    }
    Ok(blocks.into_values().collect())
}

/// The months of a measure that have postings, found by going from each to the next.
const MONTHS: &str = "WITH RECURSIVE present (month) AS (\
     SELECT min(month) FROM posting WHERE region_id = $1 AND measure = $2 AND month >= $3 \
     UNION ALL SELECT (SELECT min(p.month) FROM posting p \
     WHERE p.region_id = $1 AND p.measure = $2 AND p.month > present.month) FROM present \
     WHERE present.month < $4) SELECT month FROM present WHERE month <= $4 ORDER BY month";

/// The blocks that hold postings of some units in some months: of each pair those that begin with
/// the unit, and the one before them, which may end with it.
fn wanted(tx: &Tx, measure: MeasureIdx, months: &[i64], units: &BTreeSet<UnitId>) -> Builder<'static> {
    let mut query = Builder::new(tx.engine(), "WITH wanted (month, unit_id) AS (VALUES ");
    let pairs = months.iter().flat_map(|month| units.iter().map(move |unit| (*month, *unit)));
    for (position, (month, unit)) in pairs.enumerate() {
        query.push(if position == 0 { "(" } else { ",(" }).push_number(month);
        query.push(",").push_number(unit.0).push(")");
    }
    query.push(
        ") SELECT p.measure, p.month, p.unit_id, p.fact_id, p.entries FROM wanted w CROSS JOIN posting p \
         WHERE p.month = w.month AND p.unit_id <= w.unit_id AND p.unit_id >= coalesce(\
         (SELECT max(q.unit_id) FROM posting q WHERE q.month = w.month AND q.unit_id < w.unit_id",
    );
    query.push_and("q.region_id = ", tx.region).push_and("q.measure = ", number(measure));
    query.push("), w.unit_id)");
    query.push_and("p.region_id = ", tx.region).push_and("p.measure = ", number(measure));
    query
}
