//! Code lists.

use super::Label;

/// A code list.
#[derive(Debug, Clone)]
pub struct Dictionary {
    /// Id.
    pub id: String,
    /// Words for it.
    pub label: Label,
    /// The standard or document it comes from.
    pub source: String,
    /// Number of digits of codes outside the list that are taken too.
    pub open_digits: Option<usize>,
    /// Its codes, in official order.
    pub codes: Vec<Code>,
}

impl Dictionary {
    /// The entry for `code`.
    pub fn code(&self, code: &str) -> Option<&Code> {
        self.codes.iter().find(|entry| entry.code == code)
    }
}

/// One entry of a code list.
#[derive(Debug, Clone)]
pub struct Code {
    /// The code, as stored.
    pub code: String,
    /// What it was in earlier versions.
    pub was: Option<String>,
    /// Words for it.
    pub label: Label,
    /// Other words that clerks write for it.
    pub names: Vec<String>,
    /// The code above it.
    pub parent: Option<String>,
}
