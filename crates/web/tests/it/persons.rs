//! Personal numbers on the page, workers' files, the log, shared claims.

use app::records;
use axum::http::StatusCode;
use model::ids::{RecordId, UnitId};

use crate::{
    page::Element,
    site::{CITY, MILL, REGISTER, Site, Visitor, YARD, code, idea_of},
};

/// Nobody's ID number, and how it is shown.
const NUMBER: &str = "210202198001010008";
const MASKED: &str = "210202********0008";

async fn entered(site: &Site, unit: UnitId) -> RecordId {
    records::create(&site.app, &testkit::console(&site.app), REGISTER, unit, idea_of("夹具", NUMBER))
        .await
        .unwrap()
}

async fn record(visitor: &mut Visitor<'_>, id: RecordId) -> Element {
    visitor.get(&format!("/records/{id}")).await.page()
}

#[tokio::test]
async fn numbers_are_masked() {
    let site = Site::new().await;
    let id = entered(&site, MILL).await;
    let page = record(&mut site.visitor("mill").await, id).await;
    page.assert_says(&[MASKED]);
    page.assert_lacks(&[NUMBER]);
}

#[tokio::test]
async fn numbers_are_not_shown_without_a_reason() {
    let site = Site::new().await;
    let id = entered(&site, MILL).await;
    let answer = site.visitor("mill").await.post(&format!("/records/{id}/numbers"), &[("reason", " ")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.text().contains(NUMBER));
    answer.page().assert_says(&["没有填写"]);
}

#[tokio::test]
async fn numbers_are_shown_once_for_a_reason() {
    let site = Site::new().await;
    let id = entered(&site, MILL).await;
    let mut mill = site.visitor("mill").await;
    let shown = mill.post(&format!("/records/{id}/numbers"), &[("reason", "核对证书")]).await;
    assert_eq!(shown.status, StatusCode::OK);
    shown.page().assert_says(&[NUMBER]);
    assert_eq!(shown.headers.get("cache-control").unwrap(), "no-store");
    assert!(!mill.get(&format!("/records/{id}")).await.text().contains(NUMBER));
}

#[tokio::test]
async fn who_has_seen_numbers_stands_at_the_record_and_in_the_log() {
    let site = Site::new().await;
    let id = entered(&site, MILL).await;
    let mut mill = site.visitor("mill").await;
    mill.post(&format!("/records/{id}/numbers"), &[("reason", "核对证书")]).await;
    record(&mut mill, id).await.assert_says(&["查看号码：核对证书"]);
    site.visitor("city").await.get("/unmask-log").await.page().assert_says(&["核对证书", "mill"]);
}

/// The address of the file of the person with this number.
async fn file(visitor: &mut Visitor<'_>) -> String {
    let found = visitor.post("/persons", &[("number", NUMBER)]).await;
    assert_eq!(found.status, StatusCode::SEE_OTHER);
    found.location
}

#[tokio::test]
async fn a_worker_is_found_by_number_and_the_address_does_not_tell_it() {
    let site = Site::new().await;
    entered(&site, MILL).await;
    let mut mill = site.visitor("mill").await;
    let path = file(&mut mill).await;
    assert!(path.starts_with("/persons/") && !path.contains("2102"), "{path}");
}

#[tokio::test]
async fn what_is_no_number_finds_nobody() {
    let site = Site::new().await;
    let wrong = site.visitor("mill").await.post("/persons", &[("number", "123")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_file_holds_no_word_of_foreign_units() {
    let site = Site::new().await;
    entered(&site, MILL).await;
    entered(&site, YARD).await;
    let mut mill = site.visitor("mill").await;
    let path = file(&mut mill).await;
    mill.get(&path).await.page().assert_says(&["共 1 条记录"]);
}

#[tokio::test]
async fn a_worker_is_found_by_name_and_unit() {
    let site = Site::new().await;
    entered(&site, MILL).await;
    let mut mill = site.visitor("mill").await;
    let path = file(&mut mill).await;
    let named = mill.post("/persons", &[("name", "Li"), ("unit", "Mill")]).await.page();
    assert!(named.leads_to(&path), "{:?}", named.links());
}

#[tokio::test]
async fn a_worker_is_corrected() {
    let site = Site::new().await;
    entered(&site, MILL).await;
    let mut mill = site.visitor("mill").await;
    let path = file(&mut mill).await;
    let done = mill.post(&format!("{path}/correct"), &[("name", "Li Li"), ("reason", "写错")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    mill.get(&done.location).await.page().assert_says(&["Li Li", "已更正 1 条记录"]);
}

#[tokio::test]
async fn a_wrong_correction_of_a_worker_keeps_what_was_typed() {
    let site = Site::new().await;
    entered(&site, MILL).await;
    let mut mill = site.visitor("mill").await;
    let path = file(&mut mill).await;
    let refused = mill.post(&format!("{path}/correct"), &[("number", "123"), ("reason", "写错")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.page();
    let reason = page.all("form").iter().find(|form| form.attribute("action").ends_with("/correct")).copied();
    assert_eq!(reason.unwrap().field("reason").value(), "写错");
}

/// Removes the worker of a record; the address that this leads to.
async fn removed(visitor: &mut Visitor<'_>) -> String {
    let path = file(visitor).await;
    let removed = visitor.post(&format!("{path}/remove"), &[("reason", "本人要求")]).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    removed.location
}

#[tokio::test]
async fn a_worker_who_was_removed_has_no_name() {
    let site = Site::new().await;
    entered(&site, MILL).await;
    let mut mill = site.visitor("mill").await;
    let path = removed(&mut mill).await;
    let page = mill.get(&path).await.page();
    page.assert_says(&["已删除"]);
    page.assert_lacks(&[MASKED, "~~"]);
}

#[tokio::test]
async fn a_record_of_a_removed_worker_says_so_on_page_and_form() {
    let site = Site::new().await;
    let id = entered(&site, MILL).await;
    let mut mill = site.visitor("mill").await;
    removed(&mut mill).await;
    let page = record(&mut mill, id).await;
    page.assert_says(&["已删除"]);
    page.assert_lacks(&["~~"]);
    let form = mill.get(&format!("/records/{id}/correct")).await.page();
    assert_eq!(form.field("field.author").value(), "已删除");
    assert!(form.fields().iter().all(|field| !field.value().contains("~~")));
}

#[tokio::test]
async fn a_unit_is_told_who_else_claims_its_record_without_seeing_the_others() {
    let site = Site::new().await;
    let mine = entered(&site, MILL).await;
    let theirs = entered(&site, YARD).await;
    let page = record(&mut site.visitor("mill").await, mine).await;
    page.assert_says(&["2 个单位申报了同一金点子", "Yard"]);
    assert!(!page.leads_to(&format!("/records/{theirs}")));
}

#[tokio::test]
async fn a_unit_sees_the_list_of_what_others_claim_too() {
    let site = Site::new().await;
    entered(&site, MILL).await;
    entered(&site, YARD).await;
    let page = site.visitor("mill").await.get(&format!("/units/{}/duplicates", code(MILL))).await.page();
    page.assert_says(&["Yard", "上级只计一次"]);
}

#[tokio::test]
async fn the_office_above_is_led_to_every_claim() {
    let site = Site::new().await;
    entered(&site, MILL).await;
    let theirs = entered(&site, YARD).await;
    let page = site.visitor("city").await.get(&format!("/units/{}/duplicates", code(CITY))).await.page();
    assert!(page.leads_to(&format!("/records/{theirs}")), "{:?}", page.links());
}
