//! A few chosen units below one unit, side by side on all indicators.

use campaign::definition::IndicatorIdx;
use std::sync::Arc;

use app::figures::{self, FigureRequest, Ranked, Ranking};
use askama::Template;
use axum::{extract::State, response::Html};

use super::{Cell, line, name_of};
use crate::{
    Error, WebState,
    error::print,
    figures_query::FiguresQuery,
    layout::{Area, Layout},
    pages::units::line_name,
    parts::{head::Head, number::label},
    urls,
};

/// Units side by side.
const MOST: usize = 6;

#[derive(Template)]
#[template(path = "ranking/comparison.html")]
struct ComparisonPage {
    layout: Layout,
    head: Head,
    back: String,
    line_name: &'static str,
    through: String,
    /// Name and address of each unit.
    units: Vec<(String, String)>,
    clauses: Vec<(String, Vec<IndicatorRow>)>,
    /// Says that more were chosen than fit.
    cut: Option<String>,
}

/// One indicator over all units.
struct IndicatorRow {
    id: String,
    name: String,
    cells: Vec<Cell>,
}

/// GET `/units/{code}/comparison`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
) -> Result<Html<String>, Error> {
    let (_, line) = line(&query)?;
    let ranking = figures::rank(&state.app, &query.person.ctx, query.unit.id, line, &query.ask).await?;
    print(&page(&query, &ranking))
}

fn page(query: &FiguresQuery, ranking: &Ranking) -> ComparisonPage {
    let words = query.words();
    let chosen: Vec<&str> = query.params.values("unit").collect();
    let campaign = &ranking.snapshot.campaign;
    let all = ranking.rows.iter().filter(|row| chosen.contains(&row.unit.code.as_str()));
    let total = all.clone().count();
    let shown: Vec<&Ranked> = all.take(MOST).collect();
    let row = |at: IndicatorIdx| {
        let indicator = &campaign.indicators[at];
        let most = shown.iter().filter_map(|row| row.figures[at].value).fold(0.0, f64::max);
        let cell = |row: &&Ranked| {
            let url = query.with_query(urls::indicator(&row.unit.code, &indicator.id));
            Cell::new(words, indicator, &query.ask.readings, &row.figures[at], most, url)
        };
        IndicatorRow {
            id: indicator.id.clone(),
            name: label(words, &indicator.label).to_owned(),
            cells: shown.iter().map(cell).collect(),
        }
    };
    let clauses = campaign.clauses.iter().map(|clause| {
        let of_clause = campaign.indicators.entries().filter(|(_, other)| other.clause == clause.id);
        (label(words, &clause.title).to_owned(), of_clause.map(|(at, _)| row(at)).collect::<Vec<_>>())
    });
    let address = |code: &str, ask: &FigureRequest| {
        let start = query.with_request(urls::comparison(code), ask).with_param("line", name_of(ranking.line));
        chosen.iter().fold(start, |url, code| url.with_param("unit", code))
    };
    let back =
        query.with_query(urls::ranking(&ranking.unit.code, None)).with_param("line", name_of(ranking.line));
    ComparisonPage {
        layout: Layout::new(&query.person, &ranking.snapshot, Area::Ranking, words.ranking_compare_title()),
        head: Head::for_query(query, Area::Ranking, address),
        back: back.into(),
        line_name: line_name(words, ranking.line),
        through: words.month(ranking.through),
        units: shown
            .iter()
            .map(|row| (row.unit.name.clone(), query.with_query(urls::figures(&row.unit.code, None)).into()))
            .collect(),
        clauses: clauses.filter(|(_, rows)| !rows.is_empty()).collect(),
        cut: (total > shown.len()).then(|| words.list_shortened(total, shown.len())),
    }
}
