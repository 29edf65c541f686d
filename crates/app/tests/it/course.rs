//! How a count goes on, and what the program says about itself, on both engines.

use std::collections::BTreeMap;

use app::{
    about::about,
    figures::{Ask, forecast, months, show},
    load::{LoadUnit, load},
};
use jiff::civil::date;
use model::{
    ids::UnitId,
    month::{Month, Year},
    value::Value,
};
use store::{Engine, units::UnitKind};
use testkit::{console, databases, open, small_campaign};

const CITY: UnitId = UnitId(10_001);
const FIRM: UnitId = UnitId(10_002);

#[tokio::test]
async fn the_months_end_where_the_figure_stands_and_the_forecast_begins() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        let snapshot = app.current().await.unwrap();
        let fields = snapshot.campaign.forms[snapshot.campaign.roster].fields.len();
        let unit = |id: UnitId, kind: UnitKind, parent: Option<UnitId>| LoadUnit {
            id,
            code: id.to_string(),
            name: format!("unit {id}"),
            kind,
            parent,
            guidance: None,
            closed_from: None,
            values: vec![None; fields],
        };
        let units = vec![unit(CITY, UnitKind::Union, None), unit(FIRM, UnitKind::Grassroots, Some(CITY))];
        load(&app, &console(), units, std::iter::empty(), &|_| {}).await.unwrap();
        let finished = [(2021, 3), (2021, 9), (2022, 2), (2022, 2), (2022, 5), (2022, 11)];
        for (serial, (year, month)) in finished.into_iter().enumerate() {
            action(&app, &serial.to_string(), year, month).await;
        }
        app.fold().await.unwrap();

        let june = Month::new(2022, 6).unwrap();
        let ask = Ask { year: 2022, through: Some(june), ..Ask::default() };
        let shown = show(&app, &console(), CITY, &ask).await.unwrap();
        let indicator = &snapshot.campaign.indicators[0];
        let known = months(&app, &console(), CITY, indicator, &ask).await.unwrap().unwrap();
        let added: Vec<f64> = known.iter().map(|step| step.added).collect();
        assert_eq!(added, [0.0, 2.0, 0.0, 0.0, 1.0, 0.0]);
        let last = known.last().map(|step| (step.month, Some(step.value)));
        assert_eq!(last, Some((june, shown.entries[0].figure.value)));

        // Five in eighteen months: three and a third a year.
        let ahead = forecast(&shown, &shown.entries[0]);
        assert_eq!(ahead.first().map(|step| step.month), Some(june.next()));
        let end = ahead.last().map(|step| (step.month, step.value));
        assert_eq!(end, Some((Month::december(2023), 10.0)));

        let firm = months(&app, &console(), FIRM, indicator, &ask).await.unwrap();
        assert_eq!(firm, Some(known), "an enterprise's months come from its facts");
    }
}

/// An action finished in a month.
async fn action(app: &app::App, serial: &str, year: Year, month: i8) {
    let day = Value::Date(date(year, month, 10));
    let values = BTreeMap::from([
        ("serial".to_owned(), Value::Text(serial.to_owned())),
        ("subject".to_owned(), Value::Text("Insulation".to_owned())),
        ("kind".to_owned(), Value::Code("energy".to_owned())),
        ("started_on".to_owned(), day.clone()),
        ("finished_on".to_owned(), day),
        ("verified".to_owned(), Value::Flag(true)),
    ]);
    app::facts::create(app, &console(), "green-action", FIRM, values).await.unwrap();
}

#[tokio::test]
async fn the_program_names_its_engine_and_its_definition() {
    for test in databases().await {
        let app = open(&test, &small_campaign()).await;
        let found = about(&app, &console()).await.unwrap();
        let engine = match test.db.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        };
        assert_eq!(found.engine, engine);
        assert!(found.in_force_since.is_some(), "{engine}");
        assert_eq!(found.through, Some(Month::december(2023)), "the campaign is over");
    }
}
