//! A lint that does not fit is expected with a reason, so that the exception
//! is reported when it is no longer needed.

use super::Finding;
use crate::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            if line.starts_with("#[allow(") || line.starts_with("#![allow(") {
                let remedy = "write #[expect(lint, reason = \"…\")] instead of allow";
                findings.push(Finding::new(path, index + 1, remedy));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn an_allowed_lint_is_found() {
        expect(
            check,
            [("crates/a/src/lib.rs", "//! A.\n    #[allow(dead_code)]\n#[expect(dead_code, reason = \"\")]")],
            &["crates/a/src/lib.rs:2: write #[expect(lint, reason = \"…\")] instead of allow"],
        );
    }
}
