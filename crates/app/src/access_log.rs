//! The log of access: who signed in and who failed to, whose access was changed, which register was
//! exported, whose file was opened, who was looked for. Each entry says when, who, from where and
//! what. It is written in the transaction of what it is about where there is one, and chained soon afterwards
//! ([`chain`]).

mod chain;
mod check_run;
mod retention;

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::UnitId;
use store::{
    Tx,
    access_log::{self as rows, AccessEntry},
};

pub use self::{
    chain::{LogCheck, LogFault, check},
    check_run::{LogCheckOutcome, LogCheckRun, begin_check, last_check},
    retention::{SHORTEST_DAYS, USUAL_DAYS},
};
pub(crate) use self::{
    chain::{check_unasked, put_into_blocks},
    check_run::LastLogCheck,
    retention::{digest_before, rekeyed_removal, remove_old},
};
use crate::{Action, App, Context, Error, RequestOrigin, Result, UnitView, transact::transact};

/// Declares [`AccessAction`] with the names that are stored.
macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal,)+) => {
        /// What is noted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AccessAction {
            $($(#[$doc])* $action,)+
        }

        impl AccessAction {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$action),+];

            /// Its name in storage.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$action => $name,)+
                }
            }
        }
    };
}

actions! {
    /// Somebody signed in.
    SignIn = "sign in",
    /// Login, password or code were wrong.
    FailSignIn = "fail to sign in",
    /// They were wrong once too often: the login is locked at this address for a while.
    Lock = "lock",
    /// The present password was wrong where a new one was to be set.
    FailPassword = "fail to change password",
    /// Somebody changed the own password.
    ChangePassword = "change password",
    /// Somebody set up the second factor.
    SetUpSecondFactor = "set up second factor",
    /// The second factor of somebody was removed.
    RemoveSecondFactor = "remove second factor",
    /// Somebody ended a session from another one.
    EndSession = "end session",
    /// Somebody was given access.
    AddAccount = "add account",
    /// Somebody was given a new password.
    ResetPassword = "reset password",
    /// Somebody was given another role or unit.
    AssignRole = "assign role",
    /// Somebody's access was taken away.
    DisableAccount = "disable account",
    /// Somebody's access was given back.
    EnableAccount = "enable account",
    /// Codes for new accounts were issued, and printed or downloaded.
    IssueCodes = "issue codes",
    /// Codes for new accounts were withdrawn.
    WithdrawCodes = "withdraw codes",
    /// Somebody began to use an account by its code.
    Activate = "activate account",
    /// A code for a new account was wrong, or has ended.
    FailActivation = "fail to activate account",
    /// An account was handed over to a successor.
    HandOver = "hand over account",
    /// Somebody was named a deputy for an absence.
    NameDeputy = "name deputy",
    /// A deputy was ended before the last day.
    EndDeputy = "end deputy",
    /// A deputy began to act for somebody, or went back to the own account.
    ActForOther = "act for somebody else",
    /// The records of a register were downloaded.
    Export = "export",
    /// The file of a person was opened.
    OpenPerson = "open person",
    /// A person was looked for by name.
    FindPerson = "find person",
    /// A person was looked for by ID number; why and what came of it is in the log of personal data.
    FindPersonByNumber = "find person by number",
    /// The personal numbers of a record were shown; why is in the log of personal data.
    Unmask = "unmask",
    /// The data of a person was corrected or removed; why is in the log of personal data.
    ChangePerson = "change person",
    /// A version of the campaign was put in force.
    PutDefinition = "put definition in force",
    /// Everything sealed was sealed with another secret.
    RotateSecret = "rotate secret",
    /// A file attached to a record was downloaded.
    DownloadAttachment = "download attachment",
    /// Persons were looked up by a part of the name, while a form was being filled in.
    LookUpPerson = "look up person",
    /// Words were searched for in a register whose records name persons.
    SearchRecords = "search records",
    /// Somebody read this log.
    ReadLog = "read access log",
    /// Somebody read the log of personal data.
    ReadUnmaskLog = "read log of personal data",
    /// Somebody looked through the audit, or opened an entry of it.
    ReadAudit = "read audit",
    /// Somebody had the chain of this log checked; what came of it is in the detail.
    CheckLog = "check access log",
    /// Entries of this log that are older than they are kept for will be removed: up to which block.
    RemoveEntries = "remove entries",
}

impl AccessAction {
    fn parse(name: &str) -> Result<Self> {
        let found = Self::ALL.iter().copied().find(|action| action.name() == name);
        found.ok_or_else(|| Error::internal(format!("the log of access holds the action {name}")))
    }
}

/// Something to be noted.
pub(crate) struct AccessNote<'a> {
    /// Who: a login; empty where nobody has the login that was tried.
    pub(crate) actor: &'a str,
    /// From where.
    pub(crate) origin: &'a RequestOrigin,
    /// What was done.
    pub(crate) action: AccessAction,
    /// At which unit.
    pub(crate) unit: Option<UnitId>,
    /// What it was done to.
    pub(crate) subject: &'a str,
    /// What else is to be known.
    pub(crate) detail: &'a str,
}

/// Adds an entry.
pub(crate) async fn append(tx: &mut Tx, now: Timestamp, note: &AccessNote<'_>) -> Result<()> {
    let entry = AccessEntry {
        actor: note.actor.to_owned(),
        action: note.action.name(),
        address: note.origin.address.map(|address| address.to_string()),
        unit: note.unit,
        subject: note.subject.to_owned(),
        detail: note.detail.to_owned(),
    };
    Ok(rows::append(tx, now, &entry).await?)
}

/// Notes what the person of `ctx` does.
pub(crate) async fn note(
    tx: &mut Tx,
    ctx: &Context,
    action: AccessAction,
    unit: Option<UnitId>,
    subject: &str,
    detail: &str,
) -> Result<()> {
    let note = AccessNote { actor: ctx.audit_name(), origin: &ctx.origin, action, unit, subject, detail };
    append(tx, ctx.clock.now(), &note).await
}

/// Notes what the person of `ctx` looks at, in a transaction of its own.
pub(crate) async fn note_reading(
    app: &App,
    ctx: &Context,
    action: AccessAction,
    unit: Option<UnitId>,
    subject: &str,
    detail: &str,
) -> Result<()> {
    transact!(app, ctx.region, |tx| {
        note(tx, ctx, action, unit, subject, detail).await?;
        Ok(())
    })
}

/// What leaves as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exported {
    /// Figures, units, accounts, logs: who may read them may take them away.
    Figures,
    /// Records: the right to read them is not enough.
    Records,
}

/// Notes that something was handed out in another way than as the file of a register: what it is, and how much.
///
/// # Errors
/// [`crate::Error::Forbidden`] for records, without [`Action::ExportRegisters`]; when it cannot be stored. Nothing is
/// to be handed out then.
#[boxed_async]
pub async fn note_export(
    app: &App,
    ctx: &Context,
    unit: UnitId,
    content: Exported,
    what: &str,
    detail: &str,
) -> Result<()> {
    if content == Exported::Records {
        let snapshot = app.current(ctx).await?;
        ctx.require(Action::ExportRegisters, &snapshot, unit)?;
    }
    note_reading(app, ctx, AccessAction::Export, Some(unit), what, detail).await
}

/// An entry, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLogEntry {
    /// Its id, where the next page goes on.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who; empty where nobody has the login that was tried.
    pub actor: String,
    /// What was done.
    pub action: AccessAction,
    /// From where.
    pub address: Option<String>,
    /// At which unit.
    pub unit: Option<UnitView>,
    /// What it was done to.
    pub subject: String,
    /// What else is to be known.
    pub detail: String,
}

/// The entries before `before`, newest first, and where the next page goes on.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not read the log.
#[boxed_async]
pub async fn log(
    app: &App,
    ctx: &Context,
    before: Option<i64>,
    size: usize,
) -> Result<(Vec<AccessLogEntry>, Option<i64>)> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::ReadAccessLog, &snapshot)?;
    let limit = i64::try_from(size + 1).map_err(Error::internal)?;
    let mut tx = app.read(ctx.region).await?;
    let mut found = rows::list(&mut tx, before, limit).await?;
    drop(tx);
    // Once for all its pages, and once as long as nothing new has come.
    let is_noted = |row: &rows::AccessLogRow| {
        row.actor == ctx.audit_name() && row.action == AccessAction::ReadLog.name()
    };
    if before.is_none() && !found.first().is_some_and(is_noted) {
        note_reading(app, ctx, AccessAction::ReadLog, None, "", "").await?;
        let mut tx = app.read(ctx.region).await?;
        found = rows::list(&mut tx, before, limit).await?;
    }
    let has_more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| has_more).map(|row| row.entry_id);
    let entry = |row: rows::AccessLogRow| {
        Ok(AccessLogEntry {
            id: row.entry_id,
            at: Timestamp::from_microsecond(row.at).map_err(Error::internal)?,
            actor: row.actor,
            action: AccessAction::parse(&row.action)?,
            address: row.address,
            unit: row.unit_id.and_then(|unit| snapshot.view(UnitId(unit))),
            subject: row.subject,
            detail: row.detail,
        })
    };
    Ok((found.into_iter().map(entry).collect::<Result<_>>()?, next))
}
