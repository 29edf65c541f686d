//! Decides which column title belongs to which field.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use campaign::{
    definition::{FieldIdx, Form, WordList},
    kinds::ReadAs,
};

use crate::{
    normalise::{header_key, without_remark},
    vocabulary::ClerkWords,
};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ColumnMeaning {
    /// The field at this position.
    Field(FieldIdx),
    /// The name of the unit whose field is at this position.
    UnitName(FieldIdx),
}

/// What a column seems to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TitleMatch {
    pub(crate) meaning: ColumnMeaning,
    /// Whether its title is a name of the field.
    pub(crate) is_exact: bool,
}

/// All titles by which a form's columns are known, on three levels of strictness.
pub(crate) struct Titles<'w> {
    words: ClerkWords<'w>,
    exact: HashMap<String, Vec<ColumnMeaning>>,
    without_remark: HashMap<String, Vec<ColumnMeaning>>,
    letters: HashMap<String, Vec<ColumnMeaning>>,
}

/// The strictest levels, on which a title must be a name of the field.
const EXACT: u8 = 1;

impl<'w> Titles<'w> {
    /// Whether a title is a name of a field.
    pub(crate) fn is_name(&self, key: &str) -> bool {
        self.exact.contains_key(key)
    }

    pub(crate) fn for_form(form: &Form, words: ClerkWords<'w>) -> Self {
        let mut titles =
            Self { words, exact: HashMap::new(), without_remark: HashMap::new(), letters: HashMap::new() };
        for (position, field) in form.fields.entries() {
            if let ReadAs::Unit { name_columns } = field.kind.spec().read_as {
                for title in name_columns {
                    titles.add(title, ColumnMeaning::UnitName(position));
                }
            }
            let own = [&field.label.zh, &field.label.en, &field.id];
            for title in own.into_iter().chain(&field.names) {
                titles.add(title, ColumnMeaning::Field(position));
            }
        }
        titles
    }

    fn add(&mut self, title: &str, claim: ColumnMeaning) {
        let key = header_key(title);
        let bare = bare(&key, self.words);
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
    pub(crate) fn assign(&self, columns: &[Vec<String>]) -> Vec<Option<TitleMatch>> {
        let mut found = vec![None; columns.len()];
        let mut taken = BTreeSet::new();
        for level in 0..4 {
            for (column, keys) in columns.iter().enumerate() {
                if found[column].is_some() {
                    continue;
                }
                let claim = keys.iter().find_map(|key| self.meaning(level, key, &taken));
                if let Some(meaning) = claim {
                    taken.insert(meaning);
                    found[column] = Some(TitleMatch { meaning, is_exact: level <= EXACT });
                }
            }
        }
        found
    }

    /// What a single title says, when it is a name of a field.
    pub(crate) fn meaning_of(&self, key: &str) -> Option<ColumnMeaning> {
        (0..3).find_map(|level| self.meaning(level, key, &BTreeSet::new()))
    }

    fn meaning(&self, level: u8, key: &str, taken: &BTreeSet<ColumnMeaning>) -> Option<ColumnMeaning> {
        let free = |claims: Option<&Vec<ColumnMeaning>>| {
            claims?.iter().find(|claim| !taken.contains(claim)).copied()
        };
        // The looser comparisons decide only where they leave no choice.
        let only = |claims: Option<&Vec<ColumnMeaning>>| match claims?.as_slice() {
            [claim] if !taken.contains(claim) => Some(*claim),
            _ => None,
        };
        match level {
            0 => free(self.exact.get(key)),
            1 => free(self.exact.get(&bare(key, self.words))),
            2 => only(self.without_remark.get(&bare(key, self.words))),
            _ => only(self.letters.get(&letters(&bare(key, self.words)))),
        }
    }
}

/// A key without its remark and without a unit of money at its end.
fn bare(key: &str, words: ClerkWords<'_>) -> String {
    let bare = without_remark(key);
    let bare = bare.trim_end_matches(':');
    words
        .words(WordList::MoneyTitleEnds)
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
/// one line are its own; where a group's title is above, `group:title`
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
