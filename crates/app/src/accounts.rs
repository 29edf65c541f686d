//! Signing in, sessions, and giving people access.

mod own;
mod people;

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use jiff::{SignedDuration, Timestamp};
use model::ids::UserId;
use sha2::{Digest, Sha256};
use store::{
    Tx,
    accounts::{self, Account},
    audit,
};
use words::Language;

use crate::{Actor, App, Context, Error, Result, Role, Snapshot};

pub use own::{change_password, choose_language};
pub use people::{NewAccount, Person, add, list, reset, set_disabled};

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

/// Signs a person in.
///
/// # Errors
/// [`Error::SignInRefused`], the same for an unknown login and a wrong
/// password, so that logins cannot be guessed.
pub async fn sign_in(app: &App, login: &str, password: &str) -> Result<Session> {
    let now = app.clock.now();
    let mut tx = app.db.read(app.region).await?;
    let account = accounts::find(&mut tx, login.trim()).await?;
    tx.rollback().await?;
    let locked = account.as_ref().map_or(0, |account| account.locked_until);
    if locked > now.as_microsecond() {
        let minutes = (locked - now.as_microsecond()) / 60_000_000 + 1;
        return Err(Error::SignInRefused { locked_minutes: Some(minutes) });
    }
    let hash = account.as_ref().map_or_else(|| UNKNOWN.to_owned(), |account| account.password_hash.clone());
    let password = password.to_owned();
    let is_right =
        tokio::task::spawn_blocking(move || verify(&hash, &password)).await.map_err(Error::internal)?;
    let Some(account) = account.filter(|account| !account.is_disabled) else {
        return Err(Error::SignInRefused { locked_minutes: None });
    };
    if !is_right {
        count_failure(app, account.id()).await?;
        return Err(Error::SignInRefused { locked_minutes: None });
    }
    let mut tx = app.db.write(app.region).await?;
    // Checking a password takes long: what happened to the account meanwhile must stand.
    let account = accounts::find_by_id(&mut tx, account.id()).await?;
    let Some(mut account) = account.filter(|account| !account.is_disabled) else {
        return Err(Error::SignInRefused { locked_minutes: None });
    };
    if account.failures > 0 {
        account.failures = 0;
        accounts::update(&mut tx, &account).await?;
    }
    let session = begin_session(app, &mut tx, &account).await?;
    accounts::delete_expired_sessions(&mut tx, now).await?;
    tx.commit().await?;
    Ok(session)
}

/// Notes a wrong password; after some in a row the account is locked for a while.
async fn count_failure(app: &App, user: UserId) -> Result<()> {
    let mut tx = app.db.write(app.region).await?;
    let Some(mut account) = accounts::find_by_id(&mut tx, user).await? else { return Ok(()) };
    account.failures += 1;
    if account.failures >= FAILURES {
        account.failures = 0;
        account.locked_until = (app.clock.now() + LOCKED).as_microsecond();
    }
    accounts::update(&mut tx, &account).await?;
    tx.commit().await?;
    Ok(())
}

async fn begin_session(app: &App, tx: &mut Tx, account: &Account) -> Result<Session> {
    let token = token();
    let expires_at = app.clock.now() + SESSION;
    accounts::insert_session(tx, &digest(&token), account.id(), expires_at).await?;
    let language = account.language.as_deref().and_then(Language::parse);
    Ok(Session { token, expires_at, language })
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
    let entry = audit::Entry {
        action,
        subject: "account",
        subject_id: after.user_id,
        before: before.map(|account| stated(snapshot, account)),
        after: Some(stated(snapshot, after)),
        detail: None,
    };
    audit::append(tx, ctx.audit_name(), &snapshot.campaign.hash, ctx.clock.now(), vec![entry]).await?;
    Ok(())
}

/// An account as the audit keeps it; never a password, nor its digest.
fn stated(snapshot: &Snapshot, account: &Account) -> String {
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
pub async fn context_of(
    app: &App,
    token: &str,
    language: Option<Language>,
) -> Result<(Context, Arc<Snapshot>)> {
    let mut tx = app.db.read(app.region).await?;
    let account = accounts::find_by_session(&mut tx, &digest(token), app.clock.now()).await?;
    let context = context(app, account.ok_or(Error::NotSignedIn)?, language)?;
    let snapshot = app.snapshot(&mut tx).await?;
    tx.rollback().await?;
    Ok((context, snapshot))
}

fn context(app: &App, account: Account, language: Option<Language>) -> Result<Context> {
    let role = role_of(&account)?;
    let chosen = account.language.as_deref().and_then(Language::parse);
    Ok(Context {
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
pub async fn context_of_user(app: &App, user: UserId) -> Result<Option<Context>> {
    let mut tx = app.db.read(app.region).await?;
    let account = accounts::find_by_id(&mut tx, user).await?;
    tx.rollback().await?;
    let account = account.filter(|account| !account.is_disabled);
    account.map(|account| context(app, account, None)).transpose()
}

/// Ends a session.
pub async fn sign_out(app: &App, token: &str) -> Result<()> {
    let mut tx = app.db.write(app.region).await?;
    accounts::delete_session(&mut tx, &digest(token)).await?;
    tx.commit().await?;
    Ok(())
}

fn role_of(account: &Account) -> Result<Role> {
    Role::parse(&account.role).ok_or_else(|| {
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
        let problem = model::problem::Problem::error(
            model::problem::ProblemKind::PasswordTooShort,
            [SHORTEST_PASSWORD.to_string()],
        );
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
