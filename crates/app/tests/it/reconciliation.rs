//! What registers count beside what returns state, on both engines.

use std::collections::BTreeMap;

use app::{
    App, Context,
    figures::{FigureRequest, show},
    load::{LoadRecord, LoadUnit, load},
    reconciliation::{ComparisonRequest, RegisterCount, ReturnComparison, list, register_counts},
    records::{self, find},
};
use model::{
    ids::{RecordId, UnitId},
    period::ReportingPeriod,
    value::Value,
};
use store::units::UnitKind;
use testkit::{TestDb, console, databases, first_campaign, open};

use crate::tree::{CITY, FIRM, NORTH, SOUTH, city};

async fn enter(app: &App, form: &str, values: &[(&str, Value)]) -> RecordId {
    let values: BTreeMap<String, Value> =
        values.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect();
    records::create(app, &console(app), form, FIRM, values).await.unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn code(code: &str) -> Value {
    Value::Code(code.to_owned())
}

fn day(year: i16, month: i8) -> Value {
    Value::Date(jiff::civil::date(year, month, 5))
}

/// Two drills of 2012 of which one was held, two teams of which one has passed, a star system from 2011 to 2013.
async fn registers(app: &App) {
    for (name, ended) in [("车工练兵", Some(day(2012, 4))), ("焊工练兵", None)] {
        let mut drill = vec![("name", text(name)), ("started_on", day(2012, 3))];
        drill.extend(ended.map(|ended| ("ended_on", ended)));
        enter(app, "drill", &drill).await;
    }
    for (team, conclusion) in [("一班", Some("standard")), ("二班", None)] {
        let mut values = vec![("team", text(team)), ("year", Value::Integer(2012))];
        values.extend(conclusion.map(|conclusion| ("conclusion", code(conclusion))));
        enter(app, "five-type-team", &values).await;
    }
    let system = [
        ("kind", code("star")),
        ("document", text("厂字1号")),
        ("effective_on", day(2011, 6)),
        ("ended_on", day(2013, 2)),
        ("end_reason", text("改革")),
    ];
    enter(app, "worker-system", &system).await;
    app.fold(&console(app)).await.unwrap();
}

async fn base_return(app: &App, year: i64, answers: &[(&str, Value)]) -> RecordId {
    let mut values = vec![
        ("year", Value::Integer(year)),
        ("status", code("normal")),
        ("unit_type", code("110")),
        ("workers_avg", Value::Integer(100)),
    ];
    values.extend(answers.iter().cloned());
    enter(app, "base-return", &values).await
}

/// The fields that registers count for in a year, with how many there are.
async fn counts(app: &App, unit: UnitId, year: i16) -> Vec<(String, i64)> {
    let found =
        register_counts(app, &console(app), unit, "base-return", ReportingPeriod::year(year)).await.unwrap();
    let snapshot = app.current(&console(app)).await.unwrap();
    let form = snapshot.definition.form("base-return").unwrap().1;
    found.into_iter().map(|count| (form.fields[count.field].id.clone(), count.count)).collect()
}

fn expected(counts: &[(&str, i64)]) -> Vec<(String, i64)> {
    counts.iter().map(|(field, count)| ((*field).to_owned(), *count)).collect()
}

async fn figures(app: &App) -> Vec<Option<f64>> {
    app.fold(&console(app)).await.unwrap();
    let request = FigureRequest { year: 2012, ..FigureRequest::default() };
    let shown = show(app, &console(app), CITY, &request).await.unwrap();
    shown.entries.iter().map(|entry| entry.figure.value).collect()
}

/// Ids of the fields in which a return differs from registers.
async fn differing(app: &App, id: RecordId) -> Vec<String> {
    let found = find(app, &console(app), id).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    let differs = |count: &&RegisterCount| count.differs(form, found.fact.value(count.field));
    let fields =
        found.register_counts.iter().filter(differs).map(|count| form.fields[count.field].id.clone());
    fields.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn registers_propose_what_a_return_states() {
    for test in databases().await {
        let app = city(&test).await;
        assert_eq!(counts(&app, FIRM, 2012).await, [], "no register is kept");
        registers(&app).await;
        let of_2012 = [
            ("teams_running", 2),
            ("teams_passed", 1),
            ("drill_held", 1),
            ("chief_system", 0),
            ("star_system", 1),
        ];
        assert_eq!(counts(&app, FIRM, 2012).await, expected(&of_2012));
        let of_2013 = [
            ("teams_running", 0),
            ("teams_passed", 0),
            ("drill_held", 0),
            ("chief_system", 0),
            ("star_system", 0),
        ];
        assert_eq!(counts(&app, FIRM, 2013).await, expected(&of_2013), "it ended in February");
        assert_eq!(counts(&app, NORTH, 2012).await, [], "a district keeps no register of its own");
        assert_eq!(app::rebuild::verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_use_what_the_return_states() {
    for test in databases().await {
        let app = city(&test).await;
        let (yes, no) = (Value::Flag(true), Value::Flag(false));
        let answers = [
            ("drill_held", no.clone()),
            ("contest_held", yes.clone()),
            ("star_system", Value::NotApplicable("无一线职工".to_owned())),
            ("teams_total", Value::Integer(2)),
            ("teams_running", Value::Integer(2)),
        ];
        let id = base_return(&app, 2012, &answers).await;
        let before = figures(&app).await;
        assert!(before.iter().any(Option::is_some));
        assert_eq!(differing(&app, id).await, [""; 0]);
        registers(&app).await;
        assert_eq!(figures(&app).await, before, "what registers count moves no figure that the return feeds");
        // The teams agree; teams that have passed are not answered, and there is one; contests are not registered.
        assert_eq!(differing(&app, id).await, ["teams_passed", "drill_held", "star_system"]);
        let found = find(&app, &console(&app), id).await.unwrap();
        let form = &found.snapshot.definition.forms[found.fact.form];
        let stated = form.fields.iter().zip(&found.fact.values).filter(|(field, _)| field.id != "unit");
        let mut corrected: BTreeMap<String, Value> =
            stated.filter_map(|(field, value)| Some((field.id.clone(), value.clone()?))).collect();
        corrected.extend([
            ("drill_held".to_owned(), yes),
            ("teams_passed".to_owned(), Value::Integer(1)),
            ("star_system".to_owned(), Value::Flag(true)),
        ]);
        records::correct(&app, &console(&app), id, found.version, corrected).await.unwrap();
        assert_eq!(differing(&app, id).await, [""; 0]);
        assert_ne!(figures(&app).await, before, "the return is what counts");
        let other = base_return(&app, 2013, &[("drill_held", no)]).await;
        assert_eq!(differing(&app, other).await, [""; 0], "nothing answered, and nothing registered");
        assert_eq!(app::rebuild::verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

async fn listed(app: &App, ctx: &Context, unit: UnitId, request: &ComparisonRequest) -> Vec<(String, bool)> {
    let found = list(app, ctx, unit, request).await.unwrap();
    let form = |row: &ReturnComparison| &found.snapshot.definition.forms[row.form];
    found.rows.iter().map(|row| (form(row).fields[row.count.field].id.clone(), row.differs)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_returns_below_are_compared_as_each_is_on_its_page() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = console(&app);
        let (yes, no) = (Value::Flag(true), Value::Flag(false));
        let wanted = ComparisonRequest { year: 2012, limit: 100, ..ComparisonRequest::default() };
        assert_eq!(list(&app, &ctx, CITY, &wanted).await.unwrap().returns, 0, "no return of the year");
        let answers = [("drill_held", no), ("contest_held", yes.clone()), ("chief_system", yes.clone())];
        let id = base_return(&app, 2012, &answers).await;
        base_return(&app, 2013, &[("star_system", yes)]).await;
        let found = list(&app, &ctx, CITY, &wanted).await.unwrap();
        assert_eq!((found.returns, found.total), (0, 0), "the unit keeps no register");
        registers(&app).await;
        for unit in [CITY, NORTH, FIRM] {
            // There are no first workers in the register, which is kept for the stars of the same form.
            let expected = ["teams_running", "teams_passed", "drill_held", "chief_system", "star_system"];
            let found = list(&app, &ctx, unit, &wanted).await.unwrap();
            assert_eq!((found.returns, found.differing, found.differing_returns), (1, 5, 1), "{unit}");
            assert!(found.rows.iter().all(|row| row.record == id && row.unit.id == FIRM));
            let rows = listed(&app, &ctx, unit, &wanted).await;
            assert_eq!(rows, expected.map(|field| (field.to_owned(), true)), "{unit}");
            assert_eq!(differing(&app, id).await, expected, "as on the page of the return");
        }
        let other = list(&app, &ctx, SOUTH, &wanted).await.unwrap();
        assert_eq!((other.returns, other.total), (0, 0), "another district has other returns");
        let later = ComparisonRequest { year: 2013, with_equal: true, ..wanted.clone() };
        let of_2013 = [
            ("teams_running", false),
            ("teams_passed", false),
            ("drill_held", false),
            ("chief_system", false),
            ("star_system", true),
        ];
        let rows = listed(&app, &ctx, CITY, &later).await;
        assert_eq!(rows, of_2013.map(|(field, differs)| (field.to_owned(), differs)));
        let part = ComparisonRequest { skip: 3, limit: 1, ..wanted };
        assert_eq!(listed(&app, &ctx, CITY, &part).await, [("chief_system".to_owned(), true)]);
    }
}

/// So many enterprises in one district, with returns of five years and what registers say of them.
async fn city_of_firms(test: &TestDb, count: i64) -> App {
    let app = open(test, &first_campaign()).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let unit = |id: UnitId, kind, parent| LoadUnit {
        id,
        code: id.to_string(),
        name: format!("unit {id}"),
        kind,
        parent,
        guidance: None,
        closed_from: None,
        values: roster.no_values(),
    };
    let firms: Vec<UnitId> = (0..count).map(|number| UnitId(20_000 + number)).collect();
    let mut units = vec![unit(CITY, UnitKind::Union, None), unit(NORTH, UnitKind::Union, Some(CITY))];
    units.extend(firms.iter().map(|id| unit(*id, UnitKind::Grassroots, Some(NORTH))));
    let record = |form: &str, firm: UnitId, values: &[(&str, Value)]| {
        let (form, definition) = snapshot.definition.form(form).unwrap();
        let mut all = definition.no_values();
        all[definition.unit.unwrap()] = Some(Value::Unit(firm));
        for (field, value) in values {
            all[definition.field(field).unwrap()] = Some(value.clone());
        }
        LoadRecord { form, unit: firm, values: all, history: Vec::new(), key: None, referred: Vec::new() }
    };
    let of_firm = |firm: &UnitId| {
        let is_odd = firm.0 % 2 == 1;
        let years = (2011..=2015).map(move |year| {
            let values = [
                ("year", Value::Integer(year)),
                ("status", code("normal")),
                ("unit_type", code("110")),
                ("workers_avg", Value::Integer(100)),
                ("teams_total", Value::Integer(4)),
                ("teams_running", Value::Integer(2)),
                ("drill_held", Value::Flag(true)),
                ("contest_held", Value::Flag(is_odd)),
            ];
            ("base-return", values.to_vec())
        });
        let drills = (2011..=2015).map(|year| {
            (
                "drill",
                vec![
                    ("number", text(&format!("练兵{year}"))),
                    ("name", text("车工练兵")),
                    ("started_on", day(year, 3)),
                    ("ended_on", day(year, 4)),
                ],
            )
        });
        let teams = (2011..=2015)
            .map(|year| ("five-type-team", vec![("team", text("一班")), ("year", Value::Integer(year))]));
        let all: Vec<(&str, Vec<(&str, Value)>)> = years.chain(drills).chain(teams).collect();
        all.into_iter().map(|(form, values)| record(form, *firm, &values)).collect::<Vec<_>>()
    };
    let records: Vec<LoadRecord> = firms.iter().flat_map(of_firm).collect();
    load(&app, &console(&app), units, records.into_iter(), &|_| {}).await.unwrap();
    app.fold(&console(&app)).await.unwrap();
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_full_is_shown_without_the_returns_after_it() {
    for test in databases().await {
        let app = city_of_firms(&test, 7).await;
        let ctx = console(&app);
        let all = ComparisonRequest { year: 2014, limit: 100, ..ComparisonRequest::default() };
        let found = list(&app, &ctx, CITY, &all).await.unwrap();
        assert!(found.is_complete && found.returns == 7, "{}", found.returns);
        let whole: Vec<_> = found.rows.iter().map(|row| (row.record, row.count.field)).collect();
        let (mut paged, mut skip) = (Vec::new(), 0);
        loop {
            let page = ComparisonRequest { skip, limit: 2, counted: 2, ..all.clone() };
            let found = list(&app, &ctx, CITY, &page).await.unwrap();
            paged.extend(found.rows.iter().map(|row| (row.record, row.count.field)));
            skip += 2;
            if found.is_complete && found.total <= skip {
                assert_eq!(found.returns, 7, "the last page knows of all");
                break;
            }
            assert!(skip > 2 || !found.is_complete && found.returns < 7, "{}", found.returns);
        }
        assert_eq!(paged, whole);
    }
}

/// `cargo nextest run -p app --run-ignored only thousand_returns --no-capture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures a large city"]
async fn twenty_thousand_returns_are_compared_within_a_second() {
    let app = city_of_firms(&testkit::sqlite().await, 20_000).await;
    for unit in [CITY, NORTH] {
        for skip in [0, 2_000] {
            let request = ComparisonRequest { year: 2014, skip, ..ComparisonRequest::default() };
            let start = std::time::Instant::now();
            let found = list(&app, &console(&app), unit, &request).await.unwrap();
            let took = start.elapsed();
            println!("{} returns, {} differences: {took:?}", found.returns, found.differing);
            assert_eq!(found.rows.len(), 50);
            // Without optimisation it takes several times as long.
            assert!(cfg!(debug_assertions) || took.as_secs_f64() < 1.0, "{took:?}");
        }
    }
}
