//! Giving people access, and what people change about their own account.

use axum::http::StatusCode;

use crate::site::{MILL, PASSWORD, Site, Visitor, code};

/// A new account, as the form sends it.
fn account<'f>(login: &'f str, unit: &'f str, password: &'f str) -> [(&'f str, &'f str); 5] {
    [("login", login), ("name", "New"), ("role", "viewer"), ("unit", unit), ("password", password)]
}

#[tokio::test]
async fn somebody_with_a_new_account_signs_in_and_reads() {
    let site = Site::new().await;
    let added = site.visitor("city").await.post("/accounts", &account("new", "Mill", PASSWORD)).await;
    assert_eq!((added.status, added.location.as_str()), (StatusCode::SEE_OTHER, "/accounts?created=new"));
    let answer = site.visitor("new").await.get(&format!("/units/{}/figures", code(MILL))).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn an_account_that_cannot_be_is_refused_with_its_reason() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    for (fields, part) in [
        (account("new", "Nowhere", PASSWORD), "没有代码或名称为“Nowhere”的单位"),
        (account("new", "Mill", "short"), "密码太短"),
        (account("mill", "Mill", PASSWORD), "用户名“mill”已有人使用"),
    ] {
        let refused = city.post("/accounts", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{part}");
        let page = refused.page();
        page.assert_says(&[part]);
        assert_eq!(page.field("unit").value(), fields[3].1, "what was typed is kept");
    }
}

#[tokio::test]
async fn disabling_an_account_ends_its_sessions_at_once() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let mut city = site.visitor("city").await;
    assert_eq!(city.post("/accounts/mill/disable", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(mill.get("/account").await.location, "/login?next=%2Faccount");
    let refused = mill.post("/login", &[("user", "mill"), ("password", PASSWORD)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_account_that_is_enabled_again_can_be_used() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    city.post("/accounts/mill/disable", &[]).await;
    assert_eq!(city.post("/accounts/mill/enable", &[]).await.status, StatusCode::SEE_OTHER);
    site.visitor("mill").await;
}

#[tokio::test]
async fn nobody_locks_himself_out() {
    let site = Site::new().await;
    let own = site.visitor("city").await.post("/accounts/city/disable", &[]).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_password_reset_by_the_office_ends_sessions() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let mut city = site.visitor("city").await;
    let reset = city.post("/accounts/mill/password", &[("password", "quite another")]).await;
    assert_eq!(reset.location, "/accounts?reset=mill");
    assert_eq!(mill.get("/account").await.status, StatusCode::SEE_OTHER);
    let again = mill.post("/login", &[("user", "mill"), ("password", "quite another")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
}

fn change<'f>(old: &'f str, new: &'f str, again: &'f str) -> [(&'f str, &'f str); 3] {
    [("old", old), ("new", new), ("again", again)]
}

#[tokio::test]
async fn a_password_that_cannot_be_is_refused_with_its_reason() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    for (fields, message) in [
        (change("wrong", "a new password", "a new password"), "原密码不对"),
        (change(PASSWORD, "a new password", "another"), "两次输入的密码不同"),
        (change(PASSWORD, "short", "short"), "密码太短"),
    ] {
        let refused = mill.post("/account/password", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.page().assert_says(&[message]);
    }
}

#[tokio::test]
async fn changing_ones_password_ends_the_other_sessions() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let mut elsewhere = site.visitor("mill").await;
    let changed = mill.post("/account/password", &change(PASSWORD, "a new password", "a new password")).await;
    assert_eq!(changed.location, "/account?done=password");
    assert_eq!(mill.get("/account").await.status, StatusCode::OK, "this session goes on");
    assert_eq!(elsewhere.get("/account").await.status, StatusCode::SEE_OTHER, "others end");
}

/// The language that a page says it is in.
async fn language(visitor: &mut Visitor<'_>) -> String {
    visitor.get("/account").await.document().all("html")[0].attribute("lang").to_owned()
}

#[tokio::test]
async fn a_chosen_language_is_remembered_on_every_machine() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    assert_eq!(language(&mut mill).await, "zh-CN");
    assert_eq!(mill.post("/account/language", &[("language", "en")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(language(&mut mill).await, "en");
    assert_eq!(language(&mut site.visitor("mill").await).await, "en");
}
