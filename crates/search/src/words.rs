//! Divides texts into words. Chinese is written without spaces, so a run of
//! characters becomes pairs of neighbours: any two neighbouring characters can be
//! found, wherever a dictionary would divide them. The last character is also a
//! word of its own, so that every character begins some word, and a search for a
//! single character is a search for beginnings. The first character is a marked
//! word of its own too, for a search that ends with it. Letters and digits
//! become words in lower case.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// A word longer than this is cut: nobody types it.
const LONGEST: usize = 64;

/// In front of a character that begins a run.
const START: char = '\u{2}';

/// One word and its place in the text. Punctuation has no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) at: usize,
}

/// A stretch of text of one sort.
enum Run {
    Chinese(Vec<char>),
    Latin(String),
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phrase {
    /// Words that follow each other.
    Words(Vec<Word>),
    /// Words that begin with a character.
    Beginning(char),
}

/// The words of a text.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    for run in runs(text) {
        match run {
            Run::Chinese(chars) => {
                words.extend(chars.first().map(|first| begun(*first, at)));
                for start in 0..chars.len() {
                    let text = chars.iter().skip(start).take(2).collect();
                    words.push(Word { text, at: at + start });
                }
                at += chars.len();
            }
            Run::Latin(text) => {
                words.push(Word { text, at });
                at += 1;
            }
        }
    }
    words
}

fn begun(first: char, at: usize) -> Word {
    Word { text: [START, first].into_iter().collect(), at }
}

/// What somebody looks for: a phrase for everything between spaces. Those of punctuation alone are left out.
pub(crate) fn phrases(text: &str) -> Vec<Phrase> {
    text.split(char::is_whitespace).filter_map(phrase).collect()
}

fn phrase(text: &str) -> Option<Phrase> {
    let runs = runs(text);
    if let [Run::Chinese(chars)] = runs.as_slice()
        && let [only] = chars.as_slice()
    {
        return Some(Phrase::Beginning(*only));
    }
    let mut words = Vec::new();
    let mut at = 0;
    let last = runs.len().checked_sub(1)?;
    for (number, run) in runs.into_iter().enumerate() {
        match run {
            Run::Chinese(chars) if number == last && chars.len() == 1 => {
                words.extend(chars.first().map(|first| begun(*first, at)));
            }
            Run::Chinese(chars) => {
                // The last character is in the pair before it; alone it marks the end of the run.
                let upto = if number < last { chars.len() } else { chars.len() - 1 };
                for start in 0..upto {
                    let text = chars.iter().skip(start).take(2).collect();
                    words.push(Word { text, at: at + start });
                }
                at += chars.len();
            }
            Run::Latin(text) => {
                words.push(Word { text, at });
                at += 1;
            }
        }
    }
    Some(Phrase::Words(words))
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut is_joined = false;
    for c in text.chars().map(half_width) {
        if is_chinese(c) {
            match runs.last_mut() {
                Some(Run::Chinese(chars)) if is_joined => chars.push(c),
                _ => runs.push(Run::Chinese(vec![c])),
            }
            is_joined = true;
        } else if c.is_alphanumeric() {
            if !(is_joined && matches!(runs.last(), Some(Run::Latin(_)))) {
                runs.push(Run::Latin(String::new()));
            }
            if let Some(Run::Latin(word)) = runs.last_mut()
                && word.len() < LONGEST
            {
                word.extend(c.to_lowercase());
            }
            is_joined = true;
        } else {
            is_joined = false;
        }
    }
    runs
}

fn half_width(c: char) -> char {
    match c {
        // The full-width forms are in the order of ASCII, 0xFEE0 above it.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

/// [`words`] for the library.
#[derive(Clone, Default)]
pub(crate) struct Words {
    token: Token,
}

/// The words of one text for the library.
pub(crate) struct Stream<'a> {
    words: std::vec::IntoIter<Word>,
    token: &'a mut Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        Stream { words: words(text).into_iter(), token: &mut self.token }
    }
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.next() else { return false };
        *self.token =
            Token { offset_from: 0, offset_to: 0, position: word.at, position_length: 1, text: word.text };
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(words: &[Word]) -> String {
        let word = |word: &Word| format!("{}{}", word.at, word.text.replace(START, "^"));
        words.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_text_becomes_words() {
        for (text, expected) in [
            ("", ""),
            ("铝", "0^铝 0铝"),
            ("铝合金", "0^铝 0铝合 1合金 2金"),
            ("节能、改造", "0^节 0节能 1能 2^改 2改造 3造"),
            ("T6061铝合金 型材", "0t6061 1^铝 1铝合 2合金 3金 4^型 4型材 5材"),
            ("ＡＢｃ－１２", "0abc 112"),
            ("HLH-2011-0001", "0hlh 12011 20001"),
            ("，。！", ""),
        ] {
            assert_eq!(shown(&words(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_search_becomes_phrases() {
        for (text, expected) in [
            ("", ""),
            ("－　！", ""),
            ("铝", "铝*"),
            ("铝合", "0铝合"),
            ("铝合金", "0铝合 1合金"),
            ("合金T6", "0合金 1金 2t6"),
            ("T6铝", "0t6 1^铝"),
            ("铝T6", "0铝 1t6"),
            ("能-改", "0能 1^改"),
            ("节能 2011-05", "0节能 / 02011 105"),
        ] {
            let found: Vec<String> = phrases(text)
                .iter()
                .map(|phrase| match phrase {
                    Phrase::Words(words) => shown(words),
                    Phrase::Beginning(first) => format!("{first}*"),
                })
                .collect();
            assert_eq!(found.join(" / "), expected, "{text}");
        }
    }
}
