//! Sessions of people who have signed in. Only the digest of a session's token is stored.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::UserId;

use crate::{Result, Tx};

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionRow {
    /// Its id, by which its owner ends it.
    pub session_id: i64,
    /// Whose it is.
    pub user_id: i64,
    /// When it began, microseconds since 1970.
    pub created_at: i64,
    /// When it was last used; noted now and then, not at every request.
    pub seen_at: i64,
    /// When it ends unless it is used before.
    pub idle_until: i64,
    /// When it ends in any case.
    pub expires_at: i64,
    /// The address it began at.
    pub address: Option<String>,
    /// What the browser calls itself.
    pub browser: Option<String>,
    /// As whose deputy it goes on.
    pub deputy_id: Option<i64>,
}

/// A statement that reads [`SessionRow`]s.
macro_rules! sessions {
    ($rest:literal) => {
        concat!(
            "SELECT session_id, user_id, created_at, seen_at, idle_until, expires_at, address, browser, \
             deputy_id FROM session ",
            $rest
        )
    };
}

/// Begins a session.
#[boxed_async]
pub async fn insert(tx: &mut Tx, token_hash: &str, session: &SessionRow) -> Result<()> {
    let query = tx.query(INSERT).bind(token_hash).bind(session.session_id).bind(session.user_id);
    let query = query.bind(session.created_at).bind(session.seen_at).bind(session.idle_until);
    let query = query.bind(session.expires_at).bind(&session.address).bind(&session.browser);
    query.bind(session.deputy_id).execute(tx).await?;
    Ok(())
}

const INSERT: &str = "INSERT INTO session (region_id, token_hash, session_id, user_id, created_at, seen_at, \
     idle_until, expires_at, address, browser, deputy_id) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// The session with this token, unless it has ended.
#[boxed_async]
pub async fn find(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<Option<SessionRow>> {
    let text = sessions!("WHERE region_id = $1 AND token_hash = $2 AND expires_at > $3 AND idle_until > $3");
    tx.query(text).bind(token_hash).bind(now).fetch_optional(tx).await
}

/// Whose session this token is or was, as long as that is stored.
#[boxed_async]
pub async fn owner(tx: &mut Tx, token_hash: &str) -> Result<Option<UserId>> {
    let text = "SELECT user_id FROM session WHERE region_id = $1 AND token_hash = $2";
    Ok(tx.query(text).bind(token_hash).fetch_optional::<(i64,)>(tx).await?.map(|(user,)| UserId(user)))
}

/// The sessions of an account that have not ended, the last used first.
#[boxed_async]
pub async fn list_of(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Vec<SessionRow>> {
    let text = sessions!(
        "WHERE region_id = $1 AND user_id = $2 AND expires_at > $3 AND idle_until > $3 \
         ORDER BY seen_at DESC, session_id DESC"
    );
    tx.query(text).bind(user).bind(now).fetch_all(tx).await
}

/// Notes that a session is used, and until when it may rest now.
#[boxed_async]
pub async fn touch(tx: &mut Tx, user: UserId, session: i64, seen: Timestamp, idle: Timestamp) -> Result<()> {
    let text = "UPDATE session SET seen_at = $4, idle_until = $5 \
         WHERE region_id = $1 AND user_id = $2 AND session_id = $3 AND seen_at < $4";
    tx.query(text).bind(user).bind(session).bind(seen).bind(idle).execute(tx).await?;
    Ok(())
}

/// Says as whose deputy a session goes on from now; `None` for its own person.
#[boxed_async]
pub async fn set_deputy(tx: &mut Tx, user: UserId, session: i64, deputy: Option<i64>) -> Result<()> {
    let text = "UPDATE session SET deputy_id = $4 WHERE region_id = $1 AND user_id = $2 AND session_id = $3";
    tx.query(text).bind(user).bind(session).bind(deputy).execute(tx).await?;
    Ok(())
}

/// Ends the session with this token.
#[boxed_async]
pub async fn delete(tx: &mut Tx, token_hash: &str) -> Result<()> {
    let text = "DELETE FROM session WHERE region_id = $1 AND token_hash = $2";
    tx.query(text).bind(token_hash).execute(tx).await?;
    Ok(())
}

/// Ends one session of an account; whether there was one with this id.
#[boxed_async]
pub async fn delete_of(tx: &mut Tx, user: UserId, session: i64) -> Result<bool> {
    let text = "DELETE FROM session WHERE region_id = $1 AND user_id = $2 AND session_id = $3";
    Ok(tx.query(text).bind(user).bind(session).execute(tx).await? > 0)
}

/// Ends all sessions of an account.
#[boxed_async]
pub async fn delete_all_of(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.query("DELETE FROM session WHERE region_id = $1 AND user_id = $2").bind(user).execute(tx).await?;
    Ok(())
}

/// Removes sessions that have ended by time.
#[boxed_async]
pub async fn delete_ended(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let text = "DELETE FROM session WHERE region_id = $1 AND (expires_at <= $2 OR idle_until <= $2)";
    tx.query(text).bind(now).execute(tx).await
}
