//! All figures of one unit and year, by clause; each leads to the page of its
//! indicator.

use std::sync::Arc;

use app::{
    figures,
    figures::{FigureEntry, FigureRequest, Shown},
};
use askama::Template;
use axum::{extract::State, response::Html};
use ledger::figure::FigureState as Standing;
use words::Words;

use super::{Footnote, footnotes, gap, goal, short_hash};
use crate::{
    Error, WebState,
    error::print,
    figures_query::FiguresQuery,
    layout::{Area, Layout},
    pages::ranking::grid,
    parts::{
        chip::{self, Chip, STATES},
        gauge::gauge,
        head::Head,
        number::{Scale, label},
        spark::spark,
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
    /// Rows of the overview chart.
    progress: Vec<Progress>,
    definition: String,
    footnotes: Vec<Footnote>,
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
    gauge: Option<String>,
    spark: Option<String>,
}

/// A target that is a number, as a share of itself.
struct Progress {
    id: String,
    name: String,
    url: String,
    state: &'static str,
    value: String,
    target: String,
    done: (f64, String),
    expected: (f64, String),
}

/// GET `/units/{code}/figures`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
) -> Result<Html<String>, Error> {
    let shown = figures::show(&state.app, &query.person.ctx, query.unit.id, &query.ask).await?;
    print(&page(&query, &shown))
}

fn page(query: &FiguresQuery, shown: &Shown) -> DashboardPage {
    let (words, params) = (query.words(), &query.params);
    let campaign = &shown.snapshot.campaign;
    let only = params.get("state").and_then(|name| STATES.into_iter().find(|state| state.name() == name));
    let is_table = params.get("view") == Some(TABLE);
    let address = |code: &str, ask: &FigureRequest, view: Option<&str>, state: Option<Standing>| {
        let url = query.with_request(urls::figures(code, None), ask);
        url.with_some("view", view).with_some("state", state.map(Standing::name))
    };
    let view = is_table.then_some(TABLE);
    let here = |view, state| String::from(address(&shown.unit.code, &query.ask, view, state));
    let head = Head::for_query(query, Area::Figures, |code, ask| address(code, ask, view, only));
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
    let title = format!("{} {} {}", shown.unit.name, shown.year, words.dashboard_title());
    let progress: Vec<Progress> =
        shown.entries.iter().filter_map(|entry| progress(query, shown, entry)).collect();
    let layout = Layout::new(&query.person, &shown.snapshot, Area::Figures, title);
    DashboardPage {
        layout: if progress.is_empty() { layout } else { layout.with_chart() },
        head,
        campaign: label(words, &campaign.title).to_owned(),
        through: words.month(shown.through),
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
        progress,
        definition: short_hash(&campaign.hash).to_owned(),
        footnotes: footnotes(words, campaign, &shown.readings, campaign.indicators.iter()),
    }
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
    let campaign = &shown.snapshot.campaign;
    let indicator = &campaign.indicators[entry.indicator];
    let figure = &entry.figure;
    let scale = Scale::new(words, indicator, &shown.readings);
    let counts = Scale::counts(words);
    let unit = if scale.is_count() { label(words, &indicator.unit) } else { "" };
    let parts = figure.listed.zip(figure.unlisted);
    let share = parts.filter(|(listed, unlisted)| listed + unlisted > 0);
    IndicatorRow {
        id: indicator.id.clone(),
        name: label(words, &indicator.label).to_owned(),
        url: query.with_query(urls::indicator(&shown.unit.code, &indicator.id)).into(),
        chip: Chip::for_figure(words, scale, figure.state),
        value: figure.shown_value().map(|value| (scale.judged(value, figure.target), unit.to_owned())),
        gap: gap(words, scale, figure, unit),
        instead: chip::instead(words, figure.note),
        note: figure.note.map(|note| chip::note(words, note)),
        target: figure.target.map(|target| scale.goal(target)),
        goal: goal(words, &indicator.goal),
        // Where a target is due at all times, what is expected is the target.
        expected: figure
            .expected
            .filter(|expected| Some(*expected) != figure.target)
            .map(|expected| scale.goal(expected)),
        numerator: figure.numerator.map(|number| counts.term(number)).unwrap_or_default(),
        denominator: figure.denominator.map(|number| counts.term(number)).unwrap_or_default(),
        parts: parts.map(|(listed, unlisted)| (words.count(listed), words.count(unlisted))),
        listed_share: share.map(|(listed, unlisted)| words.percent(ratio(listed, listed + unlisted), 0)),
        unconfirmed: figure
            .unconfirmed
            .filter(|count| *count > 0)
            .map(|count| words.figure_with_unconfirmed(words.count(count))),
        gauge: gauge(words, scale, figure),
        spark: spark(words, &entry.trend),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a region stay far below 2^53")]
fn ratio(part: i64, whole: i64) -> f64 {
    part as f64 / whole as f64
}

fn progress(query: &FiguresQuery, shown: &Shown, entry: &FigureEntry) -> Option<Progress> {
    let words = query.words();
    let indicator = &shown.snapshot.campaign.indicators[entry.indicator];
    let scale = Scale::new(words, indicator, &shown.readings);
    let figure = &entry.figure;
    let (value, target, expected) = (figure.value?, figure.target?, figure.expected?);
    let share = |number: f64| (number / target * 100.0, words.percent(number / target, 0));
    (scale.is_count() && target > 0.0).then(|| Progress {
        id: indicator.id.clone(),
        name: label(words, &indicator.label).to_owned(),
        url: query.with_query(urls::indicator(&shown.unit.code, &indicator.id)).into(),
        state: figure.state.name(),
        value: scale.exact(value),
        target: scale.exact(target),
        done: share(value),
        expected: share(expected),
    })
}
