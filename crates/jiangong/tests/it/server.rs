//! A server of the binary itself, for tests that talk to it and end it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use testkit::eventually_blocking;

use crate::Office;

/// A server that runs.
pub(crate) struct Server {
    pub(crate) child: Child,
    /// Where it listens.
    pub(crate) address: String,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts a server of an office on a free port.
    pub(crate) fn start(office: &Office, args: &[&str]) -> Self {
        let mut command = office.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(args).env("JIANGONG_LOG", "info").env("RUST_BACKTRACE", "1");
        Self::of(command)
    }

    /// A server that a command starts.
    pub(crate) fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (mut errors, kept) = (BufReader::new(child.stderr.take().unwrap()), log.clone());
        thread::spawn(move || {
            let mut line = String::new();
            while errors.read_line(&mut line).is_ok_and(|read| read > 0) {
                kept.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let found = lines.find_map(|line| {
            let line = line.ok()?;
            let (_, rest) = line.split_once("http://")?;
            Some(rest.split_whitespace().next()?.trim_end_matches('/').to_owned())
        });
        let address = found.unwrap_or_else(|| panic!("it does not serve: {}", log.lock().unwrap()));
        thread::spawn(move || lines.for_each(drop));
        Self { child, address, log }
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until its log says something.
    #[track_caller]
    pub(crate) fn until_logged(&self, text: &str) {
        eventually_blocking(text, || self.log().contains(text));
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.unwrap().success());
    }

    /// A connection to it over which so much has been sent.
    pub(crate) fn connect(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    /// Its answer to a question without a body.
    pub(crate) fn get(&self, path: &str) -> String {
        let text = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let mut answer = Vec::new();
        let _ = self.connect(&text).read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Waits until it has ended; its exit code and its log.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        (status.code(), self.log())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended is not there any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
