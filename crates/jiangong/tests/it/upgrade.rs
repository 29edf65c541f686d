//! A database of an earlier version is brought up to date when it is opened.

use std::process::Command;

use crate::Office;

/// Puts the database back to the schema of the first migration.
const FIRST_SCHEMA: &str = "
    DROP TABLE cell; DROP TABLE statement; DROP TABLE baseline; DELETE FROM tally;
    ALTER TABLE region DROP COLUMN is_unfolded;
    CREATE TABLE cell (region_id, unit_id, period, block, v0);
    CREATE TABLE statement (region_id, unit_id, period, block, v0);
    CREATE TABLE baseline (region_id, unit_id, period, block, v0);
    INSERT INTO cell VALUES (1, 1, 201100, 0, 999);
    DROP INDEX fact_by_form; DROP INDEX fact_by_unit; DROP INDEX fact_by_number;
    DROP TABLE saved_view;
    DELETE FROM migration WHERE number > 1;";

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
