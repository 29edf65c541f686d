//! `kill -9` in the middle of an import leaves all of it or nothing.

use std::{fmt::Write as _, process::Stdio, time::Duration};

use crate::Office;

/// Rows of the file: enough that the import takes a second or two.
const ROWS: usize = 15_000;

fn big_file(office: &Office) -> String {
    let mut text = "单位编码,编号,建议名称,提出日期,措施\n".to_owned();
    for row in 0..ROWS {
        let _ =
            writeln!(text, "210210100,K-{row},关于第{row}台设备节电的建议,2012-{:02}-11,换灯", row % 12 + 1);
    }
    office.file("big.csv", text.as_bytes())
}

#[test]
fn an_import_that_is_killed_has_happened_whole_or_not_at_all() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    let file = big_file(&office);
    let args = ["import", file.as_str(), "--as", "register:proposal", "--format", "json"];
    let mut stored = false;
    for delay in [30, 150, 400, 800, 1200, 1800, 2500] {
        let mut child = office
            .command(&args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let verified = office.say(&["verify", "--format", "json"]);
        assert_eq!(verified.code, 0, "after {delay} ms: {}", verified.out);
        let facts = verified.json()["facts"].as_u64().unwrap();
        assert!(facts == 0 || facts == ROWS as u64, "after {delay} ms: {facts} facts");
        assert!(!stored || facts > 0, "an acknowledged import was lost");
        stored = facts > 0;
    }
    let last = office.say(&args);
    assert_eq!(last.code, 0, "{}", last.err);
    let done = last.json();
    assert_eq!(done["accepted"].as_u64().unwrap() + done["unchanged"].as_u64().unwrap(), ROWS as u64);
    let figures = office.say(&["figures", "--year", "2012", "--format", "json"]).json();
    assert_eq!(figures["indicators"][1]["value"], ROWS);
}
