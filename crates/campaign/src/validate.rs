//! Checks of one row as a whole, after its values have been read one by one:
//! what must be stated, and the form's rules. Imports and web forms use the same.

use model::{
    class::Class,
    problem::{Problem, ProblemKind},
    value::Value,
};

use crate::{
    condition::Condition,
    definition::{Form, Required, Rule},
};

/// Something wrong with a row, and the field to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// Position of the field.
    pub field: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// Required fields and rules of one row.
///
/// `faulty` are the fields that have a problem of their own already: checks
/// that look at one of them are left out, so that one slip is told once. For
/// the same reason a field that is missing or breaks a rule is faulty for the
/// rules after it; a warning leaves it sound.
pub fn validate(form: &Form, values: &[Option<Value>], faulty: &[usize]) -> Vec<FieldProblem> {
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
fn missing(form: &Form, values: &[Option<Value>], faulty: &[usize]) -> Vec<FieldProblem> {
    let is_missing = |position: usize, required: &Required| {
        !faulty.contains(&position)
            && values.get(position).is_none_or(Option::is_none)
            && match required {
                Required::No => false,
                Required::Yes => true,
                Required::When(condition) => {
                    !looks_at(condition, faulty) && condition.evaluate(values, Class::default()) == Some(true)
                }
            }
    };
    let fields = form.fields.iter().enumerate();
    fields
        .filter(|(position, field)| is_missing(*position, &field.required))
        .map(|(field, _)| FieldProblem { field, problem: Problem::error(ProblemKind::Missing, []) })
        .collect()
}

fn breach(rule: &Rule) -> Problem {
    let args = [rule.message.zh.clone(), rule.message.en.clone()];
    if rule.is_error {
        Problem::error(ProblemKind::Rule, args)
    } else {
        Problem::warning(ProblemKind::Rule, args)
    }
}

fn looks_at(condition: &Condition, faulty: &[usize]) -> bool {
    let mut fields = Vec::new();
    condition.fields(&mut fields);
    fields.iter().any(|field| faulty.contains(field))
}
