//! One value of an object as bytes: a byte that says what it is, and what that needs.

use std::{borrow::Cow, fmt};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jiff::{ToSpan as _, civil::Date};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use super::{
    NOT_APPLICABLE, Scalar, put_bytes, put_number, put_signed, take_bytes, take_exactly, take_number,
    take_signed, text,
};
use crate::short_names::ShortNames;

const NULL: u8 = 0;
const NO: u8 = 1;
const YES: u8 = 2;
/// A whole number.
const WHOLE: u8 = 3;
/// A number with decimal places: how many, and its digits.
const DECIMAL: u8 = 4;
/// A day, as days since the middle of the time that records are of.
const DAY: u8 = 5;
/// A text that has a short name.
const NAME: u8 = 6;
/// A sealed text, whose bytes are written as BASE64 after a mark.
const SEALED: u8 = 7;
/// JSON as it is.
const NESTED: u8 = 8;
/// A longer text.
const LONG: u8 = 9;
/// The reason why something is not applicable.
const REASON: u8 = 10;
/// From here on, a text: its length in bytes is what is above.
const SHORT: u8 = 16;

/// The mark of a sealed text.
const MARK: &str = "~";
/// Most decimal places.
const MOST_PLACES: usize = 12;

/// The day from which days are counted: those of 22 years before and after it take two bytes.
const MIDDLE: Date = Date::constant(2015, 1, 1);

pub(super) fn put(bytes: &mut Vec<u8>, names: &ShortNames, value: &Scalar<'_>) {
    match value {
        Scalar::Null => bytes.push(NULL),
        Scalar::Flag(false) => bytes.push(NO),
        Scalar::Flag(true) => bytes.push(YES),
        Scalar::Number(number) => put_decimal(bytes, number),
        Scalar::Nested(json) => {
            bytes.push(NESTED);
            put_bytes(bytes, json.as_bytes());
        }
        Scalar::NotApplicable(reason) => {
            let mut written = Vec::with_capacity(reason.len());
            text::put(&mut written, reason);
            bytes.push(REASON);
            put_bytes(bytes, &written);
        }
        Scalar::Text(text) => put_text(bytes, names, text),
    }
}

/// A number that has other signs than digits and one point is kept as it is.
fn put_decimal(bytes: &mut Vec<u8>, number: &str) {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value = is_plain.then(|| number.replacen('.', "", 1).parse::<i64>().ok()).flatten();
    match value.filter(|_| places <= MOST_PLACES) {
        Some(value) if places == 0 => {
            bytes.push(WHOLE);
            put_signed(bytes, value);
        }
        Some(value) => {
            bytes.push(DECIMAL);
            put_number(bytes, places as u64);
            put_signed(bytes, value);
        }
        None => {
            bytes.push(NESTED);
            put_bytes(bytes, number.as_bytes());
        }
    }
}

fn put_text(bytes: &mut Vec<u8>, names: &ShortNames, value: &str) {
    if let Some(number) = names.number(value) {
        bytes.push(NAME);
        return put_number(bytes, number);
    }
    if let Some(days) = days_of(value) {
        bytes.push(DAY);
        return put_signed(bytes, days);
    }
    if let Some(sealed) = value.strip_prefix(MARK).and_then(|sealed| BASE64.decode(sealed).ok()) {
        bytes.push(SEALED);
        return put_bytes(bytes, &sealed);
    }
    let mut written = Vec::with_capacity(value.len());
    text::put(&mut written, value);
    if let Ok(length @ 0..=200) = u8::try_from(written.len()) {
        bytes.push(SHORT + length);
        bytes.extend_from_slice(&written);
    } else {
        bytes.push(LONG);
        put_bytes(bytes, &written);
    }
}

fn days_of(value: &str) -> Option<i64> {
    if value.len() != 10 || !value.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let day: Date = value.parse().ok()?;
    Some(i64::from(MIDDLE.until(day).ok()?.get_days()))
}

/// Reads a value and adds it to `json`.
pub(super) fn take(bytes: &mut &[u8], names: &ShortNames, json: &mut String) -> Option<()> {
    let kind = take_exactly(bytes, 1)?[0];
    match kind {
        NULL => json.push_str("null"),
        NO => json.push_str("false"),
        YES => json.push_str("true"),
        WHOLE => json.push_str(&take_signed(bytes)?.to_string()),
        DECIMAL => push_decimal(json, usize::try_from(take_number(bytes)?).ok()?, take_signed(bytes)?)?,
        DAY => push_quoted(json, &day_of(take_signed(bytes)?)?.to_string())?,
        NAME => push_quoted(json, names.name(take_number(bytes)?)?)?,
        SEALED => {
            json.push('"');
            json.push_str(MARK);
            BASE64.encode_string(take_bytes(bytes)?, json);
            json.push('"');
        }
        NESTED => json.push_str(std::str::from_utf8(take_bytes(bytes)?).ok()?),
        LONG => push_quoted(json, &text::take(take_bytes(bytes)?)?)?,
        REASON => push_not_applicable(json, &text::take(take_bytes(bytes)?)?)?,
        SHORT.. => push_quoted(json, &text::take(take_exactly(bytes, usize::from(kind - SHORT))?)?)?,
        _ => return None,
    }
    Some(())
}

fn day_of(days: i64) -> Option<Date> {
    // More days than there are between any two would be refused with a panic.
    let days = i32::try_from(days).ok().filter(|days| days.abs() < 4_000_000)?;
    MIDDLE.checked_add(days.days()).ok()
}

fn push_decimal(json: &mut String, places: usize, value: i64) -> Option<()> {
    if places == 0 || places > MOST_PLACES {
        return None;
    }
    let digits = value.unsigned_abs().to_string();
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    if value < 0 {
        json.push('-');
    }
    json.push_str(whole);
    json.push('.');
    json.push_str(rest);
    Some(())
}

/// Adds the object that says why something is not applicable.
pub(super) fn push_not_applicable(json: &mut String, reason: &str) -> Option<()> {
    json.push('{');
    push_quoted(json, NOT_APPLICABLE)?;
    json.push(':');
    push_quoted(json, reason)?;
    json.push('}');
    Some(())
}

/// Adds a text as JSON writes it.
pub(super) fn push_quoted(json: &mut String, text: &str) -> Option<()> {
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        json.push('"');
        json.push_str(text);
        json.push('"');
    } else {
        json.push_str(&serde_json::to_string(text).ok()?);
    }
    Some(())
}

/// A text that borrows from what is read where it can.
pub(super) struct Borrowed;

impl<'de> DeserializeSeed<'de> for Borrowed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        match AnyScalar.deserialize(reader)? {
            Scalar::Text(text) => Ok(text),
            _ => Err(D::Error::custom("a name is a text")),
        }
    }
}

/// Any value of an object.
pub(super) struct AnyScalar;

impl<'de> DeserializeSeed<'de> for AnyScalar {
    type Value = Scalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyScalar {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(Json::from(value).to_string()))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values: Vec<Json> = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Scalar::Nested(Json::from(values).to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = serde_json::Map::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            object.insert(name, value);
        }
        if let (1, Some(Json::String(reason))) = (object.len(), object.get(NOT_APPLICABLE)) {
            return Ok(Scalar::NotApplicable(reason.clone()));
        }
        Ok(Scalar::Nested(Json::Object(object).to_string()))
    }
}
