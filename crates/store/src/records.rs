//! Records as rows. The content is text that a [`crate::FormCodec`] reads.

use std::collections::BTreeSet;

use boxed_async::boxed_async;
use jiff::civil::Date;
use model::ids::{RecordId, UnitId};
use sqlx::FromRow;

use crate::{
    Engine, Error, Result, Tx, bulk, changes, compact, former,
    query::{Builder, Query},
    short_names::{self, ShortNames, Shortened},
};

/// A stored record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Its id.
    pub id: RecordId,
    /// Id of its form.
    pub form: String,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// What identifies it within its unit and form.
    pub identity: String,
    /// Rises with every change.
    pub version: i64,
    /// The campaign version it was last written under.
    pub definition_hash: String,
    /// What it states.
    pub content: String,
    /// Id of its state, where a transition led to one that its fields do not determine.
    pub state: Option<String>,
    /// Since when it is in its state; `None` for since it was created.
    pub since: Option<Date>,
    /// What its unit has stated and somebody else has to confirm, as content; `None` for nothing.
    pub pending: Option<String>,
}

/// A record as it is stored.
#[derive(FromRow)]
pub(crate) struct StoredRecord {
    #[sqlx(try_from = "i64")]
    fact_id: RecordId,
    form: String,
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
    identity: String,
    version: i64,
    definition_hash: String,
    /// What it states, as text; empty where it is compact.
    content: String,
    compact: Option<Vec<u8>>,
    state: Option<String>,
    state_since: Option<String>,
    pending: Option<String>,
}

impl Shortened for StoredRecord {
    type Full = RecordRow;
    const TABLE: &'static str = "fact";

    fn key(&self) -> String {
        self.fact_id.to_string()
    }

    fn read(self, names: &ShortNames) -> std::result::Result<RecordRow, Self> {
        let content = match &self.compact {
            Some(bytes) => compact::unpack(names, bytes),
            None => Some(self.content.clone()),
        };
        let (Some(content), Some(definition_hash)) = (content, names.lengthen(self.definition_hash.clone()))
        else {
            return Err(self);
        };
        Ok(RecordRow {
            id: self.fact_id,
            form: self.form,
            unit: self.unit_id,
            identity: self.identity,
            version: self.version,
            definition_hash,
            content,
            state: self.state,
            // Written by `update` alone; a day that cannot be read is as good as none.
            since: self.state_since.and_then(|day| day.parse().ok()),
            pending: self.pending,
        })
    }
}

impl StoredRecord {
    /// What it says. A record whose bytes cannot be read has no content: no record is like that, so that whoever decodes it
    /// names it, and no digest agrees with it.
    fn read_or_blank(self, names: &ShortNames) -> RecordRow {
        self.read(names).unwrap_or_else(|row| RecordRow {
            id: row.fact_id,
            form: row.form,
            unit: row.unit_id,
            identity: row.identity,
            version: row.version,
            definition_hash: row.definition_hash,
            content: String::new(),
            state: row.state,
            since: None,
            pending: row.pending,
        })
    }
}

/// All records that a statement finds; those whose bytes cannot be read have no content.
pub(crate) async fn fetch_rows_or_blank(tx: &mut Tx, query: Query<'_>) -> Result<Vec<RecordRow>> {
    let names = short_names::latest(tx).await?;
    let rows: Vec<StoredRecord> = query.fetch_all(tx).await?;
    Ok(rows.into_iter().map(|row| row.read_or_blank(&names)).collect())
}

/// All records that a statement finds.
pub(crate) async fn fetch_rows(tx: &mut Tx, query: Query<'_>) -> Result<Vec<RecordRow>> {
    let rows: Vec<StoredRecord> = query.fetch_all(tx).await?;
    short_names::read_rows(tx, rows).await
}

/// The columns of a [`RecordRow`], of `fact f`.
macro_rules! columns {
    () => {
        "f.fact_id, f.form, f.unit_id, f.identity, f.version, f.definition_hash, f.content, f.compact, f.state, f.state_since, f.pending"
    };
}
pub(crate) use columns;

/// A statement that reads [`RecordRow`]s.
macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", $crate::records::columns!(), " FROM fact f ", $rest)
    };
}
pub(crate) use select;

/// Adds records.
#[boxed_async]
pub async fn insert(tx: &mut Tx, facts: &[RecordRow]) -> Result<()> {
    let region = tx.region;
    let columns = [
        "region_id",
        "fact_id",
        "form",
        "unit_id",
        "identity",
        "version",
        "definition_hash",
        "content",
        "compact",
        "state",
        "state_since",
        "pending",
    ];
    let names = short_names::known(tx).await?;
    let rows = facts.iter().map(|fact| {
        [
            region.into(),
            fact.id.into(),
            (&fact.form).into(),
            fact.unit.into(),
            (&fact.identity).into(),
            fact.version.into(),
            names.shorten(&fact.definition_hash).into(),
            "".into(),
            compact::pack(&names, &fact.content).into(),
            (&fact.state).into(),
            fact.since.map(|day| day.to_string()).into(),
            (&fact.pending).into(),
        ]
    });
    bulk::insert(tx, "fact", columns, "", rows).await?;
    for fact in facts {
        changes::note(tx, &fact.form, fact.id);
    }
    Ok(())
}

/// Replaces a record whose stored version is `record.version - 1`.
///
/// # Errors
/// [`Error::Conflict`] when somebody else changed it first.
#[boxed_async]
pub async fn update(tx: &mut Tx, record: &RecordRow) -> Result<()> {
    let names = short_names::known(tx).await?;
    let query = tx
        .query(UPDATE)
        .bind(record.id)
        .bind(record.version - 1)
        .bind(record.version)
        .bind(&record.identity)
        .bind(names.shorten(&record.definition_hash))
        .bind(compact::pack(&names, &record.content))
        .bind(record.unit)
        .bind(&record.state)
        .bind(record.since)
        .bind(&record.pending);
    changed_one(query.execute(tx).await?, record.id)?;
    changes::note(tx, &record.form, record.id);
    Ok(())
}

const UPDATE: &str = "UPDATE fact SET version = $4, identity = $5, definition_hash = $6, content = '', compact = $7, unit_id = $8, \
     state = $9, state_since = $10, pending = $11 WHERE region_id = $1 AND fact_id = $2 AND version = $3";

/// Writes records in another form of storage: content, identity and what is pending; it is no change of the records.
pub(crate) async fn put_texts(tx: &mut Tx, facts: &[RecordRow]) -> Result<()> {
    let names = short_names::known(tx).await?;
    let bytes = bytes_type(tx.engine());
    let columns = [("content", "TEXT"), ("compact", bytes), ("identity", "TEXT"), ("pending", "TEXT")];
    let rows = facts.iter().map(|fact| {
        let compact = compact::pack(&names, &fact.content);
        (fact.id.0, ["".into(), compact.into(), (&fact.identity).into(), (&fact.pending).into()])
    });
    bulk::update(tx, "fact", "fact_id", columns, rows).await
}

/// What an engine calls bytes.
pub(crate) fn bytes_type(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "BLOB",
        Engine::Postgres => "BYTEA",
    }
}

/// Removes records whose stored versions are those of these; the audit keeps what they stated.
///
/// # Errors
/// [`Error::Conflict`] when somebody else changed one of them first.
#[boxed_async]
pub async fn delete_all(tx: &mut Tx, records: &[RecordRow]) -> Result<()> {
    for chunk in records.chunks(IDS) {
        let mut query = tx.build("DELETE FROM fact WHERE region_id = ");
        query.push_in("fact_id", chunk.iter().map(|record| record.id));
        query.push(" AND (fact_id, version) IN (VALUES ");
        for (place, record) in chunk.iter().enumerate() {
            query.push_row(place == 0, [record.id.into(), record.version.into()]);
        }
        query.push(")").cached(chunk.len() == IDS);
        if query.finish().execute(tx).await? != chunk.len() as u64 {
            let key = chunk.first().map(|record| record.id.to_string()).unwrap_or_default();
            return Err(Error::Conflict { table: "fact", key });
        }
        former::note_removed(tx, chunk).await?;
        for record in chunk {
            changes::note(tx, &record.form, record.id);
        }
    }
    Ok(())
}

fn changed_one(affected: u64, id: RecordId) -> Result<()> {
    if affected == 1 { Ok(()) } else { Err(Error::Conflict { table: "fact", key: id.to_string() }) }
}

/// The record with this id.
#[boxed_async]
pub async fn find(tx: &mut Tx, id: RecordId) -> Result<Option<RecordRow>> {
    let text = select!("WHERE f.region_id = $1 AND f.fact_id = $2");
    let row: Option<StoredRecord> = tx.query(text).bind(id).fetch_optional(tx).await?;
    short_names::read_row(tx, row).await
}

/// The records with these ids that there are, in no order.
#[boxed_async]
pub async fn find_all(tx: &mut Tx, ids: &[RecordId]) -> Result<Vec<RecordRow>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS) {
        let mut query = tx.build(select!("WHERE f.region_id = "));
        query.push_in("f.fact_id", chunk.iter().copied()).cached(chunk.len() == IDS);
        found.extend(fetch_rows(tx, query.finish()).await?);
    }
    Ok(found)
}

/// What is known of a record without reading what it states.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RecordHead {
    /// Its id.
    #[sqlx(rename = "fact_id", try_from = "i64")]
    pub id: RecordId,
    /// Id of its form.
    pub form: String,
    /// The unit it belongs to.
    #[sqlx(rename = "unit_id", try_from = "i64")]
    pub unit: UnitId,
    /// Rises with every change.
    pub version: i64,
}

/// The same as [`find_all`] without what the records state.
#[boxed_async]
pub async fn find_heads(tx: &mut Tx, ids: &[RecordId]) -> Result<Vec<RecordHead>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS) {
        let mut query = tx.build("SELECT fact_id, form, unit_id, version FROM fact WHERE region_id = ");
        query.push_in("fact_id", chunk.iter().copied()).cached(chunk.len() == IDS);
        found.extend(query.fetch_all::<RecordHead>(tx).await?);
    }
    Ok(found)
}

/// A record and its unit.
#[derive(FromRow)]
struct Owned {
    #[sqlx(try_from = "i64")]
    fact_id: RecordId,
    #[sqlx(try_from = "i64")]
    unit_id: UnitId,
}

/// Those of the records with these ids that are of one form, each with its unit, in no order.
#[boxed_async]
pub async fn units_of(tx: &mut Tx, form: &str, ids: &[RecordId]) -> Result<Vec<(RecordId, UnitId)>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS) {
        let mut query = tx.build("SELECT fact_id, unit_id FROM fact WHERE region_id = ");
        query.push_and("form = ", form).push_in("fact_id", chunk.iter().copied());
        query.cached(chunk.len() == IDS);
        let rows: Vec<Owned> = query.fetch_all(tx).await?;
        found.extend(rows.into_iter().map(|row| (row.fact_id, row.unit_id)));
    }
    Ok(found)
}

/// Ids of the newest records of one unit, of whatever form, newest first.
#[boxed_async]
pub async fn newest_of_unit(tx: &mut Tx, unit: UnitId, most: usize) -> Result<Vec<i64>> {
    let text =
        "SELECT fact_id FROM fact WHERE region_id = $1 AND unit_id = $2 ORDER BY (fact_id + 0) DESC LIMIT $3";
    tx.query(text).bind(unit).bind(i64::try_from(most).unwrap_or(i64::MAX)).values(tx).await
}

/// Ids of the records of one form, oldest first: those of some units, or with
/// `None` of the whole region.
#[boxed_async]
pub async fn ids_of_form(tx: &mut Tx, form: &str, units: Option<&[UnitId]>) -> Result<Vec<RecordId>> {
    let mut ids: Vec<i64> = Vec::new();
    if let Some(units) = units {
        for chunk in units.chunks(UNITS) {
            let mut query = tx.build("SELECT fact_id FROM fact WHERE region_id = ");
            query.push_and("form = ", form).push_in("unit_id", chunk.iter().copied());
            ids.extend(query.finish().values::<i64>(tx).await?);
        }
        ids.sort_unstable();
    } else {
        let text = "SELECT fact_id FROM fact WHERE region_id = $1 AND form = $2 ORDER BY fact_id";
        ids = tx.query(text).bind(form).values(tx).await?;
    }
    Ok(ids.into_iter().map(RecordId).collect())
}

/// Ids looked for by one statement.
const IDS: usize = 500;
/// Units asked by one statement: fewer than the values an engine binds.
const UNITS: usize = 5_000;

/// Facts of one form that bear one of these identities at these units.
#[boxed_async]
pub async fn find_by_identity(
    tx: &mut Tx,
    form: &str,
    wanted: &[(UnitId, String)],
) -> Result<Vec<RecordRow>> {
    let mut found = Vec::new();
    for chunk in wanted.chunks(IDENTITIES) {
        // A chain of ORs, which both engines answer from the index.
        let mut query = Builder::new(tx.engine(), select!("WHERE "));
        for (number, (unit, identity)) in chunk.iter().enumerate() {
            query.push(if number == 0 { "(f.region_id = " } else { " OR (f.region_id = " });
            query.push_value(tx.region).push_and("f.unit_id = ", *unit).push_and("f.form = ", form);
            query.push_and("f.identity = ", identity).push(")");
        }
        query.cached(chunk.len() == IDENTITIES);
        found.extend(fetch_rows(tx, query.finish()).await?);
    }
    Ok(found)
}

/// Identities looked for by one statement.
const IDENTITIES: usize = 400;

/// All records of one form at one unit.
#[boxed_async]
pub async fn list_of_unit(tx: &mut Tx, unit: UnitId, form: &str) -> Result<Vec<RecordRow>> {
    let text = select!("WHERE f.region_id = $1 AND f.unit_id = $2 AND f.form = $3 ORDER BY f.identity");
    let query = tx.query(text).bind(unit).bind(form);
    fetch_rows(tx, query).await
}

/// Whether a unit has any record of a form.
#[boxed_async]
pub async fn any_of_unit(tx: &mut Tx, unit: UnitId, form: &str) -> Result<bool> {
    let query = tx.query(ANY_OF_UNIT).bind(unit).bind(form);
    Ok(query.fetch_optional::<(i64,)>(tx).await?.is_some())
}

const ANY_OF_UNIT: &str =
    "SELECT fact_id FROM fact WHERE region_id = $1 AND unit_id = $2 AND form = $3 LIMIT 1";

/// Which of some units have any record of a form.
#[boxed_async]
pub async fn units_with_any(tx: &mut Tx, form: &str, units: &[UnitId]) -> Result<BTreeSet<UnitId>> {
    let mut found = BTreeSet::new();
    for chunk in units.chunks(UNITS) {
        let mut query = Builder::new(tx.engine(), "WITH wanted (unit_id) AS (VALUES ");
        for (number, unit) in chunk.iter().enumerate() {
            query.push(if number == 0 { "(" } else { ",(" }).push_number(unit.0).push(")");
        }
        // PostgreSQL takes the numbers of a list for short ones.
        query.push(
            ") SELECT CAST(w.unit_id AS BIGINT) FROM wanted w WHERE EXISTS (SELECT 1 FROM fact f WHERE ",
        );
        query.push("f.region_id = ").push_value(tx.region);
        query.push(" AND f.unit_id = w.unit_id").push_and("f.form = ", form).push(")");
        found.extend(query.finish().values::<i64>(tx).await?.into_iter().map(UnitId));
    }
    Ok(found)
}

/// Hands every record of one form at some units to `take`, one after the other: those with one of some identities, or with
/// `None` all.
pub async fn for_each_of_units(
    tx: &mut Tx,
    form: &str,
    units: &[UnitId],
    identities: Option<&[String]>,
    mut take: impl FnMut(RecordRow),
) -> Result<()> {
    let names = short_names::latest(tx).await?;
    for chunk in units.chunks(IDS) {
        let mut query = tx.build(select!("WHERE f.region_id = "));
        query.push_and("f.form = ", form).push_in("f.unit_id", chunk.iter().copied());
        query.cached(chunk.len() == IDS);
        if let Some(identities) = identities {
            query.push_in("f.identity", identities.iter().map(String::as_str));
        }
        let take = |row: StoredRecord| {
            take(row.read_or_fail(&names)?);
            Ok(())
        };
        query.finish().for_each(tx, take).await?;
    }
    Ok(())
}

/// All records of one unit, its own and those elsewhere that name it (the other
/// side of a matching).
#[boxed_async]
pub async fn list_touching(tx: &mut Tx, unit: UnitId) -> Result<Vec<RecordRow>> {
    let own = select!("WHERE f.region_id = $1 AND f.unit_id = $2");
    // SQLite keeps to the order of a CROSS JOIN: the links of the unit, then each record by its key.
    let linked = concat!(
        "SELECT ",
        columns!(),
        " FROM fact_link l CROSS JOIN fact f WHERE l.region_id = $1 AND l.unit_id = $2 \
         AND f.region_id = $1 AND f.fact_id = l.fact_id"
    );
    let (own, linked) = (tx.query(own).bind(unit), tx.query(linked).bind(unit));
    let mut rows = fetch_rows(tx, own).await?;
    rows.extend(fetch_rows(tx, linked).await?);
    rows.sort_unstable_by_key(|row| row.id);
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// How many records the region has.
#[boxed_async]
pub async fn count(tx: &mut Tx) -> Result<u64> {
    let count: i64 = tx.query("SELECT count(*) FROM fact WHERE region_id = $1").value(tx).await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Hands every record of the region to `take`, one after the other.
pub async fn for_each(tx: &mut Tx, mut take: impl FnMut(RecordRow) -> Result<()>) -> Result<()> {
    let names = short_names::latest(tx).await?;
    let take = |row: StoredRecord| take(row.read_or_fail(&names)?);
    tx.query(select!("WHERE f.region_id = $1")).for_each(tx, take).await
}

/// As [`for_each`], for whoever decodes what records state: one whose bytes cannot be read comes without content.
pub async fn for_each_or_blank(tx: &mut Tx, mut take: impl FnMut(RecordRow) -> Result<()>) -> Result<()> {
    let names = short_names::latest(tx).await?;
    let take = |row: StoredRecord| take(row.read_or_blank(&names));
    tx.query(select!("WHERE f.region_id = $1")).for_each(tx, take).await
}

/// Hands every record of one form to `take`, one after the other; one whose bytes cannot be read comes without content.
pub async fn for_each_of(tx: &mut Tx, form: &str, mut take: impl FnMut(RecordRow)) -> Result<()> {
    let names = short_names::latest(tx).await?;
    let query = tx.query(select!("WHERE f.region_id = $1 AND f.form = $2")).bind(form);
    let take = |row: StoredRecord| {
        take(row.read_or_blank(&names));
        Ok(())
    };
    query.for_each(tx, take).await
}

/// The next records after one, in the order of their ids, `most` at most; one whose bytes cannot be read comes without
/// content.
#[boxed_async]
pub async fn list_after(tx: &mut Tx, after: RecordId, most: i64) -> Result<Vec<RecordRow>> {
    let text = select!("WHERE f.region_id = $1 AND f.fact_id > $2 ORDER BY f.fact_id LIMIT $3");
    let query = tx.query(text).bind(after).bind(most);
    fetch_rows_or_blank(tx, query).await
}

/// Those of some records that there are, in no order; one whose bytes cannot be read comes without content.
#[boxed_async]
pub async fn find_all_or_blank(tx: &mut Tx, ids: &[RecordId]) -> Result<Vec<RecordRow>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS) {
        let mut query = tx.build(select!("WHERE f.region_id = "));
        query.push_in("f.fact_id", chunk.iter().copied()).cached(chunk.len() == IDS);
        found.extend(fetch_rows_or_blank(tx, query.finish()).await?);
    }
    Ok(found)
}

/// What identifies each record of one form at one unit.
#[boxed_async]
pub async fn identities_of(tx: &mut Tx, unit: UnitId, form: &str) -> Result<Vec<String>> {
    let text = "SELECT identity FROM fact WHERE region_id = $1 AND unit_id = $2 AND form = $3";
    tx.query(text).bind(unit).bind(form).values(tx).await
}

/// The newest records of one form at one unit, newest first. Ids rise with time;
/// their contents are read of the newest alone.
#[boxed_async]
pub async fn newest_of(tx: &mut Tx, unit: UnitId, form: &str, limit: i64) -> Result<Vec<RecordRow>> {
    // The sum keeps an engine from walking the whole form backwards for the sake of the order.
    let text = "SELECT fact_id FROM fact WHERE region_id = $1 AND unit_id = $2 AND form = $3 \
         ORDER BY fact_id + 0 DESC LIMIT $4";
    let ids: Vec<i64> = tx.query(text).bind(unit).bind(form).bind(limit).values(tx).await?;
    let ids: Vec<RecordId> = ids.into_iter().map(RecordId).collect();
    let mut rows = find_all(tx, &ids).await?;
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
    Ok(rows)
}

/// Lets nobody else number records of this unit until the transaction ends.
/// SQLite's one writer needs no lock.
#[boxed_async]
pub async fn lock_numbers(tx: &mut Tx, unit: UnitId) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        let text = "SELECT unit_id FROM unit WHERE region_id = $1 AND unit_id = $2 FOR UPDATE";
        tx.query(text).bind(unit).value_optional::<i64>(tx).await?;
    }
    Ok(())
}

/// As [`lock_numbers`], for several units, all in one order: two who need the same ones wait for each
/// other only once.
#[boxed_async]
pub async fn lock_numbers_of(tx: &mut Tx, units: &BTreeSet<UnitId>) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        let units: Vec<UnitId> = units.iter().copied().collect();
        for chunk in units.chunks(UNITS) {
            let mut query = tx.build("SELECT unit_id FROM unit WHERE region_id = ");
            query.push_in("unit_id", chunk.iter().copied()).push(" ORDER BY unit_id FOR UPDATE");
            query.finish().values::<i64>(tx).await?;
        }
    }
    Ok(())
}
