//! Facts as text: a JSON object of field ids and values. What a field id means
//! is in the definition; a field that a newer definition no longer has is left
//! unread.

use std::{collections::BTreeMap, fmt};

use campaign::definition::{FieldKind, Form};
use jiff::civil::Date;
use model::{ids::UnitId, value::Value};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;

/// Reads and writes the facts of one form.
#[derive(Debug, Clone)]
pub struct FormCodec {
    fields: BTreeMap<String, (usize, Shape)>,
    names: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Code,
    Integer,
    Decimal,
    Date,
    Flag,
    Unit,
}

impl FormCodec {
    /// The codec of all fields of `form`.
    pub fn new(form: &Form) -> Self {
        Self::only(form, |_| true)
    }

    /// A codec that reads only the fields (by position) that `wanted` names:
    /// counting needs few of them.
    pub fn only(form: &Form, wanted: impl Fn(usize) -> bool) -> Self {
        let fields = form.fields.iter().enumerate().filter(|(position, _)| wanted(*position));
        Self {
            fields: fields
                .map(|(position, field)| (field.id.clone(), (position, shape(&field.kind))))
                .collect(),
            names: form.fields.iter().map(|field| field.id.clone()).collect(),
        }
    }

    /// Writes a fact's values.
    pub fn encode(&self, values: &[Option<Value>]) -> String {
        let mut object = serde_json::Map::new();
        for (name, value) in self.names.iter().zip(values) {
            if let Some(value) = value {
                object.insert(name.clone(), to_json(value));
            }
        }
        Json::Object(object).to_string()
    }

    /// Reads a fact's values.
    ///
    /// # Errors
    /// What is wrong with the text, for [`crate::Error::Corrupt`].
    pub fn decode(&self, text: &str) -> Result<Vec<Option<Value>>, String> {
        let mut reader = serde_json::Deserializer::from_str(text);
        reader.deserialize_map(Fields(self)).map_err(|error| error.to_string())
    }
}

fn shape(kind: &FieldKind) -> Shape {
    match kind {
        FieldKind::Text { .. }
        | FieldKind::IdNumber
        | FieldKind::Phone
        | FieldKind::Shares
        | FieldKind::OrgCode
        | FieldKind::Uscc => Shape::Text,
        FieldKind::Code { .. } => Shape::Code,
        FieldKind::Integer { .. } | FieldKind::Money { .. } | FieldKind::Year { .. } => Shape::Integer,
        FieldKind::Decimal { .. } => Shape::Decimal,
        FieldKind::Date { .. } => Shape::Date,
        FieldKind::Flag => Shape::Flag,
        FieldKind::Unit { .. } => Shape::Unit,
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
    }
}

/// Visits the object, taking only known fields.
struct Fields<'a>(&'a FormCodec);

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Vec<Option<Value>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of field ids and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![None; self.0.names.len()];
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match self.0.fields.get(name.as_ref()) {
                Some((position, shape)) => values[*position] = Some(map.next_value_seed(*shape)?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(values)
    }
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        use serde::{Deserialize, de::Error as _};
        Ok(match self {
            Self::Text => Value::Text(String::deserialize(reader)?),
            Self::Code => Value::Code(String::deserialize(reader)?),
            Self::Integer => Value::Integer(i64::deserialize(reader)?),
            Self::Decimal => Value::Decimal(f64::deserialize(reader)?),
            Self::Flag => Value::Flag(bool::deserialize(reader)?),
            Self::Unit => Value::Unit(UnitId(i64::deserialize(reader)?)),
            Self::Date => {
                let text = std::borrow::Cow::<str>::deserialize(reader)?;
                Value::Date(text.parse::<Date>().map_err(D::Error::custom)?)
            }
        })
    }
}
