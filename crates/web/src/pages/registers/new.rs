//! A new record: the form made from the definition, and the result of sending it.

use campaign::definition::FormIdx;
use std::sync::Arc;

use app::{
    FieldFault, Snapshot, UnitView, drafts,
    reconciliation::{RegisterCount, period_of_new_return, periods_of_new_return, register_counts},
    records, registers, units,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use model::{ids::RecordId, period::ReportingPeriod, problem::Problem};
use words::Words;

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
        input::{self, Fault, Group, Inputs, OWN_UNIT, Typed},
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
        &self.snapshot.definition.forms[self.form]
    }

    /// As its drafts know it.
    fn of_draft(&self) -> draft::DraftSource<'_> {
        draft::DraftSource { unit: &self.unit, form: self.form(), fact: None }
    }

    async fn returned(
        &self,
        state: &WebState,
        person: &SignedIn,
        sent: &Sent<'_>,
        shown: Shown,
    ) -> Result<Html<String>, Error> {
        let (typed, gone) = sent.read(state, person, &self.snapshot, self.form()).await?;
        let content = Content::new(self.unit_of(sent), &typed);
        page(state, person, self, content, Shown { id: sent.draft_id(), gone, ..shown }).await
    }

    /// What a new form holds: of a return its period, and what registers count in it. Whoever saves it states it.
    async fn begin(
        &self,
        state: &WebState,
        person: &SignedIn,
        params: &Params,
    ) -> Result<(Typed, Option<&'static str>), Error> {
        let form = self.form();
        let usual = period_of_new_return(form, person.ctx.today(&self.snapshot).date());
        let (Some(usual), Some(reporting)) = (usual, form.reporting) else { return Ok((Typed::new(), None)) };
        let asked = params.get(PERIOD).or(params.get(YEAR)).and_then(|text| text.parse().ok());
        let period =
            asked.filter(|period: &ReportingPeriod| period.grain() == reporting.grain).unwrap_or(usual);
        let mut typed = Typed::from([(form.fields[reporting.field].id.clone(), period.to_string())]);
        for count in self.counts(state, person, &typed).await? {
            let field = &form.fields[count.field];
            let text = input::as_typed(person.words(), &self.snapshot, &field.kind, &count.value(form));
            typed.insert(field.id.clone(), text);
        }
        Ok((typed, Some(person.words().answer_proposed())))
    }

    /// What registers count for a return of the unit and the period that was typed.
    async fn counts(
        &self,
        state: &WebState,
        person: &SignedIn,
        typed: &Typed,
    ) -> Result<Vec<RegisterCount>, Error> {
        let form = self.form();
        let period = self.typed_period(typed).filter(|_| form.kind.states_classes());
        let Some(period) = period else { return Ok(Vec::new()) };
        Ok(register_counts(&state.app, &person.ctx, self.unit.id, &form.id, period).await?)
    }

    /// The period that was typed, where it is one for the form.
    fn typed_period(&self, typed: &Typed) -> Option<ReportingPeriod> {
        let reporting = self.form().reporting?;
        let text = typed.get(&self.form().fields[reporting.field].id)?;
        text.parse().ok().filter(|period: &ReportingPeriod| period.grain() == reporting.grain)
    }

    /// The periods for which a return can be begun, of which one is.
    fn periods(&self, person: &SignedIn, typed: &Typed) -> Vec<(String, Option<String>)> {
        let form = self.form();
        let begun = self.typed_period(typed);
        let (parameter, text): (&str, fn(Words, ReportingPeriod) -> String) = match form.year {
            Some(_) => (YEAR, |_, period| period.to_string()),
            None => (PERIOD, |words, period| words.period(period)),
        };
        let url = |period| urls::new_record(&self.unit.code, &form.id).with_param(parameter, period).into();
        let view = |period: ReportingPeriod| {
            (text(person.words(), period), (begun != Some(period)).then(|| url(period)))
        };
        let today = person.ctx.today(&self.snapshot).date();
        periods_of_new_return(form, today).into_iter().map(view).collect()
    }

    /// Whether the person has no other unit: then nobody is asked for it.
    fn is_only_unit(&self, person: &SignedIn) -> bool {
        let is_own = person.ctx.unit() == Some(self.unit.id);
        is_own && !self.snapshot.has_units_below(self.unit.id, person.ctx.today(&self.snapshot))
    }

    /// The record's own unit, as it was sent.
    fn unit_of(&self, sent: &Sent<'_>) -> String {
        sent.get(OWN_UNIT).map_or_else(|| self.unit.code.clone(), |text| text.trim().to_owned())
    }
}

/// GET `/units/{code}/registers/{form}/new`: empty, with a draft (`draft`), or with what another record
/// states (`like`).
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
        return place.returned(&state, &person, &Sent(fields), Shown::default()).await;
    }
    if let Some((id, draft)) = place.of_draft().open(&state, &person, params.get(draft::DRAFT)).await? {
        let (typed, gone) = draft::restore(&state, &person, place.form(), &draft).await?;
        let shown = Shown { id: Some(id), opened: Some(draft.at), gone, ..Shown::default() };
        let content = Content::new(draft.typed.unit.unwrap_or(unit), &typed);
        return page(&state, &person, &place, content, shown).await;
    }
    let like = params.get(LIKE).and_then(|id| id.parse().ok()).map(RecordId);
    let (typed, message) = match like {
        Some(like) => {
            let values = records::similar(&state.app, &person.ctx, like, place.form).await?;
            let typed = input::stored(person.words(), &place.snapshot, place.form(), &values);
            (typed, Some(person.words().record_similar_help()))
        }
        None => place.begin(&state, &person, &params).await?,
    };
    let content = Content { message, ..Content::new(unit, &typed) };
    page(&state, &person, &place, content, Shown::default()).await
}

/// The parameter with the year of a return that is begun.
const YEAR: &str = "year";
/// The parameter with its period, where it is for another one.
const PERIOD: &str = "period";

/// The parameter with the record that a new one is like.
pub(crate) const LIKE: &str = "like";

/// The form as it was sent, when nothing was made of it.
pub(crate) async fn returned(
    state: &WebState,
    person: &SignedIn,
    (code, form): (&str, &str),
    sent: &Sent<'_>,
    shown: Shown,
) -> Result<Html<String>, Error> {
    new_record(state, person, code, form).await?.returned(state, person, sent, shown).await
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
    let unit = place.unit_of(&sent);
    let id = sent.draft_id();
    if !gone.is_empty() {
        let shown = Shown { id, gone, is_refused: true, ..Shown::default() };
        let content = Content::new(unit, &typed);
        let page = page(&state, &person, &place, content, shown).await?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let refusal = match units::named(&person.ctx, &place.snapshot, &unit) {
        Ok(own) => match records::enter(&state.app, &person.ctx, &form, own, typed.clone().into()).await {
            Ok(entered) => {
                let done = if entered.is_new { "create" } else { "known" };
                if let Some(id) = id {
                    drafts::discard(&state.app, &person.ctx, &id).await?;
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
    let content = Content { refusal, ..Content::new(unit, &typed) };
    let page = page(&state, &person, &place, content, Shown { id, ..Shown::default() }).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// What is in the form.
struct Content<'a> {
    /// The record's own unit, as it was typed.
    unit: String,
    typed: &'a Typed,
    refusal: Refusal,
    /// What to know about it.
    message: Option<&'static str>,
}

impl<'a> Content<'a> {
    fn new(unit: String, typed: &'a Typed) -> Self {
        Self { unit, typed, refusal: Refusal::default(), message: None }
    }
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

async fn page(
    state: &WebState,
    person: &SignedIn,
    place: &NewRecord,
    content: Content<'_>,
    shown: Shown,
) -> Result<Html<String>, Error> {
    let (words, snapshot, form) = (person.words(), &place.snapshot, place.form());
    let Content { unit, typed, refusal, message } = content;
    let draft = DraftPart::new(state, person, snapshot, &place.of_draft(), shown).await?;
    let wrong: Vec<String> = refusal.unit.iter().map(|problem| words.problem(problem)).collect();
    let is_fixed = unit == place.unit.code && place.is_only_unit(person);
    let own = input::own_unit(words, snapshot, (unit.clone(), is_fixed), wrong);
    let of_unit = own.faults.iter().map(|fault| Fault {
        anchor: own.id.clone(),
        message: words.form_fault(&own.label, fault),
        other: None,
    });
    let faults = of_unit.chain(refusal.fields.iter().map(|fault| Fault::new(words, fault))).collect();
    let today = person.ctx.today(snapshot);
    // A unit that was chosen instead has other records.
    let counts = if unit == place.unit.code || unit.is_empty() {
        place.counts(state, person, typed).await?
    } else {
        Vec::new()
    };
    let inputs = Inputs {
        words,
        snapshot,
        form,
        today,
        typed,
        faults: &refusal.fields,
        is_stored: false,
        unit: &place.unit.code,
        counts: &counts,
    };
    let closed = records::closed_fields(&person.ctx, snapshot, place.form, place.unit.id, None);
    let mut groups = inputs.groups_without(&closed, None);
    match groups.first.first_mut() {
        Some(first) => first.inputs.insert(0, own),
        None => groups.first.push(Group { title: None, help: None, inputs: vec![own] }),
    }
    let title = words.record_new(label(words, &form.label));
    let back: String = if form.kind.is_register() {
        urls::register(&place.unit.code, &form.id).into()
    } else {
        urls::unit(&place.unit.code).into()
    };
    let mut layout = Layout::new(person, snapshot, Area::Registers, format!("{title} · {}", place.unit.name));
    layout.address = urls::new_record(&place.unit.code, &form.id).into();
    print(&RecordForm {
        layout,
        head: Head::new(person, snapshot, &place.unit, Area::Registers, None, |code, _| {
            urls::register(code, &form.id)
        }),
        title,
        message: message.map(ToOwned::to_owned),
        periods: place.periods(person, typed),
        stale: None,
        faults,
        groups,
        draft,
        action: urls::register(&place.unit.code, &form.id).into(),
        version: None,
        back,
    })
}
