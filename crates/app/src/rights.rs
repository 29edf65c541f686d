//! Who may do what: a role, for a unit and everything under it.
//!
//! What can be allowed is [`Action`]; what a role may do is data of the
//! campaign. Use cases ask for an action and never for a role.

use model::ids::UnitId;

use crate::{Context, Error, Result, Snapshot, Thing};

pub use campaign::definition::{Action, Role, RoleLevel};

impl Context {
    /// Whether the person may do `action` to `unit`, which must be the
    /// person's own unit or under it today.
    pub fn may(&self, action: Action, snapshot: &Snapshot, unit: UnitId) -> bool {
        let today = self.today(snapshot).month();
        let is_theirs = self.unit().is_none_or(|own| snapshot.tree.is_within(unit, own, today));
        // What was read of another region is nobody's business here.
        self.region == snapshot.region_id && self.allows(action) && is_theirs
    }

    /// The first line of a use case that concerns a unit.
    ///
    /// # Errors
    /// A unit outside the person's own does not exist for them ([`Error::NotFound`]);
    /// within it, what the role may not do is [`Error::Forbidden`].
    pub fn require(&self, action: Action, snapshot: &Snapshot, unit: UnitId) -> Result<()> {
        if self.may(action, snapshot, unit) {
            Ok(())
        } else if self.may(Action::ReadFigures, snapshot, unit) {
            Err(Error::Forbidden(action.into()))
        } else {
            Err(Error::NotFound { what: Thing::Unit, key: unit.to_string() })
        }
    }

    /// Whether the person may do `action` to the whole region.
    pub fn may_for_region(&self, action: Action, snapshot: &Snapshot) -> bool {
        match snapshot.root() {
            Some(root) => self.may(action, snapshot, root),
            None => self.region == snapshot.region_id && self.allows(action),
        }
    }

    /// The first line of a use case that concerns the whole region.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require_for_region(&self, action: Action, snapshot: &Snapshot) -> Result<()> {
        if self.may_for_region(action, snapshot) { Ok(()) } else { Err(Error::Forbidden(action.into())) }
    }
}
