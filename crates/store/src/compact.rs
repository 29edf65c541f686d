//! The compact form of what records state: a JSON object as bytes, with numbers in place of the names of fields and of
//! codes ([`ShortNames`]) and with typed values (`docs/decisions/0034-compact-content.md`).
//!
//! Everybody above this module sees the text. Packing is exact: what would not come back as it was, to the last
//! letter, is kept as text. So digests are of the text, and do not depend on how it is stored.
//!
//! The first byte says how the rest is read. A number that a name once got is never given to another one, so that
//! what was written under an earlier version of the definition is read as it was.

mod difference;
mod text;
mod value;

use std::borrow::Cow;

use integer_encoding::VarInt as _;
use serde::de::{Deserializer as _, MapAccess, Visitor};

pub(crate) use self::difference::{apply, difference, is_difference};
use crate::short_names::ShortNames;

/// The text as it is.
const TEXT: u8 = 0;
/// A JSON object.
const OBJECT: u8 = 1;
/// A JSON object after the mark of a difference.
const DIFFERENCE: u8 = 2;

/// A value of an object: what content consists of.
#[derive(Debug, Clone, PartialEq)]
enum Scalar<'a> {
    /// Nothing.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A number, as JSON writes it.
    Number(String),
    /// A text.
    Text(Cow<'a, str>),
    /// A list or an object, as JSON writes it.
    Nested(String),
    /// An object that says of a field that it is not applicable, with the reason.
    NotApplicable(String),
}

/// The one name in an object that says that something is not applicable.
pub(crate) const NOT_APPLICABLE: &str = "not_applicable";

/// The bytes of a text.
pub(crate) fn pack(names: &ShortNames, text: &str) -> Vec<u8> {
    packed_object(names, text).filter(|bytes| unpack(names, bytes).as_deref() == Some(text)).unwrap_or_else(
        || {
            let mut bytes = Vec::with_capacity(text.len() + 1);
            bytes.push(TEXT);
            bytes.extend_from_slice(text.as_bytes());
            bytes
        },
    )
}

fn packed_object(names: &ShortNames, text: &str) -> Option<Vec<u8>> {
    let (kind, object) = match text.strip_prefix(difference::MARK) {
        Some(object) => (DIFFERENCE, object),
        None => (OBJECT, text),
    };
    let mut bytes = Vec::with_capacity(text.len());
    bytes.push(kind);
    for (name, value) in entries(object)? {
        if let Some(number) = names.number(&name) {
            put_number(&mut bytes, number + 1);
        } else {
            bytes.push(0);
            put_bytes(&mut bytes, name.as_bytes());
        }
        value::put(&mut bytes, names, &value);
    }
    Some(bytes)
}

/// The text that was packed; `None` when the bytes are not one, or hold a number that these names do not have.
pub(crate) fn unpack(names: &ShortNames, bytes: &[u8]) -> Option<String> {
    let (kind, mut bytes) = bytes.split_first()?;
    let mut text = String::with_capacity(bytes.len() * 2 + 16);
    match *kind {
        TEXT => return String::from_utf8(bytes.to_vec()).ok(),
        OBJECT => {}
        DIFFERENCE => text.push_str(difference::MARK),
        _ => return None,
    }
    text.push('{');
    let mut is_first = true;
    while !bytes.is_empty() {
        if !is_first {
            text.push(',');
        }
        is_first = false;
        match take_number(&mut bytes)? {
            0 => value::push_quoted(&mut text, std::str::from_utf8(take_bytes(&mut bytes)?).ok()?)?,
            number => value::push_quoted(&mut text, names.name(number - 1)?)?,
        }
        text.push(':');
        value::take(&mut bytes, names, &mut text)?;
    }
    text.push('}');
    Some(text)
}

/// The bytes of up to three texts; `None` when there are none.
pub(crate) fn pack_texts(names: &ShortNames, texts: [Option<&str>; 3]) -> Option<Vec<u8>> {
    if texts.iter().all(Option::is_none) {
        return None;
    }
    let mut bytes = vec![0];
    for (place, text) in texts.into_iter().enumerate() {
        if let Some(text) = text {
            bytes[0] |= 1 << place;
            put_bytes(&mut bytes, &pack(names, text));
        }
    }
    Some(bytes)
}

/// The texts that were packed; `None` as for [`unpack`].
pub(crate) fn unpack_texts(names: &ShortNames, bytes: &[u8]) -> Option<[Option<String>; 3]> {
    let (present, mut bytes) = bytes.split_first()?;
    let mut texts = [None, None, None];
    for (place, text) in texts.iter_mut().enumerate() {
        if present & (1 << place) != 0 {
            *text = Some(unpack(names, take_bytes(&mut bytes)?)?);
        }
    }
    bytes.is_empty().then_some(texts)
}

/// The entries of a JSON object in their order.
fn entries(text: &str) -> Option<Vec<(Cow<'_, str>, Scalar<'_>)>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let entries = reader.deserialize_map(Entries).ok()?;
    reader.end().ok()?;
    Some(entries)
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(Cow<'de, str>, Scalar<'de>)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::with_capacity(24);
        while let Some(name) = map.next_key_seed(value::Borrowed)? {
            entries.push((name, map.next_value_seed(value::AnyScalar)?));
        }
        Ok(entries)
    }
}

fn put_number(bytes: &mut Vec<u8>, number: u64) {
    let mut buffer = [0; 10];
    let written = number.encode_var(&mut buffer);
    bytes.extend_from_slice(&buffer[..written]);
}

fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    let mut buffer = [0; 10];
    let written = number.encode_var(&mut buffer);
    bytes.extend_from_slice(&buffer[..written]);
}

fn put_bytes(bytes: &mut Vec<u8>, value: &[u8]) {
    put_number(bytes, value.len() as u64);
    bytes.extend_from_slice(value);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let (number, read) = u64::decode_var(bytes)?;
    *bytes = bytes.get(read..)?;
    Some(number)
}

fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    let (number, read) = i64::decode_var(bytes)?;
    *bytes = bytes.get(read..)?;
    Some(number)
}

fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_number(bytes)?).ok()?;
    take_exactly(bytes, length)
}

fn take_exactly<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> ShortNames {
        let words = ["unit", "number", "title", "passed", "score", "adopted", "day", "phone", "hours"];
        ShortNames::new(words.iter().map(|word| (*word).to_owned()).collect())
    }

    /// Packs and unpacks; how many bytes it took.
    fn check(text: &str) -> usize {
        let bytes = pack(&names(), text);
        assert_eq!(unpack(&names(), &bytes).as_deref(), Some(text), "{bytes:?}");
        bytes.len()
    }

    #[test]
    fn what_records_state_comes_back_to_the_letter_and_is_small() {
        let text = r#"{"unit":1027,"number":"210202000001-2014-00001","title":"关于仓库的建议，一","passed":true,"score":79.5,"day":"2014-01-07","state":"adopted","phone":"~WBV4F3gZAnLXpRStJNICxQPkuM1oMus2gGUlQ","hours":-130}"#;
        let packed = check(text);
        assert!(packed * 5 < text.len() * 3, "{packed} of {}", text.len());
        for text in [
            "{}",
            r#"{"unit":null}"#,
            r#"{"a":"","b":"\"\\\n","c":"🎉漢字ｶﾅ","d":[1,{"e":"f"}],"g":{"h":1.5}}"#,
            r#"{"score":80.0,"hours":0.05,"day":"2014-02-30","passed":false}"#,
            r#"{"score":-0.5,"hours":1e300,"day":"1899-12-31","unit":-9223372036854775808}"#,
            r#"{"number":"~abcdefghijklmnopqrst-_","title":"~","phone":"~工"}"#,
            r#"-{"title":null,"number":"1","phone":[3,"x"]}"#,
            r#"{"hours":{"not_applicable":"本单位无外协"},"score":{"not_applicable":""},"passed":false}"#,
            r#"{"hours":{"not_applicable":5},"score":{"not_applicable":"x","to":1}}"#,
            r#"-{"hours":{"not_applicable":"a \"b\""},"score":[2,{"not_applicable":"x"}]}"#,
        ] {
            check(text);
        }
    }

    #[test]
    fn what_is_no_object_of_ours_is_kept_as_text() {
        for text in ["", "[]", "no", r#"{"a": 1}"#, r#"{"a":1,"a":"\u0041"}"#, "{", r#"{"a":1e2}"#] {
            assert_eq!(pack(&names(), text)[0], TEXT, "{text}");
            check(text);
        }
    }

    #[test]
    fn longer_lists_of_names_read_what_shorter_ones_wrote() {
        let text = r#"{"title":"x","later":"adopted"}"#;
        let bytes = pack(&names(), text);
        let longer = names().with(vec!["later".to_owned()]);
        assert_eq!(unpack(&longer, &bytes).as_deref(), Some(text));
        let newer = pack(&longer, text);
        assert!(newer.len() < bytes.len());
        assert_eq!(unpack(&names(), &newer), None, "a number that is not known yet");
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let bytes = pack(&names(), r#"{"title":"关于仓库的建议","score":79.5}"#);
        for length in 0..bytes.len() {
            let cut = unpack(&names(), &bytes[..length]);
            assert!(cut.is_none_or(|text| text.len() < 40), "{length}");
        }
        assert_eq!(unpack(&names(), &[OBJECT, 1, 200]), None);
        assert_eq!(unpack(&names(), &[9]), None);
    }
}
