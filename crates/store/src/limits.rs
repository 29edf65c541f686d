//! How long anything may wait for the database, and who goes before whom.
//!
//! A page has little patience: whoever waits for it would rather hear that the system is busy. An import may wait.
//! Which of them a transaction belongs to is not handed through every function: it is a property of the work
//! that is going on ([`with_priority`]), which pages state once, where requests come in. Everything else is
//! [`Priority::Work`].

use std::{
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::task_local;

/// How patient whoever waits is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Signing in, and saying whether the server is well: as a page, with connections of their own.
    Entry,
    /// A person waits for a page.
    Page,
    /// Tasks, imports, commands.
    Work,
}

task_local! {
    static PRIORITY: Priority;
}

/// Does work whose transactions have a patience of their own.
pub async fn with_priority<F: Future>(priority: Priority, work: F) -> F::Output {
    PRIORITY.scope(priority, work).await
}

/// The patience of the work that is going on.
pub(crate) fn priority() -> Priority {
    PRIORITY.try_with(|priority| *priority).unwrap_or(Priority::Work)
}

/// How long one sort of work may take at each place where it can be held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitLimits {
    /// Until a connection is free, or made.
    pub connection: Duration,
    /// Until a lock is free that others hold.
    pub lock: Duration,
    /// Until SQLite's only writer is free: an import of this server is longer about it than anybody who holds a lock.
    pub turn: Duration,
    /// Until one statement has been carried out.
    pub statement: Duration,
    /// Until the next statement of a transaction comes. A server that has been cut off holds its locks no longer.
    pub idle: Duration,
}

/// How much of the database a program may take, and how long it waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DbLimits {
    /// Connections to PostgreSQL.
    pub connections: u32,
    /// Further ones for signing in and for monitoring, whatever all others wait for.
    pub reserved: u32,
    /// For pages, and for signing in.
    pub pages: WaitLimits,
    /// For everything else.
    pub work: WaitLimits,
}

impl DbLimits {
    /// Limits with these times for pages and for work: until a connection, a lock, the end of a statement.
    #[must_use]
    pub fn with_times(self, pages: [Duration; 3], work: [Duration; 3]) -> Self {
        let limits = |[connection, lock, statement]: [Duration; 3], idle| WaitLimits {
            connection,
            lock,
            turn: lock * 4,
            statement,
            idle,
        };
        Self {
            pages: limits(pages, Duration::from_mins(1)),
            work: limits(work, Duration::from_mins(15)),
            ..self
        }
    }

    /// Of how many connections pages that write may take at once: reading goes on while they wait for each other.
    pub(crate) fn writers(&self) -> usize {
        usize::try_from(self.connections.saturating_sub((self.connections / 4).max(1)).max(1)).unwrap_or(1)
    }
}

impl Default for DbLimits {
    fn default() -> Self {
        let seconds = |numbers: [u64; 3]| numbers.map(Duration::from_secs);
        let none = Duration::ZERO;
        let unset = WaitLimits { connection: none, lock: none, turn: none, statement: none, idle: none };
        let limits = Self { connections: 16, reserved: 4, pages: unset, work: unset };
        limits.with_times(seconds([3, 5, 10]), seconds([60, 60, 600]))
    }
}

/// Limits that can be changed while the program runs; the numbers of connections stay.
#[derive(Debug, Clone, Default)]
pub struct SharedLimits(Arc<RwLock<DbLimits>>);

impl SharedLimits {
    pub(crate) fn new(limits: DbLimits) -> Self {
        Self(Arc::new(RwLock::new(limits)))
    }

    pub(crate) fn set(&self, limits: DbLimits) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    pub(crate) fn get(&self) -> DbLimits {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What holds for the work that is going on.
    pub(crate) fn of_current_work(&self) -> WaitLimits {
        let limits = self.get();
        match priority() {
            Priority::Entry | Priority::Page => limits.pages,
            Priority::Work => limits.work,
        }
    }
}
