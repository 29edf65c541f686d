//! How a count goes on: its forecast, and its months one by one.

use boxed_async::boxed_async;
use campaign::definition::Indicator;
use ledger::{
    forecast::{self, Course, MonthEnd},
    months,
};
use model::{ids::UnitId, month::Month};

use super::{
    FigureRequest,
    restated::restated,
    rows,
    scope::Scope,
    show::{FigureEntry, Shown},
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
    let now = app.snapshot(&mut tx).await?;
    ctx.require(Action::ReadFigures, &now, unit)?;
    let scope = Scope::new(&mut tx, (app, ctx), &now, unit, ask).await?;
    let (snapshot, through) = (&scope.snapshot, scope.through);
    let of = (&*snapshot.definition, scope.campaign());
    let is_monthly = Course::of_indicator(of, indicator, &scope.ask.readings, through).is_some();
    // A part of the year is not gone through month by month.
    if !is_monthly || ask.period.is_some() {
        return Ok(None);
    }
    let balances = if ask.is_restated {
        restated(&mut tx, snapshot, unit, ctx.today(snapshot).month()).await?.balances
    } else {
        rows::of_unit_by_month(&mut tx, unit, (scope.reach(), through), (scope.known, scope.past.as_deref()))
            .await?
    };
    Ok(months::months(&scope.question(ctx, unit, (through, None), true), indicator, &balances))
}
