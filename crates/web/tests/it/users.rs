//! Giving people access, and what people change about their own account.

use axum::http::StatusCode;

use crate::site::{MILL, PASSWORD, Site, code};

#[tokio::test]
async fn the_city_office_gives_and_takes_access() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let new = |login: &'static str, unit: &'static str, password: &'static str| {
        [("login", login), ("name", "New"), ("role", "viewer"), ("unit", unit), ("password", password)]
    };
    let refused = city.post("/users", &new("new", "Nowhere", PASSWORD)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("Nowhere"), "the form comes back with what was typed");
    let refused = city.post("/users", &new("new", "Mill", "short")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = city.post("/users", &new("mill", "Mill", PASSWORD)).await;
    assert!(refused.text().contains("用户名“mill”已有人使用"), "{}", refused.text());

    let added = city.post("/users", &new("new", "Mill", PASSWORD)).await;
    assert_eq!((added.status, added.location.as_str()), (StatusCode::SEE_OTHER, "/users?created=new"));
    let mut new = site.visitor("new").await;
    assert_eq!(new.get(&format!("/units/{}/figures", code(MILL))).await.status, StatusCode::OK);

    assert_eq!(city.post("/users/new/disable", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(new.get("/account").await.location, "/login?next=%2Faccount", "sessions end at once");
    let refused = new.post("/login", &[("user", "new"), ("password", PASSWORD)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(city.post("/users/new/enable", &[]).await.status, StatusCode::SEE_OTHER);
    site.visitor("new").await;

    let own = city.post("/users/city/disable", &[]).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN, "nobody locks himself out");
}

#[tokio::test]
async fn a_password_reset_by_the_office_ends_sessions() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let mut city = site.visitor("city").await;
    let reset = city.post("/users/mill/password", &[("password", "quite another")]).await;
    assert_eq!(reset.location, "/users?reset=mill");
    assert_eq!(mill.get("/account").await.status, StatusCode::SEE_OTHER);
    let again = mill.post("/login", &[("user", "mill"), ("password", "quite another")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn people_change_their_own_password() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let mut elsewhere = site.visitor("mill").await;
    let change = |old: &'static str, new: &'static str, again: &'static str| {
        [("old", old), ("new", new), ("again", again)]
    };
    for (fields, message) in [
        (change("wrong", "a new password", "a new password"), "原密码不对"),
        (change(PASSWORD, "a new password", "another"), "两次输入的密码不同"),
        (change(PASSWORD, "short", "short"), "密码太短"),
    ] {
        let refused = mill.post("/account/password", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(message), "{message}");
    }
    let changed = mill.post("/account/password", &change(PASSWORD, "a new password", "a new password")).await;
    assert_eq!(changed.location, "/account?done=password");
    assert_eq!(mill.get("/account").await.status, StatusCode::OK, "this session goes on");
    assert_eq!(elsewhere.get("/account").await.status, StatusCode::SEE_OTHER, "others end");
}

#[tokio::test]
async fn a_chosen_language_is_remembered() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    assert!(mill.get("/account").await.text().contains("lang=\"zh-CN\""));
    assert_eq!(mill.post("/account/language", &[("language", "en")]).await.status, StatusCode::SEE_OTHER);
    assert!(mill.get("/account").await.text().contains("<html lang=\"en\""));
    let mut elsewhere = site.visitor("mill").await;
    assert!(elsewhere.get("/account").await.text().contains("<html lang=\"en\""), "on another machine too");
}
