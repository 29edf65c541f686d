//! Background work: the last runs of each server's tasks, the jobs that wait in
//! the queue, and the jobs that were given up. For the city office.

use std::sync::Arc;

use app::{
    DiskReport, DiskState,
    tasks::{self, FailedJob, JobCounts, ServerTasks, TaskReport},
};
use askama::Template;
use axum::{
    extract::State,
    response::{Html, Response},
};
use jiff::Timestamp;
use words::Words;

use crate::{
    Error, WebState,
    error::print,
    layout::{Area, Layout},
    parts::{
        cell_value::CellValue,
        downloads::Downloads,
        export::{self, HasTables},
        table::{CellLook, ColumnHead, Table, TableCell, TableRow},
    },
    request_context::SignedIn,
};

#[derive(Template)]
#[template(path = "tasks.html")]
struct TasksPage {
    layout: Layout,
    servers: Vec<ServerView>,
    jobs: Table,
    failed: Table,
    disks: Table,
    /// What is to be done about disks.
    remedies: Vec<&'static str>,
    downloads: Downloads,
}

impl HasTables for TasksPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn tables(&self) -> Vec<Table> {
        let servers = self.servers.iter().map(|server| &server.tasks);
        servers.chain([&self.disks, &self.jobs, &self.failed]).cloned().collect()
    }
}

/// One server.
struct ServerView {
    silence: Option<String>,
    tasks: Table,
}

/// GET `/tasks`.
pub(crate) async fn show(
    State(state): State<Arc<WebState>>,
    person: SignedIn,
) -> Result<Html<String>, Error> {
    print(&load(&state, &person).await?)
}

/// GET `/tasks/export.xlsx`: the tables of the page.
pub(crate) async fn xlsx(State(state): State<Arc<WebState>>, person: SignedIn) -> Result<Response, Error> {
    export::workbook(&state, &person, "tasks", &load(&state, &person).await?).await
}

async fn load(state: &WebState, person: &SignedIn) -> Result<TasksPage, Error> {
    let words = person.words();
    let overview = tasks::overview(&state.app, &person.ctx).await?;
    let snapshot = state.app.current(&person.ctx).await?;
    Ok(TasksPage {
        layout: Layout::new(person, &snapshot, Area::Users, words.tasks_title()).wide(),
        downloads: Downloads::page(words, "/tasks/export.xlsx"),
        remedies: overview.disks.iter().filter_map(|disk| disk_state(words, disk).2).collect(),
        disks: table(
            words.tasks_disks(),
            &[words.tasks_disk_path(), words.tasks_state()],
            &[words.tasks_disk_free(), words.tasks_disk_total()],
            overview.disks.iter().map(|disk| disk_row(words, disk)),
        ),
        servers: overview.servers.into_iter().map(|server| server_view(words, server)).collect(),
        jobs: table(
            words.tasks_queue(),
            &[words.tasks_kind()],
            &[words.tasks_jobs_waiting(), words.tasks_jobs_running(), words.tasks_jobs_failed()],
            overview.jobs.into_iter().map(|jobs| jobs_row(words, jobs)),
        ),
        failed: failed_table(words, overview.failed),
    })
}

/// A table with columns of texts and then of numbers.
fn table(
    title: impl Into<String>,
    texts: &[&str],
    numbers: &[&str],
    rows: impl Iterator<Item = TableRow>,
) -> Table {
    let texts = texts.iter().map(|label| ColumnHead::text(*label));
    let numbers = numbers.iter().map(|label| ColumnHead::number(*label));
    Table {
        title: title.into(),
        columns: texts.chain(numbers).collect(),
        rows: rows.collect(),
        ..Table::default()
    }
}

/// The style of a disk's state, the words for it, and what is to be done about it.
fn disk_state(words: Words, disk: &DiskReport) -> (&'static str, &'static str, Option<&'static str>) {
    match disk.state {
        DiskState::Good => ("met", words.tasks_disk_good(), None),
        DiskState::Low => ("on-track", words.tasks_disk_low(), Some(words.tasks_disk_low_remedy())),
        DiskState::Short => ("behind", words.tasks_disk_short(), Some(words.tasks_disk_short_remedy())),
        DiskState::Full => ("behind", words.tasks_disk_full(), Some(words.tasks_disk_full_remedy())),
    }
}

fn disk_row(words: Words, disk: &DiskReport) -> TableRow {
    let (style, state, _) = disk_state(words, disk);
    let size =
        |bytes: u64| words.tasks_disk_size(words.count(i64::try_from(bytes >> 20).unwrap_or(i64::MAX)));
    TableRow::new([
        TableCell::new(disk.path.display().to_string()).with_look(CellLook::Code),
        TableCell::new(state).with_look(CellLook::State(style, false)),
        TableCell::new(size(disk.space.free)),
        TableCell::new(size(disk.space.total)),
    ])
}

fn server_view(words: Words, server: ServerTasks) -> ServerView {
    let texts = [
        words.tasks_task(),
        words.tasks_state(),
        words.tasks_started(),
        words.tasks_succeeded(),
        words.tasks_failed(),
        words.tasks_next(),
    ];
    let heading = words.tasks_server(server.server);
    let rows = server.tasks.into_iter().map(|task| task_row(words, task));
    let table = table(heading, &texts, &[], rows);
    ServerView {
        silence: server.is_silent.then(|| words.tasks_silent(words.moment(server.reported_at))),
        tasks: Table { class: "table-hover", ..table },
    }
}

fn task_row(words: Words, task: TaskReport) -> TableRow {
    let moment = |at: Option<Timestamp>| TableCell::some(at.map(CellValue::Moment));
    let (style, state) = match (task.is_failing, task.next_at) {
        (true, _) => ("behind", words.tasks_failing()),
        (false, None) => ("on-track", words.tasks_runs()),
        (false, Some(_)) => ("met", words.tasks_rests()),
    };
    let (failed, failure) = task.failed.unzip();
    TableRow::new([
        TableCell::new(task_name(words, &task.task)).with_note(task.task),
        TableCell::new(state).with_look(CellLook::State(style, false)),
        moment(task.started_at),
        moment(task.succeeded_at),
        moment(failed).with_note(failure.unwrap_or_default()),
        moment(task.next_at),
    ])
}

/// The words for a task. One of a newer server that this one does not know has only its id.
fn task_name(words: Words, id: &str) -> &'static str {
    match id {
        "fold" => words.tasks_fold(),
        "imports" => words.tasks_imports(),
        "candidates" => words.tasks_candidates(),
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
        "take-back" => words.tasks_take_back().to_owned(),
        "candidate" => words.tasks_candidate().to_owned(),
        _ => kind,
    }
}

fn jobs_row(words: Words, jobs: JobCounts) -> TableRow {
    let counts = [jobs.waiting, jobs.running, jobs.failed].map(CellValue::Integer).map(TableCell::new);
    let kind = TableCell::new(kind_name(words, jobs.kind));
    TableRow::new(std::iter::once(kind).chain(counts).collect::<Vec<_>>())
}

/// The jobs that were given up.
fn failed_table(words: Words, jobs: Vec<FailedJob>) -> Table {
    let columns = vec![
        ColumnHead::text(words.tasks_kind()),
        ColumnHead::text(words.tasks_reference()),
        ColumnHead::text(words.tasks_failed_at()),
        ColumnHead::number(words.tasks_attempts()),
        ColumnHead::text(words.tasks_error()),
    ];
    let row = |job: FailedJob| {
        TableRow::new([
            TableCell::new(kind_name(words, job.kind)),
            TableCell::new(job.reference.to_string()).with_look(CellLook::Code),
            TableCell::new(CellValue::Moment(job.failed_at)),
            TableCell::new(CellValue::Integer(job.attempts)),
            TableCell::new(job.error),
        ])
    };
    let title = words.tasks_failed_jobs().to_owned();
    Table { title, columns, rows: jobs.into_iter().map(row).collect(), ..Table::default() }
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
