//! Every text of the catalogue is read by somebody: its method is called in
//! code or in a template.

use std::collections::BTreeSet;

use super::Finding;
use crate::tree::{Tree, extension};

/// The file in which a finding points at the key.
const CATALOGUE: &str = "crates/words/messages/zh.toml";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    unused(tree, words::KEYS)
}

fn unused(tree: &Tree, keys: &[&str]) -> Vec<Finding> {
    let callers = tree.files().filter(|(path, _)| {
        path.starts_with("crates/")
            && !path.starts_with("crates/words/messages/")
            && ["rs", "html", "txt", "xml"].contains(&extension(path))
    });
    let called: BTreeSet<&str> = callers.flat_map(|(_, text)| calls(text)).collect();
    let lines = lines(tree);
    keys.iter()
        .filter(|key| !called.contains(key.replace('.', "_").as_str()))
        .map(|key| {
            let line = lines.iter().find(|(known, _)| known == key).map_or(1, |(_, line)| *line);
            Finding::new(CATALOGUE, line, format!("{key}: nobody reads it; delete it in both languages"))
        })
        .collect()
}

/// Every name followed by a parenthesis.
fn calls(text: &str) -> impl Iterator<Item = &str> {
    text.split('(').map(|before| {
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        start.map_or(before, |at| {
            before[at..].trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        })
    })
}

/// Keys of the catalogue with the line each stands in.
fn lines(tree: &Tree) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut table = String::new();
    let text = tree.ending(CATALOGUE).next().map_or("", |(_, text)| text);
    for (index, line) in text.lines().enumerate() {
        if let Some(name) = line.strip_prefix('[') {
            table.clear();
            table.push_str(name.trim_end_matches(']'));
        } else if let Some((key, _)) = line.split_once(" = ") {
            found.push((format!("{table}.{key}"), index + 1));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_nobody_reads_is_found() {
        let tree = Tree::from([
            (CATALOGUE, "[login]\ntitle = '登录'\nuser = '用户'\nhint = '{n}'"),
            ("crates/web/templates/login.html", "<h1>{{ words.login_title() }}</h1>"),
            ("crates/web/src/pages/login.rs", "words\n    .login_hint(\n        3)"),
        ]);
        let found = unused(&tree, &["login.hint", "login.title", "login.user"]);
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            ["crates/words/messages/zh.toml:3: login.user: nobody reads it; delete it in both languages"]
        );
    }
}
