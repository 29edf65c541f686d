//! The start of the tree: the person's own unit.

use std::sync::Arc;

use axum::{extract::State, response::Html};

use super::unit;
use crate::{Error, WebState, address::Params, error::print, request_context::SignedIn};

/// GET `/units`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    print(&unit::load(&state, &person, None, (params.as_of()?, None)).await?)
}
