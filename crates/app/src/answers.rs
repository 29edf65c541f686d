//! Answers that are not values, as texts: a form and a file write “not applicable” with its reason in the same words.

pub use exchange::register::{NOT_APPLICABLE, not_applicable_text};

use exchange::{reading::reason_not_applicable, vocabulary::ClerkWords};

use crate::Snapshot;

/// The reason, in a text that says not applicable; empty when it gives none.
pub fn reason(snapshot: &Snapshot, text: &str) -> Option<String> {
    reason_not_applicable(text, ClerkWords::new(&snapshot.definition))
}
