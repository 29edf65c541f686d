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
use axum::{extract::State, response::Html};
use jiff::civil::Date;
use words::Words;

use self::terms::{action_name, kind_name};
use crate::{
    Error, WebState,
    address::Params,
    error::print,
    layout::{Area, Layout},
    parts::{actor::Actors, number::label},
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
    rows: Vec<TrailRow>,
    is_first: bool,
    is_narrowed: bool,
    /// Where the first page is.
    first: String,
    next: Option<String>,
    export: String,
    /// How many of the unit's records were looked for, when it has more.
    cut: Option<String>,
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

/// An entry, ready to print.
struct TrailRow {
    url: String,
    moment: String,
    actor: String,
    action: String,
    kind: String,
    name: String,
    unit: Option<(String, String)>,
}

/// GET `/audit-trail`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let before: Option<i64> = params.parse("before")?;
    let (form, query) = read_form(&person, &params)?;
    let address = address("/audit-trail", &form);
    let mut page = TrailPage {
        layout: Layout::new(&person, &person.snapshot, Area::Users, words.audit_trail_title()),
        rows: Vec::new(),
        is_first: before.is_none(),
        is_narrowed: query.as_ref().is_none_or(|query| *query != TrailQuery::default()),
        first: address.clone().into(),
        next: None,
        export: self::address("/audit-trail/export.csv", &form).into(),
        cut: None,
        form,
    };
    // What cannot be read narrows nothing down: then nothing is listed.
    let query = query.unwrap_or_default();
    if page.form.faults.is_empty() {
        let trail = audit_trail::list(&state.app, &person.ctx, &query, before, SIZE).await?;
        page.next = trail.next.map(|next| address.with_param("before", next).into());
        page.cut = trail.cut_at.map(|most| words.audit_trail_cut(words.count(most)));
        let actors = trail.entries.iter().map(|entry| entry.actor.as_str());
        let actors = Actors::load(&state, &person, actors).await?;
        page.rows = trail.entries.iter().map(|entry| row(&person, &actors, entry)).collect();
    }
    print(&page)
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

fn row(person: &SignedIn, actors: &Actors, entry: &TrailEntry) -> TrailRow {
    let words = person.words();
    TrailRow {
        url: Url::new("/audit-trail/entries/{}", &[&entry.id.to_string()]).into(),
        moment: words.moment(entry.at),
        actor: actors.name(&entry.actor),
        action: action_name(words, &entry.action).to_owned(),
        kind: what(person, entry),
        name: name(words, entry),
        unit: entry.unit.as_ref().map(|unit| (unit.name.clone(), urls::unit(&unit.code).into())),
    }
}

/// What sort of thing an entry is about: of a record, the register.
fn what(person: &SignedIn, entry: &TrailEntry) -> String {
    let words = person.words();
    match &entry.content {
        TrailContent::Record { form, .. } => {
            label(words, &person.snapshot.campaign.forms[*form].label).to_owned()
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
