//! `unit show`, `create`, `rename`, `move`, `guide`, `merge`, `close`.

use serde_json::{Value, json};

use crate::{Office, Said};

/// Three unions above the grass roots: the city and two districts of the sample roster.
const CITY: &str = "210200000";
const WEST: &str = "210201000";
const EAST: &str = "210202000";

fn city() -> Office {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office
}

fn unit(office: &Office, args: &[&str]) -> Said {
    office.say(&[&["unit"], args].concat())
}

fn done(office: &Office, args: &[&str]) -> Value {
    let said = unit(office, &[args, &["--format", "json"]].concat());
    assert_eq!(said.code, 0, "{args:?}: {}", said.err);
    said.json()
}

/// What was done to a unit, in order.
fn actions(unit: &Value) -> Vec<&str> {
    unit["history"].as_array().unwrap().iter().map(|done| done["action"].as_str().unwrap()).collect()
}

/// The city with a new enterprise, 999, in the west.
fn with_factory() -> Office {
    let office = city();
    done(&office, &["create", "999", "--name", "新厂", "--parent", WEST, "--set", "unit_type=170"]);
    office
}

#[test]
fn a_new_unit_has_its_kind_and_place() {
    let office = city();
    let made =
        done(&office, &["create", "999", "--name", "新厂", "--parent", WEST, "--set", "unit_type=170"]);
    assert_eq!((&made["kind"], &made["above"]), (&json!("grassroots"), &json!([CITY, WEST])));
    assert_eq!(made["attributes"]["unit_type"], "170");
}

#[test]
fn a_renamed_unit_shows_its_former_name() {
    let renamed = done(&with_factory(), &["rename", "999", "--name", "老厂", "--until", "2013-05-31"]);
    assert_eq!(renamed["former_names"], json!([{"name": "新厂", "until": "2013-05-31"}]));
}

#[test]
fn a_move_is_made_after_its_preview_has_changed_nothing() {
    let office = with_factory();
    let preview = done(&office, &["move", "999", "--to", EAST, "--from", "2013-07", "--preview"]);
    assert_eq!((&preview["present"], &preview["other"]), (&json!(WEST), &json!(EAST)));
    assert_eq!(done(&office, &["show", "999"])["affiliations"].as_array().unwrap().len(), 1);
    let moved = done(&office, &["move", "999", "--to", EAST, "--from", "2013-07"]);
    let links = json!([
        {"line": "subordination", "parent": WEST, "from": null, "to": "2013-07"},
        {"line": "subordination", "parent": EAST, "from": "2013-07", "to": null},
    ]);
    assert_eq!(moved["affiliations"], links);
}

#[test]
fn the_history_of_a_unit_names_every_change() {
    let office = with_factory();
    done(&office, &["rename", "999", "--name", "老厂", "--until", "2013-05-31"]);
    done(&office, &["move", "999", "--to", EAST, "--from", "2013-07"]);
    done(&office, &["guide", "999", "--by", WEST, "--from", "2013-08"]);
    let ended = done(&office, &["guide", "999", "--end", "--from", "2014-01"]);
    assert_eq!(ended["affiliations"][2]["to"], "2014-01");
    let closed = done(&office, &["close", "999", "--from", "2015-01"]);
    assert_eq!(closed["closed_from"], "2015-01");
    assert_eq!(actions(&closed), ["create", "rename", "move", "guide", "guide", "close"]);
    assert_eq!(office.say(&["verify"]).code, 0);
}

#[test]
fn a_merger_is_shown_by_both_units() {
    let office = city();
    for (code, name) in [("901", "甲街道"), ("902", "乙街道")] {
        done(&office, &["create", code, "--name", name, "--parent", WEST]);
    }
    let merged = done(&office, &["merge", "901", "--into", "902", "--from", "2014-01"]);
    assert_eq!((&merged["merged_into"], &merged["closed_from"]), (&json!("902"), &json!("2014-01")));
    assert_eq!(done(&office, &["show", "902"])["merged"], json!(["901"]));
    for format in ["table", "csv"] {
        let said = unit(&office, &["show", "901", "--format", format]);
        assert!(said.out.contains("902") && said.out.contains("2014-01"), "{format}: {}", said.out);
    }
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let office = city();
    let check = |args: &[&str], code: i32, part: &str| {
        let said = unit(&office, args);
        assert_eq!(said.code, code, "{args:?}: {}{}", said.out, said.err);
        assert!(said.err.contains(part), "{args:?}: {}", said.err);
    };
    check(&["show", "12345"], 2, "12345");
    check(&["close", CITY, "--from", "2014-01"], 1, "最上级");
    check(&["move", WEST, "--to", "没有这个单位", "--from", "2014-01"], 1, "没有这个单位");
    check(&["move", WEST, "--to", WEST, "--from", "2014-01"], 1, "以自己为上级");
    check(&["merge", WEST, "--into", WEST, "--from", "2014-13"], 2, "YYYY-MM");
    check(&["guide", WEST, "--from", "2014-01"], 2, "--by");
    check(&["create", WEST, "--name", "重复", "--parent", CITY], 1, "已被另一单位使用");
    check(&["create", "903", "--name", "新厂", "--parent", WEST, "--set", "unit_type=000"], 1, "单位类别：");
    check(&["create", "903", "--name", "新厂", "--parent", WEST, "--set", "colour=red"], 2, "colour");
}
