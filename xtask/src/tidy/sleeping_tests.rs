//! Tests wait until something is seen, never for a time: a fixed time is too
//! short on a busy machine and too long on every other.

use std::collections::BTreeSet;

use super::Finding;
use crate::{source, tree::Tree};

/// The one place where tests sleep.
const HELPER: &str = "crates/testkit/src/eventually.rs";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs").filter(|(path, _)| *path != HELPER) {
        let is_test_file = source::is_test_file(path) || path.starts_with("crates/testkit/");
        let code: BTreeSet<usize> = source::code(text).into_iter().map(|(number, _)| number).collect();
        for (index, line) in text.lines().enumerate() {
            let is_test = is_test_file || !code.contains(&(index + 1));
            if is_test && line.contains("sleep(") && !line.trim_start().starts_with("//") {
                let text = "a test sleeps; wait for what it waits for with `testkit::eventually`";
                findings.push(Finding::new(path, index + 1, text));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn a_test_that_sleeps_is_found() {
        let wait = format!("tokio::time::sle{}(second).await;\n", "ep");
        let with_tests = format!("fn a() {{\n    {wait}}}\n#[cfg(test)]\nmod tests {{\n    {wait}}}\n");
        expect(
            check,
            [
                ("crates/a/tests/it/main.rs", &*wait),
                ("crates/a/src/lib.rs", &*with_tests),
                ("crates/b/src/lib.rs", &*wait),
                (HELPER, &*wait),
                ("crates/testkit/src/lib.rs", &*wait),
            ],
            &[
                "crates/a/src/lib.rs:6: a test sleeps; wait for what it waits for with `testkit::eventually`",
                "crates/a/tests/it/main.rs:1: a test sleeps; wait for what it waits for with `testkit::eventually`",
                "crates/testkit/src/lib.rs:1: a test sleeps; wait for what it waits for with `testkit::eventually`",
            ],
        );
    }
}
