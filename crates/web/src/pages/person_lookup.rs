//! Persons to choose from while a name is typed, as a part of forms. Choosing one
//! fills in the name and the masked ID number, which stands for the number.

use std::sync::Arc;

use app::{person_lookup, units};
use askama::Template;
use axum::{extract::State, response::Html};

use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    parts::number::label,
    request_context::SignedIn,
};

/// People that are offered.
const SHOWN: usize = 12;

#[derive(Template)]
#[template(
    source = "{% for option in options %}<option value=\"{{ option.0 }}\"{% if let Some(number) = option.1 %} data-number=\"{{ number }}\"{% endif %}>{{ option.2 }}</option>{% endfor %}",
    ext = "html"
)]
struct Options {
    /// Name, mask of the ID number, who that is.
    options: Vec<(String, Option<String>, String)>,
}

/// GET `/units/{code}/person-lookup?q=…`: name, and who that is, of people with this
/// in their names. `of` names the parameter that holds the text, where that is not `q`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(code): Path<String>,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let unit = units::resolve(&person.ctx, &person.snapshot, Some(&code))?;
    let text = params.get(params.get("of").unwrap_or("q")).unwrap_or_default();
    let known = person_lookup::search(&state.app, &person.ctx, unit, text, SHOWN).await?;
    let option = |known: person_lookup::Known| {
        let register = label(words, &known.form);
        let number = known.masked.clone().unwrap_or_else(|| words.person_lookup_no_number().to_owned());
        let what = words.person_lookup_known(number, &known.unit.name, register);
        (known.name, known.masked, what)
    };
    print(&Options { options: known.into_iter().map(option).collect() })
}
