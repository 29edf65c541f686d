//! Which records have changed, in an order in which everybody sees them.

use model::ids::RecordId;
use store::{
    changes::{self, ChangeMark, ChangedRecords},
    records::{self, RecordRow},
};
use testkit::{TestDb, is_waited_for, open_named};

use crate::{both, fact, read, write};

async fn enter(test: &TestDb, facts: &[RecordRow]) {
    let mut tx = write(test).await;
    records::insert(&mut tx, facts).await.unwrap();
    tx.commit().await.unwrap();
    number(test).await;
}

/// Numbers what has none yet.
async fn number(test: &TestDb) {
    let mut tx = write(test).await;
    assert!(!changes::number(&mut tx).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(changes::pending(&mut read(test).await).await.unwrap(), 0);
}

async fn changed(test: &TestDb, from: i64) -> Vec<ChangedRecords> {
    changes::list(&mut read(test).await, "form", from, 100).await.unwrap()
}

fn ids(changed: &[ChangedRecords]) -> Vec<Vec<i64>> {
    changed.iter().map(|row| row.ids.iter().map(|id| id.0 - 20_000).collect()).collect()
}

both! {
    async fn what_is_committed_gets_the_next_numbers(test: &TestDb) {
        enter(test, &[fact(3), fact(1), RecordRow { form: "other".to_owned(), ..fact(2) }]).await;
        let mut tx = write(test).await;
        let second = RecordRow { version: 2, ..fact(1) };
        records::update(&mut tx, &second).await.unwrap();
        records::delete_all(&mut tx, std::slice::from_ref(&second)).await.unwrap();
        records::delete_all(&mut tx, &[fact(3)]).await.unwrap();
        tx.commit().await.unwrap();
        number(test).await;
        let mut tx = write(test).await;
        records::insert(&mut tx, &[fact(9)]).await.unwrap();
        tx.rollback().await.unwrap();
        let found = changed(test, 0).await;
        assert_eq!(ids(&found), [[1, 3], [1, 3]], "each once, and nothing that was undone");
        let numbers: Vec<i64> = found.iter().map(|row| row.at.number).collect();
        assert_eq!(numbers, [1, 3], "the other form has number 2");
        let mut tx = read(test).await;
        assert_eq!(changes::last(&mut tx).await.unwrap(), Some(found[1].at));
        assert_eq!(changes::last_of(&mut tx, "form").await.unwrap(), Some(found[1].at));
        let origin = changes::origin(&mut tx).await.unwrap();
        assert_eq!(changes::last_of(&mut tx, "none").await.unwrap(), origin);
        assert!(origin.is_some_and(|origin| origin.number == 0));
    }
}

both! {
    async fn a_region_begins_once(test: &TestDb) {
        let mut tx = write(test).await;
        assert_eq!(changes::last(&mut tx).await.unwrap(), None);
        changes::begin(&mut tx).await.unwrap();
        let first: ChangeMark = changes::last(&mut tx).await.unwrap().unwrap();
        changes::begin(&mut tx).await.unwrap();
        assert_eq!(changes::origin(&mut tx).await.unwrap(), Some(first));
    }
}

both! {
    async fn a_large_change_is_several_rows(test: &TestDb) {
        let many: Vec<RecordRow> = (0..2_500).map(fact).collect();
        enter(test, &many).await;
        let found = changed(test, 0).await;
        assert_eq!(found.iter().map(|row| row.ids.len()).collect::<Vec<_>>(), [1_000, 1_000, 500]);
        let all: Vec<RecordId> = found.iter().flat_map(|row| row.ids.clone()).collect();
        assert_eq!(all, many.iter().map(|fact| fact.id).collect::<Vec<_>>());
        assert_eq!(changed(test, 2).await, found[1..]);
    }
}

both! {
    async fn old_changes_are_removed_and_that_is_seen(test: &TestDb) {
        for id in 0..6 {
            enter(test, &[fact(id)]).await;
        }
        let before = changed(test, 0).await;
        let mut tx = write(test).await;
        changes::prune(&mut tx, "form", 2).await.unwrap();
        changes::prune(&mut tx, "form", 2).await.unwrap();
        changes::prune(&mut tx, "none", 2).await.unwrap();
        tx.commit().await.unwrap();
        let after = changed(test, 0).await;
        assert_eq!(ids(&after), [vec![], vec![4], vec![5]]);
        assert_eq!(after[0].at, before[3].at);
    }
}

/// A transaction that commits late has a higher number than what was read before, whichever began first; and nobody
/// waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn what_commits_late_comes_later() {
    let Some(test) = testkit::postgres().await else { return };
    let name = format!("commits-{}", test.region);
    let other = open_named(&test, &name).await;
    let mut early = other.write(test.region).await.unwrap();
    records::insert(&mut early, &[fact(1)]).await.unwrap();
    enter(&test, &[fact(2)]).await;
    assert!(!is_waited_for(&test, &name).await);
    early.commit().await.unwrap();
    let mut tx = read(&test).await;
    assert_eq!(changes::pending(&mut tx).await.unwrap(), 1);
    assert_eq!(ids(&changes::list(&mut tx, "form", 0, 100).await.unwrap()), [[2]]);
    drop(tx);
    number(&test).await;
    assert_eq!(ids(&changed(&test, 0).await), [[2], [1]]);
}

/// Servers that number at once and others that commit meanwhile: each change gets one number.
#[tokio::test(flavor = "multi_thread")]
async fn servers_that_number_at_once_number_each_change_once() {
    let Some(test) = testkit::postgres().await else { return };
    let entering = async {
        for id in 0..60 {
            let mut tx = write(&test).await;
            records::insert(&mut tx, &[fact(id)]).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    let numbering = async || {
        for _ in 0..60 {
            let mut tx = write(&test).await;
            changes::number(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    tokio::join!(entering, numbering(), numbering(), numbering());
    number(&test).await;
    let found = changed(&test, 0).await;
    let numbers: Vec<i64> = found.iter().map(|row| row.at.number).collect();
    assert_eq!(numbers, (1..=i64::try_from(found.len()).unwrap()).collect::<Vec<_>>());
    let mut all: Vec<i64> = ids(&found).concat();
    all.sort_unstable();
    assert_eq!(all, (0..60).collect::<Vec<_>>());
}
