//! What a file states that is not for the person to state, or that needs a second person: kept as a claim
//! of the record's unit, until whoever may state it confirms it. It counts nowhere
//! until then.

use campaign::{
    definition::{FieldIdx, Values},
    validate::FieldProblem,
};
use model::problem::Problem;

use super::{Incoming, Report, records::Good, report::Refused};
use crate::{
    Context,
    record::{Record, Statement},
};

/// What becomes of what a row states.
pub(super) enum Split {
    /// What is stated, and what is only claimed.
    Taken { values: Values, pending: Values },
    /// Something is neither for the person to state nor to claim.
    Refused(Vec<FieldProblem>),
}

/// Parts what a new record states from what is only pending.
pub(super) fn of_new(incoming: Incoming<'_>, ctx: &Context, good: &Good, report: &mut Report) -> Split {
    let Incoming { snapshot, form, .. } = incoming;
    let statement = Statement::on_new(ctx, snapshot, (form, good.unit));
    let mut values = good.values.clone();
    let mut pending = Values::default();
    let claimed = statement.pending(&values);
    if !claimed.is_empty() {
        pending = incoming.form().no_values();
        for field in &claimed {
            pending[*field] = values[*field].take();
        }
    }
    finish(incoming, &statement, good, (values, pending, claimed), report)
}

/// Parts what a row changes of a stored record from what is only pending; `values` is what the
/// record would state with what is pending, and `differing` the fields that the row changes.
pub(super) fn of_stored(
    incoming: Incoming<'_>,
    ctx: &Context,
    (good, stored, is_own_work): (&Good, &Record, bool),
    (mut values, differing): (Values, &[FieldIdx]),
    report: &mut Report,
) -> Split {
    let Some(statement) = Statement::on_record(ctx, incoming.snapshot, stored) else {
        return Split::Taken { values, pending: stored.pending.clone() };
    };
    let statement = statement.with_own_work(is_own_work);
    let mut pending = stored.pending.clone();
    let own = statement.pending(&values);
    let mut claimed = Vec::new();
    let waiting = stored.pending.entries().filter(|(_, claim)| claim.is_some()).map(|(field, _)| field);
    for field in own.iter().copied().chain(waiting).collect::<Vec<_>>() {
        let is_own = own.contains(&field);
        if is_own && values[field].is_none() && stored.fact.value(field).is_some() {
            // What somebody else has stated is not cleared by a claim.
            continue;
        }
        if !differing.contains(&field) {
            values[field] = stored.fact.value(field).cloned();
        } else if is_own {
            if pending.is_empty() {
                pending = incoming.form().no_values();
            }
            pending[field] = values[field].take();
            values[field] = stored.fact.value(field).cloned();
            claimed.push(field);
        } else {
            pending[field] = None;
        }
    }
    finish(incoming, &statement, good, (values, pending, claimed), report)
}

fn finish(
    incoming: Incoming<'_>,
    statement: &Statement<'_>,
    good: &Good,
    (values, pending, claimed): (Values, Values, Vec<FieldIdx>),
    report: &mut Report,
) -> Split {
    let refused = statement.refused(&values);
    if !refused.is_empty() {
        return Split::Refused(refused);
    }
    for FieldProblem { field, problem } in statement.confirmed_by(&claimed) {
        let Problem::StatedByOthers { who, transition } = problem else { continue };
        let problem = Problem::Pending { who, transition };
        let value = incoming.text(field, pending.value(field));
        let incoming = incoming.on(good.sheet);
        let refused = incoming.refused(good.row, field, value, problem);
        let sheet = incoming.sheet_name(report);
        report.warnings.push(Refused { sheet, ..refused });
    }
    report.pending += usize::from(!claimed.is_empty());
    Split::Taken { values, pending }
}
