//! Signing in and out.

use std::sync::Arc;

use app::{Context, Snapshot, accounts, accounts::Person};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use words::{Language, Words};

use crate::{
    Error, WebState,
    address::Params,
    cookies,
    error::print,
    form::Form,
    layout::{Layout, role_name},
    request_context::{RequestContext, SessionToken},
    urls,
};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    layout: Layout,
    next: String,
    user: String,
    /// Why the last try was refused.
    fault: Option<String>,
    /// Whether the person was sent here from another page.
    is_sent: bool,
    campaign: String,
    accounts: Vec<Account>,
}

/// A demonstration account, ready to print.
struct Account {
    role: String,
    unit: String,
    login: String,
    password: String,
}

/// GET `/login`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    visit: RequestContext,
    params: Params,
) -> Result<Html<String>, Error> {
    let next = params.get("next").unwrap_or("/").to_owned();
    page(&state, &visit, next, String::new(), None).await
}

async fn page(
    state: &WebState,
    visit: &RequestContext,
    next: String,
    user: String,
    fault: Option<String>,
) -> Result<Html<String>, Error> {
    let words = visit.words;
    let mut layout = Layout::public_page(visit, words.login_title());
    let console = state.app.system(state.app.first_region()?, words.language());
    let snapshot = state.app.current(&console).await?;
    layout.is_demonstration = snapshot.region.is_demonstration;
    // An error page or a form must not come back here.
    layout.address = urls::login(Some(&next));
    let accounts = if layout.is_demonstration {
        demonstration(state, &console, words, &snapshot).await?
    } else {
        Vec::new()
    };
    let title = &snapshot.campaign.title;
    print(&LoginPage {
        is_sent: next != "/" && fault.is_none(),
        campaign: words.pick(&title.zh, &title.en).to_owned(),
        accounts,
        layout,
        next,
        user,
        fault,
    })
}

/// One account of each role, for everybody to try.
async fn demonstration(
    state: &WebState,
    console: &Context,
    words: Words,
    snapshot: &Snapshot,
) -> Result<Vec<Account>, Error> {
    let people = accounts::list(&state.app, console).await?;
    let roles = snapshot.campaign.roles.iter();
    let first = roles.filter_map(|role| people.iter().find(|person| person.role == *role));
    let account = |person: &Person| Account {
        role: role_name(words, &person.role).to_owned(),
        unit: snapshot.view(person.unit).map(|unit| unit.name).unwrap_or_default(),
        login: person.login.clone(),
        password: state.options.demonstration_password.clone(),
    };
    Ok(first.map(account).collect())
}

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    user: String,
    password: String,
    #[serde(default)]
    next: String,
}

const YEAR: i64 = 365 * 24 * 3600;

/// POST `/login`: a session, and on to where the person wanted to go.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    visit: RequestContext,
    sent: HeaderMap,
    Form(form): Form<Credentials>,
) -> Result<Response, Error> {
    let next = if urls::is_local(&form.next) { form.next } else { "/".to_owned() };
    match accounts::sign_in(&state.app, &form.user, &form.password).await {
        Ok(session) => {
            let seconds = session.expires_at.as_second() - state.app.now().as_second();
            let mut headers = cookie(&session.token, seconds, &state);
            // What was chosen in this browser goes before what the account remembers.
            let remembered = session.language.filter(|_| cookies::read(&sent, cookies::LANGUAGE).is_none());
            let chosen = |language: Language| {
                cookies::write(cookies::LANGUAGE, language.code(), YEAR, state.options.is_https)
            };
            headers.extend(remembered.and_then(chosen).map(|cookie| (header::SET_COOKIE, cookie)));
            Ok((headers, Redirect::to(&next)).into_response())
        }
        Err(app::Error::SignInRefused { locked_minutes }) => {
            let words = visit.words;
            let fault = locked_minutes
                .map_or_else(|| words.login_failed().to_owned(), |minutes| words.login_locked(minutes));
            let page = page(&state, &visit, next, form.user, Some(fault)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What the form of the menu states: nothing but the token.
#[derive(Deserialize)]
pub(crate) struct Leave {}

/// POST `/logout`.
pub(crate) async fn leave(
    State(state): State<Arc<WebState>>,
    SessionToken(session): SessionToken,
    Form(Leave {}): Form<Leave>,
) -> Result<(HeaderMap, Redirect), Error> {
    if let Some(session) = session {
        accounts::sign_out(&state.app, &session).await?;
    }
    Ok((cookie("", 0, &state), Redirect::to(&urls::login(None))))
}

fn cookie(value: &str, seconds: i64, state: &WebState) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(cookie) = cookies::write(cookies::SESSION, value, seconds, state.options.is_https) {
        headers.append(header::SET_COOKIE, cookie);
    }
    headers
}
