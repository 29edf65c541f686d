//! Who may decide about whose rights of administration: nobody gives what he does not have, and nobody changes the
//! access of somebody who administers what he does not. From whatever one may do, no chain of accounts leads to more
//! than that (GB/T 22239-2019, 8.1.5).

use crate::{Context, Denied, Error, Result, Role};

/// Whether the person may give this role, and change the access of those who have it.
pub fn may_administer(ctx: &Context, role: &Role) -> bool {
    let mut actions = role.actions().iter().filter(|action| action.administration().is_some());
    actions.all(|action| ctx.allows(*action))
}

/// Refuses to give a role, or to change the access of those who have it.
pub(super) fn require(ctx: &Context, role: &Role) -> Result<()> {
    if may_administer(ctx, role) { Ok(()) } else { Err(Error::Forbidden(Denied::AdministerBeyondOwn)) }
}
