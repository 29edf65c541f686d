//! Forms that somebody has begun to fill in.

use jiff::SignedDuration;
use model::ids::{FactId, UnitId, UserId};
use store::drafts::{self, Draft, DraftKey};

use crate::{both, now, write};

fn key(user: i64, fact: Option<i64>) -> DraftKey {
    DraftKey { user: UserId(user), unit: UnitId(1), form: "form".to_owned(), fact: fact.map(FactId) }
}

both! {
    async fn a_draft_is_kept_per_person_and_form(test: &TestDb) {
        let later = now() + SignedDuration::from_secs(60);
        let mut tx = write(test).await;
        drafts::put(&mut tx, &key(1, None), "one", "first", now()).await.unwrap();
        drafts::put(&mut tx, &key(1, None), "two", "second", later).await.unwrap();
        drafts::put(&mut tx, &key(1, Some(5)), "one", "correction", now()).await.unwrap();
        drafts::put(&mut tx, &key(2, None), "one", "of somebody else", now()).await.unwrap();
        let found = drafts::find(&mut tx, &key(1, None)).await.unwrap().unwrap();
        assert_eq!((found.content.as_str(), found.definition_hash.as_str()), ("second", "two"));
        assert_eq!(drafts::find(&mut tx, &key(1, Some(6))).await.unwrap(), None);
        let listed = drafts::list_of(&mut tx, UserId(1), 10).await.unwrap();
        assert_eq!(listed.iter().map(|draft| draft.fact_id).collect::<Vec<_>>(), [0, 5], "the latest first");
        assert_eq!(listed[0], Draft { content: String::new(), ..found });
        assert_eq!(drafts::list_of(&mut tx, UserId(1), 1).await.unwrap().len(), 1);
        drafts::delete(&mut tx, &key(1, None)).await.unwrap();
        drafts::delete(&mut tx, &key(1, None)).await.unwrap();
        assert_eq!(drafts::find(&mut tx, &key(1, None)).await.unwrap(), None);
        assert!(drafts::find(&mut tx, &key(2, None)).await.unwrap().is_some());
        assert_eq!(drafts::delete_before(&mut tx, later).await.unwrap(), 2);
        assert_eq!(drafts::list_of(&mut tx, UserId(2), 10).await.unwrap(), []);
    }
}
