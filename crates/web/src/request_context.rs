//! Who sends the request: the language, the token of forms, and the person signed in.

use std::{convert::Infallible, sync::Arc};

use app::{Context, Snapshot, accounts};
use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use sha2::{Digest, Sha256};
use words::{Language, Words};

use crate::{Error, WebState, cookies};

/// What is known of every request.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    /// The texts in the visitor's language.
    pub(crate) words: Words,
    /// Path and parameters of the request.
    pub(crate) address: String,
    /// What a form of this visitor must carry.
    pub(crate) token: String,
    /// Whether an answer is read by a program.
    pub(crate) is_api: bool,
    /// A new key, to be kept in a cookie.
    pub(crate) new_key: Option<String>,
}

impl RequestContext {
    /// Reads a request's cookies and headers.
    pub(crate) fn from_request(request: &Request) -> Self {
        let headers = request.headers();
        let key =
            cookies::read(headers, cookies::SESSION).or_else(|| cookies::read(headers, cookies::VISITOR));
        let new_key = key.is_none().then(accounts::token);
        let address = request.uri().path_and_query().map_or("/", |address| address.as_str());
        Self {
            words: Words::new(language(headers)),
            is_api: address.starts_with("/api/"),
            address: address.to_owned(),
            token: token(key.or(new_key.as_deref()).unwrap_or_default()),
            new_key,
        }
    }
}

/// The token of a visitor's forms: it follows from the key in the cookie, which no other site can read.
fn token(key: &str) -> String {
    let digest = Sha256::new().chain_update(b"form ").chain_update(key).finalize();
    let half = digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    format!("{half:032x}")
}

/// The chosen language, else the first the browser asks for that we have, else Chinese.
fn language(headers: &HeaderMap) -> Language {
    let chosen = cookies::read(headers, cookies::LANGUAGE).and_then(Language::parse);
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let accepted = || accepted?.split(',').find_map(|tag| Language::parse(tag.split(';').next()?));
    chosen.or_else(accepted).unwrap_or_default()
}

impl<S: Send + Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| app::Error::internal("a request without a visit").into())
    }
}

/// Somebody who has signed in. Without it a request is answered by the sign-in page.
pub(crate) struct SignedIn {
    /// The first argument of every use case.
    pub(crate) ctx: Context,
    /// The region as it was when the session was looked up, read in the same transaction.
    pub(crate) snapshot: Arc<Snapshot>,
    /// The rest of what is known.
    pub(crate) visit: RequestContext,
}

impl SignedIn {
    /// The texts in the person's language.
    pub(crate) fn words(&self) -> Words {
        self.visit.words
    }
}

impl FromRequestParts<Arc<WebState>> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<WebState>) -> Result<Self, Error> {
        let visit = RequestContext::from_request_parts(parts, state).await?;
        let session = cookies::read(&parts.headers, cookies::SESSION).ok_or(app::Error::NotSignedIn)?;
        let (ctx, snapshot) =
            accounts::session_context(&state.app, session, Some(visit.words.language())).await?;
        Ok(Self { ctx, snapshot, visit })
    }
}

/// The token of the session, to end it.
pub(crate) struct SessionToken(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for SessionToken {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(cookies::read(&parts.headers, cookies::SESSION).map(ToOwned::to_owned)))
    }
}
