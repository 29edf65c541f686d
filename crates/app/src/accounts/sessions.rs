//! Sessions. A session ends when it is not used for a while, at the latest after half a day; when its
//! person signs out or ends it from another machine; and when the account's password, role or unit
//! changes.

use std::sync::Arc;

use boxed_async::boxed_async;
use jiff::{SignedDuration, Timestamp};
use model::ids::{RegionId, UserId};
use store::{
    Tx,
    accounts::{self, Account},
    sessions::{self as rows, SessionRow},
};
use words::Language;

use super::{deputies, digest, own::own, role_of, second_factor, throttle::address_text, token};
use crate::{
    Actor, App, Context, Demand, Error, PresentSession, RequestOrigin, Result, Snapshot, Thing,
    access_log::{self, AccessAction},
    transact::transact,
};

/// How long a session lasts without signing in again.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// How long a session may rest. One that outlives the browser may rest as long as it lasts.
const IDLE: SignedDuration = SignedDuration::from_hours(1);
/// How often the use of a session is noted.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(2);
/// Sessions of one account at a time; the least used ends first. The accounts of a demonstration are everybody's.
const MOST_SESSIONS: usize = 20;
/// Characters that are kept of what a browser calls itself.
const LONGEST_BROWSER: usize = 200;

/// A new session: the token goes into the person's cookie and nowhere else.
pub struct Session {
    /// The token.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether it outlives the browser.
    pub is_kept: bool,
    /// The language the person has chosen.
    pub language: Option<Language>,
}

/// A session, for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// Its id.
    pub id: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to a few minutes.
    pub seen_at: Timestamp,
    /// Where it began.
    pub address: Option<String>,
    /// What the browser calls itself.
    pub browser: Option<String>,
    /// Whether it is the one that asks.
    pub is_present: bool,
}

/// Begins a session; its token names the region and can be guessed no better for it.
pub(super) async fn begin(
    app: &App,
    tx: &mut Tx,
    snapshot: &Snapshot,
    account: &Account,
    origin: &RequestOrigin,
    is_kept: bool,
) -> Result<Session> {
    let (secret, now) = (token(), app.clock.now());
    let expires_at = now + LONGEST;
    let idle_until = if is_kept { expires_at } else { now + IDLE };
    let row = SessionRow {
        session_id: store::new_id(now),
        user_id: account.user_id,
        created_at: now.as_microsecond(),
        seen_at: now.as_microsecond(),
        idle_until: idle_until.as_microsecond(),
        expires_at: expires_at.as_microsecond(),
        address: Some(address_text(origin.address)).filter(|address| !address.is_empty()),
        browser: origin.browser.as_deref().map(shortened),
        deputy_id: None,
    };
    if !snapshot.region.is_demonstration {
        let open = rows::list_of(tx, account.id(), now).await?;
        for least_used in open.iter().skip(MOST_SESSIONS - 1) {
            rows::delete_of(tx, account.id(), least_used.session_id).await?;
        }
    }
    rows::insert(tx, &digest(&secret), &row).await?;
    let language = account.language.as_deref().and_then(Language::parse);
    Ok(Session { token: format!("{}.{secret}", tx.region), expires_at, is_kept, language })
}

fn shortened(browser: &str) -> String {
    browser.chars().filter(|c| !c.is_control()).take(LONGEST_BROWSER).collect()
}

/// The region and the secret of a session's token, when that region is open.
fn parse_token<'t>(app: &App, token: &'t str) -> Option<(RegionId, &'t str)> {
    let (region, secret) = token.split_once('.')?;
    let region = RegionId(region.parse().ok()?);
    app.region(region).is_ok().then_some((region, secret))
}

/// Who a session's token belongs to, and the region at that moment: what
/// every request needs first, in one transaction.
///
/// # Errors
/// [`Error::NotSignedIn`] when the session is unknown or has ended; [`Error::AccountNotReady`] when the
/// person must do something about the account first.
#[boxed_async]
pub async fn session_context(
    app: &App,
    token: &str,
    language: Option<Language>,
) -> Result<(Context, Arc<Snapshot>)> {
    let (context, snapshot, demand) = account_context(app, token, language).await?;
    match demand {
        None => Ok((context, snapshot)),
        Some(demand) => Err(Error::AccountNotReady(demand)),
    }
}

/// As [`session_context`], for what a person does about the own account. What must be done first comes
/// with the answer.
///
/// # Errors
/// [`Error::NotSignedIn`].
#[boxed_async]
pub async fn account_context(
    app: &App,
    token: &str,
    language: Option<Language>,
) -> Result<(Context, Arc<Snapshot>, Option<Demand>)> {
    let (region, secret) = parse_token(app, token).ok_or(Error::NotSignedIn)?;
    let mut tx = app.read(region).await?;
    let row = rows::find(&mut tx, &digest(secret), app.clock.now()).await?.ok_or(Error::NotSignedIn)?;
    let account = accounts::find_by_id(&mut tx, UserId(row.user_id)).await?;
    let account = account.filter(|account| !account.is_disabled).ok_or(Error::NotSignedIn)?;
    let snapshot = app.snapshot(&mut tx).await?;
    let principal = match row.deputy_id {
        Some(deputy) => deputies::principal(app, &mut tx, &snapshot, account.id(), deputy).await?,
        None => None,
    };
    // Whoever acts for another needs what the other needs to sign in.
    let role = principal.as_ref().map_or(&account, |(_, absent)| absent).role.clone();
    let demand = if account.must_change_password {
        Some(Demand::NewPassword)
    } else if second_factor::is_missing(&mut tx, &snapshot, &account).await?
        || second_factor::is_missing(&mut tx, &snapshot, &Account { role, ..account.clone() }).await?
    {
        Some(Demand::SecondFactor)
    } else {
        None
    };
    let mut context = context(app, &snapshot, account, language)?;
    if let Some((deputy, absent)) = principal {
        deputies::act_as(&mut context, &snapshot, deputy, &absent)?;
    }
    context.origin.session = Some(PresentSession {
        id: row.session_id,
        seen_at: moment(row.seen_at)?,
        expires_at: moment(row.expires_at)?,
        is_kept: row.idle_until == row.expires_at,
    });
    Ok((context, snapshot, demand))
}

/// The region that a session's token names, and whose session it is or was, as long as that is stored.
///
/// # Errors
/// When storage does not answer.
#[boxed_async]
pub async fn session_owner(app: &App, token: &str) -> Result<Option<(RegionId, Option<UserId>)>> {
    let Some((region, secret)) = parse_token(app, token) else { return Ok(None) };
    let mut tx = app.read(region).await?;
    let owner = rows::owner(&mut tx, &digest(secret)).await?;
    Ok(Some((region, owner)))
}

fn moment(micros: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(micros).map_err(Error::internal)
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
        origin: RequestOrigin::default(),
        acting_for: None,
    })
}

/// The context of a person for work that goes on without a session; `None`
/// when that person may no longer sign in.
#[boxed_async]
pub async fn context_of_user(app: &App, region: RegionId, user: UserId) -> Result<Option<Context>> {
    context_of_deputy(app, region, user, None).await
}

/// As [`context_of_user`], for somebody who began the work as a deputy: `None` when that has ended.
pub(crate) async fn context_of_deputy(
    app: &App,
    region: RegionId,
    user: UserId,
    deputy: Option<i64>,
) -> Result<Option<Context>> {
    let mut tx = app.read(region).await?;
    let account = accounts::find_by_id(&mut tx, user).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let Some(account) = account.filter(|account| !account.is_disabled) else { return Ok(None) };
    let mut context = context(app, &snapshot, account, None)?;
    if let Some(deputy) = deputy {
        let principal = deputies::principal(app, &mut tx, &snapshot, user, deputy).await?;
        let Some((deputy, absent)) = principal else { return Ok(None) };
        deputies::act_as(&mut context, &snapshot, deputy, &absent)?;
    }
    Ok(Some(context))
}

/// Whether the use of the session is to be noted again.
pub fn is_to_be_noted(ctx: &Context) -> bool {
    let now = ctx.clock.now();
    ctx.origin.session.is_some_and(|session| now.duration_since(session.seen_at) >= NOTED_EVERY)
}

/// Notes that the session is used, so that it does not end. It writes; a page need not wait for it.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
#[boxed_async]
pub async fn note_use(app: &App, ctx: &Context) -> Result<()> {
    let (Some(session), user, now) = (ctx.origin.session, ctx.user()?, ctx.clock.now()) else {
        return Ok(());
    };
    let idle = if session.is_kept { session.expires_at } else { (now + IDLE).min(session.expires_at) };
    transact!(app, ctx.region, |tx| {
        rows::touch(tx, user, session.id, now, idle).await?;
        Ok(())
    })
}

/// The person's own sessions, the last used first.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
#[boxed_async]
pub async fn list_sessions(app: &App, ctx: &Context) -> Result<Vec<SessionView>> {
    let mut tx = app.read(ctx.region).await?;
    let account = own(&mut tx, ctx).await?;
    let open = rows::list_of(&mut tx, account.id(), app.clock.now()).await?;
    let present = ctx.origin.session.map(|session| session.id);
    let view = |row: SessionRow| {
        Ok(SessionView {
            id: row.session_id,
            created_at: moment(row.created_at)?,
            seen_at: moment(row.seen_at)?,
            address: row.address,
            browser: row.browser,
            is_present: present == Some(row.session_id),
        })
    };
    open.into_iter().map(view).collect()
}

/// Ends one of the person's own sessions.
///
/// # Errors
/// [`Error::NotFound`] for any other.
#[boxed_async]
pub async fn end_session(app: &App, ctx: &Context, session: i64) -> Result<()> {
    transact!(app, ctx.region, |tx| {
        let account = own(tx, ctx).await?;
        if !rows::delete_of(tx, account.id(), session).await? {
            return Err(Error::NotFound { what: Thing::Session, key: session.to_string() });
        }
        access_log::note(tx, ctx, AccessAction::EndSession, None, &account.login, "").await?;
        Ok(())
    })
}

/// Ends all of the person's own sessions but the one that asks.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
#[boxed_async]
pub async fn end_other_sessions(app: &App, ctx: &Context) -> Result<()> {
    transact!(app, ctx.region, |tx| {
        let account = own(tx, ctx).await?;
        end_others(tx, ctx, account.id()).await?;
        access_log::note(tx, ctx, AccessAction::EndSession, None, &account.login, "").await?;
        Ok(())
    })
}

/// Ends all sessions of an account but the one that asks.
pub(super) async fn end_others(tx: &mut Tx, ctx: &Context, user: UserId) -> Result<()> {
    let present = ctx.origin.session.map(|session| session.id);
    for row in rows::list_of(tx, user, ctx.clock.now()).await? {
        if present != Some(row.session_id) {
            rows::delete_of(tx, user, row.session_id).await?;
        }
    }
    Ok(())
}

/// Ends the session of this token.
#[boxed_async]
pub async fn sign_out(app: &App, token: &str) -> Result<()> {
    let Some((region, secret)) = parse_token(app, token) else { return Ok(()) };
    transact!(app, region, |tx| {
        rows::delete(tx, &digest(secret)).await?;
        Ok(())
    })
}
