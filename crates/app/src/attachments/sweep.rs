//! Sweeping: contents that no attachment needs any more, and drafts that
//! nobody has touched for long.

use std::time::SystemTime;

use boxed_async::boxed_async;
use jiff::SignedDuration;
use store::{Files, Owner, attachments as rows, definitions, drafts, listing};

use crate::{App, Context, Error, Result, transact::transact};

/// How long a content is kept after nothing needs it: an upload under way, a removal by mistake.
const GRACE: SignedDuration = SignedDuration::from_hours(24);
/// How long a content lies in the trash before it is removed for good.
const TRASH: SignedDuration = SignedDuration::from_hours(24 * 14);
/// How long a draft is kept that nobody touches.
const DRAFTS: SignedDuration = SignedDuration::from_hours(24 * crate::drafts::RETENTION_DAYS);

/// Puts contents that nothing has needed for a day into the trash, and removes old drafts; how
/// many contents there were. Can be stopped anywhere and done again.
///
/// # Errors
/// [`Error::ForeignFiles`] when the files belong to another database, or to a later state of this
/// one: then nothing is touched.
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
    let old = tokio::task::spawn_blocking(move || Ok((held.files.owner()?, held.files.older_than(moment)?)));
    let (owner, old) = old.await.map_err(Error::internal)?.map_err(|error: store::Error| error)?;
    let mut tx = app.read(ctx.region).await?;
    let needed = rows::needed(&mut tx, &old, now - GRACE).await?;
    let audit = listing::last_audit(&mut tx).await?;
    drop(tx);
    let database = database_id(app, ctx).await?;
    require_owner(owner.as_ref(), &Owner { database: database.clone(), audit }, (needed.len(), old.len()))?;
    let orphans: Vec<String> = old.into_iter().filter(|hash| !needed.contains(hash)).collect();
    let count = orphans.len();
    let removed = tokio::task::spawn_blocking(move || {
        cabinet.files.put_owner(&Owner { database, audit })?;
        seal_in_clear(&cabinet.files)?;
        let today = SystemTime::from(now);
        orphans.iter().try_for_each(|hash| cabinet.files.move_to_trash(hash, moment, today))?;
        cabinet.files.empty_trash(SystemTime::from(now - TRASH))
    });
    removed.await.map_err(Error::internal)??;
    Ok(count)
}

/// Seals the files that an earlier version left in clear. Those of another database are not come to: they may
/// have another secret.
fn seal_in_clear(files: &Files) -> store::Result<()> {
    let done = files.reseal(None)?;
    if done.sealed > 0 {
        tracing::info!(count = done.sealed, "files that lay in clear were sealed");
    }
    for path in done.broken {
        tracing::error!(file = %path.display(), "a file does not hold what was put into it, and is left as it is");
    }
    Ok(())
}

/// What files know this database by.
async fn database_id(app: &App, ctx: &Context) -> Result<String> {
    let mut tx = app.read(ctx.region).await?;
    let known = definitions::database_id(&mut tx).await?;
    drop(tx);
    if let Some(known) = known {
        return Ok(known);
    }
    let fresh = format!("{:032x}", rand::random::<u128>());
    let id = transact!(app, ctx.region, |tx| {
        definitions::put_database_id(tx, &fresh).await?;
        // Two servers may have begun at once.
        Ok(definitions::database_id(tx).await?)
    })?;
    id.ok_or_else(|| Error::internal("the region has no row of its own"))
}

/// Refuses files of another database, or of a later state of this one. Where nobody has said yet whose they
/// are, they are this database's when it needs most of them.
fn require_owner(owner: Option<&Owner>, own: &Owner, (needed, all): (usize, usize)) -> Result<()> {
    let is_ours = match owner {
        Some(owner) => owner.database == own.database && owner.audit <= own.audit,
        None => needed * 2 >= all,
    };
    if is_ours { Ok(()) } else { Err(Error::ForeignFiles) }
}
