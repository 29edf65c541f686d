//! Sweeping: contents that no attachment needs any more, and drafts that
//! nobody has touched for long.

use std::time::SystemTime;

use jiff::SignedDuration;
use store::{attachments as rows, drafts};

use crate::{App, Error, Result};

/// How long a content is kept after nothing needs it: an upload under way, a removal by mistake.
const GRACE: SignedDuration = SignedDuration::from_hours(24);
/// How long a draft is kept that nobody touches.
const DRAFTS: SignedDuration = SignedDuration::from_hours(24 * crate::drafts::KEPT_DAYS);

/// Removes contents that nothing has needed for a day, and old drafts; how
/// many contents there were. Can be stopped anywhere and done again.
pub async fn sweep(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut tx = app.db.write(app.region).await?;
    rows::remove_of_gone(&mut tx, now).await?;
    drafts::delete_before(&mut tx, now - DRAFTS).await?;
    tx.commit().await?;
    let Ok(cabinet) = app.cabinet() else { return Ok(0) };
    let moment = SystemTime::from(now - GRACE);
    let held = cabinet.clone();
    let old = tokio::task::spawn_blocking(move || held.files.older_than(moment));
    let old = old.await.map_err(Error::internal)??;
    let mut tx = app.db.read(app.region).await?;
    let needed = rows::needed(&mut tx, &old, now - GRACE).await?;
    tx.rollback().await?;
    let orphans: Vec<String> = old.into_iter().filter(|hash| !needed.contains(hash)).collect();
    let count = orphans.len();
    let removed = tokio::task::spawn_blocking(move || {
        orphans.iter().try_for_each(|hash| cabinet.files.remove(hash, moment))
    });
    removed.await.map_err(Error::internal)??;
    Ok(count)
}
