//! Showing the personal numbers of a record, once and for a stated reason.

use std::sync::Arc;

use app::{facts, privacy};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use model::ids::FactId;
use serde::Deserialize;

use super::{attachments::Section, beside, fact};
use crate::{Error, WebState, address::Path, error::print, form::Form, visit::SignedIn};

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Asked {
    /// Why the numbers are needed.
    #[serde(default)]
    reason: String,
}

/// POST `/facts/{id}/numbers`: the record with its numbers in clear; this answer alone shows them.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(asked): Form<Asked>,
) -> Result<Response, Error> {
    let words = person.words();
    let shown = privacy::unmask(&state.app, &person.ctx, FactId(id), &asked.reason).await;
    let found = facts::find(&state.app, &person.ctx, FactId(id)).await?;
    let attachments = Section::new(&state, &person, &found, None).await?;
    let mut page = fact::page(&person, &found, fact::Notice::Nothing, attachments);
    let groups = beside::shared(&state.app, &person, &found).await?;
    page.beside.share(&person, &found, groups.as_deref());
    let status = match shown {
        Ok(numbers) => {
            page.beside.show(&person, &found, numbers);
            StatusCode::OK
        }
        Err(app::Error::Invalid(problems)) => {
            let said: Vec<String> = problems.iter().map(|problem| words.problem(problem)).collect();
            page.beside.fault = Some(said.join(" "));
            page.beside.reason = asked.reason;
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Err(error) => return Err(error.into()),
    };
    // Neither the browser nor anything between may keep it.
    Ok((status, [(header::CACHE_CONTROL, "no-store")], print(&page)?).into_response())
}
