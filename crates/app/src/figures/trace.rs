//! The records behind a figure, page by page or all of them one after the other.
//!
//! Which they are is read from the stored postings;
//! what they count is worked out again from each record, as for every balance. Rows that the figure
//! does not count are listed with the reason, so that the others add up to it
//! (`docs/decisions/0014-postings.md`).

mod grains;
mod judged;
mod past;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::Arc,
};

use boxed_async::boxed_async;
use campaign::definition::{CampaignIdx, IndicatorIdx, MeasureIdx, Part};
use jiff::civil::Date;
use ledger::{
    classes::Classes,
    fact::Fact,
    hierarchy::Hierarchy,
    post::{Key, postings},
    posting_list::PostingKey,
    restated::StatementTimes,
    traced::{CountedKeys, NotCounted, RowPlace, TracedUnit},
};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
    period::{Grain, ReportingPeriod},
};
use rustc_hash::FxHashSet;
use store::{
    Tx,
    postings::{PostingCount, PostingQuery, count, page},
    records::{self, RecordRow},
};

use super::{
    known::KnownOn,
    restated::Restatement,
    scope::Scope,
    show::{FigureRequest, is_running},
    windows::{Window, windows},
};
use crate::{Action, App, Context, Error, Result, Snapshot, Thing, past::PastRegion, record::read_record};

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
    /// The month it counts in: the last one of the period that it is stated for.
    pub month: Month,
    /// How long that period is.
    pub grain: Grain,
    /// How much it states, counted or not; twice that where a running year takes it as a last statement beside its own year.
    pub amount: i64,
    /// Whether a running year takes it once more.
    pub enters_again: bool,
    /// Why the figure does not count it; `None` where it does.
    pub not_counted: Option<NotCounted>,
    /// Whether it is of a stock that came to the figure's unit together with its own unit.
    pub has_moved_here: bool,
    /// Whether the record has been removed since the day that is asked for.
    pub is_removed: bool,
    /// What counts once.
    key: Option<Key>,
}

impl TraceRow {
    /// The period that it is stated for; of an event its month.
    pub fn period(&self) -> ReportingPeriod {
        ReportingPeriod::containing(self.month, self.grain)
    }

    fn row_place(&self) -> RowPlace {
        RowPlace { measure: self.measure, unit: self.unit, month: self.month }
    }
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowCount {
    /// So many at least.
    pub rows: u64,
    /// Whether these are all of them; of very many it is not counted to the end.
    pub is_exact: bool,
}

/// One page of rows.
pub struct TracePage {
    /// The region as it was when they were read.
    pub snapshot: Arc<Snapshot>,
    /// The campaign, by its position in the definition of the day that is asked for.
    pub campaign: CampaignIdx,
    /// Position of the indicator in it.
    pub indicator: IndicatorIdx,
    /// The last month that counts.
    pub through: Month,
    /// The rows.
    pub rows: Vec<TraceRow>,
    /// How many there are on all pages.
    pub total: RowCount,
    /// Where to go on; `None` on the last page.
    pub next: Option<Cursor>,
    /// As known on which day.
    pub known: KnownOn,
    /// Whether they are too many to be listed as they were on an earlier day: `jiangong trace` lists them.
    pub is_too_long: bool,
    /// The day after the one that is asked for on which balances were computed anew without a command: the rows may add up
    /// to something else than the figure did.
    pub recomputed_on: Option<Date>,
}

/// What is said after all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceEnd {
    /// How many rows there were.
    pub rows: u64,
    /// See [`TracePage::recomputed_on`].
    pub recomputed_on: Option<Date>,
}

/// So few units are looked up one by one; for more all postings of a month are gone through.
const FEW_UNITS: usize = 40;

/// Postings read at once where all are wanted.
const AT_ONCE: usize = 2_000;

/// So many postings are looked at, to say how many rows there are.
const MOST_COUNTED: usize = 50_000;

/// The postings behind an indicator of `unit`: measure by measure as they stand in the
/// formula, by month, unit and record.
///
/// # Errors
/// [`Error::Forbidden`] for viewers; [`Error::NotFound`] for an unknown indicator.
#[boxed_async]
pub async fn trace(app: &App, ctx: &Context, unit: UnitId, ask: &TraceRequest) -> Result<TracePage> {
    let mut tx = app.read(ctx.region).await?;
    let traced = Traced::new(app, ctx, &mut tx, unit, ask).await?;
    if traced.past.is_some() {
        return past::page(&mut tx, traced, ask).await;
    }
    let mut keys = traced.listed(&mut tx, ask.after, ask.limit + 1).await?;
    let more = keys.len() > ask.limit;
    keys.truncate(ask.limit);
    let next = keys.last().filter(|_| more).map(|key| Cursor::from(*key));
    let mut rows = traced.rows(&mut tx, &keys).await?;
    let mut counted = traced.counted_before(&mut tx, ask.after, &rows).await?;
    traced.judge(&mut tx, &mut counted, &mut rows).await?;
    let total = traced.total(&mut tx).await?;
    let Traced { snapshot, campaign, indicator, through, known, .. } = traced;
    // What is on this page is there, however much was looked at.
    let total = RowCount { rows: total.rows.max(rows.len() as u64), ..total };
    let (is_too_long, recomputed_on) = (false, None);
    Ok(TracePage {
        snapshot,
        campaign,
        indicator,
        through,
        rows,
        total,
        next,
        known,
        is_too_long,
        recomputed_on,
    })
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
) -> Result<TraceEnd> {
    let mut tx = app.walk(ctx.region).await?;
    let traced = Traced::new(app, ctx, &mut tx, unit, ask).await?;
    if traced.past.is_some() {
        return past::all_rows(&mut tx, &traced, take).await;
    }
    let (mut after, mut number) = (ask.after, 0);
    let mut counted: Option<CountedKeys> = None;
    loop {
        let keys = traced.listed(&mut tx, after, AT_ONCE).await?;
        let mut rows = traced.rows(&mut tx, &keys).await?;
        let mut so_far = match counted.take() {
            Some(counted) => counted,
            None => traced.counted_before(&mut tx, after, &rows).await?,
        };
        traced.judge(&mut tx, &mut so_far, &mut rows).await?;
        counted = Some(so_far);
        for row in &rows {
            take(&traced.snapshot, row);
        }
        number += rows.len() as u64;
        match keys.last() {
            Some(last) if keys.len() == AT_ONCE => after = Some(Cursor::from(*last)),
            _ => return Ok(TraceEnd { rows: number, recomputed_on: None }),
        }
    }
}

/// What is traced: everything that is the same on each page.
struct Traced {
    snapshot: Arc<Snapshot>,
    /// How the region was known, where an earlier day is asked for.
    past: Option<Arc<PastRegion>>,
    known: KnownOn,
    unit: UnitId,
    campaign: CampaignIdx,
    indicator: IndicatorIdx,
    through: Month,
    windows: Vec<Window>,
    /// Where the figure is re-stated on today's tree: what is other there.
    restated: Option<RestatedTrace>,
    /// The unit and all that were ever below it; `None` for the whole region, of which every unit is looked at
    /// in the tree alone.
    below: Option<BTreeSet<UnitId>>,
}

/// What is other for a figure on today's tree.
struct RestatedTrace {
    restatement: Restatement,
    times: StatementTimes,
}

impl Traced {
    async fn new(app: &App, ctx: &Context, tx: &mut Tx, unit: UnitId, ask: &TraceRequest) -> Result<Self> {
        let now = app.snapshot(tx).await?;
        ctx.require(Action::ReadRecords, &now, unit)?;
        let scope = Scope::new(tx, (app, ctx), &now, unit, &ask.ask).await?;
        let campaign = scope.campaign();
        let position = campaign.indicators.position(|indicator| indicator.id == ask.indicator);
        let indicator =
            position.ok_or_else(|| Error::NotFound { what: Thing::Indicator, key: ask.indicator.clone() })?;
        let windows = windows(
            (&scope.snapshot.definition, campaign),
            &campaign.indicators[indicator],
            &scope.ask.readings,
            (scope.through, scope.ask.period, is_running(ctx, &scope.snapshot, &scope.ask, scope.through)),
        );
        let Scope { snapshot, past, known, ask, through, .. } = scope;
        let campaign = ask.campaign;
        let restated = if ask.is_restated {
            let restatement = Restatement::new(tx, &snapshot, unit, ctx.today(&snapshot).month()).await?;
            let times = restatement.statement_times(&snapshot, unit);
            Some(RestatedTrace { restatement, times })
        } else {
            None
        };
        let traced = Self {
            snapshot,
            past,
            known,
            unit,
            campaign,
            indicator,
            through,
            windows,
            restated,
            below: None,
        };
        // Of the region, every unit is looked at in the tree alone.
        if traced.snapshot.root() == Some(unit) {
            return Ok(traced);
        }
        let mut below = traced.tree().ever_below(unit);
        below.extend(traced.restated.iter().flat_map(|restated| restated.times.units()));
        Ok(Self { below: Some(below), ..traced })
    }

    /// The tree that the figure is counted by.
    fn tree(&self) -> &Hierarchy {
        self.restated.as_ref().map_or(&self.snapshot.tree, |restated| &restated.restatement.tree)
    }

    /// Whose figure it is.
    fn unit(&self) -> TracedUnit<'_> {
        TracedUnit {
            definition: &self.snapshot.definition,
            tree: self.tree(),
            restated: self.restated.as_ref().map(|restated| (&self.snapshot.tree, &restated.times)),
            unit: self.unit,
            through: self.through,
        }
    }

    /// The units whose postings are looked up one by one.
    fn few_units(&self) -> Option<&BTreeSet<UnitId>> {
        self.below.as_ref().filter(|below| below.len() <= FEW_UNITS)
    }

    /// All units below, where they are too many for that.
    fn units_below(&self) -> Option<FxHashSet<UnitId>> {
        let many = self.below.as_ref().filter(|_| self.few_units().is_none());
        many.map(|below| below.iter().copied().collect())
    }

    /// The first `limit` postings after a place.
    async fn listed(&self, tx: &mut Tx, after: Option<Cursor>, limit: usize) -> Result<Vec<PostingKey>> {
        let (few, many) = (self.few_units(), self.units_below());
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
            let is_within = self.is_listed(window, many.as_ref());
            let first = resumed.map_or(*window.months.start(), |after| after.month);
            let query = PostingQuery {
                measure: window.measure,
                months: RangeInclusive::new(first, *window.months.end()),
                after: resumed.map(|after| (after.unit, after.fact)),
                units: few,
                is_wanted: &is_within,
                limit: limit - keys.len(),
            };
            if window.only.is_empty() {
                keys.extend(page(tx, &query).await?);
            } else {
                keys.extend(self.of_grains(tx, window, &query).await?);
            }
            if keys.len() >= limit {
                break;
            }
        }
        Ok(keys)
    }

    /// Says of which places the rows of a window are listed.
    fn is_listed<'t>(
        &'t self,
        window: &'t Window,
        many: Option<&'t FxHashSet<UnitId>>,
    ) -> impl Fn(UnitId, Month) -> bool + 't {
        let traced = self.unit();
        move |unit, month| {
            many.is_none_or(|many| many.contains(&unit))
                && match window.last_statement {
                    Some(_) => self.is_last(&self.snapshot.classes, (unit, month)),
                    None => {
                        traced.lists(RowPlace { measure: window.measure, unit, month })
                            || window.enters_again.is_some()
                                && self.is_last(&self.snapshot.classes, (unit, month))
                    }
                }
        }
    }

    /// Whether a statement enters a running year as the last one of a unit that is now below the figure's.
    fn is_last(&self, classes: &Classes, (at, month): (UnitId, Month)) -> bool {
        classes.has_return(at, month.year())
            && classes.last_until(at, month.year()).is_none_or(|until| until > self.through)
            && self.tree().is_within(at, self.unit, self.through)
    }

    /// How often the figure counts what a row states: a statement that counts for its own year may enter the running year
    /// as well, as its unit's last one.
    fn times(&self, classes: &Classes, row: RowPlace) -> i64 {
        let Some(window) = self.window_of(row) else { return 1 };
        if window.enters_again.is_none() {
            return 1;
        }
        i64::from(self.unit().lists(row)) + i64::from(self.is_last(classes, (row.unit, row.month)))
    }

    /// The window in which a row is listed.
    fn window_of(&self, row: RowPlace) -> Option<&Window> {
        let holds = |window: &&Window| window.measure == row.measure && window.months.contains(&row.month);
        self.windows.iter().find(holds)
    }

    /// How many rows there are, from the blocks of postings alone.
    async fn total(&self, tx: &mut Tx) -> Result<RowCount> {
        let (few, many) = (self.few_units(), self.units_below());
        let mut total = PostingCount::default();
        for window in &self.windows {
            let left = MOST_COUNTED.saturating_sub(usize::try_from(total.looked_at).unwrap_or(usize::MAX));
            if left == 0 {
                total.is_cut = true;
                break;
            }
            let is_within = self.is_listed(window, many.as_ref());
            let (measure, months) = (window.measure, window.months.clone());
            let query =
                PostingQuery { measure, months, after: None, units: few, is_wanted: &is_within, limit: left };
            let of_window = if window.only.is_empty() {
                count(tx, &query).await?
            } else {
                self.count_of_grains(tx, window, &query).await?
            };
            total.found += of_window.found;
            total.looked_at += of_window.looked_at;
            total.is_cut |= of_window.is_cut;
        }
        Ok(RowCount { rows: total.found, is_exact: !total.is_cut })
    }
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
        let of = (snapshot, &snapshot.classes);
        rows.extend(rows_of(of, *key, &fact, (row.version, &row.definition_hash)));
    }
    Ok(rows)
}

/// What a record counts in one place, one row for each time; with the version of it that is meant, and the definition under
/// which that was written.
fn rows_of<'a>(
    (snapshot, classes): (&Snapshot, &Classes),
    key: PostingKey,
    fact: &'a Fact,
    (version, definition_hash): (i64, &'a str),
) -> impl Iterator<Item = TraceRow> + 'a {
    let posted = postings(&snapshot.definition, &snapshot.counted(fact), classes);
    let here = posted.into_iter().filter(move |posting| {
        (posting.measure, posting.month, posting.unit) == (key.measure, key.month, key.unit)
    });
    here.map(move |posting| TraceRow {
        fact: fact.clone(),
        version,
        definition_hash: definition_hash.to_owned(),
        measure: posting.measure,
        part: posting.part,
        unit: posting.unit,
        month: posting.month,
        grain: posting.grain,
        amount: posting.amount,
        not_counted: None,
        has_moved_here: false,
        enters_again: false,
        is_removed: false,
        key: posting.key,
    })
}
