//! Checks one row as a whole, after its values have been read one by one:
//! required fields, and the form's rules. Imports and web forms both use it.

use model::{
    class::Class,
    problem::{Problem, Severity},
};

use crate::{
    condition::Condition,
    definition::{FieldIdx, Form, Required, Rule, Values},
};

/// Something wrong with a row, and the field to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// Position of the field.
    pub field: FieldIdx,
    /// What is wrong.
    pub problem: Problem,
}

/// Required fields and rules of one row.
///
/// `faulty` are the fields that have a problem of their own already: checks
/// that look at one of them are left out, so that one mistake is reported once. For
/// the same reason a field that is missing or breaks a rule is faulty for the
/// rules after it; a warning leaves it sound.
pub fn validate(form: &Form, values: &Values, faulty: &[FieldIdx]) -> Vec<FieldProblem> {
    let mut faulty = faulty.to_vec();
    let mut problems = missing(form, values, &faulty);
    faulty.extend(problems.iter().map(|found| found.field));
    for rule in &form.rules {
        if faulty.contains(&rule.at) || looks_at(&rule.that, &faulty) {
            continue;
        }
        if rule.that.evaluate(values, Class::default()) == Some(false) {
            problems.push(FieldProblem { field: rule.at, problem: breach(rule) });
            if rule.is_error {
                faulty.push(rule.at);
            }
        }
    }
    problems
}

/// The fields that are not stated although they must be.
fn missing(form: &Form, values: &Values, faulty: &[FieldIdx]) -> Vec<FieldProblem> {
    let is_missing = |position: FieldIdx, required: &Required| {
        !faulty.contains(&position)
            && values.value(position).is_none()
            && match required {
                Required::No => false,
                Required::Yes => true,
                Required::When(condition) => {
                    !looks_at(condition, faulty) && condition.evaluate(values, Class::default()) == Some(true)
                }
            }
    };
    let fields = form.fields.entries();
    fields
        .filter(|(position, field)| is_missing(*position, &field.required))
        .map(|(field, _)| FieldProblem { field, problem: Problem::Missing })
        .collect()
}

fn breach(rule: &Rule) -> Problem {
    let severity = if rule.is_error { Severity::Error } else { Severity::Warning };
    Problem::Rule { message: rule.message.clone(), severity }
}

fn looks_at(condition: &Condition, faulty: &[FieldIdx]) -> bool {
    let mut fields = Vec::new();
    condition.fields(&mut fields);
    fields.iter().any(|field| faulty.contains(field))
}
