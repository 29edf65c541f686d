//! One record: what it states, what it counts towards, and every change of it.

use std::sync::Arc;

use app::facts::{self, Change, Found};
use askama::Template;
use axum::{extract::State, response::Html};
use model::{ids::FactId, value::Value};

use crate::{
    Error, WebState,
    address::Path,
    error::print,
    layout::{Area, Layout},
    pages::figures::{records::part, short_hash},
    parts::{
        field::{self, Stated},
        head::Head,
        number::label,
    },
    urls,
    visit::SignedIn,
};

#[derive(Template)]
#[template(path = "facts/fact.html")]
struct FactPage {
    layout: Layout,
    head: Head,
    form: String,
    id: String,
    version: i64,
    fields: Vec<Stated>,
    postings: Vec<Counted>,
    changes: Vec<Changed>,
}

/// One thing the record counts towards.
struct Counted {
    measure: String,
    unit: (String, String),
    month: String,
    part: &'static str,
    amount: String,
}

/// One change, with the fields that differ.
struct Changed {
    said: String,
    definition: String,
    /// Field, before, after.
    fields: Vec<(String, Option<String>, Option<String>)>,
}

/// GET `/facts/{id}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<Html<String>, Error> {
    let found = facts::find(&state.app, &person.ctx, FactId(id)).await?;
    print(&page(&person, &found))
}

fn page(person: &SignedIn, found: &Found) -> FactPage {
    let words = person.words();
    let campaign = &found.snapshot.campaign;
    let form = &campaign.forms[found.fact.form];
    let name = label(words, &form.label).to_owned();
    let counted = |posting: &ledger::post::Posting| Counted {
        measure: label(words, &campaign.measures[posting.measure].label).to_owned(),
        unit: found
            .snapshot
            .view(posting.unit)
            .map(|unit| (unit.name, urls::unit(&unit.code).into()))
            .unwrap_or_default(),
        month: words.month(posting.month),
        part: part(words, posting.part),
        amount: words.count(posting.amount),
    };
    FactPage {
        layout: Layout::new(person, &found.snapshot, Area::Figures, format!("{name} · {}", found.unit.name)),
        head: Head::new(person, &found.snapshot, &found.unit, Area::Figures, None, |code, _| {
            urls::unit(code)
        }),
        form: name,
        id: found.fact.id.to_string(),
        version: found.version,
        fields: field::stated(words, &found.snapshot, form, &found.fact.values),
        postings: found.postings.iter().map(counted).collect(),
        changes: found.changes.iter().rev().map(|change| changed(person, found, change)).collect(),
    }
}

fn changed(person: &SignedIn, found: &Found, change: &Change) -> Changed {
    let words = person.words();
    let form = &found.snapshot.campaign.forms[found.fact.form];
    let moment = words.moment(change.at);
    let said = match (&change.before, &change.after) {
        (None, _) => words.fact_created_by(&change.actor, moment),
        (_, None) => words.fact_removed_by(&change.actor, moment),
        _ => words.fact_changed_by(&change.actor, moment),
    };
    let at = |values: &Option<Vec<Option<Value>>>, field: usize| values.as_ref()?.get(field)?.clone();
    let fields = form.fields.iter().enumerate().filter_map(|(position, field)| {
        let (before, after) = (at(&change.before, position), at(&change.after, position));
        let text = |value: Option<Value>| {
            value.map(|value| field::text(words, &found.snapshot, &field.kind, &value))
        };
        (before != after).then(|| (label(words, &field.label).to_owned(), text(before), text(after)))
    });
    // What was registered first stands above; only changes are listed field by field.
    let is_change = change.before.is_some() && change.after.is_some();
    Changed {
        said,
        definition: short_hash(&change.definition_hash).to_owned(),
        fields: if is_change { fields.collect() } else { Vec::new() },
    }
}
