//! Where facts stand, what is awaited of them, and what people say about them.

use jiff::civil::date;
use model::ids::{FactId, UnitId};
use store::{
    awaited::{self, Awaited, Waiting},
    comments,
    facts::{self, FactRow},
};

use crate::{both, now, read, write};

fn fact(id: i64) -> FactRow {
    FactRow {
        id: FactId(20_000 + id),
        form: "form".to_owned(),
        unit: UnitId(10_001),
        identity: format!("n{id}"),
        version: 1,
        definition_hash: "hash".to_owned(),
        content: "{}".to_owned(),
        state: None,
        since: None,
    }
}

both! {
    async fn a_fact_stands_where_it_was_put(test: &TestDb) {
        let mut tx = write(test).await;
        facts::insert(&mut tx, &[fact(1), fact(2)]).await.unwrap();
        let moved = FactRow {
            version: 2,
            state: Some("paused".to_owned()),
            since: Some(date(2026, 3, 1)),
            ..fact(1)
        };
        facts::update(&mut tx, &moved).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = read(test).await;
        let mut found = facts::find_all(&mut tx, &[FactId(20_002), FactId(20_001), FactId(9)]).await.unwrap();
        found.sort_by_key(|fact| fact.id);
        assert_eq!(found, [moved.clone(), fact(2)]);
        assert_eq!(facts::newest_of(&mut tx, UnitId(10_001), "form", 1).await.unwrap(), [fact(2)]);
        let mut all = Vec::new();
        facts::for_each_of(&mut tx, "form", |row| all.push(row)).await.unwrap();
        all.sort_by_key(|fact| fact.id);
        assert_eq!(all, [moved, fact(2)]);
        let mut identities = facts::identities_of(&mut tx, UnitId(10_001), "form").await.unwrap();
        identities.sort();
        assert_eq!(identities, ["n1", "n2"]);
    }
}

fn row(id: i64, role: &'static str, level: &'static str, unit: i64, due: &str) -> Awaited {
    Awaited {
        fact: FactId(20_000 + id),
        clock: "clock".to_owned(),
        role,
        level,
        unit: UnitId(10_000 + unit),
        form: if id == 5 { "other" } else { "form" }.to_owned(),
        due: due.to_owned(),
        since: "2026-02-28".to_owned(),
    }
}

both! {
    async fn what_waits_is_found_by_whom_it_waits_for(test: &TestDb) {
        let mut tx = write(test).await;
        let rows = [
            row(1, "officer", "own", 1, "2026-03-05"),
            row(2, "officer", "above", 1, "2026-03-01"),
            row(3, "officer", "above", 2, "2026-02-01"),
            row(4, "officer", "city", 2, "2026-01-01"),
            row(5, "officer", "own", 3, "2026-03-03"),
            row(6, "other", "own", 1, "2026-03-03"),
        ];
        awaited::insert(&mut tx, &rows).await.unwrap();
        let units = [UnitId(10_001), UnitId(10_002)];
        let of_unit = Waiting {
            role: "officer",
            units: Some(&units),
            own: Some(UnitId(10_001)),
            is_city: false,
            form: None,
            from: None,
            until: None,
            since: None,
        };
        let all = Waiting { units: None, own: None, is_city: true, ..of_unit.clone() };
        for (name, waiting, expected) in [
            ("one's own and what stands below", of_unit.clone(), vec![3, 1]),
            ("the whole region", all.clone(), vec![4, 3, 2, 5, 1]),
            ("a register", Waiting { form: Some("other"), ..all.clone() }, vec![5]),
            ("until a day", Waiting { until: Some("2026-02-28"), ..all.clone() }, vec![4, 3]),
            ("some days", Waiting { from: Some("2026-03-01"), until: Some("2026-03-03"), ..all.clone() }, vec![2, 5]),
            ("what has come since", Waiting { since: Some("2026-03-01"), ..all.clone() }, vec![]),
        ] {
            let found = awaited::list(&mut tx, &waiting, 0, 10).await.unwrap();
            let ids: Vec<i64> = found.iter().map(|(id, ..)| id - 20_000).collect();
            assert_eq!(ids, expected, "{name}");
            let number = i64::try_from(expected.len()).unwrap();
            assert_eq!(awaited::count(&mut tx, &waiting, 10).await.unwrap(), number, "{name}");
        }
        assert_eq!(awaited::count(&mut tx, &all, 2).await.unwrap(), 2, "counting ends");
        let second = awaited::list(&mut tx, &all, 1, 1).await.unwrap();
        assert_eq!(second[0].0, 20_003);
        awaited::delete(&mut tx, &[FactId(20_004), FactId(20_003), FactId(1)]).await.unwrap();
        assert_eq!(awaited::count(&mut tx, &all, 10).await.unwrap(), 3);
        awaited::clear(&mut tx).await.unwrap();
        assert_eq!(awaited::count(&mut tx, &all, 10).await.unwrap(), 0);
    }
}

both! {
    async fn a_comment_that_was_withdrawn_says_nothing(test: &TestDb) {
        let mut tx = write(test).await;
        let id = FactId(20_001);
        comments::insert(&mut tx, id, 2, now(), "somebody", "second").await.unwrap();
        comments::insert(&mut tx, id, 1, now(), "somebody", "first").await.unwrap();
        comments::withdraw(&mut tx, id, 2).await.unwrap();
        let found = comments::list(&mut tx, id).await.unwrap();
        let said: Vec<_> = found.iter().map(|said| (said.content.as_str(), said.is_withdrawn)).collect();
        assert_eq!(said, [("first", false), ("", true)]);
        comments::delete(&mut tx, id).await.unwrap();
        assert_eq!(comments::list(&mut tx, id).await.unwrap(), []);
    }
}
