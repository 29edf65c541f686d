//! Personal numbers on the page, workers' files, the log, shared claims.

use app::facts;
use axum::http::StatusCode;
use model::{ids::FactId, value::Value};

use crate::site::{CITY, MILL, REGISTER, Site, YARD, between, code, idea};

const NUMBER: &str = "210202198001010008";

fn main(page: &str) -> &str {
    between(page, "<main", "</main>").unwrap_or(page)
}

async fn entered(site: &Site, unit: model::ids::UnitId, title: &str) -> FactId {
    let mut values = idea(title);
    values.insert("id_number".to_owned(), Value::Text(NUMBER.to_owned()));
    facts::create(&site.app, &testkit::console(), REGISTER, unit, values).await.unwrap()
}

#[tokio::test]
async fn numbers_are_masked_and_shown_once_for_a_reason() {
    let site = Site::new().await;
    let id = entered(&site, MILL, "夹具").await;
    let mut mill = site.visitor("mill").await;
    let page = mill.get(&format!("/facts/{id}")).await.text();
    assert!(main(&page).contains("210202********0008") && !page.contains(NUMBER), "{}", main(&page));
    let path = format!("/facts/{id}/numbers");
    let without = mill.post(&path, &[("reason", " ")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!without.text().contains(NUMBER) && without.text().contains("没有填写"));
    let shown = mill.post(&path, &[("reason", "核对证书")]).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.text().contains(NUMBER), "{}", main(&shown.text()));
    assert_eq!(shown.headers.get("cache-control").unwrap(), "no-store");
    let after = mill.get(&format!("/facts/{id}")).await.text();
    assert!(!after.contains(NUMBER) && main(&after).contains("查看号码：核对证书"), "{}", main(&after));
    let mut city = site.visitor("city").await;
    let log = city.get("/privacy/log").await.text();
    assert!(main(&log).contains("核对证书") && main(&log).contains("mill"), "{}", main(&log));
}

#[tokio::test]
async fn a_worker_is_found_corrected_and_removed() {
    let site = Site::new().await;
    entered(&site, MILL, "夹具").await;
    entered(&site, YARD, "夹具").await;
    let mut mill = site.visitor("mill").await;
    let wrong = mill.post("/persons", &[("number", "123")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let found = mill.post("/persons", &[("number", NUMBER)]).await;
    assert_eq!(found.status, StatusCode::SEE_OTHER);
    assert!(
        found.location.starts_with("/persons/") && !found.location.contains("2102"),
        "{}",
        found.location
    );
    let file = mill.get(&found.location).await.text();
    assert!(main(&file).contains("共 1 条记录"), "no word of the yard: {}", main(&file));
    let named = mill.post("/persons", &[("name", "Li"), ("unit", "Mill")]).await.text();
    assert!(main(&named).contains(&found.location), "{}", main(&named));
    let correct = format!("{}/correct", found.location);
    let refused = mill.post(&correct, &[("number", "123"), ("reason", "写错")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("value=\"写错\""), "what was typed is kept");
    let done = mill.post(&correct, &[("name", "Li Li"), ("reason", "写错")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let file = mill.get(&done.location).await.text();
    assert!(main(&file).contains("Li Li") && main(&file).contains("已更正 1 条记录"), "{}", main(&file));
    let removed = mill.post(&format!("{}/remove", found.location), &[("reason", "本人要求")]).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    let file = mill.get(&removed.location).await.text();
    assert!(main(&file).contains("已删除") && !file.contains("Li Li"), "{}", main(&file));
    let fact = between(main(&file), "href=\"/facts/", "\"").unwrap().rsplit('/').next().unwrap().to_owned();
    let page = mill.get(&format!("/facts/{fact}")).await.text();
    assert!(main(&page).contains("已删除") && !main(&page).contains("~~"), "{}", main(&page));
    let form = mill.get(&format!("/facts/{fact}/correct")).await.text();
    assert!(main(&form).contains("value=\"已删除\"") && !main(&form).contains("~~"), "{}", main(&form));
}

#[tokio::test]
async fn both_units_see_what_they_claim() {
    let site = Site::new().await;
    let mine = entered(&site, MILL, "夹具").await;
    let theirs = entered(&site, YARD, "夹具").await;
    let mut mill = site.visitor("mill").await;
    let page = mill.get(&format!("/facts/{mine}")).await.text();
    assert!(
        main(&page).contains("2 个单位申报了同一金点子") && main(&page).contains("Yard"),
        "{}",
        main(&page)
    );
    assert!(!main(&page).contains(&format!("/facts/{theirs}\"")), "the other's record is not his");
    let list = mill.get(&format!("/units/{}/duplicates", code(MILL))).await.text();
    assert!(main(&list).contains("Yard") && main(&list).contains("上级只计一次"), "{}", main(&list));
    let mut city = site.visitor("city").await;
    let list = city.get(&format!("/units/{}/duplicates", code(CITY))).await.text();
    assert!(main(&list).contains(&format!("/facts/{theirs}\"")), "{}", main(&list));
}
