//! Attachments as rows.

use jiff::SignedDuration;
use model::ids::{AttachmentId, RecordId};
use store::{
    attachments::{self, AttachmentRow},
    records::{self, RecordRow},
};

use testkit::TestDb;

use crate::{both, fact, now, write};

fn attachment(id: i64, fact: i64, hash: &str) -> AttachmentRow {
    AttachmentRow {
        attachment_id: id,
        fact_id: fact,
        name: format!("照片{id}.jpg"),
        kind: "jpeg".to_owned(),
        size: 5,
        hash: hash.to_owned(),
        added_by: "mill".to_owned(),
        added_at: 7,
        removed_at: None,
    }
}

/// A record with two attachments, and another record with the content of the first.
async fn attached(test: &TestDb) {
    let mut tx = write(test).await;
    for (id, fact, hash) in [(1, 10, "a"), (2, 10, "b"), (3, 11, "a")] {
        attachments::insert(&mut tx, &attachment(id, fact, hash)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

both! {
    async fn a_record_holds_the_same_content_once(test: &TestDb) {
        attached(test).await;
        let mut tx = write(test).await;
        let again = attachments::insert(&mut tx, &attachment(4, 10, "a")).await.unwrap_err();
        assert!(again.is_duplicate());
        drop(tx);
        let mut tx = write(test).await;
        let listed = attachments::list_of(&mut tx, RecordId(10)).await.unwrap();
        assert_eq!(listed, [attachment(1, 10, "a"), attachment(2, 10, "b")]);
    }
}

both! {
    async fn a_content_that_was_removed_may_come_again(test: &TestDb) {
        attached(test).await;
        let mut tx = write(test).await;
        assert!(attachments::remove(&mut tx, AttachmentId(1), now()).await.unwrap());
        assert!(!attachments::remove(&mut tx, AttachmentId(1), now()).await.unwrap(), "only once");
        attachments::insert(&mut tx, &attachment(4, 10, "a")).await.unwrap();
        let listed = attachments::list_of(&mut tx, RecordId(10)).await.unwrap();
        assert_eq!(listed, [attachment(2, 10, "b"), attachment(4, 10, "a")]);
        let removed = attachments::find(&mut tx, AttachmentId(1)).await.unwrap().unwrap();
        assert_eq!(removed.removed_at, Some(now().as_microsecond()));
    }
}

both! {
    async fn a_content_is_needed_until_some_time_after_its_removal(test: &TestDb) {
        let mut tx = write(test).await;
        records::insert(&mut tx, &[RecordRow { id: RecordId(10), ..fact(10) }]).await.unwrap();
        for (id, fact, hash) in [(1, 10, "here"), (2, 10, "removed"), (3, 99, "of a record that is gone")] {
            attachments::insert(&mut tx, &attachment(id, fact, hash)).await.unwrap();
        }
        attachments::remove(&mut tx, AttachmentId(2), now()).await.unwrap();
        assert_eq!(attachments::remove_of_gone(&mut tx, now()).await.unwrap(), 1);
        assert_eq!(attachments::remove_of_gone(&mut tx, now()).await.unwrap(), 0);
        let hashes = ["here", "removed", "of a record that is gone", "never"].map(str::to_owned);
        let day = SignedDuration::from_hours(24);
        for (since, expected) in [(now() - day, 3), (now() + day, 1)] {
            let needed = attachments::needed(&mut tx, &hashes, since).await.unwrap();
            assert_eq!(needed.len(), expected, "{needed:?}");
            assert!(needed.contains("here"));
        }
    }
}

both! {
    async fn contents_that_are_needed_are_found_in_great_numbers(test: &TestDb) {
        let mut tx = write(test).await;
        attachments::insert(&mut tx, &attachment(1, 10, "here")).await.unwrap();
        assert!(attachments::needed(&mut tx, &[], now()).await.unwrap().is_empty());
        let many: Vec<String> = (0..1_200).map(|number| number.to_string()).chain(["here".to_owned()]).collect();
        assert_eq!(attachments::needed(&mut tx, &many, now()).await.unwrap().len(), 1);
    }
}
