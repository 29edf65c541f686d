//! Conditions over the fields of one record, in three-valued logic: a
//! comparison with a value that is missing, or with an answer that is none (not applicable), is unknown.

use std::cmp::Ordering;

use model::{class::Class, value::Value};

use crate::definition::{FieldIdx, Values};

/// A compiled condition; fields are positions in the form.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of them.
    And(Vec<Condition>),
    /// Any of them.
    Or(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// A comparison.
    Compare(Operand, Comparison, Operand),
    /// The field's value is one of these.
    OneOf(FieldIdx, Vec<Value>),
    /// The field is stated.
    HasValue(FieldIdx),
    /// The flag is set.
    IsTrue(FieldIdx),
    /// The unit posted at is of one of these ownership classes.
    Ownership(Vec<u8>),
    /// The unit posted at is an enterprise.
    IsEnterprise,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A field.
    Field(FieldIdx),
    /// The sum of whole-number fields; unknown when one of them is not stated.
    Sum(Vec<FieldIdx>),
    /// A constant.
    Literal(Value),
}

/// How two operands compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Condition {
    /// Whether it holds of a record with these `values` at a unit of this
    /// `class`; `None` when that is not known.
    pub fn evaluate(&self, values: &Values, class: Class) -> Option<bool> {
        let value_of = |field: &FieldIdx| values.plain_value(*field);
        match self {
            Self::And(parts) => fold(parts, values, class, false),
            Self::Or(parts) => fold(parts, values, class, true),
            Self::Not(inner) => inner.evaluate(values, class).map(|holds| !holds),
            Self::Compare(left, comparison, right) => {
                let ordering = compare(&left.value(values)?, &right.value(values)?)?;
                Some(comparison.accepts(ordering))
            }
            Self::OneOf(field, options) => value_of(field).map(|value| options.contains(value)),
            Self::HasValue(field) => Some(value_of(field).is_some()),
            Self::IsTrue(field) => value_of(field).map(|value| *value == Value::Flag(true)),
            Self::Ownership(classes) => Some(class.ownership.is_some_and(|own| classes.contains(&own))),
            Self::IsEnterprise => Some(class.is_enterprise),
        }
    }

    /// Adds the positions of all fields that it looks at.
    pub fn fields(&self, into: &mut Vec<FieldIdx>) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.fields(into)),
            Self::Not(inner) => inner.fields(into),
            Self::Compare(left, _, right) => [left, right].into_iter().for_each(|side| match side {
                Operand::Field(field) => into.push(*field),
                Operand::Sum(fields) => into.extend(fields),
                Operand::Literal(_) => {}
            }),
            Self::OneOf(field, _) | Self::HasValue(field) | Self::IsTrue(field) => into.push(*field),
            Self::Ownership(_) | Self::IsEnterprise => {}
        }
    }

    /// Whether it looks at the class of the unit.
    pub fn needs_class(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::needs_class),
            Self::Not(inner) => inner.needs_class(),
            Self::Ownership(_) | Self::IsEnterprise => true,
            _ => false,
        }
    }
}

/// Kleene's `and` (`decisive` = false) and `or` (`decisive` = true).
fn fold(parts: &[Condition], values: &Values, class: Class, decisive: bool) -> Option<bool> {
    let mut result = Some(!decisive);
    for part in parts {
        match part.evaluate(values, class) {
            Some(holds) if holds == decisive => return Some(decisive),
            None => result = None,
            Some(_) => {}
        }
    }
    result
}

impl Operand {
    fn value(&self, values: &Values) -> Option<Value> {
        match self {
            Self::Field(field) => values.plain_value(*field).cloned(),
            Self::Literal(value) => Some(value.clone()),
            Self::Sum(fields) => {
                let mut sum = 0_i64;
                for field in fields {
                    sum = sum.checked_add(values.value(*field)?.as_integer()?)?;
                }
                Some(Value::Integer(sum))
            }
        }
    }
}

impl Comparison {
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::More => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
        }
    }
}

/// Orders two values of one kind; `None` for different kinds, which the check of definitions rules out.
fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => a.partial_cmp(b),
        #[expect(clippy::cast_precision_loss, reason = "compared with a score or a share, which is small")]
        (Value::Decimal(a), Value::Integer(b)) => a.partial_cmp(&(*b as f64)),
        #[expect(clippy::cast_precision_loss, reason = "compared with a score or a share, which is small")]
        (Value::Integer(a), Value::Decimal(b)) => (*a as f64).partial_cmp(b),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Text(a) | Value::Code(a), Value::Text(b) | Value::Code(b)) => Some(a.cmp(b)),
        (Value::Flag(a), Value::Flag(b)) => Some(a.cmp(b)),
        (Value::Unit(a), Value::Unit(b)) => Some(a.cmp(b)),
        (Value::Reference(a), Value::Reference(b)) => Some(a.id.cmp(&b.id)),
        (Value::Reference(_), Value::Text(_)) | (Value::Text(_), Value::Reference(_)) => {
            Some(left.as_str()?.cmp(right.as_str()?))
        }
        _ => None,
    }
}
