//! The dashboard over HTTP, as browsers ask for it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use app::accounts::sign_in;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    city::{City, LOGIN, PASSWORD},
    report::Report,
};

/// Connections that ask at the same time.
const CONNECTIONS: usize = 8;
/// How long they ask.
const SECONDS: u64 = 8;

pub(crate) async fn dashboard(city: &City, report: &mut Report) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let options = web::Options::default();
    let served = tokio::spawn(web::serve(city.app.clone(), options, listener, async {
        let _ = stopped.await;
    }));
    let session = sign_in(&city.app, LOGIN, PASSWORD).await?;
    let snapshot = city.app.current().await?;
    let root = city.root().await?;
    let request = format!(
        "GET /units/{}/figures?year={} HTTP/1.1\r\nHost: {address}\r\nCookie: session={}\r\n\r\n",
        snapshot.units[&root].code, snapshot.campaign.period.last, session.token
    );
    let done = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let (request, done) = (request.clone(), done.clone());
        clients.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            while start.elapsed() < Duration::from_secs(SECONDS) {
                ask(&mut stream, &request).await?;
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
        "> 1,500 requests/s",
        &format!("{rate:.0} requests/s (client on the same cores)"),
        rate > 1_500.0,
    );
    let _ = stop.send(());
    served.abort();
    Ok(())
}

/// Sends one request on a connection that stays open and reads the whole answer.
async fn ask(stream: &mut TcpStream, request: &str) -> Result<()> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(64 * 1024);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = stream.read(&mut buffer).await?;
        ensure!(read > 0, "the server closed the connection");
        answer.extend_from_slice(&buffer[..read]);
        let Some(head) = answer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let headers = std::str::from_utf8(&answer[..head])?.to_ascii_lowercase();
        ensure!(headers.starts_with("http/1.1 200"), "{headers}");
        let length =
            headers.lines().find_map(|line| line.strip_prefix("content-length: ")).map(str::parse::<usize>);
        let length = length.transpose()?;
        match length {
            Some(length) if answer.len() >= head + 4 + length => return Ok(()),
            None if answer.ends_with(b"0\r\n\r\n") => return Ok(()),
            _ => {}
        }
    }
}
