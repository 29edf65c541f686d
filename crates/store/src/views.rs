//! Views: filters, sorting and columns of a register's list that a person has saved.

use boxed_async::boxed_async;
use model::ids::UserId;

use crate::{Result, Tx};

/// A kept way of looking at a register.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct View {
    /// What its owner calls it; no two of one person's views of a register have the same.
    pub name: String,
    /// The part of the address after the question mark.
    pub query: String,
}

/// A person's views of a register, by name.
#[boxed_async]
pub async fn list(tx: &mut Tx, user: UserId, form: &str) -> Result<Vec<View>> {
    let text = "SELECT name, query FROM saved_view \
         WHERE region_id = $1 AND user_id = $2 AND form = $3 ORDER BY name";
    tx.query(text).bind(user).bind(form).fetch_all(tx).await
}

/// Keeps a view, in place of one with the same name.
#[boxed_async]
pub async fn put(tx: &mut Tx, user: UserId, form: &str, view: &View) -> Result<()> {
    tx.query(PUT).bind(user).bind(form).bind(&view.name).bind(&view.query).execute(tx).await?;
    Ok(())
}

const PUT: &str = "INSERT INTO saved_view (region_id, user_id, form, name, query) VALUES ($1, $2, $3, $4, $5) \
     ON CONFLICT (region_id, user_id, form, name) DO UPDATE SET query = excluded.query";

/// Forgets a view; one that is not there is forgotten already.
#[boxed_async]
pub async fn delete(tx: &mut Tx, user: UserId, form: &str, name: &str) -> Result<()> {
    let text = "DELETE FROM saved_view WHERE region_id = $1 AND user_id = $2 AND form = $3 AND name = $4";
    tx.query(text).bind(user).bind(form).bind(name).execute(tx).await?;
    Ok(())
}

/// A view with the form it is of.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FormView {
    /// Id of the form.
    pub form: String,
    /// What its owner calls it.
    pub name: String,
    /// The part of the address after the question mark.
    pub query: String,
}

/// All views of a person.
#[boxed_async]
pub async fn list_all(tx: &mut Tx, user: UserId) -> Result<Vec<FormView>> {
    let text =
        "SELECT form, name, query FROM saved_view WHERE region_id = $1 AND user_id = $2 ORDER BY form, name";
    tx.query(text).bind(user).fetch_all(tx).await
}
