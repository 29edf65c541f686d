//! The walk of a file: handed in, looked at, explained, run; and every way in
//! which it may be refused.

use std::io::{Cursor, Write as _};

use app::imports::{self, ImportState};
use axum::http::StatusCode;
use jiff::SignedDuration;
use model::ids::ImportId;
use store::queue;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    page::Element,
    site::{Answer, MILL, REGISTER, Site, Visitor, WORKS, YARD, code},
};

pub(crate) const GOOD: &str = "Idea,Author,Told on\nLamp,Li,2021-05-01\nPump,Wang,2021-06-01\n";
/// The second row has no author, the third an impossible day.
pub(crate) const FAULTY: &str =
    "Idea,Author,Told on\nValve,Li,2021-05-01\nGear,,2021-06-01\nBelt,Wu,2021-02-30\n";
/// Nobody knows what the last column means.
pub(crate) const UNKNOWN: &str = "Idea,Author,Told on,How it went\nWheel,Li,2021-05-01,3\n";

/// Hands a file in and returns the address of its import.
pub(crate) async fn handed_in(visitor: &mut Visitor<'_>, name: &str, text: &str) -> String {
    let answer = visitor.upload(name, "", &[(name, text.as_bytes())]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}: {}", answer.text());
    assert!(answer.location.starts_with("/imports/"), "{}", answer.location);
    answer.location
}

/// What the background does.
pub(crate) async fn run(site: &Site) {
    imports::run_waiting(&site.app, &testkit::console(&site.app)).await.unwrap();
}

fn id(path: &str) -> ImportId {
    ImportId(path.rsplit('/').next().unwrap().parse().unwrap())
}

async fn job(site: &Site, path: &str) -> imports::Job {
    imports::find(&site.app, &testkit::console(&site.app), id(path)).await.unwrap()
}

pub(crate) async fn ideas(site: &Site, unit: model::ids::UnitId) -> usize {
    let mut tx = site.test.db.read(site.test.region).await.unwrap();
    store::records::list_of_unit(&mut tx, unit, REGISTER).await.unwrap().len()
}

pub(crate) async fn page(visitor: &mut Visitor<'_>, path: &str) -> Element {
    visitor.get(path).await.page()
}

/// Starts an import and lets the background do it.
pub(crate) async fn taken(site: &Site, visitor: &mut Visitor<'_>, path: &str, rows: &str) {
    assert_eq!(visitor.post(&format!("{path}/start"), &[("rows", rows)]).await.location, path);
    run(site).await;
}

pub(crate) async fn choose(visitor: &mut Visitor<'_>, path: &str, choices: &[(&str, &str)]) -> Answer {
    let all = [&[("kind", "register:workshop-idea")], choices].concat();
    visitor.post(&format!("{path}/choices"), &all).await
}

#[tokio::test]
async fn looking_at_a_good_file_stores_nothing() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    let page = page(&mut mill, &path).await;
    page.assert_says(&["导入全部 2 行"]);
    page.assert_lacks(&["只导入没有错误的"]);
    assert_eq!(ideas(&site, MILL).await, 1);
}

#[tokio::test]
async fn a_good_file_is_taken_whole() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    taken(&site, &mut mill, &path, "all").await;
    assert_eq!(ideas(&site, MILL).await, 3);
    let page = page(&mut mill, &path).await;
    page.assert_says(&["已入库"]);
    let figures = format!("/units/{}/figures", code(MILL));
    assert!(page.links().iter().any(|(_, address)| address.starts_with(&figures)), "{:?}", page.links());
}

/// Whether a page asks again by itself.
fn asks_again(page: &Element) -> bool {
    page.descendants().iter().any(|element| element.attribute("hx-trigger").starts_with("every "))
}

#[tokio::test]
async fn the_page_of_an_import_asks_again_while_it_works() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    assert!(asks_again(&page(&mut mill, &path).await));
    run(&site).await;
    assert!(!asks_again(&page(&mut mill, &path).await));
}

#[tokio::test]
async fn an_import_that_was_done_stands_in_the_list() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    taken(&site, &mut mill, &path, "all").await;
    page(&mut mill, "/imports").await.assert_says(&["good.csv", "已导入"]);
}

#[tokio::test]
async fn a_file_that_is_started_twice_is_taken_once() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    taken(&site, &mut mill, &path, "all").await;
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run(&site).await;
    assert_eq!(ideas(&site, MILL).await, 3);
}

#[tokio::test]
async fn the_cells_with_faults_are_named() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "faulty.csv", FAULTY).await;
    let page = page(&mut mill, &path).await;
    page.assert_says(&["只导入没有错误的 1 行", "2021-02-30"]);
    page.assert_lacks(&["导入全部"]);
    let cells = page.all_with("scope", "row").into_iter().map(Element::text).collect::<Vec<_>>();
    assert!(["B3", "C4"].iter().all(|cell| cells.contains(&(*cell).to_owned())), "{cells:?}");
}

#[tokio::test]
async fn the_faults_come_as_a_file_that_is_read_like_the_first() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "faulty.csv", FAULTY).await;
    for language in ["zh", "en"] {
        mill.reads(language);
        let faults = mill.get(&format!("{path}/faults.xlsx")).await;
        assert_eq!(faults.status, StatusCode::OK);
        assert!(faults.bytes.starts_with(b"PK"), "an xlsx");
        let again = mill.upload(language, "", &[("faults.xlsx", &faults.bytes)]).await.location;
        mill.reads("zh");
        page(&mut mill, &again).await.assert_says(&["只导入没有错误的 1 行"]);
    }
}

#[tokio::test]
async fn of_a_file_with_faults_nothing_is_taken_when_all_was_asked_for() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "faulty.csv", FAULTY).await;
    taken(&site, &mut mill, &path, "all").await;
    assert_eq!(ideas(&site, MILL).await, 1);
    page(&mut mill, &path).await.assert_says(&["没有入库"]);
}

#[tokio::test]
async fn of_a_file_with_faults_the_good_rows_are_taken_when_asked_for() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "faulty.csv", FAULTY).await;
    taken(&site, &mut mill, &path, "good").await;
    assert_eq!(ideas(&site, MILL).await, 2);
    page(&mut mill, &path).await.assert_says(&["C4"]);
}

#[tokio::test]
async fn an_import_that_failed_is_opened_again() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "faulty.csv", FAULTY).await;
    taken(&site, &mut mill, &path, "all").await;
    assert_eq!(mill.post(&format!("{path}/reopen"), &[]).await.location, path);
    taken(&site, &mut mill, &path, "good").await;
    assert_eq!(ideas(&site, MILL).await, 2);
}

#[tokio::test]
async fn a_file_with_an_unknown_column_waits_for_its_meaning() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "unknown.csv", UNKNOWN).await;
    let page = page(&mut mill, &path).await;
    page.assert_says(&["How it went", "没有认出"]);
    page.assert_lacks(&["导入全部"]);
}

#[tokio::test]
async fn two_columns_do_not_mean_the_same() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "unknown.csv", UNKNOWN).await;
    let twice = [
        ("title.0", "Idea"),
        ("was.0", "title"),
        ("field.0", "title"),
        ("title.1", "Author"),
        ("was.1", "author"),
        ("field.1", "title"),
    ];
    let refused = choose(&mut mill, &path, &twice).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.page().assert_says(&["对应了两列"]);
}

const MEANING: [(&str, &str); 3] = [("title.0", "How it went"), ("was.0", "?"), ("field.0", "outcome")];

#[tokio::test]
async fn a_column_that_was_explained_is_taken() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "unknown.csv", UNKNOWN).await;
    assert_eq!(choose(&mut mill, &path, &MEANING).await.location, path);
    page(&mut mill, &path).await.assert_says(&["导入全部 1 行"]);
    taken(&site, &mut mill, &path, "all").await;
    assert_eq!(ideas(&site, MILL).await, 2);
}

#[tokio::test]
async fn an_unknown_column_is_explained_once() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "unknown.csv", UNKNOWN).await;
    choose(&mut mill, &path, &MEANING).await;
    taken(&site, &mut mill, &path, "all").await;
    let next = handed_in(&mut mill, "next.csv", &UNKNOWN.replace("Wheel", "Crane")).await;
    let shown = ["导入全部 1 行", "这些列按本单位以前的选择对应：How it went → "];
    page(&mut mill, &next).await.assert_says(&shown);
    let forgotten = mill.post(&format!("{next}/forget-columns"), &[]).await;
    assert_eq!((forgotten.status, forgotten.location.as_str()), (StatusCode::SEE_OTHER, next.as_str()));
    page(&mut mill, &next).await.assert_says(&["有 1 列没有认出"]);
}

#[tokio::test]
async fn files_that_cannot_be_taken_say_why() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let macros = zipped(&[("xl/workbook.xml", b"<x/>"), ("xl/vbaProject.bin", b"x")]);
    for (name, bytes, why) in [
        ("protected.xlsx", encrypted(), "文件有密码保护"),
        ("macros.xlsm", macros, "文件里有宏"),
        ("empty.csv", Vec::new(), "文件是空的"),
        ("letter.pdf", b"%PDF-1.4".to_vec(), "这不是表格文件"),
    ] {
        let answer = mill.upload(name, "", &[(name, &bytes)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        answer.page().assert_says(&[why, name]);
    }
}

#[tokio::test]
async fn the_good_file_beside_a_wrong_one_is_taken() {
    let site = Site::new().await;
    let files = [("letter.pdf", b"%PDF-1.4".as_slice()), ("good.csv", GOOD.as_bytes())];
    let answer = site.visitor("mill").await.upload("both", "", &files).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.page().assert_says(&["以下文件已上传", "good.csv"]);
}

#[tokio::test]
async fn no_file_at_all_is_told() {
    let site = Site::new().await;
    let none = site.visitor("mill").await.upload("none", "", &[("", b"")]).await;
    none.page().assert_says(&["没有选择文件"]);
}

#[tokio::test]
async fn a_file_of_another_form_is_not_mistaken() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = mill.upload("wrong", "annual", &[("good.csv", GOOD.as_bytes())]).await.location;
    let wrong = page(&mut mill, &path).await;
    wrong.assert_says(&["找不到表头"]);
    wrong.assert_lacks(&["导入全部"]);
    choose(&mut mill, &path, &[]).await;
    page(&mut mill, &path).await.assert_says(&["导入全部 2 行"]);
}

#[tokio::test]
async fn a_form_that_is_not_known_cannot_be_chosen() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    let unknown = mill.post(&format!("{path}/choices"), &[("kind", "register:nothing")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn rows_of_foreign_units_are_refused() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let (own, foreign) = (code(MILL), code(YARD));
    let text = format!("Unit code,Idea,Author,Told on\n{own},A,Li,2021-05-01\n{foreign},B,Li,2021-05-01\n");
    let path = handed_in(&mut mill, "units.csv", &text).await;
    page(&mut mill, &path).await.assert_says(&["不在您管理的范围内", "只导入没有错误的 1 行"]);
    taken(&site, &mut mill, &path, "good").await;
    assert_eq!((ideas(&site, MILL).await, ideas(&site, YARD).await), (2, 1));
}

#[tokio::test]
async fn an_office_says_whose_rows_a_file_holds() {
    let site = Site::new().await;
    let mut district = site.visitor("district").await;
    let path = handed_in(&mut district, "none.csv", GOOD).await;
    assert!(page(&mut district, &path).await.optional_field("unit").is_some());
    let own = choose(&mut district, &path, &[("unit", "Works")]).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
    taken(&site, &mut district, &path, "all").await;
    assert_eq!(ideas(&site, WORKS).await, 3);
}

#[tokio::test]
async fn rows_cannot_be_a_foreign_units() {
    let site = Site::new().await;
    let mut district = site.visitor("district").await;
    let path = handed_in(&mut district, "none.csv", GOOD).await;
    let foreign = choose(&mut district, &path, &[("unit", "Yard")]).await;
    assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY, "a foreign unit does not exist");
}

#[tokio::test]
async fn stored_records_are_corrected_by_explicit_choice() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "other.csv", "Idea,Author,Told on\nfirst,Li,2021-04-01\n").await;
    page(&mut mill, &path).await.assert_says(&["与库中不同", "以本文件为准，更正库中的 1 条记录"]);
    choose(&mut mill, &path, &[("correct_stored", "yes")]).await;
    page(&mut mill, &path).await.assert_says(&["导入全部 1 行", "改为不动库中的记录"]);
    taken(&site, &mut mill, &path, "all").await;
    assert_eq!(job(&site, &path).await.report.unwrap().corrected, 1);
}

#[tokio::test]
async fn a_row_is_chosen_by_itself_or_with_all_of_its_kind() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let rows = "Idea,Author,Told on\nfirst,Li,2021-04-01\nLamp,Li,2021-05-01\n";
    let path = handed_in(&mut mill, "other.csv", rows).await;
    let shown = page(&mut mill, &path).await;
    shown.assert_says(&["与库中对照", "不导入（1 行）", "只导入没有错误的 1 行"]);
    assert!(shown.optional_field("row.2").is_some(), "each row can be chosen");
    choose(&mut mill, &path, &[("row.2", "leave")]).await;
    page(&mut mill, &path).await.assert_says(&["选择不导入", "导入全部 1 行"]);
    choose(&mut mill, &path, &[("row.2", ""), ("all.changed", "correct")]).await;
    page(&mut mill, &path).await.assert_says(&["按统一选择：更正库中的记录", "导入全部 2 行"]);
    choose(&mut mill, &path, &[("all.changed", "")]).await;
    page(&mut mill, &path).await.assert_says(&["与库中不同", "只导入没有错误的 1 行"]);
    choose(&mut mill, &path, &[("all.changed", "correct")]).await;
    taken(&site, &mut mill, &path, "all").await;
    let report = job(&site, &path).await.report.unwrap();
    assert_eq!((report.corrected, report.accepted), (1, 1));
}

#[tokio::test]
async fn a_second_click_makes_no_second_import() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let first = mill.upload("one key", "", &[("a.csv", GOOD.as_bytes())]).await.location;
    let second = mill.upload("one key", "", &[("a.csv", GOOD.as_bytes())]).await.location;
    let third = mill.upload("another key", "", &[("a.csv", GOOD.as_bytes())]).await.location;
    assert_eq!(first, second);
    assert_ne!(first, third);
}

#[tokio::test]
async fn several_files_at_once_become_an_import_each() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let files = [("a.csv", GOOD.as_bytes()), ("b.csv", FAULTY.as_bytes())];
    assert_eq!(mill.upload("several", "", &files).await.location, "/imports");
    let mut names: Vec<String> =
        page(&mut mill, "/imports").await.all_with("scope", "row").into_iter().map(Element::text).collect();
    names.sort();
    assert_eq!(names, ["a.csv", "b.csv"]);
}

/// An import that another server has taken and not finished; its address.
async fn running_elsewhere(site: &Site, mill: &mut Visitor<'_>) -> String {
    let path = handed_in(mill, "good.csv", GOOD).await;
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    let now = site.app.now();
    let lease_until = now + SignedDuration::from_mins(1);
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    queue::claim(&mut tx, "import", "another", now, lease_until).await.unwrap().unwrap();
    let row = store::imports::find(&mut tx, id(&path)).await.unwrap().unwrap();
    let running = store::imports::Import { state: "running".to_owned(), done: 1, total: 2, ..row };
    store::imports::advance(&mut tx, &running, "waiting").await.unwrap();
    tx.commit().await.unwrap();
    path
}

#[tokio::test]
async fn nobody_takes_an_import_from_a_server_that_may_be_alive() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = running_elsewhere(&site, &mut mill).await;
    run(&site).await;
    assert_eq!(job(&site, &path).await.state, ImportState::Running);
    page(&mut mill, &path).await.assert_says(&["正在检查：1/2 行"]);
}

#[tokio::test]
async fn a_running_import_is_stopped_on_its_page() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = running_elsewhere(&site, &mut mill).await;
    page(&mut mill, &path).await.assert_says(&["停止导入"]);
    assert_eq!(mill.post(&format!("{path}/stop"), &[]).await.location, path);
    page(&mut mill, &path).await.assert_says(&["已按要求停止，什么都没有存入"]);
    let late = site.another_server(SignedDuration::from_mins(2)).await;
    imports::run_waiting(&late, &testkit::console(&late)).await.unwrap();
    assert_eq!(job(&site, &path).await.state, ImportState::Failed);
    assert_eq!(ideas(&site, MILL).await, 1);
}

/// A web table with a hidden row, under the name of an xls.
const HIDDEN: &str = "<html><table><tr><td>Idea<td>Author<td>Told on</tr>\
    <tr><td>lamp<td>Li<td>2021-04-01</tr><tr style='display:none'><td>pump<td>Li<td>2021-04-01</tr></table>";

#[tokio::test]
async fn hidden_rows_are_asked_about_before_anything_is_imported() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    for (choice, text, count) in [("leave", "（第 3 行）不导入", 2), ("take", "（第 3 行）也在导入之列", 3)]
    {
        let path = handed_in(&mut mill, &format!("{choice}.xls"), HIDDEN).await;
        page(&mut mill, &path)
            .await
            .assert_says(&["表中有 1 行被隐藏或筛掉（第 3 行）", "先按上面的提示处理"]);
        let kind = ("kind", "register:workshop-idea");
        mill.post(&format!("{path}/choices"), &[kind, ("hidden_rows", choice)]).await;
        page(&mut mill, &path).await.assert_says(&[text]);
        mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
        run(&site).await;
        assert_eq!(job(&site, &path).await.state, ImportState::Done, "{choice}");
        assert_eq!(ideas(&site, MILL).await, count, "{choice}");
    }
}

#[tokio::test]
async fn what_a_stopped_server_was_running_is_taken_up() {
    let site = Site::new().await;
    let path = running_elsewhere(&site, &mut site.visitor("mill").await).await;
    let late = site.another_server(SignedDuration::from_mins(2)).await;
    imports::run_waiting(&late, &testkit::console(&late)).await.unwrap();
    assert_eq!(job(&site, &path).await.state, ImportState::Done);
    assert_eq!(ideas(&site, MILL).await, 3);
}

#[tokio::test]
async fn an_import_of_somebody_who_was_disabled_fails() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    app::accounts::set_disabled(&site.app, &testkit::console(&site.app), "mill", true).await.unwrap();
    run(&site).await;
    let mut city = site.visitor("city").await;
    page(&mut city, &path).await.assert_says(&["账户已停用"]);
    assert_eq!(ideas(&site, MILL).await, 1);
}

#[tokio::test]
async fn a_discarded_file_is_gone() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    assert_eq!(mill.post(&format!("{path}/discard"), &[]).await.location, "/imports");
    assert_eq!(mill.post(&format!("{path}/start"), &[("rows", "all")]).await.status, StatusCode::CONFLICT);
    assert_eq!(mill.get(&format!("{path}/faults.xlsx")).await.status, StatusCode::NOT_FOUND);
    run(&site).await;
    assert_eq!(ideas(&site, MILL).await, 1);
}

#[tokio::test]
async fn who_has_not_signed_in_hands_nothing_in() {
    let site = Site::new().await;
    let answer = site.stranger().await.upload("k", "", &[("a.csv", GOOD.as_bytes())]).await;
    assert_eq!(answer.location, "/login");
}

#[tokio::test]
async fn the_form_for_files_carries_its_token() {
    let site = Site::new().await;
    let page = page(&mut site.visitor("mill").await, "/imports/new").await;
    let form = page.all_with("action", "/imports")[0];
    assert_eq!(form.all_with("name", "token").len(), 1);
}

pub(crate) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The smallest compound file that holds an encrypted package, as Excel writes with a password.
fn encrypted() -> Vec<u8> {
    const FREE: u32 = 0xFFFF_FFFF;
    const END: u32 = 0xFFFF_FFFE;
    let mut header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    header.extend([0; 16]);
    header.extend([0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    header.extend([0; 10]);
    for number in [1_u32, 1, 0, 4096, END, 0, END, 0, 0] {
        header.extend(number.to_le_bytes());
    }
    header.resize(512, 0xFF);
    let mut table = Vec::new();
    for number in [0xFFFF_FFFD_u32, END] {
        table.extend(number.to_le_bytes());
    }
    table.resize(512, 0xFF);
    let entry = |name: &str, kind: u8, child: u32| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(entry.len() + 2).unwrap();
        entry.resize(64, 0);
        entry.extend(length.to_le_bytes());
        entry.extend([kind, 1]);
        for number in [FREE, FREE, child] {
            entry.extend(number.to_le_bytes());
        }
        entry.resize(116, 0);
        entry.extend(END.to_le_bytes());
        entry.resize(128, 0);
        entry
    };
    let mut directory = entry("Root Entry", 5, 1);
    directory.extend(entry("EncryptedPackage", 2, FREE));
    directory.resize(512, 0);
    [header, table, directory].concat()
}
