//! Connections and transactions on either engine.

mod timeouts;

use std::{
    collections::BTreeMap,
    io,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::{RecordId, RegionId};
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgPool, Postgres, SqlSafeStr as _, Sqlite, SqlitePool,
    Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};

pub(crate) use self::timeouts::answered;
use self::timeouts::{ANSWER_WITHIN, LONGEST, await_postgres, connect_within, postgres_begin, timed_out};
use crate::{
    DbLimits, Error, Priority, Result,
    audit::{self, AuditGrowth},
    changes,
    limits::{SharedLimits, WaitLimits, priority},
    migrate,
    short_names::{KnownNames, TxNames},
};

/// Which engine a database runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one writer.
    Sqlite,
    /// PostgreSQL or an engine that speaks its protocol.
    Postgres,
}

/// A database: pools of connections.
#[derive(Debug, Clone)]
pub enum Db {
    /// One writing connection, so that writers queue instead of failing, and readers beside it.
    Sqlite {
        /// The writer.
        writer: SqlitePool,
        /// Readers.
        reader: SqlitePool,
        /// Readers that go through much and look at nothing twice.
        walker: SqlitePool,
        /// Readers for signing in and for monitoring.
        reserved: SqlitePool,
        /// For how long the writer waits for other programs, milliseconds; 0 when it has not been told yet.
        waits: Arc<AtomicU64>,
        /// How long anybody waits.
        limits: SharedLimits,
        /// Short names, by region.
        names: KnownNames,
    },
    /// One pool for both.
    Postgres(PgPools),
}

/// Connections to PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgPools {
    pool: PgPool,
    /// For signing in and for monitoring.
    reserved: PgPool,
    /// Pages that write, at a time.
    writers: Arc<Semaphore>,
    limits: SharedLimits,
    names: KnownNames,
}

impl Deref for PgPools {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        &self.pool
    }
}

/// A transaction in one region. Dropping it undoes everything; [`Tx::commit`] is the last line of a command.
pub struct Tx {
    /// The region every statement is bound to.
    pub region: RegionId,
    pub(crate) inner: Inner,
    /// What its entries add to the total of the audit.
    pub(crate) audited: AuditGrowth,
    /// Records that it has changed, by form: told to the indexes when it commits.
    pub(crate) changed: BTreeMap<String, Vec<RecordId>>,
    /// The short names that it reads and writes with.
    pub(crate) names: TxNames,
    /// How long a statement may take to come back; `None` where the engine is in this process.
    longest: Option<Duration>,
    /// The turn of a page that writes.
    _turn: Option<OwnedSemaphorePermit>,
}

pub(crate) enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Expands one body for each engine; `$c` is that engine's own connection. For
/// [`crate::query`] and the migrations, which run before there is anything to query.
macro_rules! on {
    ($tx:expr, |$c:ident| $body:expr) => {
        match &mut $tx.inner {
            $crate::db::Inner::Sqlite(tx) => {
                let $c = &mut **tx;
                $body
            }
            $crate::db::Inner::Postgres(tx) => {
                let $c = &mut **tx;
                $body
            }
        }
    };
}
pub(crate) use on;

impl Db {
    /// Opens `url` (`sqlite:PATH` or `postgres://…`) and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::UnknownEngine`], [`Error::TooNew`], or what the engine says.
    #[boxed_async]
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_within(url, DbLimits::default()).await
    }

    /// The same within limits of the caller's.
    #[boxed_async]
    pub async fn open_within(url: &str, limits: DbLimits) -> Result<Self> {
        let limits = SharedLimits::new(limits);
        let db = if let Some(path) = url.strip_prefix("sqlite:") {
            Self::open_sqlite(path, limits).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::open_postgres(url, limits).await?
        } else {
            return Err(Error::UnknownEngine { found: without_password(url) });
        };
        migrate::run(&db).await?;
        Ok(db)
    }

    /// Opens without looking at the schema.
    pub(crate) async fn open_sqlite(path: &str, limits: SharedLimits) -> Result<Self> {
        let path = path.trim_start_matches("//");
        make_private(path).map_err(Error::File)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL: an acknowledged write survives a power cut, not only a crash.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_mins(1))
            .statement_cache_capacity(300)
            .row_buffer_size(1024)
            .pragma("temp_store", "MEMORY")
            .pragma("mmap_size", "1099511627776")
            .pragma("cache_size", "-65536")
            .pragma("wal_autocheckpoint", "4000");
        // The engine is in this process: there is no line that may have been cut, and a ping costs as much as a query.
        let pool = |most: u32| SqlitePoolOptions::new().max_connections(most).test_before_acquire(false);
        let waits = Arc::new(AtomicU64::new(0));
        let connected = waits.clone();
        let writer = pool(1)
            .after_connect(move |_, _| {
                connected.store(0, Ordering::Relaxed);
                Box::pin(async { Ok(()) })
            })
            // After a full disk SQLite has ended the transaction by itself, and the connection believes to be in
            // one for ever: it is replaced.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(LONGEST)
            // What the writer looks at is not looked at again soon: an import would map the whole file.
            .connect_with(options.clone().pragma("mmap_size", "0").pragma("cache_size", "-24576"))
            .await?;
        let small = options.clone().pragma("mmap_size", "0").pragma("cache_size", "-8192");
        let walker = pool(4).acquire_timeout(LONGEST).connect_lazy_with(small.clone());
        let reserved = pool(limits.get().reserved.max(1)).connect_lazy_with(small);
        let reader = pool(8)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(LONGEST)
            .connect_with(options)
            .await?;
        Ok(Self::Sqlite { writer, reader, walker, reserved, waits, limits, names: KnownNames::default() })
    }

    async fn open_postgres(url: &str, limits: SharedLimits) -> Result<Self> {
        let options: PgConnectOptions = url.parse().map_err(Error::Sql)?;
        let DbLimits { connections, reserved, .. } = limits.get();
        let pool = |most: u32| {
            PgPoolOptions::new()
                .max_connections(most.max(1))
                .acquire_timeout(LONGEST)
                // Whoever gave up may have left it in the middle of an answer that never comes.
                .after_release(|connection, _| {
                    Box::pin(async move {
                        let answered = time::timeout(ANSWER_WITHIN, connection.ping()).await;
                        answered.map_err(|_| timed_out())??;
                        Ok(true)
                    })
                })
                .connect_lazy_with(options.clone())
        };
        await_postgres(&options).await?;
        Ok(Self::Postgres(PgPools {
            pool: pool(connections),
            reserved: pool(reserved),
            writers: Arc::new(Semaphore::new(limits.get().writers())),
            limits,
            names: KnownNames::default(),
        }))
    }

    fn limits(&self) -> &SharedLimits {
        let (Self::Sqlite { limits, .. } | Self::Postgres(PgPools { limits, .. })) = self;
        limits
    }

    /// Lets everybody wait for other times from now on. The numbers of connections stay as they are.
    pub fn set_limits(&self, limits: DbLimits) {
        self.limits().set(limits);
    }

    /// For how long the work that is going on may try again what others were in the way of.
    pub fn retry_within(&self) -> Duration {
        self.limits().of_current_work().lock
    }

    /// Which engine it runs on.
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction for reading: everything read in it is of one moment.
    #[boxed_async]
    pub async fn read(&self, region: RegionId) -> Result<Tx> {
        let limits = self.limits().of_current_work();
        let is_entry = priority() == Priority::Entry;
        let inner = match self {
            Self::Sqlite { reader, reserved, .. } => {
                let pool = if is_entry { reserved } else { reader };
                Inner::Sqlite(connect_within(limits.connection, pool.begin()).await?)
            }
            Self::Postgres(pools) => {
                let pool = if is_entry { &pools.reserved } else { &pools.pool };
                let begin = postgres_begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Some(&limits));
                Inner::Postgres(connect_within(limits.connection, pool.begin_with(begin)).await?)
            }
        };
        Ok(self.begun(region, inner, limits, None))
    }

    /// Begins a transaction that reads through much of a region. As [`Db::read`],
    /// but what it goes through does not stay in memory.
    #[boxed_async]
    pub async fn walk(&self, region: RegionId) -> Result<Tx> {
        let limits = self.limits().get().work;
        let inner = match self {
            Self::Sqlite { walker, .. } => {
                Inner::Sqlite(connect_within(limits.connection, walker.begin()).await?)
            }
            Self::Postgres(pools) => {
                let begin = postgres_begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Some(&limits));
                // Whoever waits for a page waits for the first connection no longer than for any other.
                let patience = self.limits().of_current_work().connection;
                Inner::Postgres(connect_within(patience, pools.pool.begin_with(begin)).await?)
            }
        };
        Ok(self.begun(region, inner, limits, None))
    }

    /// Begins a transaction for writing. On SQLite it takes the write lock at
    /// once: a transaction that reads first and writes later would fail under contention.
    #[boxed_async]
    pub async fn write(&self, region: RegionId) -> Result<Tx> {
        let limits = self.limits().of_current_work();
        let (inner, turn) = match self {
            Self::Sqlite { writer, waits, .. } => {
                let mut connection = connect_within(limits.turn, writer.acquire()).await?;
                // Other programs may hold the lock.
                let patience = u64::try_from(limits.lock.as_millis()).unwrap_or(u64::MAX);
                if waits.load(Ordering::Relaxed) != patience {
                    let pragma = format!("PRAGMA busy_timeout = {patience}");
                    connection.execute(AssertSqlSafe(pragma)).await?;
                    waits.store(patience, Ordering::Relaxed);
                }
                let begin = "BEGIN IMMEDIATE".into_sql_str();
                (Inner::Sqlite(Transaction::begin(connection, Some(begin)).await?), None)
            }
            Self::Postgres(pools) => {
                let turn = match priority() {
                    Priority::Page => Some(connect_within(limits.connection, pools.turn()).await?),
                    _ => None,
                };
                let pool = if priority() == Priority::Entry { &pools.reserved } else { &pools.pool };
                let begin = postgres_begin("BEGIN", Some(&limits));
                (Inner::Postgres(connect_within(limits.connection, pool.begin_with(begin)).await?), turn)
            }
        };
        Ok(self.begun(region, inner, limits, turn))
    }

    /// Begins a transaction for writing that takes as long as it takes: the schema is brought up to date.
    pub(crate) async fn write_without_limits(&self) -> Result<Tx> {
        let inner = match self {
            Self::Sqlite { .. } => return self.write(RegionId(0)).await,
            Self::Postgres(pools) => {
                Inner::Postgres(pools.pool.begin_with(postgres_begin("BEGIN", None)).await?)
            }
        };
        Ok(Tx::new(RegionId(0), inner, TxNames::default(), None, None))
    }

    fn begun(
        &self,
        region: RegionId,
        inner: Inner,
        limits: WaitLimits,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Tx {
        // A little more than the engine gives it: where it can, the engine says so itself.
        let longest = (self.engine() == Engine::Postgres).then(|| limits.statement + ANSWER_WITHIN);
        let (Self::Sqlite { names, .. } | Self::Postgres(PgPools { names, .. })) = self;
        Tx::new(region, inner, TxNames::new(names.clone()), longest, turn)
    }

    /// Closes all connections.
    #[boxed_async]
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader, walker, reserved, .. } => {
                for readers in [walker, reader, reserved] {
                    readers.close().await;
                }
                // The last one puts what is in the log into the database itself.
                writer.close().await;
            }
            Self::Postgres(pools) => {
                pools.reserved.close().await;
                pools.pool.close().await;
            }
        }
    }
}

impl Tx {
    fn new(
        region: RegionId,
        inner: Inner,
        names: TxNames,
        longest: Option<Duration>,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Self {
        let (audited, changed) = (AuditGrowth::default(), BTreeMap::new());
        Self { region, inner, audited, changed, names, longest, _turn: turn }
    }

    /// Which engine it runs on.
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Makes everything done in it last. Which records it has changed is written with it ([`changes`]).
    ///
    /// # Errors
    /// [`Error::CommitUnknown`] when the connection was lost meanwhile, or what the engine refuses.
    #[boxed_async]
    pub async fn commit(mut self) -> Result<()> {
        changes::write(&mut self).await?;
        // Last of all: others wait for the row of the total from here on.
        audit::add_to_total(&mut self).await?;
        let committed = match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => answered(self.longest, tx.commit()).await,
        };
        committed.map_err(Error::of_commit)?;
        // From now on others may write with what it has added.
        self.names.share(self.region);
        Ok(())
    }

    /// Undoes everything done in it.
    #[boxed_async]
    pub async fn rollback(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => answered(self.longest, tx.rollback()).await?,
        }
        Ok(())
    }

    /// How long a statement may take to come back.
    pub(crate) fn longest(&self) -> Option<Duration> {
        self.longest
    }
}

impl PgPools {
    /// Waits for the turn of a page that writes.
    async fn turn(&self) -> sqlx::Result<OwnedSemaphorePermit> {
        self.writers.clone().acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)
    }
}

/// Lets nobody but this user read the files of a database: it holds digests of passwords and names. SQLite gives
/// those beside it the rights of the first.
fn make_private(path: &str) -> io::Result<()> {
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() || path == ":memory:" {
        return Ok(());
    }
    #[cfg(unix)]
    {
        use std::{
            fs::{self, OpenOptions, Permissions},
            os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
        };
        match OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other.map(drop),
        }
        for ending in ["", "-wal", "-shm", "-journal"] {
            let file = format!("{path}{ending}");
            let Ok(present) = fs::metadata(&file) else { continue };
            if present.permissions().mode() & 0o077 != 0
                && let Err(error) = fs::set_permissions(&file, Permissions::from_mode(PRIVATE))
            {
                tracing::warn!(file, "others may read a file of the database: {error}");
            }
        }
    }
    Ok(())
}

/// Rights of files that only this user may read.
#[cfg(unix)]
const PRIVATE: u32 = 0o600;

/// Microseconds since 1970, as times are stored.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A URL that can be shown: without its password.
pub fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(start), Some(end)) if start + 3 < end => {
            let user = url[start + 3..end].split(':').next().unwrap_or_default();
            format!("{}{user}:***{}", &url[..start + 3], &url[end..])
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(tx: &mut Tx, text: &'static str) -> Result<()> {
        let Inner::Sqlite(sqlite) = &mut tx.inner else { panic!("another engine") };
        sqlx::query(text).execute(&mut **sqlite).await?;
        Ok(())
    }

    /// A database that may not grow is a full disk.
    #[tokio::test]
    async fn after_a_full_disk_it_is_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", dir.path().join("full.db").display())).await.unwrap();
        let region = RegionId(1);
        let mut tx = db.write(region).await.unwrap();
        run(&mut tx, "CREATE TABLE filler (bytes BLOB)").await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.write(region).await.unwrap();
        run(&mut tx, "PRAGMA max_page_count = 1").await.unwrap();
        let full = run(&mut tx, "INSERT INTO filler VALUES (zeroblob(1000000))").await;
        assert!(matches!(full, Err(Error::DiskFull(_))), "{full:?}");
        drop(tx);
        let mut tx = db.write(region).await.unwrap();
        run(&mut tx, "INSERT INTO filler VALUES (zeroblob(1000000))").await.unwrap();
        tx.commit().await.unwrap();
    }
}
