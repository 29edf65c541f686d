//! Giving people access: what the city office does.

use boxed_async::boxed_async;
use model::{ids::UnitId, problem::Problem};
use store::{
    Tx,
    accounts::{self, Account},
    second_factors,
};

use super::{administration, note, password, role_of, save, throttle};
use crate::{
    Action, App, Context, Denied, Error, Result, Role, Snapshot, Thing,
    access_log::{self, AccessAction},
    transact::transact,
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
/// [`Error::Forbidden`] for anybody but the city office; [`Error::NotFound`]
/// for an unknown unit; [`Error::Stale`] when the login is taken;
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
    ctx.require_for_region(Action::ManageAccounts, snapshot)?;
    administration::require(ctx, &new.role)?;
    if new.login.trim().is_empty() || new.name.trim().is_empty() {
        return Err(Error::Invalid(vec![Problem::Missing]));
    }
    let mut account = Account {
        user_id: store::new_id(ctx.clock.now()),
        login: new.login.trim().to_owned(),
        name: new.name.trim().to_owned(),
        role: new.role.id().to_owned(),
        unit_id: unit_of(snapshot, &new.unit_code)?.0,
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

/// The account with this login.
pub(super) async fn find(tx: &mut Tx, login: &str) -> Result<Account> {
    let account = accounts::find(tx, login).await?;
    account.ok_or_else(|| Error::NotFound { what: Thing::Account, key: login.to_owned() })
}

/// Gives an account a new password, which its owner must change, and ends its sessions.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office; [`Error::NotFound`]; [`Error::Invalid`] for a password
/// that may not be one.
#[boxed_async]
pub async fn reset(app: &App, ctx: &Context, login: &str, password: String) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::ManageAccounts, &snapshot)?;
    let mut tx = app.read(ctx.region).await?;
    let account = find(&mut tx, login).await?;
    drop(tx);
    let password_hash = digest(app, &snapshot, &account, password).await?;
    transact!(app, ctx.region, |tx| {
        let account = find(tx, login).await?;
        administration::require(ctx, &role_of(&snapshot, &account)?)?;
        let changed = Account {
            password_hash: password_hash.clone(),
            must_change_password: is_temporary(&snapshot),
            ..account.clone()
        };
        save(tx, &account, &changed).await?;
        note(tx, ctx, &snapshot, "reset password", Some(&account), &changed).await?;
        access_log::note(tx, ctx, AccessAction::ResetPassword, Some(account.unit()), login, "").await?;
        Ok(())
    })?;
    throttle::forget_login(app, login).await
}

/// Gives an account another role or another unit, and ends its sessions.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office, and for one's own account; [`Error::NotFound`].
#[boxed_async]
pub async fn assign(app: &App, ctx: &Context, login: &str, assignment: Assignment) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::ManageAccounts, &snapshot)?;
    if ctx.audit_name() == login {
        return Err(Error::Forbidden(Denied::ChangeOwnAccess));
    }
    administration::require(ctx, &assignment.role)?;
    let unit = unit_of(&snapshot, &assignment.unit_code)?;
    transact!(app, ctx.region, |tx| {
        let account = find(tx, login).await?;
        administration::require(ctx, &role_of(&snapshot, &account)?)?;
        let changed = Account { role: assignment.role.id().to_owned(), unit_id: unit.0, ..account.clone() };
        if changed == account {
            return Ok(());
        }
        save(tx, &account, &changed).await?;
        note(tx, ctx, &snapshot, "assign", Some(&account), &changed).await?;
        let detail = format!("{} → {}", account.role, changed.role);
        access_log::note(tx, ctx, AccessAction::AssignRole, Some(unit), login, &detail).await?;
        Ok(())
    })
}

/// Takes somebody's access away, which ends all sessions, or gives it back.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office, and for one's own
/// account; [`Error::NotFound`].
#[boxed_async]
pub async fn set_disabled(app: &App, ctx: &Context, login: &str, is_disabled: bool) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::ManageAccounts, &snapshot)?;
    if ctx.audit_name() == login {
        return Err(Error::Forbidden(Denied::ChangeOwnAccess));
    }
    transact!(app, ctx.region, |tx| {
        let account = find(tx, login).await?;
        administration::require(ctx, &role_of(&snapshot, &account)?)?;
        if account.is_disabled == is_disabled {
            return Ok(());
        }
        let changed = Account { is_disabled, ..account.clone() };
        save(tx, &account, &changed).await?;
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

/// Everyone with access.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office.
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
                has_second_factor: with_second_factor.contains(&account.user_id),
                login: account.login,
                name: account.name,
                is_disabled: account.is_disabled,
            })
        })
        .collect()
}
