//! The start page: the figures of the person's own unit, in the latest year that has begun.

use app::units;
use axum::response::Redirect;

use crate::{Error, request_context::SignedIn, urls};

/// GET `/`.
pub(crate) async fn show(person: SignedIn) -> Result<Redirect, Error> {
    let snapshot = &person.snapshot;
    let Some(root) = snapshot.root() else {
        return Ok(Redirect::to("/imports")); // nothing is known yet: the roster comes first
    };
    let own = person.ctx.unit().unwrap_or(root);
    let unit = snapshot
        .view(own)
        .ok_or_else(|| app::Error::NotFound { what: app::Thing::Unit, key: own.to_string() })?;
    units::resolve(&person.ctx, snapshot, Some(&unit.code))?;
    Ok(Redirect::to(&String::from(urls::figures(&unit.code, None))))
}
