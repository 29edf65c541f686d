//! The person's own account: password and language.

use std::sync::Arc;

use app::accounts::{self, SHORTEST_PASSWORD};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use words::Language;

use crate::{
    Error, WebState,
    address::Params,
    cookies,
    error::print,
    form::Form,
    layout::{Area, Layout},
    request_context::SignedIn,
};

const YEAR: i64 = 365 * 24 * 3600;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    layout: Layout,
    login: String,
    notice: Option<&'static str>,
    faults: Vec<String>,
    rule: String,
}

/// GET `/account`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let notice = match params.get("done") {
        Some("password") => Some(words.accounts_password_changed()),
        Some("language") => Some(words.account_language_saved()),
        _ => None,
    };
    page(&state, &person, notice, Vec::new()).await
}

async fn page(
    state: &WebState,
    person: &SignedIn,
    notice: Option<&'static str>,
    faults: Vec<String>,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let snapshot = state.app.current(&person.ctx).await?;
    let mut layout = Layout::new(person, &snapshot, Area::Own, words.account_title());
    "/account".clone_into(&mut layout.address);
    print(&AccountPage {
        layout,
        login: person.ctx.audit_name().to_owned(),
        notice,
        faults,
        rule: words.accounts_password_rule(SHORTEST_PASSWORD),
    })
}

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Password {
    old: String,
    new: String,
    again: String,
}

/// POST `/account/password`: all sessions end, and this one goes on as a new one.
pub(crate) async fn password(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(form): Form<Password>,
) -> Result<Response, Error> {
    let words = person.words();
    let faults = if form.new == form.again {
        match accounts::change_password(&state.app, &person.ctx, &form.old, form.new).await {
            Ok(session) => {
                let seconds = session.expires_at.as_second() - state.app.now().as_second();
                let headers = cookie(&state, cookies::SESSION, &session.token, seconds);
                return Ok((headers, Redirect::to("/account?done=password")).into_response());
            }
            Err(app::Error::SignInRefused { .. }) => vec![words.account_password_wrong().to_owned()],
            Err(app::Error::Invalid(problems)) => {
                problems.iter().map(|problem| words.problem(problem)).collect()
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        vec![words.accounts_password_differs().to_owned()]
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&state, &person, None, faults).await?).into_response())
}

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Choice {
    language: String,
}

/// POST `/account/language`.
pub(crate) async fn language(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Form(form): Form<Choice>,
) -> Result<Response, Error> {
    let language = Language::parse(&form.language).ok_or_else(|| Error::BadForm("language".to_owned()))?;
    accounts::choose_language(&state.app, &person.ctx, language).await?;
    let headers = cookie(&state, cookies::LANGUAGE, language.code(), YEAR);
    Ok((headers, Redirect::to("/account?done=language")).into_response())
}

fn cookie(state: &WebState, name: &str, value: &str, seconds: i64) -> HeaderMap {
    let cookie = cookies::write(name, value, seconds, state.options.is_https);
    cookie.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect()
}
