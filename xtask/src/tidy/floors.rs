//! The floors of `app`: what all records share is below, the kinds of forms are
//! above it, and no kind names another.

use super::Finding;
use crate::{source, tree::Tree};

const APP: &str = "crates/app/src/";

/// Modules that name no use case: those that are public in `app`.
const FLOORS: &[&str] = &["record", "index"];

/// Kinds of forms, each with its use cases in a module of its own.
const KINDS: &[&str] = &["registers", "returns", "targets", "inspections", "honours", "contests"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let use_cases: Vec<String> = tree
        .ending("crates/app/src/lib.rs")
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect();
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        let Some(module) = path.strip_prefix(APP).and_then(|rest| rest.split(['/', '.']).next()) else {
            continue;
        };
        for (line, named) in crate_names(text) {
            let text = if FLOORS.contains(&module) && use_cases.contains(&named) {
                format!(
                    "`{module}` must not know `{named}`, which is above it; move what both need into `{module}`"
                )
            } else if KINDS.contains(&module) && KINDS.contains(&named.as_str()) && module != named {
                format!("`{module}` must not know `{named}`; move what both need into `record`")
            } else {
                continue;
            };
            findings.push(Finding::new(path, line, text));
        }
    }
    findings
}

/// The modules that a file names as `crate::…`, with their lines.
fn crate_names(text: &str) -> Vec<(usize, String)> {
    const CRATE: &str = "crate::";
    let mut names = Vec::new();
    // How deep in the braces of a `use crate::{…}` that goes on.
    let mut depth = 0_usize;
    for (number, line) in source::code(text) {
        let line = line.split("//").next().unwrap_or_default();
        let mut rest = line;
        loop {
            if depth == 0 {
                let Some(start) = rest.find(CRATE) else { break };
                rest = &rest[start + CRATE.len()..];
                if let Some(group) = rest.strip_prefix('{') {
                    (depth, rest) = (1, group);
                } else {
                    names.push((number, word(rest).to_owned()));
                }
            }
            if depth > 0 {
                rest = group_names(rest, &mut depth, number, &mut names);
                if depth > 0 {
                    break;
                }
            }
        }
    }
    names
}

/// Reads on in a group; returns what stands behind it on the line.
fn group_names<'l>(
    line: &'l str,
    depth: &mut usize,
    number: usize,
    names: &mut Vec<(usize, String)>,
) -> &'l str {
    let mut is_start = true;
    for (index, sign) in line.char_indices() {
        match sign {
            '{' => *depth += 1,
            '}' => {
                *depth -= 1;
                if *depth == 0 {
                    return &line[index + 1..];
                }
            }
            ',' => is_start = true,
            ' ' => {}
            _ => {
                if is_start && *depth == 1 {
                    names.push((number, word(&line[index..]).to_owned()));
                }
                is_start = false;
            }
        }
    }
    ""
}

/// The identifier that a text begins with.
fn word(text: &str) -> &str {
    let end = text.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn what_names_a_floor_above_is_found() {
        let lib = "//! A.\nmod record;\npub mod registers;\npub mod todo;\npub mod returns;\n";
        let record = "//! A.\nuse crate::{\n    App, Result,\n    todo::{Item, Days},\n};\nfn x() { crate::registers::list(); }\n";
        let sound =
            "//! A.\nuse crate::{App, record::{Record, todo}};\nuse store::todo;\nfn x() { todo::list(); }\n";
        expect(
            check,
            [
                ("crates/app/src/lib.rs", lib),
                ("crates/app/src/record/write.rs", record),
                ("crates/app/src/index.rs", sound),
                ("crates/app/src/returns.rs", "//! A.\nuse crate::{App, registers};\n"),
                ("crates/app/src/todo.rs", "//! A.\nuse crate::registers;\n"),
            ],
            &[
                "crates/app/src/record/write.rs:4: `record` must not know `todo`, which is above it; move what both need into `record`",
                "crates/app/src/record/write.rs:6: `record` must not know `registers`, which is above it; move what both need into `record`",
                "crates/app/src/returns.rs:2: `returns` must not know `registers`; move what both need into `record`",
            ],
        );
    }
}
