//! `figures`, `trace` and `verify`.

use serde_json::Value;

use crate::Office;

/// The units of the sample city.
fn units() -> Office {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office
}

/// The units with their proposals of 2011.
fn proposals() -> Office {
    let office = units();
    office.take("06-合理化建议台账-2011.xlsx", "register:proposal");
    office
}

/// The first files of the sample city: enough for several figures.
fn city() -> Office {
    let office = units();
    office.take("02-基期数据.xls", "baseline");
    office.take("03-基本情况表-2011.xlsx", "base-return");
    office.take("06-合理化建议台账-2011.xlsx", "register:proposal");
    office
}

fn figure(figures: &Value, id: &str) -> Value {
    let all = figures["indicators"].as_array().unwrap();
    all.iter().find(|figure| figure["id"] == id).unwrap().clone()
}

/// The sum of the facts behind the indicator 1.2.
fn traced(office: &Office, more: &[&str]) -> i64 {
    let trace = office.say(&[&["trace", "--indicator", "1.2", "--format", "json"], more].concat());
    assert_eq!(trace.code, 0, "{}", trace.err);
    let rows = trace.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let rows: Vec<Value> = rows.collect();
    assert!(trace.err.contains(&format!("共 {} 条", rows.len())) || rows.len() > 999, "{}", trace.err);
    for row in &rows {
        assert_eq!((row["counted"].as_bool(), row.get("why")), (Some(true), None), "{row}");
        // Units are named as in the roster, and not by inner numbers.
        assert_eq!(row["values"]["unit"], row["unit"], "{row}");
    }
    rows.iter().map(|row| row["amount"].as_i64().unwrap()).sum()
}

#[test]
fn figures_are_clean_json() {
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
}

#[test]
fn a_table_and_a_csv_hold_every_indicator() {
    let office = units();
    for format in ["table", "csv"] {
        let said = office.say(&["figures", "--year", "2011", "--format", format]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.out.lines().count() >= 41, "{format}: {}", said.out);
    }
}

/// The cut-off month of some figures, and the indicator 1.2 in them.
fn total(office: &Office, when: &[&str]) -> (String, i64) {
    let said = office.say(&[&["figures", "--format", "json"], when].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    let figures = said.json();
    (figures["through"].as_str().unwrap().to_owned(), figure(&figures, "1.2")["value"].as_i64().unwrap())
}

#[test]
fn the_facts_of_a_trace_add_up_to_the_figure() {
    let office = city();
    let (_, year) = total(&office, &["--year", "2011"]);
    assert_eq!(year, 1490);
    assert_eq!(traced(&office, &["--unit", "210200000", "--year", "2011"]), year);
}

#[test]
fn figures_and_traces_end_at_the_cut_off_month() {
    let office = city();
    let (_, year) = total(&office, &["--year", "2011"]);
    let (through, half) = total(&office, &["--through", "2011-06"]);
    assert_eq!(through, "2011-06");
    assert_eq!(total(&office, &["--year", "2011", "--through", "2011-12"]).1, year);
    assert!(half < year, "{half} of {year}");
    assert_eq!(traced(&office, &["--through", "2011-06"]), half);
}

/// Quarters have what is itemised in them; the yearly numbers are left out, and named.
#[test]
fn figures_and_traces_of_a_quarter_leave_yearly_numbers_out() {
    let office = city();
    let of = |when: &[&str]| {
        let said = office.say(&[&["figures", "--format", "json"], when].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        let figures = said.json();
        (figures["period"].clone(), figure(&figures, "1.2"))
    };
    let (period, year) = of(&["--period", "2011"]);
    assert_eq!(period, serde_json::json!({"id": "2011", "first": "2011-01", "last": "2011-12"}));
    assert_eq!((year["value"].as_i64(), year.get("left_out")), (Some(1490), None));
    let (period, half) = of(&["--period", "2011年上半年"]);
    assert_eq!(period, serde_json::json!({"id": "2011-H1", "first": "2011-01", "last": "2011-06"}));
    assert_eq!(half["value"], half["listed"]);
    assert_eq!((half["unlisted"].as_i64(), &half["left_out"]), (Some(0), &year["unlisted"]));
    assert_eq!((&half["note"], &half["state"]), (&"statements_left_out".into(), &"incomplete".into()));
    let trace = office.say(&["trace", "--indicator", "1.2", "--format", "json", "--period", "2011-H1"]);
    let rows: Vec<Value> = trace.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (counted, others): (Vec<&Value>, Vec<&Value>) = rows.iter().partition(|row| row["counted"] == true);
    let sum = |rows: &[&Value]| rows.iter().map(|row| row["amount"].as_i64().unwrap()).sum::<i64>();
    assert_eq!(half["value"].as_i64(), Some(sum(&counted)));
    assert_eq!(year["unlisted"].as_i64(), Some(sum(&others)));
    assert!(others.iter().all(|row| row["why"] == "other-period" && row["period"] == "2011"));
    let table = office.say(&["figures", "--period", "2011-Q2"]);
    assert!(
        table.out.contains("2011年第二季度（2011-04—2011-06）；工会统计年度2011（2010-10—2011-09）"),
        "{}",
        table.out
    );
}

#[test]
fn another_reading_gives_another_figure() {
    let office = city();
    let relative = office.say(&["figures", "--year", "2011", "--format", "json"]).json();
    let points = office
        .say(&["figures", "--year", "2011", "--reading", "improvement=points", "--format", "json"])
        .json();
    assert_ne!(figure(&relative, "1.4")["value"], figure(&points, "1.4")["value"]);
}

#[test]
fn the_recount_agrees_with_the_balances() {
    let agrees = city().say(&["verify", "--format", "json"]);
    assert_eq!(agrees.code, 0, "{}", agrees.out);
    assert!(agrees.json()["facts"].as_i64().unwrap() > 700);
}

#[test]
fn the_recount_names_what_differs_until_it_is_rebuilt() {
    let office = proposals();
    // One more slot at the end of a packed row, with the amount 1.
    let damage = "UPDATE cell SET slots = CAST(slots || x'0002' AS BLOB)
         WHERE period = 201100 AND unit_id = (SELECT min(unit_id) FROM unit);
        SELECT changes()";
    assert_eq!(office.query(10_000, damage).unwrap(), "1");
    let differs = office.say(&["verify", "--format", "json"]);
    assert_eq!(differs.code, 1, "{}", differs.out);
    let difference = &differs.json()["findings"][0];
    assert_eq!(difference["kind"], "balance");
    assert_eq!(difference["period"], 201_100);
    assert_eq!(difference["stored"].as_i64().unwrap(), difference["recounted"].as_i64().unwrap() + 1);
    assert_eq!(office.say(&["verify", "--rebuild"]).code, 0, "folding anew repairs it");
}

#[test]
fn a_request_for_what_does_not_exist_is_refused_by_name() {
    let office = units();
    for (args, name) in [
        (&["figures", "--unit", "999", "--year", "2011"][..], "999"),
        (&["figures", "--year", "1999"], "1999"),
        (&["trace", "--indicator", "9.9", "--year", "2011"], "9.9"),
        (&["figures", "--year", "2011", "--reading", "improvement=none"], "improvement=none"),
        (&["figures", "--year", "2011", "--as-of", "2099-01-01"], "2099"),
        (&["figures", "--year", "2011", "--as-of", "2011-02-30"], "2011-02-30"),
        (&["figures", "--through", "2011-13"], ""),
        (&["figures", "--year", "2012", "--through", "2011-06"], ""),
        (&["figures"], ""),
        (&["figures", "--period", "2011-Q5"], "2011-Q5"),
        (&["figures", "--period", "2011-09—2010-10"], "ends before it begins"),
        (&["figures", "--period", "2010-Q4"], "2010年第四季度"),
        (&["figures", "--period", "2011-Q1", "--year", "2011"], "--year"),
    ] {
        let said = office.say(args);
        assert_eq!(said.code, 2, "{args:?}: {}", said.err);
        assert!(said.err.contains(name), "{args:?}: {}", said.err);
    }
}
