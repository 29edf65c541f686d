//! The values of an indicator over time, ready to print: its years with a
//! forecast, and the months of one year.

use app::figures::{FigureEntry, Shown};
use ledger::{forecast::MonthEnd, path::expected};
use model::month::{Month, Year};
use words::Words;

use crate::parts::number::Scale;

/// A number for the chart, and as people read it.
type Number = (f64, String);

/// The years of an indicator, and those to come.
pub(super) struct History {
    pub(super) rows: Vec<YearRow>,
    /// Where it will end when it goes on as it has.
    pub(super) message: Option<String>,
}

/// One year, or a year to come.
pub(super) struct YearRow {
    pub(super) name: String,
    /// Where the figures of that year are; none for a year to come.
    pub(super) url: Option<String>,
    pub(super) value: Option<Number>,
    pub(super) forecast: Option<Number>,
    pub(super) target: Option<Number>,
    pub(super) is_here: bool,
}

/// One month of a count, known or to come.
pub(super) struct MonthRow {
    pub(super) name: String,
    pub(super) added: Option<Number>,
    pub(super) forecast: Option<Number>,
    pub(super) value: String,
}

/// Every year of the trend, with what was to be reached by its end, and the
/// ends of the years that `ahead` reaches.
pub(super) fn history(
    words: Words,
    shown: &Shown,
    entry: &FigureEntry,
    scale: Scale,
    ahead: &[MonthEnd],
    url: impl Fn(Year) -> String,
) -> History {
    let campaign = &shown.snapshot.campaign;
    let goal = &campaign.indicators[entry.indicator].goal;
    let target = |month: Month| {
        let due = entry.figure.target.map(|target| expected(campaign, goal, target, month));
        due.map(|due| (due, scale.goal(due)))
    };
    let known = entry.trend.iter().map(|(year, value)| {
        let is_here = *year == shown.year;
        let end = if is_here { shown.through } else { Month::december(*year) };
        YearRow {
            name: if is_here && end.of_year() < 12 { words.month(end) } else { year.to_string() },
            url: Some(url(*year)),
            value: value.map(|value| (value, scale.exact(value))),
            forecast: None,
            target: target(end),
            is_here,
        }
    });
    let to_come = ahead.iter().filter(|step| step.month.of_year() == 12).map(|step| {
        let year = step.month.year();
        YearRow {
            name: if year == shown.year { words.month(step.month) } else { year.to_string() },
            url: None,
            value: None,
            forecast: Some((step.value, scale.exact(step.value))),
            target: target(step.month),
            is_here: false,
        }
    });
    let message = ahead.last().map(|end| {
        let (through, month) = (words.month(shown.through), words.month(end.month));
        match entry.figure.target {
            Some(target) => {
                words.forecast_against(through, month, scale.exact(end.value), scale.goal(target))
            }
            None => words.forecast_end(through, month, scale.exact(end.value)),
        }
    });
    History { rows: known.chain(to_come).collect(), message }
}

/// The months of a year, and those of it that are still to come.
pub(super) fn months(
    words: Words,
    scale: Scale,
    known: &[MonthEnd],
    ahead: &[MonthEnd],
    year: Year,
) -> Vec<MonthRow> {
    let row = |step: &MonthEnd, is_known: bool| {
        let added = Some((step.added, scale.exact(step.added)));
        let (added, forecast) = if is_known { (added, None) } else { (None, added) };
        MonthRow { name: words.month_of_year(step.month), added, forecast, value: scale.exact(step.value) }
    };
    let ahead = ahead.iter().filter(|step| step.month.year() == year);
    known.iter().map(|step| row(step, true)).chain(ahead.map(|step| row(step, false))).collect()
}
