//! All figures of one unit and year, with the years before it.

use campaign::definition::{Campaign, CampaignIdx, Idx, IdxVec, IndicatorIdx};
use std::sync::Arc;

use boxed_async::boxed_async;
use jiff::civil::Date;
use ledger::figure::{Figure, Question, Readings};
use model::{
    ids::UnitId,
    month::{Month, Year},
    period::{Grain, ReportingPeriod},
};
use store::{Engine, folder::FoldReach};

use super::{
    known::KnownOn,
    restated::{Restated, restated},
    scope::Scope,
};
use crate::{Action, App, Context, Error, MissingPeriod, Result, Snapshot, Thing, UnitView};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct FigureRequest {
    /// The campaign that is asked for.
    pub campaign: CampaignIdx,
    /// The year.
    pub year: Year,
    /// The last month that counts; December of the year, or the present month of the present year.
    pub through: Option<Month>,
    /// A half, quarter, month or union statistical year in place of the year up to that month; it ends in the year, or after
    /// the campaign.
    pub period: Option<ReportingPeriod>,
    /// Readings that differ from the default.
    pub readings: Readings,
    /// The day as known on which the figures are; `None` for what is known now.
    pub as_of: Option<Date>,
    /// Whether they are re-stated on today's tree: as if every unit had always been where it is now.
    pub is_restated: bool,
}

impl FigureRequest {
    /// The same about a period: a calendar year is asked for as such.
    #[must_use]
    pub fn in_period(self, period: ReportingPeriod) -> Self {
        let other = Some(period).filter(|period| period.grain() != Grain::Year);
        Self { year: period.named_year(), through: None, period: other, ..self }
    }

    /// The period asked for: the year as a whole where no other one is.
    pub fn whole_period(&self) -> ReportingPeriod {
        whole_period(self.period, self.year)
    }
}

/// One indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureEntry {
    /// Position of the indicator in the campaign.
    pub indicator: IndicatorIdx,
    /// The figure.
    pub figure: Figure,
    /// What the measures shown beside it come to, in the order of [`campaign::definition::Indicator::info`].
    pub info: Vec<f64>,
    /// Its value in each year of the campaign up to the one asked for.
    pub trend: Vec<(Year, Option<f64>)>,
}

/// All figures of one unit.
pub struct Shown {
    /// The region as it was when they were read, or as it was known on the day that is asked for.
    pub snapshot: Arc<Snapshot>,
    /// The campaign, by its position in the definition of that day.
    pub campaign: CampaignIdx,
    /// The unit.
    pub unit: UnitView,
    /// The year asked for.
    pub year: Year,
    /// The last month that counts.
    pub through: Month,
    /// The period in place of the year, as it was asked for.
    pub period: Option<ReportingPeriod>,
    /// As known on which day.
    pub known: KnownOn,
    /// Whether they are re-stated on today's tree.
    pub is_restated: bool,
    /// The readings in force.
    pub readings: Readings,
    /// One entry per indicator, in the document's order.
    pub entries: Vec<FigureEntry>,
    /// How far the figures reach.
    pub reach: FoldReach,
}

impl Shown {
    /// The campaign whose figures they are.
    pub fn campaign(&self) -> &Campaign {
        &self.snapshot.definition.campaigns[self.campaign]
    }

    /// The period that is counted, as [`FigureRequest::whole_period`].
    pub fn whole_period(&self) -> ReportingPeriod {
        whole_period(self.period, self.year)
    }
}

/// A period, or the year as a whole where no other one is asked for.
fn whole_period(period: Option<ReportingPeriod>, year: Year) -> ReportingPeriod {
    period.unwrap_or(ReportingPeriod::year(year))
}

/// All figures of `unit`.
///
/// # Errors
/// [`Error::NotFound`] for a unit or a campaign that does not exist or is not the person's;
/// [`Error::NoSuchPeriod`] for a year outside the campaign, and for a day on which nothing is known.
#[boxed_async]
pub async fn show(app: &App, ctx: &Context, unit: UnitId, ask: &FigureRequest) -> Result<Shown> {
    let mut tx = app.read(ctx.region).await?;
    let now = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadFigures, &now, unit)?;
    let scope = Scope::new(&mut tx, (app, ctx), &now, unit, ask).await?;
    let snapshot = &scope.snapshot;
    let missing = || Error::NotFound { what: Thing::Unit, key: unit.to_string() };
    let view = snapshot.view(unit).ok_or_else(missing)?;
    let (balances, owed) = if ask.is_restated {
        let today = ctx.today(snapshot).month();
        let Restated { balances, owed } = restated(&mut tx, snapshot, unit, today).await?;
        (balances, Some(owed))
    } else {
        (scope.balances(&mut tx, unit).await?, None)
    };
    let is_reported = scope.reported(&mut tx, &[unit]).await?.contains(&unit);
    let reach = store::folder::reach(&mut tx).await?;

    let campaign = scope.campaign();
    let question = |through, period| {
        let question = scope.question(ctx, unit, (through, period), is_reported);
        Question { owed: owed.as_ref().unwrap_or(question.owed), ..question }
    };
    let now = question(scope.through, ask.period);
    // The same part of each year before.
    let in_year = |year: Year| match ask.period {
        None => Some((year, question(Month::december(year), None))),
        Some(period) => {
            let period = period.in_year(year);
            // A part of it would look like a poor year.
            let is_whole = period.is_within(campaign.first_month(), campaign.last_month());
            is_whole.then(|| (year, question(period.last(), Some(period))))
        }
    };
    let named = ask.whole_period().named_year();
    let past: Vec<_> = (campaign.period.first..named).filter_map(in_year).collect();
    let entries = campaign.indicators.entries().map(|(position, indicator)| {
        let figure = scope.figure(&now, indicator, &balances);
        let before = past.iter().map(|(year, then)| (*year, scope.value(then, indicator, &balances)));
        let trend = before.chain([(named, figure.value)]).collect();
        FigureEntry { indicator: position, figure, info: scope.info(&now, indicator, &balances), trend }
    });
    let entries = entries.collect();
    let Scope { snapshot, known, ask, through, .. } = scope;
    Ok(Shown {
        unit: view,
        campaign: ask.campaign,
        year: ask.year,
        through,
        period: ask.period,
        known,
        is_restated: ask.is_restated,
        readings: ask.readings,
        entries,
        reach,
        snapshot,
    })
}

/// How many changes are stored and not yet in any figure. On SQLite none ever are.
///
/// # Errors
/// When the database does not answer.
#[boxed_async]
pub async fn pending_changes(app: &App, ctx: &Context) -> Result<i64> {
    if app.db.engine() == Engine::Sqlite {
        return Ok(0);
    }
    let mut tx = app.read(ctx.region).await?;
    Ok(store::folder::reach(&mut tx).await?.pending)
}

/// The last month that counts: what was asked for, else December, else the
/// present month of a year that still runs, or that still ran on the day that is asked for.
pub(super) fn last_month(ctx: &Context, snapshot: &Snapshot, ask: &FigureRequest) -> Result<Month> {
    let campaign = ctx.require_campaign(snapshot, ask.campaign)?;
    if let Some(period) = ask.period {
        let (first, last) = (campaign.first_month(), campaign.last_month());
        if !period.overlaps(first, last) {
            return Err(Error::NoSuchPeriod(MissingPeriod::OutsideCampaign { period, first, last }));
        }
        return Ok(until_present(ctx, snapshot, ask, period.last().min(last)));
    }
    if !campaign.period.contains(ask.year) {
        return Err(Error::NoSuchPeriod(MissingPeriod::Year(ask.year.to_string())));
    }
    let december = Month::december(ask.year);
    match ask.through {
        Some(month) if month.year() == ask.year => Ok(month),
        Some(month) => Err(Error::NoSuchPeriod(MissingPeriod::Month(month.to_string()))),
        None => Ok(until_present(ctx, snapshot, ask, december)),
    }
}

/// The last month of a period that ends with `end`, or the present one while it runs.
fn until_present(ctx: &Context, snapshot: &Snapshot, ask: &FigureRequest, end: Month) -> Month {
    if has_begun(ctx, snapshot, ask, ask.whole_period()) { end.min(present(ctx, snapshot, ask)) } else { end }
}

/// The present month, or that of the day that is asked for.
fn present(ctx: &Context, snapshot: &Snapshot, ask: &FigureRequest) -> Month {
    ask.as_of.map_or_else(|| ctx.today(snapshot).month(), Month::containing)
}

/// Whether a year or period has begun today, or on the day that is asked for.
pub(super) fn has_begun(
    ctx: &Context,
    snapshot: &Snapshot,
    ask: &FigureRequest,
    period: ReportingPeriod,
) -> bool {
    period.first() <= present(ctx, snapshot, ask)
}

/// Whether a year is not over at the end of a month, or runs today or on the day that is asked for: units that have not
/// stated it yet enter with their last statement.
pub(super) fn is_running(ctx: &Context, snapshot: &Snapshot, ask: &FigureRequest, through: Month) -> bool {
    !through.is_december() || present(ctx, snapshot, ask).year() <= through.year()
}

/// Reads choices such as `improvement=points` into readings.
///
/// # Errors
/// [`Error::NotFound`] naming the reading or option that does not exist.
pub fn parse_readings<'a>(
    campaign: &Campaign,
    choices: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Readings> {
    let mut options: IdxVec<_, _> = campaign.readings.iter().map(|_| Idx::FIRST).collect();
    for (reading, option) in choices {
        let found = campaign.readings.position(|candidate| candidate.id == reading);
        let position =
            found.ok_or_else(|| Error::NotFound { what: Thing::Reading, key: reading.to_owned() })?;
        let chosen = campaign.readings[position].options.position(|candidate| candidate.id == option);
        options[position] = chosen.ok_or_else(|| Error::NotFound {
            what: Thing::ReadingOption,
            key: format!("{reading}={option}"),
        })?;
    }
    Ok(Readings(options))
}
