//! A database of an earlier version is brought up to date when it is opened.

use std::process::Command;

use crate::Office;

/// Puts the database back to the schema of the first migration.
const FIRST_SCHEMA: &str = "
    DROP TABLE cell; DROP TABLE statement; DROP TABLE baseline; DELETE FROM tally;
    ALTER TABLE region DROP COLUMN is_unfolded;
    ALTER TABLE region DROP COLUMN vault_check; ALTER TABLE region DROP COLUMN is_clear;
    DROP TABLE privacy_log;
    CREATE TABLE cell (region_id, unit_id, period, block, v0);
    CREATE TABLE statement (region_id, unit_id, period, block, v0);
    CREATE TABLE baseline (region_id, unit_id, period, block, v0);
    INSERT INTO cell VALUES (1, 1, 201100, 0, 999);
    DROP INDEX fact_by_form; DROP INDEX fact_by_unit; DROP INDEX fact_by_number;
    DROP TABLE attachment; DROP TABLE draft;
    ALTER TABLE fact DROP COLUMN state; ALTER TABLE fact DROP COLUMN state_since;
    ALTER TABLE audit DROP COLUMN detail; DROP TABLE awaited; DROP TABLE comment;
    DROP TABLE saved_view;
    DELETE FROM migration WHERE number > 1;";

/// Puts a number into a fact and its history as versions before the vault stored it.
const IN_CLEAR: &str = "
    UPDATE fact SET content = json_set(content, '$.id_number', '210202198001010008'), identity = 'clear'
     WHERE fact_id = (SELECT min(fact_id) FROM fact WHERE form = 'supervisor');
    UPDATE audit SET after = json_set(after, '$.id_number', '210202198001010008')
     WHERE subject_id = (SELECT min(fact_id) FROM fact WHERE form = 'supervisor');
    UPDATE region SET is_clear = TRUE, is_unfolded = TRUE;";

#[test]
fn numbers_of_an_earlier_version_are_sealed() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office.take("15-节能减排义务监督员.xlsx", "register:supervisor");
    let database = office.dir.path().join("data/jiangong.db");
    let sql = |text: &str| {
        let done = Command::new("sqlite3").arg("-bail").arg(&database).arg(text).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    sql(IN_CLEAR);
    assert!(sql(".dump").contains("210202198001010008"));
    let verified = office.say(&["verify", "--format", "json"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    assert!(!sql(".dump").contains("210202198001010008"));
    assert_eq!(sql("SELECT count(*) FROM fact WHERE identity = 'clear'").trim(), "0");
}

#[test]
fn another_secret_is_refused() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    let secret = office.dir.path().join("data/secret.key");
    let made = std::fs::metadata(&secret).unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&made.permissions()) & 0o777, 0o600);
    std::fs::rename(&secret, office.dir.path().join("away")).unwrap();
    let said = office.say(&["verify"]);
    assert!(said.code != 0 && said.err.contains("secret.key"), "{}", said.err);
    assert!(!secret.exists(), "no new secret for a database that has one");
    std::fs::write(&secret, "7".repeat(64)).unwrap();
    let said = office.say(&["verify"]);
    assert!(said.code != 0 && said.err.contains("密钥"), "{}", said.err);
}

#[test]
fn balances_of_an_earlier_version_are_folded_anew() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office.take("02-基期数据.xls", "baseline");
    let figures = || office.say(&["figures", "--year", "2011", "--format", "json"]).json();
    let before = figures();
    let database = office.dir.path().join("data/jiangong.db");
    let done = Command::new("sqlite3").arg("-bail").arg(&database).arg(FIRST_SCHEMA).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    assert_eq!(figures(), before);
    let verified = office.say(&["verify", "--format", "json"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}
