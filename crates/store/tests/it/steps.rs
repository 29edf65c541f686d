//! The states of records, what is to be done about them, and comments on them.

use jiff::civil::date;
use model::ids::{RecordId, UnitId};
use store::{
    Tx, comments,
    records::{self, RecordRow},
    todo::{self, TodoFilter, TodoRow},
};

use testkit::TestDb;

use crate::{both, now, read, write};

fn fact(id: i64) -> RecordRow {
    RecordRow { identity: format!("n{id}"), ..crate::fact(id) }
}

/// Two facts, the first of which has come to another state.
async fn moved(test: &TestDb) -> (Tx, [RecordRow; 2]) {
    let mut tx = write(test).await;
    records::insert(&mut tx, &[fact(1), fact(2)]).await.unwrap();
    let moved =
        RecordRow { version: 2, state: Some("paused".to_owned()), since: Some(date(2026, 3, 1)), ..fact(1) };
    records::update(&mut tx, &moved).await.unwrap();
    tx.commit().await.unwrap();
    (read(test).await, [moved, fact(2)])
}

both! {
    async fn a_fact_is_found_in_its_state(test: &TestDb) {
        let (mut tx, expected) = moved(test).await;
        let mut found = records::find_all(&mut tx, &[RecordId(20_002), RecordId(20_001), RecordId(9)]).await.unwrap();
        found.sort_by_key(|fact| fact.id);
        assert_eq!(found, expected);
        let mut all = Vec::new();
        records::for_each_of(&mut tx, "form", |row| all.push(row)).await.unwrap();
        all.sort_by_key(|fact| fact.id);
        assert_eq!(all, expected);
    }
}

both! {
    async fn the_newest_fact_of_a_unit_is_the_one_entered_last(test: &TestDb) {
        let (mut tx, _) = moved(test).await;
        assert_eq!(records::newest_of(&mut tx, UnitId(10_001), "form", 1).await.unwrap(), [fact(2)]);
    }
}

both! {
    async fn the_identities_of_a_unit_are_listed(test: &TestDb) {
        let (mut tx, _) = moved(test).await;
        let mut identities = records::identities_of(&mut tx, UnitId(10_001), "form").await.unwrap();
        identities.sort();
        assert_eq!(identities, ["n1", "n2"]);
    }
}

fn row(id: i64, role: &'static str, level: &'static str, unit: i64, due: &str) -> TodoRow {
    TodoRow {
        fact: RecordId(20_000 + id),
        clock: "clock".to_owned(),
        role: role.to_owned(),
        level: level.into(),
        unit: UnitId(10_000 + unit),
        form: if id == 5 { "other" } else { "form" }.to_owned(),
        due: due.to_owned(),
        since: "2026-02-28".to_owned(),
    }
}

/// What waits in the region.
async fn waiting(test: &TestDb) -> Tx {
    let mut tx = write(test).await;
    let rows = [
        row(1, "officer", "own", 1, "2026-03-05"),
        row(2, "officer", "above", 1, "2026-03-01"),
        row(3, "officer", "above", 2, "2026-02-01"),
        row(4, "officer", "city", 2, "2026-01-01"),
        row(5, "officer", "own", 3, "2026-03-03"),
        row(6, "other", "own", 1, "2026-03-03"),
    ];
    todo::insert(&mut tx, &rows).await.unwrap();
    tx
}

/// What waits for the officers of the whole region.
fn all() -> TodoFilter<'static> {
    TodoFilter {
        roles: &["officer"],
        units: None,
        own: None,
        is_city: true,
        form: None,
        forms: None,
        from: None,
        until: None,
        since: None,
    }
}

both! {
    async fn what_waits_is_found_by_whom_it_waits_for(test: &TestDb) {
        let mut tx = waiting(test).await;
        let units = [UnitId(10_001), UnitId(10_002)];
        let of_unit = TodoFilter { units: Some(&units), own: Some(UnitId(10_001)), is_city: false, ..all() };
        for (name, filter, expected) in [
            ("one's own and what stands below", of_unit, vec![3, 1]),
            ("the whole region", all(), vec![4, 3, 2, 5, 1]),
            ("a register", TodoFilter { form: Some("other"), ..all() }, vec![5]),
            ("registers", TodoFilter { forms: Some(&["other", "none"]), ..all() }, vec![5]),
            ("until a day", TodoFilter { until: Some("2026-02-28"), ..all() }, vec![4, 3]),
            ("some days", TodoFilter { from: Some("2026-03-01"), until: Some("2026-03-03"), ..all() }, vec![2, 5]),
            ("what has come since", TodoFilter { since: Some("2026-03-01"), ..all() }, vec![]),
        ] {
            let found = todo::list(&mut tx, &filter, 0, 10).await.unwrap();
            let ids: Vec<i64> = found.iter().map(|row| row.fact.0 - 20_000).collect();
            assert_eq!(ids, expected, "{name}");
            let number = i64::try_from(expected.len()).unwrap();
            assert_eq!(todo::count(&mut tx, &filter, 10).await.unwrap(), number, "{name}");
        }
    }
}

both! {
    async fn what_waits_is_listed_in_pages_and_counted_up_to_a_limit(test: &TestDb) {
        let mut tx = waiting(test).await;
        assert_eq!(todo::count(&mut tx, &all(), 2).await.unwrap(), 2, "counting ends");
        let second = todo::list(&mut tx, &all(), 1, 1).await.unwrap();
        assert_eq!(second[0].fact, RecordId(20_003));
    }
}

both! {
    async fn what_waits_is_counted_for_more_units_than_an_engine_binds(test: &TestDb) {
        let mut tx = waiting(test).await;
        let many: Vec<UnitId> = (10_002..80_002).map(UnitId).collect();
        let of_many = TodoFilter { units: Some(&many), ..all() };
        assert_eq!(todo::count(&mut tx, &of_many, 10).await.unwrap(), 3);
    }
}

both! {
    async fn what_was_deleted_waits_no_longer(test: &TestDb) {
        let mut tx = waiting(test).await;
        todo::delete(&mut tx, &[RecordId(20_004), RecordId(20_003), RecordId(1)]).await.unwrap();
        assert_eq!(todo::count(&mut tx, &all(), 10).await.unwrap(), 3);
        todo::clear(&mut tx).await.unwrap();
        assert_eq!(todo::count(&mut tx, &all(), 10).await.unwrap(), 0);
    }
}

both! {
    async fn a_comment_that_was_withdrawn_says_nothing(test: &TestDb) {
        let mut tx = write(test).await;
        let id = RecordId(20_001);
        comments::insert(&mut tx, id, 2, now(), "somebody", "second").await.unwrap();
        comments::insert(&mut tx, id, 1, now(), "somebody", "first").await.unwrap();
        comments::withdraw(&mut tx, id, 2).await.unwrap();
        let found = comments::list(&mut tx, id).await.unwrap();
        let texts: Vec<_> = found.iter().map(|row| (row.content.as_str(), row.is_withdrawn)).collect();
        assert_eq!(texts, [("first", false), ("", true)]);
        comments::delete_all(&mut tx, &[id]).await.unwrap();
        assert_eq!(comments::list(&mut tx, id).await.unwrap(), []);
    }
}
