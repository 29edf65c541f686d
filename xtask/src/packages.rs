//! The packages of others that we build on, as `cargo metadata` and the lock
//! file of the browser code name them.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::{licence::Licence, tree::Tree};

/// The lock file of the browser code.
pub(crate) const BROWSER: &str = "assets/package-lock.json";
/// The package whose binary is delivered.
const SHIPPED: &str = "jiangong";

/// One package of somebody else.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// As the package states it; empty when it states none.
    pub(crate) licence: String,
    /// Whether it is part of what we deliver; else it helps to build or to test.
    pub(crate) is_shipped: bool,
    /// The file that names it.
    pub(crate) source: &'static str,
}

impl Package {
    /// What it may be used under, unless it states none that can be read.
    pub(crate) fn licence(&self) -> Option<Licence> {
        Licence::parse(&self.licence)
    }
}

/// Every package, by name. Nothing when the files that name them are not there.
pub(crate) fn read(tree: &Tree) -> Result<Vec<Package>, serde_json::Error> {
    let mut packages = Vec::new();
    if !tree.metadata().is_empty() {
        packages.extend(rust(&serde_json::from_str(tree.metadata())?));
    }
    if let Some(text) = tree.text(BROWSER) {
        packages.extend(browser(&serde_json::from_str(text)?));
    }
    packages.sort();
    Ok(packages)
}

fn rust(metadata: &Value) -> Vec<Package> {
    let shipped = shipped(metadata);
    items(&metadata["packages"])
        // Ours have no source.
        .filter(|package| !package["source"].is_null())
        .map(|package| Package {
            name: text(&package["name"]),
            version: text(&package["version"]),
            licence: text(&package["license"]),
            is_shipped: package["id"].as_str().is_some_and(|id| shipped.contains(id)),
            source: "Cargo.lock",
        })
        .collect()
}

/// Ids of the packages inside the binary: reached from it by dependencies that
/// are neither for building nor for tests, and not through a macro that runs
/// in the compiler.
fn shipped(metadata: &Value) -> BTreeSet<&str> {
    let packages: HashMap<&str, &Value> =
        items(&metadata["packages"]).filter_map(|package| Some((package["id"].as_str()?, package))).collect();
    let nodes: HashMap<&str, &Value> = items(&metadata["resolve"]["nodes"])
        .filter_map(|node| Some((node["id"].as_str()?, &node["deps"])))
        .collect();
    let is_macro = |id: &str| {
        packages.get(id).is_some_and(|package| {
            items(&package["targets"]).any(|target| items(&target["kind"]).any(|kind| kind == "proc-macro"))
        })
    };
    let mut waiting: Vec<&str> =
        packages.iter().filter(|(_, package)| package["name"] == SHIPPED).map(|(id, _)| *id).collect();
    let mut shipped = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if is_macro(id) || !shipped.insert(id) {
            continue;
        }
        for dependency in nodes.get(id).into_iter().flat_map(|dependencies| items(dependencies)) {
            if items(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null()) {
                waiting.extend(dependency["pkg"].as_str());
            }
        }
    }
    shipped
}

fn browser(lock: &Value) -> Vec<Package> {
    let packages = lock["packages"].as_object().into_iter().flatten();
    packages
        .filter_map(|(path, package)| {
            let name = path.rsplit_once("node_modules/")?.1;
            Some(Package {
                name: name.to_owned(),
                version: text(&package["version"]),
                licence: text(&package["license"]),
                is_shipped: package["dev"] != true,
                source: BROWSER,
            })
        })
        .collect()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What `cargo metadata` prints of a binary on one library with a macro, a build
/// script's helper and a test's helper.
#[cfg(test)]
pub(crate) const SAMPLE: &str = r#"{
    "packages": [
        {"id": "0", "name": "jiangong", "version": "0.1.0", "license": "MulanPSL-2.0", "source": null, "targets": []},
        {"id": "1", "name": "library", "version": "1.2.0", "license": "MIT/Apache-2.0", "source": "registry", "targets": [{"kind": ["lib"]}]},
        {"id": "2", "name": "macros", "version": "2.0.0", "license": "MIT", "source": "registry", "targets": [{"kind": ["proc-macro"]}]},
        {"id": "3", "name": "below-macros", "version": "3.0.0", "license": "GPL-3.0", "source": "registry", "targets": []},
        {"id": "4", "name": "for-building", "version": "4.0.0", "license": null, "source": "registry", "targets": []},
        {"id": "5", "name": "for-tests", "version": "5.0.0", "license": "Zlib", "source": "registry", "targets": []},
        {"id": "6", "name": "deep", "version": "6.0.0", "license": "Zlib", "source": "registry", "targets": []}
    ],
    "resolve": {"nodes": [
        {"id": "0", "deps": [
            {"pkg": "1", "dep_kinds": [{"kind": null}]},
            {"pkg": "2", "dep_kinds": [{"kind": null}]},
            {"pkg": "4", "dep_kinds": [{"kind": "build"}]},
            {"pkg": "5", "dep_kinds": [{"kind": "dev"}]}
        ]},
        {"id": "1", "deps": [{"pkg": "6", "dep_kinds": [{"kind": null}]}]},
        {"id": "2", "deps": [{"pkg": "3", "dep_kinds": [{"kind": null}]}]}
    ]}
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_is_what_stands_in_the_binary_and_in_the_bundle() {
        let lock = r#"{"packages": {
            "": {"name": "ours"},
            "node_modules/chart": {"version": "1.0.0", "license": "MIT"},
            "node_modules/@scope/part": {"version": "2.0.0", "license": "0BSD"},
            "node_modules/bundler": {"version": "3.0.0", "license": "MIT", "dev": true}
        }}"#;
        let packages = read(&Tree::from([(BROWSER, lock)]).with_metadata(SAMPLE)).unwrap();
        let (shipped, other): (Vec<_>, Vec<_>) = packages.iter().partition(|package| package.is_shipped);
        let names = |of: &[&Package]| of.iter().map(|package| package.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&shipped), ["@scope/part", "chart", "deep", "library"]);
        assert_eq!(names(&other), ["below-macros", "bundler", "for-building", "for-tests", "macros"]);
    }
}
