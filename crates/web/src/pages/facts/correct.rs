//! Correcting a record: the form with what it states, and what becomes of it.
//! Whoever changed the record meanwhile is not overwritten unseen.

use std::sync::Arc;

use app::{
    Action, FieldFault, drafts,
    facts::{self, Found},
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use model::{ids::FactId, value::Value};
use words::Words;

use super::{attachments::Section, fact};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    form::Form,
    layout::{Area, Layout},
    pages::registers::RecordForm,
    parts::{
        draft::{self, DraftPart, Sent, Shown},
        field,
        head::Head,
        input::{self, Fault, Inputs, Typed},
        number::label,
    },
    urls,
    visit::SignedIn,
};

/// GET `/facts/{id}/correct`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    params: Params,
) -> Result<Response, Error> {
    let found = find(&state, &person, id).await?;
    if let Some(problem) = facts::locked(&person.ctx, &found.snapshot, &found.fact, found.state) {
        let said = person.words().problem(&problem);
        let attachments = Section::new(&state, &person, &found, None).await?;
        let page = print(&fact::page(&person, &found, fact::Notice::Refused(said), attachments))?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let draft = drafts::find(&state.app, &person.ctx, &of_draft(&found).key()).await?;
    let page = match draft {
        Some(draft) if params.get("draft").is_some() => {
            let (typed, gone) = draft::restore(&state, &person, of_draft(&found).form, &draft).await?;
            let shown = Shown { opened: Some(draft.at), gone, ..Shown::default() };
            // Whoever changed the record since the draft was begun is not overwritten unseen.
            let seen = draft.typed.version.filter(|version| *version != found.version);
            page(&person, &found, &typed, &Refusal { seen, ..Refusal::default() }, shown)?
        }
        offered => {
            let typed = stated(person.words(), &found, &found.fact.values);
            page(&person, &found, &typed, &Refusal::default(), Shown { offered, ..Shown::default() })?
        }
    };
    Ok(page.into_response())
}

/// POST `/facts/{id}/correct`: the record is changed, or the form comes back.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let found = find(&state, &person, id).await?;
    let sent = Sent(&fields);
    let (typed, gone) = sent.read(&state, &person, &found.snapshot, of_draft(&found).form).await?;
    let version = sent.get("version").and_then(|text| text.parse().ok());
    let version: i64 = version.ok_or_else(|| Error::BadForm("version".to_owned()))?;
    if !gone.is_empty() {
        let seen = (version != found.version).then_some(version);
        let shown = Shown { gone, is_refused: true, ..Shown::default() };
        let page = page(&person, &found, &typed, &Refusal { seen, ..Refusal::default() }, shown)?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    match facts::correct(&state.app, &person.ctx, FactId(id), version, typed.clone()).await {
        Ok(()) => {
            if sent.was_kept() {
                drafts::discard(&state.app, &person.ctx, &of_draft(&found).key()).await?;
            }
            Ok(Redirect::to(&urls::fact(FactId(id)).with("done", "correct").to_string()).into_response())
        }
        Err(app::Error::InvalidFields(faults)) => {
            let refusal = Refusal { faults, ..Refusal::default() };
            let page = page(&person, &found, &typed, &refusal, Shown::default())?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(app::Error::Stale { .. }) => {
            let found = find(&state, &person, id).await?;
            let refusal = Refusal { seen: Some(version), ..Refusal::default() };
            let page = page(&person, &found, &typed, &refusal, Shown::default())?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        // It has come into a state whose fields stay as they are.
        Err(app::Error::Invalid(problems)) => {
            let words = person.words();
            let said: Vec<String> = problems.iter().map(|problem| words.problem(problem)).collect();
            let refusal = Refusal { said: Some(said.concat()), ..Refusal::default() };
            let page = page(&person, &found, &typed, &refusal, Shown::default())?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The record, for somebody who may change it.
async fn find(state: &WebState, person: &SignedIn, id: i64) -> Result<Found, Error> {
    let found = facts::find(&state.app, &person.ctx, FactId(id)).await?;
    person.ctx.require(Action::Import, &found.snapshot, found.fact.unit)?;
    Ok(found)
}

/// The form as its drafts know it.
fn of_draft(found: &Found) -> draft::Place<'_> {
    let form = &found.snapshot.campaign.forms[found.fact.form];
    draft::Place { unit: &found.unit, form, fact: Some(found.fact.id) }
}

fn stated(words: Words, found: &Found, values: &[Option<Value>]) -> Typed {
    input::stored(words, &found.snapshot, &found.snapshot.campaign.forms[found.fact.form], values)
}

/// Why the form is shown again.
#[derive(Default)]
struct Refusal {
    faults: Vec<FieldFault>,
    /// The version somebody else has changed since.
    seen: Option<i64>,
    /// Why nothing can be corrected.
    said: Option<String>,
}

/// The form of `found`.
fn page(
    person: &SignedIn,
    found: &Found,
    typed: &Typed,
    refusal: &Refusal,
    shown: Shown,
) -> Result<Html<String>, Error> {
    let Refusal { faults, seen, said } = refusal;
    let (words, snapshot) = (person.words(), &found.snapshot);
    let form = &snapshot.campaign.forms[found.fact.form];
    let meanwhile = (*seen).map(|version| Meanwhile::new(words, found, version)).unwrap_or_default();
    let merged = meanwhile.merge(typed);
    let today = person.ctx.clock.today();
    let people = urls::people(&found.unit.code).into();
    let inputs = Inputs { words, snapshot, form, today, typed: &merged, faults, is_stored: true, people };
    let mut groups = inputs.groups();
    for (field, before, now) in &meanwhile.changed {
        let definition = &form.fields[*field];
        let text = |value: &Option<Value>| {
            let value = value.as_ref().map(|value| field::text(words, snapshot, &definition.kind, value));
            value.unwrap_or_else(|| words.fact_nothing().to_owned())
        };
        let is_taken = meanwhile.is_untouched(typed, &definition.id);
        let (before, now) = (text(before), text(now));
        let said = if is_taken { words.record_taken(before, now) } else { words.record_kept(before, now) };
        let mut inputs = groups.iter_mut().flat_map(|group| &mut group.inputs);
        if let Some(input) = inputs.find(|input| input.is_of(&definition.id)) {
            input.meanwhile = Some(said);
        }
    }
    let stale = found.changes.last().filter(|_| seen.is_some());
    let stale = stale.map(|change| words.record_stale(&change.actor, words.moment(change.at)));
    let title = words.record_correct(label(words, &form.label));
    let mut layout = Layout::new(person, snapshot, Area::Registers, format!("{title} · {}", found.unit.name));
    layout.address = urls::correct(found.fact.id).into();
    print(&RecordForm {
        layout,
        head: Head::new(person, snapshot, &found.unit, Area::Registers, None, |code, _| urls::unit(code)),
        title,
        said: Some(words.fact_number(found.fact.id)),
        stale: stale.or_else(|| said.clone()),
        faults: faults.iter().map(|fault| Fault::new(words, fault)).collect(),
        groups,
        draft: DraftPart::new(person, snapshot, &of_draft(found), shown),
        action: urls::correct(found.fact.id).into(),
        version: Some(found.version),
        back: urls::fact(found.fact.id).into(),
    })
}

/// What somebody else has changed since a version was seen.
#[derive(Default)]
struct Meanwhile {
    /// Position of the field, what it stated when it was seen, and now.
    changed: Vec<(usize, Option<Value>, Option<Value>)>,
    /// What stood in the form that was seen, and what would stand in it now.
    before: Typed,
    now: Typed,
    /// Ids of the fields that have changed.
    fields: Vec<String>,
}

impl Meanwhile {
    fn new(words: Words, found: &Found, version: i64) -> Self {
        let form = &found.snapshot.campaign.forms[found.fact.form];
        let now = &found.fact.values;
        // A version that nobody can have seen counts as an empty form.
        let before = found.at_version(version).unwrap_or_default();
        let changed: Vec<_> = (0..form.fields.len())
            .filter_map(|field| {
                let at = |values: &[Option<Value>]| values.get(field).cloned().flatten();
                let (before, now) = (at(before), at(now));
                (before != now).then_some((field, before, now))
            })
            .collect();
        Self {
            fields: changed.iter().map(|(field, ..)| form.fields[*field].id.clone()).collect(),
            before: stated(words, found, before),
            now: stated(words, found, now),
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
