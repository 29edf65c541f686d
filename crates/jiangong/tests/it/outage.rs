//! PostgreSQL itself stops answering, is gone, has a full disk, and comes back, under a server that runs: pages say
//! so soon, what was acknowledged is there afterwards, and nobody starts the server anew.

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use testkit::eventually_blocking;

use crate::{Office, browser::Browser, own_postgres::OwnPostgres, server::Server};

const FIRST: &str = "brass kettle on the shelf";
const CHOSEN: &str = "only for measuring herons";
const REGISTER: &str = "/units/210210100/registers/proposal";
/// How long a page may take to say that the database does not answer: as long as a connection and a statement may
/// take, with what the machine of a test needs.
const SOON: Duration = Duration::from_secs(12);

/// An office whose database is a PostgreSQL of its own.
fn office(postgres: &OwnPostgres) -> Office {
    let office = Office::with(&[("JIANGONG_DATABASE", &postgres.url)]);
    office.take("01-组织名册.xlsx", "units");
    for login in ["li", "zhao"] {
        let args = ["user", "add", login, "--name", login, "--role", "city-office"];
        assert_eq!(office.say_with_input(&args, &format!("{FIRST}\n")).code, 0);
    }
    office
}

/// A server with as little patience as can be configured.
fn serve(office: &Office) -> Server {
    let little = ["--page-wait-seconds", "1", "--page-lock-seconds", "1", "--page-statement-seconds", "1"];
    Server::start(office, &little)
}

fn enter(browser: &mut Browser<'_>, number: u32, measure: &str) -> String {
    let (number, title) = (format!("D-{number:04}"), format!("关于{number}号灯的建议"));
    let fields = [
        ("field.number", &*number),
        ("field.title", &*title),
        ("field.proposed_on", "2012-03-05"),
        ("field.measure", measure),
    ];
    browser.post(REGISTER, &fields)
}

/// The first line of an answer, and whether it says when to come again.
fn shown(answer: &str) -> (&str, bool) {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    (head.lines().next().unwrap_or_default(), head.contains("retry-after: "))
}

/// Every page says that the database does not answer, soon; the process lives.
fn assert_said(server: &Server, browser: &mut Browser<'_>) {
    let soon = |what: &str, ask: &mut dyn FnMut() -> String| {
        let begun = Instant::now();
        let answer = ask();
        assert!(begun.elapsed() < SOON, "{what}: {:?}", begun.elapsed());
        answer
    };
    for path in ["/", "/todo", REGISTER, "/units/210200000/figures?year=2012", "/imports"] {
        let answer = soon(path, &mut || browser.get(path));
        assert_eq!(shown(&answer), ("HTTP/1.1 503 Service Unavailable", true), "{path}: {answer}");
        assert!(answer.contains("系统正忙"), "{path}: {answer}");
    }
    let written = soon("writing", &mut || enter(browser, 9_999, "换灯"));
    assert_eq!(shown(&written), ("HTTP/1.1 503 Service Unavailable", true), "{written}");
    let signed_in =
        soon("signing in", &mut || browser.post("/login", &[("user", "li"), ("password", CHOSEN)]));
    assert_eq!(shown(&signed_in), ("HTTP/1.1 503 Service Unavailable", true), "{signed_in}");
    let ready = soon("/readyz", &mut || server.get("/readyz"));
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("\"database\":false"), "{ready}");
    let begun = Instant::now();
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(begun.elapsed() < Duration::from_secs(3), "being alive needs no database: {:?}", begun.elapsed());
}

/// Enters records one after the other until it is told to end; the highest number that was acknowledged is noted at
/// once, and all of them are returned.
fn enter_until(browser: &mut Browser<'_>, is_over: &AtomicBool, acknowledged: &AtomicU32) -> Vec<u32> {
    let mut stored = Vec::new();
    for number in 1.. {
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        let answer = enter(browser, number, "换灯");
        if answer.starts_with("HTTP/1.1 303") {
            stored.push(number);
            acknowledged.store(number, Ordering::SeqCst);
        } else {
            assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        }
    }
    stored
}

#[test]
fn while_postgresql_hangs_or_is_gone_every_page_says_so_and_what_was_acknowledged_is_there_afterwards() {
    let Some(postgres) = OwnPostgres::start() else { return };
    let office = office(&postgres);
    let server = serve(&office);
    let mut reader = Browser::of(&server, "li", FIRST, CHOSEN);
    let mut writer = Browser::of(&server, "zhao", FIRST, CHOSEN);
    let (is_over, acknowledged) = (AtomicBool::new(false), AtomicU32::new(0));
    let stored = thread::scope(|scope| {
        let writing = scope.spawn(|| enter_until(&mut writer, &is_over, &acknowledged));
        eventually_blocking("something is stored", || acknowledged.load(Ordering::SeqCst) >= 5);
        postgres.signal_all("STOP");
        assert_said(&server, &mut reader);
        postgres.signal_all("CONT");
        postgres.stop_at_once();
        assert_said(&server, &mut reader);
        let before = acknowledged.load(Ordering::SeqCst);
        postgres.start_again();
        eventually_blocking("it is written again", || acknowledged.load(Ordering::SeqCst) > before + 3);
        is_over.store(true, Ordering::SeqCst);
        writing.join().unwrap()
    });
    eventually_blocking("it is ready", || server.get("/readyz").starts_with("HTTP/1.1 200"));
    let signed_in = reader.post("/login", &[("user", "li"), ("password", CHOSEN)]);
    assert!(signed_in.starts_with("HTTP/1.1 303"), "{signed_in}");
    eventually_blocking("the list is there", || reader.get(REGISTER).starts_with("HTTP/1.1 200"));
    for number in stored {
        let query = format!("SELECT count(*) FROM fact WHERE identity LIKE '%D-{number:04}%'");
        assert_eq!(postgres.query(&query), "1", "D-{number:04} was acknowledged");
    }
    let verified = office.say(&["verify", "--format", "json"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Writes until there is no room left.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [1 << 20, 4 << 10, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}

#[test]
fn a_full_disk_of_postgresql_is_said_and_with_room_again_everything_goes_on() {
    let Some(postgres) = OwnPostgres::on_a_small_disk() else { return };
    let office = office(&postgres);
    let server = serve(&office);
    let mut browser = Browser::of(&server, "li", FIRST, CHOSEN);
    // So long that each needs room of its own.
    let measure = "换灯，每盏都换成节能的。".repeat(150);
    let answer = enter(&mut browser, 0, &measure);
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    // Its log is begun anew, so that what is full is the place of the tables.
    postgres.query("SELECT pg_switch_wal()");
    postgres.query("CHECKPOINT");
    let filler = postgres.disk().join("filler");
    fill(&filler);
    let (mut stored, mut refused) = (1_u32, 0_u32);
    for number in 1..=60 {
        let answer = enter(&mut browser, number, &measure);
        if answer.starts_with("HTTP/1.1 303") {
            stored += 1;
        } else {
            assert!(answer.starts_with("HTTP/1.1 507") && answer.contains("磁盘"), "{answer}");
            refused += 1;
        }
    }
    assert!(refused > 0, "there was room for everything");
    let ready = server.get("/readyz");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("\"disk\":\"full\""), "{ready}");
    assert!(ready.contains("\"database\":true"), "{ready}");
    assert!(server.get("/healthz").contains("200 OK"));
    assert!(server.log().contains("the disk of the database is full"), "{}", server.log());
    fs::remove_file(&filler).unwrap();
    let answer = enter(&mut browser, 100, &measure);
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    eventually_blocking("it is ready", || server.get("/readyz").starts_with("HTTP/1.1 200"));
    let found = postgres.query("SELECT count(*) FROM fact");
    assert_eq!(found, (stored + 1).to_string(), "what was acknowledged is stored, and nothing else");
    let verified = office.say(&["verify", "--format", "json"]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    server.signal("TERM");
    assert_eq!(server.ended().0, Some(0));
}
