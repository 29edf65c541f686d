//! Nothing in the repository depends on the machine it was written on: no
//! absolute paths of somebody's directories, no private package hosts.

use super::Finding;
use crate::tree::Tree;

/// Directories of one machine, without the slash that stands before them.
const DIRECTORIES: &[&str] = &["work", "home", "root", "tmp", "Users"];

/// Beginnings of names of hosts that serve packages.
const HOSTS: &[&str] = &["registry.", "mirror.", "mirrors.", "npm.", "crates-mirror."];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        for (index, line) in text.lines().enumerate() {
            for directory in DIRECTORIES.iter().filter(|directory| names_directory(line, directory)) {
                let text = format!("names /{directory} of one machine; use a relative path or mktemp");
                findings.push(Finding::new(path, index + 1, text));
            }
            for host in
                line.split("://").skip(1).filter(|rest| HOSTS.iter().any(|host| rest.starts_with(host)))
            {
                let host = host.split(['/', '"', ' ']).next().unwrap_or_default();
                let text =
                    format!("names the package host {host}; leave that to each machine's configuration");
                findings.push(Finding::new(path, index + 1, text));
            }
        }
    }
    findings
}

/// Whether `/directory` stands in the line as the beginning of an absolute path.
fn names_directory(line: &str, directory: &str) -> bool {
    let part_of_path = |c: char| c.is_alphanumeric() || "._-/}$>~)*]".contains(c);
    line.match_indices(directory).any(|(at, _)| {
        let Some(before) = line[..at].strip_suffix('/') else { return false };
        let after = line[at + directory.len()..].chars().next();
        !before.ends_with(part_of_path) && !after.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn paths_and_hosts_of_one_machine_are_found() {
        // Put together here, so that this file keeps the rule.
        let lines = "cd |work/main\nls target|tmp $HOME|work |workspace |tmp-x ./|tmp\nTMPDIR=|tmp\n\
                     url:||registry.example.org/x https:||crates.io"
            .replace('|', "/");
        let expected = [
            "scripts/a.sh:1: names |work of one machine; use a relative path or mktemp",
            "scripts/a.sh:3: names |tmp of one machine; use a relative path or mktemp",
            "scripts/a.sh:4: names the package host registry.example.org; leave that to each machine's configuration",
        ]
        .map(|line| line.replace('|', "/"));
        expect(check, [("scripts/a.sh", lines.as_str())], &expected.each_ref().map(String::as_str));
    }
}
