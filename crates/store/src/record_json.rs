//! Facts as text: a JSON object of field ids and values. What a field id means
//! is in the definition; a field that a newer definition no longer has is left
//! unread. Personal numbers are sealed ([`Vault`]): no content holds them in clear.

use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use campaign::{
    definition::{Disclosure, Field, FieldIdx, FieldKind, Form, IdxVec, Values},
    kinds::ValueShape,
};
use jiff::civil::Date;
use model::{
    ids::{RecordId, UnitId},
    value::{Reference, Value},
};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::vault::{Personal, Vault};

/// Reads and writes the facts of one form.
#[derive(Debug, Clone)]
pub struct FormCodec {
    fields: BTreeMap<String, (FieldIdx, Shape)>,
    names: IdxVec<Field, String>,
    shapes: IdxVec<Field, Shape>,
    kinds: IdxVec<Field, FieldKind>,
    vault: Arc<Vault>,
    counts: bool,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Personal(Personal),
    Code,
    Integer,
    Decimal,
    Date,
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
        let fields = form.fields.entries().filter(|(position, _)| wanted(*position));
        Self {
            fields: fields
                .map(|(position, field)| (field.id.clone(), (position, shapes[position])))
                .collect(),
            names: form.fields.iter().map(|field| field.id.clone()).collect(),
            shapes,
            kinds: form.fields.iter().map(|field| field.kind.clone()).collect(),
            vault: vault.clone(),
            counts,
        }
    }

    /// Writes a fact's values.
    pub fn encode(&self, values: &Values) -> String {
        let mut object = serde_json::Map::new();
        for ((name, shape), value) in self.names.iter().zip(&self.shapes).zip(values) {
            if let Some(value) = value {
                object.insert(name.clone(), self.to_json(*shape, value));
            }
        }
        Json::Object(object).to_string()
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

    fn to_json(&self, shape: Shape, value: &Value) -> Json {
        match (shape, value) {
            (Shape::Personal(sort), Value::Text(text)) => Json::from(self.vault.seal(sort, text)),
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
    match kind.spec().shape {
        ValueShape::Text | ValueShape::Table(_) => Shape::Text,
        ValueShape::Code(_) => Shape::Code,
        ValueShape::Integer => Shape::Integer,
        ValueShape::Decimal => Shape::Decimal,
        ValueShape::Date => Shape::Date,
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
        let mut values = self.0.names.iter().map(|_| None).collect::<Values>();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match self.0.fields.get(name.as_ref()) {
                Some((position, shape)) => {
                    values[*position] = Some(map.next_value_seed(Cell { codec: self.0, shape: *shape })?);
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(values)
    }
}

/// Reads one value.
struct Cell<'a> {
    codec: &'a FormCodec,
    shape: Shape,
}

impl<'de> DeserializeSeed<'de> for Cell<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        use serde::Deserialize;
        Ok(match self.shape {
            Shape::Text | Shape::Personal(_) => {
                let text = self.codec.opened(self.shape, String::deserialize(reader)?);
                Value::Text(text.ok_or_else(|| D::Error::custom("it was sealed with another secret"))?)
            }
            Shape::Code => Value::Code(String::deserialize(reader)?),
            Shape::Integer => Value::Integer(i64::deserialize(reader)?),
            Shape::Decimal => Value::Decimal(f64::deserialize(reader)?),
            Shape::Flag => Value::Flag(bool::deserialize(reader)?),
            Shape::Unit => Value::Unit(UnitId(i64::deserialize(reader)?)),
            Shape::Reference => reader.deserialize_any(ReferenceVisitor(self.codec))?,
            Shape::Date => {
                let text = Cow::<str>::deserialize(reader)?;
                Value::Date(text.parse::<Date>().map_err(D::Error::custom)?)
            }
        })
    }
}

/// Reads a reference: a text while it is not linked, as it was before its field became a reference; else an object of
/// the record's id and of what it was called by.
struct ReferenceVisitor<'a>(&'a FormCodec);

impl<'de> Visitor<'de> for ReferenceVisitor<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or an object of a record's id and a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        let text = self.0.opened(Shape::Reference, text.to_owned());
        Ok(Value::Text(text.ok_or_else(|| E::custom("it was sealed with another secret"))?))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let (mut id, mut text) = (None, String::new());
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match name.as_ref() {
                "to" => id = Some(RecordId(map.next_value()?)),
                "text" => text = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let id = id.ok_or_else(|| A::Error::missing_field("to"))?;
        Ok(Value::Reference(Reference { id, text }))
    }
}
