//! Background work: the last runs of each server's tasks, the jobs that wait in
//! the queue, and the jobs that were given up. For the city office.

use std::sync::Arc;

use app::{
    DiskReport, DiskState,
    tasks::{self, FailedJob, JobCounts, ServerTasks, TaskReport},
};
use askama::Template;
use axum::{extract::State, response::Html};
use jiff::Timestamp;
use words::Words;

use crate::{
    Error, WebState,
    error::print,
    layout::{Area, Layout},
    request_context::SignedIn,
};

#[derive(Template)]
#[template(path = "tasks.html")]
struct TasksPage {
    layout: Layout,
    servers: Vec<ServerView>,
    jobs: Vec<JobsView>,
    failed: Vec<FailedView>,
    disks: Vec<DiskView>,
}

/// A disk of the server that shows the page.
struct DiskView {
    path: String,
    free: String,
    total: String,
    class: &'static str,
    state: &'static str,
    /// What is to be done about it.
    remedy: Option<&'static str>,
}

/// One server.
struct ServerView {
    heading: String,
    silence: Option<String>,
    tasks: Vec<TaskView>,
}

/// One task of a server.
struct TaskView {
    name: &'static str,
    id: String,
    class: &'static str,
    state: &'static str,
    started: String,
    succeeded: String,
    failed: String,
    failure: String,
    next: String,
}

/// The jobs of one kind.
struct JobsView {
    kind: String,
    waiting: String,
    running: String,
    failed: String,
}

/// A job that was given up.
struct FailedView {
    kind: String,
    reference: i64,
    attempts: i64,
    moment: String,
    error: String,
}

/// GET `/tasks`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Html<String>, Error> {
    let words = person.words();
    let overview = tasks::overview(&state.app, &person.ctx).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    print(&TasksPage {
        layout: Layout::new(&person, &snapshot, Area::Users, words.tasks_title()),
        servers: overview.servers.into_iter().map(|server| server_view(words, server)).collect(),
        jobs: overview.jobs.into_iter().map(|jobs| jobs_view(words, jobs)).collect(),
        failed: overview.failed.into_iter().map(|job| failed_view(words, job)).collect(),
        disks: overview.disks.iter().map(|disk| disk_view(words, disk)).collect(),
    })
}

fn disk_view(words: Words, disk: &DiskReport) -> DiskView {
    let (class, state, remedy) = match disk.state {
        DiskState::Good => ("s-met", words.tasks_disk_good(), None),
        DiskState::Low => ("s-on-track", words.tasks_disk_low(), Some(words.tasks_disk_low_remedy())),
        DiskState::Short => ("s-behind", words.tasks_disk_short(), Some(words.tasks_disk_short_remedy())),
        DiskState::Full => ("s-behind", words.tasks_disk_full(), Some(words.tasks_disk_full_remedy())),
    };
    let size =
        |bytes: u64| words.tasks_disk_size(words.count(i64::try_from(bytes >> 20).unwrap_or(i64::MAX)));
    DiskView {
        path: disk.path.display().to_string(),
        free: size(disk.space.free),
        total: size(disk.space.total),
        class,
        state,
        remedy,
    }
}

fn server_view(words: Words, server: ServerTasks) -> ServerView {
    ServerView {
        heading: words.tasks_server(server.server),
        silence: server.is_silent.then(|| words.tasks_silent(words.moment(server.reported_at))),
        tasks: server.tasks.into_iter().map(|task| task_view(words, task)).collect(),
    }
}

fn task_view(words: Words, task: TaskReport) -> TaskView {
    let moment = |at: Option<Timestamp>| at.map(|at| words.moment(at)).unwrap_or_default();
    let (class, state) = match (task.is_failing, task.next_at) {
        (true, _) => ("s-behind", words.tasks_failing()),
        (false, None) => ("s-on-track", words.tasks_runs()),
        (false, Some(_)) => ("s-met", words.tasks_rests()),
    };
    let (failed, failure) = task.failed.unzip();
    TaskView {
        name: task_name(words, &task.task),
        id: task.task,
        class,
        state,
        started: moment(task.started_at),
        succeeded: moment(task.succeeded_at),
        failed: moment(failed),
        failure: failure.unwrap_or_default(),
        next: moment(task.next_at),
    }
}

/// The words for a task. One of a newer server that this one does not know has only its id.
fn task_name(words: Words, id: &str) -> &'static str {
    match id {
        "fold" => words.tasks_fold(),
        "imports" => words.tasks_imports(),
        "indexes" => words.tasks_indexes(),
        "access-log" => words.tasks_access_log(),
        "access-log-retention" => words.tasks_access_log_retention(),
        "index-check" => words.tasks_index_check(),
        "files" => words.tasks_files(),
        "sessions" => words.tasks_sessions(),
        "disk" => words.tasks_disk(),
        "upkeep" => words.tasks_upkeep(),
        _ => "",
    }
}

fn kind_name(words: Words, kind: String) -> String {
    match kind.as_str() {
        "import" => words.tasks_import().to_owned(),
        _ => kind,
    }
}

fn jobs_view(words: Words, jobs: JobCounts) -> JobsView {
    JobsView {
        kind: kind_name(words, jobs.kind),
        waiting: words.count(jobs.waiting),
        running: words.count(jobs.running),
        failed: words.count(jobs.failed),
    }
}

fn failed_view(words: Words, job: FailedJob) -> FailedView {
    FailedView {
        kind: kind_name(words, job.kind),
        reference: job.reference,
        attempts: job.attempts,
        moment: words.moment(job.failed_at),
        error: job.error,
    }
}

#[cfg(test)]
mod tests {
    use words::{Language, Words};

    use super::*;

    #[test]
    fn every_task_has_a_name_for_people() {
        for language in Language::ALL {
            for task in tasks::TASKS {
                assert_ne!(task_name(Words::new(language), task.name), "", "{}", task.name);
            }
        }
    }
}
