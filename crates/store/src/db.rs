//! Connections and transactions on either engine.

use std::{collections::BTreeMap, io, time::Duration};

use boxed_async::boxed_async;
use jiff::Timestamp;
use model::ids::{RecordId, RegionId};
use sqlx::{
    Connection as _, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Error, Result, changes, migrate};

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
    },
    /// One pool for both.
    Postgres(PgPool),
}

/// A transaction in one region. Dropping it undoes everything; [`Tx::commit`] is the last line of a command.
pub struct Tx {
    /// The region every statement is bound to.
    pub region: RegionId,
    pub(crate) inner: Inner,
    /// Records that it has changed, by form: told to the indexes when it commits.
    pub(crate) changed: BTreeMap<String, Vec<RecordId>>,
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
        let db = if let Some(path) = url.strip_prefix("sqlite:") {
            Self::open_sqlite(path).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Self::open_postgres(url).await?
        } else {
            return Err(Error::UnknownEngine { found: without_password(url) });
        };
        migrate::run(&db).await?;
        Ok(db)
    }

    /// Opens without looking at the schema.
    pub(crate) async fn open_sqlite(path: &str) -> Result<Self> {
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
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // After a full disk SQLite has ended the transaction by itself, and the connection believes to be in
            // one for ever: it is replaced.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_mins(5))
            // What the writer looks at is not looked at again soon: an import would map the whole file.
            .connect_with(options.clone().pragma("mmap_size", "0").pragma("cache_size", "-24576"))
            .await?;
        let walker = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_lazy_with(options.clone().pragma("mmap_size", "0").pragma("cache_size", "-8192"));
        let reader = SqlitePoolOptions::new()
            .max_connections(8)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await?;
        Ok(Self::Sqlite { writer, reader, walker })
    }

    async fn open_postgres(url: &str) -> Result<Self> {
        let options: PgConnectOptions = url.parse().map_err(Error::Sql)?;
        let pool = PgPoolOptions::new().max_connections(16).connect_with(options).await?;
        Ok(Self::Postgres(pool))
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
        let inner = match self {
            Self::Sqlite { reader, .. } => Inner::Sqlite(reader.begin().await?),
            Self::Postgres(pool) => {
                Inner::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        };
        Ok(Tx::new(region, inner))
    }

    /// Begins a transaction that reads through much of a region. As [`Db::read`],
    /// but what it goes through does not stay in memory.
    #[boxed_async]
    pub async fn walk(&self, region: RegionId) -> Result<Tx> {
        let Self::Sqlite { walker, .. } = self else { return self.read(region).await };
        Ok(Tx::new(region, Inner::Sqlite(walker.begin().await?)))
    }

    /// Begins a transaction for writing. On SQLite it takes the write lock at
    /// once: a transaction that reads first and writes later would fail under contention.
    #[boxed_async]
    pub async fn write(&self, region: RegionId) -> Result<Tx> {
        let inner = match self {
            Self::Sqlite { writer, .. } => Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        };
        Ok(Tx::new(region, inner))
    }

    /// Closes all connections.
    #[boxed_async]
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader, walker } => {
                walker.close().await;
                reader.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    fn new(region: RegionId, inner: Inner) -> Self {
        Self { region, inner, changed: BTreeMap::new() }
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
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => tx.commit().await,
        }
        .map_err(Error::of_commit)
    }

    /// Undoes everything done in it.
    #[boxed_async]
    pub async fn rollback(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
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
