//! Moving, merging and closing units; what goes with a unit and what stays.

use std::collections::BTreeMap;

use app::{
    App, Error,
    figures::{FigureRequest, TraceRequest, rank, show, trace},
    load::{LoadUnit, load},
    units::{Command, UnitChange, UnitPage, carry_out},
};
use campaign::{definition::MeasureKind, source::Source};
use ledger::hierarchy::Line;
use model::{ids::UnitId, month::Month, value::Value};
use store::units::UnitKind;
use testkit::{TestDb, console, databases, first_campaign, open};

pub(crate) const CITY: UnitId = UnitId(10_001);
pub(crate) const NORTH: UnitId = UnitId(10_002);
pub(crate) const SOUTH: UnitId = UnitId(10_003);
pub(crate) const FIRM: UnitId = UnitId(10_004);

/// A city with two districts and one enterprise in the north.
pub(crate) async fn city(test: &TestDb) -> App {
    city_under(test, &first_campaign()).await
}

/// The same under another campaign.
pub(crate) async fn city_under(test: &TestDb, source: &Source) -> App {
    let app = open(test, source).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let unit = |id: UnitId, parent: Option<UnitId>| {
        let is_firm = id == FIRM;
        let mut values = roster.no_values();
        if is_firm {
            // A limited company, as the first campaign and the small one call it.
            let code = if source.hash() == first_campaign().hash() { "170" } else { "300" };
            values[roster.classifying[0]] = Some(Value::Code(code.to_owned()));
        }
        LoadUnit {
            id,
            code: id.to_string(),
            name: format!("unit {id}"),
            kind: if is_firm { UnitKind::Grassroots } else { UnitKind::Union },
            parent,
            guidance: None,
            closed_from: None,
            values,
        }
    };
    let units =
        vec![unit(CITY, None), unit(NORTH, Some(CITY)), unit(SOUTH, Some(CITY)), unit(FIRM, Some(NORTH))];
    load(&app, &console(&app), units, std::iter::empty(), &|_| {}).await.unwrap();
    app
}

/// Changes a unit as it is now.
pub(crate) async fn change(app: &App, unit: UnitId, change: UnitChange) -> Result<(), Error> {
    carry_out(app, &console(app), &Command { unit, seen: None, change }).await
}

async fn enter(app: &App, form: &str, values: &[(&str, Value)]) {
    let values: BTreeMap<String, Value> =
        values.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
    app::records::create(app, &console(app), form, FIRM, values).await.unwrap();
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn day(year: i16, month: i8) -> Value {
    Value::Date(jiff::civil::date(year, month, 5))
}

async fn value(app: &App, unit: UnitId, year: i16, id: &str) -> Option<f64> {
    app.fold(&console(app)).await.unwrap();
    let shown =
        show(app, &console(app), unit, &FigureRequest { year, ..FigureRequest::default() }).await.unwrap();
    let definition = &shown.snapshot.definition;
    shown
        .entries
        .iter()
        .find(|entry| definition.first_campaign().indicators[entry.indicator].id == id)
        .unwrap()
        .figure
        .value
}

/// A proposal of 2011, a supervisor in service since 2011.
async fn history(app: &App) {
    let proposal = [
        ("number", text("A-1")),
        ("title", text("节电")),
        ("measure", text("换灯")),
        ("proposed_on", day(2011, 5)),
    ];
    enter(app, "proposal", &proposal).await;
    enter(app, "supervisor", &[("name", text("张三")), ("appointed_on", day(2011, 3))]).await;
    let later = [
        ("number", text("A-2")),
        ("title", text("节水")),
        ("measure", text("换阀")),
        ("proposed_on", day(2013, 5)),
    ];
    enter(app, "proposal", &later).await;
}

/// The history, and the firm under the south since July 2012.
async fn moved(test: &TestDb) -> App {
    let app = city(test).await;
    history(&app).await;
    let from = Month::new(2012, 7).unwrap();
    change(&app, FIRM, UnitChange::Move { parent: SOUTH, from }).await.unwrap();
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_unit_earned_before_its_move_stays_where_it_was() {
    for test in databases().await {
        let app = moved(&test).await;
        for (unit, expected) in
            [(NORTH, [Some(1.0), Some(1.0)]), (SOUTH, [Some(0.0), Some(1.0)]), (CITY, [Some(1.0), Some(2.0)])]
        {
            let found = [value(&app, unit, 2011, "1.2").await, value(&app, unit, 2013, "1.2").await];
            assert_eq!(found, expected, "proposals of {unit}");
        }
        assert_eq!(app::rebuild::verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_service_moves_with_its_unit() {
    for test in databases().await {
        let app = moved(&test).await;
        for (unit, expected) in
            [(NORTH, [Some(1.0), Some(0.0)]), (SOUTH, [Some(0.0), Some(1.0)]), (CITY, [Some(1.0), Some(1.0)])]
        {
            let found = [value(&app, unit, 2011, "3.1").await, value(&app, unit, 2012, "3.1").await];
            assert_eq!(found, expected, "supervisors of {unit}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_of_a_moved_unit_follows_the_figure() {
    for test in databases().await {
        let app = moved(&test).await;
        app.fold(&console(&app)).await.unwrap();
        let request = TraceRequest {
            indicator: "1.2".to_owned(),
            ask: FigureRequest { year: 2013, ..FigureRequest::default() },
            after: None,
            limit: 10,
        };
        assert_eq!(trace(&app, &console(&app), NORTH, &request).await.unwrap().rows.len(), 1);
    }
}

/// A figure as it was earned, and re-stated on today's tree.
async fn both_values(app: &App, unit: UnitId, year: i16, indicator: &str) -> [Option<f64>; 2] {
    let mut values = [None, None];
    for (value, is_restated) in values.iter_mut().zip([false, true]) {
        let ask = FigureRequest { year, is_restated, ..FigureRequest::default() };
        let shown = show(app, &console(app), unit, &ask).await.unwrap();
        let indicators = &shown.campaign().indicators;
        let entry = shown.entries.iter().find(|entry| indicators[entry.indicator].id == indicator);
        *value = entry.unwrap().figure.value;
    }
    values
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_restated_on_the_tree_of_today() {
    for test in databases().await {
        let app = moved(&test).await;
        app.fold(&console(&app)).await.unwrap();
        for (unit, year, indicator, expected) in [
            (NORTH, 2011, "1.2", [Some(1.0), Some(0.0)]),
            (SOUTH, 2011, "1.2", [Some(0.0), Some(1.0)]),
            (SOUTH, 2013, "1.2", [Some(1.0), Some(2.0)]),
            (CITY, 2013, "1.2", [Some(2.0), Some(2.0)]),
            (FIRM, 2013, "1.2", [Some(2.0), Some(2.0)]),
            (NORTH, 2011, "3.1", [Some(1.0), Some(0.0)]),
            (SOUTH, 2011, "3.1", [Some(0.0), Some(1.0)]),
        ] {
            assert_eq!(
                both_values(&app, unit, year, indicator).await,
                expected,
                "{indicator} of {unit} in {year}"
            );
        }
        // A ranking has them as well, of the units that are there today.
        let ask = FigureRequest { year: 2011, is_restated: true, ..FigureRequest::default() };
        let ranking = rank(&app, &console(&app), CITY, Line::Subordination, &ask).await.unwrap();
        let indicator = ranking.campaign().indicators.position(|one| one.id == "1.2").unwrap();
        let found: Vec<_> =
            ranking.rows.iter().map(|row| (row.unit.id, row.figures[indicator].value)).collect();
        assert_eq!(found, [(NORTH, Some(0.0)), (SOUTH, Some(1.0))]);
        let as_of = Some(jiff::civil::date(2026, 2, 1));
        let ask = FigureRequest { year: 2013, as_of, ..ask };
        let refused = show(&app, &console(&app), SOUTH, &ask).await.err();
        assert!(
            matches!(refused, Some(app::Error::NoSuchPeriod(app::MissingPeriod::RestatedDay))),
            "{refused:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merger_is_seen_on_both_trees() {
    for test in databases().await {
        let app = merged(&test).await;
        app.fold(&console(&app)).await.unwrap();
        assert_eq!(both_values(&app, SOUTH, 2012, "1.2").await, [Some(0.0), Some(1.0)]);
        assert_eq!(both_values(&app, SOUTH, 2013, "1.2").await, [Some(1.0), Some(2.0)]);
    }
}

/// The history, and the north merged into the south in 2013.
async fn merged(test: &TestDb) -> App {
    let app = city(test).await;
    history(&app).await;
    change(&app, NORTH, UnitChange::Merge { into: SOUTH, from: Month::january(2013) }).await.unwrap();
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_unit_adds_to_the_other_and_keeps_its_history() {
    for test in databases().await {
        let app = merged(&test).await;
        assert_eq!(value(&app, SOUTH, 2013, "1.2").await, Some(1.0), "what it earns after the merger");
        assert_eq!(value(&app, SOUTH, 2013, "3.1").await, Some(1.0), "what is in service");
        assert_eq!(value(&app, NORTH, 2012, "1.2").await, Some(1.0), "what it had earned");
        assert_eq!(app::rebuild::verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_unit_hangs_below_the_other_with_everything_below_it() {
    for test in databases().await {
        let app = merged(&test).await;
        let snapshot = app.current(&console(&app)).await.unwrap();
        let north = &snapshot.units[&NORTH];
        assert_eq!((north.merged_into, north.closed_from), (Some(SOUTH), Some(Month::january(2013))));
        let page = app::units::show(&app, &console(&app), SOUTH).await.unwrap();
        assert_eq!(page.merged.iter().map(|unit| unit.id).collect::<Vec<_>>(), [NORTH]);
        assert_eq!(page.below.len(), 1);
    }
}

/// The page of the firm, which was renamed and then closed.
async fn renamed_and_closed(test: &TestDb) -> UnitPage {
    let app = city(test).await;
    let until = jiff::civil::date(2013, 5, 31);
    change(&app, FIRM, UnitChange::Rename { name: " 新名 ".to_owned(), until }).await.unwrap();
    change(&app, FIRM, UnitChange::Close { from: Month::january(2014) }).await.unwrap();
    app::units::show(&app, &console(&app), FIRM).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_shows_its_former_name_and_its_end() {
    for test in databases().await {
        let page = renamed_and_closed(&test).await;
        assert_eq!(page.unit.name, "新名");
        assert_eq!(page.former_names, [("2013-05-31".to_owned(), format!("unit {FIRM}"))]);
        assert_eq!(page.unit.closed_from, Some(Month::january(2014)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_unit_has_every_change_with_before_and_after() {
    for test in databases().await {
        let page = renamed_and_closed(&test).await;
        let actions: Vec<&str> = page.history.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["create", "rename", "close"]);
        for pair in page.history.windows(2) {
            assert_eq!(pair[0].after, pair[1].before, "what was before is what the last change left");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_that_changes_the_ownership_moves_the_years_it_covers() {
    for test in databases().await {
        let app = city(&test).await;
        let project = |number: &str, year| {
            [
                ("number", text(number)),
                ("name", text("改造")),
                ("kind", Value::Code("innovation".to_owned())),
                ("acceptance", Value::Code("passed".to_owned())),
                ("accepted_on", day(year, 6)),
            ]
        };
        enter(&app, "project", &project("P-1", 2011)).await;
        enter(&app, "project", &project("P-2", 2012)).await;
        assert_eq!(value(&app, CITY, 2012, "2.9.2").await, Some(1.0), "non-public by the roster");
        let base = [
            ("year", Value::Integer(2012)),
            ("status", Value::Code("normal".to_owned())),
            ("unit_type", Value::Code("110".to_owned())),
            ("workers_avg", Value::Integer(10)),
        ];
        enter(&app, "base-return", &base).await;
        assert_eq!(value(&app, CITY, 2011, "2.9.2").await, Some(1.0), "2011 stays as it was");
        assert_eq!(value(&app, CITY, 2012, "2.9.2").await, Some(0.5), "2012 is state-owned now");
        assert_eq!(app::rebuild::verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_offices_write_at_once() {
    for test in databases().await {
        let app = std::sync::Arc::new(city(&test).await);
        let mut offices = Vec::new();
        for office in 0..6 {
            let app = app.clone();
            offices.push(tokio::spawn(async move {
                for number in 0..15 {
                    let values = [
                        ("number", text(&format!("{office}-{number}"))),
                        ("title", text("节电")),
                        ("measure", text("换灯")),
                        ("proposed_on", day(2012, 1 + (number % 12) as i8)),
                    ];
                    enter(&app, "proposal", &values).await;
                    if office == 0 && number % 5 == 0 {
                        let parent = if number % 2 == 0 { SOUTH } else { NORTH };
                        let from = Month::new(2012, 1 + number as i8 % 12).unwrap();
                        change(&app, FIRM, UnitChange::Move { parent, from }).await.unwrap();
                    }
                    app.fold(&console(&app)).await.unwrap();
                }
            }));
        }
        for office in offices {
            office.await.unwrap();
        }
        assert_eq!(value(&app, CITY, 2012, "1.2").await, Some(90.0));
        assert_eq!(app::rebuild::verify(&app, &console(&app)).await.unwrap().findings, []);
        let stocks = app
            .current(&console(&app))
            .await
            .unwrap()
            .definition
            .measures
            .iter()
            .filter(|m| m.kind == MeasureKind::Stock)
            .count();
        assert!(stocks > 0);
    }
}
