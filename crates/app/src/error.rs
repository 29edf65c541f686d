//! Errors that a person can act on: what, where, remedy. `web` turns them into
//! pages and JSON, the binary into lines and exit codes.

use std::{
    fmt,
    io::{self, ErrorKind},
    panic::Location,
    sync::Arc,
};

use campaign::{
    definition::{Form, Label},
    mistake::Mistake,
    validate::FieldProblem,
};
use exchange::fault::FileFault;
use jiff::civil::Date;
use model::{month::Month, period::ReportingPeriod, problem::Problem};
use sheet::fault::TableFault;
use thiserror::Error;

use crate::{Action, campaigns::DefinitionPlan};

/// Something wrong with one field of a form, for people and programs that do not have its definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Id of the field.
    pub field: String,
    /// Words for the field.
    pub label: Label,
    /// What is wrong.
    pub problem: Problem,
}

impl FieldFault {
    /// A problem of a field of `form`, with the field's id and words.
    pub fn new(form: &Form, FieldProblem { field, problem }: FieldProblem) -> Self {
        let field = &form.fields[field];
        Self { field: field.id.clone(), label: field.label.clone(), problem }
    }
}

/// A sort of thing that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// An account.
    Account,
    /// A file that belongs to a record.
    Attachment,
    /// A campaign.
    Campaign,
    /// A version of a campaign.
    CampaignVersion,
    /// Codes for new accounts that were issued together.
    CodeBatch,
    /// An entry of the audit.
    AuditEntry,
    /// A comment on a record.
    Comment,
    /// A deputy for an absence.
    Deputy,
    /// A field of a form.
    Field,
    /// A form.
    Form,
    /// A file handed in for import.
    Import,
    /// A kind of file that can be imported.
    ImportKind,
    /// An indicator.
    Indicator,
    /// A piece of background work.
    Job,
    /// The name that somebody signs in with.
    Login,
    /// A person whom records name.
    Person,
    /// An ambiguity of the document.
    Reading,
    /// A way to read an ambiguity.
    ReadingOption,
    /// A record.
    Record,
    /// The federation.
    Region,
    /// A register.
    Register,
    /// A return for a period.
    Return,
    /// A session of somebody who has signed in.
    Session,
    /// A second factor.
    SecondFactor,
    /// A transition of a workflow.
    Transition,
    /// A unit.
    Unit,
}

impl Thing {
    /// Its permanent name, as the command line prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Attachment => "attachment",
            Self::Campaign => "campaign",
            Self::CampaignVersion => "version",
            Self::AuditEntry => "audit entry",
            Self::CodeBatch => "batch of codes",
            Self::Comment => "comment",
            Self::Deputy => "deputy",
            Self::Field => "field",
            Self::Form => "form",
            Self::Import => "import",
            Self::ImportKind => "kind",
            Self::Indicator => "indicator",
            Self::Job => "job",
            Self::Login => "login",
            Self::Person => "person",
            Self::Reading => "reading",
            Self::ReadingOption => "option",
            Self::Record => "fact",
            Self::Region => "region",
            Self::Register => "register",
            Self::Return => "return",
            Self::Session => "session",
            Self::SecondFactor => "second factor",
            Self::Transition => "step",
            Self::Unit => "unit",
        }
    }

    /// What the rows of a table are, where several people may change one.
    fn of_table(table: &str) -> Self {
        match table {
            "account" => Self::Account,
            "candidate_version" => Self::CampaignVersion,
            "import" => Self::Import,
            "job" => Self::Job,
            _ => Self::Record,
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A month or year without figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissingPeriod {
    /// A month, as it was written.
    Month(String),
    /// A year, as it was written.
    Year(String),
    /// What is no period, as it was written.
    Period(String),
    /// A period that is written from–to, and ends before it begins, as it was written.
    Backwards(String),
    /// A period that has no month in common with the campaign.
    OutsideCampaign {
        /// The period.
        period: ReportingPeriod,
        /// The first month of the campaign.
        first: Month,
        /// The last month of the campaign.
        last: Month,
    },
    /// What is no day, as it was written.
    Day(String),
    /// A day that has not come.
    DayToCome {
        /// The day.
        day: Date,
        /// Today.
        today: Date,
    },
    /// A day before anything was known.
    DayBefore {
        /// The day.
        day: Date,
        /// The first on which something was.
        first: Date,
    },
    /// A day on which the unit was not there yet.
    UnitNotYet {
        /// The day.
        day: Date,
    },
    /// A day on which the campaign was not in force yet.
    CampaignNotYet {
        /// The day.
        day: Date,
    },
    /// An earlier day for figures on today's tree, which are counted from the records as they are now.
    RestatedDay,
}

impl fmt::Display for MissingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(text) => write!(f, "month {text}"),
            Self::Year(text) => write!(f, "year {text}"),
            Self::Period(text) => write!(f, "period {text}"),
            Self::Backwards(text) => write!(f, "period {text}, which ends before it begins"),
            Self::OutsideCampaign { period, first, last } => {
                write!(f, "period {period}, of which no month is within {first} to {last}")
            }
            Self::Day(text) => write!(f, "day {text}"),
            Self::DayToCome { day, today } => write!(f, "day {day}, which comes after {today}"),
            Self::DayBefore { day, first } => write!(f, "day {day}, before the first day {first}"),
            Self::UnitNotYet { day } => write!(f, "day {day}, on which the unit was not there"),
            Self::CampaignNotYet { day } => write!(f, "day {day}, on which the campaign was not in force"),
            Self::RestatedDay => f.write_str("an earlier day on today's tree"),
        }
    }
}

/// What somebody may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// An action on a unit or the whole region.
    Action(Action),
    /// A transition that is not the person's to take.
    Transition,
    /// A record that is not the person's to begin.
    BeginRecord,
    /// Taking back an import that somebody else has made who is not below.
    TakeBackImport,
    /// Changing what one's own account may do, or disabling it.
    ChangeOwnAccess,
    /// Giving rights of administration that one does not have, or changing the access of somebody who has them.
    AdministerBeyondOwn,
    /// Giving a role that is above one's own, or above the unit; changing an account that has one.
    HigherRole,
    /// Changing accounts while one acts for somebody else.
    ActForOther,
    /// Taking away one's own second factor.
    RemoveOwnSecondFactor,
}

impl From<Action> for Denied {
    fn from(action: Action) -> Self {
        Self::Action(action)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Action(action) => action.name(),
            Self::Transition => "take this step",
            Self::BeginRecord => "begin this record",
            Self::TakeBackImport => "take this import back",
            Self::ChangeOwnAccess => "change one's own access",
            Self::AdministerBeyondOwn => "decide about rights of administration that one does not have",
            Self::HigherRole => "give or change a role above one's own",
            Self::ActForOther => "change accounts while acting for somebody else",
            Self::RemoveOwnSecondFactor => "remove one's own second factor",
        })
    }
}

/// What a person must do about the own account before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Choose a password: the present one is known to whoever gave it.
    NewPassword,
    /// Set up a second factor: the role needs one.
    SecondFactor,
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NewPassword => "a new password is to be chosen",
            Self::SecondFactor => "a second factor is to be set up",
        })
    }
}

/// Why a use case could not be carried out.
#[derive(Debug, Error)]
pub enum Error {
    /// The thing asked for does not exist, or the person may not know that it does.
    #[error("{what} {key} not found")]
    NotFound {
        /// What sort of thing.
        what: Thing,
        /// What was asked for.
        key: String,
    },
    /// A form names a field that its definition no longer has: it was made from another version.
    #[error("field {field} not found")]
    FormChanged {
        /// The field's id.
        field: String,
    },
    /// There are no figures of this month or year.
    #[error("{0} not found")]
    NoSuchPeriod(MissingPeriod),
    /// The person may not do this.
    #[error("not allowed: {0}")]
    Forbidden(Denied),
    /// Nobody has signed in, or the session has ended.
    #[error("not signed in")]
    NotSignedIn,
    /// Login, password and code do not belong together.
    #[error("sign-in refused")]
    SignInRefused,
    /// There were too many failures; nothing is looked at for a while, whether it is right or not.
    #[error("too many failed attempts: again after {seconds} s")]
    TooManyAttempts {
        /// Seconds until another try is possible.
        seconds: u32,
    },
    /// More is asked for at once than the machine bears.
    #[error("too much at once: again after {seconds} s")]
    TooMuchAtOnce {
        /// Seconds until another try is worth while.
        seconds: u32,
    },
    /// The person has signed in and must do something about the own account before anything else.
    #[error("the account is not ready: {0}")]
    AccountNotReady(Demand),
    /// The input is wrong.
    #[error("invalid input")]
    Invalid(Vec<Problem>),
    /// Fields of a form are wrong.
    #[error("invalid fields")]
    InvalidFields(Vec<FieldFault>),
    /// A file cannot be taken at all.
    #[error("file cannot be taken: {0}")]
    File(#[from] FileFault),
    /// Columns with something in them that nothing explains: they must be mapped or left out.
    #[error("columns are not explained: {}", .0.join(", "))]
    UnknownColumns(Vec<String>),
    /// Several sheets hold the form, and nobody has chosen among them.
    #[error("several sheets hold the form: {}", .0.join(", "))]
    SeveralSheets(Vec<String>),
    /// Rows are hidden in the sheet, and nobody has chosen whether they are taken. Their numbers.
    #[error("{} rows are hidden", .0.len())]
    HiddenRows(Vec<u32>),
    /// A campaign definition has mistakes.
    #[error("the campaign definition has {} mistakes", .0.len())]
    Definition(Vec<Mistake>),
    /// A file that was handed in as a campaign is no zip with a `campaign.toml`.
    #[error("the file is no zip of a campaign's directory")]
    NoCampaign,
    /// A version of a campaign would change what records state, or move figures: it must not, or somebody who has seen what
    /// it does has to say so.
    #[error("the definition {} changes what is stored", .0.hash)]
    DefinitionChange(Box<DefinitionPlan>),
    /// The region was set up with another secret.
    #[error("the secret key is not the one that this database was set up with")]
    WrongSecret,
    /// A server or worker works on the region: its secret cannot be exchanged meanwhile.
    #[error("the server {server} is running")]
    ServersRun {
        /// What it calls itself.
        server: String,
    },
    /// The files beside the database belong to another database, or to a later state of this one.
    #[error("the attached files belong to another database or to a later copy of this one: none was removed")]
    ForeignFiles,
    /// A new version of the campaign lacks roles that accounts have.
    #[error("accounts have roles that the campaign lacks: {roles}")]
    RolesInUse {
        /// Ids of the roles.
        roles: String,
        /// Logins of the accounts.
        logins: String,
    },
    /// Somebody else changed the thing first.
    #[error("{what} was changed by somebody else")]
    Stale {
        /// What sort of thing.
        what: Thing,
    },
    /// The list that would answer is being made from the records, and is not asked until that is done.
    #[error("the list of records is being made anew: {read} records read")]
    ListBuilding {
        /// Records read so far.
        read: u64,
    },
    /// The list that would answer cannot be made: its files can be neither read nor written.
    #[error("the list of records cannot be made")]
    Index(#[from] search::Error),
    /// There is no room left on the disk: nothing was stored.
    #[error("the disk is full")]
    DiskFull(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is so little room left on the disk that nothing large is taken; what people type still is.
    #[error("the disk is nearly full: {needed} bytes are needed, {free} are free")]
    NoRoom {
        /// Bytes that it would take.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// There is not as much room as it takes to bring the database of an earlier version up to date.
    #[error("the upgrade of the database needs {needed} bytes at {}, {free} are free", path.display())]
    NoRoomForUpgrade {
        /// A directory on the disk.
        path: std::path::PathBuf,
        /// Bytes that it takes.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// Storage does not answer; trying again later may help.
    #[error("storage is not available")]
    Unavailable(#[source] store::Error),
    /// A fault of the program or the database.
    #[error("internal fault at {at}")]
    Internal {
        /// Where it was noticed.
        at: &'static Location<'static>,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

impl From<store::Error> for Error {
    #[track_caller]
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Conflict { table, .. } => Self::Stale { what: Thing::of_table(table) },
            store::Error::Unavailable(_) | store::Error::CommitUnknown(_) => Self::Unavailable(error),
            error if error.is_disk_full() => Self::DiskFull(Box::new(error)),
            // Others were in the way each time.
            other if other.is_transient() => Self::Unavailable(other),
            other => Self::internal(other),
        }
    }
}

/// Whether an error comes from a disk without room. Libraries pass on what the system has said as it is, shared,
/// or in words.
fn is_disk_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let is_full =
        |error: &io::Error| matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
    let mut next = Some(error);
    while let Some(error) = next {
        let found = error.downcast_ref::<io::Error>().is_some_and(is_full)
            || error.downcast_ref::<Arc<io::Error>>().is_some_and(|error| is_full(error))
            || error.downcast_ref::<store::Error>().is_some_and(store::Error::is_disk_full)
            || error.to_string().contains(NO_SPACE);
        if found {
            return true;
        }
        next = error.source();
    }
    false
}

/// How Linux's ENOSPC ends in the words of an error.
const NO_SPACE: &str = "(os error 28)";

impl From<TableFault> for Error {
    fn from(fault: TableFault) -> Self {
        match fault {
            TableFault::NotWritten { .. } if is_disk_full(&fault) => Self::DiskFull(Box::new(fault)),
            other => Self::File(other.into()),
        }
    }
}

impl Error {
    /// A fault of the program, remembered with the place where it was noticed; or a full disk, whoever has
    /// met it.
    #[track_caller]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let source = source.into();
        if is_disk_full(&*source) {
            Self::DiskFull(source)
        } else {
            Self::Internal { at: Location::caller(), source }
        }
    }

    /// Whether the connection was lost in the middle of storing: nobody knows whether it is stored.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::Unavailable(store::Error::CommitUnknown(_)))
    }

    /// Whether the same work may succeed when it is done again from the start.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(error) if error.is_transient())
    }

    /// Whether storage refused a row because there is one with its key already.
    pub(crate) fn is_duplicate(&self) -> bool {
        let Self::Internal { source, .. } = self else { return false };
        source.downcast_ref::<store::Error>().is_some_and(store::Error::is_duplicate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Error)]
    #[error("a library")]
    struct Library(#[source] Arc<io::Error>);

    #[test]
    fn a_full_disk_is_one_whoever_has_met_it() {
        let full = || io::Error::from_raw_os_error(28);
        for error in [
            Error::internal(full()),
            Error::internal(Library(Arc::new(full()))),
            Error::internal(io::Error::other(full())),
            Error::internal(format!("cannot write: {}", full())),
            Error::internal(store::Error::File(full())),
            Error::from(store::Error::File(full())),
            Error::from(TableFault::NotWritten { detail: full().to_string() }),
        ] {
            assert!(matches!(error, Error::DiskFull(_)), "{error:?}");
        }
        let other = Error::internal(io::Error::from(ErrorKind::PermissionDenied));
        assert!(matches!(other, Error::Internal { .. }), "{other:?}");
    }
}
