//! Beginning a record: the step into the initial state.

use model::{
    problem::{Problem, ProblemKind},
    value::Value,
};

use super::rights::{may_begin, may_take};
use crate::{
    Error, Result,
    facts::{Faults, Reading},
};

/// Refuses a record that is not the person's to begin.
///
/// # Errors
/// [`Error::Forbidden`].
pub(crate) fn require_beginning(reading: &Reading<'_>) -> Result<()> {
    let Reading { ctx, snapshot, form, unit, .. } = reading;
    if may_begin(ctx, snapshot, *unit, *form) { Ok(()) } else { Err(Error::Forbidden("begin this record")) }
}

/// The step that begins a record with these values: what it gives is put into
/// them, what it needs and is not stated is told as a fault. `None` for
/// records that need no step, also for those that have come further on paper.
pub(crate) fn begin(
    reading: &Reading<'_>,
    values: &mut [Option<Value>],
    faults: &mut Faults,
) -> Option<String> {
    let form = reading.form();
    let workflow = form.workflow.as_ref()?;
    if workflow.told(values) != 0 {
        return None;
    }
    let is_open = |step: &&_| may_take(reading.ctx, reading.snapshot, reading.unit, step);
    let step = workflow.beginnings().find(is_open)?;
    step.apply(values);
    let number = form.numbering.as_ref().map(|numbering| numbering.field);
    for field in step.lacking(values) {
        if Some(field) != number && faults.iter().all(|(faulty, _)| *faulty != field) {
            faults.push((field, Problem::error(ProblemKind::Missing, [])));
        }
    }
    Some(step.id.clone())
}
