//! The unions directly below one unit as tiles, coloured by their state on one
//! indicator, so that those behind their targets are easy to see. It is a page of
//! its own; the dashboard loads its middle part when a person scrolls there.

use campaign::definition::IndicatorIdx;
use std::{ops::RangeInclusive, sync::Arc};

use app::{
    Snapshot,
    figures::{self, FigureRequest, Ranked, Ranking},
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use ledger::{
    figure::{Figure, FigureState as Standing},
    hierarchy::Line,
};
use model::{ids::UnitId, month::Month};
use words::Words;

use super::{Cell, by, name_of};
use crate::{
    Error, WebState,
    error::print,
    figures_query::FiguresQuery,
    layout::{Area, Layout},
    parts::{
        cell_value::CellValue,
        chip::{self, Chip, STATES},
        downloads::Downloads,
        export::{self, HasTables},
        head::Head,
        number::{Scale, label},
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    urls::{self, GetForm},
};

/// How many unions the tiles are made for: fewer are read at a glance in the
/// ranking, more no longer fit a screen.
const TILE_COUNTS: RangeInclusive<usize> = 5..=60;

#[derive(Template)]
#[template(path = "ranking/grid.html")]
struct GridPage {
    layout: Layout,
    head: Head,
    through: String,
    /// Leads to this page for another indicator.
    order: GetForm,
    /// Id and name of every indicator, and whether it is shown.
    choices: Vec<(String, String, bool)>,
    /// How many unions are in which state.
    summary: Vec<(Chip, usize)>,
    tiles: Vec<Tile>,
    has_heat: bool,
    /// The same figures as a table.
    table: String,
    downloads: Downloads,
    /// Id and name of the indicator.
    by: (String, String),
}

impl HasTables for GridPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        let words = self.layout.words;
        let row = |tile: &Tile| {
            let unit = tile.value.as_ref().map_or("", |(_, unit)| unit);
            TableRow::new([
                TableCell::new(tile.name.clone()),
                TableCell::new(tile.exact.clone()),
                TableCell::new(unit),
                TableCell::chip(tile.chip),
            ])
        };
        let (id, name) = &self.by;
        vec![Table {
            title: words.grid_title().to_owned(),
            columns: vec![
                ColumnHead::text(words.ranking_unit()),
                ColumnHead::number(format!("{id} {name}")),
                ColumnHead::text(words.dashboard_unit()),
                ColumnHead::text(words.dashboard_state()),
            ],
            rows: self.tiles.iter().map(row).collect(),
            ..Table::default()
        }]
    }
}

/// One union.
struct Tile {
    name: String,
    url: String,
    /// The name of its style: a state, or how dark it is.
    style: String,
    chip: Chip,
    /// The value and its unit.
    value: Option<(String, String)>,
    instead: &'static str,
    /// What a file states.
    exact: CellValue,
}

/// Whether `unit` has as many unions directly below it as the tiles are made for.
pub(in crate::pages) fn fits(snapshot: &Snapshot, unit: UnitId, month: Month) -> bool {
    let below = snapshot.tree.children(unit, month).filter(|(_, line)| *line == Line::Subordination);
    TILE_COUNTS.contains(&below.take(TILE_COUNTS.end() + 1).count())
}

/// GET `/units/{code}/grid`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    query: FiguresQuery,
) -> Result<Html<String>, Error> {
    print(&load(&state, &query).await?)
}

/// GET `/units/{code}/grid/export.xlsx`: the units of the page with the same parameters.
pub(crate) async fn xlsx(State(state): State<Arc<WebState>>, query: FiguresQuery) -> Result<Response, Error> {
    export::workbook(&state, &query.person, "grid", &load(&state, &query).await?).await
}

async fn load(state: &WebState, query: &FiguresQuery) -> Result<GridPage, Error> {
    let line = Line::Subordination;
    let ranking = figures::rank(&state.app, &query.person.ctx, query.unit.id, line, &query.ask).await?;
    let by = by(query, &ranking)?.unwrap_or_else(|| telling(&ranking));
    Ok(page(query, &ranking, by))
}

/// The first indicator on which the units have a target: its colours say something.
fn telling(ranking: &Ranking) -> IndicatorIdx {
    let has_target = |figure: &Figure| !matches!(figure.state, Standing::NoTarget | Standing::NoValue);
    let mut all = ranking.campaign().indicators.positions();
    let found = all.find(|at| ranking.rows.iter().any(|row| has_target(&row.figures[*at])));
    found.unwrap_or(IndicatorIdx::FIRST)
}

fn page(query: &FiguresQuery, ranking: &Ranking, by: IndicatorIdx) -> GridPage {
    let words = query.words();
    let campaign = ranking.campaign();
    let address = |code: &str, ask: &FigureRequest| {
        query.with_request(urls::grid(code), ask).with_param("by", &campaign.indicators[by].id)
    };
    let tiles: Vec<Tile> = tiles(query, ranking, by);
    let choice = |(at, indicator): (IndicatorIdx, &campaign::definition::Indicator)| {
        (indicator.id.clone(), label(words, &indicator.label).to_owned(), at == by)
    };
    let file = query.with_query(urls::unit_file(&query.unit.code, "grid", "export.xlsx"));
    let table =
        query.with_query(urls::ranking(&query.unit.code, None)).with_param("line", name_of(ranking.line));
    GridPage {
        layout: Layout::new(&query.person, &ranking.snapshot, Area::Ranking, words.grid_of(&query.unit.name))
            .with_unit(&ranking.snapshot, query.unit.id)
            .with_period(query.ask.whole_period(), ranking.through, ranking.known)
            .with_restated(ranking.is_restated),
        downloads: Downloads::page(words, file.with_param("by", &campaign.indicators[by].id)),
        by: (campaign.indicators[by].id.clone(), label(words, &campaign.indicators[by].label).to_owned()),
        head: Head::for_query(query, Area::Ranking, address)
            .known_as(query, &ranking.snapshot, |code| address(code, &query.ask)),
        through: words.month(ranking.through),
        order: address(&query.unit.code, &query.ask).form(&["by"]),
        choices: campaign.indicators.entries().map(choice).collect(),
        summary: summary(
            words,
            ranking,
            by,
            Scale::new(words, &campaign.indicators[by], &query.ask.readings),
        ),
        has_heat: tiles.iter().any(|tile| tile.style.starts_with("heat")),
        tiles,
        table: table.with_param("by", &campaign.indicators[by].id).into(),
    }
}

/// The tiles in the order of the units' codes, so that each keeps its place.
fn tiles(query: &FiguresQuery, ranking: &Ranking, by: IndicatorIdx) -> Vec<Tile> {
    let words = query.words();
    let indicator = &ranking.campaign().indicators[by];
    let readings = &query.ask.readings;
    let scale = Scale::new(words, indicator, readings);
    let unit = if scale.is_count() { label(words, &indicator.unit) } else { "" };
    let most = ranking.rows.iter().filter_map(|row| row.figures[by].value).fold(0.0, f64::max);
    let tile = |row: &Ranked| {
        let figure = &row.figures[by];
        let url = query.with_query(urls::figures(&row.unit.code, None));
        let cell = Cell::new(words, indicator, readings, figure, most, url.clone());
        Tile {
            name: row.unit.name.clone(),
            style: cell.style,
            exact: cell.value,
            url: url.into(),
            chip: Chip::for_figure(words, scale, figure.state),
            value: figure.shown_value().map(|value| (scale.judged(value, figure.target), unit.to_owned())),
            instead: chip::instead(words, figure.note),
        }
    };
    ranking.rows.iter().map(tile).collect()
}

fn summary(words: Words, ranking: &Ranking, by: IndicatorIdx, scale: Scale) -> Vec<(Chip, usize)> {
    let count = |state| ranking.rows.iter().filter(|row| row.figures[by].state == state).count();
    let states = STATES.into_iter().map(|state| (Chip::for_figure(words, scale, state), count(state)));
    states.filter(|(_, count)| *count > 0).collect()
}
