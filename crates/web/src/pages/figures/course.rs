//! The values of an indicator over time: its years with a forecast, and the
//! months of one year, each as a chart and as the table beside it.

use app::figures::{FigureEntry, Shown};
use ledger::{forecast::MonthEnd, path::expected};
use model::month::{Month, Year};
use words::Words;

use crate::parts::{
    cell_value::CellValue,
    chart::{Chart, Course, CoursePoint, NamedChart},
    number::Scale,
    table::{CellLook, ColumnHead, Table, TableCell, TableRow},
};

/// Values over time, as a chart and as a table.
pub(super) struct CourseView {
    pub(super) chart: NamedChart,
    pub(super) table: Table,
    /// Where it will end when it goes on as it has.
    pub(super) message: Option<String>,
}

/// One year or month, known or to come.
struct Period {
    name: String,
    /// Where the figures of that year are.
    url: Option<String>,
    is_here: bool,
    is_to_come: bool,
    value: Option<f64>,
    forecast: Option<f64>,
    target: Option<f64>,
    /// All up to the end of a month.
    total: Option<f64>,
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
) -> CourseView {
    let campaign = shown.campaign();
    let goal = &campaign.indicators[entry.indicator].goal;
    let target = |month: Month| entry.figure.target.map(|target| expected(campaign, goal, target, month));
    let known = entry.trend.iter().map(|(year, value)| {
        let is_here = *year == shown.year;
        let end = if is_here { shown.through } else { Month::december(*year) };
        Period {
            name: if is_here && end.of_year() < 12 { words.month(end) } else { year.to_string() },
            url: Some(url(*year)),
            is_here,
            is_to_come: false,
            value: *value,
            forecast: None,
            target: target(end),
            total: None,
        }
    });
    let to_come = ahead.iter().filter(|period| period.month.of_year() == 12).map(|period| {
        let year = period.month.year();
        Period {
            name: if year == shown.year { words.month(period.month) } else { year.to_string() },
            url: None,
            is_here: false,
            is_to_come: true,
            value: None,
            forecast: Some(period.value),
            target: target(period.month),
            total: None,
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
    let periods: Vec<Period> = known.chain(to_come).collect();
    let mut columns =
        vec![ColumnHead::text(words.dashboard_year()), ColumnHead::number(words.dashboard_value())];
    if message.is_some() {
        columns.push(ColumnHead::number(words.forecast_title()));
    }
    columns.push(ColumnHead::number(words.dashboard_expected()));
    let row = |period: &Period| {
        let value = match period.value {
            Some(value) => scale.exact_value(value),
            None if period.is_to_come => CellValue::Empty,
            None => "—".into(),
        };
        let mut cells = vec![name_cell(period), TableCell::new(value)];
        if message.is_some() {
            cells.push(TableCell::some(period.forecast.map(|value| scale.exact_value(value))));
        }
        let target = period.target.map_or_else(|| "—".into(), |target| scale.goal_value(target));
        cells.push(TableCell::new(target));
        period_row(period, cells)
    };
    let title = words.figure_history().to_owned();
    let table = Table {
        id: "history",
        title: title.clone(),
        class: "table-sm",
        columns,
        rows: periods.iter().map(row).collect(),
        ..Table::default()
    };
    CourseView { chart: chart(words, title, scale, &periods, words.dashboard_value(), false), table, message }
}

/// The months of a year, and those of it that are still to come.
pub(super) fn months(
    words: Words,
    scale: Scale,
    known: &[MonthEnd],
    ahead: &[MonthEnd],
    year: Year,
) -> CourseView {
    let period = |period: &MonthEnd, is_known: bool| Period {
        name: words.month_of_year(period.month),
        url: None,
        is_here: false,
        is_to_come: !is_known,
        value: is_known.then_some(period.added),
        forecast: (!is_known).then_some(period.added),
        target: None,
        total: Some(period.value),
    };
    let ahead = ahead.iter().filter(|period| period.month.year() == year);
    let periods: Vec<Period> =
        known.iter().map(|end| period(end, true)).chain(ahead.map(|end| period(end, false))).collect();
    let has_ahead = periods.iter().any(|period| period.is_to_come);
    let mut columns =
        vec![ColumnHead::text(words.figure_month()), ColumnHead::number(words.figure_month_added())];
    if has_ahead {
        columns.push(ColumnHead::number(words.forecast_title()));
    }
    columns.push(ColumnHead::number(words.figure_month_end()));
    let row = |period: &Period| {
        let exact = |value: Option<f64>| TableCell::some(value.map(|value| scale.exact_value(value)));
        let mut cells = vec![name_cell(period), exact(period.value)];
        if has_ahead {
            cells.push(exact(period.forecast));
        }
        cells.push(exact(period.total));
        period_row(period, cells)
    };
    let title = words.figure_months(year);
    let table = Table {
        id: "months",
        title: title.clone(),
        class: "table-sm",
        columns,
        rows: periods.iter().map(row).collect(),
        ..Table::default()
    };
    let message = has_ahead.then(|| words.figure_months_help().to_owned());
    let chart = chart(words, title, scale, &periods, words.figure_month_added(), true);
    CourseView { chart, table, message }
}

fn name_cell(period: &Period) -> TableCell {
    let cell = TableCell::new(period.name.clone());
    match &period.url {
        _ if period.is_here => cell.with_look(CellLook::Class("here")),
        Some(url) => cell.with_url(url),
        None => cell,
    }
}

fn period_row(period: &Period, cells: Vec<TableCell>) -> TableRow {
    TableRow::new(cells).with_class(if period.is_to_come { "to-come" } else { "" })
}

fn chart(
    words: Words,
    title: String,
    scale: Scale,
    periods: &[Period],
    known: &str,
    has_columns: bool,
) -> NamedChart {
    let exact = |value: Option<f64>| value.map(|value| (value, scale.exact(value)));
    let point = |period: &Period| CoursePoint {
        name: period.name.clone(),
        url: period.url.clone().filter(|_| !period.is_here),
        values: [
            exact(period.value),
            exact(period.forecast),
            period.target.map(|target| (target, scale.goal(target))),
        ],
    };
    let names = [known, words.forecast_title(), words.dashboard_expected()].map(ToOwned::to_owned);
    let course = Course { scale, has_columns, names, points: periods.iter().map(point).collect() };
    NamedChart { title, chart: Chart::Course(course) }
}
