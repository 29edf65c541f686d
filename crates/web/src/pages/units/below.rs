//! The units directly below one: a part of the tree, with an address of its
//! own so that it can be fetched when somebody unfolds it. Without a script the
//! link leads to the unit's page instead.

use std::sync::Arc;

use app::units;
use askama::Template;
use axum::{extract::State, response::Html};
use words::Words;

use super::Twig;
use crate::{Error, WebState, address::Path, error::print, visit::SignedIn};

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
) -> Result<Html<String>, Error> {
    let snapshot = state.app.current().await?;
    let unit = units::resolve(&person.ctx, &snapshot, Some(&code))?;
    let found = units::show(&state.app, &person.ctx, unit).await?;
    let w = person.words();
    print(&TwigsPart { twigs: found.below.iter().map(|branch| Twig::new(w, branch)).collect(), w })
}
