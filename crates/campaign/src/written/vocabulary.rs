//! `vocabulary.toml`, as written.

use toml::de::DeValue;

use crate::{
    definition::WordList,
    marker::{Marker, Span},
    written::read::{Keys, Located, Read, table},
};

/// Words of clerks: one key per list, and the words that are numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vocabulary {
    /// In the order of [`WordList::ALL`].
    pub(crate) lists: Vec<Vec<Located<String>>>,
    pub(crate) money: Vec<MoneyUnit>,
    pub(crate) powers: Vec<PowerWord>,
}

impl Read for Vocabulary {
    fn read(value: &DeValue<'_>, span: &Span, marker: Marker<'_>) -> Self {
        let Some(keys) = Keys::from_table(value, span, marker) else { return Self::default() };
        let lists = WordList::ALL.iter().map(|(_, key)| *key);
        keys.finish(&lists.clone().chain(["money", "power"]).collect::<Vec<_>>());
        Self {
            lists: lists.map(|key| keys.take(key)).collect(),
            money: keys.take("money"),
            powers: keys.take("power"),
        }
    }
}

table! {
    /// `[[money]]`.
    MoneyUnit { word: Located<String>, fen: Located<i64> }
}

table! {
    /// `[[power]]`.
    PowerWord { word: Located<String>, zeros: Located<i64> }
}
