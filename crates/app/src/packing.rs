//! The compact form of what an earlier version of the program stored as text, when the region is opened. It goes by
//! batches, each a transaction that notes how far it has come: a start that is cut short is taken up by the next.

use store::{
    Engine,
    definitions::{self, Lock},
    packing::{self, PackingPhase},
};

use crate::{App, OpenRegion, Result, transact::transact, versions};

/// Rows of one transaction.
const BATCH: i64 = 5_000;
/// Rows between two lines of the log.
const LOG_EVERY: usize = 100_000;

/// Packs everything when the database came from a version that stored text.
///
/// # Errors
/// [`crate::Error::NoRoom`] when the disk does not have as much room as the text takes;
/// [`store::Error::Corrupt`] when a compact form does not say what the text says: nothing is removed then.
pub(crate) async fn pack_if_needed(app: &App, region: &OpenRegion) -> Result<()> {
    let mut tx = app.read(region.id).await?;
    let Some((first, _)) = packing::packing(&mut tx).await? else { return Ok(()) };
    if first == PackingPhase::Records && tx.engine() == Engine::Sqlite {
        // Until the text is removed, both are there. The disk of PostgreSQL is its own server's business.
        let bytes = packing::text_bytes(&mut tx).await?;
        drop(tx);
        app.require_room(usize::try_from(bytes).unwrap_or(0))?;
    } else {
        drop(tx);
    }
    tracing::info!("giving records their compact form after an upgrade");
    transact!(app, region.id, |tx| {
        definitions::lock_region(tx, Lock::Exclusive).await?;
        let snapshot = region.snapshot(tx).await?;
        let mut names = versions::short_names(&snapshot.definition);
        names.extend(packing::definition_hashes(tx).await?);
        Ok(store::add_short_names(tx, names).await?)
    })?;
    let (mut last, mut done) = (first, 0);
    loop {
        let step = transact!(app, region.id, |tx| {
            definitions::lock_region(tx, Lock::Exclusive).await?;
            let Some((step, _)) = packing::packing(tx).await? else { return Ok(None) };
            let count = packing::pack_batch(tx, &region.vault, BATCH).await?;
            Ok(Some((step, count)))
        })?;
        let Some((step, count)) = step else { break };
        if step != last {
            (last, done) = (step, 0);
        }
        let before = done;
        done += count;
        if before / LOG_EVERY != done / LOG_EVERY {
            tracing::info!(step = ?step, done, "packing");
        }
    }
    tracing::info!("records have their compact form");
    Ok(())
}
