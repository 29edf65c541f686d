//! A region that has stopped at a business day: records are judged by it, and nothing else is; and records that are
//! loaded with the days on which they were entered.

use std::collections::BTreeMap;

use app::{
    App, Error, MissingPeriod, accounts,
    audit_trail::{self, TrailQuery},
    figures::{FigureRequest, TraceRequest, show, trace},
    load::{LoadRecord, LoadUnit, LoadVersion, load},
    records,
    todo::{self, Counts, TodoRequest},
    transitions::take,
};
use campaign::definition::Values;
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use model::{
    clock::{BusinessDay, day_of, start_of},
    problem::Problem,
    value::Value,
};
use store::{
    definitions::{self, DemonstrationRegion},
    units::UnitKind,
};
use testkit::{TestDb, console, databases, open, role, small_campaign};

use crate::{
    desk::Desk,
    steps::{DISTRICT, WORKS, city, person},
    work::{REGISTER, enter, finished, nothing},
};

/// Lets the region stop at a day; the tests' clock shows noon of 1 March 2026.
async fn stop_at(test: &TestDb, day: Date) {
    let mut tx = test.db.write(test.region).await.unwrap();
    let region = DemonstrationRegion {
        target_ppm: 1_000_000,
        own_targets: BTreeMap::new(),
        business_day: BusinessDay::new(day),
    };
    definitions::make_demonstration(&mut tx, region).await.unwrap();
    tx.commit().await.unwrap();
}

async fn finish(app: &App) {
    let done = enter(app, WORKS, "done").await;
    let works = person(app, role("enterprise-officer"), WORKS);
    take(app, &works, done, 1, "finish", finished()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_late_is_late_on_the_business_day() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        // What was finished on 2 February is due on the 16th.
        stop_at(&test, date(2026, 2, 12)).await;
        finish(&app).await;
        for (day, counts) in [
            (date(2026, 2, 12), Counts { all: 1, overdue: 0, week: 1, new: 1 }),
            (date(2026, 2, 16), Counts { all: 1, overdue: 0, week: 1, new: 0 }),
            (date(2026, 2, 17), Counts { all: 1, overdue: 1, week: 0, new: 0 }),
        ] {
            stop_at(&test, day).await;
            let district = person(&app, role("level-2-officer"), DISTRICT);
            let request = TodoRequest { limit: 10, ..TodoRequest::default() };
            let page = todo::list(&app, &district, &request).await.unwrap();
            assert_eq!(page.counts, counts, "{day}");
            assert_eq!(
                page.items[0].since,
                date(2026, 2, 12),
                "since the business day, and not the calendar's"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_record_is_in_its_state_since_the_business_day() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        stop_at(&test, date(2026, 2, 12)).await;
        let record = enter(&app, WORKS, "paused").await;
        let works = person(&app, role("enterprise-officer"), WORKS);
        let found = records::find(&app, &works, record).await.unwrap();
        assert_eq!(found.since, date(2026, 2, 12));
        take(&app, &works, record, 1, "pause", nothing()).await.unwrap();
        assert_eq!(records::find(&app, &works, record).await.unwrap().since, date(2026, 2, 12));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_after_the_business_day_lies_in_the_future() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        stop_at(&test, date(2026, 2, 12)).await;
        let works = person(&app, role("enterprise-officer"), WORKS);
        let typed = |day: &str| {
            let pairs = [("subject", "lamps"), ("kind", "1"), ("started_on", day)];
            records::Input::Typed(pairs.map(|(field, text)| (field.to_owned(), text.to_owned())).into())
        };
        let refused = records::enter(&app, &works, REGISTER, WORKS, typed("2026-02-13")).await.err();
        let Some(Error::InvalidFields(faults)) = refused else { panic!("{refused:?}") };
        let is_future =
            |problem: &Problem| matches!(problem, Problem::FutureDate { today, .. } if today == "2026-02-12");
        assert!(faults.iter().any(|fault| is_future(&fault.problem)), "{faults:?}");
        let today = records::enter(&app, &works, REGISTER, WORKS, typed("2026-02-12")).await.err();
        let Some(Error::InvalidFields(faults)) = today else { return };
        assert!(!faults.iter().any(|fault| is_future(&fault.problem)), "{faults:?}");
    }
}

/// A moment of a day, in the morning.
fn morning(day: Date) -> Timestamp {
    start_of(day) + jiff::SignedDuration::from_hours(9)
}

/// A city whose one record was entered in 2015, finished in the same year and corrected after that.
async fn with_history(test: &TestDb) -> App {
    with_start(test, None).await
}

/// The same; where a day is given, its start is corrected to that day at last.
async fn with_start(test: &TestDb, start: Option<Date>) -> App {
    let app = open(test, &small_campaign()).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let fields = snapshot.definition.forms[snapshot.definition.roster].fields.len();
    let unit = |id, kind, parent| LoadUnit {
        id,
        code: id.to_string(),
        name: format!("unit {id}"),
        kind,
        parent,
        guidance: None,
        closed_from: None,
        values: vec![None; fields].into(),
    };
    let units =
        vec![unit(DISTRICT, UnitKind::Union, None), unit(WORKS, UnitKind::Grassroots, Some(DISTRICT))];
    let (position, form) = snapshot.definition.form(REGISTER).unwrap();
    let field = |id: &str| form.field(id).unwrap();
    let mut begun: Values = form.no_values();
    begun[form.unit.unwrap()] = Some(Value::Unit(WORKS));
    begun[field("subject")] = Some(Value::Text("lamps".to_owned()));
    begun[field("started_on")] = Some(Value::Date(date(2015, 3, 2)));
    let mut done = begun.clone();
    done[field("finished_on")] = Some(Value::Date(date(2015, 4, 1)));
    let mut right = done.clone();
    right[field("subject")] = Some(Value::Text("lamps in the hall".to_owned()));
    let version = |day: Date, by: &str, transition: Option<&str>, values: &Values| LoadVersion {
        at: morning(day),
        by: by.to_owned(),
        transition: transition.map(ToOwned::to_owned),
        state: None,
        values: values.clone(),
    };
    let mut history = vec![
        version(date(2015, 3, 9), "王芳", None, &begun),
        version(date(2015, 4, 8), "王芳", Some("finish"), &done),
        version(date(2015, 6, 1), "李强", None, &right),
    ];
    if let Some(start) = start {
        right[field("started_on")] = Some(Value::Date(start));
        history.push(version(date(2015, 7, 1), "李强", None, &right));
    }
    let record =
        LoadRecord { form: position, unit: WORKS, values: right, history, key: None, referred: Vec::new() };
    load(&app, &console(&app), units, std::iter::once(record), &|_| {}).await.unwrap();
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_loaded_with_its_history() {
    for test in databases().await {
        let app = with_history(&test).await;
        let of_records = TrailQuery { kind: Some(audit_trail::AuditKind::Record), ..TrailQuery::default() };
        let trail = async |query: &TrailQuery| {
            audit_trail::list(&app, &console(&app), query, None, 50).await.unwrap().entries
        };
        let entries = trail(&of_records).await;
        let found: Vec<_> = entries
            .iter()
            .map(|entry| (entry.action.as_str(), entry.actor.as_str(), day_of(entry.at)))
            .collect();
        assert_eq!(
            found,
            [
                ("correct", "李强", date(2015, 6, 1)),
                ("step", "王芳", date(2015, 4, 8)),
                ("create", "王芳", date(2015, 3, 9)),
            ]
        );
        for (from, to, expected) in [
            (Some(date(2015, 4, 8)), Some(date(2015, 4, 8)), 1),
            (None, Some(date(2015, 5, 31)), 2),
            (Some(date(2015, 4, 9)), None, 1),
            (Some(date(2015, 6, 2)), None, 0),
        ] {
            let query = TrailQuery { from, to, ..of_records.clone() };
            assert_eq!(trail(&query).await.len(), expected, "{query:?}");
        }
        let record = model::ids::RecordId(entries[0].subject);
        let found = records::find(&app, &console(&app), record).await.unwrap();
        assert_eq!((found.version, found.since), (3, date(2015, 4, 8)));
        let verified = app::rebuild::verify(&app, &console(&app)).await.unwrap();
        assert!(verified.agrees(), "{:?}", verified.findings);
        assert_history_is_known(&test, &app).await;
    }
}

/// Where a record counted before it was corrected is known of a history that is loaded at once, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_loaded_history_tells_what_was_behind_a_figure() {
    for test in databases().await {
        let app = with_start(&test, Some(date(2015, 2, 10))).await;
        for (day, expected) in
            [(date(2015, 5, 1), ["2015-03", "2015-04"]), (date(2015, 7, 1), ["2015-02", "2015-04"])]
        {
            let ask = FigureRequest { year: 2021, as_of: Some(day), ..FigureRequest::default() };
            let request = TraceRequest { indicator: "1.3".to_owned(), ask, after: None, limit: 10 };
            let page = trace(&app, &console(&app), DISTRICT, &request).await.unwrap();
            let months: Vec<String> = page.rows.iter().map(|row| row.month.to_string()).collect();
            assert_eq!(months, expected, "as known on {day}");
        }
        app.close().await;
    }
}

/// What a record has counted is known since the days of its history, and not since it was loaded.
async fn assert_history_is_known(test: &TestDb, app: &App) {
    let mut tx = test.db.read(test.region).await.unwrap();
    assert_eq!(store::known_days::first(&mut tx, DISTRICT).await.unwrap(), Some(date(2015, 3, 9)));
    for (day, is_known) in [(date(2015, 4, 7), false), (date(2015, 4, 8), true), (date(2026, 2, 28), true)] {
        let later = store::known_days::changes_after(&mut tx, &[DISTRICT], day).await.unwrap();
        assert_eq!(later.is_empty(), is_known, "{day}: {later:?}");
    }
    tx.rollback().await.unwrap();
    for (day, expected) in [
        (date(2015, 3, 8), Some("before")),
        (date(2026, 3, 2), Some("to come")),
        (date(2015, 3, 9), None),
        (date(2026, 3, 1), None),
    ] {
        let year = app.current(&console(app)).await.unwrap().definition.first_campaign().period.first;
        let ask = FigureRequest { year, as_of: Some(day), ..FigureRequest::default() };
        let refused = match show(app, &console(app), DISTRICT, &ask).await {
            Ok(shown) => {
                assert_eq!((shown.known.day, shown.known.is_past), (day, day != date(2026, 3, 1)));
                None
            }
            Err(Error::NoSuchPeriod(MissingPeriod::DayBefore { first, .. })) => {
                assert_eq!(first, date(2015, 3, 9));
                Some("before")
            }
            Err(Error::NoSuchPeriod(MissingPeriod::DayToCome { .. })) => Some("to come"),
            Err(other) => panic!("{day}: {other:?}"),
        };
        assert_eq!(refused, expected, "{day}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_do_not_follow_the_business_day() {
    for desk in Desk::all().await {
        stop_at(&desk.test, date(2015, 9, 30)).await;
        let token = desk.sign_in("works").await.unwrap();
        let ctx = desk.context(&token).await;
        let session = ctx.origin.session.unwrap();
        assert!(session.expires_at > desk.app.now(), "it lasts from now on, and not from a day years ago");
        let snapshot = desk.app.current(&ctx).await.unwrap();
        assert_eq!(ctx.today(&snapshot).date(), date(2015, 9, 30));
        desk.wait_days(400);
        assert!(accounts::session_context(&desk.app, &token, None).await.is_err(), "it ends by the clock");
    }
}
