//! A register taken home as a file and brought back.

use app::{imports::run_waiting, records};
use axum::http::{StatusCode, header};
use jiff::civil::date;
use model::{ids::UnitId, value::Value};

use crate::{
    imports::handed_in,
    page::Element,
    site::{DISTRICT, MILL, REGISTER, Site, Visitor, YARD, code, idea},
};

fn register(unit: UnitId) -> String {
    format!("/units/{}/registers/{REGISTER}", code(unit))
}

fn file(unit: UnitId, name: &str) -> String {
    format!("{}/{name}", register(unit))
}

/// What is handed out of a register, by name and first bytes.
const FILES: [(&str, &[u8]); 3] =
    [("template.xlsx", b"PK"), ("export.xlsx", b"PK"), ("export.csv", "\u{feff}".as_bytes())];

#[tokio::test(flavor = "multi_thread")]
async fn a_list_leads_to_the_files_of_its_register() {
    let site = Site::new().await;
    let list = site.visitor("mill").await.get(&register(MILL)).await.page();
    for (name, _) in FILES {
        let links = list.all_with("href", &file(MILL, name));
        assert!(links.iter().any(|link| link.has("download")), "{name}: {:?}", list.links());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_handed_out_under_the_name_of_its_unit() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    for (name, start) in FILES {
        let answer = mill.get(&file(MILL, name)).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        let extension = name.rsplit('.').next().unwrap();
        assert!(
            disposition.starts_with(&format!("attachment; filename=\"jiangong.{extension}\"")),
            "{disposition}"
        );
        assert!(disposition.contains("filename*=UTF-8''Mill-"), "{disposition}");
        assert!(answer.bytes.starts_with(start), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_is_not_handed_out_to_those_who_may_not_see_it() {
    let site = Site::new().await;
    let (mut mill, mut viewer) = (site.visitor("mill").await, site.visitor("viewer").await);
    for (name, _) in FILES {
        assert_eq!(mill.get(&file(YARD, name)).await.status, StatusCode::NOT_FOUND, "a foreign unit");
        assert_eq!(viewer.get(&file(DISTRICT, name)).await.status, StatusCode::FORBIDDEN, "a viewer");
    }
    assert_eq!(mill.get(&file(MILL, "export.pdf")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_holds_the_records_of_a_unit_and_those_below() {
    let site = Site::new().await;
    for (login, unit, expected) in [("mill", MILL, 1), ("district", DISTRICT, 2)] {
        let csv = site.visitor(login).await.get(&file(unit, "export.csv")).await.text();
        assert_eq!(csv.matches("first,Li").count(), expected, "{login}: {csv}");
    }
}

/// Takes the register home, edits a text and brings it back; the address of the import.
async fn edited(mill: &mut Visitor<'_>, from: &str, to: &str) -> String {
    let csv = mill.get(&file(MILL, "export.csv")).await.text();
    handed_in(mill, "edited.csv", &csv.replace(from, to)).await
}

/// What is marked as taken out and as put in.
fn changes(page: &Element) -> [Vec<String>; 2] {
    let changes = page.part("changes");
    ["del", "ins"].map(|name| changes.all(name).into_iter().map(Element::text).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_nobody_has_edited_changes_nothing() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = edited(&mut mill, "", "").await;
    let page = mill.get(&path).await.page();
    page.assert_says(&["文件与库中完全一致"]);
    assert!(page.all_with("name", "rows").is_empty(), "there is nothing to start: {:?}", page.buttons());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_edited_is_shown_before_it_is_taken() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = edited(&mut mill, "2021-03-01", "2021-04-05").await;
    let page = mill.get(&path).await.page();
    assert_eq!(changes(&page), [["2021-03-01"], ["2021-04-05"]]);
    page.assert_says(&["提出日期", "导入全部 1 行"]);
    assert!(page.all_with("name", "correct_stored").is_empty(), "a file of ours needs no further choice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_edited_is_shown_after_it_was_taken() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = edited(&mut mill, "2021-03-01", "2021-04-05").await;
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run_waiting(&site.app, &testkit::console(&site.app)).await.unwrap();
    for (language, sentence) in [("zh", "已更正的内容"), ("en", "Content that was corrected")] {
        mill.reads(language);
        let page = mill.get(&path).await.page();
        page.assert_says(&[sentence]);
        assert_eq!(changes(&page)[1], ["2021-04-05"]);
    }
}

/// An edited file, and somebody who has corrected the same record meanwhile; the address of the import.
async fn conflict(site: &Site, mill: &mut Visitor<'_>) -> String {
    let console = testkit::console(&site.app);
    records::create(&site.app, &console, REGISTER, MILL, idea("second")).await.unwrap();
    let csv = mill.get(&file(MILL, "export.csv")).await.text();
    let mut values = idea("first");
    values.insert("told_on".to_owned(), Value::Date(date(2021, 5, 9)));
    records::correct(&site.app, &console, site.facts[&MILL], 1, values).await.unwrap();
    handed_in(mill, "edited.csv", &csv.replace("2021-03-01", "2021-04-05")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_has_changed_meanwhile_is_told() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = conflict(&site, &mut mill).await;
    let page = mill.get(&path).await.page();
    page.assert_says(&["与他人改动冲突", "2021-05-09", "跳过这 1 行，导入其余各行"]);
    page.assert_lacks(&["导入全部"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_has_changed_is_left_out_when_asked() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = conflict(&site, &mut mill).await;
    let choice = [("kind", "register:workshop-idea"), ("skip_conflicts", "yes")];
    mill.post(&format!("{path}/choices"), &choice).await;
    mill.get(&path).await.page().assert_says(&["将跳过与他人改动冲突的 1 行", "导入全部 1 行"]);
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run_waiting(&site.app, &testkit::console(&site.app)).await.unwrap();
    let found = records::find(&site.app, &testkit::console(&site.app), site.facts[&MILL]).await.unwrap();
    assert_eq!(found.version, 2, "what was stored stays");
    mill.get(&path).await.page().assert_says(&["已入库"]);
}
