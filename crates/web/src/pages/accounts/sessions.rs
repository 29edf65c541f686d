//! The person's own sessions: where somebody is signed in, and ending it from elsewhere.

use std::sync::Arc;

use app::accounts::{self, SessionView};
use axum::{extract::State, response::Redirect};
use serde::Deserialize;
use words::Words;

use crate::{
    Error, WebState, address::Path, browser_name::browser_name, form::Form, request_context::AccountOwner,
    urls::Url,
};

/// A session, ready to print.
pub(super) struct SessionLine {
    pub(super) began: String,
    pub(super) seen: String,
    pub(super) address: String,
    pub(super) browser: String,
    pub(super) is_present: bool,
    /// Where the form that ends it is sent.
    pub(super) end: String,
    pub(super) end_label: String,
}

pub(super) fn session_line(words: Words, session: SessionView) -> SessionLine {
    let unknown = || words.account_session_unknown().to_owned();
    let began = words.moment(session.created_at);
    SessionLine {
        seen: words.moment(session.seen_at),
        address: session.address.unwrap_or_else(unknown),
        browser: session.browser.map_or_else(unknown, |browser| browser_name(words, &browser)),
        is_present: session.is_present,
        end: Url::new("/account/sessions/{}/end", &[&session.id.to_string()]).into(),
        end_label: words.account_session_end_label(&began),
        began,
    }
}

/// A form that states nothing but what its button does.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// POST `/account/sessions/{session}/end`.
pub(crate) async fn end(
    State(state): State<Arc<WebState>>,
    AccountOwner { person, .. }: AccountOwner,
    Path(session): Path<i64>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    accounts::end_session(&state.app, &person.ctx, session).await?;
    Ok(Redirect::to("/account?done=session"))
}

/// POST `/account/sessions/end-others`.
pub(crate) async fn end_others(
    State(state): State<Arc<WebState>>,
    AccountOwner { person, .. }: AccountOwner,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Redirect, Error> {
    accounts::end_other_sessions(&state.app, &person.ctx).await?;
    Ok(Redirect::to("/account?done=session"))
}
