//! Background work: what fails is started again and says so; servers that
//! share a database share its jobs, and none is done twice or lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use app::{
    App, Context, Error,
    accounts::{self, NewAccount},
    imports::{self, ImportState, Submission},
    load::{LoadUnit, load},
    tasks::{Scope, Supervisor, TASKS, Task, health, list_tasks, overview},
};
use jiff::SignedDuration;
use model::ids::{ImportId, UnitId};
use store::{audit, listing, queue, task_runs, units::UnitKind};
use testkit::{MovableClock, TestDb, console, eventually, open, open_again, small_campaign};
use tokio::sync::Notify;

const MILL: UnitId = UnitId(10_002);
const FORM: &str = "workshop-idea";
/// Longer than any lease.
const LONG: SignedDuration = SignedDuration::from_mins(10);

/// A city with one mill.
async fn city(test: &TestDb) {
    let app = open(test, &small_campaign()).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let fields = snapshot.definition.forms[snapshot.definition.roster].fields.len();
    let unit = |id: UnitId, kind, parent| LoadUnit {
        id,
        code: id.to_string(),
        name: format!("unit {id}"),
        kind,
        parent,
        guidance: None,
        closed_from: None,
        values: vec![None; fields].into(),
    };
    let root = UnitId(10_001);
    let units = vec![unit(root, UnitKind::Union, None), unit(MILL, UnitKind::Grassroots, Some(root))];
    load(&app, &console(&app), units, std::iter::empty(), &|_| {}).await.unwrap();
}

fn task(name: &str) -> &'static Task {
    TASKS.iter().find(|task| task.name == name).unwrap()
}

static RUNS: AtomicUsize = AtomicUsize::new(0);
/// The second run waits for this.
static SECOND: Notify = Notify::const_new();

/// Panics, then fails, then succeeds.
static BROKEN: Task = Task {
    name: "broken",
    scope: Scope::Region,
    engine: None,
    every: Duration::from_hours(1),
    longest: Duration::from_hours(1),
    signal: None,
    run: |_, _| {
        Box::pin(async {
            match RUNS.fetch_add(1, Ordering::SeqCst) {
                0 => panic!("a cell: 210202198001010008"),
                1 => {
                    SECOND.notified().await;
                    Err(Error::internal("no such luck"))
                }
                _ => Ok(()),
            }
        })
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_panics_comes_back_and_says_so() {
    let test = testkit::sqlite().await;
    city(&test).await;
    let app = Arc::new(open_again(&test, testkit::clock()).await);
    let supervisor = Supervisor::start(app.clone(), &[&BROKEN, task("upkeep")]);
    let stored = async || {
        let mut tx = test.db.read(test.region).await.unwrap();
        let runs = task_runs::list(&mut tx).await.unwrap();
        runs.into_iter().find(|run| run.task == "broken")
    };
    eventually("the panic is stored", async || stored().await.is_some_and(|run| run.failures == 1)).await;
    assert_eq!(health(&app).await.failing, ["broken"]);
    let failure = stored().await.unwrap().failure.unwrap();
    assert!(failure.contains("panicked"), "{failure}");
    assert!(!failure.contains("210202198001010008"), "a panic may quote personal data: {failure}");
    SECOND.notify_one();
    eventually("it comes back", async || stored().await.is_some_and(|run| run.failures == 0)).await;
    assert!(health(&app).await.is_good());
    let seen = overview(&app, &console(&app)).await.unwrap();
    let report = seen.servers[0].tasks.iter().find(|report| report.task == "broken").unwrap();
    assert!(report.succeeded_at.is_some() && !report.is_failing);
    assert!(report.failed.as_ref().unwrap().1.contains("no such luck"), "the last failure stays to be seen");
    supervisor.stop().await.unwrap();
    assert!(stored().await.is_none(), "a server that ends takes its reports away");
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_were_stopped_can_be_started_again() {
    let test = testkit::sqlite().await;
    city(&test).await;
    let app = Arc::new(open_again(&test, testkit::clock()).await);
    Supervisor::start(app.clone(), &[task("imports")]).stop().await.unwrap();
    let (ctx, ids) = hand_in(&app, 1).await;
    let supervisor = Supervisor::start(app.clone(), &[task("imports")]);
    let is_done = async || in_state(&app, &ctx, ImportState::Done).await == ids.len();
    eventually("the import is done", is_done).await;
    supervisor.stop().await.unwrap();
}

#[tokio::test]
async fn a_task_that_is_not_run_in_time_is_late() {
    let test = testkit::sqlite().await;
    city(&test).await;
    let clock = Arc::new(MovableClock::default());
    let app = Arc::new(open_again(&test, clock.clone()).await);
    let supervisor = Supervisor::start(app.clone(), &[task("sessions")]);
    eventually("it has run", async || {
        let seen = overview(&app, &console(&app)).await.unwrap();
        let report = seen.servers.first().map(|server| &server.tasks[0]);
        report.is_some_and(|report| report.succeeded_at.is_some() && report.next_at.is_some())
    })
    .await;
    assert!(health(&app).await.is_good());
    clock.advance(SignedDuration::from_hours(2));
    assert_eq!(health(&app).await.late, ["sessions"]);
    drop(supervisor);
}

#[tokio::test]
async fn a_server_runs_the_tasks_of_its_scopes_and_engine() {
    let names = |app: &App, scopes: &[Scope]| -> Vec<&str> {
        list_tasks(app, scopes).iter().map(|task| task.name).collect()
    };
    for test in testkit::databases().await {
        city(&test).await;
        let app = open_again(&test, testkit::clock()).await;
        let region = names(&app, &[Scope::Region]);
        let is_postgres = test.db.engine() == store::Engine::Postgres;
        assert_eq!(region.contains(&"fold"), is_postgres, "on SQLite nothing waits to be folded");
        assert!(region.contains(&"imports") && !region.contains(&"indexes"));
        assert_eq!(names(&app, &[Scope::Pages]), ["indexes", "index-check"]);
        assert_eq!(names(&app, &[Scope::Process]), ["disk", "upkeep"]);
    }
}

/// An officer of the mill.
async fn officer(app: &App) -> Context {
    let account = NewAccount {
        login: "li".to_owned(),
        name: "Li".to_owned(),
        role: testkit::role("enterprise-officer"),
        unit_code: MILL.to_string(),
        password: testkit::FIRST_PASSWORD.to_owned(),
    };
    accounts::add(app, &console(app), account).await.unwrap();
    testkit::first_context(app, "li").await
}

/// Hands so many files of two rows in and starts their import.
async fn hand_in(app: &App, count: usize) -> (Context, Vec<ImportId>) {
    let ctx = officer(app).await;
    let mut ids = Vec::new();
    for number in 0..count {
        let text = format!(
            "组织编码,金点子名称,姓名,提出日期\n{MILL},lamp {number},甲,2021-03-01\n{MILL},pump {number},乙,2021-04-01\n"
        );
        let submission = Submission {
            key: "key".to_owned(),
            file_name: format!("ideas-{number}.csv"),
            bytes: text.into_bytes(),
            kind: Some(format!("register:{FORM}")),
        };
        let id = imports::submit(app, &ctx, submission).await.unwrap();
        imports::start(app, &ctx, id, false).await.unwrap();
        ids.push(id);
    }
    (ctx, ids)
}

async fn in_state(app: &App, ctx: &Context, state: ImportState) -> usize {
    let page = imports::list(app, ctx, 0, 1_000).await.unwrap();
    page.jobs.iter().filter(|job| job.state == state).count()
}

/// Each import was done once, and nothing of it is missing.
async fn assert_done_once(test: &TestDb, app: &App, ctx: &Context, ids: &[ImportId]) {
    let mut tx = test.db.read(test.region).await.unwrap();
    for id in ids {
        let entries = audit::list_of(&mut tx, "import", id.0).await.unwrap();
        let done = entries.iter().filter(|entry| entry.action == "import").count();
        assert_eq!(done, 1, "import {id}: {entries:?}");
    }
    assert_eq!(listing::count(&mut tx, FORM).await.unwrap(), 2 * i64::try_from(ids.len()).unwrap());
    assert!(queue::counts(&mut tx).await.unwrap().is_empty(), "the queue is empty");
    tx.rollback().await.unwrap();
    assert_eq!(in_state(app, ctx, ImportState::Done).await, ids.len());
    let last = imports::find(app, ctx, ids[0]).await.unwrap();
    assert_eq!(last.report.map(|report| report.accepted), Some(2));
}

/// A server that claims some jobs and is never heard of again.
async fn die_at_work(test: &TestDb, app: &App, jobs: usize) {
    let now = app.now();
    let mut tx = test.db.write(test.region).await.unwrap();
    for _ in 0..jobs {
        let job = queue::claim(&mut tx, "import", "dead", now, now + SignedDuration::from_mins(1)).await;
        let id = ImportId(job.unwrap().unwrap().reference);
        let row = store::imports::find(&mut tx, id).await.unwrap().unwrap();
        let running = store::imports::Import { state: "running".to_owned(), ..row };
        store::imports::advance(&mut tx, &running, "waiting").await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_a_hundred_imports() {
    let Some(test) = testkit::postgres().await else { return };
    city(&test).await;
    let clock = Arc::new(MovableClock::default());
    let (one, two) = (open_again(&test, clock.clone()).await, open_again(&test, clock.clone()).await);
    let (one, two) = (Arc::new(one), Arc::new(two));
    let (ctx, ids) = hand_in(&one, 100).await;
    die_at_work(&test, &one, 3).await;
    let first = Supervisor::start(one.clone(), &[task("imports")]);
    let second = Supervisor::start(two.clone(), &[task("imports")]);
    eventually("both work", async || in_state(&two, &ctx, ImportState::Done).await >= 20).await;
    // Killed in the middle of whatever it does.
    drop(first);
    eventually("the other one does the rest", async || in_state(&two, &ctx, ImportState::Waiting).await == 0)
        .await;
    eventually("it has finished its own", async || in_state(&two, &ctx, ImportState::Running).await <= 4)
        .await;
    assert!(
        in_state(&two, &ctx, ImportState::Running).await >= 3,
        "nobody takes work whose lease still runs"
    );
    clock.advance(LONG);
    two.wake_importer(&console(&two));
    eventually("it takes over what was left", async || in_state(&two, &ctx, ImportState::Done).await == 100)
        .await;
    second.stop().await.unwrap();
    assert_done_once(&test, &two, &ctx, &ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_started_again_does_the_rest_of_a_hundred_imports() {
    let test = testkit::sqlite().await;
    city(&test).await;
    let clock = Arc::new(MovableClock::default());
    let one = Arc::new(open_again(&test, clock.clone()).await);
    let (ctx, ids) = hand_in(&one, 100).await;
    die_at_work(&test, &one, 3).await;
    let first = Supervisor::start(one.clone(), &[task("imports")]);
    eventually("it works", async || in_state(&one, &ctx, ImportState::Done).await >= 20).await;
    drop(first);
    let two = Arc::new(open_again(&test, clock.clone()).await);
    let second = Supervisor::start(two.clone(), &[task("imports")]);
    eventually("it does the rest", async || in_state(&two, &ctx, ImportState::Waiting).await == 0).await;
    clock.advance(LONG);
    two.wake_importer(&console(&two));
    eventually("it takes over what was left", async || in_state(&two, &ctx, ImportState::Done).await == 100)
        .await;
    second.stop().await.unwrap();
    assert_done_once(&test, &two, &ctx, &ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_gives_its_jobs_back() {
    for test in testkit::databases().await {
        city(&test).await;
        let app = Arc::new(open_again(&test, testkit::clock()).await);
        let (ctx, ids) = hand_in(&app, 1).await;
        let (server, now) = (app.server().to_owned(), app.now());
        let mut tx = test.db.write(test.region).await.unwrap();
        let job = queue::claim(&mut tx, "import", &server, now, now + LONG).await.unwrap().unwrap();
        let row = store::imports::find(&mut tx, ids[0]).await.unwrap().unwrap();
        let running = store::imports::Import { state: "running".to_owned(), ..row };
        store::imports::advance(&mut tx, &running, "waiting").await.unwrap();
        tx.commit().await.unwrap();
        Supervisor::start(app.clone(), &[]).stop().await.unwrap();
        assert_eq!(in_state(&app, &ctx, ImportState::Waiting).await, 1);
        let mut tx = test.db.write(test.region).await.unwrap();
        let taken = queue::claim(&mut tx, "import", "another", now, now + LONG).await.unwrap().unwrap();
        assert_eq!((taken.reference, taken.attempts), (job.reference, 1), "what was cut short is no attempt");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_no_attempt_has_done_fails_and_says_so() {
    for test in testkit::databases().await {
        city(&test).await;
        let clock = Arc::new(MovableClock::default());
        let app = open_again(&test, clock.clone()).await;
        let (ctx, ids) = hand_in(&app, 1).await;
        for _ in 0..5 {
            die_at_work_again(&test, &app).await;
            clock.advance(LONG);
        }
        imports::run_waiting(&app, &console(&app)).await.unwrap();
        let job = imports::find(&app, &ctx, ids[0]).await.unwrap();
        assert_eq!(job.state, ImportState::Failed);
        assert!(job.failure.is_some(), "who waits for it reads why");
        let seen = overview(&app, &console(&app)).await.unwrap();
        assert_eq!((seen.jobs[0].failed, seen.failed[0].reference), (1, ids[0].0));
        assert!(seen.failed[0].error.contains("5 attempts"), "{}", seen.failed[0].error);
        // It can be tried again by hand.
        imports::reopen(&app, &ctx, ids[0]).await.unwrap();
        imports::start(&app, &ctx, ids[0], false).await.unwrap();
        imports::run_waiting(&app, &console(&app)).await.unwrap();
        assert_done_once(&test, &app, &ctx, &ids).await;
    }
}

/// Stopped at one server while another one works at it; on SQLite there is one server.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_stopped_stores_nothing() {
    for test in testkit::databases().await {
        city(&test).await;
        let one = Arc::new(open_again(&test, testkit::clock()).await);
        let two = match test.db.engine() {
            store::Engine::Sqlite => one.clone(),
            store::Engine::Postgres => Arc::new(open_again(&test, testkit::clock()).await),
        };
        let ctx = officer(&one).await;
        let rows = (0..40_000).map(|number| format!("{MILL},lamp {number},甲,2021-03-01"));
        let head = "组织编码,金点子名称,姓名,提出日期".to_owned();
        let text = std::iter::once(head).chain(rows).collect::<Vec<String>>().join("\n");
        let submission = Submission {
            key: "key".to_owned(),
            file_name: "many.csv".to_owned(),
            bytes: text.into_bytes(),
            kind: Some(format!("register:{FORM}")),
        };
        let id = imports::submit(&one, &ctx, submission).await.unwrap();
        imports::start(&one, &ctx, id, false).await.unwrap();
        let server = one.clone();
        let work = tokio::spawn(async move { imports::run_waiting(&server, &console(&server)).await });
        eventually("it runs", async || in_state(&two, &ctx, ImportState::Running).await == 1).await;
        imports::stop(&two, &ctx, id).await.unwrap();
        work.await.unwrap().unwrap();
        let job = imports::find(&two, &ctx, id).await.unwrap();
        assert_eq!((job.state, job.report), (ImportState::Failed, None));
        let message = job.failure.unwrap().message(words::Words::new(words::Language::English));
        assert!(message.starts_with("Stopped on request"), "{message}");
        let mut tx = test.db.read(test.region).await.unwrap();
        assert_eq!(listing::count(&mut tx, FORM).await.unwrap(), 0);
        assert!(queue::counts(&mut tx).await.unwrap().is_empty(), "nobody tries it again");
        tx.rollback().await.unwrap();
        // What is over stays as it is, and it can be started again by hand.
        imports::stop(&two, &ctx, id).await.unwrap();
        imports::reopen(&two, &ctx, id).await.unwrap();
        imports::start(&two, &ctx, id, false).await.unwrap();
        imports::stop(&two, &ctx, id).await.unwrap();
        assert_eq!(in_state(&two, &ctx, ImportState::Failed).await, 1, "stopped while it waits");
    }
}

/// Another server claims the only job and is never heard of again.
async fn die_at_work_again(test: &TestDb, app: &App) {
    let now = app.now();
    let mut tx = test.db.write(test.region).await.unwrap();
    queue::claim(&mut tx, "import", "dead", now, now + SignedDuration::from_mins(1)).await.unwrap().unwrap();
    tx.commit().await.unwrap();
}
