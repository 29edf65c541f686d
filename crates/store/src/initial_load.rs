//! The first load of a database. Into an empty SQLite database rows are written without indexes, which are made once all
//! are there: one sort instead of a search for each row, and pages that are full. On PostgreSQL other federations may be
//! at work, and would have to wait for the tables.

use boxed_async::boxed_async;

use crate::{Engine, Result, Tx, db::Inner, query::Query};

/// Indexes that are not needed while rows are loaded.
const INDEXES: [&str; 5] =
    ["fact_by_identity", "fact_by_form", "audit_by_subject", "audit_by_actor", "audit_by_other_subject"];

/// Indexes that were removed, as statements that make them.
#[derive(Debug, Default)]
#[must_use]
pub struct RemovedIndexes(Vec<String>);

/// Removes the indexes of records and of the audit, if there are no records in the database. Nobody sees it but the
/// transaction.
#[boxed_async]
pub async fn begin(tx: &mut Tx) -> Result<RemovedIndexes> {
    let any: Option<i64> = Query::new("SELECT region_id FROM fact LIMIT 1").value_optional(tx).await?;
    if tx.engine() == Engine::Postgres || any.is_some() {
        return Ok(RemovedIndexes::default());
    }
    let mut removed = RemovedIndexes::default();
    for name in INDEXES {
        let text = "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = $1";
        let made: Option<String> = Query::new(text).bind(name).value_optional(tx).await?;
        if let Some(made) = made {
            execute(tx, format!("DROP INDEX {name}")).await?;
            removed.0.push(made);
        }
    }
    Ok(removed)
}

/// Makes the indexes again.
///
/// # Errors
/// What the database answers, above all when two records have one identity.
#[boxed_async]
pub async fn end(tx: &mut Tx, removed: RemovedIndexes) -> Result<()> {
    for made in removed.0 {
        execute(tx, made).await?;
    }
    Ok(())
}

/// Runs a statement about the schema of SQLite.
async fn execute(tx: &mut Tx, text: String) -> Result<()> {
    if let Inner::Sqlite(sqlite) = &mut tx.inner {
        sqlx::query(sqlx::AssertSqlSafe(text)).persistent(false).execute(&mut **sqlite).await?;
    }
    Ok(())
}
