//! The records behind a figure, page by page or all of them one after the other.
//!
//! Which they are is read from the stored postings (`docs/decisions/0014-postings.md`);
//! what they count is worked out again from each record, as for every balance.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::definition::{IndicatorIdx, MeasureIdx, MeasureKind, Part};
use ledger::{fact::Fact, post::postings, posting_list::PostingKey};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
use rustc_hash::FxHashSet;
use store::{
    Tx,
    postings::{PostingQuery, page},
    records::{self, RecordRow},
};

use super::{
    show::{FigureRequest, is_running, last_month},
    windows::{Window, windows},
};
use crate::{Action, App, Context, Error, Result, Snapshot, Thing, record::read_record};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct TraceRequest {
    /// Id of the indicator.
    pub indicator: String,
    /// Year, month and readings.
    pub ask: FigureRequest,
    /// Where the page before ended; `None` for the first page.
    pub after: Option<Cursor>,
    /// Most records on a page. One that counts twice in the same place is two rows.
    pub limit: usize,
}

/// Where a page ended: the posting that its last row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// Number of the measure.
    pub measure: usize,
    /// The month it counts in.
    pub month: Month,
    /// The unit it counts at.
    pub unit: UnitId,
    /// The record.
    pub fact: RecordId,
}

impl From<PostingKey> for Cursor {
    fn from(key: PostingKey) -> Self {
        Self { measure: key.measure.number(), month: key.month, unit: key.unit, fact: key.fact }
    }
}

/// One posting behind a figure, with the record it comes from.
#[derive(Debug, Clone)]
pub struct TraceRow {
    /// The record.
    pub fact: Fact,
    /// Version of the record.
    pub version: i64,
    /// The campaign version it was written under.
    pub definition_hash: String,
    /// Position of the measure it counts towards.
    pub measure: MeasureIdx,
    /// Itemised or supplementary.
    pub part: Part,
    /// The unit it counts at.
    pub unit: UnitId,
    /// The month it counts in.
    pub month: Month,
    /// How much it adds.
    pub amount: i64,
}

/// One page of rows.
pub struct TracePage {
    /// The region as it was when they were read.
    pub snapshot: Arc<Snapshot>,
    /// Position of the indicator.
    pub indicator: IndicatorIdx,
    /// The last month that counts.
    pub through: Month,
    /// The rows.
    pub rows: Vec<TraceRow>,
    /// Where to go on; `None` on the last page.
    pub next: Option<Cursor>,
}

/// So few units are looked up one by one; for more all postings of a month are gone through.
const FEW_UNITS: usize = 40;

/// Postings read at once where all are wanted.
const AT_ONCE: usize = 2_000;

/// The postings behind an indicator of `unit`: measure by measure as they stand in the
/// formula, by month, unit and record.
///
/// # Errors
/// [`Error::Forbidden`] for viewers; [`Error::NotFound`] for an unknown indicator.
#[boxed_async]
pub async fn trace(app: &App, ctx: &Context, unit: UnitId, ask: &TraceRequest) -> Result<TracePage> {
    let mut tx = app.read(ctx.region).await?;
    let traced = Traced::new(app, ctx, &mut tx, unit, ask).await?;
    let mut keys = traced.counted(&mut tx, ask.after, ask.limit + 1).await?;
    let more = keys.len() > ask.limit;
    keys.truncate(ask.limit);
    let next = keys.last().filter(|_| more).map(|key| Cursor::from(*key));
    let rows = rows(&mut tx, &traced.snapshot, &keys).await?;
    let Traced { snapshot, indicator, through, .. } = traced;
    Ok(TracePage { snapshot, indicator, through, rows, next })
}

/// Hands all of them from [`TraceRequest::after`] on to `take`, in the same order, all as they were at one
/// moment. Some thousand are in memory at once, however many there are.
///
/// # Errors
/// As [`trace`].
#[boxed_async]
pub async fn trace_all(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    ask: &TraceRequest,
    take: &mut (dyn FnMut(&Snapshot, &TraceRow) + Send),
) -> Result<()> {
    let mut tx = app.walk(ctx.region).await?;
    let traced = Traced::new(app, ctx, &mut tx, unit, ask).await?;
    let mut after = ask.after;
    loop {
        let keys = traced.counted(&mut tx, after, AT_ONCE).await?;
        for row in rows(&mut tx, &traced.snapshot, &keys).await? {
            take(&traced.snapshot, &row);
        }
        match keys.last() {
            Some(last) if keys.len() == AT_ONCE => after = Some(Cursor::from(*last)),
            _ => return Ok(()),
        }
    }
}

/// What is traced: everything that is the same on each page.
struct Traced {
    snapshot: Arc<Snapshot>,
    unit: UnitId,
    indicator: IndicatorIdx,
    through: Month,
    windows: Vec<Window>,
    /// The unit and all that were ever below it; `None` for the whole region, of which every unit is looked at
    /// in the tree alone.
    below: Option<BTreeSet<UnitId>>,
}

impl Traced {
    async fn new(app: &App, ctx: &Context, tx: &mut Tx, unit: UnitId, ask: &TraceRequest) -> Result<Self> {
        let snapshot = app.snapshot(tx).await?;
        ctx.require(Action::ReadRecords, &snapshot, unit)?;
        let campaign = ctx.require_campaign(&snapshot, ask.ask.campaign)?;
        let position = campaign.indicators.position(|indicator| indicator.id == ask.indicator);
        let indicator =
            position.ok_or_else(|| Error::NotFound { what: Thing::Indicator, key: ask.indicator.clone() })?;
        let through = last_month(ctx, &snapshot, &ask.ask)?;
        let windows = windows(
            (&snapshot.definition, campaign),
            &campaign.indicators[indicator],
            &ask.ask.readings,
            (through, is_running(ctx, &snapshot, through)),
        );
        let below = (snapshot.root() != Some(unit)).then(|| snapshot.tree.ever_below(unit));
        Ok(Self { snapshot, unit, indicator, through, windows, below })
    }

    /// The first `limit` postings after a place.
    async fn counted(&self, tx: &mut Tx, after: Option<Cursor>, limit: usize) -> Result<Vec<PostingKey>> {
        let few = self.below.as_ref().filter(|below| below.len() <= FEW_UNITS);
        let many: Option<FxHashSet<UnitId>> =
            self.below.as_ref().filter(|_| few.is_none()).map(|below| below.iter().copied().collect());
        let mut keys = Vec::new();
        let begin = after.and_then(|after| {
            let of_measure = |window: &Window| window.measure.number() == after.measure;
            let holds = |window: &Window| of_measure(window) && window.months.contains(&after.month);
            let is_later = |window: &Window| of_measure(window) && after.month <= *window.months.end();
            self.windows.iter().position(holds).or_else(|| self.windows.iter().position(is_later))
        });
        for (position, window) in self.windows.iter().enumerate().skip(begin.unwrap_or(0)) {
            // A page goes on within the window where the page before ended.
            let resumed = after.filter(|_| Some(position) == begin);
            let resumed = resumed.filter(|after| after.month >= *window.months.start());
            let is_within = |at: UnitId, month| {
                many.as_ref().is_none_or(|many| many.contains(&at))
                    && is_last(&self.snapshot, window, (at, month))
                    && is_above(&self.snapshot, self.unit, self.through, window, (at, month))
            };
            let first = resumed.map_or(*window.months.start(), |after| after.month);
            let query = PostingQuery {
                measure: window.measure,
                months: RangeInclusive::new(first, *window.months.end()),
                after: resumed.map(|after| (after.unit, after.fact)),
                units: few,
                is_wanted: &is_within,
                limit: limit - keys.len(),
            };
            keys.extend(page(tx, &query).await?);
            if keys.len() >= limit {
                break;
            }
        }
        Ok(keys)
    }
}

/// Whether a statement that enters a running year is its unit's last one.
fn is_last(snapshot: &Snapshot, window: &Window, (at, month): (UnitId, Month)) -> bool {
    let Some(year) = window.last_statement else { return true };
    let classes = &snapshot.classes;
    classes.has_return(at, month.year())
        && classes.next_return(at, month.year()).is_none_or(|next| next > year)
}

/// Whether the figure's unit was above the posting's when it counted; a
/// stock goes with its unit, and a baseline stays where the campaign began.
fn is_above(
    snapshot: &Snapshot,
    unit: UnitId,
    through: Month,
    window: &Window,
    (at, month): (UnitId, Month),
) -> bool {
    let measure = &snapshot.definition.measures[window.measure];
    let month = match measure.kind {
        _ if window.last_statement.is_some() => through,
        MeasureKind::Stock => through,
        MeasureKind::Statement => measure.since,
        _ => month,
    };
    snapshot.tree.is_within(at, unit, month)
}

/// Reads the records, and what each counts in its place. On PostgreSQL a record may have
/// changed since its postings were folded: what it no longer counts is left out.
async fn rows(tx: &mut Tx, snapshot: &Snapshot, keys: &[PostingKey]) -> Result<Vec<TraceRow>> {
    let mut ids: Vec<RecordId> = keys.iter().map(|key| key.fact).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = records::find_all(tx, &ids).await?;
    let found: BTreeMap<RecordId, RecordRow> = found.into_iter().map(|row| (row.id, row)).collect();
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys {
        let Some(row) = found.get(&key.fact) else { continue };
        let fact = read_record(snapshot, row)?;
        let posted = postings(&snapshot.definition, &snapshot.counted(&fact), &snapshot.classes);
        let here = posted.into_iter().filter(|posting| {
            (posting.measure, posting.month, posting.unit) == (key.measure, key.month, key.unit)
        });
        rows.extend(here.map(|posting| TraceRow {
            fact: fact.clone(),
            version: row.version,
            definition_hash: row.definition_hash.clone(),
            measure: posting.measure,
            part: posting.part,
            unit: posting.unit,
            month: posting.month,
            amount: posting.amount,
        }));
    }
    Ok(rows)
}
