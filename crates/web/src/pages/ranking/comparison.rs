//! A few units below one unit, chosen by hand, side by side on all indicators.

use std::sync::Arc;

use app::figures::{self, Ask, Ranked, Ranking};
use askama::Template;
use axum::{extract::State, response::Html};

use super::{Cell, line, name_of};
use crate::{
    Error, WebState,
    asked::Asked,
    error::print,
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
    clauses: Vec<(String, Vec<Row>)>,
    /// Says that more were chosen than fit.
    cut: Option<String>,
}

/// One indicator over all units.
struct Row {
    id: String,
    name: String,
    cells: Vec<Cell>,
}

/// GET `/units/{code}/comparison`.
pub(crate) async fn show(State(state): State<Arc<WebState>>, asked: Asked) -> Result<Html<String>, Error> {
    let (_, line) = line(&asked)?;
    let ranking = figures::rank(&state.app, &asked.person.ctx, asked.unit.id, line, &asked.ask).await?;
    print(&page(&asked, &ranking))
}

fn page(asked: &Asked, ranking: &Ranking) -> ComparisonPage {
    let words = asked.words();
    let chosen: Vec<&str> = asked.params.all("unit").collect();
    let campaign = &ranking.snapshot.campaign;
    let all = ranking.rows.iter().filter(|row| chosen.contains(&row.unit.code.as_str()));
    let total = all.clone().count();
    let shown: Vec<&Ranked> = all.take(MOST).collect();
    let row = |at: usize| {
        let indicator = &campaign.indicators[at];
        let most = shown.iter().filter_map(|row| row.figures[at].value).fold(0.0, f64::max);
        let cell = |row: &&Ranked| {
            let url = asked.here(urls::indicator(&row.unit.code, &indicator.id));
            Cell::new(words, indicator, &asked.ask.readings, &row.figures[at], most, url)
        };
        Row {
            id: indicator.id.clone(),
            name: label(words, &indicator.label).to_owned(),
            cells: shown.iter().map(cell).collect(),
        }
    };
    let clauses = campaign.clauses.iter().map(|clause| {
        let of_clause = campaign.indicators.iter().enumerate().filter(|(_, other)| other.clause == clause.id);
        (label(words, &clause.title).to_owned(), of_clause.map(|(at, _)| row(at)).collect::<Vec<_>>())
    });
    let address = |code: &str, ask: &Ask| {
        let start = asked.under(urls::comparison(code), ask).with("line", name_of(ranking.line));
        chosen.iter().fold(start, |url, code| url.with("unit", code))
    };
    let back = asked.here(urls::ranking(&ranking.unit.code, None)).with("line", name_of(ranking.line));
    ComparisonPage {
        layout: Layout::new(&asked.person, &ranking.snapshot, Area::Ranking, words.ranking_compare_title()),
        head: Head::of(asked, Area::Ranking, address),
        back: back.into(),
        line_name: line_name(words, ranking.line),
        through: words.month(ranking.through),
        units: shown
            .iter()
            .map(|row| (row.unit.name.clone(), asked.here(urls::figures(&row.unit.code, None)).into()))
            .collect(),
        clauses: clauses.filter(|(_, rows)| !rows.is_empty()).collect(),
        cut: (total > shown.len()).then(|| words.list_cut(total, shown.len())),
    }
}
