//! Forms sent by pages. A form is accepted only from pages of this site.
//!
//! A form is refused when the browser says that it comes from another site
//! (`Sec-Fetch-Site`, `Origin`) or when it lacks the visitor's token. Every
//! form of a template therefore begins with `{{ layout.token()|safe }}`.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Multipart, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::IntoResponse,
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{Error, request_context::RequestContext};

/// The name of the field that carries the token.
pub(crate) const TOKEN: &str = "token";

/// What parts the token from the page that the form is on.
const ON: char = '@';

/// The value of a form's first field: the visitor's token, and which page the form is on, so that it can be
/// shown again when it is sent too late.
pub(crate) fn token_on(token: &str, page: &str) -> String {
    format!("{token}{ON}{page}")
}

/// The page that a form is on, by the value of its first field.
pub(crate) fn page_of(text: &str) -> Option<&str> {
    text.split_once(ON).map(|(_, page)| page).filter(|page| page.starts_with('/'))
}

fn is_token_of(visit: &RequestContext, text: &str) -> bool {
    text.split_once(ON).map_or(text, |(token, _)| token) == visit.token
}

/// The names of fields for passwords and codes. They never leave the request that they came with.
const SECRETS: [&str; 5] = ["password", "old", "new", "again", "code"];

/// Whether a field of this name is for a password or a code.
pub(crate) fn is_secret(name: &str) -> bool {
    SECRETS.contains(&name)
}

/// What a form states.
pub(crate) struct Form<T>(pub(crate) T);

#[derive(Deserialize)]
struct Guarded {
    token: String,
}

impl<T, S> FromRequest<S> for Form<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let visit = check_token(&mut parts, state).await?;
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
        let bytes = bytes.map_err(|rejection| refused(rejection.into_response().status(), "body"))?;
        let again = |parts: Parts| Request::from_parts(parts, Body::from(bytes.clone()));
        let guarded = axum::Form::<Guarded>::from_request(again(parts.clone()), state).await;
        if !guarded.is_ok_and(|axum::Form(form)| is_token_of(&visit, &form.token)) {
            return Err(Error::Forged);
        }
        match axum::Form::<T>::from_request(again(parts), state).await {
            Ok(axum::Form(form)) => Ok(Self(form)),
            Err(rejection) => Err(Error::BadForm(rejection.body_text())),
        }
    }
}

/// A form with files. Its token is its first field and has been checked.
pub(crate) struct Upload(pub(crate) Multipart);

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let visit = check_token(&mut parts, state).await?;
        let multipart = Multipart::from_request(Request::from_parts(parts, body), state).await;
        let mut multipart = multipart.map_err(|rejection| Error::BadForm(rejection.body_text()))?;
        let first = multipart.next_field().await.map_err(|error| of_multipart(&error))?;
        let first = first.filter(|field| field.name() == Some(TOKEN)).ok_or(Error::Forged)?;
        let token = first.text().await.map_err(|error| of_multipart(&error))?;
        if is_token_of(&visit, &token) { Ok(Self(multipart)) } else { Err(Error::Forged) }
    }
}

/// A fault while reading a form with files.
pub(crate) fn of_multipart(error: &axum::extract::multipart::MultipartError) -> Error {
    refused(error.status(), &error.body_text())
}

fn refused(status: StatusCode, detail: &str) -> Error {
    if status == StatusCode::PAYLOAD_TOO_LARGE { Error::TooLarge } else { Error::BadForm(detail.to_owned()) }
}

async fn check_token<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RequestContext, Error> {
    let visit = RequestContext::from_request_parts(parts, state).await?;
    if is_from_here(&parts.headers) { Ok(visit) } else { Err(Error::Forged) }
}

/// Whether the browser says that the form is on a page of this site. A
/// client that says nothing (an old browser, a program) is left to the token.
fn is_from_here(headers: &HeaderMap) -> bool {
    comes_from_here(headers).unwrap_or(true)
}

/// Whether the browser says so. Without its word, what was sent is not shown to the person as their own.
pub(crate) fn is_surely_from_here(headers: &HeaderMap) -> bool {
    comes_from_here(headers) == Some(true)
}

/// What the browser says about it; nothing when it says nothing.
fn comes_from_here(headers: &HeaderMap) -> Option<bool> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return Some(matches!(site, "same-origin" | "none"));
    }
    let origin = text(header::ORIGIN.as_str())?;
    let host = text(header::HOST.as_str()).unwrap_or_default();
    Some(origin.split_once("://").is_some_and(|(_, authority)| authority == host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_other_sites_are_refused() {
        let check = |pairs: &[(&'static str, &str)], expected| {
            let headers: HeaderMap = pairs
                .iter()
                .map(|(name, value)| {
                    (header::HeaderName::from_static(name), value.parse().expect("a header"))
                })
                .collect();
            assert_eq!(is_from_here(&headers), expected, "{pairs:?}");
        };
        check(&[], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "none")], true);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("host", "a.cn:8080"), ("origin", "http://a.cn:8080")], true);
        check(&[("host", "a.cn:8080"), ("origin", "http://a.cn")], false);
        check(&[("host", "a.cn"), ("origin", "null")], false);
    }
}
