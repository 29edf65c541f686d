//! What can be done with an import: it is started, stopped, cancelled, or returned to its choices.

use std::sync::Arc;

use app::imports;
use axum::{extract::State, response::Redirect};
use model::ids::ImportId;
use serde::Deserialize;

use super::address;
use crate::{Error, WebState, address::Path, form::Form, request_context::SignedIn};

/// What the buttons state: which rows to take.
#[derive(Deserialize)]
pub(crate) struct Start {
    rows: String,
}

/// POST `/imports/{id}/start`.
pub(crate) async fn start(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<Start>,
) -> Result<Redirect, Error> {
    let accepts_good_rows = match form.rows.as_str() {
        "all" => false,
        "good" => true,
        other => return Err(Error::BadForm(format!("rows={other}"))),
    };
    imports::start(&state.app, &person.ctx, ImportId(id), accepts_good_rows).await?;
    Ok(Redirect::to(&String::from(address(ImportId(id)))))
}

/// A form that states nothing but what its button does.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// POST `/imports/{id}/discard`.
pub(crate) async fn discard(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    imports::discard(&state.app, &person.ctx, ImportId(id)).await?;
    Ok(Redirect::to("/imports"))
}

/// POST `/imports/{id}/stop`.
pub(crate) async fn stop(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    imports::stop(&state.app, &person.ctx, ImportId(id)).await?;
    Ok(Redirect::to(&String::from(address(ImportId(id)))))
}

/// POST `/imports/{id}/reopen`.
pub(crate) async fn reopen(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    imports::reopen(&state.app, &person.ctx, ImportId(id)).await?;
    Ok(Redirect::to(&String::from(address(ImportId(id)))))
}

/// POST `/imports/{id}/forget-columns`: what the person's unit has chosen for this form before is forgotten.
pub(crate) async fn forget_columns(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    let job = imports::find(&state.app, &person.ctx, ImportId(id)).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let form = imports::form_of_kind(&snapshot, &job.options.kind)?;
    imports::forget_columns(&state.app, &person.ctx, form).await?;
    Ok(Redirect::to(&String::from(address(ImportId(id)))))
}
