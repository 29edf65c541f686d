//! Whose step it is: a role, and where in the tree it stands.

use campaign::definition::{Level, Transition};
use model::{ids::UnitId, month::Month};

use crate::{Action, Context, Role, Snapshot};

/// Whether the person may take a step on a record of `unit`.
///
/// A step belongs to the roles that it names. Everyone acts for what is under
/// him, so those who stand over one of these roles may take it too.
pub fn may_take(ctx: &Context, snapshot: &Snapshot, unit: UnitId, step: &Transition) -> bool {
    let Some(own) = ctx.unit() else { return true };
    let is_above = own != unit;
    let stands = match step.level {
        Level::Own => true,
        Level::Above => is_above,
        Level::City => snapshot.root() == Some(own),
    };
    let is_named = step.who.contains(&ctx.role());
    let acts_for = step.who.iter().any(|role| is_over(ctx.role(), *role));
    let today = Month::of(ctx.clock.today());
    let is_theirs = snapshot.tree.is_within(unit, own, today);
    is_theirs && ctx.may(Action::Import, snapshot, unit) && stands && (is_named || acts_for)
}

/// Whether the person may begin a record of this form at `unit`: by a step of
/// his, or as anybody may who enters records, where the form names none.
pub fn may_begin(ctx: &Context, snapshot: &Snapshot, unit: UnitId, form: usize) -> bool {
    let workflow = snapshot.campaign.forms[form].workflow.as_ref();
    let mut beginnings = workflow.into_iter().flat_map(campaign::definition::Workflow::beginnings).peekable();
    ctx.may(Action::Import, snapshot, unit)
        && (beginnings.peek().is_none() || beginnings.any(|step| may_take(ctx, snapshot, unit, step)))
}

/// Whether one role stands over another.
fn is_over(role: Role, other: Role) -> bool {
    let rank = |role| match role {
        Role::CityOffice => 3,
        Role::LevelTwoOfficer => 2,
        Role::EnterpriseOfficer => 1,
        Role::Viewer => 0,
    };
    rank(role) > rank(other)
}
