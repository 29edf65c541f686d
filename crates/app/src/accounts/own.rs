//! What people change about their own account.

use boxed_async::boxed_async;
use store::{
    Tx,
    accounts::{self, Account},
};
use words::Language;

use super::{Session, begin_session, count_failure, hash, note, verify};
use crate::{App, Context, Error, Result, transact::transact};

/// Changes the person's own password, ends all sessions and begins a new one.
///
/// # Errors
/// [`Error::SignInRefused`] when `old` is not the password; [`Error::Invalid`]
/// when the new one is too short; [`Error::NotSignedIn`] for the console.
#[boxed_async]
pub async fn change_password(app: &App, ctx: &Context, old: &str, new: String) -> Result<Session> {
    let mut tx = app.read(ctx.region).await?;
    let account = own(&mut tx, ctx).await?;
    drop(tx);
    let (stored, old) = (account.password_hash.clone(), old.to_owned());
    let is_right =
        tokio::task::spawn_blocking(move || verify(&stored, &old)).await.map_err(Error::internal)?;
    if !is_right {
        count_failure(app, ctx.region, account.id()).await?;
        return Err(Error::SignInRefused { locked_minutes: None });
    }
    let password_hash = hash(new).await?;
    let snapshot = app.current(ctx).await?;
    transact!(app, ctx.region, |tx| {
        let account = own(tx, ctx).await?;
        let changed =
            Account { password_hash: password_hash.clone(), failures: 0, locked_until: 0, ..account.clone() };
        accounts::update(tx, &changed).await?;
        accounts::delete_sessions_of(tx, changed.id()).await?;
        let session = begin_session(app, tx, &changed).await?;
        note(tx, ctx, &snapshot, "change password", Some(&account), &changed).await?;
        Ok(session)
    })
}

/// Remembers the language the person wants to read.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
#[boxed_async]
pub async fn choose_language(app: &App, ctx: &Context, language: Language) -> Result<()> {
    let snapshot = app.current(ctx).await?;
    transact!(app, ctx.region, |tx| {
        let account = own(tx, ctx).await?;
        let changed = Account { language: Some(language.code().to_owned()), ..account.clone() };
        accounts::update(tx, &changed).await?;
        note(tx, ctx, &snapshot, "choose language", Some(&account), &changed).await?;
        Ok(())
    })
}

/// The account of whoever asks: every person may see and change that one.
async fn own(tx: &mut Tx, ctx: &Context) -> Result<Account> {
    let account = accounts::find_by_id(tx, ctx.user()?).await?;
    account.filter(|account| !account.is_disabled).ok_or(Error::NotSignedIn)
}
