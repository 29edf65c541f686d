//! Templates, style sheets and scripts that are written, not packed: a line
//! fits into a window beside another.

use super::Finding;
use crate::tree::{Tree, extension};

/// Characters in a line.
const MAX_WIDTH: usize = 140;

/// What is read by line and has no formatter of its own.
const EXTENSIONS: [&str; 5] = ["html", "css", "js", "ts", "mjs"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let files = tree.files().filter(|(path, _)| EXTENSIONS.contains(&extension(path)));
    files.flat_map(|(path, text)| wide_lines(path, text)).collect()
}

fn wide_lines(path: &str, text: &str) -> Vec<Finding> {
    let widths = text.lines().map(|line| line.chars().count()).enumerate();
    widths
        .filter(|(_, width)| *width > MAX_WIDTH)
        .map(|(position, width)| {
            let remedy = "one group of attributes or one declaration per line, a partial for what is nested";
            Finding::new(path, position + 1, format!("{width} characters, at most {MAX_WIDTH}; {remedy}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::expect, *};

    #[test]
    fn packed_lines_are_found() {
        let packed = format!("<p>\n{}\n", "字".repeat(141));
        let fits = format!("{}\n", "字".repeat(140));
        expect(
            check,
            [
                ("crates/web/templates/packed.html", packed.as_str()),
                ("crates/web/templates/fits.html", fits.as_str()),
                ("assets/css/packed.css", packed.as_str()),
                ("assets/build.mjs", packed.as_str()),
                ("assets/js/packed.js", packed.as_str()),
                ("e2e/packed.ts", packed.as_str()),
                ("docs/long.md", packed.as_str()),
            ],
            &[
                "assets/build.mjs:2: 141 characters, at most 140; one group of attributes or one declaration per line, a partial for what is nested",
                "assets/css/packed.css:2: 141 characters, at most 140; one group of attributes or one declaration per line, a partial for what is nested",
                "assets/js/packed.js:2: 141 characters, at most 140; one group of attributes or one declaration per line, a partial for what is nested",
                "crates/web/templates/packed.html:2: 141 characters, at most 140; one group of attributes or one declaration per line, a partial for what is nested",
                "e2e/packed.ts:2: 141 characters, at most 140; one group of attributes or one declaration per line, a partial for what is nested",
            ],
        );
    }
}
