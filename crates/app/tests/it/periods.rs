//! A quarterly return and a statement for a union statistical year, imported, in figures of several calendars.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App, Context, Error, MissingPeriod,
    figures::{FigureRequest, FiguresJson, TraceRequest, TraceRow, rank, show, trace},
    imports::{Report, Request, import},
    load::{LoadUnit, load},
    rebuild::verify,
    reconciliation::{ComparisonRequest, list, register_counts},
};
use campaign::source::{Source, SourceFile};
use ledger::{
    figure::{Figure, FigureState, Note},
    hierarchy::Line,
    traced::NotCounted,
};
use model::{
    clock::{FixedClock, start_of},
    ids::UnitId,
    period::ReportingPeriod,
    value::Value,
};
use store::units::UnitKind;
use testkit::{TestDb, console, databases, open, small_campaign};
use words::Language;

const CITY: UnitId = UnitId(10_001);
const FIRM: UnitId = UnitId(10_002);

/// A city with one enterprise, which has registered two ideas.
async fn city(test: &TestDb) -> App {
    city_under(test, &small_campaign()).await
}

async fn city_under(test: &TestDb, source: &Source) -> App {
    let app = open(test, source).await;
    let snapshot = app.current(&console(&app)).await.unwrap();
    let roster = &snapshot.definition.forms[snapshot.definition.roster];
    let unit = |id: UnitId, kind: UnitKind, parent: Option<UnitId>| LoadUnit {
        id,
        code: id.to_string(),
        name: format!("unit {id}"),
        kind,
        parent,
        guidance: None,
        closed_from: None,
        values: roster.no_values(),
    };
    let units = vec![unit(CITY, UnitKind::Union, None), unit(FIRM, UnitKind::Grassroots, Some(CITY))];
    load(&app, &console(&app), units, std::iter::empty(), &|_| {}).await.unwrap();
    for (title, month) in [("节电", 2), ("节水", 11)] {
        let values = BTreeMap::from([
            ("title".to_owned(), Value::Text(title.to_owned())),
            ("author".to_owned(), Value::Text("张三".to_owned())),
            ("told_on".to_owned(), Value::Date(jiff::civil::date(2022, month, 5))),
        ]);
        app::records::create(&app, &console(&app), "workshop-idea", FIRM, values).await.unwrap();
    }
    app
}

async fn take(app: &App, kind: &str, rows: &[&str]) -> Report {
    let snapshot = app.current(&console(app)).await.unwrap();
    let form = snapshot.definition.form(kind).unwrap().1;
    let [unit, period, ideas] =
        ["unit", "period", "unlisted_ideas"].map(|field| &form.fields[form.field(field).unwrap()].label.zh);
    let rows = rows.iter().map(|row| format!("{FIRM},{row}\n"));
    let text = format!("{unit},{period},{ideas}\n{}", rows.collect::<String>());
    let request = Request {
        file_name: "returns.csv".to_owned(),
        bytes: Arc::new(text.into_bytes()),
        kind: kind.to_owned(),
        accept_good_rows: true,
        ..Request::default()
    };
    import(app, &console(app), request, &|_, _| {}).await.unwrap()
}

/// The same city with its statements.
async fn stated(test: &TestDb) -> App {
    let app = city(test).await;
    let quarters = take(&app, "quarterly", &["2022年第一季度,10", "2022年4月-6月,30", "2022-Q4,20"]).await;
    let years = take(&app, "union-survey", &["2022工会统计年度,100"]).await;
    assert_eq!((quarters.accepted, years.accepted), (3, 1), "{quarters:?} {years:?}");
    app.fold(&console(&app)).await.unwrap();
    app
}

fn ask(period: &str) -> FigureRequest {
    FigureRequest::default().in_period(period.parse::<ReportingPeriod>().unwrap())
}

/// The growth of ideas: its numerator is those of the period.
async fn ideas(app: &App, unit: UnitId, period: &str) -> Figure {
    let shown = show(app, &console(app), unit, &ask(period)).await.unwrap();
    let indicators = &shown.campaign().indicators;
    let entry = shown.entries.iter().find(|entry| indicators[entry.indicator].id == "2.1").unwrap();
    entry.figure.clone()
}

async fn rows(app: &App, unit: UnitId, period: &str) -> Vec<TraceRow> {
    let request = TraceRequest { indicator: "2.1".to_owned(), ask: ask(period), after: None, limit: 100 };
    let page = trace(app, &console(app), unit, &request).await.unwrap();
    assert!(page.total.is_exact && page.total.rows == page.rows.len() as u64, "{:?}", page.total);
    page.rows
}

/// Who asks on a day.
fn on(app: &App, day: jiff::civil::Date) -> Context {
    Context::system(app.first_region().unwrap(), Arc::new(FixedClock(start_of(day))), Language::Chinese)
}

/// A period that runs counts up to the present month, and is held against the same months of the year before.
#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_runs_is_counted_to_the_present_month() {
    for test in databases().await {
        let app = city(&test).await;
        for (title, month) in [("节气", 1), ("节煤", 6)] {
            let values = BTreeMap::from([
                ("title".to_owned(), Value::Text(title.to_owned())),
                ("author".to_owned(), Value::Text("李四".to_owned())),
                ("told_on".to_owned(), Value::Date(jiff::civil::date(2023, month, 5))),
            ]);
            app::records::create(&app, &console(&app), "workshop-idea", FIRM, values).await.unwrap();
        }
        app.fold(&console(&app)).await.unwrap();
        let ctx = on(&app, jiff::civil::date(2023, 3, 10));
        for (period, through, figure) in [
            ("2023", "2023-03", (Some(1.0), Some(1.0), None)),
            ("2023-H1", "2023-03", (Some(1.0), Some(1.0), None)),
            ("2023-Q1", "2023-03", (Some(1.0), Some(1.0), None)),
            ("2023-01", "2023-01", (Some(1.0), Some(0.0), Some(Note::NothingToDivideBy))),
            // What was in June is known already, and counts in no period that has not begun.
            ("2023-Q2", "2023-06", (None, None, Some(Note::NotBegun))),
            ("2023-H2", "2023-12", (None, None, Some(Note::NotBegun))),
        ] {
            let shown = show(&app, &ctx, CITY, &ask(period)).await.unwrap();
            assert_eq!(shown.through.to_string(), through, "{period}");
            let indicators = &shown.campaign().indicators;
            let entry = shown.entries.iter().find(|entry| indicators[entry.indicator].id == "2.1").unwrap();
            let Figure { numerator, denominator, note, .. } = entry.figure;
            assert_eq!((numerator, denominator, note), figure, "{period}");
        }
        app.close().await;
    }
}

/// For each calendar: the itemised ideas, those that are stated, those that are left out, and the statements behind.
#[tokio::test(flavor = "multi_thread")]
async fn statements_count_in_the_calendars_into_which_they_fit() {
    for test in databases().await {
        let app = stated(&test).await;
        for (period, listed, unlisted, left_out, not_counted) in [
            ("2022", 2.0, 60.0, Some(100.0), &["U2022"][..]),
            ("U2022", 1.0, 140.0, None, &[]),
            ("U2023", 1.0, 20.0, None, &[]),
            ("2022-H1", 1.0, 40.0, Some(100.0), &["U2022"]),
            ("2022-Q1", 1.0, 10.0, Some(100.0), &["U2022"]),
            // Of the quarter a year before.
            ("2022-Q4", 1.0, 20.0, Some(100.0), &["U2022"]),
            ("2022-05", 0.0, 0.0, Some(130.0), &["2022-Q2", "U2022"]),
        ] {
            for unit in [CITY, FIRM] {
                let found = ideas(&app, unit, period).await;
                let parts = (found.listed, found.unlisted, found.left_out);
                assert_eq!(parts, (Some(listed), Some(unlisted), left_out), "{period} of {unit}");
                assert_eq!(found.numerator, Some(listed + unlisted), "{period} of {unit}");
                assert!(left_out.is_none() || found.state != FigureState::Met, "{period} of {unit}");
                let rows = rows(&app, unit, period).await;
                let of =
                    |is_counted: bool| rows.iter().filter(move |row| row.not_counted.is_none() == is_counted);
                let within = |row: &&TraceRow| period.starts_with('U') || row.period().named_year() == 2022;
                let sum: i64 =
                    of(true).filter(within).filter(|row| is_of(row, period)).map(|row| row.amount).sum();
                assert_eq!(
                    i32::try_from(sum).ok().map(f64::from),
                    Some(listed + unlisted),
                    "{period} of {unit}"
                );
                let mut left: Vec<String> = of(false)
                    .inspect(|row| assert_eq!(row.not_counted, Some(NotCounted::OtherPeriod)))
                    .map(|row| row.period().to_string())
                    .collect();
                left.sort_unstable();
                assert!(
                    not_counted.iter().all(|named| left.contains(&(*named).to_owned())),
                    "{period}: {left:?}"
                );
            }
            let ranking = rank(&app, &console(&app), CITY, Line::Subordination, &ask(period)).await.unwrap();
            let position = ranking.campaign().indicators.position(|indicator| indicator.id == "2.1").unwrap();
            assert_eq!(ranking.rows[0].figures[position], ideas(&app, FIRM, period).await, "{period}");
        }
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

/// Whether a row is one of the period itself, not of the year before it.
fn is_of(row: &TraceRow, period: &str) -> bool {
    let asked: ReportingPeriod = period.parse().unwrap();
    row.period().is_within(asked.first(), asked.last())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_without_some_statements_says_so() {
    for test in databases().await {
        let app = stated(&test).await;
        let shown = show(&app, &console(&app), CITY, &ask("U2023")).await.unwrap();
        let json = serde_json::to_value(FiguresJson::from(&shown)).unwrap();
        assert_eq!(json["period"], serde_json::json!({"id": "U2023", "first": "2022-10", "last": "2023-09"}));
        assert_eq!(json["through"], "2023-09");
        // Ideas of the union year before are known in full: 141 of them.
        let growth = ideas(&app, CITY, "U2023").await;
        assert_eq!((growth.denominator, growth.note), (Some(141.0), None));
        let growth = ideas(&app, CITY, "2023").await;
        assert_eq!((growth.denominator, growth.note), (Some(62.0), Some(Note::StatementsLeftOut)));
        assert_eq!(growth.left_out, Some(100.0), "of the year before");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_outside_the_campaign_is_refused() {
    for test in databases().await {
        let app = city(&test).await;
        for period in ["2020-Q4", "U2020", "U2025", "2024-01"] {
            let refused = show(&app, &console(&app), CITY, &ask(period)).await.err();
            assert!(
                matches!(refused, Some(Error::NoSuchPeriod(MissingPeriod::OutsideCampaign { .. }))),
                "{period}: {refused:?}"
            );
        }
        assert!(show(&app, &console(&app), CITY, &ask("U2022")).await.is_ok());
    }
}

/// Records belong to the federation: a statement for a union year that begins before the campaign is taken, and the
/// campaign names it as left out.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_lies_in_the_campaign_with_a_part_is_taken_and_left_out() {
    for test in databases().await {
        let app = city(&test).await;
        let taken =
            take(&app, "union-survey", &["2021工会统计年度,70", "U2024,5", "工会统计年度2019,9"]).await;
        assert_eq!((taken.accepted, taken.refused.len()), (3, 0), "{taken:?}");
        app.fold(&console(&app)).await.unwrap();
        for (period, named, left_out) in
            [("2021", "U2021", 70), ("2023", "U2024", 5), ("U2021", "U2021", 70), ("U2024", "U2024", 5)]
        {
            let found = ideas(&app, CITY, period).await;
            assert_eq!((found.unlisted, found.left_out), (Some(0.0), Some(f64::from(left_out))), "{period}");
            assert_ne!(found.state, FigureState::Met);
            let rows = rows(&app, CITY, period).await;
            let row = rows.iter().find(|row| row.period().to_string() == named).unwrap();
            assert_eq!((row.not_counted, row.amount), (Some(NotCounted::OtherPeriod), i64::from(left_out)));
        }
        // The months that the campaign has are counted, and not judged as if they were all.
        let part = take(&app, "quarterly", &["2021-Q3,3", "2023-Q4,4"]).await;
        assert_eq!(part.accepted, 2, "{part:?}");
        app.fold(&console(&app)).await.unwrap();
        for (period, through, unlisted) in [("U2021", "2021-09", 3.0), ("U2024", "2023-12", 4.0)] {
            let found = ideas(&app, CITY, period).await;
            assert_eq!((found.unlisted, found.target), (Some(unlisted), None), "{period}");
            assert_ne!(found.state, FigureState::Met, "{period}");
            let shown = show(&app, &console(&app), CITY, &ask(period)).await.unwrap();
            assert_eq!(shown.through.to_string(), through);
            let json = serde_json::to_value(FiguresJson::from(&shown)).unwrap();
            assert_eq!(json["period"]["id"], period);
        }
        // Nothing is known of months without any campaign.
        let refused = take(&app, "union-survey", &["U2017,1", "U2026,2"]).await;
        let faults: Vec<&str> = refused.refused.iter().map(|refused| refused.problem.name()).collect();
        assert_eq!((faults, refused.accepted), (vec!["period_outside"; 2], 0));
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

/// The small campaign with returns of every grain to which registers propose what they count.
fn proposing() -> Source {
    let small = small_campaign();
    let files = small.files().iter().map(|file| {
        let field = "id = \"unlisted_ideas\"";
        let is_asked = ["returns/quarterly.toml", "returns/union-survey.toml"].contains(&file.path.as_str());
        let text = if is_asked {
            file.text.replacen(field, &format!("{field}\nproposed_by = \"actions\""), 1)
        } else if file.path == "returns/annual.toml" {
            let (year, grain) = ("\"year\"", "id = \"period\"\nlabel");
            let text = file.text.replace(&format!("id = {year}\nlabel"), grain);
            let text = text.replace(&format!("on = {year}"), "on = \"period\"");
            let text = text.replace("identity = [\"year\"]", "identity = [\"period\"]");
            let text = text
                .replace("kind = \"year\"\nmin = 2021\nmax = 2023", "kind = \"period\"\ngrain = \"year\"");
            let trained = "id = \"trained_indoors\"";
            text.replacen(trained, &format!("{trained}\nproposed_by = \"actions_running\""), 1)
        } else {
            file.text.clone()
        };
        SourceFile { path: file.path.clone(), text }
    });
    Source::from_files(files.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn registers_propose_what_a_return_of_any_period_states() {
    for test in databases().await {
        let app = city_under(&test, &proposing()).await;
        for (serial, started) in [("1", (2021, 11)), ("2", (2022, 2)), ("3", (2022, 5)), ("4", (2022, 10))] {
            let values = BTreeMap::from([
                ("serial".to_owned(), Value::Text(serial.to_owned())),
                ("subject".to_owned(), Value::Text(format!("action {serial}"))),
                ("kind".to_owned(), Value::Code("energy".to_owned())),
                ("started_on".to_owned(), Value::Date(jiff::civil::date(started.0, started.1, 5))),
            ]);
            app::records::create(&app, &console(&app), "green-action", FIRM, values).await.unwrap();
        }
        app.fold(&console(&app)).await.unwrap();
        for (form, period, expected) in [
            ("quarterly", "2022-Q1", 1),
            ("quarterly", "2022-Q2", 1),
            ("quarterly", "2022-Q3", 0),
            ("quarterly", "2022-Q4", 1),
            ("union-survey", "U2022", 3),
            ("union-survey", "U2023", 1),
            // In service at the end of the year.
            ("annual", "2021", 1),
            ("annual", "2022", 4),
        ] {
            let asked = period.parse().unwrap();
            let counts = register_counts(&app, &console(&app), FIRM, form, asked).await.unwrap();
            let counts: Vec<i64> = counts.iter().map(|count| count.count).collect();
            assert_eq!(counts, [expected], "{form} {period}");
        }
        take(&app, "quarterly", &["2022-Q1,1", "2022-Q2,4", "2022-Q3,0"]).await;
        take(&app, "union-survey", &["U2022,2"]).await;
        let request = ComparisonRequest { year: 2022, limit: 50, ..ComparisonRequest::default() };
        let found = list(&app, &console(&app), CITY, &request).await.unwrap();
        let rows: Vec<(String, i64)> =
            found.rows.iter().map(|row| (row.count.period.to_string(), row.count.count)).collect();
        assert_eq!(rows, [("2022-Q2".to_owned(), 1), ("U2022".to_owned(), 3)]);
        assert_eq!((found.returns, found.differing, found.differing_returns, found.total), (4, 2, 2, 2));
        let of_2021 = ComparisonRequest { year: 2021, ..request };
        assert_eq!(list(&app, &console(&app), CITY, &of_2021).await.unwrap().returns, 0);
    }
}

/// What is wrong with a period in a file is said in its cell.
#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_cannot_be_taken_is_named() {
    for test in databases().await {
        let app = city(&test).await;
        let report = take(
            &app,
            "quarterly",
            &["2022年9月至7月,1", "2022年上半年,2", "2022-02—2022-04,3", "2022-Q9,4"],
        )
        .await;
        let faults: Vec<&str> = report.refused.iter().map(|refused| refused.problem.name()).collect();
        assert_eq!(faults, ["period_backwards", "other_grain", "period_no_grain", "not_period"]);
        assert_eq!(report.accepted, 0);
    }
}
