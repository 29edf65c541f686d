//! Files of people who kept their registers in Excel before: they count their rows and number no records.
//! A record is known by what its register calls its natural identity; nothing is entered twice, and
//! nothing is overwritten unless somebody has seen both sides and chosen it.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    App, Context, Error,
    imports::{Report, Request, RowChoice, RowChoices, RowKind, import},
    persons,
    rebuild::verify,
    registers::{self, Selection},
    transitions,
};
use jiff::civil::date;
use ledger::fact::Fact;
use model::{ids::UnitId, problem::Problem, value::Value};
use testkit::{console, databases, first_campaign, role};

use crate::steps::{CITY, DISTRICT, WORKS, city, person};

/// A sheet with a title, as it is kept in an office.
fn sheet(header: &[&str], rows: &[&[&str]]) -> Vec<u8> {
    let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    csv.write_record(["合理化建议台账"]).unwrap();
    csv.write_record(header).unwrap();
    for row in rows {
        csv.write_record(*row).unwrap();
    }
    csv.into_inner().unwrap()
}

const HEADER: [&str; 7] = ["序号", "建议名称", "建议人", "提出日期", "措施", "审查结论", "采纳日期"];

fn proposals(rows: &[[&str; 6]]) -> Vec<u8> {
    let mut all = Vec::new();
    for (number, row) in (1..).zip(rows) {
        all.push([vec![number.to_string()], row.iter().map(|cell| (*cell).to_owned()).collect()].concat());
    }
    let rows: Vec<Vec<&str>> = all.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    sheet(&HEADER, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

const QUARTER: [[&str; 6]; 3] = [
    ["加装挡板", "张三", "2012-05-01", "在喷嘴外加装挡板", "", ""],
    ["更换照明灯", "李四", "2012-05-02", "车间改用节能灯", "", ""],
    ["改进夹具", "", "2012-05-03", "夹具加定位销", "", ""],
];

fn request(bytes: Vec<u8>, form: &str) -> Request {
    Request {
        file_name: "台账.csv".to_owned(),
        bytes: Arc::new(bytes),
        kind: format!("register:{form}"),
        unit: Some(format!("{:09}", WORKS.0)),
        ..Request::default()
    }
}

async fn take(app: &App, ctx: &Context, request: Request) -> Report {
    import(app, ctx, request, &|_, _| {}).await.unwrap_or_else(|error| panic!("{error:?}"))
}

/// What became of the rows: new, corrected, unchanged, refused.
fn came(report: &Report) -> (usize, usize, usize, usize) {
    (report.accepted, report.corrected, report.unchanged, report.refused_rows())
}

fn chosen(kinds: &[(RowKind, RowChoice)]) -> RowChoices {
    RowChoices { kinds: kinds.iter().copied().collect(), rows: BTreeMap::new() }
}

/// The records of a form, oldest first.
async fn stored(app: &App, form: &str) -> Vec<Fact> {
    let ctx = console(app);
    let selection = Selection {
        form: form.to_owned(),
        unit: CITY,
        filter: registers::Filter::default(),
        sort: registers::Sort::default(),
    };
    let mut facts: Vec<Fact> = Vec::new();
    for row in registers::list(app, &ctx, &selection, 1, 1_000).await.unwrap().rows {
        facts.push(row.fact);
    }
    facts.sort_by_key(|fact| fact.id);
    facts
}

async fn text(app: &App, form: &str, fact: &Fact, field: &str) -> String {
    let snapshot = app.current(&console(app)).await.unwrap();
    let (_, form) = snapshot.definition.form(form).unwrap();
    fact.value(form.field(field).unwrap()).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn second(app: &App, unit: UnitId) -> Context {
    let mut context = person(app, role("enterprise-officer"), unit);
    if let app::Actor::User { login, .. } = &mut context.actor {
        "second".clone_into(login);
    }
    context
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_twice_adds_nothing_also_after_steps() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let officer = person(&app, role("enterprise-officer"), WORKS);
        let report = take(&app, &officer, request(proposals(&QUARTER), "proposal")).await;
        assert_eq!(came(&report), (3, 0, 0, 0), "{:?}", report.refused);
        let facts = stored(&app, "proposal").await;
        let numbers = [0, 1, 2].map(|row| facts[row].clone());
        for (serial, fact) in (1..).zip(&numbers) {
            let number = text(&app, "proposal", fact, "number").await;
            assert_eq!(number, format!("{:09}-2012-{serial:04}", WORKS.0), "numbered by the system");
        }
        let report = take(&app, &officer, request(proposals(&QUARTER), "proposal")).await;
        assert_eq!(came(&report), (0, 0, 3, 0), "{:?}", report.refused);

        // One of them is accepted and adopted; the old file says nothing of it.
        let id = facts[0].id;
        let reviewed = BTreeMap::from([("reviewed_by".to_owned(), Value::Text("技术科".to_owned()))]);
        transitions::take(&app, &officer, id, 1, "accept", reviewed).await.unwrap();
        let decided = BTreeMap::from([("decided_on".to_owned(), Value::Date(date(2012, 5, 20)))]);
        let colleague = second(&app, WORKS);
        transitions::take(&app, &colleague, id, 2, "adopt", decided).await.unwrap();
        let report = take(&app, &officer, request(proposals(&QUARTER), "proposal")).await;
        assert_eq!(came(&report), (0, 0, 3, 0), "{:?}", report.refused);
        // Spaces and width make no other proposal.
        let mut typed = QUARTER;
        typed[0][0] = "加装　挡板 ";
        typed[1][1] = "李 四";
        let report = take(&app, &officer, request(proposals(&typed), "proposal")).await;
        assert_eq!(came(&report), (0, 0, 3, 0), "{:?}", report.refused);

        // The next quarter's rows are counted from 1 again and are other proposals.
        let next = [["缩短行车路线", "张三", "2012-08-01", "调整堆场", "", ""]];
        let report = take(&app, &officer, request(proposals(&next), "proposal")).await;
        assert_eq!(came(&report), (1, 0, 0, 0), "{:?}", report.refused);
        assert_eq!(stored(&app, "proposal").await.len(), 4);
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn later_fields_are_an_update_that_somebody_chooses() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let level_2 = person(&app, role("level-2-officer"), DISTRICT);
        let officer = person(&app, role("enterprise-officer"), WORKS);
        take(&app, &officer, request(proposals(&QUARTER), "proposal")).await;
        let mut later = QUARTER;
        later[0][4] = "采纳";
        later[0][5] = "2012-06-01";
        later[1][3] = "车间和走廊改用节能灯";
        let open = || Request { accept_good_rows: true, ..request(proposals(&later), "proposal") };
        let report = take(&app, &level_2, open()).await;
        assert_eq!(came(&report), (0, 0, 1, 2), "nothing is overwritten unless it is chosen");
        assert_eq!(report.differing.len(), 2);
        let row = &report.differing[0];
        assert_eq!((row.row, row.kind, row.choice), (3, RowKind::Changed, None));
        assert_eq!(
            row.choices,
            [RowChoice::New, RowChoice::Correct, RowChoice::Leave],
            "new is offered first"
        );
        let sides: Vec<_> = row.cells.iter().filter(|cell| cell.differs).collect();
        assert_eq!(
            sides.iter().map(|cell| cell.field.as_str()).collect::<Vec<_>>(),
            ["decision", "decided_on"]
        );
        assert_eq!((sides[1].stored.as_str(), sides[1].found.as_str()), ("", "2012-06-01"));
        assert!(row.cells.iter().any(|cell| cell.field == "title" && cell.stored == "加装挡板"));

        // One row corrects, the other is left out.
        let rows = BTreeMap::from([("3".to_owned(), RowChoice::Correct), ("4".to_owned(), RowChoice::Leave)]);
        let request = Request { choices: RowChoices { rows, kinds: BTreeMap::new() }, ..open() };
        let report = take(&app, &level_2, request).await;
        assert_eq!((came(&report), report.left), ((0, 1, 1, 0), 1), "{:?}", report.refused);
        let facts = stored(&app, "proposal").await;
        assert_eq!(text(&app, "proposal", &facts[0], "decision").await, "adopted");
        assert_eq!(text(&app, "proposal", &facts[1], "measure").await, "车间改用节能灯");

        // All of a kind as new: once more the same file adds nothing.
        let new = || Request { choices: chosen(&[(RowKind::Changed, RowChoice::New)]), ..open() };
        let report = take(&app, &level_2, new()).await;
        assert_eq!(came(&report), (1, 0, 2, 0), "{:?}", report.refused);
        let report = take(&app, &level_2, new()).await;
        assert_eq!(came(&report), (0, 0, 3, 0), "{:?}", report.refused);
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rows_that_say_the_same_are_explained() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let officer = person(&app, role("enterprise-officer"), WORKS);
        let twice = [QUARTER[0], QUARTER[1], QUARTER[0]];
        let open = || Request { accept_good_rows: true, ..request(proposals(&twice), "proposal") };
        let report = take(&app, &officer, open()).await;
        assert_eq!(came(&report), (2, 0, 0, 1));
        assert!(matches!(&report.refused[0].problem, Problem::RepeatedInFile { first: 3 }), "{report:?}");
        assert_eq!(report.differing[0].choices, [RowChoice::New, RowChoice::Leave]);
        let new = || Request { choices: chosen(&[(RowKind::Repeated, RowChoice::New)]), ..open() };
        let report = take(&app, &officer, new()).await;
        assert_eq!(came(&report), (1, 0, 2, 0), "{:?}", report.refused);
        let report = take(&app, &officer, open()).await;
        assert_eq!(came(&report), (0, 0, 3, 0), "each row has its record now");
        assert_eq!(stored(&app, "proposal").await.len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_counts_rows_is_never_a_number() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let officer = person(&app, role("enterprise-officer"), WORKS);
        for (title, form, field) in [
            ("序号", "proposal", "number"),
            ("建议序号", "proposal", "number"),
            ("No.", "proposal", "number"),
            ("项次", "studio", "name"),
        ] {
            let mapping = BTreeMap::from([(title.to_owned(), field.to_owned())]);
            let request = Request { mapping, ..request(proposals(&QUARTER), form) };
            let refused = import(&app, &officer, request, &|_, _| {}).await;
            assert!(
                matches!(&refused, Err(Error::Invalid(problems))
                if matches!(&problems[0], Problem::SerialColumn { column } if column == title)),
                "{title}: {refused:?}"
            );
        }
        let header = ["建议序号", "建议名称", "建议人", "提出日期", "措施"];
        let rows: [&[&str]; 1] = [&["1", "加装挡板", "张三", "2012-05-01", "在喷嘴外加装挡板"]];
        let report = take(&app, &officer, request(sheet(&header, &rows), "proposal")).await;
        assert_eq!((came(&report), report.ignored_columns), ((1, 0, 0, 0), vec!["建议序号".to_owned()]));
        let facts = stored(&app, "proposal").await;
        assert_ne!(text(&app, "proposal", &facts[0], "number").await, "1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_another_record_overwrites_nothing() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let level_2 = person(&app, role("level-2-officer"), DISTRICT);
        let header = ["编号", "建议名称", "建议人", "提出日期", "措施"];
        let first: [&[&str]; 1] = [&["1", "加装挡板", "张三", "2012-05-01", "在喷嘴外加装挡板"]];
        let second: [&[&str]; 1] = [&["1", "改进夹具", "李四", "2012-08-01", "夹具加定位销"]];
        take(&app, &level_2, request(sheet(&header, &first), "proposal")).await;
        let open = || Request { accept_good_rows: true, ..request(sheet(&header, &second), "proposal") };
        let report = take(&app, &level_2, open()).await;
        assert_eq!(came(&report), (0, 0, 0, 1));
        assert!(matches!(report.refused[0].problem, Problem::NumberOfAnother { .. }), "{report:?}");
        assert_eq!(report.differing[0].kind, RowKind::Another);
        let new = || Request { choices: chosen(&[(RowKind::Another, RowChoice::New)]), ..open() };
        let report = take(&app, &level_2, new()).await;
        assert_eq!(came(&report), (1, 0, 0, 0), "{:?}", report.refused);
        let facts = stored(&app, "proposal").await;
        assert_eq!(facts.len(), 2);
        assert_eq!(text(&app, "proposal", &facts[0], "title").await, "加装挡板");
        assert_ne!(text(&app, "proposal", &facts[1], "number").await, "1", "it has a number of its own");
    }
}

const PROMOTED: [&str; 6] = ["姓名", "工种", "原等级", "新等级", "发证日期", "身份证号"];

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_number_is_known_by_what_the_register_says() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let officer = person(&app, role("enterprise-officer"), WORKS);
        let without: [&[&str]; 2] = [
            &["王建国", "车工", "4", "3", "2012-03-05", ""],
            &["王建国", "车工", "5", "4", "2012-03-05", ""],
        ];
        let report = take(&app, &officer, request(sheet(&PROMOTED, &without), "promotion")).await;
        assert_eq!(came(&report), (2, 0, 0, 0), "{:?}", report.refused);
        // The number is added in the next file: an update of the record, not another person.
        let with: [&[&str]; 1] = [&["王 建国", "车工", "4", "3", "2012-03-05", "210202198001010008"]];
        let open = || Request { accept_good_rows: true, ..request(sheet(&PROMOTED, &with), "promotion") };
        let report = take(&app, &officer, open()).await;
        assert_eq!(came(&report), (0, 0, 0, 1));
        let corrected = Request { correct_stored: true, ..open() };
        let report = take(&app, &officer, corrected).await;
        assert_eq!(came(&report), (0, 1, 0, 0), "{:?}", report.refused);
        // The old file still knows it.
        let report = take(&app, &officer, request(sheet(&PROMOTED, &without), "promotion")).await;
        assert_eq!(came(&report), (0, 0, 2, 0), "{:?}", report.refused);
        // Another person of the same name is another person.
        let other: [&[&str]; 1] = [&["王建国", "车工", "4", "3", "2012-03-05", "210211197512310004"]];
        let report = take(&app, &officer, request(sheet(&PROMOTED, &other), "promotion")).await;
        assert_eq!(came(&report), (1, 0, 0, 0), "{:?}", report.refused);
        assert_eq!(verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_of_a_file_at_once_enter_it_once() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let officer = person(&app, role("enterprise-officer"), WORKS);
        let rows: Vec<[String; 6]> = (0..300)
            .map(|row| {
                let title = format!("建议第{row}条");
                [
                    title,
                    "张三".to_owned(),
                    "2012-05-01".to_owned(),
                    "改".to_owned(),
                    String::new(),
                    String::new(),
                ]
            })
            .collect();
        let rows: Vec<[&str; 6]> = rows.iter().map(|row| row.each_ref().map(String::as_str)).collect();
        let one = || take(&app, &officer, request(proposals(&rows), "proposal"));
        let (first, other) = tokio::join!(one(), one());
        assert_eq!(first.accepted + other.accepted, 300, "{:?} {:?}", came(&first), came(&other));
        assert_eq!(first.unchanged + other.unchanged, 300);
        assert_eq!(stored(&app, "proposal").await.len(), 300);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_person_is_not_brought_back_by_the_old_file() {
    for test in databases().await {
        let app = city(&test, &first_campaign()).await;
        let officer = person(&app, role("enterprise-officer"), WORKS);
        let with: [&[&str]; 1] = [&["王建国", "车工", "4", "3", "2012-03-05", "210202198001010008"]];
        let bytes = || sheet(&PROMOTED, &with);
        take(&app, &officer, request(bytes(), "promotion")).await;
        let office = person(&app, role("city-office"), CITY);
        let key = persons::by_number(&app, &office, "210202198001010008").await.unwrap().unwrap();
        persons::remove(&app, &office, &key, "本人要求").await.unwrap();
        let report = take(&app, &officer, request(bytes(), "promotion")).await;
        assert_eq!(came(&report), (0, 0, 1, 0));
    }
}
