//! Derived fields: what follows from a record itself, from the records that it refers to, and from those that refer to
//! it. Nobody states them.

use model::{class::Class, value::Value};

use super::{FieldIdx, FieldKind, FormIdx, Values};
use crate::{
    condition::Condition,
    formula::Operator,
    kinds::{ReadAs, ValueShape},
};

/// A field whose value follows from others.
#[derive(Debug, Clone)]
pub struct DerivedField {
    /// Position of the field.
    pub field: FieldIdx,
    /// From what it follows.
    pub from: Derivation,
    /// Whether it also changes in a record whose state closes its fields. Otherwise what would change it is refused.
    pub also_closed: bool,
}

/// From what the value of a field follows.
#[derive(Debug, Clone)]
pub enum Derivation {
    /// What the record referred to states in this field.
    Copy {
        /// Position of the reference.
        reference: FieldIdx,
        /// Position of the field in the form that it leads to.
        field: FieldIdx,
    },
    /// Arithmetic; not stated as long as a part of it is not.
    Number(DerivedNumber),
}

/// A number that follows from others.
#[derive(Debug, Clone)]
pub enum DerivedNumber {
    /// A constant.
    Constant(f64),
    /// A field of the record.
    Own(FieldIdx),
    /// A field of the record referred to.
    Referred {
        /// Position of the reference.
        reference: FieldIdx,
        /// Position of the field in the form that it leads to.
        field: FieldIdx,
    },
    /// How many records refer to the record.
    Count(Referring),
    /// What the records that refer to the record state in this field, added; not stated when none of them states it.
    Sum(Referring, FieldIdx),
    /// Two numbers joined.
    Binary(Box<DerivedNumber>, Operator, Box<DerivedNumber>),
}

/// Records that refer to a record.
#[derive(Debug, Clone)]
pub struct Referring {
    /// Their form.
    pub form: FormIdx,
    /// Position of the field by which they refer to it.
    pub reference: FieldIdx,
    /// Which of them are meant; `None` for all.
    pub when: Option<Condition>,
}

/// What derived fields of a record follow from.
pub trait DerivationSource {
    /// What the record that is referred to by a field states, when it is linked and of the form that the field names
    /// first.
    fn referred(&self, reference: FieldIdx) -> Option<&Values>;

    /// What the records of a form state that refer to the record by a field.
    fn referring(&self, form: FormIdx, reference: FieldIdx) -> &[Values];
}

impl DerivedField {
    /// Its value in a record that states `own`; `None` when it is not stated, or the field cannot hold it.
    pub fn value(&self, kind: &FieldKind, own: &Values, source: &impl DerivationSource) -> Option<Value> {
        match &self.from {
            Derivation::Copy { reference, field } => {
                source.referred(*reference)?.plain_value(*field).cloned()
            }
            Derivation::Number(number) => held(kind, number.value(own, source)?),
        }
    }
}

impl Derivation {
    /// Hands every group of referring records to `take`, with the field of theirs that is added, if one is.
    pub fn for_each_referring<'d>(&'d self, take: &mut impl FnMut(&'d Referring, Option<FieldIdx>)) {
        if let Self::Number(number) = self {
            number.for_each_referring(take);
        }
    }

    /// The fields of records referred to that it looks at: the reference, and the field in the form that it leads to.
    pub fn referred_fields(&self) -> Vec<(FieldIdx, FieldIdx)> {
        let mut found = Vec::new();
        match self {
            Self::Copy { reference, field } => found.push((*reference, *field)),
            Self::Number(number) => number.referred_fields(&mut found),
        }
        found
    }

    /// The fields of the record itself whose numbers it looks at.
    pub fn own_fields(&self) -> Vec<FieldIdx> {
        let mut found = Vec::new();
        if let Self::Number(number) = self {
            number.own_fields(&mut found);
        }
        found
    }
}

impl DerivedNumber {
    fn value(&self, own: &Values, source: &impl DerivationSource) -> Option<f64> {
        match self {
            Self::Constant(number) => Some(*number),
            Self::Own(field) => number(own.value(*field)?),
            Self::Referred { reference, field } => number(source.referred(*reference)?.value(*field)?),
            Self::Count(referring) => Some(as_number(referring.meant(source).count())),
            Self::Sum(referring, field) => {
                let stated: Vec<f64> =
                    referring.meant(source).filter_map(|values| number(values.value(*field)?)).collect();
                (!stated.is_empty()).then(|| stated.iter().sum())
            }
            Self::Binary(left, operator, right) => {
                let (left, right) = (left.value(own, source)?, right.value(own, source)?);
                match operator {
                    Operator::Add => Some(left + right),
                    Operator::Subtract => Some(left - right),
                    Operator::Multiply => Some(left * right),
                    Operator::Divide => (right != 0.0).then(|| left / right),
                }
            }
        }
    }

    fn for_each_referring<'d>(&'d self, take: &mut impl FnMut(&'d Referring, Option<FieldIdx>)) {
        match self {
            Self::Count(referring) => take(referring, None),
            Self::Sum(referring, field) => take(referring, Some(*field)),
            Self::Binary(left, _, right) => {
                left.for_each_referring(take);
                right.for_each_referring(take);
            }
            Self::Constant(_) | Self::Own(_) | Self::Referred { .. } => {}
        }
    }

    fn referred_fields(&self, found: &mut Vec<(FieldIdx, FieldIdx)>) {
        match self {
            Self::Referred { reference, field } => found.push((*reference, *field)),
            Self::Binary(left, _, right) => {
                left.referred_fields(found);
                right.referred_fields(found);
            }
            Self::Constant(_) | Self::Own(_) | Self::Count(_) | Self::Sum(..) => {}
        }
    }

    fn own_fields(&self, found: &mut Vec<FieldIdx>) {
        match self {
            Self::Own(field) => found.push(*field),
            Self::Binary(left, _, right) => {
                left.own_fields(found);
                right.own_fields(found);
            }
            Self::Constant(_) | Self::Referred { .. } | Self::Count(_) | Self::Sum(..) => {}
        }
    }
}

impl Referring {
    /// Whether a record that states `values` is meant.
    pub fn is_meant(&self, values: &Values) -> bool {
        self.when.as_ref().is_none_or(|when| when.evaluate(values, Class::default()) == Some(true))
    }

    fn meant<'v>(&self, source: &'v impl DerivationSource) -> impl Iterator<Item = &'v Values> {
        source.referring(self.form, self.reference).iter().filter(|values| self.is_meant(values))
    }
}

/// The number that a value is; an amount of money in fen.
#[expect(clippy::cast_precision_loss, reason = "no field holds a number beyond the bounds of its kind")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Decimal(number) => Some(*number),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "no register has so many records")]
fn as_number(count: usize) -> f64 {
    count as f64
}

/// Decimals of a derived number: the next one rounds.
const DECIMALS: f64 = 10_000.0;

/// A number as a field of this kind holds it; `None` when it lies outside of the field's bounds.
fn held(kind: &FieldKind, number: f64) -> Option<Value> {
    let spec = kind.spec();
    match (spec.shape, spec.read_as) {
        (ValueShape::Integer, ReadAs::Whole { min, max }) => {
            whole(number).filter(|whole| (min..=max).contains(whole)).map(Value::Integer)
        }
        (ValueShape::Integer, _) => whole(number).filter(|fen| *fen >= 0).map(Value::Integer),
        (ValueShape::Decimal, ReadAs::Decimal { min, max }) => {
            let rounded = (number * DECIMALS).round() / DECIMALS;
            (rounded.is_finite() && (min..=max).contains(&rounded)).then_some(Value::Decimal(rounded))
        }
        _ => None,
    }
}

/// The nearest whole number.
#[expect(clippy::cast_possible_truncation, reason = "within the bounds checked before")]
fn whole(number: f64) -> Option<i64> {
    let rounded = number.round();
    (rounded.abs() <= 9.0e15).then_some(rounded as i64)
}
