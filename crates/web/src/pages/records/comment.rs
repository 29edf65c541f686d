//! Comments on a record.

use std::sync::Arc;

use app::{comments, records};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use model::{ids::RecordId, problem::Problem};
use serde::Deserialize;

use super::{attachments::Section, record};
use crate::{Error, WebState, address::Path, error::print, form::Form, request_context::SignedIn, urls};

/// A comment that was not taken.
#[derive(Default)]
pub(super) struct RefusedComment {
    /// What was typed.
    pub(super) text: String,
    /// Why.
    pub(super) faults: Vec<String>,
    /// Whether it would be taken with its personal numbers masked.
    pub(super) has_numbers: bool,
}

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct CommentForm {
    text: String,
    /// Whether personal numbers in it are to be masked.
    #[serde(default)]
    mask: Option<String>,
}

/// POST `/records/{id}/comments`: a comment is added, or the page comes back with what was typed.
pub(crate) async fn add(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(message): Form<CommentForm>,
) -> Result<Response, Error> {
    let id = RecordId(id);
    let text = if message.mask.is_some() { comments::masked(&message.text) } else { message.text };
    match comments::add(&state.app, &person.ctx, id, &text).await {
        Ok(()) => Ok(back(id)),
        Err(app::Error::Invalid(problems)) => {
            let words = person.words();
            let found = records::find(&state.app, &person.ctx, id).await?;
            let faults = problems.iter().map(|problem| words.problem(problem)).collect();
            let attachments = Section::new(&state, &person, &found, None).await?;
            let mut page = record::page(&person, &found, record::Notice::Nothing, attachments);
            page.comment = RefusedComment {
                text,
                faults,
                has_numbers: problems.iter().any(|problem| matches!(problem, Problem::NumberTyped { .. })),
            };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, print(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Nothing is stated beside the address.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// POST `/records/{id}/comments/{comment}/withdraw`.
pub(crate) async fn withdraw(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((id, comment)): Path<(i64, i64)>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Error> {
    comments::withdraw(&state.app, &person.ctx, RecordId(id), comment).await?;
    Ok(back(RecordId(id)))
}

fn back(id: RecordId) -> Response {
    Redirect::to(&format!("{}#history", urls::record(id))).into_response()
}
