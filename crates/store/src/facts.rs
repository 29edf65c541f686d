//! Facts as rows. The content is text that a [`crate::FormCodec`] reads.

use futures::TryStreamExt;
use jiff::civil::Date;
use model::ids::{FactId, UnitId};
use sqlx::AssertSqlSafe;

use crate::{Engine, Error, Result, Tx, bulk, db::on};

/// A stored fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactRow {
    /// Its id.
    pub id: FactId,
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
    /// Id of its state, where a step led to one that its fields do not tell.
    pub state: Option<String>,
    /// Since when it is in its state; `None` for since it was created.
    pub since: Option<Date>,
}

type Columns = (i64, String, i64, String, i64, String, String, Option<String>, Option<String>);

pub(crate) fn row(columns: Columns) -> FactRow {
    let (id, form, unit, identity, version, definition_hash, content, state, since) = columns;
    // Written by `update` alone; a day that cannot be read is as good as none.
    let since = since.and_then(|day| day.parse().ok());
    FactRow {
        id: FactId(id),
        form,
        unit: UnitId(unit),
        identity,
        version,
        definition_hash,
        content,
        state,
        since,
    }
}

/// Columns of [`Columns`], in order.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT f.fact_id, f.form, f.unit_id, f.identity, f.version, f.definition_hash, f.content, f.state, \
             f.state_since FROM fact f ",
            $rest
        )
    };
}

/// All columns, for a statement put together elsewhere.
pub(crate) const SELECT: &str = select!("");

/// Adds facts. A new fact stands where its fields tell, since now: its state is not written.
pub async fn insert(tx: &mut Tx, facts: &[FactRow]) -> Result<()> {
    let region = tx.region.0;
    let columns =
        ["region_id", "fact_id", "form", "unit_id", "identity", "version", "definition_hash", "content"];
    let rows = facts.iter().map(|fact| {
        [
            region.into(),
            fact.id.0.into(),
            fact.form.as_str().into(),
            fact.unit.0.into(),
            fact.identity.as_str().into(),
            fact.version.into(),
            fact.definition_hash.as_str().into(),
            fact.content.as_str().into(),
        ]
    });
    bulk::insert(tx, "fact", columns, "", rows).await?;
    Ok(())
}

/// Replaces a fact whose stored version is `fact.version - 1`.
///
/// # Errors
/// [`Error::Conflict`] when somebody else changed it first.
pub async fn update(tx: &mut Tx, fact: &FactRow) -> Result<()> {
    let region = tx.region.0;
    let affected = on!(tx, |c| sqlx::query(UPDATE)
        .bind(region)
        .bind(fact.id.0)
        .bind(fact.version - 1)
        .bind(fact.version)
        .bind(&fact.identity)
        .bind(&fact.definition_hash)
        .bind(&fact.content)
        .bind(fact.unit.0)
        .bind(&fact.state)
        .bind(fact.since.map(|day| day.to_string()))
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    changed_one(affected, fact.id)
}

const UPDATE: &str = "UPDATE fact SET version = $4, identity = $5, definition_hash = $6, content = $7, unit_id = $8, \
     state = $9, state_since = $10 WHERE region_id = $1 AND fact_id = $2 AND version = $3";

/// Removes a fact whose stored version is `version`; the audit keeps what it stated.
///
/// # Errors
/// [`Error::Conflict`] when somebody else changed it first.
pub async fn delete(tx: &mut Tx, id: FactId, version: i64) -> Result<()> {
    let region = tx.region.0;
    let text = "DELETE FROM fact WHERE region_id = $1 AND fact_id = $2 AND version = $3";
    let affected = on!(tx, |c| sqlx::query(text)
        .bind(region)
        .bind(id.0)
        .bind(version)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    changed_one(affected, id)
}

fn changed_one(affected: u64, id: FactId) -> Result<()> {
    if affected == 1 { Ok(()) } else { Err(Error::Conflict { table: "fact", key: id.to_string() }) }
}

/// The fact with this id.
pub async fn find(tx: &mut Tx, id: FactId) -> Result<Option<FactRow>> {
    let region = tx.region.0;
    let found: Option<Columns> =
        on!(tx, |c| sqlx::query_as(select!("WHERE f.region_id = $1 AND f.fact_id = $2"))
            .bind(region)
            .bind(id.0)
            .fetch_optional(c)
            .await)?;
    Ok(found.map(row))
}

/// The facts with these ids that there are, in no order.
pub async fn find_all(tx: &mut Tx, ids: &[FactId]) -> Result<Vec<FactRow>> {
    let region = tx.region.0;
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS) {
        let mut text = select!("WHERE f.region_id = ").to_owned();
        bulk::hole(tx.engine(), 1, &mut text);
        among(tx.engine(), " AND f.fact_id", 1, chunk.len(), &mut text);
        let rows: Vec<Columns> = on!(tx, |c| {
            let mut query = sqlx::query_as(AssertSqlSafe(text)).persistent(chunk.len() == IDS).bind(region);
            for id in chunk {
                query = query.bind(id.0);
            }
            query.fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(row));
    }
    Ok(found)
}

/// Those of the facts with these ids that are of one form, each with its unit, in no order.
pub async fn units_of(tx: &mut Tx, form: &str, ids: &[FactId]) -> Result<Vec<(FactId, UnitId)>> {
    let region = tx.region.0;
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS) {
        let mut text = "SELECT fact_id, unit_id FROM fact WHERE region_id = ".to_owned();
        bulk::hole(tx.engine(), 1, &mut text);
        text.push_str(" AND form = ");
        bulk::hole(tx.engine(), 2, &mut text);
        among(tx.engine(), " AND fact_id", 2, chunk.len(), &mut text);
        let rows: Vec<(i64, i64)> = on!(tx, |c| {
            let query = sqlx::query_as(AssertSqlSafe(text)).persistent(chunk.len() == IDS);
            let mut query = query.bind(region).bind(form);
            for id in chunk {
                query = query.bind(id.0);
            }
            query.fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(|(id, unit)| (FactId(id), UnitId(unit))));
    }
    Ok(found)
}

/// Ids of the facts of one form, oldest first: those of some units, or with
/// `None` of the whole region.
pub async fn ids_of_form(tx: &mut Tx, form: &str, units: Option<&[UnitId]>) -> Result<Vec<FactId>> {
    let region = tx.region.0;
    let Some(units) = units else {
        let text = "SELECT fact_id FROM fact WHERE region_id = $1 AND form = $2 ORDER BY fact_id";
        let ids: Vec<i64> = on!(tx, |c| sqlx::query_scalar(text).bind(region).bind(form).fetch_all(c).await)?;
        return Ok(ids.into_iter().map(FactId).collect());
    };
    let mut ids: Vec<i64> = Vec::new();
    for chunk in units.chunks(UNITS) {
        let mut text = "SELECT fact_id FROM fact WHERE region_id = ".to_owned();
        bulk::hole(tx.engine(), 1, &mut text);
        text.push_str(" AND form = ");
        bulk::hole(tx.engine(), 2, &mut text);
        among(tx.engine(), " AND unit_id", 2, chunk.len(), &mut text);
        let found: Vec<i64> = on!(tx, |c| {
            let query = sqlx::query_scalar(AssertSqlSafe(text)).persistent(false);
            let mut query = query.bind(region).bind(form);
            for unit in chunk {
                query = query.bind(unit.0);
            }
            query.fetch_all(c).await
        })?;
        ids.extend(found);
    }
    ids.sort_unstable();
    Ok(ids.into_iter().map(FactId).collect())
}

/// Ids looked for by one statement.
const IDS: usize = 500;
/// Units asked by one statement: fewer than the values an engine binds.
const UNITS: usize = 5_000;

/// Writes `column IN (…)` with holes for so many values after those `before`.
fn among(engine: Engine, column: &str, before: usize, count: usize, text: &mut String) {
    text.push_str(column);
    for number in 0..count {
        text.push_str(if number == 0 { " IN (" } else { "," });
        bulk::hole(engine, before + number + 1, text);
    }
    text.push(')');
}

/// Facts of one form that bear one of these identities at these units.
pub async fn find_by_identity(tx: &mut Tx, form: &str, wanted: &[(UnitId, String)]) -> Result<Vec<FactRow>> {
    let region = tx.region.0;
    let mut found = Vec::new();
    for chunk in wanted.chunks(IDENTITIES) {
        let text = by_identity(tx.engine(), chunk.len());
        let rows: Vec<Columns> = on!(tx, |c| {
            let mut query = sqlx::query_as(AssertSqlSafe(text)).persistent(chunk.len() == IDENTITIES);
            for (unit, identity) in chunk {
                query = query.bind(region).bind(unit.0).bind(form).bind(identity);
            }
            query.fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(row));
    }
    Ok(found)
}

/// Identities looked for by one statement.
const IDENTITIES: usize = 400;

/// A chain of ORs, which both engines answer from the index.
fn by_identity(engine: Engine, count: usize) -> String {
    let mut text = select!("WHERE ").to_owned();
    for number in 0..count {
        text.push_str(if number == 0 { "(" } else { " OR (" });
        for (place, column) in ["region_id", "unit_id", "form", "identity"].into_iter().enumerate() {
            let and = if place == 0 { "f." } else { " AND f." };
            text.push_str(and);
            text.push_str(column);
            text.push_str(" = ");
            bulk::hole(engine, number * 4 + place + 1, &mut text);
        }
        text.push(')');
    }
    text
}

/// All facts of one form at one unit.
pub async fn list_of_unit(tx: &mut Tx, unit: UnitId, form: &str) -> Result<Vec<FactRow>> {
    let region = tx.region.0;
    let rows: Vec<Columns> = on!(tx, |c| sqlx::query_as(select!(
        "WHERE f.region_id = $1 AND f.unit_id = $2 AND f.form = $3 ORDER BY f.identity"
    ))
    .bind(region)
    .bind(unit.0)
    .bind(form)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(row).collect())
}

/// All facts of one unit, its own and those elsewhere that name it (the other
/// side of a matching).
pub async fn list_touching(tx: &mut Tx, unit: UnitId) -> Result<Vec<FactRow>> {
    let region = tx.region.0;
    let mut rows: Vec<Columns> =
        on!(tx, |c| sqlx::query_as(select!("WHERE f.region_id = $1 AND f.unit_id = $2"))
            .bind(region)
            .bind(unit.0)
            .fetch_all(c)
            .await)?;
    let linked: Vec<Columns> = on!(tx, |c| sqlx::query_as(select!(
        "JOIN fact_link l ON l.region_id = f.region_id AND l.fact_id = f.fact_id \
         WHERE l.region_id = $1 AND l.unit_id = $2"
    ))
    .bind(region)
    .bind(unit.0)
    .fetch_all(c)
    .await)?;
    rows.extend(linked);
    rows.sort_unstable();
    rows.dedup();
    Ok(rows.into_iter().map(row).collect())
}

/// Facts of some forms that touch any of `units`, each with the unit it
/// touches, in no order. One that touches two of them comes twice.
pub async fn list_touching_any(
    tx: &mut Tx,
    units: &[UnitId],
    forms: &[&str],
) -> Result<Vec<(UnitId, FactRow)>> {
    if units.is_empty() || forms.is_empty() {
        return Ok(Vec::new());
    }
    let region = tx.region.0;
    // Ids are numbers made by this program: they can stand in the text.
    let units: Vec<String> = units.iter().map(ToString::to_string).collect();
    let units = units.join(",");
    let holes: Vec<String> = (0..forms.len()).map(|number| format!("${}", number + 2)).collect();
    let holes = holes.join(",");
    let text = format!(
        "SELECT f.unit_id, f.fact_id, f.form, f.unit_id, f.identity, f.version, f.definition_hash, f.content, \
         f.state, f.state_since FROM fact f WHERE f.region_id = $1 AND f.unit_id IN ({units}) AND f.form IN ({holes}) \
         UNION ALL \
         SELECT l.unit_id, f.fact_id, f.form, f.unit_id, f.identity, f.version, f.definition_hash, f.content, \
         f.state, f.state_since FROM fact_link l JOIN fact f ON f.region_id = l.region_id AND f.fact_id = l.fact_id \
         WHERE l.region_id = $1 AND l.unit_id IN ({units}) AND f.form IN ({holes}) AND f.unit_id <> l.unit_id"
    );
    let rows: Vec<Touching> = on!(tx, |c| {
        let mut query = sqlx::query_as(AssertSqlSafe(text)).persistent(false).bind(region);
        for form in forms {
            query = query.bind(*form);
        }
        query.fetch_all(c).await
    })?;
    Ok(rows
        .into_iter()
        .map(|(touched, id, form, unit, identity, version, hash, content, state, since)| {
            (UnitId(touched), row((id, form, unit, identity, version, hash, content, state, since)))
        })
        .collect())
}

/// The touched unit before [`Columns`].
type Touching = (i64, i64, String, i64, String, i64, String, String, Option<String>, Option<String>);

/// Hands the form, id, unit and content of every fact of the region to `take`, one after the other.
pub async fn for_each(
    tx: &mut Tx,
    mut take: impl FnMut(FactId, UnitId, &str, &str) -> Result<()>,
) -> Result<()> {
    let region = tx.region.0;
    let text = "SELECT fact_id, unit_id, form, content FROM fact WHERE region_id = $1";
    on!(tx, |c| {
        let mut rows = sqlx::query_as::<_, (i64, i64, String, String)>(text).bind(region).fetch(c);
        while let Some((id, unit, form, content)) = rows.try_next().await.map_err(Error::from)? {
            take(FactId(id), UnitId(unit), &form, &content)?;
        }
    });
    Ok(())
}

/// Hands every fact of one form to `take`, one after the other.
pub async fn for_each_of(tx: &mut Tx, form: &str, mut take: impl FnMut(FactRow)) -> Result<()> {
    let region = tx.region.0;
    let text = select!("WHERE f.region_id = $1 AND f.form = $2");
    on!(tx, |c| {
        let mut rows = sqlx::query_as::<_, Columns>(text).bind(region).bind(form).fetch(c);
        while let Some(columns) = rows.try_next().await.map_err(Error::from)? {
            take(row(columns));
        }
    });
    Ok(())
}

/// What identifies each fact of one form at one unit.
pub async fn identities_of(tx: &mut Tx, unit: UnitId, form: &str) -> Result<Vec<String>> {
    let region = tx.region.0;
    let text = "SELECT identity FROM fact WHERE region_id = $1 AND unit_id = $2 AND form = $3";
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(region).bind(unit.0).bind(form).fetch_all(c).await)?)
}

/// The newest facts of one form at one unit, newest first.
pub async fn newest_of(tx: &mut Tx, unit: UnitId, form: &str, limit: i64) -> Result<Vec<FactRow>> {
    let region = tx.region.0;
    let rows: Vec<Columns> = on!(tx, |c| sqlx::query_as(select!(
        "WHERE f.region_id = $1 AND f.unit_id = $2 AND f.form = $3 ORDER BY f.fact_id DESC LIMIT $4"
    ))
    .bind(region)
    .bind(unit.0)
    .bind(form)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(row).collect())
}

/// Lets nobody else number facts of this unit until the transaction ends.
/// SQLite's one writer needs no lock.
pub async fn lock_numbers(tx: &mut Tx, unit: UnitId) -> Result<()> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    let region = tx.region.0;
    let text = "SELECT unit_id FROM unit WHERE region_id = $1 AND unit_id = $2 FOR UPDATE";
    let _: Option<i64> =
        on!(tx, |c| sqlx::query_scalar(text).bind(region).bind(unit.0).fetch_optional(c).await)?;
    Ok(())
}

/// Links facts to units other than their own at which they count.
pub async fn insert_links(tx: &mut Tx, links: &[(UnitId, FactId)]) -> Result<()> {
    let region = tx.region.0;
    let rows = links.iter().map(|(unit, fact)| [region.into(), unit.0.into(), fact.0.into()]);
    bulk::insert(tx, "fact_link", ["region_id", "unit_id", "fact_id"], "ON CONFLICT DO NOTHING", rows)
        .await?;
    Ok(())
}

/// Removes a fact's links.
pub async fn delete_links(tx: &mut Tx, units: &[UnitId], fact: FactId) -> Result<()> {
    let region = tx.region.0;
    for unit in units {
        let text = "DELETE FROM fact_link WHERE region_id = $1 AND unit_id = $2 AND fact_id = $3";
        on!(tx, |c| sqlx::query(text).bind(region).bind(unit.0).bind(fact.0).execute(c).await.map(|_| ()))?;
    }
    Ok(())
}
