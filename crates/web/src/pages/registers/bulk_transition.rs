//! One transition of many records: those that were selected in a list, or all of the
//! list. The pages ask first for the fields of the transition, then show what
//! would change, and then carry it out. The preview changes nothing. Only records
//! that have not changed since the preview make the transition; the others are
//! listed with the reason.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    FieldFault, Snapshot, UnitView,
    registers::{self, Selection},
    transitions::{self, BulkReview, BulkTransition, Chosen, MOST},
    units,
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use campaign::definition::{Field, Form as Definition, FormIdx, Transition};
use model::ids::RecordId;
use words::Words;

use crate::{
    Error, WebState,
    address::{Params, Path},
    error::{self, print},
    form::Form,
    layout::{Area, Layout},
    list_query::ListQuery,
    parts::{
        field,
        head::Head,
        input::{self, Fault, Input, Inputs, Typed},
        number::label,
    },
    request_context::SignedIn,
    urls::{self, Url},
};

/// The parameter that names a ticked record.
pub(crate) const TICKED: &str = "id";
/// The field with the records that were looked at.
const CHOSEN: &str = "chosen";
/// The field that says what is to be done with what is sent.
const ACTION: &str = "deed";
/// Records that are named beside a reason; their number is always shown.
const NAMED: usize = 5;

#[derive(Template)]
#[template(path = "registers/bulk_transition.html")]
struct BulkTransitionPage {
    layout: Layout,
    head: Head,
    title: String,
    /// Where it leads to.
    way: String,
    /// Which records these are.
    about: String,
    /// Why nothing was done.
    meanwhile: Vec<String>,
    faults: Vec<Fault>,
    /// That something pending is confirmed by it.
    confirms: Option<String>,
    /// What it writes into each record: as defined, and as typed.
    writes: Vec<field::FieldView>,
    stage: Stage,
    /// How many records can take it, before it is taken; how many cannot, and why.
    fit: Option<String>,
    unfit: String,
    reasons: Vec<Reason>,
    chosen: String,
    action: String,
    back: String,
}

/// What the page shows.
enum Stage {
    /// What the transition asks for.
    Asks(Vec<Input>),
    /// What would happen, what was typed going along unseen; `confirm` is what the button says.
    Question { typed: Vec<(String, String)>, confirm: String },
    /// What has happened, or that nothing can.
    End,
}

/// Why some records cannot take the transition.
struct Reason {
    message: String,
    count: String,
    /// The first of them: name and address.
    records: Vec<(String, String)>,
    is_cut: bool,
}

/// Where the transition is taken from, and which it is.
struct BulkContext {
    snapshot: Arc<Snapshot>,
    unit: UnitView,
    /// Position of the register.
    form: FormIdx,
    selected: ListQuery,
    transition: String,
}

impl BulkContext {
    async fn new(
        state: &WebState,
        person: &SignedIn,
        (code, form, transition): (String, String, String),
        params: &Params,
    ) -> Result<Self, Error> {
        let snapshot = state.app.current(&person.ctx).await?;
        let unit = units::resolve(&person.ctx, &snapshot, Some(&code))?;
        let form = registers::to_see(&person.ctx, &snapshot, unit, &form)?;
        let selected = ListQuery::read(person.words(), &person.ctx, &snapshot, form, params)?;
        if let Some((name, _)) = selected.faults.first() {
            return Err(Error::BadAddress(name.clone()));
        }
        transitions::find(&snapshot, form, &transition)?;
        let unit = snapshot.view(unit).ok_or(Error::NoSuchPage)?;
        Ok(Self { snapshot, unit, form, selected, transition })
    }

    fn form(&self) -> &Definition {
        &self.snapshot.definition.forms[self.form]
    }

    fn transition(&self) -> Result<&Transition, Error> {
        Ok(transitions::find(&self.snapshot, self.form, &self.transition)?.1)
    }

    fn bulk<'a>(&'a self, chosen: &'a [Chosen]) -> BulkTransition<'a> {
        BulkTransition { form: &self.form().id, transition: &self.transition, chosen }
    }

    fn selection(&self) -> Selection {
        self.selected.selection(self.form(), self.unit.id)
    }

    /// The records of the list that are in a state from which the transition leads; `None` when the list asks for
    /// other states only.
    fn eligible(&self) -> Result<Option<Selection>, Error> {
        let (mut selection, from) = (self.selection(), &self.transition()?.from);
        let chosen = &self.selected.filter.states;
        let states = from.iter().copied().filter(|state| chosen.is_empty() || chosen.contains(state));
        selection.filter.states = states.collect();
        Ok((!selection.filter.states.is_empty()).then_some(selection))
    }

    fn action(&self) -> Url {
        self.selected.address(urls::bulk_transition(&self.unit.code, &self.form().id, &self.transition))
    }

    /// The list that it came from.
    fn back(&self) -> Url {
        self.selected.address(urls::register(&self.unit.code, &self.form().id))
    }
}

/// GET `/units/{code}/registers/{form}/transitions/{step}`: of the ticked records, or of all that the list shows.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(address): Path<(String, String, String)>,
    params: Params,
) -> Result<Response, Error> {
    let place = BulkContext::new(&state, &person, address, &params).await?;
    let words = person.words();
    let ticked = params.values(TICKED).map(|id| id.parse().map(|id| (RecordId(id), None)));
    let mut chosen =
        ticked.collect::<Result<Vec<Chosen>, _>>().map_err(|_| Error::BadAddress(TICKED.to_owned()))?;
    let about = if chosen.is_empty() {
        let all = registers::ids(&state.app, &person.ctx, &place.selection()).await?.ids.len();
        let ids = match place.eligible()? {
            Some(eligible) => registers::ids(&state.app, &person.ctx, &eligible).await?.ids,
            None => Vec::new(),
        };
        chosen = ids.iter().take(MOST).map(|id| (*id, None)).collect();
        let elsewhere = all.saturating_sub(ids.len());
        let about = if ids.len() > MOST {
            words.bulk_first(words.count(ids.len()), words.count(MOST))
        } else {
            words.bulk_all(words.count(all))
        };
        let elsewhere = (elsewhere > 0).then(|| words.bulk_elsewhere(words.count(elsewhere)));
        [Some(about), elsewhere].into_iter().flatten().collect::<Vec<_>>().join(" ")
    } else {
        words.bulk_ticked(words.count(chosen.len()))
    };
    let review = transitions::survey_bulk(&state.app, &person.ctx, place.bulk(&chosen)).await?;
    let chosen = seen(&review);
    let shown =
        Shown { state: &state, person: &person, place: &place, typed: &Typed::new(), chosen: &chosen };
    if review.required.is_empty() && !review.fit.is_empty() {
        let looked =
            transitions::preview_bulk(&state.app, &person.ctx, place.bulk(&chosen), Typed::new()).await?;
        // Those in a state from which the transition does not start are listed as well.
        let looked = BulkReview { unfit: looked.unfit.into_iter().chain(review.unfit).collect(), ..looked };
        return match looked.fit.len() {
            0 => shown.end(looked, StatusCode::OK).await,
            _ => shown.question(looked, about, Vec::new()).await,
        };
    }
    shown.confirm(&review, Redisplay { about, ..Redisplay::default() }).await
}

/// POST `/units/{code}/registers/{form}/transitions/{step}`: looks at what would happen, or does it.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(address): Path<(String, String, String)>,
    params: Params,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let place = BulkContext::new(&state, &person, address, &params).await?;
    let (words, sent_as) = (person.words(), |name: &str| {
        sent.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    });
    let chosen = parse(sent_as(CHOSEN)).ok_or_else(|| Error::BadForm(CHOSEN.to_owned()))?;
    let (mut typed, removed) = input::typed(place.form(), &sent);
    // What is left empty stays as it is in each record.
    typed.retain(|_, text| !text.is_empty());
    let shown = Shown { state: &state, person: &person, place: &place, typed: &typed, chosen: &chosen };
    let about = words.bulk_chosen(words.count(chosen.len()));
    if !removed.is_empty() || sent_as(ACTION) == "edit" {
        let texts = removed.iter().map(|(field, text)| format!("{}{text}", words.paper_labelled(field)));
        let changed = (!removed.is_empty()).then(|| words.transition_form_changed().to_owned());
        let meanwhile = changed.into_iter().chain(texts).collect();
        return shown.redisplay(Redisplay { about, meanwhile, ..Redisplay::default() }).await;
    }
    let bulk = place.bulk(&chosen);
    let is_final = sent_as(ACTION) == "take";
    let outcome = if is_final {
        transitions::take_bulk(&state.app, &person.ctx, bulk, typed.clone()).await
    } else {
        transitions::preview_bulk(&state.app, &person.ctx, bulk, typed.clone()).await
    };
    match outcome {
        Ok(review) if review.fit.is_empty() => shown.refused(review, about).await,
        Ok(review) if !is_final => shown.question(review, about, Vec::new()).await,
        Ok(review) if review.unfit.is_empty() => {
            let url = place.back().with_param("done", "together").with_param("taken", review.fit.len());
            Ok(Redirect::to(&url.to_string()).into_response())
        }
        Ok(review) => shown.end(review, StatusCode::OK).await,
        // Somebody changed one of them in the same moment: nothing was taken.
        Err(app::Error::Stale { .. }) => {
            let review = transitions::preview_bulk(&state.app, &person.ctx, bulk, typed.clone()).await?;
            match review.fit.len() {
                0 => shown.refused(review, about).await,
                _ => shown.question(review, about, vec![words.bulk_moment().to_owned()]).await,
            }
        }
        Err(app::Error::FormChanged { .. }) => {
            let meanwhile = vec![words.transition_form_changed().to_owned()];
            shown.redisplay(Redisplay { about, meanwhile, ..Redisplay::default() }).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The messages when the form is shown again.
#[derive(Default)]
struct Redisplay {
    about: String,
    meanwhile: Vec<String>,
    faults: Vec<FieldFault>,
}

/// What the page is made from.
struct Shown<'a> {
    state: &'a WebState,
    person: &'a SignedIn,
    place: &'a BulkContext,
    typed: &'a Typed,
    /// The records that are looked at, whether they can take the transition with what was typed or not.
    chosen: &'a [Chosen],
}

/// That what is pending is confirmed by the transition, and of which fields.
fn confirms(words: Words, form: &Definition, review: &BulkReview) -> Option<String> {
    let (count, fields) = &review.confirms;
    let labels: Vec<&str> = fields.iter().map(|field| label(words, &form.fields[*field].label)).collect();
    (*count > 0).then(|| words.bulk_confirms(words.count(*count), words.enumeration(&labels)))
}

impl Shown<'_> {
    /// The form once more, with what was typed.
    async fn redisplay(&self, again: Redisplay) -> Result<Response, Error> {
        let bulk = self.place.bulk(self.chosen);
        let review = transitions::survey_bulk(&self.state.app, &self.person.ctx, bulk).await?;
        self.confirm(&review, again).await
    }

    /// None of the records can take the transition with what was typed: what is wrong
    /// is shown at the fields when it is about them.
    async fn refused(&self, review: BulkReview, about: String) -> Result<Response, Error> {
        let faults = review.unfit.iter().find_map(|(_, error)| match error {
            app::Error::InvalidFields(faults) => Some(faults.clone()),
            _ => None,
        });
        match faults {
            Some(faults) => self.redisplay(Redisplay { about, faults, ..Redisplay::default() }).await,
            None => self.end(review, StatusCode::CONFLICT).await,
        }
    }

    async fn confirm(&self, review: &BulkReview, again: Redisplay) -> Result<Response, Error> {
        let (words, place) = (self.person.words(), self.place);
        let (snapshot, form) = (&place.snapshot, place.form());
        let today = self.person.ctx.today(snapshot);
        let (typed, faults) = (self.typed, again.faults.as_slice());
        let inputs = Inputs {
            words,
            snapshot,
            form,
            today,
            typed,
            faults,
            is_stored: true,
            unit: &place.unit.code,
            counts: &[],
        };
        let mut inputs = inputs.inputs_of(&review.required);
        for input in &mut inputs {
            // A record may state it already; the others are listed with the reason.
            input.is_required = false;
            (input.required_when, input.when) = (None, None);
        }
        let status = match (again.meanwhile.is_empty(), faults.is_empty()) {
            (true, true) => StatusCode::OK,
            (true, false) => StatusCode::UNPROCESSABLE_ENTITY,
            (false, _) => StatusCode::CONFLICT,
        };
        let stage = if review.fit.is_empty() { Stage::End } else { Stage::Asks(inputs) };
        let page = BulkTransitionPage {
            meanwhile: again.meanwhile,
            faults: faults.iter().map(|fault| Fault::new(words, fault)).collect(),
            ..self.page(review, again.about, stage).await?
        };
        Ok((status, print(&page)?).into_response())
    }

    async fn question(
        &self,
        review: BulkReview,
        about: String,
        meanwhile: Vec<String>,
    ) -> Result<Response, Error> {
        let words = self.person.words();
        let title = label(words, &self.place.transition()?.label).to_owned();
        let confirm = words.bulk_confirm(words.count(review.fit.len()), title);
        let sent = self.typed.iter().map(|(id, text)| (input::name(id), text.clone()));
        let stage = Stage::Question { typed: sent.collect(), confirm };
        let status = if meanwhile.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT };
        let page = BulkTransitionPage { meanwhile, ..self.page(&review, about, stage).await? };
        Ok((status, print(&page)?).into_response())
    }

    /// What was done, and of which records it was not; or that it cannot be done of any.
    async fn end(&self, review: BulkReview, status: StatusCode) -> Result<Response, Error> {
        let words = self.person.words();
        let about = match review.fit.len() {
            0 => words.bulk_none().to_owned(),
            done => words.bulk_done(words.count(done)),
        };
        Ok((status, print(&self.page(&review, about, Stage::End).await?)?).into_response())
    }

    async fn page(
        &self,
        review: &BulkReview,
        about: String,
        stage: Stage,
    ) -> Result<BulkTransitionPage, Error> {
        let (words, place, step) = (self.person.words(), self.place, self.place.transition()?);
        let (snapshot, form) = (&place.snapshot, place.form());
        let title = label(words, &step.label).to_owned();
        let gives = step.gives.iter();
        let gives = gives
            .map(|(field, value)| field::FieldView::from_value(words, snapshot, &form.fields[*field], value));
        let mut writes: Vec<field::FieldView> = gives.collect();
        // Typed values without a field are shown in a message: nothing is lost.
        if !matches!(stage, Stage::Asks(_)) {
            let typed = self.typed.iter();
            writes.extend(
                typed.filter_map(|(id, text)| Some(self.field_view(&form.fields[form.field(id)?], text))),
            );
        }
        let workflow = transitions::find(snapshot, place.form, &place.transition)?.0;
        Ok(BulkTransitionPage {
            layout: Layout::new(
                self.person,
                snapshot,
                Area::Registers,
                format!("{title} · {}", place.unit.name),
            ),
            head: Head::new(self.person, snapshot, &place.unit, Area::Registers, None, |code, _| {
                place.selected.address(urls::register(code, &form.id))
            }),
            way: words.bulk_from_to(label(words, &form.label), label(words, &workflow.states[step.to].label)),
            title,
            about,
            confirms: confirms(words, form, review).filter(|_| !matches!(stage, Stage::End)),
            meanwhile: Vec::new(),
            faults: Vec::new(),
            writes,
            fit: (!matches!(stage, Stage::End)).then(|| words.bulk_fit(words.count(review.fit.len()))),
            unfit: words.bulk_unfit(words.count(review.unfit.len())),
            stage,
            reasons: self.reasons(review).await?,
            chosen: written(self.chosen),
            action: place.action().into(),
            back: place.back().into(),
        })
    }

    /// What was typed into a field, as it will be written.
    fn field_view(&self, field: &Field, text: &str) -> field::FieldView {
        let (words, snapshot) = (self.person.words(), &self.place.snapshot);
        match registers::value(&self.person.ctx, snapshot, field, text) {
            Ok(value) => field::FieldView::from_value(words, snapshot, field, &value),
            Err(_) => field::FieldView::from_text(label(words, &field.label), text),
        }
    }

    /// Why records cannot take the transition, most frequent first.
    async fn reasons(&self, review: &BulkReview) -> Result<Vec<Reason>, Error> {
        let mut by_reason: BTreeMap<String, Vec<RecordId>> = BTreeMap::new();
        for (id, error) in &review.unfit {
            by_reason.entry(self.error_text(error)).or_default().push(*id);
        }
        let mut sorted: Vec<_> = by_reason.into_iter().collect();
        sorted.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
        let (app, ctx, words) = (&self.state.app, &self.person.ctx, self.person.words());
        let mut reasons = Vec::with_capacity(sorted.len());
        for (message, ids) in sorted {
            let first = &ids[..ids.len().min(NAMED)];
            let rows = registers::read(app, ctx, &self.place.selection(), first).await?;
            let named = rows.iter().map(|row| {
                let main = field::main(words, &self.place.snapshot, &row.fact).into_iter().next();
                let name = main.map_or_else(|| words.record_page_number(row.fact.id), |main| main.value);
                (name, urls::record(row.fact.id).into())
            });
            let records: Vec<_> = named.collect();
            let is_cut = ids.len() > records.len();
            reasons.push(Reason { message, count: words.count(ids.len()), records, is_cut });
        }
        Ok(reasons)
    }

    fn error_text(&self, error: &app::Error) -> String {
        let words = self.person.words();
        match error {
            app::Error::Invalid(problems) => {
                problems.iter().map(|problem| words.problem(problem)).collect::<Vec<_>>().join(" ")
            }
            app::Error::InvalidFields(faults) => {
                faults.iter().map(|fault| error::field_fault(words, fault)).collect::<Vec<_>>().join(" ")
            }
            app::Error::Stale { .. } => words.bulk_changed().to_owned(),
            app::Error::Forbidden(_) => words.bulk_not_yours().to_owned(),
            _ => words.bulk_removed().to_owned(),
        }
    }
}

/// The records that can take the transition, at the versions that were looked at.
fn seen(review: &BulkReview) -> Vec<Chosen> {
    review.fit.iter().map(|(id, version)| (*id, Some(*version))).collect()
}

/// Records as a form carries them: `id.version`, separated by commas.
fn written(chosen: &[Chosen]) -> String {
    let written = chosen.iter().filter_map(|(id, version)| Some(format!("{id}.{}", (*version)?)));
    written.collect::<Vec<_>>().join(",")
}

/// What [`written`] wrote.
fn parse(text: &str) -> Option<Vec<Chosen>> {
    let one = |pair: &str| {
        let (id, version) = pair.split_once('.')?;
        Some((RecordId(id.parse().ok()?), Some(version.parse().ok()?)))
    };
    text.split(',').filter(|pair| !pair.is_empty()).map(one).collect()
}
