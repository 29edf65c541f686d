//! Reading what strangers hand in: each file within limits of memory and time, as many at once
//! as the machine bears, in threads that end when nobody waits for them any more.

use std::{
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    thread::available_parallelism,
    time::Duration,
};

use sheet::{budget::Budget, fault::TableFault, workbook::Limits};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Error, Result};

/// How much the files that are handed in may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadingLimits {
    /// Bytes that one file may take in memory, with the records made of it.
    pub memory: usize,
    /// How long reading and checking one file may take. Storing it may take ten times as long.
    pub time: Duration,
    /// Files that are read at once; others wait.
    pub at_once: usize,
}

impl Default for ReadingLimits {
    fn default() -> Self {
        // More readers than processors would only be slower together, and take more memory.
        let at_once = available_parallelism().map_or(1, usize::from).clamp(1, 4);
        Self { memory: 350 << 20, time: Duration::from_mins(1), at_once }
    }
}

/// How often somebody who stores rows asks whether he may go on.
const ASKED_EVERY: Duration = Duration::from_millis(100);

/// Whoever reads files in this process.
#[derive(Debug)]
pub(crate) struct Readers(RwLock<Places>);

/// The limits in force, and so many places.
#[derive(Debug, Clone)]
struct Places {
    limits: ReadingLimits,
    free: Arc<Semaphore>,
}

impl Default for Readers {
    fn default() -> Self {
        Self::new(ReadingLimits::default())
    }
}

impl Readers {
    pub(crate) fn new(limits: ReadingLimits) -> Self {
        Self(RwLock::new(Places::new(limits)))
    }

    /// Puts other limits in force. Files that are being read keep theirs, and their places beside the new ones.
    pub(crate) fn set_limits(&self, limits: ReadingLimits) {
        let mut places = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if places.limits != limits {
            *places = Places::new(limits);
        }
    }

    fn places(&self) -> Places {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What one file may take. Who holds it can stop whoever reads the file.
    pub(crate) fn budget(&self) -> Budget {
        let limits = self.places().limits;
        Budget::new(limits.memory, limits.time)
    }

    /// Waits for a place and begins to read a file within a budget.
    pub(crate) async fn begin(&self, budget: Budget) -> Result<Reading> {
        let Places { limits, free } = self.places();
        let place = free.acquire_owned().await.map_err(Error::internal)?;
        Ok(Reading { budget, place: Arc::new(place), limits })
    }
}

impl Places {
    fn new(limits: ReadingLimits) -> Self {
        Self { limits, free: Arc::new(Semaphore::new(limits.at_once.max(1))) }
    }
}

/// A file being read. When it is dropped, because the work is done or because nobody waits for
/// it any more, whatever still works on the file is stopped.
pub(crate) struct Reading {
    budget: Budget,
    place: Arc<OwnedSemaphorePermit>,
    limits: ReadingLimits,
}

impl Reading {
    /// Works on the file in a thread of its own.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Limits) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.budget.check()?;
        self.budget.restart(self.limits.time);
        let limits = Limits { budget: self.budget.clone(), ..Limits::default() };
        // The place is free only when the thread has ended, whoever waits for it.
        let place = self.place.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&limits)
        });
        done.await.map_err(Error::internal)?
    }

    /// Stores what was read. When the time is over or somebody stops it, the work is dropped
    /// where it stands, and its transaction with it.
    pub(crate) async fn store<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.budget.restart(self.limits.time * 10);
        tokio::select! {
            outcome = work => outcome,
            fault = self.ended() => Err(fault.into()),
        }
    }

    async fn ended(&self) -> TableFault {
        loop {
            if let Err(fault) = self.budget.check() {
                return fault;
            }
            tokio::time::sleep(ASKED_EVERY).await;
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.budget.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn endless(limits: &Limits) -> Result<()> {
        loop {
            limits.budget.check()?;
            std::thread::yield_now();
        }
    }

    fn readers(time: Duration) -> Readers {
        Readers::new(ReadingLimits { memory: 1 << 20, time, at_once: 1 })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_thread_ends_when_nobody_waits_for_it() {
        let readers = readers(Duration::from_hours(1));
        let reading = readers.begin(readers.budget()).await.unwrap();
        let waited =
            tokio::time::timeout(Duration::from_millis(50), async move { reading.run(endless).await });
        assert!(waited.await.is_err(), "it ends by itself");
        // The only place is free again as soon as the thread has ended.
        let next = tokio::time::timeout(Duration::from_secs(20), readers.begin(readers.budget()));
        assert!(next.await.is_ok(), "the thread goes on");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_time_of_a_file_is_bounded() {
        let readers = readers(Duration::from_millis(50));
        let reading = readers.begin(readers.budget()).await.unwrap();
        let begin = Instant::now();
        let fault = reading.run(endless).await.unwrap_err();
        assert!(matches!(&fault, Error::File(fault) if fault.name() == "took_too_long"), "{fault}");
        let fault = reading.store(std::future::pending::<Result<()>>()).await.unwrap_err();
        assert!(matches!(&fault, Error::File(fault) if fault.name() == "took_too_long"), "{fault}");
        assert!(begin.elapsed() < Duration::from_secs(20));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_more_files_are_read_at_once_than_the_machine_bears() {
        let readers = readers(Duration::from_hours(1));
        let first = readers.begin(readers.budget()).await.unwrap();
        let second = tokio::time::timeout(Duration::from_millis(50), readers.begin(readers.budget()));
        assert!(second.await.is_err());
        drop(first);
        assert!(readers.begin(readers.budget()).await.is_ok());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_holds_the_budget_stops_the_work() {
        let readers = readers(Duration::from_hours(1));
        let budget = readers.budget();
        let reading = readers.begin(budget.clone()).await.unwrap();
        let (outcome, ()) = tokio::join!(reading.run(endless), async { budget.stop() });
        let fault = outcome.unwrap_err();
        assert!(matches!(&fault, Error::File(fault) if fault.name() == "stopped"), "{fault}");
    }
}
