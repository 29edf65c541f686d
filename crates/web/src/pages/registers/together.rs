//! One step of many records: those that were ticked in a list, or all that it
//! shows. First what the step asks for, then what would happen, then the deed.
//! Looking changes nothing; only records at the versions that were looked at
//! take the step, and the others are told with the reason.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    FieldFault, Snapshot, UnitView,
    registers::{self, Selection},
    steps::{self, Chosen, MOST, Many, Together},
    units,
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use campaign::definition::{Field, Form as Definition, Transition};
use model::ids::FactId;

use crate::{
    Error, WebState,
    address::{Params, Path},
    error::{self, print},
    form::Form,
    layout::{Area, Layout},
    parts::{
        field,
        head::Head,
        input::{self, Fault, Input, Inputs, Typed},
        number::label,
    },
    selected::Selected,
    urls::{self, Url},
    visit::SignedIn,
};

/// The parameter that names a ticked record.
const TICKED: &str = "id";
/// The field with the records that were looked at.
const CHOSEN: &str = "chosen";
/// The field that says what is to be done with what is sent.
const DEED: &str = "deed";
/// Records that are named beside a reason; how many there are is always said.
const NAMED: usize = 5;

#[derive(Template)]
#[template(path = "registers/together.html")]
struct TogetherPage {
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
    /// What it writes into each record: as defined, and as typed.
    writes: Vec<field::Stated>,
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
    /// What the step asks for.
    Asks(Vec<Input>),
    /// What would happen, what was typed going along unseen; `confirm` is what the button says.
    Question { typed: Vec<(String, String)>, confirm: String },
    /// What has happened, or that nothing can.
    End,
}

/// Why some records cannot take the step.
struct Reason {
    said: String,
    count: String,
    /// The first of them: name and address.
    records: Vec<(String, String)>,
    is_cut: bool,
}

/// Where the step is taken from, and which it is.
struct Place {
    snapshot: Arc<Snapshot>,
    unit: UnitView,
    /// Position of the register.
    form: usize,
    selected: Selected,
    step: String,
}

impl Place {
    async fn new(
        state: &WebState,
        person: &SignedIn,
        (code, form, step): (String, String, String),
        params: &Params,
    ) -> Result<Self, Error> {
        let snapshot = state.app.current().await?;
        let unit = units::resolve(&person.ctx, &snapshot, Some(&code))?;
        let form = registers::to_see(&person.ctx, &snapshot, unit, &form)?;
        let selected = Selected::read(person.words(), &person.ctx, &snapshot, form, params)?;
        if let Some((name, _)) = selected.faults.first() {
            return Err(Error::BadAddress(name.clone()));
        }
        steps::find(&snapshot, form, &step)?;
        let unit = snapshot.view(unit).ok_or(Error::NoSuchPage)?;
        Ok(Self { snapshot, unit, form, selected, step })
    }

    fn form(&self) -> &Definition {
        &self.snapshot.campaign.forms[self.form]
    }

    fn step(&self) -> Result<&Transition, Error> {
        Ok(steps::find(&self.snapshot, self.form, &self.step)?.1)
    }

    fn together<'a>(&'a self, chosen: &'a [Chosen]) -> Together<'a> {
        Together { form: &self.form().id, step: &self.step, chosen }
    }

    fn selection(&self) -> Selection {
        self.selected.selection(self.form(), self.unit.id)
    }

    /// What the list shows of records that stand where the step begins; `None` when it asks for other states.
    fn standing(&self) -> Result<Option<Selection>, Error> {
        let (mut selection, from) = (self.selection(), &self.step()?.from);
        let chosen = &self.selected.filter.states;
        let states = from.iter().copied().filter(|state| chosen.is_empty() || chosen.contains(state));
        selection.filter.states = states.collect();
        Ok((!selection.filter.states.is_empty()).then_some(selection))
    }

    fn action(&self) -> Url {
        self.selected.at(urls::together(&self.unit.code, &self.form().id, &self.step))
    }

    /// The list that it came from.
    fn back(&self) -> Url {
        self.selected.at(urls::register(&self.unit.code, &self.form().id))
    }
}

/// GET `/units/{code}/registers/{form}/steps/{step}`: of the ticked records, or of all that the list shows.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(address): Path<(String, String, String)>,
    params: Params,
) -> Result<Response, Error> {
    let place = Place::new(&state, &person, address, &params).await?;
    let words = person.words();
    let ticked = params.all(TICKED).map(|id| id.parse().map(|id| (FactId(id), None)));
    let mut chosen =
        ticked.collect::<Result<Vec<Chosen>, _>>().map_err(|_| Error::BadAddress(TICKED.to_owned()))?;
    let about = if chosen.is_empty() {
        let all = registers::ids(&state.app, &person.ctx, &place.selection()).await?.ids.len();
        let ids = match place.standing()? {
            Some(standing) => registers::ids(&state.app, &person.ctx, &standing).await?.ids,
            None => Vec::new(),
        };
        chosen = ids.iter().take(MOST).map(|id| (*id, None)).collect();
        let elsewhere = all.saturating_sub(ids.len());
        let about = if ids.len() > MOST {
            words.together_first(words.count(ids.len()), words.count(MOST))
        } else {
            words.together_all(words.count(all))
        };
        let elsewhere = (elsewhere > 0).then(|| words.together_elsewhere(words.count(elsewhere)));
        [Some(about), elsewhere].into_iter().flatten().collect::<Vec<_>>().join(" ")
    } else {
        words.together_ticked(words.count(chosen.len()))
    };
    let many = steps::survey_many(&state.app, &person.ctx, place.together(&chosen)).await?;
    let chosen = seen(&many);
    let shown =
        Shown { state: &state, person: &person, place: &place, typed: &Typed::new(), chosen: &chosen };
    if many.asked.is_empty() && !many.fit.is_empty() {
        let looked =
            steps::preview_many(&state.app, &person.ctx, place.together(&chosen), Typed::new()).await?;
        // Those that do not stand where the step begins are told as well.
        let looked = Many { unfit: looked.unfit.into_iter().chain(many.unfit).collect(), ..looked };
        return match looked.fit.len() {
            0 => shown.end(looked, StatusCode::OK).await,
            _ => shown.question(looked, about, Vec::new()).await,
        };
    }
    shown.asks(&many, Again { about, ..Again::default() }).await
}

/// POST `/units/{code}/registers/{form}/steps/{step}`: looks at what would happen, or does it.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(address): Path<(String, String, String)>,
    params: Params,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, Error> {
    let place = Place::new(&state, &person, address, &params).await?;
    let (words, sent_as) = (person.words(), |name: &str| {
        sent.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    });
    let chosen = parse(sent_as(CHOSEN)).ok_or_else(|| Error::BadForm(CHOSEN.to_owned()))?;
    let (mut typed, gone) = input::typed(place.form(), &sent);
    // What is left empty stays as it is in each record.
    typed.retain(|_, text| !text.is_empty());
    let shown = Shown { state: &state, person: &person, place: &place, typed: &typed, chosen: &chosen };
    let about = words.together_chosen(words.count(chosen.len()));
    if !gone.is_empty() || sent_as(DEED) == "edit" {
        let texts = gone.iter().map(|(field, text)| format!("{}{text}", words.paper_labelled(field)));
        let changed = (!gone.is_empty()).then(|| words.step_form_changed().to_owned());
        let meanwhile = changed.into_iter().chain(texts).collect();
        return shown.again(Again { about, meanwhile, ..Again::default() }).await;
    }
    let together = place.together(&chosen);
    let is_deed = sent_as(DEED) == "take";
    let outcome = if is_deed {
        steps::take_many(&state.app, &person.ctx, together, typed.clone()).await
    } else {
        steps::preview_many(&state.app, &person.ctx, together, typed.clone()).await
    };
    match outcome {
        Ok(many) if many.fit.is_empty() => shown.refused(many, about).await,
        Ok(many) if !is_deed => shown.question(many, about, Vec::new()).await,
        Ok(many) if many.unfit.is_empty() => {
            let url = place.back().with("done", "together").with("taken", many.fit.len());
            Ok(Redirect::to(&url.to_string()).into_response())
        }
        Ok(many) => shown.end(many, StatusCode::OK).await,
        // Somebody changed one of them in the same moment: nothing was taken.
        Err(app::Error::Stale { .. }) => {
            let many = steps::preview_many(&state.app, &person.ctx, together, typed.clone()).await?;
            match many.fit.len() {
                0 => shown.refused(many, about).await,
                _ => shown.question(many, about, vec![words.together_moment().to_owned()]).await,
            }
        }
        Err(app::Error::NotFound { what: "field", .. }) => {
            let meanwhile = vec![words.step_form_changed().to_owned()];
            shown.again(Again { about, meanwhile, ..Again::default() }).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What is said when the form is shown again.
#[derive(Default)]
struct Again {
    about: String,
    meanwhile: Vec<String>,
    faults: Vec<FieldFault>,
}

/// What the page is made from.
struct Shown<'a> {
    state: &'a WebState,
    person: &'a SignedIn,
    place: &'a Place,
    typed: &'a Typed,
    /// The records that are looked at, whether they can take the step with what was typed or not.
    chosen: &'a [Chosen],
}

impl Shown<'_> {
    /// The form once more, with what was typed.
    async fn again(&self, again: Again) -> Result<Response, Error> {
        let together = self.place.together(self.chosen);
        let many = steps::survey_many(&self.state.app, &self.person.ctx, together).await?;
        self.asks(&many, again).await
    }

    /// None of the records can take the step as it was stated: what is wrong is
    /// told at the fields when it is what was typed.
    async fn refused(&self, many: Many, about: String) -> Result<Response, Error> {
        let faults = many.unfit.iter().find_map(|(_, error)| match error {
            app::Error::InvalidFields(faults) => Some(faults.clone()),
            _ => None,
        });
        match faults {
            Some(faults) => self.again(Again { about, faults, ..Again::default() }).await,
            None => self.end(many, StatusCode::CONFLICT).await,
        }
    }

    async fn asks(&self, many: &Many, again: Again) -> Result<Response, Error> {
        let (words, place) = (self.person.words(), self.place);
        let (snapshot, form) = (&place.snapshot, place.form());
        let (today, people) = (self.person.ctx.clock.today(), urls::people(&place.unit.code).into());
        let (typed, faults) = (self.typed, again.faults.as_slice());
        let inputs = Inputs { words, snapshot, form, today, typed, faults, is_stored: true, people };
        let mut inputs = inputs.of(&many.asked);
        for input in &mut inputs {
            // A record may state it already; of one that does not, it is told.
            input.is_required = false;
        }
        let status = match (again.meanwhile.is_empty(), faults.is_empty()) {
            (true, true) => StatusCode::OK,
            (true, false) => StatusCode::UNPROCESSABLE_ENTITY,
            (false, _) => StatusCode::CONFLICT,
        };
        let stage = if many.fit.is_empty() { Stage::End } else { Stage::Asks(inputs) };
        let page = TogetherPage {
            meanwhile: again.meanwhile,
            faults: faults.iter().map(|fault| Fault::new(words, fault)).collect(),
            ..self.page(many, again.about, stage).await?
        };
        Ok((status, print(&page)?).into_response())
    }

    async fn question(&self, many: Many, about: String, meanwhile: Vec<String>) -> Result<Response, Error> {
        let words = self.person.words();
        let title = label(words, &self.place.step()?.label).to_owned();
        let confirm = words.together_confirm(words.count(many.fit.len()), title);
        let sent = self.typed.iter().map(|(id, text)| (input::name(id), text.clone()));
        let stage = Stage::Question { typed: sent.collect(), confirm };
        let status = if meanwhile.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT };
        let page = TogetherPage { meanwhile, ..self.page(&many, about, stage).await? };
        Ok((status, print(&page)?).into_response())
    }

    /// What was done, and of which records it was not; or that it cannot be done of any.
    async fn end(&self, many: Many, status: StatusCode) -> Result<Response, Error> {
        let words = self.person.words();
        let about = match many.fit.len() {
            0 => words.together_none().to_owned(),
            done => words.together_done(words.count(done)),
        };
        Ok((status, print(&self.page(&many, about, Stage::End).await?)?).into_response())
    }

    async fn page(&self, many: &Many, about: String, stage: Stage) -> Result<TogetherPage, Error> {
        let (words, place, step) = (self.person.words(), self.place, self.place.step()?);
        let (snapshot, form) = (&place.snapshot, place.form());
        let title = label(words, &step.label).to_owned();
        let gives = step.gives.iter();
        let gives =
            gives.map(|(field, value)| field::Stated::of(words, snapshot, &form.fields[*field], value));
        let mut writes: Vec<field::Stated> = gives.collect();
        // What was typed is told where it stands in no field: nothing of it is lost.
        if !matches!(stage, Stage::Asks(_)) {
            let typed = self.typed.iter();
            writes
                .extend(typed.filter_map(|(id, text)| Some(self.told(&form.fields[form.field(id)?], text))));
        }
        let workflow = steps::find(snapshot, place.form, &place.step)?.0;
        Ok(TogetherPage {
            layout: Layout::new(
                self.person,
                snapshot,
                Area::Registers,
                format!("{title} · {}", place.unit.name),
            ),
            head: Head::new(self.person, snapshot, &place.unit, Area::Registers, None, |code, _| {
                place.selected.at(urls::register(code, &form.id))
            }),
            way: words.together_way(label(words, &form.label), label(words, &workflow.states[step.to].label)),
            title,
            about,
            meanwhile: Vec::new(),
            faults: Vec::new(),
            writes,
            fit: (!matches!(stage, Stage::End)).then(|| words.together_fit(words.count(many.fit.len()))),
            unfit: words.together_unfit(words.count(many.unfit.len())),
            stage,
            reasons: self.reasons(many).await?,
            chosen: written(self.chosen),
            action: place.action().into(),
            back: place.back().into(),
        })
    }

    /// What was typed into a field, as it will be written.
    fn told(&self, field: &Field, text: &str) -> field::Stated {
        let (words, snapshot) = (self.person.words(), &self.place.snapshot);
        match registers::value(&self.person.ctx, snapshot, field, text) {
            Ok(value) => field::Stated::of(words, snapshot, field, &value),
            Err(_) => field::Stated::said(label(words, &field.label), text),
        }
    }

    /// Why records cannot take the step, most frequent first.
    async fn reasons(&self, many: &Many) -> Result<Vec<Reason>, Error> {
        let mut by_reason: BTreeMap<String, Vec<FactId>> = BTreeMap::new();
        for (id, error) in &many.unfit {
            by_reason.entry(self.said(error)).or_default().push(*id);
        }
        let mut sorted: Vec<_> = by_reason.into_iter().collect();
        sorted.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
        let (app, ctx, words) = (&self.state.app, &self.person.ctx, self.person.words());
        let mut reasons = Vec::with_capacity(sorted.len());
        for (said, ids) in sorted {
            let first = &ids[..ids.len().min(NAMED)];
            let rows = registers::read(app, ctx, &self.place.selection(), first).await?;
            let named = rows.iter().map(|row| {
                let told = field::main(words, &self.place.snapshot, &row.fact).into_iter().next();
                let name = told.map_or_else(|| words.fact_number(row.fact.id), |told| told.value);
                (name, urls::fact(row.fact.id).into())
            });
            let records: Vec<_> = named.collect();
            let is_cut = ids.len() > records.len();
            reasons.push(Reason { said, count: words.count(ids.len()), records, is_cut });
        }
        Ok(reasons)
    }

    fn said(&self, error: &app::Error) -> String {
        let words = self.person.words();
        match error {
            app::Error::Invalid(problems) => {
                problems.iter().map(|problem| words.problem(problem)).collect::<Vec<_>>().join(" ")
            }
            app::Error::InvalidFields(faults) => {
                faults.iter().map(|fault| error::field_fault(words, fault)).collect::<Vec<_>>().join(" ")
            }
            app::Error::Stale { .. } => words.together_changed().to_owned(),
            app::Error::Forbidden(_) => words.together_not_yours().to_owned(),
            _ => words.together_gone().to_owned(),
        }
    }
}

/// The records that can take the step, at the versions that were looked at.
fn seen(many: &Many) -> Vec<Chosen> {
    many.fit.iter().map(|(id, version)| (*id, Some(*version))).collect()
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
        Some((FactId(id.parse().ok()?), Some(version.parse().ok()?)))
    };
    text.split(',').filter(|pair| !pair.is_empty()).map(one).collect()
}
