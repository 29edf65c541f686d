//! A step of a record: what it asks for, what it will change, and taking it.
//! Whoever was slower is told what has happened meanwhile; what was typed stays.

use std::sync::Arc;

use app::{
    FieldFault,
    facts::{self, Found},
    steps::{self, asked},
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use campaign::definition::{Transition, Workflow};
use model::ids::FactId;

use super::{attachments::Section, fact};
use crate::{
    Error, WebState,
    address::Path,
    error::print,
    form::Form,
    layout::{Area, Layout},
    parts::{
        field,
        head::Head,
        input::{self, Fault, Input, Inputs, Typed},
        number::label,
    },
    urls,
    visit::SignedIn,
};

/// What the form states, as it was sent.
type Sent = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "facts/step.html")]
struct StepPage {
    layout: Layout,
    head: Head,
    title: String,
    /// Which record it is.
    record: Vec<field::Stated>,
    /// From which state to which.
    way: String,
    /// What it writes without asking.
    gives: Vec<field::Stated>,
    /// What somebody else has done meanwhile, and whether the step can still be taken.
    meanwhile: Vec<String>,
    can_go_on: bool,
    faults: Vec<Fault>,
    inputs: Vec<Input>,
    action: String,
    version: i64,
    back: String,
}

/// Why the form is shown again.
#[derive(Default)]
struct Again {
    faults: Vec<FieldFault>,
    /// What has happened meanwhile, or why the step cannot be taken.
    meanwhile: Vec<String>,
}

/// GET `/facts/{id}/steps/{step}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((id, step)): Path<(i64, String)>,
) -> Result<Response, Error> {
    let found = facts::find(&state.app, &person.ctx, FactId(id)).await?;
    let (workflow, step) = steps::find(&found.snapshot, found.fact.form, &step)?;
    if !steps::may_take(&person.ctx, &found.snapshot, found.fact.unit, step) {
        return Err(app::Error::Forbidden("take this step").into());
    }
    if !is_in_order(&found, step) {
        let said = out_of_order(&person, &found, workflow, step);
        let attachments = Section::new(&state, &person, &found, None).await?;
        let page = print(&fact::page(&person, &found, fact::Notice::Refused(said), attachments))?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let form = &found.snapshot.campaign.forms[found.fact.form];
    let typed = input::stored(person.words(), &found.snapshot, form, &found.fact.values);
    Ok(print(&page(&person, &found, (workflow, step), &typed, &Again::default()))?.into_response())
}

/// POST `/facts/{id}/steps/{step}`: the step is taken, or the form comes back.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((id, step)): Path<(i64, String)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Error> {
    let id = FactId(id);
    let found = facts::find(&state.app, &person.ctx, id).await?;
    let place = steps::find(&found.snapshot, found.fact.form, &step)?;
    let form = &found.snapshot.campaign.forms[found.fact.form];
    let (typed, gone) = input::typed(form, &sent);
    let version = sent.iter().find(|(name, _)| name == "version").and_then(|(_, text)| text.parse().ok());
    let version: i64 = version.ok_or_else(|| Error::BadForm("version".to_owned()))?;
    let words = person.words();
    if !gone.is_empty() {
        // The form that was open asks for fields that there are no more: their texts are told, none is lost.
        let texts = gone.iter().map(|(field, text)| format!("{}{text}", words.paper_labelled(field)));
        let meanwhile = std::iter::once(words.step_form_changed().to_owned()).chain(texts).collect();
        let page = print(&page(&person, &found, place, &typed, &Again { meanwhile, ..Again::default() }))?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let (status, again) = match steps::take(&state.app, &person.ctx, id, version, &step, typed.clone()).await
    {
        Ok(_) => {
            let url = urls::fact(id).with("done", "step").to_string();
            return Ok(Redirect::to(&url).into_response());
        }
        Err(app::Error::InvalidFields(faults)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Again { faults, ..Again::default() })
        }
        Err(app::Error::Invalid(problems)) => {
            let meanwhile = problems.iter().map(|problem| words.problem(problem)).collect();
            (StatusCode::CONFLICT, Again { meanwhile, ..Again::default() })
        }
        // The definition asks for other fields than the form that was open.
        Err(app::Error::NotFound { what: "field", .. }) => {
            let meanwhile = vec![words.step_form_changed().to_owned()];
            (StatusCode::CONFLICT, Again { meanwhile, ..Again::default() })
        }
        Err(app::Error::Stale { .. }) => {
            let found = facts::find(&state.app, &person.ctx, id).await?;
            let place = steps::find(&found.snapshot, found.fact.form, &step)?;
            let again = Again { meanwhile: meanwhile(&person, &found, place), ..Again::default() };
            let page = print(&page(&person, &found, place, &typed, &again))?;
            return Ok((StatusCode::CONFLICT, page).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    let page = print(&page(&person, &found, place, &typed, &again))?;
    Ok((status, page).into_response())
}

fn is_in_order(found: &Found, step: &Transition) -> bool {
    found.state.is_some_and(|state| step.from.contains(&state))
}

/// Why the step cannot be taken where the record stands.
fn out_of_order(person: &SignedIn, found: &Found, workflow: &Workflow, step: &Transition) -> String {
    let words = person.words();
    let state = found.state.map_or("", |state| label(words, &workflow.states[state].label));
    words.step_out_of_order(state, label(words, &step.label))
}

/// What somebody else has done to the record since it was seen.
fn meanwhile(person: &SignedIn, found: &Found, (workflow, step): (&Workflow, &Transition)) -> Vec<String> {
    let words = person.words();
    let last = found.changes.last();
    let taken = last.and_then(|last| workflow.transition(last.moved.as_ref()?.step.as_ref()?));
    let taken = taken.map_or(words.step_correction(), |step| label(words, &step.label));
    let said = last.map(|last| words.step_stale(&last.actor, words.moment(last.at), taken));
    let order = (!is_in_order(found, step)).then(|| out_of_order(person, found, workflow, step));
    said.into_iter().chain(order).collect()
}

fn page(
    person: &SignedIn,
    found: &Found,
    (workflow, step): (&Workflow, &Transition),
    typed: &Typed,
    again: &Again,
) -> StepPage {
    let (words, snapshot) = (person.words(), &found.snapshot);
    let form = &snapshot.campaign.forms[found.fact.form];
    // What was typed is kept, also for a field that the record states by now.
    let mut fields = asked(step, &found.fact.values);
    let kept = typed.keys().filter_map(|id| form.field(id));
    fields.extend(kept.filter(|field| step.needs.contains(field) && !again.meanwhile.is_empty()));
    fields.sort_unstable();
    fields.dedup();
    let today = person.ctx.clock.today();
    let people = urls::people(&found.unit.code).into();
    let faults = &again.faults;
    let inputs = Inputs { words, snapshot, form, today, typed, faults, is_stored: true, people };
    let mut inputs = inputs.of(&fields);
    for (input, field) in inputs.iter_mut().zip(&fields) {
        input.is_required = step.needs.contains(field);
    }
    let state = |state: usize| label(words, &workflow.states[state].label).to_owned();
    let title = label(words, &step.label).to_owned();
    let gives = step.gives.iter();
    let gives = gives.map(|(field, value)| field::Stated::of(words, snapshot, &form.fields[*field], value));
    let mut layout = Layout::new(person, snapshot, Area::Registers, format!("{title} · {}", found.unit.name));
    layout.address = urls::step(found.fact.id, &step.id).into();
    let about = std::iter::once(field::Stated::said(words.step_register(), label(words, &form.label)));
    StepPage {
        layout,
        head: Head::new(person, snapshot, &found.unit, Area::Registers, None, |code, _| urls::unit(code)),
        title,
        record: about.chain(field::main(words, snapshot, &found.fact)).collect(),
        way: words.step_way(found.state.map(state).unwrap_or_default(), state(step.to)),
        gives: gives.collect(),
        meanwhile: again.meanwhile.clone(),
        can_go_on: is_in_order(found, step),
        faults: again.faults.iter().map(|fault| Fault::new(words, fault)).collect(),
        inputs,
        action: urls::step(found.fact.id, &step.id).into(),
        version: found.version,
        back: urls::fact(found.fact.id).into(),
    }
}
