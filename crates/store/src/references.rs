//! References between records, as rows: which record refers to which, and what records are called to which others may
//! refer. Both follow from what records state.

use boxed_async::boxed_async;
use model::ids::{RecordId, UnitId};
use sqlx::FromRow;

use crate::{Engine, Result, Tx, bulk};

/// One record refers to another by one of its fields.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, FromRow)]
pub struct ReferenceRow {
    /// The record that is referred to.
    #[sqlx(try_from = "i64", rename = "referred_id")]
    pub referred: RecordId,
    /// Id of the form of the record that refers to it.
    pub form: String,
    /// Id of the field.
    pub field: String,
    /// The record that refers to it.
    #[sqlx(try_from = "i64", rename = "fact_id")]
    pub record: RecordId,
}

/// A record is called so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, FromRow)]
pub struct NameRow {
    /// Id of its form.
    pub form: String,
    /// Its number or its title, as texts are compared.
    pub name: String,
    /// The record.
    #[sqlx(try_from = "i64", rename = "fact_id")]
    pub record: RecordId,
    /// Its unit.
    #[sqlx(try_from = "i64", rename = "unit_id")]
    pub unit: UnitId,
}

/// How many records of a form refer to a record by one field.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ReferenceCount {
    /// The record that is referred to.
    #[sqlx(try_from = "i64", rename = "referred_id")]
    pub referred: RecordId,
    /// Id of the form of the records that refer to it.
    pub form: String,
    /// Id of the field.
    pub field: String,
    /// How many there are.
    pub count: i64,
}

/// Rows found or removed by one statement.
const ROWS: usize = 500;

/// Adds references.
#[boxed_async]
pub async fn insert(tx: &mut Tx, rows: &[ReferenceRow]) -> Result<()> {
    let region = tx.region;
    let columns = ["region_id", "referred_id", "form", "field", "fact_id"];
    let rows = rows.iter().map(|row| {
        [region.into(), row.referred.into(), (&row.form).into(), (&row.field).into(), row.record.into()]
    });
    bulk::insert(tx, "record_reference", columns, "", rows).await?;
    Ok(())
}

/// Removes references.
#[boxed_async]
pub async fn delete(tx: &mut Tx, rows: &[ReferenceRow]) -> Result<()> {
    let text = "DELETE FROM record_reference \
         WHERE region_id = $1 AND referred_id = $2 AND form = $3 AND field = $4 AND fact_id = $5";
    for row in rows {
        let query = tx.query(text).bind(row.referred).bind(&row.form).bind(&row.field).bind(row.record);
        query.execute(tx).await?;
    }
    Ok(())
}

/// Adds names.
#[boxed_async]
pub async fn insert_names(tx: &mut Tx, rows: &[NameRow]) -> Result<()> {
    let region = tx.region;
    let columns = ["region_id", "form", "name", "fact_id", "unit_id"];
    let rows = rows.iter().map(|row| {
        [region.into(), (&row.form).into(), (&row.name).into(), row.record.into(), row.unit.into()]
    });
    bulk::insert(tx, "record_name", columns, "", rows).await?;
    Ok(())
}

/// Removes names.
#[boxed_async]
pub async fn delete_names(tx: &mut Tx, rows: &[NameRow]) -> Result<()> {
    let text = "DELETE FROM record_name WHERE region_id = $1 AND form = $2 AND name = $3 AND fact_id = $4";
    for row in rows {
        tx.query(text).bind(&row.form).bind(&row.name).bind(row.record).execute(tx).await?;
    }
    Ok(())
}

/// Records of a form that are called by one of these names, in no order.
#[boxed_async]
pub async fn find_names(tx: &mut Tx, form: &str, names: &[String]) -> Result<Vec<NameRow>> {
    let mut found = Vec::new();
    for chunk in names.chunks(ROWS) {
        let mut query = tx.build("SELECT form, name, fact_id, unit_id FROM record_name WHERE region_id = ");
        query.push_and("form = ", form).push_in("name", chunk.iter().map(String::as_str));
        query.cached(chunk.len() == ROWS);
        found.extend(query.fetch_all::<NameRow>(tx).await?);
    }
    Ok(found)
}

/// The first records of a form whose names begin so, in the order of names.
#[boxed_async]
pub async fn names_beginning(tx: &mut Tx, form: &str, beginning: &str, most: i64) -> Result<Vec<NameRow>> {
    let text = "SELECT form, name, fact_id, unit_id FROM record_name \
         WHERE region_id = $1 AND form = $2 AND name >= $3 AND name < $4 ORDER BY name, fact_id LIMIT $5";
    // No name has a greater character behind its beginning.
    let end = format!("{beginning}\u{10ffff}");
    tx.query(text).bind(form).bind(beginning).bind(end).bind(most).fetch_all(tx).await
}

/// The references to some records, in no order.
#[boxed_async]
pub async fn list_to(tx: &mut Tx, referred: &[RecordId]) -> Result<Vec<ReferenceRow>> {
    let mut found = Vec::new();
    for chunk in referred.chunks(ROWS) {
        let mut query =
            tx.build("SELECT referred_id, form, field, fact_id FROM record_reference WHERE region_id = ");
        query.push_in("referred_id", chunk.iter().copied()).cached(chunk.len() == ROWS);
        found.extend(query.fetch_all::<ReferenceRow>(tx).await?);
    }
    Ok(found)
}

/// The references to one record by one field, the oldest records first, `most` at most.
#[boxed_async]
pub async fn list_by(
    tx: &mut Tx,
    referred: RecordId,
    (form, field): (&str, &str),
    most: i64,
) -> Result<Vec<RecordId>> {
    let text = "SELECT fact_id FROM record_reference \
         WHERE region_id = $1 AND referred_id = $2 AND form = $3 AND field = $4 ORDER BY fact_id LIMIT $5";
    let ids: Vec<i64> = tx.query(text).bind(referred).bind(form).bind(field).bind(most).values(tx).await?;
    Ok(ids.into_iter().map(RecordId).collect())
}

/// How many records refer to each of these, by form and field.
#[boxed_async]
pub async fn count_to(tx: &mut Tx, referred: &[RecordId]) -> Result<Vec<ReferenceCount>> {
    let mut found = Vec::new();
    for chunk in referred.chunks(ROWS) {
        let mut query = tx.build(
            "SELECT referred_id, form, field, COUNT(*) AS count FROM record_reference WHERE region_id = ",
        );
        query.push_in("referred_id", chunk.iter().copied());
        query.push(" GROUP BY referred_id, form, field ORDER BY referred_id, form, field");
        query.cached(chunk.len() == ROWS);
        found.extend(query.fetch_all::<ReferenceCount>(tx).await?);
    }
    Ok(found)
}

/// Lets nobody else refer to these records, change or remove them until the transaction ends: what is counted of the
/// records that refer to them stays true. Those that are still there. SQLite's one writer needs no lock.
#[boxed_async]
pub async fn lock(tx: &mut Tx, records: &[RecordId]) -> Result<Vec<RecordId>> {
    let mut records = records.to_vec();
    records.sort_unstable();
    records.dedup();
    let mut found = Vec::with_capacity(records.len());
    for chunk in records.chunks(ROWS) {
        let mut query = tx.build("SELECT fact_id FROM fact WHERE region_id = ");
        query.push_in("fact_id", chunk.iter().copied());
        if tx.engine() == Engine::Postgres {
            // All in one order: two who need the same ones wait for each other only once.
            query.push(" ORDER BY fact_id FOR UPDATE");
        }
        query.cached(chunk.len() == ROWS);
        found.extend(query.finish().values::<i64>(tx).await?.into_iter().map(RecordId));
    }
    Ok(found)
}

/// Removes all references and names of the region.
#[boxed_async]
pub async fn clear(tx: &mut Tx) -> Result<()> {
    tx.query("DELETE FROM record_reference WHERE region_id = $1").execute(tx).await?;
    tx.query("DELETE FROM record_name WHERE region_id = $1").execute(tx).await?;
    Ok(())
}

/// Hands every reference of the region to `take`.
pub async fn for_each(tx: &mut Tx, mut take: impl FnMut(ReferenceRow)) -> Result<()> {
    let text = "SELECT referred_id, form, field, fact_id FROM record_reference WHERE region_id = $1";
    let take = |row| {
        take(row);
        Ok(())
    };
    tx.query(text).for_each(tx, take).await
}

/// Hands every name of the region to `take`.
pub async fn for_each_name(tx: &mut Tx, mut take: impl FnMut(NameRow)) -> Result<()> {
    let text = "SELECT form, name, fact_id, unit_id FROM record_name WHERE region_id = $1";
    let take = |row| {
        take(row);
        Ok(())
    };
    tx.query(text).for_each(tx, take).await
}
