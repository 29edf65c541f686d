//! What cannot be used is named at the start, with its place and with what is to be done.

use std::{net::TcpListener, process::Stdio};

use crate::{Office, Said, said};

/// What a command says with these arguments before all others.
fn say(office: &Office, before: &[&str], args: &[&str]) -> Said {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_jiangong"));
    command.args(before).args(args).env_remove("JIANGONG_DATABASE").env("JIANGONG_LOG", "warn");
    let _ = office;
    said(command.stdin(Stdio::null()).output().unwrap())
}

#[track_caller]
fn assert_says(said: &Said, texts: &[&str]) {
    assert_ne!(said.code, 0, "{}", said.out);
    for text in texts {
        assert!(said.err.contains(text), "{text}: {}", said.err);
    }
    assert!(!said.err.contains("panicked"), "{}", said.err);
}

#[test]
fn a_file_where_the_data_should_be() {
    let office = Office::new();
    let file = office.file("taken", b"");
    for data in [file.clone(), format!("{file}/below")] {
        for command in ["serve", "verify", "demo", "worker"] {
            assert_says(&say(&office, &["--data", &data], &[command]), &[&file, "--data"]);
        }
    }
}

#[test]
fn a_directory_that_cannot_be_made() {
    let office = Office::new();
    assert_says(
        &say(&office, &["--data", "/proc/nothing/here"], &["serve"]),
        &["/proc/nothing/here", "chmod"],
    );
}

/// A directory that takes no files, whoever asks: tests may run as root, whom no permission keeps out.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_takes_no_files() {
    let office = Office::new();
    assert_says(&say(&office, &["--data", "/proc/self"], &["serve"]), &["/proc/self", "--data"]);
    office.take("01-组织名册.xlsx", "units");
    let data = office.dir.path().join("data");
    for name in ["index", "files"] {
        std::os::unix::fs::symlink("/proc/self", data.join(name)).unwrap();
        let said = office.say(&["serve", "--listen", "127.0.0.1:0"]);
        assert_says(&said, &[&data.join(name).to_string_lossy(), "chmod"]);
        std::fs::remove_file(data.join(name)).unwrap();
    }
}

#[test]
fn a_database_that_is_none() {
    let office = Office::new();
    let file =
        office.file("none.db", b"this is no database, but it is long enough to be taken for one by its size");
    assert_says(&say(&office, &["--database", &format!("sqlite:{file}")], &["verify"]), &[&file]);
    assert_says(
        &say(&office, &["--database", "sqlite:/no/such/place.db"], &["verify"]),
        &["/no/such/place.db"],
    );
    assert_says(
        &say(&office, &["--database", "mysql://here"], &["verify"]),
        &["mysql://here", "postgres://"],
    );
    let said = say(&office, &["--database", "postgres://me:secret@127.0.0.1:1/none"], &["verify"]);
    assert_says(&said, &["postgres://me:***@127.0.0.1:1/none", "--database"]);
    assert!(!said.err.contains("secret@"), "{}", said.err);
}

#[test]
fn a_database_of_a_newer_program() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    office.query(10_000, "INSERT INTO migration (number, checksum) VALUES (9999, 'x')").unwrap();
    assert_says(&office.say(&["serve"]), &["jiangong.db", "9999"]);
}

#[test]
fn a_port_that_is_taken_and_an_address_that_is_none() {
    let office = Office::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_says(&office.say(&["serve", "--listen", &address]), &[&address, "--listen"]);
    assert_says(&office.say(&["serve", "--listen", "192.0.2.7:80"]), &["192.0.2.7:80", "--listen"]);
    assert_says(&office.say(&["serve", "--listen", "here"]), &["here", "127.0.0.1:8080"]);
}
