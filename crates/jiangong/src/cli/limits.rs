//! Limits that an operator can set: how long anything waits, and how full a disk may be.

use std::time::Duration;

use app::{DbLimits, DiskLimits};
use clap::Args;

/// Limits of every command. All but the numbers of connections can be changed while a server runs (SIGHUP).
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Connections to PostgreSQL of one program.
    #[arg(long, global = true, env = "JIANGONG_DB_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub(crate) db_connections: u32,
    /// Further connections for signing in and for monitoring, so that these work when all others wait.
    #[arg(long, global = true, env = "JIANGONG_DB_RESERVED", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) db_reserved: u32,
    /// Seconds that a page waits for a connection to the database.
    #[arg(long, global = true, env = "JIANGONG_PAGE_WAIT_SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) page_wait_seconds: u64,
    /// Seconds that a page waits for a lock that others hold; on SQLite four times as many for its turn to write.
    #[arg(long, global = true, env = "JIANGONG_PAGE_LOCK_SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) page_lock_seconds: u64,
    /// Seconds that one statement of a page may take.
    #[arg(long, global = true, env = "JIANGONG_PAGE_STATEMENT_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) page_statement_seconds: u64,
    /// Seconds that imports, tasks and commands wait for a connection.
    #[arg(long, global = true, env = "JIANGONG_WORK_WAIT_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) work_wait_seconds: u64,
    /// Seconds that they wait for a lock; on SQLite four times as many for their turn to write.
    #[arg(long, global = true, env = "JIANGONG_WORK_LOCK_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) work_lock_seconds: u64,
    /// Seconds that one of their statements may take.
    #[arg(long, global = true, env = "JIANGONG_WORK_STATEMENT_SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) work_statement_seconds: u64,
    /// Free megabytes of a disk below which the office is warned; on a small disk a fifth of it.
    #[arg(long, global = true, env = "JIANGONG_DISK_WARN_MB", default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(..=100_000_000))]
    pub(crate) disk_warn_mb: u64,
    /// The part of a disk, in hundredths, below which it is warned too.
    #[arg(long, global = true, env = "JIANGONG_DISK_WARN_PERCENT", default_value_t = 5, value_parser = clap::value_parser!(u64).range(..=90))]
    pub(crate) disk_warn_percent: u64,
    /// Megabytes that are kept free for what people type: imports, attachments and exports that would go below are
    /// refused; on a small disk a twentieth of it.
    #[arg(long, global = true, env = "JIANGONG_DISK_RESERVE_MB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(..=100_000_000))]
    pub(crate) disk_reserve_mb: u64,
    /// Seconds that requests and background work may take to end when a server is told to; then it ends anyway.
    #[arg(long, global = true, env = "JIANGONG_DRAIN_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(..=3_600))]
    pub(crate) drain_seconds: u64,
    /// Seconds after which a job is taken over whose server has become silent; the same for all servers of a database.
    #[arg(long, global = true, env = "JIANGONG_LEASE_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(4..=3_600))]
    pub(crate) lease_seconds: u64,
}

impl Limits {
    /// How long anybody waits for the database.
    pub(crate) fn db(&self) -> DbLimits {
        let seconds = |numbers: [u64; 3]| numbers.map(Duration::from_secs);
        let limits =
            DbLimits { connections: self.db_connections, reserved: self.db_reserved, ..DbLimits::default() };
        limits.with_times(
            seconds([self.page_wait_seconds, self.page_lock_seconds, self.page_statement_seconds]),
            seconds([self.work_wait_seconds, self.work_lock_seconds, self.work_statement_seconds]),
        )
    }

    /// How full disks may be.
    pub(crate) fn disk(&self) -> DiskLimits {
        DiskLimits {
            warn: self.disk_warn_mb << 20,
            warn_percent: self.disk_warn_percent,
            reserve: self.disk_reserve_mb << 20,
        }
    }

    /// How long a server may be silent about a job.
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }

    /// How long what runs may take to end.
    pub(crate) fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }
}
