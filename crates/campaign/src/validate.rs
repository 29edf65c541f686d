//! Checks one row as a whole, after its values have been read one by one:
//! required fields, and the form's rules. Imports and web forms both use it.

use model::{
    class::Class,
    codes,
    problem::{Problem, Severity},
    value::{MOST_REASON, Value},
};

use crate::{
    condition::Condition,
    definition::{Field, FieldIdx, Form, Required, Rule, Values},
    kinds::{Meaning, ReadAs},
};

/// Something wrong with a row, and the field to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// Position of the field.
    pub field: FieldIdx,
    /// What is wrong.
    pub problem: Problem,
}

/// Required fields and rules of one row, and personal numbers in its texts.
///
/// `faulty` are the fields that have a problem of their own already: checks
/// that look at one of them are left out, so that one mistake is reported once. For
/// the same reason a field that is missing or breaks a rule is faulty for the
/// rules after it; a warning leaves it sound.
pub fn validate(form: &Form, values: &Values, faulty: &[FieldIdx]) -> Vec<FieldProblem> {
    problems(form, values, faulty, |rule| rule.is_error)
}

/// The same of a row of a file, in which some rules only warn.
pub fn validate_row(form: &Form, values: &Values, faulty: &[FieldIdx]) -> Vec<FieldProblem> {
    problems(form, values, faulty, |rule| rule.is_error_in_files)
}

fn problems(
    form: &Form,
    values: &Values,
    faulty: &[FieldIdx],
    is_error: fn(&Rule) -> bool,
) -> Vec<FieldProblem> {
    let mut faulty = faulty.to_vec();
    let mut problems = missing(form, values, &faulty);
    faulty.extend(problems.iter().map(|found| found.field));
    for rule in &form.rules {
        if faulty.contains(&rule.at) || looks_at(&rule.that, &faulty) {
            continue;
        }
        if rule.that.evaluate(values, Class::default()) == Some(false) {
            problems.push(FieldProblem { field: rule.at, problem: breach(rule, is_error(rule)) });
            if is_error(rule) {
                faulty.push(rule.at);
            }
        }
    }
    problems.extend(period_outside(form, values, &faulty));
    problems.extend(numbers_in_texts(form, values, &faulty));
    problems.extend(not_applicable(form, values, &faulty));
    problems
}

/// A period of a return in which no campaign has a month. One that lies in a campaign with a part is taken: what it
/// states counts wherever it fits. Years have bounds of their own.
fn period_outside(form: &Form, values: &Values, faulty: &[FieldIdx]) -> Option<FieldProblem> {
    let reporting = form.reporting.filter(|reporting| !faulty.contains(&reporting.field))?;
    let kind = form.fields[reporting.field].kind.spec();
    let period = form.reporting_period(values).filter(|_| matches!(kind.meaning, Meaning::Period(_)))?;
    let is_outside = period.last() < reporting.first || period.first() > reporting.last;
    is_outside.then(|| FieldProblem {
        field: reporting.field,
        problem: Problem::PeriodOutside {
            found: period.to_string(),
            first: reporting.first.to_string(),
            last: reporting.last.to_string(),
        },
    })
}

/// What is wrong with answers that something is not applicable. Their reasons are kept beside what everybody reads, so
/// that no personal number may be in them.
fn not_applicable(form: &Form, values: &Values, faulty: &[FieldIdx]) -> Vec<FieldProblem> {
    let answers = form.fields.entries().filter_map(|(position, field)| {
        let reason = values.value(position)?.not_applicable()?;
        (!faulty.contains(&position)).then_some((position, field, reason))
    });
    let problem = |field: &Field, reason: &str| {
        let chars = reason.chars().count();
        if !field.takes_not_applicable {
            return Some(Problem::NotApplicable { found: reason.to_owned() });
        }
        if reason.trim().is_empty() {
            return Some(Problem::ReasonMissing { severity: Severity::Warning });
        }
        if chars > MOST_REASON {
            return Some(Problem::TooLong { found: chars, max: MOST_REASON });
        }
        codes::mask_numbers(reason).map(|(_, found)| Problem::NumberTyped { found })
    };
    answers
        .filter_map(|(position, field, reason)| {
            Some(FieldProblem { field: position, problem: problem(field, reason)? })
        })
        .collect()
}

/// Personal numbers in texts, which everybody may read who sees the record: somebody should look.
fn numbers_in_texts(form: &Form, values: &Values, faulty: &[FieldIdx]) -> Vec<FieldProblem> {
    let texts = texts(form, values).filter(|(field, _)| !faulty.contains(field));
    let found = texts.filter_map(|(field, text)| Some((field, codes::mask_numbers(text)?.1)));
    found.map(|(field, found)| FieldProblem { field, problem: Problem::NumberInText { found } }).collect()
}

/// Masks the personal numbers in texts. Returns whether there were any.
pub fn mask_numbers(form: &Form, values: &mut Values) -> bool {
    let masked: Vec<(FieldIdx, String)> =
        texts(form, values).filter_map(|(field, text)| Some((field, codes::mask_numbers(text)?.0))).collect();
    let is_any = !masked.is_empty();
    for (field, text) in masked {
        values[field] = Some(Value::Text(text));
    }
    is_any
}

/// The personal numbers in texts, as they are written there, each with its mask.
pub fn personal_numbers(form: &Form, values: &Values) -> Vec<(String, String)> {
    texts(form, values).flat_map(|(_, text)| codes::personal_numbers(text)).collect()
}

/// Whether a field holds somebody's own words.
pub fn is_in_words(field: &Field) -> bool {
    let spec = field.kind.spec();
    let is_words = matches!(spec.read_as, ReadAs::Words { .. } | ReadAs::Spelt { .. } | ReadAs::Table { .. });
    is_words && spec.personal.is_none()
}

/// The fields that hold somebody's own words. Codes that others gave are none.
fn texts<'v>(form: &'v Form, values: &'v Values) -> impl Iterator<Item = (FieldIdx, &'v str)> {
    form.fields.entries().filter_map(|(position, field)| {
        let text = values.value(position).and_then(Value::as_str)?;
        is_in_words(field).then_some((position, text))
    })
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

fn breach(rule: &Rule, is_error: bool) -> Problem {
    let severity = if is_error { Severity::Error } else { Severity::Warning };
    Problem::Rule { message: rule.message.clone(), severity }
}

fn looks_at(condition: &Condition, faulty: &[FieldIdx]) -> bool {
    let mut fields = Vec::new();
    condition.fields(&mut fields);
    fields.iter().any(|field| faulty.contains(field))
}
