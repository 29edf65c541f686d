//! Pages about persons and their numbers.

use app::records;

use super::{NUMBER, record, unit};
use crate::{
    site::{MILL, REGISTER, Site, Visitor, idea_of},
    snapshots::{check, check_answers, check_part},
};

/// Records in which one person is named, and the address of the person's file.
async fn file_of(site: &Site) -> String {
    records::create(&site.app, &testkit::console(&site.app), REGISTER, MILL, idea_of("Clamp", NUMBER))
        .await
        .unwrap();
    site.visitor("mill").await.post("/persons", &[("number", NUMBER)]).await.location
}

#[tokio::test]
async fn search_for_a_person() {
    check("search_for_a_person", &Site::new().await, "mill", "/persons").await;
}

#[tokio::test]
async fn search_for_a_person_refused() {
    let site = Site::new().await;
    let ask = async |mill: &mut Visitor<'_>| mill.post("/persons", &[("number", "123")]).await;
    check_answers("search_for_a_person_refused", &site, "mill", ask).await;
}

#[tokio::test]
async fn persons_found() {
    let site = Site::new().await;
    file_of(&site).await;
    let ask = async |mill: &mut Visitor<'_>| mill.post("/persons", &[("name", "Li"), ("unit", "Mill")]).await;
    check_answers("persons_found", &site, "mill", ask).await;
}

#[tokio::test]
async fn person() {
    let site = Site::new().await;
    let path = file_of(&site).await;
    check("person", &site, "mill", &path).await;
}

#[tokio::test]
async fn person_not_corrected() {
    let site = Site::new().await;
    let path = format!("{}/correct", file_of(&site).await);
    let ask =
        async |mill: &mut Visitor<'_>| mill.post(&path, &[("number", "123"), ("reason", "typing")]).await;
    check_answers("person_not_corrected", &site, "mill", ask).await;
}

#[tokio::test]
async fn person_options() {
    let site = Site::new().await;
    file_of(&site).await;
    let path = format!("{}/person-lookup?of=field.author&field.author=Li", unit(MILL));
    check_part("person_options", &site, "mill", &path).await;
}

#[tokio::test]
async fn numbers_shown_and_the_log_of_it() {
    let site = Site::new().await;
    let console = testkit::console(&site.app);
    let id = records::create(&site.app, &console, REGISTER, MILL, idea_of("Clamp", NUMBER)).await.unwrap();
    let path = format!("/records/{id}/numbers");
    let ask = async |mill: &mut Visitor<'_>| mill.post(&path, &[("reason", "certificate")]).await;
    check_answers("numbers_shown", &site, "mill", ask).await;
    check("unmask_log", &site, "city", "/unmask-log").await;
}

#[tokio::test]
async fn numbers_not_shown_without_a_reason() {
    let site = Site::new().await;
    let path = format!("{}/numbers", record(&site));
    let ask = async |mill: &mut Visitor<'_>| mill.post(&path, &[("reason", " ")]).await;
    check_answers("numbers_not_shown_without_a_reason", &site, "mill", ask).await;
}
