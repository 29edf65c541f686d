//! What is shown of background work, to people and to machines that watch the server.

use std::time::Duration;

use app::tasks::{Scope, Supervisor, Task};
use axum::http::StatusCode;
use store::{queue, task_runs, task_runs::TaskRun};

use crate::{
    site::{Answer, Site},
    snapshots::{assert, check},
};

#[tokio::test]
async fn before_any_task_has_reported() {
    check("tasks_before_any_has_reported", &Site::new().await, "city", "/tasks").await;
}

#[tokio::test]
async fn tasks_that_fail_run_and_rest_and_jobs_that_wait_and_have_failed() {
    let site = Site::new().await;
    let now = site.app.now();
    let at = Some(now.as_microsecond());
    let failing = TaskRun {
        server: "one".to_owned(),
        task: "fold".to_owned(),
        started_at: at,
        succeeded_at: at,
        failed_at: at,
        failure: Some("the database is not available".to_owned()),
        failures: 2,
        next_at: None,
        reported_at: now.as_microsecond() - 3_600_000_000,
    };
    let running = TaskRun { task: "imports".to_owned(), failures: 0, ..failing.clone() };
    let resting = TaskRun { task: "files".to_owned(), next_at: at, ..running.clone() };
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    task_runs::put(&mut tx, &[failing, running, resting]).await.unwrap();
    queue::enqueue(&mut tx, "import", 7, now).await.unwrap();
    let job = queue::claim(&mut tx, "import", "one", now, now).await.unwrap().unwrap();
    let note = store::Vault::new(&testkit::secret()).seal_note("the disk is full");
    queue::fail(&mut tx, &job, &note, now).await.unwrap();
    queue::enqueue(&mut tx, "import", 8, now).await.unwrap();
    tx.commit().await.unwrap();
    check("tasks", &site, "city", "/tasks").await;
}

/// Status and body of an answer to a machine.
fn plain(answer: &Answer) -> String {
    format!("{}\n{}", answer.status, answer.text())
}

#[tokio::test]
async fn a_server_without_faults_is_ready() {
    let site = Site::new().await;
    assert("ready", &plain(&site.stranger().await.get("/readyz").await));
}

#[tokio::test]
async fn a_server_without_its_database_is_not_ready() {
    let site = Site::new().await;
    let mut watch = site.stranger().await;
    site.app.close().await;
    assert("not_ready_without_database", &plain(&watch.get("/readyz").await));
}

#[tokio::test]
async fn a_process_without_its_database_lives() {
    let site = Site::new().await;
    let mut watch = site.stranger().await;
    site.app.close().await;
    assert_eq!(watch.get("/healthz").await.text(), "ok");
}

/// A task that never succeeds.
static BROKEN: Task = Task {
    name: "broken",
    scope: Scope::Process,
    engine: None,
    every: Duration::from_hours(1),
    longest: Duration::from_hours(1),
    signal: None,
    run: |_, _| Box::pin(async { Err(app::Error::internal("broken")) }),
};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_failing_task_is_not_ready_and_says_which() {
    let site = Site::new().await;
    let mut watch = site.stranger().await;
    let supervisor = Supervisor::start(site.app.clone(), &[&BROKEN]);
    let answer = loop {
        let answer = watch.get("/readyz").await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        tokio::task::yield_now().await;
    };
    assert("not_ready_with_a_failing_task", &plain(&answer));
    let page = site.visitor("city").await.get("/tasks").await.page();
    page.assert_says(&["失败，自动重试中"]);
    supervisor.stop().await.unwrap();
}
