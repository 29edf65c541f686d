//! Turns every [`Error`] into an answer: a page that says what happened and what to
//! do, with a link back; for programs, problem details (RFC 9457). Each answer
//! shows a number that is also in the log.

use std::{any::Any, sync::Arc};

use app::accounts;
use askama::Template;
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use campaign::definition::CampaignIdx;
use serde::Serialize;

use crate::{
    Error, WebState,
    address::Params,
    cookies,
    cookies::Keep,
    error::Failed,
    layout::{Area, Layout},
    request_context::{CAMPAIGN, RequestContext, SignedIn, campaign_choice},
    urls,
};

/// Wraps every request: learns who visits, and answers what failed.
pub(crate) async fn answer(State(state): State<Arc<WebState>>, mut request: Request, next: Next) -> Response {
    let visit = RequestContext::from_request(&request, &state.options);
    let method = request.method().clone();
    request.extensions_mut().insert(visit.clone());
    let mut response = next.run(request).await;
    if let Some(Failed(error)) = response.extensions_mut().remove() {
        response = present(&state, &visit, &method, &error).await;
    }
    let key = visit.new_key.as_deref().filter(|_| is_page(&response));
    if let Some(cookie) =
        key.and_then(|key| cookies::write(cookies::VISITOR, key, Keep::UntilClosed, state.options.is_https))
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if let Some(cookie) = chosen_campaign(&state, &visit, &response) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Remembers the campaign that the address of a page names: the pages after it are about that one, until another one is
/// named.
fn chosen_campaign(state: &WebState, visit: &RequestContext, response: &Response) -> Option<HeaderValue> {
    let (_, query) = visit.address.split_once('?')?;
    let params = Params::of_query(query);
    let named = params.get(CAMPAIGN).filter(|named| visit.chosen_campaign.as_deref() != Some(*named))?;
    let is_shown = response.status() == StatusCode::OK && is_page(response) && visit.session.is_some();
    let choice = is_shown.then(|| campaign_choice(visit, named))?;
    cookies::write(cookies::CAMPAIGN, &choice, Keep::UntilClosed, state.options.is_https)
}

fn is_page(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|media_type| media_type.as_bytes().starts_with(b"text/html"))
}

/// A panic of a handler, as an error like any other.
pub(crate) fn caught(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
    Error::Panic(text.unwrap_or_default()).into_response()
}

/// The answer to everything that no route knows.
pub(crate) async fn no_such_page() -> Error {
    Error::NoSuchPage
}

/// The answer to a method that a route does not know.
pub(crate) async fn no_such_method() -> Error {
    Error::NoSuchMethod
}

async fn present(state: &WebState, visit: &RequestContext, method: &Method, error: &Error) -> Response {
    let status = error.status();
    if status == StatusCode::UNAUTHORIZED && !visit.is_api {
        let next = if method == Method::GET { visit.address.as_str() } else { "/" };
        return Redirect::to(&urls::login(Some(next))).into_response();
    }
    if matches!(error, Error::App(app::Error::AccountNotReady(_))) && !visit.is_api {
        // The page says what is to be done first.
        return Redirect::to("/account").into_response();
    }
    let number = accounts::token()[..8].to_owned();
    log(error, status, &number, &visit.address);
    let words = visit.words;
    let body = Explained {
        number: number.clone(),
        title: error.title(words),
        remedy: error.remedy(words, &number),
        details: error.details(words),
    };
    let mut response = if visit.is_api {
        problem(error, status, body)
    } else {
        page(layout(state, visit, status, body.title).await, body)
    };
    *response.status_mut() = status;
    if status == StatusCode::REQUEST_TIMEOUT {
        // The rest of the request is not waited for.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Writes what happened, once, with everything it came from.
fn log(error: &Error, status: StatusCode, number: &str, address: &str) {
    let mut causes = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        causes.push_str(": ");
        causes.push_str(&source.to_string());
        cause = source.source();
    }
    let path = address.split('?').next().unwrap_or_default();
    if status.is_server_error() {
        tracing::error!(
            error.number = number,
            status = status.as_u16(),
            path,
            error = causes,
            "request failed"
        );
    } else {
        tracing::info!(
            error.number = number,
            status = status.as_u16(),
            path,
            error = causes,
            "request refused"
        );
    }
}

/// The message that a person reads.
struct Explained {
    number: String,
    title: &'static str,
    remedy: String,
    details: Vec<String>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    explained: Explained,
}

/// The frame of the page: with the menu for whoever has signed in, unless the server is what fails.
async fn layout(state: &WebState, visit: &RequestContext, status: StatusCode, title: &str) -> Layout {
    let session = visit.session.as_deref().filter(|_| !status.is_server_error());
    let found = match session {
        Some(session) => {
            accounts::session_context(&state.app, session, Some(visit.words.language())).await.ok()
        }
        None => None,
    };
    let person = found.map(|(ctx, snapshot)| SignedIn {
        ctx,
        snapshot,
        visit: visit.clone(),
        campaign: CampaignIdx::FIRST,
    });
    match person {
        Some(person) => Layout::new(&person, &person.snapshot, Area::Own, title),
        None => Layout::public_page(visit, title),
    }
}

fn page(layout: Layout, explained: Explained) -> Response {
    let number = explained.number.clone();
    let printed = ErrorPage { layout, explained }.render();
    printed.map_or_else(|_| number.into_response(), |text| Html(text).into_response())
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    status: u16,
    kind: &'a str,
    title: &'a str,
    detail: &'a str,
    problems: &'a [String],
    /// The fields at fault, where fields are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldDetail<'a>>,
    instance: &'a str,
}

/// What is wrong with one field, for programs.
#[derive(Serialize)]
struct FieldDetail<'a> {
    field: &'a str,
    problem: &'a model::problem::Problem,
}

fn fields(error: &Error) -> Vec<FieldDetail<'_>> {
    let Error::App(app::Error::InvalidFields(faults)) = error else { return Vec::new() };
    faults.iter().map(|fault| FieldDetail { field: &fault.field, problem: &fault.problem }).collect()
}

fn problem(error: &Error, status: StatusCode, explained: Explained) -> Response {
    let problem = Problem {
        r#type: "about:blank",
        status: status.as_u16(),
        kind: error.name(),
        title: explained.title,
        detail: &explained.remedy,
        problems: &explained.details,
        fields: fields(error),
        instance: &explained.number,
    };
    let media_type = HeaderValue::from_static("application/problem+json");
    let mut response = Json(problem).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}
