//! What people change about their own account.

use store::{
    Tx,
    accounts::{self, Account},
};
use words::Language;

use super::{Session, begin_session, count_failure, hash, note, verify};
use crate::{App, Context, Error, Result};

/// Changes the person's own password, ends all sessions and begins a new one.
///
/// # Errors
/// [`Error::SignInRefused`] when `old` is not the password; [`Error::Invalid`]
/// when the new one is too short; [`Error::NotSignedIn`] for the console.
pub async fn change_password(app: &App, ctx: &Context, old: &str, new: String) -> Result<Session> {
    let mut tx = app.db.read(app.region).await?;
    let account = own(&mut tx, ctx).await?;
    tx.rollback().await?;
    let (stored, old) = (account.password_hash.clone(), old.to_owned());
    let is_right =
        tokio::task::spawn_blocking(move || verify(&stored, &old)).await.map_err(Error::internal)?;
    if !is_right {
        count_failure(app, account.id()).await?;
        return Err(Error::SignInRefused { locked_minutes: None });
    }
    let password_hash = hash(new).await?;
    let snapshot = app.current().await?;
    let mut tx = app.db.write(app.region).await?;
    let account = own(&mut tx, ctx).await?;
    let changed = Account { password_hash, failures: 0, locked_until: 0, ..account.clone() };
    accounts::update(&mut tx, &changed).await?;
    accounts::delete_sessions_of(&mut tx, changed.id()).await?;
    let session = begin_session(app, &mut tx, &changed).await?;
    note(&mut tx, ctx, &snapshot, "change password", Some(&account), &changed).await?;
    tx.commit().await?;
    Ok(session)
}

/// Remembers the language the person wants to read.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
pub async fn choose_language(app: &App, ctx: &Context, language: Language) -> Result<()> {
    let snapshot = app.current().await?;
    let mut tx = app.db.write(app.region).await?;
    let account = own(&mut tx, ctx).await?;
    let changed = Account { language: Some(language.code().to_owned()), ..account.clone() };
    accounts::update(&mut tx, &changed).await?;
    note(&mut tx, ctx, &snapshot, "choose language", Some(&account), &changed).await?;
    tx.commit().await?;
    Ok(())
}

/// The account of whoever asks: every person may see and change that one.
async fn own(tx: &mut Tx, ctx: &Context) -> Result<Account> {
    let account = accounts::find_by_id(tx, ctx.user()?).await?;
    account.filter(|account| !account.is_disabled).ok_or(Error::NotSignedIn)
}
