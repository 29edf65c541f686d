//! Files as clerks make them, where rows and columns say more than they seem: units of money,
//! blocks of several units, totals and remarks, several sheets, columns that somebody has
//! explained. What is right for each is in the README beside them; here it goes through the import.

use std::{collections::BTreeMap, io::Cursor, sync::Arc};

use app::{
    App, Context, Error,
    accounts::{self, NewAccount},
    imports::{Report, Request, forget_columns, form_of_kind, import},
    records,
    register_export::{Format, Which, export},
};
use model::{ids::ImportId, value::Value};
use sheet::{
    workbook::{Cell, Limits, read},
    write::{Heading, Output, XlsxTable},
};
use testkit::{TestDb, console, databases, first_campaign, open, role};

const PROPOSALS: &str = "register:proposal";

fn file(name: &str) -> Vec<u8> {
    let path = testkit::repository("crates/app/tests/inputs/clerks").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn request(name: &str, kind: &str) -> Request {
    made(name, file(name), kind)
}

fn made(name: &str, bytes: Vec<u8>, kind: &str) -> Request {
    Request {
        file_name: name.to_owned(),
        bytes: Arc::new(bytes),
        kind: kind.to_owned(),
        ..Request::default()
    }
}

fn proposals(name: &str) -> Request {
    request(name, PROPOSALS)
}

async fn take(app: &App, request: Request) -> Result<Report, Error> {
    import(app, &console(app), request, &|_, _| {}).await
}

/// A federation with the clerks' roster, on each engine.
async fn cities() -> Vec<(TestDb, App)> {
    let mut cities = Vec::new();
    for test in databases().await {
        let app = open(&test, &first_campaign()).await;
        take(&app, request("roster.csv", "units")).await.unwrap();
        cities.push((test, app));
    }
    cities
}

/// The cells at fault: place and name of the problem.
fn faults(report: &Report) -> Vec<(String, &'static str)> {
    report.refused.iter().map(|cell| (format!("{}{}", cell.column, cell.row), cell.problem.name())).collect()
}

/// The rows that were left out, by reason.
fn left_out(report: &Report) -> Vec<(&str, Vec<u32>)> {
    report.left_out.iter().map(|rows| (rows.kind.as_str(), rows.rows.clone())).collect()
}

/// Some columns of what is stored, for each record, in the order of the first.
async fn stored<const N: usize>(app: &App, titles: [&str; N]) -> Vec<[String; N]> {
    let snapshot = app.current(&console(app)).await.unwrap();
    let mut bytes = Cursor::new(Vec::new());
    let root = snapshot.root().unwrap();
    export(app, &console(app), root, "proposal", Which::All, Format::Csv, &mut bytes).await.unwrap();
    let table = read("a.csv", &bytes.into_inner(), None, &Limits::default()).unwrap();
    let header = table.rows.iter().position(|row| row.filled() > 10).unwrap();
    let columns = titles.map(|title| {
        let is_titled = |cell: &Cell| cell.text().trim_start_matches('*').starts_with(title);
        table.rows[header].cells.iter().position(is_titled).unwrap_or_else(|| panic!("{title}"))
    });
    let rows = table.rows[header + 1..].iter();
    let mut found: Vec<[String; N]> = rows.map(|row| columns.map(|column| row.cell(column).text())).collect();
    found.sort();
    found
}

async fn benefits(app: &App) -> Vec<String> {
    stored(app, ["编号", "年节约或创造价值"]).await.into_iter().map(|[_, benefit]| benefit).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn units_of_money_are_understood_wherever_they_are_written() {
    let names = ["fmt", "h01", "h02", "h03", "h04", "h05", "t00", "t01", "t02", "t03", "t04"];
    for name in names {
        for (_test, app) in cities().await.into_iter().take(1) {
            let name = format!("a05_money_{name}.xlsx");
            let report = take(&app, proposals(&name)).await.unwrap();
            assert_eq!((faults(&report), report.accepted), (vec![], 1), "{name}");
            assert_eq!(benefits(&app).await, ["52000"], "{name}");
        }
    }
    for (_test, app) in cities().await {
        let report = take(&app, proposals("a05_money_h00.xlsx")).await.unwrap();
        assert_eq!((faults(&report), report.accepted), (vec![], 1));
        assert_eq!(benefits(&app).await, ["5.2"], "nothing says 万");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_read_as_written_or_refused_by_cell() {
    for (_test, app) in cities().await {
        let report = take(&app, Request { accept_good_rows: true, ..proposals("a05_money_values.xlsx") })
            .await
            .unwrap();
        let refused: Vec<&str> = report.refused.iter().map(|cell| cell.value.as_str()).collect();
        let expected = [
            "＄52000",
            "52000元（税前）",
            "约5万",
            "5.2万元/年",
            "5~6万",
            "大于5万",
            "-52000",
            "(52000)",
            "1.2.3",
            "5.2w",
            "5.2万元左右",
            "100%",
        ];
        assert_eq!(refused, expected);
        let read = stored(&app, ["措施", "年节约或创造价值"]).await;
        for [written, benefit] in &read {
            let expected = match written.trim_start_matches("写作").trim() {
                "0" => "0",
                "-" | "无" | "—" | "" | "/" => "",
                "52000.005" => "52000.01",
                "5.2亿" => "520000000",
                _ => "52000",
            };
            assert_eq!(benefit, expected, "{written}");
        }
        assert_eq!(read.len(), report.accepted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_units_below_the_header_is_understood() {
    for (_test, app) in cities().await {
        let report = take(&app, proposals("d13_unit_row.xlsx")).await.unwrap();
        assert_eq!((faults(&report), report.accepted), (vec![], 3));
        assert_eq!(benefits(&app).await, ["10010000", "10020000", "10030000"]);
    }
}

/// A workbook of texts and numbers.
fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let headings: Vec<Heading<'_>> = Vec::new();
    let mut sheet = XlsxTable::new("Sheet1", &headings).unwrap();
    for row in rows {
        let cells = row.iter().map(|text| match text.parse() {
            Ok(number) if !text.starts_with('2') => Output::Number(number),
            _ if text.is_empty() => Output::Empty,
            _ => Output::Text(text),
        });
        sheet.row(&cells.collect::<Vec<_>>()).unwrap();
    }
    sheet.finish().unwrap()
}

const ROW: [&str; 7] = ["210211001", "建0001", "改进夹具", "王乙", "2011-05-03", "加装定位销", "5.2"];

fn one_row(benefit: &'static str) -> Vec<u8> {
    let header = ["单位编码", "编号", "建议名称", "建议人", "提出日期", "措施", benefit];
    workbook(&[&header, &ROW])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_of_money_that_is_not_clear_is_asked_and_taken_from_the_answer() {
    for (_test, app) in cities().await {
        let title = "年节约或创造价值（元或万元）";
        let asking = || made("a.xlsx", one_row(title), PROPOSALS);
        let report = take(&app, Request { accept_good_rows: true, ..asking() }).await.unwrap();
        assert_eq!(faults(&report), [("G3".to_owned(), "money_unit")]);
        assert_eq!(benefits(&app).await, [] as [&str; 0]);
        let money = BTreeMap::from([(title.to_owned(), "千元".to_owned())]);
        let report = take(&app, Request { money, ..asking() }).await.unwrap();
        assert_eq!((faults(&report), report.accepted), (vec![], 1));
        assert_eq!(benefits(&app).await, ["5200"]);
        let money = BTreeMap::from([(title.to_owned(), "美元".to_owned())]);
        assert!(matches!(take(&app, Request { money, ..asking() }).await, Err(Error::Invalid(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_belongs_to_the_unit_of_its_block() {
    for (_test, app) in cities().await {
        let report = take(&app, proposals("e01_two_blocks_no_title.xlsx")).await.unwrap();
        assert_eq!((faults(&report), report.accepted), (vec![], 4));
        assert_eq!(left_out(&report), [("unit_line", vec![5]), ("repeated", vec![6])]);
        let units = stored(&app, ["编号", "统计编码"]).await;
        let expected = [
            ["建0001", "210211001"],
            ["建0002", "210211001"],
            ["建0011", "210211002"],
            ["建0012", "210211002"],
        ];
        assert_eq!(units, expected.map(|row| row.map(str::to_owned)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_and_endings_are_left_out_and_said() {
    for (_test, app) in cities().await {
        let report = take(&app, proposals("b08_totals_notes.xlsx")).await.unwrap();
        assert_eq!(faults(&report), []);
        let kinds: Vec<&str> = left_out(&report).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["total", "repeated", "note"]);
        assert_eq!(left_out(&report)[0].1, (5..=14).collect::<Vec<_>>());
        let numbers: Vec<String> =
            stored(&app, ["编号", "建议人"]).await.into_iter().map(|[number, _]| number).collect();
        assert_eq!(numbers[..4], ["建0001", "建0002", "建0009", "建0010"]);
        let told: usize = left_out(&report).iter().map(|(_, rows)| rows.len()).sum();
        let table = read("b08.xlsx", &file("b08_totals_notes.xlsx"), None, &Limits::default()).unwrap();
        // Every row below the header is a record or is said to be left out.
        assert_eq!(told + report.rows, table.rows.len() - 2);

        let report = take(&app, proposals("d11_notes_below.xlsx")).await.unwrap();
        assert_eq!(faults(&report).into_iter().filter(|(_, name)| *name != "repeated_in_store").count(), 0);
        assert_eq!(left_out(&report), [("note", vec![5, 6, 7, 8])]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_read_like_totals_are_records() {
    for (_test, app) in cities().await {
        let report =
            take(&app, Request { accept_good_rows: true, ..proposals("d06_titles_like_totals.xlsx") }).await;
        let report = report.unwrap();
        assert_eq!(left_out(&report), []);
        // The last one has no number: it is given one.
        assert_eq!((report.rows, report.accepted), (7, 7), "{:?}", faults(&report));
        let titles = stored(&app, ["编号", "建议名称"]).await;
        let titles: Vec<&str> = titles.iter().map(|[_, title]| title.as_str()).collect();
        let numbered = ["说明书改版", "合计划线工装", "累计", "注：改进夹具", "小计(自动)功能", "合计"];
        assert_eq!(titles.first(), Some(&"第1页打印改进"));
        assert_eq!(titles[1..], numbered);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_sheets_one_is_chosen_or_all_are_read_together() {
    for (_test, app) in cities().await {
        let months = || proposals("b10_months.xlsx");
        let Err(Error::SeveralSheets(sheets)) = take(&app, months()).await else {
            panic!("nobody has chosen among the sheets")
        };
        assert_eq!(sheets, ["1月", "2月", "3月"]);
        let preview = take(&app, Request { preview: true, ..months() }).await.unwrap();
        assert_eq!(preview.undecided_sheets, ["1月", "2月", "3月"]);

        let one = take(&app, Request { sheet: Some("2月".to_owned()), ..months() }).await.unwrap();
        assert_eq!((one.accepted, &one.left_out_sheets[..]), (2, &["1月".to_owned(), "3月".to_owned()][..]));
        let all = take(&app, Request { all_sheets: true, ..months() }).await.unwrap();
        assert_eq!(faults(&all), []);
        assert_eq!((all.accepted, all.unchanged, all.rows), (4, 2, 6));
        assert_eq!((all.sheets.len(), all.left_out_sheets.len()), (3, 0));
        assert_eq!(stored(&app, ["编号"]).await.len(), 6);
    }
}

/// Signs somebody in for a unit.
async fn officer(app: &App, login: &str, role_id: &str, unit: &str) -> Context {
    let new = NewAccount {
        login: login.to_owned(),
        name: login.to_owned(),
        role: role(role_id),
        unit_code: unit.to_owned(),
        password: testkit::FIRST_PASSWORD.to_owned(),
    };
    accounts::add(app, &console(app), new).await.unwrap();
    testkit::first_context(app, login).await
}

/// What the audit keeps of the columns that units have chosen.
async fn audited(test: &TestDb, app: &App, unit: &str) -> Vec<(String, Option<String>, Option<String>)> {
    let snapshot = app.current(&console(app)).await.unwrap();
    let id = snapshot.unit_by_code(unit).unwrap().id;
    let mut tx = test.db.read(test.region).await.unwrap();
    let rows = store::audit::list_of(&mut tx, "column_memory", id.0).await.unwrap();
    tx.rollback().await.unwrap();
    rows.into_iter().map(|row| (row.action, row.before, row.after)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_clerk_has_mapped_is_nobody_elses_and_never_goes_before_a_name() {
    for (_test, app) in cities().await {
        let one = officer(&app, "one", "level-2-officer", "210211000").await;
        let other = officer(&app, "other", "level-2-officer", "210202000").await;
        let mapping = BTreeMap::from([
            ("采纳日期".to_owned(), String::new()),
            ("实施完成日期".to_owned(), "decided_on".to_owned()),
        ]);
        let odd = Request { mapping, accept_good_rows: true, ..proposals("e07_map_wrong.xlsx") };
        import(&app, &one, odd, &|_, _| {}).await.unwrap();
        for who in [&one, &other, &console(&app)] {
            let next = Request { preview: true, ..proposals("f_after_map.xlsx") };
            let report = import(&app, who, next, &|_, _| {}).await.unwrap();
            assert_eq!(report.remembered_columns, []);
            assert!(!report.ignored_columns.contains(&"采纳日期".to_owned()));
        }
        let report = take(&app, proposals("f_after_map.xlsx")).await.unwrap();
        assert_eq!((faults(&report), report.accepted), (vec![], 2));
        let days = stored(&app, ["编号", "审查日期", "实施完成日期"]).await;
        let expected = [["建0021", "2011-06-01", "2011-07-01"], ["建0022", "2011-06-01", "2011-07-01"]];
        let days: Vec<_> = days.into_iter().filter(|[number, ..]| number != "建0001").collect();
        assert_eq!(days, expected.map(|row| row.map(str::to_owned)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_is_remembered_for_its_unit_once_a_file_was_accepted_and_can_be_forgotten() {
    let header = ["单位编码", "编号", "建议名称", "建议人", "提出日期", "措施", "点子说明"];
    let rows = |number: &'static str| {
        workbook(&[&header, &["210211001", number, "改进夹具", "王乙", "2011-05-03", "加装定位销", "省时"]])
    };
    for (test, app) in cities().await {
        let one = officer(&app, "one", "level-2-officer", "210211000").await;
        let other = officer(&app, "other", "level-2-officer", "210202000").await;
        let mapped = |number| Request {
            mapping: BTreeMap::from([("点子说明".to_owned(), "status_quo".to_owned())]),
            ..made("a.xlsx", rows(number), PROPOSALS)
        };
        let mapping = mapped("建1").mapping;
        let snapshot = app.current(&one).await.unwrap();
        let form = form_of_kind(&snapshot, PROPOSALS).unwrap();
        let field = mapping.values().next().unwrap().clone();
        assert!(snapshot.definition.forms[form].field(&field).is_some(), "the campaign has the field");

        // A file that was refused is nobody's experience.
        let header = ["单位编码", "编号", "建议名称", "建议人", "提出日期", "措施", "点子说明"];
        let bad =
            workbook(&[&header, &["210211001", "建1", "改进夹具", "王乙", "某天", "加装定位销", "省时"]]);
        let refused = Request { mapping, accept_good_rows: true, ..made("a.xlsx", bad, PROPOSALS) };
        let report = import(&app, &one, refused, &|_, _| {}).await.unwrap();
        assert_eq!(report.good_rows(), 0);
        assert_eq!(audited(&test, &app, "210211000").await, []);

        let report = import(&app, &one, mapped("建1"), &|_, _| {}).await.unwrap();
        assert!(report.stored, "{:?}", faults(&report));
        let next = || Request { preview: true, ..made("b.xlsx", rows("建2"), PROPOSALS) };
        let report = import(&app, &one, next(), &|_, _| {}).await.unwrap();
        let used: Vec<_> =
            report.remembered_columns.iter().map(|c| (c.header.as_str(), c.field.as_str())).collect();
        assert_eq!(used, [("点子说明", "status_quo")]);
        let report = import(&app, &other, next(), &|_, _| {}).await.unwrap();
        assert_eq!(
            (report.remembered_columns, report.unknown_columns),
            (vec![], vec!["点子说明".to_owned()])
        );

        forget_columns(&app, &other, form).await.unwrap();
        forget_columns(&app, &one, form).await.unwrap();
        let report = import(&app, &one, next(), &|_, _| {}).await.unwrap();
        assert_eq!(report.unknown_columns, ["点子说明"]);
        let columns = Some("{\"点子说明\":\"status_quo\"}".to_owned());
        assert_eq!(
            audited(&test, &app, "210211000").await,
            [("remember".to_owned(), None, columns.clone()), ("forget".to_owned(), columns, None)]
        );
        assert_eq!(audited(&test, &app, "210202000").await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vertical_form_is_read_as_one_record() {
    let title = ["2011年企业年度基本情况表"];
    let unit = ["填报单位：大连晨光机械厂"];
    let rows: [&[&str]; 12] = [
        &title,
        &unit,
        &["项目", "数量"],
        &["经营状态", "正常"],
        &["单位类别", "股份有限公司"],
        &["平均职工人数", "人", "1200"],
        &["年末职工", "1180"],
        &["班组总数：", "40"],
        &["是否劳动竞赛", "是"],
        &["备注", "按年报口径"],
        &["填报人：李四"],
        &["2011年12月31日"],
    ];
    // Two items beside each other, each with its value, and the unit among them.
    let pairs: [&[&str]; 5] = [
        &title,
        &["单位名称", "大连晨光机械厂", "经营状态", "正常"],
        &["单位类别", "股份有限公司", "平均职工人数", "1200"],
        &["年末职工", "1180", "班组总数", "40"],
        &["是否劳动竞赛", "是", "备注", "按年报口径"],
    ];
    for bytes in [workbook(&rows), workbook(&pairs)] {
        for (_test, app) in cities().await {
            let report = take(&app, made("a.xlsx", bytes.clone(), "base-return")).await.unwrap();
            assert_eq!((faults(&report), report.rows, report.accepted), (vec![], 1, 1));
            let ctx = console(&app);
            let plan =
                app::imports::preview_take_back(&app, &ctx, ImportId(report.import.unwrap())).await.unwrap();
            let found = records::find(&app, &ctx, plan.going[0].id().unwrap()).await.unwrap();
            let form = &found.snapshot.definition.forms[found.fact.form];
            let value = |field: &str| found.fact.values[form.field(field).unwrap()].clone();
            assert_eq!(found.unit.name, "大连晨光机械厂");
            let whole = |number| Some(Value::Integer(number));
            assert_eq!(
                (value("year"), value("workers_avg"), value("workers_end")),
                (whole(2011), whole(1200), whole(1180))
            );
            assert_eq!(
                (value("teams_total"), value("competition_held")),
                (whole(40), Some(Value::Flag(true)))
            );
        }
    }
    // A record of a register; what is wrong is said with the cell that it is in.
    let proposal: [&[&str]; 7] = [
        &["合理化建议表"],
        &["单位编码", "210211001"],
        &["编号", "建1"],
        &["建议名称", "改进夹具"],
        &["建议人", "王乙"],
        &["提出日期", "去年春天"],
        &["措施", "加装定位销"],
    ];
    for (_test, app) in cities().await {
        let report = take(&app, made("a.xlsx", workbook(&proposal), PROPOSALS)).await.unwrap();
        assert_eq!(faults(&report).iter().map(|(cell, _)| cell.as_str()).collect::<Vec<_>>(), ["B7"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vertical_form_that_is_not_clear_is_asked_about() {
    // Two years beside each other: nobody says which of them is meant.
    let rows: [&[&str]; 6] = [
        &["企业年度基本情况表"],
        &["项目", "2010年", "2011年"],
        &["平均职工人数", "1100", "1200"],
        &["年末职工", "1090", "1180"],
        &["班组总数", "39", "40"],
        &["达标班组数", "3", "4"],
    ];
    for (_test, app) in cities().await {
        let fault = take(&app, made("a.xlsx", workbook(&rows), "base-return")).await;
        assert!(matches!(&fault, Err(Error::File(fault)) if fault.name() == "vertical"), "{fault:?}");
    }
    // Most of its items are none of the form.

    for (_test, app) in cities().await {
        for kind in [PROPOSALS, "base-return"] {
            let fault = take(&app, request("d07_vertical_return.xlsx", kind)).await;
            assert!(
                matches!(&fault, Err(Error::File(fault)) if fault.name() == "vertical"),
                "{kind}: {fault:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_personal_number_in_a_text_is_warned_about_and_masked_by_choice() {
    let header = ["单位编码", "编号", "建议名称", "建议人", "提出日期", "措施"];
    let measure = "找王乙210202196102020070，电话13942600001";
    let bytes = workbook(&[&header, &["210211001", "建1", "改进夹具", "王乙", "2011-05-03", measure]]);
    for (test, app) in cities().await {
        let warned = Request { preview: true, ..made("a.xlsx", bytes.clone(), PROPOSALS) };
        let report = take(&app, warned).await.unwrap();
        let warnings: Vec<_> =
            report.warnings.iter().map(|c| (c.header.as_str(), c.problem.name())).collect();
        assert!(warnings.contains(&("措施", "number_in_text")), "{warnings:?}");
        assert_eq!(report.rows_with_numbers_in_texts(), 1);

        let masking = Request { mask_numbers: true, ..made("a.xlsx", bytes.clone(), PROPOSALS) };
        let report = take(&app, masking).await.unwrap();
        assert_eq!((report.accepted, report.rows_with_numbers_in_texts()), (1, 0));
        let masked = "找王乙210202********0070，电话139******01";
        assert_eq!(stored(&app, ["措施"]).await, [[masked.to_owned()]]);

        // From a form: it is warned about with the record, and masked there.
        let values =
            [("title", "改进"), ("proposer", "王乙"), ("proposed_on", "2011-05-03"), ("measure", measure)];
        let typed: BTreeMap<String, String> =
            values.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect();
        let snapshot = app.current(&console(&app)).await.unwrap();
        let unit = snapshot.unit_by_code("210211001").unwrap().id;
        let typed = BTreeMap::from([("number".to_owned(), "建2".to_owned())])
            .into_iter()
            .chain(typed)
            .collect::<BTreeMap<_, _>>();
        let id = records::create(&app, &console(&app), "proposal", unit, typed).await.unwrap();
        let found = records::find(&app, &console(&app), id).await.unwrap();
        let warned = |found: &records::RecordDetails| {
            found.warnings.iter().filter(|fault| fault.problem.name() == "number_in_text").count()
        };
        assert_eq!(warned(&found), 1);
        let stale = records::mask_numbers(&app, &console(&app), id, found.version + 1).await;
        assert!(matches!(stale, Err(Error::Stale { .. })), "{stale:?}");
        records::mask_numbers(&app, &console(&app), id, found.version).await.unwrap();
        let found = records::find(&app, &console(&app), id).await.unwrap();
        assert_eq!(warned(&found), 0);
        assert_eq!(stored(&app, ["措施"]).await, [[masked.to_owned()], [masked.to_owned()]]);
        drop(test);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reporting_unit_that_nobody_knows_is_told_once_and_can_be_chosen() {
    let header = ["编号", "建议名称", "建议人", "提出日期", "措施"];
    let row = |number: &'static str| [number, "改进夹具", "王乙", "2011-05-03", "加装定位销"];
    let bytes = workbook(&[&["填报单位：本公司工会"], &header, &row("建1"), &row("建2"), &row("建3")]);
    for (_test, app) in cities().await {
        let report = take(&app, made("a.xlsx", bytes.clone(), PROPOSALS)).await.unwrap();
        let groups = report.fault_groups();
        let [group] = groups.as_slice() else { panic!("{groups:?}") };
        assert_eq!(
            (group.rows.as_slice(), group.first.problem.name()),
            (&[4, 5, 6][..], "unknown_unit_above")
        );
        let told = words::Words::new(words::Language::Chinese).problem(&group.first.problem);
        assert!(told.contains("A2") && told.contains("本公司工会") && !told.contains("名册。"), "{told}");
        let chosen =
            Request { unit: Some("210211001".to_owned()), ..made("a.xlsx", bytes.clone(), PROPOSALS) };
        let report = take(&app, chosen).await.unwrap();
        assert_eq!((faults(&report), report.accepted), (vec![], 3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cover_sheet_hides_nothing() {
    // A cover before the months, as in the yearly books of unions.
    let header = ["单位编码", "编号", "建议名称", "建议人", "提出日期", "措施"];
    let row = |number: &'static str| ["210211001", number, "改进夹具", "王乙", "2011-05-03", "加装定位销"];
    let mut book = rust_xlsxwriter::Workbook::new();
    let cover = book.add_worksheet().set_name("封面").unwrap();
    cover.write(0, 0, "2011年合理化建议台账汇编").unwrap();
    for (month, number) in [("1月", "建1"), ("2月", "建2")] {
        let sheet = book.add_worksheet().set_name(month).unwrap();
        for (line, cells) in [header, row(number)].iter().enumerate() {
            for (column, text) in cells.iter().enumerate() {
                sheet.write(line as u32, column as u16, *text).unwrap();
            }
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    for (_test, app) in cities().await {
        let open = take(&app, made("a.xlsx", bytes.clone(), PROPOSALS)).await;
        assert!(matches!(&open, Err(Error::SeveralSheets(sheets)) if *sheets == ["1月", "2月"]), "{open:?}");
        let all = Request { all_sheets: true, ..made("a.xlsx", bytes.clone(), PROPOSALS) };
        let report = take(&app, all).await.unwrap();
        assert_eq!((report.accepted, report.left_out_sheets), (2, vec!["封面".to_owned()]));
    }
}
