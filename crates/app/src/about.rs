//! What runs here: for people who ask which version their figures come from.

use std::sync::Arc;

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::month::Month;
use store::{Engine, definitions, folder::FoldReach};

use crate::{App, Context, Result, Snapshot};

/// What runs here.
pub struct About {
    /// The region as it is: its campaign and its units.
    pub snapshot: Arc<Snapshot>,
    /// When the campaign's version was first put in force.
    pub in_force_since: Option<Timestamp>,
    /// The last month that figures count: the present one, or the campaign's
    /// last; `None` before it begins.
    pub through: Option<Month>,
    /// What still waits to be added up.
    pub reach: FoldReach,
    /// The name of the database engine.
    pub engine: &'static str,
}

/// What runs here. Nothing in it is a secret: whoever has signed in may know it.
///
/// # Errors
/// When the database does not answer.
#[boxed_async]
pub async fn about_program(app: &App, ctx: &Context) -> Result<About> {
    let mut tx = app.read(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let since = definitions::loaded_at(&mut tx, &snapshot.definition.hash).await?;
    let reach = store::folder::reach(&mut tx).await?;
    let (first, last) =
        (Month::january(snapshot.definition.period().first), snapshot.definition.last_month());
    let present = ctx.today(&snapshot).month();
    Ok(About {
        in_force_since: since.and_then(|at| Timestamp::from_microsecond(at).ok()),
        through: (present >= first).then_some(present.min(last)),
        reach,
        engine: match app.db.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        },
        snapshot,
    })
}
