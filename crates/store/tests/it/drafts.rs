//! Forms that somebody has begun to fill in.

use jiff::{SignedDuration, Timestamp};
use model::ids::{RecordId, UnitId, UserId};
use store::{
    Tx,
    drafts::{self, NewDraft},
};
use testkit::TestDb;

use crate::{both, now, write};

const ONE: UserId = UserId(1);
const TWO: UserId = UserId(2);

fn draft<'a>(id: &'a str, definition_hash: &'a str, content: &'a str) -> NewDraft<'a> {
    NewDraft { id, unit: UnitId(1), form: "form", fact: None, definition_hash, content }
}

/// When the second drafts of a test are stored.
fn later() -> Timestamp {
    now() + SignedDuration::from_secs(60)
}

/// Three drafts of one person, two of them of one form and the first of these stored twice, and one of another
/// person with the same id.
async fn drafts(test: &TestDb) -> Tx {
    let mut tx = write(test).await;
    drafts::put(&mut tx, ONE, &draft("a", "one", "first"), now()).await.unwrap();
    drafts::put(&mut tx, ONE, &draft("a", "two", "second"), later()).await.unwrap();
    drafts::put(&mut tx, ONE, &draft("b", "one", "beside it"), now()).await.unwrap();
    let correction = NewDraft { fact: Some(RecordId(5)), ..draft("c", "one", "correction") };
    drafts::put(&mut tx, ONE, &correction, now()).await.unwrap();
    drafts::put(&mut tx, TWO, &draft("a", "one", "of somebody else"), now()).await.unwrap();
    tx
}

async fn ids_of(tx: &mut Tx, user: UserId) -> Vec<String> {
    let listed = drafts::list_of(tx, user, 10).await.unwrap();
    listed.into_iter().map(|draft| draft.draft_id).collect()
}

both! {
    async fn the_last_text_of_a_draft_is_found_by_its_id(test: &TestDb) {
        let mut tx = drafts(test).await;
        let found = drafts::find(&mut tx, ONE, "a").await.unwrap().unwrap();
        assert_eq!((found.content.as_str(), found.definition_hash.as_str()), ("second", "two"));
        assert_eq!(drafts::find(&mut tx, ONE, "d").await.unwrap(), None);
        assert_eq!(drafts::find(&mut tx, TWO, "b").await.unwrap(), None, "a draft belongs to one person");
    }
}

both! {
    async fn a_person_has_several_drafts_of_a_form_the_latest_first(test: &TestDb) {
        let mut tx = drafts(test).await;
        assert_eq!(ids_of(&mut tx, ONE).await, ["a", "b", "c"]);
        assert_eq!(drafts::count_of(&mut tx, ONE).await.unwrap(), 3);
        assert_eq!(drafts::list_of(&mut tx, ONE, 1).await.unwrap().len(), 1);
        let of_record = drafts::find(&mut tx, ONE, "c").await.unwrap().unwrap();
        assert_eq!((of_record.unit_id, of_record.form.as_str(), of_record.fact_id), (1, "form", 5));
    }
}

both! {
    async fn a_draft_is_deleted_by_its_id(test: &TestDb) {
        let mut tx = drafts(test).await;
        drafts::delete(&mut tx, ONE, "a").await.unwrap();
        drafts::delete(&mut tx, ONE, "a").await.unwrap();
        assert_eq!(ids_of(&mut tx, ONE).await, ["b", "c"]);
        assert_eq!(ids_of(&mut tx, TWO).await, ["a"]);
    }
}

both! {
    async fn old_drafts_are_deleted_whosever_they_are(test: &TestDb) {
        let mut tx = drafts(test).await;
        assert_eq!(drafts::delete_before(&mut tx, later()).await.unwrap(), 3);
        assert_eq!(ids_of(&mut tx, TWO).await, [""; 0]);
        assert_eq!(ids_of(&mut tx, ONE).await, ["a"]);
    }
}

both! {
    async fn drafts_are_handed_over_and_none_is_overwritten(test: &TestDb) {
        let mut tx = drafts(test).await;
        assert_eq!(drafts::hand_over(&mut tx, ONE, TWO).await.unwrap(), 2);
        assert_eq!(ids_of(&mut tx, ONE).await, ["a"]);
        let of_two = drafts::find(&mut tx, TWO, "a").await.unwrap().unwrap();
        assert_eq!(of_two.content, "of somebody else");
        assert_eq!(ids_of(&mut tx, TWO).await, ["a", "b", "c"]);
    }
}
