//! Which records count where: changes add up exactly once and in any order, and pages are read
//! whatever the size of a month.

use std::collections::{BTreeMap, BTreeSet};

use campaign::{check::check, definition::MeasureIdx};
use ledger::{
    folded::FoldedBalances,
    hierarchy::Hierarchy,
    posting_list::{PostingKey, PostingList},
    spread::Spread,
};
use model::{
    ids::{RecordId, UnitId},
    month::Month,
};
use store::{
    balances, folder,
    postings::{self, PostingQuery},
};
use testkit::TestDb;

use crate::{both, now, read, write};

fn month(number: usize) -> Month {
    Month::new(2012, i8::try_from(number).unwrap()).unwrap()
}

/// A posting of measure 4.
fn key(month: Month, unit: i64, fact: i64) -> PostingKey {
    PostingKey { measure: MeasureIdx::new(4), month, unit: UnitId(unit), fact: RecordId(fact) }
}

async fn apply(test: &TestDb, changes: impl IntoIterator<Item = (PostingKey, i32)>) {
    let mut list = PostingList::default();
    for (key, times) in changes {
        list.add(key, times);
    }
    let mut tx = write(test).await;
    postings::apply(&mut tx, list, now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn fold(test: &TestDb) {
    let definition = check(&testkit::small_campaign()).unwrap();
    let tree = Hierarchy::default();
    let spread = Spread::new(&definition, &tree, &|_| true);
    loop {
        let mut tx = write(test).await;
        let folded = folder::fold(&mut tx, &spread, now()).await.unwrap();
        tx.commit().await.unwrap();
        if folded == 0 {
            return;
        }
    }
}

async fn stored(test: &TestDb) -> Vec<(PostingKey, i32)> {
    fold(test).await;
    let mut tx = read(test).await;
    let mut all = Vec::new();
    postings::for_each(&mut tx, |key, times| all.push((key, times))).await.unwrap();
    all
}

/// Pages of `limit` one after the other.
async fn pages(
    test: &TestDb,
    months: (Month, Month),
    units: Option<&BTreeSet<UnitId>>,
    is_wanted: &(dyn Fn(UnitId, Month) -> bool + Sync),
    limit: usize,
) -> Vec<PostingKey> {
    let mut tx = read(test).await;
    let mut all: Vec<PostingKey> = Vec::new();
    loop {
        let last = all.last();
        let query = PostingQuery {
            measure: MeasureIdx::new(4),
            months: last.map_or(months.0, |last| last.month)..=months.1,
            after: last.map(|last| (last.unit, last.fact)),
            units,
            is_wanted,
            limit,
        };
        let found = postings::page(&mut tx, &query).await.unwrap();
        let is_last = found.len() < limit;
        all.extend(found);
        if is_last {
            return all;
        }
    }
}

both! {
    async fn what_is_taken_back_is_gone_in_whatever_order(test: &TestDb) {
        let (one, two) = (key(month(3), 10_001, 20_001), key(month(4), 10_002, 20_002));
        apply(test, [(one, -1), (two, 2)]).await;
        assert_eq!(stored(test).await, [(one, -1), (two, 2)], "what is taken back before it is made is remembered");
        apply(test, [(one, 1), (two, -1)]).await;
        assert_eq!(stored(test).await, [(two, 1)]);
        apply(test, [(two, -1)]).await;
        assert_eq!(stored(test).await, []);
    }
}

both! {
    async fn postings_are_counted_up_to_a_limit(test: &TestDb) {
        let all: BTreeSet<PostingKey> =
            scattered(4_000).enumerate().map(|(n, (unit, fact))| key(month(1 + n % 11), unit, fact)).collect();
        apply(test, all.iter().map(|key| (*key, 1))).await;
        fold(test).await;
        let units: BTreeSet<UnitId> = all.iter().map(|key| key.unit).collect();
        let few: BTreeSet<UnitId> = units.iter().copied().step_by(60).collect();
        let (everybody, by_filter) = (|_: UnitId, _: Month| true, |unit: UnitId, _: Month| few.contains(&unit));
        let within = all.iter().filter(|key| key.month >= month(2) && key.month <= month(9));
        let expected = within.clone().filter(|key| few.contains(&key.unit)).count() as u64;
        let count = async |units, is_wanted, limit| {
            let mut tx = read(test).await;
            let (measure, months) = (MeasureIdx::new(4), month(2)..=month(9));
            let query = PostingQuery { measure, months, after: None, units, is_wanted, limit };
            postings::count(&mut tx, &query).await.unwrap()
        };
        let of_few = count(Some(&few), &everybody as &(dyn Fn(UnitId, Month) -> bool + Sync), 1).await;
        assert_eq!((of_few.found, of_few.is_cut), (expected, false));
        let filtered = count(None, &by_filter, 100_000).await;
        assert_eq!((filtered.found, filtered.is_cut), (expected, false));
        assert_eq!(filtered.looked_at, within.count() as u64);
        let cut = count(None, &everybody, 1).await;
        assert!(cut.is_cut && cut.found > 0 && cut.found < filtered.looked_at, "{cut:?}");
    }
}

/// Ids as the program makes them, in no order.
fn scattered(count: i64) -> impl Iterator<Item = (i64, i64)> {
    let base = 1_i64 << 57;
    (0..count).map(move |n| {
        let unit = n.wrapping_mul(7_919) % 300;
        (base + unit * 1_000_003, base + (n.wrapping_mul(104_729) % count) * 77_777)
    })
}

both! {
    async fn a_month_may_hold_any_number(test: &TestDb) {
        let mut expected = BTreeMap::new();
        let all: Vec<PostingKey> = scattered(6_000)
            .enumerate()
            .map(|(n, (unit, fact))| key(month(1 + n % 3), unit, fact))
            .collect();
        // In parts of every size, so that blocks are begun, filled, divided and emptied.
        for part in [&all[..1], &all[1..40], &all[40..2_000], &all[2_000..2_001], &all[2_001..]] {
            apply(test, part.iter().map(|key| (*key, 1))).await;
            expected.extend(part.iter().map(|key| (*key, 1)));
            assert!(stored(test).await.into_iter().eq(expected.clone()));
        }
        let gone: Vec<PostingKey> = all.iter().copied().filter(|key| key.month == month(2) || key.fact.0 % 5 == 0).collect();
        apply(test, gone.iter().map(|key| (*key, -1))).await;
        for key in &gone {
            expected.remove(key);
        }
        assert!(stored(test).await.into_iter().eq(expected.clone()));
        // Lower than all that are there.
        let low = key(month(1), 5, 5);
        apply(test, [(low, 1)]).await;
        expected.insert(low, 1);
        assert!(stored(test).await.into_iter().eq(expected));
    }
}

both! {
    async fn pages_hold_what_is_wanted_and_nothing_twice(test: &TestDb) {
        let all: BTreeSet<PostingKey> = scattered(4_000)
            .enumerate()
            .map(|(n, (unit, fact))| key(month(1 + n % 11), unit, fact))
            .collect();
        apply(test, all.iter().map(|key| (*key, 1))).await;
        fold(test).await;
        let units: BTreeSet<UnitId> = all.iter().map(|key| key.unit).collect();
        let few: BTreeSet<UnitId> = units.iter().copied().step_by(60).collect();
        let months = (month(2), month(9));
        let within = |key: &&PostingKey| key.month >= months.0 && key.month <= months.1;
        for limit in [1_usize, 50, 333, 10_000].into_iter().skip(usize::from(test.region.0 != 1)) {
            let (everybody, even) = (|_: UnitId, _: Month| true, |_: UnitId, month: Month| month.number() % 2 == 0);
            let expected: Vec<PostingKey> = all.iter().filter(within).copied().collect();
            let limit_of_all = limit.max(50);
            assert_eq!(pages(test, months, None, &everybody, limit_of_all).await, expected);
            let of_few: Vec<PostingKey> = expected.iter().filter(|key| few.contains(&key.unit)).copied().collect();
            assert!(of_few.len() > 40, "{}", of_few.len());
            assert_eq!(pages(test, months, Some(&few), &everybody, limit).await, of_few);
            let by_filter = |unit: UnitId, _: Month| few.contains(&unit);
            assert_eq!(pages(test, months, None, &by_filter, limit.max(10)).await, of_few);
            let of_even: Vec<PostingKey> = of_few.into_iter().filter(|key| key.month.number() % 2 == 0).collect();
            assert_eq!(pages(test, months, Some(&few), &even, limit).await, of_even);
        }
        let nobody = BTreeSet::from([UnitId(7)]);
        assert_eq!(pages(test, months, Some(&nobody), &|_, _| true, 10).await, []);
        assert_eq!(pages(test, (Month::january(2013), Month::NEVER), None, &|_, _| true, 10).await, []);
    }
}

both! {
    async fn a_rebuild_replaces_all_of_one_region(test: &TestDb) {
        let list: Vec<(PostingKey, i32)> = (0..3_000).map(|fact| (key(month(1), 10_001, 20_000 + fact), 1)).collect();
        let other = testkit::second_region(test);
        apply(&other, [(key(month(9), 1, 1), 1)]).await;
        apply(test, [(key(month(9), 1, 1), 1)]).await;
        let mut tx = write(test).await;
        let none = BTreeMap::new();
        let day = jiff::civil::date(2026, 3, 1);
        let nothing = BTreeMap::new();
        balances::rebuild(&mut tx, &FoldedBalances::default(), (&none, &nothing), &list, day).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(stored(test).await, list);
        assert_eq!(stored(&other).await, [(key(month(9), 1, 1), 1)]);
    }
}
