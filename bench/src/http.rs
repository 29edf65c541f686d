//! A city over HTTP, as browsers ask for it; and how often it answers with its dashboard.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use app::{
    Context,
    accounts::{Credentials, session_context, sign_in},
    tasks::{Scope, Supervisor, list_tasks},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{
    city::{City, LOGIN, PASSWORD},
    report::Report,
};

/// Connections that ask at the same time.
const CONNECTIONS: usize = 8;
/// How long they ask.
const SECONDS: u64 = 8;

/// A server of a city, and somebody who has signed in to it.
pub(crate) struct Server {
    address: SocketAddr,
    session: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<io::Result<()>>,
    tasks: Supervisor,
}

impl Server {
    pub(crate) async fn start(city: &City) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let scopes = [Scope::Region, Scope::Pages];
        let tasks = Supervisor::start(city.app.clone(), &list_tasks(&city.app, &scopes));
        let served = tokio::spawn(web::serve(city.app.clone(), web::Options::default(), listener, async {
            let _ = stopped.await;
        }));
        let session = sign_in(&city.app, Credentials::new(LOGIN, PASSWORD)).await?.token;
        Ok(Self { address, session, stop, served, tasks })
    }

    /// Who has signed in.
    pub(crate) async fn context(&self, city: &City) -> Result<Context> {
        Ok(session_context(&city.app, &self.session, None).await?.0)
    }

    pub(crate) async fn connect(&self) -> Result<TcpStream> {
        Ok(TcpStream::connect(self.address).await?)
    }

    /// A request for a page.
    pub(crate) fn request(&self, path: &str) -> String {
        let Self { address, session, .. } = self;
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: session={session}\r\n\r\n")
    }

    pub(crate) async fn stop(self) -> Result<()> {
        let _ = self.stop.send(());
        self.served.abort();
        Ok(self.tasks.stop().await?)
    }
}

pub(crate) async fn dashboard(city: &City, report: &mut Report) -> Result<()> {
    let server = Server::start(city).await?;
    let snapshot = city.app.current(&city.ctx).await?;
    let code = &snapshot.units[&city.root().await?].code;
    let request = server
        .request(&format!("/units/{code}/figures?year={}", snapshot.definition.first_campaign().period.last));
    let done = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let (request, done, mut stream) = (request.clone(), done.clone(), server.connect().await?);
        clients.push(tokio::spawn(async move {
            while start.elapsed() < Duration::from_secs(SECONDS) {
                send_request(&mut stream, &request).await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        }));
    }
    for client in clients {
        client.await??;
    }
    let rate = done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
    report.limit(
        &format!("dashboard page over HTTP, {CONNECTIONS} connections, SQLite"),
        "> 3,000 requests/s",
        &format!("{rate:.0} requests/s (client on the same cores)"),
        rate > 3_000.0,
    );
    server.stop().await
}

/// Sends one request on a connection that stays open and returns the whole answer.
pub(crate) async fn send_request(stream: &mut TcpStream, request: &str) -> Result<Vec<u8>> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(64 * 1024);
    loop {
        let read = stream.read_buf(&mut answer).await?;
        ensure!(read > 0, "the server closed the connection");
        let Some(head) = answer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let headers = std::str::from_utf8(&answer[..head])?.to_ascii_lowercase();
        ensure!(headers.starts_with("http/1.1 200"), "{headers}");
        let length =
            headers.lines().find_map(|line| line.strip_prefix("content-length: ")).map(str::parse::<usize>);
        let length = length.transpose()?;
        match length {
            Some(length) if answer.len() >= head + 4 + length => return Ok(answer),
            None if answer.ends_with(b"0\r\n\r\n") => return Ok(answer),
            _ => {}
        }
    }
}
