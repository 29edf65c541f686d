//! The queue of jobs: claims, leases, attempts.

use jiff::{SignedDuration, Timestamp};
use store::queue::{self, GivenBack, QueuedJob};
use testkit::TestDb;

use crate::{both, now, write};

const LEASE: SignedDuration = SignedDuration::from_secs(60);

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

async fn claim(tx: &mut store::Tx, server: &str, at: Timestamp) -> Option<QueuedJob> {
    queue::claim(tx, "import", server, at, at + LEASE).await.unwrap()
}

/// Two imports and an export that wait.
async fn three_jobs(test: &TestDb) -> store::Tx {
    let mut tx = write(test).await;
    for reference in [7, 8] {
        queue::enqueue(&mut tx, "import", reference, now()).await.unwrap();
    }
    queue::enqueue(&mut tx, "export", 9, now()).await.unwrap();
    tx
}

both! {
    async fn jobs_are_claimed_once_in_their_order(test: &TestDb) {
        let mut tx = three_jobs(test).await;
        let first = claim(&mut tx, "one", now()).await.unwrap();
        let second = claim(&mut tx, "two", now()).await.unwrap();
        assert_eq!((first.reference, first.attempts, first.claimed_by.as_deref()), (7, 1, Some("one")));
        assert_eq!((second.reference, second.claimed_by.as_deref()), (8, Some("two")));
        assert_eq!(claim(&mut tx, "one", now()).await, None);
        assert_eq!(queue::list_claimed(&mut tx, "two").await.unwrap(), [second]);
    }
}

both! {
    async fn jobs_are_counted_by_kind_and_state(test: &TestDb) {
        let mut tx = three_jobs(test).await;
        for server in ["one", "two"] {
            claim(&mut tx, server, now()).await.unwrap();
        }
        let counts = queue::counts(&mut tx).await.unwrap();
        let counts: Vec<_> = counts.iter().map(|c| (c.kind.as_str(), c.state.as_str(), c.jobs)).collect();
        assert_eq!(counts, [("export", "waiting", 1), ("import", "running", 2)]);
    }
}

both! {
    async fn what_waits_is_not_enqueued_again(test: &TestDb) {
        let mut tx = write(test).await;
        queue::enqueue(&mut tx, "import", 7, now()).await.unwrap();
        queue::enqueue(&mut tx, "import", 7, now()).await.unwrap();
        let job = claim(&mut tx, "one", now()).await.unwrap();
        queue::enqueue(&mut tx, "import", 7, now()).await.unwrap();
        assert_eq!(claim(&mut tx, "two", now()).await, None);
        queue::finish(&mut tx, &job).await.unwrap();
        assert!(queue::counts(&mut tx).await.unwrap().is_empty());
    }
}

both! {
    async fn a_job_is_enqueued_with_its_transaction(test: &TestDb) {
        let mut tx = write(test).await;
        queue::enqueue(&mut tx, "import", 7, now()).await.unwrap();
        tx.rollback().await.unwrap();
        let mut tx = write(test).await;
        assert!(!queue::has_work(&mut tx, "import", "one", now()).await.unwrap());
    }
}

both! {
    async fn another_server_takes_a_job_when_its_lease_has_run_out(test: &TestDb) {
        let mut tx = write(test).await;
        queue::enqueue(&mut tx, "import", 7, now()).await.unwrap();
        let job = claim(&mut tx, "one", now()).await.unwrap();
        assert!(queue::extend(&mut tx, &job, later(100)).await.unwrap());
        assert!(!queue::has_work(&mut tx, "import", "two", later(99)).await.unwrap());
        assert_eq!(claim(&mut tx, "two", later(99)).await, None, "the lease was extended");
        assert!(queue::has_work(&mut tx, "import", "two", later(100)).await.unwrap());
        let taken = claim(&mut tx, "two", later(100)).await.unwrap();
        assert_eq!((taken.reference, taken.attempts), (7, 2));
    }
}

both! {
    async fn a_job_is_finished_by_the_server_that_has_it_now(test: &TestDb) {
        let mut tx = write(test).await;
        queue::enqueue(&mut tx, "import", 7, now()).await.unwrap();
        let lost = claim(&mut tx, "one", now()).await.unwrap();
        let taken = claim(&mut tx, "two", later(100)).await.unwrap();
        assert!(!queue::extend(&mut tx, &lost, later(500)).await.unwrap());
        assert!(queue::finish(&mut tx, &lost).await.is_err(), "who has lost a job cannot finish it");
        assert!(queue::fail(&mut tx, &lost, "late", later(101)).await.is_err());
        queue::finish(&mut tx, &taken).await.unwrap();
    }
}

both! {
    async fn a_job_that_was_given_back_waits_for_its_time(test: &TestDb) {
        let mut tx = write(test).await;
        queue::enqueue(&mut tx, "import", 7, now()).await.unwrap();
        let job = claim(&mut tx, "one", now()).await.unwrap();
        let back = GivenBack { run_after: later(5), attempts: 1, last_error: Some("busy".to_owned()) };
        queue::give_back(&mut tx, &job, &back).await.unwrap();
        assert_eq!(claim(&mut tx, "one", later(4)).await, None);
        let again = claim(&mut tx, "one", later(5)).await.unwrap();
        assert_eq!((again.attempts, again.last_error.as_deref()), (2, Some("busy")));
    }
}

/// Two jobs that were given up, the second a second after the first.
async fn given_up(test: &TestDb) -> store::Tx {
    let mut tx = write(test).await;
    for reference in [7, 8] {
        queue::enqueue(&mut tx, "import", reference, now()).await.unwrap();
        let job = claim(&mut tx, "one", now()).await.unwrap();
        queue::fail(&mut tx, &job, "broken", later(reference)).await.unwrap();
    }
    tx
}

both! {
    async fn a_job_that_was_given_up_is_listed_and_not_claimed(test: &TestDb) {
        let mut tx = given_up(test).await;
        assert_eq!(claim(&mut tx, "one", later(1000)).await, None);
        let failed = queue::list_failed(&mut tx, 10).await.unwrap();
        assert_eq!(failed.iter().map(|job| job.reference).collect::<Vec<_>>(), [8, 7]);
        assert_eq!(failed[0].last_error.as_deref(), Some("broken"));
    }
}

both! {
    async fn a_job_that_was_given_up_begins_anew_when_it_is_enqueued_again(test: &TestDb) {
        let mut tx = given_up(test).await;
        queue::enqueue(&mut tx, "import", 7, later(20)).await.unwrap();
        let again = claim(&mut tx, "one", later(20)).await.unwrap();
        assert_eq!((again.reference, again.attempts, again.last_error), (7, 1, None));
        assert_eq!(queue::list_failed(&mut tx, 10).await.unwrap().len(), 1);
    }
}

both! {
    async fn jobs_that_were_given_up_are_deleted_when_they_are_old(test: &TestDb) {
        let mut tx = given_up(test).await;
        queue::delete_failed_before(&mut tx, later(8)).await.unwrap();
        assert_eq!(queue::list_failed(&mut tx, 10).await.unwrap().len(), 1);
        queue::delete_failed_before(&mut tx, later(9)).await.unwrap();
        assert!(queue::list_failed(&mut tx, 10).await.unwrap().is_empty());
    }
}

/// Two servers that claim at the same moment do not wait for each other.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_being_claimed_is_passed_over() {
    let Some(test) = testkit::postgres().await else { return };
    let mut tx = write(&test).await;
    for reference in [7, 8] {
        queue::enqueue(&mut tx, "import", reference, now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (mut one, mut two) = (write(&test).await, write(&test).await);
    assert_eq!(claim(&mut one, "one", now()).await.unwrap().reference, 7);
    assert_eq!(claim(&mut two, "two", now()).await.unwrap().reference, 8);
}
