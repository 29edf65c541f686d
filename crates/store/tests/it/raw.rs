//! An empty database of each engine, and plain SQL on it: for what lies below the contract of storage.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use store::Engine;
use tempfile::TempDir;

/// A database that holds nothing yet.
pub(crate) struct Empty {
    /// Its engine.
    pub(crate) engine: Engine,
    /// Its URL.
    pub(crate) url: String,
    /// The server, and the name of the database on it.
    server: Option<(String, String)>,
    _dir: Option<TempDir>,
}

/// An empty SQLite database.
pub(crate) fn empty_sqlite() -> Empty {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("test.db").display());
    Empty { engine: Engine::Sqlite, url, server: None, _dir: Some(dir) }
}

/// An empty database of every engine; PostgreSQL may be left out as in all tests.
pub(crate) async fn empty_databases() -> Vec<Empty> {
    let mut all = vec![empty_sqlite()];
    if let Some(test) = testkit::postgres().await {
        let name = format!("jiangong_{}_{}", std::process::id(), test.region);
        let mut server = PgConnection::connect(&test.url).await.unwrap();
        server.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let (address, options) = test.url.split_once('?').unwrap_or((&test.url, ""));
        let address = address.rsplit_once('/').unwrap().0;
        let url = format!("{address}/{name}?{options}");
        all.push(Empty { engine: Engine::Postgres, url, server: Some((test.url, name)), _dir: None });
    }
    all
}

impl Empty {
    /// A connection beside storage.
    pub(crate) async fn connect(&self) -> Raw {
        match self.engine {
            Engine::Sqlite => {
                let options: sqlx::sqlite::SqliteConnectOptions = self.url.parse().unwrap();
                let options = options.create_if_missing(true);
                Raw::Sqlite(SqliteConnection::connect_with(&options).await.unwrap())
            }
            Engine::Postgres => Raw::Postgres(PgConnection::connect(&self.url).await.unwrap()),
        }
    }

    /// Removes the database from its server.
    pub(crate) async fn remove(self) {
        if let Some((server, name)) = &self.server {
            let mut server = PgConnection::connect(server).await.unwrap();
            server.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
        }
    }
}

/// A connection of either engine.
pub(crate) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    /// Runs one statement.
    pub(crate) async fn execute(&mut self, text: &str) {
        let safe = AssertSqlSafe(text.to_owned());
        let done = match self {
            Self::Sqlite(c) => c.execute(safe).await.map(drop),
            Self::Postgres(c) => c.execute(safe).await.map(drop),
        };
        done.unwrap_or_else(|error| panic!("{error}: {text}"));
    }

    /// The only column of a query, a text.
    pub(crate) async fn lines(&mut self, text: &str) -> Vec<String> {
        let safe = AssertSqlSafe(text.to_owned());
        let found = match self {
            Self::Sqlite(c) => sqlx::query_scalar(safe).fetch_all(c).await,
            Self::Postgres(c) => sqlx::query_scalar(safe).fetch_all(c).await,
        };
        found.unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}
