//! The records of one register, newest first.

use std::sync::Arc;

use app::{
    Action, Snapshot,
    registers::{self, ListAsk, number_field},
    units,
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use campaign::definition::{FieldKind, Form, Required};
use ledger::fact::Fact;
use model::ids::FactId;
use words::Words;

use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Layout},
    parts::{field, head::Head, number::label},
    urls,
    visit::SignedIn,
};

/// Records on a page.
const SIZE: usize = 50;

#[derive(Template)]
#[template(path = "registers/list.html")]
struct ListPage {
    layout: Layout,
    head: Head,
    title: String,
    notice: Option<String>,
    /// The other registers of the unit.
    all: String,
    /// Where the list is without a search.
    address: String,
    /// The search by number: its label, and what was looked for.
    number: Option<(String, String)>,
    /// The unit that was asked for, when there is none such, and why.
    wrong_unit: Option<(String, String)>,
    /// A new record, and a file of them.
    ways: Option<(String, String)>,
    /// The register as files: words and address of each.
    files: Vec<(&'static str, String)>,
    is_searched: bool,
    empty: &'static str,
    columns: Vec<String>,
    rows: Vec<Row>,
    is_first: bool,
    first: String,
    next: Option<String>,
}

/// One record.
struct Row {
    url: String,
    /// What the first column says.
    name: String,
    /// The other columns, each with its label.
    cells: Vec<(String, String)>,
    unit: (String, String),
    changed: String,
}

/// GET `/units/{code}/registers/{form}`: the records of the unit; asked for
/// those of another `unit`, the way to them.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
    params: Params,
) -> Result<Response, Error> {
    let words = person.words();
    let snapshot = state.app.current().await?;
    let id = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    let wrong_unit = match params.get("unit") {
        None => None,
        Some(text) => match units::named(&person.ctx, &snapshot, text) {
            Ok(other) => {
                let other = snapshot.view(other).ok_or(Error::NoSuchPage)?;
                let url = urls::register(&other.code, &form).with_some("number", params.get("number"));
                return Ok(Redirect::to(&url.to_string()).into_response());
            }
            Err(app::Error::Invalid(problems)) => {
                let said: Vec<String> = problems.iter().map(|problem| words.problem(problem)).collect();
                Some((text.to_owned(), said.concat()))
            }
            Err(error) => return Err(error.into()),
        },
    };
    let before = params.parse::<i64>("before")?.map(FactId);
    let number =
        params.get("number").map(str::trim).filter(|number| !number.is_empty()).map(ToOwned::to_owned);
    let ask = ListAsk { form, number: number.clone(), before, limit: SIZE };
    let found = registers::list(&state.app, &person.ctx, id, &ask).await?;
    let unit = found.snapshot.view(id).ok_or(Error::NoSuchPage)?;
    let form = &found.snapshot.campaign.forms[found.form];
    let name = label(words, &form.label).to_owned();
    let columns = columns(form);
    let may_enter = person.ctx.may(Action::Import, &found.snapshot, id);
    let address = urls::register(&unit.code, &form.id);
    let first = address.clone().with_some("number", number.as_ref());
    let find = number_field(form).map(|field| words.registers_find(label(words, &form.fields[field].label)));
    let done = params.get("done").map(|_| words.record_removed().to_owned());
    let page = ListPage {
        layout: Layout::new(&person, &found.snapshot, Area::Registers, format!("{name} · {}", unit.name)),
        head: Head::new(&person, &found.snapshot, &unit, Area::Registers, None, |code, _| {
            urls::register(code, &form.id)
        }),
        title: name,
        notice: done,
        all: urls::registers(&unit.code).into(),
        number: find.map(|label| (label, number.clone().unwrap_or_default())),
        ways: may_enter.then(|| (urls::new_record(&unit.code, &form.id).into(), "/imports/new".to_owned())),
        files: files(words, &unit.code, &form.id, may_enter),
        is_searched: number.is_some() || wrong_unit.is_some(),
        empty: match (number.is_some() || before.is_some(), may_enter) {
            (true, _) => words.list_no_match(),
            (false, true) => words.registers_empty(),
            (false, false) => words.list_empty(),
        },
        columns: columns.iter().map(|field| label(words, &form.fields[*field].label).to_owned()).collect(),
        rows: found.rows.iter().map(|row| self::row(words, &found.snapshot, &columns, row)).collect(),
        is_first: before.is_none(),
        next: found.next.map(|next| first.clone().with("before", next).into()),
        first: first.into(),
        address: address.into(),
        wrong_unit,
    };
    Ok(print(&page)?.into_response())
}

/// The template for those who may hand it in, and what there is.
fn files(words: Words, unit: &str, form: &str, may_enter: bool) -> Vec<(&'static str, String)> {
    let template = may_enter.then(|| (words.sheets_get_template(), urls::template(unit, form).into()));
    let exports = [(words.sheets_get_xlsx(), "xlsx"), (words.sheets_get_csv(), "csv")];
    let exports = exports.map(|(label, extension)| (label, urls::export(unit, form, extension).into()));
    template.into_iter().chain(exports).collect()
}

/// What tells records of a form apart: the fields that identify them (numbers
/// of persons last), the first text that each of them has, and the date by
/// which they count.
fn columns(form: &Form) -> Vec<usize> {
    let own = |field: &usize| Some(*field) != form.unit_field();
    let mut columns: Vec<usize> = form.identity.iter().copied().filter(own).collect();
    let is_title = |field: &usize| {
        let definition = &form.fields[*field];
        matches!(definition.kind, FieldKind::Text { lines: false, .. })
            && matches!(definition.required, Required::Yes)
            && !form.identity.contains(field)
    };
    columns.sort_by_key(|field| form.fields[*field].kind == FieldKind::IdNumber);
    columns.extend((0..form.fields.len()).find(is_title));
    columns.extend(form.posts.first().map(|post| post.on).filter(|date| !form.identity.contains(date)));
    columns
}

fn row(words: Words, snapshot: &Snapshot, columns: &[usize], row: &registers::Row) -> Row {
    let form = &snapshot.campaign.forms[row.fact.form];
    let text = |fact: &Fact, field: usize| {
        let value = fact.value(field)?;
        Some(field::text(words, snapshot, &form.fields[field].kind, value))
    };
    let mut cells = columns.iter().map(|field| {
        let text = text(&row.fact, *field).unwrap_or_default();
        (label(words, &form.fields[*field].label).to_owned(), text)
    });
    let name = cells.next().map(|(_, text)| text).filter(|text| !text.is_empty());
    let unit = snapshot.view(row.fact.unit);
    let changed =
        row.changed.as_ref().map(|(at, actor)| words.registers_changed_by(words.moment(*at), actor));
    Row {
        url: urls::fact(row.fact.id).into(),
        name: name.unwrap_or_else(|| words.fact_number(row.fact.id)),
        cells: cells.collect(),
        unit: unit.map(|unit| (unit.name, urls::unit(&unit.code).into())).unwrap_or_default(),
        changed: changed.unwrap_or_default(),
    }
}
