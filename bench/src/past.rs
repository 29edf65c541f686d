//! Figures as they were known on any day of the campaign, and on today's tree: of any unit, side by side, with the records
//! behind them, and the pages that show them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use app::figures::{FigureRequest, TraceRequest, rank, show, trace};
use jiff::civil::Date;
use ledger::hierarchy::Line;
use model::{ids::UnitId, month::Month};

use crate::{
    city::City,
    http::{Server, send_request},
    report::{Report, ms, percentile},
};

/// Units and days that are asked for.
const ASKED: usize = 500;
/// Records on a page.
const ROWS: usize = 50;
/// How often each page is opened.
const PAGES: usize = 20;
/// The limit of figures.
const FIGURES: Duration = Duration::from_millis(50);
/// The limit of a page.
const PAGE: Duration = Duration::from_secs(1);

/// A city that is asked about its past.
struct Past<'a> {
    city: &'a City,
    engine: &'a str,
    units: Vec<UnitId>,
    /// Days of the campaign, from the first on which something was known.
    days: Vec<Date>,
}

pub(crate) async fn measure(city: &City, engine: &str, report: &mut Report) -> Result<()> {
    let past = Past::new(city, engine).await?;
    past.figures(report).await?;
    past.ranking(report).await?;
    past.traces(report).await?;
    past.restated(report).await?;
    past.pages(report).await
}

impl<'a> Past<'a> {
    async fn new(city: &'a City, engine: &'a str) -> Result<Self> {
        let snapshot = city.app.current(&city.ctx).await?;
        let root = snapshot.root().context("no units")?;
        let mut tx = city.db.read(crate::city::REGION).await?;
        let first = store::known_days::first(&mut tx, root).await?.context("nothing is known")?;
        drop(tx);
        let last = city.ctx.today(&snapshot).date().yesterday()?;
        let days: Vec<Date> =
            first.series(jiff::Span::new().days(13)).take_while(|day| *day < last).collect();
        ensure!(!days.is_empty(), "all was entered on one day");
        Ok(Self { city, engine, units: snapshot.units.keys().copied().collect(), days })
    }

    fn request(&self, number: usize) -> FigureRequest {
        let day = self.days[number.wrapping_mul(31) % self.days.len()];
        FigureRequest { year: day.year(), as_of: Some(day), ..FigureRequest::default() }
    }

    /// The unit with most units right below it.
    async fn widest(&self) -> Result<UnitId> {
        let snapshot = self.city.app.current(&self.city.ctx).await?;
        let month = Month::december(snapshot.definition.first_campaign().period.last);
        let below = |unit: &UnitId| snapshot.tree.children(*unit, month).count();
        let others = self.units.iter().copied().filter(|unit| Some(*unit) != snapshot.root());
        others.max_by_key(below).context("no units")
    }

    async fn figures(&self, report: &mut Report) -> Result<()> {
        let root = self.city.root().await?;
        for (name, unit) in [("any unit", None), ("the whole city", Some(root))] {
            let mut times = Vec::new();
            for number in 0..ASKED {
                // A stride that shares no factor with the number of units visits them all alike.
                let unit = unit.unwrap_or(self.units[number.wrapping_mul(7_919) % self.units.len()]);
                let start = Instant::now();
                let shown = show(&self.city.app, &self.city.ctx, unit, &self.request(number)).await?;
                ensure!(shown.known.is_past);
                times.push(start.elapsed());
            }
            let what = format!("figures of {name} as known on any past day, {}", self.engine);
            limit(report, &what, &mut times, FIGURES);
        }
        Ok(())
    }

    async fn ranking(&self, report: &mut Report) -> Result<()> {
        let (unit, mut times) = (self.widest().await?, Vec::new());
        let mut count = 0;
        for number in 0..PAGES {
            let start = Instant::now();
            let ask = self.request(number);
            let ranking = rank(&self.city.app, &self.city.ctx, unit, Line::Subordination, &ask).await?;
            count = ranking.rows.len().max(count);
            times.push(start.elapsed());
        }
        let what = format!("ranking of {count} units as known on any past day, {}", self.engine);
        limit(report, &what, &mut times, PAGE);
        Ok(())
    }

    async fn traces(&self, report: &mut Report) -> Result<()> {
        let snapshot = self.city.app.current(&self.city.ctx).await?;
        let (root, widest) = (self.city.root().await?, self.widest().await?);
        for (name, unit) in [
            ("the city", root),
            ("its widest unit", widest),
            ("an enterprise", self.units[self.units.len() / 3]),
        ] {
            let (mut times, mut too_long) = (Vec::new(), 0);
            for (position, indicator) in snapshot.definition.first_campaign().indicators.entries() {
                let ask = self.request(position.number());
                let request = TraceRequest { indicator: indicator.id.clone(), ask, after: None, limit: ROWS };
                let start = Instant::now();
                let page = trace(&self.city.app, &self.city.ctx, unit, &request).await?;
                too_long += usize::from(page.is_too_long);
                times.push(start.elapsed());
            }
            let what = format!(
                "first {ROWS} records behind each figure of {name} as known on a past day ({too_long} too long for a page), {}",
                self.engine
            );
            limit(report, &what, &mut times, PAGE);
        }
        Ok(())
    }

    async fn restated(&self, report: &mut Report) -> Result<()> {
        let last = self.days.last().context("no days")?.year();
        let mut times = Vec::new();
        for number in 0..ASKED {
            let unit = self.units[number.wrapping_mul(7_919) % self.units.len()];
            let ask = FigureRequest { year: last, is_restated: true, ..FigureRequest::default() };
            let start = Instant::now();
            show(&self.city.app, &self.city.ctx, unit, &ask).await?;
            times.push(start.elapsed());
        }
        limit(report, &format!("figures of any unit on today's tree, {}", self.engine), &mut times, PAGE);
        Ok(())
    }

    /// The pages, through the server.
    async fn pages(&self, report: &mut Report) -> Result<()> {
        let snapshot = self.city.app.current(&self.city.ctx).await?;
        let codes = [self.city.root().await?, self.widest().await?].map(|unit| &snapshot.units[&unit].code);
        let indicators = &snapshot.definition.first_campaign().indicators;
        let server = Server::start(self.city).await?;
        let mut stream = server.connect().await?;
        let mut times = Vec::new();
        for (number, indicator) in indicators.iter().enumerate().take(PAGES) {
            let day = self.days[number.wrapping_mul(31) % self.days.len()];
            for code in codes {
                for page in ["", "/figures", "/ranking", &format!("/figures/{}", indicator.id)] {
                    let path = format!("/units/{code}{page}?as_of={day}");
                    let start = Instant::now();
                    send_request(&mut stream, &server.request(&path)).await.with_context(|| path.clone())?;
                    times.push(start.elapsed());
                }
            }
        }
        server.stop().await?;
        limit(report, &format!("pages as known on a past day, {}", self.engine), &mut times, PAGE);
        Ok(())
    }
}

/// Reports times whose 95th percentile has a limit.
fn limit(report: &mut Report, what: &str, times: &mut [Duration], most: Duration) {
    let (p50, p95) = (percentile(times, 50), percentile(times, 95));
    let slowest = percentile(times, 100);
    let measured = format!("p50 {}, p95 {}, slowest {}", ms(p50), ms(p95), ms(slowest));
    report.limit(what, &format!("p95 < {}", ms(most)), &measured, p95 < most);
}
