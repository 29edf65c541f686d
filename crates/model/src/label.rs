//! Texts that a campaign defines in both languages.

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// Chinese, the language of record.
    pub zh: String,
    /// English.
    pub en: String,
}
