//! What people say about a record.

use std::sync::Arc;

use app::{comments, facts};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use model::ids::FactId;
use serde::Deserialize;

use super::{attachments::Section, fact};
use crate::{Error, WebState, address::Path, error::print, form::Form, urls, visit::SignedIn};

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Said {
    text: String,
}

/// POST `/facts/{id}/comments`: a comment is added, or the page comes back with what was typed.
pub(crate) async fn add(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(said): Form<Said>,
) -> Result<Response, Error> {
    let id = FactId(id);
    match comments::add(&state.app, &person.ctx, id, &said.text).await {
        Ok(()) => Ok(back(id)),
        Err(app::Error::Invalid(problems)) => {
            let words = person.words();
            let found = facts::find(&state.app, &person.ctx, id).await?;
            let faults = problems.iter().map(|problem| words.problem(problem)).collect();
            let attachments = Section::new(&state, &person, &found, None).await?;
            let mut page = fact::page(&person, &found, fact::Notice::Nothing, attachments);
            page.comment = (said.text, faults);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, print(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Nothing is stated beside the address.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// POST `/facts/{id}/comments/{said}/withdraw`.
pub(crate) async fn withdraw(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((id, comment)): Path<(i64, i64)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Error> {
    comments::withdraw(&state.app, &person.ctx, FactId(id), comment).await?;
    Ok(back(FactId(id)))
}

fn back(id: FactId) -> Response {
    Redirect::to(&format!("{}#history", urls::fact(id))).into_response()
}
