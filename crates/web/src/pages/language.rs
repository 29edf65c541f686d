//! Choosing the language of pages.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::Redirect,
};
use serde::Deserialize;
use words::Language;

use crate::{
    Error, WebState,
    cookies::{self, YEAR},
    form::Form,
    urls,
};

/// What the form states.
#[derive(Deserialize)]
pub(crate) struct Choice {
    language: String,
    next: String,
}

/// POST `/language`: back to the page it was chosen on.
pub(crate) async fn choose(
    State(state): State<Arc<WebState>>,
    Form(choice): Form<Choice>,
) -> Result<(HeaderMap, Redirect), Error> {
    let language = Language::parse(&choice.language).ok_or_else(|| Error::BadForm("language".to_owned()))?;
    let mut headers = HeaderMap::new();
    if let Some(cookie) = cookies::write(cookies::LANGUAGE, language.code(), YEAR, state.options.is_https) {
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok((headers, Redirect::to(&urls::local(&choice.next))))
}
