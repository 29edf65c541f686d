//! Ways of looking at a register that people keep for themselves.

use model::ids::UserId;

use crate::{Result, Tx, db::on};

/// A kept way of looking at a register.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct View {
    /// What its owner calls it; one of a kind among his of the register.
    pub name: String,
    /// What stands in the address after the question mark.
    pub query: String,
}

/// A person's views of a register, by name.
pub async fn list(tx: &mut Tx, user: UserId, form: &str) -> Result<Vec<View>> {
    let region = tx.region.0;
    let text = "SELECT name, query FROM saved_view \
         WHERE region_id = $1 AND user_id = $2 AND form = $3 ORDER BY name";
    Ok(on!(tx, |c| sqlx::query_as(text).bind(region).bind(user.0).bind(form).fetch_all(c).await)?)
}

/// Keeps a view, in place of one with the same name.
pub async fn put(tx: &mut Tx, user: UserId, form: &str, view: &View) -> Result<()> {
    let region = tx.region.0;
    on!(tx, |c| sqlx::query(PUT)
        .bind(region)
        .bind(user.0)
        .bind(form)
        .bind(&view.name)
        .bind(&view.query)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}

const PUT: &str = "INSERT INTO saved_view (region_id, user_id, form, name, query) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (region_id, user_id, form, name) DO UPDATE SET query = excluded.query";

/// Forgets a view; one that is not there is forgotten already.
pub async fn delete(tx: &mut Tx, user: UserId, form: &str, name: &str) -> Result<()> {
    let region = tx.region.0;
    let text = "DELETE FROM saved_view WHERE region_id = $1 AND user_id = $2 AND form = $3 AND name = $4";
    on!(tx, |c| sqlx::query(text)
        .bind(region)
        .bind(user.0)
        .bind(form)
        .bind(name)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(())
}
