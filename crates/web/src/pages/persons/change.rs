//! Correcting and removing the data of a person in all records.

use std::sync::Arc;

use app::persons::{self, Changed, Correction, PersonKey};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::file;
use crate::{Error, WebState, address::Path, error::print, form::Form, urls, visit::SignedIn};

/// What the forms state; what is left empty stays as it is.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
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
    Form(asked): Form<Asked>,
) -> Result<Response, Error> {
    let key: PersonKey = key.parse()?;
    let correction =
        Correction { name: asked.name.clone(), id_number: asked.number.clone(), phone: asked.phone.clone() };
    let changed = persons::correct(&state.app, &person.ctx, &key, &correction, &asked.reason).await;
    answer(&state, &person, &key, "correct", changed, asked).await
}

/// POST `/persons/{key}/remove`.
pub(crate) async fn remove(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(key): Path<String>,
    Form(asked): Form<Asked>,
) -> Result<Response, Error> {
    let key: PersonKey = key.parse()?;
    let changed = persons::remove(&state.app, &person.ctx, &key, &asked.reason).await;
    answer(&state, &person, &key, "remove", changed, asked).await
}

async fn answer(
    state: &WebState,
    person: &SignedIn,
    key: &PersonKey,
    done: &str,
    changed: app::Result<Changed>,
    asked: Asked,
) -> Result<Response, Error> {
    match changed {
        Ok(Changed { key, records }) => {
            let url = urls::person(&key).with("done", done).with("records", records);
            Ok(Redirect::to(&url.to_string()).into_response())
        }
        Err(app::Error::Invalid(problems)) => {
            let words = person.words();
            let said: Vec<String> = problems.iter().map(|problem| words.problem(problem)).collect();
            let found = persons::file(&state.app, &person.ctx, key).await?;
            let page = file::page(person, &found, None, Some(said.join(" ")), asked);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, print(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
