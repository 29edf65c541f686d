//! What a kind of field is, its own file says. Whoever asks for one kind by its
//! name has to be found and taught when another comes; whoever asks what a
//! kind says of itself has not.

use super::Finding;
use crate::{source, tree::Tree};

/// Where kinds are named: the registry and their own files.
const HOME: &[&str] = &["crates/campaign/src/kinds.rs", "crates/campaign/src/kinds/"];

/// Ways to name one; an alias and an import of all variants begin like this too.
const NAMED: &[&str] = &["FieldKind::", "FieldKind as "];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_outside = |path: &str| !HOME.iter().any(|home| path.starts_with(home));
    // This rule and its test name what they look for.
    let sources = tree.ending(".rs").filter(|(path, _)| is_outside(path) && !path.starts_with("xtask/"));
    for (path, text) in sources.filter(|(path, _)| !source::is_test_file(path)) {
        for (number, line) in source::code(text) {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment && NAMED.iter().any(|named| line.contains(named)) {
                let text = "a kind of field by its name; ask what it says of itself: kind.spec() \
                            (crates/campaign/src/kinds/spec.rs)";
                findings.push(Finding::new(path, number, text));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn a_kind_is_named_at_home_and_in_tests_only() {
        let named = "//! A.\n// FieldKind::Flag\nuse b::FieldKind as Kind;\nf(FieldKind::Flag);\nf(kind.spec());\n\
                     #[cfg(test)]\nmod tests {\n    f(FieldKind::Flag)\n}\n";
        let remedy = "a kind of field by its name; ask what it says of itself: kind.spec() \
                      (crates/campaign/src/kinds/spec.rs)";
        expect(
            check,
            [
                ("crates/campaign/src/kinds.rs", named),
                ("crates/campaign/src/kinds/flag.rs", named),
                ("crates/campaign/src/check.rs", named),
                ("crates/campaign/tests/it/a.rs", named),
                ("bench/src/a.rs", "//! A.\nuse campaign::definition::FieldKind;\n"),
            ],
            &[
                &format!("crates/campaign/src/check.rs:3: {remedy}"),
                &format!("crates/campaign/src/check.rs:4: {remedy}"),
            ],
        );
    }
}
