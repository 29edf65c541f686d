//! Migrations: one numbered list, one text for both engines. A migration that
//! has landed is never edited; a change is a new number.

use sqlx::AssertSqlSafe;

use crate::{Db, Engine, Error, Result, db::Inner, db::on};
use model::ids::RegionId;

const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_core.sql")),
    (2, include_str!("../migrations/0002_packed_rows.sql")),
    (3, include_str!("../migrations/0003_registers.sql")),
    (4, include_str!("../migrations/0004_steps.sql")),
    (5, include_str!("../migrations/0005_vault.sql")),
    (6, include_str!("../migrations/0006_saved_views.sql")),
    (7, include_str!("../migrations/0007_attachments.sql")),
];

/// An arbitrary number for PostgreSQL's advisory lock: two programs starting at once migrate one after the other.
const LOCK: i64 = 0x6a69_616e_676f_6e67;

/// Brings the schema up to date, all in one transaction.
pub(crate) async fn run(db: &Db) -> Result<()> {
    // The schema belongs to no region; the transaction's region is not used.
    let mut tx = db.write(RegionId(0)).await?;
    if let Inner::Postgres(_) = tx.inner {
        on!(tx, |c| sqlx::query("SELECT CAST($1 AS BIGINT)").bind(LOCK).execute(c).await.map(|_| ()))?;
        if let Inner::Postgres(pg) = &mut tx.inner {
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut **pg).await?;
        }
    }
    let table = "CREATE TABLE IF NOT EXISTS migration (number BIGINT NOT NULL PRIMARY KEY)";
    on!(tx, |c| sqlx::query(table).execute(c).await.map(|_| ()))?;
    let found: Option<i64> =
        on!(tx, |c| sqlx::query_scalar("SELECT max(number) FROM migration").fetch_one(c).await)?;
    let known = MIGRATIONS.last().map_or(0, |(number, _)| *number);
    let found = found.unwrap_or(0);
    if found > known {
        return Err(Error::TooNew { found, known });
    }
    for (number, text) in MIGRATIONS.iter().filter(|(number, _)| *number > found) {
        for statement in statements(text, db.engine()) {
            on!(tx, |c| sqlx::query(AssertSqlSafe(statement.clone())).execute(c).await.map(|_| ()))?;
        }
        on!(tx, |c| sqlx::query("INSERT INTO migration (number) VALUES ($1)")
            .bind(number)
            .execute(c)
            .await
            .map(|_| ()))?;
        tracing::info!(migration = number, "schema brought up to date");
    }
    tx.commit().await
}

/// A migration's statements in one engine's words.
fn statements(text: &str, engine: Engine) -> Vec<String> {
    let (bytes, clustered) = match engine {
        Engine::Sqlite => ("BLOB", "WITHOUT ROWID"),
        Engine::Postgres => ("BYTEA", ""),
    };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    lines
        .join("\n")
        .split(';')
        .map(|statement| statement.trim().replace("{bytes}", bytes).replace("{clustered}", clustered))
        .filter(|statement| !statement.is_empty())
        .collect()
}
