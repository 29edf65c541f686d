//! Finding a person: by the exact ID number, which is never part of an
//! address, or by name within a unit.

use campaign::definition::FieldIdx;
use std::sync::Arc;

use app::{Action, persons, persons::Namesake, units};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    Error, WebState,
    error::print,
    form::Form,
    layout::{Area, Layout},
    parts::field,
    request_context::SignedIn,
    urls,
};

#[derive(Template)]
#[template(path = "persons/find.html")]
struct FindPage {
    layout: Layout,
    /// The unit that is proposed to be searched.
    unit: String,
    name: String,
    fault: Option<String>,
    /// What was found by name; `None` before anything was looked for.
    found: Option<Vec<Hit>>,
}

/// Somebody who bears the name.
struct Hit {
    name: String,
    number: String,
    unit: String,
    records: String,
    url: String,
}

/// What the form states: a number, or a name and a unit.
#[derive(Deserialize, Default)]
pub(crate) struct FindForm {
    #[serde(default)]
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    unit: String,
}

/// GET `/persons`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Html<String>, Error> {
    let page = page(&state, &person, &FindForm::default(), None, None).await?;
    print(&page)
}

/// POST `/persons`: the way to the file, or everybody of that name.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(form): Form<FindForm>,
) -> Result<Response, Error> {
    match search(&state, &person, &form).await {
        Ok(Looked::File(url)) => Ok(Redirect::to(&url).into_response()),
        Ok(Looked::Names(hits)) => {
            Ok(print(&page(&state, &person, &form, None, Some(hits)).await?)?.into_response())
        }
        Err(Error::App(app::Error::Invalid(problems))) => {
            let words = person.words();
            let message: Vec<String> = problems.iter().map(|problem| words.problem(problem)).collect();
            let page = page(&state, &person, &form, Some(message.join(" ")), None).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, print(&page)?).into_response())
        }
        Err(error) => Err(error),
    }
}

enum Looked {
    File(String),
    Names(Vec<Hit>),
}

async fn search(state: &WebState, person: &SignedIn, form: &FindForm) -> Result<Looked, Error> {
    if form.number.trim().is_empty() && !form.name.trim().is_empty() {
        let snapshot = state.app.current(&person.ctx).await?;
        let unit = units::named(&person.ctx, &snapshot, &form.unit)?;
        let found = persons::by_name(&state.app, &person.ctx, unit, &form.name).await?;
        return Ok(Looked::Names(
            found.iter().map(|found| hit(person, &snapshot, found, form.name.trim())).collect(),
        ));
    }
    let found = persons::by_number(&state.app, &person.ctx, &form.number).await?;
    Ok(found.map_or(Looked::Names(Vec::new()), |key| Looked::File(urls::person(&key).into())))
}

fn hit(person: &SignedIn, snapshot: &app::Snapshot, found: &Namesake, name: &str) -> Hit {
    let words = person.words();
    let form = &snapshot.definition.forms[found.fact.form];
    let text = |field: FieldIdx| {
        let value = found.fact.value(field);
        value.map(|value| field::text(words, snapshot, &form.fields[field].kind, value)).unwrap_or_default()
    };
    Hit {
        name: found.person.map_or_else(|| name.to_owned(), |person| text(person.name)),
        number: found.person.map(|person| text(person.id_number)).unwrap_or_default(),
        unit: found.unit.name.clone(),
        records: words.count(found.records),
        url: urls::person(&found.key).into(),
    }
}

async fn page(
    state: &WebState,
    person: &SignedIn,
    form: &FindForm,
    fault: Option<String>,
    found: Option<Vec<Hit>>,
) -> Result<FindPage, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    let own = person.ctx.unit().or_else(|| snapshot.root()).ok_or(Error::NoSuchPage)?;
    person.ctx.require(Action::ReadPersons, &snapshot, own)?;
    let unit = snapshot.view(own).map(|unit| unit.code).unwrap_or_default();
    let mut layout = Layout::new(person, &snapshot, Area::Registers, person.words().person_find());
    "/persons".clone_into(&mut layout.address);
    Ok(FindPage {
        layout,
        unit: if form.unit.is_empty() { unit } else { form.unit.clone() },
        name: form.name.clone(),
        fault,
        found,
    })
}
