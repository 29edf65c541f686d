//! A small city in the files that clerks keep: importing them in order must
//! give exactly the figures that a separate program counted from the clean
//! facts, and refuse exactly the rows it knows to be wrong.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App,
    figures::{FigureRequest, TraceRequest, TraceRow, show, trace_all},
    imports::{Report, Request, import},
    rebuild::verify,
    registers::{self, Filter, Selection, Sort, Test},
};
use campaign::{
    condition::{Comparison, Condition, Operand},
    definition::{Amount, FieldIdx, FieldKind, MeasureKind, Part, Post},
};
use ledger::balance::Period;
use model::month::Month;
use serde_json::Value;
use testkit::{TestDb, console, databases, first_campaign, open};

use crate::trace_sums::Counted;

fn path(file: &str) -> std::path::PathBuf {
    testkit::repository("crates/app/tests/inputs").join(file)
}

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(path("expected.json")).unwrap()).unwrap()
}

struct Line {
    file: String,
    sheet: String,
    kind: String,
    unit: String,
}

fn manifest() -> Vec<Line> {
    let mut reader = csv::Reader::from_path(path("manifest.csv")).unwrap();
    let lines = reader.deserialize::<(String, String, String, String)>();
    lines
        .map(|line| line.unwrap())
        .map(|(file, sheet, kind, unit)| Line { file, sheet, kind, unit })
        .collect()
}

async fn take(app: &App, line: &Line) -> Report {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let request = Request {
        file_name: line.file.clone(),
        bytes: Arc::new(std::fs::read(path(&line.file)).unwrap()),
        kind: line.kind.clone(),
        sheet: given(&line.sheet),
        unit: given(&line.unit),
        mapping: BTreeMap::new(),
        accept_good_rows: true,
        correct_stored: false,
        skip_conflicts: false,
        hidden_rows: None,
        preview: false,
        ..Request::default()
    };
    import(app, &console(app), request, &|_, _| {})
        .await
        .unwrap_or_else(|error| panic!("{}: {error:?}", line.file))
}

/// Rows at fault and the titles of their columns.
fn refused(report: &Report) -> Vec<(u64, String)> {
    report.refused.iter().map(|cell| (u64::from(cell.row), cell.header.clone())).collect()
}

async fn check_files(app: &App) {
    let expected = expected();
    for line in manifest() {
        let report = take(app, &line).await;
        let name =
            if line.sheet.is_empty() { line.file.clone() } else { format!("{}#{}", line.file, line.sheet) };
        let known = &expected["files"][&name];
        let rows = known["refused"].as_array().unwrap();
        let wrong: Vec<(u64, String)> = rows
            .iter()
            .map(|row| (row["row"].as_u64().unwrap(), row["field"].as_str().unwrap().to_owned()))
            .collect();
        assert_eq!(refused(&report), wrong, "{name}: {:#?}", report.refused);
        assert_eq!(report.rows as u64, known["rows"].as_u64().unwrap(), "{name}");
        assert_eq!(report.accepted, report.rows - wrong.len(), "{name}");

        let again = take(app, &line).await;
        assert_eq!(again.accepted, 0, "{name} taken twice");
        assert_eq!(again.unchanged, report.accepted, "{name} taken twice: {:#?}", again.refused);
    }
}

async fn check_figures(app: &App) {
    let expected = expected();
    let snapshot = app.current(&console(app)).await.unwrap();
    let mut wrong = Vec::new();
    let mut compared = 0;
    for (code, years) in expected["figures"].as_object().unwrap() {
        let unit = snapshot.unit_by_code(code).unwrap().id;
        for (year, values) in years.as_object().unwrap() {
            let ask = FigureRequest { year: year.parse().unwrap(), ..FigureRequest::default() };
            let shown = show(app, &console(app), unit, &ask).await.unwrap();
            for entry in &shown.entries {
                let id = &snapshot.definition.first_campaign().indicators[entry.indicator].id;
                let known = values[id].as_f64();
                let same = match (entry.figure.value, known) {
                    (Some(found), Some(known)) => (found - known).abs() <= 1e-6,
                    (None, None) => true,
                    _ => false,
                };
                compared += 1;
                if !same {
                    wrong.push(format!("{code} {year} {id}: {:?}, expected {known:?}", entry.figure));
                }
            }
        }
    }
    assert!(compared >= 14 * 3 * 40, "only {compared} figures compared");
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a post asks of a record, as filters of a list; `None` where a list cannot ask so.
fn asked(condition: &Condition) -> Option<Vec<(FieldIdx, Test)>> {
    use model::value::Value;
    Some(match condition {
        Condition::And(all) => all.iter().map(asked).collect::<Option<Vec<_>>>()?.concat(),
        Condition::OneOf(field, values) => vec![(*field, Test::OneOf(values.clone()))],
        Condition::IsTrue(field) => vec![(*field, Test::OneOf(vec![Value::Flag(true)]))],
        Condition::HasValue(field) => vec![(*field, Test::HasValue(true))],
        Condition::Compare(Operand::Field(field), Comparison::Equal, Operand::Literal(value)) => {
            vec![(*field, Test::OneOf(vec![value.clone()]))]
        }
        _ => return None,
    })
}

/// The filter that holds what a post counts in a year; `None` where a list cannot ask so.
fn filter_of(post: &Post, kind: &FieldKind, year: i16) -> Option<Filter> {
    let is_plain = post.amount == Amount::Fixed(1) && post.unit.is_none() && post.part == Part::Listed;
    if !is_plain || !matches!(kind, FieldKind::Date { .. }) {
        return None;
    }
    let day = |month, day| Some(model::value::Value::Date(jiff::civil::date(year, month, day)));
    let mut fields = post.when.as_ref().map_or(Some(Vec::new()), asked)?;
    fields.push((post.on, Test::Between(day(1, 1), day(12, 31))));
    Some(Filter { fields, ..Filter::default() })
}

/// A list that asks for what a figure counts has as many records as the figure says.
async fn check_lists(test: &TestDb, app: &App) {
    let snapshot = app.current(&console(app)).await.unwrap();
    let definition = &snapshot.definition;
    let root = snapshot.root().unwrap();
    let mut tx = test.db.read(test.region).await.unwrap();
    let balances = store::balances::of_unit(
        &mut tx,
        root,
        store::balances::Rows { from: 0, through: 2013, months: None },
    )
    .await
    .unwrap();
    tx.rollback().await.unwrap();
    let (mut compared, mut records) = (0, 0);
    for form in definition.forms.iter().filter(|form| form.kind == campaign::definition::FormKind::Register) {
        for post in &form.posts {
            let posts = definition.forms.iter().flat_map(|form| &form.posts);
            let is_alone =
                posts.filter(|other| other.measure == post.measure && other.part == post.part).count() == 1;
            if !is_alone || definition.measures[post.measure].kind != MeasureKind::Flow {
                continue;
            }
            for year in 2011..=2013 {
                let Some(filter) = filter_of(post, &form.fields[post.on].kind, year) else { continue };
                let selection =
                    Selection { form: form.id.clone(), unit: root, filter, sort: Sort::default() };
                let count = registers::ids(app, &console(app), &selection).await.unwrap().ids.len();
                let row = balances.iter().find(|(period, _)| *period == Period::year(year));
                let known = row.map_or(0, |(_, row)| {
                    row.get(definition.measures[post.measure].slot(post.part, post.grain))
                });
                assert_eq!(
                    count as i64, known,
                    "{} {} {year}",
                    form.id, definition.measures[post.measure].id
                );
                compared += 1;
                records += count;
            }
        }
    }
    assert!(compared >= 20 && records > 2_000, "only {compared} compared with {records} records");
}

/// The counted rows of every indicator's trace add up to what the figure is computed from: of the city, of its districts
/// and of its enterprises, at the end of a year and within it.
async fn check_traces(test: &TestDb, app: &App) {
    let expected = expected();
    let snapshot = app.current(&console(app)).await.unwrap();
    let (mut listed, mut not_counted) = (0, 0);
    let months = [Month::december(2011), Month::new(2012, 6).unwrap(), Month::december(2013)];
    for code in expected["figures"].as_object().unwrap().keys() {
        let unit = snapshot.unit_by_code(code).unwrap().id;
        for through in months {
            let mut tx = test.db.read(test.region).await.unwrap();
            let year = through.year();
            let kept = store::balances::Rows { from: 0, through: year, months: Some(year - 1) };
            let balances = store::balances::of_unit(&mut tx, unit, kept).await.unwrap().into_iter().collect();
            tx.rollback().await.unwrap();
            for indicator in &snapshot.definition.first_campaign().indicators {
                let ask = FigureRequest { year, through: Some(through), ..FigureRequest::default() };
                let request = TraceRequest { indicator: indicator.id.clone(), ask, after: None, limit: 0 };
                let mut rows = Vec::new();
                let mut take = |_: &app::Snapshot, row: &TraceRow| rows.push(row.clone());
                let number = trace_all(app, &console(app), unit, &request, &mut take).await.unwrap();
                assert_eq!(number.rows, rows.len() as u64);
                listed += rows.len();
                let campaign = snapshot.definition.first_campaign();
                let present = console(app).today(&snapshot).date();
                let counted = Counted { present, snapshot: &snapshot, campaign, unit, through, period: None };
                not_counted += counted.assert_sums(indicator, &balances, &rows);
            }
        }
    }
    assert!(listed > 50_000 && not_counted > 100, "{listed} rows, {not_counted} of them not counted");
}

async fn check(test: TestDb) {
    let app = open(&test, &first_campaign()).await;
    check_files(&app).await;
    app.fold(&console(&app)).await.unwrap();
    check_figures(&app).await;
    check_traces(&test, &app).await;
    check_lists(&test, &app).await;
    let verified = verify(&app, &console(&app)).await.unwrap();
    assert_eq!(verified.findings, []);
    assert!(verified.facts > 4_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_city_give_its_figures() {
    for test in databases().await {
        check(test).await;
    }
}
