//! Activation codes: twelve signs at random out of thirty-one, more than 59 bits. Signs that are taken for each
//! other (0 and O, 1, I and L) are not among them.
//!
//! Stored is a keyed hash of a code, not the code: the key follows from the federation's secret, which is not in the
//! database. A digest that takes long, as passwords have, would be of no use: a code is not chosen by anybody, so
//! nobody guesses it faster than by trying all of them, and without the key nothing can be tried at all. Twenty
//! thousand such digests would take a quarter of an hour, these take a few milliseconds.

use store::Vault;

/// The signs of a code.
const SIGNS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Signs of a code.
const LENGTH: usize = 12;
/// Signs between two dashes, where a code is shown.
const GROUP: usize = 4;

/// A new code, without dashes.
pub(super) fn new_code() -> String {
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        for byte in rand::random::<[u8; 16]>() {
            // All signs are equally likely: what goes beyond a multiple of their number is thrown away.
            let number = usize::from(byte);
            if number < SIGNS.len() * 8 && code.len() < LENGTH {
                code.push(char::from(SIGNS[number % SIGNS.len()]));
            }
        }
    }
    code
}

/// A code as people read it: in groups.
pub(super) fn readable(code: &str) -> String {
    let signs: Vec<char> = code.chars().collect();
    let groups: Vec<String> = signs.chunks(GROUP).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// What was typed, as a code is hashed: capitals, without dashes and spaces, and with signs of full width as of half.
pub(super) fn normalise(typed: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    let signs = typed.chars().map(half).filter(char::is_ascii_alphanumeric);
    signs.map(|c| c.to_ascii_uppercase()).take(2 * LENGTH).collect()
}

/// The keyed hash of a code.
pub(super) fn hash(vault: &Vault, code: &str) -> String {
    vault.token_of(&["activation code", code])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use store::Secret;

    use super::*;

    #[test]
    fn codes_are_long_readable_and_never_the_same() {
        let codes: BTreeSet<String> = (0..2_000).map(|_| new_code()).collect();
        assert_eq!(codes.len(), 2_000);
        let used: BTreeSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        assert_eq!(used.len(), SIGNS.len(), "every sign comes");
        assert!(!used.iter().any(|sign| "01ILO".contains(*sign)));
        assert!(codes.iter().all(|code| code.len() == LENGTH));
        let bits = f64::from(u32::try_from(SIGNS.len()).unwrap()).log2() * 12.0;
        assert!(bits > 59.0, "{bits}");
    }

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        for typed in ["K7QM-3XVP-R9TB", "k7qm3xvpr9tb", " K7QM 3XVP R9TB ", "Ｋ７ＱＭ－３ＸＶＰ－Ｒ９ＴＢ"]
        {
            assert_eq!(normalise(typed), "K7QM3XVPR9TB", "{typed}");
        }
        assert_eq!(readable("K7QM3XVPR9TB"), "K7QM-3XVP-R9TB");
    }

    #[test]
    fn the_hash_depends_on_the_secret() {
        let hashes = [1, 2].map(|byte| hash(&Vault::new(&Secret::new([byte; 32])), "K7QM3XVPR9TB"));
        assert_ne!(hashes[0], hashes[1]);
        assert!(!hashes[0].contains("K7QM"));
    }
}
