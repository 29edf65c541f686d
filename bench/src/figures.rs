//! All figures of a unit; the ranking of a district; in finished years and in the middle of one.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use app::figures::{FigureRequest, rank, show};
use ledger::hierarchy::Line;
use model::{
    ids::UnitId,
    month::{Month, Year},
};

use crate::{
    city::City,
    report::{Report, ms, percentile},
};

/// Units asked for, spread over the whole tree.
const ASKED: usize = 2_000;

/// Whole years, or years up to one of their months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum YearState {
    /// Finished years.
    Finished,
    /// Years that run: up to any month but the last.
    Running,
}

impl YearState {
    pub(crate) const BOTH: [Self; 2] = [Self::Finished, Self::Running];

    /// What is asked for in `year`; `number` chooses the month.
    pub(crate) fn request(self, year: Year, number: usize) -> FigureRequest {
        let month = i8::try_from(1 + number % 11).ok().and_then(|month| Month::new(year, month));
        FigureRequest { year, through: month.filter(|_| self == Self::Running), ..FigureRequest::default() }
    }

    /// Its name in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Finished => "in a finished year",
            Self::Running => "through any month of a year",
        }
    }
}

pub(crate) async fn measure(full: &City, small: &City, report: &mut Report) -> Result<()> {
    // What is measured is warm: the first time, a unit's rows come from the disk.
    question(full, YearState::Finished).await?;
    let mut large = question(full, YearState::Finished).await?;
    let mut little = question(small, YearState::Finished).await?;
    let p95 = percentile(&mut large, 95);
    let ratio = p95.as_secs_f64() / percentile(&mut little, 95).as_secs_f64();
    let median = percentile(&mut large, 50).as_secs_f64() / percentile(&mut little, 50).as_secs_f64();
    report.limit(
        "all indicators of any unit, one year and cumulative, in the server",
        "p95 < 5 ms",
        &format!("p50 {}, p95 {}", ms(percentile(&mut large, 50)), ms(p95)),
        p95 < Duration::from_millis(5),
    );
    report.limit(
        "the same against a city of 1/100",
        "≤ 1.2 ×",
        &format!("p50 {median:.2} ×, p95 {ratio:.2} ×"),
        median <= 1.2,
    );
    let mut running = question(full, YearState::Running).await?;
    let p95 = percentile(&mut running, 95);
    report.limit(
        "the same through any month of a year",
        "p95 < 5 ms",
        &format!("p50 {}, p95 {}", ms(percentile(&mut running, 50)), ms(p95)),
        p95 < Duration::from_millis(5),
    );
    let unit = full.root().await?;
    for state in YearState::BOTH {
        let mut root = Vec::new();
        for number in 0..300 {
            root.push(time_one(full, unit, &state.request(2015, number)).await?);
        }
        report.note(
            &format!("the same for the whole city, {}", state.name()),
            &format!("p50 {}, p95 {}", ms(percentile(&mut root, 50)), ms(percentile(&mut root, 95))),
        );
    }
    Ok(())
}

pub(crate) async fn on_postgres(city: &City, report: &mut Report) -> Result<()> {
    for state in YearState::BOTH {
        let mut times = question(city, state).await?;
        let p95 = percentile(&mut times, 95);
        report.limit(
            &format!("all indicators of any unit {}, PostgreSQL", state.name()),
            "p95 < 5 ms",
            &format!("p50 {}, p95 {}", ms(percentile(&mut times, 50)), ms(p95)),
            p95 < Duration::from_millis(5),
        );
    }
    ranking(city, "PostgreSQL", report).await
}

async fn question(city: &City, state: YearState) -> Result<Vec<Duration>> {
    let snapshot = city.app.current(&city.ctx).await?;
    let units: Vec<UnitId> = snapshot.units.keys().copied().collect();
    let period = snapshot.definition.first_campaign().period;
    let mut times = Vec::with_capacity(ASKED);
    for number in 0..ASKED + 200 {
        // A stride that shares no factor with the number of units visits them all alike.
        let unit = units[number.wrapping_mul(7_919) % units.len()];
        let year = period.first + i16::try_from(number % 5).unwrap_or(0);
        let time = time_one(city, unit, &state.request(year, number / 5)).await?;
        if number >= 200 {
            times.push(time);
        }
    }
    Ok(times)
}

async fn time_one(city: &City, unit: UnitId, ask: &FigureRequest) -> Result<Duration> {
    let start = Instant::now();
    let shown = show(&city.app, &city.ctx, unit, ask).await?;
    anyhow::ensure!(!shown.entries.is_empty());
    Ok(start.elapsed())
}

pub(crate) async fn ranking(city: &City, engine: &str, report: &mut Report) -> Result<()> {
    let snapshot = city.app.current(&city.ctx).await?;
    let month = Month::december(snapshot.definition.first_campaign().period.last);
    let below = |unit: &UnitId| {
        snapshot.tree.children(*unit, month).filter(|(_, line)| *line == Line::Subordination).count()
    };
    let largest = snapshot.units.keys().copied().max_by_key(below).context("no units")?;
    let count = below(&largest);
    for state in YearState::BOTH {
        let mut times = Vec::new();
        for number in 0..44 {
            let start = Instant::now();
            let ask = state.request(snapshot.definition.first_campaign().period.last, number);
            let ranked = rank(&city.app, &city.ctx, largest, Line::Subordination, &ask).await?;
            anyhow::ensure!(ranked.rows.len() == count);
            times.push(start.elapsed());
        }
        let p95 = percentile(&mut times, 95);
        let per_thousand = p95.as_secs_f64() * 1000.0 / count as f64;
        report.limit(
            &format!("ranking of a unit's {count} units on all indicators {}, {engine}", state.name()),
            "p95 < 50 ms for 1,000",
            &format!("p50 {}, p95 {}", ms(percentile(&mut times, 50)), ms(p95)),
            per_thousand < 0.050,
        );
    }
    Ok(())
}
