//! The start page, help, and the frame around what fails.

use axum::http::{StatusCode, header};

use super::transitions::{paused, running};
use crate::{
    site::{MILL, Site, code},
    snapshots::check,
};

#[tokio::test]
async fn home_of_an_enterprise() {
    let site = Site::new().await;
    paused(&site).await;
    check("home_of_an_enterprise", &site, "mill", "/").await;
}

#[tokio::test]
async fn home_of_a_district() {
    let site = Site::new().await;
    running(&site).await;
    check("home_of_a_district", &site, "district", "/").await;
}

#[tokio::test]
async fn home_of_a_viewer() {
    check("home_of_a_viewer", &Site::new().await, "viewer", "/").await;
}

#[tokio::test]
async fn help() {
    let site = Site::new().await;
    check("help", &site, "mill", "/help").await;
    check("help_before_signing_in", &site, "", "/help").await;
}

/// Each page leads to its own part of the help.
#[tokio::test]
async fn every_page_leads_to_help_about_it() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let help = city.get("/help").await.document();
    for (path, part) in [
        ("/".to_owned(), "home"),
        ("/todo".to_owned(), "todo"),
        (format!("/units/{}/registers", code(MILL)), "registers"),
        (format!("/units/{}/figures", code(MILL)), "figures"),
        ("/imports".to_owned(), "imports"),
        ("/units".to_owned(), "units"),
        ("/accounts".to_owned(), "users"),
        ("/account".to_owned(), "account"),
    ] {
        let page = city.get(&path).await.document();
        assert!(!page.all_with("href", &format!("/help#{part}")).is_empty(), "{path}");
        assert_eq!(help.all_with("id", part).len(), 1, "{part}");
    }
}

/// What cannot be done is said within the menu, so that somebody who has signed in can go on.
#[tokio::test]
async fn an_error_keeps_the_menu() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    for (path, status) in [("/nowhere", StatusCode::NOT_FOUND), ("/accounts", StatusCode::FORBIDDEN)] {
        let answer = mill.get(path).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.document().all_with("href", "/todo").len(), 1, "{path}");
    }
    let stranger = site.stranger().await.get("/nowhere").await.document();
    assert!(stranger.all("nav").is_empty(), "nobody has signed in");
}

#[tokio::test]
async fn browsers_find_the_icon() {
    let site = Site::new().await;
    let answer = site.stranger().await.get("/favicon.ico").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "image/x-icon");
}

/// What is overdue below is listed for whoever chases it, by unit; not for the units themselves.
#[tokio::test]
async fn overdue_below() {
    let site = Site::new().await;
    running(&site).await;
    check("overdue_below", &site, "district", "/todo?of=below").await;
    let elsewhere =
        site.visitor("mill").await.get(&format!("/todo?of=below&unit={}", code(crate::site::CITY))).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
}
