//! The start of the tree: the person's own unit.

use std::sync::Arc;

use axum::{extract::State, response::Html};

use super::unit;
use crate::{Error, WebState, error::print, request_context::SignedIn};

/// GET `/units`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Html<String>, Error> {
    print(&unit::load(&state, &person, None, None).await?)
}
