//! Corrections that are sent twice, or beside those of somebody else.

use axum::http::StatusCode;
use model::value::Value;

use super::{correction, entered, id, title_of};
use crate::site::{Answer, MILL, Site};

#[tokio::test]
async fn a_correction_sent_twice_is_done_once() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    for _ in 0..2 {
        let done = mill.post(&format!("{path}/correct"), &correction("1", "Better clamp", "")).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(title_of(&site, id(&path)).await.0, 2);
}

/// The district has corrected the record of the mill; what the mill is answered that did so at the same time.
async fn mine_beside_theirs(site: &Site) -> Answer {
    let path = format!("/records/{}/correct", site.facts[&MILL]);
    let theirs = [
        ("version", "1"),
        ("field.title", "Theirs"),
        ("field.author", "Li"),
        ("field.told_on", "2021-03-01"),
        ("field.outcome", "2"),
    ];
    let done = site.visitor("district").await.post(&path, &theirs).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    site.visitor("mill").await.post(&path, &mine("1", "")).await
}

/// What the mill would have.
fn mine<'f>(version: &'f str, outcome: &'f str) -> [(&'f str, &'f str); 5] {
    [
        ("version", version),
        ("field.title", "Mine"),
        ("field.author", "Li"),
        ("field.told_on", "2021-03-02"),
        ("field.outcome", outcome),
    ]
}

#[tokio::test]
async fn who_comes_second_sees_what_both_have_changed() {
    let site = Site::new().await;
    let answer = mine_beside_theirs(&site).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let page = answer.page();
    let title = page.field("field.title");
    assert_eq!(title.value(), "Mine");
    for part in ["“first”", "“Theirs”", "这里是您填的"] {
        assert!(title.explanation().contains(part), "{part}: {}", title.explanation());
    }
    let outcome = page.field("field.outcome");
    assert_eq!(outcome.value(), "2", "only they have changed it");
    for part in ["“试用”", "这里用现在的内容"] {
        assert!(outcome.explanation().contains(part), "{part}: {}", outcome.explanation());
    }
    assert_eq!(page.field("field.told_on").value(), "2021-03-02", "only mine changed it");
    page.assert_says(&["Name of district（District） 于"]);
    assert!(page.hidden().contains(&("version".to_owned(), "2".to_owned())), "sent again it is taken");
}

#[tokio::test]
async fn who_comes_second_overwrites_nobody() {
    let site = Site::new().await;
    mine_beside_theirs(&site).await;
    assert_eq!(title_of(&site, site.facts[&MILL]).await, (2, Some(Value::Text("Theirs".to_owned()))));
}

#[tokio::test]
async fn who_has_seen_the_change_of_another_may_change_it() {
    let site = Site::new().await;
    mine_beside_theirs(&site).await;
    let (mut mill, path) = (site.visitor("mill").await, format!("/records/{}/correct", site.facts[&MILL]));
    assert_eq!(mill.post(&path, &mine("2", "2")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(title_of(&site, site.facts[&MILL]).await, (3, Some(Value::Text("Mine".to_owned()))));
}

#[tokio::test]
async fn a_correction_without_a_version_is_refused() {
    let site = Site::new().await;
    let path = format!("/records/{}/correct", site.facts[&MILL]);
    let answer = site.visitor("mill").await.post(&path, &mine("1", "2")[1..]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}
