//! Removing a record. Its history keeps what it stated.

use std::sync::Arc;

use app::facts;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use campaign::definition::FormKind;
use model::ids::FactId;
use serde::Deserialize;

use super::{attachments::Section, fact};
use crate::{Error, WebState, address::Path, error::print, form::Form, urls, visit::SignedIn};

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Seen {
    /// The version of the record that was looked at.
    version: i64,
}

/// POST `/facts/{id}/remove`: the record goes, or its page comes back with what has changed.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(seen): Form<Seen>,
) -> Result<Response, Error> {
    let found = facts::find(&state.app, &person.ctx, FactId(id)).await?;
    match facts::delete(&state.app, &person.ctx, FactId(id), seen.version).await {
        Ok(()) => {
            let form = &found.snapshot.campaign.forms[found.fact.form];
            let url = match form.kind {
                FormKind::Register => urls::register(&found.unit.code, &form.id).with("done", "remove"),
                _ => urls::unit(&found.unit.code),
            };
            Ok(Redirect::to(&url.to_string()).into_response())
        }
        Err(app::Error::Stale { .. }) => {
            let found = facts::find(&state.app, &person.ctx, FactId(id)).await?;
            let alert = person.words().record_changed_since().to_owned();
            let attachments = Section::new(&state, &person, &found, None).await?;
            let page = print(&fact::page(&person, &found, fact::Notice::Refused(alert), attachments))?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
