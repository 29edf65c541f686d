//! The records behind a figure as it was known on an earlier day (`docs/decisions/0038-records-as-known.md`).
//!
//! What may have counted then is what counts now, and what was taken back after that day. What each of these records
//! stated then is in its history; what it counted follows from that, by the classes, the tree and the definition of that
//! day.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use campaign::{
    condition::Condition,
    definition::{MeasureKind, Window as KeyWindow},
};
use jiff::civil::Date;
use ledger::{
    balance::Own,
    baseline::Statements,
    classes::Classes,
    post::Key,
    posting_list::PostingKey,
    traced::{NotCounted, RowPlace},
};
use model::{
    ids::{RecordId, UnitId},
    month::{Month, Year},
};
use store::{
    Tx,
    former::{self, FormerQuery},
    postings::{PostingQuery, page as stored_page},
    records,
};

use super::{Cursor, RowCount, TraceEnd, TracePage, TraceRequest, TraceRow, Traced, Window, rows_of};
use crate::{
    Result, Snapshot,
    past::{classes_on, records_on},
    record::add_postings,
};

/// So many records are looked at for one page: a page is shown within a second.
const MOST: usize = 4_000;
/// So many are looked at together.
const FEW: usize = 200;
/// So many where all are wanted.
const AT_ONCE: usize = 1_000;

/// One page of rows.
pub(super) async fn page(tx: &mut Tx, traced: Traced, ask: &TraceRequest) -> Result<TracePage> {
    let mut walk = Walk::new(&traced, ask.after);
    let (mut rows, mut looked_at, mut last) = (Vec::new(), 0, ask.after);
    let mut is_too_long = false;
    let mut is_complete = false;
    while rows.len() <= ask.limit {
        if looked_at >= MOST {
            // What comes first must be known to say what counts later.
            is_too_long = walk.is_before_rows();
            break;
        }
        let Some(batch) = walk.next(tx, FEW).await? else {
            is_complete = true;
            break;
        };
        looked_at += batch.candidates;
        last = batch.last.or(last);
        rows.extend(batch.rows);
    }
    let next = if let Some(end) = page_end(&rows, ask.limit) {
        rows.truncate(end);
        rows.last().map(cursor)
    } else {
        last.filter(|_| !is_complete && !is_too_long)
    };
    let is_exact = is_complete && next.is_none() && ask.after.is_none();
    let recomputed_on = former::recomputed_after(tx, traced.known.day).await?;
    let Traced { snapshot, campaign, indicator, through, known, .. } = traced;
    let total = RowCount { rows: rows.len() as u64, is_exact };
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

/// Hands all rows to `take`.
pub(super) async fn all_rows(
    tx: &mut Tx,
    traced: &Traced,
    take: &mut (dyn FnMut(&Snapshot, &TraceRow) + Send),
) -> Result<TraceEnd> {
    let (mut walk, mut number) = (Walk::new(traced, None), 0);
    while let Some(batch) = walk.next(tx, AT_ONCE).await? {
        for row in &batch.rows {
            take(&traced.snapshot, row);
        }
        number += batch.rows.len() as u64;
    }
    let recomputed_on = former::recomputed_after(tx, traced.known.day).await?;
    Ok(TraceEnd { rows: number, recomputed_on })
}

/// Where a page of about so many rows ends, if there are more: never between two rows of one posting.
fn page_end(rows: &[TraceRow], limit: usize) -> Option<usize> {
    let last = cursor(rows.get(limit.checked_sub(1)?)?);
    rows.iter().skip(limit).position(|row| cursor(row) != last).map(|more| limit + more)
}

/// The place of a row.
fn cursor(row: &TraceRow) -> Cursor {
    Cursor { measure: row.measure.number(), month: row.month, unit: row.unit, fact: row.fact.id }
}

/// A stretch of months of a measure.
struct Stretch {
    window: Window,
    /// The posting after which it begins.
    after: Option<(Month, UnitId, RecordId)>,
    /// Rows up to this place are looked at and not listed: what they count, later ones repeat.
    listed_after: Option<(Month, UnitId, RecordId)>,
    /// Whether it is the first of its window: nothing has been counted yet.
    begins: bool,
}

/// Rows of some candidates.
struct Batch {
    rows: Vec<TraceRow>,
    /// How many postings were looked at.
    candidates: usize,
    /// The last of them that may be listed.
    last: Option<Cursor>,
}

/// Goes through the postings that may have counted, in the order of a trace.
struct Walk<'t> {
    traced: &'t Traced,
    day: Date,
    stretches: Vec<Stretch>,
    /// What is known of classes and statements of that day, and of which units.
    classes: Classes,
    classified: BTreeSet<UnitId>,
    statements: Statements,
    stated: BTreeSet<UnitId>,
    /// What has been counted once in the window, by the year where it counts once a year.
    seen: BTreeSet<(Year, Key)>,
}

impl<'t> Walk<'t> {
    fn new(traced: &'t Traced, after: Option<Cursor>) -> Self {
        let begin = after.map_or(0, |after| {
            let of_measure = |window: &Window| window.measure.number() == after.measure;
            let holds = |window: &Window| of_measure(window) && window.months.contains(&after.month);
            traced.windows.iter().position(holds).unwrap_or(traced.windows.len())
        });
        let stretches = traced.windows.iter().skip(begin).enumerate().map(|(number, window)| {
            let after = after.filter(|_| number == 0).map(|after| (after.month, after.unit, after.fact));
            stretch(traced, window, after)
        });
        let mut stretches: Vec<Stretch> = stretches.collect();
        stretches.reverse();
        Self {
            traced,
            day: traced.known.day,
            stretches,
            classes: Classes::default(),
            classified: BTreeSet::new(),
            statements: Statements::new(),
            stated: BTreeSet::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Whether what it looks at next comes before all rows that are to be listed.
    fn is_before_rows(&self) -> bool {
        let next = self.stretches.last();
        next.is_some_and(|stretch| stretch.listed_after.is_some_and(|from| stretch.after < Some(from)))
    }

    /// The rows of the next candidates; `None` when there are no more.
    async fn next(&mut self, tx: &mut Tx, limit: usize) -> Result<Option<Batch>> {
        let Some(mut stretch) = self.stretches.pop() else { return Ok(None) };
        if stretch.begins {
            self.seen.clear();
            stretch.begins = false;
        }
        let keys = self.candidates(tx, &stretch, limit).await?;
        let rows = self.rows(tx, &stretch.window, &keys).await?;
        let rows = self.judge(tx, &stretch.window, rows).await?;
        let is_listed = |row: &TraceRow| {
            let place = (row.month, row.unit, row.fact.id);
            stretch.listed_after.is_none_or(|from| place > from)
        };
        let rows: Vec<TraceRow> = rows.into_iter().filter(is_listed).collect();
        let last = keys.last().map(|key| (key.month, key.unit, key.fact));
        let cursor =
            keys.last().map(|key| Cursor { measure: stretch.window.measure.number(), ..Cursor::from(*key) });
        let is_listed = last.is_some_and(|last| stretch.listed_after.is_none_or(|from| last > from));
        let batch = Batch { rows, candidates: keys.len().max(1), last: cursor.filter(|_| is_listed) };
        if keys.len() == limit {
            self.stretches.push(Stretch { after: last, ..stretch });
        }
        Ok(Some(batch))
    }

    /// The next postings of a stretch that count now or did so at some time after the day.
    async fn candidates(&self, tx: &mut Tx, stretch: &Stretch, limit: usize) -> Result<Vec<PostingKey>> {
        let (traced, window) = (self.traced, &stretch.window);
        let past = traced.past.as_ref();
        let stored = past.map_or(Some(window.measure), |past| past.stored_measure(window.measure));
        let Some(measure) = stored else { return Ok(Vec::new()) };
        let (many, few) = (traced.units_below(), traced.few_units());
        let of = traced.unit();
        let is_wanted = |unit: UnitId, month: Month| {
            let is_below = match (few, &many) {
                (Some(few), _) => few.contains(&unit),
                (None, Some(many)) => many.contains(&unit),
                (None, None) => true,
            };
            let place = RowPlace { measure: window.measure, unit, month };
            let enters = window.last_statement.or(window.enters_again).is_some();
            is_below
                && (of.lists(place)
                    || (enters && traced.snapshot.tree.is_within(unit, traced.unit, traced.through)))
        };
        let first = stretch.after.map_or(*window.months.start(), |(month, ..)| month);
        let months = || RangeInclusive::new(first, *window.months.end());
        let after = stretch.after.map(|(_, unit, fact)| (unit, fact));
        let present =
            PostingQuery { measure, months: months(), after, units: few, is_wanted: &is_wanted, limit };
        let former =
            FormerQuery { measure, months: months(), after, day: self.day, is_wanted: &is_wanted, limit };
        let mut keys = stored_page(tx, &present).await?;
        keys.extend(former::page(tx, &former).await?);
        keys.sort_unstable();
        keys.dedup();
        keys.truncate(limit);
        Ok(keys.into_iter().map(|key| PostingKey { measure: window.measure, ..key }).collect())
    }

    /// What the records behind some postings counted there on that day.
    async fn rows(&mut self, tx: &mut Tx, window: &Window, keys: &[PostingKey]) -> Result<Vec<TraceRow>> {
        let then = &self.traced.snapshot;
        if self.needs_classes(window) {
            let units: BTreeSet<UnitId> =
                keys.iter().map(|key| key.unit).filter(|unit| !self.classified.contains(unit)).collect();
            classes_on(tx, then, self.day, &units, &mut self.classes).await?;
            self.classified.extend(units);
        }
        let ids: Vec<RecordId> = keys.iter().map(|key| key.fact).collect();
        let records = records_on(tx, then, self.day, &ids).await?;
        let of = (&**then, &self.classes);
        let rows = keys.iter().filter_map(|key| Some((key, records.get(&key.fact)?)));
        Ok(rows
            .flat_map(|(key, record)| {
                let rows = rows_of(of, *key, &record.fact, (record.version, &record.definition_hash));
                rows.map(|row| TraceRow { is_removed: record.is_removed, ..row })
            })
            .collect())
    }

    /// Whether it depends on what units are, or on their returns, what a window counts.
    fn needs_classes(&self, window: &Window) -> bool {
        let forms = self.traced.snapshot.definition.forms.iter();
        let mut posts = forms.flat_map(|form| &form.posts).filter(|post| post.measure == window.measure);
        window.last_statement.or(window.enters_again).is_some()
            || posts.any(|post| post.when.as_ref().is_some_and(Condition::needs_class))
    }

    /// The rows that belong to the window, with what the figure did not count marked.
    async fn judge(&mut self, tx: &mut Tx, window: &Window, rows: Vec<TraceRow>) -> Result<Vec<TraceRow>> {
        let (traced, of) = (self.traced, self.traced.unit());
        let is_last = |row: &TraceRow| traced.is_last(&self.classes, (row.unit, row.month));
        let is_listed = |row: &TraceRow| match window.last_statement {
            Some(_) => is_last(row),
            None => of.lists(row.row_place()) || window.enters_again.is_some() && is_last(row),
        };
        let is_of_grain = |row: &TraceRow| window.lists(row.grain);
        let mut rows: Vec<TraceRow> =
            rows.into_iter().filter(|row| is_of_grain(row) && is_listed(row)).collect();
        let named = rows.iter().filter_map(|row| of.units_of_statement(row.row_place())).flatten().collect();
        self.read_statements(tx, &named).await?;
        for row in &mut rows {
            let place = row.row_place();
            let times = match window.enters_again {
                Some(_) => traced.times(&self.classes, place),
                None => 1,
            };
            row.amount *= times;
            row.enters_again = times > 1;
            row.has_moved_here = of.moved_here(place);
            row.not_counted = match row.key {
                Some(key) => {
                    let year = if self.counts_by_year(window) { row.month.year() } else { 0 };
                    (!self.seen.insert((year, key))).then_some(NotCounted::Repeats)
                }
                None if of.units_of_statement(place).is_some() => {
                    of.screened(row.fact.form, place, &self.statements)
                }
                None => of.moved_away(place),
            };
            let is_other = row.not_counted.is_none() && !window.counts(row.grain, row.month);
            row.not_counted = row.not_counted.or(is_other.then_some(NotCounted::OtherPeriod));
        }
        Ok(rows)
    }

    fn counts_by_year(&self, window: &Window) -> bool {
        let measure = &self.traced.snapshot.definition.measures[window.measure];
        measure.kind == MeasureKind::Distinct(KeyWindow::Year)
    }

    /// Reads what units stated about themselves with everything under them on that day.
    async fn read_statements(&mut self, tx: &mut Tx, named: &BTreeSet<UnitId>) -> Result<()> {
        let units: Vec<UnitId> = named.difference(&self.stated).copied().collect();
        if units.is_empty() {
            return Ok(());
        }
        let then = &self.traced.snapshot;
        let measures = &then.definition.measures;
        let states = |form: &&campaign::definition::Form| {
            form.posts.iter().any(|post| measures[post.measure].kind == MeasureKind::Statement)
        };
        let mut own = Own::default();
        for form in then.definition.forms.iter().filter(states) {
            let mut ids = Vec::new();
            let stored = then.definition.stored_form(&form.id);
            records::for_each_of_units(tx, stored, &units, None, |row| ids.push(row.id)).await?;
            let removed = former::removed_of_units(tx, stored, &units).await?;
            ids.extend(removed.into_iter().map(|record| record.id));
            let found: BTreeMap<_, _> = records_on(tx, then, self.day, &ids).await?;
            for record in found.values() {
                add_postings(&mut own, then, &record.fact, &self.classes, 1);
            }
        }
        self.statements.extend(crate::record::statements(&own));
        self.stated.extend(units);
        Ok(())
    }
}

/// A window from its beginning, or from the posting that a page goes on after. What counts once is looked at from where
/// counting begins.
fn stretch(traced: &Traced, window: &Window, after: Option<(Month, UnitId, RecordId)>) -> Stretch {
    let measure = &traced.snapshot.definition.measures[window.measure];
    let start = *window.months.start();
    let counted_from = match measure.kind {
        MeasureKind::Distinct(KeyWindow::Campaign) => Some(measure.since.min(start)),
        MeasureKind::Distinct(KeyWindow::Year) => Some(Month::january(start.year())),
        _ => None,
    };
    match counted_from {
        Some(from) => {
            let before_window = (start, UnitId(-1), RecordId(-1));
            let listed_after = after.or((from < start).then_some(before_window));
            let window = Window { months: from..=*window.months.end(), ..window.clone() };
            Stretch { window, after: None, listed_after, begins: true }
        }
        None => Stretch { window: window.clone(), after, listed_after: None, begins: true },
    }
}
