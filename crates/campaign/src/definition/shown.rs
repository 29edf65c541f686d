//! What of a value may be shown. Whether a personal number is masked is
//! decided here and nowhere else: pages, files and answers for programs ask.

use model::{alias::is_alias, value::Value};

use super::FieldKind;

/// A value as it may be shown to somebody who did not ask for the number itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Disclosure<'v> {
    /// The value was removed on a person's request; an alias takes its place.
    Removed,
    /// A personal number, with the middle hidden.
    Masked(String),
    /// Anything else, as it is.
    Open(&'v Value),
}

impl FieldKind {
    /// Whether its values are personal numbers.
    pub fn is_personal(&self) -> bool {
        self.spec().personal.is_some()
    }

    /// What of `value` may be shown.
    pub fn shown<'v>(&self, value: &'v Value) -> Disclosure<'v> {
        match (value, self.spec().personal) {
            (Value::Text(text), _) if is_alias(text) => Disclosure::Removed,
            (Value::Text(text), Some(number)) => Disclosure::Masked((number.mask)(text)),
            _ => Disclosure::Open(value),
        }
    }

    /// Whether a text is what stands for a masked number of this kind.
    pub fn is_masked(&self, text: &str) -> bool {
        text.contains('*') && self.spec().personal.is_some_and(|number| (number.mask)(text) == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_and_masks_known_again() {
        let number = Value::Text("210202198001010008".to_owned());
        let mask = Disclosure::Masked("210202********0008".to_owned());
        assert_eq!(FieldKind::IdNumber.shown(&number), mask);
        assert!(FieldKind::IdNumber.is_masked("210202********0008"));
        assert!(!FieldKind::IdNumber.is_masked("210202198001010008"));
        let text = FieldKind::Text { max: 50, lines: false };
        assert_eq!(text.shown(&number), Disclosure::Open(&number));
        assert!(!text.is_masked("张*") && !text.is_personal());
    }
}
