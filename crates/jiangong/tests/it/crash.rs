//! `kill -9` in the middle of an import leaves all of it or nothing. It is
//! killed at points that are seen in the database, not after some time.

use std::{
    fmt::Write as _,
    process::{Child, Stdio},
};

use testkit::eventually_blocking;

use crate::Office;

/// Rows of the file: enough that somebody who looks sees it being written.
const ROWS: u64 = 8_000;

/// A city, a file for it, and what imports the file.
struct Import {
    office: Office,
    file: String,
}

impl Import {
    fn new() -> Self {
        let office = Office::new();
        office.take("01-组织名册.xlsx", "units");
        let mut text = "单位编码,编号,建议名称,提出日期,措施\n".to_owned();
        for row in 0..ROWS {
            let (month, unit) = (row % 12 + 1, "210210100");
            let _ = writeln!(text, "{unit},K-{row},关于第{row}台设备节电的建议,2012-{month:02}-11,换灯");
        }
        let file = office.file("big.csv", text.as_bytes());
        Self { office, file }
    }

    fn args(&self) -> [&str; 6] {
        ["import", &self.file, "--as", "register:proposal", "--format", "json"]
    }

    /// Kills it once `is_reached`, the records that are there then.
    fn killed_when(&self, point: &str, is_reached: impl FnMut() -> bool) -> u64 {
        self.killed_at(&self.args(), point, is_reached)
    }

    /// Kills a command once `is_reached`, the records that are there then.
    fn killed_at(&self, args: &[&str], point: &str, mut is_reached: impl FnMut() -> bool) -> u64 {
        let mut command = self.office.command(args);
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        eventually_blocking(point, || is_reached() || has_ended(&mut child));
        child.kill().unwrap();
        child.wait().unwrap();
        let verified = self.office.say(&["verify", "--format", "json"]);
        assert_eq!(verified.code, 0, "{}", verified.out);
        verified.json()["facts"].as_u64().unwrap()
    }

    /// Whether somebody is writing into the database.
    fn is_locked(&self) -> bool {
        self.office.query(0, "BEGIN IMMEDIATE; ROLLBACK;").is_err_and(|error| error.contains("locked"))
    }

    /// The bytes that are written beside the database before they are part of it.
    fn log(&self) -> u64 {
        let path = self.office.database().with_extension("db-wal");
        std::fs::metadata(path).map_or(0, |file| file.len())
    }

    /// The records that anybody else sees.
    fn seen(&self) -> u64 {
        let count = self.office.query(10_000, "SELECT count(*) FROM fact;");
        count.ok().and_then(|count| count.parse().ok()).unwrap_or_default()
    }
}

fn has_ended(child: &mut Child) -> bool {
    child.try_wait().unwrap().is_some()
}

/// Fails unless the records are all of the file or none.
#[track_caller]
fn assert_whole(records: u64) {
    assert!(records == 0 || records == ROWS, "{records} of {ROWS} records");
}

#[test]
fn killed_at_its_start_nothing_has_happened() {
    let import = Import::new();
    assert_eq!(import.killed_when("it has started", || true), 0);
}

#[test]
fn killed_while_it_writes_it_has_happened_whole_or_not_at_all() {
    let import = Import::new();
    assert_whole(import.killed_when("it holds the lock", || import.is_locked()));
}

#[test]
fn killed_in_the_commit_it_has_happened_whole_or_not_at_all() {
    let import = Import::new();
    let before = import.log();
    let row = 50; // Less than a record takes.
    assert_whole(import.killed_when("it has begun to commit", || import.log() > before + ROWS * row));
}

#[test]
fn killed_after_the_commit_it_has_happened_whole() {
    let import = Import::new();
    assert_eq!(import.killed_when("others see the records", || import.seen() > 0), ROWS);
}

#[test]
fn what_was_killed_is_done_by_doing_it_again() {
    let import = Import::new();
    let stored = import.killed_when("it holds the lock", || import.is_locked());
    let last = import.office.say(&import.args());
    assert_eq!(last.code, 0, "{}", last.err);
    let done = last.json();
    let counts = ["accepted", "unchanged"].map(|name| done[name].as_u64().unwrap());
    assert_eq!(counts, [ROWS - stored, stored]);
    let figures = import.office.say(&["figures", "--year", "2012", "--format", "json"]).json();
    assert_eq!(figures["indicators"][1]["value"], ROWS);
}

#[test]
fn killed_while_it_is_taken_back_all_of_it_is_there_or_nothing() {
    let import = Import::new();
    let report = import.office.say(&import.args()).json();
    let id = report["import"].as_i64().unwrap().to_string();
    let args = ["take-back", id.as_str(), "--format", "json"];
    assert_whole(import.killed_at(&args, "it holds the lock", || import.is_locked()));
    let before = import.log();
    assert_whole(import.killed_at(&args, "it has begun to commit", || import.log() > before + ROWS * 50));
    // Done again, it has happened; or it had happened already.
    let done = import.office.say(&args);
    assert!(matches!(done.code, 0 | 1), "{}", done.err);
    assert_eq!(import.seen(), 0);
    assert_eq!(import.office.say(&["verify"]).code, 0);
}
