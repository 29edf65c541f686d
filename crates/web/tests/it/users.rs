//! Giving people access, and what people change about their own account.

use axum::http::StatusCode;

use crate::site::{MILL, PASSWORD, Site, Visitor, code};

/// Another good password.
const OTHER: &str = testkit::FIRST_PASSWORD;

/// A new account, as the form sends it.
fn account<'f>(login: &'f str, unit: &'f str, password: &'f str) -> [(&'f str, &'f str); 5] {
    [("login", login), ("name", "New"), ("role", "viewer"), ("unit", unit), ("password", password)]
}

#[tokio::test]
async fn somebody_with_a_new_account_signs_in_and_reads() {
    let site = Site::new().await;
    let added = site.visitor("city").await.post("/accounts", &account("new", "Mill", PASSWORD)).await;
    assert_eq!((added.status, added.location.as_str()), (StatusCode::SEE_OTHER, "/accounts?created=new"));
    let mut new = site.visitor("new").await;
    let figures = format!("/units/{}/figures", code(MILL));
    assert_eq!(new.get(&figures).await.location, "/account", "first a password of one's own");
    let account = new.get("/account").await;
    account.page().assert_says(&["现在的密码是别人设的"]);
    assert!(!account.text().contains("/todo/count"), "no menu whose entries would only lead back here");
    assert_eq!(new.get("/api/v1/units/1/figures").await.status, StatusCode::FORBIDDEN);
    let changed = new.post("/account/password", &change(PASSWORD, OTHER, OTHER)).await;
    assert_eq!(changed.location, "/account?done=password");
    assert_eq!(new.get(&figures).await.status, StatusCode::OK);
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
    let reset = city.post("/accounts/mill/password", &[("password", OTHER)]).await;
    assert_eq!(reset.location, "/accounts?reset=mill");
    assert_eq!(mill.get("/account").await.status, StatusCode::SEE_OTHER);
    let again = mill.post("/login", &[("user", "mill"), ("password", OTHER)]).await;
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
        (change("wrong", OTHER, OTHER), "原密码不对"),
        (change(PASSWORD, OTHER, "another"), "两次输入的密码不同"),
        (change(PASSWORD, "short", "short"), "密码太短"),
        (change(PASSWORD, "password1", "password1"), "太常见"),
        (change(PASSWORD, "Mill-9fKq27xLu", "Mill-9fKq27xLu"), "含有“mill”"),
        (change(PASSWORD, PASSWORD, PASSWORD), "和原密码相同"),
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
    let changed = mill.post("/account/password", &change(PASSWORD, OTHER, OTHER)).await;
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

#[tokio::test]
async fn sessions_are_shown_and_ended_from_elsewhere() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let mut elsewhere = site.visitor("mill").await;
    let page = mill.get("/account").await.page();
    page.assert_says(&["登录情况", "本次登录"]);
    let end = |page: &crate::page::Element| -> Vec<String> {
        let forms = page.all("form").into_iter().map(|form| form.attribute("action").to_owned());
        forms.filter(|action| action.ends_with("/end")).collect()
    };
    let ends = end(&page);
    assert_eq!(ends.len(), 1, "the other one has a button");
    assert_eq!(site.visitor("viewer").await.post(&ends[0], &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(mill.post(&ends[0], &[]).await.location, "/account?done=session");
    assert_eq!(elsewhere.get("/account").await.location, "/login?next=%2Faccount");
    let mut third = site.visitor("mill").await;
    assert_eq!(mill.post("/account/sessions/end-others", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(third.get("/account").await.status, StatusCode::SEE_OTHER);
    assert!(end(&mill.get("/account").await.page()).is_empty());
}

#[tokio::test]
async fn signing_in_again_ends_the_session_that_the_browser_had() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let again = mill.post("/login", &[("user", "mill"), ("password", PASSWORD)]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let sessions = mill.get("/account").await.page();
    assert!(!sessions.text().contains("结束其他所有登录"), "there is one session only");
}

#[tokio::test]
async fn another_role_is_given_by_the_office_and_ends_sessions() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let mut city = site.visitor("city").await;
    let fields = [("role", "viewer"), ("unit", "000010005")];
    assert_eq!(city.post("/accounts/mill/assign", &fields).await.location, "/accounts?assigned=mill");
    assert_eq!(mill.get("/account").await.status, StatusCode::SEE_OTHER);
    assert_eq!(city.post("/accounts/city/assign", &fields).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_second_factor_is_set_up_on_the_page_and_asked_for_afterwards() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    assert_eq!(mill.post("/account/second-factor", &[]).await.location, "/account#second-factor");
    let page = mill.get("/account").await.page();
    assert_eq!(page.all_with("role", "img").len(), 1, "the picture to be scanned");
    let wrong = mill.post("/account/second-factor/confirm", &[("code", "12")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.page().assert_says(&["验证码不对"]);
}
