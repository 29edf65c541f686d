//! Files that are handed in lie in clear on disk until they have been read: in the directory of the data, where nobody
//! else can read, without a name, and nothing of them is left when the program is killed.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use testkit::eventually_blocking;

use crate::{Office, browser::Browser, server::Server};

/// The files that a process has open below a directory.
fn open_files(process: u32, below: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.starts_with(below)).collect()
}

#[test]
fn a_file_on_its_way_in_is_where_nobody_else_reads_and_goes_with_the_process() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    let args = ["user", "add", "office", "--name", "张三", "--role", "city-office", "--unit", "210200000"];
    let added = office.say_with_input(&args, "brass kettle on the shelf\n");
    assert_eq!(added.code, 0, "{}", added.err);
    let temporary = fs::canonicalize(office.dir.path()).unwrap().join("data/tmp");
    let elsewhere = office.dir.path().join("everybody");
    fs::create_dir(&elsewhere).unwrap();
    // Left behind by a system that knows no files without names.
    fs::create_dir_all(&temporary).unwrap();
    fs::set_permissions(&temporary, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(temporary.join(".tmpleft"), "320106198101010010").unwrap();
    let mut command = office.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("TMPDIR", &elsewhere).env("JIANGONG_LOG", "info");
    let mut server = Server::of(command);
    assert_eq!(fs::metadata(&temporary).unwrap().permissions().mode() & 0o777, 0o700);
    let names = || fs::read_dir(&temporary).unwrap().count();
    assert_eq!(names(), 0, "what was left behind is gone");
    let process = server.child.id();
    let mut browser = Browser::of(&server, "office", "brass kettle on the shelf", "copper lamp at the gate");
    let upload = browser.begin_upload("/imports", "big.csv", &b"320106198101010010,".repeat(80_000));
    eventually_blocking("a file is being written", || !open_files(process, &temporary).is_empty());
    assert_eq!((names(), fs::read_dir(&elsewhere).unwrap().count()), (0, 0), "no name leads to it");
    drop(browser);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    drop(upload);
    assert_eq!(names(), 0);
}
