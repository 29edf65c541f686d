//! What two units claim.

use std::collections::BTreeSet;

use app::{App, Context, duplicates, records};
use campaign::definition::MeasureIdx;
use model::ids::{RecordId, UnitId};
use testkit::{console, databases, role};

use super::{CITY, MILL, YARD, checked, city, enter, officer};

/// An idea that the mill and the yard both claim, among others; the record of each.
async fn claimed_twice(app: &App) -> (RecordId, RecordId) {
    let number = checked("320106198301010016");
    let of_mill = enter(app, MILL, "节能 改造", "甲", Some(&number)).await;
    let of_yard = enter(app, YARD, "节能（改造）", "甲某", Some(&number)).await;
    enter(app, MILL, "节能改造二", "甲", Some(&number)).await;
    enter(app, YARD, "别的", "乙", None).await;
    enter(app, MILL, "别的", "乙", None).await;
    (of_mill, of_yard)
}

/// The units that claim, with their records where these may be seen.
fn records(group: &duplicates::Group) -> Vec<(UnitId, Option<RecordId>)> {
    let records = group.records.iter();
    let mut records: Vec<_> =
        records.map(|claimant| (claimant.unit.id, claimant.fact.as_ref().map(|fact| fact.id))).collect();
    records.sort_unstable();
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_names_the_unit_that_claims_the_same() {
    for test in databases().await {
        let app = city(&test).await;
        let (of_mill, _) = claimed_twice(&app).await;
        let mill = officer(&app, MILL, role("enterprise-officer"));
        let found = records::find(&app, &mill, of_mill).await.unwrap();
        let groups = duplicates::of_record(&app, &mill, &found).await.unwrap().unwrap();
        let [group] = groups.as_slice() else { panic!("{groups:?}") };
        assert_eq!(group.units, 2);
        let expected = [(MILL, Some(of_mill)), (YARD, None)];
        assert_eq!(records(group), expected, "the other's record is not his to see");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_units_and_the_city_find_a_double_claim_in_their_lists() {
    for test in databases().await {
        let app = city(&test).await;
        let (of_mill, of_yard) = claimed_twice(&app).await;
        let yard = officer(&app, YARD, role("enterprise-officer"));
        let lists: [(Context, UnitId, _); 2] = [
            (console(&app), CITY, [(MILL, Some(of_mill)), (YARD, Some(of_yard))]),
            (yard, YARD, [(MILL, None), (YARD, Some(of_yard))]),
        ];
        for (ctx, unit, expected) in lists {
            let (_, groups, total) = duplicates::list(&app, &ctx, unit, 0, 10).await.unwrap();
            assert_eq!((total, groups.iter().map(records).collect::<Vec<_>>()), (1, vec![expected.to_vec()]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_claim_names_the_measures_that_count_it_once() {
    for test in databases().await {
        let app = city(&test).await;
        let (of_mill, _) = claimed_twice(&app).await;
        let found = records::find(&app, &console(&app), of_mill).await.unwrap();
        let definition = &found.snapshot.definition;
        let form = &definition.forms[found.fact.form];
        let (once, each) =
            duplicates::counting(&found.snapshot, form, form.duplicate_keys.iter().next().unwrap());
        let ids = |measures: &BTreeSet<MeasureIdx>| -> Vec<&str> {
            measures.iter().map(|measure| definition.measures[*measure].id.as_str()).collect()
        };
        assert_eq!((ids(&once), ids(&each)), (vec!["idea_authors"], vec!["ideas", "idea_units"]));
    }
}
