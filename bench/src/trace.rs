//! The page of an indicator: its figure, the units below, its months, and the first and later
//! fifty of the records behind it, for the city, a district, an industrial union and an enterprise.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use app::{
    Snapshot,
    figures::{Cursor, FigureRequest, TraceRequest, months, rank_by, show, trace},
};
use ledger::hierarchy::Line;
use model::{
    ids::UnitId,
    month::{Month, Year},
};

use crate::{
    city::City,
    figures::YearState,
    report::{Report, ms, percentile},
};

/// Records on a page.
const ROWS: usize = 50;
/// Later pages that are opened one after the other.
const LATER: usize = 3;
/// Years and months in which each page is opened.
const TIMES: usize = 5;

/// Opens the page of every indicator of some units.
pub(crate) async fn measure(city: &City, engine: &str, report: &mut Report) -> Result<()> {
    let snapshot = city.app.current(&city.ctx).await?;
    for (name, unit) in units(&snapshot, city.root().await?)? {
        for state in YearState::BOTH {
            let (mut first, mut later) = (Vec::new(), Vec::new());
            let mut slowest = (Duration::ZERO, String::new());
            for (position, indicator) in snapshot.definition.first_campaign().indicators.entries() {
                for number in 0..TIMES {
                    let period = &snapshot.definition.first_campaign().period;
                    let year = period.first + Year::try_from(number % 5)?;
                    let ask = state.request(year.min(period.last), number * 3 + position.number());
                    let page = Page { city, snapshot: &snapshot, unit, indicator: &indicator.id, ask };
                    let (time, mut next) = page.open().await?;
                    if time > slowest.0 {
                        slowest = (time, format!("{} {:?}", indicator.id, page.ask.through));
                    }
                    first.push(time);
                    for _ in 0..LATER {
                        let Some(cursor) = next else { break };
                        let (time, after) = page.records(Some(cursor)).await?;
                        later.push(time);
                        next = after;
                    }
                }
            }
            let p95 = percentile(&mut first, 95);
            report.limit(
                &format!(
                    "page of an indicator with its first {ROWS} records, {name}, {}, {engine}",
                    state.name()
                ),
                "p95 < 50 ms",
                &format!(
                    "p50 {}, p95 {}, slowest {} ({})",
                    ms(percentile(&mut first, 50)),
                    ms(p95),
                    ms(slowest.0),
                    slowest.1
                ),
                p95 < Duration::from_millis(50),
            );
            report.note(
                &format!("the next {ROWS} records, {name}, {}, {engine}", state.name()),
                &format!("p50 {}, p95 {}", ms(percentile(&mut later, 50)), ms(percentile(&mut later, 95))),
            );
        }
    }
    Ok(())
}

/// One page.
struct Page<'a> {
    city: &'a City,
    snapshot: &'a Snapshot,
    unit: UnitId,
    indicator: &'a str,
    ask: FigureRequest,
}

impl Page<'_> {
    /// Reads what the page shows; how long it took, and where its records go on.
    async fn open(&self) -> Result<(Duration, Option<Cursor>)> {
        let (app, ctx) = (&self.city.app, &self.city.ctx);
        let indicators = &self.snapshot.definition.first_campaign().indicators;
        let position =
            indicators.position(|indicator| indicator.id == self.indicator).context("an indicator")?;
        let through = self.ask.through.unwrap_or(Month::december(self.ask.year));
        let start = Instant::now();
        show(app, ctx, self.unit, &self.ask).await?;
        let line = self.snapshot.tree.children(self.unit, through).map(|(_, line)| line).min();
        if let Some(line) = line {
            rank_by(app, ctx, self.unit, line, &self.ask, position).await?;
        }
        months(app, ctx, self.unit, &indicators[position], &self.ask).await?;
        let (_, next) = self.records(None).await?;
        Ok((start.elapsed(), next))
    }

    async fn records(&self, after: Option<Cursor>) -> Result<(Duration, Option<Cursor>)> {
        let ask = self.ask.clone();
        let request = TraceRequest { indicator: self.indicator.to_owned(), ask, after, limit: ROWS };
        let start = Instant::now();
        let page = trace(&self.city.app, &self.city.ctx, self.unit, &request).await?;
        Ok((start.elapsed(), page.next))
    }
}

/// The city, its largest district, the union that guides most, and the enterprise with most teams.
fn units(snapshot: &Snapshot, root: UnitId) -> Result<BTreeMap<&'static str, UnitId>> {
    let month = Month::december(snapshot.definition.first_campaign().period.last);
    let on =
        |unit: UnitId, line: Line| snapshot.tree.children(unit, month).filter(move |(_, on)| *on == line);
    let widest = |line: Line| {
        let units = snapshot.units.keys().copied().filter(|unit| *unit != root);
        units.max_by_key(|unit| on(*unit, line).count()).context("no units")
    };
    let district = widest(Line::Subordination)?;
    let enterprises = on(district, Line::Subordination).map(|(unit, _)| unit);
    let enterprise =
        enterprises.max_by_key(|unit| snapshot.tree.ever_below(*unit).len()).context("no units")?;
    let guiding = widest(Line::Guidance)?;
    Ok([("city", root), ("district", district), ("industrial union", guiding), ("enterprise", enterprise)]
        .into())
}
