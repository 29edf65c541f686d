//! Pages about units.

use super::unit;
use crate::{
    site::{CITY, MILL, OTHER, Site, WORKS, code},
    snapshots::{check, check_answers, check_part},
};

#[tokio::test]
async fn tree() {
    check("tree", &Site::new().await, "city", "/units").await;
}

#[tokio::test]
async fn units_found() {
    check("units_found", &Site::new().await, "city", "/units/search?q=Mill").await;
}

#[tokio::test]
async fn units_not_found() {
    check("units_not_found", &Site::new().await, "city", "/units/search?q=nowhere").await;
}

#[tokio::test]
async fn unit_page() {
    check("unit_page", &Site::new().await, "city", &unit(MILL)).await;
}

#[tokio::test]
async fn units_below() {
    let site = Site::new().await;
    check_part("units_below", &site, "city", &format!("{}/below", unit(CITY))).await;
}

#[tokio::test]
async fn unit_options() {
    let site = Site::new().await;
    check_part("unit_options", &site, "city", "/unit-options?of=unit&unit=Mi").await;
}

#[tokio::test]
async fn new_unit() {
    let site = Site::new().await;
    check("new_unit", &site, "city", &format!("/units/new?unit={}", code(OTHER))).await;
}

#[tokio::test]
async fn new_unit_refused() {
    let site = Site::new().await;
    let fields = [("code", ""), ("name", "New"), ("unit", "Nowhere"), ("field.registration", "nonsense")];
    check_answers("new_unit_refused", &site, "city", async |city| city.post("/units", &fields).await).await;
}

/// The form for a change of units, and the question that it leads to.
async fn check_change([form, question]: [&str; 2], change: &str, query: &str) {
    let site = Site::new().await;
    let path = format!("{}/changes/{change}", unit(WORKS));
    check(form, &site, "city", &path).await;
    check(question, &site, "city", &format!("{path}?look=1&{query}")).await;
}

#[tokio::test]
async fn unit_rename() {
    check_change(["unit_rename", "unit_rename_question"], "rename", "name=New&until=2026-02-28").await;
}

#[tokio::test]
async fn unit_move() {
    check_change(["unit_move", "unit_move_question"], "move", &format!("unit={}&from=2022-07", code(OTHER)))
        .await;
}

#[tokio::test]
async fn unit_guide() {
    check_change(
        ["unit_guide", "unit_guide_question"],
        "guide",
        &format!("unit={}&from=2022-07", code(OTHER)),
    )
    .await;
}

#[tokio::test]
async fn unit_merge() {
    check_change(
        ["unit_merge", "unit_merge_question"],
        "merge",
        &format!("unit={}&from=2020-07", code(MILL)),
    )
    .await;
}

#[tokio::test]
async fn unit_close() {
    check_change(["unit_close", "unit_close_question"], "close", "from=2020-07").await;
}

#[tokio::test]
async fn unit_change_refused() {
    let site = Site::new().await;
    let path = format!("{}/changes/move?look=1&unit=Nowhere&from=July", unit(MILL));
    check("unit_change_refused", &site, "city", &path).await;
}
