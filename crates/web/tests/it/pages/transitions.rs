//! Transitions of one record and of many, and what they leave on its page.

use super::register;
use crate::{
    site::{Answer, MILL, STEPPED, Site, Visitor, action},
    snapshots::{check, check_answers},
};

/// A record that takes transitions, at its beginning.
pub(super) async fn running(site: &Site) -> String {
    format!("/records/{}", action(site, MILL, "first").await)
}

#[tokio::test]
async fn record_with_transitions() {
    let site = Site::new().await;
    let path = running(&site).await;
    check("record_with_transitions", &site, "mill", &path).await;
}

#[tokio::test]
async fn transition_with_fields() {
    let site = Site::new().await;
    let path = running(&site).await;
    check("transition_with_fields", &site, "mill", &format!("{path}/transitions/finish")).await;
}

#[tokio::test]
async fn transition_without_fields() {
    let site = Site::new().await;
    let path = running(&site).await;
    check("transition_without_fields", &site, "mill", &format!("{path}/transitions/pause")).await;
}

#[tokio::test]
async fn transition_refused() {
    let site = Site::new().await;
    let path = format!("{}/transitions/finish", running(&site).await);
    let fields = [("version", "1"), ("field.finished_on", "soon"), ("field.saving", "3.5")];
    check_answers("transition_refused", &site, "mill", async |mill| mill.post(&path, &fields).await).await;
}

#[tokio::test]
async fn transition_out_of_order() {
    let site = Site::new().await;
    let record = running(&site).await;
    site.visitor("mill").await.post(&format!("{record}/transitions/drop"), &[("version", "1")]).await;
    let path = format!("{record}/transitions/finish");
    let fields = [("version", "2"), ("field.finished_on", "2026-02-02")];
    check_answers("transition_out_of_order", &site, "mill", async |mill| mill.post(&path, &fields).await)
        .await;
}

/// A record that is paused, with a comment; its address.
pub(super) async fn paused(site: &Site) -> String {
    let path = running(site).await;
    let mut mill = site.visitor("mill").await;
    mill.post(&format!("{path}/transitions/pause"), &[("version", "1")]).await;
    mill.post(&format!("{path}/comments"), &[("text", "seen")]).await;
    path
}

#[tokio::test]
async fn record_that_took_a_transition() {
    let site = Site::new().await;
    let path = paused(&site).await;
    check("record_that_took_a_transition", &site, "mill", &format!("{path}?done=step")).await;
}

#[tokio::test]
async fn comment_refused() {
    let site = Site::new().await;
    let path = format!("{}/comments", running(&site).await);
    let ask = async |mill: &mut Visitor<'_>| mill.post(&path, &[("text", " ")]).await;
    check_answers("comment_refused", &site, "mill", ask).await;
}

#[tokio::test]
async fn correction_that_the_state_does_not_allow() {
    let site = Site::new().await;
    let record = running(&site).await;
    let fields = [("version", "1"), ("field.saving", "3.5"), ("field.finished_on", "2026-02-02")];
    site.visitor("mill").await.post(&format!("{record}/transitions/finish"), &fields).await;
    check("correction_that_the_state_does_not_allow", &site, "mill", &format!("{record}/correct")).await;
}

#[tokio::test]
async fn bulk_transition() {
    let site = Site::new().await;
    let (first, second) = (action(&site, MILL, "first").await, action(&site, MILL, "second").await);
    let path = format!("{}/transitions/finish?id={first}&id={second}", register(MILL, STEPPED));
    check("bulk_transition", &site, "mill", &path).await;
}

/// What is answered to the form of a bulk transition of all records.
async fn finish_all(mill: &mut Visitor<'_>, typed: &[(&str, &str)]) -> Answer {
    let path = format!("{}/transitions/finish", register(MILL, STEPPED));
    let hidden = mill.get(&path).await.page().hidden();
    let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<(&str, &str)> = hidden.chain(typed.iter().copied()).collect();
    mill.post(&path, &fields).await
}

#[tokio::test]
async fn bulk_transition_question() {
    let site = Site::new().await;
    for name in ["first", "second"] {
        action(&site, MILL, name).await;
    }
    let typed = [("field.finished_on", "2026-02-02"), ("field.saving", ""), ("deed", "look")];
    let ask = async |mill: &mut Visitor<'_>| finish_all(mill, &typed).await;
    check_answers("bulk_transition_question", &site, "mill", ask).await;
}

#[tokio::test]
async fn bulk_transition_refused() {
    let site = Site::new().await;
    action(&site, MILL, "first").await;
    let typed = [("field.finished_on", ""), ("field.saving", "much"), ("deed", "look")];
    let ask = async |mill: &mut Visitor<'_>| finish_all(mill, &typed).await;
    check_answers("bulk_transition_refused", &site, "mill", ask).await;
}
