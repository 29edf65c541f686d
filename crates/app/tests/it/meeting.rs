//! Imports that meet, servers that die in the middle of one, and a database that ends connections
//! whenever it likes: everything is stored once, and nobody reads of a fault of the program.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use app::{
    App, Context, Error,
    accounts::{self, NewAccount},
    imports::{self, ImportState, Report, Request, Submission},
    rebuild::verify,
    records,
    tasks::{Supervisor, TASKS},
};
use jiff::SignedDuration;
use model::ids::ImportId;
use testkit::{MovableClock, TestDb, console, end_connections, eventually, open_again};

use crate::{
    registers::{proposal, selection},
    tree::{CITY, FIRM, city},
};

const FORM: &str = "proposal";

/// A file of so many proposals of the firm, in order or the other way round.
fn file(count: usize, is_reversed: bool, measure: &str) -> Vec<u8> {
    let mut rows: Vec<String> =
        (0..count).map(|number| format!("{FIRM},n{number:05},夹具{number},2011-05-03,{measure}")).collect();
    if is_reversed {
        rows.reverse();
    }
    let head = "单位编码,编号,建议名称,提出日期,措施".to_owned();
    std::iter::once(head).chain(rows).collect::<Vec<String>>().join("\n").into_bytes()
}

async fn import(app: &App, bytes: Vec<u8>) -> app::Result<Report> {
    let request = Request {
        file_name: "proposals.csv".to_owned(),
        bytes: Arc::new(bytes),
        kind: format!("register:{FORM}"),
        correct_stored: true,
        ..Request::default()
    };
    imports::import(app, &console(app), request, &|_, _| {}).await
}

async fn count(test: &TestDb) -> i64 {
    store::listing::count(&mut test.db.read(test.region).await.unwrap(), FORM).await.unwrap()
}

async fn assert_consistent(app: &App) {
    app.fold(&console(app)).await.unwrap();
    let verified = verify(app, &console(app)).await.unwrap();
    assert!(verified.agrees(), "{:?}", verified.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_import_the_same_rows_in_opposite_orders() {
    const ROWS: usize = 6_000;
    let Some(test) = testkit::postgres().await else { return };
    city(&test).await;
    let one = open_again(&test, testkit::clock()).await;
    let other = open_again(&test, testkit::clock()).await;
    for round in 0..3 {
        let measure = format!("措施{round}");
        let (first, second) = tokio::join!(
            import(&one, file(ROWS, false, &measure)),
            import(&other, file(ROWS, true, &measure))
        );
        let (first, second) = (first.unwrap(), second.unwrap());
        for report in [&first, &second] {
            assert!(
                report.stored && report.refused.is_empty(),
                "round {round}: {:?}",
                report.refused.first()
            );
        }
        let changed = first.accepted + first.corrected + second.accepted + second.corrected;
        assert_eq!(changed, ROWS, "round {round}: each row once");
        assert_eq!(count(&test).await, i64::try_from(ROWS).unwrap());
    }
    assert_consistent(&one).await;
}

/// An import of somebody who has signed in, waiting for a server.
async fn hand_in(app: &App, rows: usize) -> (Context, ImportId) {
    let account = NewAccount {
        login: "li".to_owned(),
        name: "Li".to_owned(),
        role: testkit::role("enterprise-officer"),
        unit_code: FIRM.to_string(),
        password: testkit::FIRST_PASSWORD.to_owned(),
    };
    accounts::add(app, &console(app), account).await.unwrap();
    let ctx = testkit::first_context(app, "li").await;
    let submission = Submission {
        key: "key".to_owned(),
        file_name: "many.csv".to_owned(),
        bytes: file(rows, false, "措施"),
        kind: Some(format!("register:{FORM}")),
    };
    let id = imports::submit(app, &ctx, submission).await.unwrap();
    imports::start(app, &ctx, id, false).await.unwrap();
    (ctx, id)
}

async fn state(app: &App, ctx: &Context, id: ImportId) -> ImportState {
    imports::find(app, ctx, id).await.unwrap().state
}

fn importer(app: &Arc<App>) -> Supervisor {
    let task = TASKS.iter().find(|task| task.name == "imports").unwrap();
    Supervisor::start(app.clone(), &[task])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_server_is_gone_is_finished_by_another() {
    const ROWS: usize = 6_000;
    for test in testkit::databases().await {
        city(&test).await;
        let clock = Arc::new(MovableClock::default());
        let survivor = Arc::new(open_again(&test, clock.clone()).await);
        let (ctx, id) = hand_in(&survivor, ROWS).await;
        // The other server has a runtime of its own, which ends in the middle of its work.
        let (url, region, is_running) = (test.url.clone(), test.region, Arc::new(AtomicBool::new(false)));
        let seen = is_running.clone();
        let dying = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let db = store::Db::open(&url).await.unwrap();
                let app = App::open(db, region, app::Setup::new(testkit::secret()), testkit::clock()).await;
                let app = Arc::new(app.unwrap());
                let _tasks = importer(&app);
                eventually("it is to die", async || seen.load(Ordering::SeqCst)).await;
            });
            runtime.shutdown_background();
        });
        eventually("the other server works at it", async || {
            state(&survivor, &ctx, id).await != ImportState::Waiting
        })
        .await;
        is_running.store(true, Ordering::SeqCst);
        dying.join().unwrap();
        let left = state(&survivor, &ctx, id).await;
        assert_eq!((left, count(&test).await), (ImportState::Running, 0), "it was in the middle of it");
        let tasks = importer(&survivor);
        clock.advance(SignedDuration::from_secs(61));
        survivor.wake_importer(&console(&survivor));
        eventually("the survivor finishes it", async || {
            state(&survivor, &ctx, id).await == ImportState::Done
        })
        .await;
        tasks.stop().await.unwrap();
        assert_eq!(count(&test).await, i64::try_from(ROWS).unwrap());
        assert_consistent(&survivor).await;
    }
}

/// A server whose connections PostgreSQL knows by a name.
async fn named(test: &TestDb, name: &str, clock: Arc<MovableClock>) -> App {
    let db = testkit::open_named(test, name).await;
    App::open(db, test.region, app::Setup::new(testkit::secret()), clock).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_on_after_postgresql_has_ended_its_connections() {
    const ROWS: usize = 6_000;
    let Some(test) = testkit::postgres().await else { return };
    city(&test).await;
    let name = format!("cut-{}", test.region);
    let clock = Arc::new(MovableClock::default());
    let watcher = open_again(&test, clock.clone()).await;
    let (ctx, id) = hand_in(&watcher, ROWS).await;
    let app = Arc::new(named(&test, &name, clock.clone()).await);
    let tasks = importer(&app);
    eventually("it runs", async || state(&watcher, &ctx, id).await == ImportState::Running).await;
    for _ in 0..3 {
        end_connections(&test, &name).await;
        // What was to be tried again later is due.
        clock.advance(SignedDuration::from_mins(10));
        app.wake_importer(&console(&app));
    }
    eventually("it goes on", async || {
        clock.advance(SignedDuration::from_secs(1));
        app.wake_importer(&console(&app));
        state(&watcher, &ctx, id).await == ImportState::Done
    })
    .await;
    tasks.stop().await.unwrap();
    assert_eq!(count(&test).await, i64::try_from(ROWS).unwrap());
    assert_consistent(&watcher).await;
}

/// What a person would read.
fn assert_told(what: &str, error: &Error) {
    let is_told = matches!(
        error,
        Error::Unavailable(_)
            | Error::Stale { .. }
            | Error::InvalidFields(_)
            | Error::NotFound { .. }
            | Error::ListBuilding { .. }
    );
    assert!(is_told, "{what}: {error:?}");
}

/// Entering, correcting, listing, removing and importing while connections end: each answer is success, a
/// conflict, or "not available now".
#[tokio::test(flavor = "multi_thread")]
async fn a_mixed_load_bears_connections_that_end() {
    const WORKERS: usize = 4;
    const ROUNDS: usize = 25;
    let Some(test) = testkit::postgres().await else { return };
    city(&test).await;
    let name = format!("mixed-{}", test.region);
    let app = Arc::new(named(&test, &name, Arc::new(MovableClock::default())).await);
    let done = Arc::new(AtomicUsize::new(0));
    let mut workers = Vec::new();
    for worker in 0..WORKERS {
        let (app, done) = (app.clone(), done.clone());
        workers.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                work(&app, worker, round).await;
            }
            done.fetch_add(1, Ordering::SeqCst);
        }));
    }
    let looks = AtomicUsize::new(0);
    eventually("everybody has finished", async || {
        // Not at every look: something is to be done in between.
        if looks.fetch_add(1, Ordering::SeqCst).is_multiple_of(15) {
            end_connections(&test, &name).await;
        }
        done.load(Ordering::SeqCst) == WORKERS
    })
    .await;
    for worker in workers {
        worker.await.unwrap();
    }
    let watcher = open_again(&test, testkit::clock()).await;
    assert_consistent(&watcher).await;
    let page = app::registers::list(&watcher, &console(&watcher), &selection(CITY, ""), 1, 10).await.unwrap();
    assert_eq!(i64::try_from(page.count).unwrap(), count(&test).await, "the list is whole");
}

async fn work(app: &App, worker: usize, round: usize) {
    let ctx = console(app);
    // Two workers enter the same.
    let number = format!("w{}-{round}", worker / 2);
    match records::enter(app, &ctx, FORM, FIRM, proposal(&number, "夹具")).await {
        Ok(entered) => {
            match records::correct(app, &ctx, entered.id, 1, proposal(&number, "吊具")).await {
                Ok(()) => {}
                Err(error) => assert_told("correct", &error),
            }
            if round.is_multiple_of(5) {
                match records::delete(app, &ctx, entered.id, 2).await {
                    Ok(()) => {}
                    Err(error) => assert_told("delete", &error),
                }
            }
        }
        Err(error) => assert_told("enter", &error),
    }
    match app::registers::list(app, &ctx, &selection(CITY, "具"), 1, 10).await {
        Ok(_) => {}
        Err(error) => assert_told("list", &error),
    }
    if round % 10 == worker {
        match import(app, file(40, worker.is_multiple_of(2), &format!("措施{worker}-{round}"))).await {
            Ok(report) => assert!(report.stored, "{:?}", report.refused.first()),
            Err(error) => assert_told("import", &error),
        }
    }
}
