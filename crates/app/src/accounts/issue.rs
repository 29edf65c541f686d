//! Accounts in bulk: an account with an activation code for every unit that has none, for every row of a sheet, or
//! new codes in the place of lost ones. The codes are in the answer and nowhere else; what is lost is issued anew, and
//! the former codes no longer work.

mod sheet;
mod slips;

use std::collections::BTreeSet;

use boxed_async::boxed_async;
use jiff::{SignedDuration, Timestamp};
use model::{ids::UnitId, month::Month, problem::Problem};
use sha2::{Digest, Sha256};
use store::{
    Tx,
    account_list::{self, AccountFilter, AccountState},
    accounts::{self, Account},
    activations::{self, ActivationRow, BatchRow},
    units::UnitKind,
};

use super::{
    codes,
    deputies::require_self,
    entry,
    manage::LONGEST_NAME,
    save,
    scope::{self, level_of, managed, require_grant},
};
use crate::{
    Action, App, Context, Denied, Error, Result, Role, RoleLevel, Snapshot, Thing, UnitView,
    access_log::{self, AccessAction},
    audit::append_audit,
    transact::transact,
};

pub use sheet::{CodeSheet, RowFault, SheetOutcome, codes_of_sheet, sheet_template};
pub use slips::slips_sheet;

/// Days that a code can be used, unless the office says otherwise.
pub const DEFAULT_DAYS: i64 = 30;
/// Most days that a code can be used.
pub const MOST_CODE_DAYS: i64 = 180;

/// For whom codes are issued.
#[derive(Debug, Clone)]
pub enum IssueScope {
    /// A new account for every unit at or below this one that has none.
    NewAccounts {
        /// The unit.
        unit: UnitId,
        /// What their owners are; of its level are the units.
        role: Role,
    },
    /// A new code for every account at or below this unit that nobody has begun to use.
    Waiting {
        /// The unit.
        unit: UnitId,
    },
    /// A new code for every account of a batch that nobody has begun to use.
    Batch(i64),
    /// A new code for one account. Its password, if it has one, no longer works.
    Account(String),
}

/// What is to be issued.
#[derive(Debug, Clone)]
pub struct CodeRequest {
    /// One-time key of the page: the same form sent twice issues once.
    pub key: String,
    /// For whom.
    pub scope: IssueScope,
    /// Days until the codes end.
    pub days: i64,
}

/// Codes that were issued: what is printed and handed out.
pub struct Issued {
    /// The batch; `None` when there was nobody to issue a code for.
    pub batch: Option<i64>,
    /// When the codes end.
    pub expires_at: Timestamp,
    /// One for each account: by district, then by code of the unit.
    pub slips: Vec<Slip>,
    /// Rows of a sheet that named nobody, and those that were hidden.
    pub left_out: usize,
}

/// What is handed to the owner of an account.
pub struct Slip {
    /// The district or industrial union that the unit belongs to; `None` for the federation itself.
    pub district: Option<UnitView>,
    /// The unit.
    pub unit: UnitView,
    /// What the owner signs in as, unless another one is chosen.
    pub login: String,
    /// The owner's name, as far as it is known.
    pub name: String,
    /// What the owner is.
    pub role: Role,
    /// The code, in groups.
    pub code: String,
}

/// An account that gets a code.
struct Target {
    account: Account,
    /// The sealed telephone number of a new account.
    telephone: Option<String>,
    is_new: bool,
}

/// Issues codes.
///
/// # Errors
/// [`Error::Forbidden`] and [`Error::NotFound`] as for every change of accounts; [`Error::Invalid`] for a number of
/// days that is not possible; [`Error::Stale`] when the same form was sent before, and when somebody else has made such
/// accounts at the same time.
#[boxed_async]
pub async fn issue(app: &App, ctx: &Context, request: &CodeRequest) -> Result<Issued> {
    let snapshot = app.current(ctx).await?;
    ctx.require_managing()?;
    require_self(ctx)?;
    let expires_at = end_of_codes(ctx, request.days)?;
    let unit = match &request.scope {
        IssueScope::NewAccounts { unit, role } => {
            require_grant(ctx, &snapshot, role, *unit)?;
            Some(*unit)
        }
        IssueScope::Waiting { unit } => {
            ctx.require(Action::ManageAccounts, &snapshot, *unit)?;
            Some(*unit)
        }
        IssueScope::Batch(_) | IssueScope::Account(_) => None,
    };
    transact!(app, ctx.region, |tx| {
        let (targets, unit) = targets(tx, ctx, &snapshot, &request.scope, unit).await?;
        put_codes(tx, ctx, &snapshot, Wanted { key: &request.key, unit, expires_at }, targets).await
    })
}

fn end_of_codes(ctx: &Context, days: i64) -> Result<Timestamp> {
    if !(1..=MOST_CODE_DAYS).contains(&days) {
        let (found, min, max) = (days.to_string(), "1".to_owned(), MOST_CODE_DAYS.to_string());
        return Err(Error::Invalid(vec![Problem::OutOfRange { found, min, max }]));
    }
    Ok(ctx.clock.now() + SignedDuration::from_hours(24 * days))
}

/// The accounts that get codes, and the unit at or below which they are.
async fn targets(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    scope: &IssueScope,
    unit: Option<UnitId>,
) -> Result<(Vec<Target>, UnitId)> {
    let own = ctx.unit().or_else(|| snapshot.root()).unwrap_or(UnitId(0));
    let again = |account: Account| Target { account, telephone: None, is_new: false };
    match scope {
        IssueScope::NewAccounts { unit, role } => {
            Ok((new_accounts(tx, ctx, snapshot, *unit, role).await?, *unit))
        }
        IssueScope::Waiting { .. } => {
            let unit = unit.unwrap_or(own);
            let units = snapshot.units_within(unit, ctx.today(snapshot));
            let wanted = AccountFilter {
                units: units.as_deref(),
                text: None,
                text_units: &[],
                role: None,
                state: Some(AccountState::NotBegun),
                now: ctx.clock.now(),
            };
            let rows = account_list::search(tx, &wanted, 0, i64::MAX).await?;
            let ids: Vec<i64> = rows.iter().map(|row| row.user_id).collect();
            let found = accounts::list_by_ids(tx, &ids).await?;
            let found = found.into_iter().filter(|account| scope::may_manage(ctx, snapshot, account));
            Ok((found.map(again).collect(), unit))
        }
        IssueScope::Batch(batch) => {
            let known = require_batch(tx, ctx, snapshot, *batch).await?;
            let ids = activations::accounts_of(tx, *batch).await?;
            let found = accounts::list_by_ids(tx, &ids).await?;
            let found = found.into_iter().filter(|account| {
                account.password_hash.is_empty()
                    && !account.is_disabled
                    && scope::may_manage(ctx, snapshot, account)
            });
            Ok((found.map(again).collect(), UnitId(known.unit_id)))
        }
        IssueScope::Account(login) => {
            let account = managed(tx, ctx, snapshot, login).await?;
            if ctx.is_own_account(login) {
                return Err(Error::Forbidden(Denied::ChangeOwnAccess));
            }
            let unit = account.unit();
            Ok(([account].into_iter().filter(|account| !account.is_disabled).map(again).collect(), unit))
        }
    }
}

/// A batch at or below the person's own unit.
async fn require_batch(tx: &mut Tx, ctx: &Context, snapshot: &Snapshot, batch: i64) -> Result<BatchRow> {
    let found = activations::find_batch(tx, batch).await?;
    let found = found.filter(|found| ctx.may(Action::ManageAccounts, snapshot, UnitId(found.unit_id)));
    found.ok_or_else(|| Error::NotFound { what: Thing::CodeBatch, key: batch.to_string() })
}

/// An account for every unit of a role's level at or below a unit that has none.
async fn new_accounts(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    unit: UnitId,
    role: &Role,
) -> Result<Vec<Target>> {
    let today = ctx.today(snapshot).month();
    let with: BTreeSet<i64> = account_list::units_with_accounts(tx).await?.into_iter().collect();
    let mut logins: BTreeSet<String> = account_list::logins(tx).await?.into_iter().collect();
    let within: Option<BTreeSet<UnitId>> =
        snapshot.units_within(unit, ctx.today(snapshot)).map(|units| units.into_iter().collect());
    let is_meant = |id: UnitId, kind: UnitKind| {
        let is_of_level = role.level() == RoleLevel::Any || level_of(snapshot, id) == role.level();
        kind != UnitKind::Team && is_of_level && within.as_ref().is_none_or(|within| within.contains(&id))
    };
    let mut targets = Vec::new();
    for (id, found) in &snapshot.units {
        let is_closed = found.closed_from.is_some_and(|from| from <= today);
        if is_closed || with.contains(&id.0) || !is_meant(*id, found.kind) {
            continue;
        }
        let login = free_login(&found.code, &mut logins);
        let name: String = found.name.chars().take(LONGEST_NAME).collect();
        targets.push(Target { account: account(ctx, login, name, role, *id), telephone: None, is_new: true });
    }
    Ok(targets)
}

/// A login made from a unit's code that nobody has; it is taken from now on.
fn free_login(code: &str, logins: &mut BTreeSet<String>) -> String {
    let code: String = code.chars().filter(|c| c.is_alphanumeric()).take(LONGEST_NAME - 8).collect();
    let numbered = (2..).map(|number| format!("{code}-{number}"));
    // The numbers never end: one of them is free.
    let free = std::iter::once(code.clone()).chain(numbered).find(|login| !logins.contains(login));
    let login = free.unwrap_or(code);
    logins.insert(login.clone());
    login
}

/// A new account that has no password yet.
fn account(ctx: &Context, login: String, name: String, role: &Role, unit: UnitId) -> Account {
    Account {
        user_id: store::new_id(ctx.clock.now()),
        login,
        name,
        role: role.id().to_owned(),
        unit_id: unit.0,
        password_hash: String::new(),
        is_disabled: false,
        language: None,
        must_change_password: false,
    }
}

/// What holds of all codes of a batch.
struct Wanted<'a> {
    key: &'a str,
    unit: UnitId,
    expires_at: Timestamp,
}

/// Stores the accounts that are new and the hashes of the codes, and notes both.
async fn put_codes(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    wanted: Wanted<'_>,
    targets: Vec<Target>,
) -> Result<Issued> {
    let Wanted { key, unit, expires_at } = wanted;
    if targets.is_empty() {
        return Ok(Issued { batch: None, expires_at, slips: Vec::new(), left_out: 0 });
    }
    let now = ctx.clock.now();
    let batch = BatchRow {
        batch_id: batch_id(ctx, key),
        unit_id: unit.0,
        issued_at: now.as_microsecond(),
        issued_by: ctx.audit_name().to_owned(),
        expires_at: expires_at.as_microsecond(),
        accounts: i64::try_from(targets.len()).map_err(Error::internal)?,
    };
    insert_accounts(tx, &batch, &targets).await?;
    let mut entries = Vec::with_capacity(targets.len());
    let mut rows = Vec::with_capacity(targets.len());
    let mut slips = Vec::with_capacity(targets.len());
    let districts = Districts::new(snapshot, ctx.today(snapshot).month());
    for Target { account, is_new, .. } in targets {
        let code = codes::new_code();
        rows.push(ActivationRow {
            user_id: account.user_id,
            code_hash: codes::hash(&snapshot.vault, &code),
            batch_id: batch.batch_id,
            issued_at: batch.issued_at,
            expires_at: batch.expires_at,
            tries: 0,
        });
        let before = (!is_new).then_some(&account);
        let action = if is_new { "create" } else { "issue code" };
        entries.push(entry(snapshot, action, before, &account));
        if !account.password_hash.is_empty() {
            let changed =
                Account { password_hash: String::new(), must_change_password: false, ..account.clone() };
            save(tx, &account, &changed, now).await?;
        }
        slips.extend(slip(snapshot, &districts, &account, &code));
    }
    activations::put(tx, &rows).await?;
    append_audit(tx, snapshot, ctx, entries).await?;
    let (subject, detail) = match slips.as_slice() {
        [slip] => (slip.login.clone(), String::new()),
        many => (String::new(), many.len().to_string()),
    };
    access_log::note(tx, ctx, AccessAction::IssueCodes, Some(unit), &subject, &detail).await?;
    slips.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    Ok(Issued { batch: Some(batch.batch_id), expires_at, slips, left_out: 0 })
}

/// Stores the batch and the accounts that are new; whoever was faster with one of them is named.
async fn insert_accounts(tx: &mut Tx, batch: &BatchRow, targets: &[Target]) -> Result<()> {
    match activations::insert_batch(tx, batch).await {
        Err(error) if error.is_duplicate() => return Err(Error::Stale { what: Thing::CodeBatch }),
        other => other?,
    }
    let new = targets.iter().filter(|target| target.is_new);
    let new: Vec<_> = new.map(|target| (target.account.clone(), target.telephone.clone())).collect();
    match accounts::insert_all(tx, &new).await {
        Err(error) if error.is_duplicate() => Err(Error::Stale { what: Thing::Login }),
        other => Ok(other?),
    }
}

fn slip(snapshot: &Snapshot, districts: &Districts, account: &Account, code: &str) -> Option<Slip> {
    Some(Slip {
        district: districts.of(snapshot, account.unit()).and_then(|district| snapshot.view(district)),
        unit: snapshot.view(account.unit())?,
        login: account.login.clone(),
        name: account.name.clone(),
        role: snapshot.definition.role(&account.role)?.clone(),
        code: codes::readable(code),
    })
}

fn sort_key(slip: &Slip) -> (Option<&str>, &str, &str) {
    (slip.district.as_ref().map(|district| district.code.as_str()), &slip.unit.code, &slip.login)
}

/// The units below the federation, to sort many units by.
struct Districts {
    all: BTreeSet<UnitId>,
    today: Month,
}

impl Districts {
    fn new(snapshot: &Snapshot, today: Month) -> Self {
        let root = snapshot.root();
        let below = root.into_iter().flat_map(|root| snapshot.tree.children(root, today));
        let unions = below
            .map(|(child, _)| child)
            .filter(|child| snapshot.units.get(child).is_some_and(|unit| unit.kind == UnitKind::Union));
        Self { all: unions.collect(), today }
    }

    /// The one that a unit is subordinate to; it is itself one.
    fn of(&self, snapshot: &Snapshot, unit: UnitId) -> Option<UnitId> {
        let mut next = Some(unit);
        // A tree has no circles; whatever were in one would end here.
        for _ in 0..16 {
            let reached = next?;
            if self.all.contains(&reached) {
                return Some(reached);
            }
            next = snapshot.tree.parent(reached, ledger::hierarchy::Line::Subordination, self.today);
        }
        None
    }
}

/// An id that follows from the form, so that the same form sent twice is one batch.
fn batch_id(ctx: &Context, key: &str) -> i64 {
    let digest = Sha256::new().chain_update(ctx.person()).chain_update([0]).chain_update(key).finalize();
    digest.iter().take(8).fold(0_i64, |id, byte| (id << 8) | i64::from(*byte)) & i64::MAX
}

/// An account with a code for a successor, of the unit and role of the former one.
pub(super) async fn single(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    former: &Account,
    login: &str,
    name: &str,
) -> Result<(Account, Slip, Timestamp)> {
    let mut logins: BTreeSet<String> = account_list::logins(tx).await?.into_iter().collect();
    let code = snapshot.units.get(&former.unit()).map_or("", |unit| unit.code.as_str());
    let login = if login.is_empty() { free_login(code, &mut logins) } else { login.to_owned() };
    let role = super::role_of(snapshot, former)?;
    let account = account(ctx, login, name.to_owned(), &role, former.unit());
    let target = Target { account: account.clone(), telephone: None, is_new: true };
    let (key, expires_at) = (super::token(), end_of_codes(ctx, DEFAULT_DAYS)?);
    let wanted = Wanted { key: &key, unit: former.unit(), expires_at };
    let issued = put_codes(tx, ctx, snapshot, wanted, vec![target]).await?;
    let slip = issued.slips.into_iter().next().ok_or_else(|| Error::internal("a code without an account"))?;
    Ok((account, slip, expires_at))
}

/// Codes that were issued together, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: i64,
    /// The unit at or below which they are.
    pub unit: Option<UnitView>,
    /// When they were issued.
    pub issued_at: Timestamp,
    /// By whom: the name in the audit.
    pub issued_by: String,
    /// When they end.
    pub expires_at: Timestamp,
    /// For how many accounts.
    pub accounts: i64,
    /// How many can still be used.
    pub open: i64,
    /// How many have ended unused.
    pub ended: i64,
}

/// Batches that are shown.
const BATCHES: i64 = 30;

/// The latest batches of whoever manages accounts.
///
/// # Errors
/// [`Error::Forbidden`].
#[boxed_async]
pub async fn batches(app: &App, ctx: &Context) -> Result<Vec<Batch>> {
    ctx.require_managing()?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let own = ctx.unit().and_then(|own| snapshot.units_within(own, ctx.today(&snapshot)));
    let mut found = Vec::new();
    for row in activations::batches(&mut tx, own.as_deref(), BATCHES).await? {
        let (open, ended) = activations::open_and_ended(&mut tx, row.batch_id, ctx.clock.now()).await?;
        let moment = |micros| Timestamp::from_microsecond(micros).map_err(Error::internal);
        found.push(Batch {
            id: row.batch_id,
            unit: snapshot.view(UnitId(row.unit_id)),
            issued_at: moment(row.issued_at)?,
            issued_by: row.issued_by,
            expires_at: moment(row.expires_at)?,
            accounts: row.accounts,
            open,
            ended,
        });
    }
    Ok(found)
}

/// Takes back all codes of a batch that nobody has used. The accounts stay, and can be given new codes.
///
/// # Errors
/// [`Error::NotFound`] for a batch elsewhere.
#[boxed_async]
pub async fn withdraw(app: &App, ctx: &Context, batch: i64) -> Result<u64> {
    let snapshot = app.current(ctx).await?;
    ctx.require_managing()?;
    require_self(ctx)?;
    transact!(app, ctx.region, |tx| {
        let known = require_batch(tx, ctx, &snapshot, batch).await?;
        let withdrawn = activations::delete_batch(tx, batch).await?;
        let (action, unit) = (AccessAction::WithdrawCodes, Some(UnitId(known.unit_id)));
        access_log::note(tx, ctx, action, unit, "", &withdrawn.to_string()).await?;
        Ok(withdrawn)
    })
}
