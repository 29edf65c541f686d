//! The person's imports, newest first.

use std::sync::Arc;

use app::imports::{self, Job};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use jiff::Timestamp;
use words::Words;

use super::{address, form_label, state_view};
use crate::{
    Error, WebState,
    address::Params,
    error::print,
    layout::{Area, Layout},
    parts::{
        cell_value::CellValue,
        downloads::Downloads,
        export::{self, Extent, HasTables},
        pager::Pager,
        table::{CellLook, ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls::Url,
};

/// Imports on one page.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "imports/list.html")]
struct ListPage {
    layout: Layout,
    table: Table,
    pager: Pager,
    downloads: Downloads,
}

impl HasTables for ListPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.table.clone()]
    }
}

/// GET `/imports`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person, Pager::requested_page(&params)?, Extent::Page).await?)
}

/// GET `/imports/export.xlsx`: all imports of the person.
pub(crate) async fn xlsx(State(state): State<Arc<WebState>>, person: SignedIn) -> Result<Response, Error> {
    let page = load(&state, &person, 1, Extent::File).await?;
    export::workbook(&state, &person, "imports", &page).await
}

async fn load(state: &WebState, person: &SignedIn, page: usize, extent: Extent) -> Result<ListPage, Error> {
    let size = extent.rows(SHOWN);
    let found = imports::list(&state.app, &person.ctx, (page - 1) * size, size).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let words = person.words();
    let texts = [words.imports_file(), words.imports_form(), words.imports_moment(), words.imports_state()];
    let numbers = [words.imports_rows(), words.imports_taken()].map(ColumnHead::number);
    let row = |job: &Job| row(words, job, form_label(words, &snapshot, &job.options.kind));
    Ok(ListPage {
        layout: Layout::new(person, &snapshot, Area::Imports, words.imports_title()),
        downloads: Downloads::page(words, "/imports/export.xlsx"),
        table: Table {
            title: words.imports_title().to_owned(),
            class: "table-hover jobs",
            columns: texts.into_iter().map(ColumnHead::text).chain(numbers).collect(),
            rows: found.jobs.iter().map(row).collect(),
            cut: extent.truncation(words, found.total > found.jobs.len()),
            ..Table::default()
        },
        pager: Pager::new(words, page, SHOWN, found.total, &Url::new("/imports", &[])),
    })
}

fn row(words: Words, job: &Job, form: String) -> TableRow {
    let (taken, total) = job.progress;
    let counted = |number: i64| TableCell::some(job.state.has_report().then_some(CellValue::Integer(number)));
    let moment = Timestamp::from_microsecond(job.created_at).map(CellValue::Moment);
    let standing = state_view(words, job);
    TableRow::new([
        TableCell::new(job.file_name.as_str()).with_url(address(job.id)),
        TableCell::new(form),
        TableCell::some(moment.ok()).with_look(CellLook::Class("nowrap")),
        TableCell::new(standing.label).with_look(CellLook::State(standing.class, true)),
        counted(total),
        counted(taken),
    ])
}
