//! All figures of one unit and year, by clause; each leads to the page of its
//! indicator.

use std::sync::Arc;

use app::{
    figures,
    figures::{FigureEntry, FigureRequest, Shown},
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use campaign::definition::Indicator;
use ledger::figure::{Figure, FigureState as Standing};
use words::Words;

use super::{Footnote, coverage, footnotes, gap, goal, like_for_like, short_hash, target};
use crate::{
    Error, WebState,
    error::print,
    figures_query::FiguresQuery,
    layout::{Area, Layout},
    pages::ranking::grid,
    parts::{
        cell_value::CellValue,
        chart::{Bar, Bars, Chart, NamedChart},
        chip::{self, Chip, STATES},
        downloads::Downloads,
        export::{self, HasTables},
        gauge::gauge,
        head::Head,
        number::{Scale, label},
        spark::spark,
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    urls,
};

#[derive(Template)]
#[template(path = "figures/dashboard.html")]
struct DashboardPage {
    layout: Layout,
    head: Head,
    campaign: String,
    through: String,
    known: String,
    /// How many changes wait to be added up.
    summary: Vec<Summary>,
    total: usize,
    /// "Only the 3 behind", and the way back to all, when a filter is on.
    filtered: Option<(String, String)>,
    views: [crate::layout::Entry; 2],
    is_table: bool,
    clauses: Vec<Clause>,
    /// The unions below as tiles, when there are as many as these are made for.
    grid: Option<String>,
    /// The targets that are numbers, as shares of themselves.
    progress: Progress,
    definition: String,
    footnotes: Vec<Footnote>,
    downloads: Downloads,
    chart_downloads: Downloads,
}

impl HasTables for DashboardPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        let has_progress = !self.progress.table.rows.is_empty();
        let progress = has_progress.then(|| self.progress.table.clone());
        std::iter::once(self.table()).chain(progress).collect()
    }
}

impl DashboardPage {
    /// All indicators that are shown, by clause.
    fn table(&self) -> Table {
        let words = self.layout.words;
        let columns = [
            (words.dashboard_number(), false),
            (words.dashboard_indicator(), false),
            (words.dashboard_value(), true),
            (words.dashboard_unit(), false),
            (words.dashboard_target(), true),
            (words.dashboard_goal(), false),
            (words.dashboard_expected(), true),
            (words.dashboard_state(), false),
            (words.figure_gap_column(), true),
            (words.figure_numerator(), true),
            (words.figure_denominator(), true),
            (words.figure_listed(), true),
            (words.figure_unlisted(), true),
            (words.figure_unconfirmed(), true),
            (words.figure_coverage_column(), true),
            (words.figure_owed_column(), true),
            (words.figure_like_for_like(), true),
            (words.dashboard_note(), false),
        ];
        let clause = |clause: &Clause| {
            let rows = clause.rows.iter().map(|row| TableRow::new(row.cells.clone()));
            std::iter::once(TableRow::group(clause.title.clone())).chain(rows).collect::<Vec<_>>()
        };
        Table {
            title: words.dashboard_title().to_owned(),
            columns: columns
                .map(|(label, is_number)| ColumnHead { label: label.to_owned(), is_number })
                .to_vec(),
            rows: self.clauses.iter().flat_map(clause).collect(),
            ..Table::default()
        }
    }
}

/// How many indicators are in one state; leads to the page that shows only those.
pub(crate) struct Summary {
    pub(crate) chip: Chip,
    pub(crate) count: usize,
    /// Where this state's part of the bar begins and how long it is, in percent.
    pub(crate) from: f64,
    pub(crate) length: f64,
    pub(crate) url: String,
    pub(crate) is_here: bool,
}

struct Clause {
    title: String,
    rows: Vec<IndicatorRow>,
}

/// One indicator, ready to print.
struct IndicatorRow {
    id: String,
    name: String,
    url: String,
    chip: Chip,
    /// The value with its unit; `None` is not zero.
    value: Option<(String, String)>,
    /// What is in its place.
    instead: &'static str,
    note: Option<&'static str>,
    target: Option<String>,
    goal: &'static str,
    expected: Option<String>,
    /// How much a value is behind, in words.
    gap: Option<String>,
    numerator: String,
    denominator: String,
    /// Itemised and supplementary part, where there are two.
    parts: Option<(String, String)>,
    /// The itemised share, 0–100.
    listed_share: Option<String>,
    /// What of it a higher level has yet to accept, in words.
    unconfirmed: Option<String>,
    /// How many units have answered, in words.
    coverage: Option<String>,
    /// The value over the units that answered both parts, where it is another one.
    like_for_like: Option<String>,
    gauge: Option<String>,
    spark: Option<String>,
    /// The same for a file.
    cells: Vec<TableCell>,
}

/// How much of each target that is a number is reached, as a chart and as a table.
struct Progress {
    chart: NamedChart,
    table: Table,
}

/// GET `/units/{code}/figures`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
) -> Result<Html<String>, Error> {
    print(&load(&state, &query).await?)
}

/// GET `/units/{code}/figures/export.xlsx`: the indicators that the page with the same parameters shows.
pub(crate) async fn xlsx(State(state): State<Arc<WebState>>, query: FiguresQuery) -> Result<Response, Error> {
    export::workbook(&state, &query.person, "figures", &load(&state, &query).await?).await
}

/// GET `/units/{code}/figures/progress.svg`: the chart of the page.
pub(crate) async fn chart(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
) -> Result<Response, Error> {
    let page = load(&state, &query).await?;
    page.progress.chart.download(&page.layout)
}

async fn load(state: &WebState, query: &FiguresQuery) -> Result<DashboardPage, Error> {
    let shown = figures::show(&state.app, &query.person.ctx, query.unit.id, &query.ask).await?;
    Ok(page(query, &shown))
}

fn page(query: &FiguresQuery, shown: &Shown) -> DashboardPage {
    let (words, params) = (query.words(), &query.params);
    let campaign = shown.campaign();
    let only = params.get("state").and_then(|name| STATES.into_iter().find(|state| state.name() == name));
    let is_table = params.get("view") == Some(TABLE);
    let address = |code: &str, ask: &FigureRequest, view: Option<&str>, state: Option<Standing>| {
        let url = query.with_request(urls::figures(code, None), ask);
        url.with_some("view", view).with_some("state", state.map(Standing::name))
    };
    let view = is_table.then_some(TABLE);
    let here = |view, state| String::from(address(&shown.unit.code, &query.ask, view, state));
    let head = Head::for_query(query, Area::Figures, |code, ask| address(code, ask, view, only)).known_as(
        query,
        &shown.snapshot,
        |code| address(code, &query.ask, view, only),
    );
    let entries: Vec<&FigureEntry> =
        shown.entries.iter().filter(|entry| only.is_none_or(|state| entry.figure.state == state)).collect();
    let clauses = campaign.clauses.iter().map(|clause| Clause {
        title: label(words, &clause.title).to_owned(),
        rows: entries
            .iter()
            .filter(|entry| campaign.indicators[entry.indicator].clause == clause.id)
            .map(|entry| indicator_row(query, shown, entry))
            .collect(),
    });
    let title = format!("{} {} {}", shown.unit.name, period_name(words, shown), words.dashboard_title());
    let file = |name: &str| {
        let url = query.with_query(urls::unit_file(&shown.unit.code, "figures", name));
        String::from(url.with_some("state", only.map(Standing::name)))
    };
    let layout = Layout::new(&query.person, &shown.snapshot, Area::Figures, title)
        .with_unit(&shown.snapshot, shown.unit.id)
        .with_period(shown.whole_period(), shown.through, shown.known)
        .with_restated(shown.is_restated);
    DashboardPage {
        layout: if is_table { layout.wide() } else { layout },
        downloads: Downloads::page(words, file("export.xlsx")),
        chart_downloads: Downloads::chart(words, file("export.xlsx"), file("progress.svg")),
        head,
        campaign: label(words, &campaign.title).to_owned(),
        through: words.month(shown.through),
        known: words.known_on(words.date(shown.known.day)),
        summary: state_summary(words, shown, only, |state| here(view, state)),
        total: shown.entries.len(),
        filtered: only.map(|state| {
            let message =
                words.dashboard_filtered(Chip::new(words, state).label, entries.len(), shown.entries.len());
            (message, here(view, None))
        }),
        views: [(words.dashboard_view_tiles(), None), (words.dashboard_view_table(), Some(TABLE))].map(
            |(label, other)| crate::layout::Entry {
                label,
                url: here(other, only),
                is_here: other == view,
                count: None,
            },
        ),
        is_table,
        clauses: clauses.filter(|clause| !clause.rows.is_empty()).collect(),
        grid: grid::fits(&shown.snapshot, shown.unit.id, shown.through)
            .then(|| query.with_query(urls::grid(&shown.unit.code)).into()),
        progress: progress(query, shown),
        definition: short_hash(&shown.snapshot.definition.hash).to_owned(),
        footnotes: footnotes(words, campaign, &shown.readings, campaign.indicators.iter()),
    }
}

/// The year, or the period in its place, in words.
pub(crate) fn period_name(words: Words, shown: &Shown) -> String {
    shown.period.map_or_else(|| shown.year.to_string(), |period| words.period(period))
}

/// The value of `view` that shows a table.
const TABLE: &str = "table";

/// How many indicators are in each state that has some.
pub(crate) fn state_summary(
    words: Words,
    shown: &Shown,
    only: Option<Standing>,
    url: impl Fn(Option<Standing>) -> String,
) -> Vec<Summary> {
    let total = percent(shown.entries.len().max(1));
    let mut from = 0.0;
    let counted =
        STATES.map(|state| (state, shown.entries.iter().filter(|entry| entry.figure.state == state).count()));
    let part = |(state, count): (Standing, usize)| {
        let length = percent(count) / total * 100.0;
        from += length;
        let is_here = only == Some(state);
        let url = url(if is_here { None } else { Some(state) });
        Summary { chip: Chip::new(words, state), count, from: from - length, length, url, is_here }
    };
    let always = [Standing::Met, Standing::OnTrack, Standing::Behind];
    let is_shown =
        |(state, count): &(Standing, usize)| *count > 0 || always.contains(state) || only == Some(*state);
    counted.into_iter().filter(is_shown).map(part).collect()
}

#[expect(clippy::cast_precision_loss, reason = "there are tens of indicators")]
fn percent(count: usize) -> f64 {
    count as f64
}

fn indicator_row(query: &FiguresQuery, shown: &Shown, entry: &FigureEntry) -> IndicatorRow {
    let words = query.words();
    let campaign = shown.campaign();
    let indicator = &campaign.indicators[entry.indicator];
    let figure = &entry.figure;
    let scale = Scale::new(words, indicator, &shown.readings);
    let counts = Scale::counts(words);
    let unit = if scale.is_count() { label(words, &indicator.unit) } else { "" };
    let parts = figure.listed.zip(figure.unlisted);
    let share = parts.filter(|(listed, unlisted)| listed + unlisted > 0.0);
    IndicatorRow {
        id: indicator.id.clone(),
        name: label(words, &indicator.label).to_owned(),
        url: query.with_query(urls::indicator(&shown.unit.code, &indicator.id)).into(),
        chip: Chip::for_figure(words, scale, figure.state),
        value: figure.shown_value().map(|value| (scale.judged(value, figure.target), unit.to_owned())),
        gap: gap(words, scale, figure, unit),
        instead: chip::instead(words, figure.note),
        note: figure.note.map(|note| chip::note(words, note)),
        target: target(words, scale, figure),
        goal: goal(words, indicator),
        // Where a target is due at all times, what is expected is the target.
        expected: figure
            .expected
            .filter(|expected| Some(*expected) != figure.target)
            .map(|expected| scale.goal(expected)),
        numerator: figure.numerator.map(|number| counts.term(number)).unwrap_or_default(),
        denominator: figure.denominator.map(|number| counts.term(number)).unwrap_or_default(),
        parts: parts.map(|(listed, unlisted)| (counts.exact(listed), counts.exact(unlisted))),
        listed_share: share.map(|(listed, unlisted)| words.percent(listed / (listed + unlisted), 0)),
        unconfirmed: figure
            .unconfirmed
            .filter(|count| *count > 0.0)
            .map(|count| words.figure_with_unconfirmed(counts.exact(count))),
        coverage: coverage(words, figure),
        like_for_like: like_for_like(scale, figure),
        gauge: gauge(words, scale, figure),
        spark: spark(words, &entry.trend),
        cells: cells(words, indicator, scale, figure),
    }
}

/// The cells of an indicator in a file: what its row on the page states, each number in a cell of its own.
fn cells(words: Words, indicator: &Indicator, scale: Scale, figure: &Figure) -> Vec<TableCell> {
    let counts = Scale::counts(words);
    let term = |number: Option<f64>| TableCell::some(number.map(|number| counts.term_value(number)));
    let count = |number: Option<f64>| TableCell::some(number.map(|number| counts.exact_value(number)));
    let units = |number: Option<i64>| TableCell::some(number.map(CellValue::Integer));
    let value = figure.shown_value().map(|value| scale.judged_value(value, figure.target));
    let goal_value = |goal: Option<f64>| TableCell::some(goal.map(|goal| scale.goal_value(goal)));
    let expected = figure.expected.filter(|expected| Some(*expected) != figure.target);
    let parts = figure.listed.zip(figure.unlisted);
    vec![
        TableCell::new(indicator.id.clone()),
        TableCell::new(label(words, &indicator.label)),
        TableCell::new(value.unwrap_or_else(|| chip::instead(words, figure.note).into())),
        TableCell::new(if scale.is_count() { label(words, &indicator.unit) } else { "" }),
        goal_value(figure.target),
        TableCell::new(figure.target.map_or("", |_| goal(words, indicator))),
        goal_value(expected),
        TableCell::chip(Chip::for_figure(words, scale, figure.state)),
        TableCell::some(figure.gap().map(|gap| scale.gap_value(gap))),
        term(figure.numerator),
        term(figure.denominator),
        count(parts.map(|(listed, _)| listed)),
        count(parts.map(|(_, unlisted)| unlisted)),
        count(figure.unconfirmed.filter(|count| *count > 0.0)),
        units(figure.coverage.map(|coverage| coverage.answered)),
        units(figure.coverage.map(|coverage| coverage.owed)),
        TableCell::some(figure.like_for_like.map(|value| scale.exact_value(value))),
        TableCell::new(figure.note.map_or("", |note| chip::note(words, note))),
    ]
}

/// A target that is a number, with what is reached of it and what is expected by now.
struct Target<'s> {
    indicator: &'s Indicator,
    scale: Scale,
    state: &'static str,
    value: f64,
    goal: f64,
    /// What part of it is reached, and should be by now.
    done: f64,
    due: f64,
}

fn progress(query: &FiguresQuery, shown: &Shown) -> Progress {
    let words = query.words();
    let target = |entry: &FigureEntry| {
        let indicator = &shown.campaign().indicators[entry.indicator];
        let scale = Scale::new(words, indicator, &shown.readings);
        let figure = &entry.figure;
        let (value, goal) = (figure.value?, figure.target?);
        let (done, due) = (figure.completion_rate()?, figure.expected_completion_rate()?);
        let state = figure.state.name();
        scale.is_count().then_some(Target { indicator, scale, state, value, goal, done, due })
    };
    let targets: Vec<Target<'_>> = shown.entries.iter().filter_map(target).collect();
    let columns = [words.dashboard_value(), words.dashboard_target()];
    let shares = [words.dashboard_completed(), words.dashboard_expected()];
    let numbers = columns.into_iter().chain(shares).map(ColumnHead::number);
    let title = words.dashboard_overview().to_owned();
    let table = Table {
        id: "progress",
        title: title.clone(),
        class: "table-sm",
        columns: std::iter::once(ColumnHead::text(words.dashboard_indicator())).chain(numbers).collect(),
        rows: targets.iter().map(|target| TableRow::new(target.cells(query, shown))).collect(),
        ..Table::default()
    };
    let bar = |(target, row): (&Target<'_>, &TableRow)| {
        let texts = row.cells.iter().zip(&table.columns).skip(1);
        let lines = texts.map(|(cell, column)| format!("{}  {}", column.label, cell.text(&words)));
        Bar {
            name: target.name(words),
            url: target.url(query, shown),
            value: target.done,
            text: words.percent(target.done, 0),
            title: std::iter::once(target.name(words)).chain(lines).collect::<Vec<_>>().join("\n"),
            state: target.state,
            mark: Some(target.due),
        }
    };
    let bars = Bars {
        scale: Scale::shares(words),
        rows: targets.iter().zip(&table.rows).map(bar).collect(),
        legend: Some((words.dashboard_completed().to_owned(), words.dashboard_expected().to_owned())),
        reach: Some((1.0, 1.5)),
    };
    let chart = NamedChart { title, chart: Chart::Bars(bars) };
    Progress { chart, table }
}

impl Target<'_> {
    fn name(&self, words: Words) -> String {
        format!("{} {}", self.indicator.id, label(words, &self.indicator.label))
    }

    fn url(&self, query: &FiguresQuery, shown: &Shown) -> String {
        query.with_query(urls::indicator(&shown.unit.code, &self.indicator.id)).into()
    }

    fn cells(&self, query: &FiguresQuery, shown: &Shown) -> Vec<TableCell> {
        let share = |number: f64| TableCell::new(CellValue::Percent(number, 0));
        vec![
            TableCell::link((self.name(query.words()), self.url(query, shown))),
            TableCell::new(self.scale.exact_value(self.value)),
            TableCell::new(self.scale.exact_value(self.goal)),
            share(self.done),
            share(self.due),
        ]
    }
}
