//! Records by id, and who changed each last.

use model::ids::{RecordId, UnitId};
use store::{
    audit::{self, AuditEntry},
    listing::{self, Latest},
    records::{self, RecordRow},
};

use crate::{both, now, read, vault, write};

fn fact(id: i64, form: &str) -> RecordRow {
    let unit = UnitId(10_000 + id % 3);
    RecordRow { form: form.to_owned(), unit, content: format!("{{\"n\":{id}}}"), ..crate::fact(id) }
}

fn entry(fact: i64, action: &'static str) -> AuditEntry {
    AuditEntry {
        action,
        subject: "fact",
        subject_id: 20_000 + fact,
        before: None,
        after: None,
        detail: None,
        record: None,
    }
}

both! {
    async fn a_form_is_read_whole_piece_by_piece(test: &TestDb) {
        let all: Vec<RecordRow> = (0..90).map(|id| fact(id, if id % 5 == 0 { "other" } else { "form" })).collect();
        let mut tx = write(test).await;
        records::insert(&mut tx, &all).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = read(test).await;
        let expected: Vec<_> = all.iter().filter(|fact| fact.form == "form").cloned().collect();
        let (mut found, mut after) = (Vec::new(), RecordId(i64::MIN));
        loop {
            let some = listing::of_form(&mut tx, "form", after, 7).await.unwrap();
            let Some(last) = some.last() else { break };
            after = last.id;
            found.extend(some);
        }
        assert_eq!(found, expected);
        assert_eq!(listing::count(&mut tx, "form").await.unwrap(), 72);
    }
}

both! {
    async fn the_last_change_of_each_record_is_known(test: &TestDb) {
        let later = now() + std::time::Duration::from_mins(1);
        let mut tx = write(test).await;
        let entries = vec![entry(1, "create"), entry(2, "create"), AuditEntry { subject: "unit", ..entry(3, "create") }];
        audit::append(&mut tx, &vault(), "first", "hash", now(), entries).await.unwrap();
        audit::append(&mut tx, &vault(), "second", "hash", later, vec![entry(2, "correct")]).await.unwrap();
        let found = listing::latest(&mut tx, &[RecordId(20_001), RecordId(20_002), RecordId(20_003)]).await.unwrap();
        let latest = |at: jiff::Timestamp, actor: &str| Latest { at: at.as_microsecond(), actor: actor.to_owned() };
        let expected = [(RecordId(20_001), latest(now(), "first")), (RecordId(20_002), latest(later, "second"))];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
        assert!(listing::latest(&mut tx, &[]).await.unwrap().is_empty());
    }
}
