//! The registers of a unit at a glance, on both engines.

use std::collections::BTreeMap;

use app::{
    Context, Error, records,
    registers::{self, RegisterSummary},
};
use jiff::{SignedDuration, civil::date};
use model::{ids::UnitId, value::Value};

use crate::{
    desk::Desk,
    steps::{CITY, WORKS},
};

async fn enter(desk: &Desk, ctx: &Context, title: &str) {
    let text = |text: &str| Value::Text(text.to_owned());
    let proposal = BTreeMap::from([
        ("title".to_owned(), text(title)),
        ("measure".to_owned(), text("在喷嘴外加装挡板")),
        ("proposer".to_owned(), text("张三")),
        ("proposed_on".to_owned(), Value::Date(date(2012, 5, 1))),
    ]);
    records::create(&desk.app, ctx, "proposal", WORKS, proposal).await.unwrap();
}

/// The register of proposals as somebody sees it.
async fn proposals(desk: &Desk, ctx: &Context, unit: UnitId) -> RegisterSummary {
    let overview = registers::overview(&desk.app, ctx, unit).await.unwrap();
    let (form, _) = overview.snapshot.definition.form("proposal").unwrap();
    *overview.registers.iter().find(|register| register.form == form).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_says_how_many_records_it_has_and_how_many_are_new() {
    for (years, desk) in (40..).zip(Desk::all().await) {
        // Ids follow the latest clock of the process: this one must be ahead of the machine's and of the desk before.
        desk.clock.advance(SignedDuration::from_hours(24 * 365 * years));
        let first = desk.person("works").await;
        enter(&desk, &first, "挡板").await;
        let seen = proposals(&desk, &first, WORKS).await;
        assert_eq!((seen.records, seen.new, seen.recent), (Some(1), None, Some(0)), "the first visit");
        desk.clock.advance(SignedDuration::from_hours(1));
        let second = desk.person("works").await;
        assert_eq!(proposals(&desk, &second, WORKS).await.new, Some(1), "since the first visit");
        desk.clock.advance(SignedDuration::from_hours(1));
        let third = desk.person("works").await;
        assert_eq!(proposals(&desk, &third, WORKS).await.new, Some(0), "since the second");
        enter(&desk, &third, "导轨").await;
        let seen = proposals(&desk, &third, WORKS).await;
        assert_eq!((seen.records, seen.new), (Some(2), Some(1)));
        // The office sees them too, and has changed nothing itself.
        let office = desk.person("city").await;
        let seen = proposals(&desk, &office, CITY).await;
        assert_eq!((seen.records, seen.recent), (Some(2), None));
        assert_eq!(proposals(&desk, &office, WORKS).await.records, Some(2));
        let above = registers::overview(&desk.app, &third, CITY).await;
        assert!(matches!(above, Err(Error::NotFound { .. })), "a unit above");
    }
}
