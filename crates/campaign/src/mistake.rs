//! Mistakes in a definition, as its author reads them: where, what, and what to do.

use std::fmt;

use crate::definition::Label;

/// Something wrong in a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Path of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: Label,
    /// What to do about it.
    pub remedy: Label,
}

impl Mistake {
    /// `file:line:column: 问题(办法)`, for Chinese readers.
    pub fn to_chinese(&self) -> String {
        let Self { file, line, column, message, remedy } = self;
        format!("{file}:{line}:{column}: {}({})", message.zh, remedy.zh)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, remedy } = self;
        write!(f, "{file}:{line}:{column}: {} ({})", message.en, remedy.en)
    }
}

/// The same text in Chinese and English, both with names of variables in `{}`.
#[macro_export]
macro_rules! say {
    ($zh:literal, $en:literal $(,)?) => {
        $crate::definition::Label { zh: format!($zh), en: format!($en) }
    };
}

pub use say;
