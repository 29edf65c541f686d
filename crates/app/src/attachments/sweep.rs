//! Sweeping: contents that no attachment needs any more, and drafts that
//! nobody has touched for long.

use std::time::SystemTime;

use boxed_async::boxed_async;
use jiff::SignedDuration;
use store::{attachments as rows, drafts};

use crate::{App, Context, Error, Result, transact::transact};

/// How long a content is kept after nothing needs it: an upload under way, a removal by mistake.
const GRACE: SignedDuration = SignedDuration::from_hours(24);
/// How long a draft is kept that nobody touches.
const DRAFTS: SignedDuration = SignedDuration::from_hours(24 * crate::drafts::RETENTION_DAYS);

/// Removes contents that nothing has needed for a day, and old drafts; how
/// many contents there were. Can be stopped anywhere and done again.
#[boxed_async]
pub async fn sweep(app: &App, ctx: &Context) -> Result<usize> {
    let now = app.clock.now();
    transact!(app, ctx.region, |tx| {
        rows::remove_of_gone(tx, now).await?;
        drafts::delete_before(tx, now - DRAFTS).await?;
        Ok(())
    })?;
    let Ok(cabinet) = app.cabinet(ctx) else { return Ok(0) };
    let moment = SystemTime::from(now - GRACE);
    let held = cabinet.clone();
    let old = tokio::task::spawn_blocking(move || held.files.older_than(moment));
    let old = old.await.map_err(Error::internal)??;
    let mut tx = app.read(ctx.region).await?;
    let needed = rows::needed(&mut tx, &old, now - GRACE).await?;
    drop(tx);
    let orphans: Vec<String> = old.into_iter().filter(|hash| !needed.contains(hash)).collect();
    let count = orphans.len();
    let removed = tokio::task::spawn_blocking(move || {
        orphans.iter().try_for_each(|hash| cabinet.files.remove(hash, moment))
    });
    removed.await.map_err(Error::internal)??;
    Ok(count)
}
