//! Pages of one record: what it shows, corrections, attachments, duplicates.

use app::records;
use model::value::Value;

use super::{NUMBER, record, unit};
use crate::{
    site::{MILL, REGISTER, Site, Visitor, YARD, idea, idea_of},
    snapshots::{check, check_answers},
};

#[tokio::test]
async fn duplicates() {
    let site = Site::new().await;
    claimed_twice(&site).await;
    check("duplicates", &site, "mill", &format!("{}/duplicates", unit(MILL))).await;
}

#[tokio::test]
async fn record_that_another_unit_claims_too() {
    let site = Site::new().await;
    let mine = claimed_twice(&site).await;
    check("record_that_another_unit_claims_too", &site, "mill", &mine).await;
}

/// The same idea of the same person, in two units; the address of the mill's.
async fn claimed_twice(site: &Site) -> String {
    let console = testkit::console(&site.app);
    records::create(&site.app, &console, REGISTER, YARD, idea_of("Clamp", NUMBER)).await.unwrap();
    let mine = records::create(&site.app, &console, REGISTER, MILL, idea_of("Clamp", NUMBER)).await.unwrap();
    format!("/records/{mine}")
}

#[tokio::test]
async fn record_just_entered() {
    let site = Site::new().await;
    check("record_just_entered", &site, "mill", &format!("{}?done=create", record(&site))).await;
}

#[tokio::test]
async fn record_corrected() {
    let site = Site::new().await;
    let mut values = idea_of("second", NUMBER);
    values.insert(
        "trials".to_owned(),
        Value::Text("Line 2｜2｜2021-03-05｜｜｜15000元\nYard｜｜｜12｜｜｜｜0".to_owned()),
    );
    records::correct(&site.app, &testkit::console(&site.app), site.facts[&MILL], 1, values).await.unwrap();
    check("record_corrected", &site, "mill", &format!("{}?done=correct", record(&site))).await;
}

#[tokio::test]
async fn record_of_another_unit() {
    let site = Site::new().await;
    check("record_of_another_unit", &site, "city", &record(&site)).await;
}

#[tokio::test]
async fn correction() {
    let site = Site::new().await;
    check("correction", &site, "mill", &format!("{}/correct", record(&site))).await;
}

#[tokio::test]
async fn correction_that_came_too_late() {
    let site = Site::new().await;
    records::correct(&site.app, &testkit::console(&site.app), site.facts[&MILL], 1, idea("Theirs"))
        .await
        .unwrap();
    let mine =
        [("version", "1"), ("field.title", "Mine"), ("field.author", "Li"), ("field.told_on", "2021-03-02")];
    let path = format!("{}/correct", record(&site));
    check_answers("correction_that_came_too_late", &site, "mill", async |mill| mill.post(&path, &mine).await)
        .await;
}

#[tokio::test]
async fn removal_that_came_too_late() {
    let site = Site::new().await;
    records::correct(&site.app, &testkit::console(&site.app), site.facts[&MILL], 1, idea("Theirs"))
        .await
        .unwrap();
    let path = format!("{}/remove", record(&site));
    let ask = async |mill: &mut Visitor<'_>| mill.post(&path, &[("version", "1")]).await;
    check_answers("removal_that_came_too_late", &site, "mill", ask).await;
}

#[tokio::test]
async fn record_on_paper() {
    let site = Site::new().await;
    site.attachment_of(MILL, "text").await;
    check("record_on_paper", &site, "mill", &format!("{}/print", record(&site))).await;
}

#[tokio::test]
async fn attachments() {
    let site = Site::new().await;
    site.attachment_of(MILL, "text").await;
    check("attachments", &site, "mill", &format!("{}/attachments", record(&site))).await;
}

#[tokio::test]
async fn attachments_refused() {
    let site = Site::new().await;
    let path = format!("{}/attachments", record(&site));
    let ask = async |mill: &mut Visitor<'_>| {
        mill.send_files(&path, &[], &[("a.png", b"no picture".as_slice())]).await
    };
    check_answers("attachments_refused", &site, "mill", ask).await;
}
