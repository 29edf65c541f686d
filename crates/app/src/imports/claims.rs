//! What a file states that is not for the person to state: kept as a claim of
//! the record's unit, until whoever may state it confirms it. It counts nowhere
//! until then.

use campaign::{
    definition::{FieldIdx, Values},
    validate::FieldProblem,
};
use model::problem::Problem;

use super::{Incoming, Report, records::Good};
use crate::{
    Context,
    record::{Record, Statement},
};

/// What becomes of what a row states.
pub(super) enum Split {
    /// What is stated, and what is only claimed.
    Taken { values: Values, claims: Values },
    /// Something is neither for the person to state nor to claim.
    Refused(Vec<FieldProblem>),
}

/// Parts what a new record states from what it only claims.
pub(super) fn of_new(incoming: Incoming<'_>, ctx: &Context, good: &Good, report: &mut Report) -> Split {
    let Incoming { snapshot, form, .. } = incoming;
    let statement = Statement { ctx, snapshot, form, unit: good.unit, before: None };
    let mut values = good.values.clone();
    let mut claims = Values::default();
    let claimed = statement.claims(&values);
    if !claimed.is_empty() {
        claims = incoming.form().no_values();
        for field in &claimed {
            claims[*field] = values[*field].take();
        }
    }
    finish(incoming, &statement, good, (values, claims, claimed), report)
}

/// Parts what a row changes of a stored record from what it only claims; `values` is what the
/// record would state with its claims, and `differing` the fields that the row changes.
pub(super) fn of_stored(
    incoming: Incoming<'_>,
    ctx: &Context,
    (good, stored): (&Good, &Record),
    (mut values, differing): (Values, &[FieldIdx]),
    report: &mut Report,
) -> Split {
    let Some(statement) = Statement::of(ctx, incoming.snapshot, stored) else {
        return Split::Taken { values, claims: stored.claims.clone() };
    };
    let mut claims = stored.claims.clone();
    let own = statement.claims(&values);
    let mut claimed = Vec::new();
    let waiting = stored.claims.entries().filter(|(_, claim)| claim.is_some()).map(|(field, _)| field);
    for field in own.iter().copied().chain(waiting).collect::<Vec<_>>() {
        let is_own = own.contains(&field);
        if is_own && values[field].is_none() && stored.fact.value(field).is_some() {
            // What somebody else has stated is not cleared by a claim.
            continue;
        }
        if !differing.contains(&field) {
            values[field] = stored.fact.value(field).cloned();
        } else if is_own {
            if claims.is_empty() {
                claims = incoming.form().no_values();
            }
            claims[field] = values[field].take();
            values[field] = stored.fact.value(field).cloned();
            claimed.push(field);
        } else {
            claims[field] = None;
        }
    }
    finish(incoming, &statement, good, (values, claims, claimed), report)
}

fn finish(
    incoming: Incoming<'_>,
    statement: &Statement<'_>,
    good: &Good,
    (values, claims, claimed): (Values, Values, Vec<FieldIdx>),
    report: &mut Report,
) -> Split {
    let refused = statement.refused(&values);
    if !refused.is_empty() {
        return Split::Refused(refused);
    }
    for FieldProblem { field, problem } in statement.confirmed_by(&claimed) {
        let Problem::StatedByOthers { who, transition } = problem else { continue };
        let problem = Problem::Claimed { who, transition };
        let value = incoming.text(field, claims.value(field));
        report.warnings.push(incoming.refused(good.row, field, value, problem));
    }
    report.claimed += usize::from(!claimed.is_empty());
    Split::Taken { values, claims }
}
