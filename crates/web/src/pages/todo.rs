//! The person's todos (待办): by clock, the longest overdue first.

pub(crate) mod count;

use std::{collections::BTreeMap, sync::Arc};

use app::{
    Snapshot, accounts,
    todo::{self, Due, Item, MOST, Todo, TodoRequest},
};
use askama::Template;
use axum::{extract::State, response::Html};
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
    parts::{field, number::label, pager::Pager},
    request_context::SignedIn,
    urls,
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
    rows: Vec<TodoRow>,
    is_asked: bool,
    /// Transitions that several of the listed records wait for: words and address.
    bulk: Vec<(String, String)>,
    /// Absent persons for whom the person can act today: id of the deputy, and words of the button.
    acts: Vec<(i64, String)>,
    /// That not everything is listed.
    cut: Option<String>,
    pager: Pager,
}

/// Something that waits.
struct TodoRow {
    url: String,
    /// What identifies the record for a person.
    name: String,
    /// What has to be done.
    todo: String,
    due: String,
    is_late: bool,
    register: String,
    state: String,
    unit: (String, String),
}

/// GET `/todo`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let form = params.get("form").map(ToOwned::to_owned);
    let due = match params.get("due") {
        Some("overdue") => Due::Overdue,
        Some("week") => Due::Week,
        _ => Due::Any,
    };
    let page = Pager::requested_page(&params)?;
    let ask = TodoRequest { form: form.clone(), due, skip: (page - 1) * SIZE, limit: SIZE };
    let found = todo::list(&state.app, &person.ctx, &ask).await?;
    let snapshot = &found.snapshot;
    let today = person.ctx.today(snapshot).date();
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
    let mut layout = Layout::new(&person, snapshot, Area::Work, words.todo_title());
    layout.address = here(due).into();
    let deputies = accounts::own_deputies(&state.app, &person.ctx).await?.by_person;
    let deputies = deputies.iter().filter(|deputy| deputy.is_running && person.ctx.acting_for.is_none());
    print(&TodoPage {
        acts: deputies.map(|deputy| (deputy.id, words.deputy_act(&deputy.principal.name))).collect(),
        layout,
        new: words.todo_new(counted(words, found.counts.new)),
        parts: parts.to_vec(),
        forms: forms.collect(),
        due: name(due).unwrap_or_default(),
        rows: found.items.iter().map(|item| row(words, snapshot, today, item)).collect(),
        bulk: bulk(words, &person, &found),
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

fn row(words: Words, snapshot: &Snapshot, today: Date, item: &Item) -> TodoRow {
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
    TodoRow {
        url: urls::record(item.fact.id).into(),
        name: name.join(" · "),
        todo: todo.unwrap_or_default(),
        due: item.due.map_or_else(|| words.todo_no_day().to_owned(), |due| when(words, due, today)),
        is_late: item.due.is_some_and(|due| due < today),
        register: label(words, &form.label).to_owned(),
        state: state.unwrap_or_default(),
        unit: unit.map(|unit| (unit.name, urls::unit(&unit.code).into())).unwrap_or_default(),
    }
}
