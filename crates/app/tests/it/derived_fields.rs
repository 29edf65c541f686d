//! Derived fields: what follows from other records is right after every change, nobody states it, and no closed record
//! changes by it.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

use app::{
    App, Context, Error,
    imports::{Report, Request, import, preview_take_back, take_back},
    rebuild::{Finding, RecordFault, verify},
    records::{self, Input},
    transitions,
};
use jiff::civil::date;
use model::{
    ids::{ImportId, RecordId, UnitId},
    problem::{Problem, Severity},
    value::Value,
};
use store::Db;
use testkit::{TestDb, console, databases, role, run_sql, small_campaign};

use crate::steps::{WORKS, YARD, city, person};

const IDEAS: &str = "workshop-idea";
const ACTIONS: &str = "green-action";

type Stated = BTreeMap<String, String>;

fn stated(fields: &[(&str, &str)]) -> Stated {
    fields.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect()
}

fn officer(app: &App, unit: UnitId) -> Context {
    person(app, role("enterprise-officer"), unit)
}

const IDEA: [(&str, &str); 3] = [("title", "Lamps"), ("author", "Li"), ("told_on", "2021-03-01")];

async fn idea(app: &App) -> RecordId {
    records::enter(app, &officer(app, WORKS), IDEAS, WORKS, Input::Typed(stated(&IDEA))).await.unwrap().id
}

fn basic(subject: &str) -> Stated {
    stated(&[
        ("serial", subject),
        ("subject", subject),
        ("kind", "energy"),
        ("started_on", "2021-05-01"),
        ("idea", "Lamps"),
    ])
}

async fn action(app: &App, unit: UnitId, subject: &str) -> Result<RecordId, Error> {
    Ok(records::enter(app, &officer(app, unit), ACTIONS, unit, Input::Typed(basic(subject))).await?.id)
}

async fn value(app: &App, id: RecordId, field: &str) -> Option<Value> {
    let found = records::find(app, &console(app), id).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    found.fact.value(form.field(field).unwrap()).cloned()
}

async fn version(app: &App, id: RecordId) -> i64 {
    records::find(app, &console(app), id).await.unwrap().version
}

async fn agrees(app: &App) {
    let verified = verify(app, &console(app)).await.unwrap();
    assert!(verified.agrees(), "{:?}", verified.findings);
}

fn problem(result: Result<impl Sized, Error>) -> Problem {
    match result {
        Err(Error::InvalidFields(mut faults)) => faults.remove(0).problem,
        Err(Error::Invalid(mut problems)) => problems.remove(0),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_from_others_changes_with_them() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let told = idea(&app).await;
        assert_eq!(value(&app, told, "actions").await, Some(Value::Integer(0)));
        assert_eq!(value(&app, told, "saved").await, None, "nobody has stated a part of it");
        let first = action(&app, WORKS, "a").await.unwrap();
        assert_eq!(value(&app, first, "idea_told_on").await, Some(Value::Date(date(2021, 3, 1))));
        let done = [("finished_on", "2021-06-01"), ("verified", "1"), ("saving", "2"), ("rating", "9")];
        let mut second = stated(&done);
        second.extend(basic("b"));
        // What the level above decides is entered by those who may.
        let entered = records::enter(&app, &console(&app), ACTIONS, YARD, Input::Typed(second)).await;
        let second = entered.unwrap().id;
        assert_eq!(value(&app, told, "actions").await, Some(Value::Integer(2)));
        assert_eq!(value(&app, told, "saved").await, Some(Value::Integer(2_000_000)), "20,000 yuan in fen");
        assert_eq!(value(&app, second, "shared_rating").await, Some(Value::Decimal(4.5)), "9 shared by two");
        let found = records::find(&app, &console(&app), told).await.unwrap();
        let derived: Vec<bool> = found.changes.iter().map(|change| change.is_derived).collect();
        assert_eq!(derived, [false, true, true], "each change has its entry");
        records::delete(&app, &officer(&app, WORKS), first, version(&app, first).await).await.unwrap();
        assert_eq!(value(&app, told, "actions").await, Some(Value::Integer(1)));
        assert_eq!(value(&app, second, "shared_rating").await, Some(Value::Decimal(9.0)));
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_states_what_follows() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let told = idea(&app).await;
        let ctx = officer(&app, WORKS);
        let with = |actions: &str| {
            let mut input = stated(&IDEA);
            input.extend(stated(&[("actions", actions), ("outcome", "2")]));
            Input::Typed(input)
        };
        let found = problem(records::correct(&app, &ctx, told, 1, with("7")).await);
        let is_told = |found: &Problem| matches!(found, Problem::DerivedField { derived, severity: Severity::Error, .. } if derived == "0");
        assert!(is_told(&found), "{found:?}");
        let other = Input::Typed(stated(&[
            ("title", "Fans"),
            ("author", "Li"),
            ("told_on", "2021-03-01"),
            ("actions", "7"),
        ]));
        let found = problem(records::enter(&app, &ctx, IDEAS, WORKS, other).await);
        assert!(is_told(&found), "{found:?}");
        let values = BTreeMap::from([
            ("title".to_owned(), Value::Text("Fans".to_owned())),
            ("author".to_owned(), Value::Text("Li".to_owned())),
            ("told_on".to_owned(), Value::Date(date(2021, 3, 1))),
            ("actions".to_owned(), Value::Integer(7)),
        ]);
        let found = problem(records::create(&app, &ctx, IDEAS, WORKS, values).await);
        assert!(is_told(&found), "{found:?}");
        // As it was shown, it is no statement; and what follows from others makes nobody's form out of date.
        action(&app, WORKS, "a").await.unwrap();
        assert_eq!(version(&app, told).await, 2);
        records::correct(&app, &ctx, told, 1, with("1")).await.unwrap();
        assert_eq!(value(&app, told, "actions").await, Some(Value::Integer(1)));
        let stale = records::correct(&app, &ctx, told, 1, with("1")).await;
        assert!(stale.is_ok(), "it states what is stated already: {stale:?}");
        let stale = records::correct(&app, &ctx, told, 1, Input::Typed(stated(&IDEA))).await;
        assert!(matches!(stale, Err(Error::Stale { .. })), "{stale:?}");
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_record_does_not_change() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let told = idea(&app).await;
        let done = action(&app, WORKS, "a").await.unwrap();
        let ctx = officer(&app, WORKS);
        transitions::take(&app, &ctx, done, 1, "drop", Input::Typed(Stated::new())).await.unwrap();
        let mut later = stated(&IDEA);
        later.extend(stated(&[("told_on", "2021-04-01")]));
        let seen = version(&app, told).await;
        let found = problem(records::correct(&app, &ctx, told, seen, Input::Typed(later.clone())).await);
        let is_told =
            matches!(&found, Problem::DerivedClosed { record, name, .. } if *record == done && name == "a");
        assert!(is_told, "{found:?}");
        assert_eq!(
            value(&app, told, "told_on").await,
            Some(Value::Date(date(2021, 3, 1))),
            "nothing is written"
        );
        assert_eq!(version(&app, told).await, seen);
        // Neither does a program, nor a file.
        let values = BTreeMap::from([
            ("title".to_owned(), Value::Text("Lamps".to_owned())),
            ("author".to_owned(), Value::Text("Li".to_owned())),
            ("told_on".to_owned(), Value::Date(date(2021, 4, 1))),
        ]);
        let found = problem(records::correct(&app, &ctx, told, seen, values).await);
        assert!(matches!(found, Problem::DerivedClosed { record, .. } if record == done), "{found:?}");
        let found = problem(corrected(&app, "Lamps", "2021-04-01").await);
        assert!(matches!(found, Problem::DerivedClosed { record, .. } if record == done), "{found:?}");
        assert_eq!(version(&app, told).await, seen);
        // The machine's own administrator puts it right.
        records::correct(&app, &console(&app), told, seen, Input::Typed(later)).await.unwrap();
        assert_eq!(value(&app, done, "idea_told_on").await, Some(Value::Date(date(2021, 4, 1))));
        agrees(&app).await;
    }
}

/// A file that corrects the day of an idea.
async fn corrected(app: &App, title: &str, day: &str) -> Result<Report, Error> {
    let text = format!("组织编码,金点子名称,姓名,提出日期\n{:09},{title},Li,{day}\n", WORKS.0);
    let request = Request {
        file_name: "a.csv".to_owned(),
        bytes: Arc::new(text.into_bytes()),
        kind: format!("register:{IDEAS}"),
        correct_stored: true,
        ..Request::default()
    };
    import(app, &officer(app, WORKS), request, &|_, _| {}).await
}

async fn taken(app: &App, rows: &[(&str, &str)]) -> Report {
    let mut text = "组织编码,金点子名称,姓名,提出日期,带来项目数\n".to_owned();
    for (title, actions) in rows {
        writeln!(text, "{:09},{title},Li,2021-03-01,{actions}", WORKS.0).unwrap();
    }
    let request = Request {
        file_name: "a.csv".to_owned(),
        bytes: Arc::new(text.into_bytes()),
        kind: format!("register:{IDEAS}"),
        ..Request::default()
    };
    import(app, &officer(app, WORKS), request, &|_, _| {}).await.unwrap()
}

/// What a report warns of, but for persons without a number.
fn warned(report: &Report) -> Vec<(u32, &Problem)> {
    let warned = report.warnings.iter().map(|warning| (warning.row, &warning.problem));
    warned.filter(|(_, problem)| !matches!(problem, Problem::NameOnly { .. })).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_that_says_otherwise_is_a_warning() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let told = idea(&app).await;
        action(&app, WORKS, "a").await.unwrap();
        let report = taken(&app, &[("Lamps", "1"), ("Fans", "0"), ("Taps", ""), ("Pumps", "3")]).await;
        assert_eq!((report.accepted, report.unchanged, report.refused.len()), (3, 1, 0), "{report:?}");
        let found = warned(&report);
        let [(5, Problem::DerivedField { stated, derived, .. })] = &found[..] else { panic!("{found:?}") };
        assert_eq!((stated.as_str(), derived.as_str()), ("3", "0"));
        let report = taken(&app, &[("Lamps", "5")]).await;
        assert_eq!((report.unchanged, warned(&report).len()), (1, 1), "{report:?}");
        assert_eq!(value(&app, told, "actions").await, Some(Value::Integer(1)));
        agrees(&app).await;
    }
}

/// Two that refer to one record at the same moment are both counted.
#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_are_both_counted() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let told = idea(&app).await;
        let (one, other) = tokio::join!(action(&app, WORKS, "a"), action(&app, YARD, "b"));
        one.unwrap();
        other.unwrap();
        assert_eq!(value(&app, told, "actions").await, Some(Value::Integer(2)));
        agrees(&app).await;
    }
}

/// What was only worked out since an import is no reason to leave its records alone.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_taken_back_although_fields_were_worked_out_since() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let ctx = officer(&app, WORKS);
        let import = ImportId(taken(&app, &[("Lamps", "")]).await.import.unwrap());
        let action = action(&app, WORKS, "a").await.unwrap();
        records::delete(&app, &console(&app), action, version(&app, action).await).await.unwrap();
        let plan = preview_take_back(&app, &ctx, import).await.unwrap();
        assert_eq!((plan.goes, plan.returns, plan.left), (1, 0, 0));
        take_back(&app, &ctx, import, &plan.seen).await.unwrap().unwrap();
        agrees(&app).await;
        app.close().await;
    }
}

/// A row that corrects a record is compared with what follows from the record as it corrects it.
#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_row_is_compared_with_what_follows_from_it() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let officer = officer(&app, WORKS);
        idea(&app).await;
        let other = stated(&[("title", "Fans"), ("author", "Li"), ("told_on", "2021-04-01")]);
        records::enter(&app, &officer, IDEAS, WORKS, Input::Typed(other)).await.unwrap();
        action(&app, WORKS, "a").await.unwrap();
        for (day, warnings) in [("2021-04-01", 0), ("2021-03-01", 1)] {
            let header = "组织编码,项目编号,项目名称,类别,启动日期,来源金点子,金点子提出日期";
            let row = format!("{:09},a,a,节电,2021-05-01,Fans,{day}", WORKS.0);
            let request = Request {
                file_name: "a.csv".to_owned(),
                bytes: Arc::new(format!("{header}\n{row}\n").into_bytes()),
                kind: format!("register:{ACTIONS}"),
                correct_stored: true,
                ..Request::default()
            };
            let report = import(&app, &officer, request, &|_, _| {}).await.unwrap();
            assert!(report.refused.is_empty(), "{report:?}");
            assert_eq!(warned(&report).len(), warnings, "{day}: {report:?}");
        }
        agrees(&app).await;
    }
}

/// Bytes that say nothing, in the words of an engine.
fn unreadable(test: &TestDb) -> &'static str {
    match &test.db {
        Db::Sqlite { .. } => "X'FF'",
        Db::Postgres(_) => "decode('ff', 'hex')",
    }
}

/// What cannot be read is named, and the check goes on: nothing is said of intact records that follow from it.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_named_and_the_check_goes_on() {
    for test in databases().await {
        let app = city(&test, &small_campaign()).await;
        let told = idea(&app).await;
        let first = action(&app, WORKS, "a").await.unwrap();
        let other = action(&app, YARD, "b").await.unwrap();
        agrees(&app).await;
        for (broken, others) in [(told, [first, other]), (first, [told, other])] {
            let keep = format!(
                "CREATE TABLE kept_{{region}} AS SELECT compact FROM fact WHERE region_id = {{region}} AND fact_id = {broken}"
            );
            run_sql(&test, &keep).await;
            let put = |bytes: &str| {
                format!(
                    "UPDATE fact SET compact = {bytes} WHERE region_id = {{region}} AND fact_id = {broken}"
                )
            };
            assert_eq!(run_sql(&test, &put(unreadable(&test))).await, 1);
            let verified = verify(&app, &console(&app)).await.unwrap();
            let fault = Finding::Record {
                record: broken.0,
                form: if broken == told { IDEAS } else { ACTIONS }.to_owned(),
                unit: WORKS,
                fault: RecordFault::Altered,
            };
            assert!(verified.findings.contains(&fault), "{:?}", verified.findings);
            let accused = verified.findings.iter().filter(|finding| match finding {
                Finding::Record { record, .. }
                | Finding::Derived { record }
                | Finding::Reference { record } => others.contains(&RecordId(*record)),
                Finding::Index { .. } => true,
                _ => false,
            });
            assert_eq!(accused.count(), 0, "{:?}", verified.findings);
            run_sql(&test, &put("(SELECT compact FROM kept_{region})")).await;
            run_sql(&test, "DROP TABLE kept_{region}").await;
        }
        agrees(&app).await;
        let spoil = format!(
            "UPDATE audit SET compact = {} WHERE region_id = {{region}} AND subject_id = {told}",
            unreadable(&test)
        );
        assert!(run_sql(&test, &spoil).await > 0);
        let verified = verify(&app, &console(&app)).await.unwrap();
        let is_entry = |finding: &&Finding| matches!(finding, Finding::AuditEntry { subject_id, .. } if *subject_id == told.0);
        assert!(verified.findings.iter().find(is_entry).is_some(), "{:?}", verified.findings);
    }
}
