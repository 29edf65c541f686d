//! Taking an import back: what would go and what would return is shown first; the button does what was
//! shown, in the background.

use std::sync::Arc;

use app::imports::{self, ShownRecord, TakeBackNote, TakeBackOutcome, TakeBackPlan, TakenBack, left_alone};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use model::ids::ImportId;
use serde::Deserialize;
use words::Words;

use super::{address, address_of, form_label};
use crate::{
    Error, WebState,
    address::Path,
    error::print,
    form::Form,
    layout::{Area, Layout},
    parts::number::label,
    request_context::SignedIn,
    urls,
};

#[derive(Template)]
#[template(path = "imports/take_back.html")]
struct TakeBackPage {
    layout: Layout,
    file: String,
    form: String,
    back: String,
    action: String,
    seen: String,
    /// Whether something has changed since the person looked.
    is_changed: bool,
    counts: Vec<(&'static str, String, &'static str)>,
    /// The words of the button; `None` when there is nothing to take back.
    confirm: Option<String>,
    leaving: RecordTable,
    returning: RecordTable,
    going: RecordTable,
}

/// GET `/imports/{id}/take-back`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    match imports::preview_take_back(&state.app, &person.ctx, ImportId(id)).await {
        // It is under way, or was taken back: its page says so.
        Err(app::Error::Stale { .. }) => {
            Ok(Redirect::to(&String::from(address(ImportId(id)))).into_response())
        }
        plan => Ok(page(&state, &person, plan?, false).await?.into_response()),
    }
}

/// What the button states.
#[derive(Deserialize)]
pub(crate) struct Confirmed {
    seen: String,
}

/// POST `/imports/{id}/take-back`.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<Confirmed>,
) -> Result<Response, Error> {
    let id = ImportId(id);
    match imports::preview_take_back(&state.app, &person.ctx, id).await {
        // The second click, or somebody else was faster.
        Err(app::Error::Stale { .. }) => {}
        plan => {
            let plan = plan?;
            if plan.seen != form.seen {
                let page = page(&state, &person, plan, true).await?;
                return Ok((StatusCode::CONFLICT, page).into_response());
            }
            imports::ask_to_take_back(&state.app, &person.ctx, id, &form.seen).await?;
        }
    }
    Ok(Redirect::to(&String::from(address(id))).into_response())
}

async fn page(
    state: &WebState,
    person: &SignedIn,
    plan: TakeBackPlan,
    is_changed: bool,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let snapshot = state.app.current(&person.ctx).await?;
    let TakeBackPlan { job, seen, goes, returns, left, going, returning, leaving } = plan;
    let is_something = goes + returns > 0;
    print(&TakeBackPage {
        layout: Layout::new(person, &snapshot, Area::Imports, words.take_back_title()),
        file: job.file_name.clone(),
        form: form_label(words, &snapshot, &job.options.kind),
        back: address(job.id).into(),
        action: address_of(job.id, "take-back"),
        seen,
        is_changed,
        counts: counts(words, (goes, returns, left)),
        confirm: is_something.then(|| words.take_back_confirm(words.count(goes), words.count(returns))),
        leaving: RecordTable::new(words, words.take_back_leaving(), left, leaving),
        returning: RecordTable::new(words, words.take_back_returning(), returns, returning),
        going: RecordTable::new(words, words.take_back_going(), goes, going),
    })
}

/// How many records go, return, and are left alone.
fn counts(
    words: Words,
    (goes, returns, left): (usize, usize, usize),
) -> Vec<(&'static str, String, &'static str)> {
    vec![
        (words.take_back_goes(), words.count(goes), "behind"),
        (words.take_back_returns(), words.count(returns), "on-track"),
        (words.take_back_left(), words.count(left), "no-value"),
    ]
}

/// Some records of an import, as a table; nothing where there are none.
#[derive(Template)]
#[template(path = "imports/taken_records.html")]
struct RecordRows<'t> {
    w: Words,
    title: &'t str,
    cut: &'t Option<String>,
    shows_changes: bool,
    shows_reasons: bool,
    rows: &'t [RecordRow],
}

/// Records of an import that is or was taken back.
pub(super) struct RecordTable {
    title: &'static str,
    /// That there are more than are shown.
    cut: Option<String>,
    rows: Vec<RecordRow>,
}

/// A record, or one field of it.
struct RecordRow {
    url: Option<String>,
    name: String,
    unit: String,
    field: String,
    now: String,
    before: String,
    reason: String,
}

impl RecordTable {
    fn new(words: Words, title: &'static str, count: usize, records: Vec<ShownRecord>) -> Self {
        let shown = records.len();
        let cut = (count > shown).then(|| words.take_back_shown(words.count(count), words.count(shown)));
        Self { title, cut, rows: records.iter().flat_map(|record| rows(words, record)).collect() }
    }

    pub(super) fn html(&self, words: &Words) -> impl Template {
        RecordRows {
            w: *words,
            title: self.title,
            cut: &self.cut,
            shows_changes: self.rows.iter().any(|row| !row.field.is_empty()),
            shows_reasons: self.rows.iter().any(|row| !row.reason.is_empty()),
            rows: &self.rows,
        }
    }
}

/// The rows of a record: one for each field that returns, or one.
fn rows(words: Words, record: &ShownRecord) -> Vec<RecordRow> {
    let row = |field: String, now: String, before: String, is_first: bool| RecordRow {
        url: record.id().filter(|_| is_first).map(|id| urls::record(id).into()),
        name: match record.id() {
            Some(_) if is_first => record.name.clone(),
            Some(_) => String::new(),
            None => words.take_back_gone_record().to_owned(),
        },
        unit: if is_first { record.unit.clone() } else { String::new() },
        field,
        now,
        before,
        reason: record.reason.as_ref().map(|reason| left_alone(words, reason)).unwrap_or_default(),
    };
    if record.changes.is_empty() {
        return vec![row(String::new(), String::new(), String::new(), true)];
    }
    let changes = record.changes.iter().enumerate();
    changes
        .map(|(place, change)| {
            let field = label(words, &change.label).to_owned();
            row(field, change.now.clone(), change.before.clone(), place == 0)
        })
        .collect()
}

/// Why asking for an import to be taken back came to nothing.
pub(super) fn came_to_nothing(words: Words, note: &TakeBackNote) -> Option<String> {
    match &note.outcome {
        TakeBackOutcome::Changed => Some(words.take_back_changed().to_owned()),
        TakeBackOutcome::Failed(error) => Some(words.take_back_failed(error.message(words))),
        TakeBackOutcome::Asked | TakeBackOutcome::Done(_) => None,
    }
}

/// An import that was taken back.
pub(super) struct TakenBackView {
    pub(super) by: String,
    pub(super) counts: Vec<(&'static str, String, &'static str)>,
    /// That columns are read as before.
    pub(super) columns: Option<String>,
    pub(super) leaving: RecordTable,
}

impl TakenBackView {
    pub(super) fn new(words: Words, job: &imports::Job) -> Self {
        let nothing = TakenBack { gone: 0, returned: 0, left: 0, columns: 0, leaving: Vec::new() };
        let (by, taken) = match &job.take_back {
            Some(note) => {
                let moment = Timestamp::from_microsecond(note.at).map(|moment| words.moment(moment));
                let by = words.take_back_done_by(&note.by, moment.unwrap_or_default());
                let taken = match &note.outcome {
                    TakeBackOutcome::Done(taken) => taken.clone(),
                    _ => nothing,
                };
                (by, taken)
            }
            None => (String::new(), nothing),
        };
        let TakenBack { gone, returned, left, columns, leaving } = taken;
        Self {
            by,
            counts: counts(words, (gone, returned, left)),
            columns: (columns > 0).then(|| words.take_back_done_columns(columns.to_string())),
            leaving: RecordTable::new(words, words.take_back_left_alone(), left, leaving),
        }
    }
}
