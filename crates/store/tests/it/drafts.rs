//! Forms that somebody has begun to fill in.

use jiff::{SignedDuration, Timestamp};
use model::ids::{RecordId, UnitId, UserId};
use store::{
    Tx,
    drafts::{self, DraftKey, DraftRow},
};
use testkit::TestDb;

use crate::{both, now, write};

fn key(user: i64, fact: Option<i64>) -> DraftKey {
    DraftKey { user: UserId(user), unit: UnitId(1), form: "form".to_owned(), fact: fact.map(RecordId) }
}

/// When the second drafts of a test are stored.
fn later() -> Timestamp {
    now() + SignedDuration::from_secs(60)
}

/// Two drafts of one person, the first stored twice, and one of another person.
async fn drafts(test: &TestDb) -> Tx {
    let mut tx = write(test).await;
    drafts::put(&mut tx, &key(1, None), "one", "first", now()).await.unwrap();
    drafts::put(&mut tx, &key(1, None), "two", "second", later()).await.unwrap();
    drafts::put(&mut tx, &key(1, Some(5)), "one", "correction", now()).await.unwrap();
    drafts::put(&mut tx, &key(2, None), "one", "of somebody else", now()).await.unwrap();
    tx
}

both! {
    async fn the_last_draft_of_a_person_and_form_is_found(test: &TestDb) {
        let mut tx = drafts(test).await;
        let found = drafts::find(&mut tx, &key(1, None)).await.unwrap().unwrap();
        assert_eq!((found.content.as_str(), found.definition_hash.as_str()), ("second", "two"));
        assert_eq!(drafts::find(&mut tx, &key(1, Some(6))).await.unwrap(), None);
    }
}

both! {
    async fn the_drafts_of_a_person_are_listed_without_their_content(test: &TestDb) {
        let mut tx = drafts(test).await;
        let found = drafts::find(&mut tx, &key(1, None)).await.unwrap().unwrap();
        let listed = drafts::list_of(&mut tx, UserId(1), 10).await.unwrap();
        assert_eq!(listed.iter().map(|draft| draft.fact_id).collect::<Vec<_>>(), [0, 5], "the latest first");
        assert_eq!(listed[0], DraftRow { content: String::new(), ..found });
        assert_eq!(drafts::list_of(&mut tx, UserId(1), 1).await.unwrap().len(), 1);
    }
}

both! {
    async fn a_draft_is_deleted_by_its_key(test: &TestDb) {
        let mut tx = drafts(test).await;
        drafts::delete(&mut tx, &key(1, None)).await.unwrap();
        drafts::delete(&mut tx, &key(1, None)).await.unwrap();
        assert_eq!(drafts::find(&mut tx, &key(1, None)).await.unwrap(), None);
        assert!(drafts::find(&mut tx, &key(2, None)).await.unwrap().is_some());
    }
}

both! {
    async fn old_drafts_are_deleted_whosever_they_are(test: &TestDb) {
        let mut tx = drafts(test).await;
        assert_eq!(drafts::delete_before(&mut tx, later()).await.unwrap(), 2);
        assert_eq!(drafts::list_of(&mut tx, UserId(2), 10).await.unwrap(), []);
        assert!(drafts::find(&mut tx, &key(1, None)).await.unwrap().is_some());
    }
}
