//! Attachments of records: pictures, office documents, PDF. A record's unit
//! says who may see and add them. What they hold lies outside the database, in
//! the directory of files ([`store::Files`]); that somebody added or removed
//! one is in the audit, as a history of the record beside its own.

mod sweep;

use std::{
    io,
    sync::{Arc, PoisonError, RwLock},
};

use boxed_async::boxed_async;
use jiff::Timestamp;
use media::{kind, picture};
use model::ids::{AttachmentId, RecordId, UnitId};
use serde::{Deserialize, Serialize};
use store::{
    FileContent, Files, Tx, Vault,
    attachments::{self as rows, AttachmentRow as Row},
    audit, definitions, new_id,
};
use tokio::sync::Semaphore;

pub use media::kind::{FileKind, KindFault};

pub use self::sweep::sweep;
use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing,
    access_log::{AccessAction, note_reading},
    audit::append_audit,
    record::authorised,
    records::locked,
    transact::transact,
    typed_text::{masked_file_name, no_numbers},
};

/// How much may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentLimits {
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files of one record.
    pub record: u64,
}

impl Default for AttachmentLimits {
    fn default() -> Self {
        Self { file: 20 << 20, record: 200 << 20 }
    }
}

/// Where attachments lie and how large they may be.
pub struct Cabinet {
    /// Where they lie.
    pub(crate) files: Files,
    /// How large they may be.
    limits: RwLock<AttachmentLimits>,
    /// Unpacking a picture takes much memory: one at a time.
    pictures: Semaphore,
}

impl Cabinet {
    /// A cabinet over a directory of files.
    pub fn new(files: Files, limits: AttachmentLimits) -> Self {
        Self { files, limits: RwLock::new(limits), pictures: Semaphore::new(1) }
    }

    /// How large they may be.
    pub fn limits(&self) -> AttachmentLimits {
        *self.limits.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_limits(&self, limits: AttachmentLimits) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// The same cabinet, whose files are sealed with the secret of their region.
    pub(crate) fn sealed_with(self, vault: Arc<Vault>) -> Self {
        Self { files: self.files.sealed_with(vault), ..self }
    }
}

/// Points of a small picture from side to side.
const THUMBNAIL: u32 = 320;
/// The longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 120;
/// The longest reason for a removal, in characters.
const LONGEST_REASON: usize = 200;

/// An attachment of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The record it belongs to.
    pub fact: RecordId,
    /// The name it was handed in under.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Bytes.
    pub size: u64,
    /// Who handed it in.
    pub by: String,
    /// When.
    pub at: Timestamp,
    hash: String,
}

/// One thing that was done to the attachments of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// The attachment's name.
    pub name: String,
    /// `None` when it was added; the reason when it was removed.
    pub removed: Option<String>,
}

/// The attachments of a record, with their history.
#[derive(Debug, Clone, Default)]
pub struct Attachments {
    /// What is there, the first handed in first.
    pub present: Vec<Attachment>,
    /// What was done, oldest first.
    pub history: Vec<Event>,
}

/// Why a file was not attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Its name says nothing.
    Nameless,
    /// It is larger than a file may be.
    TooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// The record would hold more than it may.
    RecordFull {
        /// Bytes allowed.
        limit: u64,
    },
    /// Its content.
    Kind(KindFault),
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is attached.
    Attached(AttachmentId),
    /// The record holds it already; under this name.
    Known(String),
    /// It is not.
    Refused(Refusal),
}

/// An attachment as the audit keeps it.
#[derive(Serialize, Deserialize)]
struct AuditedAttachment {
    id: i64,
    name: String,
    size: i64,
    hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The attachments of a record.
///
/// # Errors
/// As [`crate::records::find`].
#[boxed_async]
pub async fn list(app: &App, ctx: &Context, fact: RecordId) -> Result<Attachments> {
    let mut tx = app.read(ctx.region).await?;
    authorised(app, ctx, &mut tx, Action::ReadAttachments, fact).await?;
    let present = rows::list_of(&mut tx, fact).await?;
    let audited = audit::list_of(&mut tx, SUBJECT, fact.0).await?;
    let present = present.into_iter().map(attachment).collect::<Result<_>>()?;
    let history = audited.into_iter().map(event).collect::<Result<_>>()?;
    Ok(Attachments { present, history })
}

/// The subject of audit entries; their id is that of the record.
const SUBJECT: &str = "attachment";

/// Attaches a file to a record. The same content a second time is reported and stored once.
///
/// # Errors
/// [`Error::NotFound`] for a record that is not the person's; [`Error::Forbidden`]
/// for who may not change it; [`Error::Invalid`] in a state that closes it. What is wrong with the file is an [`Outcome`].
#[boxed_async]
pub async fn attach(app: &App, ctx: &Context, fact: RecordId, name: &str, bytes: Vec<u8>) -> Result<Outcome> {
    // Asked before anything is unpacked or written: whoever may not, costs nothing.
    let mut tx = app.read(ctx.region).await?;
    require_open(app, ctx, &mut tx, fact).await?;
    drop(tx);
    let cabinet = app.cabinet(ctx)?;
    let name = tidy_name(name);
    if name.trim_matches(['.', ' ']).is_empty() {
        return Ok(Outcome::Refused(Refusal::Nameless));
    }
    let (size, limits) = (bytes.len() as u64, cabinet.limits());
    if size > limits.file {
        return Ok(Outcome::Refused(Refusal::TooLarge { limit: limits.file }));
    }
    app.require_room(bytes.len())?;
    let (kind, hash) = match store_file(&cabinet, &name, bytes).await? {
        Ok(kept) => kept,
        Err(fault) => return Ok(Outcome::Refused(Refusal::Kind(fault))),
    };
    transact!(app, ctx.region, |tx| {
        // The record may have gone meanwhile.
        let snapshot = require_open(app, ctx, tx, fact).await?;
        definitions::lock_region(tx, definitions::Lock::Shared).await?;
        let present = rows::list_of(tx, fact).await?;
        if let Some(known) = present.iter().find(|row| row.hash == hash) {
            return Ok(Outcome::Known(known.name.clone()));
        }
        let held: u64 = present.iter().map(|row| u64::try_from(row.size).unwrap_or(0)).sum();
        if held.saturating_add(size) > limits.record {
            return Ok(Outcome::Refused(Refusal::RecordFull { limit: limits.record }));
        }
        let now = ctx.clock.now();
        let row = Row {
            attachment_id: new_id(now),
            fact_id: fact.0,
            name: name.clone(),
            kind: kind.name().to_owned(),
            size: i64::try_from(size).map_err(Error::internal)?,
            hash: hash.clone(),
            added_by: ctx.audit_name().to_owned(),
            added_at: now.as_microsecond(),
            removed_at: None,
        };
        match rows::insert(tx, &row).await {
            Err(error) if error.is_duplicate() => return Ok(Outcome::Known(row.name)),
            other => other?,
        }
        note(tx, ctx, &snapshot, "attach", &row, None).await?;
        Ok(Outcome::Attached(AttachmentId(row.attachment_id)))
    })
}

/// An attachment with what it holds.
///
/// # Errors
/// [`Error::NotFound`] when it does not exist, was removed, or belongs to a record that is not the person's.
#[boxed_async]
pub async fn read(app: &App, ctx: &Context, id: AttachmentId) -> Result<(Attachment, Vec<u8>)> {
    let (found, mut content) = open(app, ctx, id).await?;
    let bytes = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut content, &mut bytes).map_err(store::Error::File)?;
        Ok::<_, store::Error>(bytes)
    });
    Ok((found, bytes.await.map_err(Error::internal)??))
}

/// An attachment with what it holds, to be read piece by piece where blocking is allowed. It is noted in the log of
/// access.
///
/// # Errors
/// As [`read`].
#[boxed_async]
pub async fn open(app: &App, ctx: &Context, id: AttachmentId) -> Result<(Attachment, FileContent)> {
    let (found, unit) = find(app, ctx, id).await?;
    let (cabinet, hash) = (app.cabinet(ctx)?, found.hash.clone());
    let content =
        tokio::task::spawn_blocking(move || cabinet.files.open(&hash)).await.map_err(Error::internal)??;
    let content =
        content.ok_or_else(|| Error::internal(format!("the content of attachment {id} is not there")))?;
    let (record, file) = (found.fact.to_string(), id.to_string());
    note_reading(app, ctx, AccessAction::DownloadAttachment, Some(unit), &record, &file).await?;
    Ok((found, content))
}

/// The small picture (jpeg) of an attachment that is one.
///
/// # Errors
/// As [`read`]; [`Error::NotFound`] for what is no picture.
#[boxed_async]
pub async fn thumbnail(app: &App, ctx: &Context, id: AttachmentId) -> Result<Vec<u8>> {
    let (found, _) = find(app, ctx, id).await?;
    if !found.kind.is_picture() {
        return Err(not_found(id));
    }
    let (cabinet, hash) = (app.cabinet(ctx)?, found.hash);
    let small = tokio::task::spawn_blocking(move || cabinet.files.thumbnail(&hash))
        .await
        .map_err(Error::internal)??;
    small.ok_or_else(|| not_found(id))
}

/// Removes an attachment; the audit keeps that it was there, and why it went.
/// Returns its record. Removing what is removed changes nothing.
///
/// # Errors
/// As [`read`]; [`Error::Forbidden`] for who may not change the record; [`Error::Invalid`] for a reason with a
/// personal number.
#[boxed_async]
pub async fn remove(app: &App, ctx: &Context, id: AttachmentId, reason: &str) -> Result<RecordId> {
    let reason: String = reason.trim().chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
    no_numbers(&reason)?;
    transact!(app, ctx.region, |tx| {
        let row = rows::find(tx, id).await?.ok_or_else(|| not_found(id))?;
        let fact = RecordId(row.fact_id);
        let snapshot = require_open(app, ctx, tx, fact).await.map_err(|error| hidden(error, id))?;
        if rows::remove(tx, id, ctx.clock.now()).await? {
            note(tx, ctx, &snapshot, "detach", &row, Some(reason.clone())).await?;
        }
        Ok(fact)
    })
}

/// Refuses a change of the files of a record that is not the person's, or that its state closes.
async fn require_open(app: &App, ctx: &Context, tx: &mut Tx, fact: RecordId) -> Result<Arc<Snapshot>> {
    let (snapshot, record) = authorised(app, ctx, tx, Action::WriteAttachments, fact).await?;
    match locked(ctx, &snapshot, &record.fact, record.state(&snapshot)) {
        Some(problem) => Err(Error::Invalid(vec![problem])),
        None => Ok(snapshot),
    }
}

/// An attachment that is there and may be seen, with the unit of its record.
async fn find(app: &App, ctx: &Context, id: AttachmentId) -> Result<(Attachment, UnitId)> {
    let mut tx = app.read(ctx.region).await?;
    let row = rows::find(&mut tx, id).await?.filter(|row| row.removed_at.is_none());
    let row = row.ok_or_else(|| not_found(id))?;
    let seen = authorised(app, ctx, &mut tx, Action::ReadAttachments, RecordId(row.fact_id)).await;
    let (_, record) = seen.map_err(|error| hidden(error, id))?;
    Ok((attachment(row)?, record.fact.unit))
}

/// Looks into a file and keeps it, with a small picture where there is something to see.
async fn store_file(
    cabinet: &Arc<Cabinet>,
    name: &str,
    bytes: Vec<u8>,
) -> Result<std::result::Result<(FileKind, String), KindFault>> {
    let (held, name) = (cabinet.clone(), name.to_owned());
    let _turn = cabinet.pictures.acquire().await.map_err(Error::internal)?;
    let kept = tokio::task::spawn_blocking(move || {
        let looked = kind::kind(&name, &bytes).and_then(|kind| {
            let small = kind.is_picture().then(|| picture::thumbnail(&bytes, kind, THUMBNAIL)).transpose()?;
            Ok((kind, small))
        });
        let (kind, small) = match looked {
            Ok(looked) => looked,
            Err(fault) => return Ok(Err(fault)),
        };
        let hash = held.files.put(&bytes)?;
        if let Some(small) = small {
            held.files.put_thumbnail(&hash, &small)?;
        }
        Ok::<_, store::Error>(Ok((kind, hash)))
    });
    Ok(kept.await.map_err(Error::internal)??)
}

async fn note(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    action: &'static str,
    row: &Row,
    reason: Option<String>,
) -> Result<()> {
    let is_removal = reason.is_some();
    let audited = AuditedAttachment {
        id: row.attachment_id,
        name: row.name.clone(),
        size: row.size,
        hash: row.hash.clone(),
        reason,
    };
    let text = Some(serde_json::to_string(&audited).map_err(Error::internal)?);
    let (before, after) = if is_removal { (text, None) } else { (None, text) };
    let (subject_id, detail, record) = (row.fact_id, None, None);
    let entry = audit::AuditEntry { action, subject: SUBJECT, subject_id, before, after, detail, record };
    append_audit(tx, snapshot, ctx, vec![entry]).await?;
    Ok(())
}

fn event(entry: audit::AuditRow) -> Result<Event> {
    let is_removal = entry.after.is_none();
    let text = entry.after.or(entry.before).unwrap_or_default();
    let audited: AuditedAttachment = serde_json::from_str(&text).map_err(Error::internal)?;
    Ok(Event {
        at: Timestamp::from_microsecond(entry.at).map_err(Error::internal)?,
        actor: entry.actor,
        name: audited.name,
        removed: is_removal.then(|| audited.reason.unwrap_or_default()),
    })
}

fn attachment(row: Row) -> Result<Attachment> {
    Ok(Attachment {
        id: AttachmentId(row.attachment_id),
        fact: RecordId(row.fact_id),
        kind: FileKind::parse(&row.kind).ok_or_else(|| {
            Error::internal(format!("attachment {} is of kind {}", row.attachment_id, row.kind))
        })?,
        name: row.name,
        size: u64::try_from(row.size).unwrap_or(0),
        by: row.added_by,
        at: Timestamp::from_microsecond(row.added_at).map_err(Error::internal)?,
        hash: row.hash,
    })
}

/// A name without the folders that some browsers put in front, and without
/// characters that a file system or a header takes for something else. What
/// turns the direction of writing could make `exe.jpg` look like `gpj.exe`. Personal numbers are masked: whoever sees
/// the record sees the name.
fn tidy_name(text: &str) -> String {
    let name = masked_file_name(text.rsplit(['/', '\\']).next().unwrap_or_default().trim());
    let is_harmless = |c: &char| {
        let turns = matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        !c.is_control() && !turns && !"<>:\"|?*".contains(*c)
    };
    let name: String = name.chars().filter(is_harmless).collect();
    let length = name.chars().count();
    match name.rsplit_once('.') {
        // What is too long loses its middle: the ending says what it is.
        Some((stem, ending)) if length > LONGEST_NAME => {
            let room = LONGEST_NAME.saturating_sub(ending.chars().count() + 1);
            let stem: String = stem.chars().take(room).collect();
            format!("{stem}.{ending}").chars().take(LONGEST_NAME).collect()
        }
        _ => name.chars().take(LONGEST_NAME).collect(),
    }
}

fn hidden(error: Error, id: AttachmentId) -> Error {
    match error {
        Error::NotFound { .. } => not_found(id),
        other => other,
    }
}

fn not_found(id: AttachmentId) -> Error {
    Error::NotFound { what: Thing::Attachment, key: id.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_far_as_they_do_no_harm() {
        let check = |text: &str, expected: &str| assert_eq!(tidy_name(text), expected, "{text:?}");
        check("现场照片 (1).jpg", "现场照片 (1).jpg");
        check("C:\\Users\\li\\照片.jpg", "照片.jpg");
        check("../../etc/passwd", "passwd");
        check("a\r\nb\".pdf", "ab.pdf");
        check("照片\u{202e}gpj.exe", "照片gpj.exe");
        check("", "");
        check("王乙210202198001010008.jpg", "王乙210202xxxxxxxx0008.jpg");
        let long = tidy_name(&format!("{}.docx", "长".repeat(300)));
        assert!(long.chars().count() == LONGEST_NAME && long.ends_with("长.docx"), "{long}");
    }
}
