//! Who owes a return, who has handed it in, and who is late, on both engines.

use app::{
    App, Error, Thing,
    figures::{FigureRequest, show},
    load::{LoadRecord, LoadUnit, LoadVersion, load},
    rebuild::verify,
    returns::{ReturnStatus, StatusRequest, periods_of_year, status},
    units::UnitChange,
};
use campaign::definition::CampaignIdx;
use jiff::civil::{Date, date};
use model::{clock::start_of, ids::UnitId, month::Month, period::ReportingPeriod, value::Value};
use store::units::UnitKind;
use testkit::{TestDb, console, databases, first_campaign, open};

use crate::tree::{CITY, FIRM, NORTH, SOUTH, change};

fn request(period: &str) -> StatusRequest {
    StatusRequest { period: period.parse().unwrap(), campaign: CampaignIdx::FIRST, form: None }
}

async fn owed(app: &App, unit: UnitId, period: &str) -> ReturnStatus {
    status(app, &console(app), unit, &request(period)).await.unwrap()
}

/// How many are owed, handed in and late.
async fn counts(app: &App, unit: UnitId, period: &str) -> [usize; 3] {
    let status = owed(app, unit, period).await;
    [status.owed.len(), status.submitted(), status.late()]
}

/// The second enterprise, in the south.
const SECOND: UnitId = UnitId(10_005);

/// A city with two enterprises, whose base returns were handed in on some days.
async fn city_with(test: &TestDb, returns: &[(UnitId, i16, Date)]) -> App {
    let app = open(test, &first_campaign()).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let definition = &snapshot.definition;
    let unit = |id: UnitId, parent: Option<UnitId>| LoadUnit {
        id,
        code: id.to_string(),
        name: format!("unit {id}"),
        kind: if [FIRM, SECOND].contains(&id) { UnitKind::Grassroots } else { UnitKind::Union },
        parent,
        guidance: None,
        closed_from: None,
        values: definition.forms[definition.roster].no_values(),
    };
    let units = vec![
        unit(CITY, None),
        unit(NORTH, Some(CITY)),
        unit(SOUTH, Some(CITY)),
        unit(FIRM, Some(NORTH)),
        unit(SECOND, Some(SOUTH)),
    ];
    let (form, of) = definition.form("base-return").unwrap();
    let record = |(unit, year, on): &(UnitId, i16, Date)| {
        let mut values = of.no_values();
        for (field, value) in [
            ("year", Value::Integer((*year).into())),
            ("status", Value::Code("normal".to_owned())),
            ("unit_type", Value::Code("110".to_owned())),
            ("workers_avg", Value::Integer(100)),
            ("drill_held", Value::Flag(true)),
        ] {
            values[of.field(field).unwrap()] = Some(value);
        }
        let (at, by) = (start_of(*on), "officer".to_owned());
        let made = LoadVersion { at, by, transition: None, state: None, values: values.clone() };
        let history = vec![made];
        LoadRecord { form, unit: *unit, values, history, key: None, referred: Vec::new() }
    };
    let records: Vec<LoadRecord> = returns.iter().map(record).collect();
    load(&app, &console(&app), units, records.into_iter(), &|_| {}).await.unwrap();
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_is_owed_handed_in_and_late() {
    for test in databases().await {
        let returns = [(FIRM, 2012, date(2013, 1, 31)), (SECOND, 2012, date(2013, 2, 1))];
        let app = city_with(&test, &returns).await;
        let status = owed(&app, CITY, "2012").await;
        let due: Vec<_> = status.owed.iter().map(|owed| owed.due).collect();
        assert_eq!(due, [Some(date(2013, 1, 31)); 2]);
        assert_eq!((status.submitted(), status.late(), status.approved()), (2, 1, 0));
        let late: Vec<UnitId> =
            status.owed.iter().filter(|owed| owed.is_late).map(|owed| owed.unit.id).collect();
        assert_eq!(late, [SECOND]);
        assert_eq!(counts(&app, SOUTH, "2012").await, [1, 1, 1]);
        assert_eq!(counts(&app, FIRM, "2012").await, [1, 1, 0]);
        assert_eq!(counts(&app, CITY, "2013").await, [2, 0, 2], "nothing was handed in, and the day is over");
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moved_owes_where_it_is_and_what_closed_owes_none() {
    for test in databases().await {
        let app = city_with(&test, &[(SECOND, 2013, date(2014, 1, 5))]).await;
        let from = |year, month| Month::new(year, month).unwrap();
        change(&app, FIRM, UnitChange::Move { parent: SOUTH, from: from(2013, 7) }).await.unwrap();
        assert_eq!(counts(&app, NORTH, "2012").await[0], 1);
        assert_eq!(counts(&app, NORTH, "2013").await[0], 0, "it was in the south at the end of the year");
        assert_eq!(counts(&app, SOUTH, "2013").await, [2, 1, 1]);
        change(&app, SECOND, UnitChange::Close { from: from(2014, 5) }).await.unwrap();
        assert_eq!(counts(&app, CITY, "2013").await, [2, 1, 1]);
        assert_eq!(counts(&app, CITY, "2014").await, [1, 0, 1], "a unit that was closed owes none");
        assert_eq!(counts(&app, SECOND, "2014").await, [0, 0, 0]);
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_closed_unit_handed_in_is_not_among_what_is_owed() {
    for test in databases().await {
        let app = city_with(&test, &[(SECOND, 2013, date(2014, 1, 5))]).await;
        let closing = UnitChange::Close { from: Month::new(2013, 12).unwrap() };
        change(&app, SECOND, closing).await.unwrap();
        assert_eq!(counts(&app, CITY, "2013").await, [1, 0, 1]);
        app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_without_returns_is_said() {
    for test in databases().await {
        let app = city_with(&test, &[]).await;
        for wrong in
            [request("2013-Q2"), StatusRequest { form: Some("proposal".to_owned()), ..request("2013") }]
        {
            let refused = status(&app, &console(&app), CITY, &wrong).await;
            assert!(matches!(refused, Err(Error::NotFound { what: Thing::Return, .. })), "{wrong:?}");
        }
        let snapshot = app.current(&console(&app)).await.unwrap();
        let periods = periods_of_year(&console(&app), &snapshot, CampaignIdx::FIRST, 2013);
        assert_eq!(periods, [ReportingPeriod::year(2013)]);
        app.close().await;
    }
}

/// The coverage of the share of enterprises with drills: how many have answered, of how many.
async fn coverage(app: &App, unit: UnitId, ask: &FigureRequest) -> (i64, i64) {
    app.fold(&console(app)).await.unwrap();
    let shown = show(app, &console(app), unit, ask).await.unwrap();
    let indicators = &shown.campaign().indicators;
    let entry = shown.entries.iter().find(|entry| indicators[entry.indicator].id == "4.1").unwrap();
    let coverage = entry.figure.coverage.unwrap();
    (coverage.answered, coverage.owed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_unit_is_not_among_those_that_a_figure_waits_for() {
    for test in databases().await {
        let on = date(2014, 1, 5);
        let app = city_with(&test, &[(FIRM, 2012, on), (FIRM, 2013, on), (SECOND, 2012, on)]).await;
        let year = |year| FigureRequest { year, ..FigureRequest::default() };
        let through = |of, month| FigureRequest { through: Month::new(of, month), ..year(of) };
        assert_eq!(coverage(&app, CITY, &year(2013)).await, (1, 2));
        assert_eq!(coverage(&app, CITY, &through(2013, 6)).await, (2, 2), "its last return stands for it");
        let closing = UnitChange::Close { from: Month::new(2013, 5).unwrap() };
        change(&app, SECOND, closing).await.unwrap();
        assert_eq!(coverage(&app, CITY, &year(2013)).await, (1, 1));
        assert_eq!(coverage(&app, CITY, &through(2013, 4)).await, (2, 2));
        assert_eq!(coverage(&app, CITY, &through(2013, 5)).await, (1, 1), "it states nothing any more");
        assert_eq!(coverage(&app, CITY, &year(2012)).await, (2, 2), "what it stated stays");
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
        app.close().await;
    }
}
