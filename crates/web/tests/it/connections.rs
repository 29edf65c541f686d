//! The server over real connections: who sends or reads too slowly is left behind, and the address of a client
//! behind a proxy is what the proxy says.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, interval, timeout},
};
use web::{Options, Proxies, ServerLimits};

use crate::site::Site;

/// A server that bears little.
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

fn limits() -> ServerLimits {
    ServerLimits {
        head: Duration::from_millis(500),
        body_pause: Duration::from_millis(500),
        body_grace: Duration::from_secs(1),
        bytes_per_second: 1 << 20,
        drain: Duration::from_secs(1),
        ..ServerLimits::default()
    }
}

impl Server {
    async fn start(site: &Site, proxies: Proxies) -> Self {
        Self::with(site, Options { limits: limits(), proxies, ..Options::default() }).await
    }

    async fn with(site: &Site, options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(web::serve(site.app.clone(), options, listener, async {
            let _ = stopped.await;
        }));
        Self { address, stop, served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends something and reads until the server closes the connection.
    async fn say(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        until_closed(&mut stream).await
    }
}

/// What comes until the server closes the connection; it must do so soon.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    // A connection that is reset is closed too.
    let _ = read.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

const FORM: &str = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn half_a_request_and_a_connection_that_rests_are_closed() {
    let site = Site::new().await;
    let server = Server::start(&site, Proxies::default()).await;
    for half in ["", "GET /", "GET /healthz HTTP/1.1\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: "] {
        assert!(!server.say(half).await.contains("200 OK"), "{half:?}");
    }
    let rested = server.say("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(rested.contains("200 OK"), "the connection rests after it: {rested}");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_body_is_answered_and_closed() {
    let site = Site::new().await;
    let server = Server::start(&site, Proxies::default()).await;
    let answer = server.say(&format!("{FORM}Content-Length: 1000\r\n\r\nuser=a&pass")).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.to_lowercase().contains("connection: close") && answer.contains("没有收完"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_drips_is_not_waited_for() {
    let site = Site::new().await;
    let server = Server::start(&site, Proxies::default()).await;
    let mut stream = server.connect().await;
    stream.write_all(format!("{FORM}Content-Length: 100000\r\n\r\n").as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let drip = async {
        // Never a pause, and never enough.
        let mut pace = interval(Duration::from_millis(100));
        while writer.write_all(b"x").await.is_ok() {
            pace.tick().await;
        }
    };
    let mut answer = [0; 12];
    let read = async { timeout(Duration::from_secs(20), reader.read_exact(&mut answer)).await };
    let begun = Instant::now();
    tokio::select! {
        () = drip => panic!("it was taken to the end"),
        read = read => { read.unwrap().unwrap(); }
    }
    assert_eq!(&answer, b"HTTP/1.1 408");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stalls_keeps_nobody_else_out_and_does_not_keep_the_server_from_ending() {
    let site = Site::new().await;
    let server = Server::start(&site, Proxies::default()).await;
    let mut stalled = Vec::new();
    for _ in 0..50 {
        let mut stream = server.connect().await;
        stream.write_all(format!("{FORM}Content-Length: 1000\r\n\r\nuser").as_bytes()).await.unwrap();
        stalled.push(stream);
    }
    let answer = server.say("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.contains("200 OK"), "{answer}");
    server.stop.send(()).unwrap();
    let ended = timeout(Duration::from_secs(20), server.served).await;
    ended.unwrap().unwrap().unwrap();
}

/// The text between two others.
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split(before).nth(1).unwrap().split(after).next().unwrap()
}

/// The status of a sign-in with a wrong password, with this line in its head.
async fn sign_in(server: &Server, line: &str) -> String {
    let answer = post_login(server, line, "wrong").await;
    answer.split(' ').nth(1).unwrap().to_owned()
}

/// The answer to a sign-in.
async fn post_login(server: &Server, line: &str, password: &str) -> String {
    let page =
        server.say(&format!("GET /login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{line}\r\n")).await;
    let (visit, token) = (between(&page, "visit=", ";"), between(&page, "name=\"token\" value=\"", "\""));
    let body = format!("token={token}&user=city&password={}", password.replace(' ', "+"));
    let head = format!("{FORM}Cookie: visit={visit}\r\nConnection: close\r\n{line}");
    server.say(&format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).await
}

/// Bytes of memory that this process has.
#[cfg(target_os = "linux")]
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    between(&status, "VmRSS:", "kB").trim().parse::<u64>().unwrap() << 10
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_being_uploaded_lie_on_disk_and_not_in_memory() {
    const FILES: u64 = 8;
    const SENT: usize = 24 << 20;
    let site = Site::new().await;
    let server = Server::with(&site, Options::default()).await;
    let session = post_login(&server, "", crate::site::PASSWORD).await;
    let session = between(&session, "session=", ";");
    let head = format!("Host: a\r\nCookie: session={session}\r\n");
    let page = server.say(&format!("GET /imports/new HTTP/1.1\r\n{head}Connection: close\r\n\r\n")).await;
    let token = between(&page, "name=\"token\" value=\"", "\"");
    let part = |name: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"");
    let length = SENT + (1 << 20);
    let start = format!(
        "POST /imports HTTP/1.1\r\n{head}Content-Type: multipart/form-data; boundary=x\r\n\
         Content-Length: {length}\r\n\r\n{}\r\n\r\n{token}\r\n{}; filename=\"a.csv\"\r\n\r\n",
        part("token"),
        part("file"),
    );
    let before = memory();
    let block = vec![b'a'; 64 << 10];
    let mut uploads = Vec::new();
    for _ in 0..FILES {
        let mut stream = server.connect().await;
        stream.write_all(start.as_bytes()).await.unwrap();
        for _ in 0..SENT / block.len() {
            stream.write_all(&block).await.unwrap();
        }
        uploads.push(stream);
    }
    let more = memory().saturating_sub(before);
    assert!(more < FILES * SENT as u64 / 3, "{} MB more in memory", more >> 20);
    // All of them are still being taken in: nothing was refused meanwhile.
    for stream in &mut uploads {
        let mut answer = [0; 1];
        let answered = timeout(Duration::from_millis(10), stream.read(&mut answer)).await;
        assert!(answered.is_err(), "an upload was ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_address_does_not_help_and_people_behind_a_proxy_are_told_apart() {
    let site = Site::new().await;
    let open = Server::start(&site, Proxies::default()).await;
    for number in 0..3 {
        assert_eq!(sign_in(&open, &format!("X-Forwarded-For: 192.0.2.{number}\r\n")).await, "422");
    }
    assert_eq!(sign_in(&open, "X-Forwarded-For: 192.0.2.77\r\n").await, "429", "nobody has declared a proxy");
    let networks = vec!["127.0.0.1".parse().unwrap()];
    let behind = Server::start(&site, Proxies { networks, ..Proxies::default() }).await;
    for number in 0..3 {
        let forged = format!("X-Forwarded-For: 198.51.100.{number}, 203.0.113.5\r\n");
        assert_eq!(sign_in(&behind, &forged).await, "422", "another address than the proxy's");
    }
    assert_eq!(sign_in(&behind, "X-Forwarded-For: 198.51.100.9, 203.0.113.5\r\n").await, "429");
    assert_eq!(sign_in(&behind, "X-Forwarded-For: 203.0.113.5, 203.0.113.6\r\n").await, "422");
}
