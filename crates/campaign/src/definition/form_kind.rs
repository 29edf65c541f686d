//! The kinds of forms, and what is true of every form of a kind: everything that
//! treats one kind unlike another asks here.

/// Where a form is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormFolder {
    /// `roster.toml`.
    Roster,
    /// `returns/`.
    Returns,
    /// `registers/`.
    Registers,
}

impl FormFolder {
    /// Its path in a campaign; folders end with a slash.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Roster => "roster.toml",
            Self::Returns => "returns/",
            Self::Registers => "registers/",
        }
    }
}

/// The kind of a form's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormKind {
    /// The organisation roster (组织名册): units, not records.
    Roster,
    /// One record of something that happened (台账).
    Register,
    /// What a unit states for a year (报表).
    Return,
    /// What a unit states about the years before the campaign (基期).
    Baseline,
}

impl FormKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Roster, Self::Register, Self::Return, Self::Baseline];

    /// How `kind = "…"` names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::Register => "register",
            Self::Return => "return",
            Self::Baseline => "baseline",
        }
    }

    /// Where forms of it are defined.
    pub const fn folder(self) -> FormFolder {
        match self {
            Self::Roster => FormFolder::Roster,
            Self::Register => FormFolder::Registers,
            Self::Return | Self::Baseline => FormFolder::Returns,
        }
    }

    /// Whether its rows are records of units. Those of the roster are the units: they have no unit of
    /// their own, take no transitions and are not numbered.
    pub const fn has_records(self) -> bool {
        match self {
            Self::Roster => false,
            Self::Register | Self::Return | Self::Baseline => true,
        }
    }

    /// Whether its records are kept one by one: listed, searched, entered on a page, found as duplicates.
    pub const fn is_register(self) -> bool {
        match self {
            Self::Register => true,
            Self::Roster | Self::Return | Self::Baseline => false,
        }
    }

    /// Whether its records say what a unit is in a year, by the classifying fields.
    pub const fn states_classes(self) -> bool {
        match self {
            Self::Return => true,
            Self::Roster | Self::Register | Self::Baseline => false,
        }
    }

    /// Whether its records speak of the years before the campaign, and make statements alone.
    pub const fn states_baselines(self) -> bool {
        match self {
            Self::Baseline => true,
            Self::Roster | Self::Register | Self::Return => false,
        }
    }

    /// Whether a record counts for its own unit and those above it, and changes nothing else. A return may
    /// change how the other records of its unit count, and a baseline concerns every unit above.
    pub const fn changes_own_balances_alone(self) -> bool {
        match self {
            Self::Register => true,
            Self::Roster | Self::Return | Self::Baseline => false,
        }
    }
}
