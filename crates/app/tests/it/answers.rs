//! Answers that are not values: a value, zero, nothing, and not applicable with its reason are four things, and come back
//! as they were from forms and files, on both engines.

use std::{collections::BTreeMap, io::Cursor, sync::Arc};

use app::{
    App, Error,
    imports::{Report, Request, import},
    records::{self, Input},
    register_export::{Format, Which, export},
};
use model::{ids::RecordId, problem::Problem, value::Value};
use testkit::{console, databases};

use crate::tree::{CITY, FIRM, city};

const FORM: &str = "base-return";

fn typed(texts: &[(&str, &str)]) -> Input {
    let always = [("year", "2012"), ("status", "normal"), ("unit_type", "170"), ("workers_avg", "120")];
    let all = always.iter().chain(texts);
    all.map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>().into()
}

/// Teams are not applicable, no members, workers at the end not reported, a drill.
const ANSWERS: [(&str, &str); 4] = [
    ("teams_total", "不适用：无班组，（商铺）"),
    ("members_end", "0"),
    ("workers_end", ""),
    ("drill_held", "1"),
];

async fn stated(app: &App, id: RecordId, fields: &[&str]) -> Vec<Option<Value>> {
    let found = records::find(app, &console(app), id).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    fields.iter().map(|field| found.fact.value(form.field(field).unwrap()).cloned()).collect()
}

const FIELDS: [&str; 4] = ["teams_total", "members_end", "workers_end", "drill_held"];

fn not_applicable(reason: &str) -> Value {
    Value::NotApplicable(reason.to_owned())
}

fn four() -> Vec<Option<Value>> {
    vec![Some(not_applicable("无班组，（商铺）")), Some(Value::Integer(0)), None, Some(Value::Flag(true))]
}

async fn exported(app: &App) -> String {
    let mut bytes = Cursor::new(Vec::new());
    export(app, &console(app), CITY, FORM, Which::All, Format::Csv, &mut bytes).await.unwrap();
    String::from_utf8(bytes.into_inner()).unwrap()
}

async fn take(app: &App, name: &str, bytes: Vec<u8>) -> Result<Report, Error> {
    let request = Request {
        file_name: name.to_owned(),
        bytes: Arc::new(bytes),
        kind: FORM.to_owned(),
        ..Request::default()
    };
    import(app, &console(app), request, &|_, _| {}).await
}

async fn is_right(app: &App) {
    app.fold(&console(app)).await.unwrap();
    assert_eq!(app::rebuild::verify(app, &console(app)).await.unwrap().findings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn four_answers_come_back_from_form_file_and_export() {
    for test in databases().await {
        let app = city(&test).await;
        let ctx = console(&app);
        let id = records::enter(&app, &ctx, FORM, FIRM, typed(&ANSWERS)).await.unwrap().id;
        assert_eq!(stated(&app, id, &FIELDS).await, four());
        assert!(!records::enter(&app, &ctx, FORM, FIRM, typed(&ANSWERS)).await.unwrap().is_new);
        let file = exported(&app).await;
        assert!(file.contains("不适用：无班组，（商铺）"), "{file}");
        let report = take(&app, "年报.csv", file.clone().into_bytes()).await.unwrap();
        assert_eq!((report.rows, report.unchanged, report.corrected), (1, 1, 0), "{report:?}");
        let mut book = Cursor::new(Vec::new());
        export(&app, &ctx, CITY, FORM, Which::All, Format::Xlsx, &mut book).await.unwrap();
        let report = take(&app, "年报.xlsx", book.into_inner()).await.unwrap();
        assert_eq!((report.rows, report.unchanged, report.corrected), (1, 1, 0), "{report:?}");
        is_right(&app).await;

        // A number instead, and back.
        let edited = file.replace("不适用：无班组，（商铺）", "3");
        let report = take(&app, "年报.csv", edited.into_bytes()).await.unwrap();
        assert_eq!((report.corrected, report.refused.len()), (1, 0), "{report:?}");
        assert_eq!(stated(&app, id, &["teams_total"]).await, [Some(Value::Integer(3))]);
        is_right(&app).await;
        records::correct(&app, &ctx, id, 2, typed(&ANSWERS)).await.unwrap();
        assert_eq!(stated(&app, id, &FIELDS).await, four());
        let found = records::find(&app, &ctx, id).await.unwrap();
        let teams = found.snapshot.definition.forms[found.fact.form].field("teams_total").unwrap();
        let before: Vec<Option<Value>> = found
            .changes
            .iter()
            .filter_map(|change| change.before.as_ref().map(|values| values.value(teams).cloned()))
            .collect();
        assert_eq!(before, [Some(not_applicable("无班组，（商铺）")), Some(Value::Integer(3))]);
        is_right(&app).await;
    }
}

async fn refused(app: &App, texts: &[(&str, &str)]) -> Vec<(String, String)> {
    match records::enter(app, &console(app), FORM, FIRM, typed(texts)).await {
        Err(Error::InvalidFields(faults)) => {
            faults.into_iter().map(|fault| (fault.field, fault.problem.name().to_owned())).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_has_a_reason_and_no_persons_number() {
    for test in databases().await {
        let app = city(&test).await;
        let long = format!("不适用：{}", "长".repeat(201));
        for (field, text, problem) in [
            ("teams_total", "不适用", "reason_missing"),
            ("teams_total", "N/A", "reason_missing"),
            ("teams_total", "3；不适用：无班组", "two_answers"),
            ("drill_held", "不适用：问张三 13804110000", "number_typed"),
            ("members_end", long.as_str(), "too_long"),
            ("workers_avg", "不适用：无职工", "not_applicable"),
        ] {
            let expected = [(field.to_owned(), problem.to_owned())];
            assert_eq!(refused(&app, &[(field, text)]).await, expected, "{text}");
        }
        // Values from programs are judged as what is typed.
        let values = |field: &str, reason: &str| {
            let mut values = BTreeMap::from([
                ("year".to_owned(), Value::Integer(2012)),
                ("status".to_owned(), Value::Code("normal".to_owned())),
                ("unit_type".to_owned(), Value::Code("170".to_owned())),
                ("workers_avg".to_owned(), Value::Integer(1)),
            ]);
            values.insert(field.to_owned(), Value::NotApplicable(reason.to_owned()));
            values
        };
        for (field, reason, problem) in [
            ("teams_total", " ", "reason_missing"),
            ("workers_avg", "无", "not_applicable"),
            ("year", "无", "not_applicable"),
            ("teams_total", "电话 13804110000", "number_typed"),
        ] {
            let outcome = records::create(&app, &console(&app), FORM, FIRM, values(field, reason)).await;
            let Err(Error::InvalidFields(faults)) = outcome else { panic!("{field} {outcome:?}") };
            assert_eq!(faults[0].problem.name(), problem, "{field}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_lack_the_reason_and_says_so() {
    for test in databases().await {
        let app = city(&test).await;
        let row = |teams: &str, members: &str, average: &str| {
            format!(
                "统计编码,年度,经营状态,单位类别,平均职工,班组总数,会员\n10004,2012,正常,170,{average},{teams},{members}\n"
            )
        };
        let report = take(&app, "a.csv", row("不适用", "未报", "9").into_bytes()).await.unwrap();
        let warnings: Vec<&Problem> = report.warnings.iter().map(|found| &found.problem).collect();
        assert_eq!(warnings.iter().map(|found| found.name()).collect::<Vec<_>>(), ["reason_missing"]);
        assert_eq!((report.accepted, report.refused.len()), (1, 0), "{report:?}");
        let mut tx = test.db.walk(test.region).await.unwrap();
        let found = store::records::list_of_unit(&mut tx, FIRM, FORM).await.unwrap();
        drop(tx);
        let id = found[0].id;
        assert_eq!(stated(&app, id, &["teams_total", "members_end"]).await, [Some(not_applicable("")), None]);
        // Who corrects something else is not asked for a reason that a file has left out.
        let other = [("teams_total", "不适用"), ("members_end", "4"), ("workers_avg", "9")];
        records::correct(&app, &console(&app), id, 1, typed(&other)).await.unwrap();
        assert_eq!(
            stated(&app, id, &["teams_total", "members_end"]).await,
            [Some(not_applicable("")), Some(Value::Integer(4))]
        );
        let report =
            take(&app, "b.csv", row("不适用：电话13804110000", "1", "9").into_bytes()).await.unwrap();
        assert_eq!(report.refused[0].problem.name(), "number_typed");
        let report = take(&app, "c.csv", row("1", "1", "不适用：无").into_bytes()).await.unwrap();
        assert_eq!(report.refused[0].problem.name(), "not_applicable");
        is_right(&app).await;
    }
}
