//! A few chosen units below one unit, side by side on all indicators.

use campaign::definition::IndicatorIdx;
use std::sync::Arc;

use app::figures::{self, FigureRequest, Ranked, Ranking};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};

use super::{Cell, line, name_of};
use crate::{
    Error, WebState,
    error::print,
    figures_query::FiguresQuery,
    layout::{Area, Layout},
    pages::units::line_name,
    parts::{
        downloads::Downloads,
        export::{self, HasTables},
        head::Head,
        number::label,
        table::{ColumnHead, Table, TableCell, TableRow},
    },
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
    downloads: Downloads,
}

impl HasTables for ComparisonPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The state of a value is in a column behind it.
    fn tables(&self) -> Vec<Table> {
        let words = self.layout.words;
        let units = self.units.iter().flat_map(|(name, _)| {
            [ColumnHead::number(name.clone()), ColumnHead::text(words.dashboard_state())]
        });
        let row = |row: &IndicatorRow| {
            let cells = row.cells.iter().flat_map(|cell| {
                [TableCell::new(cell.value.clone()), TableCell::new(cell.state.unwrap_or_default())]
            });
            let name = TableCell::new(format!("{} {}", row.id, row.name));
            TableRow::new(std::iter::once(name).chain(cells).collect::<Vec<_>>())
        };
        let clause = |(title, rows): &(String, Vec<IndicatorRow>)| {
            std::iter::once(TableRow::group(title.clone())).chain(rows.iter().map(row)).collect::<Vec<_>>()
        };
        vec![Table {
            title: words.ranking_compare_title().to_owned(),
            columns: std::iter::once(ColumnHead::text(words.dashboard_indicator())).chain(units).collect(),
            rows: self.clauses.iter().flat_map(clause).collect(),
            cut: self.cut.clone(),
            ..Table::default()
        }]
    }
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
    print(&load(&state, &query).await?)
}

/// GET `/units/{code}/comparison/export.xlsx`: what the page with the same parameters shows.
pub(crate) async fn xlsx(State(state): State<Arc<WebState>>, query: FiguresQuery) -> Result<Response, Error> {
    export::workbook(&state, &query.person, "comparison", &load(&state, &query).await?).await
}

async fn load(state: &WebState, query: &FiguresQuery) -> Result<ComparisonPage, Error> {
    let (_, line) = line(query)?;
    let ranking = figures::rank(&state.app, &query.person.ctx, query.unit.id, line, &query.ask).await?;
    Ok(page(query, &ranking))
}

fn page(query: &FiguresQuery, ranking: &Ranking) -> ComparisonPage {
    let words = query.words();
    let chosen: Vec<&str> = query.params.values("unit").collect();
    let campaign = ranking.campaign();
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
    let file = urls::unit_file(&ranking.unit.code, "comparison", "export.xlsx");
    let file = query.with_query(file).with_param("line", name_of(ranking.line));
    let file = chosen.iter().fold(file, |url, code| url.with_param("unit", code));
    let back =
        query.with_query(urls::ranking(&ranking.unit.code, None)).with_param("line", name_of(ranking.line));
    ComparisonPage {
        layout: Layout::new(&query.person, &ranking.snapshot, Area::Ranking, words.ranking_compare_title())
            .with_unit(&ranking.snapshot, ranking.unit.id)
            .with_period(query.ask.whole_period(), ranking.through, ranking.known)
            .with_restated(ranking.is_restated)
            .wide(),
        downloads: Downloads::page(words, file),
        head: Head::for_query(query, Area::Ranking, address)
            .known_as(query, &ranking.snapshot, |code| address(code, &query.ask)),
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
