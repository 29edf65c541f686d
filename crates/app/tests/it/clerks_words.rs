//! The same things in the other words that clerks have for them: each line is a sheet of its own. Nothing is read as
//! something else: it is understood, or asked about by its cell.

use std::{collections::BTreeMap, io::Cursor, sync::Arc};

use app::{
    App, Error,
    imports::{Report, Request, import},
    register_export::{Format, Which, export},
};
use sheet::workbook::{Cell, Limits, read};
use testkit::{TestDb, console, databases, first_campaign, open};

const HEADER: [&str; 10] = [
    "单位编码",
    "编号",
    "建议名称",
    "建议人",
    "提出日期",
    "措施",
    "审查结论",
    "采纳日期",
    "实施完成日期",
    BENEFIT,
];
const BENEFIT: &str = "年节约或创造价值";
/// The position of the benefit.
const LAST: usize = 9;
const WORKS: &str = "210211001";
const CHEMICALS: &str = "210211002";

/// A federation with the clerks' roster, on each engine.
async fn cities() -> Vec<(TestDb, App)> {
    let mut cities = Vec::new();
    for test in databases().await {
        let app = open(&test, &first_campaign()).await;
        let path = testkit::repository("crates/app/tests/inputs/clerks/roster.csv");
        let roster = Request {
            file_name: "roster.csv".to_owned(),
            bytes: Arc::new(std::fs::read(path).unwrap()),
            kind: "units".to_owned(),
            ..Request::default()
        };
        import(&app, &console(&app), roster, &|_, _| {}).await.unwrap();
        cities.push((test, app));
    }
    cities
}

fn row(number: usize) -> Vec<String> {
    let title = format!("改进第{number}道夹具");
    let number = format!("建{number}");
    let texts = [
        WORKS,
        &number,
        &title,
        "王乙",
        "2011-05-03",
        "加装定位销",
        "采纳",
        "2011-06-01",
        "2011-07-01",
        "5.2",
    ];
    texts.map(str::to_owned).to_vec()
}

fn with(number: usize, column: usize, text: &str) -> Vec<String> {
    let mut row = row(number);
    text.clone_into(&mut row[column]);
    row
}

fn line(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A csv in which every cell is quoted.
fn csv(rows: &[Vec<String>]) -> Vec<u8> {
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let lines = rows.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n");
    lines.collect::<String>().into_bytes()
}

async fn take(app: &App, bytes: Vec<u8>) -> Result<Report, Error> {
    let request = Request {
        file_name: "台账.csv".to_owned(),
        bytes: Arc::new(bytes),
        kind: "register:proposal".to_owned(),
        ..Request::default()
    };
    import(app, &console(app), request, &|_, _| {}).await
}

/// What a sheet comes to: its problems, each once, or nothing when it is stored.
async fn problems(app: &App, rows: &[Vec<String>]) -> String {
    let report = match take(app, csv(rows)).await {
        Ok(report) => report,
        Err(error) => return format!("{error:?}"),
    };
    let mut problems: Vec<&str> = report.refused.iter().map(|cell| cell.problem.name()).collect();
    problems.dedup();
    problems.join(" ")
}

/// What is stored: the number of each record, with a column of it.
async fn stored(app: &App, title: &str) -> BTreeMap<String, String> {
    let snapshot = app.current(&console(app)).await.unwrap();
    let mut bytes = Cursor::new(Vec::new());
    let root = snapshot.root().unwrap();
    export(app, &console(app), root, "proposal", Which::All, Format::Csv, &mut bytes).await.unwrap();
    let table = read("a.csv", &bytes.into_inner(), None, &Limits::default()).unwrap();
    let header = table.rows.iter().position(|row| row.filled() > 10).unwrap();
    let column = |title: &str| {
        let is_titled = |cell: &Cell| cell.text().trim_start_matches('*').starts_with(title);
        table.rows[header].cells.iter().position(is_titled).unwrap()
    };
    let (number, column) = (column("编号"), column(title));
    let rows = table.rows[header + 1..].iter();
    rows.map(|row| (row.cell(number).text(), row.cell(column).text())).collect()
}

/// Imports a sheet for each line. `sheet` makes it, with a record of the number that it is given. Expected is a
/// problem, or what the record then states in a column.
async fn check(column: &str, cases: &[(&str, &str)], sheet: impl Fn(&str, usize) -> Vec<Vec<String>>) {
    for (_test, app) in cities().await {
        let mut found = Vec::new();
        for (number, (text, _)) in cases.iter().enumerate() {
            found.push(problems(&app, &sheet(text, number)).await);
        }
        let stored = stored(&app, column).await;
        for (number, ((text, expected), found)) in cases.iter().zip(found).enumerate() {
            let found = if found.is_empty() { stored[&format!("建{number}")].clone() } else { found };
            assert_eq!(found, *expected, "{text}");
        }
    }
}

fn header() -> Vec<String> {
    line(&HEADER)
}

fn titled(title: &str) -> Vec<String> {
    let mut header = header();
    title.clone_into(&mut header[LAST]);
    header
}

/// The day of a decision was headed “采纳日期” whatever was decided; old files still are.
#[tokio::test(flavor = "multi_thread")]
async fn the_day_of_a_decision_under_its_former_titles() {
    const DAY: usize = 7;
    let cases = [("采纳日期", "2011-06-01"), ("审查日期", "2011-06-01"), ("答复日", "2011-06-01")];
    let rejected = |number: usize| {
        let mut row = with(number, DAY - 1, "不采纳");
        row[DAY + 1].clear();
        row[LAST].clear();
        row
    };
    let headed = |title: &str| {
        let mut header = header();
        title.clone_into(&mut header[DAY]);
        header
    };
    check("审查日期", &cases, |title, number| vec![headed(title), rejected(number)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn units_of_money_in_titles() {
    let cases = [
        ("", "5.2"),
        ("/万元", "52000"),
        ("(萬元)", "52000"),
        ("（万 元）", "52000"),
        ("(仟元)", "5200"),
        ("（￥万）", "52000"),
        ("（万圆）", "52000"),
        ("（W元）", "money_unit"),
        ("（w）", "money_unit"),
        ("（k元）", "money_unit"),
        ("（10000元）", "money_unit"),
        ("（10⁴元）", "money_unit"),
        ("(×10000)", "money_unit"),
        ("（ten thousand yuan）", "money_unit"),
        ("（RMB万）", "money_unit"),
        ("（MRMB）", "money_unit"),
        ("（万园）", "money_unit"),
        ("（角）", "money_unit"),
        ("（分）", "money_unit"),
        ("（百万）", "money_unit"),
    ];
    check(BENEFIT, &cases, |text, number| vec![titled(&format!("{BENEFIT}{text}")), row(number)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn units_of_money_in_lines_above_and_below() {
    let above = [
        ("金额：万元", "52000"),
        ("(单位:万元、件)", "52000"),
        ("单位：万元 %", "52000"),
        ("单位：人/万元", "52000"),
        ("计价单位：仟元", "5200"),
        ("单位：元", "5.2"),
        ("单位:元（万元以下四舍五入）", "money_unit"),
        ("单位：W元", "money_unit"),
        ("W", "money_unit"),
        ("价值量单位：10000元", "money_unit"),
        ("Unit: 10,000 yuan", "money_unit"),
        ("单位:10 thousand yuan", "money_unit"),
        ("注：创效按万元填报", "money_unit"),
        ("本表所附证明5万元以上的加盖公章", "5.2"),
    ];
    check(BENEFIT, &above, |text, number| vec![line(&["2011年台账"]), line(&[text]), header(), row(number)])
        .await;
    let below = [
        ("单位：万元", "52000"),
        ("注：金额单位为万元", "52000"),
        ("单位：w", "money_unit"),
        ("说明：1.价值按万元填写", "money_unit"),
    ];
    check(BENEFIT, &below, |text, number| vec![header(), row(number), line(&[text])]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn units_of_money_in_a_row_below_the_header() {
    let cases = [
        ("（万元）", "52000"),
        ("万", "52000"),
        ("万元/年", "52000"),
        ("W元", "money_unit"),
        ("w", "money_unit"),
        ("10000元", "money_unit"),
        ("千", "money_unit"),
    ];
    let below = |text: &str| line(&["", "", "", "", "日期", "", "", "", "", text]);
    check(BENEFIT, &cases, |text, number| vec![header(), below(text), row(number)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_as_they_are_typed() {
    let cases = [
        ("52 000", "52000"),
        ("52\u{3000}000", "52000"),
        ("５２０００", "52000"),
        ("52，000.00", "52000"),
        ("伍万贰仟元整", "52000"),
        ("5.2 万 元", "52000"),
        ("52仟元", "52000"),
        ("—", ""),
        ("1 2", "not_number"),
        ("5 2000", "not_number"),
        ("5.2w", "not_number"),
        ("52k", "not_number"),
        ("5万余元", "not_number"),
        ("5-6万元", "not_number"),
        ("5。2", "not_number"),
        ("12.345,6", "not_number"),
    ];
    check(BENEFIT, &cases, |text, number| vec![header(), with(number, LAST, text)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comma_that_cuts_a_number_in_two_is_seen() {
    for (_test, app) in cities().await {
        let plain = |cells: &[String]| cells.join(",") + "\n";
        let rows = [header(), with(1, LAST, "52,000"), with(2, LAST, "52,000.50"), row(3)];
        let bytes = rows.iter().map(|row| plain(row)).collect::<String>().into_bytes();
        let report = take(&app, bytes).await.unwrap();
        let faults: Vec<_> =
            report.refused.iter().map(|cell| (cell.row, cell.problem.name(), cell.column.as_str())).collect();
        assert_eq!(faults, [(2, "not_number", "J"), (3, "not_number", "J")]);
        assert!(!report.stored);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_that_refers_to_the_one_above_is_no_content() {
    let cases = [
        ("同上", "ditto"),
        ("〃", "ditto"),
        ("\"", "ditto"),
        ("″", "ditto"),
        ("（同上）", "ditto"),
        ("同 上", "ditto"),
        ("同上一条建议合并实施", "同上一条建议合并实施"),
    ];
    check("措施", &cases, |text, number| vec![header(), with(number, 5, text)]).await;
}

/// A sheet without a column of units, in which the second block begins with this line.
fn blocks(text: &str, number: usize) -> Vec<Vec<String>> {
    let mut first = row(1_000 + number);
    let (mut header, mut second) = (header(), row(number));
    for cells in [&mut first, &mut header, &mut second] {
        cells.remove(0);
    }
    vec![line(&["填报单位：大连晨光机械厂"]), header, first, line(&[text]), second]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_names_another_unit_is_that_of_the_rows_below() {
    let known = "大连海纳化工有限公司";
    let theirs = [
        "报送单位：#",
        "编制单位：#",
        "呈报单位：#",
        "企业：#",
        "工会：#",
        "填报部门：#",
        "单位全称：#",
        "#",
        "# :",
        "#（盖章）",
        "#工会",
        "二、#",
        "(二)#",
        "2.#",
        "②#",
        "【#】",
        "——#——",
        "# 5件",
        "#（5件）",
        "# 2011年合理化建议台账",
        "2011年#合理化建议台账",
        "二〇一一年度#职工合理化建议台账",
    ];
    let texts: Vec<String> = theirs.iter().map(|text| text.replace('#', known)).collect();
    let cases: Vec<(&str, &str)> = texts.iter().map(|text| (text.as_str(), CHEMICALS)).collect();
    check("统计编码", &cases, blocks).await;
    // One that is not on the roster is nobody else's.
    let unknown = [
        "填报单位：大连远山厂",
        "二、大连远山制造有限公司",
        "3.大连远山机械厂",
        "【大连远山集团】",
        "大连远山机械厂2012年合理化建议台账",
    ];
    let cases = unknown.map(|text| (text, "unknown_unit_above"));
    check("统计编码", &cases, blocks).await;
    // What names no unit changes none.
    let cases = ["二、技术改进类", "（续表）", "2.其他建议。", "2011年合理化建议台账", "※ 重点项目"]
        .map(|text| (text, WORKS));
    check("统计编码", &cases, blocks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_a_table_is_left_out() {
    let endings = [
        "总共2条",
        "Σ",
        "SUM",
        "合計",
        "小計",
        "一季度",
        "上半年",
        "同比增长",
        "比上年增减",
        "完成率",
        "页计",
        "承前页",
        "过次页",
        "接前页",
        "转次页",
        "续前表",
        "（完）",
        "———",
        "此页无内容",
        "2011.12.31",
        "审批意见：",
        "工会意见",
        "经手人",
        "总经理：",
        "打印日期：2011/12/31",
        "数据来源：工会",
        "公司工会（印）",
        "抄送：市总工会",
        "注2：见附件",
        "PS:见附件",
        "备：",
    ];
    let cases = endings.map(|text| (text, WORKS));
    check("统计编码", &cases, |text, number| vec![header(), row(number), line(&[text])]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_counts_rows_numbers_nothing() {
    let titles = [
        "序号",
        "序 号",
        "ＮＯ．",
        "№",
        "编次",
        "排序",
        "项号",
        "次序",
        "序",
        "登记序号",
        "总序号",
        "项目序号",
    ];
    for (_test, app) in cities().await {
        for (number, title) in titles.iter().enumerate() {
            let mut rows = vec![header(), row(number)];
            (*title).clone_into(&mut rows[0][1]);
            "1".clone_into(&mut rows[1][1]);
            assert_eq!(problems(&app, &rows).await, "", "{title}");
        }
        let stored = stored(&app, "建议名称").await;
        assert_eq!(stored.len(), titles.len());
        assert!(stored.keys().all(|number| number.starts_with(WORKS)), "{stored:?}");
    }
}
