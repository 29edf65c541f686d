//! The privacy log: who asked for and changed personal data, when and why.
//! For the city office.

use std::sync::Arc;

use app::privacy::{self, Deed, Logged};
use askama::Template;
use axum::{extract::State, response::Html};
use words::Words;

use crate::{
    Error, WebState,
    address::Params,
    error::print,
    layout::{Area, Layout},
    urls::{self, Url},
    visit::SignedIn,
};

/// Entries on a page.
const SIZE: usize = 50;

#[derive(Template)]
#[template(path = "privacy/log.html")]
struct LogPage {
    layout: Layout,
    rows: Vec<Row>,
    is_first: bool,
    next: Option<String>,
}

/// One entry.
struct Row {
    moment: String,
    actor: String,
    deed: &'static str,
    unit: Option<(String, String)>,
    fact: Option<(String, String)>,
    records: String,
    reason: String,
}

/// GET `/privacy/log`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let before: Option<i64> = params.parse("before")?;
    let (entries, next) = privacy::log(&state.app, &person.ctx, before, SIZE).await?;
    let snapshot = state.app.current().await?;
    let row = |entry: Logged| Row {
        moment: words.moment(entry.at),
        deed: deed(words, entry.deed),
        unit: entry.unit.map(|unit| (unit.name, urls::unit(&unit.code).into())),
        fact: entry.fact.map(|fact| (words.fact_number(fact), urls::fact(fact).into())),
        records: entry.records.map(|records| words.count(records)).unwrap_or_default(),
        actor: entry.actor,
        reason: entry.reason,
    };
    print(&LogPage {
        layout: Layout::new(&person, &snapshot, Area::Users, words.privacy_log()),
        rows: entries.into_iter().map(row).collect(),
        is_first: before.is_none(),
        next: next.map(|next| Url::new("/privacy/log", &[]).with("before", next).into()),
    })
}

fn deed(words: Words, deed: Deed) -> &'static str {
    match deed {
        Deed::Unmask => words.privacy_unmask(),
        Deed::Find => words.privacy_find(),
        Deed::Correct => words.privacy_correct(),
        Deed::Remove => words.privacy_remove(),
    }
}

/// An entry as one sentence, for the page of its record.
pub(crate) fn said(words: Words, entry: &Logged) -> String {
    words.privacy_said(&entry.actor, words.moment(entry.at), deed(words, entry.deed), &entry.reason)
}
