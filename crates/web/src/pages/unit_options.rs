//! Units to choose from while a name is typed, as a part of forms. Forms also work
//! without it: they accept a code or a full name.

use std::sync::Arc;

use app::units;
use askama::Template;
use axum::{extract::State, response::Html};

use crate::{Error, WebState, address::Params, error::print, request_context::SignedIn};

/// Units that are offered.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(
    source = "{% for (code, name) in options %}<option value=\"{{ code }}\">{{ name }}</option>{% endfor %}",
    ext = "html"
)]
struct Options {
    options: Vec<(String, String)>,
}

/// GET `/unit-options?unit=…`: code and name of units with this in them. `of`
/// names the parameter that holds the text, where that is not `unit`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let options = match params.get(params.get("of").unwrap_or("unit")) {
        Some(text) => units::search(&state.app, &person.ctx, text, SHOWN).await?.0,
        None => Vec::new(),
    };
    print(&Options { options: options.into_iter().map(|unit| (unit.code, unit.name)).collect() })
}
