//! Finding units by code or name.

use std::sync::Arc;

use app::units;
use askama::Template;
use axum::{extract::State, response::Html};

use super::Twig;
use crate::{
    Error, WebState,
    address::Params,
    error::print,
    layout::{Area, Layout},
    request_context::SignedIn,
    urls,
};

/// Units on the page.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "units/search.html")]
struct SearchPage {
    layout: Layout,
    text: String,
    /// How many were found, in words; says when not all are listed.
    message: String,
    /// Each unit with the address of its figures.
    hits: Vec<(Twig, String)>,
}

/// GET `/units/search`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let snapshot = state.app.current(&person.ctx).await?;
    let text = params.get("q").unwrap_or_default().trim().to_owned();
    let (found, total) = units::search(&state.app, &person.ctx, &text, MOST).await?;
    let message = match total {
        0 => words.units_not_found(&text),
        _ if total > found.len() => words.list_shortened(words.count(total), found.len()),
        _ => words.units_found(total),
    };
    let hit = |unit: &app::UnitView| (Twig::alone(words, unit), urls::figures(&unit.code, None).into());
    print(&SearchPage {
        layout: Layout::new(&person, &snapshot, Area::Units, words.units_search_short()),
        message,
        hits: found.iter().map(hit).collect(),
        text,
    })
}
