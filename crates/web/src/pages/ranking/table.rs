//! The units directly below one unit on all indicators, ordered by one of them.

use campaign::definition::{IdxVec, IndicatorIdx};
use std::{cmp::Ordering, sync::Arc};

use app::figures::{self, FigureRequest, Ranked, Ranking};
use askama::Template;
use axum::{extract::State, response::Html};
use ledger::hierarchy::Line;

use super::{Cell, by, line, line_tabs, name_of};
use crate::{
    Error, WebState,
    error::print,
    figures_query::FiguresQuery,
    layout::{Area, Entry, Layout},
    pages::units::line_name,
    parts::{
        chip,
        chip::Chip,
        head::Head,
        number::{Scale, label},
    },
    urls::{self, GetForm},
};

/// Units on one page.
const ROWS: usize = 100;

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
}

impl RankingPage {
    /// How high the chart is, as its class says: by how many bars it has.
    fn chart_height(&self) -> &'static str {
        match self.rows.len() {
            ..=4 => "least",
            5..=12 => "few",
            13..=30 => "some",
            _ => "many",
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
    value: Option<(f64, String)>,
    instead: &'static str,
    explained: String,
    cells: Vec<Cell>,
}

/// GET `/units/{code}/ranking`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
) -> Result<Html<String>, Error> {
    let (on, line) = line(&query)?;
    let ranking = figures::rank(&state.app, &query.person.ctx, query.unit.id, line, &query.ask).await?;
    let by = by(&query, &ranking)?.unwrap_or(IndicatorIdx::FIRST);
    let number = query.params.parse::<usize>("page")?.unwrap_or(1).max(1);
    print(&page(&query, ranking, &on, by, number))
}

fn page(
    query: &FiguresQuery,
    mut ranking: Ranking,
    on: &[Line],
    by: IndicatorIdx,
    number: usize,
) -> RankingPage {
    let words = query.words();
    let snapshot = ranking.snapshot.clone();
    let campaign = &snapshot.campaign;
    let line = ranking.line;
    let unit = ranking.unit.clone();
    let address = |code: &str, ask: &FigureRequest, line: Line, by: IndicatorIdx| {
        let url = query.with_request(urls::ranking(code, None), ask);
        url.with_param("line", name_of(line)).with_param("by", &campaign.indicators[by].id)
    };
    let here = |line, by| address(&unit.code, &query.ask, line, by);
    let total = ranking.rows.len();
    let first = ((number - 1) * ROWS).min(total);
    let rows = ordered(query, &mut ranking, by, first);
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
    RankingPage {
        layout: Layout::new(&query.person, &snapshot, Area::Ranking, words.ranking_of(&unit.name))
            .with_chart()
            .with_list(!ranking.rows.is_empty()),
        head: Head::for_query(query, Area::Ranking, |code, ask| address(code, ask, line, by)),
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

/// The rows of one page: each kind of unions apart, ordered by the value of indicator `by`, the largest first,
/// no value last.
fn ordered(query: &FiguresQuery, ranking: &mut Ranking, by: IndicatorIdx, first: usize) -> Vec<UnitRow> {
    let words = query.words();
    let snapshot = ranking.snapshot.clone();
    let campaign = &snapshot.campaign;
    let value = |row: &Ranked| row.figures[by].shown_value();
    let by_value = |a: &Ranked, b: &Ranked| match (value(a), value(b)) {
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
        same.filter(|other| value(other).is_some_and(|other| other > own)).count() + 1
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
        value: value(row).map(|value| (value, scale.judged(value, row.figures[by].target))),
        instead: chip::instead(words, row.figures[by].note),
        explained: explained(row, by).into(),
        cells: row
            .figures
            .entries()
            .map(|(at, figure)| {
                Cell::new(words, &campaign.indicators[at], readings, figure, most[at], explained(row, at))
            })
            .collect(),
    };
    ranking.rows.iter().enumerate().skip(first).take(ROWS).map(row).collect()
}
