//! The start of the tree: the person's own unit.

use std::sync::Arc;

use app::units;
use axum::{extract::State, response::Html};

use super::unit;
use crate::{Error, WebState, error::print, request_context::SignedIn};

/// GET `/units`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Html<String>, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    let own = units::resolve(&person.ctx, &snapshot, None)?;
    let found = units::show(&state.app, &person.ctx, own).await?;
    let actors = unit::actors(&state, &person, &found).await?;
    print(&unit::page(&person, &found, &actors, None))
}
