//! One entry of the audit: what stood there before and after.

use std::sync::Arc;

use app::{
    Action,
    audit_trail::{self, AuditKind, TrailContent, TrailEntry},
};
use askama::Template;
use axum::{extract::State, response::Html};
use campaign::definition::{Form, Values};
use model::ids::RecordId;

use super::{
    name,
    terms::{action_name, part_name, part_value},
    what,
};
use crate::{
    Error, WebState,
    address::Path,
    error::print,
    layout::{Area, Layout},
    pages::figures::short_hash,
    parts::{actor::Actors, field, number::label},
    request_context::SignedIn,
    urls,
};

#[derive(Template)]
#[template(path = "audit_trail/entry.html")]
struct EntryPage {
    layout: Layout,
    actor: String,
    action: String,
    kind: String,
    name: String,
    unit: Option<(String, String)>,
    definition: String,
    event: ShownChange,
    /// The record, for whoever may read it.
    record: Option<String>,
}

/// Field, before, after.
struct ShownChange {
    fields: Vec<(String, Option<String>, Option<String>)>,
}

/// GET `/audit-trail/entries/{entry}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let entry = audit_trail::find(&state.app, &person.ctx, id).await?;
    let actors = Actors::load(&state, &person, [entry.actor.as_str()]).await?;
    let title = words.audit_trail_entry(words.moment(entry.at));
    print(&EntryPage {
        layout: Layout::new(&person, &person.snapshot, Area::Users, title),
        actor: actors.name(&entry.actor),
        action: action_name(words, &entry.action).to_owned(),
        kind: what(&person, &entry),
        name: name(words, &entry),
        unit: entry.unit.as_ref().map(|unit| (unit.name.clone(), urls::unit(&unit.code).into())),
        definition: short_hash(&entry.definition_hash).to_owned(),
        event: ShownChange { fields: changes(&person, &entry) },
        record: record(&person, &entry),
    })
}

/// Where the record of an entry is, if it is there and the person may see it.
fn record(person: &SignedIn, entry: &TrailEntry) -> Option<String> {
    let is_of_record = matches!(entry.kind, Some(AuditKind::Record | AuditKind::Attachment));
    let unit = entry.unit.as_ref().filter(|_| is_of_record && entry.is_there)?;
    let may = person.ctx.may(Action::ReadRecords, &person.snapshot, unit.id);
    may.then(|| urls::record(RecordId(entry.subject)).into())
}

/// What was changed: the fields that differ, or all of them when something began or went.
pub(super) fn changes(
    person: &SignedIn,
    entry: &TrailEntry,
) -> Vec<(String, Option<String>, Option<String>)> {
    let words = person.words();
    match &entry.content {
        TrailContent::Record { form, before, after, .. } => {
            of_record(person, &person.snapshot.definition.forms[*form], before.as_ref(), after.as_ref())
        }
        TrailContent::Fields(fields) => fields
            .iter()
            .filter(|field| field.before != field.after)
            .map(|field| {
                let shown = |text: &Option<String>| Some(part_value(person, &field.name, text.as_deref()?));
                (part_name(words, &field.name).to_owned(), shown(&field.before), shown(&field.after))
            })
            .collect(),
    }
}

fn of_record(
    person: &SignedIn,
    form: &Form,
    before: Option<&Values>,
    after: Option<&Values>,
) -> Vec<(String, Option<String>, Option<String>)> {
    let words = person.words();
    let at = |values: Option<&Values>, position| values?.get(position)?.clone();
    let fields = form.fields.entries().filter_map(|(position, field)| {
        let (before, after) = (at(before, position), at(after, position));
        let text = |value: model::value::Value| field::text(words, &person.snapshot, &field.kind, &value);
        (before != after).then(|| (label(words, &field.label).to_owned(), before.map(text), after.map(text)))
    });
    fields.collect()
}
