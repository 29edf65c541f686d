//! Signing in, sessions, and giving people access.

mod manage;
mod own;

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use boxed_async::boxed_async;
use jiff::{SignedDuration, Timestamp};
use model::ids::{RegionId, UserId};
use sha2::{Digest, Sha256};
use store::{
    Tx,
    accounts::{self, Account},
    audit,
};
use words::Language;

use crate::{Actor, App, Context, Error, Result, Role, Snapshot, transact::transact};

pub use manage::{NewAccount, Person, add, list, reset, set_disabled};
pub use own::{change_password, choose_language};

/// How long a session lasts without signing in again.
const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// Wrong passwords in a row before an account is locked.
const FAILURES: i64 = 5;
/// How long it is locked then.
const LOCKED: SignedDuration = SignedDuration::from_mins(15);
/// Shortest password.
pub const SHORTEST_PASSWORD: usize = 8;

/// A new session: the token goes into the person's cookie and nowhere else.
pub struct Session {
    /// The token.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The language the person has chosen.
    pub language: Option<Language>,
}

/// Signs a person in, in the region that has an account with this login and password.
///
/// # Errors
/// [`Error::SignInRefused`], the same for an unknown login and a wrong
/// password, so that logins cannot be guessed.
#[boxed_async]
pub async fn sign_in(app: &App, login: &str, password: &str) -> Result<Session> {
    let mut accounts_of_login = Vec::new();
    for region in app.regions() {
        let mut tx = app.read(region).await?;
        let account = accounts::find(&mut tx, login.trim()).await?;
        accounts_of_login.extend(account.map(|account| (region, account)));
    }
    let (mut refused, mut wrong) = (Error::SignInRefused { locked_minutes: None }, Vec::new());
    for (region, account) in &accounts_of_login {
        match check_password(app, account, password).await? {
            Verdict::Right => return open_session(app, *region, account.id()).await,
            Verdict::Wrong => wrong.push((*region, account.id())),
            Verdict::Disabled => {}
            Verdict::Locked { minutes } => refused = Error::SignInRefused { locked_minutes: Some(minutes) },
        }
    }
    if accounts_of_login.is_empty() {
        // The answer takes as long as for a login that there is.
        is_right(UNKNOWN.to_owned(), password.to_owned()).await?;
    }
    // Only now: the password of one federation is no wrong guess in another.
    for (region, user) in wrong {
        count_failure(app, region, user).await?;
    }
    Err(refused)
}

/// What a password is for an account.
enum Verdict {
    Right,
    Wrong,
    /// The account is disabled, whatever the password is.
    Disabled,
    /// Too many were wrong; so many minutes are left.
    Locked {
        minutes: i64,
    },
}

async fn check_password(app: &App, account: &Account, password: &str) -> Result<Verdict> {
    let now = app.clock.now().as_microsecond();
    if account.locked_until > now {
        return Ok(Verdict::Locked { minutes: (account.locked_until - now) / 60_000_000 + 1 });
    }
    let is_right = is_right(account.password_hash.clone(), password.to_owned()).await?;
    Ok(match (account.is_disabled, is_right) {
        (true, _) => Verdict::Disabled,
        (false, true) => Verdict::Right,
        (false, false) => Verdict::Wrong,
    })
}

/// Begins a session of an account whose password was right.
async fn open_session(app: &App, region: RegionId, user: UserId) -> Result<Session> {
    transact!(app, region, |tx| {
        // Checking a password takes long: what was changed in the account meanwhile must not be overwritten.
        let account = accounts::find_by_id(tx, user).await?;
        let Some(mut account) = account.filter(|account| !account.is_disabled) else {
            return Err(Error::SignInRefused { locked_minutes: None });
        };
        if account.failures > 0 {
            account.failures = 0;
            accounts::update(tx, &account).await?;
        }
        let session = begin_session(app, tx, &account).await?;
        Ok(session)
    })
}

/// Whether a password has this digest, found out beside the threads that answer requests.
async fn is_right(hash: String, password: String) -> Result<bool> {
    tokio::task::spawn_blocking(move || verify(&hash, &password)).await.map_err(Error::internal)
}

/// Notes a wrong password; after some in a row the account is locked for a while.
async fn count_failure(app: &App, region: RegionId, user: UserId) -> Result<()> {
    transact!(app, region, |tx| {
        let Some(mut account) = accounts::find_by_id(tx, user).await? else { return Ok(()) };
        account.failures += 1;
        if account.failures >= FAILURES {
            account.failures = 0;
            account.locked_until = (app.clock.now() + LOCKED).as_microsecond();
        }
        accounts::update(tx, &account).await?;
        Ok(())
    })
}

/// Begins a session; its token names the region and can be guessed no better for it.
async fn begin_session(app: &App, tx: &mut Tx, account: &Account) -> Result<Session> {
    let secret = token();
    let expires_at = app.clock.now() + SESSION;
    accounts::insert_session(tx, &digest(&secret), account.id(), expires_at).await?;
    let language = account.language.as_deref().and_then(Language::parse);
    Ok(Session { token: format!("{}.{secret}", tx.region), expires_at, language })
}

/// The region and the secret of a session's token, when that region is open.
fn parse_token<'t>(app: &App, token: &'t str) -> Option<(RegionId, &'t str)> {
    let (region, secret) = token.split_once('.')?;
    let region = RegionId(region.parse().ok()?);
    app.region(region).is_ok().then_some((region, secret))
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
    let entry = audit::AuditEntry {
        action,
        subject: "account",
        subject_id: after.user_id,
        before: before.map(|account| audited_account(snapshot, account)),
        after: Some(audited_account(snapshot, after)),
        detail: None,
    };
    audit::append(tx, ctx.audit_name(), &snapshot.campaign.hash, ctx.clock.now(), vec![entry]).await?;
    Ok(())
}

/// An account as the audit keeps it; never a password, nor its digest.
fn audited_account(snapshot: &Snapshot, account: &Account) -> String {
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

/// Who a session's token belongs to, and the region at that moment: what
/// every request needs first, in one transaction.
///
/// # Errors
/// [`Error::NotSignedIn`] when the session is unknown or has ended.
#[boxed_async]
pub async fn session_context(
    app: &App,
    token: &str,
    language: Option<Language>,
) -> Result<(Context, Arc<Snapshot>)> {
    let (region, secret) = parse_token(app, token).ok_or(Error::NotSignedIn)?;
    let mut tx = app.read(region).await?;
    let account = accounts::find_by_session(&mut tx, &digest(secret), app.clock.now()).await?;
    let account = account.ok_or(Error::NotSignedIn)?;
    let snapshot = app.snapshot(&mut tx).await?;
    let context = context(app, &snapshot, account, language)?;
    Ok((context, snapshot))
}

fn context(app: &App, snapshot: &Snapshot, account: Account, language: Option<Language>) -> Result<Context> {
    let role = role_of(snapshot, &account)?;
    let chosen = account.language.as_deref().and_then(Language::parse);
    Ok(Context {
        region: snapshot.region_id,
        clock: app.clock.clone(),
        language: language.or(chosen).unwrap_or_default(),
        actor: Actor::User {
            id: account.id(),
            unit: account.unit(),
            login: account.login,
            name: account.name,
            role,
        },
    })
}

/// The context of a person for work that goes on without a session; `None`
/// when that person may no longer sign in.
#[boxed_async]
pub async fn context_of_user(app: &App, region: RegionId, user: UserId) -> Result<Option<Context>> {
    let mut tx = app.read(region).await?;
    let account = accounts::find_by_id(&mut tx, user).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let account = account.filter(|account| !account.is_disabled);
    account.map(|account| context(app, &snapshot, account, None)).transpose()
}

/// Ends a session.
#[boxed_async]
pub async fn sign_out(app: &App, token: &str) -> Result<()> {
    let Some((region, secret)) = parse_token(app, token) else { return Ok(()) };
    transact!(app, region, |tx| {
        accounts::delete_session(tx, &digest(secret)).await?;
        Ok(())
    })
}

fn role_of(snapshot: &Snapshot, account: &Account) -> Result<Role> {
    snapshot.campaign.role(&account.role).cloned().ok_or_else(|| {
        Error::internal(store::Error::Corrupt {
            table: "account",
            key: account.login.clone(),
            detail: format!("unknown role {}", account.role),
        })
    })
}

/// A digest to compare against when the login is unknown, so that the answer takes as long.
const UNKNOWN: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$YWFhYWFhYWFhYWFhYWFhYQ$0000000000000000000000000000000000000000000";

fn verify(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

async fn hash(password: String) -> Result<String> {
    if password.chars().count() < SHORTEST_PASSWORD {
        let problem = model::problem::Problem::PasswordTooShort { min: SHORTEST_PASSWORD };
        return Err(Error::Invalid(vec![problem]));
    }
    let hashed = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
    });
    hashed.await.map_err(Error::internal)?.map_err(|error| Error::internal(error.to_string()))
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
