//! `import`: good, bad and doubtful files.

use crate::{Office, Said, inputs};

fn office() -> Office {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office
}

const HEADER: &str = "单位编码,编号,建议名称,提出日期,措施";

/// Imports the sample file of proposals, one row of which is bad.
fn import_with_a_bad_row(office: &Office, more: &[&str]) -> Said {
    let path = inputs().join("06-合理化建议台账-2011.xlsx");
    let path = path.to_string_lossy();
    office.say(&[&["import", &path, "--as", "register:proposal", "--format", "json"], more].concat())
}

#[test]
fn a_report_has_the_agreed_shape() {
    let report = import_with_a_bad_row(&office(), &[]).json();
    assert_eq!((report["rows"].as_i64(), report["stored"].as_bool()), (Some(667), Some(false)));
    let cell = &report["refused"][0];
    assert_eq!((cell["row"].as_i64(), cell["column"].as_str()), (Some(401), Some("A")));
    assert_eq!((cell["header"].as_str(), cell["value"].as_str()), (Some("单位编码"), Some("999999999")));
    assert!(cell["message"].as_str().unwrap().contains("999999999"));
}

#[test]
fn an_english_report_has_no_chinese_messages() {
    let report = import_with_a_bad_row(&office(), &["--language", "en"]).json();
    let message = report["refused"][0]["message"].as_str().unwrap();
    assert!(!message.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{message}");
}

#[test]
fn nothing_is_stored_of_a_file_with_a_bad_row() {
    let office = office();
    assert_eq!(import_with_a_bad_row(&office, &[]).code, 1);
    let figures = office.say(&["figures", "--year", "2011", "--format", "json"]).json();
    assert_eq!(figures["indicators"][1]["value"], 0);
}

#[test]
fn a_column_is_explained_once_and_remembered() {
    let office = office();
    let rows = |number: &str| {
        format!("单位编码,编号,建议名称,提出日期,怎么做\n210210100,{number},节电,2011-05-01,换灯\n")
    };
    let first = office.file("first.csv", rows("A-1").as_bytes());
    let unknown = office.say(&["import", &first, "--as", "register:proposal"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.contains("措施") || unknown.err.contains("怎么做"), "{}", unknown.err);
    let explained = office.say(&[
        "import",
        &first,
        "--as",
        "register:proposal",
        "--map",
        "怎么做=measure",
        "--format",
        "json",
    ]);
    assert_eq!((explained.code, explained.json()["accepted"].as_i64()), (0, Some(1)), "{}", explained.err);
    let second = office.file("second.csv", rows("A-2").as_bytes());
    let remembered = office.say(&["import", &second, "--as", "register:proposal", "--format", "json"]);
    assert_eq!((remembered.code, remembered.json()["accepted"].as_i64()), (0, Some(1)), "{}", remembered.err);
}

#[test]
fn a_changed_row_is_refused_until_it_is_meant() {
    let office = office();
    let row = |title: &str| format!("{HEADER}\n210210100,A-1,{title},2011-05-01,换灯\n");
    let first = office.file("first.csv", row("节电").as_bytes());
    assert_eq!(office.say(&["import", &first, "--as", "register:proposal"]).code, 0);
    let second = office.file("second.csv", row("节水").as_bytes());
    let refused = office.say(&["import", &second, "--as", "register:proposal", "--format", "json"]);
    assert_eq!(refused.json()["refused"][0]["kind"], "repeated_in_store");
    assert!(refused.out.contains("建议名称"), "it says which fields differ: {}", refused.out);
    let meant =
        office.say(&["import", &second, "--as", "register:proposal", "--correct-stored", "--format", "json"]);
    assert_eq!((meant.code, meant.json()["corrected"].as_i64()), (0, Some(1)));
    assert_eq!(office.say(&["verify"]).code, 0);
}

#[test]
fn every_bad_value_names_its_cell_and_a_remedy() {
    let office = office();
    let cases = [
        ("210210100,A-1,,2011-05-01,换灯", "C2", "missing"),
        ("210210100,A-1,节电,2011年2月30日,换灯", "D2", "impossible_date"),
        ("210210100,A-1,节电,2031-05-01,换灯", "D2", "future_date"),
        ("210210100,A-1,节电,昨天,换灯", "D2", "not_date"),
        ("999999999,A-1,节电,2011-05-01,换灯", "A2", "unknown_unit"),
    ];
    for (row, place, kind) in cases {
        let path = office.file("case.csv", format!("{HEADER}\n{row}\n").as_bytes());
        let said = office.say(&["import", &path, "--as", "register:proposal", "--format", "json"]);
        let report = said.json();
        let cell = &report["refused"][0];
        let found = format!("{}{}", cell["column"].as_str().unwrap(), cell["row"]);
        assert_eq!((found.as_str(), cell["kind"].as_str()), (place, Some(kind)), "{row}: {}", said.out);
        assert!(cell["message"].as_str().unwrap().chars().count() > 8, "{}", cell["message"]);
    }
}

#[test]
fn a_file_that_is_no_table_is_refused_in_words() {
    let office = office();
    let mut encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    encrypted.resize(2048, 0);
    for (name, content) in [
        ("empty.xlsx", &b""[..]),
        ("picture.xlsx", &b"\x89PNG\r\n\x1a\n0000"[..]),
        ("page.xls", &b"<html><table><tr><td>1</td></tr></table></html>"[..]),
        ("cut.xlsx", &b"PK\x03\x04\x14\x00\x06\x00"[..]),
        ("old.xls", &encrypted[..]),
        ("prose.csv", "会议纪要\n大家都很努力\n".as_bytes()),
    ] {
        let path = office.file(name, content);
        let said = office.say(&["import", &path, "--as", "register:proposal", "--accept-good-rows"]);
        assert_eq!(said.code, 1, "{name}: {}{}", said.out, said.err);
        assert!(said.err.chars().count() > 10, "{name}: {}", said.err);
    }
}

#[test]
fn a_file_or_register_that_does_not_exist_is_refused() {
    let office = office();
    assert_eq!(office.say(&["import", "none.xlsx", "--as", "register:proposal"]).code, 3);
    let file = office.file("good.csv", HEADER.as_bytes());
    assert_eq!(office.say(&["import", &file, "--as", "register:nothing"]).code, 2);
    let file = path(&office, "out.csv");
    assert_eq!(office.say(&["export", "--as", "units", "-o", &file]).code, 2, "no register");
}

/// An office with two proposals.
fn with_proposals() -> Office {
    let office = office();
    let rows = format!("{HEADER}\n210210100,A-1,节电,2011-05-01,换灯\n210210100,A-2,节水,2011-05-02,换阀\n");
    let file = office.file("rows.csv", rows.as_bytes());
    assert_eq!(office.say(&["import", &file, "--as", "register:proposal"]).code, 0);
    office
}

fn path(office: &Office, name: &str) -> String {
    office.dir.path().join(name).to_string_lossy().into_owned()
}

/// Exports the register of the unit with the proposals.
fn export(office: &Office, format: &str) -> String {
    let file = path(office, &format!("out.{format}"));
    let export = ["export", "--unit", "210210100", "--as", "register:proposal", "--format", format];
    let said = office.say(&[&export[..], &["-o", &file]].concat());
    assert_eq!((said.code, said.out.contains('2')), (0, true), "{}", said.err);
    file
}

/// Imports an export in which one text was replaced by another.
fn import_edited(office: &Office, export: &str, from: &str, to: &str, more: &[&str]) -> Said {
    let edited = std::fs::read_to_string(export).unwrap().replace(from, to);
    let edited = office.file("edited.csv", edited.as_bytes());
    office.say(&[&["import", &edited, "--as", "register:proposal", "--format", "json"], more].concat())
}

#[test]
fn a_template_is_a_workbook() {
    let office = office();
    let template = path(&office, "template.xlsx");
    let said = office.say(&["template", "--unit", "210210100", "--as", "register:proposal", "-o", &template]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(std::fs::read(&template).unwrap().starts_with(b"PK"));
}

#[test]
fn an_export_that_comes_back_changes_nothing() {
    let office = with_proposals();
    for format in ["xlsx", "csv"] {
        let file = export(&office, format);
        let same = office.say(&["import", &file, "--as", "register:proposal", "--format", "json"]).json();
        assert_eq!((same["unchanged"].as_i64(), same["corrected"].as_i64()), (Some(2), Some(0)), "{same}");
    }
}

#[test]
fn an_edited_export_corrects_what_was_edited() {
    let office = with_proposals();
    let file = export(&office, "csv");
    let report = import_edited(&office, &file, "换灯", "换成节能灯", &[]).json();
    assert_eq!((report["unchanged"].as_i64(), report["corrected"].as_i64()), (Some(1), Some(1)), "{report}");
    let change = &report["changes"][0];
    assert_eq!((change["before"].as_str(), change["after"].as_str()), (Some("换灯"), Some("换成节能灯")));
    assert_eq!(office.say(&["verify"]).code, 0);
}

#[test]
fn a_conflict_with_an_older_export_is_refused_or_skipped() {
    let office = with_proposals();
    let file = export(&office, "csv");
    assert_eq!(import_edited(&office, &file, "换灯", "换成节能灯", &[]).code, 0);
    // The file of before: what it shows has been changed since.
    let refused = import_edited(&office, &file, "换灯", "换成别的灯", &[]);
    assert_eq!((refused.code, refused.json()["refused"][0]["kind"].as_str()), (1, Some("conflict")));
    let skipped = import_edited(&office, &file, "换灯", "换成别的灯", &["--skip-conflicts"]);
    assert_eq!((skipped.code, skipped.json()["skipped"].as_i64()), (0, Some(1)), "{}", skipped.err);
    assert_eq!(office.say(&["verify"]).code, 0);
}

#[test]
fn an_import_is_taken_back_and_made_again() {
    let office = office();
    let none = office.say(&["take-back"]);
    assert_eq!((none.code, none.out.lines().count()), (0, 1), "a roster is not among them: {}", none.out);
    let report = import_with_a_bad_row(&office, &["--accept-good-rows"]).json();
    let id = report["import"].as_i64().unwrap().to_string();
    let figures = || {
        office.say(&["figures", "--year", "2011", "--format", "json"]).json()["indicators"][1]["value"]
            .clone()
    };
    let before = figures();
    assert_ne!(before, 0);
    let listed = office.say(&["take-back"]);
    assert!(listed.out.contains(&id) && listed.out.contains("06-"), "{}", listed.out);
    let looked = office.say(&["take-back", &id, "--preview", "--format", "json"]);
    assert_eq!((looked.json()["taken_back"].as_bool(), figures()), (Some(false), before.clone()));
    let taken = office.say(&["take-back", &id, "--format", "json"]);
    assert_eq!((taken.code, &taken.json()["goes"]), (0, &report["accepted"]), "{}", taken.err);
    assert_eq!(figures(), 0);
    assert_eq!(office.say(&["take-back", &id]).code, 1, "it is taken back once");
    let again = import_with_a_bad_row(&office, &["--accept-good-rows"]).json();
    assert_eq!((&again["accepted"], figures()), (&report["accepted"], before));
    assert_eq!(office.say(&["verify"]).code, 0);
    assert_eq!(office.say(&["take-back", "1"]).code, 2, "there is no such import");
}
