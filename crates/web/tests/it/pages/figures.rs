//! Pages of figures.

use super::{figures, unit};
use crate::{
    site::{CITY, DISTRICT, MILL, OTHER, Site, code},
    snapshots::check,
};

/// A page of figures, as the city office sees it.
async fn check_figures(name: &str, path: &str) {
    check(name, &Site::new().await, "city", path).await;
}

#[tokio::test]
async fn dashboard() {
    check_figures("dashboard", &figures(CITY, "")).await;
}

#[tokio::test]
async fn dashboard_of_an_enterprise() {
    check("dashboard_of_an_enterprise", &Site::new().await, "mill", &figures(MILL, "?year=2021")).await;
}

#[tokio::test]
async fn dashboard_as_a_table() {
    check_figures("dashboard_as_a_table", &figures(CITY, "?view=table&year=2021")).await;
}

#[tokio::test]
async fn dashboard_of_one_state() {
    check_figures("dashboard_of_one_state", &figures(CITY, "?state=behind")).await;
}

#[tokio::test]
async fn dashboard_up_to_a_month() {
    check_figures("dashboard_up_to_a_month", &figures(CITY, "?through=2021-06")).await;
}

#[tokio::test]
async fn indicator_that_grows() {
    check_figures("indicator_that_grows", &figures(CITY, "/2.1?year=2021")).await;
}

#[tokio::test]
async fn indicator_that_counts() {
    check_figures("indicator_that_counts", &figures(CITY, "/1.1?through=2022-06")).await;
}

#[tokio::test]
async fn ranking() {
    check_figures("ranking", &format!("{}/ranking?by=2.1&year=2021", unit(CITY))).await;
}

#[tokio::test]
async fn grid() {
    check_figures("grid", &format!("{}/grid?by=2.1&through=2021-06", unit(CITY))).await;
}

#[tokio::test]
async fn comparison() {
    let path = format!("{}/comparison?unit={}&unit={}", unit(CITY), code(DISTRICT), code(OTHER));
    check_figures("comparison", &path).await;
}
