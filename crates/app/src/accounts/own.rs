//! What people change about their own account.

use boxed_async::boxed_async;
use model::problem::Problem;
use store::{
    Tx,
    accounts::{self, Account},
};
use words::Language;

use super::{
    Session, note, password, save, sessions,
    throttle::{self, Attempt, Decision},
};
use crate::{
    App, Context, Error, Result,
    access_log::{self, AccessAction},
    transact::transact,
};

/// Changes the person's own password, ends all sessions and begins a new one. Wrong present passwords
/// are counted as at signing in: who finds a desk where somebody has signed in cannot guess on.
///
/// # Errors
/// [`Error::SignInRefused`] when `old` is not the password; [`Error::TooManyAttempts`]; [`Error::Invalid`]
/// when the new one may not be one; [`Error::NotSignedIn`] for the console.
#[boxed_async]
pub async fn change_password(app: &App, ctx: &Context, old: &str, new: String) -> Result<Session> {
    let mut tx = app.read(ctx.region).await?;
    let account = own(&mut tx, ctx).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    drop(tx);
    let attempt = Attempt::new(&account.login, ctx.origin.address);
    throttle::check(app, &attempt).await?;
    let is_right = app.hashing.verify(account.password_hash.clone(), old.to_owned()).await?;
    let decision = throttle::decide(app, &attempt, is_right).await?;
    if let Decision::Wrong { is_locked } = decision {
        let action = if is_locked { AccessAction::Lock } else { AccessAction::FailPassword };
        transact!(app, ctx.region, |tx| {
            access_log::note(tx, ctx, action, None, &account.login, "").await?;
            Ok(())
        })?;
    }
    decision.into_result()?;
    if old == new {
        return Err(Error::Invalid(vec![Problem::PasswordUnchanged]));
    }
    if let Some(problem) = password::fault(&new, &password::known_about(&snapshot, &account)) {
        return Err(Error::Invalid(vec![problem]));
    }
    let password_hash = app.hashing.digest(new).await?;
    transact!(app, ctx.region, |tx| {
        let present = own(tx, ctx).await?;
        // Somebody has set another one while this one was compared.
        if present.password_hash != account.password_hash {
            return Err(Error::SignInRefused);
        }
        let changed =
            Account { password_hash: password_hash.clone(), must_change_password: false, ..present.clone() };
        save(tx, &present, &changed, ctx.clock.now()).await?;
        let is_kept = ctx.origin.session.is_some_and(|session| session.is_kept);
        let session = sessions::begin(app, tx, &snapshot, &changed, &ctx.origin, is_kept).await?;
        note(tx, ctx, &snapshot, "change password", Some(&present), &changed).await?;
        access_log::note(tx, ctx, AccessAction::ChangePassword, None, &changed.login, "").await?;
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
        save(tx, &account, &changed, ctx.clock.now()).await?;
        note(tx, ctx, &snapshot, "choose language", Some(&account), &changed).await?;
        Ok(())
    })
}

/// The account of whoever asks: every person may see and change that one.
pub(super) async fn own(tx: &mut Tx, ctx: &Context) -> Result<Account> {
    let account = accounts::find_by_id(tx, ctx.user()?).await?;
    account.filter(|account| !account.is_disabled).ok_or(Error::NotSignedIn)
}
