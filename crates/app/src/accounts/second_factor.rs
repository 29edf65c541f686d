//! The second factor: a code that the person's telephone makes from a shared secret and the time
//! (TOTP, RFC 6238: six digits, thirty seconds, one step of tolerance). A code is taken once. A role
//! can require one; who has lost it asks another officer to remove it, and nobody removes the own one.

use boxed_async::boxed_async;
use model::ids::UserId;
use store::{
    Tx, Vault,
    accounts::Account,
    second_factors::{self as rows, SecondFactorRow},
};
use totp_rs::{Builder, Secret, Totp};

use super::{
    note,
    own::own,
    scope,
    throttle::{self, Attempt},
};
use crate::{
    App, Context, Denied, Error, Result, Role, Snapshot, Thing,
    access_log::{self, AccessAction},
    transact::transact,
};

/// Bytes of a secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// Who the code is for, in the list of the person's telephone.
const ISSUER: &str = "Jiangong";

/// The second factor of a person, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecondFactor {
    /// There is none, and the role does not need one.
    Absent,
    /// It is being set up: the secret, to be typed or scanned.
    Begun {
        /// In base 32.
        secret: String,
        /// The same as an address that telephones understand.
        url: String,
    },
    /// It is asked for at every sign-in.
    Confirmed,
}

/// The second factor of whoever asks.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
#[boxed_async]
pub async fn second_factor(app: &App, ctx: &Context) -> Result<SecondFactor> {
    let mut tx = app.read(ctx.region).await?;
    let account = own(&mut tx, ctx).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    match rows::find(&mut tx, account.id()).await? {
        None => Ok(SecondFactor::Absent),
        Some(row) if row.is_confirmed => Ok(SecondFactor::Confirmed),
        Some(row) => {
            let secret = secret(&snapshot.vault, &row)?.to_base32();
            let url = format!(
                "otpauth://totp/{ISSUER}:{}?secret={secret}&issuer={ISSUER}",
                percent_encoded(&account.login)
            );
            Ok(SecondFactor::Begun { secret, url })
        }
    }
}

/// Begins to set a second factor up: makes a secret, in the place of one that was not confirmed.
///
/// # Errors
/// [`Error::Stale`] when there is a confirmed one.
#[boxed_async]
pub async fn begin_second_factor(app: &App, ctx: &Context) -> Result<()> {
    let bytes: [u8; SECRET_BYTES] = rand::random();
    let fresh = Secret::new(Box::new(bytes)).to_base32();
    transact!(app, ctx.region, |tx| {
        let account = own(tx, ctx).await?;
        let snapshot = app.snapshot(tx).await?;
        if rows::find(tx, account.id()).await?.is_some_and(|row| row.is_confirmed) {
            return Err(Error::Stale { what: Thing::SecondFactor });
        }
        let row = SecondFactorRow {
            user_id: account.user_id,
            secret: snapshot.vault.seal_note(&fresh),
            is_confirmed: false,
            last_step: 0,
            created_at: ctx.clock.now().as_microsecond(),
        };
        rows::put(tx, &row).await?;
        Ok(())
    })
}

/// Ends to set it up: the person has shown a right code, and all other sessions end. Wrong codes count as
/// wrong passwords do.
///
/// # Errors
/// [`Error::SignInRefused`] for a wrong code; [`Error::TooManyAttempts`]; [`Error::NotFound`] when
/// none was begun.
#[boxed_async]
pub async fn confirm_second_factor(app: &App, ctx: &Context, code: &str) -> Result<()> {
    let attempt = Attempt::new(ctx.person(), ctx.origin.address);
    throttle::check(app, &attempt).await?;
    let mut tx = app.read(ctx.region).await?;
    let account = own(&mut tx, ctx).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let row = rows::find(&mut tx, account.id()).await?.filter(|row| !row.is_confirmed);
    let row = row.ok_or_else(|| Error::NotFound { what: Thing::SecondFactor, key: account.login.clone() })?;
    drop(tx);
    let step = matching_counter(app, &snapshot.vault, &row, code)?;
    throttle::decide(app, &attempt, step.is_some()).await?.into_result()?;
    let step = step.ok_or(Error::SignInRefused)?;
    transact!(app, ctx.region, |tx| {
        let account = own(tx, ctx).await?;
        rows::put(tx, &SecondFactorRow { is_confirmed: true, last_step: step, ..row.clone() }).await?;
        super::sessions::end_others(tx, ctx, account.id()).await?;
        note(tx, ctx, &snapshot, "confirm second factor", Some(&account), &account).await?;
        access_log::note(tx, ctx, AccessAction::SetUpSecondFactor, None, &account.login, "").await?;
        Ok(())
    })
}

/// Takes away the second factor of somebody who has lost it, and ends the person's sessions.
///
/// # Errors
/// [`Error::Forbidden`] for whoever does not manage accounts, and for the own one: it takes a second
/// person. [`Error::NotFound`].
#[boxed_async]
pub async fn remove_second_factor(app: &App, ctx: &Context, login: &str) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    ctx.require_managing()?;
    transact!(app, ctx.region, |tx| {
        let account = scope::managed(tx, ctx, &snapshot, login).await?;
        if ctx.is_own_account(login) {
            return Err(Error::Forbidden(Denied::RemoveOwnSecondFactor));
        }
        if !rows::delete(tx, account.id()).await? {
            return Err(Error::NotFound { what: Thing::SecondFactor, key: login.to_owned() });
        }
        store::sessions::delete_all_of(tx, account.id()).await?;
        note(tx, ctx, &snapshot, "remove second factor", Some(&account), &account).await?;
        access_log::note(tx, ctx, AccessAction::RemoveSecondFactor, None, login, "").await?;
        Ok(())
    })
}

/// What a sign-in has to show beside the password.
pub(super) enum Needed {
    /// Nothing.
    Nothing,
    /// A code, and this one is right: the step of time it is of.
    Right(i64),
    /// A code, and this one is wrong or missing.
    Wrong,
}

/// Judges the code of somebody who signs in.
pub(super) async fn judge(app: &App, tx: &mut Tx, vault: &Vault, user: UserId, code: &str) -> Result<Needed> {
    let row = rows::find(tx, user).await?.filter(|row| row.is_confirmed);
    let Some(row) = row else { return Ok(Needed::Nothing) };
    Ok(matching_counter(app, vault, &row, code)?.map_or(Needed::Wrong, Needed::Right))
}

/// Whether an account may be used before it has a second factor.
pub(super) async fn is_missing(tx: &mut Tx, snapshot: &Snapshot, account: &Account) -> Result<bool> {
    let role = snapshot.definition.role(&account.role);
    let is_needed = role.is_some_and(Role::needs_second_factor);
    // The password of a demonstration is on its sign-in page: there is nothing to protect.
    if !is_needed || snapshot.region.is_demonstration {
        return Ok(false);
    }
    Ok(!rows::find(tx, account.id()).await?.is_some_and(|row| row.is_confirmed))
}

/// The step of time that a code is of; `None` for a wrong one and for one that was used.
fn matching_counter(app: &App, vault: &Vault, row: &SecondFactorRow, code: &str) -> Result<Option<i64>> {
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    let seconds = u64::try_from(app.clock.now().as_second()).unwrap_or_default();
    let step = totp(secret(vault, row)?)?.check(&code, seconds);
    let step = step.and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > row.last_step))
}

fn totp(secret: Secret) -> Result<Totp> {
    Builder::new().with_secret(secret).build().map_err(|error| Error::internal(error.to_string()))
}

fn secret(vault: &Vault, row: &SecondFactorRow) -> Result<Secret> {
    let broken = || Error::internal(format!("the second factor of account {} cannot be read", row.user_id));
    let text = vault.open_note(&row.secret).ok_or_else(broken)?;
    Secret::try_from_base32(text).map_err(|_| broken())
}

fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
