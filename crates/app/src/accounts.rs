//! Signing in, sessions, and giving people access.

mod activation;
mod actor_names;
mod administration;
mod codes;
mod deputies;
mod hand_over;
mod hashing;
mod issue;
mod manage;
mod own;
mod password;
mod scope;
mod search;
mod second_factor;
mod sessions;
mod throttle;

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::RegionId;
use sha2::{Digest, Sha256};
use store::{
    Tx,
    accounts::{self, Account},
    activations, audit, deputies as deputies_rows, second_factors, sign_in_failures,
};

pub(crate) use self::{hashing::Hashing, manage::add_in, throttle::KNOWN_ADDRESS};
use self::{
    second_factor::Needed,
    throttle::{Attempt, Decision, address_text},
};
use crate::{
    App, Context, Error, RequestOrigin, Result, Role, Snapshot,
    access_log::{self, AccessAction, AccessNote},
    audit::append_audit,
    transact::transact,
};

pub use activation::{Activation, NewOwner, activate, look_up_code};
pub use actor_names::{ActorNames, CONSOLE, actor_names};
pub use administration::may_administer;
pub use deputies::{
    Deputies, Deputy, MOST_DAYS, NewDeputy, PersonName, act_for, colleagues, deputies_of, end_deputy,
    name_deputy, own_deputies,
};
pub use hand_over::{HandOver, HandOverView, HandedForm, HandedOver, Successor, hand_over, hand_over_view};
pub use issue::{
    Batch, CodeRequest, CodeSheet, DEFAULT_DAYS, IssueScope, Issued, MOST_CODE_DAYS, RowFault, SheetOutcome,
    Slip, batches, codes_of_sheet, issue, sheet_template, slips_sheet, withdraw,
};
pub use manage::{Assignment, NewAccount, Person, add, assign, list, reset, set_disabled};
pub use own::{change_password, choose_language};
pub use password::SHORTEST_PASSWORD;
pub use scope::{districts_of, grantable_roles};
pub use search::{
    AccountPage, AccountQuery, AccountView, StateFilter, account, disable_found, export, search, state_name,
};
pub use second_factor::{
    SecondFactor, begin_second_factor, confirm_second_factor, remove_second_factor, second_factor,
};
pub(crate) use sessions::context_of_deputy;
pub use sessions::{
    Session, SessionView, account_context, context_of_user, end_other_sessions, end_session, is_to_be_noted,
    list_sessions, note_use, session_context, session_owner, sign_out,
};

/// What somebody shows to sign in.
#[derive(Clone, Default)]
pub struct Credentials {
    /// What the person types to sign in.
    pub login: String,
    /// The password.
    pub password: String,
    /// The code of the second factor; empty for who has none.
    pub code: String,
    /// Whether the session outlives the browser.
    pub is_kept: bool,
    /// Where it comes from.
    pub origin: RequestOrigin,
}

impl Credentials {
    /// A login with its password, from nowhere in particular.
    pub fn new(login: &str, password: &str) -> Self {
        Self { login: login.to_owned(), password: password.to_owned(), ..Self::default() }
    }
}

/// An account whose password was right, as it was then.
struct Shown {
    region: RegionId,
    account: Account,
    /// The step of time of the code, where one was needed.
    step: Option<i64>,
}

/// Signs a person in, in the region that has an account with this login and password.
///
/// # Errors
/// [`Error::SignInRefused`], the same for an unknown login, a wrong password, a wrong code and an account that
/// is disabled; [`Error::TooManyAttempts`], the same whether there is such an account or not;
/// [`Error::TooMuchAtOnce`].
#[boxed_async]
pub async fn sign_in(app: &App, credentials: Credentials) -> Result<Session> {
    let mut attempt = Attempt::new(&credentials.login, credentials.origin.address);
    attempt.is_known_address = is_known_address(app, &credentials).await?;
    throttle::check(app, &attempt).await?;
    let shown = find_right(app, &credentials).await?;
    let decision = throttle::decide(app, &attempt, shown.is_some()).await?;
    if let Decision::Wrong { is_locked } = decision {
        note_failure(app, &credentials, is_locked).await?;
    }
    decision.into_result()?;
    open_session(app, shown.ok_or(Error::SignInRefused)?, &credentials).await
}

/// Whether the person with this login has signed in at this address lately, in any region.
async fn is_known_address(app: &App, credentials: &Credentials) -> Result<bool> {
    let address = address_text(credentials.origin.address.map(throttle::network));
    let mut is_known = false;
    for region in app.regions() {
        let mut tx = app.read(region).await?;
        let (login, since) = (credentials.login.trim(), app.clock.now() - KNOWN_ADDRESS);
        // Asked for in every region and for every login, so that the time says nothing.
        is_known |= sign_in_failures::is_known_address(&mut tx, login, &address, since).await?;
    }
    Ok(is_known && !address.is_empty())
}

/// The account that the credentials are right for. Whether there is one or not, one digest is made for each region:
/// the time of a refusal says nothing about it.
async fn find_right(app: &App, credentials: &Credentials) -> Result<Option<Shown>> {
    for region in app.regions() {
        let mut tx = app.read(region).await?;
        let account = accounts::find(&mut tx, credentials.login.trim()).await?;
        drop(tx);
        let stored = account.as_ref().map_or("", |account| &account.password_hash);
        // Who has no password yet is as unknown as who has no account.
        let stored = if stored.is_empty() { hashing::NOBODY } else { stored }.to_owned();
        let is_right = app.hashing.verify(stored, credentials.password.clone()).await?;
        let Some(account) = account.filter(|account| is_right && !account.is_disabled) else { continue };
        let vault = app.region(region)?.vault.clone();
        let mut tx = app.read(region).await?;
        match second_factor::judge(app, &mut tx, &vault, account.id(), &credentials.code).await? {
            Needed::Nothing => return Ok(Some(Shown { region, account, step: None })),
            Needed::Right(step) => return Ok(Some(Shown { region, account, step: Some(step) })),
            Needed::Wrong => {}
        }
    }
    Ok(None)
}

/// Notes a failure in the regions that have such an account; for an unknown login in one, without the login:
/// it may be a password in the wrong field.
async fn note_failure(app: &App, credentials: &Credentials, is_locked: bool) -> Result<()> {
    let login = credentials.login.trim();
    let mut regions = Vec::new();
    for region in app.regions() {
        let mut tx = app.read(region).await?;
        regions.extend(accounts::find(&mut tx, login).await?.map(|_| region));
    }
    let is_known = !regions.is_empty();
    if !is_known {
        regions.push(throttle::region(app)?);
    }
    let action = if is_locked { AccessAction::Lock } else { AccessAction::FailSignIn };
    let actor = if is_known { login } else { "" };
    let note =
        AccessNote { actor, origin: &credentials.origin, action, unit: None, subject: actor, detail: "" };
    for region in regions {
        transact!(app, region, |tx| {
            access_log::append(tx, app.clock.now(), &note).await?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Begins a session of an account whose credentials were right.
async fn open_session(app: &App, shown: Shown, credentials: &Credentials) -> Result<Session> {
    let Shown { region, account: then, step } = shown;
    transact!(app, region, |tx| {
        // Comparing a password takes long: the account may have changed meanwhile.
        let account = accounts::find_by_id(tx, then.id()).await?;
        let is_same = |account: &Account| !account.is_disabled && account.password_hash == then.password_hash;
        let account = account.filter(is_same).ok_or(Error::SignInRefused)?;
        // Of two who show the same code at the same time, one gets in.
        if let Some(step) = step
            && !second_factors::use_code(tx, account.id(), step).await?
        {
            return Err(Error::SignInRefused);
        }
        let (now, origin) = (app.clock.now(), &credentials.origin);
        if let Some(address) = origin.address {
            let address = address_text(Some(throttle::network(address)));
            sign_in_failures::put_known_address(tx, account.id(), &address, now).await?;
        }
        accounts::note_sign_in(tx, account.id(), now).await?;
        let login = &*account.login;
        let note = AccessNote {
            actor: login,
            origin,
            action: AccessAction::SignIn,
            unit: Some(account.unit()),
            subject: login,
            detail: "",
        };
        access_log::append(tx, now, &note).await?;
        let snapshot = app.snapshot(tx).await?;
        sessions::begin(app, tx, &snapshot, &account, origin, credentials.is_kept).await
    })
}

/// Replaces an account. When what it may do or how its owner signs in has changed, all its sessions end.
async fn save(tx: &mut Tx, before: &Account, after: &Account, now: Timestamp) -> Result<()> {
    accounts::update(tx, after).await?;
    let is_same = before.password_hash == after.password_hash
        && before.role == after.role
        && before.unit_id == after.unit_id
        && before.is_disabled == after.is_disabled;
    if !is_same {
        store::sessions::delete_all_of(tx, after.id()).await?;
    }
    // What was permitted for that role and unit is not for another one.
    if before.role != after.role || before.unit_id != after.unit_id || after.is_disabled {
        deputies_rows::end_all_of(tx, after.id(), now).await?;
    }
    // The code is on a paper that names the unit; a password that the office has given is used instead of it.
    if before.unit_id != after.unit_id || after.is_disabled || !after.password_hash.is_empty() {
        activations::delete(tx, after.id()).await?;
    }
    Ok(())
}

/// Writes what was done to an account into the audit, in the transaction that does it.
async fn note(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    action: &'static str,
    before: Option<&Account>,
    after: &Account,
) -> Result<()> {
    let entry = entry(snapshot, action, before, after);
    append_audit(tx, snapshot, ctx, vec![entry]).await
}

/// Writes into the audit what concerns an account and does not change it.
async fn note_with(
    tx: &mut Tx,
    ctx: &Context,
    snapshot: &Snapshot,
    action: &'static str,
    account: &Account,
    detail: Option<String>,
) -> Result<()> {
    let entry = audit::AuditEntry { detail, ..entry(snapshot, action, Some(account), account) };
    append_audit(tx, snapshot, ctx, vec![entry]).await
}

fn entry(
    snapshot: &Snapshot,
    action: &'static str,
    before: Option<&Account>,
    after: &Account,
) -> audit::AuditEntry {
    audit::AuditEntry {
        action,
        subject: "account",
        subject_id: after.user_id,
        before: before.map(|account| audited_account(snapshot, account)),
        after: Some(audited_account(snapshot, after)),
        detail: None,
        record: None,
    }
}

/// An account as the audit keeps it; never a password, nor its digest.
pub(crate) fn audited_account(snapshot: &Snapshot, account: &Account) -> String {
    serde_json::json!({
        "login": account.login,
        "name": account.name,
        "role": account.role,
        "unit": snapshot.units.get(&account.unit()).map(|unit| unit.code.as_str()),
        "is_disabled": account.is_disabled,
        "language": account.language,
    })
    .to_string()
}

fn role_of(snapshot: &Snapshot, account: &Account) -> Result<Role> {
    snapshot.definition.role(&account.role).cloned().ok_or_else(|| {
        Error::internal(store::Error::Corrupt {
            table: "account",
            key: account.login.clone(),
            detail: format!("unknown role {}", account.role),
        })
    })
}

/// 256 random bits in hexadecimal.
pub fn token() -> String {
    hex(&rand::random::<[u8; 32]>())
}

fn digest(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
