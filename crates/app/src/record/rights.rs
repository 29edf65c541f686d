//! Who may take a transition: a role, and its place in the tree.

use campaign::definition::{FormIdx, Level, Transition};
use model::ids::UnitId;

use crate::{Action, Context, Snapshot};

/// Whether the person may take a transition on a record of `unit`.
///
/// A transition belongs to the roles that it names. Everyone acts for the units
/// under their own, so the roles above these may take it too.
pub fn may_take(ctx: &Context, snapshot: &Snapshot, unit: UnitId, transition: &Transition) -> bool {
    let Some(own) = ctx.unit() else { return true };
    let is_above = own != unit;
    let is_at_level = match transition.level {
        Level::Own => true,
        Level::Above => is_above,
        Level::City => snapshot.root() == Some(own),
    };
    let Some(role) = ctx.role() else { return true };
    let is_named = transition.who.iter().any(|named| named == role || role.is_over(named));
    let today = ctx.today(snapshot).month();
    let is_theirs = snapshot.tree.is_within(unit, own, today);
    is_theirs && ctx.may(Action::TransitionRecords, snapshot, unit) && is_at_level && is_named
}

/// Whether the person may begin a record of this form at `unit`: by a transition of
/// their role, or, where the form has none that begins a record, by the right to enter records.
pub fn may_begin(ctx: &Context, snapshot: &Snapshot, unit: UnitId, form: FormIdx) -> bool {
    let workflow = snapshot.definition.forms[form].workflow.as_ref();
    let mut beginnings = workflow.into_iter().flat_map(campaign::definition::Workflow::beginnings).peekable();
    ctx.may(Action::WriteRecords, snapshot, unit)
        && ctx.may_see_form(snapshot, form)
        && (beginnings.peek().is_none()
            || beginnings.any(|transition| may_take(ctx, snapshot, unit, transition)))
}
