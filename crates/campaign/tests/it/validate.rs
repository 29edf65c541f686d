//! Checks of one row, as a table over the small campaign's registers.

#![expect(clippy::unwrap_used, reason = "what a test cannot read fails it")]

use campaign::definition::{FieldIdx, Values};
use std::path::Path;

use campaign::{check::check, definition::Form, source::Source, validate::validate};
use jiff::civil::date;
use model::{ids::UnitId, problem::Problem, value::Value};

/// A form of the small campaign.
fn form(id: &str) -> Form {
    let source = Source::read_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small")).unwrap();
    check(&source).unwrap().form(id).unwrap().1.clone()
}

/// A row with these values and none elsewhere.
fn row(form: &Form, stated: &[(&str, Value)]) -> Values {
    let mut values = form.no_values();
    for (id, value) in stated {
        values[form.field(id).unwrap()] = Some(value.clone());
    }
    values
}

fn day(month: i8, day: i8) -> Value {
    Value::Date(date(2021, month, day))
}

/// Fields and kinds of what is wrong with a green action whose required fields
/// are stated, when it also states these `values`.
fn wrong(values: &[(&str, Value)], faulty: &[&str]) -> Vec<(String, &'static str, bool)> {
    let form = form("green-action");
    let mut stated = vec![
        ("unit", Value::Unit(UnitId(7))),
        ("serial", Value::Text("A-1".to_owned())),
        ("subject", Value::Text("照明改造".to_owned())),
        ("kind", Value::Code("energy".to_owned())),
        ("started_on", day(3, 1)),
    ];
    stated.extend(values.iter().cloned());
    let faulty: Vec<FieldIdx> = faulty.iter().map(|id| form.field(id).unwrap()).collect();
    let problems = validate(&form, &row(&form, &stated), &faulty);
    let id = |field: FieldIdx| form.fields[field].id.clone();
    problems.into_iter().map(|p| (id(p.field), p.problem.name(), p.problem.is_error())).collect()
}

#[test]
fn rows_are_checked_across_their_fields() {
    let flag = |yes| Value::Flag(yes);
    let fault = |id: &str, kind| (id.to_owned(), kind, true);
    let (missing, rule) = ("missing", "rule");
    for (values, faulty, expected) in [
        (vec![], vec![], vec![]),
        (vec![("finished_on", day(3, 2))], vec![], vec![]),
        (vec![("finished_on", day(2, 2))], vec![], vec![fault("finished_on", rule)]),
        (vec![("finished_on", day(2, 2))], vec!["started_on"], vec![]),
        (vec![("finished_on", day(2, 2))], vec!["finished_on"], vec![]),
        (vec![("verified", flag(true))], vec![], vec![fault("finished_on", missing)]),
        (vec![("verified", flag(false))], vec![], vec![]),
        (vec![("verified", flag(true))], vec!["finished_on"], vec![]),
        (vec![("verified", flag(true))], vec!["verified"], vec![]),
        (vec![("partner", Value::Unit(UnitId(7)))], vec![], vec![fault("partner", rule)]),
        (vec![("partner", Value::Unit(UnitId(8)))], vec![], vec![]),
        (vec![("saving", Value::Integer(500_000_001))], vec![], vec![("saving".to_owned(), rule, false)]),
    ] {
        assert_eq!(wrong(&values, &faulty), expected, "{values:?} with {faulty:?} faulty");
    }
}

#[test]
fn every_required_field_is_missed_once() {
    let form = form("green-action");
    let problems = validate(&form, &row(&form, &[]), &[]);
    let fields: Vec<_> = problems.iter().map(|problem| problem.field).collect();
    assert!(fields.iter().map(|field| field.number()).eq(0..5), "{fields:?}");
    assert!(problems.iter().all(|problem| problem.problem.name() == "missing"));
    assert_eq!(validate(&form, &Values::default(), &[]), problems, "a short row states nothing");
}

#[test]
fn a_breach_carries_the_rules_message_in_both_languages() {
    let form = form("green-action");
    let values = row(&form, &[("started_on", day(3, 1)), ("finished_on", day(2, 1))]);
    let problems = validate(&form, &values, &[0, 1, 2, 3].map(FieldIdx::new));
    let Problem::Rule { message, .. } = &problems[0].problem else { panic!("{problems:?}") };
    assert_eq!(message.zh, "完成日期早于启动日期,请核对");
    assert_eq!(message.en, "Finished before it was started; check both dates");
}
