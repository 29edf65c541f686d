//! Giving people access, one at a time: what an office does for its own unit and all under it.

use boxed_async::boxed_async;
use model::{ids::UnitId, problem::Problem};
use store::{
    Tx,
    accounts::{self, Account},
    second_factors,
};

use super::{
    deputies::require_self,
    note, password, role_of, save,
    scope::{managed, require_grant},
    throttle,
};
use crate::{
    Action, App, Context, Denied, Error, Result, Role, Snapshot, Thing,
    access_log::{self, AccessAction},
    transact::transact,
    typed_text::number_fault,
};

/// Someone with access, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What the person types to sign in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What the person is.
    pub role: Role,
    /// For which unit.
    pub unit: UnitId,
    /// Whether signing in is refused.
    pub is_disabled: bool,
    /// Whether a code is asked for beside the password.
    pub has_second_factor: bool,
    /// Whether the account has a password: its owner has begun to use it, or the office has given one.
    pub has_password: bool,
}

/// What a new account needs.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What the person types to sign in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What the person is.
    pub role: Role,
    /// Code of the unit.
    pub unit_code: String,
    /// The first password; its owner must choose another one before anything else.
    pub password: String,
}

/// What somebody is to be from now on.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// What the person is.
    pub role: Role,
    /// Code of the unit.
    pub unit_code: String,
}

/// Gives a person access.
///
/// # Errors
/// [`Error::Forbidden`] for whoever manages no accounts, and for a role above the own one; [`Error::NotFound`]
/// for an unknown unit and for one elsewhere; [`Error::Stale`] when the login is taken;
/// [`Error::Invalid`] for an empty login or name and for a password that may not be one.
#[boxed_async]
pub async fn add(app: &App, ctx: &Context, new: NewAccount) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    let account = prepare(app, ctx, &snapshot, new).await?;
    transact!(app, ctx.region, |tx| { put_new(tx, ctx, &snapshot, &account).await })
}

/// Gives a person access in a transaction that does more.
///
/// # Errors
/// As [`add`].
pub(crate) async fn add_in(
    app: &App,
    ctx: &Context,
    tx: &mut Tx,
    snapshot: &Snapshot,
    new: NewAccount,
) -> Result<()> {
    let account = prepare(app, ctx, snapshot, new).await?;
    put_new(tx, ctx, snapshot, &account).await
}

/// The account that somebody is to have.
async fn prepare(app: &App, ctx: &Context, snapshot: &Snapshot, new: NewAccount) -> Result<Account> {
    ctx.require_managing()?;
    require_self(ctx)?;
    let unit = unit_of(snapshot, &new.unit_code)?;
    require_grant(ctx, snapshot, &new.role, unit)?;
    let problems: Vec<Problem> =
        login_fault(new.login.trim()).into_iter().chain(name_fault(new.name.trim())).collect();
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let mut account = Account {
        user_id: store::new_id(ctx.clock.now()),
        login: new.login.trim().to_owned(),
        name: new.name.trim().to_owned(),
        role: new.role.id().to_owned(),
        unit_id: unit.0,
        password_hash: String::new(),
        is_disabled: false,
        language: None,
        must_change_password: is_temporary(snapshot),
    };
    account.password_hash = digest(app, snapshot, &account, new.password).await?;
    Ok(account)
}

async fn put_new(tx: &mut Tx, ctx: &Context, snapshot: &Snapshot, account: &Account) -> Result<()> {
    match accounts::insert(tx, account).await {
        Err(error) if error.is_duplicate() => return Err(Error::Stale { what: Thing::Login }),
        other => other?,
    }
    note(tx, ctx, snapshot, "create", None, account).await?;
    access_log::note(tx, ctx, AccessAction::AddAccount, Some(account.unit()), &account.login, "").await
}

/// Fewest characters of a login.
const SHORTEST_LOGIN: usize = 2;
/// Most characters of a login, and of a person's name.
pub(super) const LONGEST_NAME: usize = 60;

/// What is wrong with a login: it stands in addresses and in the audit, where a space divides two.
pub(super) fn login_fault(login: &str) -> Option<Problem> {
    let length = login.chars().count();
    if length == 0 {
        return Some(Problem::Missing);
    }
    let is_usable = (SHORTEST_LOGIN..=LONGEST_NAME).contains(&length)
        && !login.chars().any(|c| c.is_whitespace() || c.is_control() || "/\\?#%".contains(c));
    (!is_usable).then_some(Problem::LoginUnusable { min: SHORTEST_LOGIN, max: LONGEST_NAME })
}

/// What is wrong with a person's name.
pub(super) fn name_fault(name: &str) -> Option<Problem> {
    match name.chars().count() {
        0 => Some(Problem::Missing),
        found if found > LONGEST_NAME => Some(Problem::TooLong { found, max: LONGEST_NAME }),
        _ if name.chars().any(char::is_control) => Some(Problem::Missing),
        _ => number_fault(name),
    }
}

fn unit_of(snapshot: &Snapshot, code: &str) -> Result<UnitId> {
    let unit = snapshot.unit_by_code(code);
    Ok(unit.ok_or_else(|| Error::NotFound { what: Thing::Unit, key: code.to_owned() })?.id)
}

/// Whether a password that the office gives is to be changed by its owner. That of a demonstration is everybody's.
fn is_temporary(snapshot: &Snapshot) -> bool {
    !snapshot.region.is_demonstration
}

/// The digest of a password that the office gives to an account.
async fn digest(app: &App, snapshot: &Snapshot, account: &Account, new: String) -> Result<String> {
    match password::fault(&new, &password::known_about(snapshot, account)) {
        Some(problem) => Err(Error::Invalid(vec![problem])),
        None => app.hashing.digest(new).await,
    }
}

/// Gives an account a new password, which its owner must change, and ends its sessions.
///
/// # Errors
/// [`Error::Forbidden`] for whoever manages no accounts, and for an account whose role is above the own one;
/// [`Error::NotFound`] for an account elsewhere; [`Error::Invalid`] for a password
/// that may not be one.
#[boxed_async]
pub async fn reset(app: &App, ctx: &Context, login: &str, password: String) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    ctx.require_managing()?;
    require_self(ctx)?;
    let mut tx = app.read(ctx.region).await?;
    let account = managed(&mut tx, ctx, &snapshot, login).await?;
    drop(tx);
    let password_hash = digest(app, &snapshot, &account, password).await?;
    transact!(app, ctx.region, |tx| {
        let account = managed(tx, ctx, &snapshot, login).await?;
        let changed = Account {
            password_hash: password_hash.clone(),
            must_change_password: is_temporary(&snapshot),
            ..account.clone()
        };
        save(tx, &account, &changed, ctx.clock.now()).await?;
        note(tx, ctx, &snapshot, "reset password", Some(&account), &changed).await?;
        access_log::note(tx, ctx, AccessAction::ResetPassword, Some(account.unit()), login, "").await?;
        Ok(())
    })?;
    throttle::forget_login(app, login).await
}

/// Gives an account another role or another unit, and ends its sessions.
///
/// # Errors
/// As [`reset`]; [`Error::Forbidden`] for one's own account too, and for a role that the person may not give.
#[boxed_async]
pub async fn assign(app: &App, ctx: &Context, login: &str, assignment: Assignment) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    ctx.require_managing()?;
    require_self(ctx)?;
    let unit = unit_of(&snapshot, &assignment.unit_code)?;
    require_grant(ctx, &snapshot, &assignment.role, unit)?;
    transact!(app, ctx.region, |tx| {
        let account = managed(tx, ctx, &snapshot, login).await?;
        if ctx.is_own_account(login) {
            return Err(Error::Forbidden(Denied::ChangeOwnAccess));
        }
        let changed = Account { role: assignment.role.id().to_owned(), unit_id: unit.0, ..account.clone() };
        if changed == account {
            return Ok(());
        }
        save(tx, &account, &changed, ctx.clock.now()).await?;
        note(tx, ctx, &snapshot, "assign", Some(&account), &changed).await?;
        let detail = format!("{} → {}", account.role, changed.role);
        access_log::note(tx, ctx, AccessAction::AssignRole, Some(unit), login, &detail).await?;
        Ok(())
    })
}

/// Takes somebody's access away, which ends all sessions, or gives it back.
///
/// # Errors
/// As [`reset`]; [`Error::Forbidden`] for one's own account too.
#[boxed_async]
pub async fn set_disabled(app: &App, ctx: &Context, login: &str, is_disabled: bool) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    ctx.require_managing()?;
    require_self(ctx)?;
    transact!(app, ctx.region, |tx| {
        let account = managed(tx, ctx, &snapshot, login).await?;
        if ctx.is_own_account(login) {
            return Err(Error::Forbidden(Denied::ChangeOwnAccess));
        }
        if account.is_disabled == is_disabled {
            return Ok(());
        }
        let changed = Account { is_disabled, ..account.clone() };
        save(tx, &account, &changed, ctx.clock.now()).await?;
        let (action, noted) = if is_disabled {
            ("disable", AccessAction::DisableAccount)
        } else {
            ("enable", AccessAction::EnableAccount)
        };
        note(tx, ctx, &snapshot, action, Some(&account), &changed).await?;
        access_log::note(tx, ctx, noted, Some(account.unit()), login, "").await?;
        Ok(())
    })
}

/// Everyone with access, in the whole federation.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but an office of the whole federation.
#[boxed_async]
pub async fn list(app: &App, ctx: &Context) -> Result<Vec<Person>> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::ManageAccounts, &snapshot)?;
    let accounts = accounts::list(&mut tx).await?;
    let with_second_factor = second_factors::list_confirmed(&mut tx).await?;
    accounts
        .into_iter()
        .map(|account| {
            Ok(Person {
                role: role_of(&snapshot, &account)?,
                unit: account.unit(),
                has_password: !account.password_hash.is_empty(),
                has_second_factor: with_second_factor.contains(&account.user_id),
                login: account.login,
                name: account.name,
                is_disabled: account.is_disabled,
            })
        })
        .collect()
}
