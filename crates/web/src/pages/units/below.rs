//! The units directly below one unit: a part of the tree. It has its own address, so
//! that the browser can fetch it when a person unfolds it. Without a script the
//! link leads to the unit's page instead.

use std::sync::Arc;

use app::units;
use askama::Template;
use axum::{extract::State, response::Html};
use words::Words;

use super::Twig;
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    request_context::SignedIn,
};

#[derive(Template)]
#[template(path = "units/twigs.html")]
struct TwigsPart {
    w: Words,
    twigs: Vec<Twig>,
}

/// GET `/units/{code}/below`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Html<String>, Error> {
    let snapshot = state.app.current(&person.ctx).await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    let found = units::show_as_of(&state.app, &person.ctx, unit, params.as_of()?).await?;
    let w = person.words();
    let past = found.known.is_past.then_some(found.known.day);
    print(&TwigsPart { twigs: found.below.iter().map(|branch| Twig::new(w, branch, past)).collect(), w })
}
