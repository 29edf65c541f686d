//! Failed sign-ins: how many there were for a login at an address, for a login, for
//! an address, and until when each is refused. What these numbers mean is decided
//! in `app`.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::UserId;

use crate::{Result, Tx};

/// The failures of one subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Failures {
    /// How many.
    pub failures: i64,
    /// When they no longer count, microseconds since 1970.
    pub forget_at: i64,
    /// Sign-ins are refused until then.
    pub refused_until: i64,
}

/// The failures of a subject; none when nothing is known of it.
#[boxed_async]
pub async fn find(tx: &mut Tx, subject: &str) -> Result<Failures> {
    let text = "SELECT failures, forget_at, refused_until FROM sign_in_failure \
         WHERE region_id = $1 AND subject = $2";
    Ok(tx.query(text).bind(subject).fetch_optional(tx).await?.unwrap_or_default())
}

/// The failures of a subject. Nobody else reads or changes them by this function
/// until the transaction has ended: what was read is true when it is decided upon.
#[boxed_async]
pub async fn lock(tx: &mut Tx, subject: &str) -> Result<Failures> {
    tx.query(LOCK).bind(subject).execute(tx).await?;
    find(tx, subject).await
}

const LOCK: &str = "INSERT INTO sign_in_failure (region_id, subject, failures, forget_at, refused_until) \
     VALUES ($1, $2, 0, 0, 0) \
     ON CONFLICT (region_id, subject) DO UPDATE SET failures = sign_in_failure.failures";

/// Replaces the failures of a subject that was locked.
#[boxed_async]
pub async fn put(tx: &mut Tx, subject: &str, failures: &Failures) -> Result<()> {
    let text = "UPDATE sign_in_failure SET failures = $3, forget_at = $4, refused_until = $5 \
         WHERE region_id = $1 AND subject = $2";
    let query = tx.query(text).bind(subject).bind(failures.failures);
    query.bind(failures.forget_at).bind(failures.refused_until).execute(tx).await?;
    Ok(())
}

/// Forgets the failures of a subject.
#[boxed_async]
pub async fn delete(tx: &mut Tx, subject: &str) -> Result<()> {
    let text = "DELETE FROM sign_in_failure WHERE region_id = $1 AND subject = $2";
    tx.query(text).bind(subject).execute(tx).await?;
    Ok(())
}

/// Forgets the failures of all subjects that begin with `start`, which holds no `%` and no `_`.
#[boxed_async]
pub async fn delete_beginning_with(tx: &mut Tx, start: &str) -> Result<()> {
    let text = "DELETE FROM sign_in_failure WHERE region_id = $1 AND subject LIKE $2";
    tx.query(text).bind(format!("{start}%")).execute(tx).await?;
    Ok(())
}

/// Removes failures that no longer count.
#[boxed_async]
pub async fn delete_old(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let text = "DELETE FROM sign_in_failure WHERE region_id = $1 AND forget_at <= $2 AND refused_until <= $2";
    tx.query(text).bind(now).execute(tx).await
}

/// Whether the person with this login has signed in from this address since then.
#[boxed_async]
pub async fn is_known_address(tx: &mut Tx, login: &str, address: &str, since: Timestamp) -> Result<bool> {
    let text = "SELECT a.user_id FROM account a JOIN known_address k \
         ON k.region_id = a.region_id AND k.user_id = a.user_id \
         WHERE a.region_id = $1 AND a.login = $2 AND k.address = $3 AND k.used_at > $4";
    let found: Option<i64> = tx.query(text).bind(login).bind(address).bind(since).value_optional(tx).await?;
    Ok(found.is_some())
}

/// Notes that a person has signed in from an address.
#[boxed_async]
pub async fn put_known_address(tx: &mut Tx, user: UserId, address: &str, now: Timestamp) -> Result<()> {
    let text = "INSERT INTO known_address (region_id, user_id, address, used_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (region_id, user_id, address) DO UPDATE SET used_at = excluded.used_at";
    tx.query(text).bind(user).bind(address).bind(now).execute(tx).await?;
    Ok(())
}

/// Removes addresses that were last used before.
#[boxed_async]
pub async fn delete_known_addresses(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    let text = "DELETE FROM known_address WHERE region_id = $1 AND used_at < $2";
    tx.query(text).bind(before).execute(tx).await
}
