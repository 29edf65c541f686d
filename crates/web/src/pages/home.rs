//! The start page: the figures of one's own unit, in the latest year that has begun.

use std::sync::Arc;

use app::units;
use axum::{extract::State, response::Redirect};

use crate::{Error, WebState, urls, visit::SignedIn};

/// GET `/`.
pub(crate) async fn show(State(state): State<Arc<WebState>>, person: SignedIn) -> Result<Redirect, Error> {
    let snapshot = state.app.current().await?;
    let Some(root) = snapshot.root() else {
        return Ok(Redirect::to("/imports")); // nothing is known yet: the roster comes first
    };
    let own = person.ctx.unit().unwrap_or(root);
    let unit =
        snapshot.view(own).ok_or_else(|| app::Error::NotFound { what: "unit", key: own.to_string() })?;
    units::resolve(&person.ctx, &snapshot, Some(&unit.code))?;
    Ok(Redirect::to(&String::from(urls::figures(&unit.code, None))))
}
