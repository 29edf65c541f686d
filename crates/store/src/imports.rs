//! Files handed in for import: their state, so that long work can be left and
//! come back to, and survives a restart.

use std::collections::BTreeMap;

use model::ids::{ImportId, UserId};

use crate::{Error, Result, Tx, bulk, db::on};

/// A file handed in.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// Its id.
    pub import_id: i64,
    /// Who handed it in.
    pub user_id: i64,
    /// The unit for rows that name none.
    pub unit_id: Option<i64>,
    /// When, microseconds since 1970.
    pub created_at: i64,
    /// The file's name.
    pub file_name: String,
    /// Id of the form it is read as.
    pub form: String,
    /// The sheet that is read.
    pub sheet: Option<String>,
    /// Where it stands: see `app::imports::State`.
    pub state: String,
    /// Rows done.
    pub done: i64,
    /// Rows in all, 0 while unknown.
    pub total: i64,
    /// Choices, as JSON.
    pub options: String,
    /// What came of it, as JSON.
    pub report: Option<String>,
}

/// The columns of [`Import`].
macro_rules! imports {
    ($rest:literal) => {
        concat!(
            "SELECT import_id, user_id, unit_id, created_at, file_name, form, sheet, state, done, total, options, \
             report FROM import ",
            $rest
        )
    };
}

/// Adds a file with its content.
pub async fn insert(tx: &mut Tx, import: &Import, content: &[u8]) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(INSERT)
        .bind(region)
        .bind(import.import_id)
        .bind(import.user_id)
        .bind(import.unit_id)
        .bind(import.created_at)
        .bind(&import.file_name)
        .bind(&import.form)
        .bind(&import.sheet)
        .bind(&import.state)
        .bind(import.done)
        .bind(import.total)
        .bind(&import.options)
        .bind(&import.report)
        .execute(c)
        .await
        .map(|_| ()))?;
    let text = "INSERT INTO import_file (region_id, import_id, content) VALUES ($1, $2, $3)";
    on!(tx, |c| sqlx::query(text)
        .bind(region)
        .bind(import.import_id)
        .bind(content)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

const INSERT: &str = "INSERT INTO import (region_id, import_id, user_id, unit_id, created_at, file_name, form, \
     sheet, state, done, total, options, report) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/// Replaces everything that changes in the life of an import, provided that it
/// still stands in the state `from`: of two who go for the same step, one gets it.
///
/// # Errors
/// [`Error::Conflict`] when it stands in another state.
pub async fn advance(tx: &mut Tx, import: &Import, from: &str) -> Result<()> {
    let region = tx.region.0;
    let affected = on!(tx, |c| sqlx::query(ADVANCE)
        .bind(region)
        .bind(import.import_id)
        .bind(from)
        .bind(import.unit_id)
        .bind(&import.form)
        .bind(&import.sheet)
        .bind(&import.state)
        .bind(import.done)
        .bind(import.total)
        .bind(&import.options)
        .bind(&import.report)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    if affected == 1 {
        Ok(())
    } else {
        Err(Error::Conflict { table: "import", key: import.import_id.to_string() })
    }
}

const ADVANCE: &str = "UPDATE import SET unit_id = $4, form = $5, sheet = $6, state = $7, done = $8, total = $9, \
     options = $10, report = $11 WHERE region_id = $1 AND import_id = $2 AND state = $3";

/// Notes how far a running import has come.
pub async fn set_progress(tx: &mut Tx, id: ImportId, done: i64, total: i64) -> Result<()> {
    let region = tx.region.0;
    let text = "UPDATE import SET done = $3, total = $4 WHERE region_id = $1 AND import_id = $2 AND state = 'running'";
    on!(tx, |c| sqlx::query(text)
        .bind(region)
        .bind(id.0)
        .bind(done)
        .bind(total)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

/// Removes the content of an import's file.
pub async fn delete_content(tx: &mut Tx, id: ImportId) -> Result<()> {
    let region = tx.region.0;
    let text = "DELETE FROM import_file WHERE region_id = $1 AND import_id = $2";
    on!(tx, |c| sqlx::query(text).bind(region).bind(id.0).execute(c).await.map(|_| ()))?;
    Ok(())
}

/// The import with this id.
pub async fn find(tx: &mut Tx, id: ImportId) -> Result<Option<Import>> {
    let region = tx.region.0;
    let text = imports!("WHERE region_id = $1 AND import_id = $2");
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).bind(id.0).fetch_optional(c).await)?)
}

/// The content of an import's file.
pub async fn content(tx: &mut Tx, id: ImportId) -> Result<Option<Vec<u8>>> {
    let region = tx.region.0;
    let text = "SELECT content FROM import_file WHERE region_id = $1 AND import_id = $2";
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(region).bind(id.0).fetch_optional(c).await)?)
}

/// What one person handed in, newest first, without the reports; at most `limit`, from the `skip`th on.
pub async fn list_of(tx: &mut Tx, user: UserId, skip: i64, limit: i64) -> Result<Vec<Import>> {
    let region = tx.region.0;
    Ok(on!(tx, |c| sqlx::query_as(LIST_OF)
        .bind(region)
        .bind(user.0)
        .bind(limit)
        .bind(skip)
        .fetch_all(c)
        .await)?)
}

const LIST_OF: &str = "SELECT import_id, user_id, unit_id, created_at, file_name, form, sheet, state, done, total, \
     options, CAST(NULL AS TEXT) AS report FROM import WHERE region_id = $1 AND user_id = $2 \
     ORDER BY created_at DESC, import_id DESC LIMIT $3 OFFSET $4";

/// How many imports one person handed in.
pub async fn count_of(tx: &mut Tx, user: UserId) -> Result<i64> {
    let region = tx.region.0;
    let text = "SELECT COUNT(*) FROM import WHERE region_id = $1 AND user_id = $2";
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(region).bind(user.0).fetch_one(c).await)?)
}

/// Imports in one state, oldest first: what the job runner has to do.
pub async fn list_in_state(tx: &mut Tx, state: &str) -> Result<Vec<Import>> {
    let region = tx.region.0;
    let text = imports!("WHERE region_id = $1 AND state = $2 ORDER BY created_at, import_id");
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).bind(state).fetch_all(c).await)?)
}

/// Which column titles were told to mean which field, for one form.
pub async fn mappings(tx: &mut Tx, form: &str) -> Result<BTreeMap<String, String>> {
    let region = tx.region.0;
    let text = "SELECT header, field FROM column_mapping WHERE region_id = $1 AND form = $2";
    let rows: Vec<(String, String)> =
        on!(tx, |c| sqlx::query_as(text).bind(region).bind(form).fetch_all(c).await)?;
    Ok(rows.into_iter().collect())
}

/// Remembers what column titles mean.
pub async fn remember_mappings(tx: &mut Tx, form: &str, mappings: &BTreeMap<String, String>) -> Result<()> {
    let region = tx.region.0;
    let rows = mappings
        .iter()
        .map(|(header, field)| [region.into(), form.into(), header.as_str().into(), field.as_str().into()]);
    let suffix = "ON CONFLICT (region_id, form, header) DO UPDATE SET field = excluded.field";
    bulk::insert(tx, "column_mapping", ["region_id", "form", "header", "field"], suffix, rows).await?;
    Ok(())
}
