//! What we build on has a licence that `deny.toml` allows, and comes from the
//! registries. The same lists are read by `cargo deny`, which looks at advisories
//! too and is not needed for this.

use super::Finding;
use crate::{
    packages::{self, BROWSER},
    tree::Tree,
};

const LAW: &str = "deny.toml";
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let packages = match packages::read(tree) {
        Ok(packages) => packages,
        Err(error) => return vec![Finding::new(BROWSER, 1, format!("packages cannot be read: {error}"))],
    };
    let law = tree.text(LAW).and_then(|text| text.parse().ok()).unwrap_or_default();
    let allowed = allowed(&law);
    let mut findings = sources(tree);
    for package in packages {
        let (name, version, licence) = (&package.name, &package.version, &package.licence);
        if !package.licence().is_some_and(|licence| licence.is_satisfied(&allowed)) {
            let text =
                format!("{name} {version} is under “{licence}”, which {LAW} does not allow; do without it");
            findings.push(Finding::new(package.source, 1, text));
        }
    }
    findings
}

/// Licences that may be used.
fn allowed(law: &toml::Table) -> Vec<&str> {
    let list = law.get("licenses").and_then(|table| table.get("allow")).and_then(toml::Value::as_array);
    list.into_iter().flatten().filter_map(toml::Value::as_str).collect()
}

/// Packages that come from elsewhere than crates.io.
fn sources(tree: &Tree) -> Vec<Finding> {
    let lines = tree.text("Cargo.lock").unwrap_or_default().lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let source = line.strip_prefix("source = \"")?.trim_end_matches('"');
            let text = format!("`{source}` is not crates.io; take a released version from there");
            (source != REGISTRY).then(|| Finding::new("Cargo.lock", index + 1, text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};
    use crate::packages::SAMPLE;

    #[test]
    fn a_licence_must_be_allowed_and_a_source_known() {
        expect(
            |tree| check(&tree.clone().with_metadata(SAMPLE)),
            [
                (LAW, "[licenses]\nallow = [\"MIT\", \"Zlib\"]\n"),
                (
                    "Cargo.lock",
                    "name = \"a\"\nsource = \"git+https://example.org/a\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n",
                ),
            ],
            &[
                "Cargo.lock:2: `git+https://example.org/a` is not crates.io; take a released version from there",
                "Cargo.lock:1: below-macros 3.0.0 is under “GPL-3.0”, which deny.toml does not allow; do without it",
                "Cargo.lock:1: for-building 4.0.0 is under “”, which deny.toml does not allow; do without it",
            ],
        );
    }
}
