//! Giving people access: what the city office does.

use boxed_async::boxed_async;
use model::{ids::UnitId, problem::Problem};
use store::accounts::{self, Account};

use super::{hash, note, role_of};
use crate::{Action, App, Context, Denied, Error, Result, Role, Thing, transact::transact};

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
    /// The first password.
    pub password: String,
}

/// Gives a person access.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office; [`Error::NotFound`]
/// for an unknown unit; [`Error::Stale`] when the login is taken;
/// [`Error::Invalid`] for an empty login or name and for a short password.
#[boxed_async]
pub async fn add(app: &App, ctx: &Context, new: NewAccount) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::ManageAccounts, &snapshot)?;
    if new.login.trim().is_empty() || new.name.trim().is_empty() {
        return Err(Error::Invalid(vec![Problem::Missing]));
    }
    let unit = snapshot
        .unit_by_code(&new.unit_code)
        .ok_or_else(|| Error::NotFound { what: Thing::Unit, key: new.unit_code.clone() })?;
    let account = Account {
        user_id: store::new_id(ctx.clock.now()),
        login: new.login.trim().to_owned(),
        name: new.name.trim().to_owned(),
        role: new.role.id().to_owned(),
        unit_id: unit.id.0,
        password_hash: hash(new.password).await?,
        is_disabled: false,
        language: None,
        failures: 0,
        locked_until: 0,
    };
    transact!(app, ctx.region, |tx| {
        match accounts::insert(tx, &account).await {
            Err(error) if error.is_duplicate() => return Err(Error::Stale { what: Thing::Login }),
            other => other?,
        }
        note(tx, ctx, &snapshot, "create", None, &account).await?;
        Ok(())
    })
}

/// Gives an account a new password and ends its sessions.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the city office; [`Error::NotFound`].
#[boxed_async]
pub async fn reset(app: &App, ctx: &Context, login: &str, password: String) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    ctx.require_for_region(Action::ManageAccounts, &snapshot)?;
    let password_hash = hash(password).await?;
    transact!(app, ctx.region, |tx| {
        let account = accounts::find(tx, login).await?;
        let account =
            account.ok_or_else(|| Error::NotFound { what: Thing::Account, key: login.to_owned() })?;
        let changed =
            Account { password_hash: password_hash.clone(), failures: 0, locked_until: 0, ..account.clone() };
        accounts::update(tx, &changed).await?;
        accounts::delete_sessions_of(tx, changed.id()).await?;
        note(tx, ctx, &snapshot, "reset password", Some(&account), &changed).await?;
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
        return Err(Error::Forbidden(Denied::DisableOwnAccount));
    }
    transact!(app, ctx.region, |tx| {
        let account = accounts::find(tx, login).await?;
        let account =
            account.ok_or_else(|| Error::NotFound { what: Thing::Account, key: login.to_owned() })?;
        if account.is_disabled == is_disabled {
            return Ok(());
        }
        let changed = Account { is_disabled, failures: 0, locked_until: 0, ..account.clone() };
        accounts::update(tx, &changed).await?;
        if is_disabled {
            accounts::delete_sessions_of(tx, changed.id()).await?;
        }
        let action = if is_disabled { "disable" } else { "enable" };
        note(tx, ctx, &snapshot, action, Some(&account), &changed).await?;
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
    accounts
        .into_iter()
        .map(|account| {
            Ok(Person {
                role: role_of(&snapshot, &account)?,
                unit: account.unit(),
                login: account.login,
                name: account.name,
                is_disabled: account.is_disabled,
            })
        })
        .collect()
}
