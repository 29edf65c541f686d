//! Plain SQL beside storage: what somebody does who has the database and not the program.

use sqlx::{AssertSqlSafe, Executor};
use store::Db;

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
