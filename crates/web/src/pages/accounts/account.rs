//! The person's own account: password, second factor, sessions and language. Whoever must do something
//! about it before anything else is led here.

use std::sync::Arc;

use app::{
    Demand,
    accounts::{self, SHORTEST_PASSWORD, SecondFactor},
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use words::{Language, Words};

use super::{
    deputies::{DeputiesView, Named},
    second_factor::SecondFactorView,
    sessions::{SessionLine, session_line},
};
use crate::{
    Error, WebState,
    address::Params,
    cookies::{self, YEAR},
    error::print,
    form::Form,
    layout::{Area, Layout},
    pages::login::session_cookie,
    request_context::AccountOwner,
};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    layout: Layout,
    login: String,
    notice: Option<&'static str>,
    /// What must be done before anything else.
    demand: Option<&'static str>,
    faults: Faults,
    rule: String,
    second_factor: SecondFactorView,
    sessions: Vec<SessionLine>,
    has_other_sessions: bool,
    deputies: DeputiesView,
}

/// Why a form of the page was refused.
#[derive(Default)]
pub(super) struct Faults {
    pub(super) password: Vec<String>,
    pub(super) second_factor: Vec<String>,
    pub(super) deputy: (Vec<String>, Named),
}

/// GET `/account`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    owner: AccountOwner,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = owner.person.words();
    let notice = match params.get("done") {
        Some("password") => Some(words.accounts_password_changed()),
        Some("language") => Some(words.account_language_saved()),
        Some("second-factor") => Some(words.account_second_factor_done()),
        Some("session") => Some(words.account_session_ended()),
        Some("deputy") => Some(words.deputy_named()),
        Some("deputy-ended") => Some(words.deputy_ended()),
        _ => None,
    };
    page(&state, &owner, notice, Faults::default()).await
}

pub(super) async fn page(
    state: &WebState,
    owner: &AccountOwner,
    notice: Option<&'static str>,
    mut faults: Faults,
) -> Result<Html<String>, Error> {
    let person = &owner.person;
    let words = person.words();
    let mut layout = Layout::new(person, &person.snapshot, Area::Own, words.account_title());
    "/account".clone_into(&mut layout.address);
    if owner.demand.is_some() {
        // All of it would only lead back here.
        layout.menu.clear();
    }
    let sessions = accounts::list_sessions(&state.app, &person.ctx).await?;
    let second_factor: SecondFactor = accounts::second_factor(&state.app, &person.ctx).await?;
    let found = accounts::own_deputies(&state.app, &person.ctx).await?;
    let (deputy_faults, typed) = std::mem::take(&mut faults.deputy);
    let deputies = DeputiesView {
        faults: deputy_faults,
        typed,
        action: "/account/deputies".to_owned(),
        may_name: person.ctx.acting_for.is_none()
            && owner.demand.is_none()
            && person.ctx.allows(app::Action::ReadTodo),
        colleagues: accounts::colleagues(&state.app, &person.ctx).await?,
        ..DeputiesView::new(words, &found, true)
    };
    print(&AccountPage {
        layout,
        deputies,
        login: person.ctx.person().to_owned(),
        notice,
        demand: owner.demand.map(|demand| demand_text(words, demand)),
        faults,
        rule: words.accounts_password_rule(SHORTEST_PASSWORD),
        second_factor: SecondFactorView::new(&second_factor)?,
        has_other_sessions: sessions.iter().any(|session| !session.is_present),
        sessions: sessions.into_iter().map(|session| session_line(words, session)).collect(),
    })
}

/// The page with what is wrong with the form for a deputy.
pub(super) async fn with_deputy_faults(
    state: &WebState,
    owner: &AccountOwner,
    faults: Vec<String>,
    typed: Named,
) -> Result<Html<String>, Error> {
    page(state, owner, None, Faults { deputy: (faults, typed), ..Faults::default() }).await
}

fn demand_text(words: Words, demand: Demand) -> &'static str {
    match demand {
        Demand::NewPassword => words.account_change_first(),
        Demand::SecondFactor => words.account_set_up_first(),
    }
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
    owner: AccountOwner,
    Form(form): Form<Password>,
) -> Result<Response, Error> {
    let words = owner.person.words();
    let faults = if form.new == form.again {
        match accounts::change_password(&state.app, &owner.person.ctx, &form.old, form.new).await {
            Ok(session) => {
                let headers = session_cookie(&state, &session);
                return Ok((headers, Redirect::to("/account?done=password")).into_response());
            }
            Err(app::Error::SignInRefused) => vec![words.account_password_wrong().to_owned()],
            Err(app::Error::TooManyAttempts { seconds }) => vec![words.account_password_wait(seconds)],
            Err(app::Error::Invalid(problems)) => {
                problems.iter().map(|problem| words.problem(problem)).collect()
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        vec![words.accounts_password_differs().to_owned()]
    };
    let faults = Faults { password: faults, ..Faults::default() };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&state, &owner, None, faults).await?).into_response())
}

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Choice {
    language: String,
}

/// POST `/account/language`.
pub(crate) async fn language(
    State(state): State<Arc<WebState>>,
    AccountOwner { person, .. }: AccountOwner,
    Form(form): Form<Choice>,
) -> Result<Response, Error> {
    let language = Language::parse(&form.language).ok_or_else(|| Error::BadForm("language".to_owned()))?;
    accounts::choose_language(&state.app, &person.ctx, language).await?;
    let cookie = cookies::write(cookies::LANGUAGE, language.code(), YEAR, state.options.is_https);
    let headers: HeaderMap = cookie.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect();
    Ok((headers, Redirect::to("/account?done=language")).into_response())
}
