//! What waits for a person: transitions and drafts.

use axum::http::StatusCode;
use jiff::civil::date;

use super::{
    register,
    transitions::{paused, running},
};
use crate::{
    site::{MILL, REGISTER, Site},
    snapshots::check,
};

#[tokio::test]
async fn nothing_to_do() {
    check("nothing_to_do", &Site::new().await, "mill", "/todo").await;
}

#[tokio::test]
async fn todo() {
    let site = Site::new().await;
    paused(&site).await;
    check("todo", &site, "mill", "/todo").await;
}

#[tokio::test]
async fn todo_overdue() {
    let site = Site::new().await;
    let record = running(&site).await;
    let fields = [("version", "1"), ("field.saving", "3.5"), ("field.finished_on", "2026-02-02")];
    site.visitor("mill").await.post(&format!("{record}/transitions/finish"), &fields).await;
    check("todo_overdue", &site, "district", "/todo?due=overdue").await;
}

/// By the calendar it is 1 March.
#[tokio::test]
async fn todo_on_a_business_day() {
    let site = Site::new().await;
    let record = running(&site).await;
    let fields = [("version", "1"), ("field.saving", "3.5"), ("field.finished_on", "2026-02-02")];
    site.visitor("mill").await.post(&format!("{record}/transitions/finish"), &fields).await;
    site.stop_at(date(2026, 2, 12)).await;
    check("todo_on_a_business_day", &site, "district", "/todo").await;
}

#[tokio::test]
async fn every_page_names_the_business_day() {
    let site = Site::new().await;
    site.stop_at(date(2026, 2, 12)).await;
    let mut mill = site.visitor("mill").await;
    for (language, day) in [("zh", "业务日期：2026年2月12日"), ("en", "Business day: 12 February 2026")]
    {
        mill.reads(language);
        for path in ["/", "/todo", "/units", "/imports", "/account", "/about", &register(MILL, REGISTER)] {
            let answer = mill.get(path).await;
            assert!(answer.document().says(day), "{path} in {language}: {}", answer.document().text());
        }
    }
}

#[tokio::test]
async fn drafts_offered() {
    let site = Site::new().await;
    keep_draft(&site).await;
    check("drafts_offered", &site, "mill", &register(MILL, "")).await;
}

#[tokio::test]
async fn draft_opened() {
    let site = Site::new().await;
    let id = keep_draft(&site).await;
    check("draft_opened", &site, "mill", &format!("{}/new?draft={id}", register(MILL, REGISTER))).await;
}

#[tokio::test]
async fn form_with_a_draft_offered() {
    let site = Site::new().await;
    keep_draft(&site).await;
    check("form_with_a_draft_offered", &site, "mill", &format!("{}/new", register(MILL, REGISTER))).await;
}

/// Stores a draft; its id.
async fn keep_draft(site: &Site) -> String {
    let mut mill = site.visitor("mill").await;
    let hidden = mill.get(&format!("{}/new", register(MILL, REGISTER))).await.page().hidden();
    let typed = [
        ("field.title", "Half a thought"),
        ("field.told_on", "yesterday"),
        ("field.trials.0.place", "Line 2"),
    ];
    let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<(&str, &str)> = hidden.chain(typed).collect();
    assert_eq!(mill.post("/drafts", &fields).await.status, StatusCode::OK);
    let id = fields.iter().find(|(name, _)| *name == "draft.id").unwrap().1;
    id.to_owned()
}
