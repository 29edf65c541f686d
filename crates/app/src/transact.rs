//! Transactions of use cases: the only way from a use case to storage.
//!
//! [`transact!`] begins a transaction, runs a block in it and commits; what
//! another transaction has only got in the way of is done again from the
//! start, after a pause. It is a macro because the futures of an
//! `AsyncFnMut(&mut Tx)` cannot be shown to be `Send` for every lifetime, and
//! handlers need futures that are.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use model::ids::RegionId;
use store::Tx;

use crate::{App, Error, Result, Thing};

/// How often a transaction is tried before the person is asked to try again later.
const ATTEMPTS: u32 = 5;
/// The same, of one that a unique key has refused: what is always there was not entered just now.
const DUPLICATE_ATTEMPTS: u32 = 3;
/// The pause before the second attempt; each later one is twice as long.
const PAUSE: Duration = Duration::from_millis(20);

impl App {
    /// Begins a transaction for reading, at one moment. It ends when it is dropped.
    pub(crate) async fn read(&self, region: RegionId) -> Result<Tx> {
        Ok(self.db.read(region).await?)
    }

    /// Begins a transaction that reads through much of the region and keeps
    /// nothing of it in memory. It ends when it is dropped.
    pub(crate) async fn walk(&self, region: RegionId) -> Result<Tx> {
        Ok(self.db.walk(region).await?)
    }

    /// Begins a transaction for writing, for use by [`transact!`] and by what
    /// commits in parts; dropped without a commit it changes nothing.
    pub(crate) async fn write(&self, region: RegionId) -> Result<Tx> {
        Ok(self.db.write(region).await?)
    }

    /// Remembers that a transaction found the disk of the database full: whether it still is, only a larger write
    /// tells (`crate::tasks::health`).
    pub(crate) fn note_full_disk<T>(&self, outcome: &Result<T>) {
        if matches!(outcome, Err(Error::DiskFull(_))) {
            self.has_met_full_disk.store(true, Ordering::Relaxed);
        }
    }
}

/// The attempts at one transaction.
#[derive(Debug)]
pub(crate) struct Attempts {
    failed: u32,
    begun: Instant,
    /// How long whoever waits for it has patience.
    within: Duration,
    looks_again: bool,
}

impl Attempts {
    pub(crate) fn new(within: Duration) -> Self {
        Self { failed: 0, begun: Instant::now(), within, looks_again: false }
    }

    /// Of work that looks at the stored records anew each time, and decides by what it finds: that somebody has changed
    /// one in between is no conflict.
    pub(crate) fn that_look_again(within: Duration) -> Self {
        Self { looks_again: true, ..Self::new(within) }
    }

    /// Ends an attempt: commits when the work has succeeded. `None` asks for another attempt.
    pub(crate) async fn finish<T>(&mut self, tx: Tx, outcome: Result<T>) -> Option<Result<T>> {
        let outcome = match outcome {
            Ok(value) => tx.commit().await.map(|()| value).map_err(Error::from),
            Err(error) => {
                // Undone before the pause: others may be waiting for its locks.
                let undone = tx.rollback().await;
                undone.map_err(Error::from).and(Err(error))
            }
        };
        self.next_attempt(outcome).await
    }

    /// Whether another transaction was in the way: it has passed, or it has just stored what this one was about
    /// to store, which the next attempt finds when it looks.
    fn is_worth_another(&self, error: &Error) -> bool {
        let most = if error.is_duplicate() { DUPLICATE_ATTEMPTS } else { ATTEMPTS };
        let is_changed = self.looks_again && matches!(error, Error::Stale { what: Thing::Record });
        (error.is_transient() || error.is_duplicate() || is_changed)
            && self.failed + 1 < most
            && self.begun.elapsed() < self.within
    }

    /// Waits when `outcome` is worth another attempt.
    pub(crate) async fn next_attempt<T>(&mut self, outcome: Result<T>) -> Option<Result<T>> {
        match outcome {
            Err(error) if self.is_worth_another(&error) => {
                let pause = PAUSE * 2_u32.pow(self.failed) + PAUSE.mul_f64(rand::random());
                self.failed += 1;
                tracing::debug!(attempt = self.failed, "a transaction is tried again: {error:?}");
                tokio::time::sleep(pause).await;
                None
            }
            other => Some(other),
        }
    }
}

/// Tells the compiler what the block of [`transact!`] returns.
pub(crate) fn attempt<T, F: Future<Output = Result<T>>>(work: F) -> F {
    work
}

/// Runs a block in a transaction for writing and commits when it returns `Ok`:
/// `transact!(app, ctx.region, |tx| { …; Ok(value) })`. `tx` is a `&mut Tx`; `return` and
/// `?` leave the block. The block may run several times.
macro_rules! transact {
    ($app:expr, $region:expr, |$tx:ident| $work:block) => {{
        let mut attempts = $crate::transact::Attempts::new($app.db.retry_within());
        loop {
            let mut transaction = match $app.write($region).await {
                Ok(transaction) => transaction,
                Err(error) => match attempts.next_attempt(Err(error)).await {
                    Some(outcome) => break outcome,
                    None => continue,
                },
            };
            let outcome = {
                let $tx = &mut transaction;
                $crate::transact::attempt(async { $work }).await
            };
            if let Some(outcome) = attempts.finish(transaction, outcome).await {
                $app.note_full_disk(&outcome);
                break outcome;
            }
        }
    }};
}
pub(crate) use transact;
