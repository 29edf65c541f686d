//! "Did you mean …?": the nearest existing name by edit distance.

use std::collections::BTreeSet;

use crate::{definition::Label, mistake::say};

/// Names listed in a remedy before it breaks off.
const LISTED: usize = 12;

/// The remedy for a name that does not exist: the nearest one of those that do, else all of them.
pub(crate) fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Label {
    let mut names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    let near = names.iter().map(|name| (distance(word, name), *name)).min();
    match near {
        Some((edits, name)) if edits <= typing_errors(word) => {
            say!("是否要写 `{name}`?", "did you mean `{name}`?")
        }
        Some(_) => {
            let more = if names.len() > LISTED { ", …" } else { "" };
            let list = names.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
            say!("可以写:{list}{more}", "one of: {list}{more}")
        }
        None => {
            say!("这里还没有可以引用的名称,请先定义", "nothing of this kind is defined yet: define it first")
        }
    }
}

/// How many edits may be slips of the finger; numbers that differ are different numbers.
fn typing_errors(word: &str) -> usize {
    if word.chars().any(char::is_alphabetic) { word.chars().count() / 3 } else { 0 }
}

/// Edits (insertion, deletion, replacement, exchange of neighbours) between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let above = &rows[i - 1];
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_found() {
        for (word, expected) in [
            ("numbr", "did you mean `number`?"),
            ("nubmer", "did you mean `number`?"),
            ("datum", "one of: number, name"),
            ("", "one of: number, name"),
        ] {
            assert_eq!(did_you_mean(word, ["number", "name", "name"]).en, expected);
        }
        assert_eq!(did_you_mean("101", ["100"]).en, "one of: 100");
        assert!(did_you_mean("x", []).en.starts_with("nothing of this kind"));
    }
}
