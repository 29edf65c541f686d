//! Beginning a record: the transition into the initial state.

use campaign::definition::{Values, Workflow};
use campaign::validate::FieldProblem;
use model::problem::Problem;

use crate::{
    Denied, Error, Result,
    record::{Faults, InputReader, may_begin, may_take},
};

/// Refuses a record that is not the person's to begin.
///
/// # Errors
/// [`Error::Forbidden`].
pub(crate) fn require_beginning(reader: &InputReader<'_>) -> Result<()> {
    let InputReader { ctx, snapshot, form, unit, .. } = reader;
    if may_begin(ctx, snapshot, *unit, *form) { Ok(()) } else { Err(Error::Forbidden(Denied::BeginRecord)) }
}

/// The transition that begins a record with these values: what it gives is put into
/// them; a field that it needs and that is empty is a fault. `None` for
/// records that need no transition, also for those that have come further on paper.
pub(crate) fn begin(reader: &InputReader<'_>, values: &mut Values, faults: &mut Faults) -> Option<String> {
    let form = reader.form();
    let workflow = form.workflow.as_ref()?;
    if workflow.derived_state(values) != Workflow::INITIAL {
        return None;
    }
    let is_open = |step: &&_| may_take(reader.ctx, reader.snapshot, reader.unit, step);
    let step = workflow.beginnings().find(is_open)?;
    step.apply(values);
    let number = form.numbering.as_ref().map(|numbering| numbering.field);
    for field in step.lacking(values) {
        if Some(field) != number && faults.iter().all(|fault| fault.field != field) {
            faults.push(FieldProblem { field, problem: Problem::Missing });
        }
    }
    Some(step.id.clone())
}
