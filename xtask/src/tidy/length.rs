//! Files and functions that fit a reader's head. Tests do not count towards a
//! file, and may be long themselves.

use std::{cell::RefCell, collections::BTreeSet};

use super::Finding;
use crate::{
    source,
    tree::{Tree, extension},
};

const MAX_SOURCE: usize = 600;
const MAX_TEST_FILE: usize = 1_000;
const MAX_TEMPLATE: usize = 200;
const MAX_FUNCTION: usize = 80;

/// Files (`path`) and functions (`path: name`) that may be longer, each with
/// its reason. An entry that is no longer needed is a finding too.
const LONG: &[(&str, &str)] = &[];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    lengths(tree, LONG)
}

fn lengths(tree: &Tree, long: &[(&str, &str)]) -> Vec<Finding> {
    let unused: RefCell<BTreeSet<_>> = RefCell::new(long.iter().map(|(item, _)| *item).collect());
    let is_excused = |item: &str| {
        unused.borrow_mut().remove(item);
        long.iter().any(|(known, _)| *known == item)
    };
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        let Some((length, max)) = file_length(path, text) else { continue };
        if length > max && !is_excused(path) {
            let text = format!("{length} lines, at most {max}; split it, or give a reason in {}", file!());
            findings.push(Finding::new(path, max, text));
        }
        if extension(path) != "rs" || source::is_test_file(path) {
            continue;
        }
        for source::Function { name, line, length } in source::functions(text) {
            if length > MAX_FUNCTION && !is_excused(&format!("{path}: {name}")) {
                let what = format!("fn {name} has {length} lines, at most {MAX_FUNCTION}");
                findings.push(Finding::new(path, line, format!("{what}; give its parts names of their own")));
            }
        }
    }
    for item in unused.into_inner() {
        let text = format!("`{item}` is not too long any more; remove it from the list");
        findings.push(Finding::new(file!(), 1, text));
    }
    findings
}

/// How long a file is and may be; `None` when nobody minds.
fn file_length(path: &str, text: &str) -> Option<(usize, usize)> {
    match extension(path) {
        "html" => Some((text.lines().count(), MAX_TEMPLATE)),
        "rs" if source::is_test_file(path) => Some((text.lines().count(), MAX_TEST_FILE)),
        "rs" => Some((source::code(text).len(), MAX_SOURCE)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    const EXCUSED: &[(&str, &str)] =
        &[("crates/a/src/list.rs", "a closed list"), ("crates/a/src/lib.rs: gone", "was long")];

    #[test]
    fn long_files_and_functions_are_found() {
        let body = "    x();\n".repeat(79);
        let long = format!("//! A.\nfn a() {{\n{body}}}\n");
        let fits = format!("//! A.\nfn a() {{\n{}}}\n", "    x();\n".repeat(78));
        let tested = format!("//! A.\n#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(700));
        expect(
            |tree| lengths(tree, EXCUSED),
            [
                ("crates/a/src/list.rs", "//! A.\n".repeat(601).as_str()),
                ("crates/a/src/lib.rs", long.as_str()),
                ("crates/a/src/fits.rs", fits.as_str()),
                ("crates/a/src/tested.rs", tested.as_str()),
                ("crates/a/src/file.rs", "//! A.\n".repeat(601).as_str()),
                ("crates/a/tests/it.rs", "//! A.\n".repeat(601).as_str()),
                ("crates/a/templates/p.html", "<p>\n".repeat(201).as_str()),
            ],
            &[
                "crates/a/src/file.rs:600: 601 lines, at most 600; split it, or give a reason in xtask/src/tidy/length.rs",
                "crates/a/src/lib.rs:2: fn a has 81 lines, at most 80; give its parts names of their own",
                "crates/a/templates/p.html:200: 201 lines, at most 200; split it, or give a reason in xtask/src/tidy/length.rs",
                "xtask/src/tidy/length.rs:1: `crates/a/src/lib.rs: gone` is not too long any more; remove it from the list",
            ],
        );
    }
}
