//! Every line of the threat model that names a test names one that exists, and every line that should name one does.

use super::Finding;
use crate::tree::Tree;

const DOCUMENT: &str = "docs/threat-model.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut is_of_tests = false;
    for (index, line) in tree.text(DOCUMENT).unwrap_or_default().lines().enumerate() {
        let Some(cells) = line.strip_prefix('|') else {
            is_of_tests = false;
            continue;
        };
        let last = cells.trim_end().trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim();
        if last.starts_with("test") {
            is_of_tests = true;
            continue;
        }
        let is_rule = !last.is_empty() && last.chars().all(|c| c == '-');
        if !is_of_tests || is_rule {
            continue;
        }
        let named: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            findings.push(Finding::new(
                DOCUMENT,
                index + 1,
                "this line names no test; write one and name it",
            ));
        }
        for name in named.into_iter().filter(|name| is_test_name(name)) {
            let text = format!("fn {name}(");
            if !tree.ending(".rs").any(|(_, source)| source.contains(&text)) {
                let text = format!("there is no test `{name}`; correct the name, or write the test");
                findings.push(Finding::new(DOCUMENT, index + 1, text));
            }
        }
    }
    findings
}

/// A function's name; anything else in backticks is a path, which another rule looks at.
fn is_test_name(span: &str) -> bool {
    span.contains('_') && span.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn a_line_without_a_test_that_exists_is_found() {
        expect(
            check,
            [
                (
                    DOCUMENT,
                    "| who | trusted with |\n|---|---|\n| anybody | nothing |\n\n\
                     | line | test (`crates/a`) |\n|---|---|\n| held | `it_is_held` (`crates/a/x.rs`) |\n\
                     | not held | `it_is_gone` |\n| promised | |\n",
                ),
                ("crates/a/x.rs", "fn it_is_held() {}\n"),
            ],
            &[
                "docs/threat-model.md:8: there is no test `it_is_gone`; correct the name, or write the test",
                "docs/threat-model.md:9: this line names no test; write one and name it",
            ],
        );
    }
}
