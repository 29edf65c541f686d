//! The number of todos in the menu. The browser fetches it after the page, so that
//! no page has to wait for it.

use std::sync::Arc;

use app::todo;
use axum::{
    extract::State,
    http::header,
    response::{Html, IntoResponse, Response},
};

use crate::{Error, WebState, request_context::SignedIn};

/// More than this is not counted.
const MOST: i64 = 99;

/// GET `/todo/count`: a number, "99+", or none when nothing waits.
pub(crate) async fn show(State(state): State<Arc<WebState>>, person: SignedIn) -> Result<Response, Error> {
    let count = todo::count(&state.app, &person.ctx, MOST + 1).await?;
    let text = match count {
        0 => String::new(),
        1..=MOST => count.to_string(),
        _ => format!("{MOST}+"),
    };
    // Named, so that the page takes nothing else for it, such as a sign-in page.
    let text = format!("<span class=\"number\">{text}</span>");
    // Leafing through pages does not ask again at every one.
    Ok(([(header::CACHE_CONTROL, "private, max-age=20")], Html(text)).into_response())
}
