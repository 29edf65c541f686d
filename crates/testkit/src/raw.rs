//! Plain SQL beside storage: what somebody does who has the database and not the program.

use model::ids::RegionId;
use sqlx::{AssertSqlSafe, Executor};
use store::{Db, audit, records};

use crate::TestDb;

/// Runs one statement, in which `{region}` stands for the test's region; how many rows it touched.
///
/// # Panics
/// When the engine refuses it.
pub async fn run_sql(test: &TestDb, text: &str) -> u64 {
    let safe = AssertSqlSafe(text.replace("{region}", &test.region.to_string()));
    let done = match &test.db {
        Db::Sqlite { writer, .. } => writer.execute(safe).await.map(|done| done.rows_affected()),
        Db::Postgres(pool) => (&**pool).execute(safe).await.map(|done| done.rows_affected()),
    };
    done.unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Writes what records and the audit say as text, as earlier versions of the program did: plain SQL can look into it
/// and change it, and the program reads it as before.
///
/// # Panics
/// When the engine refuses it.
pub async fn write_as_text(db: &Db, region: RegionId) {
    let mut statements = vec!["BEGIN".to_owned()];
    let mut tx = db.read(region).await.unwrap_or_else(|error| panic!("{error}"));
    let records = records::for_each(&mut tx, |row| {
        statements.push(format!(
            "UPDATE fact SET content = {}, compact = NULL, definition_hash = {} WHERE region_id = {region} AND fact_id = {}",
            quoted(Some(&row.content)),
            quoted(Some(&row.definition_hash)),
            row.id,
        ));
        Ok(())
    });
    records.await.unwrap_or_else(|error| panic!("{error}"));
    let entries = audit::for_each(&mut tx, |entry| {
        let [before, after, detail] =
            [&entry.before, &entry.after, &entry.detail].map(|text| quoted(text.as_deref()));
        statements.push(format!(
            "UPDATE audit SET before = {before}, after = {after}, detail = {detail}, compact = NULL, \
             definition_hash = {} WHERE region_id = {region} AND audit_id = {}",
            quoted(Some(&entry.definition_hash)),
            entry.audit_id,
        ));
    });
    entries.await.unwrap_or_else(|error| panic!("{error}"));
    drop(tx);
    statements.push("COMMIT;".to_owned());
    let text = AssertSqlSafe(statements.join(";\n"));
    let done = match db {
        Db::Sqlite { writer, .. } => sqlx::raw_sql(text).execute(writer).await.map(drop),
        Db::Postgres(pool) => sqlx::raw_sql(text).execute(&**pool).await.map(drop),
    };
    done.unwrap_or_else(|error| panic!("{error}"));
}

fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| format!("'{}'", text.replace('\'', "''")))
}
