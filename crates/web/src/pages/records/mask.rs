//! Masking the personal numbers in the texts of a record, as its warnings offer.

use std::sync::Arc;

use app::records;
use axum::{extract::State, response::Redirect};
use model::ids::RecordId;
use serde::Deserialize;

use crate::{Error, WebState, address::Path, form::Form, request_context::SignedIn, urls};

/// What the button states.
#[derive(Deserialize)]
pub(crate) struct Mask {
    version: i64,
}

/// POST `/records/{id}/mask`: back to the record.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(Mask { version }): Form<Mask>,
) -> Result<Redirect, Error> {
    let id = RecordId(id);
    records::mask_numbers(&state.app, &person.ctx, id, version).await?;
    Ok(Redirect::to(&String::from(urls::record(id))))
}
