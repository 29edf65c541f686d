//! The units directly below one unit on all indicators, ordered by one of them.

use campaign::definition::{Direction, IdxVec, IndicatorIdx};
use std::{cmp::Ordering, sync::Arc};

use app::figures::{self, FigureRequest, Ranked, Ranking};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use ledger::hierarchy::Line;
use words::Words;

use super::{Cell, by, line, line_tabs, name_of};
use crate::{
    Error, WebState,
    error::print,
    figures_query::FiguresQuery,
    layout::{Area, Entry, Layout},
    pages::{figures::coverage, units::line_name},
    parts::{
        cell_value::CellValue,
        chart::{Bar, Bars, Chart, NamedChart},
        chip,
        chip::Chip,
        downloads::Downloads,
        export::{self, Extent, HasTables},
        head::Head,
        number::{Scale, label},
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    urls::{self, GetForm},
};

/// Units on one page.
const ROWS: usize = 100;
/// Bars of the chart.
const BARS: usize = 40;

#[derive(Template)]
#[template(path = "ranking/table.html")]
struct RankingPage {
    layout: Layout,
    head: Head,
    /// The forms lead to this page, ordered otherwise, and to the comparison.
    order: GetForm,
    compare: GetForm,
    line_name: &'static str,
    lines: Vec<Entry>,
    /// The same units as tiles.
    grid: Option<String>,
    through: String,
    /// Id and name of every indicator, and whether units are ordered by it.
    choices: Vec<(String, String, bool)>,
    by: (String, String),
    columns: Vec<Column>,
    clauses: Vec<(String, usize)>,
    rows: Vec<UnitRow>,
    /// "Units 1 to 100 of 1,000".
    message: String,
    before: Option<String>,
    after: Option<String>,
    has_heat: bool,
    /// The units by the indicator that orders them, as a table and as a chart.
    ranked: Table,
    chart: NamedChart,
    downloads: Downloads,
    chart_downloads: Downloads,
    /// That a file has not all units.
    cut: Option<String>,
}

impl HasTables for RankingPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        [self.ranked.clone(), self.matrix()].map(|table| Table { cut: self.cut.clone(), ..table }).to_vec()
    }
}

impl RankingPage {
    /// The units on all indicators.
    fn matrix(&self) -> Table {
        let words = self.layout.words;
        let names = [words.units_code(), words.ranking_unit()].into_iter().map(ColumnHead::text);
        let numbers = self.columns.iter();
        let numbers = numbers.map(|column| ColumnHead::number(format!("{} {}", column.id, column.name)));
        let row = |row: &UnitRow| {
            let names = [&row.code, &row.name].into_iter().map(|text| TableCell::new(text.as_str()));
            let cells = row.cells.iter().map(|cell| TableCell::new(cell.value.clone()));
            let row_of = TableRow::new(names.chain(cells).collect::<Vec<_>>());
            row.group.iter().map(TableRow::group).chain([row_of]).collect::<Vec<_>>()
        };
        Table {
            title: words.ranking_matrix().to_owned(),
            columns: names.chain(numbers).collect(),
            rows: self.rows.iter().flat_map(row).collect(),
            ..Table::default()
        }
    }
}

/// One indicator's column.
struct Column {
    id: String,
    name: String,
    url: String,
    is_here: bool,
}

/// One unit.
struct UnitRow {
    /// The kind of unions that begins with it, where there are several.
    group: Option<String>,
    /// Its rank among its kind; none without a value.
    rank: Option<usize>,
    name: String,
    code: String,
    url: String,
    chip: Chip,
    value: Option<f64>,
    /// The value, or what is in its place.
    shown: CellValue,
    /// How many units have answered, in words, and the value over those that answered both parts.
    coverage: Option<String>,
    like_for_like: Option<CellValue>,
    explained: String,
    cells: Vec<Cell>,
}

/// GET `/units/{code}/ranking`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
) -> Result<Html<String>, Error> {
    print(&load(&state, &query, Extent::Page).await?)
}

/// GET `/units/{code}/ranking/export.xlsx`: all units of the page with the same parameters.
pub(crate) async fn xlsx(State(state): State<Arc<WebState>>, query: FiguresQuery) -> Result<Response, Error> {
    let page = load(&state, &query, Extent::File).await?;
    export::workbook(&state, &query.person, "ranking", &page).await
}

/// GET `/units/{code}/ranking/chart.svg`: the chart of the page with the same parameters.
pub(crate) async fn chart(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
) -> Result<Response, Error> {
    let page = load(&state, &query, Extent::Page).await?;
    page.chart.download(&page.layout)
}

async fn load(state: &WebState, query: &FiguresQuery, extent: Extent) -> Result<RankingPage, Error> {
    let (on, line) = line(query)?;
    let ranking = figures::rank(&state.app, &query.person.ctx, query.unit.id, line, &query.ask).await?;
    let by = by(query, &ranking)?.unwrap_or(IndicatorIdx::FIRST);
    let number = query.params.parse::<usize>("page")?.unwrap_or(1).max(1);
    let number = if extent == Extent::File { 1 } else { number };
    Ok(page(query, ranking, &on, by, number, extent))
}

/// The frame of the page.
fn layout(query: &FiguresQuery, ranking: &Ranking) -> Layout {
    let (snapshot, unit) = (&ranking.snapshot, &ranking.unit);
    Layout::new(&query.person, snapshot, Area::Ranking, query.words().ranking_of(&unit.name))
        .with_unit(snapshot, unit.id)
        .with_period(query.ask.whole_period(), ranking.through, ranking.known)
        .with_restated(ranking.is_restated)
        .with_list(!ranking.rows.is_empty())
        .wide()
}

fn page(
    query: &FiguresQuery,
    mut ranking: Ranking,
    on: &[Line],
    by: IndicatorIdx,
    number: usize,
    extent: Extent,
) -> RankingPage {
    let (words, size) = (query.words(), extent.rows(ROWS));
    let snapshot = ranking.snapshot.clone();
    let campaign = &snapshot.definition.campaigns[ranking.campaign];
    let line = ranking.line;
    let unit = ranking.unit.clone();
    let address = |code: &str, ask: &FigureRequest, line: Line, by: IndicatorIdx| {
        let url = query.with_request(urls::ranking(code, None), ask);
        url.with_param("line", name_of(line)).with_param("by", &campaign.indicators[by].id)
    };
    let here = |line, by| address(&unit.code, &query.ask, line, by);
    let total = ranking.rows.len();
    let first = (number - 1).saturating_mul(size).min(total);
    let rows = ordered(query, &mut ranking, by, first, size);
    let file = |name: &str| {
        let url = query.with_query(urls::unit_file(&unit.code, "ranking", name));
        url.with_param("line", name_of(line)).with_param("by", &campaign.indicators[by].id)
    };
    let column = |(position, indicator): (IndicatorIdx, &campaign::definition::Indicator)| Column {
        id: indicator.id.clone(),
        name: label(words, &indicator.label).to_owned(),
        url: here(line, position).into(),
        is_here: position == by,
    };
    let clauses = campaign.clauses.iter().map(|clause| {
        let count = campaign.indicators.iter().filter(|indicator| indicator.clause == clause.id).count();
        (label(words, &clause.title).to_owned(), count)
    });
    let turned = |number: usize| here(line, by).with_param("page", number).into();
    let chosen = &campaign.indicators[by];
    let title = format!("{} {}", chosen.id, label(words, &chosen.label));
    RankingPage {
        layout: layout(query, &ranking),
        downloads: Downloads::page(words, file("export.xlsx")),
        chart_downloads: Downloads::chart(
            words,
            file("export.xlsx"),
            file("chart.svg").with_some("page", Some(number).filter(|number| *number > 1)),
        ),
        ranked: ranked(words, title.clone(), &rows),
        cut: extent.truncation(words, total > rows.len()),
        chart: bars(Scale::new(words, chosen, &query.ask.readings), title, &rows),
        head: Head::for_query(query, Area::Ranking, |code, ask| address(code, ask, line, by)).known_as(
            query,
            &snapshot,
            |code| address(code, &query.ask, line, by),
        ),
        order: here(line, by).form(&["by"]),
        compare: query.with_query(urls::comparison(&unit.code)).with_param("line", name_of(line)).form(&[]),
        line_name: line_name(words, line),
        lines: line_tabs(words, on, line, |line| here(line, by)),
        grid: (line == Line::Subordination).then(|| {
            query.with_query(urls::grid(&unit.code)).with_param("by", &campaign.indicators[by].id).into()
        }),
        through: words.month(ranking.through),
        choices: campaign
            .indicators
            .entries()
            .map(|(position, indicator)| {
                (indicator.id.clone(), label(words, &indicator.label).to_owned(), position == by)
            })
            .collect(),
        by: (chosen.id.clone(), label(words, &chosen.label).to_owned()),
        columns: campaign.indicators.entries().map(column).collect(),
        clauses: clauses.filter(|(_, count)| *count > 0).collect(),
        message: words.ranking_shown(words.count(total), (first + 1).min(total), first + rows.len()),
        before: (first > 0).then(|| turned(number - 1)),
        after: (first + rows.len() < total).then(|| turned(number + 1)),
        has_heat: rows.iter().any(|row| row.cells.iter().any(|cell| cell.style.starts_with("heat"))),
        rows,
    }
}

/// The rows of one page: each kind of unions apart, ordered by the value of indicator `by`, the best first, no value
/// last.
fn ordered(
    query: &FiguresQuery,
    ranking: &mut Ranking,
    by: IndicatorIdx,
    first: usize,
    size: usize,
) -> Vec<UnitRow> {
    let words = query.words();
    let snapshot = ranking.snapshot.clone();
    let campaign = &snapshot.definition.campaigns[ranking.campaign];
    let value = |row: &Ranked| row.figures[by].shown_value();
    // Of a limit, the best is the least.
    let is_limit = campaign.indicators[by].direction == Direction::AtMost;
    let by_value = |a: &Ranked, b: &Ranked| match (value(a), value(b)) {
        (Some(a), Some(b)) if is_limit => a.total_cmp(&b),
        (Some(a), Some(b)) => b.total_cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    // Those of no kind come last.
    let kind = |row: &Ranked| row.group.as_ref().map_or(usize::MAX, |group| group.order);
    ranking.rows.sort_by(|a, b| kind(a).cmp(&kind(b)).then_with(|| by_value(a, b)));
    let most: IdxVec<campaign::definition::Indicator, f64> = campaign
        .indicators
        .positions()
        .map(|at| ranking.rows.iter().filter_map(|row| row.figures[at].value).fold(0.0, f64::max))
        .collect();
    let readings = &query.ask.readings;
    let scale = Scale::new(words, &campaign.indicators[by], readings);
    // Units with the same value share a rank.
    let rank = |row: &Ranked, own: f64| {
        let same = ranking.rows.iter().filter(|other| other.group == row.group);
        let is_better = |other: f64| if is_limit { other < own } else { other > own };
        same.filter(|other| value(other).is_some_and(is_better)).count() + 1
    };
    let has_groups = ranking.rows.windows(2).any(|pair| pair[0].group != pair[1].group);
    let begins = |position: usize| {
        let before = position.checked_sub(1).filter(|_| position > first);
        has_groups && before.is_none_or(|before| ranking.rows[before].group != ranking.rows[position].group)
    };
    let group_name = |row: &Ranked| match &row.group {
        Some(group) => label(words, &group.label).to_owned(),
        None => words.ranking_other_kinds().to_owned(),
    };
    let explained = |row: &Ranked, at: IndicatorIdx| {
        query.with_query(urls::indicator(&row.unit.code, &campaign.indicators[at].id))
    };
    let row = |(position, row): (usize, &Ranked)| UnitRow {
        group: begins(position).then(|| group_name(row)),
        rank: value(row).map(|own| rank(row, own)),
        name: row.unit.name.clone(),
        code: row.unit.code.clone(),
        url: query.with_query(urls::figures(&row.unit.code, None)).into(),
        chip: Chip::for_figure(words, scale, row.figures[by].state),
        value: value(row),
        shown: match value(row) {
            Some(value) => scale.judged_value(value, row.figures[by].target),
            None => chip::instead(words, row.figures[by].note).into(),
        },
        coverage: coverage(words, &row.figures[by]),
        like_for_like: row.figures[by].like_for_like.map(|value| scale.exact_value(value)),
        explained: explained(row, by).into(),
        cells: row
            .figures
            .entries()
            .map(|(at, figure)| {
                Cell::new(words, &campaign.indicators[at], readings, figure, most[at], explained(row, at))
            })
            .collect(),
    };
    ranking.rows.iter().enumerate().skip(first).take(size).map(row).collect()
}

/// The units by the indicator that orders them.
fn ranked(words: Words, title: String, rows: &[UnitRow]) -> Table {
    let (has_coverage, has_both) =
        (rows.iter().any(|row| row.coverage.is_some()), rows.iter().any(|row| row.like_for_like.is_some()));
    let row = |row: &UnitRow| {
        let rank = row.rank.and_then(|rank| i64::try_from(rank).ok()).map(CellValue::Integer);
        let mut cells = vec![
            TableCell::new(rank.unwrap_or_else(|| "—".into())),
            TableCell::new(row.name.as_str()).with_url(&row.url),
            TableCell::new(row.shown.clone()).with_url(&row.explained),
        ];
        if has_both {
            cells.push(TableCell::some(row.like_for_like.clone()));
        }
        cells.push(TableCell::chip(row.chip));
        if has_coverage {
            cells.push(TableCell::new(row.coverage.as_deref().unwrap_or_default()));
        }
        row.group.iter().map(TableRow::group).chain([TableRow::new(cells)]).collect::<Vec<_>>()
    };
    let mut columns = vec![
        ColumnHead::number(words.ranking_rank()),
        ColumnHead::text(words.ranking_unit()),
        ColumnHead::number(words.ranking_value()),
    ];
    columns.extend(has_both.then(|| ColumnHead::number(words.figure_like_for_like())));
    columns.push(ColumnHead::text(words.dashboard_state()));
    columns.extend(has_coverage.then(|| ColumnHead::text(words.figure_coverage_column())));
    Table {
        id: "ranked",
        is_list: true,
        title,
        class: "table-sm table-hover",
        columns,
        named_by: 1,
        rows: rows.iter().flat_map(row).collect(),
        ..Table::default()
    }
}

/// The units that have a value, as bars.
fn bars(scale: Scale, title: String, rows: &[UnitRow]) -> NamedChart {
    let bar = |row: &UnitRow| {
        let value = row.value?;
        let text = scale.exact(value);
        let title = format!("{}\n{text}", row.name);
        Some(Bar {
            name: row.name.clone(),
            url: row.url.clone(),
            value,
            title,
            text,
            state: row.chip.name,
            mark: None,
        })
    };
    let rows = rows.iter().filter_map(bar).take(BARS).collect();
    NamedChart { title, chart: Chart::Bars(Bars { scale, rows, legend: None, reach: None }) }
}
