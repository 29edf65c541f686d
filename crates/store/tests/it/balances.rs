//! Balances: changes add up exactly once, whoever folds them.

use std::collections::BTreeMap;

use campaign::{
    check::check,
    definition::{Definition, MeasureIdx, MeasureKind},
};
use ledger::{
    balance::{CellKey, Period},
    balance_row::BalanceRow,
    hierarchy::Hierarchy,
    spread::{BalanceChange, Spread, TallyKey},
};
use model::{ids::UnitId, month::Month};
use store::{
    Engine,
    balances::{self, Rows},
    folder,
};
use testkit::TestDb;

use crate::{both, now, read, write};

const UNIT: UnitId = UnitId(10_001);

fn definition() -> Definition {
    check(&testkit::small_campaign()).unwrap()
}

fn distinct(definition: &Definition) -> (MeasureIdx, usize) {
    let found = definition.measures.entries().find(|(_, m)| matches!(m.kind, MeasureKind::Distinct(_)));
    let (position, measure) = found.unwrap();
    (position, measure.listed_slot)
}

/// One proposal-like change: +1 in slot 0 of a month, and one sighting of a key.
fn change(definition: &Definition, key: u8, month: Month) -> BalanceChange {
    let mut change = BalanceChange::default();
    change.add(UNIT, month, 0, 1, true);
    let (measure, _) = distinct(definition);
    let place = TallyKey { unit: UNIT, measure, key: [key; 16] };
    change.tallies.insert(place, BTreeMap::from([(month, 1)]));
    change
}

async fn apply(test: &TestDb, definition: &Definition, change: BalanceChange) {
    let tree = Hierarchy::default();
    let spread = Spread::new(definition, &tree, &|_| true);
    let mut tx = write(test).await;
    balances::apply(&mut tx, &spread, change, now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn fold(test: &TestDb, definition: &Definition) -> usize {
    let tree = Hierarchy::default();
    let spread = Spread::new(definition, &tree, &|_| true);
    let mut folded = 0;
    loop {
        let mut tx = write(test).await;
        let some = folder::fold(&mut tx, &spread, now()).await.unwrap();
        tx.commit().await.unwrap();
        folded += some;
        if some == 0 {
            return folded;
        }
    }
}

async fn at(test: &TestDb, period: Period, slot: usize) -> i64 {
    let mut tx = read(test).await;
    let rows =
        balances::of_unit(&mut tx, UNIT, Rows { from: 0, through: 2015, months: Some(2011) }).await.unwrap();
    rows.iter().filter(|(p, _)| *p == period).map(|(_, row)| row.get(slot)).sum()
}

both! {
    async fn changes_add_up_in_month_and_year(test: &TestDb) {
        let definition = definition();
        let (january, march) = (Month::january(2012), Month::new(2012, 3).unwrap());
        for month in [march, march, january] {
            apply(test, &definition, change(&definition, 7, month)).await;
        }
        fold(test, &definition).await;
        assert_eq!(at(test, Period::month(march), 0).await, 2);
        assert_eq!(at(test, Period::year(2012), 0).await, 3);
    }
}

both! {
    async fn a_key_counts_once_in_the_month_of_its_earliest_sighting(test: &TestDb) {
        let definition = definition();
        let (_, slot) = distinct(&definition);
        let (january, march) = (Month::january(2012), Month::new(2012, 3).unwrap());
        // The key appeared first in March, then an earlier sighting came to light.
        for month in [march, march, january] {
            apply(test, &definition, change(&definition, 7, month)).await;
        }
        fold(test, &definition).await;
        assert_eq!(at(test, Period::month(march), slot).await, 0);
        assert_eq!(at(test, Period::month(january), slot).await, 1);
        assert_eq!(at(test, Period::year(2012), slot).await, 1);
    }
}

both! {
    /// A change that is undone before its commit leaves nothing; one that is logged is folded once.
    async fn nothing_is_counted_twice_or_lost(test: &TestDb) {
        let definition = definition();
        let tree = Hierarchy::default();
        let spread = Spread::new(&definition, &tree, &|_| true);
        for key in 0..30 {
            apply(test, &definition, change(&definition, key, Month::january(2012))).await;
        }
        let mut undone = write(test).await;
        balances::apply(&mut undone, &spread, change(&definition, 99, Month::january(2012)), now()).await.unwrap();
        undone.rollback().await.unwrap();
        if test.db.engine() == Engine::Postgres {
            let mut tx = read(test).await;
            assert_eq!(folder::reach(&mut tx).await.unwrap().pending, 60, "cells and tallies are logged apart");
        }
        // A folder that stops before its commit, then several at once.
        let mut stopped = write(test).await;
        folder::fold(&mut stopped, &spread, now()).await.unwrap();
        drop(stopped);
        let (a, b, c) = tokio::join!(fold(test, &definition), fold(test, &definition), fold(test, &definition));
        let expected = if test.db.engine() == Engine::Postgres { 60 } else { 0 };
        assert_eq!(a + b + c, expected);
        let (_, slot) = distinct(&definition);
        assert_eq!(at(test, Period::year(2012), 0).await, 30);
        assert_eq!(at(test, Period::year(2012), slot).await, 30);
        let mut tx = read(test).await;
        assert_eq!(folder::reach(&mut tx).await.unwrap().pending, 0);
    }
}

/// What a unit states of its baseline.
fn baseline() -> BalanceRow {
    [(19, 40)].into_iter().collect()
}

both! {
    async fn statements_add_up(test: &TestDb) {
        let stated = BTreeMap::from([(UNIT, baseline())]);
        let mut tx = write(test).await;
        balances::add_statements(&mut tx, &stated).await.unwrap();
        balances::add_statements(&mut tx, &stated).await.unwrap();
        let found = balances::statements(&mut tx).await.unwrap();
        assert_eq!(found[&UNIT].get(19), 80);
    }
}

both! {
    async fn a_baseline_is_replaced_and_read_with_the_years(test: &TestDb) {
        let key = CellKey { unit: UNIT, period: Period::BASELINE };
        let baselines = BTreeMap::from([(key, baseline())]);
        let mut tx = write(test).await;
        let (first, second) = (jiff::civil::date(2026, 3, 1), jiff::civil::date(2026, 3, 2));
        balances::put_baselines(&mut tx, &baselines, first).await.unwrap();
        balances::put_baselines(&mut tx, &baselines, second).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(at(test, Period::BASELINE, 19).await, 40);
        let mut tx = read(test).await;
        assert_eq!(balances::list_all(&mut tx).await.unwrap(), baselines);
        let many = balances::of_units(&mut tx, &[UNIT, UnitId(5)], Rows { from: 0, through: 2015, months: None }).await.unwrap();
        assert_eq!(many[&UNIT], [(Period::BASELINE, baseline())]);
        // What is the same as before is no change of the day.
        assert_eq!(store::known_days::first(&mut tx, UNIT).await.unwrap(), Some(first));
        let later = |day| async move {
            let mut tx = read(test).await;
            store::known_days::changes_after(&mut tx, &[UNIT], day).await.unwrap().remove(&UNIT)
        };
        assert_eq!(later(first).await, None);
        let before = later(jiff::civil::date(2026, 2, 28)).await.unwrap();
        assert_eq!(before.0, BTreeMap::from([(Period::BASELINE, baseline())]));
    }
}

both! {
    /// A unit has each month as a row, or all months of a year in one; figures ask for the months
    /// of some years and for none of the others.
    async fn months_are_read_of_the_years_that_are_asked_for(test: &TestDb) {
        let definition = definition();
        let tree = Hierarchy::default();
        let spread = Spread::new(&definition, &tree, &|_| true);
        let mut change = BalanceChange::default();
        let (union, enterprise) = (UnitId(10_001), UnitId(10_002));
        for year in 2011..=2014 {
            for (unit, keeps_months) in [(union, true), (enterprise, false)] {
                change.add(unit, Month::new(year, 5).unwrap(), 3, 7, keeps_months);
                change.add(unit, Month::december(year), 3, 1, keeps_months);
            }
        }
        let mut tx = write(test).await;
        balances::apply(&mut tx, &spread, change, now()).await.unwrap();
        tx.commit().await.unwrap();
        fold(test, &definition).await;
        let mut tx = read(test).await;
        for (rows, of_union, of_enterprise) in [
            (Rows { from: 0, through: 2013, months: Some(2012) },
             vec![201_100, 201_200, 201_205, 201_212, 201_300, 201_305, 201_312],
             vec![201_100, 201_200, 201_213, 201_300, 201_313]),
            (Rows { from: 0, through: 2013, months: None },
             vec![201_100, 201_200, 201_300],
             vec![201_100, 201_200, 201_300]),
        ] {
            let many = balances::of_units(&mut tx, &[union, enterprise], rows).await.unwrap();
            for (unit, expected) in [(union, of_union), (enterprise, of_enterprise)] {
                let periods = |rows: &[(Period, BalanceRow)]| {
                    let mut periods: Vec<i32> = rows.iter().map(|(period, _)| period.0).collect();
                    periods.sort_unstable();
                    periods
                };
                assert_eq!(periods(&many[&unit]), expected);
                assert_eq!(periods(&balances::of_unit(&mut tx, unit, rows).await.unwrap()), expected);
            }
            let of_enterprise = &many[&enterprise];
            let months = of_enterprise.iter().find(|(period, _)| *period == Period::months(2013));
            assert_eq!(months.map(|(_, row)| (row.sum(36, 39), row.sum(36, 47))), rows.months.map(|_| (0, 8)));
        }
    }
}
