//! Conditions as a script in the page reads them: JSON over the names of inputs.
//!
//! A condition is `["and", …]`, `["or", …]`, `["not", condition]`, `["is", input]` (it is yes),
//! `["stated", input]`, `["in", input, [texts]]`, or a comparison `["=", side, side]`, whose sides are
//! `{"input": name}` or a text or number. The script is `assets/js/conditions.js`.

use std::collections::BTreeSet;

use campaign::{
    condition::{Comparison, Condition, Operand},
    definition::{FieldIdx, Form},
    kinds::{Meaning, ValueShape},
};
use model::value::Value as RecordValue;
use serde_json::{Value, json as array};

use super::name;

/// A condition over inputs that the form has; `None` when it looks at anything else, or at values that are
/// typed in many spellings: then the form does not follow it.
pub(super) fn json(form: &Form, condition: &Condition, shown: &BTreeSet<FieldIdx>) -> Option<String> {
    Some(Reader { form, shown }.condition(condition)?.to_string())
}

struct Reader<'a> {
    form: &'a Form,
    shown: &'a BTreeSet<FieldIdx>,
}

impl Reader<'_> {
    fn condition(&self, condition: &Condition) -> Option<Value> {
        match condition {
            Condition::And(parts) => self.all("and", parts),
            Condition::Or(parts) => self.all("or", parts),
            Condition::Not(inner) => Some(array!(["not", self.condition(inner)?])),
            Condition::Compare(left, comparison, right) => {
                Some(array!([sign(*comparison), self.side(left)?, self.side(right)?]))
            }
            Condition::OneOf(field, options) => {
                let options: Option<Vec<Value>> = options.iter().map(constant).collect();
                Some(array!(["in", self.input(*field)?, options?]))
            }
            Condition::HasValue(field) => Some(array!(["stated", self.any_input(*field)?])),
            Condition::IsTrue(field) => Some(array!(["is", self.input(*field)?])),
            // No page knows the class of the unit that somebody types in.
            Condition::Ownership(_) | Condition::IsEnterprise => None,
        }
    }

    fn all(&self, word: &str, parts: &[Condition]) -> Option<Value> {
        let parts: Option<Vec<Value>> = parts.iter().map(|part| self.condition(part)).collect();
        Some(std::iter::once(Value::from(word)).chain(parts?).collect())
    }

    fn side(&self, operand: &Operand) -> Option<Value> {
        match operand {
            Operand::Field(field) => Some(array!({ "input": self.input(*field)? })),
            Operand::Literal(value) => constant(value),
            Operand::Sum(_) => None,
        }
    }

    /// The name of an input whose value is typed as it is.
    fn input(&self, field: FieldIdx) -> Option<String> {
        let spec = self.form.fields[field].kind.spec();
        let is_plain = match spec.shape {
            ValueShape::Text
            | ValueShape::Date
            | ValueShape::Flag
            | ValueShape::Code(_)
            | ValueShape::Decimal
            | ValueShape::Reference(_) => true,
            ValueShape::Integer => !matches!(spec.meaning, Meaning::Money { .. }),
            // A period is typed in many ways.
            ValueShape::Table(_) | ValueShape::Unit | ValueShape::Period(_) => false,
        };
        self.any_input(field).filter(|_| is_plain)
    }

    /// The name of an input of which it matters only whether something is in it.
    fn any_input(&self, field: FieldIdx) -> Option<String> {
        let field_of = &self.form.fields[field];
        let is_one_input = !matches!(field_of.kind.spec().shape, ValueShape::Table(_));
        (is_one_input && self.shown.contains(&field)).then(|| name(&field_of.id))
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::More => ">",
        Comparison::AtLeast => ">=",
    }
}

/// A constant as it would be typed.
fn constant(value: &RecordValue) -> Option<Value> {
    match value {
        RecordValue::Text(text) | RecordValue::Code(text) => Some(text.as_str().into()),
        RecordValue::Date(day) => Some(day.to_string().into()),
        RecordValue::Flag(flag) => Some(if *flag { "1" } else { "0" }.into()),
        RecordValue::Integer(number) => Some((*number).into()),
        RecordValue::Decimal(number) => Some((*number).into()),
        RecordValue::Unit(_) | RecordValue::Reference(_) | RecordValue::NotApplicable(_) => None,
    }
}
