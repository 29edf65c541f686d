//! Lists of records: newest first, page by page, of a region, of units, by number.

use model::ids::{FactId, UnitId};
use store::{
    Tx,
    audit::{self, Entry},
    facts::{self, FactRow},
    listing::{self, Latest, Listing},
    units::{self, Unit, UnitKind},
};

use crate::{both, now, read, write};

/// Records of this many units; every fourth has none.
const UNITS: i64 = 40;

fn unit(id: i64) -> Unit {
    Unit {
        id: UnitId(10_000 + id),
        code: format!("u{id}"),
        name: format!("单位{id}"),
        kind: UnitKind::Grassroots,
        attributes: "{}".to_owned(),
        closed_from: None,
        merged_into: None,
        version: 1,
    }
}

fn fact(id: i64) -> FactRow {
    // Unevenly: the higher the unit, the more records it has, and the newer they are.
    let unit = (id * id / 37) % UNITS;
    FactRow {
        id: FactId(20_000 + id),
        form: if id % 5 == 0 { "other" } else { "form" }.to_owned(),
        unit: UnitId(10_000 + unit - unit % 4 % 2),
        identity: format!("n{}-{}", id % 9, if id % 9 == 3 { 0 } else { id }),
        version: 1,
        definition_hash: "hash".to_owned(),
        content: "{}".to_owned(),
        state: None,
        since: None,
    }
}

/// What the pages of a listing show one after the other.
async fn pages(tx: &mut Tx, listing: Listing<'_>) -> Vec<FactId> {
    let mut shown = Vec::new();
    let mut before = None;
    loop {
        let page = listing::list(tx, &Listing { before, ..listing.clone() }).await.unwrap();
        assert!(page.len() <= listing.limit);
        shown.extend(page.iter().map(|fact| fact.id));
        before = page.last().map(|fact| fact.id);
        if page.len() < listing.limit {
            return shown;
        }
    }
}

both! {
    async fn pages_hold_every_record_once_newest_first(test: &TestDb) {
        let mut all: Vec<FactRow> = (0..900).map(fact).collect();
        let mut known = std::collections::BTreeSet::new();
        all.retain(|fact| known.insert((fact.unit, fact.form.clone(), fact.identity.clone())));
        let mut tx = write(test).await;
        let rows: Vec<Unit> = (0..UNITS).map(unit).collect();
        units::put(&mut tx, &rows).await.unwrap();
        facts::insert(&mut tx, &all).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = read(test).await;
        let every: Vec<UnitId> = (0..UNITS).map(|id| UnitId(10_000 + id)).collect();
        let some: Vec<UnitId> = every.iter().copied().filter(|unit| unit.0 % 3 == 0).collect();
        for units in [None, Some(&every[..]), Some(&some[..]), Some(&every[6..7]), Some(&[][..])] {
            for identity in [None, Some("n3-0"), Some("nowhere")] {
                for limit in [1, 7, 50] {
                    let listing = Listing { form: "form", units, identity, before: None, limit };
                    let is_asked = |fact: &&FactRow| {
                        fact.form == "form"
                            && units.is_none_or(|units| units.contains(&fact.unit))
                            && identity.is_none_or(|identity| fact.identity == identity)
                    };
                    let expected: Vec<FactId> = all.iter().rev().filter(is_asked).map(|fact| fact.id).collect();
                    assert_eq!(pages(&mut tx, listing.clone()).await, expected, "{listing:?}");
                }
            }
        }
    }
}

both! {
    async fn the_last_change_of_each_record_is_known(test: &TestDb) {
        let entry = |fact: i64, action| Entry {
            action,
            subject: "fact",
            subject_id: fact,
            before: None,
            after: None,
            detail: None,
        };
        let later = now() + std::time::Duration::from_mins(1);
        let mut tx = write(test).await;
        let entries = vec![entry(1, "create"), entry(2, "create"), Entry { subject: "unit", ..entry(3, "create") }];
        audit::append(&mut tx, "first", "hash", now(), entries).await.unwrap();
        audit::append(&mut tx, "second", "hash", later, vec![entry(2, "correct")]).await.unwrap();
        let found = listing::latest(&mut tx, &[FactId(1), FactId(2), FactId(3)]).await.unwrap();
        let latest = |at: jiff::Timestamp, actor: &str| Latest { at: at.as_microsecond(), actor: actor.to_owned() };
        let expected = [(FactId(1), latest(now(), "first")), (FactId(2), latest(later, "second"))];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
        assert!(listing::latest(&mut tx, &[]).await.unwrap().is_empty());
    }
}
