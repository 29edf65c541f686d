//! `jiangong → web → app → {store, exchange, search, demo} → ledger → campaign → model`,
//! with `words` beside `model`, `sheet` a leaf below `exchange` and `media`; and the crates that only one of them may
//! know. The pure ones (`ledger`, `campaign`, `model`) neither wait nor look at a clock.

use super::Finding;
use crate::{source, tree::Tree};

/// Our crates from the bottom up; those of one row do not know each other.
const ROWS: &[&[&str]] = &[
    &["model", "boxed-async", "sheet"],
    &["words", "media"],
    &["campaign"],
    &["ledger"],
    &["store", "exchange", "search", "demo"],
    &["app"],
    &["web", "testkit"],
    &["jiangong"],
];

/// Crates of others that only these of ours may know.
const OWNED: &[(&str, &[&str])] = &[
    // Tests look at who waits for whose locks.
    ("sqlx", &["store", "testkit"]),
    ("axum", &["web"]),
    ("askama", &["web"]),
    ("tower-http", &["web"]),
    // Simple tables, and the registers that officers keep.
    ("rust_xlsxwriter", &["sheet", "exchange"]),
    ("quick-xml", &["sheet"]),
    // Tests pack what is handed in.
    ("zip", &["sheet", "testkit"]),
    ("image", &["media"]),
    ("tantivy", &["search"]),
];

/// Crates of ours that only these may know outside of tests: storage is reached through use cases.
const KEPT: &[(&str, &[&str])] = &[("store", &["app", "jiangong", "testkit"])];

/// Crates that count must not wait for anything or know what time it is.
const PURE: &[&str] = &["ledger", "campaign"];

/// What waits, and what tells the time: crates, and words in code.
const EFFECTS: &[&str] = &["tokio", "futures", "async-trait", "sqlx", "rand"];
const EFFECTS_IN_CODE: &[&str] = &["async ", ".await", "std::time", "Timestamp::now", "clock::", "dyn Clock"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending("/Cargo.toml") {
        let Some(name) = path.strip_prefix("crates/").and_then(|rest| rest.strip_suffix("/Cargo.toml"))
        else {
            continue;
        };
        findings.extend(manifest(path, name, text));
    }
    for (path, text) in tree.ending(".rs") {
        let of_pure = PURE.iter().any(|name| path.starts_with(&format!("crates/{name}/src/")));
        if !of_pure || source::is_test_file(path) {
            continue;
        }
        for (number, line) in source::code(text) {
            let effect = EFFECTS_IN_CODE.iter().find(|effect| line.contains(**effect));
            if let Some(effect) = effect.filter(|_| !line.trim_start().starts_with("//")) {
                let text = format!("`{}` in a pure crate; take the value as an argument", effect.trim());
                findings.push(Finding::new(path, number, text));
            }
        }
    }
    findings
}

/// What a crate's manifest names and must not.
fn manifest(path: &str, name: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |dependency: &str, what: String| {
        let line = text.lines().position(|line| line.split(['.', ' ', '=']).next() == Some(dependency));
        findings.push(Finding::new(path, line.map_or(1, |index| index + 1), what));
    };
    let Some(row) = row(name) else {
        found("name", format!("`{name}` has no row in xtask/src/tidy/dependencies.rs; give it one"));
        return findings;
    };
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            found("", format!("cannot be read: {error}"));
            return findings;
        }
    };
    for (kind, slack) in [("dependencies", 0), ("build-dependencies", 0), ("dev-dependencies", 1)] {
        let Some(dependencies) = table.get(kind).and_then(toml::Value::as_table) else { continue };
        let is_test = kind == "dev-dependencies";
        // What tests share may be leaned on from everywhere, by tests.
        for dependency in dependencies.keys().filter(|dependency| !(is_test && *dependency == "testkit")) {
            if is_test && self::row(dependency).is_none() {
                continue;
            }
            if let Some((_, owners)) =
                OWNED.iter().find(|(known, owners)| known == dependency && !owners.contains(&name))
            {
                let owners = owners.join("` and `");
                found(
                    dependency,
                    format!("only `{owners}` may know {dependency}; ask there for what you need"),
                );
            } else if PURE.contains(&name) && EFFECTS.contains(&dependency.as_str()) {
                found(dependency, format!("{dependency} in a pure crate; take the value as an argument"));
            }
            let kept = KEPT.iter().find(|(known, _)| known == dependency);
            if kept.is_some_and(|(_, friends)| !is_test && !friends.contains(&name)) {
                found(dependency, format!("`{name}` must not know `{dependency}`; call a use case of `app`"));
            }
            // Tests may lean on a neighbour in the same row.
            if self::row(dependency).is_some_and(|other| other >= row + slack) {
                found(
                    dependency,
                    format!("`{name}` must not know `{dependency}`, which lies above or beside it"),
                );
            }
        }
    }
    findings
}

fn row(name: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn a_dependency_in_the_wrong_direction_is_found() {
        expect(
            check,
            [
                (
                    "crates/app/Cargo.toml",
                    "[dependencies]\nstore.workspace = true\nweb = { path = \"\" }\nsqlx = \"1\"\n",
                ),
                ("crates/demo/Cargo.toml", "[dev-dependencies]\nstore.workspace = true\n"),
                ("crates/web/Cargo.toml", "[dependencies]\nstore.workspace = true\n"),
                ("crates/ledger/Cargo.toml", "[dependencies]\ntokio.workspace = true\n"),
                ("crates/fresh/Cargo.toml", "[package]\nname = \"fresh\"\n"),
                ("crates/ledger/src/post.rs", "//! A.\n// never async fn\nasync fn x() {}\n"),
                ("bench/Cargo.toml", "[dependencies]\nsqlx = \"1\"\n"),
            ],
            &[
                "crates/app/Cargo.toml:4: only `store` and `testkit` may know sqlx; ask there for what you need",
                "crates/app/Cargo.toml:3: `app` must not know `web`, which lies above or beside it",
                "crates/fresh/Cargo.toml:2: `fresh` has no row in xtask/src/tidy/dependencies.rs; give it one",
                "crates/ledger/Cargo.toml:2: tokio in a pure crate; take the value as an argument",
                "crates/web/Cargo.toml:2: `web` must not know `store`; call a use case of `app`",
                "crates/ledger/src/post.rs:3: `async` in a pure crate; take the value as an argument",
            ],
        );
    }
}
