//! The words that clerks write around the data. The standard words are in
//! `crates/exchange/vocabulary`, one file per language. A campaign may add its
//! own, which are looked up first.

use std::sync::LazyLock;

use campaign::{
    check::check_vocabulary,
    definition::{Definition, Vocabulary, WordList},
};

/// The standard words, compiled in.
static STANDARD: LazyLock<[Vocabulary; 2]> = LazyLock::new(|| FILES.map(|(path, text)| read(path, text)));

const FILES: [(&str, &str); 2] = [
    ("vocabulary/zh.toml", include_str!("../vocabulary/zh.toml")),
    ("vocabulary/en.toml", include_str!("../vocabulary/en.toml")),
];

#[expect(clippy::expect_used, reason = "the files are compiled in, and a test reads them")]
fn read(path: &str, text: &str) -> Vocabulary {
    check_vocabulary(path, text).expect("the standard words have no mistake")
}

/// The words to read a file by.
#[derive(Debug, Clone, Copy)]
pub struct ClerkWords<'a> {
    /// Those of the campaign.
    own: Option<&'a Vocabulary>,
}

impl<'a> ClerkWords<'a> {
    /// The campaign's words, then the standard ones.
    pub fn new(definition: &'a Definition) -> Self {
        Self { own: Some(&definition.vocabulary) }
    }

    /// The standard words alone.
    pub fn standard() -> Self {
        Self { own: None }
    }

    /// All vocabularies, in the order in which they decide.
    fn vocabularies(self) -> impl Iterator<Item = &'a Vocabulary> {
        self.own.into_iter().chain(STANDARD.iter())
    }

    /// The words of a list.
    pub(crate) fn words(self, list: WordList) -> impl Iterator<Item = &'a str> {
        self.vocabularies().flat_map(move |vocabulary| vocabulary.words(list)).map(String::as_str)
    }

    /// Whether the word is in a list.
    pub(crate) fn has(self, list: WordList, word: &str) -> bool {
        self.words(list).any(|known| known == word)
    }

    /// Whether a column with this title counts the rows of its sheet. A Chinese word may follow others
    /// (建议序号); `no.` alone is one, `certificate no.` is not.
    pub fn is_serial(self, title: &str) -> bool {
        let mut words = self.words(WordList::SerialColumns);
        words.any(|word| title == word || !word.is_ascii() && title.ends_with(word))
    }

    /// Which of two lists has the word: `true` for the first. A campaign's word goes
    /// before the same one among the standard words.
    pub(crate) fn decide(self, (first, second): (WordList, WordList), word: &str) -> Option<bool> {
        self.vocabularies().find_map(|vocabulary| {
            let is_first = vocabulary.has(first, word);
            (is_first || vocabulary.has(second, word)).then_some(is_first)
        })
    }

    /// Text without the words of a list at its end, one after the other.
    pub(crate) fn without_ends(self, list: WordList, text: &str) -> &str {
        self.words(list).fold(text, |text, word| text.trim_end_matches(word))
    }

    /// Text without the words of a list at its start, one after the other.
    pub(crate) fn without_starts(self, list: WordList, text: &str) -> &str {
        self.words(list).fold(text, |text, word| text.trim_start_matches(word))
    }

    /// The longest unit of money with which the text begins: its length and its fen.
    pub(crate) fn longest_money(self, text: &str) -> Option<(usize, i64)> {
        let units = self.vocabularies().flat_map(|vocabulary| &vocabulary.money);
        let fitting = units.filter(|unit| text.starts_with(unit.word.as_str()));
        fitting.map(|unit| (unit.word.len(), unit.fen)).max_by_key(|(length, _)| *length)
    }

    /// The longest power of ten with which the text begins: its zeros, and the text after it.
    pub(crate) fn power(self, text: &str) -> Option<(u32, &str)> {
        let powers = self.vocabularies().flat_map(|vocabulary| &vocabulary.powers);
        let fitting = powers.filter_map(|power| Some((power.zeros, text.strip_prefix(power.word.as_str())?)));
        fitting.min_by_key(|(_, rest)| rest.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_words_have_no_mistake() {
        for (path, text) in FILES {
            assert_eq!(check_vocabulary(path, text).err(), None);
        }
    }

    #[test]
    fn no_list_is_empty_and_no_word_stands_twice_or_in_two_lists_that_differ() {
        let words = ClerkWords::standard();
        for (list, key) in WordList::ALL {
            let mut all: Vec<&str> = words.words(*list).collect();
            assert!(!all.is_empty(), "{key}");
            let before = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), before, "{key}: a word stands in both languages");
        }
        for (one, other) in WordList::EXCLUSIVE {
            let both: Vec<&str> = words.words(*one).filter(|word| words.has(*other, word)).collect();
            assert!(both.is_empty(), "{both:?} stand in `{}` and `{}`", one.key(), other.key());
        }
    }

    #[test]
    fn a_campaigns_word_goes_first() {
        let own =
            check_vocabulary("vocabulary.toml", "yes = [\"未\"]\nmoney = [{ word = \"美元\", fen = 700 }]");
        let own = own.expect("a vocabulary");
        let words = ClerkWords { own: Some(&own) };
        let flags = (WordList::Yes, WordList::No);
        assert_eq!(words.decide(flags, "未"), Some(true));
        assert_eq!(words.decide(flags, "否"), Some(false));
        assert_eq!(words.decide(flags, "也许"), None);
        let fen = |unit| words.longest_money(unit).map(|(_, fen)| fen);
        assert_eq!(
            (fen("美元"), fen("万元"), fen("亿"), fen("人")),
            (Some(700), Some(1_000_000), None, None)
        );
    }
}
