//! Records to choose from while a reference is typed, as a part of forms.

use std::sync::Arc;

use app::{references, units};
use askama::Template;
use axum::{extract::State, response::Html};

use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    request_context::SignedIn,
};

/// Records that are offered.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(
    source = "{% for option in options %}<option value=\"{{ option.0 }}\">{{ option.1 }}</option>{% endfor %}",
    ext = "html"
)]
struct Options {
    /// What is typed to mean the record, and what it is.
    options: Vec<(String, String)>,
}

/// GET `/units/{code}/registers/{form}/references/{field}?q=…`: records whose number or texts fit what is typed. `of`
/// names the parameter that holds the text, where that is not `q`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path((code, form, field)): Path<(String, String, String)>,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let unit = units::resolve(&person.ctx, &person.snapshot, Some(&code))?;
    let text = params.get(params.get("of").unwrap_or("q")).unwrap_or_default();
    let found = references::suggest(&state.app, &person.ctx, unit, (&form, &field), text, SHOWN).await?;
    let option = |found: references::Suggestion| {
        let what = words.reference_option(&found.title, &found.unit.name);
        (found.text, what)
    };
    print(&Options { options: found.into_iter().map(option).collect() })
}
