//! Facts as text: a JSON object of field ids and values. What a field id means
//! is in the definition. What a newer definition no longer has, or can no longer read, is kept and left
//! unread; what it has renamed or converts is read as that. Personal numbers are sealed ([`Vault`]): no content holds them
//! in clear.

use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use campaign::{
    definition::{Disclosure, Field, FieldIdx, FieldKind, Form, FormerField, IdxVec, Values, WholeNumbers},
    kinds::{Meaning, ValueShape},
};
use model::{
    ids::{RecordId, UnitId},
    money::fen_of_yuan,
    period::Grain,
    value::{Reference, Value},
};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use crate::{
    compact::NOT_APPLICABLE,
    vault::{Personal, Vault},
};

/// Reads and writes the facts of one form.
#[derive(Debug, Clone)]
pub struct FormCodec {
    fields: BTreeMap<String, FieldIdx>,
    former: IdxVec<Field, FormerField>,
    names: IdxVec<Field, String>,
    shapes: IdxVec<Field, Shape>,
    kinds: IdxVec<Field, FieldKind>,
    /// Whether fields can be answered by saying that they are not applicable.
    takes_not_applicable: IdxVec<Field, bool>,
    vault: Arc<Vault>,
    counts: bool,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Personal(Personal),
    Code,
    Integer,
    Money,
    Decimal,
    Date,
    Period(Grain),
    Flag,
    Unit,
    Reference,
}

impl FormCodec {
    /// The codec of all fields of `form`.
    pub fn new(form: &Form, vault: &Arc<Vault>) -> Self {
        Self::with(form, vault, false, |_| true)
    }

    /// A codec that reads only the fields (by position) that `wanted` names,
    /// and personal numbers as their aliases: counting needs few fields and
    /// opens nothing.
    pub fn counting(form: &Form, vault: &Arc<Vault>, wanted: impl Fn(FieldIdx) -> bool) -> Self {
        Self::with(form, vault, true, wanted)
    }

    fn with(form: &Form, vault: &Arc<Vault>, counts: bool, wanted: impl Fn(FieldIdx) -> bool) -> Self {
        let shapes: IdxVec<Field, Shape> = form.fields.iter().map(|field| shape(&field.kind)).collect();
        let wanted = form.fields.entries().filter(|(position, _)| wanted(*position));
        let names =
            wanted.flat_map(|(position, field)| field.all_ids().map(move |id| (id.to_owned(), position)));
        Self {
            fields: names.collect(),
            former: form.fields.iter().map(|field| field.former.clone()).collect(),
            names: form.fields.iter().map(|field| field.id.clone()).collect(),
            shapes,
            kinds: form.fields.iter().map(|field| field.kind.clone()).collect(),
            takes_not_applicable: form.fields.iter().map(|field| field.takes_not_applicable).collect(),
            vault: vault.clone(),
            counts,
        }
    }

    /// Writes a fact's values.
    pub fn encode(&self, values: &Values) -> String {
        Json::Object(self.object(values)).to_string()
    }

    /// Writes a fact's values over what it stated before: what of that is not read any more stays as it is, so that it
    /// comes back with a definition that reads it.
    ///
    /// # Errors
    /// What is wrong with the earlier text, for [`crate::Error::Corrupt`].
    pub fn encode_over(&self, values: &Values, before: &str) -> Result<String, String> {
        let mut object = self.object(values);
        let before: serde_json::Map<String, Json> =
            serde_json::from_str(before).map_err(|error| error.to_string())?;
        for (name, value) in before {
            let is_read = self.fields.get(&name).is_some_and(|field| self.reads(*field, &value));
            if !is_read && !object.contains_key(&name) {
                object.insert(name, value);
            }
        }
        Ok(Json::Object(object).to_string())
    }

    fn object(&self, values: &Values) -> serde_json::Map<String, Json> {
        let mut object = serde_json::Map::new();
        for ((field, name), value) in self.names.entries().zip(values) {
            if let Some(value) = value {
                object.insert(name.clone(), self.to_json(field, value));
            }
        }
        object
    }

    /// Whether a value is read as one of a field.
    fn reads(&self, field: FieldIdx, value: &Json) -> bool {
        let Ok(raw) = RawValue.deserialize(value) else { return false };
        self.read(field, raw).is_some()
    }

    /// What of a text is stated and not read: the names under which it stands there.
    ///
    /// # Errors
    /// What is wrong with the text, for [`crate::Error::Corrupt`].
    pub fn unread(&self, text: &str) -> Result<Vec<String>, String> {
        let stated: serde_json::Map<String, Json> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        let is_read =
            |name: &str, value: &Json| self.fields.get(name).is_some_and(|field| self.reads(*field, value));
        Ok(stated.into_iter().filter(|(name, value)| !is_read(name, value)).map(|(name, _)| name).collect())
    }

    /// A fact's values for programs that show them: personal numbers masked, removed values as `null`.
    pub fn shown(&self, values: &Values) -> Json {
        let mut object = serde_json::Map::new();
        for ((name, kind), value) in self.names.iter().zip(&self.kinds).zip(values) {
            let Some(value) = value else { continue };
            let shown = match kind.shown(value) {
                Disclosure::Removed => Json::Null,
                Disclosure::Masked(mask) => Json::from(mask),
                Disclosure::Open(value) => to_json(value),
            };
            object.insert(name.clone(), shown);
        }
        Json::Object(object)
    }

    fn to_json(&self, field: FieldIdx, value: &Value) -> Json {
        let former = &self.former[field];
        let whole_numbers = (!former.kinds.is_empty()).then_some(former.whole_numbers);
        match (self.shapes[field], value) {
            (Shape::Personal(sort), Value::Text(text)) => Json::from(self.vault.seal(sort, text)),
            // Whole numbers are something else here, and stay that.
            (Shape::Money, Value::Integer(fen)) if whole_numbers == Some(WholeNumbers::Plain) => {
                Json::from(yuan(*fen))
            }
            (Shape::Integer, Value::Integer(number)) if whole_numbers == Some(WholeNumbers::Fen) => {
                Json::from(number.to_string())
            }
            (_, Value::Text(text)) if Vault::looks_sealed(text) => {
                Json::from(self.vault.seal(Personal::Text, text))
            }
            _ => to_json(value),
        }
    }

    /// A text as it was before it was sealed, or its alias for counting.
    fn opened(&self, shape: Shape, text: String) -> Option<String> {
        match shape {
            Shape::Personal(sort) if self.counts => Some(self.vault.alias(sort, &text)),
            Shape::Personal(sort) => self.vault.open(sort, &text),
            // One of an earlier version may only look sealed, and one that
            // moved here with its field's kind may be sealed as something else.
            _ if Vault::looks_sealed(&text) => [Personal::Text, Personal::IdNumber, Personal::Phone]
                .into_iter()
                .find_map(|sort| self.vault.open(sort, &text))
                .or(Some(text)),
            _ => Some(text),
        }
    }

    /// Reads a fact's values.
    ///
    /// # Errors
    /// What is wrong with the text, for [`crate::Error::Corrupt`].
    pub fn decode(&self, text: &str) -> Result<Values, String> {
        let mut reader = serde_json::Deserializer::from_str(text);
        reader.deserialize_map(Fields(self)).map_err(|error| error.to_string())
    }
}

fn shape(kind: &FieldKind) -> Shape {
    if let Some(sort) = Personal::of_kind(kind) {
        return Shape::Personal(sort);
    }
    let spec = kind.spec();
    match spec.shape {
        ValueShape::Text | ValueShape::Table(_) => Shape::Text,
        ValueShape::Code(_) => Shape::Code,
        ValueShape::Integer if matches!(spec.meaning, Meaning::Money { .. }) => Shape::Money,
        ValueShape::Integer => Shape::Integer,
        ValueShape::Decimal => Shape::Decimal,
        ValueShape::Date => Shape::Date,
        ValueShape::Period(grain) => Shape::Period(grain),
        ValueShape::Flag => Shape::Flag,
        ValueShape::Unit => Shape::Unit,
        ValueShape::Reference(_) => Shape::Reference,
    }
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Text(text) | Value::Code(text) => Json::from(text.as_str()),
        Value::Integer(number) => Json::from(*number),
        Value::Decimal(number) => Json::from(*number),
        Value::Date(date) => Json::from(date.to_string()),
        Value::Flag(flag) => Json::from(*flag),
        Value::Unit(unit) => Json::from(unit.0),
        Value::Reference(reference) => serde_json::json!({ "to": reference.id.0, "text": reference.text }),
        Value::NotApplicable(reason) => serde_json::json!({ NOT_APPLICABLE: reason }),
    }
}

/// Visits the object, taking only known fields.
struct Fields<'a>(&'a FormCodec);

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of field ids and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let codec = self.0;
        let mut values = codec.names.iter().map(|_| None).collect::<Values>();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let Some(field) = codec.fields.get(name.as_ref()).copied() else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let is_former = name != codec.names[field];
            let raw = map.next_value_seed(RawValue)?;
            // What stands under the present name goes before what stood under a former one, if it can be read.
            if is_former && values[field].is_some() {
                continue;
            }
            if let Some(value) = codec.value(field, raw).map_err(A::Error::custom)? {
                values[field] = Some(value);
            }
        }
        Ok(values)
    }
}

/// A value as it stands in the text.
enum Raw<'de> {
    Text(Cow<'de, str>),
    Whole(i64),
    Number(f64),
    Flag(bool),
    /// A record that is referred to, with what it was called by. One that is not linked is a text.
    Reference(Reference),
    /// That there can be no value, with the reason.
    NotApplicable(String),
    /// What no field states.
    Other,
}

impl FormCodec {
    /// A value as one of a field; `None` for one that the field cannot hold.
    fn read(&self, field: FieldIdx, raw: Raw<'_>) -> Option<Value> {
        match raw {
            Raw::NotApplicable(reason) => {
                self.takes_not_applicable[field].then_some(Value::NotApplicable(reason))
            }
            raw => raw.read(self.shapes[field], &self.former[field]),
        }
    }

    /// The value of a field; `None` for one that its kind cannot read.
    fn value(&self, field: FieldIdx, raw: Raw<'_>) -> Result<Option<Value>, String> {
        let (shape, former) = (self.shapes[field], &self.former[field]);
        let Some(value) = self.read(field, raw) else { return Ok(None) };
        Ok(Some(match value {
            Value::Text(text) => {
                let text = self.opened(shape, text);
                Value::Text(text.ok_or("it was sealed with another secret")?)
            }
            Value::Code(code) => match former.codes.get(&code) {
                Some(now) => Value::Code(now.clone()),
                None => Value::Code(code),
            },
            other => other,
        }))
    }
}

impl Raw<'_> {
    /// The value as one of this shape; `None` when it is none. What a field held under another kind is read as its
    /// present kind only where a version of the definition has said so.
    fn read(self, shape: Shape, former: &FormerField) -> Option<Value> {
        let (converts, whole) = (!former.kinds.is_empty(), former.whole_numbers);
        let is_plain = !converts || whole == WholeNumbers::Plain;
        let is_fen = !converts || whole == WholeNumbers::Fen;
        Some(match (shape, self) {
            (Shape::Text | Shape::Personal(_) | Shape::Reference, Self::Text(text)) => {
                Value::Text(text.into_owned())
            }
            (Shape::Code, Self::Text(text)) => Value::Code(text.into_owned()),
            (Shape::Reference, Self::Reference(reference)) => Value::Reference(reference),
            (Shape::Integer, Self::Whole(number)) if is_plain => Value::Integer(number),
            (Shape::Money, Self::Whole(fen)) if is_fen => Value::Integer(fen),
            (Shape::Decimal, Self::Number(number)) => Value::Decimal(number),
            #[expect(clippy::cast_precision_loss, reason = "as the reader of JSON has always read it")]
            (Shape::Decimal, Self::Whole(number)) if is_plain => Value::Decimal(number as f64),
            (Shape::Flag, Self::Flag(flag)) => Value::Flag(flag),
            (Shape::Unit, Self::Whole(unit)) => Value::Unit(UnitId(unit)),
            (Shape::Date, Self::Text(text)) => Value::Date(text.parse().ok()?),
            // One of another length, of a field that was changed, is not read as something else.
            (Shape::Period(grain), Self::Text(text)) => period(text, grain)?,
            (shape, raw) if converts => return raw.convert(shape, whole),
            _ => return None,
        })
    }

    /// A value of another kind as one of this shape. Money is an amount in yuan to all other kinds.
    fn convert(self, shape: Shape, whole: WholeNumbers) -> Option<Value> {
        let text = match self {
            Self::Text(text) => text.trim().to_owned(),
            Self::Whole(number) => match whole {
                WholeNumbers::Plain => number.to_string(),
                WholeNumbers::Fen => yuan(number),
            },
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Reference(reference) => reference.text,
            Self::NotApplicable(_) | Self::Other => return None,
        };
        Some(match shape {
            Shape::Text => Value::Text(text),
            Shape::Code => Value::Code(text),
            Shape::Integer => Value::Integer(text.parse().ok()?),
            Shape::Money => Value::Integer(fen_of_yuan(&text)?),
            Shape::Decimal => Value::Decimal(text.parse().ok().filter(|number: &f64| number.is_finite())?),
            Shape::Flag => Value::Flag(text.parse().ok()?),
            Shape::Period(grain) => period(text.into(), grain)?,
            // A personal number is sealed when it is stated, and a unit is no text.
            Shape::Personal(_) | Shape::Unit | Shape::Date | Shape::Reference => return None,
        })
    }
}

/// Fen as an amount in yuan: with two decimals where it is no whole one.
fn yuan(fen: i64) -> String {
    if fen % 100 == 0 {
        return (fen / 100).to_string();
    }
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// A period of this grain.
fn period(text: Cow<'_, str>, grain: Grain) -> Option<Value> {
    let value = Value::Text(text.into_owned());
    value.as_period(grain).map(|period| Value::Text(period.to_string()))
}

/// Reads one value, whatever it is.
struct RawValue;

impl<'de> DeserializeSeed<'de> for RawValue {
    type Value = Raw<'de>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Raw<'de>, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RawValue {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or a truth value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Raw::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Raw::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Raw::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Raw::Other, Raw::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Raw::Number(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Raw::Flag(flag))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Raw::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Raw::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut id, mut text, mut reason) = (None, String::new(), None);
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match name.as_ref() {
                "to" => id = Some(RecordId(map.next_value()?)),
                "text" => text = map.next_value()?,
                NOT_APPLICABLE => reason = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(match (id, reason) {
            (Some(id), _) => Raw::Reference(Reference { id, text }),
            (None, Some(reason)) => Raw::NotApplicable(reason),
            (None, None) => Raw::Other,
        })
    }
}
