//! Whose accounts somebody manages: those of the own unit and of everything under it, as far as their roles
//! are not above the own one. An account elsewhere does not exist for whoever asks.

use std::collections::BTreeSet;

use model::{ids::UnitId, month::Month};
use store::{
    Tx,
    accounts::{self, Account},
    units::UnitKind,
};

use super::administration;
use crate::{Action, Context, Denied, Error, Result, Role, RoleLevel, Snapshot, Thing};

impl Context {
    /// The first line of a use case that concerns accounts.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever manages none.
    pub(crate) fn require_managing(&self) -> Result<()> {
        if self.allows(Action::ManageAccounts) {
            Ok(())
        } else {
            Err(Error::Forbidden(Action::ManageAccounts.into()))
        }
    }
}

/// The account with this login, which whoever asks must manage.
///
/// # Errors
/// [`Error::NotFound`] for one of a unit elsewhere; [`Error::Forbidden`] for one whose role is above the own one.
pub(super) async fn managed(tx: &mut Tx, ctx: &Context, snapshot: &Snapshot, login: &str) -> Result<Account> {
    let found = accounts::find(tx, login).await?;
    let account = found.filter(|account| ctx.may(Action::ManageAccounts, snapshot, account.unit()));
    let account = account.ok_or_else(|| Error::NotFound { what: Thing::Account, key: login.to_owned() })?;
    require_role_of(ctx, snapshot, &account)?;
    Ok(account)
}

/// Whether whoever asks may change an account.
pub(super) fn may_manage(ctx: &Context, snapshot: &Snapshot, account: &Account) -> bool {
    ctx.may(Action::ManageAccounts, snapshot, account.unit())
        && require_role_of(ctx, snapshot, account).is_ok()
}

fn require_role_of(ctx: &Context, snapshot: &Snapshot, account: &Account) -> Result<()> {
    snapshot.definition.role(&account.role).map_or(Ok(()), |role| require_within_own(ctx, role))
}

/// That a role allows nothing that whoever asks may not do. An office of the whole federation gives rights that it
/// does not have itself, but those of administration, and only for its own campaigns.
fn require_within_own(ctx: &Context, role: &Role) -> Result<()> {
    let own = ctx.role().filter(|own| own.level() != RoleLevel::City);
    let is_of_own_campaigns = ctx.role().is_none_or(|own| own.covers_campaigns_of(role));
    let is_within = own.is_none_or(|own| {
        role.level() <= own.level() && role.actions().iter().all(|action| own.allows(*action))
    });
    if is_within && is_of_own_campaigns {
        administration::require(ctx, role)
    } else {
        Err(Error::Forbidden(Denied::HigherRole))
    }
}

fn is_within_own(ctx: &Context, role: &Role) -> bool {
    require_within_own(ctx, role).is_ok()
}

/// That somebody may give a role at a unit.
///
/// # Errors
/// [`Error::NotFound`] for a unit elsewhere; [`Error::Forbidden`] for a role above the own one, and for one
/// above the unit.
pub(super) fn require_grant(ctx: &Context, snapshot: &Snapshot, role: &Role, unit: UnitId) -> Result<()> {
    ctx.require(Action::ManageAccounts, snapshot, unit)?;
    require_within_own(ctx, role)?;
    if may_grant(ctx, snapshot, role, unit) { Ok(()) } else { Err(Error::Forbidden(Denied::HigherRole)) }
}

/// Whether somebody who manages the accounts of a unit may give a role there.
pub(super) fn may_grant(ctx: &Context, snapshot: &Snapshot, role: &Role, unit: UnitId) -> bool {
    let is_office = ctx.role().is_none_or(|own| own.level() == RoleLevel::City);
    is_within_own(ctx, role) && (is_office || role.level() <= level_of(snapshot, unit))
}

/// The roles that somebody may give, in the order of the definition.
pub fn grantable_roles(ctx: &Context, snapshot: &Snapshot) -> Vec<Role> {
    let roles = snapshot.definition.roles.iter();
    roles.filter(|role| ctx.allows(Action::ManageAccounts) && is_within_own(ctx, role)).cloned().collect()
}

/// The level at which those work who act for a unit.
pub(super) fn level_of(snapshot: &Snapshot, unit: UnitId) -> RoleLevel {
    match snapshot.units.get(&unit).map(|unit| unit.kind) {
        Some(UnitKind::Union) if snapshot.root() == Some(unit) => RoleLevel::City,
        Some(UnitKind::Union) => RoleLevel::LevelTwo,
        _ => RoleLevel::Grassroots,
    }
}

/// The units below the federation itself to which a unit belongs today: its district, and the industrial
/// union that guides it.
pub fn districts_of(snapshot: &Snapshot, unit: UnitId, today: Month) -> BTreeSet<UnitId> {
    let Some(root) = snapshot.root() else { return BTreeSet::new() };
    let below = snapshot.tree.children(root, today).map(|(child, _)| child);
    below.filter(|child| snapshot.tree.is_within(unit, *child, today)).collect()
}
