//! `figures`, `trace` and `verify`.

use serde_json::Value;

use crate::{Office, inputs};

/// The first files of the sample city: enough for several figures.
fn city() -> Office {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office.take("02-基期数据.xls", "baseline");
    office.take("03-基本情况表-2011.xlsx", "base-return");
    office.take("06-合理化建议台账-2011.xlsx", "register:proposal");
    office
}

fn figure(figures: &Value, id: &str) -> Value {
    let all = figures["indicators"].as_array().unwrap();
    all.iter().find(|figure| figure["id"] == id).unwrap().clone()
}

#[test]
fn figures_are_clean_json_and_agree_with_the_trace() {
    let office = city();
    let figures = office.say(&["figures", "--unit", "210200000", "--year", "2011", "--format", "json"]);
    assert_eq!(figures.code, 0, "{}", figures.err);
    let figures = figures.json();
    assert_eq!((figures["unit"].as_str(), figures["year"].as_i64()), (Some("210200000"), Some(2011)));
    assert_eq!(figures["through"], "2011-12");
    assert_eq!(figures["indicators"].as_array().unwrap().len(), 40);
    let total = figure(&figures, "1.2");
    assert_eq!(total["value"], 1490);
    assert_eq!(total["listed"].as_i64().unwrap() + total["unlisted"].as_i64().unwrap(), 1490);

    let trace = office.say(&[
        "trace",
        "--indicator",
        "1.2",
        "--unit",
        "210200000",
        "--year",
        "2011",
        "--format",
        "json",
    ]);
    assert_eq!(trace.code, 0, "{}", trace.err);
    let sum: i64 = trace
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| row["amount"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 1490, "the facts behind a figure add up to it");
}

#[test]
fn a_table_and_a_csv_hold_every_indicator() {
    let office = city();
    for format in ["table", "csv"] {
        let said = office.say(&["figures", "--year", "2011", "--format", format]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.out.lines().count() >= 41, "{format}: {}", said.out);
    }
}

#[test]
fn figures_and_traces_end_at_the_cut_off_month() {
    let office = city();
    let total = |when: &[&str]| {
        let said = office.say(&[&["figures", "--format", "json"], when].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        let figures = said.json();
        (figures["through"].as_str().unwrap().to_owned(), figure(&figures, "1.2")["value"].as_i64().unwrap())
    };
    let (through, half) = total(&["--through", "2011-06"]);
    let (_, year) = total(&["--year", "2011"]);
    assert_eq!((through.as_str(), total(&["--year", "2011", "--through", "2011-12"]).1), ("2011-06", year));
    assert!(half < year, "{half} of {year}");
    let trace = office.say(&["trace", "--indicator", "1.2", "--through", "2011-06", "--format", "json"]);
    let rows = trace.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let sum: i64 = rows.map(|row| row["amount"].as_i64().unwrap()).sum();
    assert_eq!(sum, half, "{}", trace.err);
    for wrong in [&["--through", "2011-13"][..], &["--year", "2012", "--through", "2011-06"], &[]] {
        let said = office.say(&[&["figures"], wrong].concat());
        assert_eq!(said.code, 2, "{wrong:?}: {}", said.err);
    }
}

#[test]
fn another_reading_gives_another_figure() {
    let office = city();
    let relative = office.say(&["figures", "--year", "2011", "--format", "json"]).json();
    let points = office
        .say(&["figures", "--year", "2011", "--reading", "improvement=points", "--format", "json"])
        .json();
    assert_ne!(figure(&relative, "1.4")["value"], figure(&points, "1.4")["value"]);
    let unknown = office.say(&["figures", "--year", "2011", "--reading", "improvement=none"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("improvement=none"), "{}", unknown.err);
}

#[test]
fn the_recount_agrees_and_names_what_differs() {
    let office = city();
    let agrees = office.say(&["verify", "--format", "json"]);
    assert_eq!(agrees.code, 0, "{}", agrees.out);
    assert!(agrees.json()["facts"].as_i64().unwrap() > 700);
    let database = office.dir.path().join("data/jiangong.db");
    let damaged = std::process::Command::new("sqlite3")
        .arg(&database)
        .arg("UPDATE cell SET v0 = v0 + 1 WHERE period = 201100 AND block = 0 AND unit_id = (SELECT min(unit_id) FROM unit)")
        .status();
    if damaged.is_ok_and(|status| status.success()) {
        let differs = office.say(&["verify", "--format", "json"]);
        assert_eq!(differs.code, 1, "{}", differs.out);
        let difference = &differs.json()["difference"];
        assert_eq!(difference["period"], 201_100);
        assert_eq!(difference["stored"].as_i64().unwrap(), difference["recounted"].as_i64().unwrap() + 1);
        assert_eq!(office.say(&["verify", "--rebuild"]).code, 0, "folding anew repairs it");
    }
}

#[test]
fn what_does_not_exist_is_named() {
    let office = city();
    for (args, name) in [
        (vec!["figures", "--unit", "999", "--year", "2011"], "999"),
        (vec!["figures", "--year", "1999"], "1999"),
        (vec!["trace", "--indicator", "9.9", "--year", "2011"], "9.9"),
    ] {
        let said = office.say(&args);
        assert_eq!(said.code, 2, "{args:?}: {}", said.err);
        assert!(said.err.contains(name), "{args:?}: {}", said.err);
    }
    assert!(inputs().is_dir());
}
