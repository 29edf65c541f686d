//! Lists of records, and forms for new ones.

use super::register;
use crate::{
    registers::site_with_everything,
    site::{DISTRICT, MILL, REGISTER, STEPPED, Site, WORKS, action},
    snapshots::{check, check_answers},
};

#[tokio::test]
async fn registers() {
    check("registers", &Site::new().await, "city", &register(WORKS, "")).await;
}

#[tokio::test]
async fn register_of_ideas() {
    check("register_of_ideas", &Site::new().await, "city", &register(WORKS, REGISTER)).await;
}

#[tokio::test]
async fn register_with_transitions() {
    let site = Site::new().await;
    action(&site, MILL, "first").await;
    check("register_with_transitions", &site, "mill", &register(MILL, STEPPED)).await;
}

#[tokio::test]
async fn register_in_which_nothing_is_found() {
    let path = format!("{}?number=1", register(WORKS, STEPPED));
    check("register_in_which_nothing_is_found", &Site::new().await, "city", &path).await;
}

#[tokio::test]
async fn register_filtered() {
    let path = format!(
        "{}?q=first&f.told_on.from=2021-01-01&f.outcome.is=missing&sort=-told_on",
        register(DISTRICT, REGISTER)
    );
    check("register_filtered", &Site::new().await, "district", &path).await;
}

#[tokio::test]
async fn register_filtered_wrongly() {
    let path = format!("{}?f.told_on.from=soon&f.outcome=9", register(DISTRICT, REGISTER));
    check("register_filtered_wrongly", &Site::new().await, "district", &path).await;
}

#[tokio::test]
async fn register_with_a_view() {
    let site = Site::new().await;
    let path = register(MILL, REGISTER);
    let view = [("name", "Mine"), ("query", "q=first")];
    site.visitor("mill").await.post(&format!("{path}/views"), &view).await;
    check("register_with_a_view", &site, "mill", &format!("{path}?q=first&done=view")).await;
}

#[tokio::test]
async fn new_idea() {
    check("new_idea", &Site::new().await, "mill", &format!("{}/new", register(MILL, REGISTER))).await;
}

#[tokio::test]
async fn new_action() {
    check("new_action", &Site::new().await, "mill", &format!("{}/new", register(MILL, STEPPED))).await;
}

#[tokio::test]
async fn new_record_with_every_kind_of_field() {
    let site = site_with_everything().await;
    let path = format!("{}/new", register(MILL, "everything"));
    check("new_record_with_every_kind_of_field", &site, "mill", &path).await;
}

#[tokio::test]
async fn new_record_refused() {
    let site = Site::new().await;
    let fields = [
        ("unit", "Mill"),
        ("field.title", ""),
        ("field.author", "Li"),
        ("field.told_on", "soon"),
        ("field.trials.0.people", "some"),
    ];
    let path = register(MILL, REGISTER);
    check_answers("new_record_refused", &site, "mill", async |mill| mill.post(&path, &fields).await).await;
}
