//! Signing in and out.

use std::sync::Arc;

use app::{Context, Snapshot, accounts, accounts::Person};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use words::{Language, Words};

use crate::{
    Error, WebState,
    address::Params,
    cookies::{self, Keep, YEAR},
    error::print,
    form::Form,
    layout::{Layout, role_name},
    request_context::RequestContext,
    returned_form::SignedInAgain,
    urls,
};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    layout: Layout,
    next: String,
    user: String,
    is_kept: bool,
    /// A form that was sent when the session had ended, sealed; and the files that came with it.
    returned: String,
    files: Option<String>,
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
    let next = urls::local(params.get("next").unwrap_or("/"));
    let returned = visit.returned.as_ref().and_then(|returned| returned.sealed.clone()).unwrap_or_default();
    page(&state, &visit, Credentials { next, returned, ..Credentials::default() }, None).await
}

async fn page(
    state: &WebState,
    visit: &RequestContext,
    stated: Credentials,
    fault: Option<String>,
) -> Result<Html<String>, Error> {
    let Credentials { user, next, keep, returned, .. } = stated;
    let words = visit.words;
    let console = state.app.system(state.app.first_region()?, words.language());
    let snapshot = state.app.current(&console).await?;
    let mut layout = Layout::public_page(visit, words.login_title()).of_region(&snapshot);
    // An error page or a form must not come back here.
    layout.address = urls::login(Some(&next));
    let accounts = if layout.is_demonstration {
        demonstration(state, &console, words, &snapshot).await?
    } else {
        Vec::new()
    };
    let title = &snapshot.definition.first_campaign().title;
    let files = visit.returned.as_ref().map(|returned| words.enumeration(&returned.form.files));
    print(&LoginPage {
        returned,
        files: files.filter(|files| !files.is_empty()).map(|files| words.returned_files(files)),
        is_sent: next != "/" && fault.is_none(),
        campaign: words.pick(&title.zh, &title.en).to_owned(),
        accounts,
        layout,
        next,
        user,
        is_kept: keep.is_some(),
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
    let roles = snapshot.definition.roles.iter();
    let first =
        roles.filter_map(|role| people.iter().find(|person| person.role == *role && person.has_password));
    let account = |person: &Person| Account {
        role: role_name(words, &person.role).to_owned(),
        unit: snapshot.view(person.unit).map(|unit| unit.name).unwrap_or_default(),
        login: person.login.clone(),
        password: state.options.demonstration_password.clone(),
    };
    Ok(first.map(account).collect())
}

/// What the form states.
#[derive(Deserialize, Default)]
pub(crate) struct Credentials {
    user: String,
    password: String,
    /// The code of the second factor.
    #[serde(default)]
    code: String,
    /// Whether the session outlives the browser.
    keep: Option<String>,
    #[serde(default)]
    next: String,
    /// A form to be shown again afterwards, sealed.
    #[serde(default)]
    returned: String,
}

/// POST `/login`: a session, and on to where the person wanted to go.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    visit: RequestContext,
    Form(form): Form<Credentials>,
) -> Result<Response, Error> {
    let (words, next) = (visit.words, urls::local(&form.next));
    let shown = accounts::Credentials {
        login: form.user.clone(),
        password: form.password.clone(),
        code: form.code.clone(),
        is_kept: form.keep.is_some(),
        origin: visit.origin(),
    };
    let error = match accounts::sign_in(&state.app, shown).await {
        Ok(session) => {
            // Another session of this browser would go on without anybody who can end it.
            if let Some(former) = &visit.session {
                accounts::sign_out(&state.app, former).await?;
            }
            let mut headers = session_cookie(&state, &session);
            // What was chosen in this browser goes before what the account remembers.
            let remembered = session.language.filter(|_| !visit.has_chosen_language);
            let chosen = |language: Language| {
                cookies::write(cookies::LANGUAGE, language.code(), YEAR, state.options.is_https)
            };
            headers.extend(remembered.and_then(chosen).map(|cookie| (header::SET_COOKIE, cookie)));
            let mut response = (headers, Redirect::to(&next)).into_response();
            if !form.returned.is_empty() {
                let again = SignedInAgain { session: session.token, sealed: form.returned };
                response.extensions_mut().insert(again);
            }
            return Ok(response);
        }
        Err(error) => Error::from(error),
    };
    let fault = match &error {
        Error::App(app::Error::SignInRefused) => words.login_failed().to_owned(),
        Error::App(app::Error::TooManyAttempts { seconds }) => words.login_wait(seconds),
        Error::App(app::Error::TooMuchAtOnce { seconds }) => words.login_busy(seconds),
        _ => return Err(error),
    };
    let page = page(&state, &visit, Credentials { next, ..form }, Some(fault)).await?;
    let mut response = (error.status(), page).into_response();
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// What the form of the menu states: nothing but the token.
#[derive(Deserialize)]
pub(crate) struct Leave {}

/// POST `/logout`.
pub(crate) async fn leave(
    State(state): State<Arc<WebState>>,
    visit: RequestContext,
    Form(Leave {}): Form<Leave>,
) -> Result<(HeaderMap, Redirect), Error> {
    if let Some(session) = &visit.session {
        accounts::sign_out(&state.app, session).await?;
    }
    let cookie = cookies::write(cookies::SESSION, "", Keep::Seconds(0), state.options.is_https);
    let headers = cookie.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect();
    Ok((headers, Redirect::to(&urls::login(None))))
}

/// The cookie of a new session. It goes with the browser unless its person has asked otherwise.
pub(super) fn session_cookie(state: &WebState, session: &accounts::Session) -> HeaderMap {
    let seconds = session.expires_at.as_second() - state.app.now().as_second();
    let keep = if session.is_kept { Keep::Seconds(seconds) } else { Keep::UntilClosed };
    let cookie = cookies::write(cookies::SESSION, &session.token, keep, state.options.is_https);
    cookie.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect()
}
