//! Migrations: one numbered list, one text for both engines. A migration that
//! has been released is never edited; a change gets a new number. The database keeps
//! the checksum of every text that was applied to it. A program whose text of the
//! same number differs cannot open it.

use std::{collections::BTreeMap, fmt::Write as _};

use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use crate::{
    Db, Engine, Error, Result, Tx,
    db::{Inner, on},
};

/// One step of the schema.
struct Migration {
    /// Its number; they rise by one.
    number: i64,
    /// Its text. `{bytes}` and `{clustered}` are put into the engine's words.
    text: &'static str,
    /// Checksums of earlier texts that did the same, where spaces or comments had to be edited.
    alternates: &'static [&'static str],
}

/// Declares the list: a number and the file's name.
macro_rules! migrations {
    ($($number:literal $file:literal),* $(,)?) => {
        &[$(Migration {
            number: $number,
            text: include_str!(concat!("../migrations/", $file, ".sql")),
            alternates: &[],
        }),*]
    };
}

const MIGRATIONS: &[Migration] = migrations![
    1 "0001_core",
    2 "0002_packed_rows",
    3 "0003_registers",
    4 "0004_steps",
    5 "0005_vault",
    6 "0006_saved_views",
    7 "0007_attachments",
    8 "0008_fewer_indexes",
    9 "0009_background_work",
    10 "0010_column_memory",
    11 "0011_signing_in",
    12 "0012_postings",
    13 "0013_pending",
    14 "0014_take_back",
    15 "0015_record_changes",
    16 "0016_accounts",
    17 "0017_access_chain",
    18 "0018_audit_digests",
    19 "0019_audit_trail",
    20 "0020_last_visit",
    21 "0021_business_day",
    22 "0022_drafts",
    23 "0023_shared_facts",
    24 "0024_versions_and_past",
    25 "0025_closed_units",
];

/// An arbitrary number for PostgreSQL's advisory lock: two programs starting at once migrate one after the other.
const LOCK: i64 = 0x6a69_616e_676f_6e67;

/// Brings the schema up to date, all in one transaction.
pub(crate) async fn run(db: &Db) -> Result<()> {
    apply(db, MIGRATIONS).await
}

async fn apply(db: &Db, migrations: &[Migration]) -> Result<()> {
    // The schema belongs to no region; the transaction's region is not used.
    let mut tx = db.write_without_limits().await?;
    if let Inner::Postgres(pg) = &mut tx.inner {
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut **pg).await?;
    }
    let applied = applied(&mut tx).await?;
    let known = migrations.last().map_or(0, |migration| migration.number);
    let last = applied.keys().last().copied().unwrap_or(0);
    if last > known {
        return Err(Error::TooNew { found: last, known });
    }
    for migration in migrations {
        let checksum = checksum(migration.text);
        match applied.get(&migration.number) {
            Some(Some(stored)) if *stored == checksum || migration.alternates.contains(&stored.as_str()) => {}
            Some(Some(_)) => return Err(Error::EditedMigration { number: migration.number }),
            // Applied by a program that kept no checksums: it is this text, for none had been edited by then.
            Some(None) => note(&mut tx, NOTE_CHECKSUM, migration.number, &checksum).await?,
            None if migration.number > last => {
                for statement in statements(migration.text, db.engine()) {
                    execute(&mut tx, statement).await?;
                }
                note(&mut tx, NOTE_APPLIED, migration.number, &checksum).await?;
                tracing::info!(migration = migration.number, "schema brought up to date");
            }
            None => return Err(Error::MissingMigration { number: migration.number, last }),
        }
    }
    tx.commit().await
}

/// The numbers that were applied, with their checksums where those are known.
async fn applied(tx: &mut Tx) -> Result<BTreeMap<i64, Option<String>>> {
    execute(tx, "CREATE TABLE IF NOT EXISTS migration (number BIGINT NOT NULL PRIMARY KEY)".to_owned())
        .await?;
    let has_checksums = match tx.engine() {
        Engine::Sqlite => "SELECT count(*) FROM pragma_table_info('migration') WHERE name = 'checksum'",
        Engine::Postgres => {
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema() \
             AND table_name = 'migration' AND column_name = 'checksum'"
        }
    };
    let columns: i64 = on!(tx, |c| sqlx::query_scalar(has_checksums).fetch_one(c).await)?;
    if columns == 0 {
        execute(tx, "ALTER TABLE migration ADD COLUMN checksum TEXT".to_owned()).await?;
    }
    let text = "SELECT number, checksum FROM migration";
    let rows: Vec<(i64, Option<String>)> = on!(tx, |c| sqlx::query_as(text).fetch_all(c).await)?;
    Ok(rows.into_iter().collect())
}

const NOTE_APPLIED: &str = "INSERT INTO migration (number, checksum) VALUES ($1, $2)";
const NOTE_CHECKSUM: &str = "UPDATE migration SET checksum = $2 WHERE number = $1";

async fn note(tx: &mut Tx, text: &'static str, number: i64, checksum: &str) -> Result<()> {
    on!(tx, |c| sqlx::query(text).bind(number).bind(checksum).execute(c).await.map(drop))?;
    Ok(())
}

async fn execute(tx: &mut Tx, statement: String) -> Result<()> {
    on!(tx, |c| sqlx::query(AssertSqlSafe(statement)).execute(c).await.map(drop))?;
    Ok(())
}

/// SHA-256 of a text, in hexadecimal. Line ends do not count: a checkout may change them.
fn checksum(text: &str) -> String {
    let mut hash = Sha256::new();
    for line in text.lines() {
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
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

#[cfg(test)]
mod tests {
    use model::ids::RegionId;

    use super::*;
    use crate::limits::SharedLimits;

    const FIRST: &str = "CREATE TABLE a (b BIGINT NOT NULL PRIMARY KEY);\n";
    const SECOND: &str = "ALTER TABLE a ADD COLUMN c TEXT;\n";

    fn list(first: &'static str, alternates: &'static [&'static str]) -> [Migration; 2] {
        [
            Migration { number: 1, text: first, alternates },
            Migration { number: 2, text: SECOND, alternates: &[] },
        ]
    }

    async fn database(dir: &tempfile::TempDir) -> Db {
        Db::open_sqlite(dir.path().join("test.db").to_str().unwrap(), SharedLimits::default()).await.unwrap()
    }

    #[tokio::test]
    async fn an_edited_migration_is_noticed_unless_its_earlier_text_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let db = database(&dir).await;
        apply(&db, &list(FIRST, &[])).await.unwrap();
        apply(&db, &list(FIRST, &[])).await.unwrap();
        let edited = "CREATE TABLE a (b BIGINT NOT NULL PRIMARY KEY) ;\n";
        let error = apply(&db, &list(edited, &[])).await.unwrap_err();
        assert!(matches!(error, Error::EditedMigration { number: 1 }), "{error:?}");
        assert!(error.to_string().contains("migration 1"), "{error}");
        let known: &[&str] = vec![&*checksum(FIRST).leak()].leak();
        apply(&db, &list(edited, known)).await.unwrap();
        // Another system's line ends are no edit.
        apply(&db, &list("CREATE TABLE a (b BIGINT NOT NULL PRIMARY KEY);\r\n", &[])).await.unwrap();
    }

    #[tokio::test]
    async fn a_migration_that_was_left_out_and_one_from_the_future_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let db = database(&dir).await;
        apply(&db, &list(FIRST, &[])[..1]).await.unwrap();
        apply(&db, &list(FIRST, &[])).await.unwrap();
        let error = apply(&db, &list(FIRST, &[])[..1]).await.unwrap_err();
        assert!(matches!(error, Error::TooNew { found: 2, known: 1 }), "{error:?}");
        let mut tx = db.write(RegionId(0)).await.unwrap();
        execute(&mut tx, "DELETE FROM migration WHERE number = 1".to_owned()).await.unwrap();
        tx.commit().await.unwrap();
        let error = apply(&db, &list(FIRST, &[])).await.unwrap_err();
        assert!(matches!(error, Error::MissingMigration { number: 1, last: 2 }), "{error:?}");
    }

    #[test]
    fn numbers_rise_by_one() {
        assert!(
            MIGRATIONS
                .iter()
                .map(|migration| migration.number)
                .eq(1..=i64::try_from(MIGRATIONS.len()).unwrap())
        );
    }
}
