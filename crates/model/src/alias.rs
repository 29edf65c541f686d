//! An alias: the text that replaces a name or a number in a record when it was
//! removed on request. It says nothing about the person, but two persons have
//! different aliases, so that nobody is counted twice or lost.
//!
//! An alias is made with a secret key (`store::Vault`); this module knows only its shape.

/// What an alias begins with.
const MARK: &str = "~~";
/// Characters of the token behind the mark: 16 bytes in base64.
pub const TOKEN: usize = 22;

/// The alias with this token.
pub fn alias(token: &str) -> String {
    format!("{MARK}{token}")
}

/// The token of an alias; `None` for any other text.
pub fn token(text: &str) -> Option<&str> {
    let token = text.strip_prefix(MARK).filter(|token| is_token(token))?;
    Some(token)
}

/// Whether a text is an alias: it is shown as "removed".
pub fn is_alias(text: &str) -> bool {
    token(text).is_some()
}

/// Whether a text can be a token.
pub fn is_token(text: &str) -> bool {
    text.len() == TOKEN
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_shape_is_an_alias() {
        let token = "abcdefghijklmnopqrst-_";
        assert_eq!(super::token(&alias(token)), Some(token));
        for text in ["", "~~", "~~abc", "~abcdefghijklmnopqrst-_", "~~abcdefghijklmnopqrst-?"] {
            assert!(!is_alias(text), "{text}");
        }
    }
}
