//! Correcting a record: the form with the record's values, and the result. If
//! another person has changed the record in the meantime, that change is shown and not
//! overwritten.

use campaign::definition::{FieldIdx, Form as Definition, Values};
use std::sync::Arc;

use app::{
    Action, FieldFault, drafts,
    records::{self, Outcome, RecordDetails, Refused},
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use model::{ids::RecordId, value::Value};
use words::Words;

use super::{attachments::Section, record};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    form::Form,
    layout::{Area, Layout},
    pages::registers::RecordForm,
    parts::{
        actor::Actors,
        draft::{self, DraftPart, Sent, Shown},
        field,
        head::Head,
        input::{self, Fault, Inputs, Typed},
        number::label,
    },
    request_context::SignedIn,
    urls,
};

/// GET `/records/{id}/correct`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    params: Params,
) -> Result<Response, Error> {
    let found = find(&state, &person, id).await?;
    if let Some(problem) = records::locked(&person.ctx, &found.snapshot, &found.fact, found.state) {
        let message = person.words().problem(&problem);
        let attachments = Section::new(&state, &person, &found, None).await?;
        let page = print(&record::page(&person, &found, record::Notice::Refused(message), attachments))?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let actors = last_actor(&state, &person, &found).await?;
    if let Some(fields) = person.visit.returned_fields() {
        // It carries the version that was seen: who has changed the record since is met when it is sent.
        let page = as_sent(&state, &person, (&found, &actors), &Sent(fields), Shown::default()).await?;
        return Ok(page.into_response());
    }
    let opened = of_draft(&found).open(&state, &person, params.get(draft::DRAFT)).await?;
    if let Some((id, draft)) = opened {
        let (typed, gone) = draft::restore(&state, &person, of_draft(&found).form, &draft).await?;
        let shown = Shown { id: Some(id), opened: Some(draft.at), gone, ..Shown::default() };
        // Whoever changed the record since the draft was begun is not overwritten unseen.
        let seen = draft.typed.version.filter(|version| *version != found.version);
        let refusal = Refusal { seen, ..Refusal::default() };
        let page = page(&state, &person, (&found, &actors), (&typed, &refusal), shown).await?;
        return Ok(page.into_response());
    }
    let typed = typed_values(person.words(), &found, &found.fact.values);
    let refusal = Refusal::default();
    let page = page(&state, &person, (&found, &actors), (&typed, &refusal), Shown::default()).await?;
    Ok(page.into_response())
}

/// The form as it was sent, when nothing was made of it.
pub(crate) async fn returned(
    state: &WebState,
    person: &SignedIn,
    id: RecordId,
    sent: &Sent<'_>,
    shown: Shown,
) -> Result<Html<String>, Error> {
    let found = find(state, person, id.0).await?;
    let actors = last_actor(state, person, &found).await?;
    as_sent(state, person, (&found, &actors), sent, shown).await
}

async fn as_sent(
    state: &WebState,
    person: &SignedIn,
    (found, actors): (&RecordDetails, &Actors),
    sent: &Sent<'_>,
    shown: Shown,
) -> Result<Html<String>, Error> {
    let (typed, gone) = sent.read(state, person, &found.snapshot, of_draft(found).form).await?;
    let shown = Shown { id: sent.draft_id(), gone, ..shown };
    // Whoever changed the record since the form was opened is not overwritten unseen.
    let version = sent.get("version").and_then(|text| text.parse().ok());
    let refusal = Refusal { seen: version.filter(|version| *version != found.version), ..Refusal::default() };
    page(state, person, (found, actors), (&typed, &refusal), shown).await
}

/// POST `/records/{id}/correct`: the record is changed, or the form comes back.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let (id, sent) = (RecordId(id), Sent(&fields));
    let version = sent.get("version").and_then(|text| text.parse().ok());
    let version: i64 = version.ok_or_else(|| Error::BadForm("version".to_owned()))?;
    let read = |form: &Definition| input::everything_typed(form, &fields).into();
    let outcome = records::submit_correction(&state.app, &person.ctx, id, version, &read).await?;
    let Refused { found, why } = match outcome {
        Outcome::Done(()) => {
            if let Some(draft) = sent.draft_id() {
                drafts::discard(&state.app, &person.ctx, &draft).await?;
            }
            let url = urls::record(id).with_param("done", "correct").to_string();
            return Ok(Redirect::to(&url).into_response());
        }
        Outcome::Refused(refused) => *refused,
    };
    let (typed, gone) = sent.read(&state, &person, &found.snapshot, of_draft(&found).form).await?;
    let actors = last_actor(&state, &person, &found).await?;
    let shown = Shown { id: sent.draft_id(), ..Shown::default() };
    let (refusal, shown) = if gone.is_empty() {
        (Refusal::new(&person, why, version)?, shown)
    } else {
        let seen = (version != found.version).then_some(version);
        (Refusal { seen, ..Refusal::default() }, Shown { gone, is_refused: true, ..shown })
    };
    let status =
        if refusal.faults.is_empty() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = page(&state, &person, (&found, &actors), (&typed, &refusal), shown).await?;
    Ok((status, page).into_response())
}

/// The record, for somebody who may change it.
async fn find(state: &WebState, person: &SignedIn, id: i64) -> Result<RecordDetails, Error> {
    let found = records::find(&state.app, &person.ctx, RecordId(id)).await?;
    person.ctx.require(Action::WriteRecords, &found.snapshot, found.fact.unit)?;
    Ok(found)
}

/// Who changed the record last.
async fn last_actor(state: &WebState, person: &SignedIn, found: &RecordDetails) -> Result<Actors, Error> {
    Ok(Actors::load(state, person, found.changes.last().map(|change| change.actor.as_str())).await?)
}

/// The form as its drafts know it.
fn of_draft(found: &RecordDetails) -> draft::DraftSource<'_> {
    let form = &found.snapshot.definition.forms[found.fact.form];
    draft::DraftSource { unit: &found.unit, form, fact: Some(found.fact.id) }
}

fn typed_values(words: Words, found: &RecordDetails, values: &Values) -> Typed {
    input::stored(words, &found.snapshot, &found.snapshot.definition.forms[found.fact.form], values)
}

/// Why the form is shown again.
#[derive(Default)]
struct Refusal {
    faults: Vec<FieldFault>,
    /// The version somebody else has changed since.
    seen: Option<i64>,
    /// Why nothing can be corrected.
    message: Option<String>,
}

impl Refusal {
    /// Why a correction of what was seen at `version` was refused.
    fn new(person: &SignedIn, why: app::Error, version: i64) -> Result<Self, Error> {
        match why {
            app::Error::InvalidFields(faults) => Ok(Self { faults, ..Self::default() }),
            app::Error::Stale { .. } => Ok(Self { seen: Some(version), ..Self::default() }),
            // It has come into a state whose fields stay as they are.
            app::Error::Invalid(problems) => {
                let reasons: Vec<String> =
                    problems.iter().map(|problem| person.words().problem(problem)).collect();
                Ok(Self { message: Some(reasons.concat()), ..Self::default() })
            }
            error => Err(error.into()),
        }
    }
}

/// The form of `found`.
async fn page(
    state: &WebState,
    person: &SignedIn,
    (found, actors): (&RecordDetails, &Actors),
    (typed, refusal): (&Typed, &Refusal),
    shown: Shown,
) -> Result<Html<String>, Error> {
    let Refusal { faults, seen, message } = refusal;
    let (words, snapshot) = (person.words(), &found.snapshot);
    let form = &snapshot.definition.forms[found.fact.form];
    let meanwhile = (*seen).map(|version| Meanwhile::new(words, found, version)).unwrap_or_default();
    let merged = meanwhile.merge(typed);
    let today = person.ctx.today(snapshot);
    let inputs = Inputs {
        words,
        snapshot,
        form,
        today,
        typed: &merged,
        faults,
        is_stored: true,
        unit: &found.unit.code,
        counts: &found.register_counts,
    };
    let closed = records::closed_fields(&person.ctx, snapshot, found.fact.form, found.fact.unit, Some(found));
    let mut groups = inputs.groups_without(&closed, found.state);
    for (field, before, now) in &meanwhile.changed {
        let definition = &form.fields[*field];
        let text = |value: &Option<Value>| {
            let value = value.as_ref().map(|value| field::text(words, snapshot, &definition.kind, value));
            value.unwrap_or_else(|| words.record_page_nothing().to_owned())
        };
        let is_taken = meanwhile.is_untouched(typed, &definition.id);
        let (before, now) = (text(before), text(now));
        let message =
            if is_taken { words.record_taken(before, now) } else { words.record_saved(before, now) };
        if let Some(input) = groups.inputs_mut().find(|input| input.is_for(&definition.id)) {
            input.meanwhile = Some(message);
        }
    }
    let stale = found.changes.last().filter(|_| seen.is_some());
    let stale = stale.map(|change| words.record_stale(actors.name(&change.actor), words.moment(change.at)));
    let title = words.record_correct(label(words, &form.label));
    let mut layout = Layout::new(person, snapshot, Area::Registers, format!("{title} · {}", found.unit.name));
    layout.address = urls::correct(found.fact.id).into();
    print(&RecordForm {
        layout,
        head: Head::new(person, snapshot, &found.unit, Area::Registers, None, |code, _| urls::unit(code)),
        title,
        message: Some(words.record_page_number(found.fact.id)),
        periods: Vec::new(),
        stale: stale.or_else(|| message.clone()),
        faults: faults.iter().map(|fault| Fault::new(words, fault)).collect(),
        groups,
        draft: DraftPart::new(state, person, snapshot, &of_draft(found), shown).await?,
        action: urls::correct(found.fact.id).into(),
        version: Some(found.version),
        back: urls::record(found.fact.id).into(),
    })
}

/// What somebody else has changed since a version was seen.
#[derive(Default)]
struct Meanwhile {
    /// Position of the field, what it stated when it was seen, and now.
    changed: Vec<(FieldIdx, Option<Value>, Option<Value>)>,
    /// The contents of the form that the person saw, and what it would contain now.
    before: Typed,
    now: Typed,
    /// Ids of the fields that have changed.
    fields: Vec<String>,
}

impl Meanwhile {
    fn new(words: Words, found: &RecordDetails, version: i64) -> Self {
        let form = &found.snapshot.definition.forms[found.fact.form];
        let now = &found.fact.values;
        // A version that nobody can have seen counts as an empty form.
        let empty = Values::default();
        let before = found.at_version(version).unwrap_or(&empty);
        let changed: Vec<_> = form
            .fields
            .positions()
            .filter_map(|field| {
                let at = |values: &Values| values.get(field).cloned().flatten();
                let (before, now) = (at(before), at(now));
                (before != now).then_some((field, before, now))
            })
            .collect();
        Self {
            fields: changed.iter().map(|(field, ..)| form.fields[*field].id.clone()).collect(),
            before: typed_values(words, found, before),
            now: typed_values(words, found, now),
            changed,
        }
    }

    /// Whether a field was sent as it had been shown.
    fn is_untouched(&self, typed: &Typed, field: &str) -> bool {
        let text = |typed: &Typed| typed.get(field).cloned().unwrap_or_default();
        text(typed) == text(&self.before)
    }

    /// What was typed, with the changes of somebody else where nothing was.
    fn merge(&self, typed: &Typed) -> Typed {
        let mut merged = typed.clone();
        for field in self.fields.iter().filter(|field| self.is_untouched(typed, field)) {
            match self.now.get(field) {
                Some(now) => merged.insert(field.clone(), now.clone()),
                None => merged.remove(field),
            };
        }
        merged
    }
}
