//! What records of the shipped registers are called, and so found by: by number or by name, and by nothing else. Rules over
//! masters and pairs in files that name the masters, and rows that name other rows of their file.

use std::{fmt::Write as _, sync::Arc};

use app::{
    App,
    imports::{Report, Request, import},
    persons,
    records::{self, Input, RecordDetails},
    references,
};
use model::{
    ids::RecordId,
    problem::{Problem, Severity},
    value::Value,
};
use testkit::{TestDb, console, databases, first_campaign};

use crate::{
    shipped_references::{agrees, enter, file_of, officer, problems, proposal, says, stated, value},
    steps::{WORKS, YARD, city},
};

/// All records of a form.
async fn all(test: &TestDb, app: &App, form: &str) -> Vec<RecordDetails> {
    let mut tx = test.db.read(console(app).region).await.unwrap();
    let ids = store::records::ids_of_form(&mut tx, form, None).await.unwrap();
    drop(tx);
    let mut found = Vec::new();
    for id in ids {
        found.push(records::find(app, &console(app), id).await.unwrap());
    }
    found
}

/// The record of a form that states a text in a field.
async fn one(test: &TestDb, app: &App, form: &str, (field, text): (&str, &str)) -> RecordId {
    let states = |found: &RecordDetails| {
        let form = &found.snapshot.definition.forms[found.fact.form];
        found.fact.value(form.field(field).unwrap()).and_then(Value::as_str) == Some(text)
    };
    all(test, app, form).await.into_iter().find(states).unwrap().fact.id
}

/// A master of the works.
async fn master(app: &App, name: &str, trade: &str) -> RecordId {
    let fields = [("name", name), ("trade", trade), ("named_on", "2012-01-05")];
    records::enter(app, &console(app), "master", WORKS, Input::Typed(stated(&fields))).await.unwrap().id
}

/// What a row of a file is warned of, but for persons without a number.
fn of_row(report: &Report, row: u32) -> Vec<Problem> {
    let warnings = report.warnings.iter().filter(|warning| warning.row == row);
    let problems = warnings.map(|warning| warning.problem.clone());
    problems.filter(|problem| !matches!(problem, Problem::NameOnly { .. })).collect()
}

fn is_not_linked(problems: &[Problem]) -> bool {
    matches!(problems, [Problem::NotLinked { .. }])
}

/// The columns of a file of pairs.
const PAIRS: &str = "协议编号,大连名师登记,师傅,徒弟,签约日期";

#[tokio::test(flavor = "multi_thread")]
async fn a_master_is_called_by_name_and_not_by_trade() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let (tian, ctx) = (master(&app, "田霞良", "磨工").await, officer(&app, WORKS));
        let rows = [
            "X-1,田霞良,田霞良,甲徒,2012-03-01",
            "X-2,磨工,田霞良,乙徒,2012-03-01",
            "X-3,无此人,田霞良,丙徒,2012-03-01",
        ];
        let report = file_of(&app, "mentor-pair", PAIRS, &rows, false).await;
        assert_eq!((report.accepted, report.refused.len()), (3, 0), "{report:?}");
        assert_eq!(of_row(&report, 2), []);
        assert!(is_not_linked(&of_row(&report, 3)) && is_not_linked(&of_row(&report, 4)), "{report:?}");
        let linked = one(&test, &app, "mentor-pair", ("agreement_number", "X-1")).await;
        let entry = value(&app, linked, "master_entry").await.unwrap();
        assert_eq!((entry.as_reference(), entry.as_str()), (Some(tian), Some("田霞良")));
        let other = one(&test, &app, "mentor-pair", ("agreement_number", "X-2")).await;
        assert_eq!(value(&app, other, "master_entry").await, Some(Value::Text("磨工".to_owned())));
        let offered = references::suggest(&app, &ctx, WORKS, ("mentor-pair", "master_entry"), "田", 5);
        let offered: Vec<String> = offered.await.unwrap().into_iter().map(|option| option.text).collect();
        assert_eq!(offered, ["田霞良"]);
        let typed = [
            ("master_entry", "磨工"),
            ("master", "田霞良"),
            ("apprentice", "丁徒"),
            ("signed_on", "2012-03-01"),
            ("months", "12"),
            ("goal", "中级工"),
        ];
        let found = problems(enter(&app, &ctx, "mentor-pair", &typed).await);
        assert!(matches!(found[..], [Problem::UnknownReference { .. }]), "{found:?}");
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bases_teams_and_methods_are_called_by_their_names_alone() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let base = [
            ("name", "一号基地"),
            ("trades", "制冷工、包装工"),
            ("applied_on", "2012-01-02"),
            ("named_on", "2012-01-05"),
        ];
        records::enter(&app, &console(&app), "training-base", YARD, Input::Typed(stated(&base)))
            .await
            .unwrap();
        let method = [("name", "燕尾操作法"), ("originator", "何涛兰")];
        records::enter(&app, &console(&app), "operating-method", YARD, Input::Typed(stated(&method)))
            .await
            .unwrap();
        let classes = "班次编号,基地名称,结束日期,培训人次";
        let rows = ["B-1,一号基地,2012-05-06,20", "B-2,制冷工、包装工,2012-05-06,20"];
        let report = file_of(&app, "training-class", classes, &rows, false).await;
        assert_eq!(report.accepted, 2, "{report:?}");
        assert_eq!(of_row(&report, 2), []);
        assert!(is_not_linked(&of_row(&report, 3)), "{report:?}");
        let rows = ["燕尾操作法,2012-05-06", "何涛兰,2012-05-06"];
        let report = file_of(&app, "method-adoption", "操作法名称,应用日期", &rows, false).await;
        assert_eq!(report.accepted, 2, "{report:?}");
        assert_eq!(of_row(&report, 2), []);
        assert!(is_not_linked(&of_row(&report, 3)), "{report:?}");
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_is_removed_from_what_refers_to_the_record() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let ctx = console(&app);
        let tian = master(&app, "田霞良", "磨工").await;
        let rows = ["X-1,田霞良,田霞良,甲徒,2012-03-01", "X-2,田霞良,另一人,乙徒,2012-03-01"];
        file_of(&app, "mentor-pair", PAIRS, &rows, false).await;
        let found = persons::by_name(&app, &ctx, WORKS, "田霞良").await.unwrap();
        persons::remove(&app, &ctx, &found[0].key, "本人要求").await.unwrap();
        for number in ["X-1", "X-2"] {
            let pair = one(&test, &app, "mentor-pair", ("agreement_number", number)).await;
            let found = records::find(&app, &ctx, pair).await.unwrap();
            let field = found.snapshot.definition.forms[found.fact.form].field("master_entry").unwrap();
            let entry = found.fact.value(field).unwrap();
            assert_eq!((entry.as_reference(), entry.as_str()), (Some(tian), Some(&*format!("№{tian}"))));
            let history = found.changes.iter().flat_map(|change| [&change.before, &change.after]);
            for values in history.flatten() {
                let text = values.value(field).and_then(Value::as_str).unwrap_or_default();
                assert!(!text.contains('田'), "{number}: {text}");
            }
        }
        let mut tx = test.db.read(ctx.region).await.unwrap();
        let named = store::references::find_names(&mut tx, "master", &["田霞良".to_owned()]).await.unwrap();
        drop(tx);
        assert_eq!(named, []);
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_twice_and_a_sixth_apprentice_of_a_master_in_a_file() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        master(&app, "田霞良", "磨工").await;
        let apprentices = ["甲徒", "乙徒", "丙徒", "丁徒", "戊徒", "己徒", "甲徒"];
        let rows: Vec<String> = apprentices
            .iter()
            .enumerate()
            .map(|(number, apprentice)| format!("X-{number},田霞良,田霞良,{apprentice},2012-03-01"))
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let report = file_of(&app, "mentor-pair", PAIRS, &rows, false).await;
        assert_eq!((report.accepted, report.refused.len()), (7, 0), "{report:?}");
        for row in 2..=6 {
            assert_eq!(of_row(&report, row), [], "{row}");
        }
        assert!(says(&of_row(&report, 7), "at most five"), "{report:?}");
        assert!(says(&of_row(&report, 8), "registered already"), "{report:?}");
        let twice = of_row(&report, 8).iter().filter(|found| says(&[(*found).clone()], "registered")).count();
        assert_eq!(twice, 1, "two rules that say the same say it once");
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_twice_whose_master_is_no_dalian_master() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let columns = "协议编号,师傅,徒弟,徒弟身份证号,签约日期";
        let number = "210202198001010016";
        let rows = [
            "X-1,李师傅,甲徒,,2012-03-01".to_owned(),
            // Another day is another agreement.
            "X-2,李师傅,甲徒,,2014-03-01".to_owned(),
            format!("X-3,李师傅,甲徒,{number},2012-03-01"),
        ];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let report = file_of(&app, "mentor-pair", columns, &rows, false).await;
        assert_eq!((report.accepted, report.refused.len()), (3, 0), "{report:?}");
        assert_eq!((of_row(&report, 2), of_row(&report, 3)), (Vec::new(), Vec::new()));
        assert!(says(&of_row(&report, 4), "registered already"), "{report:?}");
        let pair = [
            ("master", "李师傅"),
            ("apprentice", "甲徒"),
            ("signed_on", "2012-03-01"),
            ("months", "12"),
            ("goal", "中级工"),
        ];
        let found = problems(enter(&app, &officer(&app, WORKS), "mentor-pair", &pair).await);
        assert!(says(&found, "registered already"), "{found:?}");
        // Of another unit it is another pair.
        enter(&app, &officer(&app, YARD), "mentor-pair", &pair).await.unwrap();
        agrees(&app).await;
    }
}

/// The columns of a file of proposals that may be duplicates.
const PROPOSALS: &str = "编号,建议名称,措施,提出日期,审查结论,审查日期,重复建议编号";

/// A row of such a file.
fn duplicate(number: &str, of: &str) -> String {
    format!("{number},{number},换灯,2012-05-06,重复,2012-06-01,{of}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_of_a_proposal_of_its_file() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let (first, second) = ("D-1,D-1,换灯,2012-05-06,,,", duplicate("D-2", "D-1"));
        let report = file_of(&app, "proposal", PROPOSALS, &[&second, first], false).await;
        assert_eq!((report.accepted, report.refused.len()), (2, 0), "{report:?}");
        let referred = one(&test, &app, "proposal", ("number", "D-1")).await;
        let referring = one(&test, &app, "proposal", ("number", "D-2")).await;
        let found = value(&app, referring, "duplicate_of").await.unwrap();
        assert_eq!((found.as_reference(), found.as_str()), (Some(referred), Some("D-1")));
        let again = file_of(&app, "proposal", PROPOSALS, &[&second, first], false).await;
        assert_eq!(again.unchanged, 2, "{again:?}");
        // One that was entered before, and now repeats a new one.
        enter(&app, &console(&app), "proposal", &proposal("D-3", "")).await.unwrap();
        let rows = [duplicate("D-3", "D-4"), "D-4,D-4,换灯,2012-05-06,,,".to_owned()];
        let report = file_of(&app, "proposal", PROPOSALS, &[&rows[0], &rows[1]], true).await;
        assert_eq!((report.accepted, report.corrected), (1, 1), "{report:?}");
        let referring = one(&test, &app, "proposal", ("number", "D-3")).await;
        let referred = one(&test, &app, "proposal", ("number", "D-4")).await;
        let found = value(&app, referring, "duplicate_of").await.unwrap();
        assert_eq!(found.as_reference(), Some(referred));
        agrees(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn circles_within_a_file_are_not_closed() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let rows = [("C-1", "C-2"), ("C-2", "C-3"), ("C-3", "C-1"), ("C-4", "C-4")];
        let rows = rows.map(|(number, of)| duplicate(number, of));
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let mut text = format!("统计编码,{PROPOSALS}\n");
        for row in &rows {
            writeln!(text, "{:09},{row}", WORKS.0).unwrap();
        }
        let request = Request {
            file_name: "a.csv".to_owned(),
            bytes: Arc::new(text.into_bytes()),
            kind: "register:proposal".to_owned(),
            preview: true,
            ..Request::default()
        };
        let preview = import(&app, &officer(&app, WORKS), request, &|_, _| {}).await.unwrap();
        let report = file_of(&app, "proposal", PROPOSALS, &rows, false).await;
        for report in [&preview, &report] {
            assert_eq!((report.accepted, report.refused.len()), (4, 0), "{report:?}");
            let circular = |row: u32| {
                let is_circular = |problem: &Problem| {
                    matches!(problem, Problem::CircularReference { severity: Severity::Warning, .. })
                };
                of_row(report, row).iter().filter(|problem| is_circular(problem)).count()
            };
            assert_eq!([2, 3, 4, 5].map(circular), [0, 0, 1, 1], "{report:?}");
        }
        for (number, is_linked) in [("C-1", true), ("C-2", true), ("C-3", false), ("C-4", false)] {
            let id = one(&test, &app, "proposal", ("number", number)).await;
            let found = value(&app, id, "duplicate_of").await.unwrap();
            assert_eq!(found.as_reference().is_some(), is_linked, "{number}");
        }
        agrees(&app).await;
    }
}
