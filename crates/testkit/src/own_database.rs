//! A PostgreSQL database that a test has to itself: for what depends on how much is in it.

use model::ids::RegionId;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use store::Db;

use crate::TestDb;

/// A PostgreSQL database of its own. [`OwnPostgres::remove`] takes it from the server.
pub struct OwnPostgres {
    server: String,
    name: String,
    url: String,
}

impl OwnPostgres {
    /// A new one on the server for tests; `None` when tests were asked to run on SQLite alone.
    ///
    /// # Panics
    /// When it cannot be made.
    #[expect(clippy::expect_used, reason = "a test that has no database cannot go on")]
    pub async fn new() -> Option<Self> {
        let test = crate::postgres().await?;
        let name = format!("jiangong_{}_{}", std::process::id(), test.region);
        let mut server = PgConnection::connect(&test.url).await.expect("a server");
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        server.execute(create).await.expect("a database");
        let (address, options) = test.url.split_once('?').unwrap_or((&test.url, ""));
        let address = address.rsplit_once('/').map_or(address, |(address, _)| address);
        let url = format!("{address}/{name}?{options}");
        Some(Self { server: test.url, name, url })
    }

    /// Opens it.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[expect(clippy::expect_used, reason = "a test that has no database cannot go on")]
    pub async fn open(&self) -> TestDb {
        let db = Db::open(&self.url).await.expect("a database");
        TestDb { db, region: RegionId(1), url: self.url.clone(), _dir: None }
    }

    /// Removes it from its server.
    ///
    /// # Panics
    /// When the server does not allow it.
    #[expect(clippy::expect_used, reason = "what a test leaves behind is seen")]
    pub async fn remove(self) {
        let mut server = PgConnection::connect(&self.server).await.expect("a server");
        let drop = AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name));
        server.execute(drop).await.expect("no database");
    }
}

/// Lets the engine count anew what is in a database, as it does by itself after a while.
///
/// # Panics
/// When it refuses.
#[expect(clippy::expect_used, reason = "a test that has no statistics cannot go on")]
pub async fn analyze(test: &TestDb) {
    match &test.db {
        Db::Sqlite { writer, .. } => writer.execute("ANALYZE").await.map(drop),
        Db::Postgres(pool) => pool.execute("ANALYZE").await.map(drop),
    }
    .expect("statistics");
}
