//! Facts: written, found, replaced under their version, removed.

use model::ids::{RecordId, UnitId};
use store::{
    Error, Tx,
    audit::{self, AuditEntry, RecordMark},
    record_links,
    records::{self, RecordRow},
};

use testkit::TestDb;

use crate::{both, now, read, vault, write};

fn fact(id: i64, unit: i64, identity: &str) -> RecordRow {
    RecordRow {
        unit: UnitId(10_000 + unit),
        identity: identity.to_owned(),
        content: format!("{{\"title\":\"第{id}条\"}}"),
        ..crate::fact(id)
    }
}

both! {
    async fn a_fact_is_found_as_it_was_written(test: &TestDb) {
        let mut tx = write(test).await;
        records::insert(&mut tx, &[fact(1, 1, "a"), fact(2, 1, "b"), fact(3, 2, "a")]).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = read(test).await;
        assert_eq!(records::find(&mut tx, RecordId(20_001)).await.unwrap(), Some(fact(1, 1, "a")));
        assert_eq!(records::find(&mut tx, RecordId(10_001)).await.unwrap(), None);
        let of_unit = records::list_of_unit(&mut tx, UnitId(10_001), "form").await.unwrap();
        assert_eq!(of_unit, [fact(1, 1, "a"), fact(2, 1, "b")]);
        assert_eq!(records::list_of_unit(&mut tx, UnitId(10_001), "other").await.unwrap(), []);
    }
}

both! {
    async fn facts_are_found_by_identity_in_great_numbers(test: &TestDb) {
        let many: Vec<RecordRow> = (0..1000).map(|n| fact(n, n % 7, &format!("n{n}"))).collect();
        let mut tx = write(test).await;
        records::insert(&mut tx, &many).await.unwrap();
        let wanted: Vec<_> = (0..2000).map(|n| (UnitId(10_000 + n % 7), format!("n{n}"))).collect();
        let mut found = records::find_by_identity(&mut tx, "form", &wanted).await.unwrap();
        found.sort_by_key(|fact| fact.id);
        assert_eq!(found, many);
    }
}

/// A great number of facts of seven units.
async fn many(test: &TestDb) -> (Tx, Vec<RecordRow>) {
    let many: Vec<RecordRow> = (0..1200).map(|n| fact(n, n % 7, &format!("n{n}"))).collect();
    let mut tx = write(test).await;
    records::insert(&mut tx, &many).await.unwrap();
    tx.commit().await.unwrap();
    (test.db.walk(test.region).await.unwrap(), many)
}

both! {
    async fn facts_are_found_by_their_ids_in_great_numbers(test: &TestDb) {
        let (mut tx, many) = many(test).await;
        let all: Vec<RecordId> = many.iter().map(|fact| fact.id).collect();
        let mut found = records::find_all(&mut tx, &all).await.unwrap();
        found.sort_by_key(|fact| fact.id);
        assert_eq!(found, many);
        assert_eq!(records::find_all(&mut tx, &[RecordId(1), RecordId(20_003)]).await.unwrap(), [many[3].clone()]);
    }
}

both! {
    async fn the_ids_of_a_form_are_listed_by_unit(test: &TestDb) {
        let (mut tx, many) = many(test).await;
        let all: Vec<RecordId> = many.iter().map(|fact| fact.id).collect();
        assert_eq!(records::ids_of_form(&mut tx, "form", None).await.unwrap(), all);
        assert_eq!(records::ids_of_form(&mut tx, "other", None).await.unwrap(), []);
        let units: Vec<UnitId> = [3, 1, 99].map(|n| UnitId(10_000 + n)).to_vec();
        let theirs: Vec<RecordId> =
            many.iter().filter(|fact| units.contains(&fact.unit)).map(|fact| fact.id).collect();
        assert_eq!(records::ids_of_form(&mut tx, "form", Some(&units)).await.unwrap(), theirs);
        assert_eq!(records::ids_of_form(&mut tx, "form", Some(&[])).await.unwrap(), []);
    }
}

both! {
    async fn the_units_of_facts_are_found_within_a_form(test: &TestDb) {
        let mut tx = write(test).await;
        records::insert(&mut tx, &[fact(3, 3, "a")]).await.unwrap();
        let units = records::units_of(&mut tx, "form", &[RecordId(1), RecordId(20_003)]).await.unwrap();
        assert_eq!(units, [(RecordId(20_003), UnitId(10_003))]);
        assert_eq!(records::units_of(&mut tx, "other", &[RecordId(20_003)]).await.unwrap(), []);
    }
}

both! {
    async fn an_identity_stands_once_in_a_unit(test: &TestDb) {
        let mut tx = write(test).await;
        records::insert(&mut tx, &[fact(1, 1, "a")]).await.unwrap();
        let error = records::insert(&mut tx, &[fact(2, 1, "a")]).await.unwrap_err();
        assert!(error.is_duplicate(), "{error:?}");
    }
}

both! {
    async fn only_the_version_that_was_seen_is_replaced(test: &TestDb) {
        let mut tx = write(test).await;
        records::insert(&mut tx, &[fact(1, 1, "a")]).await.unwrap();
        let second = RecordRow { version: 2, content: "{}".to_owned(), ..fact(1, 1, "a") };
        records::update(&mut tx, &second).await.unwrap();
        let stale = records::update(&mut tx, &second).await.unwrap_err();
        assert!(matches!(stale, Error::Conflict { table: "fact", .. }), "{stale:?}");
    }
}

both! {
    async fn only_the_version_that_was_seen_is_deleted(test: &TestDb) {
        let mut tx = write(test).await;
        let second = RecordRow { version: 2, ..fact(1, 1, "a") };
        records::insert(&mut tx, std::slice::from_ref(&second)).await.unwrap();
        assert!(matches!(records::delete_all(&mut tx, &[fact(1, 1, "a")]).await, Err(Error::Conflict { .. })));
        records::delete_all(&mut tx, std::slice::from_ref(&second)).await.unwrap();
        assert_eq!(records::find(&mut tx, second.id).await.unwrap(), None);
    }
}

/// A fact of each of two units, the first linked to the second unit too.
async fn linked(test: &TestDb) -> Tx {
    let mut tx = write(test).await;
    records::insert(&mut tx, &[fact(1, 1, "a"), fact(2, 2, "b")]).await.unwrap();
    let links = [(UnitId(10_002), RecordId(20_001)), (UnitId(10_002), RecordId(20_001))];
    record_links::insert(&mut tx, &links).await.unwrap();
    tx
}

both! {
    async fn a_fact_touches_the_units_it_is_linked_to(test: &TestDb) {
        let mut tx = linked(test).await;
        let touching = records::list_touching(&mut tx, UnitId(10_002)).await.unwrap();
        assert_eq!(touching, [fact(1, 1, "a"), fact(2, 2, "b")]);
        record_links::delete(&mut tx, &[UnitId(10_002)], RecordId(20_001)).await.unwrap();
        assert_eq!(records::list_touching(&mut tx, UnitId(10_002)).await.unwrap(), [fact(2, 2, "b")]);
    }
}

both! {
    async fn every_fact_is_walked_once(test: &TestDb) {
        let many: Vec<RecordRow> = (0..700).map(|n| fact(n, n % 3, &format!("n{n}"))).collect();
        let mut tx = write(test).await;
        records::insert(&mut tx, &many).await.unwrap();
        let mut seen = Vec::new();
        records::for_each(&mut tx, |row| { seen.push(row.id); Ok(()) }).await.unwrap();
        seen.sort_unstable();
        assert_eq!(seen, many.iter().map(|fact| fact.id).collect::<Vec<_>>());
    }
}

both! {
    async fn the_audit_keeps_before_and_after_in_order(test: &TestDb) {
        let entry = |action, before: Option<&str>, after: Option<&str>| AuditEntry {
            action,
            subject: "fact",
            subject_id: 20_001,
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            detail: None,
            record: None,
        };
        let mut tx = write(test).await;
        let entries = vec![entry("create", None, Some("1")), entry("correct", Some("1"), Some("2"))];
        audit::append(&mut tx, &vault(), "somebody", "hash", now(), entries).await.unwrap();
        audit::append(&mut tx, &vault(), "somebody", "hash", now(), vec![entry("delete", Some("2"), None)]).await.unwrap();
        let found = audit::list_of(&mut tx, "fact", 20_001).await.unwrap();
        let changes: Vec<_> = found.iter().map(|e| (e.action.as_str(), e.before.as_deref(), e.after.as_deref())).collect();
        assert_eq!(changes, [("create", None, Some("1")), ("correct", Some("1"), Some("2")), ("delete", Some("2"), None)]);
        assert_eq!(audit::list_of(&mut tx, "unit", 20_001).await.unwrap(), []);
    }
}

both! {
    async fn what_a_version_states_is_stored_once(test: &TestDb) {
        let first = fact(1, 1, "a");
        let second = RecordRow { version: 2, content: "{\"title\":\"二\"}".to_owned(), ..first.clone() };
        let entry = |action, before: Option<&RecordRow>, mark| AuditEntry {
            action,
            subject: "fact",
            subject_id: first.id.0,
            before: before.map(|row| row.content.clone()),
            after: None,
            detail: None,
            record: Some(mark),
        };
        let mut tx = write(test).await;
        records::insert(&mut tx, std::slice::from_ref(&first)).await.unwrap();
        let created = entry("create", None, RecordMark::written(&vault(), &first));
        audit::append(&mut tx, &vault(), "somebody", "hash", now(), vec![created]).await.unwrap();
        assert_eq!(stated(&mut tx, &first).await, [(None, Some(first.content.clone()))]);
        records::update(&mut tx, &second).await.unwrap();
        let corrected = entry("correct", Some(&first), RecordMark::written(&vault(), &second));
        audit::append(&mut tx, &vault(), "somebody", "hash", now(), vec![corrected]).await.unwrap();
        let both = [(None, Some(first.content.clone())), (Some(first.content.clone()), Some(second.content.clone()))];
        assert_eq!(stated(&mut tx, &first).await, both);
        records::delete_all(&mut tx, std::slice::from_ref(&second)).await.unwrap();
        let removed = entry("delete", Some(&second), RecordMark::removed(3));
        audit::append(&mut tx, &vault(), "somebody", "hash", now(), vec![removed]).await.unwrap();
        assert_eq!(stated(&mut tx, &first).await[..2], both);
        assert_eq!(stated(&mut tx, &first).await[2..], [(Some(second.content.clone()), None)]);
    }
}

/// What a record stated before and after each change.
async fn stated(tx: &mut Tx, record: &RecordRow) -> Vec<(Option<String>, Option<String>)> {
    let history = audit::list_of(tx, "fact", record.id.0).await.unwrap();
    history.into_iter().map(|row| (row.before, row.after)).collect()
}
