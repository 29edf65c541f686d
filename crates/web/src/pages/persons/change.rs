//! Correcting and removing the data of a person in all records.

use std::sync::Arc;

use app::persons::{self, ChangeOutcome, Correction, PersonKey};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::file;
use crate::{Error, WebState, address::Path, error::print, form::Form, request_context::SignedIn, urls};

/// What the forms state; what is left empty stays as it is.
#[derive(Deserialize, Default)]
pub(crate) struct ChangeForm {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) number: String,
    #[serde(default)]
    pub(super) phone: String,
    #[serde(default)]
    pub(super) reason: String,
}

/// POST `/persons/{key}/correct`.
pub(crate) async fn correct(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(key): Path<String>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, Error> {
    let key: PersonKey = key.parse()?;
    let correction =
        Correction { name: form.name.clone(), id_number: form.number.clone(), phone: form.phone.clone() };
    let changed = persons::correct(&state.app, &person.ctx, &key, &correction, &form.reason).await;
    answer(&state, &person, &key, "correct", changed, form).await
}

/// POST `/persons/{key}/remove`.
pub(crate) async fn remove(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(key): Path<String>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, Error> {
    let key: PersonKey = key.parse()?;
    let changed = persons::remove(&state.app, &person.ctx, &key, &form.reason).await;
    answer(&state, &person, &key, "remove", changed, form).await
}

async fn answer(
    state: &WebState,
    person: &SignedIn,
    key: &PersonKey,
    done: &str,
    changed: app::Result<ChangeOutcome>,
    form: ChangeForm,
) -> Result<Response, Error> {
    match changed {
        Ok(ChangeOutcome { key, records }) => {
            let url = urls::person(&key).with_param("done", done).with_param("records", records);
            Ok(Redirect::to(&url.to_string()).into_response())
        }
        Err(app::Error::Invalid(problems)) => {
            let words = person.words();
            let message: Vec<String> = problems.iter().map(|problem| words.problem(problem)).collect();
            let found = persons::file(&state.app, &person.ctx, key).await?;
            let page = file::page(person, &found, None, Some(message.join(" ")), form);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, print(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
