//! What a person is to a federation. The one list of roles: storage, the
//! command line and the `who` of a campaign's steps speak of these.

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

    /// Its name in storage, on the command line and in definitions.
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
}
