//! One import: the choices still to be made and a preview, or its progress, or
//! its result.

use std::sync::Arc;

use app::{
    Snapshot,
    imports::{self, CannotTakeBack, ImportState as Stands, Job, cannot_take_back},
};
use askama::Template;
use axum::{extract::State, response::Html};
use model::ids::ImportId;
use words::Words;

use super::{
    StateView, address, address_of,
    check::Findings,
    draft::{Draft, draft},
    form_label, state_view,
    take_back::{TakenBackView, came_to_nothing},
};
use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    layout::{Area, Layout},
    request_context::SignedIn,
    urls,
};

#[derive(Template)]
#[template(path = "imports/show.html")]
pub(super) struct ImportPage {
    layout: Layout,
    file: String,
    form: String,
    standing: StateView,
    url: String,
    /// Whether the page asks again by itself.
    is_working: bool,
    part: Part,
}

/// What the page shows, by the state of the import.
enum Part {
    Draft(Box<Draft>),
    Working(Working),
    Done(Box<Done>),
    TakingBack,
    TakenBack(Box<TakenBackView>, Box<Done>),
    Failed { message: String, reopen: String },
    Discarded,
}

/// A run under way.
struct Working {
    text: String,
    /// Rows done and in all, once they are known.
    rows: Option<(i64, i64)>,
    /// Where it is stopped.
    stop: String,
}

/// A run that has ended.
struct Done {
    is_stored: bool,
    /// Why nothing was stored.
    why: String,
    findings: Findings,
    /// The file with its faults, when it has any.
    faults: Option<String>,
    /// Where the numbers have moved, and the words of the link.
    figures: (String, &'static str),
    reopen: String,
    /// Where it is taken back.
    take_back: Option<String>,
    /// Why it is not, or what came of trying.
    take_back_notes: Vec<String>,
}

/// GET `/imports/{id}`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    params: Params,
) -> Result<Html<String>, Error> {
    print(&page(&state, &person, ImportId(id), &params, None).await?)
}

/// The page of one import; `fault` is what was wrong with the choices just sent.
pub(super) async fn page(
    state: &WebState,
    person: &SignedIn,
    id: ImportId,
    params: &Params,
    fault: Option<String>,
) -> Result<ImportPage, Error> {
    let words = person.words();
    let job = imports::find(&state.app, &person.ctx, id).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let part = match job.state {
        Stands::Draft => {
            let preview = imports::preview(&state.app, &person.ctx, id).await?;
            Part::Draft(Box::new(draft(person, &snapshot, &job, &preview, params, fault)?))
        }
        Stands::Waiting | Stands::Running => Part::Working(working(person, &job)),
        Stands::Done => {
            let may = imports::may_take_back(&state.app, &person.ctx, id).await?;
            Part::Done(Box::new(with_way_back(words, &job, may, done(person, &snapshot, &job, params)?)))
        }
        Stands::TakingBack => Part::TakingBack,
        Stands::TakenBack => {
            let done = done(person, &snapshot, &job, params)?;
            Part::TakenBack(Box::new(TakenBackView::new(words, &job)), Box::new(done))
        }
        Stands::Failed => Part::Failed {
            message: job.failure.as_ref().map(|failure| failure.message(words)).unwrap_or_default(),
            reopen: address_of(id, "reopen"),
        },
        Stands::Discarded => Part::Discarded,
    };
    let mut layout = Layout::new(person, &snapshot, Area::Imports, job.file_name.clone());
    layout.address = address(id).into();
    Ok(ImportPage {
        layout,
        form: form_label(words, &snapshot, &job.options.kind),
        standing: state_view(words, &job),
        url: address(id).into(),
        file: job.file_name,
        is_working: matches!(part, Part::Working(_) | Part::TakingBack),
        part,
    })
}

fn working(person: &SignedIn, job: &Job) -> Working {
    let words = person.words();
    let (done, total) = job.progress;
    let text = match job.state {
        Stands::Waiting => words.progress_waiting().to_owned(),
        _ if total == 0 => words.progress_reading().to_owned(),
        _ if done < total => words.progress_checking(words.count(done), words.count(total)),
        _ => words.progress_storing(words.count(done), words.count(total)),
    };
    Working { text, rows: (total > 0).then_some((done, total)), stop: address_of(job.id, "stop") }
}

fn done(person: &SignedIn, snapshot: &Snapshot, job: &Job, params: &Params) -> Result<Done, Error> {
    let words = person.words();
    let report = job.report.clone().unwrap_or_default();
    let form = imports::form_of_kind(snapshot, &job.options.kind)?;
    let is_roster = form == snapshot.definition.roster;
    let own = person.ctx.unit().or_else(|| snapshot.root()).and_then(|unit| snapshot.units.get(&unit));
    let unit = job.options.unit.clone().or_else(|| own.map(|unit| unit.code.clone())).unwrap_or_default();
    let figures = if is_roster {
        (urls::unit(&unit).to_string(), words.result_see_units())
    } else {
        (urls::figures(&unit, None).to_string(), words.result_see_dashboard())
    };
    let has_faults = !report.refused.is_empty() || !report.warnings.is_empty();
    Ok(Done {
        is_stored: report.stored,
        why: words.result_none_stored_why(words.count(report.refused_rows())),
        faults: has_faults.then(|| address_of(job.id, "faults.xlsx")),
        findings: Findings::new(words, &snapshot.definition.forms[form], &report, params, &address(job.id))?,
        figures,
        reopen: address_of(job.id, "reopen"),
        take_back: None,
        take_back_notes: Vec::new(),
    })
}

/// With the way to take the import back, or why there is none.
fn with_way_back(words: Words, job: &Job, refusal: Option<CannotTakeBack>, done: Done) -> Done {
    let mut take_back_notes = Vec::new();
    take_back_notes.extend(job.take_back.as_ref().and_then(|note| came_to_nothing(words, note)));
    let is_said = done.is_stored && refusal != Some(CannotTakeBack::NothingStored);
    take_back_notes
        .extend(refusal.filter(|_| is_said).map(|reason| cannot_take_back(words, reason).to_owned()));
    let take_back = refusal.is_none().then(|| address_of(job.id, "take-back"));
    Done { take_back, take_back_notes, ..done }
}
