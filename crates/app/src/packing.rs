//! The compact form of what an earlier version of the program stored as text, when the region is opened. It goes by
//! batches, each a transaction that notes how far it has come: a start that is cut short is taken up by the next.

use store::{
    Engine,
    definitions::{self, Lock},
    packing,
};

use crate::{App, OpenRegion, Result, transact::transact, upgrade::UpgradePhase, versions};

/// Rows of one transaction.
const BATCH: i64 = 5_000;
/// How often PostgreSQL has a row until it has been cleaned up: as it was, with its compact form, and without its text.
const ROWS_ON_POSTGRES: u64 = 2;

/// Packs everything when the database came from a version that stored text.
///
/// # Errors
/// [`crate::Error::NoRoomForUpgrade`] when the disk does not have as much room as the text takes;
/// [`store::Error::Corrupt`] when a compact form does not say what the text says: nothing is removed then.
pub(crate) async fn pack_if_needed(app: &App, region: &OpenRegion) -> Result<()> {
    if !is_needed(app, region).await? {
        return Ok(());
    }
    transact!(app, region.id, |tx| {
        definitions::lock_region(tx, Lock::Exclusive).await?;
        let snapshot = region.snapshot(tx).await?;
        let mut names = versions::short_names(&snapshot.definition);
        names.extend(packing::definition_hashes(tx).await?);
        Ok(store::add_short_names(tx, names).await?)
    })?;
    let mut last = None;
    loop {
        let packed = transact!(app, region.id, |tx| {
            definitions::lock_region(tx, Lock::Exclusive).await?;
            let Some(at) = packing::packing(tx).await? else { return Ok(None) };
            if last != Some(at.0) {
                let (done, total) = packing::counts(tx, at).await?;
                app.upgrade.begin(UpgradePhase::Packing(at.0), done, total);
            }
            Ok(Some((at.0, packing::pack_batch(tx, &region.vault, BATCH).await?)))
        })?;
        let Some((phase, count)) = packed else { break };
        last = Some(phase);
        app.upgrade.add(count);
    }
    app.upgrade.end();
    Ok(())
}

/// Whether anything is left to be packed; there must be room for it.
async fn is_needed(app: &App, region: &OpenRegion) -> Result<bool> {
    let mut tx = app.read(region.id).await?;
    let Some(at) = packing::packing(&mut tx).await? else { return Ok(false) };
    let bytes = packing::text_bytes(&mut tx, at).await?;
    match tx.engine() {
        // Until the text is removed, both are there.
        Engine::Sqlite => app.require_room_for_upgrade(bytes)?,
        Engine::Postgres => tracing::warn!(
            megabytes = (bytes >> 20) * ROWS_ON_POSTGRES,
            "the disk of the database server needs this much room while the database is brought up to date; this \
             program cannot see how much it has"
        ),
    }
    Ok(true)
}
