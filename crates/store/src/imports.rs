//! Files uploaded for import, with their state: long work can be left and
//! continued later, and it survives a restart.

use std::collections::BTreeMap;

use boxed_async::boxed_async;
use model::ids::{ImportId, UnitId, UserId};

use crate::{Error, Result, Tx, bulk};

/// An uploaded file.
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
    /// Its state: see `app::imports::ImportState`.
    pub state: String,
    /// Rows done.
    pub done: i64,
    /// Rows in all, 0 while unknown.
    pub total: i64,
    /// Choices, as JSON.
    pub options: String,
    /// What came of it, as JSON.
    pub report: Option<String>,
    /// What is known of its being taken back, as JSON.
    pub take_back: Option<String>,
}

/// A statement that reads [`Import`]s; the columns for report and taking back, and the rest.
macro_rules! imports {
    ($report:literal, $rest:literal) => {
        concat!(
            "SELECT import_id, user_id, unit_id, created_at, file_name, form, sheet, state, done, total, options, ",
            $report,
            " FROM import ",
            $rest
        )
    };
}

/// Adds a file with its content.
#[boxed_async]
pub async fn insert(tx: &mut Tx, import: &Import, content: &[u8]) -> Result<()> {
    insert_alone(tx, import).await?;
    let text = "INSERT INTO import_file (region_id, import_id, content) VALUES ($1, $2, $3)";
    tx.query(text).bind(import.import_id).bind(content).execute(tx).await?;
    Ok(())
}

/// Adds an import whose file is not kept.
#[boxed_async]
pub async fn insert_alone(tx: &mut Tx, import: &Import) -> Result<()> {
    let query = tx.query(INSERT).bind(import.import_id).bind(import.user_id).bind(import.unit_id);
    let query = query.bind(import.created_at).bind(&import.file_name).bind(&import.form).bind(&import.sheet);
    let query = query.bind(&import.state).bind(import.done).bind(import.total);
    query.bind(&import.options).bind(&import.report).execute(tx).await?;
    Ok(())
}

const INSERT: &str = "INSERT INTO import (region_id, import_id, user_id, unit_id, created_at, file_name, form, \
     sheet, state, done, total, options, report) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

/// Notes as whose deputy somebody has handed a file in.
#[boxed_async]
pub async fn set_deputy(tx: &mut Tx, import: ImportId, deputy: i64) -> Result<()> {
    let text = "UPDATE import SET deputy_id = $3 WHERE region_id = $1 AND import_id = $2";
    tx.query(text).bind(import).bind(deputy).execute(tx).await?;
    Ok(())
}

/// As whose deputy a file was handed in.
#[boxed_async]
pub async fn deputy_of(tx: &mut Tx, import: ImportId) -> Result<Option<i64>> {
    let text = "SELECT deputy_id FROM import WHERE region_id = $1 AND import_id = $2";
    let found: Option<Option<i64>> = tx.query(text).bind(import).value_optional(tx).await?;
    Ok(found.flatten())
}

/// Replaces everything that changes in the life of an import, provided that it
/// is still in the state `from`: of two who go for the same step, one gets it.
///
/// # Errors
/// [`Error::Conflict`] when it is in another state.
#[boxed_async]
pub async fn advance(tx: &mut Tx, import: &Import, from: &str) -> Result<()> {
    let query = tx.query(ADVANCE).bind(import.import_id).bind(from).bind(import.unit_id);
    let query = query.bind(&import.form).bind(&import.sheet).bind(&import.state);
    let query = query.bind(import.done).bind(import.total).bind(&import.options).bind(&import.report);
    let query = query.bind(&import.take_back);
    if query.execute(tx).await? == 1 {
        Ok(())
    } else {
        Err(Error::Conflict { table: "import", key: import.import_id.to_string() })
    }
}

const ADVANCE: &str = "UPDATE import SET unit_id = $4, form = $5, sheet = $6, state = $7, done = $8, total = $9, \
     options = $10, report = $11, take_back = $12 WHERE region_id = $1 AND import_id = $2 AND state = $3";

/// Notes how far a running import has come.
#[boxed_async]
pub async fn set_progress(tx: &mut Tx, id: ImportId, done: i64, total: i64) -> Result<()> {
    let text = "UPDATE import SET done = $3, total = $4 WHERE region_id = $1 AND import_id = $2 AND state = 'running'";
    tx.query(text).bind(id).bind(done).bind(total).execute(tx).await?;
    Ok(())
}

/// Removes the content of an import's file.
#[boxed_async]
pub async fn delete_content(tx: &mut Tx, id: ImportId) -> Result<()> {
    tx.query("DELETE FROM import_file WHERE region_id = $1 AND import_id = $2").bind(id).execute(tx).await?;
    Ok(())
}

/// The import with this id.
#[boxed_async]
pub async fn find(tx: &mut Tx, id: ImportId) -> Result<Option<Import>> {
    let text = imports!("report, take_back", "WHERE region_id = $1 AND import_id = $2");
    tx.query(text).bind(id).fetch_optional(tx).await
}

/// The content of an import's file.
#[boxed_async]
pub async fn content(tx: &mut Tx, id: ImportId) -> Result<Option<Vec<u8>>> {
    let text = "SELECT content FROM import_file WHERE region_id = $1 AND import_id = $2";
    tx.query(text).bind(id).value_optional(tx).await
}

/// What one person uploaded, newest first, without the reports; at most `limit`, from the `skip`th on.
#[boxed_async]
pub async fn list_of(tx: &mut Tx, user: UserId, skip: i64, limit: i64) -> Result<Vec<Import>> {
    let text = imports!(
        "CAST(NULL AS TEXT) AS report, CAST(NULL AS TEXT) AS take_back",
        "WHERE region_id = $1 AND user_id = $2 ORDER BY created_at DESC, import_id DESC LIMIT $3 OFFSET $4"
    );
    tx.query(text).bind(user).bind(limit).bind(skip).fetch_all(tx).await
}

/// How many imports one person has.
#[boxed_async]
pub async fn count_of(tx: &mut Tx, user: UserId) -> Result<i64> {
    tx.query("SELECT COUNT(*) FROM import WHERE region_id = $1 AND user_id = $2").bind(user).value(tx).await
}

/// What a unit has decided about columns of a form: title → id of a field, empty for a column that it leaves out.
#[boxed_async]
pub async fn column_memory(tx: &mut Tx, unit: UnitId, form: &str) -> Result<BTreeMap<String, String>> {
    let text = "SELECT header, field FROM column_memory WHERE region_id = $1 AND unit_id = $2 AND form = $3";
    let rows: Vec<(String, String)> = tx.query(text).bind(unit).bind(form).fetch_all(tx).await?;
    Ok(rows.into_iter().collect())
}

/// Remembers what a unit has decided about columns; a later decision about a title replaces an earlier one,
/// which is kept beside it as long as the import that decided is the only one that has used it.
#[boxed_async]
pub async fn remember_columns(
    tx: &mut Tx,
    unit: UnitId,
    form: &str,
    columns: &BTreeMap<String, String>,
    import: ImportId,
) -> Result<()> {
    let region = tx.region;
    let rows = columns.iter().map(|(header, field)| {
        [region.into(), unit.into(), form.into(), header.into(), field.into(), import.into()]
    });
    let suffix = "ON CONFLICT (region_id, unit_id, form, header) DO UPDATE SET field = excluded.field, \
         import_id = excluded.import_id, former = column_memory.field";
    let names = ["region_id", "unit_id", "form", "header", "field", "import_id"];
    bulk::insert(tx, "column_memory", names, suffix, rows).await?;
    Ok(())
}

/// Notes that another import has used what is remembered of these columns.
#[boxed_async]
pub async fn confirm_columns(
    tx: &mut Tx,
    unit: UnitId,
    form: &str,
    headers: &[String],
    import: ImportId,
) -> Result<()> {
    for header in headers {
        let text = "UPDATE column_memory SET import_id = NULL, former = NULL \
             WHERE region_id = $1 AND unit_id = $2 AND form = $3 AND header = $4 AND import_id <> $5";
        tx.query(text).bind(unit).bind(form).bind(header).bind(import).execute(tx).await?;
    }
    Ok(())
}

/// Forgets what an import alone has remembered of columns; what it replaced is remembered again. How many.
#[boxed_async]
pub async fn forget_columns_of(tx: &mut Tx, unit: UnitId, form: &str, import: ImportId) -> Result<u64> {
    let text = "DELETE FROM column_memory \
         WHERE region_id = $1 AND unit_id = $2 AND form = $3 AND import_id = $4 AND former IS NULL";
    let forgotten = tx.query(text).bind(unit).bind(form).bind(import).execute(tx).await?;
    let text = "UPDATE column_memory SET field = former, former = NULL, import_id = NULL \
         WHERE region_id = $1 AND unit_id = $2 AND form = $3 AND import_id = $4";
    Ok(forgotten + tx.query(text).bind(unit).bind(form).bind(import).execute(tx).await?)
}

/// Forgets what a unit has decided about columns of a form.
#[boxed_async]
pub async fn forget_columns(tx: &mut Tx, unit: UnitId, form: &str) -> Result<()> {
    let text = "DELETE FROM column_memory WHERE region_id = $1 AND unit_id = $2 AND form = $3";
    tx.query(text).bind(unit).bind(form).execute(tx).await?;
    Ok(())
}
