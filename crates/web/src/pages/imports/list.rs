//! The person's imports, newest first.

use std::sync::Arc;

use app::imports::{self, Job};
use askama::Template;
use axum::{extract::State, response::Html};
use jiff::Timestamp;
use words::Words;

use super::{StateView, address, form_label, state_view};
use crate::{
    Error, WebState,
    address::Params,
    error::print,
    layout::{Area, Layout},
    parts::pager::Pager,
    request_context::SignedIn,
    urls::Url,
};

/// Imports on one page.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "imports/list.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<ImportRow>,
    pager: Pager,
}

/// One import, ready to print.
struct ImportRow {
    url: String,
    file: String,
    form: String,
    moment: String,
    /// Rows in all and rows stored, once they are known.
    rows: Option<(String, String)>,
    standing: StateView,
}

/// GET `/imports`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    params: Params,
) -> Result<Html<String>, Error> {
    let page = Pager::requested_page(&params)?;
    let found = imports::list(&state.app, &person.ctx, (page - 1) * SHOWN, SHOWN).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let words = person.words();
    print(&ListPage {
        layout: Layout::new(&person, &snapshot, Area::Imports, words.imports_title()),
        rows: found
            .jobs
            .iter()
            .map(|job| row(words, job, form_label(words, &snapshot, &job.options.kind)))
            .collect(),
        pager: Pager::new(words, page, SHOWN, found.total, &Url::new("/imports", &[])),
    })
}

fn row(words: Words, job: &Job, form: String) -> ImportRow {
    let (taken, total) = job.progress;
    let is_over = job.state.has_report();
    let moment = Timestamp::from_microsecond(job.created_at).map(|moment| words.moment(moment));
    ImportRow {
        url: address(job.id).into(),
        file: job.file_name.clone(),
        form,
        moment: moment.unwrap_or_default(),
        rows: is_over.then(|| (words.count(total), words.count(taken))),
        standing: state_view(words, job),
    }
}
