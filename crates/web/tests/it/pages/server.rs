//! Accounts, errors, and what surrounds every page.

use super::figures;
use crate::{
    outline::outline,
    site::{CITY, PASSWORD, STREET, Site, Visitor},
    snapshots::{check, check_answers, check_frame, compare},
};

#[tokio::test]
async fn accounts() {
    check("accounts", &Site::new().await, "city", "/accounts?created=mill").await;
}

#[tokio::test]
async fn new_account_refused() {
    let site = Site::new().await;
    let fields =
        [("login", "mill"), ("name", "New"), ("role", "viewer"), ("unit", "Nowhere"), ("password", "short")];
    check_answers("new_account_refused", &site, "city", async |city| city.post("/accounts", &fields).await)
        .await;
}

#[tokio::test]
async fn own_account() {
    check("own_account", &Site::new().await, "mill", "/account?done=password").await;
}

#[tokio::test]
async fn own_password_refused() {
    let site = Site::new().await;
    let fields = [("old", PASSWORD), ("new", testkit::FIRST_PASSWORD), ("again", "another")];
    let ask = async |mill: &mut Visitor<'_>| mill.post("/account/password", &fields).await;
    check_answers("own_password_refused", &site, "mill", ask).await;
}

#[tokio::test]
async fn sign_in() {
    check("sign_in", &Site::new().await, "", "/login?next=/units").await;
}

#[tokio::test]
async fn sign_in_refused() {
    let site = Site::new().await;
    let fields = [("user", "city"), ("password", "wrong password")];
    check_answers("sign_in_refused", &site, "", async |stranger| stranger.post("/login", &fields).await)
        .await;
}

#[tokio::test]
async fn no_such_page() {
    check("no_such_page", &Site::new().await, "city", "/nowhere").await;
}

#[tokio::test]
async fn not_allowed() {
    check("not_allowed", &Site::new().await, "mill", "/accounts").await;
}

#[tokio::test]
async fn wrong_month() {
    check("wrong_month", &Site::new().await, "city", &figures(CITY, "?through=2021-13")).await;
}

#[tokio::test]
async fn form_that_lacks_a_field() {
    let site = Site::new().await;
    let ask = async |city: &mut Visitor<'_>| city.post("/imports/1/choices", &[("field.0", "x")]).await;
    check_answers("form_that_lacks_a_field", &site, "city", ask).await;
}

#[tokio::test]
async fn form_without_its_token() {
    let site = Site::new().await;
    let ask = async |city: &mut Visitor<'_>| city.post_without_token("/logout").await;
    check_answers("form_without_its_token", &site, "city", ask).await;
}

#[tokio::test]
async fn about() {
    let site = Site::new().await;
    let hash = site.app.current(&testkit::console(&site.app)).await.unwrap().definition.hash.clone();
    compare("about", &site, "mill", async |mill| {
        let mut page = mill.get("/about").await.page();
        page.assert_says(&[env!("CARGO_PKG_VERSION"), &hash, "Apache-2.0"]);
        page.remove("table"); // The libraries change more often than the page.
        outline(&page).replace(env!("CARGO_PKG_VERSION"), "{version}").replace(&hash, "{definition}")
    })
    .await;
}

/// What is around every page.
#[tokio::test]
async fn frame() {
    check_frame("frame", &Site::new().await, "city", "/units").await;
}

#[tokio::test]
async fn frame_for_a_viewer() {
    check_frame("frame_for_a_viewer", &Site::new().await, "viewer", &figures(STREET, "")).await;
}

#[tokio::test]
async fn frame_for_a_stranger() {
    check_frame("frame_for_a_stranger", &Site::new().await, "", "/login").await;
}

#[tokio::test]
async fn access_log() {
    let site = Site::new().await;
    let fields = [("user", "mill"), ("password", "wrong password")];
    site.stranger().await.post("/login", &fields).await;
    site.visitor("mill").await;
    check("access_log", &site, "city", "/access-log").await;
}

/// The log after it was checked.
#[tokio::test]
async fn access_log_checked() {
    let site = Site::new().await;
    // The first page is noted before it is checked.
    let mut city = site.visitor("city").await;
    city.get("/access-log").await;
    city.post("/access-log/check", &[]).await;
    let ctx = testkit::console(&site.app);
    testkit::eventually("the check comes to its end", async || {
        let last = app::access_log::last_check(&site.app, &ctx).await.unwrap();
        last.is_some_and(|run| run.outcome.is_some())
    })
    .await;
    check("access_log_checked", &site, "city", "/access-log").await;
}
