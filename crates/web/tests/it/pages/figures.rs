//! Pages of figures.

use std::collections::BTreeMap;

use app::records;
use axum::http::StatusCode;
use model::value::Value;
use testkit::console;

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

/// A site where the mill has stated ideas for a quarter and for a union statistical year.
async fn site_with_statements() -> Site {
    let site = Site::new().await;
    for (form, period, ideas) in [("quarterly", "2021-Q3", 40), ("union-survey", "U2022", 300)] {
        let values = [
            ("period".to_owned(), Value::Text(period.to_owned())),
            ("unlisted_ideas".to_owned(), Value::Integer(ideas)),
        ];
        let (app, ctx) = (&site.app, console(&site.app));
        records::create(app, &ctx, form, MILL, BTreeMap::from(values)).await.unwrap();
    }
    site.app.fold(&console(&site.app)).await.unwrap();
    site
}

#[tokio::test]
async fn dashboard_of_a_quarter() {
    let path = figures(CITY, "?period=2022-Q1");
    check("dashboard_of_a_quarter", &site_with_statements().await, "city", &path).await;
}

#[tokio::test]
async fn indicator_of_a_union_year() {
    let path = figures(CITY, "/2.1?period=U2022");
    check("indicator_of_a_union_year", &site_with_statements().await, "city", &path).await;
}

#[tokio::test]
async fn indicator_that_leaves_statements_out() {
    let path = figures(CITY, "/2.1?period=2022-H1");
    check("indicator_that_leaves_statements_out", &site_with_statements().await, "city", &path).await;
}

#[tokio::test]
async fn ranking_of_a_quarter() {
    let path = format!("{}/ranking?by=2.1&period=2022-Q1", unit(CITY));
    check("ranking_of_a_quarter", &site_with_statements().await, "city", &path).await;
}

/// What is no period of the campaign is refused with how one is written; what is asked for is kept by the links.
#[tokio::test]
async fn a_period_of_the_address() {
    let site = Site::new().await;
    let mut visitor = site.visitor("city").await;
    for (asked, said) in [
        ("2021年第9季度", "没有“2021年第9季度”这个期间"),
        ("2022-09—2021-10", "的结束早于开始"),
        ("2020-Q4", "不在竞赛期内"),
        ("U2025", "不在竞赛期内"),
    ] {
        let answer = visitor.get(&figures(CITY, &format!("?period={asked}"))).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{asked}");
        assert!(answer.text().contains(said), "{asked}: {}", answer.text());
    }
    let page = visitor.get(&figures(CITY, "?period=2021-10—2022-09")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("period=U2022"), "the links keep it");
    // Of a union year at either end of the campaign its months alone are counted.
    for (asked, year, months) in
        [("U2021", "2021", "（2021年1月至2021年9月）"), ("U2024", "2023", "（2023年10月至2023年12月）")]
    {
        let page = visitor.get(&figures(CITY, &format!("?period={asked}"))).await;
        assert_eq!(page.status, StatusCode::OK, "{asked}");
        assert!(page.text().contains(&format!("period={asked}")), "the links keep it");
        let page = page.page();
        page.assert_says(&["在竞赛期内的月份", months]);
        let years = page.all_with("aria-current", "page");
        assert!(years.iter().any(|here| here.text() == year), "{asked} is asked for in {year}");
    }
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
