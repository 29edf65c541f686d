//! The log of personal data: who saw and changed personal data, when and why.
//! For the city office.

use std::sync::Arc;

use app::unmask_log::{self, LogEntry, UnmaskAction};
use askama::Template;
use axum::{extract::State, response::Html};
use words::Words;

use crate::{
    Error, WebState,
    address::Params,
    error::print,
    layout::{Area, Layout},
    parts::actor::Actors,
    request_context::SignedIn,
    urls::{self, Url},
};

/// Entries on a page.
const SIZE: usize = 50;

#[derive(Template)]
#[template(path = "unmask_log.html")]
struct LogPage {
    layout: Layout,
    rows: Vec<LogRow>,
    is_first: bool,
    next: Option<String>,
}

/// One entry.
struct LogRow {
    moment: String,
    actor: String,
    action: &'static str,
    unit: Option<(String, String)>,
    fact: Option<(String, String)>,
    records: String,
    reason: String,
}

/// GET `/unmask-log`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let before: Option<i64> = params.parse("before")?;
    let (entries, next) = unmask_log::log(&state.app, &person.ctx, before, SIZE).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let actors = Actors::load(&state, &person, entries.iter().map(|entry| entry.actor.as_str())).await?;
    let row = |entry: LogEntry| LogRow {
        moment: words.moment(entry.at),
        action: action_name(words, entry.action),
        unit: entry.unit.map(|unit| (unit.name, urls::unit(&unit.code).into())),
        fact: entry.fact.map(|fact| (words.record_page_number(fact), urls::record(fact).into())),
        records: entry.records.map(|records| words.count(records)).unwrap_or_default(),
        actor: actors.name(&entry.actor),
        reason: entry.reason,
    };
    print(&LogPage {
        layout: Layout::new(&person, &snapshot, Area::Users, words.unmask_log_log()),
        rows: entries.into_iter().map(row).collect(),
        is_first: before.is_none(),
        next: next.map(|next| Url::new("/unmask-log", &[]).with_param("before", next).into()),
    })
}

fn action_name(words: Words, action: UnmaskAction) -> &'static str {
    match action {
        UnmaskAction::Unmask => words.unmask_log_unmask(),
        UnmaskAction::Find => words.unmask_log_find(),
        UnmaskAction::Correct => words.unmask_log_correct(),
        UnmaskAction::Remove => words.unmask_log_remove(),
    }
}

/// An entry as one sentence, for the page of its record.
pub(crate) fn describe(words: Words, actors: &Actors, entry: &LogEntry) -> String {
    words.unmask_log_sentence(
        actors.name(&entry.actor),
        words.moment(entry.at),
        action_name(words, entry.action),
        &entry.reason,
    )
}
