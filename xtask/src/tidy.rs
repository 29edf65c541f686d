//! House rules that the compiler does not know, each a function from the tree
//! to findings. A finding says where and what to do.

mod boxed;
mod definition_ids;
mod dependencies;
mod doc_paths;
mod field_kinds;
mod floors;
mod length;
mod licences;
mod line_width;
mod lint_exceptions;
mod machine_paths;
mod messages;
mod module_docs;
mod notices;
mod plain_words;
mod sleeping_tests;
mod snapshots;
mod threat_model;
mod unused_dependencies;

use std::{fmt, process::ExitCode};

pub(crate) use notices::write as write_notices;

use crate::tree::Tree;

type Rule = fn(&Tree) -> Vec<Finding>;

/// Every rule, with its name in the report.
const RULES: &[(&str, Rule)] = &[
    ("dependencies point one way", dependencies::check),
    ("records below, kinds of forms above", floors::check),
    ("what is named is used", unused_dependencies::check),
    ("what we build on may be built on", licences::check),
    ("all that is delivered is listed", notices::check),
    ("async functions are compiled once", boxed::check),
    ("no definition's id in code", definition_ids::check),
    ("files start with what they are for", module_docs::check),
    ("files and functions stay short", length::check),
    ("templates, styles and scripts are not packed", line_width::check),
    ("lints are expected, never allowed", lint_exceptions::check),
    ("every message is used", messages::check),
    ("documents name what exists", doc_paths::check),
    ("nothing belongs to one machine", machine_paths::check),
    ("names are plain words", plain_words::check),
    ("kinds of fields say what they are", field_kinds::check),
    ("tests wait for what they see", sleeping_tests::check),
    ("every snapshot is compared", snapshots::check),
    ("the threat model names tests that exist", threat_model::check),
];

/// One breach of a rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    line: usize,
    /// What is wrong, and what to do.
    text: String,
}

impl Finding {
    fn new(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text)
    }
}

/// Checks every rule and prints what it finds; fails when there is anything.
pub(crate) fn run() -> ExitCode {
    let tree = match Tree::read() {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("error: the repository cannot be read: {error}");
            return ExitCode::from(3);
        }
    };
    let mut total = 0;
    for (name, check) in RULES {
        let findings = check(&tree);
        total += findings.len();
        if !findings.is_empty() {
            println!("{name}:");
        }
        for finding in findings {
            println!("  {finding}");
        }
    }
    if total == 0 {
        return ExitCode::SUCCESS;
    }
    println!("tidy: findings: {total}");
    ExitCode::FAILURE
}

/// Checks one rule on a few files against what it should find, as printed.
#[cfg(test)]
fn expect<const N: usize>(rule: fn(&Tree) -> Vec<Finding>, files: [(&str, &str); N], expected: &[&str]) {
    let found: Vec<String> = rule(&Tree::from(files)).iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}
