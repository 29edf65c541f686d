//! Which column title claims which field.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use campaign::definition::{FieldKind, Form};

use crate::names::{header_key, without_remark};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// The field at this position.
    Field(usize),
    /// The name of the unit whose field is at this position.
    UnitName(usize),
}

/// All titles by which a form's columns are known, on three levels of strictness.
pub(crate) struct Titles {
    exact: HashMap<String, Vec<Claim>>,
    without_remark: HashMap<String, Vec<Claim>>,
    letters: HashMap<String, Vec<Claim>>,
}

impl Titles {
    pub(crate) fn of(form: &Form) -> Self {
        let mut titles =
            Self { exact: HashMap::new(), without_remark: HashMap::new(), letters: HashMap::new() };
        for (position, field) in form.fields.iter().enumerate() {
            if let FieldKind::Unit { name_columns } = &field.kind {
                for title in name_columns {
                    titles.add(title, Claim::UnitName(position));
                }
            }
            let own = [&field.label.zh, &field.label.en, &field.id];
            for title in own.into_iter().chain(&field.names) {
                titles.add(title, Claim::Field(position));
            }
        }
        titles
    }

    fn add(&mut self, title: &str, claim: Claim) {
        let key = header_key(title);
        let bare = bare(&key);
        for (level, key) in
            [(&mut self.letters, letters(&bare)), (&mut self.without_remark, bare), (&mut self.exact, key)]
        {
            let claims = level.entry(key).or_default();
            if !claims.contains(&claim) {
                claims.push(claim);
            }
        }
    }

    /// Finds a field for each column. `columns` holds, for each, the keys it may go by, best first.
    pub(crate) fn assign(&self, columns: &[Vec<String>]) -> Vec<Option<Claim>> {
        let mut found = vec![None; columns.len()];
        let mut taken = BTreeSet::new();
        for level in 0..4 {
            for (column, keys) in columns.iter().enumerate() {
                if found[column].is_some() {
                    continue;
                }
                let claim = keys.iter().find_map(|key| self.claim(level, key, &taken));
                if let Some(claim) = claim {
                    taken.insert(claim);
                    found[column] = Some(claim);
                }
            }
        }
        found
    }

    fn claim(&self, level: u8, key: &str, taken: &BTreeSet<Claim>) -> Option<Claim> {
        let free = |claims: Option<&Vec<Claim>>| claims?.iter().find(|claim| !taken.contains(claim)).copied();
        // The looser comparisons decide only where they leave no choice.
        let only = |claims: Option<&Vec<Claim>>| match claims?.as_slice() {
            [claim] if !taken.contains(claim) => Some(*claim),
            _ => None,
        };
        match level {
            0 => free(self.exact.get(key)),
            1 => free(self.exact.get(&bare(key))),
            2 => only(self.without_remark.get(&bare(key))),
            _ => only(self.letters.get(&letters(&bare(key)))),
        }
    }
}

/// A key without its remark and without a unit of money at its end.
fn bare(key: &str) -> String {
    let bare = without_remark(key);
    let bare = bare.trim_end_matches(':');
    ["万元", "千元"]
        .iter()
        .find_map(|unit| bare.strip_suffix(unit))
        .filter(|b| !b.is_empty())
        .unwrap_or(bare)
        .to_owned()
}

/// Only the letters and digits of a key.
fn letters(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Keys under which each column of one or two header lines may go: those of
/// one line are its own; where a group's title stands above, `group:title`
/// comes before `group` and `title` run together and the title alone.
pub(crate) fn keys(upper: &[String], lower: Option<&[String]>) -> Vec<Vec<String>> {
    let Some(lower) = lower else {
        return upper.iter().map(|title| one_key(title)).collect();
    };
    let mut group = "";
    (0..upper.len().max(lower.len()))
        .map(|column| {
            let above = upper.get(column).map_or("", String::as_str);
            let below = lower.get(column).map_or("", String::as_str);
            if !above.is_empty() {
                group = above;
            }
            match (above.is_empty(), below.is_empty()) {
                (_, true) => one_key(above),
                (true, false) if group.is_empty() => one_key(below),
                _ => {
                    let (group, below) = (header_key(group), header_key(below));
                    vec![format!("{group}:{below}"), format!("{group}{below}"), below]
                }
            }
        })
        .collect()
}

/// How a column's title is shown: with its group, where it has one.
pub(crate) fn shown(upper: &[String], lower: Option<&[String]>) -> Vec<String> {
    let Some(lower) = lower else { return upper.to_vec() };
    let mut group = "";
    (0..upper.len().max(lower.len()))
        .map(|column| {
            let above = upper.get(column).map_or("", String::as_str);
            let below = lower.get(column).map_or("", String::as_str);
            if !above.is_empty() {
                group = above;
            }
            match (below.is_empty(), group.is_empty()) {
                (true, _) => above.to_owned(),
                (false, true) => below.to_owned(),
                (false, false) => format!("{group}:{below}"),
            }
        })
        .collect()
}

fn one_key(title: &str) -> Vec<String> {
    let key = header_key(title);
    if key.is_empty() { vec![] } else { vec![key] }
}

/// What a person has decided about columns: key of the title → field id.
pub(crate) fn decided<'m>(mapping: &'m BTreeMap<String, String>, keys: &[String]) -> Option<&'m str> {
    keys.iter().find_map(|key| mapping.get(key)).map(String::as_str)
}
