//! A few units below one unit, chosen by hand, side by side on all indicators.

use std::sync::Arc;

use app::{
    figures::{self, Ask, Ranked, Ranking},
    units,
};
use askama::Template;
use axum::{extract::State, response::Html};
use model::month::Month;

use super::{Cell, explained, line, lines, name_of};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Layout},
    pages::{
        figures::{ask, under},
        units::line_name,
    },
    parts::{head::Head, number::label},
    urls,
    visit::SignedIn,
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
    let chosen: Vec<&str> = params.all("unit").collect();
    print(&page(&person, &ranking, &ask, &chosen))
}

fn page(person: &SignedIn, ranking: &Ranking, ask: &Ask, chosen: &[&str]) -> ComparisonPage {
    let words = person.words();
    let campaign = &ranking.snapshot.campaign;
    let all = ranking.rows.iter().filter(|row| chosen.contains(&row.unit.code.as_str()));
    let total = all.clone().count();
    let shown: Vec<&Ranked> = all.take(MOST).collect();
    let row = |at: usize| {
        let indicator = &campaign.indicators[at];
        let most = shown.iter().filter_map(|row| row.figures[at].value).fold(0.0, f64::max);
        let cell = |row: &&Ranked| {
            let url = explained(&row.unit, indicator, &ranking.snapshot, &ask.readings, ask.year);
            Cell::new(words, indicator, &ask.readings, &row.figures[at], most, url)
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
    let address = |code: &str, year: Option<i16>| {
        let start = urls::comparison(code, year).with("line", name_of(ranking.line));
        let url = chosen.iter().fold(start, |url, code| url.with("unit", code));
        under(url, campaign, &ask.readings)
    };
    let back = urls::ranking(&ranking.unit.code, Some(ask.year)).with("line", name_of(ranking.line));
    ComparisonPage {
        layout: Layout::new(person, &ranking.snapshot, Area::Ranking, words.ranking_compare_title()),
        head: Head::new(person, &ranking.snapshot, &ranking.unit, Area::Ranking, Some(ask.year), address),
        back: under(back, campaign, &ask.readings).into(),
        line_name: line_name(words, ranking.line),
        through: words.month(ranking.through),
        units: shown
            .iter()
            .map(|row| (row.unit.name.clone(), urls::figures(&row.unit.code, Some(ask.year)).into()))
            .collect(),
        clauses: clauses.filter(|(_, rows)| !rows.is_empty()).collect(),
        cut: (total > shown.len()).then(|| words.list_cut(total, shown.len())),
    }
}
