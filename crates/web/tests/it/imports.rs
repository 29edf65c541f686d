//! The walk of a file: handed in, looked at, explained, run; and every way in
//! which it may be refused.

use std::io::{Cursor, Write as _};

use app::imports::{self, State};
use axum::http::StatusCode;
use model::ids::ImportId;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::site::{MILL, REGISTER, Site, Visitor, WORKS, YARD, between, code};

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
    imports::run_waiting(&site.app).await.unwrap();
}

fn id(path: &str) -> ImportId {
    ImportId(path.rsplit('/').next().unwrap().parse().unwrap())
}

async fn job(site: &Site, path: &str) -> imports::Job {
    imports::find(&site.app, &testkit::console(), id(path)).await.unwrap()
}

async fn ideas(site: &Site, unit: model::ids::UnitId) -> usize {
    let mut tx = site.app.db.read(site.app.region).await.unwrap();
    store::facts::list_of_unit(&mut tx, unit, REGISTER).await.unwrap().len()
}

#[tokio::test]
async fn a_good_file_is_taken_whole() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    let page = mill.get(&path).await.text();
    assert!(page.contains("导入全部 2 行"), "{page}");
    assert!(!page.contains("只导入没有错误的"));
    assert_eq!(ideas(&site, MILL).await, 1, "looking stores nothing");
    assert_eq!(mill.post(&format!("{path}/start"), &[("rows", "all")]).await.location, path);
    assert!(
        mill.get(&path).await.text().contains("hx-trigger=\"every 2s\""),
        "the page asks again while it works"
    );
    run(&site).await;
    let page = mill.get(&path).await.text();
    assert!(page.contains("已入库") && page.contains(&format!("/units/{}/figures", code(MILL))), "{page}");
    assert!(!page.contains("hx-trigger=\"every"), "and stops asking then");
    assert_eq!(ideas(&site, MILL).await, 3);
    let list = mill.get("/imports").await.text();
    assert!(list.contains("good.csv") && list.contains("已导入"), "{list}");

    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run(&site).await;
    assert_eq!(ideas(&site, MILL).await, 3, "started twice, taken once");
}

#[tokio::test]
async fn of_a_file_with_faults_the_good_rows_are_taken_when_asked_for() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "faulty.csv", FAULTY).await;
    let page = mill.get(&path).await.text();
    assert!(page.contains("只导入没有错误的 1 行") && !page.contains("导入全部"), "{page}");
    assert!(
        page.contains(">B3<") && page.contains(">C4<") && page.contains("2021-02-30"),
        "cells are named: {page}"
    );
    let faults = mill.get(&format!("{path}/faults.xlsx")).await;
    assert_eq!(faults.status, StatusCode::OK);
    assert!(faults.bytes.starts_with(b"PK"), "an xlsx");
    for language in ["zh", "en"] {
        mill.reads(language);
        let faults = mill.get(&format!("{path}/faults.xlsx")).await;
        let again = mill.upload(language, "", &[("faults.xlsx", &faults.bytes)]).await.location;
        mill.reads("zh");
        let page = mill.get(&again).await.text();
        assert!(
            page.contains("只导入没有错误的 1 行"),
            "the file that came back is read like the first: {page}"
        );
    }

    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run(&site).await;
    assert_eq!(ideas(&site, MILL).await, 1, "not all rows are good, so none was taken");
    assert!(mill.get(&path).await.text().contains("没有入库"));
    assert_eq!(mill.post(&format!("{path}/reopen"), &[]).await.location, path);
    mill.post(&format!("{path}/start"), &[("rows", "good")]).await;
    run(&site).await;
    assert_eq!(ideas(&site, MILL).await, 2);
    assert!(mill.get(&path).await.text().contains(">C4<"), "the result still names what was refused");
}

#[tokio::test]
async fn an_unknown_column_is_explained_once() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "unknown.csv", UNKNOWN).await;
    let page = mill.get(&path).await.text();
    assert!(
        page.contains("How it went") && page.contains("没有认出") && !page.contains("导入全部"),
        "{page}"
    );

    let twice = [
        ("kind", "register:workshop-idea"),
        ("title.0", "Idea"),
        ("was.0", "title"),
        ("field.0", "title"),
        ("title.1", "Author"),
        ("was.1", "author"),
        ("field.1", "title"),
    ];
    let refused = mill.post(&format!("{path}/choices"), &twice).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("对应了两列"));

    let said = [
        ("kind", "register:workshop-idea"),
        ("title.0", "How it went"),
        ("was.0", "?"),
        ("field.0", "outcome"),
    ];
    assert_eq!(mill.post(&format!("{path}/choices"), &said).await.location, path);
    let page = mill.get(&path).await.text();
    assert!(page.contains("导入全部 1 行"), "{page}");
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run(&site).await;
    assert_eq!(ideas(&site, MILL).await, 2);

    let next = handed_in(&mut mill, "next.csv", &UNKNOWN.replace("Wheel", "Crane")).await;
    let page = mill.get(&next).await.text();
    assert!(page.contains("导入全部 1 行") && page.contains("已按上次的对应关系选好"), "{page}");
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
        let answer = mill.upload(name, "", &[(name, &bytes), ("good.csv", GOOD.as_bytes())]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        let page = answer.text();
        assert!(page.contains(why) && page.contains(name), "{name}: {page}");
        assert!(page.contains("以下文件已上传"), "the good file beside it is taken: {page}");
    }
    let none = mill.upload("none", "", &[("", b"")]).await;
    assert!(none.text().contains("没有选择文件"), "{}", none.text());
}

#[tokio::test]
async fn a_file_of_another_form_is_not_mistaken() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let answer = mill.upload("wrong", "annual", &[("good.csv", GOOD.as_bytes())]).await;
    let page = mill.get(&answer.location).await.text();
    assert!(page.contains("找不到表头") && !page.contains("导入全部"), "{page}");
    mill.post(&format!("{}/choices", answer.location), &[("kind", "register:workshop-idea")]).await;
    assert!(mill.get(&answer.location).await.text().contains("导入全部 2 行"));
    let unknown = mill.post(&format!("{}/choices", answer.location), &[("kind", "register:nothing")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn rows_of_foreign_units_are_refused() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let text = format!(
        "Unit code,Idea,Author,Told on\n{},A,Li,2021-05-01\n{},B,Li,2021-05-01\n",
        code(MILL),
        code(YARD)
    );
    let path = handed_in(&mut mill, "units.csv", &text).await;
    let page = mill.get(&path).await.text();
    assert!(page.contains("不在您管理的范围内") && page.contains("只导入没有错误的 1 行"), "{page}");
    mill.post(&format!("{path}/start"), &[("rows", "good")]).await;
    run(&site).await;
    assert_eq!((ideas(&site, MILL).await, ideas(&site, YARD).await), (2, 1));

    let mut district = site.visitor("district").await;
    let path = handed_in(&mut district, "none.csv", GOOD).await;
    assert!(
        district.get(&path).await.text().contains("name=\"unit\""),
        "somebody must say whose rows they are"
    );
    let foreign = district
        .post(&format!("{path}/choices"), &[("kind", "register:workshop-idea"), ("unit", "Yard")])
        .await;
    assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY, "a foreign unit does not exist");
    let own = district
        .post(&format!("{path}/choices"), &[("kind", "register:workshop-idea"), ("unit", "Works")])
        .await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
    district.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run(&site).await;
    assert_eq!(ideas(&site, WORKS).await, 3);
}

#[tokio::test]
async fn stored_records_are_corrected_by_explicit_choice() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "other.csv", "Idea,Author,Told on\nfirst,Li,2021-04-01\n").await;
    let page = mill.get(&path).await.text();
    assert!(page.contains("与库中不同") && page.contains("以本文件为准，更正库中的 1 条记录"), "{page}");
    mill.post(&format!("{path}/choices"), &[("kind", "register:workshop-idea"), ("correct_stored", "yes")])
        .await;
    let page = mill.get(&path).await.text();
    assert!(page.contains("导入全部 1 行") && page.contains("改为不动库中的记录"), "{page}");
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run(&site).await;
    assert_eq!(job(&site, &path).await.report.unwrap().corrected, 1);
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
    let several = mill.upload("k", "", &[("a.csv", GOOD.as_bytes()), ("b.csv", FAULTY.as_bytes())]).await;
    assert_eq!(several.location, "/imports");
    assert_eq!(mill.get("/imports").await.text().matches("class=\"file\"").count(), 4);
}

#[tokio::test]
async fn a_stopped_server_takes_up_what_was_running() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    // As if the server had stopped in the middle.
    let mut tx = site.app.db.write(site.app.region).await.unwrap();
    let row = store::imports::find(&mut tx, id(&path)).await.unwrap().unwrap();
    let running = store::imports::Import { state: "running".to_owned(), done: 1, total: 2, ..row };
    store::imports::advance(&mut tx, &running, "waiting").await.unwrap();
    tx.commit().await.unwrap();
    run(&site).await;
    assert_eq!(
        job(&site, &path).await.state,
        State::Running,
        "nobody takes it from a server that may be alive"
    );
    assert!(mill.get(&path).await.text().contains("正在检查：1/2 行"));
    imports::resume(&site.app).await.unwrap();
    run(&site).await;
    assert_eq!(job(&site, &path).await.state, State::Done);
    assert_eq!(ideas(&site, MILL).await, 3);
}

#[tokio::test]
async fn an_import_of_somebody_who_was_disabled_fails() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = handed_in(&mut mill, "good.csv", GOOD).await;
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    app::accounts::set_disabled(&site.app, &testkit::console(), "mill", true).await.unwrap();
    run(&site).await;
    let mut city = site.visitor("city").await;
    assert!(city.get(&path).await.text().contains("账户已停用"));
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
async fn a_form_without_its_token_is_refused() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let mut stranger = site.stranger().await;
    let answer = stranger.upload("k", "", &[("a.csv", GOOD.as_bytes())]).await;
    assert_eq!(answer.location, "/login", "who has not signed in does that first");
    let page = mill.get("/imports/new").await.text();
    assert!(
        between(&page, "<form method=\"post\" action=\"/imports\"", "</form>")
            .unwrap()
            .contains("name=\"token\"")
    );
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
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
