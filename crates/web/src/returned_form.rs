//! Forms come back with everything that was typed. A form that is sent after its session has ended leads to
//! the page for signing in, with what was typed sealed in it, and from there to the form again, filled in. A
//! form that was opened in a session before the present one is shown again at once, with a fresh token.
//! Nothing is done until the person has seen it and sends it again.
//!
//! The token of a form says which page it is on (`Layout::token`). That page is made as for anybody
//! who opens it, with the same rights, and what was sent is put into its form: see
//! `docs/decisions/0026-forms-that-come-back.md`.

mod fill;
mod held_body;
mod tags;

use std::sync::Arc;

use app::{accounts, returned_forms, returned_forms::SentForm};
use askama::Template;
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};

use self::held_body::HeldBody;
pub(crate) use self::tags::escaped;
use crate::{
    Error, WebState,
    error::{Failed, print},
    form::{self, TOKEN},
    layout::Layout,
    request_context::RequestContext,
    urls,
};

/// The largest page that a form is put into, in bytes.
const LARGEST_PAGE: usize = 32 << 20;

/// A form that comes back, for the page that shows it.
#[derive(Debug, Clone)]
pub(crate) struct ReturnedForm {
    /// What was sent.
    pub(crate) form: Arc<SentForm>,
    /// The same, sealed, while the person has to sign in first.
    pub(crate) sealed: Option<String>,
}

/// On the answer of the sign-in form: the token of the new session, and the sealed form that came with it.
#[derive(Debug, Clone)]
pub(crate) struct SignedInAgain {
    pub(crate) session: String,
    pub(crate) sealed: String,
}

/// Why a form comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The session had ended; the person has signed in again.
    SignedIn,
    /// The page was opened in another session.
    OldPage,
}

/// Lets forms come back that were sent too late.
pub(crate) async fn bring_back(
    State(state): State<Arc<WebState>>,
    mut request: Request,
    next: Next,
) -> Response {
    let visit = request.extensions().get::<RequestContext>().cloned();
    let Some(visit) = visit.filter(|visit| may_come_back(&request, visit)) else {
        return next.run(request).await;
    };
    let held = HeldBody::new(std::mem::take(request.body_mut()));
    *request.body_mut() = held.reader();
    let (parts, body) = request.into_parts();
    let shown = parts.clone();
    let mut response = next.clone().run(Request::from_parts(parts, body)).await;
    if let Some(again) = response.extensions_mut().remove::<SignedInAgain>() {
        return after_signing_in(&state, &visit, (shown, next), again, response).await;
    }
    let error = response.extensions().get::<Failed>().map(|Failed(error)| error.clone());
    let is_signed_out = match error.as_deref() {
        Some(Error::App(app::Error::NotSignedIn)) => true,
        Some(Error::Forged) => false,
        _ => return response,
    };
    let Some(form) = sent_form(held, &visit, &shown.headers).await else { return response };
    if is_signed_out {
        to_sign_in(&state, &visit, (shown, next), form).await
    } else {
        show(&visit, (shown, next), Arc::new(form), Reason::OldPage).await
    }
}

/// Whether it is a form that a person sends from a page of this site; a script has a page that is still there.
fn may_come_back(request: &Request, visit: &RequestContext) -> bool {
    let mode = request.headers().get("sec-fetch-mode");
    let is_navigation = mode.is_none_or(|mode| mode == "navigate");
    request.method() == Method::POST
        && !visit.is_api
        && is_navigation
        && form::is_surely_from_here(request.headers())
}

/// What was sent, when it says which page it is from.
async fn sent_form(held: HeldBody, visit: &RequestContext, headers: &HeaderMap) -> Option<SentForm> {
    let (mut fields, files) = held.fields(headers.get(header::CONTENT_TYPE)).await?;
    let token = fields.iter().find(|(name, _)| name == TOKEN)?;
    let page = urls::local(form::page_of(&token.1)?);
    fields.retain(|(name, _)| name != TOKEN && !form::is_secret(name));
    Some(SentForm { page, action: visit.address.clone(), fields, files })
}

/// The page for signing in, with the form in it.
async fn to_sign_in(state: &WebState, visit: &RequestContext, on: (Parts, Next), form: SentForm) -> Response {
    let sealed = match returned_forms::seal(&state.app, visit.session.as_deref(), &form).await {
        Ok(sealed) => sealed,
        Err(error) => return Error::from(error).into_response(),
    };
    let address = urls::login(Some(&form.page));
    let returned = ReturnedForm { form: Arc::new(form), sealed: Some(sealed) };
    let visit = visit.to_page(address, Some(returned));
    let mut response = open_page(on, visit).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    response
}

/// The form again, for whoever has signed in; with the cookies of the new session.
async fn after_signing_in(
    state: &WebState,
    visit: &RequestContext,
    on: (Parts, Next),
    again: SignedInAgain,
    signed_in: Response,
) -> Response {
    let context = accounts::session_context(&state.app, &again.session, None).await;
    let opened = context.and_then(|(ctx, _)| returned_forms::open(&state.app, &ctx, &again.sealed));
    let visit = visit.signed_in_as(&again.session);
    let mut response = match opened {
        Ok(returned_forms::Unsealed::Own(form)) => show(&visit, on, Arc::new(form), Reason::SignedIn).await,
        Ok(returned_forms::Unsealed::Foreign) => {
            let words = visit.words;
            let message = words.returned_foreign().to_owned();
            not_shown(&visit, message, None).into_response()
        }
        // Too old; or the account has to be seen to first, where the form would be of no use.
        Ok(returned_forms::Unsealed::Unreadable) | Err(_) => return signed_in,
    };
    for cookie in signed_in.headers().get_all(header::SET_COOKIE) {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}

/// The page with the form, filled in; or, when there is no such form any more, what was typed into it.
async fn show(visit: &RequestContext, on: (Parts, Next), form: Arc<SentForm>, reason: Reason) -> Response {
    let words = visit.words;
    let returned = ReturnedForm { form: form.clone(), sealed: None };
    let visit = visit.to_page(form.page.clone(), Some(returned));
    let page = open_page(on, visit.clone()).await;
    let message = match reason {
        Reason::SignedIn => words.returned_signed_in(),
        Reason::OldPage => words.returned_old_page(),
    };
    let files = (!form.files.is_empty()).then(|| words.returned_files(words.enumeration(&form.files)));
    let notice = Notice { message, files }.render().unwrap_or_default();
    let is_page = page.extensions().get::<Failed>().is_none() && !page.status().is_redirection();
    let (parts, body) = page.into_parts();
    let text = to_bytes(body, LARGEST_PAGE).await.ok().filter(|_| is_page);
    let text = text.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    let filled = text.and_then(|text| fill::fill(&text, &form.action, &form.fields, &notice));
    let Some(filled) = filled else {
        let message = words.returned_no_form().to_owned();
        return (StatusCode::CONFLICT, not_shown(&visit, message, Some(&form))).into_response();
    };
    let mut headers = parts.headers;
    headers.remove(header::CONTENT_LENGTH);
    let status = if reason == Reason::OldPage { StatusCode::CONFLICT } else { StatusCode::OK };
    (status, headers, Html(filled)).into_response()
}

/// Opens a page as if it were asked for with what `visit` knows.
async fn open_page((mut parts, next): (Parts, Next), visit: RequestContext) -> Response {
    let Ok(uri) = visit.address.parse() else { return Error::NoSuchPage.into_response() };
    parts.method = Method::GET;
    parts.uri = uri;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    parts.extensions.insert(visit);
    next.run(Request::from_parts(parts, Body::empty())).await
}

/// What is above a form that has come back.
#[derive(Template)]
#[template(path = "parts/returned_notice.html")]
struct Notice {
    message: &'static str,
    /// Which files have to be chosen again.
    files: Option<String>,
}

/// What was typed into a form that there is no more.
#[derive(Template)]
#[template(path = "returned.html")]
struct NotShown<'f> {
    layout: Layout,
    message: String,
    /// Where the form was.
    page: String,
    fields: Vec<(&'f str, &'f str)>,
}

fn not_shown(
    visit: &RequestContext,
    message: String,
    form: Option<&SentForm>,
) -> Result<Html<String>, Error> {
    let mut layout = Layout::public_page(visit, visit.words.returned_title());
    "/".clone_into(&mut layout.address);
    let fields = form.map(|form| form.fields.as_slice()).unwrap_or_default().iter();
    let fields = fields.filter(|(name, text)| !text.is_empty() && !is_of_the_form(name));
    print(&NotShown {
        layout,
        message,
        page: form.map_or_else(|| "/".to_owned(), |form| form.page.clone()),
        fields: fields.map(|(name, text)| (name.trim_start_matches("field."), text.as_str())).collect(),
    })
}

/// Whether a field says something about its form, and was not typed.
fn is_of_the_form(name: &str) -> bool {
    matches!(name, "definition" | "version" | "next") || name.starts_with("draft.")
}
