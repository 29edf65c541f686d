//! How long anybody waits for the database, and that it is used again once it is there.

use std::time::{Duration, Instant};

use store::{
    DbLimits, Error, Priority,
    definitions::{self, Lock},
    with_priority,
};
use testkit::{DatabaseLine, TestDb};

use crate::write;

/// Much shorter than anybody waits who does not give up.
const SOON: Duration = Duration::from_secs(20);

/// Limits that are soon over for pages.
fn impatient() -> DbLimits {
    let millis = |numbers: [u64; 3]| numbers.map(Duration::from_millis);
    DbLimits { connections: 4, reserved: 2, ..DbLimits::default() }
        .with_times(millis([300, 300, 600]), millis([60_000, 60_000, 600_000]))
}

fn is_busy<T>(outcome: &store::Result<T>) -> bool {
    matches!(outcome, Err(Error::Unavailable(_) | Error::CommitUnknown(_)))
}

/// A region that somebody may lock.
async fn region() -> Option<TestDb> {
    let test = testkit::postgres().await?;
    let mut tx = write(&test).await;
    definitions::put_region(&mut tx, "hash", false).await.unwrap();
    tx.commit().await.unwrap();
    Some(test)
}

async fn lock(test: &TestDb, lock: Lock) -> store::Result<()> {
    let mut tx = test.db.write(test.region).await?;
    definitions::lock_region(&mut tx, lock).await?;
    tx.commit().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_does_not_wait_long_for_a_lock_and_says_that_the_database_is_busy() {
    let Some(test) = region().await else { return };
    let mut held = write(&test).await;
    definitions::lock_region(&mut held, Lock::Exclusive).await.unwrap();
    let mine = test.open_within(impatient()).await;
    let begun = Instant::now();
    let outcome = with_priority(Priority::Page, lock(&mine, Lock::Shared)).await;
    assert!(is_busy(&outcome) && begun.elapsed() < SOON, "{outcome:?}");
    assert!(outcome.is_err_and(|error| !error.is_transient()), "it was waited for already");
    let work = tokio::spawn(async move { lock(&mine, Lock::Shared).await });
    held.commit().await.unwrap();
    work.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn when_all_who_write_wait_for_one_lock_others_read_and_sign_in() {
    let Some(test) = region().await else { return };
    let mut held = write(&test).await;
    definitions::lock_region(&mut held, Lock::Exclusive).await.unwrap();
    let limits = impatient();
    let limits =
        DbLimits { pages: store::WaitLimits { lock: SOON * 10, turn: SOON * 10, ..limits.pages }, ..limits };
    let mine = test.open_within(limits).await;
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let (db, region) = (mine.db.clone(), mine.region);
            tokio::spawn(with_priority(Priority::Page, async move {
                let mut tx = db.write(region).await?;
                definitions::lock_region(&mut tx, Lock::Shared).await?;
                tx.commit().await
            }))
        })
        .collect();
    testkit::eventually("writers wait", async || {
        let store::Db::Postgres(pool) = &mine.db else { return true };
        pool.size() >= 3
    })
    .await;
    for patience in [Priority::Page, Priority::Entry] {
        let read = async {
            let mut tx = mine.db.read(mine.region).await?;
            definitions::find_region(&mut tx).await
        };
        assert!(with_priority(patience, read).await.unwrap().is_some(), "{patience:?}");
    }
    let written = async {
        let mut tx = mine.db.write(mine.region).await?;
        store::task_runs::try_writing(&mut tx, "entry").await?;
        tx.rollback().await
    };
    with_priority(Priority::Entry, written).await.unwrap();
    held.commit().await.unwrap();
    let mut done = 0;
    for writer in writers {
        let outcome = writer.await.unwrap();
        assert!(outcome.is_ok() || is_busy(&outcome), "{outcome:?}");
        done += usize::from(outcome.is_ok());
    }
    assert!(done >= 3, "those who had a turn have come to their end");
}

/// What a page reads.
async fn look(test: &TestDb) -> store::Result<()> {
    with_priority(Priority::Page, async {
        let mut tx = test.db.read(test.region).await?;
        definitions::find_region(&mut tx).await?;
        Ok(())
    })
    .await
}

/// What a page writes.
async fn change(test: &TestDb) -> store::Result<()> {
    with_priority(Priority::Page, async {
        let mut tx = test.db.write(test.region).await?;
        definitions::raise_version(&mut tx).await?;
        tx.commit().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_cut_is_said_soon_and_used_again_once_it_is_there() {
    let Some(test) = region().await else { return };
    let Some((mine, line)) = DatabaseLine::connect(&test, impatient()).await else {
        panic!("it is PostgreSQL")
    };
    change(&mine).await.unwrap();
    line.break_off();
    let begun = Instant::now();
    for _ in 0..3 {
        assert!(is_busy(&look(&mine).await) && is_busy(&change(&mine).await));
    }
    assert!(begun.elapsed() < SOON);
    line.mend();
    testkit::eventually("it is used again", async || {
        look(&mine).await.is_ok() && change(&mine).await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_swallows_everything_is_given_up_also_in_the_middle_of_a_transaction() {
    let Some(test) = region().await else { return };
    let Some((mine, line)) = DatabaseLine::connect(&test, impatient()).await else {
        panic!("it is PostgreSQL")
    };
    look(&mine).await.unwrap();
    let begun = Instant::now();
    let mut tx = with_priority(Priority::Page, mine.db.write(mine.region)).await.unwrap();
    definitions::raise_version(&mut tx).await.unwrap();
    let open = with_priority(Priority::Page, mine.db.write(mine.region)).await.unwrap();
    line.stall();
    let outcome = definitions::find_region(&mut tx).await;
    assert!(is_busy(&outcome), "{outcome:?}");
    drop(tx);
    let outcome = open.commit().await;
    assert!(matches!(outcome, Err(Error::CommitUnknown(_))), "{outcome:?}");
    assert!(is_busy(&look(&mine).await) && is_busy(&change(&mine).await));
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    line.mend();
    testkit::eventually("it is used again", async || {
        look(&mine).await.is_ok() && change(&mine).await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_too_a_page_does_not_wait_long_for_its_turn() {
    let test = testkit::sqlite().await;
    let mine = test.open_within(impatient()).await;
    let held = test.db.write(test.region).await.unwrap();
    let begun = Instant::now();
    let outcome = with_priority(Priority::Page, mine.db.write(mine.region)).await;
    assert!(begun.elapsed() < SOON);
    let error = outcome.err().expect("another program holds the lock");
    assert!(error.is_transient(), "{error:?}");
    held.rollback().await.unwrap();
    let own = mine.db.write(mine.region).await.unwrap();
    let outcome = with_priority(Priority::Page, mine.db.write(mine.region)).await;
    assert!(is_busy(&outcome.map(drop)) && begun.elapsed() < SOON);
    own.rollback().await.unwrap();
    with_priority(Priority::Page, mine.db.write(mine.region)).await.unwrap();
}
