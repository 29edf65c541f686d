//! Beginning to use an account by its activation code: the code first, then login, name and password.

use std::sync::Arc;

use app::accounts::{self, Activation, NewOwner, SHORTEST_PASSWORD};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    Error, WebState,
    error::print,
    form::Form,
    layout::{Layout, role_name},
    pages::login::session_cookie,
    request_context::RequestContext,
};

#[derive(Template)]
#[template(path = "activate.html")]
struct ActivatePage {
    layout: Layout,
    faults: Vec<String>,
    code: String,
    owner: Option<OwnerForm>,
}

/// The second step, ready to print.
struct OwnerForm {
    unit: String,
    unit_code: String,
    role: String,
    is_new: bool,
    login: String,
    name: String,
    rule: String,
}

/// What the forms state.
#[derive(Deserialize, Default)]
pub(crate) struct OwnerInput {
    #[serde(default)]
    code: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// GET `/activate`.
pub(crate) async fn show(visit: RequestContext) -> Result<Html<String>, Error> {
    page(&visit, Vec::new(), String::new(), None)
}

fn page(
    visit: &RequestContext,
    faults: Vec<String>,
    code: String,
    owner: Option<OwnerForm>,
) -> Result<Html<String>, Error> {
    let mut layout = Layout::public_page(visit, visit.words.activate_title());
    // A change of language must not lead to what only a form opens.
    "/activate".clone_into(&mut layout.address);
    print(&ActivatePage { layout, faults, code, owner })
}

fn owner_form(visit: &RequestContext, activation: Activation, stated: Option<&OwnerInput>) -> OwnerForm {
    let words = visit.words;
    let Activation { unit, role, login, name, is_new, .. } = activation;
    let (login, name) = match stated {
        Some(stated) if is_new => (stated.login.clone(), stated.name.clone()),
        // The name of the unit stands there until its officer writes the own one.
        None if is_new => (login, String::new()),
        _ => (login, name),
    };
    OwnerForm {
        unit: unit.as_ref().map(|unit| unit.name.clone()).unwrap_or_default(),
        unit_code: unit.map(|unit| unit.code).unwrap_or_default(),
        role: role_name(words, &role).to_owned(),
        is_new,
        login,
        name,
        rule: words.accounts_password_rule(SHORTEST_PASSWORD),
    }
}

/// POST `/activate`: the code.
pub(crate) async fn look_up(
    State(state): State<Arc<WebState>>,
    visit: RequestContext,
    Form(form): Form<OwnerInput>,
) -> Result<Response, Error> {
    match accounts::look_up_code(&state.app, &form.code, &visit.origin()).await {
        Ok(activation) => {
            let owner = owner_form(&visit, activation, None);
            Ok(page(&visit, Vec::new(), form.code, Some(owner))?.into_response())
        }
        Err(error) => refused(&visit, error),
    }
}

/// A code that cannot be used, or one too many.
fn refused(visit: &RequestContext, error: app::Error) -> Result<Response, Error> {
    let words = visit.words;
    let error = Error::from(error);
    let fault = match &error {
        Error::App(app::Error::SignInRefused) => words.activate_refused().to_owned(),
        Error::App(app::Error::TooManyAttempts { seconds }) => words.activate_wait(seconds),
        Error::App(app::Error::TooMuchAtOnce { seconds }) => words.login_busy(seconds),
        _ => return Err(error),
    };
    let mut response = (error.status(), page(visit, vec![fault], String::new(), None)?).into_response();
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// POST `/activate/owner`: login, name and password; then the person has signed in.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    visit: RequestContext,
    Form(form): Form<OwnerInput>,
) -> Result<Response, Error> {
    let words = visit.words;
    let faults: Vec<String> = if form.password == form.again {
        let owner = NewOwner {
            code: form.code.clone(),
            login: form.login.clone(),
            name: form.name.clone(),
            password: form.password.clone(),
            origin: visit.origin(),
        };
        match accounts::activate(&state.app, owner).await {
            Ok(session) => {
                if let Some(former) = &visit.session {
                    accounts::sign_out(&state.app, former).await?;
                }
                let headers = session_cookie(&state, &session);
                return Ok((headers, Redirect::to("/")).into_response());
            }
            Err(app::Error::Invalid(problems)) => problems.iter().map(|found| words.problem(found)).collect(),
            Err(error) => return refused(&visit, error),
        }
    } else {
        vec![words.accounts_password_differs().to_owned()]
    };
    match accounts::look_up_code(&state.app, &form.code, &visit.origin()).await {
        Ok(activation) => {
            let owner = owner_form(&visit, activation, Some(&form));
            let page = page(&visit, faults, form.code, Some(owner))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => refused(&visit, error),
    }
}
