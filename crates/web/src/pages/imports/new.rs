//! Uploading files: one or several at once; each becomes an import.

use std::sync::Arc;

use app::{
    accounts,
    imports::{Submission, submit as hand_in},
};
use askama::Template;
use axum::{
    extract::{State, multipart::Field},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};

use super::{Group, address, groups};
use crate::{
    Error, WebState,
    error::print,
    form::{Upload, of_multipart},
    layout::{Area, Layout},
    request_context::SignedIn,
    state::LARGEST_UPLOAD,
    uploaded_file::UploadedFile,
};

#[derive(Template)]
#[template(path = "imports/new.html")]
struct NewPage {
    layout: Layout,
    groups: Vec<Group>,
    /// Tells a second click from a second file.
    key: String,
    limit: String,
    is_none_chosen: bool,
    /// Files that cannot be taken, and why.
    refused: Vec<(String, String)>,
    /// Files that were taken, with their imports.
    taken: Vec<(String, String)>,
}

/// Rows that are taken from one file.
const ROWS: usize = 1_048_576;

/// GET `/imports/new`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Html<String>, Error> {
    print(&page(&state, &person, Sent::default()).await?)
}

async fn page(state: &WebState, person: &SignedIn, sent: Sent) -> Result<NewPage, Error> {
    let words = person.words();
    // A person who may not import is informed before choosing a file.
    app::imports::list(&state.app, &person.ctx, 0, 0).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    let mut layout = Layout::new(person, &snapshot, Area::Imports, words.upload_new());
    // A change of language must not send the form again.
    "/imports/new".clone_into(&mut layout.address);
    Ok(NewPage {
        layout,
        groups: groups(person, &snapshot, sent.kind.as_deref().unwrap_or_default()),
        key: accounts::token(),
        limit: words.upload_limit(LARGEST_UPLOAD >> 20, words.count(ROWS)),
        is_none_chosen: sent.is_none_chosen,
        refused: sent.refused,
        taken: sent.taken,
    })
}

/// What became of the files of a form.
#[derive(Default)]
struct Sent {
    kind: Option<String>,
    is_none_chosen: bool,
    refused: Vec<(String, String)>,
    taken: Vec<(String, String)>,
}

/// POST `/imports`: one import per file. Leads to the import, to the list when
/// there are several, and back to the form when a file cannot be taken.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Upload(mut form): Upload,
) -> Result<Response, Error> {
    // Asked before anything is taken in: whoever may not, costs no disk.
    app::imports::list(&state.app, &person.ctx, 0, 0).await?;
    let mut key = String::new();
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(|error| of_multipart(&error))? {
        match field.name() {
            Some("key") => key = text(field).await?,
            Some("kind") => sent.kind = Some(text(field).await?).filter(|kind| !kind.is_empty()),
            Some("file") => take(&state, &person, &key, field, &mut sent).await?,
            _ => {}
        }
    }
    match (sent.taken.as_slice(), sent.refused.is_empty()) {
        ([], true) => sent.is_none_chosen = true,
        ([(_, url)], true) => return Ok(Redirect::to(url).into_response()),
        (_, true) => return Ok(Redirect::to("/imports").into_response()),
        (_, false) => {}
    }
    let page = print(&page(&state, &person, sent).await?)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn text(field: Field<'_>) -> Result<String, Error> {
    field.text().await.map_err(|error| of_multipart(&error))
}

async fn take(
    state: &WebState,
    person: &SignedIn,
    key: &str,
    field: Field<'_>,
    sent: &mut Sent,
) -> Result<(), Error> {
    let file = UploadedFile::take_named(state, field, LARGEST_UPLOAD).await?;
    let Some((name, mut content)) = file else { return Ok(()) };
    let submission = Submission {
        key: key.to_owned(),
        file_name: name.clone(),
        bytes: std::mem::take(&mut content.bytes),
        kind: sent.kind.clone(),
    };
    match hand_in(&state.app, &person.ctx, submission).await {
        Ok(id) => sent.taken.push((name, address(id).into())),
        Err(app::Error::File(fault)) => {
            let message = person.words().file_fault(fault.name(), &fault.args());
            sent.refused.push((name, message));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
