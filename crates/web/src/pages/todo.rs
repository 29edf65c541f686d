//! The person's todos (待办): by clock, the longest overdue first.

pub(crate) mod count;

use std::{collections::BTreeMap, sync::Arc};

use app::{
    Snapshot, UnitView, accounts,
    todo::{self, Due, Item, MOST, Todo, TodoRequest, Whose},
    units,
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use campaign::definition::{FormIdx, TransitionIdx};
use jiff::civil::Date;
use model::ids::{RecordId, UnitId};
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
    /// For whom it waits: words, address, whether it is shown; empty where nobody is below.
    whose: Vec<(&'static str, String, bool)>,
    /// What is overdue below, by unit: name, number, address, whether it is shown.
    late: Vec<(String, String, String, bool)>,
    /// The choices that go along with another register, unseen: name and value.
    hidden: Vec<(String, String)>,
    /// What is new since yesterday.
    new: String,
    /// Parts of the list: words, number, address, whether it is shown.
    parts: Vec<(&'static str, String, String, bool)>,
    /// Registers to choose from: id, name, whether it is chosen; the part goes along unseen.
    forms: Vec<(String, String, bool)>,
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
        vec![self.table.clone()]
    }

    fn has_records(&self) -> bool {
        true
    }
}

/// Something that waits.
pub(crate) struct TodoRow {
    pub(crate) url: String,
    /// What identifies the record for a person.
    pub(crate) name: String,
    /// What has to be done.
    pub(crate) todo: String,
    pub(crate) due: String,
    pub(crate) is_late: bool,
    /// The day by which it is to be done.
    day: Option<Date>,
    pub(crate) register: String,
    pub(crate) state: String,
    pub(crate) unit: (String, String),
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
    let words = person.words();
    let query = TodoQuery::read(person, params)?;
    let page = if extent == Extent::File { 1 } else { Pager::requested_page(params)? };
    let limit = extent.rows(SIZE);
    let ask = TodoRequest {
        form: query.form.clone(),
        whose: query.whose,
        unit: query.unit.as_ref().map(|(unit, _)| *unit),
        due: query.due,
        skip: (page - 1) * limit,
        // One more, to see whether there are more than a file takes.
        limit: if extent == Extent::File { limit + 1 } else { limit },
    };
    let mut found = todo::list(&state.app, &person.ctx, &ask).await?;
    let cut = extent.truncation(words, found.items.len() > limit);
    found.items.truncate(limit);
    // A file has the list alone, not what leads to parts of it.
    let is_page = extent == Extent::Page;
    let overdue = match query.whose {
        Whose::Below if is_page => todo::overdue_by_unit(&state.app, &person.ctx).await?,
        Whose::Below | Whose::Own => Vec::new(),
    };
    let snapshot = &found.snapshot;
    let today = person.ctx.today(snapshot).date();
    let here = || query.address(query.due);
    let parts = [
        (Due::Any, words.todo_all(), found.counts.all),
        (Due::Overdue, words.todo_late(), found.counts.overdue),
        (Due::Week, words.todo_week(), found.counts.week),
    ];
    let parts = parts.map(|(part, label, number)| {
        (label, count_text(words, number), String::from(query.address(part)), part == query.due)
    });
    let forms = snapshot.definition.forms.iter().filter(|form| form.workflow.is_some());
    let forms = forms.map(|other| {
        let is_chosen = query.form.as_ref() == Some(&other.id);
        (other.id.clone(), label(words, &other.label).to_owned(), is_chosen)
    });
    let total = usize::try_from(found.total).unwrap_or_default();
    let mut layout =
        Layout::new(person, snapshot, Area::Work, words.todo_title()).with_list(!found.items.is_empty());
    layout.address = here().into();
    let deputies = accounts::own_deputies(&state.app, &person.ctx).await?.by_person;
    let deputies = deputies.iter().filter(|deputy| deputy.is_running && person.ctx.acting_for.is_none());
    let is_own = query.whose == Whose::Own;
    let file = Url::new("/todo/export.xlsx", &[]).with_all(&here().form(&[]).hidden);
    Ok(TodoPage {
        downloads: Downloads::records(person, file),
        acts: deputies.map(|deputy| (deputy.id, words.deputy_act(&deputy.principal.name))).collect(),
        layout,
        whose: query.whose_tabs(words, todo::has_below(&person.ctx, snapshot)),
        late: overdue.iter().map(|(unit, count)| query.overdue_of(words, unit, *count)).collect(),
        hidden: here().form(&["form"]).hidden,
        new: if is_own { words.todo_new(count_text(words, found.counts.new)) } else { String::new() },
        parts: parts.to_vec(),
        forms: forms.collect(),
        table: table(
            words,
            extent,
            cut,
            found.items.iter().map(|item| todo_row(words, snapshot, today, item)),
        ),
        bulk: if is_own && is_page { bulk(words, person, &found) } else { Vec::new() },
        is_asked: query.form.is_some() || query.unit.is_some() || query.due != Due::Any,
        cut: (found.total >= MOST).then(|| words.todo_shortened(words.count(MOST))),
        pager: Pager::new(words, page, SIZE, total, &here()),
    })
}

/// What the address says is looked at.
struct TodoQuery {
    whose: Whose,
    /// Only this unit's, with everything under it: id and code.
    unit: Option<(UnitId, String)>,
    form: Option<String>,
    due: Due,
}

impl TodoQuery {
    fn read(person: &SignedIn, params: &Params) -> Result<Self, Error> {
        let unit = params.get("unit").filter(|code| !code.is_empty());
        let unit = unit.map(|code| {
            units::resolve(&person.ctx, &person.snapshot, Some(code)).map(|unit| (unit, code.to_owned()))
        });
        Ok(Self {
            whose: if params.get("of") == Some(BELOW) { Whose::Below } else { Whose::Own },
            unit: unit.transpose()?,
            form: params.get("form").filter(|form| !form.is_empty()).map(ToOwned::to_owned),
            due: match params.get("due") {
                Some("overdue") => Due::Overdue,
                Some("week") => Due::Week,
                _ => Due::Any,
            },
        })
    }

    fn address(&self, due: Due) -> Url {
        let unit = self.unit.as_ref().map(|(_, code)| code);
        let of = (self.whose == Whose::Below).then_some(BELOW);
        urls::todo()
            .with_some("of", of)
            .with_some("unit", unit)
            .with_some("due", name(due))
            .with_some("form", self.form.as_ref())
    }

    fn whose_tabs(&self, words: Words, has_below: bool) -> Vec<(&'static str, String, bool)> {
        if !has_below && self.whose == Whose::Own {
            return Vec::new();
        }
        vec![
            (words.todo_own(), urls::todo().into(), self.whose == Whose::Own),
            (words.todo_below(), overdue_url(None).into(), self.whose == Whose::Below),
        ]
    }

    /// How much is overdue in a unit: name, number, address, whether it is the one that is shown.
    fn overdue_of(&self, words: Words, unit: &UnitView, count: i64) -> (String, String, String, bool) {
        let is_here = self.unit.as_ref().is_some_and(|(chosen, _)| *chosen == unit.id);
        (unit.name.clone(), words.count(count), overdue_url(Some(&unit.code)).into(), is_here)
    }
}

/// Where what waits for the person is listed.
pub(crate) fn due_url(due: Due) -> Url {
    urls::todo().with_some("due", name(due))
}

/// The value of `of` for what waits for the levels below.
const BELOW: &str = "below";

/// Where what is overdue below is listed, of all units or of one.
pub(crate) fn overdue_url(unit: Option<&str>) -> Url {
    urls::todo().with_param("of", BELOW).with_some("unit", unit).with_some("due", name(Due::Overdue))
}

/// A part's name in an address; all of it needs none.
fn name(due: Due) -> Option<&'static str> {
    match due {
        Due::Any => None,
        Due::Overdue => Some("overdue"),
        Due::Week => Some("week"),
    }
}

pub(crate) fn count_text(words: Words, number: i64) -> String {
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
        let form = &snapshot.definition.forms[form];
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
fn table(words: Words, extent: Extent, cut: Option<String>, rows: impl Iterator<Item = TodoRow>) -> Table {
    let day = (extent == Extent::File).then_some(words.todo_day());
    let columns = [words.todo_record(), words.todo_todo(), words.todo_due()].into_iter().chain(day);
    let columns = columns.chain([words.todo_register(), words.todo_state(), words.trace_unit()]);
    Table {
        is_list: true,
        title: words.todo_title().to_owned(),
        class: "table-hover listing",
        columns: columns.map(ColumnHead::text).collect(),
        rows: rows.map(|row| cells(row, extent)).collect(),
        cut,
        ..Table::default()
    }
}

fn cells(row: TodoRow, extent: Extent) -> TableRow {
    let due = TableCell::new(row.due);
    let day = (extent == Extent::File).then(|| TableCell::some(row.day.map(CellValue::Day)));
    let cells = [
        TableCell::new(row.name).with_url(row.url),
        TableCell::new(row.todo),
        if row.is_late { due.with_look(CellLook::Class("due-late")) } else { due },
    ];
    let others = [TableCell::new(row.register), TableCell::new(row.state), TableCell::link(row.unit)];
    TableRow::new(cells.into_iter().chain(day).chain(others).collect::<Vec<_>>())
}

/// A line of the list.
pub(crate) fn todo_row(words: Words, snapshot: &Snapshot, today: Date, item: &Item) -> TodoRow {
    let form = &snapshot.definition.forms[item.fact.form];
    let workflow = form.workflow.as_ref();
    let todo = workflow.map(|workflow| match item.todo {
        Todo::Clock(clock) => label(words, &workflow.clocks[clock].label).to_owned(),
        Todo::Transition(step) => label(words, &workflow.transitions[step].label).to_owned(),
    });
    let state = workflow.map(|workflow| label(words, &workflow.states[item.state].label).to_owned());
    let unit = snapshot.view(item.fact.unit);
    TodoRow {
        url: urls::record(item.fact.id).into(),
        name: field::title(words, snapshot, &item.fact),
        todo: todo.unwrap_or_default(),
        due: item.due.map_or_else(|| words.todo_no_day().to_owned(), |due| when(words, due, today)),
        day: item.due,
        is_late: item.due.is_some_and(|due| due < today),
        register: label(words, &form.label).to_owned(),
        state: state.unwrap_or_default(),
        unit: unit.map(|unit| (unit.name, urls::unit(&unit.code).into())).unwrap_or_default(),
    }
}
