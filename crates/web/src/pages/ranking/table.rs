//! The units directly below one unit on all indicators, ordered by one of them.

use std::{cmp::Ordering, sync::Arc};

use app::{
    figures::{self, Ask, Ranked, Ranking},
    units,
};
use askama::Template;
use axum::{extract::State, response::Html};
use ledger::hierarchy::Line;
use model::month::Month;

use super::{Cell, explained, line, line_tabs, lines, name_of};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Entry, Layout},
    pages::{
        figures::{ask, under},
        units::line_name,
    },
    parts::{
        chip,
        chip::Chip,
        head::Head,
        number::{Scale, label},
    },
    urls,
    visit::SignedIn,
};

/// Units on one page.
const ROWS: usize = 100;

#[derive(Template)]
#[template(path = "ranking/table.html")]
struct RankingPage {
    layout: Layout,
    head: Head,
    /// Where the forms lead: this page, and the comparison.
    actions: (String, String),
    year: i16,
    line: &'static str,
    line_name: &'static str,
    lines: Vec<Entry>,
    through: String,
    /// Id and name of every indicator, and whether units are ordered by it.
    choices: Vec<(String, String, bool)>,
    by: (String, String),
    columns: Vec<Column>,
    clauses: Vec<(String, usize)>,
    rows: Vec<Row>,
    /// "Units 1 to 100 of 1,000".
    said: String,
    before: Option<String>,
    after: Option<String>,
    has_heat: bool,
}

/// One indicator's column.
struct Column {
    id: String,
    name: String,
    url: String,
    is_here: bool,
}

/// One unit.
struct Row {
    /// Its rank; none without a value.
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
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Html<String>, Error> {
    let snapshot = state.app.current().await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    let ask = ask(&person, &snapshot, &params)?;
    let view = snapshot.view(unit).ok_or(Error::NoSuchPage)?;
    let on = lines(&snapshot, &view, Month::december(ask.year));
    let ranking = figures::rank(&state.app, &person.ctx, unit, line(&params, &on)?, &ask).await?;
    let by = match params.get("by") {
        None => 0,
        Some(id) => ranking
            .snapshot
            .campaign
            .indicators
            .iter()
            .position(|indicator| indicator.id == id)
            .ok_or_else(|| app::Error::NotFound { what: "indicator", key: id.to_owned() })?,
    };
    let number = params.parse::<usize>("page")?.unwrap_or(1).max(1);
    print(&page(&person, ranking, &ask, &on, by, number))
}

fn page(
    person: &SignedIn,
    mut ranking: Ranking,
    ask: &Ask,
    on: &[Line],
    by: usize,
    number: usize,
) -> RankingPage {
    let words = person.words();
    let snapshot = ranking.snapshot.clone();
    let campaign = &snapshot.campaign;
    let line = ranking.line;
    let unit = ranking.unit.clone();
    let address = |code: &str, year: Option<i16>, line: Line, by: usize| {
        let url =
            urls::ranking(code, year).with("line", name_of(line)).with("by", &campaign.indicators[by].id);
        under(url, campaign, &ask.readings)
    };
    let total = ranking.rows.len();
    let first = ((number - 1) * ROWS).min(total);
    let rows = ordered(person, &mut ranking, ask, by, first);
    let column = |(position, indicator): (usize, &campaign::definition::Indicator)| Column {
        id: indicator.id.clone(),
        name: label(words, &indicator.label).to_owned(),
        url: address(&unit.code, Some(ask.year), line, position).into(),
        is_here: position == by,
    };
    let clauses = campaign.clauses.iter().map(|clause| {
        let count = campaign.indicators.iter().filter(|indicator| indicator.clause == clause.id).count();
        (label(words, &clause.title).to_owned(), count)
    });
    let turned = |number: usize| address(&unit.code, Some(ask.year), line, by).with("page", number).into();
    let chosen = &campaign.indicators[by];
    RankingPage {
        layout: Layout::new(person, &snapshot, Area::Ranking, words.ranking_of(&unit.name)).with_chart(),
        head: Head::new(person, &snapshot, &unit, Area::Ranking, Some(ask.year), |code, year| {
            address(code, year, line, by)
        }),
        actions: (urls::ranking(&unit.code, None).into(), urls::comparison(&unit.code, None).into()),
        year: ask.year,
        line: name_of(line),
        line_name: line_name(words, line),
        lines: line_tabs(words, on, line, |line| address(&unit.code, Some(ask.year), line, by)),
        through: words.month(ranking.through),
        choices: campaign
            .indicators
            .iter()
            .enumerate()
            .map(|(position, indicator)| {
                (indicator.id.clone(), label(words, &indicator.label).to_owned(), position == by)
            })
            .collect(),
        by: (chosen.id.clone(), label(words, &chosen.label).to_owned()),
        columns: campaign.indicators.iter().enumerate().map(column).collect(),
        clauses: clauses.filter(|(_, count)| *count > 0).collect(),
        said: words.ranking_shown(words.count(total), (first + 1).min(total), first + rows.len()),
        before: (first > 0).then(|| turned(number - 1)),
        after: (first + rows.len() < total).then(|| turned(number + 1)),
        has_heat: rows.iter().any(|row| row.cells.iter().any(|cell| cell.style.starts_with("heat"))),
        rows,
    }
}

/// The rows of one page, ordered by the value of indicator `by`, the largest first, no value last.
fn ordered(person: &SignedIn, ranking: &mut Ranking, ask: &Ask, by: usize, first: usize) -> Vec<Row> {
    let words = person.words();
    let snapshot = ranking.snapshot.clone();
    let campaign = &snapshot.campaign;
    let value = |row: &Ranked| row.figures[by].value;
    ranking.rows.sort_by(|a, b| match (value(a), value(b)) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
    let most: Vec<f64> = (0..campaign.indicators.len())
        .map(|at| ranking.rows.iter().filter_map(|row| row.figures[at].value).fold(0.0, f64::max))
        .collect();
    let scale = Scale::new(words, &campaign.indicators[by], &ask.readings);
    // Units with the same value share a rank.
    let rank = |own: f64| ranking.rows.partition_point(|row| value(row).is_some_and(|other| other > own)) + 1;
    let explained = |row: &Ranked, at: usize| {
        explained(&row.unit, &campaign.indicators[at], &snapshot, &ask.readings, ask.year)
    };
    let row = |row: &Ranked| Row {
        rank: value(row).map(rank),
        name: row.unit.name.clone(),
        code: row.unit.code.clone(),
        url: under(urls::figures(&row.unit.code, Some(ask.year)), campaign, &ask.readings).into(),
        chip: Chip::new(words, row.figures[by].state),
        value: value(row).map(|value| (value, scale.judged(value, row.figures[by].target))),
        instead: chip::instead(words, row.figures[by].note),
        explained: explained(row, by).into(),
        cells: row
            .figures
            .iter()
            .enumerate()
            .map(|(at, figure)| {
                Cell::new(
                    words,
                    &campaign.indicators[at],
                    &ask.readings,
                    figure,
                    most[at],
                    explained(row, at),
                )
            })
            .collect(),
    };
    ranking.rows.iter().skip(first).take(ROWS).map(row).collect()
}
