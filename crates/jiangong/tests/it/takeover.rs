//! Two servers of one database, of which one is killed in the middle of what it does: all of it has happened or
//! nothing, and the other goes on.

use std::{fmt::Write as _, fs, io::Read as _, path::PathBuf, thread};

use testkit::eventually_blocking;

use crate::{
    Office,
    browser::{self, Browser},
    own_postgres::OwnPostgres,
    server::Server,
};

/// The first password of the test's officers, and those that they choose.
const FIRST: &str = "brass kettle on the shelf";
const CHOSEN: [&str; 2] = ["only for measuring herons", "the grey ladder leans north"];
/// Seconds after which a silent server has lost its job.
const LEASE: &str = "4";
const REGISTER: &str = "/units/210210100/registers/proposal";

/// Two offices with one database, each with a server.
struct Pair {
    offices: [Office; 2],
    postgres: OwnPostgres,
}

impl Pair {
    fn new() -> Option<Self> {
        let postgres = OwnPostgres::start()?;
        let secret = "17".repeat(32);
        let environment = [
            ("JIANGONG_DATABASE", &*postgres.url),
            ("JIANGONG_SECRET", &*secret),
            ("JIANGONG_LEASE_SECONDS", LEASE),
        ];
        let offices = [(); 2].map(|()| Office::with(&environment));
        offices[0].take("01-组织名册.xlsx", "units");
        let pair = Self { offices, postgres };
        pair.add("li", &["--role", "city-office"]);
        pair.add("wang", &["--role", "enterprise-officer", "--unit", "210210100"]);
        Some(pair)
    }

    fn add(&self, login: &str, args: &[&str]) {
        let args = [&["user", "add", login, "--name", login], args].concat();
        let added = self.offices[0].say_with_input(&args, &format!("{FIRST}\n"));
        assert_eq!(added.code, 0, "{}", added.err);
    }

    fn serve(&self) -> [Server; 2] {
        self.offices.each_ref().map(|office| {
            let temporary = office.dir.path().join("temporary");
            fs::create_dir_all(&temporary).unwrap();
            let mut command = office.command(&["serve", "--listen", "127.0.0.1:0"]);
            command.env("JIANGONG_LOG", "info").env("TMPDIR", temporary);
            Server::of(command)
        })
    }

    fn number(&self, query: &str) -> u64 {
        self.postgres.query(query).parse().unwrap()
    }

    fn records(&self) -> u64 {
        self.number("SELECT count(*) FROM fact")
    }

    /// The server that works at a job.
    fn worker(&self, servers: &[Server; 2]) -> usize {
        let at_work = self.postgres.query("SELECT claimed_by FROM job");
        servers.iter().position(|server| at_work.contains(&format!("-{}-", server.child.id()))).unwrap()
    }

    fn assert_sound(&self) {
        let verified = self.offices[1].say(&["verify", "--format", "json"]);
        assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    }
}

fn proposals(office: &Office, count: u64) -> PathBuf {
    let mut text = "单位编码,编号,建议名称,提出日期,措施\n".to_owned();
    for row in 0..count {
        let month = row % 12 + 1;
        let _ = writeln!(text, "210210100,K-{row},关于第{row}台设备节电的建议,2012-{month:02}-11,换灯");
    }
    office.file("big.csv", text.as_bytes());
    office.dir.path().join("big.csv")
}

fn kill(server: &mut Server) {
    server.child.kill().unwrap();
    server.child.wait().unwrap();
}

#[test]
fn an_import_whose_server_is_killed_is_done_by_the_other_one() {
    let Some(pair) = Pair::new() else { return };
    let mut servers = pair.serve();
    let mut handed_in = browser::hand_in(&servers[0], &proposals(&pair.offices[0], 3_000));
    let held = pair.postgres.hold_commits();
    browser::start(&mut handed_in);
    held.until_somebody_waits();
    let worker = pair.worker(&servers);
    assert_eq!(pair.postgres.query("SELECT state FROM import"), "running");
    kill(&mut servers[worker]);
    drop(held);
    assert_eq!(pair.records(), 0, "nothing is half-written");
    eventually_blocking("the other has done it", || {
        pair.postgres.query("SELECT state FROM import") == "done"
    });
    assert_eq!((pair.records(), pair.number("SELECT count(*) FROM job")), (3_000, 0));
    let versions = "SELECT count(*) FROM audit WHERE subject = 'fact'";
    assert_eq!(pair.number(versions), 3_000, "nothing is doubled");
    let log = servers[1 - worker].log();
    assert!(!log.contains("panicked"), "{log}");
    pair.assert_sound();
}

#[test]
fn an_import_that_is_killed_while_it_is_taken_back_is_taken_back_by_the_other_server() {
    let Some(pair) = Pair::new() else { return };
    let mut servers = pair.serve();
    browser::start_import(&servers[0], &proposals(&pair.offices[0], 3_000));
    eventually_blocking("it is done", || pair.postgres.query("SELECT state FROM import") == "done");
    let import = pair.postgres.query("SELECT import_id FROM import");
    let mut li = Browser::of(&servers[0], "li", CHOSEN[0], CHOSEN[1]);
    let path = format!("/imports/{import}/take-back");
    let page = li.get(&path);
    let seen = value_of(&page, "seen");
    let held = pair.postgres.hold_commits();
    let asked = li.post(&path, &[("seen", &seen)]);
    assert!(asked.starts_with("HTTP/1.1 303"), "{asked}");
    held.until_somebody_waits();
    let worker = pair.worker(&servers);
    kill(&mut servers[worker]);
    drop(held);
    assert_eq!(pair.records(), 3_000, "nothing is half-taken");
    eventually_blocking("the other has done it", || pair.records() == 0);
    eventually_blocking("the job is over", || pair.number("SELECT count(*) FROM job") == 0);
    pair.assert_sound();
}

/// The value of a hidden field of a page.
fn value_of(page: &str, field: &str) -> String {
    let found =
        page.split_once(&format!("name=\"{field}\" value=\"")).and_then(|(_, rest)| rest.split_once('"'));
    found.unwrap_or_else(|| panic!("{field}: {page}")).0.to_owned()
}

#[test]
fn a_transition_of_many_whose_server_is_killed_has_not_happened_and_is_taken_at_the_other() {
    let Some(pair) = Pair::new() else { return };
    let file = proposals(&pair.offices[0], 300);
    let taken = pair.offices[0].say(&["import", &file.to_string_lossy(), "--as", "register:proposal"]);
    assert_eq!(taken.code, 0, "{}", taken.err);
    let mut servers = pair.serve();
    let path = format!("{REGISTER}/transitions/accept");
    let chosen = |browser: &mut Browser<'_>| {
        let mut page = String::new();
        eventually_blocking("the list is there", || {
            page = browser.get(&path);
            page.starts_with("HTTP/1.1 200")
        });
        value_of(&page, "chosen")
    };
    let fields = |chosen: &str| {
        [
            ("chosen", chosen.to_owned()),
            ("deed", "take".to_owned()),
            ("field.reviewed_by", "技术科".to_owned()),
        ]
    };
    let accepted = "SELECT count(*) FROM fact WHERE version = 2";
    let mut wang = Browser::of(&servers[0], "wang", FIRST, CHOSEN[0]);
    let marks = fields(&chosen(&mut wang));
    let held = pair.postgres.hold_commits();
    thread::scope(|scope| {
        scope.spawn(|| {
            let marks = marks.each_ref().map(|(name, value)| (*name, value.as_str()));
            let answer = wang.post(&path, &marks);
            assert!(!answer.starts_with("HTTP/1.1 303"), "nobody says that it is done: {answer}");
        });
        held.until_somebody_waits();
        let id = servers[0].child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
    });
    kill(&mut servers[0]);
    drop(held);
    assert_eq!(pair.number(accepted), 0, "nothing is half-written");
    let mut wang = Browser::of(&servers[1], "wang", CHOSEN[0], CHOSEN[1]);
    let marks = fields(&chosen(&mut wang));
    for _ in 0..2 {
        let answer = wang.post(&path, &marks.each_ref().map(|(name, value)| (*name, value.as_str())));
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    }
    assert_eq!(pair.number(accepted), 300);
    assert_eq!(pair.number("SELECT count(*) FROM fact WHERE version > 2"), 0, "nothing is doubled");
    pair.assert_sound();
}

#[test]
fn a_register_whose_server_is_killed_while_it_is_handed_out_leaves_nothing_and_comes_whole_from_the_other() {
    let Some(pair) = Pair::new() else { return };
    let file = proposals(&pair.offices[0], 3_000);
    let taken = pair.offices[0].say(&["import", &file.to_string_lossy(), "--as", "register:proposal"]);
    assert_eq!(taken.code, 0, "{}", taken.err);
    let mut servers = pair.serve();
    let path = format!("{REGISTER}/export.csv");
    let mut wang = Browser::of(&servers[0], "wang", FIRST, CHOSEN[0]);
    eventually_blocking("the list is there", || wang.get(REGISTER).starts_with("HTTP/1.1 200"));
    let mut stream = wang.begin_get(&path);
    let mut beginning = [0; 1_000];
    stream.read_exact(&mut beginning).unwrap();
    kill(&mut servers[0]);
    let left: Vec<_> =
        fs::read_dir(pair.offices[0].dir.path().join("temporary")).unwrap().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
    let mut wang = Browser::of(&servers[1], "wang", CHOSEN[0], CHOSEN[1]);
    eventually_blocking("the list is there", || wang.get(REGISTER).starts_with("HTTP/1.1 200"));
    let whole = wang.get(&path);
    assert_eq!(whole.matches("台设备节电的建议").count(), 3_000);
    pair.assert_sound();
}
