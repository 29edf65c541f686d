//! Beginning to use an account by its code: the owner chooses login, name and password.
//!
//! Wrong codes count for the address they come from, as wrong passwords do. A code that nobody has, one that has ended,
//! one that was withdrawn and one that was used get the same answer after the same work.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::{
    ids::{RegionId, UserId},
    problem::Problem,
};
use store::{
    Tx,
    accounts::{self, Account},
    activations::{self, ActivationRow},
};

use super::{
    Session, codes,
    manage::{login_fault, name_fault},
    note, password, role_of, save, sessions,
    throttle::{self, Attempt, Decision},
};
use crate::{
    Actor, App, Context, Error, RequestOrigin, Result, Role, Snapshot, UnitView,
    access_log::{self, AccessAction, AccessNote},
    transact::transact,
};

/// How often a right code may be shown with a login that is taken.
const MOST_TRIES: i64 = 20;

/// The account that a code is for, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// The unit.
    pub unit: Option<UnitView>,
    /// What its owner is.
    pub role: Role,
    /// What its owner signs in as.
    pub login: String,
    /// The owner's name, as far as it is known.
    pub name: String,
    /// Whether login and name may be chosen: nobody has used the account before.
    pub is_new: bool,
    /// When the code ends.
    pub expires_at: Timestamp,
    /// Whether the federation is a demonstration.
    pub is_demonstration: bool,
}

/// What the owner of an account states.
#[derive(Debug, Clone, Default)]
pub struct NewOwner {
    /// The code, as it was typed.
    pub code: String,
    /// What the owner wants to sign in as.
    pub login: String,
    /// The owner's name.
    pub name: String,
    /// The password.
    pub password: String,
    /// Where it comes from.
    pub origin: RequestOrigin,
}

/// An account with the code that is right for it.
struct Shown {
    region: RegionId,
    row: ActivationRow,
    account: Account,
}

/// The account that a code is for.
///
/// # Errors
/// [`Error::SignInRefused`], the same for every code that cannot be used; [`Error::TooManyAttempts`].
#[boxed_async]
pub async fn look_up_code(app: &App, code: &str, origin: &RequestOrigin) -> Result<Activation> {
    let shown = right_code(app, code, origin).await?;
    let mut tx = app.read(shown.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let last = accounts::last_sign_in(&mut tx, shown.account.id()).await?;
    Ok(Activation {
        unit: snapshot.view(shown.account.unit()),
        role: role_of(&snapshot, &shown.account)?,
        is_new: last.is_none(),
        login: shown.account.login,
        name: shown.account.name,
        expires_at: Timestamp::from_microsecond(shown.row.expires_at).map_err(Error::internal)?,
        is_demonstration: snapshot.region.is_demonstration,
    })
}

/// Looks a code up, and counts it when it is wrong.
async fn right_code(app: &App, code: &str, origin: &RequestOrigin) -> Result<Shown> {
    let attempt = Attempt::of_code(origin.address);
    throttle::check(app, &attempt).await?;
    let shown = find(app, code).await?;
    let decision = throttle::decide(app, &attempt, shown.is_some()).await?;
    if matches!(decision, Decision::Wrong { .. }) {
        note_failure(app, origin).await?;
    }
    decision.into_result()?;
    shown.ok_or(Error::SignInRefused)
}

/// The account with this code. All regions are asked, so that the time says nothing.
async fn find(app: &App, code: &str) -> Result<Option<Shown>> {
    let (code, now) = (codes::normalise(code), app.clock.now().as_microsecond());
    let mut found = None;
    for region in app.regions() {
        let hash = codes::hash(&app.region(region)?.vault, &code);
        let mut tx = app.read(region).await?;
        let row = activations::find(&mut tx, &hash).await?;
        let user = row.as_ref().map_or(0, |row| row.user_id);
        let account = accounts::find_by_id(&mut tx, UserId(user)).await?;
        let Some((row, account)) = row.zip(account) else { continue };
        if row.expires_at > now && row.tries < MOST_TRIES && !account.is_disabled {
            found = Some(Shown { region, row, account });
        }
    }
    Ok(found)
}

async fn note_failure(app: &App, origin: &RequestOrigin) -> Result<()> {
    let action = AccessAction::FailActivation;
    let note = AccessNote { actor: "", origin, action, unit: None, subject: "", detail: "" };
    transact!(app, throttle::region(app)?, |tx| {
        access_log::append(tx, app.clock.now(), &note).await?;
        Ok(())
    })
}

/// Gives an account to its owner: with the chosen login, name and password, and a session. The code no longer works.
///
/// # Errors
/// As [`look_up_code`]; [`Error::Invalid`] for a login, a name or a password that may not be one, and for a login that
/// somebody has; [`Error::TooMuchAtOnce`].
#[boxed_async]
pub async fn activate(app: &App, owner: NewOwner) -> Result<Session> {
    let shown = right_code(app, &owner.code, &owner.origin).await?;
    let Shown { region, row, account } = shown;
    let mut tx = app.read(region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let is_new = accounts::last_sign_in(&mut tx, account.id()).await?.is_none();
    drop(tx);
    let chosen = chosen(&account, &owner, is_new);
    let mut problems: Vec<Problem> = Vec::new();
    if is_new {
        problems.extend(login_fault(&chosen.login).into_iter().chain(name_fault(&chosen.name)));
    }
    problems.extend(password::fault(&owner.password, &password::known_about(&snapshot, &chosen)));
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let password_hash = app.hashing.digest(owner.password).await?;
    let chosen = Account { password_hash, must_change_password: false, ..chosen };
    let ctx = owner_context(app, &snapshot, &chosen, &owner.origin)?;
    let taken = || Error::Invalid(vec![Problem::LoginTaken { login: chosen.login.clone() }]);
    let session = transact!(app, region, |tx| {
        let present = accounts::find_by_id(tx, account.id()).await?;
        let present = present.filter(|present| !present.is_disabled).ok_or(Error::SignInRefused)?;
        if present.login != chosen.login && accounts::find(tx, &chosen.login).await?.is_some() {
            // That it was tried stays written down.
            activations::note_try(tx, present.id()).await?;
            return Ok(None);
        }
        if !activations::use_code(tx, present.id(), &row.code_hash).await? {
            return Err(Error::SignInRefused);
        }
        put_owner(app, tx, &ctx, &snapshot, (&present, &chosen)).await.map(Some)
    });
    let session = match session {
        // Somebody has taken it in this moment.
        Err(error) if error.is_duplicate() => return Err(taken()),
        other => other?.ok_or_else(taken)?,
    };
    throttle::forget_login(app, &chosen.login).await?;
    Ok(session)
}

/// The account with what its owner has chosen. What an account that was used before is called stays as it is: records
/// name it.
fn chosen(account: &Account, owner: &NewOwner, is_new: bool) -> Account {
    let (login, name) = if is_new {
        (owner.login.trim().to_owned(), owner.name.trim().to_owned())
    } else {
        (account.login.clone(), account.name.clone())
    };
    Account { login, name, ..account.clone() }
}

async fn put_owner(
    app: &App,
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    (present, chosen): (&Account, &Account),
) -> Result<Session> {
    let now = ctx.clock.now();
    // Role and unit are what they are now, not what they were when the code was looked up.
    let owned = Account { role: present.role.clone(), unit_id: present.unit_id, ..chosen.clone() };
    if owned.login != present.login {
        accounts::rename(tx, owned.id(), &owned.login).await?;
    }
    save(tx, present, &owned, now).await?;
    accounts::note_sign_in(tx, owned.id(), now).await?;
    note(tx, ctx, snapshot, "activate", Some(present), &owned).await?;
    access_log::note(tx, ctx, AccessAction::Activate, Some(owned.unit()), &owned.login, "").await?;
    sessions::begin(app, tx, snapshot, &owned, &ctx.origin, false).await
}

/// The context of the owner, who signs in by this.
fn owner_context(
    app: &App,
    snapshot: &Snapshot,
    account: &Account,
    origin: &RequestOrigin,
) -> Result<Context> {
    let actor = Actor::User {
        id: account.id(),
        unit: account.unit(),
        login: account.login.clone(),
        name: account.name.clone(),
        role: role_of(snapshot, account)?,
    };
    let system = app.system(snapshot.region_id, words::Language::default());
    Ok(Context { actor, origin: origin.clone(), ..system })
}
