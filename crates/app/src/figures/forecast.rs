//! How a count goes on: its forecast, and its months one by one.

use boxed_async::boxed_async;
use campaign::definition::Indicator;
use ledger::{
    figure::Question,
    forecast::{self, Course, MonthEnd},
    months,
};
use model::{ids::UnitId, month::Month};

use super::{
    FigureRequest,
    known::KnownOn,
    restated,
    rows::{self, RowReach},
    show::{FigureEntry, Shown, is_running, last_month},
};
use crate::{Action, App, Context, Result};

/// The months to come of an indicator that has been shown, to the end of the
/// campaign or of its year (`ledger::forecast` says how); none where there is no telling.
pub fn forecast(shown: &Shown, entry: &FigureEntry) -> Vec<MonthEnd> {
    let campaign = shown.campaign();
    let indicator = &campaign.indicators[entry.indicator];
    let definition = &shown.snapshot.definition;
    if shown.period.is_some() {
        return Vec::new();
    }
    let Some(course) =
        Course::of_indicator((definition, campaign), indicator, &shown.readings, shown.through)
    else {
        return Vec::new();
    };
    let end = |year| if year == shown.year { shown.through } else { Month::december(year) };
    let known = entry.trend.iter().filter_map(|(year, value)| Some((end(*year), (*value)?)));
    forecast::forecast(course, &known.collect::<Vec<_>>())
}

/// The months of the year asked for, one by one; `None` for an indicator that is no count of months.
///
/// # Errors
/// [`crate::Error::NotFound`] as for [`super::show()`].
#[boxed_async]
pub async fn months(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    indicator: &Indicator,
    ask: &FigureRequest,
) -> Result<Option<Vec<MonthEnd>>> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadFigures, &snapshot, unit)?;
    let through = last_month(ctx, &snapshot, ask)?;
    let campaign = ctx.require_campaign(&snapshot, ask.campaign)?;
    let is_monthly =
        Course::of_indicator((&snapshot.definition, campaign), indicator, &ask.readings, through).is_some();
    // A part of the year is not gone through month by month.
    if !is_monthly || ask.period.is_some() {
        return Ok(None);
    }
    let known = KnownOn::new(&mut tx, ctx, &snapshot, ask).await?;
    let balances = if ask.is_restated && snapshot.root() != Some(unit) {
        restated::balances(&mut tx, &snapshot, unit, ctx.today(&snapshot).month()).await?
    } else {
        let reach = RowReach::new(&snapshot.definition, ask, through);
        rows::of_unit_by_month(&mut tx, unit, (reach, through), known).await?
    };
    let question = Question {
        definition: &snapshot.definition,
        campaign,
        readings: &ask.readings,
        through,
        period: None,
        is_running: is_running(ctx, &snapshot, ask, through),
        owed: snapshot.owed(unit),
        is_region: snapshot.root() == Some(unit),
        targets: &snapshot.targets,
        is_reported: true,
        is_single: snapshot.is_single(unit),
    };
    Ok(months::months(&question, indicator, &balances))
}
