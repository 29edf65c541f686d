//! The list of what is delivered with the program, which `/about` shows, is
//! what the lock files say. `cargo xtask notices` writes it.

use std::{fmt::Write as _, fs, process::ExitCode};

use super::Finding;
use crate::{
    packages,
    tree::{Tree, root},
};

/// The list: name, version and licence, a package on each line.
const LIST: &str = "crates/web/src/pages/about/notices.txt";

/// The list as it must be.
fn list(tree: &Tree) -> Result<String, serde_json::Error> {
    let mut list = String::new();
    for package in packages::read(tree)?.iter().filter(|package| package.is_shipped) {
        let licence =
            package.licence().map_or_else(|| package.licence.clone(), |licence| licence.to_string());
        let _ = writeln!(list, "{}\t{}\t{licence}", package.name, package.version);
    }
    Ok(list)
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let expected = match list(tree) {
        Ok(expected) => expected,
        Err(error) => return vec![Finding::new(LIST, 1, format!("packages cannot be read: {error}"))],
    };
    let written = tree.text(LIST).unwrap_or_default();
    let lacking = expected.lines().filter(|line| !written.lines().any(|other| other == *line));
    let mut findings: Vec<Finding> = lacking
        .map(|line| Finding::new(LIST, 1, format!("{} is delivered and not listed; {REMEDY}", name(line))))
        .collect();
    for (index, line) in written.lines().enumerate() {
        if !expected.lines().any(|other| other == line) {
            let text = format!("{} is listed and not delivered; {REMEDY}", name(line));
            findings.push(Finding::new(LIST, index + 1, text));
        }
    }
    findings
}

/// Writes the list.
pub(crate) fn write() -> ExitCode {
    let written =
        Tree::read().and_then(|tree| Ok(list(&tree)?)).and_then(|list| fs::write(root().join(LIST), list));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {LIST} cannot be written: {error}");
            ExitCode::from(3)
        }
    }
}

const REMEDY: &str = "run `cargo xtask notices`";

/// Name and version of a line.
fn name(line: &str) -> String {
    line.split('\t').take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};
    use crate::packages::SAMPLE;

    fn of_sample(tree: &Tree) -> Vec<Finding> {
        check(&tree.clone().with_metadata(SAMPLE))
    }

    #[test]
    fn the_list_is_what_is_delivered() {
        let list = "deep\t6.0.0\tZlib\nlibrary\t1.2.0\tApache-2.0 OR MIT\n";
        expect(of_sample, [(LIST, list)], &[]);
        expect(
            of_sample,
            [(LIST, "library\t1.1.0\tApache-2.0 OR MIT\ndeep\t6.0.0\tZlib\n")],
            &[
                "crates/web/src/pages/about/notices.txt:1: library 1.2.0 is delivered and not listed; run `cargo xtask notices`",
                "crates/web/src/pages/about/notices.txt:1: library 1.1.0 is listed and not delivered; run `cargo xtask notices`",
            ],
        );
    }
}
