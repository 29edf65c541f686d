//! Changes of other persons' accounts by the city office.

use std::sync::Arc;

use app::{
    accounts::{self, Assignment},
    units::named,
};
use axum::{extract::State, response::Redirect};
use serde::Deserialize;

use super::{require_managing, role_named};
use crate::{Error, WebState, address::Path, form::Form, request_context::SignedIn, urls::Url};

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Password {
    password: String,
}

/// A form that states nothing but what its button does.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// POST `/accounts/{login}/password`: a new password, which the office gives to the person.
pub(crate) async fn password(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(login): Path<String>,
    Form(form): Form<Password>,
) -> Result<Redirect, Error> {
    accounts::reset(&state.app, &person.ctx, &login, form.password).await?;
    Ok(back("reset", &login))
}

/// POST `/accounts/{login}/disable`.
pub(crate) async fn disable(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(login): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    accounts::set_disabled(&state.app, &person.ctx, &login, true).await?;
    Ok(back("disabled", &login))
}

/// POST `/accounts/{login}/enable`.
pub(crate) async fn enable(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(login): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    accounts::set_disabled(&state.app, &person.ctx, &login, false).await?;
    Ok(back("enabled", &login))
}

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Assigned {
    role: String,
    unit: String,
}

/// POST `/accounts/{login}/assign`: another role or unit.
pub(crate) async fn assign(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(login): Path<String>,
    Form(form): Form<Assigned>,
) -> Result<Redirect, Error> {
    require_managing(&person)?;
    let snapshot = state.app.current(&person.ctx).await?;
    let unit = named(&person.ctx, &snapshot, &form.unit)?;
    let unit_code = snapshot.view(unit).map(|unit| unit.code).unwrap_or_default();
    let assignment = Assignment { role: role_named(&snapshot, &form.role)?, unit_code };
    accounts::assign(&state.app, &person.ctx, &login, assignment).await?;
    Ok(back("assigned", &login))
}

/// POST `/accounts/{login}/second-factor/remove`, for somebody who has lost it.
pub(crate) async fn second_factor(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(login): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    accounts::remove_second_factor(&state.app, &person.ctx, &login).await?;
    Ok(back("second-factor", &login))
}

fn back(done: &str, login: &str) -> Redirect {
    Redirect::to(&Url::new("/accounts", &[]).with_param(done, login).to_string())
}
