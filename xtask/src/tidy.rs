//! House rules that the compiler does not know, each a function from the tree
//! to findings. A finding says where and what to do.

mod definition_ids;
mod dependencies;
mod doc_paths;
mod length;
mod lint_exceptions;
mod machine_paths;
mod messages;
mod module_docs;

use std::{fmt, process::ExitCode};

use crate::tree::Tree;

type Rule = fn(&Tree) -> Vec<Finding>;

/// Every rule, with its name in the report.
const RULES: &[(&str, Rule)] = &[
    ("dependencies point one way", dependencies::check),
    ("no definition's id in code", definition_ids::check),
    ("files start with what they are for", module_docs::check),
    ("files and functions stay short", length::check),
    ("lints are expected, never allowed", lint_exceptions::check),
    ("every message is used", messages::check),
    ("documents name what exists", doc_paths::check),
    ("nothing belongs to one machine", machine_paths::check),
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
            eprintln!("error: cannot list the files of the repository: {error}");
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
