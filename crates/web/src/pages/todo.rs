//! The person's todos (待办): by clock, the longest overdue first.

pub(crate) mod count;

use std::{collections::BTreeMap, sync::Arc};

use app::{
    Snapshot, accounts,
    todo::{self, Due, Item, MOST, Todo, TodoRequest},
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use campaign::definition::{FormIdx, TransitionIdx};
use jiff::civil::Date;
use model::ids::RecordId;
use words::Words;

use crate::{
    Error, WebState,
    address::Params,
    error::print,
    layout::{Area, Layout},
    pages::{records::record::when, registers::bulk_transition::TICKED},
    parts::{
        cell_value::CellValue,
        downloads::Downloads,
        export::{self, Extent, HasTables},
        field,
        number::label,
        pager::Pager,
        table::{CellLook, ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls::{self, Url},
};

/// Rows on a page.
const SIZE: usize = 50;

#[derive(Template)]
#[template(path = "todo.html")]
struct TodoPage {
    layout: Layout,
    /// What is new since yesterday.
    new: String,
    /// Parts of the list: words, number, address, whether it is shown.
    parts: Vec<(&'static str, String, String, bool)>,
    /// Registers to choose from: id, name, whether it is chosen; the part goes along unseen.
    forms: Vec<(String, String, bool)>,
    due: &'static str,
    table: Table,
    is_asked: bool,
    /// Transitions that several of the listed records wait for: words and address.
    bulk: Vec<(String, String)>,
    /// Absent persons for whom the person can act today: id of the deputy, and words of the button.
    acts: Vec<(i64, String)>,
    /// That not everything is listed.
    cut: Option<String>,
    pager: Pager,
    downloads: Downloads,
}

impl HasTables for TodoPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        vec![Table { cut: self.cut.clone(), ..self.table.clone() }]
    }
}

/// GET `/todo`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person, &params, Extent::Page).await?)
}

/// GET `/todo/export.xlsx`: all that the list with the same parameters holds.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Response, Error> {
    let page = load(&state, &person, &params, Extent::File).await?;
    export::workbook(&state, &person, "todo", &page).await
}

async fn load(
    state: &WebState,
    person: &SignedIn,
    params: &Params,
    extent: Extent,
) -> Result<TodoPage, Error> {
    let (words, today) = (person.words(), person.ctx.clock.today());
    let form = params.get("form").map(ToOwned::to_owned);
    let due = match params.get("due") {
        Some("overdue") => Due::Overdue,
        Some("week") => Due::Week,
        _ => Due::Any,
    };
    let page = if extent == Extent::File { 1 } else { Pager::requested_page(params)? };
    let limit = extent.rows(SIZE);
    let ask = TodoRequest { form: form.clone(), due, skip: (page - 1) * limit, limit };
    let found = todo::list(&state.app, &person.ctx, &ask).await?;
    let snapshot = &found.snapshot;
    let here = |due: Due| urls::todo().with_some("due", name(due)).with_some("form", form.as_ref());
    let parts = [
        (Due::Any, words.todo_all(), found.counts.all),
        (Due::Overdue, words.todo_late(), found.counts.overdue),
        (Due::Week, words.todo_week(), found.counts.week),
    ];
    let parts = parts
        .map(|(part, label, number)| (label, counted(words, number), String::from(here(part)), part == due));
    let forms = snapshot.campaign.forms.iter().filter(|form| form.workflow.is_some());
    let forms = forms.map(|other| {
        let is_chosen = form.as_ref() == Some(&other.id);
        (other.id.clone(), label(words, &other.label).to_owned(), is_chosen)
    });
    let total = usize::try_from(found.total).unwrap_or_default();
    let mut layout = Layout::new(person, snapshot, Area::Work, words.todo_title());
    layout.address = here(due).into();
    let deputies = accounts::own_deputies(&state.app, &person.ctx).await?.by_person;
    let deputies = deputies.iter().filter(|deputy| deputy.is_running && person.ctx.acting_for.is_none());
    let file = Url::new("/todo/export.xlsx", &[]);
    let file = file.with_some("due", name(due)).with_some("form", form.as_ref());
    Ok(TodoPage {
        downloads: Downloads::page(words, file),
        acts: deputies.map(|deputy| (deputy.id, words.deputy_act(&deputy.principal.name))).collect(),
        layout,
        new: words.todo_new(counted(words, found.counts.new)),
        parts: parts.to_vec(),
        forms: forms.collect(),
        due: name(due).unwrap_or_default(),
        table: table(words, extent, found.items.iter().map(|item| row(words, snapshot, today, extent, item))),
        bulk: bulk(words, person, &found),
        is_asked: form.is_some() || due != Due::Any,
        cut: (found.total >= MOST).then(|| words.todo_shortened(words.count(MOST))),
        pager: Pager::new(words, page, SIZE, total, &here(due)),
    })
}

/// A part's name in an address; all of it needs none.
fn name(due: Due) -> Option<&'static str> {
    match due {
        Due::Any => None,
        Due::Overdue => Some("overdue"),
        Due::Week => Some("week"),
    }
}

fn counted(words: Words, number: i64) -> String {
    if number >= MOST { format!("{}+", words.count(MOST - 1)) } else { words.count(number) }
}

/// Leads to the transitions that several records of the page wait for.
fn bulk(words: Words, person: &SignedIn, found: &todo::TodoPage) -> Vec<(String, String)> {
    let snapshot = &found.snapshot;
    let own = person.ctx.unit().or(snapshot.root()).and_then(|unit| snapshot.view(unit));
    let Some(own) = own else { return Vec::new() };
    let mut waiting: BTreeMap<(FormIdx, TransitionIdx), Vec<RecordId>> = BTreeMap::new();
    for item in &found.items {
        if let Todo::Transition(step) = item.todo {
            waiting.entry((item.fact.form, step)).or_default().push(item.fact.id);
        }
    }
    let several = waiting.into_iter().filter(|(_, records)| records.len() > 1);
    let links = several.filter_map(|((form, step), records)| {
        let form = &snapshot.campaign.forms[form];
        let step = &form.workflow.as_ref()?.transitions[step];
        let url = urls::bulk_transition(&own.code, &form.id, &step.id);
        let url = records.iter().fold(url, |url, id| url.with_param(TICKED, id));
        let name =
            words.todo_bulk(label(words, &form.label), label(words, &step.label), words.count(records.len()));
        Some((name, url.into()))
    });
    links.collect()
}

/// What waits; in a file the day by which it is to be done has a column of its own.
fn table(words: Words, extent: Extent, rows: impl Iterator<Item = TableRow>) -> Table {
    let day = (extent == Extent::File).then_some(words.todo_day());
    let columns = [words.todo_record(), words.todo_todo(), words.todo_due()].into_iter().chain(day);
    let columns = columns.chain([words.todo_register(), words.todo_state(), words.trace_unit()]);
    Table {
        title: words.todo_title().to_owned(),
        class: "table-hover listing",
        columns: columns.map(ColumnHead::text).collect(),
        rows: rows.collect(),
        ..Table::default()
    }
}

fn row(words: Words, snapshot: &Snapshot, today: Date, extent: Extent, item: &Item) -> TableRow {
    let form = &snapshot.campaign.forms[item.fact.form];
    let workflow = form.workflow.as_ref();
    let todo = workflow.map(|workflow| match item.todo {
        Todo::Clock(clock) => label(words, &workflow.clocks[clock].label).to_owned(),
        Todo::Transition(step) => label(words, &workflow.transitions[step].label).to_owned(),
    });
    let state = workflow.map(|workflow| label(words, &workflow.states[item.state].label).to_owned());
    let name: Vec<String> = field::main(words, snapshot, &item.fact)
        .into_iter()
        .take(2)
        .map(|field_view| field_view.value)
        .collect();
    let unit = snapshot.view(item.fact.unit);
    let due = item.due.map_or_else(|| words.todo_no_day().to_owned(), |due| when(words, due, today));
    let is_late = item.due.is_some_and(|due| due < today);
    let due = TableCell::new(due);
    let mut cells = vec![
        TableCell::new(name.join(" · ")).with_url(urls::record(item.fact.id)),
        TableCell::new(todo.unwrap_or_default()),
        if is_late { due.with_look(CellLook::Class("due-late")) } else { due },
    ];
    if extent == Extent::File {
        cells.push(TableCell::some(item.due.map(CellValue::Day)));
    }
    cells.push(TableCell::new(label(words, &form.label)));
    cells.push(TableCell::new(state.unwrap_or_default()));
    cells.push(unit.map_or_else(TableCell::empty, |unit| {
        let url = urls::unit(&unit.code);
        TableCell::new(unit.name).with_url(url)
    }));
    TableRow::new(cells)
}
