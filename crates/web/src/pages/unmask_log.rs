//! The log of personal data: who saw and changed personal data, when and why.
//! For the city office.

use std::sync::Arc;

use app::unmask_log::{self, LogEntry, UnmaskAction};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use words::Words;

use crate::{
    Error, WebState,
    address::Params,
    error::print,
    layout::{Area, Layout},
    parts::{
        actor::Actors,
        cell_value::CellValue,
        downloads::Downloads,
        export::{self, Extent, HasTables},
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls::{self, Url},
};

/// Entries on a page.
const SIZE: usize = 50;

#[derive(Template)]
#[template(path = "unmask_log.html")]
struct LogPage {
    layout: Layout,
    table: Table,
    is_first: bool,
    next: Option<String>,
    downloads: Downloads,
}

impl HasTables for LogPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.table.clone()]
    }
}

/// GET `/unmask-log`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person, params.parse("before")?, Extent::Page).await?)
}

/// GET `/unmask-log/export.xlsx`: the log, its newest entries first.
pub(crate) async fn xlsx(State(state): State<Arc<WebState>>, person: SignedIn) -> Result<Response, Error> {
    let page = load(&state, &person, None, Extent::File).await?;
    export::workbook(&state, &person, "unmask-log", &page).await
}

async fn load(
    state: &WebState,
    person: &SignedIn,
    before: Option<i64>,
    extent: Extent,
) -> Result<LogPage, Error> {
    let words = person.words();
    let (entries, next) = unmask_log::log(&state.app, &person.ctx, before, extent.rows(SIZE)).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let actors = Actors::load(state, person, entries.iter().map(|entry| entry.actor.as_str())).await?;
    Ok(LogPage {
        layout: Layout::new(person, &snapshot, Area::Users, words.unmask_log_log()).wide(),
        downloads: Downloads::page(words, "/unmask-log/export.xlsx"),
        table: Table {
            title: words.unmask_log_log().to_owned(),
            class: "table-hover listing",
            columns: columns(words),
            rows: entries.into_iter().map(|entry| row(words, &actors, entry)).collect(),
            cut: extent.truncation(words, next.is_some()),
            ..Table::default()
        },
        is_first: before.is_none(),
        next: next.map(|next| Url::new("/unmask-log", &[]).with_param("before", next).into()),
    })
}

fn columns(words: Words) -> Vec<ColumnHead> {
    let texts = [
        words.unmask_log_moment(),
        words.unmask_log_actor(),
        words.unmask_log_action(),
        words.unmask_log_why(),
        words.unmask_log_record(),
        words.trace_unit(),
    ];
    let number = ColumnHead::number(words.unmask_log_records());
    texts.into_iter().map(ColumnHead::text).chain([number]).collect()
}

fn row(words: Words, actors: &Actors, entry: LogEntry) -> TableRow {
    let number = |count: usize| i64::try_from(count).ok().map(CellValue::Integer);
    let fact =
        entry.fact.map(|fact| TableCell::new(words.record_page_number(fact)).with_url(urls::record(fact)));
    let unit = entry.unit.map(|unit| {
        let url = urls::unit(&unit.code);
        TableCell::new(unit.name).with_url(url)
    });
    TableRow::new([
        TableCell::new(CellValue::Moment(entry.at)),
        TableCell::new(actors.name(&entry.actor)),
        TableCell::new(action_name(words, entry.action)),
        TableCell::new(entry.reason),
        fact.unwrap_or_else(TableCell::empty),
        unit.unwrap_or_else(TableCell::empty),
        TableCell::some(entry.records.and_then(number)),
    ])
}

fn action_name(words: Words, action: UnmaskAction) -> &'static str {
    match action {
        UnmaskAction::Unmask => words.unmask_log_unmask(),
        UnmaskAction::Find => words.unmask_log_find(),
        UnmaskAction::Correct => words.unmask_log_correct(),
        UnmaskAction::Remove => words.unmask_log_remove(),
    }
}

/// An entry as one sentence, for the page of its record.
pub(crate) fn describe(words: Words, actors: &Actors, entry: &LogEntry) -> String {
    words.unmask_log_sentence(
        actors.name(&entry.actor),
        words.moment(entry.at),
        action_name(words, entry.action),
        &entry.reason,
    )
}
