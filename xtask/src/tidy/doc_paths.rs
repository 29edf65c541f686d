//! Documents name what exists: a path in backticks leads somewhere.

use super::Finding;
use crate::tree::Tree;

/// Directories that only a build or a run makes.
const MADE: &[&str] = &["target", "data", "dist", "node_modules"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let documents = tree.ending(".md").filter(|(path, _)| path.starts_with("docs/") || !path.contains('/'));
    for (document, text) in documents {
        let mut fenced = false;
        for (index, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            }
            if fenced {
                continue;
            }
            for path in line.split('`').skip(1).step_by(2).filter(|span| looks_like_path(span)) {
                for path in alternatives(path).iter().filter(|path| !tree.has(path)) {
                    let text = format!("`{path}` does not exist; correct or remove it");
                    findings.push(Finding::new(document, index + 1, text));
                }
            }
        }
    }
    findings
}

/// A path has a slash inside and nothing that no path of ours has; a URL's path begins with a slash.
fn looks_like_path(span: &str) -> bool {
    let first = span.split('/').next().unwrap_or_default();
    let last = span.rsplit('/').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/{},".contains(c);
    span.contains('/')
        && !span.contains("//")
        && !span.starts_with('/')
        && span.chars().all(plain)
        && !MADE.contains(&first)
        // `yes/no` is no path; `docs/decisions`, `src/main.rs` and `crates/` are.
        && (last.is_empty() || last.contains('.') || ["crates", "docs", "campaigns", "scripts", "xtask", "e2e", "assets", "bench"].contains(&first))
}

/// `a/{b,c}.rs` names two files.
fn alternatives(path: &str) -> Vec<String> {
    let parts = path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    match parts {
        Some((before, (choices, after))) => {
            choices.split(',').map(|choice| format!("{before}{choice}{after}")).collect()
        }
        None => vec![path.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn a_path_that_leads_nowhere_is_found() {
        expect(
            check,
            [
                (
                    "ARCHITECTURE.md",
                    "`crates/a/src/lib.rs`, `a/src/`, `src/{lib,gone}.rs`, `yes/no`, `/units/12`\n\
                     ```\n`docs/gone.md`\n```\n`docs/gone.md` and `campaigns/<id>/x.toml`, `target/x.db`\n",
                ),
                ("crates/a/src/lib.rs", ""),
                ("crates/a/notes.md", "`docs/not-checked.md`"),
            ],
            &[
                "ARCHITECTURE.md:1: `src/gone.rs` does not exist; correct or remove it",
                "ARCHITECTURE.md:5: `docs/gone.md` does not exist; correct or remove it",
            ],
        );
    }
}
