//! A campaign is data: no register's, return's or indicator's id stands in
//! code. What one of them needs is a capability that its definition switches on.

use std::collections::BTreeMap;

use super::Finding;
use crate::{source, tree::Tree};

/// Kinds of forms: words of the definition language, whatever a campaign calls its forms.
const KINDS: &[&str] = &["roster", "register", "return", "baseline"];

/// Literals that happen to equal an id, as `path: literal`, each with its reason.
const COINCIDENCES: &[(&str, &str)] = &[];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let ids = ids(tree);
    let mut findings = Vec::new();
    let sources =
        tree.ending(".rs").filter(|(path, _)| path.starts_with("crates/") && path.contains("/src/"));
    for (path, text) in sources.filter(|(path, _)| !source::is_test_file(path)) {
        for (number, line) in source::code(text) {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for id in line.split('"').skip(1).step_by(2) {
                let Some(definition) = ids.get(id).filter(|_| !KINDS.contains(&id)) else { continue };
                if !COINCIDENCES.iter().any(|(known, _)| *known == format!("{path}: {id}")) {
                    let text = format!(
                        "\"{id}\" is defined by {definition}; let the definition say what is special about it"
                    );
                    findings.push(Finding::new(path, number, text));
                }
            }
        }
    }
    findings
}

/// Ids of forms and indicators with the file that defines each: its stem is the id.
fn ids(tree: &Tree) -> BTreeMap<&str, &str> {
    let mut ids = BTreeMap::new();
    for (path, _) in tree.ending(".toml") {
        let parts: Vec<_> = path.split('/').collect();
        if let ["campaigns", _, "registers" | "returns" | "indicators", file] = parts.as_slice() {
            ids.insert(file.trim_end_matches(".toml"), path);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn a_quoted_id_is_found_outside_tests() {
        expect(
            check,
            [
                ("campaigns/c/registers/proposal.toml", ""),
                ("campaigns/c/indicators/1.1.toml", ""),
                ("campaigns/c/returns/baseline.toml", ""),
                ("campaigns/c/dictionaries/level.toml", ""),
                (
                    "crates/a/src/lib.rs",
                    "//! A.\n// \"proposal\"\nf(\"level\", \"baseline\", \"proposals\", \"proposal\");\nif id == \"1.1\" {\n\
                     #[cfg(test)]\nmod tests {\n    \"proposal\"\n}\n",
                ),
                ("crates/a/tests/it.rs", "//! A.\nf(\"proposal\")\n"),
            ],
            &[
                "crates/a/src/lib.rs:3: \"proposal\" is defined by campaigns/c/registers/proposal.toml; \
                 let the definition say what is special about it",
                "crates/a/src/lib.rs:4: \"1.1\" is defined by campaigns/c/indicators/1.1.toml; \
                 let the definition say what is special about it",
            ],
        );
    }
}
