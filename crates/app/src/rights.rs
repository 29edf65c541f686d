//! Who may do what: a role, for a unit and everything under it.

use model::{ids::UnitId, month::Month};

use crate::{Context, Error, Result, Snapshot};

pub use model::role::Role;

/// What a role may do, wherever it stands.
fn may(role: Role, action: Action) -> bool {
    match action {
        Action::SeeFigures => true,
        Action::SeeFacts | Action::Import | Action::SeePersons | Action::ChangePersons => {
            role != Role::Viewer
        }
        Action::ManageUnits | Action::ManageAccounts | Action::SeePrivacyLog => role == Role::CityOffice,
    }
}

/// What can be done to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See its figures, and where it stands in the tree.
    SeeFigures,
    /// See the facts behind a figure; personal numbers stay masked.
    SeeFacts,
    /// Hand in files for it.
    Import,
    /// See personal numbers on request, and the file of a person.
    SeePersons,
    /// Correct and remove the data of a person.
    ChangePersons,
    /// See who asked for and changed personal data.
    SeePrivacyLog,
    /// Change the tree.
    ManageUnits,
    /// Give people access.
    ManageAccounts,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::SeeFigures => "see figures",
            Self::SeeFacts => "see facts",
            Self::Import => "import",
            Self::SeePersons => "see persons",
            Self::ChangePersons => "change persons",
            Self::SeePrivacyLog => "see the privacy log",
            Self::ManageUnits => "manage units",
            Self::ManageAccounts => "manage accounts",
        }
    }
}

impl Context {
    /// Whether the person may do `action` to `unit`, which must be the
    /// person's own or stand under it today.
    pub fn may(&self, action: Action, snapshot: &Snapshot, unit: UnitId) -> bool {
        let today = Month::of(self.clock.today());
        let is_theirs = self.unit().is_none_or(|own| snapshot.tree.is_within(unit, own, today));
        may(self.role(), action) && is_theirs
    }

    /// The first line of a use case that concerns a unit.
    ///
    /// # Errors
    /// A unit outside the person's own does not exist for them ([`Error::NotFound`]);
    /// within it, what the role may not do is [`Error::Forbidden`].
    pub fn require(&self, action: Action, snapshot: &Snapshot, unit: UnitId) -> Result<()> {
        if self.may(action, snapshot, unit) {
            Ok(())
        } else if self.may(Action::SeeFigures, snapshot, unit) {
            Err(Error::Forbidden(action.name()))
        } else {
            Err(Error::NotFound { what: "unit", key: unit.to_string() })
        }
    }

    /// Whether the person may do `action` to the whole region.
    pub fn may_for_region(&self, action: Action, snapshot: &Snapshot) -> bool {
        snapshot.root().map_or_else(|| may(self.role(), action), |root| self.may(action, snapshot, root))
    }

    /// The first line of a use case that concerns the whole region.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require_for_region(&self, action: Action, snapshot: &Snapshot) -> Result<()> {
        if self.may_for_region(action, snapshot) { Ok(()) } else { Err(Error::Forbidden(action.name())) }
    }
}
