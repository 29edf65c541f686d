//! How long entries of the log of access are kept. Blocks at the beginning of its chain that are older are removed as a
//! whole, in the transaction that notes it: the entry names the last block that was removed and its digest, under a
//! mark that only whoever has the secret can make. So the chain can be checked from there on, and a beginning that
//! somebody else has removed is missed (`docs/decisions/0024-reading-the-audit.md`). The audit of what was changed is
//! never removed.

use jiff::{SignedDuration, Timestamp};
use model::ids::RegionId;
use store::{
    Tx, Vault,
    access_log::{self as rows, AccessBlock},
};

use super::{
    AccessAction, AccessNote, append,
    chain::{beginning, is_right},
};
use crate::{App, RequestOrigin, Result, accounts::CONSOLE, transact::transact};

/// Fewer days than this nobody may keep them for: the Cybersecurity Law (网络安全法, article 21) asks for six months.
pub const SHORTEST_DAYS: u16 = 180;
/// How many days they are kept for unless an operator says otherwise: three years.
pub const USUAL_DAYS: u16 = 1_096;
/// Most blocks that one transaction removes.
const AT_ONCE: i64 = 1_000;

/// Removes what is older than it is kept for, from the beginning, as far as blocks go. Harmless when several servers do it.
pub(crate) async fn remove_old(app: &App, region: RegionId) -> Result<()> {
    let vault = app.region(region)?.vault.clone();
    let days = i64::from(app.log_days());
    let cutoff = app.clock.now() - SignedDuration::from_hours(24 * days);
    // Most of the time there is nothing to do, and nothing is written for that.
    let mut tx = app.read(region).await?;
    let is_due = last_old(&mut tx, &vault, cutoff).await?.is_some();
    drop(tx);
    if !is_due {
        return Ok(());
    }
    loop {
        let removed =
            transact!(app, region, |tx| { remove_some(tx, &vault, cutoff, app.clock.now()).await })?;
        match removed {
            Some(block) => {
                tracing::info!(%region, block, days, "old blocks of the log of access were removed");
            }
            None => return Ok(()),
        }
    }
}

/// The last of the blocks at the beginning that are all older than `cutoff` and as they were written: what somebody has
/// changed, such as the age of a block, must not go with the traces of it. The last block of all stays in any case.
async fn last_old(tx: &mut Tx, vault: &Vault, cutoff: Timestamp) -> Result<Option<AccessBlock>> {
    let mut first = rows::blocks_after(tx, 0, AT_ONCE + 1).await?;
    first.pop();
    let (mut before, mut last) = (beginning(tx, vault).await?, None);
    for block in first.into_iter().take_while(|block| block.made_at < cutoff.as_microsecond()) {
        let entries = rows::list_of_block(tx, block.block).await?;
        if !is_right(vault, &before, &block, &entries) {
            tracing::error!(
                block = block.block,
                "a block of the log of access is not as it was written: nothing is removed from there on"
            );
            break;
        }
        before = (block.block, block.digest.clone());
        last = Some(block);
    }
    Ok(last)
}

async fn remove_some(tx: &mut Tx, vault: &Vault, cutoff: Timestamp, now: Timestamp) -> Result<Option<i64>> {
    let Some(last) = last_old(tx, vault, cutoff).await? else { return Ok(None) };
    // Another server may have been faster.
    let Some(entries) = rows::remove_through(tx, last.block).await? else { return Ok(None) };
    let note = AccessNote {
        // As everything that the program does by itself.
        actor: CONSOLE,
        origin: &RequestOrigin::default(),
        action: AccessAction::RemoveEntries,
        unit: None,
        subject: &rows::removal_mark(vault, last.block, &last.digest),
        detail: &format!("entries={entries} before={}", model::clock::day_of(cutoff)),
    };
    append(tx, now, &note).await?;
    Ok(Some(last.block))
}

/// What the block before the first one had for a digest, as far as the log itself says so.
pub(crate) async fn digest_before(tx: &mut Tx, vault: &Vault, first: i64) -> Result<Option<String>> {
    if first <= 1 {
        return Ok(None);
    }
    let notes = rows::subjects_of(tx, AccessAction::RemoveEntries.name()).await?;
    let mut removals = notes.iter().filter_map(|note| rows::read_removal(vault, note));
    Ok(removals.find(|(block, _)| *block == first - 1).map(|(_, digest)| digest))
}

/// The note of a removal under another secret; `None` for one that the former secret has not made.
pub(crate) fn rekeyed_removal(former: &Vault, new: &Vault, note: &str) -> Option<String> {
    let (block, digest) = rows::read_removal(former, note)?;
    Some(rows::removal_mark(new, block, &digest))
}
