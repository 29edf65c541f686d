//! Second factors: the secret that a person's telephone makes codes from. It is
//! sealed before it comes here.

use boxed_async::boxed_async;
use model::ids::UserId;

use crate::{Result, Tx};

/// The second factor of an account.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SecondFactorRow {
    /// Whose it is.
    pub user_id: i64,
    /// The sealed secret.
    pub secret: String,
    /// Whether its owner has shown a right code: it is asked for from then on.
    pub is_confirmed: bool,
    /// The step of time whose code was used last; no earlier one is taken again.
    pub last_step: i64,
    /// When it was made, microseconds since 1970.
    pub created_at: i64,
}

/// The second factor of an account, confirmed or not.
#[boxed_async]
pub async fn find(tx: &mut Tx, user: UserId) -> Result<Option<SecondFactorRow>> {
    let text = "SELECT user_id, secret, is_confirmed, last_step, created_at FROM second_factor \
         WHERE region_id = $1 AND user_id = $2";
    tx.query(text).bind(user).fetch_optional(tx).await
}

/// The accounts that have a confirmed one.
#[boxed_async]
pub async fn list_confirmed(tx: &mut Tx) -> Result<Vec<i64>> {
    tx.query("SELECT user_id FROM second_factor WHERE region_id = $1 AND is_confirmed").values(tx).await
}

/// Keeps a second factor, in the place of an earlier one.
#[boxed_async]
pub async fn put(tx: &mut Tx, row: &SecondFactorRow) -> Result<()> {
    let query = tx.query(PUT).bind(row.user_id).bind(&row.secret).bind(row.is_confirmed);
    query.bind(row.last_step).bind(row.created_at).execute(tx).await?;
    Ok(())
}

const PUT: &str = "INSERT INTO second_factor (region_id, user_id, secret, is_confirmed, last_step, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (region_id, user_id) DO UPDATE SET secret = excluded.secret, \
     is_confirmed = excluded.is_confirmed, last_step = excluded.last_step, created_at = excluded.created_at";

/// Notes that the code of a step was used. Of two who use the same code at the
/// same time, only one is told `true`.
#[boxed_async]
pub async fn use_code(tx: &mut Tx, user: UserId, step: i64) -> Result<bool> {
    let text = "UPDATE second_factor SET last_step = $3 \
         WHERE region_id = $1 AND user_id = $2 AND last_step < $3";
    Ok(tx.query(text).bind(user).bind(step).execute(tx).await? == 1)
}

/// Removes the second factor of an account; whether there was one.
#[boxed_async]
pub async fn delete(tx: &mut Tx, user: UserId) -> Result<bool> {
    let text = "DELETE FROM second_factor WHERE region_id = $1 AND user_id = $2";
    Ok(tx.query(text).bind(user).execute(tx).await? == 1)
}
