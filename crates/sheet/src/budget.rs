//! How much memory and time a file may take on its way in, and the way to stop it.
//!
//! Who reads a file gives a [`Budget`] along with the other limits. The readers count what they
//! keep and look every now and then whether they may go on; what is done with the table later
//! counts on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::fault::TableFault;

/// What one file may take. Clones share what is left and are stopped together.
#[derive(Debug, Clone)]
pub struct Budget(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    max_memory: usize,
    taken: AtomicUsize,
    began: Instant,
    /// Milliseconds after `began` at which the time is over, and the seconds that were given.
    ends: AtomicU64,
    seconds: AtomicU64,
    is_stopped: AtomicBool,
}

impl Budget {
    /// No limit, and nobody who stops: for files that are known, and for tests.
    pub const UNLIMITED: Self = Self(None);

    /// So many bytes and so much time from now on.
    pub fn new(max_memory: usize, time: Duration) -> Self {
        let budget = Self(Some(Arc::new(Shared {
            max_memory,
            taken: AtomicUsize::new(0),
            began: Instant::now(),
            ends: AtomicU64::new(0),
            seconds: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
        })));
        budget.restart(time);
        budget
    }

    /// Gives so much time from now on, whatever was given before.
    pub fn restart(&self, time: Duration) {
        let Some(shared) = &self.0 else { return };
        let ends = shared.began.elapsed() + time;
        shared.ends.store(u64::try_from(ends.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        shared.seconds.store(time.as_secs(), Ordering::Relaxed);
    }

    /// Stops whoever works within this budget.
    pub fn stop(&self) {
        if let Some(shared) = &self.0 {
            shared.is_stopped.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the work may go on.
    ///
    /// # Errors
    /// [`TableFault::Stopped`] and [`TableFault::TookTooLong`].
    pub fn check(&self) -> Result<(), TableFault> {
        let Some(shared) = &self.0 else { return Ok(()) };
        if shared.is_stopped.load(Ordering::Relaxed) {
            return Err(TableFault::Stopped);
        }
        if shared.began.elapsed() >= Duration::from_millis(shared.ends.load(Ordering::Relaxed)) {
            return Err(TableFault::TookTooLong { seconds: shared.seconds.load(Ordering::Relaxed) });
        }
        Ok(())
    }

    /// Counts memory that is going to be kept.
    ///
    /// # Errors
    /// [`TableFault::TooMuchMemory`].
    pub fn take(&self, bytes: usize) -> Result<(), TableFault> {
        let Some(shared) = &self.0 else { return Ok(()) };
        let taken = shared.taken.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if taken > shared.max_memory {
            return Err(TableFault::TooMuchMemory { max: shared.max_memory });
        }
        Ok(())
    }

    /// Counts memory that is free again.
    pub fn give_back(&self, bytes: usize) {
        if let Some(shared) = &self.0 {
            let less = |taken: usize| Some(taken.saturating_sub(bytes));
            // The closure always gives a number.
            let _ = shared.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
    }

    /// How many bytes are counted at the moment.
    pub fn taken(&self) -> usize {
        self.0.as_ref().map_or(0, |shared| shared.taken.load(Ordering::Relaxed))
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::UNLIMITED
    }
}

/// Counts against a budget in pieces, so that a cell costs an addition and not an atomic one.
pub(crate) struct Account {
    budget: Budget,
    owed: usize,
    steps: u32,
}

/// Bytes that may be kept before they are counted.
const OWED: usize = 64 << 10;
/// Steps after which the budget is asked whether the work may go on.
const STEPS: u32 = 4_096;

impl Account {
    pub(crate) fn new(budget: &Budget) -> Self {
        Self { budget: budget.clone(), owed: 0, steps: 0 }
    }

    /// One more step, which keeps so many bytes.
    pub(crate) fn count(&mut self, bytes: usize) -> Result<(), TableFault> {
        self.owed += bytes;
        self.steps += 1;
        if self.owed >= OWED {
            self.budget.take(std::mem::take(&mut self.owed))?;
        }
        if self.steps >= STEPS {
            self.steps = 0;
            self.budget.check()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_and_given_back() {
        let budget = Budget::new(100, Duration::from_mins(1));
        assert_eq!(budget.clone().take(60), Ok(()));
        assert_eq!(budget.take(41), Err(TableFault::TooMuchMemory { max: 100 }));
        budget.give_back(1_000);
        assert_eq!((budget.take(100), budget.taken()), (Ok(()), 100));
        assert_eq!(Budget::UNLIMITED.take(usize::MAX), Ok(()));
    }

    #[test]
    fn time_ends_and_can_be_given_anew() {
        let budget = Budget::new(1, Duration::ZERO);
        assert_eq!(budget.check(), Err(TableFault::TookTooLong { seconds: 0 }));
        budget.restart(Duration::from_mins(1));
        assert_eq!(budget.check(), Ok(()));
        budget.clone().stop();
        assert_eq!(budget.check(), Err(TableFault::Stopped));
    }
}
