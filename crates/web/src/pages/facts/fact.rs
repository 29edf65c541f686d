//! One record: what it states, what it counts towards, and every change of it.

use std::sync::Arc;

use app::{
    Action,
    facts::{self, Change, Found},
};
use askama::Template;
use axum::{extract::State, response::Html};
use campaign::definition::FormKind;
use model::{ids::FactId, value::Value};

use super::beside::{self, Beside};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::{field_fault, print},
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
pub(super) struct FactPage {
    layout: Layout,
    head: Head,
    form: String,
    id: String,
    version: i64,
    /// What has just been done.
    notice: Option<String>,
    /// Why what was asked for has not been done.
    refused: Option<String>,
    /// What somebody should look at.
    warnings: Vec<String>,
    /// The register it belongs to.
    list: Option<String>,
    /// Where it is corrected and where it is removed, for those who may.
    deeds: Option<(String, String)>,
    fields: Vec<Stated>,
    postings: Vec<Counted>,
    changes: Vec<Changed>,
    pub(super) beside: Beside,
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

/// What a record's page says about what was asked for before.
pub(super) enum Notice {
    /// Nothing was.
    Nothing,
    /// It is done.
    Done(String),
    /// It is not done, and why.
    Refused(String),
}

/// GET `/facts/{id}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let found = facts::find(&state.app, &person.ctx, FactId(id)).await?;
    let groups = beside::shared(&state.app, &person, &found).await?;
    let notice = match params.get("done") {
        Some("create") => Notice::Done(words.record_created().to_owned()),
        Some("known") => Notice::Done(words.record_known().to_owned()),
        Some("correct") => Notice::Done(words.record_corrected().to_owned()),
        _ => Notice::Nothing,
    };
    let mut page = page(&person, &found, notice);
    page.beside.share(&person, &found, groups.as_deref());
    print(&page)
}

/// The page of `found`.
pub(super) fn page(person: &SignedIn, found: &Found, notice: Notice) -> FactPage {
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
    let mut layout =
        Layout::new(person, &found.snapshot, Area::Registers, format!("{name} · {}", found.unit.name));
    layout.address = urls::fact(found.fact.id).into();
    let (notice, refused) = match notice {
        Notice::Nothing => (None, None),
        Notice::Done(said) => (Some(said), None),
        Notice::Refused(said) => (None, Some(said)),
    };
    let is_register = form.kind == FormKind::Register;
    let may_change = person.ctx.may(Action::Import, &found.snapshot, found.fact.unit);
    let deeds = (urls::correct(found.fact.id).into(), urls::remove(found.fact.id).into());
    FactPage {
        layout,
        head: Head::new(person, &found.snapshot, &found.unit, Area::Registers, None, |code, _| {
            urls::unit(code)
        }),
        notice,
        refused,
        warnings: found.warnings.iter().map(|fault| field_fault(words, fault)).collect(),
        list: is_register.then(|| urls::register(&found.unit.code, &form.id).into()),
        deeds: may_change.then_some(deeds),
        form: name,
        id: found.fact.id.to_string(),
        version: found.version,
        beside: Beside::new(person, found),
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
