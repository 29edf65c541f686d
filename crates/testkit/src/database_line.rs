//! A line to PostgreSQL that can be cut, or made to swallow what is sent over it.

use app::DbLimits;
use store::Db;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use crate::TestDb;

/// What becomes of what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Stalled,
    Cut,
}

/// A line to the PostgreSQL of a test.
pub struct DatabaseLine {
    state: watch::Sender<State>,
}

impl DatabaseLine {
    /// The same database, over a line of its own and within limits; `None` for SQLite.
    ///
    /// # Panics
    /// When the database cannot be opened.
    #[expect(clippy::expect_used, reason = "a test that has no database cannot go on")]
    pub async fn connect(test: &TestDb, limits: DbLimits) -> Option<(TestDb, Self)> {
        let (start, rest) = test.url.split_once('@')?;
        let (server, end) = rest.split_once('/')?;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (state, line) = watch::channel(State::Open);
        tokio::spawn(listen(listener, server.to_owned(), line));
        let url = format!("{start}@{address}/{end}");
        let db = Db::open_within(&url, limits).await.expect("a database");
        Some((TestDb { db, region: test.region, url, _dir: None }, Self { state }))
    }

    /// Closes every connection, and takes none any more.
    pub fn break_off(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Lets nothing through, and closes nothing.
    pub fn stall(&self) {
        self.state.send_replace(State::Stalled);
    }

    /// Lets everything through again.
    pub fn mend(&self) {
        self.state.send_replace(State::Open);
    }
}

async fn listen(listener: TcpListener, server: String, line: watch::Receiver<State>) {
    while let Ok((client, _)) = listener.accept().await {
        if *line.borrow() == State::Cut {
            continue;
        }
        let (server, line) = (server.clone(), line.clone());
        tokio::spawn(async move {
            let Ok(server) = TcpStream::connect(server).await else { return };
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::join!(pass(from_client, to_server, line.clone()), pass(from_server, to_client, line));
        });
    }
}

/// Passes on what comes, for as long as it may.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut line: watch::Receiver<State>) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let mut watched = line.clone();
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            _ = watched.wait_for(|state| *state == State::Cut) => return,
        };
        let Ok(count @ 1..) = read else { return };
        let is_open =
            line.wait_for(|state| *state != State::Stalled).await.is_ok_and(|state| *state == State::Open);
        if !is_open || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

impl TestDb {
    /// The same database, opened within limits.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[expect(clippy::expect_used, reason = "a test that has no database cannot go on")]
    pub async fn open_within(&self, limits: DbLimits) -> Self {
        let db = Db::open_within(&self.url, limits).await.expect("a database");
        Self { db, region: self.region, url: self.url.clone(), _dir: None }
    }
}
