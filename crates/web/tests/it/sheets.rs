//! A register taken home as a file and brought back.

use app::{facts, imports::run_waiting};
use axum::http::{StatusCode, header};
use jiff::civil::date;
use model::value::Value;

use crate::{
    imports::handed_in,
    site::{DISTRICT, MILL, REGISTER, Site, YARD, between, code, idea},
};

fn file(unit: model::ids::UnitId, name: &str) -> String {
    format!("/units/{}/registers/{REGISTER}/{name}", code(unit))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_is_handed_out_to_those_who_may_see_it() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let list = mill.get(&format!("/units/{}/registers/{REGISTER}", code(MILL))).await.text();
    for name in ["template.xlsx", "export.xlsx", "export.csv"] {
        assert!(list.contains(&format!("href=\"{}\" download", file(MILL, name))), "{name}: {list}");
        let answer = mill.get(&file(MILL, name)).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        let extension = name.rsplit('.').next().unwrap();
        assert!(
            disposition.starts_with(&format!("attachment; filename=\"jiangong.{extension}\"")),
            "{disposition}"
        );
        assert!(disposition.contains("filename*=UTF-8''Mill-"), "{disposition}");
        let starts: &[u8] = if extension == "csv" { "\u{feff}".as_bytes() } else { b"PK" };
        assert!(answer.bytes.starts_with(starts), "{name}");
        assert_eq!(mill.get(&file(YARD, name)).await.status, StatusCode::NOT_FOUND, "a foreign unit");
        let mut viewer = site.visitor("viewer").await;
        assert_eq!(viewer.get(&file(DISTRICT, name)).await.status, StatusCode::FORBIDDEN, "a viewer");
    }
    let csv = mill.get(&file(MILL, "export.csv")).await.text();
    assert_eq!(csv.matches("first,Li").count(), 1, "{csv}");
    let district = site.visitor("district").await.get(&file(DISTRICT, "export.csv")).await.text();
    assert_eq!(district.matches("first,Li").count(), 2, "Mill and Works: {district}");
    assert_eq!(mill.get(&file(MILL, "export.pdf")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_edited_is_shown_before_it_is_taken() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let csv = mill.get(&file(MILL, "export.csv")).await.text();
    let path = handed_in(&mut mill, "same.csv", &csv).await;
    let page = mill.get(&path).await.text();
    assert!(page.contains("文件与库中完全一致") && !page.contains("name=\"rows\""), "{page}");

    let path = handed_in(&mut mill, "edited.csv", &csv.replace("2021-03-01", "2021-04-05")).await;
    let page = mill.get(&path).await.text();
    let changes = between(&page, "id=\"changes\"", "</section>").unwrap();
    assert!(
        changes.contains("<del>2021-03-01</del>") && changes.contains("<ins>2021-04-05</ins>"),
        "{changes}"
    );
    assert!(changes.contains("提出日期") && page.contains("导入全部 1 行"), "{page}");
    assert!(!page.contains("correct_stored"), "a file of ours needs no further choice: {page}");
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run_waiting(&site.app).await.unwrap();
    let page = mill.get(&path).await.text();
    assert!(page.contains("已更正的内容") && page.contains("<ins>2021-04-05</ins>"), "{page}");
    mill.reads("en");
    assert!(mill.get(&path).await.text().contains("What was corrected"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_has_changed_is_left_out_when_asked() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let console = testkit::console();
    facts::create(&site.app, &console, REGISTER, MILL, idea("second")).await.unwrap();
    let csv = mill.get(&file(MILL, "export.csv")).await.text();
    let mut stated = idea("first");
    stated.insert("told_on".to_owned(), Value::Date(date(2021, 5, 9)));
    facts::correct(&site.app, &console, site.facts[&MILL], 1, stated).await.unwrap();
    let path = handed_in(&mut mill, "edited.csv", &csv.replace("2021-03-01", "2021-04-05")).await;
    let page = mill.get(&path).await.text();
    assert!(page.contains("与他人改动冲突") && page.contains("2021-05-09"), "both are told: {page}");
    assert!(page.contains("跳过这 1 行，导入其余各行") && !page.contains("导入全部"), "{page}");
    let choice = [("kind", "register:workshop-idea"), ("skip_conflicts", "yes")];
    mill.post(&format!("{path}/choices"), &choice).await;
    let page = mill.get(&path).await.text();
    assert!(page.contains("将跳过与他人改动冲突的 1 行") && page.contains("导入全部 1 行"), "{page}");
    mill.post(&format!("{path}/start"), &[("rows", "all")]).await;
    run_waiting(&site.app).await.unwrap();
    let found = facts::find(&site.app, &console, site.facts[&MILL]).await.unwrap();
    assert_eq!(found.version, 2, "what was stored stays");
    assert!(mill.get(&path).await.text().contains("已入库"));
}
