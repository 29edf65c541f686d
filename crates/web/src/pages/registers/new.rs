//! A new record: the form made from the definition, and the result of sending it.

use campaign::definition::FormIdx;
use std::sync::Arc;

use app::{FieldFault, Snapshot, UnitView, drafts, records, registers, units};
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use model::problem::Problem;

use super::RecordForm;
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    form::Form,
    layout::{Area, Layout},
    parts::{
        draft::{self, DraftPart, Sent, Shown},
        head::Head,
        input::{self, Fault, Inputs, OWN_UNIT, Typed},
        number::label,
    },
    request_context::SignedIn,
    urls,
};

/// Where a record is entered.
struct NewRecord {
    snapshot: Arc<Snapshot>,
    /// The unit of the address: the record's own, unless another is chosen.
    unit: UnitView,
    /// Position of the register.
    form: FormIdx,
}

impl NewRecord {
    fn form(&self) -> &campaign::definition::Form {
        &self.snapshot.campaign.forms[self.form]
    }

    /// As its drafts know it.
    fn of_draft(&self) -> draft::DraftSource<'_> {
        draft::DraftSource { unit: &self.unit, form: self.form(), fact: None }
    }
}

/// GET `/units/{code}/registers/{form}/new`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
    params: Params,
) -> Result<Html<String>, Error> {
    let place = new_record(&state, &person, &code, &form).await?;
    // A union above the grass roots rarely does itself what a register is about.
    let unit = if place.unit.is_union() { String::new() } else { place.unit.code.clone() };
    if let Some(fields) = person.visit.returned_fields() {
        let sent = Sent(fields);
        let (typed, gone) = sent.read(&state, &person, &place.snapshot, place.form()).await?;
        let unit = sent.get(OWN_UNIT).map_or(unit, |text| text.trim().to_owned());
        return page(&person, &place, unit, &typed, &Refusal::default(), Shown { gone, ..Shown::default() });
    }
    let found = drafts::find(&state.app, &person.ctx, &place.of_draft().key()).await?;
    match found {
        Some(draft) if params.get("draft").is_some() => {
            let (typed, gone) = draft::restore(&state, &person, place.form(), &draft).await?;
            let shown = Shown { opened: Some(draft.at), gone, ..Shown::default() };
            let unit = draft.typed.unit.unwrap_or(unit);
            page(&person, &place, unit, &typed, &Refusal::default(), shown)
        }
        offered => {
            let shown = Shown { offered, ..Shown::default() };
            page(&person, &place, unit, &Typed::new(), &Refusal::default(), shown)
        }
    }
}

/// POST `/units/{code}/registers/{form}`: the record is made, or the form comes back with what is wrong.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form)): Path<(String, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let place = new_record(&state, &person, &code, &form).await?;
    let sent = Sent(&fields);
    let (typed, gone) = sent.read(&state, &person, &place.snapshot, place.form()).await?;
    let unit = sent.get(OWN_UNIT).map_or_else(|| place.unit.code.clone(), |text| text.trim().to_owned());
    if !gone.is_empty() {
        let shown = Shown { gone, is_refused: true, ..Shown::default() };
        let page = page(&person, &place, unit, &typed, &Refusal::default(), shown)?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let refusal = match units::named(&person.ctx, &place.snapshot, &unit) {
        Ok(own) => match records::enter(&state.app, &person.ctx, &form, own, typed.clone().into()).await {
            Ok(entered) => {
                let done = if entered.is_new { "create" } else { "known" };
                if sent.may_have_draft() {
                    drafts::discard(&state.app, &person.ctx, &place.of_draft().key()).await?;
                }
                return Ok(Redirect::to(&urls::record(entered.id).with_param("done", done).to_string())
                    .into_response());
            }
            Err(app::Error::InvalidFields(fields)) => Refusal { unit: Vec::new(), fields },
            Err(error) => return Err(error.into()),
        },
        Err(app::Error::Invalid(unit)) => {
            // Without its unit the record cannot be made; all other faults are shown at once.
            let checked = records::check(
                &person.ctx,
                &place.snapshot,
                place.form,
                place.unit.id,
                &typed.clone().into(),
            );
            let fields = match checked {
                Err(app::Error::InvalidFields(fields)) => fields,
                other => other.map(|()| Vec::new())?,
            };
            Refusal { unit, fields }
        }
        Err(error) => return Err(error.into()),
    };
    // A draft that waits to be opened still waits.
    let offered = if sent.may_have_draft() {
        None
    } else {
        drafts::find(&state.app, &person.ctx, &place.of_draft().key()).await?
    };
    let page = page(&person, &place, unit, &typed, &refusal, Shown { offered, ..Shown::default() })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// What is wrong.
#[derive(Default)]
struct Refusal {
    /// With the unit.
    unit: Vec<Problem>,
    /// With other fields.
    fields: Vec<FieldFault>,
}

async fn new_record(state: &WebState, person: &SignedIn, code: &str, form: &str) -> Result<NewRecord, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(code))?;
    let form = registers::to_fill_in(&person.ctx, &snapshot, unit, form)?;
    let unit = snapshot.view(unit).ok_or(Error::NoSuchPage)?;
    Ok(NewRecord { snapshot, unit, form })
}

fn page(
    person: &SignedIn,
    place: &NewRecord,
    unit: String,
    typed: &Typed,
    refusal: &Refusal,
    shown: Shown,
) -> Result<Html<String>, Error> {
    let (words, snapshot, form) = (person.words(), &place.snapshot, place.form());
    let wrong: Vec<String> = refusal.unit.iter().map(|problem| words.problem(problem)).collect();
    let own = input::own_unit(words, snapshot, unit, wrong);
    let of_unit = own.faults.iter().map(|fault| Fault {
        anchor: own.id.clone(),
        message: words.form_fault(&own.label, fault),
        other: None,
    });
    let faults = of_unit.chain(refusal.fields.iter().map(|fault| Fault::new(words, fault))).collect();
    let today = person.ctx.today(snapshot);
    let people = urls::person_lookup(&place.unit.code).into();
    let inputs =
        Inputs { words, snapshot, form, today, typed, faults: &refusal.fields, is_stored: false, people };
    let closed = records::closed_fields(&person.ctx, snapshot, place.form, place.unit.id, None);
    let mut groups = inputs.groups_without(&closed);
    if let Some(first) = groups.first_mut() {
        first.inputs.insert(0, own);
    }
    let title = words.record_new(label(words, &form.label));
    let mut layout = Layout::new(person, snapshot, Area::Registers, format!("{title} · {}", place.unit.name));
    layout.address = urls::new_record(&place.unit.code, &form.id).into();
    print(&RecordForm {
        layout,
        head: Head::new(person, snapshot, &place.unit, Area::Registers, None, |code, _| {
            urls::register(code, &form.id)
        }),
        title,
        message: None,
        stale: None,
        faults,
        groups,
        draft: DraftPart::new(person, snapshot, &place.of_draft(), shown),
        action: urls::register(&place.unit.code, &form.id).into(),
        version: None,
        back: urls::register(&place.unit.code, &form.id).into(),
    })
}
