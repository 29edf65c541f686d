//! The audit, for whoever audits: who changed what and when, narrowed down by person, unit, kind and days.

pub(crate) mod entry;
pub(crate) mod export;
mod terms;

use std::sync::Arc;

use app::{
    audit_trail::{self, AuditKind, TrailContent, TrailEntry, TrailQuery},
    units,
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use jiff::civil::Date;
use words::Words;

use self::terms::{action_name, kind_name};
use crate::{
    Error, WebState,
    address::Params,
    error::print,
    layout::{Area, Layout},
    parts::{
        actor::Actors,
        cell_value::CellValue,
        downloads::Downloads,
        export::{self as file_export, Extent, HasTables},
        number::label,
        table::{ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
    urls::{self, Url},
};

/// Entries on one page.
const SIZE: usize = 50;

#[derive(Template)]
#[template(path = "audit_trail.html")]
struct TrailPage {
    layout: Layout,
    form: TrailForm,
    table: Table,
    is_first: bool,
    is_narrowed: bool,
    /// Where the first page is.
    first: String,
    next: Option<String>,
    downloads: Downloads,
    /// How many of the unit's records were looked for, when it has more.
    cut: Option<String>,
}

impl HasTables for TrailPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        vec![self.table.clone()]
    }
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
pub(super) struct TrailForm {
    actor: String,
    unit: String,
    from: String,
    to: String,
    /// Value, words, whether it is chosen.
    kinds: Vec<(&'static str, &'static str, bool)>,
    faults: Vec<String>,
}

/// GET `/audit-trail`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let before: Option<i64> = params.parse("before")?;
    print(&load(&state, &person, &params, before, Extent::Page).await?)
}

/// GET `/audit-trail/export.xlsx`: what the list with the same parameters holds, its newest entries first.
pub(crate) async fn xlsx(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Response, Error> {
    let page = load(&state, &person, &params, None, Extent::File).await?;
    if !page.form.faults.is_empty() {
        return Err(Error::BadAddress(address("", &page.form).query().to_owned()));
    }
    file_export::workbook(&state, &person, "audit-trail", &page).await
}

async fn load(
    state: &WebState,
    person: &SignedIn,
    params: &Params,
    before: Option<i64>,
    extent: Extent,
) -> Result<TrailPage, Error> {
    let words = person.words();
    let (form, query) = read_form(person, params)?;
    let address = address("/audit-trail", &form);
    let mut page = TrailPage {
        layout: Layout::new(person, &person.snapshot, Area::Users, words.audit_trail_title()).wide(),
        table: Table {
            title: words.audit_trail_title().to_owned(),
            class: "table-hover listing log-list",
            columns: columns(words).into_iter().map(ColumnHead::text).collect(),
            ..Table::default()
        },
        is_first: before.is_none(),
        is_narrowed: query.as_ref().is_none_or(|query| *query != TrailQuery::default()),
        first: address.clone().into(),
        next: None,
        downloads: Downloads::page(words, self::address("/audit-trail/export.xlsx", &form))
            .with_file(words.download_csv(), self::address("/audit-trail/export.csv", &form)),
        cut: None,
        form,
    };
    // What cannot be read narrows nothing down: then nothing is listed.
    let query = query.unwrap_or_default();
    if page.form.faults.is_empty() {
        let trail = audit_trail::list(&state.app, &person.ctx, &query, before, extent.rows(SIZE)).await?;
        page.next = trail.next.map(|next| address.with_param("before", next).into());
        page.cut = trail.cut_at.map(|most| words.audit_trail_cut(words.count(most)));
        page.table.cut = page.cut.clone().or_else(|| extent.truncation(words, trail.next.is_some()));
        let actors = trail.entries.iter().map(|entry| entry.actor.as_str());
        let actors = Actors::load(state, person, actors).await?;
        page.table.rows = trail.entries.iter().map(|entry| row(person, &actors, entry)).collect();
    }
    Ok(page)
}

/// What the parameters narrow down; nothing when they cannot be read.
fn read_form(person: &SignedIn, params: &Params) -> Result<(TrailForm, Option<TrailQuery>), Error> {
    let words = person.words();
    let typed = |name: &str| params.get(name).unwrap_or_default().trim().to_owned();
    let kind: Option<AuditKind> = params.get("kind").and_then(AuditKind::parse);
    let mut form = TrailForm {
        actor: typed("actor"),
        unit: typed("unit"),
        from: typed("from"),
        to: typed("to"),
        kinds: AuditKind::ALL
            .iter()
            .map(|known| (known.name(), kind_name(words, Some(*known)), kind == Some(*known)))
            .collect(),
        faults: Vec::new(),
    };
    let mut day = |text: &str| match text {
        "" => None,
        text => text.parse::<Date>().map_err(|_| form.faults.push(words.audit_trail_bad_day(text))).ok(),
    };
    let (from, to) = (day(&form.from.clone()), day(&form.to.clone()));
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        form.faults.push(words.audit_trail_days_reversed().to_owned());
    }
    let unit = if form.unit.is_empty() {
        None
    } else {
        match units::named(&person.ctx, &person.snapshot, &form.unit) {
            Ok(unit) => Some(unit),
            Err(app::Error::Invalid(problems)) => {
                form.faults.extend(problems.iter().map(|problem| words.problem(problem)));
                None
            }
            Err(error) => return Err(error.into()),
        }
    };
    let actor = (!form.actor.is_empty()).then(|| form.actor.clone());
    let query = form.faults.is_empty().then_some(TrailQuery { actor, unit, kind, from, to });
    Ok((form, query))
}

/// A page with the same parameters.
fn address(path: &str, form: &TrailForm) -> Url {
    let kind = form.kinds.iter().find(|(.., is_chosen)| *is_chosen).map_or("", |(value, ..)| *value);
    let pairs = [
        ("actor", &*form.actor),
        ("unit", &form.unit),
        ("kind", kind),
        ("from", &form.from),
        ("to", &form.to),
    ];
    let stated = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    stated.fold(Url::new(path, &[]), |url, (name, value)| url.with_param(name, value))
}

fn columns(words: Words) -> [&'static str; 6] {
    [
        words.audit_trail_moment(),
        words.audit_trail_person(),
        words.audit_trail_action(),
        words.audit_trail_kind(),
        words.audit_trail_subject(),
        words.audit_trail_unit(),
    ]
}

fn row(person: &SignedIn, actors: &Actors, entry: &TrailEntry) -> TableRow {
    let words = person.words();
    let url = Url::new("/audit-trail/entries/{}", &[&entry.id.to_string()]);
    let unit =
        entry.unit.as_ref().map(|unit| TableCell::new(unit.name.as_str()).with_url(urls::unit(&unit.code)));
    TableRow::new([
        TableCell::new(CellValue::Moment(entry.at)).with_url(url),
        TableCell::new(actors.name(&entry.actor)),
        TableCell::new(action_name(words, &entry.action)),
        TableCell::new(what(person, entry)),
        TableCell::new(name(words, entry)),
        unit.unwrap_or_else(TableCell::empty),
    ])
}

/// What sort of thing an entry is about: of a record, the register.
fn what(person: &SignedIn, entry: &TrailEntry) -> String {
    let words = person.words();
    match &entry.content {
        TrailContent::Record { form, .. } => {
            label(words, &person.snapshot.definition.forms[*form].label).to_owned()
        }
        TrailContent::Fields(_) => kind_name(words, entry.kind).to_owned(),
    }
}

fn name(words: Words, entry: &TrailEntry) -> String {
    match entry.kind {
        Some(AuditKind::Record | AuditKind::Import) | None => words.record_page_number(entry.subject),
        Some(_) if entry.name.is_empty() => entry.subject.to_string(),
        Some(_) => entry.name.clone(),
    }
}
