//! Who did something, as people read it.

use app::parse_audit_name;
use words::Words;

/// The name in the audit, in words: of a deputy with whom the deputy acted for.
pub(crate) fn actor_name(words: Words, audit_name: &str) -> String {
    match parse_audit_name(audit_name) {
        (acting, Some(principal)) => words.deputy_acted(acting, principal),
        (acting, None) => acting.to_owned(),
    }
}
