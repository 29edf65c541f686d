//! The audit as csv: sent as it is read, however much of it there is.

use std::sync::Arc;

use app::audit_trail::{self, Trail, TrailEntry, TrailQuery};
use axum::{
    body::{Body, Bytes},
    extract::State,
    response::Response,
};
use futures::stream;

use super::{address, entry, name, read_form, terms::action_name, what};
use crate::{
    Error, WebState,
    address::Params,
    parts::{
        actor::Actors,
        download::{self, CSV},
    },
    request_context::SignedIn,
};

/// Entries read together.
const BATCH: usize = 2_000;

/// A file being sent.
struct Sending {
    state: Arc<WebState>,
    person: SignedIn,
    query: TrailQuery,
    /// Where the next entries begin; `None` at the end.
    before: Option<i64>,
}

/// GET `/audit-trail/export.csv`: what the page with the same parameters shows.
pub(crate) async fn csv(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Response, Error> {
    let words = person.words();
    let (form, query) = read_form(&person, &params)?;
    let Some(query) = query else { return Err(Error::BadAddress(address("", &form).query().to_owned())) };
    // The first batch before the answer begins: what is refused becomes a page that says so.
    let trail = audit_trail::export_batch(&state.app, &person.ctx, &query, None, BATCH).await?;
    let mut first = String::from("\u{feff}");
    let titles = [
        words.audit_trail_moment(),
        words.audit_trail_person(),
        words.audit_trail_action(),
        words.audit_trail_kind(),
        words.audit_trail_subject(),
        words.audit_trail_unit(),
        words.audit_trail_definition(),
        words.audit_trail_changes(),
    ];
    push_row(&mut first, &titles);
    push_entries(&mut first, &state, &person, &trail).await?;
    let name = format!("{}.csv", words.audit_trail_export_name());
    let sending = Sending { state, person, query, before: trail.next };
    let body = stream::try_unfold((Some(first), sending), |(ready, mut sending)| async move {
        if let Some(piece) = ready {
            return Ok(Some((Bytes::from(piece), (None, sending))));
        }
        let Some(before) = sending.before else { return Ok(None) };
        let Sending { state, person, query, .. } = &sending;
        let trail = audit_trail::export_batch(&state.app, &person.ctx, query, Some(before), BATCH).await?;
        let mut piece = String::new();
        push_entries(&mut piece, state, person, &trail).await?;
        sending.before = trail.next;
        Ok::<_, app::Error>(Some((Bytes::from(piece), (None, sending))))
    });
    download::stream(&name, CSV, Body::from_stream(body))
}

async fn push_entries(
    text: &mut String,
    state: &WebState,
    person: &SignedIn,
    trail: &Trail,
) -> Result<(), app::Error> {
    let actors = Actors::load(state, person, trail.entries.iter().map(|entry| entry.actor.as_str())).await?;
    trail.entries.iter().for_each(|entry| push_entry(text, person, &actors, entry));
    Ok(())
}

fn push_entry(text: &mut String, person: &SignedIn, actors: &Actors, entry: &TrailEntry) {
    let words = person.words();
    let changes = entry::changes(person, entry).into_iter().map(|(field, before, after)| {
        let shown = |value: Option<String>| value.unwrap_or_default();
        format!("{field}: {} → {}", shown(before), shown(after))
    });
    push_row(
        text,
        &[
            &words.moment(entry.at),
            &actors.name(&entry.actor),
            action_name(words, &entry.action),
            &what(person, entry),
            &name(words, entry),
            entry.unit.as_ref().map_or("", |unit| &unit.name),
            &entry.definition_hash,
            &changes.collect::<Vec<_>>().join("\n"),
        ],
    );
}

/// Signs with which a spreadsheet would begin a formula.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// One line of the file; every cell is quoted, and none is taken for a formula.
fn push_row(text: &mut String, cells: &[&str]) {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push('"');
        if cell.starts_with(FORMULA) {
            text.push('\'');
        }
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}
