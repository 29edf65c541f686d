//! One indicator of one unit: the value, how it is computed in words and with
//! numbers, the text of the document, the values of all years, and the records
//! that are counted. This page is the second of the two clicks from a number to
//! its records.

use std::sync::Arc;

use app::{
    Action,
    figures::{self, Cursor, FigureEntry, FigureRequest, RankedBy, Shown, TracePage, TraceRequest},
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use campaign::definition::{Campaign, IdxVec, Indicator, IndicatorKind, MeasureIdx, ReadingIdx};
use ledger::{
    figure::{FigureState, Readings, formula_in_force},
    forecast::MonthEnd,
};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
use words::Words;

use super::{
    Footnote,
    course::{CourseView, history, months as months_of},
    coverage,
    dashboard::period_name,
    footnotes, gap, goal, like_for_like,
    records::{self, Record, records},
    short_hash, target,
};
use crate::{
    Error, WebState,
    address::Path,
    error::print,
    figures_query::FiguresQuery,
    layout::{Area, Layout},
    pages::ranking::lines as on,
    parts::{
        cell_value::CellValue,
        chip::{self, Chip},
        downloads::Downloads,
        export::{self, Extent, HasTables},
        gauge::gauge,
        head::Head,
        number::{Scale, label},
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    urls,
};

/// Records on one page.
const ROWS: usize = 50;
/// Units below that are listed.
const UNITS: usize = 8;

#[derive(Template)]
#[template(path = "figures/indicator.html")]
struct IndicatorPage {
    layout: Layout,
    head: Head,
    back: String,
    id: String,
    name: String,
    chip: Chip,
    value: Option<(String, String)>,
    instead: &'static str,
    note: Option<&'static str>,
    target: Option<String>,
    expected: Option<String>,
    /// How much the value is behind, in words.
    gap: Option<String>,
    goal: &'static str,
    gauge: Option<String>,
    explain: String,
    /// The formula with its numbers.
    calculated: Option<Calculated>,
    parts: Option<(String, String)>,
    /// What of it a higher level has yet to accept.
    unconfirmed: Option<String>,
    /// What is stated for other periods, and not counted.
    left_out: Option<String>,
    /// How many units have answered, in words.
    coverage: Option<String>,
    /// The value over the units that answered both parts, where it is another one.
    like_for_like: Option<String>,
    /// Measures shown beside it, with what they come to.
    info: Vec<(String, String)>,
    through: String,
    known: String,
    clause: (String, String),
    source: String,
    definition: String,
    footnotes: Vec<Footnote>,
    choices: Vec<Choice>,
    history: CourseView,
    /// The months of the year; none where it does not run by months.
    months: CourseView,
    below: Option<Below>,
    records: Option<Records>,
    /// What can be downloaded: of the page, of its two charts.
    downloads: Downloads,
    history_downloads: Downloads,
    months_downloads: Downloads,
}

impl HasTables for IndicatorPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        let has_months = !self.months.table.rows.is_empty();
        let months = has_months.then(|| self.months.table.clone());
        let below = self.below.iter().map(|below| below.table.clone());
        let records = self.records.iter().filter_map(|records| records.table.clone());
        std::iter::once(self.history.table.clone()).chain(below).chain(months).chain(records).collect()
    }

    fn has_records(&self) -> bool {
        self.records.is_some()
    }
}

/// Numerator and denominator with the sign between them.
struct Calculated {
    numerator: String,
    denominator: String,
    kind: &'static str,
    value: String,
}

/// A reading with its options.
struct Choice {
    label: String,
    options: Vec<(String, String, bool)>,
}

/// Some of the units below: those furthest behind, or where none is, those that have most of it.
struct Below {
    /// Where all of them are ranked.
    url: String,
    table: Table,
    total: usize,
    /// Whether these are the ones behind, with their gaps.
    is_behind: bool,
}

/// A page of the records behind the figure.
struct Records {
    rows: Vec<Record>,
    /// How many of how many they are.
    extent: String,
    /// What to know about them as they were on an earlier day.
    notices: Vec<String>,
    /// All of them, for a file.
    table: Option<Table>,
    is_first: bool,
    first: String,
    next: Option<String>,
}

/// The months of the year asked for, and those to come.
struct Course {
    months: Option<Vec<MonthEnd>>,
    ahead: Vec<MonthEnd>,
}

/// GET `/units/{code}/figures/{indicator}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
    Path((_, id)): Path<(String, String)>,
) -> Result<Html<String>, Error> {
    print(&load(&state, &query, id, Extent::Page).await?)
}

/// GET `/units/{code}/figures/{indicator}/export.xlsx`: the tables of the page, with all units and records.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Error> {
    let what = format!("figures {id}");
    let page = load(&state, &query, id, Extent::File).await?;
    export::workbook(&state, &query.person, &what, &page).await
}

/// GET `/units/{code}/figures/{indicator}/history.svg`: the chart of the years.
pub(crate) async fn history_chart(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Error> {
    let found = FigureView::load(&state, &query, &id).await?;
    found.history(&query).chart.download(&found.layout(&query))
}

/// GET `/units/{code}/figures/{indicator}/months.svg`: the chart of the months.
pub(crate) async fn months_chart(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Error> {
    let found = FigureView::load(&state, &query, &id).await?;
    found.months(query.words()).chart.download(&found.layout(&query))
}

/// The figure that a page or a chart is about.
struct FigureView {
    shown: Shown,
    /// Its place among the figures of the unit.
    place: usize,
    course: Course,
}

impl FigureView {
    async fn load(state: &WebState, query: &FiguresQuery, id: &str) -> Result<Self, Error> {
        let (ctx, unit, ask) = (&query.person.ctx, query.unit.id, &query.ask);
        let shown = figures::show(&state.app, ctx, unit, ask).await?;
        let indicators = &shown.campaign().indicators;
        let place = shown.entries.iter().position(|entry| indicators[entry.indicator].id == id);
        let place = place.ok_or(app::Error::NotFound { what: app::Thing::Indicator, key: id.to_owned() })?;
        let entry = &shown.entries[place];
        let course = Course {
            months: figures::months(&state.app, ctx, unit, &indicators[entry.indicator], ask).await?,
            ahead: figures::forecast(&shown, entry),
        };
        Ok(Self { shown, place, course })
    }

    fn entry(&self) -> &FigureEntry {
        &self.shown.entries[self.place]
    }

    fn indicator(&self) -> &Indicator {
        &self.shown.campaign().indicators[self.entry().indicator]
    }

    fn scale(&self, words: Words) -> Scale {
        Scale::new(words, self.indicator(), &self.shown.readings)
    }

    fn layout(&self, query: &FiguresQuery) -> Layout {
        let (shown, indicator) = (&self.shown, self.indicator());
        let name = label(query.words(), &indicator.label);
        let title =
            format!("{} {name} · {} {}", indicator.id, shown.unit.name, period_name(query.words(), shown));
        Layout::new(&query.person, &shown.snapshot, Area::Figures, title)
            .with_unit(&shown.snapshot, shown.unit.id)
            .with_period(shown.whole_period(), shown.through, shown.known)
            .with_restated(shown.is_restated)
    }

    /// The years, and how it may go on.
    fn history(&self, query: &FiguresQuery) -> CourseView {
        let words = query.words();
        history(words, &self.shown, self.entry(), self.scale(words), &self.course.ahead, |year| {
            let url = urls::indicator(&self.shown.unit.code, &self.indicator().id);
            query.with_request(url, &query.in_year(year)).into()
        })
    }

    /// The months of the year, those to come only beside known ones.
    fn months(&self, words: Words) -> CourseView {
        let known = self.course.months.as_deref().unwrap_or_default();
        let ahead = if known.is_empty() { &[] } else { self.course.ahead.as_slice() };
        let months = months_of(words, self.scale(words), known, ahead, self.shown.year);
        // Where nothing is itemised, the months need no explanation.
        let has_parts = self.entry().figure.listed.is_some() && self.entry().figure.unlisted.is_some();
        CourseView { message: months.message.filter(|_| has_parts), ..months }
    }
}

async fn load(
    state: &WebState,
    query: &FiguresQuery,
    id: String,
    extent: Extent,
) -> Result<IndicatorPage, Error> {
    let found = FigureView::load(state, query, &id).await?;
    let (shown, ctx, unit, ask) = (&found.shown, &query.person.ctx, query.unit.id, &query.ask);
    let line = on(&shown.snapshot, &shown.unit, shown.through).first().copied();
    let ranking = match line {
        Some(line) => {
            Some(figures::rank_by(&state.app, ctx, unit, line, ask, found.entry().indicator).await?)
        }
        None => None,
    };
    // Who may only look sees the figure without its records; a file has them for whoever may take them away.
    let may = |action| ctx.may(action, query.snapshot(), unit);
    let may_read = may(Action::ReadRecords) && (extent == Extent::Page || may(Action::ExportRegisters));
    let records = if may_read {
        let after = query.params.get("after").map(read_cursor).transpose()?;
        let after = after.filter(|_| extent == Extent::Page);
        let trace = TraceRequest { indicator: id, ask: ask.clone(), after, limit: extent.rows(ROWS) };
        Some((figures::trace(&state.app, ctx, unit, &trace).await?, after.is_none()))
    } else {
        None
    };
    Ok(page(query, &found, ranking, records, extent))
}

/// Reads a cursor back from an address.
fn read_cursor(text: &str) -> Result<Cursor, Error> {
    let bad = || Error::BadAddress(format!("after={text}"));
    let mut parts = text.split('.').map(str::parse::<i64>);
    let mut part = || parts.next().and_then(Result::ok).ok_or_else(bad);
    let (measure, month, unit, fact) = (part()?, part()?, part()?, part()?);
    let measure = usize::try_from(measure).map_err(|_| bad())?;
    let month = i32::try_from(month).ok().and_then(Month::from_number).ok_or_else(bad)?;
    Ok(Cursor { measure, month, unit: UnitId(unit), fact: RecordId(fact) })
}

fn page(
    query: &FiguresQuery,
    found: &FigureView,
    ranking: Option<Vec<RankedBy>>,
    trace: Option<(TracePage, bool)>,
    extent: Extent,
) -> IndicatorPage {
    let words = query.words();
    let (shown, entry, indicator, scale) =
        (&found.shown, found.entry(), found.indicator(), found.scale(words));
    let campaign = shown.campaign();
    let (figure, counts) = (&entry.figure, Scale::counts(words));
    let unit = if scale.is_count() { label(words, &indicator.unit) } else { "" };
    let address =
        |code: &str, ask: &FigureRequest| query.with_request(urls::indicator(code, &indicator.id), ask);
    let here = || address(&shown.unit.code, &query.ask);
    let clause = campaign.clause(&indicator.clause);
    let [downloads, history_downloads, months_downloads] = downloads(query, shown, &indicator.id);
    IndicatorPage {
        layout: found.layout(query),
        head: Head::for_query(query, Area::Figures, address)
            .known_as(query, &shown.snapshot, |code| address(code, &query.ask)),
        back: query.with_query(urls::figures(&shown.unit.code, None)).into(),
        id: indicator.id.clone(),
        name: label(words, &indicator.label).to_owned(),
        chip: Chip::for_figure(words, scale, figure.state),
        value: figure.shown_value().map(|value| (scale.judged(value, figure.target), unit.to_owned())),
        instead: chip::instead(words, figure.note),
        note: figure.note.map(|note| chip::note(words, note)),
        target: target(words, scale, figure),
        expected: figure.expected.map(|expected| scale.goal(expected)),
        gap: gap(words, scale, figure, unit),
        goal: goal(words, indicator),
        gauge: gauge(words, scale, figure),
        explain: explain(words, indicator, &shown.readings).to_owned(),
        calculated: calculated(words, indicator, entry, shown, scale),
        parts: figure
            .listed
            .zip(figure.unlisted)
            .map(|(listed, unlisted)| (counts.exact(listed), counts.exact(unlisted))),
        unconfirmed: figure.unconfirmed.map(|count| counts.exact(count)),
        left_out: figure.left_out.map(|amount| words.period_left_out(counts.exact(amount))),
        coverage: coverage(words, figure),
        like_for_like: like_for_like(scale, figure),
        info: info_rows(words, shown, entry),
        through: words.dashboard_through(words.month(shown.through)),
        known: words.known_on(words.date(shown.known.day)),
        clause: clause.map_or_else(Default::default, |clause| {
            (label(words, &clause.title).to_owned(), label(words, &clause.text).to_owned())
        }),
        // The place within the document is stated in Chinese only.
        source: words.pick(&indicator.source, &campaign.document.en).to_owned(),
        definition: short_hash(&shown.snapshot.definition.hash).to_owned(),
        footnotes: footnotes(words, campaign, &shown.readings, std::iter::once(indicator)),
        choices: choices(words, campaign, indicator, &shown.readings, |readings| {
            address(&shown.unit.code, &query.reading(readings)).into()
        }),
        history: found.history(query),
        months: found.months(words),
        downloads,
        history_downloads,
        months_downloads,
        below: ranking.map(|ranking| below(query, shown, entry, ranking, scale, extent)),
        records: trace.map(|(trace, is_first)| Records {
            rows: records(words, &trace),
            extent: records::extent(words, &trace),
            notices: records::notices(words, &trace, &shown.unit.code),
            table: (extent == Extent::File).then(|| records::table(words, &trace)),
            is_first,
            first: here().to_string() + "#records",
            next: trace.next.map(|at| {
                let after = format!("{}.{}.{}.{}", at.measure, at.month.number(), at.unit, at.fact);
                here().with_param("after", after).to_string() + "#records"
            }),
        }),
    }
}

/// What can be downloaded: of the page, of the chart of the years and of that of the months.
fn downloads(query: &FiguresQuery, shown: &Shown, indicator: &str) -> [Downloads; 3] {
    let file =
        |name: &str| String::from(query.with_query(urls::indicator_file(&shown.unit.code, indicator, name)));
    let page = Downloads::page(query.words(), file("export.xlsx"));
    let charts = ["history.svg", "months.svg"]
        .map(|svg| Downloads::chart(query.words(), file("export.xlsx"), file(svg)));
    let [history, months] = charts;
    [page, history, months]
}

fn below(
    query: &FiguresQuery,
    shown: &Shown,
    entry: &FigureEntry,
    mut rows: Vec<RankedBy>,
    scale: Scale,
    extent: Extent,
) -> Below {
    let words = query.words();
    let id = &shown.campaign().indicators[entry.indicator].id;
    let total = rows.len();
    let shortfall = |row: &RankedBy| row.figure.shortfall.unwrap_or(0.0);
    let value = |row: &RankedBy| row.figure.shown_value();
    let is_behind = rows.iter().any(|row| row.figure.state == FigureState::Behind);
    if is_behind {
        rows.retain(|row| row.figure.state == FigureState::Behind);
        let gap = |row: &RankedBy| row.figure.gap().unwrap_or(0.0);
        rows.sort_by(|a, b| shortfall(b).total_cmp(&shortfall(a)).then(gap(b).total_cmp(&gap(a))));
    } else {
        rows.retain(|row| value(row).is_some());
        let is_short = entry.figure.state == FigureState::Behind;
        rows.sort_by(|a, b| value(b).partial_cmp(&value(a)).unwrap_or(std::cmp::Ordering::Equal));
        // Without targets of their own, the units with the least of it come first where it is missing, and of a limit
        // that is kept.
        if is_short != entry.figure.is_limit() {
            rows.reverse();
        }
    }
    let mut columns = vec![ColumnHead::text(words.ranking_unit()), ColumnHead::number(words.ranking_value())];
    if is_behind {
        columns.push(ColumnHead::number(words.figure_gap_column()));
        columns.push(ColumnHead::number(words.figure_gap_share()));
    }
    columns.push(ColumnHead::text(words.dashboard_state()));
    let title = if is_behind { words.figure_units_behind() } else { words.figure_units_below() };
    let shown_rows = rows.iter().take(extent.rows(UNITS));
    Below {
        url: query.with_query(urls::ranking(&shown.unit.code, None)).with_param("by", id).into(),
        table: Table {
            title: title.to_owned(),
            class: "table-sm units-below",
            columns,
            rows: shown_rows.map(|row| unit_row(query, scale, id, row, is_behind)).collect(),
            cut: extent.truncation(words, rows.len() > extent.rows(UNITS)),
            ..Table::default()
        },
        total,
        is_behind,
    }
}

/// One of the units below; where it is behind, how much, and its share of what all units together are.
fn unit_row(query: &FiguresQuery, scale: Scale, id: &str, row: &RankedBy, is_behind: bool) -> TableRow {
    let words = query.words();
    let url = query.with_query(urls::indicator(&row.unit.code, id));
    let value = row.figure.shown_value().map(|value| scale.judged_value(value, row.figure.target));
    let mut cells = vec![TableCell::link((row.unit.name.clone(), url.into())), TableCell::some(value)];
    if is_behind {
        let gap = row.figure.shortfall.map(|gap| Scale::counts(words).gap_value(gap));
        let gap = gap.or_else(|| row.figure.gap().map(|gap| scale.gap_value(gap)));
        cells.push(TableCell::some(gap));
        let share = row.shortfall_share.map(|share| CellValue::Percent(share, 0));
        cells.push(TableCell::new(share.unwrap_or_else(|| "—".into())));
    }
    cells.push(TableCell::chip(Chip::for_figure(words, scale, row.figure.state)));
    TableRow::new(cells)
}

/// Measures shown beside an indicator, each with what it comes to and its unit.
fn info_rows(words: Words, shown: &Shown, entry: &FigureEntry) -> Vec<(String, String)> {
    let measures = &shown.snapshot.definition.measures;
    let indicator = &shown.campaign().indicators[entry.indicator];
    let row = |(position, value): (&MeasureIdx, &f64)| {
        let measure = &measures[*position];
        let amount = Scale::amounts(words, measure).exact(*value);
        let amount = words.figure_with_unit(amount, label(words, &measure.unit));
        (label(words, &measure.label).to_owned(), amount)
    };
    indicator.info.iter().zip(&entry.info).map(row).collect()
}

/// The formula in words, under the readings in force.
fn explain<'a>(words: Words, indicator: &'a Indicator, readings: &Readings) -> &'a str {
    let in_force = indicator.variants.iter().filter(|variant| readings.call_for(variant));
    let last = in_force.filter_map(|variant| variant.explain.as_ref()).next_back();
    label(words, last.unwrap_or(&indicator.explain))
}

fn calculated(
    words: Words,
    indicator: &Indicator,
    entry: &FigureEntry,
    shown: &Shown,
    scale: Scale,
) -> Option<Calculated> {
    let counts = Scale::counts(words);
    let (numerator, denominator) = (entry.figure.numerator?, entry.figure.denominator?);
    let kind = match formula_in_force(indicator, &shown.readings).kind {
        IndicatorKind::Count => return None,
        IndicatorKind::Share => "÷",
        IndicatorKind::Growth => "÷−1",
        IndicatorKind::Difference => "−",
        IndicatorKind::AverageGrowth => "^",
    };
    Some(Calculated {
        numerator: counts.term(numerator),
        denominator: counts.term(denominator),
        kind,
        value: entry
            .figure
            .shown_value()
            .map(|value| scale.judged(value, entry.figure.target))
            .unwrap_or_default(),
    })
}

fn choices(
    words: Words,
    campaign: &Campaign,
    indicator: &Indicator,
    readings: &Readings,
    url: impl Fn(Readings) -> String,
) -> Vec<Choice> {
    let all = &campaign.readings;
    let touches = |position: ReadingIdx| indicator.depends_on(position);
    let concerned = all.entries().filter(|(position, _)| touches(*position));
    concerned
        .map(|(position, reading)| {
            let options = reading.options.entries().map(|(option, named)| {
                let mut other: IdxVec<_, _> =
                    all.positions().map(|position| readings.option(position)).collect();
                other[position] = option;
                let is_here = readings.option(position) == option;
                (label(words, &named.label).to_owned(), url(Readings(other)), is_here)
            });
            Choice { label: label(words, &reading.label).to_owned(), options: options.collect() }
        })
        .collect()
}
