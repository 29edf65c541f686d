//! As much of a browser as it takes to sign in and to hand a file in.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
};

use crate::server::Server;

/// A person with a browser.
pub(crate) struct Browser<'s> {
    server: &'s Server,
    cookies: BTreeMap<String, String>,
    token: String,
}

impl<'s> Browser<'s> {
    /// Somebody who signs in with the first password and chooses another one.
    pub(crate) fn of(server: &'s Server, login: &str, password: &str, chosen: &str) -> Self {
        let mut browser = Self { server, cookies: BTreeMap::new(), token: String::new() };
        browser.get("/login");
        let answer = browser.post("/login", &[("user", login), ("password", password)]);
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        browser.get("/account");
        let answer =
            browser.post("/account/password", &[("old", password), ("new", chosen), ("again", chosen)]);
        assert!(answer.starts_with("HTTP/1.1 303") || answer.starts_with("HTTP/1.1 200"), "{answer}");
        browser.get("/account");
        browser
    }

    pub(crate) fn get(&mut self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\n"), &[])
    }

    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let token = self.token.clone();
        let pairs = std::iter::once(("token", token.as_str())).chain(fields.iter().copied());
        let body: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n");
        self.send(&head, body.join("&").as_bytes())
    }

    /// Hands a file in.
    pub(crate) fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        name: &str,
        content: &[u8],
    ) -> String {
        let token = self.token.clone();
        let mut body = Vec::new();
        for (field, value) in std::iter::once(("token", token.as_str())).chain(fields.iter().copied()) {
            let part = format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
            body.extend(part.as_bytes());
        }
        let part =
            format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        body.extend(part.as_bytes());
        body.extend(content);
        body.extend(b"\r\n--b--\r\n");
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n");
        self.send(&head, &body)
    }

    /// Begins to hand a file in and does not come to its end.
    pub(crate) fn begin_upload(&mut self, path: &str, name: &str, content: &[u8]) -> TcpStream {
        let part = |field: &str, rest: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"{rest}\r\n\r\n")
        };
        let file = part("file", &format!("; filename=\"{name}\""));
        let start = format!("{}{}\r\n{file}", part("token", ""), self.token);
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\nHost: a\r\nCookie: {}\r\n\
             Content-Length: {}\r\n\r\n{start}",
            cookies.join("; "),
            start.len() + content.len() + (1 << 20)
        );
        let mut stream = TcpStream::connect(&self.server.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(content).unwrap();
        stream
    }

    /// Asks for something, of which no more is read than the test does.
    pub(crate) fn begin_get(&mut self, path: &str) -> TcpStream {
        self.open(&format!("GET {path} HTTP/1.1\r\n"), &[])
    }

    fn send(&mut self, head: &str, body: &[u8]) -> String {
        let mut stream = self.open(head, body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        for line in answer.lines().take_while(|line| !line.is_empty()) {
            let Some(cookie) = line.strip_prefix("set-cookie: ") else { continue };
            if let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let token = answer.split_once("name=\"token\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        if let Some((token, _)) = token {
            token.clone_into(&mut self.token);
        }
        answer
    }

    fn open(&self, head: &str, body: &[u8]) -> TcpStream {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let head = format!(
            "{head}Host: a\r\nConnection: close\r\nCookie: {}\r\nContent-Length: {}\r\n\r\n",
            cookies.join("; "),
            body.len()
        );
        let mut stream = TcpStream::connect(&self.server.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        // It may be refused before it has come to its end.
        let _ = stream.write_all(body);
        stream
    }
}

/// A value as a form sends it.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        use std::fmt::Write as _;
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// Signs the officer of a test in, hands a file of proposals in and starts its import.
pub(crate) fn start_import(server: &Server, file: &Path) {
    start(&mut hand_in(server, file));
}

/// Somebody who has handed a file in, and the page of its import.
pub(crate) type HandedIn<'s> = (Browser<'s>, String);

/// Signs the officer of a test in and hands a file of proposals in.
pub(crate) fn hand_in<'s>(server: &'s Server, file: &Path) -> HandedIn<'s> {
    let mut browser = Browser::of(server, "li", "brass kettle on the shelf", "only for measuring herons");
    browser.get("/imports/new");
    let fields = [("key", "one"), ("kind", "register:proposal")];
    let answer = browser.upload("/imports", &fields, "big.csv", &std::fs::read(file).unwrap());
    let place = answer.lines().find_map(|line| line.strip_prefix("location: ")).map(ToOwned::to_owned);
    let place = place.unwrap_or_else(|| panic!("{answer}"));
    browser.get(&place);
    (browser, place)
}

/// Starts the import of what was handed in.
pub(crate) fn start((browser, place): &mut HandedIn<'_>) {
    let started = browser.post(&format!("{place}/start"), &[("rows", "all")]);
    assert!(started.starts_with("HTTP/1.1 303"), "{started}");
}
