//! A transition of a record: the fields that it asks for, what it will change, and
//! the transition itself. If another person has changed the record in the meantime, a
//! message says what happened, and the typed values are kept.

use std::sync::Arc;

use app::{
    FieldFault,
    records::{self, Outcome, RecordDetails, Refused},
    transitions::{self, WantedTransition, required_fields},
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use campaign::definition::{Form as Definition, StateIdx, Transition, Workflow};
use model::ids::RecordId;

use super::{attachments::Section, record};
use crate::{
    Error, WebState,
    address::Path,
    error::print,
    form::Form,
    layout::{Area, Layout},
    parts::{
        actor::Actors,
        field,
        head::Head,
        input::{self, Fault, Input, Inputs, Typed},
        number::label,
    },
    request_context::SignedIn,
    urls,
};

/// What the form states, as it was sent.
type Sent = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "records/transition.html")]
struct TransitionPage {
    layout: Layout,
    head: Head,
    title: String,
    /// Which record it is.
    record: Vec<field::FieldView>,
    /// From which state to which.
    way: String,
    /// What it writes without asking.
    gives: Vec<field::FieldView>,
    /// What somebody else has done meanwhile, and whether the transition can still be taken.
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
struct Redisplay {
    faults: Vec<FieldFault>,
    /// What has happened meanwhile, or why the transition cannot be taken.
    meanwhile: Vec<String>,
}

/// GET `/records/{id}/transitions/{step}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((id, step)): Path<(i64, String)>,
) -> Result<Response, Error> {
    let found = records::find(&state.app, &person.ctx, RecordId(id)).await?;
    let (workflow, step) = transitions::find(&found.snapshot, found.fact.form, &step)?;
    if !transitions::may_take(&person.ctx, &found.snapshot, found.fact.unit, step) {
        return Err(app::Error::Forbidden(app::Denied::Transition).into());
    }
    if !transitions::is_in_order(&found, step) {
        let message = out_of_order(&person, &found, workflow, step);
        let attachments = Section::new(&state, &person, &found, None).await?;
        let page = print(&record::page(&person, &found, record::Notice::Refused(message), attachments))?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let form = &found.snapshot.definition.forms[found.fact.form];
    let typed = match person.visit.returned_fields() {
        Some(fields) => input::typed(form, fields).0,
        None => {
            input::stored(person.words(), &found.snapshot, form, &transitions::values_before(&found, step))
        }
    };
    Ok(print(&page(&person, &found, (workflow, step), &typed, &Redisplay::default()))?.into_response())
}

/// POST `/records/{id}/transitions/{step}`: the transition is taken, or the form comes back.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((id, step)): Path<(i64, String)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Error> {
    let id = RecordId(id);
    let version = sent.iter().find(|(name, _)| name == "version").and_then(|(_, text)| text.parse().ok());
    let version: i64 = version.ok_or_else(|| Error::BadForm("version".to_owned()))?;
    let wanted = WantedTransition { record: id, version, id: &step };
    let read = |form: &Definition| input::everything_typed(form, &sent).into();
    let Refused { found, why } = match transitions::submit(&state.app, &person.ctx, wanted, &read).await? {
        Outcome::Done(_) => {
            return Ok(Redirect::to(&urls::record(id).with_param("done", "step").to_string()).into_response());
        }
        Outcome::Refused(refused) => *refused,
    };
    let place = transitions::find(&found.snapshot, found.fact.form, &step)?;
    let (typed, gone) = input::typed(&found.snapshot.definition.forms[found.fact.form], &sent);
    let words = person.words();
    let last = found.changes.last().map(|change| change.actor.as_str());
    let actors = Actors::load(&state, &person, last).await?;
    // The form that was open asks for fields that there are no more: their texts are shown, none is lost.
    let texts = gone.iter().map(|(field, text)| format!("{}{text}", words.paper_labelled(field)));
    let (faults, reasons) = match why {
        app::Error::InvalidFields(faults) => (faults, Vec::new()),
        app::Error::Invalid(problems) => {
            (Vec::new(), problems.iter().map(|problem| words.problem(problem)).collect())
        }
        app::Error::FormChanged { .. } => (Vec::new(), vec![words.transition_form_changed().to_owned()]),
        app::Error::Stale { .. } => (Vec::new(), meanwhile(&person, &found, &actors, place)),
        error => return Err(error.into()),
    };
    let status = if faults.is_empty() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let redisplay = Redisplay { faults, meanwhile: reasons.into_iter().chain(texts).collect() };
    let page = print(&page(&person, &found, place, &typed, &redisplay))?;
    Ok((status, page).into_response())
}

/// Why the transition cannot be made from the record's state.
fn out_of_order(person: &SignedIn, found: &RecordDetails, workflow: &Workflow, step: &Transition) -> String {
    let words = person.words();
    let state = found.state.map_or("", |state| label(words, &workflow.states[state].label));
    words.transition_out_of_order(state, label(words, &step.label))
}

/// What somebody else has done to the record since it was seen.
fn meanwhile(
    person: &SignedIn,
    found: &RecordDetails,
    actors: &Actors,
    (workflow, step): (&Workflow, &Transition),
) -> Vec<String> {
    let words = person.words();
    let last = found.changes.last();
    let taken = last.and_then(|last| workflow.transition(last.moved.as_ref()?.transition.as_ref()?));
    let taken = taken.map_or(words.transition_correction(), |step| label(words, &step.label));
    let message =
        last.map(|last| words.transition_stale(actors.name(&last.actor), words.moment(last.at), taken));
    let order = (!transitions::is_in_order(found, step)).then(|| out_of_order(person, found, workflow, step));
    message.into_iter().chain(order).collect()
}

fn page(
    person: &SignedIn,
    found: &RecordDetails,
    (workflow, step): (&Workflow, &Transition),
    typed: &Typed,
    again: &Redisplay,
) -> TransitionPage {
    let (words, snapshot) = (person.words(), &found.snapshot);
    let form = &snapshot.definition.forms[found.fact.form];
    // What was typed is kept, also for a field that the record states by now.
    let mut fields = required_fields(step, &transitions::values_before(found, step));
    let typed_fields = typed.keys().filter_map(|id| form.field(id));
    fields.extend(typed_fields.filter(|field| step.needs.contains(field) && !again.meanwhile.is_empty()));
    fields.sort_unstable();
    fields.dedup();
    let today = person.ctx.today(snapshot);
    let faults = &again.faults;
    let inputs = Inputs {
        words,
        snapshot,
        form,
        today,
        typed,
        faults,
        is_stored: true,
        unit: &found.unit.code,
        counts: &[],
    };
    let mut inputs = inputs.inputs_of(&fields);
    for (input, field) in inputs.iter_mut().zip(&fields) {
        input.is_required = step.needs.contains(field);
        input.required_when = input.required_when.take().filter(|_| !input.is_required);
        input.when = input.when.take().filter(|_| !input.is_required);
    }
    let state = |state: StateIdx| label(words, &workflow.states[state].label).to_owned();
    let title = label(words, &step.label).to_owned();
    let gives = step.gives.iter();
    let gives = gives
        .map(|(field, value)| field::FieldView::from_value(words, snapshot, &form.fields[*field], value));
    let clears = step.clears.iter().map(|field| {
        field::FieldView::from_text(label(words, &form.fields[*field].label), words.transition_cleared())
    });
    let mut layout = Layout::new(person, snapshot, Area::Registers, format!("{title} · {}", found.unit.name));
    layout.address = urls::transition(found.fact.id, &step.id).into();
    let about =
        std::iter::once(field::FieldView::from_text(words.transition_register(), label(words, &form.label)));
    TransitionPage {
        layout,
        head: Head::new(person, snapshot, &found.unit, Area::Registers, None, |code, _| urls::unit(code)),
        title,
        record: about.chain(field::main(words, snapshot, &found.fact)).collect(),
        way: words.transition_from_to(found.state.map(state).unwrap_or_default(), state(step.to)),
        gives: gives.chain(clears).collect(),
        meanwhile: again.meanwhile.clone(),
        can_go_on: transitions::is_in_order(found, step),
        faults: again.faults.iter().map(|fault| Fault::new(words, fault)).collect(),
        inputs,
        action: urls::transition(found.fact.id, &step.id).into(),
        version: found.version,
        back: urls::record(found.fact.id).into(),
    }
}
