//! `jiangong worker`: background work without pages.

use std::process::{Child, Command, Stdio};

use testkit::eventually_blocking;

use crate::Office;

/// An import that somebody has started and no server has done yet; its account is gone by now.
const WAITING: &str = "
    INSERT INTO import (region_id, import_id, user_id, created_at, file_name, form, state, done, total, options)
        VALUES (1, 7, 1, 5, 'ideas.csv', 'register:proposal', 'waiting', 0, 0, '{}');
    INSERT INTO import_file (region_id, import_id, content) VALUES (1, 7, x'00');
    INSERT INTO job (region_id, job_id, kind, reference, state, created_at, run_after, attempts)
        VALUES (1, 7, 'import', 7, 'waiting', 5, 5, 0);";

fn sql(office: &Office, text: &str) -> String {
    office.query(10_000, text).unwrap()
}

fn until(what: &str, child: &mut Child, is_so: impl Fn() -> bool) {
    eventually_blocking(what, || {
        assert!(child.try_wait().unwrap().is_none(), "the worker has ended: {what}");
        is_so()
    });
}

#[test]
fn a_worker_does_what_waits_and_ends_in_order() {
    let office = Office::new();
    office.take("01-组织名册.xlsx", "units");
    sql(&office, WAITING);
    let mut command = office.command(&["worker"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the import is taken", &mut child, || sql(&office, "SELECT count(*) FROM job") == "0");
    assert_eq!(sql(&office, "SELECT state FROM import WHERE import_id = 7"), "failed");
    until("it reports", &mut child, || sql(&office, "SELECT count(*) > 0 FROM task_run") == "1");
    assert_eq!(
        sql(&office, "SELECT count(*) FROM task_run WHERE task = 'indexes'"),
        "0",
        "it shows no lists"
    );
    Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(sql(&office, "SELECT count(*) FROM task_run"), "0", "it takes its reports away");
}
