//! Ways of looking at a register that people keep for themselves. They are
//! nobody else's, so whoever has signed in may keep them; whether the records
//! may be seen is decided when they are looked at.

use boxed_async::boxed_async;
use model::problem::Problem;
pub use store::views::View;

use crate::{App, Context, Error, Result, transact::transact, typed_text::number_fault};

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
#[boxed_async]
pub async fn list(app: &App, ctx: &Context, form: &str) -> Result<Vec<View>> {
    let Ok(user) = ctx.user() else { return Ok(Vec::new()) };
    let mut tx = app.read(ctx.region).await?;
    let views = store::views::list(&mut tx, user, form).await?;
    Ok(views)
}

/// Keeps a view under a name, in place of the person's own of that name.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console; [`Error::Invalid`] without a name,
/// with one that is too long
/// or holds a personal number, or when there are too many.
#[boxed_async]
pub async fn save(app: &App, ctx: &Context, form: &str, view: View) -> Result<()> {
    let user = ctx.user()?;
    let view = View { name: view.name.trim().to_owned(), ..view };
    let name = &view.name;
    let length = name.chars().count();
    let problem = if length == 0 {
        Some(Problem::Missing)
    } else if length > LONGEST_NAME {
        Some(Problem::TooLong { found: length, max: LONGEST_NAME })
    } else if view.query.len() > LONGEST_QUERY {
        Some(Problem::TooLong { found: view.query.len(), max: LONGEST_QUERY })
    } else {
        number_fault(name)
    };
    if let Some(problem) = problem {
        return Err(Error::Invalid(vec![problem]));
    }
    transact!(app, ctx.region, |tx| {
        let known = store::views::list(tx, user, form).await?;
        if known.len() >= MOST && known.iter().all(|known| known.name != *name) {
            return Err(Error::Invalid(vec![Problem::TooMany { found: known.len(), max: MOST }]));
        }
        store::views::put(tx, user, form, &view).await?;
        Ok(())
    })
}

/// Forgets one of the person's views.
///
/// # Errors
/// [`Error::NotSignedIn`] for the console.
#[boxed_async]
pub async fn forget(app: &App, ctx: &Context, form: &str, name: &str) -> Result<()> {
    let user = ctx.user()?;
    transact!(app, ctx.region, |tx| {
        store::views::delete(tx, user, form, name).await?;
        Ok(())
    })
}
