//! Removing a record. Its history keeps its values.

use std::sync::Arc;

use app::records;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use model::ids::RecordId;
use serde::Deserialize;

use super::{attachments::Section, record};
use crate::{Error, WebState, address::Path, error::print, form::Form, request_context::SignedIn, urls};

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Seen {
    /// The version of the record that was looked at.
    version: i64,
}

/// POST `/records/{id}/remove`: the record goes, or its page comes back with what has changed.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(seen): Form<Seen>,
) -> Result<Response, Error> {
    let found = records::find(&state.app, &person.ctx, RecordId(id)).await?;
    match records::delete(&state.app, &person.ctx, RecordId(id), seen.version).await {
        Ok(()) => {
            let form = &found.snapshot.definition.forms[found.fact.form];
            let url = if form.kind.is_register() {
                urls::register(&found.unit.code, &form.id).with_param("done", "remove")
            } else {
                urls::unit(&found.unit.code)
            };
            Ok(Redirect::to(&url.to_string()).into_response())
        }
        Err(app::Error::Stale { .. }) => {
            let found = records::find(&state.app, &person.ctx, RecordId(id)).await?;
            let alert = person.words().record_changed_since().to_owned();
            let attachments = Section::new(&state, &person, &found, None).await?;
            let page = print(&record::page(&person, &found, record::Notice::Refused(alert), attachments))?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
