//! The database is away, slow, or held by others: every page says the same, soon; signing in works as long as
//! the database itself does; and once it is back, everything goes on without a restart.

use std::time::{Duration, Instant};

use app::DbLimits;
use axum::http::{StatusCode, header};
use futures::future::join_all;
use store::{
    Db,
    definitions::{self, Lock},
};
use testkit::{DatabaseLine, eventually};

use crate::site::{Answer, MILL, REGISTER, Site, code};

/// Much shorter than anybody waits who does not give up.
const SOON: Duration = Duration::from_secs(25);

fn limits() -> DbLimits {
    let seconds = |numbers: [u64; 3]| numbers.map(Duration::from_secs);
    DbLimits { connections: 8, reserved: 2, ..DbLimits::default() }
        .with_times(seconds([1, 2, 2]), seconds([60, 60, 600]))
}

/// A site whose database is at the other end of a line.
async fn site() -> Option<(Site, DatabaseLine)> {
    let test = testkit::postgres().await?;
    let (mine, line) = DatabaseLine::connect(&test, limits()).await?;
    Some((Site::with_crowd(mine, &testkit::small_campaign(), 0).await, line))
}

fn register() -> String {
    format!("/units/{}/registers/{REGISTER}", code(MILL))
}

fn idea(title: &str) -> [(&str, &str); 3] {
    [("field.title", title), ("field.author", "Li"), ("field.told_on", "2021-03-01")]
}

/// The one answer to everything that the database does not do now.
#[track_caller]
fn assert_busy(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
    assert_eq!(answer.headers[header::RETRY_AFTER], "5");
    let text = answer.text();
    assert!(text.contains("系统正忙") && text.contains("没有保存任何改动"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_who_wait_for_one_lock_keep_nobody_from_signing_in_and_reading() {
    let Some((site, _line)) = site().await else { return };
    let path = register();
    let mut writers = Vec::new();
    for _ in 0..20 {
        // One after another: twenty passwords at once take longer on a slow machine than anybody waits here.
        writers.push(site.visitor("mill").await);
    }
    let mut reader = site.visitor("district").await;
    let side = Db::open(&site.test.url).await.unwrap();
    let mut held = side.write(site.test.region).await.unwrap();
    definitions::lock_region(&mut held, Lock::Exclusive).await.unwrap();
    let begun = Instant::now();
    let titles: Vec<String> = (0..20).map(|number| format!("Blocked {number}")).collect();
    let writing = join_all(
        writers.iter_mut().zip(&titles).map(async |(writer, title)| writer.post(&path, &idea(title)).await),
    );
    let meanwhile = async {
        for _ in 0..3 {
            let mut stranger = site.stranger().await;
            let answer =
                stranger.post("/login", &[("user", "city"), ("password", crate::site::PASSWORD)]).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
            assert_eq!(stranger.get("/readyz").await.status, StatusCode::OK);
            assert_eq!(reader.get("/account").await.status, StatusCode::OK);
        }
    };
    let (answers, ()) = tokio::join!(writing, meanwhile);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    for answer in &answers {
        assert_busy(answer);
    }
    held.rollback().await.unwrap();
    let answer = writers[0].post(&path, &idea("At last")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let list = writers[0].get(&path).await.text();
    assert!(list.contains("At last") && !list.contains("Blocked"), "what was refused is not there");
}

/// Uses the site while something is wrong with its line, and after that.
async fn through(site: &Site, harm: impl Fn(), mend: impl Fn()) {
    let path = register();
    let mut mill = site.visitor("mill").await;
    let answer = mill.post(&path, &idea("Before")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    harm();
    let begun = Instant::now();
    for address in [&path, "/", "/login", "/todo"] {
        assert_busy(&mill.get(address).await);
    }
    let answer = mill.post(&path, &idea("Meanwhile")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
    let api = mill.get(&format!("/api/v1/units/{}/figures", code(MILL))).await;
    assert_eq!(api.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(api.headers[header::CONTENT_TYPE], "application/problem+json");
    assert!(
        api.headers.contains_key(header::RETRY_AFTER) && api.text().contains("\"busy\""),
        "{}",
        api.text()
    );
    assert_eq!(mill.get("/healthz").await.status, StatusCode::OK);
    let ready = mill.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.text().contains("\"database\":false"), "{}", ready.text());
    assert!(begun.elapsed() < SOON * 2, "{:?}", begun.elapsed());
    mend();
    let mut visitor = mill;
    let mut is_back = false;
    for _ in 0..200 {
        is_back = visitor.get("/account").await.status == StatusCode::OK;
        if is_back {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(is_back, "it goes on without a restart");
    let answer = visitor.post(&path, &idea("After")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let list = visitor.get(&path).await.text();
    assert!(list.contains("Before") && list.contains("After"), "nothing that was acknowledged is lost");
    eventually("it is ready", async || site.stranger().await.get("/readyz").await.status == StatusCode::OK)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_gone_every_page_says_so_and_goes_on_once_it_is_back() {
    let Some((site, line)) = site().await else { return };
    through(&site, || line.break_off(), || line.mend()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_network_swallows_everything_every_page_says_so_and_goes_on_afterwards() {
    let Some((site, line)) = site().await else { return };
    through(&site, || line.stall(), || line.mend()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_a_lock_of_another_program_is_said_soon() {
    let test = testkit::sqlite().await;
    let mine = test.open_within(limits()).await;
    let site = Site::with_crowd(mine, &testkit::small_campaign(), 0).await;
    let mut mill = site.visitor("mill").await;
    let held = test.db.write(test.region).await.unwrap();
    let begun = Instant::now();
    assert_busy(&mill.post(&register(), &idea("Blocked")).await);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert_eq!(mill.get("/account").await.status, StatusCode::OK, "reading goes on");
    held.rollback().await.unwrap();
    let answer = mill.post(&register(), &idea("At last")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}
