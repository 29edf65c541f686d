//! Texts that a campaign defines in both languages.

use serde::{Deserialize, Serialize};

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Label {
    /// Chinese, the language of record.
    pub zh: String,
    /// English.
    pub en: String,
}
