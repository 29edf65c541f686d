//! Every sentence for a problem, in both languages, as it reads with arguments in it.

use std::fmt::Write as _;

use model::problem::Problem;
use serde_json::json;
use words::{Language, Words};

/// Arguments that any field of a problem takes: a number is a text too.
const ARGUMENTS: [&str; 4] = ["12", "34", "56", "78"];

/// The problem of this name, with as many arguments as it has fields.
fn sample(name: &str) -> Problem {
    let arguments: &[&str] =
        if name == "in_row" { &["12", "人数", "People", "not_integer", "34"] } else { &ARGUMENTS };
    let written = json!({"kind": name, "args": arguments, "severity": "error"});
    serde_json::from_value(written).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_problem_is_said_in_both_languages() {
    let mut text = String::new();
    for name in Problem::NAMES {
        let problem = sample(name);
        let said = |language| Words::new(language).problem(&problem);
        let (chinese, english) = (said(Language::Chinese), said(Language::English));
        let _ = writeln!(text, "{name}\n  {chinese}\n  {english}");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("problems", text));
}
