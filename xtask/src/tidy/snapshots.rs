//! A snapshot is compared by a test: its name stands in the tests of its
//! package. One that nothing compares any more says what nobody checks.

use super::Finding;
use crate::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let snapshots = tree.ending(".snap").filter_map(|(path, _)| {
        let (package, file) = path.split_once("/tests/")?;
        let (_, name) = file.rsplit_once('/')?;
        Some((path, package, name.strip_suffix(".snap")?))
    });
    let unused = snapshots.filter(|(_, package, name)| {
        let quoted = format!("\"{name}\"");
        let mut tests = tree.ending(".rs").filter(|(path, _)| path.starts_with(&format!("{package}/tests/")));
        !tests.any(|(_, text)| text.contains(&quoted))
    });
    unused.map(|(path, ..)| Finding::new(path, 1, "no test names this snapshot; delete it")).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn a_snapshot_that_no_test_names_is_found() {
        expect(
            check,
            [
                ("crates/a/tests/it/snapshots/used.snap", ""),
                ("crates/a/tests/it/snapshots/use.snap", ""),
                ("crates/a/tests/it/main.rs", "fn used() { check(\"used\"); }\n"),
                ("crates/b/tests/it/main.rs", "fn used() { check(\"use\"); }\n"),
            ],
            &["crates/a/tests/it/snapshots/use.snap:1: no test names this snapshot; delete it"],
        );
    }
}
