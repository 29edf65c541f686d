//! All texts that people read: every message of pages, answers and the command
//! line in Chinese and English, and the format of numbers and dates.
//!
//! The texts are in `messages/zh.toml` and `messages/en.toml`. The build
//! turns each key into a method of [`Words`], so code that uses a missing text
//! does not compile. Like `model`, this crate knows no page and no campaign; the
//! labels of a campaign are in the campaign's files.

#[cfg(test)]
mod catalogue;
mod faults;
pub mod format;
mod periods;

use std::{fmt, fmt::Display};

include!(concat!(env!("OUT_DIR"), "/messages.rs"));

/// A language that every text exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Simplified Chinese, the language of record.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// Every language, in the order in which people choose them.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The code used in cookies, on the command line and in file names.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// The language of a code or of a tag such as `zh-CN`; `None` for any other.
    pub fn parse(tag: &str) -> Option<Self> {
        let code = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(code))
    }

    /// Its own name, as people who read it write it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Chinese => "中文",
            Self::English => "English",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// All texts in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words(pub Language);

impl Words {
    /// The texts in `language`.
    pub const fn new(language: Language) -> Self {
        Self(language)
    }

    /// The language they are in.
    pub const fn language(self) -> Language {
        self.0
    }

    /// The half of a text that a campaign states in both languages.
    pub fn pick<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self.0 {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in_both_languages() {
        let chinese = Words::new(Language::Chinese);
        let english = Words::new(Language::English);
        assert_eq!(chinese.list_page(2, "1,234", 51, 100), "第 2 页，共 1,234 条，本页显示 51–100 条");
        assert_eq!(english.list_page(2, "1,234", 51, 100), "Page 2: rows 51–100 of 1,234");
        assert_eq!((chinese.login_title(), english.login_title()), ("登录", "Sign in"));
    }

    #[test]
    fn language_tags_are_understood() {
        for (tag, expected) in [
            ("zh", Some(Language::Chinese)),
            ("zh-CN", Some(Language::Chinese)),
            ("EN_us", Some(Language::English)),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(Language::parse(tag), expected, "{tag}");
        }
    }

    #[test]
    fn each_text_is_in_its_language() {
        let messages =
            catalogue::read(include_str!("../messages/zh.toml"), include_str!("../messages/en.toml"));
        let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        for message in messages.expect("the build has checked it") {
            let catalogue::Message { key, chinese, english, placeholders } = message;
            let without = |text: &str, name: &String| text.replace(&format!("{{{name}}}"), "");
            let bare = placeholders.iter().fold(english.clone(), |text, name| without(&text, name));
            assert!(!english.contains(han), "en.toml: {key}: has Chinese characters");
            assert!(
                chinese.contains(han) || !bare.contains(char::is_alphabetic),
                "zh.toml: {key}: is not Chinese"
            );
            // An address such as sqlite: or 127.0.0.1:8080 is written as it is typed.
            let chars: Vec<char> = chinese.chars().collect();
            let is_narrow = |pair: &[char]| {
                let is_mark = |c: char| ",:;?!()".contains(c);
                (is_mark(pair[0]) && han(pair[1])) || (han(pair[0]) && is_mark(pair[1]))
            };
            let narrow = chars.windows(2).any(is_narrow);
            assert!(!narrow, "zh.toml: {key}: use full-width punctuation (，：；？！（）)");
        }
    }
}
