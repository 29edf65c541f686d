//! Deputies: who acts for somebody from one day to another.
//!
//! A deputy signs in with the own account and says for whom the session goes on. Then role and unit are those of
//! the absent person, and never more; everything that is done is recorded as "X for Y" and counts as done by X where
//! somebody else must look (`docs/decisions/0021-deputies.md`). What it rests on is read anew at every request: it
//! ends by itself.

use boxed_async::boxed_async;
use jiff::{Span, civil::Date};
use model::{
    ids::{UnitId, UserId},
    month::Month,
    problem::Problem,
};
use store::{
    Tx,
    accounts::{self, Account},
    deputies::{self as rows, DeputyRow},
};

use super::{
    own::own,
    scope::{self, districts_of},
};
use crate::{
    Action, Actor, App, Context, Denied, Error, Principal, Result, Role, Snapshot, Thing, UnitView,
    access_log::{self, AccessAction},
    transact::transact,
};

/// Most days of an absence.
pub const MOST_DAYS: usize = 366;
/// What nobody does for somebody else: a right for some days must not become one for ever.
const WITHHELD: [Action; 1] = [Action::ManageAccounts];

/// A person with an account, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName {
    /// What the person signs in as.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// The person's unit.
    pub unit: Option<UnitView>,
}

impl PersonName {
    pub(super) fn new(snapshot: &Snapshot, account: &Account) -> Self {
        Self { login: account.login.clone(), name: account.name.clone(), unit: snapshot.view(account.unit()) }
    }
}

/// A deputy, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deputy {
    /// Its id.
    pub id: i64,
    /// Who is absent.
    pub principal: PersonName,
    /// Who acts.
    pub deputy: PersonName,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Whether today is one of its days.
    pub is_running: bool,
}

/// The deputies of an account, and whose deputy it is, as far as they have not ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deputies {
    /// Who acts for the person.
    pub for_person: Vec<Deputy>,
    /// For whom the person acts.
    pub by_person: Vec<Deputy>,
}

/// What is said to name a deputy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeputy {
    /// Who is absent; `None` for whoever says so.
    pub principal: Option<String>,
    /// The login of who acts.
    pub deputy: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

/// The deputies of whoever asks.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
#[boxed_async]
pub async fn own_deputies(app: &App, ctx: &Context) -> Result<Deputies> {
    let mut tx = app.read(ctx.region).await?;
    let account = own(&mut tx, ctx).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    list(&mut tx, ctx, &snapshot, account.id()).await
}

/// The deputies of somebody whose account is managed.
///
/// # Errors
/// As for every change of that account.
#[boxed_async]
pub async fn deputies_of(app: &App, ctx: &Context, login: &str) -> Result<Deputies> {
    ctx.require_managing()?;
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let account = scope::managed(&mut tx, ctx, &snapshot, login).await?;
    list(&mut tx, ctx, &snapshot, account.id()).await
}

async fn list(tx: &mut Tx, ctx: &Context, snapshot: &Snapshot, user: UserId) -> Result<Deputies> {
    let today = ctx.clock.calendar_day();
    let day = today.to_string();
    let for_person = rows::list_for(tx, user, &day).await?;
    let by_person = rows::list_by(tx, user, &day).await?;
    Ok(Deputies {
        for_person: views(tx, snapshot, today, for_person).await?,
        by_person: views(tx, snapshot, today, by_person).await?,
    })
}

async fn views(tx: &mut Tx, snapshot: &Snapshot, today: Date, rows: Vec<DeputyRow>) -> Result<Vec<Deputy>> {
    let mut views = Vec::new();
    for row in rows {
        let principal = accounts::find_by_id(tx, UserId(row.principal_id)).await?;
        let deputy = accounts::find_by_id(tx, UserId(row.user_id)).await?;
        let Some((principal, deputy)) = principal.zip(deputy) else { continue };
        let (from, until) = days(&row)?;
        views.push(Deputy {
            id: row.deputy_id,
            principal: PersonName::new(snapshot, &principal),
            deputy: PersonName::new(snapshot, &deputy),
            is_running: from <= today && today <= until,
            from,
            until,
        });
    }
    Ok(views)
}

fn days(row: &DeputyRow) -> Result<(Date, Date)> {
    let day = |text: &str| text.parse().map_err(Error::internal);
    Ok((day(&row.from_on)?, day(&row.until_on)?))
}

/// Login and name of those of the person's unit who could be deputies, by login.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
#[boxed_async]
pub async fn colleagues(app: &App, ctx: &Context) -> Result<Vec<(String, String)>> {
    let mut tx = app.read(ctx.region).await?;
    let account = own(&mut tx, ctx).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let all = accounts::list_of_unit(&mut tx, account.unit()).await?;
    let suited = all.into_iter().filter(|other| {
        other.user_id != account.user_id
            && !other.is_disabled
            && !other.password_hash.is_empty()
            && snapshot.definition.role(&other.role).is_some_and(suits)
    });
    Ok(suited.map(|other| (other.login, other.name)).collect())
}

/// Names a deputy for the person, or for somebody whose account the person manages.
///
/// # Errors
/// [`Error::Invalid`] for days that do not do and for somebody who may not be deputy; [`Error::Forbidden`] while
/// the person acts for somebody else; as for every change of an account.
#[boxed_async]
pub async fn name_deputy(app: &App, ctx: &Context, new: NewDeputy) -> Result<()> {
    require_self(ctx)?;
    let snapshot = app.current(ctx).await?;
    transact!(app, ctx.region, |tx| {
        let principal = match &new.principal {
            Some(login) if !ctx.is_own_account(login) => {
                ctx.require_managing()?;
                scope::managed(tx, ctx, &snapshot, login).await?
            }
            _ => {
                require_todo(ctx)?;
                own(tx, ctx).await?
            }
        };
        require_days(ctx, &new)?;
        let deputy = find_deputy(tx, ctx, &snapshot, &principal, &new.deputy).await?;
        for row in rows::list_for(tx, principal.id(), &new.from.to_string()).await? {
            let (from, until) = days(&row)?;
            if from <= new.until && new.from <= until {
                let other = accounts::find_by_id(tx, UserId(row.user_id)).await?;
                let name = other.map(|other| other.name).unwrap_or_default();
                let (first, last) = (row.from_on, row.until_on);
                return Err(Error::Invalid(vec![Problem::AbsenceOverlaps { name, first, last }]));
            }
        }
        let row = DeputyRow {
            deputy_id: store::new_id(ctx.clock.now()),
            principal_id: principal.user_id,
            user_id: deputy.user_id,
            from_on: new.from.to_string(),
            until_on: new.until.to_string(),
            named_by: ctx.audit_name().to_owned(),
            ended_at: None,
        };
        rows::insert(tx, &row).await?;
        note(tx, ctx, &snapshot, "name deputy", &principal, &deputy, &row).await?;
        let detail = format!("{} {}–{}", deputy.login, row.from_on, row.until_on);
        let action = AccessAction::NameDeputy;
        access_log::note(tx, ctx, action, Some(principal.unit()), &principal.login, &detail).await?;
        Ok(())
    })
}

/// That something waits for the person: only then somebody can act in the person's place.
pub(super) fn require_todo(ctx: &Context) -> Result<()> {
    if ctx.allows(Action::ReadTodo) { Ok(()) } else { Err(Error::Forbidden(Action::ReadTodo.into())) }
}

/// While somebody acts for another, nothing is changed about either account.
pub(super) fn require_self(ctx: &Context) -> Result<()> {
    if ctx.acting_for.is_some() { Err(Error::Forbidden(Denied::ActForOther)) } else { Ok(()) }
}

fn require_days(ctx: &Context, new: &NewDeputy) -> Result<()> {
    let longest = i64::try_from(MOST_DAYS).unwrap_or(i64::MAX) - 1;
    let last = new.from.saturating_add(Span::new().days(longest));
    if new.from <= new.until && new.until >= ctx.clock.calendar_day() && new.until <= last {
        return Ok(());
    }
    let (first, last) = (new.from.to_string(), new.until.to_string());
    Err(Error::Invalid(vec![Problem::AbsenceDays { first, last, most: MOST_DAYS }]))
}

/// The account that is to act: near the absent person's, or another one that whoever asks manages. Any other
/// does not exist for whoever asks.
async fn find_deputy(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    principal: &Account,
    login: &str,
) -> Result<Account> {
    let login = login.trim();
    let today = ctx.today(snapshot).month();
    let deputy = accounts::find(tx, login).await?.filter(|deputy| {
        is_near(snapshot, principal.unit(), deputy.unit(), today) || scope::may_manage(ctx, snapshot, deputy)
    });
    let unknown = || Error::Invalid(vec![Problem::LoginUnknown { login: login.to_owned() }]);
    let deputy = deputy.ok_or_else(unknown)?;
    for account in [principal, &deputy] {
        let role = snapshot.definition.role(&account.role);
        let is_in_use = !account.is_disabled && !account.password_hash.is_empty();
        if deputy.user_id == principal.user_id || !is_in_use || !role.is_some_and(suits) {
            return Err(Error::Invalid(vec![Problem::NoDeputy { name: account.name.clone() }]));
        }
    }
    Ok(deputy)
}

/// Whether those with a role act for others: those for whom something waits. An administrator does not, nor does
/// anybody act for one.
fn suits(role: &Role) -> bool {
    role.allows(Action::ReadTodo)
}

/// Whether somebody of a unit may act for somebody of another one without an office saying so: of the same unit, of
/// one above it, or of the same district or industrial union.
fn is_near(snapshot: &Snapshot, principal: UnitId, deputy: UnitId, today: Month) -> bool {
    let districts = districts_of(snapshot, principal, today);
    principal == deputy
        || snapshot.tree.is_within(principal, deputy, today)
        || districts.iter().any(|district| snapshot.tree.is_within(deputy, *district, today))
}

/// Ends a deputy early: by who is absent, by the deputy, or by whoever manages the account of who is absent.
///
/// # Errors
/// [`Error::NotFound`] for any other.
#[boxed_async]
pub async fn end_deputy(app: &App, ctx: &Context, id: i64) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    transact!(app, ctx.region, |tx| {
        let unknown = || Error::NotFound { what: Thing::Deputy, key: id.to_string() };
        let row = rows::find(tx, id).await?.ok_or_else(unknown)?;
        let principal = accounts::find_by_id(tx, UserId(row.principal_id)).await?.ok_or_else(unknown)?;
        let deputy = accounts::find_by_id(tx, UserId(row.user_id)).await?.ok_or_else(unknown)?;
        let is_own = [&principal, &deputy].iter().any(|account| ctx.person() == account.login);
        if !is_own && !scope::may_manage(ctx, &snapshot, &principal) {
            return Err(unknown());
        }
        if rows::end(tx, id, ctx.clock.now()).await? {
            note(tx, ctx, &snapshot, "end deputy", &principal, &deputy, &row).await?;
            let (action, unit) = (AccessAction::EndDeputy, Some(principal.unit()));
            access_log::note(tx, ctx, action, unit, &principal.login, &deputy.login).await?;
        }
        Ok(())
    })
}

/// Lets the session go on for somebody whose deputy the person is today, or for the person again.
///
/// # Errors
/// [`Error::NotFound`] for any other; [`Error::NotSignedIn`] without a session.
#[boxed_async]
pub async fn act_for(app: &App, ctx: &Context, deputy: Option<i64>) -> Result<()> {
    let session = ctx.origin.session.ok_or(Error::NotSignedIn)?;
    let snapshot = app.current(ctx).await?;
    transact!(app, ctx.region, |tx| {
        let account = own(tx, ctx).await?;
        let subject = match deputy {
            None => account.login.clone(),
            Some(id) => {
                let unknown = || Error::NotFound { what: Thing::Deputy, key: id.to_string() };
                let found = principal(app, tx, &snapshot, account.id(), id).await?;
                found.ok_or_else(unknown)?.1.login
            }
        };
        store::sessions::set_deputy(tx, account.id(), session.id, deputy).await?;
        access_log::note(tx, ctx, AccessAction::ActForOther, None, &subject, "").await?;
        Ok(())
    })
}

/// The account for which `user` acts today by this right; `None` when it is not so, or no longer.
pub(super) async fn principal(
    app: &App,
    tx: &mut Tx,
    snapshot: &Snapshot,
    user: UserId,
    deputy: i64,
) -> Result<Option<(i64, Account)>> {
    let Some(row) = rows::find(tx, deputy).await? else { return Ok(None) };
    let (today, (from, until)) = (app.clock.calendar_day(), days(&row)?);
    if row.user_id != user.0 || row.ended_at.is_some() || today < from || until < today {
        return Ok(None);
    }
    let absent = accounts::find_by_id(tx, UserId(row.principal_id)).await?;
    let absent = absent
        .filter(|absent| !absent.is_disabled && snapshot.definition.role(&absent.role).is_some_and(suits));
    Ok(absent.map(|absent| (deputy, absent)))
}

/// Gives a context the role and the unit of the absent person.
pub(super) fn act_as(
    context: &mut Context,
    snapshot: &Snapshot,
    deputy: i64,
    absent: &Account,
) -> Result<()> {
    let acting = context.person().to_owned();
    let Actor::User { role, unit, .. } = &mut context.actor else { return Err(Error::NotSignedIn) };
    *role = super::role_of(snapshot, absent)?.without_actions(&WITHHELD);
    *unit = absent.unit();
    let (login, name) = (absent.login.clone(), absent.name.clone());
    context.acting_for = Some(Principal::new(deputy, absent.id(), login, name, &acting));
    Ok(())
}

async fn note(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    action: &'static str,
    principal: &Account,
    deputy: &Account,
    row: &DeputyRow,
) -> Result<()> {
    let detail = serde_json::json!({
        "deputy": deputy.login,
        "from": row.from_on,
        "until": row.until_on,
    });
    super::note_with(tx, ctx, snapshot, action, principal, Some(detail.to_string())).await
}
