//! Roles: what a person may do in the federation.
//!
//! [`Action`] lists what can be allowed, one action per kind of thing and
//! verb. Which role may do what is data: the built-in roles are in
//! `crates/campaign/src/roles.toml`; a campaign directory adds its own or
//! replaces built-in ones with a `roles.toml` of the same shape.

use std::{cmp::Ordering, fmt, sync::Arc};

use super::Label;

/// Declares [`Action`] with the names that are in `roles.toml`.
macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)+) => {
        /// What a role can be allowed to do, to a unit and everything under it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $action,)+
        }

        impl Action {
            /// All actions.
            pub const ALL: &[Self] = &[$(Self::$action),+];

            /// Its name in `roles.toml`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$action => $name,)+
                }
            }
        }
    };
}

actions! {
    /// See figures, and the position of units in the tree.
    ReadFigures = "read-figures",
    /// See records, their history and the records behind a figure; personal numbers stay masked.
    ReadRecords = "read-records",
    /// Enter, correct and delete records.
    WriteRecords = "write-records",
    /// Take the transitions of records that name the role, or a role below it.
    TransitionRecords = "transition-records",
    /// See and download the files attached to a record.
    ReadAttachments = "read-attachments",
    /// Attach files to a record and remove them.
    WriteAttachments = "write-attachments",
    /// Comment on a record, and withdraw one's own comments.
    WriteComments = "write-comments",
    /// Keep drafts of forms.
    WriteDrafts = "write-drafts",
    /// See which records of several units claim the same thing.
    ReadDuplicates = "read-duplicates",
    /// See what waits for the role.
    ReadTodo = "read-todo",
    /// Hand in files of records and returns.
    ImportFiles = "import-files",
    /// Hand in the file of units.
    ImportRosters = "import-rosters",
    /// Download the empty file of a register.
    DownloadTemplates = "download-templates",
    /// Download the records of a register.
    ExportRegisters = "export-registers",
    /// Look people up by name while filling in a form; numbers stay masked.
    LookUpPersons = "look-up-persons",
    /// Search for a person, and see the file of a person.
    ReadPersons = "read-persons",
    /// Correct and remove the data of a person.
    ChangePersons = "change-persons",
    /// See the personal numbers of a record, for a reason that is logged.
    UnmaskNumbers = "unmask-numbers",
    /// See who saw and changed personal data.
    ReadUnmaskLog = "read-unmask-log",
    /// See who signed in, whose access was changed, and who exported or opened what.
    ReadAccessLog = "read-access-log",
    /// See the audit: who changed what, with the values before and after; personal numbers stay masked.
    ReadAudit = "read-audit",
    /// Change the tree of units.
    ManageUnits = "manage-units",
    /// Give people access and take it away.
    ManageAccounts = "manage-accounts",
    /// See what waits for everybody.
    ReadDigests = "read-digests",
    /// See what background work has done.
    ReadTasks = "read-tasks",
    /// Recount everything, and fold the balances anew.
    RecountFigures = "recount-figures",
    /// Load a whole region at once.
    LoadRegions = "load-regions",
}

/// The three administrations of a system that are kept apart (GB/T 22239-2019, 8.1.5: system, audit and security
/// management).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Administration {
    /// The program and its background work.
    System,
    /// Accounts, roles and how people sign in.
    Security,
    /// The logs.
    Audit,
}

impl Action {
    /// The administration that the action belongs to; `None` for the business of the federation.
    pub fn administration(self) -> Option<Administration> {
        Some(match self {
            Self::ReadTasks | Self::RecountFigures | Self::LoadRegions => Administration::System,
            Self::ManageAccounts => Administration::Security,
            Self::ReadAccessLog | Self::ReadAudit | Self::ReadUnmaskLog => Administration::Audit,
            _ => return None,
        })
    }
}

/// Where in the federation those with a role work. Whoever works at a higher
/// level may take the transitions of the roles below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleLevel {
    /// No level of its own: the role is above no other.
    Any,
    /// A grass-roots union.
    Grassroots,
    /// A district, zone or industrial union.
    LevelTwo,
    /// The city: the root of the tree.
    City,
}

/// What a person is to the federation. Two roles with the same id are equal.
#[derive(Clone)]
pub struct Role(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    id: String,
    label: Label,
    help: Label,
    level: RoleLevel,
    /// In the order of [`Action`].
    actions: Vec<Action>,
    needs_second_factor: bool,
    /// Ids of the only campaigns that the role is for; `None` for all.
    campaigns: Option<Vec<String>>,
}

impl Role {
    /// A role as its definition states it.
    pub fn new(id: &str, label: Label, help: Label, level: RoleLevel, mut actions: Vec<Action>) -> Self {
        actions.sort_unstable();
        actions.dedup();
        let (id, needs_second_factor, campaigns) = (id.to_owned(), false, None);
        Self(Arc::new(Inner { id, label, help, level, actions, needs_second_factor, campaigns }))
    }

    /// The same role, whose people sign in with a second factor.
    #[must_use]
    pub fn with_second_factor(self) -> Self {
        Self(Arc::new(Inner { needs_second_factor: true, ..(*self.0).clone() }))
    }

    /// The same role for some campaigns alone.
    #[must_use]
    pub fn for_campaigns(self, ids: Vec<String>) -> Self {
        Self(Arc::new(Inner { campaigns: Some(ids), ..(*self.0).clone() }))
    }

    /// The same role without what belongs to an administration.
    #[must_use]
    pub fn without_administration(self) -> Self {
        let actions = self.actions().iter().copied().filter(|action| action.administration().is_some());
        self.without_actions(&actions.collect::<Vec<_>>())
    }

    /// The administrations that the role takes part in, each once.
    pub fn administrations(&self) -> Vec<Administration> {
        let mut found: Vec<_> = self.0.actions.iter().filter_map(|action| action.administration()).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The same role without some of what it may do: for whoever acts for somebody else.
    #[must_use]
    pub fn without_actions(&self, actions: &[Action]) -> Self {
        let actions = self.actions().iter().copied().filter(|action| !actions.contains(action)).collect();
        Self(Arc::new(Inner { actions, ..(*self.0).clone() }))
    }

    /// Its id in storage, on the command line and in definitions.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Words for it.
    pub fn label(&self) -> &Label {
        &self.0.label
    }

    /// One line about what it is for.
    pub fn help(&self) -> &Label {
        &self.0.help
    }

    /// Where those with the role work.
    pub fn level(&self) -> RoleLevel {
        self.0.level
    }

    /// Whether the role may do `action`.
    pub fn allows(&self, action: Action) -> bool {
        self.0.actions.binary_search(&action).is_ok()
    }

    /// Everything that the role may do.
    pub fn actions(&self) -> &[Action] {
        &self.0.actions
    }

    /// Whether its people sign in with a second factor beside the password.
    pub fn needs_second_factor(&self) -> bool {
        self.0.needs_second_factor
    }

    /// Ids of the only campaigns that the role is for; `None` for all that the federation runs.
    pub fn campaigns(&self) -> Option<&[String]> {
        self.0.campaigns.as_deref()
    }

    /// Whether the role is for a campaign.
    pub fn is_for(&self, campaign: &str) -> bool {
        self.campaigns().is_none_or(|ids| ids.iter().any(|id| id == campaign))
    }

    /// Whether the role is for every campaign that `other` is for.
    pub fn covers_campaigns_of(&self, other: &Self) -> bool {
        match (self.campaigns(), other.campaigns()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(ids)) => ids.iter().all(|id| self.is_for(id)),
        }
    }

    /// Whether the role works at a higher level than `other`.
    pub fn is_over(&self, other: &Self) -> bool {
        self.level() > other.level()
    }
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl PartialEq for Role {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Role {}

impl PartialOrd for Role {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Role {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id().cmp(other.id())
    }
}
