//! The audit for whoever audits: who changed which record, unit, account or import, when, and what stood there
//! before and after. Newest first, narrowed down by person, unit, kind and days.

mod before_after;

use std::collections::{BTreeMap, BTreeSet};

use boxed_async::boxed_async;
use campaign::definition::FormIdx;
use jiff::{Timestamp, civil::Date};
use model::{
    clock::start_of,
    ids::{RecordId, UnitId},
};
use store::{
    Tx, accounts,
    audit::{self, StoredEntry, TrailFilter, TrailSubjects},
    records,
};

pub use self::before_after::{TrailContent, TrailField};
use crate::{
    Action, App, Context, Error, Result, Snapshot, Thing, UnitView,
    access_log::{AccessAction, note_reading},
    audit::RECORD,
    imports::form_of_kind,
    rights::forms_of_role,
};

/// What sort of thing an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditKind {
    /// A record.
    Record,
    /// A unit.
    Unit,
    /// An account.
    Account,
    /// An import.
    Import,
    /// A file attached to a record.
    Attachment,
    /// Which columns of files a unit has chosen for a form.
    ColumnMemory,
}

impl AuditKind {
    /// All of them.
    pub const ALL: &[Self] =
        &[Self::Record, Self::Unit, Self::Account, Self::Import, Self::Attachment, Self::ColumnMemory];

    /// Its name, in storage and in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Record => RECORD,
            Self::Unit => "unit",
            Self::Account => "account",
            Self::Import => "import",
            Self::Attachment => "attachment",
            Self::ColumnMemory => "column_memory",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailQuery {
    /// By whom: the login, as the audit has it.
    pub actor: Option<String>,
    /// About this unit, its accounts and the records that it has now.
    pub unit: Option<UnitId>,
    /// About this sort of thing.
    pub kind: Option<AuditKind>,
    /// From this day on.
    pub from: Option<Date>,
    /// Up to this day.
    pub to: Option<Date>,
}

/// An entry of the audit.
pub struct TrailEntry {
    /// Its id, where the next page goes on.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done, as the audit calls it.
    pub action: String,
    /// What sort of thing it was done to; `None` for one that this version of the program does not know.
    pub kind: Option<AuditKind>,
    /// Which.
    pub subject: i64,
    /// What the thing is called: a unit, a login, a file; empty for a record.
    pub name: String,
    /// The unit that it belongs to, as far as it is known.
    pub unit: Option<UnitView>,
    /// Whether a record is still there.
    pub is_there: bool,
    /// The version of the campaign it was done under.
    pub definition_hash: String,
    /// What stood there before and after.
    pub content: TrailContent,
}

/// Some entries of the audit.
pub struct Trail {
    /// Newest first.
    pub entries: Vec<TrailEntry>,
    /// Where the next ones begin; `None` when there are no more.
    pub next: Option<i64>,
    /// How many of a unit's records were looked for, when it has more: the newest.
    pub cut_at: Option<usize>,
}

/// Most records of one unit whose entries are looked for.
const MOST_OF_UNIT: usize = 20_000;

/// Most batches that are read to fill a page; with fewer entries it says where the next ones begin.
const MOST_BATCHES: usize = 20;

/// The entries before `before` that fit, newest first. The first page is noted in the log of access.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not read the audit.
#[boxed_async]
pub async fn list(
    app: &App,
    ctx: &Context,
    query: &TrailQuery,
    before: Option<i64>,
    size: usize,
) -> Result<Trail> {
    read(app, ctx, (AccessAction::ReadAudit, ""), query, before, size).await
}

/// The entries that follow in a file which is being made; the first of them is noted as what is exported.
///
/// # Errors
/// As [`list`].
#[boxed_async]
pub async fn export_batch(
    app: &App,
    ctx: &Context,
    query: &TrailQuery,
    before: Option<i64>,
    size: usize,
) -> Result<Trail> {
    read(app, ctx, (AccessAction::Export, "audit"), query, before, size).await
}

/// One entry. That it was opened is noted in the log of access.
///
/// # Errors
/// As [`list`]; [`Error::NotFound`].
#[boxed_async]
pub async fn find(app: &App, ctx: &Context, id: i64) -> Result<TrailEntry> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::ReadAudit, &snapshot)?;
    let mut tx = app.read(ctx.region).await?;
    let stored = audit::find_entry(&mut tx, id).await?;
    let stored = stored.ok_or_else(|| Error::NotFound { what: Thing::AuditEntry, key: id.to_string() })?;
    let entry = entries(&mut tx, (&snapshot, ctx), vec![stored]).await?.pop();
    drop(tx);
    // What concerns other campaigns than the person's does not exist for that person.
    let entry = entry.ok_or_else(|| Error::NotFound { what: Thing::AuditEntry, key: id.to_string() })?;
    let unit = entry.unit.as_ref().map(|unit| unit.id);
    note_reading(app, ctx, AccessAction::ReadAudit, unit, &id.to_string(), "").await?;
    Ok(entry)
}

/// How entries were narrowed down, for the log of access.
fn describe(query: &TrailQuery) -> String {
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    let parts = [
        ("actor", query.actor.clone()),
        ("kind", query.kind.map(|kind| kind.name().to_owned())),
        ("from", day(query.from)),
        ("to", day(query.to)),
    ];
    let parts = parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    parts.collect::<Vec<_>>().join(" ")
}

/// Reads entries; of the first ones it is noted what is done with them.
async fn read(
    app: &App,
    ctx: &Context,
    (action, subject): (AccessAction, &str),
    query: &TrailQuery,
    before: Option<i64>,
    size: usize,
) -> Result<Trail> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::ReadAudit, &snapshot)?;
    if before.is_none() {
        note_reading(app, ctx, action, query.unit, subject, &describe(query)).await?;
    }
    let limit = i64::try_from(size.saturating_add(1)).map_err(Error::internal)?;
    let filter = TrailFilter {
        before,
        from: query.from.map(start_of),
        until: query.to.map(|day| start_of(day.saturating_add(jiff::Span::new().days(1)))),
        actor: query.actor.clone(),
        subject: query.kind.map(|kind| kind.name().to_owned()),
    };
    let mut tx = app.read(ctx.region).await?;
    let (things, cut_at) = match query.unit {
        Some(unit) => {
            let (things, cut_at) = things_of(&mut tx, unit).await?;
            (Some(things), cut_at)
        }
        None => (None, None),
    };
    let mut found = Vec::new();
    let mut filter = filter;
    // Of what concerns other campaigns than the person's nothing is shown: further batches fill the page.
    for batch in 1.. {
        let mut stored = match &things {
            None => audit::list_trail(&mut tx, &filter, limit).await?,
            Some(things) => audit::list_trail_of(&mut tx, &filter, things, limit).await?,
        };
        let has_more = stored.len() > size;
        stored.truncate(size);
        let last = stored.last().filter(|_| has_more).map(|entry| entry.audit_id);
        found.extend(entries(&mut tx, (&snapshot, ctx), stored).await?);
        let Some(last) = last else { return Ok(Trail { entries: found, next: None, cut_at }) };
        if found.len() >= size || batch == MOST_BATCHES {
            let further = found.len() > size;
            found.truncate(size);
            let next = if further { found.last().map(|entry| entry.id) } else { Some(last) };
            return Ok(Trail { entries: found, next, cut_at });
        }
        filter.before = Some(last);
    }
    Err(Error::internal("batches of the audit have no end"))
}

/// What belongs to a unit: itself, its accounts, its records and their files.
async fn things_of(tx: &mut Tx, unit: UnitId) -> Result<(Vec<TrailSubjects>, Option<usize>)> {
    let mut records = records::newest_of_unit(tx, unit, MOST_OF_UNIT + 1).await?;
    let cut_at = (records.len() > MOST_OF_UNIT).then_some(MOST_OF_UNIT);
    records.truncate(MOST_OF_UNIT);
    let accounts = accounts::list_of_unit(tx, unit).await?;
    let things = [
        (AuditKind::Unit, vec![unit.0]),
        (AuditKind::ColumnMemory, vec![unit.0]),
        (AuditKind::Account, accounts.into_iter().map(|account| account.user_id).collect()),
        (AuditKind::Attachment, records.clone()),
        (AuditKind::Record, records),
    ];
    let things = things.map(|(kind, ids)| TrailSubjects { subject: kind.name(), ids });
    Ok((things.into(), cut_at))
}

/// Entries with what is known of their things: those that are the person's business.
async fn entries(
    tx: &mut Tx,
    (snapshot, ctx): (&Snapshot, &Context),
    mut stored: Vec<StoredEntry>,
) -> Result<Vec<TrailEntry>> {
    audit::fill_in_entries(tx, &mut stored).await?;
    let of_records = stored.iter().filter(|entry| {
        matches!(AuditKind::parse(&entry.subject), Some(AuditKind::Record | AuditKind::Attachment))
    });
    let ids: BTreeSet<RecordId> = of_records.map(|entry| RecordId(entry.subject_id)).collect();
    let rows = records::find_all(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let places: BTreeMap<i64, (UnitId, Option<FormIdx>)> = rows
        .into_iter()
        .map(|row| (row.id.0, (row.unit, snapshot.definition.form(&row.form).map(|(form, _)| form))))
        .collect();
    let sees_all = forms_of_role(ctx.role(), snapshot).is_none();
    let mut entries = Vec::with_capacity(stored.len());
    for entry in stored {
        let form = places.get(&entry.subject_id).and_then(|(_, form)| *form);
        let read = read_entry(snapshot, &places, entry)?;
        if sees_all || is_own(ctx, snapshot, &read, form) {
            entries.push(read);
        }
    }
    Ok(entries)
}

/// Whether an entry is the business of a person whose role is for some campaigns alone: of a record that is gone the form
/// is not known, and it is not.
fn is_own(ctx: &Context, snapshot: &Snapshot, entry: &TrailEntry, of_record: Option<FormIdx>) -> bool {
    let form = match entry.kind {
        Some(AuditKind::Record | AuditKind::Attachment) => of_record,
        Some(AuditKind::Import) => {
            entry.content.text_of("kind").and_then(|kind| form_of_kind(snapshot, &kind).ok())
        }
        Some(AuditKind::ColumnMemory) => snapshot.definition.form(&entry.name).map(|(form, _)| form),
        Some(AuditKind::Unit | AuditKind::Account) | None => return true,
    };
    form.is_some_and(|form| ctx.may_see_form(snapshot, form))
}

fn read_entry(
    snapshot: &Snapshot,
    places: &BTreeMap<i64, (UnitId, Option<FormIdx>)>,
    stored: StoredEntry,
) -> Result<TrailEntry> {
    let kind = AuditKind::parse(&stored.subject);
    let place = places.get(&stored.subject_id).copied();
    let content = match kind {
        Some(AuditKind::Record) => {
            TrailContent::of_record(snapshot, place.and_then(|(_, form)| form), &stored)
        }
        _ => TrailContent::of_fields(&stored),
    };
    let own_unit = match kind {
        Some(AuditKind::Record | AuditKind::Attachment) => place.map(|(unit, _)| unit),
        Some(AuditKind::Unit | AuditKind::ColumnMemory) => Some(UnitId(stored.subject_id)),
        Some(AuditKind::Account) => {
            content.text_of("unit").and_then(|code| Some(snapshot.unit_by_code(&code)?.id))
        }
        Some(AuditKind::Import) | None => None,
    };
    let name = match kind {
        Some(AuditKind::Unit | AuditKind::Attachment) => content.text_of("name"),
        Some(AuditKind::Account) => content.text_of("login"),
        Some(AuditKind::ColumnMemory) => stored.detail.clone(),
        _ => None,
    };
    Ok(TrailEntry {
        id: stored.audit_id,
        at: Timestamp::from_microsecond(stored.at).map_err(Error::internal)?,
        actor: stored.actor,
        action: stored.action,
        kind,
        subject: stored.subject_id,
        name: name.unwrap_or_default(),
        unit: own_unit.and_then(|unit| snapshot.view(unit)),
        is_there: place.is_some(),
        definition_hash: stored.definition_hash,
        content,
    })
}
