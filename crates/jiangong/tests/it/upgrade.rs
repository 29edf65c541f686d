//! A database of an earlier version is brought up to date when it is opened.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use model::ids::RegionId;
use serde_json::Value;
use store::Db;

use crate::Office;

/// Runs SQL on a database; what it prints.
fn sql(database: &Path, text: &str) -> String {
    // A comment at the beginning must not be taken for an option; a command of the shell is at the beginning.
    let text = if text.starts_with('.') { text.to_owned() } else { format!(" {text}") };
    let done = Command::new("sqlite3").arg("-bail").arg(database).arg(text).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// The statements that copy the rows of `today` into the tables that had the same columns then.
const COPIES: &str = "
    SELECT 'INSERT INTO main.' || t.name || ' (' || t.columns || ') SELECT ' || t.columns || ' FROM today.' || t.name || ';'
    FROM (SELECT m.name, group_concat(c.name, ', ') AS columns,
              min(c.name IN (SELECT name FROM pragma_table_info(m.name, 'today'))) AS is_same
          FROM main.sqlite_master m JOIN pragma_table_info(m.name, 'main') c
          WHERE m.type = 'table' AND m.name <> 'migration' GROUP BY m.name) t
    WHERE t.is_same;";

/// Writes what records and the audit say as earlier versions did.
fn write_as_text(database: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let db = Db::open(&format!("sqlite:{}", database.display())).await.unwrap();
        testkit::write_as_text(&db, RegionId(1)).await;
        db.close().await;
    });
}

/// A copy of a database, written as earlier versions did.
fn copy_as_text(database: &Path, today: &Path) {
    sql(database, &format!("VACUUM INTO '{}'", today.display()));
    write_as_text(today);
}

/// Makes a database of an earlier version with the rows of one of today. Storage keeps a dump of every version.
fn put_back(today: &Path, version: usize, database: &Path) {
    let dumps = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/dumps");
    let dump = std::fs::read_to_string(dumps.join(format!("{version:04}.sql"))).unwrap();
    let dump = dump.replace("{bytes}", "BLOB").replace("{clustered}", "WITHOUT ROWID");
    let schema = dump.split(";\n").filter(|text| text.contains("CREATE ")).collect::<Vec<_>>().join(";\n");
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", database.display()));
    }
    sql(database, &schema);
    let attach = format!("ATTACH '{}' AS today;", today.display());
    let copies = sql(database, &format!("{attach}{COPIES}"));
    sql(database, &format!("{attach}BEGIN;{copies}COMMIT;"));
    for number in 1..=version {
        sql(database, &format!("INSERT INTO migration (number) VALUES ({number});"));
    }
}

/// Puts a number into a fact and its history as versions before the vault stored it.
const IN_CLEAR: &str = "
    UPDATE fact SET content = json_set(content, '$.id_number', '210202198001010008'), identity = 'clear'
     WHERE fact_id = (SELECT min(fact_id) FROM fact WHERE form = 'supervisor');
    UPDATE audit SET after = (SELECT content FROM fact WHERE fact_id = subject_id) WHERE subject = 'fact' AND action = 'create';
    UPDATE audit SET after = json_set(after, '$.id_number', '210202198001010008')
     WHERE subject_id = (SELECT min(fact_id) FROM fact WHERE form = 'supervisor');
    UPDATE region SET is_clear = TRUE, is_unfolded = TRUE, is_undigested = TRUE;";

#[test]
fn numbers_of_an_earlier_version_are_sealed() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office.take("15-节能减排义务监督员.xlsx", "register:supervisor");
    let database = office.dir.path().join("data/jiangong.db");
    let sql = |text: &str| sql(&database, text);
    write_as_text(&database);
    sql(IN_CLEAR);
    assert!(sql(".dump").contains("210202198001010008"));
    let verified = office.say(&["verify", "--format", "json"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    let all = sql(".dump").to_lowercase();
    let as_bytes = "210202198001010008".bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    assert!(!all.contains("210202198001010008") && !all.contains(&as_bytes));
    assert_eq!(sql("SELECT count(*) FROM fact WHERE identity = 'clear'").trim(), "0");
}

/// An office with units, and the file with its secret.
fn with_secret() -> (Office, PathBuf) {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    let secret = office.dir.path().join("data/secret.key");
    (office, secret)
}

#[cfg(unix)]
#[test]
fn the_secret_is_readable_by_its_owner_alone() {
    let (_office, secret) = with_secret();
    let made = std::fs::metadata(&secret).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&made.permissions()) & 0o777, 0o600);
}

#[test]
fn a_database_without_its_secret_is_refused() {
    let (office, secret) = with_secret();
    std::fs::remove_file(&secret).unwrap();
    let said = office.say(&["verify"]);
    assert!(said.code != 0 && said.err.contains("secret.key"), "{}", said.err);
    assert!(!secret.exists(), "no new secret for a database that has one");
}

#[test]
fn another_secret_is_refused() {
    let (office, secret) = with_secret();
    std::fs::write(&secret, "7".repeat(64)).unwrap();
    let said = office.say(&["verify"]);
    assert!(said.code != 0 && said.err.contains("密钥"), "{}", said.err);
}

#[test]
fn figures_of_every_earlier_version_are_the_same() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office.take("02-基期数据.xls", "baseline");
    office.take("15-节能减排义务监督员.xlsx", "register:supervisor");
    let figures = || office.say(&["figures", "--year", "2011", "--format", "json"]).json();
    let trace = || office.say(&["trace", "--indicator", "3.1", "--year", "2012", "--through", "2012-06"]).out;
    let (before, traced) = (figures(), trace());
    assert!(traced.lines().count() > 10, "{traced}");
    let database = office.dir.path().join("data/jiangong.db");
    let today = office.dir.path().join("today.db");
    copy_as_text(&database, &today);
    for version in 1..=9 {
        put_back(&today, version, &database);
        if version == 1 {
            // Balances were kept in another way; what is stored is dropped and folded anew.
            let zeros = "0, ".repeat(14);
            sql(&database, &format!("INSERT INTO cell VALUES (1, 1, 201100, 0, 999, {zeros}0)"));
        }
        assert_eq!((figures(), trace()), (before.clone(), traced.clone()), "version {version}");
        let verified = office.say(&["verify", "--format", "json"]);
        assert_eq!(verified.code, 0, "version {version}: {}{}", verified.out, verified.err);
    }
}

/// What `gzip` makes of a file of `tests/city`.
fn unpacked(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/city").join(name);
    let done = Command::new("gzip").arg("-dc").arg(file).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// Drops what that version did not know: how many of those who owe an answer have given one, that a figure of too few
/// answers has no other state, and that in a running year the last answer of a unit stands until its next one.
fn forget_who_answered(found: &mut Value, expected: &mut Value) {
    let is_running = !found["through"].as_str().unwrap().ends_with("-12");
    let found = found["indicators"].as_array_mut().unwrap();
    let expected = expected["indicators"].as_array_mut().unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter_mut().zip(expected) {
        let (found, expected) = (found.as_object_mut().unwrap(), expected.as_object_mut().unwrap());
        let is_answered = found.remove("coverage").is_some();
        found.remove("like_for_like");
        if is_answered && is_running {
            found.clear();
            expected.clear();
        } else if found["note"] == "low_coverage" {
            for key in ["note", "state"] {
                found.remove(key);
                expected.remove(key);
            }
        }
    }
}

/// `tests/city` holds a small demonstration city that an earlier version made (schema 7), and what that
/// version printed as its figures.
#[test]
fn a_city_of_an_earlier_version_has_the_same_figures() {
    let office = Office::new();
    let data = office.dir.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let city = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/city");
    std::fs::copy(city.join("secret.key"), data.join("secret.key")).unwrap();
    let dump = office.dir.path().join("city.sql");
    std::fs::write(&dump, unpacked("0007.sql.gz")).unwrap();
    sql(&data.join("jiangong.db"), &format!(".read {}", dump.display()));
    let units = ["210200000", "210202000", "210279000", "210212000001", "210279000003", "210283000002"];
    let periods: [&[&str]; 3] =
        [&["--year", "2011"], &["--year", "2015"], &["--year", "2013", "--through", "2013-06"]];
    let mut found = String::new();
    for unit in units {
        for period in periods {
            let args = [&["figures", "--unit", unit, "--format", "json"], period].concat();
            found.push_str(&office.say(&args).out);
        }
    }
    let expected = unpacked("figures.json.gz");
    assert_eq!(found.lines().count(), expected.lines().count());
    for (found, expected) in found.lines().zip(expected.lines()) {
        let [mut found, mut expected] =
            [found, expected].map(|line| serde_json::from_str::<Value>(line).unwrap());
        forget_who_answered(&mut found, &mut expected);
        // It is said beside the year and the month since figures are asked for by other periods too.
        assert!(found.as_object_mut().unwrap().remove("period").is_some());
        assert_eq!(found, expected);
    }
    assert_eq!(office.say(&["verify"]).code, 0);
}

/// An import that an earlier version has left running.
const RUNNING: &str = "
    INSERT INTO import (region_id, import_id, user_id, created_at, file_name, form, state, done, total, options)
        VALUES (1, 7, 1, 5, 'ideas.csv', 'register:proposal', 'running', 1, 2, '{}'),
               (1, 8, 1, 6, 'ideas.csv', 'register:proposal', 'done', 2, 2, '{}');";

#[test]
fn an_import_that_an_earlier_version_has_left_waits_in_the_queue() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    let database = office.dir.path().join("data/jiangong.db");
    let today = office.dir.path().join("today.db");
    copy_as_text(&database, &today);
    put_back(&today, 8, &database);
    sql(&database, RUNNING);
    assert_eq!(office.say(&["verify"]).code, 0);
    assert_eq!(
        sql(&database, "SELECT kind, reference, state, attempts FROM job").trim(),
        "import|7|waiting|0"
    );
    assert_eq!(
        sql(&database, "SELECT state, done FROM import ORDER BY import_id").trim(),
        "waiting|0\ndone|2"
    );
}
