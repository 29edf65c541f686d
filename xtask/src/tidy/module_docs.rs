//! Every Rust file begins with a module comment: what it is for, and what must
//! never be in it.

use super::Finding;
use crate::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.ending(".rs")
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| Finding::new(path, 1, "start the file with `//! ` and what it is for"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn a_file_without_module_comment_is_found() {
        expect(
            check,
            [("crates/a/src/lib.rs", "use b;\n//! late"), ("crates/a/src/c.rs", "//! Does c.\n")],
            &["crates/a/src/lib.rs:1: start the file with `//! ` and what it is for"],
        );
    }
}
