//! The chain of the log of access: entries are put into blocks, each with a keyed digest over its entries and the
//! digest of the block before. Whoever can write the database and has not the secret cannot change, add or remove
//! an entry of a block, or a block, without being found. The last block is noted in a file beside the database too,
//! and in the program's own log: an end that was cut off is found by it.

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::RegionId;
use store::{
    LogHead, Tx, Vault,
    access_log::{self as rows, AccessBlock, AccessLogRow},
};

use super::digest_before;
use crate::{Action, App, Context, Error, Result, transact::transact};

/// Most entries of one block.
const LARGEST: i64 = 1_000;
/// Blocks read at a time.
const BATCH: i64 = 200;

/// What a check of the log found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogCheck {
    /// Entries that are in blocks and were checked.
    pub entries: u64,
    /// Blocks that were checked.
    pub blocks: u64,
    /// Entries that are in no block yet: nothing can be said about these.
    pub open: u64,
    /// When the oldest of them was made. A server puts entries into blocks within a minute.
    pub open_since: Option<Timestamp>,
    /// The number and the digest of the last block, to be kept elsewhere.
    pub head: Option<LogHead>,
    /// What is not as it was written.
    pub faults: Vec<LogFault>,
}

/// Something in the log that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFault {
    /// Entries of a block were changed, added or removed, or the block itself was changed.
    Changed {
        /// The block.
        block: i64,
        /// How many entries it should have.
        expected: i64,
        /// How many it has.
        found: i64,
        /// When it was made.
        made_at: Timestamp,
    },
    /// Blocks are gone.
    Missing {
        /// The first that is gone.
        from: i64,
        /// The last that is gone.
        to: i64,
    },
    /// The end of the log is not the one that was noted beside the database.
    CutOff {
        /// The last block that was noted.
        known: i64,
        /// The last block that is there; 0 for none.
        found: i64,
    },
}

/// Puts all entries that are in no block yet into blocks. Harmless when several servers do it.
pub(crate) async fn put_into_blocks(app: &App, region: RegionId) -> Result<()> {
    let vault = app.region(region)?.vault.clone();
    // Most of the time there is nothing to do, and nothing is written for that.
    let mut tx = app.read(region).await?;
    if rows::list_open(&mut tx, 1).await?.is_empty() {
        return Ok(());
    }
    drop(tx);
    loop {
        let made = transact!(app, region, |tx| { next_block(tx, &vault, app.clock.now()).await });
        match made {
            Ok(Some(block)) => note_head(app, region, &block).await?,
            Ok(None) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

async fn next_block(tx: &mut Tx, vault: &Vault, now: Timestamp) -> Result<Option<AccessBlock>> {
    // In this order: whoever has made a block in between has taken what is listed, or the number.
    let last = rows::last_block(tx).await?;
    let open = rows::list_open(tx, LARGEST).await?;
    if open.is_empty() {
        return Ok(None);
    }
    let (number, previous) = last.map_or((0, String::new()), |last| (last.block, last.digest));
    let mut block = AccessBlock {
        block: number + 1,
        entries: i64::try_from(open.len()).map_err(Error::internal)?,
        made_at: now.as_microsecond(),
        digest: String::new(),
    };
    block.digest = block.digest_of(vault, &previous, &open);
    match rows::put_block(tx, &block, &open).await {
        Ok(()) => Ok(Some(block)),
        // Another server was faster and goes on.
        Err(error) if error.is_duplicate() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Notes the last block beside the database. When the one that was noted before is not in the chain, it stays: the
/// end of the log is missing, or another database is used, and [`check`] must say so.
async fn note_head(app: &App, region: RegionId, block: &AccessBlock) -> Result<()> {
    tracing::info!(%region, block = block.block, digest = block.digest, "the log of access has one more block");
    let Some(cabinet) = app.region(region)?.cabinet.clone() else { return Ok(()) };
    let held = cabinet.clone();
    let known = tokio::task::spawn_blocking(move || held.files.log_head());
    let known = known.await.map_err(Error::internal)??;
    if let Some(known) = known {
        let mut tx = app.read(region).await?;
        let stored = rows::blocks_after(&mut tx, known.block - 1, 1).await?.pop();
        if stored.is_none_or(|stored| !known.matches(stored.block, &stored.digest)) {
            tracing::error!(%region, block = known.block, "a block of the log of access that was noted is not there");
            return Ok(());
        }
    }
    let head = LogHead { block: block.block, digest: block.digest.clone(), next: None };
    let noted = tokio::task::spawn_blocking(move || cabinet.files.put_log_head(&head));
    Ok(noted.await.map_err(Error::internal)??)
}

/// Checks the whole log against its chain, and the end of the chain against what was noted beside the database,
/// where that is known. Reads block by block.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not read the log.
#[boxed_async]
pub async fn check(app: &App, ctx: &Context) -> Result<LogCheck> {
    let mut tx = app.walk(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    ctx.require_for_region(Action::ReadAccessLog, &snapshot)?;
    drop(tx);
    check_unasked(app, ctx).await
}

/// The same for whoever may check everything stored.
pub(crate) async fn check_unasked(app: &App, ctx: &Context) -> Result<LogCheck> {
    let mut tx = app.walk(ctx.region).await?;
    let snapshot = app.snapshot(&mut tx).await?;
    let noted = match &app.region(ctx.region)?.cabinet {
        Some(cabinet) => {
            let cabinet = cabinet.clone();
            let noted = tokio::task::spawn_blocking(move || cabinet.files.log_head());
            noted.await.map_err(Error::internal)??
        }
        None => None,
    };
    check_in(&mut tx, &snapshot.vault, noted.as_ref()).await
}

/// The number and the digest before the first block: none, unless blocks were removed because they were past their time.
pub(super) async fn beginning(tx: &mut Tx, vault: &Vault) -> Result<(i64, String)> {
    let Some(first) = rows::blocks_after(tx, 0, 1).await?.pop() else { return Ok((0, String::new())) };
    let digest = digest_before(tx, vault, first.block).await?;
    Ok(digest.map_or_else(Default::default, |digest| (first.block - 1, digest)))
}

/// Whether a block with these entries is as it was written, and follows the block with this number and digest.
pub(super) fn is_right(
    vault: &Vault,
    (before, previous): &(i64, String),
    block: &AccessBlock,
    entries: &[AccessLogRow],
) -> bool {
    i64::try_from(entries.len()) == Ok(block.entries)
        && block.block == before + 1
        && block.digest == block.digest_of(vault, previous, entries)
}

/// Checks the log in a transaction.
async fn check_in(tx: &mut Tx, vault: &Vault, noted: Option<&LogHead>) -> Result<LogCheck> {
    let mut found = LogCheck::default();
    let mut is_noted_there = noted.is_none();
    let (mut last, mut previous) = beginning(tx, vault).await?;
    loop {
        let blocks = rows::blocks_after(tx, last, BATCH).await?;
        if blocks.is_empty() {
            break;
        }
        for block in blocks {
            let follows = block.block == last + 1;
            if !follows {
                found.faults.push(LogFault::Missing { from: last + 1, to: block.block - 1 });
            }
            let entries = rows::list_of_block(tx, block.block).await?;
            let count = i64::try_from(entries.len()).map_err(Error::internal)?;
            // What a block is chained to is gone with the blocks before it: then only its number of entries tells.
            let is_right = count == block.entries
                && (!follows || block.digest == block.digest_of(vault, &previous, &entries));
            if !is_right {
                found.faults.push(LogFault::Changed {
                    block: block.block,
                    expected: block.entries,
                    found: count,
                    made_at: Timestamp::from_microsecond(block.made_at).unwrap_or_default(),
                });
            }
            is_noted_there |= noted.is_some_and(|noted| noted.matches(block.block, &block.digest));
            found.entries += entries.len() as u64;
            found.blocks += 1;
            last = block.block;
            previous.clone_from(&block.digest);
        }
    }
    if let Some(noted) = noted.filter(|_| !is_noted_there) {
        found.faults.push(LogFault::CutOff { known: noted.block, found: last });
    }
    found.head = (found.blocks > 0).then_some(LogHead { block: last, digest: previous, next: None });
    let open = rows::count_open(tx).await?;
    found.open = u64::try_from(open.entries).unwrap_or(0);
    found.open_since = open.since.and_then(|since| Timestamp::from_microsecond(since).ok());
    Ok(found)
}
