//! The audit trail: who changed what and when, with the values before and after.
//!
//! Every entry has a digest, and there is a total of all digests, both made with the region's secret:
//! [`for_each`] and [`total()`] are what `verify` compares (`docs/decisions/0023-digests-of-the-audit.md`).

mod digest;
mod rekeyed;
mod total;
mod trail;
mod undigested;
mod versions;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::RegionId;
use sqlx::FromRow;

use self::digest::Digested;
pub(crate) use self::total::{AuditGrowth, add_to_total};
pub use self::{
    digest::{RecordMark, record_digest, record_digest_as},
    rekeyed::rekey,
    total::{AuditTotal, total},
    trail::{TrailFilter, TrailSubjects, find_entry, first_since, list_trail, list_trail_of},
    undigested::{begin_digests, entries_after, for_each_of_record, put_digests},
    versions::{fill_in_entries, text_before},
};
use crate::{
    Result, Tx, Vault, bulk, compact,
    identity::{id_of_past, new_ids_after},
    query::{Bind, Query},
    records::{self, RecordRow},
    short_names::{self, ShortNames, Shortened},
};

/// What an entry about a record is about: nearly all of them are.
pub const RECORD: &str = "fact";

/// Who the program itself is in the audit.
pub const CONSOLE: &str = "console";

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// What was done: `create`, `correct`, `delete`, `move` …
    pub action: &'static str,
    /// What sort of thing it was done to: `fact`, `unit`, `account` …
    pub subject: &'static str,
    /// Its id.
    pub subject_id: i64,
    /// Its state before; `None` when it did not exist. Of a record how that differs from what it states after the
    /// change ([`text_before`]).
    pub before: Option<String>,
    /// Its state after; `None` when it no longer exists, and of a record always: what a version of it states is
    /// in the entry of the next version, and of the last one in the record ([`list_of`] fills it in).
    pub after: Option<String>,
    /// What else is to be known of it, as text that its writer reads.
    pub detail: Option<String>,
    /// Of a record: the version that the change made. `None` for other subjects.
    pub record: Option<RecordMark>,
}

/// One change of a thing, with what it stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// State before.
    pub before: Option<String>,
    /// State after.
    pub after: Option<String>,
    /// What else is to be known.
    pub detail: Option<String>,
    /// The campaign version it was done under.
    pub definition_hash: String,
    /// Of a record: the version that the change made.
    version: Option<i64>,
}

/// Writes entries in their order, each after all earlier ones of its subject, whatever the clocks say by which
/// those were written: another server's may be ahead, and this one's may have been set back.
#[boxed_async]
pub async fn append(
    tx: &mut Tx,
    vault: &Arc<Vault>,
    actor: &str,
    definition_hash: &str,
    now: Timestamp,
    entries: Vec<AuditEntry>,
) -> Result<()> {
    let floor = newest_of(tx, &entries).await?;
    let ids = new_ids_after(floor, entries.len(), now);
    let dated = entries.into_iter().zip(ids).map(|(entry, id)| (id, now, actor, entry)).collect();
    insert(tx, vault, definition_hash, dated).await
}

/// What was done at another moment than it is stored, and by somebody else than who stores it: the history that
/// a record is loaded with.
#[derive(Debug, Clone)]
pub struct PastEntry {
    /// When.
    pub at: Timestamp,
    /// Distinguishes it from the others of one load.
    pub number: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub entry: AuditEntry,
}

/// Writes entries of earlier moments about things that have no others yet.
#[boxed_async]
pub async fn append_past(
    tx: &mut Tx,
    vault: &Arc<Vault>,
    definition_hash: &str,
    mut entries: Vec<PastEntry>,
) -> Result<()> {
    // In the order of their ids, as others come.
    entries.sort_by_key(|entry| (entry.at, entry.number));
    let (mut actors, mut rest) = (Vec::with_capacity(entries.len()), Vec::with_capacity(entries.len()));
    for PastEntry { at, number, actor, entry } in entries {
        actors.push(actor);
        rest.push((id_of_past(at, number), at, entry));
    }
    let dated = rest.into_iter().zip(&actors).map(|((id, at, entry), actor)| (id, at, actor.as_str(), entry));
    insert(tx, vault, definition_hash, dated.collect()).await
}

/// Writes entries with their ids, moments and actors.
async fn insert(
    tx: &mut Tx,
    vault: &Arc<Vault>,
    definition_hash: &str,
    entries: Vec<(i64, Timestamp, &str, AuditEntry)>,
) -> Result<()> {
    let region = tx.region;
    let names = short_names::known(tx).await?;
    let definition = names.shorten(definition_hash);
    let mut growth = std::mem::take(&mut tx.audited);
    let rows = entries.into_iter().map(|(id, at, actor, entry)| {
        let digest = entry.digested(region, id, (at, actor, definition_hash)).digest(vault);
        growth.add(vault, digest);
        let texts = [&entry.before, &entry.after, &entry.detail].map(Option::as_deref);
        [
            region.into(),
            id.into(),
            at.into(),
            actor.into(),
            entry.action.into(),
            entry.subject.into(),
            entry.subject_id.into(),
            definition.clone().into(),
            compact::pack_texts(&names, texts).into(),
            entry.record.map(|record| record.version).into(),
            entry.record.and_then(|record| record.digest).into(),
            digest.into(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    tx.audited = growth;
    bulk::insert(tx, "audit", COLUMNS, "", rows).await?;
    Ok(())
}

const COLUMNS: [&str; 12] = [
    "region_id",
    "audit_id",
    "at",
    "actor",
    "action",
    "subject",
    "subject_id",
    "definition_hash",
    "compact",
    "version",
    "record_digest",
    "digest",
];

impl AuditEntry {
    fn digested<'a>(
        &'a self,
        region: RegionId,
        id: i64,
        (now, actor, definition_hash): (Timestamp, &'a str, &'a str),
    ) -> Digested<'a> {
        Digested {
            region,
            id,
            at: now.as_microsecond(),
            actor,
            action: self.action,
            subject: self.subject,
            subject_id: self.subject_id,
            definition_hash,
            before: self.before.as_deref(),
            after: self.after.as_deref(),
            detail: self.detail.as_deref(),
            version: self.record.map(|record| record.version),
            record_digest: self.record.and_then(|record| record.digest),
        }
    }
}

/// An entry with everything that is stored of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its id.
    pub audit_id: i64,
    /// When, microseconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what sort of thing.
    pub subject: String,
    /// To which.
    pub subject_id: i64,
    /// The campaign version it was done under.
    pub definition_hash: String,
    /// State before, as it is stored: of a record mostly a difference (see [`AuditEntry::before`]).
    pub before: Option<String>,
    /// State after, as it is stored: of a record nothing (see [`AuditEntry::after`]).
    pub after: Option<String>,
    /// What else is to be known.
    pub detail: Option<String>,
    /// The version of a record that it made.
    pub version: Option<i64>,
    /// The digest of the record's row then.
    pub record_digest: Option<i64>,
    /// Its own digest; `None` for one that no program of ours has written.
    pub digest: Option<i64>,
}

impl StoredEntry {
    /// The digest that it must have.
    pub fn made_digest(&self, vault: &Vault, region: RegionId) -> i64 {
        let digested = Digested {
            region,
            id: self.audit_id,
            at: self.at,
            actor: &self.actor,
            action: &self.action,
            subject: &self.subject,
            subject_id: self.subject_id,
            definition_hash: &self.definition_hash,
            before: self.before.as_deref(),
            after: self.after.as_deref(),
            detail: self.detail.as_deref(),
            version: self.version,
            record_digest: self.record_digest,
        };
        digested.digest(vault)
    }

    /// Whether it is as it was written.
    pub fn is_intact(&self, vault: &Vault, region: RegionId) -> bool {
        self.digest == Some(self.made_digest(vault, region))
    }
}

/// A row of the audit.
#[derive(FromRow)]
struct Columns {
    audit_id: i64,
    at: i64,
    actor: String,
    action: String,
    subject: String,
    subject_id: i64,
    definition_hash: String,
    /// The texts of an entry of an earlier version of the program.
    before: Option<String>,
    after: Option<String>,
    detail: Option<String>,
    /// Those of all others.
    compact: Option<Vec<u8>>,
    version: Option<i64>,
    record_digest: Option<i64>,
    digest: Option<i64>,
}

impl Shortened for Columns {
    type Full = StoredEntry;
    const TABLE: &'static str = "audit";

    fn key(&self) -> String {
        self.audit_id.to_string()
    }

    fn read(mut self, names: &ShortNames) -> std::result::Result<StoredEntry, Self> {
        let definition_hash = names.lengthen(self.definition_hash.clone());
        let texts = match &self.compact {
            Some(bytes) => compact::unpack_texts(names, bytes),
            None => Some([self.before.take(), self.after.take(), self.detail.take()]),
        };
        let (Some([before, after, detail]), Some(definition_hash)) = (texts, definition_hash) else {
            return Err(self);
        };
        Ok(StoredEntry {
            audit_id: self.audit_id,
            at: self.at,
            actor: self.actor,
            action: self.action,
            subject: self.subject,
            subject_id: self.subject_id,
            definition_hash,
            before,
            after,
            detail,
            version: self.version,
            record_digest: self.record_digest,
            digest: self.digest,
        })
    }
}

/// All entries that a statement finds.
pub(crate) async fn fetch_entries(tx: &mut Tx, query: Query<'_>) -> Result<Vec<StoredEntry>> {
    let rows: Vec<Columns> = query.fetch_all(tx).await?;
    short_names::read_rows(tx, rows).await
}

/// The columns of an entry.
macro_rules! stored_entries {
    // For a statement that is put together: the region follows.
    (head) => {
        "SELECT audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail, \
         compact, version, record_digest, digest FROM audit WHERE region_id = "
    };
    ($rest:literal) => {
        concat!($crate::audit::stored_entries!(head), "$1", $rest)
    };
}
pub(crate) use stored_entries;

impl Columns {
    /// What it says; of an entry whose bytes cannot be read everything but the texts, so that its digest does not agree.
    fn read_or_blank(self, names: &ShortNames) -> StoredEntry {
        self.read(names).unwrap_or_else(|row| StoredEntry {
            audit_id: row.audit_id,
            at: row.at,
            actor: row.actor,
            action: row.action,
            subject: row.subject,
            subject_id: row.subject_id,
            definition_hash: row.definition_hash,
            before: None,
            after: None,
            detail: None,
            version: row.version,
            record_digest: row.record_digest,
            digest: row.digest,
        })
    }
}

/// Hands every entry of the region to `take`, in the order of their ids; one whose bytes cannot be read comes without
/// texts, and its digest does not agree.
pub async fn for_each(tx: &mut Tx, mut take: impl FnMut(StoredEntry)) -> Result<()> {
    let names = short_names::latest(tx).await?;
    let take = |row: Columns| {
        take(row.read_or_blank(&names));
        Ok(())
    };
    tx.query(stored_entries!(" ORDER BY audit_id")).for_each(tx, take).await
}

/// Entries replaced by one statement.
const REPLACED: usize = 500;

/// Gives entries other texts, because they are stored in another form or something was removed from them on request,
/// and the digest that goes with them; one that is not as it was written keeps its digest and stays wrong.
#[boxed_async]
pub async fn put_texts(tx: &mut Tx, vault: &Arc<Vault>, entries: Vec<AuditTexts>) -> Result<()> {
    let region = tx.region;
    for chunk in entries.chunks(REPLACED) {
        let mut query = tx.build(stored_entries!(head));
        query.push_in("audit_id", chunk.iter().map(|texts| texts.audit_id)).cached(chunk.len() == REPLACED);
        let stored = fetch_entries(tx, query.finish()).await?;
        let mut stored: BTreeMap<i64, StoredEntry> =
            stored.into_iter().map(|entry| (entry.audit_id, entry)).collect();
        for texts in chunk {
            let Some(entry) = stored.get_mut(&texts.audit_id) else { continue };
            let former = entry.digest.filter(|_| entry.is_intact(vault, region));
            let AuditTexts { before, after, detail, .. } = texts.clone();
            (entry.before, entry.after, entry.detail) = (before, after, detail);
            if let Some(former) = former {
                let digest = entry.made_digest(vault, region);
                tx.audited.replace(vault, former, digest);
                entry.digest = Some(digest);
            }
        }
        put_entries(tx, stored.into_values().collect()).await?;
    }
    Ok(())
}

/// Writes the texts of entries and their digests.
async fn put_entries(tx: &mut Tx, entries: Vec<StoredEntry>) -> Result<()> {
    let names = short_names::known(tx).await?;
    let columns = [
        ("before", "TEXT"),
        ("after", "TEXT"),
        ("detail", "TEXT"),
        ("compact", records::bytes_type(tx.engine())),
        ("definition_hash", "TEXT"),
        ("record_digest", "BIGINT"),
        ("digest", "BIGINT"),
    ];
    let none = || Bind::from(None::<String>);
    let rows = entries.into_iter().map(|entry| {
        let texts = [&entry.before, &entry.after, &entry.detail].map(Option::as_deref);
        let compact = compact::pack_texts(&names, texts);
        let definition = names.shorten(&entry.definition_hash);
        let (record, own) = (entry.record_digest.into(), entry.digest.into());
        let values = [none(), none(), none(), compact.into(), definition.into(), record, own];
        (entry.audit_id, values)
    });
    bulk::update(tx, "audit", "audit_id", columns, rows).await
}

/// Entries after one and up to another, in order.
pub(crate) async fn entries_between(tx: &mut Tx, after: i64, last: i64) -> Result<Vec<StoredEntry>> {
    let text = stored_entries!(" AND audit_id > $2 AND audit_id <= $3 ORDER BY audit_id");
    let query = tx.query(text).bind(after).bind(last);
    fetch_entries(tx, query).await
}

/// Writes the compact form of entries and their digests beside the text that they have.
pub(crate) async fn put_compact(tx: &mut Tx, entries: Vec<StoredEntry>) -> Result<()> {
    let names = short_names::known(tx).await?;
    let bytes = records::bytes_type(tx.engine());
    let columns = [("compact", bytes), ("definition_hash", "TEXT"), ("digest", "BIGINT")];
    let rows = entries.into_iter().map(|entry| {
        let texts = [&entry.before, &entry.after, &entry.detail].map(Option::as_deref);
        let definition = names.shorten(&entry.definition_hash);
        let compact = compact::pack_texts(&names, texts);
        (entry.audit_id, [compact.into(), definition.into(), entry.digest.into()])
    });
    bulk::update(tx, "audit", "audit_id", columns, rows).await
}

/// The newest entry of those subjects that were there before; 0 when there are none.
async fn newest_of(tx: &mut Tx, entries: &[AuditEntry]) -> Result<i64> {
    let known: BTreeSet<i64> =
        entries.iter().filter(|entry| entry.before.is_some()).map(|entry| entry.subject_id).collect();
    let known: Vec<i64> = known.into_iter().collect();
    let mut newest = 0;
    for chunk in known.chunks(SUBJECTS) {
        // The sum keeps an engine from walking the region backwards until it meets one of the subjects.
        let mut query = tx.build("SELECT max(audit_id + 0) FROM audit WHERE region_id = ");
        query.push_in("subject_id", chunk.iter().copied()).cached(chunk.len() == SUBJECTS);
        let found: Option<i64> = query.finish().value(tx).await?;
        newest = newest.max(found.unwrap_or(0));
    }
    Ok(newest)
}

/// Subjects looked for by one statement.
const SUBJECTS: usize = 500;

/// Everything that was done to one subject, oldest first.
#[boxed_async]
pub async fn list_of(tx: &mut Tx, subject: &str, subject_id: i64) -> Result<Vec<AuditRow>> {
    Ok(list_of_all(tx, subject, &[subject_id]).await?.remove(&subject_id).unwrap_or_default())
}

/// Everything that was done to some subjects, of each oldest first.
#[boxed_async]
pub async fn list_of_all(tx: &mut Tx, subject: &str, ids: &[i64]) -> Result<BTreeMap<i64, Vec<AuditRow>>> {
    let mut found: BTreeMap<i64, Vec<AuditRow>> = BTreeMap::new();
    for chunk in ids.chunks(SUBJECTS) {
        for entry in entries_of(tx, subject, chunk).await? {
            found.entry(entry.subject_id).or_default().push(AuditRow::from(entry));
        }
    }
    versions::fill_in(tx, &mut found).await?;
    Ok(found)
}

/// Everything that was done to some records, of each oldest first; those that have nothing are left out.
#[boxed_async]
pub async fn histories(tx: &mut Tx, records: &[RecordRow]) -> Result<BTreeMap<i64, Vec<AuditRow>>> {
    let mut found: BTreeMap<i64, Vec<AuditRow>> = BTreeMap::new();
    for chunk in records.chunks(SUBJECTS) {
        let ids: Vec<i64> = chunk.iter().map(|record| record.id.0).collect();
        for entry in entries_of(tx, RECORD, &ids).await? {
            found.entry(entry.subject_id).or_default().push(AuditRow::from(entry));
        }
    }
    versions::fill_in_from(records, &mut found);
    Ok(found)
}

/// What is stored of everything that was done to some subjects, of each oldest first.
async fn entries_of(tx: &mut Tx, subject: &str, ids: &[i64]) -> Result<Vec<StoredEntry>> {
    let mut query = tx.build(stored_entries!(head));
    query.push_in("subject_id", ids.iter().copied()).push_and("subject = ", subject);
    query.push(" ORDER BY subject_id, audit_id").cached(ids.len() == SUBJECTS);
    fetch_entries(tx, query.finish()).await
}

impl AuditRow {
    /// Of a record: the version that the change made.
    pub fn version(&self) -> Option<i64> {
        self.version
    }
}

impl From<StoredEntry> for AuditRow {
    fn from(entry: StoredEntry) -> Self {
        let StoredEntry { at, actor, action, before, after, detail, definition_hash, version, .. } = entry;
        Self { at, actor, action, before, after, detail, definition_hash, version }
    }
}

/// The texts of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditTexts {
    /// Its id.
    pub audit_id: i64,
    /// State before.
    pub before: Option<String>,
    /// State after, as it is stored.
    pub after: Option<String>,
    /// What else is to be known.
    pub detail: Option<String>,
}

/// The texts of everything that was done to one subject, oldest first, with all that was stated before.
#[boxed_async]
pub async fn texts_of(tx: &mut Tx, subject: &str, subject_id: i64) -> Result<Vec<AuditTexts>> {
    let entries = entries_of(tx, subject, &[subject_id]).await?;
    let rows: Vec<AuditRow> = entries.iter().cloned().map(AuditRow::from).collect();
    let mut full = BTreeMap::from([(subject_id, rows)]);
    versions::fill_in(tx, &mut full).await?;
    let full = full.remove(&subject_id).unwrap_or_default();
    let texts = entries.into_iter().zip(full).map(|(entry, full)| AuditTexts {
        audit_id: entry.audit_id,
        before: full.before,
        after: entry.after,
        detail: entry.detail,
    });
    Ok(texts.collect())
}
