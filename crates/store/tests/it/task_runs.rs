//! What tasks of servers have done last.

use jiff::SignedDuration;
use store::task_runs::{self, TaskRun};

use crate::{both, now, write};

fn run(server: &str, task: &str) -> TaskRun {
    TaskRun {
        server: server.to_owned(),
        task: task.to_owned(),
        started_at: Some(5),
        succeeded_at: None,
        failed_at: Some(6),
        failure: Some("broken".to_owned()),
        failures: 2,
        next_at: None,
        reported_at: now().as_microsecond(),
    }
}

both! {
    async fn a_server_reports_what_its_tasks_have_done(test: &TestDb) {
        let mut tx = write(test).await;
        task_runs::put(&mut tx, &[run("one", "fold"), run("one", "imports"), run("two", "fold")]).await.unwrap();
        let later = TaskRun { succeeded_at: Some(9), failures: 0, ..run("one", "fold") };
        task_runs::put(&mut tx, std::slice::from_ref(&later)).await.unwrap();
        assert_eq!(task_runs::list(&mut tx).await.unwrap(), [later, run("one", "imports"), run("two", "fold")]);
        task_runs::delete_of_server(&mut tx, "one").await.unwrap();
        task_runs::delete_before(&mut tx, now()).await.unwrap();
        assert_eq!(task_runs::list(&mut tx).await.unwrap(), [run("two", "fold")]);
        task_runs::delete_before(&mut tx, now() + SignedDuration::from_secs(1)).await.unwrap();
        assert!(task_runs::list(&mut tx).await.unwrap().is_empty());
    }
}
