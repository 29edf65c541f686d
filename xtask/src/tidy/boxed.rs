//! Public async functions of `store` and `app` are compiled in their own crate
//! (`docs/decisions/0009-boxed-futures.md`).

use super::Finding;
use crate::{source, tree::Tree};

const CRATES: [&str; 2] = ["crates/app/src/", "crates/store/src/"];
const ATTRIBUTE: &str = "#[boxed_async]";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        if !CRATES.iter().any(|place| path.starts_with(place)) {
            continue;
        }
        let code = source::code(text);
        for (index, &(number, line)) in code.iter().enumerate() {
            let Some(rest) = line.trim_start().strip_prefix("pub async fn ") else { continue };
            let above = code[..index].iter().rev().map(|(_, line)| line.trim());
            let is_boxed = above
                .take_while(|line| line.starts_with("#[") || *line == ")]")
                .any(|line| line == ATTRIBUTE);
            if !is_boxed && !depends_on_caller(rest, &code[index..]) {
                let text = format!("write {ATTRIBUTE} above it, or every caller compiles it anew");
                findings.push(Finding::new(path, number, text));
            }
        }
    }
    findings
}

/// Whether a function has types of its own or takes `impl …`: it cannot be
/// compiled before its caller is known.
fn depends_on_caller(rest: &str, from: &[(usize, &str)]) -> bool {
    let name_ends = rest.find(['(', '<']).unwrap_or(rest.len());
    let mut signature = from.iter().map(|(_, line)| *line);
    let lines: Vec<&str> = signature.by_ref().take_while(|line| !line.ends_with('{')).collect();
    rest[name_ends..].starts_with('<') || lines.iter().chain([&rest]).any(|line| line.contains("impl "))
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn a_function_without_a_box_is_found() {
        let text = "\
pub async fn plain(a: &A) -> B {
}
#[boxed_async]
pub async fn boxed() {
}
impl C {
    #[expect(x)]
    #[boxed_async]
    pub async fn method(&self) {
    }
    pub async fn unboxed(
        &self,
    ) -> D {
    }
}
pub async fn generic<T>(t: T) {
}
pub async fn handed(
    take: impl Fn(),
) {
}
pub(crate) async fn own() {
}
";
        expect(
            check,
            [("crates/app/src/a.rs", text), ("crates/web/src/a.rs", text)],
            &[
                "crates/app/src/a.rs:1: write #[boxed_async] above it, or every caller compiles it anew",
                "crates/app/src/a.rs:11: write #[boxed_async] above it, or every caller compiles it anew",
            ],
        );
    }
}
