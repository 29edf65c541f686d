//! Who may do what: a role, for a unit and everything under it.

use model::{ids::UnitId, month::Month};

use crate::{Context, Error, Result, Snapshot};

/// What a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The office of the leading group at the city (领导小组办公室).
    CityOffice,
    /// An officer of a district, zone or industrial union.
    LevelTwoOfficer,
    /// An officer of a grass-roots union.
    EnterpriseOfficer,
    /// Reads figures, changes nothing.
    Viewer,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] =
        [Self::CityOffice, Self::LevelTwoOfficer, Self::EnterpriseOfficer, Self::Viewer];

    /// Its name in storage and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::CityOffice => "city-office",
            Self::LevelTwoOfficer => "level-2-officer",
            Self::EnterpriseOfficer => "enterprise-officer",
            Self::Viewer => "viewer",
        }
    }

    /// Reads back what [`Role::name`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == text)
    }

    fn may(self, action: Action) -> bool {
        match action {
            Action::SeeFigures => true,
            Action::SeeFacts | Action::Import => self != Self::Viewer,
            Action::ManageUnits | Action::ManageAccounts => self == Self::CityOffice,
        }
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
        self.role().may(action) && is_theirs
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
        snapshot.root().map_or_else(|| self.role().may(action), |root| self.may(action, snapshot, root))
    }

    /// The first line of a use case that concerns the whole region.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require_for_region(&self, action: Action, snapshot: &Snapshot) -> Result<()> {
        if self.may_for_region(action, snapshot) { Ok(()) } else { Err(Error::Forbidden(action.name())) }
    }
}
