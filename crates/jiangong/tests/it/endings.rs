//! A server that is told to end does: what runs comes to its end or is undone, whatever clients do. Told to read
//! its configuration anew it goes on, and says what holds.

use std::{fmt::Write as _, io::Read as _, time::Instant};

use testkit::eventually_blocking;

use crate::{Office, server::Server};

const HALF_A_FORM: &str = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                           Content-Length: 1000\r\n\r\nuser=a";

/// The beginning of a form that the server says when it reads.
const ANNOUNCED_FORM: &str = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                              Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n";
/// What it says.
const READING: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// An office with units, and one whose database nobody else writes to.
fn office() -> Office {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office
}

#[test]
fn clients_that_stall_do_not_keep_a_server_from_ending() {
    let office = office();
    let server = Server::start(&office, &["--drain-seconds", "2"]);
    let stalled: Vec<_> =
        ["GET / HTTP/1.1\r\nHos", HALF_A_FORM, "GET /assets/app.css HTTP/1.1\r\nHost: a\r\n\r\n", ""]
            .iter()
            .map(|text| server.connect(text))
            .collect();
    let begun = Instant::now();
    server.signal("TERM");
    let (code, log) = server.ended();
    assert!(begun.elapsed().as_secs() < 15, "{:?}: {log}", begun.elapsed());
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("panicked"), "{log}");
    drop(stalled);
    let log = office.database().with_extension("db-wal");
    assert!(!log.exists(), "what was in the log of the database is in the database itself");
}

#[test]
fn told_a_second_time_a_server_ends_at_once() {
    let office = office();
    for second in ["TERM", "INT"] {
        let server = Server::start(&office, &["--drain-seconds", "600"]);
        let mut stalled = server.connect(ANNOUNCED_FORM);
        let mut answer = [0; READING.len()];
        stalled.read_exact(&mut answer).unwrap();
        assert_eq!(answer, READING);
        server.signal("TERM");
        server.until_logged("what runs may come to its end");
        let begun = Instant::now();
        server.signal(second);
        let (code, log) = server.ended();
        assert!(begun.elapsed().as_secs() < 10, "{log}");
        assert!(code.is_some_and(|code| code != 0), "{log}");
        drop(stalled);
    }
    assert_eq!(office.say(&["verify"]).code, 0);
}

#[test]
fn a_configuration_that_is_read_anew_holds_and_a_mistake_in_it_changes_nothing() {
    let office = office();
    let file = office.dir.path().join("data/jiangong.toml");
    std::fs::write(&file, "log = \"info\"\nattachment-mb = 5\n").unwrap();
    let mut command = office.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env_remove("JIANGONG_LOG");
    let server = Server::of(command);
    std::fs::write(&file, "log = \"debug\"\nattachment-mb = 7\nlanguage = \"en\"\n").unwrap();
    server.signal("HUP");
    server.until_logged("the configuration was read anew");
    assert!(
        server.log().contains("language"),
        "what holds from the next start on is named: {}",
        server.log()
    );
    assert!(server.get("/healthz").contains("200 OK"));
    server.until_logged("DEBUG");
    std::fs::write(&file, "log = \"debug\"\nattachment-bm = 9\n").unwrap();
    server.signal("HUP");
    server.until_logged("everything stays as it was");
    assert!(server.log().contains("attachment-bm"), "{}", server.log());
    assert!(server.get("/healthz").contains("200 OK"));
    server.signal("TERM");
    assert_eq!(server.ended().0, Some(0));
}

#[test]
fn a_mistake_in_the_configuration_is_said_at_the_start() {
    let office = office();
    let file = office.dir.path().join("data/jiangong.toml");
    for (text, said) in [
        ("listen = \"nowhere\"\n", "127.0.0.1:8080"),
        ("listne = \"127.0.0.1:1\"\n", "listne"),
        ("log = \n", "TOML"),
    ] {
        std::fs::write(&file, text).unwrap();
        let answer = office.say(&["serve"]);
        assert_eq!(answer.code, 2, "{}", answer.err);
        assert!(answer.err.contains("jiangong.toml") && answer.err.contains(said), "{}", answer.err);
    }
}

/// An import that somebody has started.
fn waiting_import(office: &Office) {
    let mut rows = "单位编码,编号,建议名称,提出日期,措施\n".to_owned();
    for row in 0..8_000 {
        let month = row % 12 + 1;
        let _ = writeln!(rows, "210210100,K-{row},关于第{row}台设备节电的建议,2012-{month:02}-11,换灯");
    }
    office.file("big.csv", rows.as_bytes());
}

#[test]
fn an_import_that_runs_is_given_back_and_done_after_the_next_start() {
    let office = office();
    let added = office.say_with_input(
        &["user", "add", "li", "--name", "李", "--role", "city-office"],
        "brass kettle on the shelf\n",
    );
    assert_eq!(added.code, 0, "{}", added.err);
    waiting_import(&office);
    let server = Server::start(&office, &["--drain-seconds", "0"]);
    crate::browser::start_import(&server, &office.dir.path().join("big.csv"));
    let state = || office.query(10_000, "SELECT state FROM import").unwrap();
    eventually_blocking("it runs", || ["running", "done"].contains(&&*state()));
    server.signal("TERM");
    let (code, log) = server.ended();
    assert!(!log.contains("panicked") && !log.contains("stack backtrace"), "{log}");
    assert_eq!(code, Some(0), "{log}");
    assert!(["waiting", "done"].contains(&&*state()), "{}", state());
    let again = Server::start(&office, &[]);
    eventually_blocking("it is done", || state() == "done");
    assert_eq!(office.query(10_000, "SELECT count(*) FROM fact").unwrap(), "8000");
    drop(again);
}
