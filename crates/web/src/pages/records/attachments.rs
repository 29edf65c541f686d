//! Attachments of a record: listing, adding, downloading, removing.

use std::sync::Arc;

use app::{
    Action,
    attachments::{self, Attachments, Event, FileKind, KindFault, Outcome, Refusal},
    records::{self, RecordDetails},
};
use askama::Template;
use axum::{
    extract::{State, multipart::Field},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use model::ids::{AttachmentId, RecordId};
use serde::Deserialize;
use words::Words;

use crate::{
    Error, WebState,
    address::{Params, Path},
    error::print,
    form::{Form, Upload, of_multipart},
    layout::{Area, Layout},
    parts::{actor::Actors, download, head::Head, number::label},
    request_context::SignedIn,
    state::LARGEST_ATTACHMENTS,
    uploaded_file::UploadedFile,
    urls,
};

/// The attachments of a record, ready to print. Its template is `records/attachments.html`.
pub(crate) struct Section {
    pub(super) rows: Vec<AttachmentLine>,
    /// What was done to them, for the record's timeline: when, and in words.
    pub(super) history: Vec<(Timestamp, String)>,
    /// Where files are sent to, by those who may add them.
    pub(super) submit: Option<String>,
    /// What may be added.
    pub(super) limit: String,
    pub(super) accept: String,
    /// What has just been done.
    pub(super) notice: Option<String>,
    /// Files that were not taken, and why.
    pub(super) refused: Vec<(String, String)>,
    /// The persons that the page of the record names.
    pub(super) actors: Actors,
}

/// One attachment.
pub(super) struct AttachmentLine {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) thumbnail: Option<String>,
    /// What it is, how large.
    pub(super) what: String,
    /// Who handed it in, and when.
    pub(super) by: String,
    /// Where it is removed, by those who may.
    pub(super) remove: Option<String>,
}

impl Section {
    /// The attachments of `found`; `done` is what has just been done to them.
    pub(crate) async fn new(
        state: &WebState,
        person: &SignedIn,
        found: &RecordDetails,
        done: Option<&str>,
    ) -> Result<Self, Error> {
        let words = person.words();
        let is_seen = person.ctx.may(Action::ReadAttachments, &found.snapshot, found.fact.unit);
        let Attachments { present, history } = if is_seen {
            attachments::list(&state.app, &person.ctx, found.fact.id).await?
        } else {
            Attachments::default()
        };
        let named = found.changes.iter().map(|change| &change.actor);
        let named = named.chain(found.comments.iter().map(|comment| &comment.actor));
        let named = named.chain(found.privacy.iter().map(|entry| &entry.actor));
        let named = named.chain(present.iter().map(|attachment| &attachment.by));
        let named = named.chain(history.iter().map(|event| &event.actor));
        let actors = Actors::load(state, person, named.map(String::as_str)).await?;
        let is_locked = records::locked(&person.ctx, &found.snapshot, &found.fact, found.state).is_some();
        let may_change =
            !is_locked && person.ctx.may(Action::WriteAttachments, &found.snapshot, found.fact.unit);
        let limits = state.app.attachment_limits(&person.ctx);
        let row = |attachment: attachments::Attachment| AttachmentLine {
            url: urls::attachment(attachment.id).into(),
            thumbnail: attachment.kind.is_picture().then(|| urls::thumbnail(attachment.id).into()),
            what: words.attachment_what(kind_name(words, attachment.kind), size(words, attachment.size)),
            by: words.attachment_by(actors.name(&attachment.by), words.moment(attachment.at)),
            remove: may_change.then(|| urls::remove_attachment(attachment.id).into()),
            name: attachment.name,
        };
        let accept: Vec<String> = FileKind::all_endings().map(|ending| format!(".{ending}")).collect();
        Ok(Self {
            rows: present.into_iter().map(row).collect(),
            history: history.iter().map(|event| (event.at, event_text(words, &actors, event))).collect(),
            submit: may_change.then(|| urls::attachments(found.fact.id).into()),
            limit: words.attachment_limit(limits.file >> 20, limits.record >> 20),
            accept: accept.join(","),
            notice: match done {
                Some("attach") => Some(words.attachment_attached().to_owned()),
                Some("attached") => Some(words.attachment_known().to_owned()),
                Some("detach") => Some(words.attachment_removed().to_owned()),
                _ => None,
            },
            refused: Vec::new(),
            actors,
        })
    }
}

fn event_text(words: Words, actors: &Actors, event: &Event) -> String {
    let moment = words.moment(event.at);
    match &event.removed {
        None => words.attachment_event_added(actors.name(&event.actor), moment, &event.name),
        Some(reason) if reason.is_empty() => {
            words.attachment_event_removed(actors.name(&event.actor), moment, &event.name)
        }
        Some(reason) => {
            words.attachment_event_removed_why(actors.name(&event.actor), moment, &event.name, reason)
        }
    }
}

#[derive(Template)]
#[template(path = "records/files.html")]
struct FilesPage {
    layout: Layout,
    head: Head,
    /// The record, by the name of its form.
    form: String,
    back: String,
    attachments: Section,
}

/// GET `/records/{id}/attachments`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    params: Params,
) -> Result<Html<String>, Error> {
    let found = records::find(&state.app, &person.ctx, RecordId(id)).await?;
    person.ctx.require(Action::ReadAttachments, &found.snapshot, found.fact.unit)?;
    let section = Section::new(&state, &person, &found, params.get("done")).await?;
    page(&person, &found, section)
}

fn page(person: &SignedIn, found: &RecordDetails, attachments: Section) -> Result<Html<String>, Error> {
    let words = person.words();
    let form = &found.snapshot.definition.forms[found.fact.form];
    let form = label(words, &form.label).to_owned();
    let title = format!("{} · {form} · {}", words.attachment_title(), found.unit.name);
    let mut layout = Layout::new(person, &found.snapshot, Area::Registers, title);
    layout.address = urls::attachments(found.fact.id).into();
    let head =
        Head::new(person, &found.snapshot, &found.unit, Area::Registers, None, |code, _| urls::unit(code));
    print(&FilesPage { layout, head, form, back: urls::record(found.fact.id).into(), attachments })
}

/// What became of the files of a form.
#[derive(Default)]
struct Sent {
    attached: usize,
    known: usize,
    /// Name of the file, and why it was not taken.
    refused: Vec<(String, String)>,
}

/// POST `/records/{id}/attachments`: every acceptable file is attached; the others are listed.
pub(crate) async fn submit(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Upload(mut form): Upload,
) -> Result<Response, Error> {
    let words = person.words();
    // Asked before anything is taken in: whoever may not, costs no disk.
    let found = records::find(&state.app, &person.ctx, RecordId(id)).await?;
    person.ctx.require(Action::WriteAttachments, &found.snapshot, found.fact.unit)?;
    let mut sent = Sent::default();
    loop {
        match form.next_field().await.map_err(|error| of_multipart(&error)) {
            Ok(None) => break,
            Ok(Some(field)) if field.name() == Some("file") => {
                take(&state, &person, RecordId(id), field, &mut sent).await?;
            }
            Ok(Some(_)) => {}
            // The files before it are attached; the rest is listed.
            Err(Error::TooLarge) => {
                let most = words.attachment_too_much(LARGEST_ATTACHMENTS >> 20);
                sent.refused.push((words.attachment_rest().to_owned(), most));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    let here = urls::record(RecordId(id));
    if sent.refused.is_empty() && sent.attached + sent.known > 0 {
        let done = if sent.known > 0 { "attached" } else { "attach" };
        return Ok(Redirect::to(&format!("{}#attachments", here.with_param("done", done))).into_response());
    }
    if sent.refused.is_empty() {
        sent.refused.push((words.attachment_title().to_owned(), words.attachment_none().to_owned()));
    }
    let section = Section::new(&state, &person, &found, None).await?;
    let notice = (sent.attached > 0).then(|| words.attachment_some(sent.attached));
    let page = page(&person, &found, Section { refused: sent.refused, notice, ..section })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn take(
    state: &WebState,
    person: &SignedIn,
    fact: RecordId,
    field: Field<'_>,
    sent: &mut Sent,
) -> Result<(), Error> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let most = state.app.attachment_limits(&person.ctx).file;
    let file = match UploadedFile::take(field, most).await {
        Err(Error::TooLarge) => {
            let most = person.words().attachment_too_much(LARGEST_ATTACHMENTS >> 20);
            sent.refused.push((name, most));
            return Ok(());
        }
        other => other?,
    };
    if name.is_empty() && file.size() == 0 {
        return Ok(()); // no file was chosen
    }
    let mut content = file.read(state).await?;
    let bytes = std::mem::take(&mut content.bytes);
    match attachments::attach(&state.app, &person.ctx, fact, &name, bytes).await? {
        Outcome::Attached(_) => sent.attached += 1,
        Outcome::Known(_) => sent.known += 1,
        Outcome::Refused(refusal) => sent.refused.push((name, why(person.words(), &refusal))),
    }
    Ok(())
}

/// GET `/attachments/{id}`: the file, to be kept and never to be shown as a page of this site.
pub(crate) async fn fetch(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    let (found, content) = attachments::open(&state.app, &person.ctx, AttachmentId(id)).await?;
    let mut response = sealed(download::pieces(content), found.kind.media_type(), &disposition(&found.name));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(found.size));
    Ok(response)
}

/// GET `/attachments/{id}/thumbnail`.
pub(crate) async fn thumbnail(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, Error> {
    let bytes = attachments::thumbnail(&state.app, &person.ctx, AttachmentId(id)).await?;
    Ok(sealed(bytes, FileKind::Jpeg.media_type(), "inline"))
}

/// What the form of a removal states.
#[derive(Deserialize)]
pub(crate) struct Removal {
    /// Why it goes.
    reason: String,
}

/// POST `/attachments/{id}/remove`.
pub(crate) async fn remove(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
    Path(id): Path<i64>,
    Form(removal): Form<Removal>,
) -> Result<Response, Error> {
    let fact = attachments::remove(&state.app, &person.ctx, AttachmentId(id), &removal.reason).await?;
    let url = urls::record(fact).with_param("done", "detach");
    Ok(Redirect::to(&format!("{url}#attachments")).into_response())
}

/// Content from a stranger: nothing in them runs, wherever the browser shows them.
fn sealed(content: impl IntoResponse, media_type: &'static str, disposition: &str) -> Response {
    let mut response = content.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    let disposition = HeaderValue::from_str(disposition);
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    response
}

/// The name for old browsers in ASCII, and for all others as it is (RFC 6266).
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", urls::encoded(name))
}

/// Why a file was not taken, and what to do about it.
fn why(words: Words, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Nameless => words.attachment_nameless().to_owned(),
        Refusal::TooLarge { limit } => words.attachment_too_large(limit >> 20),
        Refusal::RecordFull { limit } => words.attachment_record_full(limit >> 20),
        Refusal::Kind(KindFault::Empty) => words.attachment_empty().to_owned(),
        Refusal::Kind(KindFault::Unknown { looks_like: Some(kind) }) => words.attachment_unknown_like(kind),
        Refusal::Kind(KindFault::Unknown { looks_like: None }) => words.attachment_unknown().to_owned(),
        Refusal::Kind(KindFault::Renamed { ending, kind }) => {
            let right = kind.endings().first().copied().unwrap_or_default();
            let kind = kind_name(words, *kind);
            if ending.is_empty() {
                words.attachment_without_ending(kind, right)
            } else {
                words.attachment_renamed(ending, kind, right)
            }
        }
        Refusal::Kind(KindFault::Macros) => words.attachment_macros().to_owned(),
        Refusal::Kind(KindFault::Encrypted) => words.attachment_encrypted().to_owned(),
        Refusal::Kind(KindFault::Damaged) => words.attachment_damaged().to_owned(),
        Refusal::Kind(KindFault::TooManyPoints { width, height }) => {
            words.attachment_too_many_points(width, height)
        }
    }
}

fn kind_name(words: Words, kind: FileKind) -> &'static str {
    match kind {
        FileKind::Jpeg | FileKind::Png | FileKind::Webp => words.attachment_picture(),
        FileKind::Pdf => "PDF",
        FileKind::Ofd => "OFD",
        FileKind::Docx | FileKind::Doc => words.attachment_document(),
        FileKind::Xlsx | FileKind::Xls => words.attachment_table(),
        FileKind::Pptx | FileKind::Ppt => words.attachment_slides(),
        FileKind::Text => words.attachment_text(),
    }
}

/// Bytes as people say them.
fn size(words: Words, bytes: u64) -> String {
    if bytes >= 1 << 20 {
        // Far below the numbers that a float no longer holds.
        #[expect(clippy::cast_precision_loss, reason = "at most some hundred MB")]
        let megabytes = bytes as f64 / f64::from(1 << 20);
        format!("{} MB", words.decimal(megabytes, 1))
    } else {
        format!("{} KB", words.count(bytes.div_ceil(1 << 10)))
    }
}

#[cfg(test)]
mod tests {
    use words::Language;

    use super::*;

    #[test]
    fn a_name_goes_into_the_header_in_both_ways() {
        let expected = "attachment; filename=\"__ a.pdf\"; filename*=UTF-8''%E7%85%A7%E7%89%87%20a.pdf";
        assert_eq!(disposition("照片 a.pdf"), expected);
    }

    #[test]
    fn sizes_are_said() {
        let words = Words::new(Language::Chinese);
        assert_eq!(size(words, 1), "1 KB");
        assert_eq!(size(words, 20 << 20), "20.0 MB");
    }
}
