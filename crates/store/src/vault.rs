//! The vault encrypts personal numbers with a secret that is not in the
//! database, so that a copy of the database does not reveal them.
//!
//! The cipher is AES-256-GCM-SIV (RFC 8452), with the kind of the value as
//! associated data and one nonce for all values. The same value always becomes
//! the same text, so that correcting it to itself changes nothing. An encrypted
//! text therefore shows that two values are equal, and nothing else: this is
//! what the SIV construction is for.
//!
//! The tag of an encrypted value is a keyed hash of it. It is the value's *token*:
//! persons are counted and found by it (`docs/decisions/0007-vault.md`).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit, Nonce, Tag,
    aead::{AeadInOut, inout::InOutBuf},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use campaign::{definition::FieldKind, kinds::PersonalSort};
use hkdf::{Hkdf, HkdfExtract};
use hmac::Hmac;
use model::alias::{self, TOKEN, alias, is_alias};
use sha2::Sha256;

/// What a sealed value begins with.
const SEALED: char = '~';
/// What a sealed file begins with.
const FILE: &[u8; 8] = b"\0JGSEAL1";
const TAG: usize = 16;
const NONCE: usize = 12;

/// The secret that all keys are derived from: 32 random bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A new one.
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// The secret of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a secret as it is written in its file: 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (position, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(position * 2..position * 2 + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// As it is written in its file.
    pub fn to_hex(&self) -> String {
        self.0.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The sort of a personal value; values of different sorts have different tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Personal {
    /// An ID number.
    IdNumber,
    /// A telephone number.
    Phone,
    /// A person's name. Names are not sealed; they have tokens.
    Name,
    /// Any other text that looks like a sealed one.
    Text,
}

impl Personal {
    /// The sort of a field's values; `None` for fields that are kept in clear.
    pub fn of_kind(kind: &FieldKind) -> Option<Self> {
        Some(match kind.spec().personal?.sort {
            PersonalSort::IdNumber => Self::IdNumber,
            PersonalSort::Phone => Self::Phone,
        })
    }

    fn data(self) -> &'static [u8] {
        match self {
            Self::IdNumber => b"id-number",
            Self::Phone => b"phone",
            Self::Name => b"name",
            Self::Text => b"text",
        }
    }
}

/// Seals and opens personal values.
pub struct Vault {
    values: Aes256GcmSiv,
    files: Aes256GcmSiv,
    digests: Hmac<Sha256>,
    /// What the keys of files beside the database are derived from.
    streams: [u8; 32],
    /// What the chain of the log of access is made with.
    log: [u8; 32],
    check: String,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// The vault of a secret.
    pub fn new(secret: &Secret) -> Self {
        let keys = Hkdf::<Sha256>::new(None, &secret.0);
        let cipher = |purpose| Aes256GcmSiv::new(&derived(&keys, purpose).into());
        Self {
            values: cipher("jiangong values 1"),
            files: cipher("jiangong files 1"),
            digests: keyed(&derived(&keys, "jiangong digests 1")),
            streams: derived(&keys, "jiangong streams 1"),
            log: derived(&keys, "jiangong access log 1"),
            check: BASE64.encode(&derived(&keys, "jiangong check 1")[..12]),
        }
    }

    /// Tells one secret from another without telling anything about it: stored
    /// in the region, so that a database is never written under two secrets.
    pub fn check(&self) -> &str {
        &self.check
    }

    /// A digest that nobody can make without the secret, to be fed with what it is of.
    pub(crate) fn digest(&self) -> Hmac<Sha256> {
        self.digests.clone()
    }

    /// The sealed text of a value; an alias stays what it is.
    pub fn seal(&self, sort: Personal, text: &str) -> String {
        if is_alias(text) {
            return text.to_owned();
        }
        let mut bytes = text.as_bytes().to_vec();
        let tag = self.tag(sort, &mut bytes);
        let mut sealed = String::with_capacity(1 + TOKEN + bytes.len().div_ceil(3) * 4);
        sealed.push(SEALED);
        BASE64.encode_string(tag, &mut sealed);
        BASE64.encode_string(&bytes, &mut sealed);
        sealed
    }

    /// Whether a text must not be stored as it is, though its field is kept in clear: it looks sealed.
    pub(crate) fn looks_sealed(text: &str) -> bool {
        text.starts_with(SEALED) && !is_alias(text)
    }

    /// The value of a sealed text. A text that is not sealed (one of an earlier
    /// version, an alias) is the value itself; `None` for one that was sealed
    /// otherwise or is broken.
    pub fn open(&self, sort: Personal, text: &str) -> Option<String> {
        if !Self::looks_sealed(text) {
            return Some(text.to_owned());
        }
        let sealed = text.get(1..)?;
        let tag: [u8; TAG] = BASE64.decode(sealed.get(..TOKEN)?).ok()?.try_into().ok()?;
        let mut bytes = BASE64.decode(sealed.get(TOKEN..)?).ok()?;
        let buffer = InOutBuf::from(bytes.as_mut_slice());
        let tag = Tag::from(tag);
        self.values.decrypt_inout_detached(&Nonce::default(), sort.data(), buffer, &tag).ok()?;
        String::from_utf8(bytes).ok()
    }

    /// The token of a value, of its sealed text or of its alias.
    pub fn token(&self, sort: Personal, text: &str) -> String {
        if let Some(token) = alias::token(text) {
            return token.to_owned();
        }
        if let Some(token) = sealed_token(text) {
            return token.to_owned();
        }
        BASE64.encode(self.tag(sort, &mut text.as_bytes().to_vec()))
    }

    /// The text used for a value when it is counted, and after it was removed.
    pub fn alias(&self, sort: Personal, text: &str) -> String {
        if is_alias(text) { text.to_owned() } else { alias(&self.token(sort, text)) }
    }

    /// The token of several values together, such as the two sides of a pair.
    pub fn token_of(&self, parts: &[&str]) -> String {
        self.token(Personal::Text, &parts.join("\u{1f}"))
    }

    fn tag(&self, sort: Personal, bytes: &mut [u8]) -> [u8; TAG] {
        let buffer = InOutBuf::from(bytes);
        let tag = self.values.encrypt_inout_detached(&Nonce::default(), sort.data(), buffer);
        // It fails for values of 64 GiB and more, which no text is.
        tag.map(Into::into).unwrap_or_default()
    }

    /// What tells in the head of a sealed file which secret it was sealed with.
    pub(crate) fn file_mark(&self) -> [u8; 8] {
        let mut mark = [0; 8];
        mark.iter_mut().zip(self.check.bytes()).for_each(|(mark, byte)| *mark = byte);
        mark
    }

    /// The cipher of one file, whose head has this salt.
    pub(crate) fn file_cipher(&self, salt: &[u8]) -> Aes256GcmSiv {
        let keys = Hkdf::<Sha256>::new(Some(salt), &self.streams);
        Aes256GcmSiv::new(&derived(&keys, "jiangong file 1").into())
    }

    /// A keyed digest (HMAC-SHA-256, which is what HKDF extracts with) of texts of the log of access, for its chain.
    pub(crate) fn log_digest<'a>(&self, texts: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut digest = HkdfExtract::<Sha256>::new(Some(&self.log));
        for text in texts {
            // The length first: no two lists of texts are the same bytes.
            digest.input_ikm(&(text.len() as u64).to_be_bytes());
            digest.input_ikm(text);
        }
        BASE64.encode(digest.finalize().0)
    }

    /// Seals the content of a file, each time to other bytes.
    pub fn seal_file(&self, content: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = rand::random();
        let mut sealed = Vec::with_capacity(FILE.len() + NONCE + TAG + content.len());
        sealed.extend_from_slice(FILE);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&[0; TAG]);
        let start = sealed.len();
        sealed.extend_from_slice(content);
        let buffer = InOutBuf::from(&mut sealed[start..]);
        let tag = self.files.encrypt_inout_detached(&Nonce::from(nonce), FILE, buffer);
        let tag: [u8; TAG] = tag.map(Into::into).unwrap_or_default();
        sealed[start - TAG..start].copy_from_slice(&tag);
        sealed
    }

    /// The content of a sealed file, or of one that never was sealed; `None` when it is broken.
    pub fn open_file(&self, sealed: Vec<u8>) -> Option<Vec<u8>> {
        let Some(rest) = sealed.strip_prefix(FILE) else { return Some(sealed) };
        let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
        let (tag, content) = rest.split_first_chunk::<TAG>()?;
        let mut content = content.to_vec();
        let buffer = InOutBuf::from(content.as_mut_slice());
        let (nonce, tag) = (Nonce::from(*nonce), Tag::from(*tag));
        self.files.decrypt_inout_detached(&nonce, FILE, buffer, &tag).ok()?;
        Some(content)
    }

    /// Whether a file's content is sealed.
    pub(crate) fn is_sealed_file(content: &[u8]) -> bool {
        content.starts_with(FILE)
    }

    /// Seals a longer text, such as the report of an import, each time otherwise.
    pub fn seal_note(&self, text: &str) -> String {
        format!("{NOTE}{}", BASE64.encode(self.seal_file(text.as_bytes())))
    }

    /// Whether a text is a sealed note.
    pub fn is_sealed_note(text: &str) -> bool {
        text.starts_with(NOTE)
    }

    /// The text of a sealed note, or of one that never was sealed; `None` when it is broken.
    pub fn open_note(&self, note: &str) -> Option<String> {
        let Some(sealed) = note.strip_prefix(NOTE) else { return Some(note.to_owned()) };
        String::from_utf8(self.open_file(BASE64.decode(sealed).ok()?)?).ok()
    }
}

/// From one secret to another: everything that was made with the former one, as the new one makes it.
pub struct Rekey {
    /// The vault of the former secret.
    pub former: Arc<Vault>,
    /// The vault of the new one.
    pub new: Arc<Vault>,
    /// Tokens of persons whose value is known, as the new secret makes them.
    tokens: BTreeMap<String, String>,
}

impl Rekey {
    /// From `former` to `new`.
    pub fn new(former: Arc<Vault>, new: Arc<Vault>) -> Self {
        Self { former, new, tokens: BTreeMap::new() }
    }

    /// Says which token a value has under both secrets, if the former one is among `wanted`.
    pub fn learn(&mut self, wanted: &BTreeSet<String>, sort: Personal, value: &str) {
        let former = self.former.token(sort, value);
        if wanted.contains(&former) && !is_alias(value) {
            self.tokens.insert(former, self.new.token(sort, value));
        }
    }

    /// The token that stands for what a former one stood for. Where nobody knows the value any more, it is one
    /// that nobody can test a guess against who has the former secret.
    pub fn token(&self, former: &str) -> String {
        self.tokens.get(former).cloned().unwrap_or_else(|| self.new.token_of(&["former token", former]))
    }

    /// A file sealed anew; `None` when the former secret does not open it.
    pub fn file(&self, sealed: Vec<u8>) -> Option<Vec<u8>> {
        Some(self.new.seal_file(&self.former.open_file(sealed)?))
    }

    /// A note sealed anew; `None` when the former secret does not open it.
    pub fn note(&self, sealed: &str) -> Option<String> {
        Some(self.new.seal_note(&self.former.open_note(sealed)?))
    }

    /// A JSON text with everything in it that was sealed or is an alias in its new form; `None` when it
    /// has nothing of that. What only looks sealed stays.
    pub fn json(&self, text: &str) -> Option<String> {
        let mut fresh = String::new();
        let mut done = 0;
        for (value, place) in sealed_texts(text) {
            let new = match alias::token(value) {
                Some(token) => Some(alias(&self.token(token))),
                None => self.open(value).map(|(sort, opened)| self.new.seal(sort, &opened)),
            };
            if let Some(new) = new {
                fresh.push_str(&text[done..place]);
                fresh.push_str(&new);
                done = place + value.len();
            }
        }
        if done == 0 {
            return None;
        }
        fresh.push_str(&text[done..]);
        Some(fresh)
    }

    /// The value of a sealed text of any sort.
    pub fn open(&self, sealed: &str) -> Option<(Personal, String)> {
        let sorts = [Personal::IdNumber, Personal::Phone, Personal::Text];
        sorts.into_iter().find_map(|sort| Some((sort, self.former.open(sort, sealed)?)))
    }
}

/// The texts of a JSON text that may be sealed or aliases, with their places: those that begin with the mark and
/// hold nothing that JSON writes otherwise.
pub fn sealed_texts(json: &str) -> impl Iterator<Item = (&str, usize)> {
    json.match_indices("\"~").filter_map(|(place, _)| {
        let start = place + 1;
        let rest = json.get(start..)?;
        let value = rest.get(..rest.find('"')?)?;
        let is_sealed = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"~-_".contains(&byte));
        (is_sealed && value.len() > TOKEN).then_some((value, start))
    })
}

/// What a sealed note begins with: no JSON does.
const NOTE: &str = "~note:";

/// The token of a sealed text, without opening it.
pub(crate) fn sealed_token(text: &str) -> Option<&str> {
    let sealed = text.strip_prefix(SEALED).filter(|_| Vault::looks_sealed(text))?;
    sealed.get(..TOKEN).filter(|token| alias::is_token(token))
}

#[expect(clippy::expect_used, reason = "HKDF gives 8,160 bytes and fails beyond")]
fn derived(keys: &Hkdf<Sha256>, purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    keys.expand(purpose.as_bytes(), &mut key).expect("32 bytes");
    key
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "210202198001010008";

    fn vault() -> Vault {
        Vault::new(&Secret::new([7; 32]))
    }

    #[test]
    fn a_value_is_sealed_always_to_the_same_text() {
        let vault = vault();
        let sealed = vault.seal(Personal::IdNumber, NUMBER);
        assert_eq!(sealed, vault.seal(Personal::IdNumber, NUMBER));
        assert!(!sealed.contains("2102") && sealed.len() == 47, "{sealed}");
        assert_eq!(vault.open(Personal::IdNumber, &sealed).as_deref(), Some(NUMBER));
        assert_eq!(vault.open(Personal::Phone, &sealed), None, "of another sort");
        let other = Vault::new(&Secret::new([8; 32]));
        assert_eq!(other.open(Personal::IdNumber, &sealed), None, "with another secret");
        assert_eq!(vault.open(Personal::IdNumber, NUMBER).as_deref(), Some(NUMBER), "of an earlier version");
        assert_ne!(vault.check(), other.check());
    }

    #[test]
    fn value_sealed_text_and_alias_have_one_token() {
        let vault = vault();
        let token = vault.token(Personal::IdNumber, NUMBER);
        let (sealed, alias) =
            (vault.seal(Personal::IdNumber, NUMBER), vault.alias(Personal::IdNumber, NUMBER));
        assert_eq!(vault.token(Personal::IdNumber, &sealed), token);
        assert_eq!(vault.token(Personal::IdNumber, &alias), token);
        assert_eq!(vault.alias(Personal::IdNumber, &sealed), alias);
        assert_eq!(vault.seal(Personal::IdNumber, &alias), alias, "an alias hides nothing more");
        assert_ne!(vault.token(Personal::Name, NUMBER), token);
    }

    #[test]
    fn a_broken_text_is_not_opened() {
        let vault = vault();
        for text in ["~", "~~", "~abc", "~abcdefghijklmnopqrst-_", "~abcdefghijklmnopqrst-_AAAA", "~工"] {
            assert_eq!(vault.open(Personal::IdNumber, text), None, "{text}");
        }
    }

    #[test]
    fn files_and_notes_are_sealed_each_time_otherwise() {
        let vault = vault();
        let sealed = vault.seal_file(NUMBER.as_bytes());
        assert_ne!(sealed, vault.seal_file(NUMBER.as_bytes()));
        assert_eq!(vault.open_file(sealed.clone()).as_deref(), Some(NUMBER.as_bytes()));
        let mut broken = sealed;
        let last = broken.len() - 1;
        broken[last] ^= 1;
        assert_eq!(vault.open_file(broken), None);
        assert_eq!(vault.open_file(b"a,b".to_vec()).as_deref(), Some(&b"a,b"[..]));
        let note = vault.seal_note("{}");
        assert!(note.starts_with(NOTE));
        assert_eq!(vault.open_note(&note).as_deref(), Some("{}"));
        assert_eq!(vault.open_note("{}").as_deref(), Some("{}"));
    }

    #[test]
    fn a_text_of_the_former_secret_becomes_one_of_the_new_one() {
        let (former, new) = (Arc::new(vault()), Arc::new(Vault::new(&Secret::new([8; 32]))));
        let mut rekey = Rekey::new(former.clone(), new.clone());
        let number = former.seal(Personal::IdNumber, NUMBER);
        let phone = former.seal(Personal::Phone, "13800138000");
        let (known, unknown) =
            (former.alias(Personal::IdNumber, NUMBER), former.alias(Personal::Name, "somebody"));
        rekey.learn(&BTreeSet::from([former.token(Personal::IdNumber, NUMBER)]), Personal::IdNumber, NUMBER);
        let quoted = r#"said \"~abcdefghijklmnopqrst-_\" once"#;
        let text = format!(
            r#"{{"a":"{number}","b":{{"c":"{phone}"}},"d":"{known}","e":"{unknown}","f":"~x","g":"{quoted}"}}"#
        );
        let fresh = rekey.json(&text).expect("something is sealed");
        let rest: serde_json::Value = serde_json::from_str(&fresh).expect("still JSON");
        assert_eq!(rest["a"], new.seal(Personal::IdNumber, NUMBER));
        assert_eq!(rest["b"]["c"], new.seal(Personal::Phone, "13800138000"));
        assert_eq!(rest["d"], new.alias(Personal::IdNumber, NUMBER), "somebody else's record has the number");
        let gone = rest["e"].as_str().expect("a text");
        assert!(is_alias(gone) && gone != unknown && gone != new.alias(Personal::Name, "somebody"));
        assert_eq!((rest["f"].as_str(), rest["g"].as_str().map(str::len)), (Some("~x"), Some(35)));
        assert_eq!(rekey.json(r#"{"a":"b~","c":["~~"]}"#), None);
        assert_eq!(former.open(Personal::IdNumber, rest["a"].as_str().expect("a text")), None);
    }

    #[test]
    fn a_secret_is_read_as_it_is_written() {
        let secret = Secret::random();
        assert_eq!(Secret::parse(&format!("{}\n", secret.to_hex())), Some(secret));
        for text in ["", "00", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(Secret::parse(text), None, "{text}");
        }
    }
}
