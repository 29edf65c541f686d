//! Ways of looking at a register that people keep for themselves. They are
//! nobody else's, so whoever has signed in may keep them; whether the records
//! may be seen is decided when they are looked at.

use model::problem::{Problem, ProblemKind};
pub use store::views::View;

use crate::{App, Context, Error, Result};

/// Most characters of a view's name.
const LONGEST_NAME: usize = 30;
/// Most bytes of what a view holds.
const LONGEST_QUERY: usize = 8_000;
/// Most views that one person keeps of one register.
const MOST: usize = 30;

/// The person's views of a register, by name; the console has none.
///
/// # Errors
/// When storage refuses.
pub async fn list(app: &App, ctx: &Context, form: &str) -> Result<Vec<View>> {
    let Ok(user) = ctx.user() else { return Ok(Vec::new()) };
    let mut tx = app.db.read(app.region).await?;
    let views = store::views::list(&mut tx, user, form).await?;
    tx.rollback().await?;
    Ok(views)
}

/// Keeps a view under a name, in place of the person's own of that name.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console; [`Error::Invalid`] without a name,
/// with one that is too long, or when there are too many.
pub async fn keep(app: &App, ctx: &Context, form: &str, view: View) -> Result<()> {
    let user = ctx.user()?;
    let name = view.name.trim().to_owned();
    let length = name.chars().count();
    let problem = if length == 0 {
        Some(Problem::error(ProblemKind::Missing, []))
    } else if length > LONGEST_NAME {
        Some(Problem::error(ProblemKind::TooLong, [length.to_string(), LONGEST_NAME.to_string()]))
    } else if view.query.len() > LONGEST_QUERY {
        Some(Problem::error(ProblemKind::TooLong, [view.query.len().to_string(), LONGEST_QUERY.to_string()]))
    } else {
        None
    };
    if let Some(problem) = problem {
        return Err(Error::Invalid(vec![problem]));
    }
    let mut tx = app.db.write(app.region).await?;
    let known = store::views::list(&mut tx, user, form).await?;
    if known.len() >= MOST && known.iter().all(|known| known.name != name) {
        let args = [known.len().to_string(), MOST.to_string()];
        return Err(Error::Invalid(vec![Problem::error(ProblemKind::TooMany, args)]));
    }
    store::views::put(&mut tx, user, form, &View { name, query: view.query }).await?;
    Ok(tx.commit().await?)
}

/// Forgets one of the person's views.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
pub async fn forget(app: &App, ctx: &Context, form: &str, name: &str) -> Result<()> {
    let user = ctx.user()?;
    let mut tx = app.db.write(app.region).await?;
    store::views::delete(&mut tx, user, form, name).await?;
    Ok(tx.commit().await?)
}
