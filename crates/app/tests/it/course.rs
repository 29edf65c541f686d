//! How a count goes on, and what the program says about itself, on both engines.

use std::collections::BTreeMap;

use app::{
    App,
    about::about_program,
    figures::{FigureRequest, forecast, months, show},
    load::{LoadUnit, load},
};
use jiff::civil::date;
use ledger::forecast::MonthEnd;
use model::{
    ids::UnitId,
    month::{Month, Year},
    value::Value,
};
use store::{Engine, units::UnitKind};
use testkit::{TestDb, console, databases, open, small_campaign};

const CITY: UnitId = UnitId(10_001);
const FIRM: UnitId = UnitId(10_002);

/// A city whose firm has finished six actions in two years.
async fn counted(test: &TestDb) -> App {
    let app = open(test, &small_campaign()).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let fields = snapshot.definition.forms[snapshot.definition.roster].fields.len();
    let unit = |id: UnitId, kind: UnitKind, parent: Option<UnitId>| LoadUnit {
        id,
        code: id.to_string(),
        name: format!("unit {id}"),
        kind,
        parent,
        guidance: None,
        closed_from: None,
        values: vec![None; fields].into(),
    };
    let units = vec![unit(CITY, UnitKind::Union, None), unit(FIRM, UnitKind::Grassroots, Some(CITY))];
    load(&app, &console(&app), units, std::iter::empty(), &|_| {}).await.unwrap();
    let finished = [(2021, 3), (2021, 9), (2022, 2), (2022, 2), (2022, 5), (2022, 11)];
    for (serial, (year, month)) in finished.into_iter().enumerate() {
        action(&app, &serial.to_string(), year, month).await;
    }
    app.fold(&console(&app)).await.unwrap();
    app
}

fn june() -> Month {
    Month::new(2022, 6).unwrap()
}

/// The figures of 2022 until June.
fn until_june() -> FigureRequest {
    FigureRequest { year: 2022, through: Some(june()), ..FigureRequest::default() }
}

/// The months of the first indicator.
async fn months_of(app: &App, unit: UnitId) -> Vec<MonthEnd> {
    let snapshot = app.current(&console(app)).await.unwrap();
    let indicator = &snapshot.definition.first_campaign().indicators.as_slice()[0];
    months(app, &console(app), unit, indicator, &until_june()).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_months_add_up_to_the_figure() {
    for test in databases().await {
        let app = counted(&test).await;
        let shown = show(&app, &console(&app), CITY, &until_june()).await.unwrap();
        let months = months_of(&app, CITY).await;
        let added: Vec<f64> = months.iter().map(|step| step.added).collect();
        assert_eq!(added, [0.0, 2.0, 0.0, 0.0, 1.0, 0.0]);
        let last = months.last().map(|step| (step.month, Some(step.value)));
        assert_eq!(last, Some((june(), shown.entries[0].figure.value)));
    }
}

#[tokio::test]
async fn the_months_of_an_enterprise_come_from_its_facts() {
    for test in databases().await {
        let app = counted(&test).await;
        assert_eq!(months_of(&app, FIRM).await, months_of(&app, CITY).await);
    }
}

#[tokio::test]
async fn a_forecast_goes_on_at_the_pace_so_far() {
    for test in databases().await {
        let app = counted(&test).await;
        let shown = show(&app, &console(&app), CITY, &until_june()).await.unwrap();
        // Five in eighteen months: three and a third a year.
        let ahead = forecast(&shown, &shown.entries[0]);
        assert_eq!(ahead.first().map(|step| step.month), Some(june().next()));
        let end = ahead.last().map(|step| (step.month, step.value));
        assert_eq!(end, Some((Month::december(2023), 10.0)));
    }
}

/// An action finished in a month.
async fn action(app: &App, serial: &str, year: Year, month: i8) {
    let day = Value::Date(date(year, month, 10));
    let values = BTreeMap::from([
        ("serial".to_owned(), Value::Text(serial.to_owned())),
        ("subject".to_owned(), Value::Text("Insulation".to_owned())),
        ("kind".to_owned(), Value::Code("energy".to_owned())),
        ("started_on".to_owned(), day.clone()),
        ("finished_on".to_owned(), day),
        ("verified".to_owned(), Value::Flag(true)),
    ]);
    app::records::create(app, &console(app), "green-action", FIRM, values).await.unwrap();
}

#[tokio::test]
async fn the_program_names_its_engine_and_its_definition() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        let found = about_program(&app, &console(&app)).await.unwrap();
        let engine = match test.db.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        };
        assert_eq!(found.engine, engine);
        assert!(found.in_force_since.is_some(), "{engine}");
        assert_eq!(found.through, Some(Month::december(2023)), "the campaign is over");
    }
}
