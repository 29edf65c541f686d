//! Databases of every version that has landed open and upgrade by themselves. Each is a dump in
//! `tests/dumps`: the schema of that version with a few rows in every table.

use std::path::{Path, PathBuf};

use model::ids::{ImportId, RecordId, RegionId, UnitId};
use store::{Db, Engine, Error, accounts, audit, balances, imports, records, units};

use crate::{
    introspect::schema,
    raw::{self, Empty},
};

/// The region most rows of the dumps are of.
const REGION: RegionId = RegionId(1);
/// Balances, which migration 2 has dropped: they are folded anew from the facts.
const DERIVED: [&str; 5] = ["cell", "statement", "baseline", "tally", "change_log"];
/// What migrations set themselves: that something is to be done when the region is opened.
const MARKS: [&str; 2] = ["is_unfolded", "is_clear"];

/// A file or directory of this crate.
fn path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Where the dump of a version is kept.
fn dump_path(number: usize) -> PathBuf {
    path(&format!("tests/dumps/{number:04}.sql"))
}

/// The numbers of the migrations that have landed.
fn landed() -> Vec<usize> {
    let files = std::fs::read_dir(path("migrations")).unwrap();
    let number = |name: String| name[..4].parse().unwrap();
    let mut numbers: Vec<usize> =
        files.map(|file| number(file.unwrap().file_name().into_string().unwrap())).collect();
    numbers.sort_unstable();
    numbers
}

/// Every dump with the number of its version.
fn dumps() -> Vec<(usize, String)> {
    let read = |number| {
        let path = dump_path(number);
        let text = std::fs::read_to_string(&path);
        (number, text.unwrap_or_else(|error| panic!("{}: {error}; see CONTRIBUTING.md", path.display())))
    };
    landed().into_iter().map(read).collect()
}

/// The statements of a dump in one engine's words.
fn statements(dump: &str, engine: Engine) -> Vec<String> {
    let (bytes, clustered, start) = match engine {
        Engine::Sqlite => ("BLOB", "WITHOUT ROWID", "x'"),
        Engine::Postgres => ("BYTEA", "", "'\\x"),
    };
    let lines = dump.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
    let words = |statement: &str| {
        let text = statement.replace("{bytes}", bytes).replace("{clustered}", clustered);
        let mut parts = text.split("{x:");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            let (value, rest) = part.split_once('}').unwrap();
            format!("{text}{start}{value}'{rest}")
        })
    };
    lines
        .split(";\n")
        .map(|text| words(text.trim().trim_end_matches(';')))
        .filter(|text| !text.is_empty())
        .collect()
}

/// Loads a dump into an empty database.
async fn load(database: &Empty, dump: &str) {
    let mut raw = database.connect().await;
    raw.execute("BEGIN").await;
    for statement in statements(dump, database.engine) {
        raw.execute(&statement).await;
    }
    raw.execute("COMMIT").await;
}

/// Opens a database as the program does, and leaves it.
async fn open(database: &Empty) {
    Db::open(&database.url).await.unwrap().close().await;
}

/// A row of a dump.
struct DumpedRow {
    table: String,
    /// What holds of it alone.
    condition: String,
}

/// The rows that a dump's statements insert.
fn rows(statements: &[String]) -> Vec<DumpedRow> {
    let inserts = statements.iter().filter_map(|text| text.strip_prefix("INSERT INTO "));
    inserts
        .map(|text| {
            let (head, values) = text.split_once("\nVALUES (").unwrap();
            let (table, columns) = head.split_once(" (").unwrap();
            let columns = columns.trim_end_matches(')').split(", ");
            let values = literals(values.strip_suffix(')').unwrap());
            let pairs = columns.zip(values).filter(|(column, _)| !MARKS.contains(column));
            let conditions = pairs.map(|(column, value)| match value {
                "NULL" => format!("{column} IS NULL"),
                value => format!("{column} = {value}"),
            });
            DumpedRow { table: table.to_owned(), condition: conditions.collect::<Vec<_>>().join(" AND ") }
        })
        .collect()
}

/// Splits values at the commas between them.
fn literals(text: &str) -> Vec<&str> {
    let mut is_quoted = false;
    text.split(|c| {
        is_quoted ^= c == '\'';
        c == ',' && !is_quoted
    })
    .map(str::trim)
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_is_walked_to_today_and_loses_nothing() {
    for (number, dump) in dumps() {
        for database in raw::empty_databases().await {
            let engine = database.engine;
            load(&database, &dump).await;
            open(&database).await;
            open(&database).await;
            let mut raw = database.connect().await;
            let mut filled = Vec::new();
            for row in rows(&statements(&dump, engine)) {
                let is_dropped = number == 1 && DERIVED.contains(&row.table.as_str());
                let text = if is_dropped {
                    format!("SELECT CAST(count(*) AS TEXT) FROM {}", row.table)
                } else {
                    format!("SELECT CAST(count(*) AS TEXT) FROM {} WHERE {}", row.table, row.condition)
                };
                let expected = if is_dropped { "0" } else { "1" };
                assert_eq!(raw.lines(&text).await, [expected], "{engine:?}, version {number}: {text}");
                filled.push(row.table);
            }
            let names = statements(&dump, engine);
            let names = names.iter().filter_map(|text| text.strip_prefix("CREATE TABLE "));
            for table in names.filter_map(|text| text.split([' ', '(']).next()) {
                assert!(filled.iter().any(|name| name == table), "version {number} has no row of {table}");
            }
            contract(&database, number).await;
            database.remove().await;
        }
    }
}

/// What was loaded can be read as storage reads it.
async fn contract(database: &Empty, number: usize) {
    let db = Db::open(&database.url).await.unwrap();
    let mut tx = db.read(REGION).await.unwrap();
    let fact = RecordId(201_000_000_000_000_001);
    let row = records::find(&mut tx, fact).await.unwrap().unwrap();
    assert_eq!((row.unit, row.identity.as_str(), row.version), (UnitId(13), "G-2026-001", 2));
    assert!(row.content.contains("余热回收；改造一期"), "{}", row.content);
    let newest = records::newest_of(&mut tx, UnitId(13), "green-action", 1).await.unwrap();
    assert_eq!(newest[0].identity, "G-2026-002");
    assert_eq!(records::list_touching(&mut tx, UnitId(14)).await.unwrap()[0].identity, "G-2026-002");
    assert_eq!(audit::list_of(&mut tx, "fact", fact.0).await.unwrap().len(), 2);
    assert_eq!(units::list(&mut tx).await.unwrap().len(), 5);
    assert_eq!(accounts::list(&mut tx).await.unwrap().len(), 2);
    let file = imports::content(&mut tx, ImportId(42)).await.unwrap().unwrap();
    assert!(file.ends_with(b"\x00\xff"), "{file:?}");
    let cells = balances::list_all(&mut tx).await.unwrap();
    assert_eq!(cells.values().any(|row| row.get(300) == 1 << 40), number > 1, "{cells:?}");
    drop(tx);
    db.close().await;
}

/// The schema of a new database; the same on every engine.
async fn schema_of_today() -> Vec<String> {
    let mut today = Vec::new();
    for database in raw::empty_databases().await {
        open(&database).await;
        let found = schema(&database).await;
        if today.is_empty() {
            today = found;
        } else {
            assert_eq!(found, today, "{:?}", database.engine);
        }
        database.remove().await;
    }
    for line in ["fact primary key (region_id, fact_id)", "cell.slots 3 bytes not null"] {
        assert!(today.iter().any(|found| found == line), "{line}: {today:#?}");
    }
    today
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_the_same_on_both_engines_and_from_every_version() {
    let today = schema_of_today().await;
    for (number, dump) in dumps() {
        for database in raw::empty_databases().await {
            load(&database, &dump).await;
            open(&database).await;
            assert_eq!(schema(&database).await, today, "{:?}, version {number}", database.engine);
            database.remove().await;
        }
    }
}

/// It is what a distributed engine divides tables by.
#[tokio::test(flavor = "multi_thread")]
async fn every_key_begins_with_the_region() {
    let today = schema_of_today().await;
    for line in today.iter().filter(|line| line.ends_with(')') || line.contains(") where ")) {
        let (name, columns) = line.split_once(" (").unwrap();
        let is_of_all = name.starts_with("definition ") || name.starts_with("migration ");
        assert!(is_of_all || columns.starts_with("region_id"), "{line}");
    }
}

/// A database of a version without checksums.
fn without_checksums() -> String {
    dumps().swap_remove(6).1
}

#[tokio::test(flavor = "multi_thread")]
async fn checksums_that_are_missing_are_filled_in() {
    for database in raw::empty_databases().await {
        load(&database, &without_checksums()).await;
        open(&database).await;
        let unknown = "SELECT CAST(count(*) AS TEXT) FROM migration WHERE checksum IS NULL";
        assert_eq!(database.connect().await.lines(unknown).await, ["0"]);
        database.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_migration_is_refused() {
    for database in raw::empty_databases().await {
        open(&database).await;
        let edit = "UPDATE migration SET checksum = 'of another text' WHERE number = 3";
        database.connect().await.execute(edit).await;
        let error = Db::open(&database.url).await.unwrap_err();
        assert!(matches!(error, Error::EditedMigration { number: 3 }), "{error:?}");
        assert!(error.to_string().contains("migration 3 "), "{error}");
        database.remove().await;
    }
}

#[tokio::test]
#[ignore = "writes a file: the dump of a migration that has none yet"]
async fn write_the_dump_of_the_last_migration() {
    let database = raw::empty_sqlite();
    let landed = landed();
    let [.., before, last] = landed[..] else { panic!("no migrations") };
    load(&database, &std::fs::read_to_string(dump_path(before)).unwrap()).await;
    open(&database).await;
    let mut raw = database.connect().await;
    let mut text = format!(
        "-- A database of migration {last}: its schema, and a few rows in every table. {{bytes}} and {{clustered}} are put\n\
         -- into the engine's words as in a migration, {{x:…}} is a value of bytes. A statement ends with a line.\n"
    );
    for created in raw.lines("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").await {
        let created = created.replace("BLOB", "{bytes}").replace("WITHOUT ROWID", "{clustered}");
        text.extend(["\n", &created, ";\n"]);
    }
    for table in raw.lines("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid").await {
        let columns = raw.lines(&format!("SELECT name FROM pragma_table_info('{table}')")).await.join(", ");
        let literal = "CASE type WHEN 'BLOB' THEN 'CASE WHEN ' || name || ' IS NULL THEN ''NULL'' ELSE ''{x:'' || lower(hex(' || name || ')) || ''}'' END'
            WHEN 'BOOLEAN' THEN 'CASE ' || name || ' WHEN 1 THEN ''TRUE'' ELSE ''FALSE'' END'
            ELSE 'quote(' || name || ')' END";
        let literals = raw.lines(&format!("SELECT {literal} FROM pragma_table_info('{table}')")).await;
        text.push('\n');
        for row in raw.lines(&format!("SELECT {} FROM {table}", literals.join(" || ', ' || "))).await {
            text.extend(["INSERT INTO ", &table, " (", &columns, ")\nVALUES (", &row, ");\n"]);
        }
    }
    std::fs::write(dump_path(last), text).unwrap();
}
