//! A crate that a manifest names is used by code: of `src`, of `tests` when it
//! is for tests, of `build.rs` when it is for building. What the workspace
//! lists, a package asks for.

use super::Finding;
use crate::tree::Tree;

/// Tables of dependencies, and the files of a package that may use them.
const TABLES: [(&str, &[&str]); 3] = [
    ("dependencies", &["src/"]),
    ("dev-dependencies", &["src/", "tests/"]),
    ("build-dependencies", &["build.rs", "src/"]),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, manifest) in tree.ending("/Cargo.toml") {
        let package = path.trim_end_matches("Cargo.toml");
        for (table, places) in TABLES {
            for (line, name) in entries(manifest, table) {
                let mut files =
                    tree.ending(".rs").filter_map(|(file, code)| Some((file.strip_prefix(package)?, code)));
                let is_used = files.any(|(file, code)| {
                    places.iter().any(|place| file.starts_with(place)) && is_named(code, name)
                });
                if !is_used {
                    findings.push(Finding::new(path, line, format!("{name} is not used; take it out")));
                }
            }
        }
    }
    for (line, name) in entries(tree.text("Cargo.toml").unwrap_or_default(), "workspace.dependencies") {
        let is_asked_for = tree.ending("/Cargo.toml").any(|(_, manifest)| {
            TABLES.iter().any(|(table, _)| entries(manifest, table).any(|(_, other)| other == name))
        });
        if !is_asked_for {
            findings.push(Finding::new("Cargo.toml", line, format!("no package uses {name}; take it out")));
        }
    }
    findings
}

/// Lines and names of one table of a manifest.
fn entries<'a>(manifest: &'a str, table: &str) -> impl Iterator<Item = (usize, &'a str)> {
    let head = format!("[{table}]");
    let lines = manifest.lines().enumerate().skip_while(move |(_, line)| *line != head).skip(1);
    lines.take_while(|(_, line)| !line.starts_with('[')).filter_map(|(index, line)| {
        let name = line.split(['.', ' ', '=']).next()?;
        (!name.is_empty() && !name.starts_with('#')).then_some((index + 1, name))
    })
}

/// Whether code names a crate: in a path, or in `use` alone.
fn is_named(code: &str, name: &str) -> bool {
    let name = name.replace('-', "_");
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    code.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        line.match_indices(&name).any(|(start, _)| {
            let (before, after) = (&line[..start], &line[start + name.len()..]);
            !before.ends_with(is_part)
                && (after.starts_with("::") || (before.ends_with("use ") && !after.starts_with(is_part)))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn what_nothing_uses_is_found() {
        expect(
            check,
            [
                ("Cargo.toml", "[workspace.dependencies]\n# Others.\nplain = \"1\"\nlonely = \"1\"\n"),
                (
                    "crates/a/Cargo.toml",
                    "[dependencies]\nplain.workspace = true\ntwo-words = \"1\"\nspoken-of = \"1\"\n\n[dev-dependencies]\nin-tests = \"1\"\n\n[build-dependencies]\nbuilder = \"1\"\n",
                ),
                (
                    "crates/a/src/lib.rs",
                    "use plain;\nfn a() { two_words::b() }\n// spoken_of::c\nmore_builder::d();\n",
                ),
                ("crates/a/tests/it/main.rs", "use in_tests::{A, B};\n"),
                ("crates/b/src/lib.rs", "use spoken_of::c;\n"),
            ],
            &[
                "crates/a/Cargo.toml:4: spoken-of is not used; take it out",
                "crates/a/Cargo.toml:10: builder is not used; take it out",
                "Cargo.toml:4: no package uses lonely; take it out",
            ],
        );
    }
}
