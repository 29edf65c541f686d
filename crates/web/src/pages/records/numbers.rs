//! Showing the personal numbers of a record, once and for a stated reason.

use std::sync::Arc;

use app::{records, unmask_log};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use model::ids::RecordId;
use serde::Deserialize;

use super::{attachments::Section, record, side_panel};
use crate::{Error, WebState, address::Path, error::print, form::Form, request_context::SignedIn};

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct UnmaskForm {
    /// Why the numbers are needed.
    #[serde(default)]
    reason: String,
}

/// POST `/records/{id}/numbers`: the record with its numbers in clear; this answer alone shows them.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<UnmaskForm>,
) -> Result<Response, Error> {
    let words = person.words();
    let shown = unmask_log::unmask(&state.app, &person.ctx, RecordId(id), &form.reason).await;
    let found = records::find(&state.app, &person.ctx, RecordId(id)).await?;
    let attachments = Section::new(&state, &person, &found, None).await?;
    let mut page = record::page(&person, &found, record::Notice::Nothing, attachments);
    let groups = side_panel::shared(&state.app, &person, &found).await?;
    page.beside.share(&person, &found, groups.as_deref());
    let status = match shown {
        Ok(numbers) => {
            page.beside.show(&person, &found, numbers);
            StatusCode::OK
        }
        Err(app::Error::Invalid(problems)) => {
            let message: Vec<String> = problems.iter().map(|problem| words.problem(problem)).collect();
            page.beside.fault = Some(message.join(" "));
            page.beside.reason = form.reason;
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(error) => return Err(error.into()),
    };
    // Neither the browser nor anything between may keep it.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], print(&page)?).into_response())
}
