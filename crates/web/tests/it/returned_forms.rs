//! Forms that are sent after the session has ended come back with everything that was typed.

use axum::http::StatusCode;
use jiff::SignedDuration;
use model::ids::UserId;
use store::sessions;

use crate::{
    page::Element,
    site::{Answer, MILL, PASSWORD, REGISTER, Site, Visitor, code},
};

fn register() -> String {
    format!("/units/{}/registers/{REGISTER}", code(MILL))
}

fn new_form() -> String {
    format!("{}/new", register())
}

const TYPED: [(&str, &str); 6] = [
    ("unit", "Mill"),
    ("field.title", "Half a thought, \"quoted\" & <marked>"),
    ("field.author", "Li"),
    ("field.told_on", "2021-03-01"),
    ("field.trials.0.place", "Line 2"),
    ("field.trials.4.place", "Line 3"),
];

/// The token of the form of a page that is sent to `action`.
fn token(page: &Element, action: &str) -> String {
    let forms = page.all("form");
    let form = forms.iter().find(|form| form.attribute("action") == action).unwrap();
    form.all_with("name", "token")[0].attribute("value").to_owned()
}

/// Somebody who has a form open, and its token.
async fn with_open_form<'s>(site: &'s Site, login: &str, path: &str, action: &str) -> (Visitor<'s>, String) {
    let mut visitor = site.visitor(login).await;
    let page = visitor.get(path).await.document();
    (visitor, token(&page, action))
}

/// The sealed form that a page for signing in carries.
fn sealed(page: &Element) -> String {
    let forms = page.all("form");
    let form = forms.iter().find(|form| form.attribute("action") == "/login").unwrap();
    form.hidden().into_iter().find(|(name, _)| name == "returned").unwrap().1
}

/// Signs in on a page for signing in; what else is in its form goes along.
async fn sign_in_on(visitor: &mut Visitor<'_>, page: &Element, login: &str) -> Answer {
    let forms = page.all("form");
    let form = forms.iter().find(|form| form.attribute("action") == "/login").unwrap();
    let hidden = form.hidden();
    let mut fields: Vec<(&str, &str)> =
        hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("user", login), ("password", PASSWORD)]);
    visitor.post_later("/login", &token(page, "/login"), &fields).await
}

#[track_caller]
fn assert_filled(page: &Element) {
    for (name, value) in &TYPED[..5] {
        assert_eq!(page.field(name).value(), *value, "{name}");
    }
    assert_eq!(page.field("field.trials.1.place").value(), "Line 3", "empty rows between are left out");
}

#[tokio::test]
async fn a_form_of_an_ended_session_comes_back_after_signing_in_and_is_saved_then() {
    let site = Site::new().await;
    let (mut mill, old) = with_open_form(&site, "mill", &new_form(), &register()).await;
    mill.post("/logout", &[]).await;
    let refused = mill.post_later(&register(), &old, &TYPED).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let page = refused.document();
    page.assert_says(&["登录已过期，刚才提交的内容还没有保存，但也没有丢失"]);
    assert!(!refused.text().contains("Half a thought"), "it is sealed until somebody has signed in");

    let sealed = sealed(&page);
    let wrong = [("user", "mill"), ("password", "another password"), ("returned", &sealed)];
    let page = mill.post_later("/login", &token(&page, "/login"), &wrong).await.document();
    let back = sign_in_on(&mut mill, &page, "mill").await;
    assert_eq!(back.status, StatusCode::OK);
    let page = back.document();
    page.assert_says(&["您已重新登录。登录过期前提交的内容已填回表单，尚未保存"]);
    assert_filled(&page);

    let saved = mill.post_later(&register(), &token(&page, &register()), &TYPED).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.page().alerts());
}

#[tokio::test]
async fn a_form_whose_person_signed_in_in_another_window_comes_back_at_once() {
    let site = Site::new().await;
    let (mut mill, old) = with_open_form(&site, "mill", &new_form(), &register()).await;
    mill.forget_session();
    mill.get("/login").await;
    mill.post("/login", &[("user", "mill"), ("password", PASSWORD)]).await;
    let back = mill.post_later(&register(), &old, &TYPED).await;
    assert_eq!(back.status, StatusCode::CONFLICT);
    let page = back.document();
    page.assert_says(&["这个页面是在上一次登录时打开的"]);
    assert_filled(&page);
    let saved = mill.post_later(&register(), &token(&page, &register()), &TYPED).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.page().alerts());
}

#[tokio::test]
async fn a_correction_comes_back_and_still_overwrites_nobody() {
    let site = Site::new().await;
    let path = format!("/records/{}/correct", site.facts[&MILL]);
    let (mut mill, old) = with_open_form(&site, "mill", &path, &path).await;
    let correction = |title| {
        [("version", "1"), ("field.title", title), ("field.author", "Li"), ("field.told_on", "2021-03-01")]
    };
    site.visitor("district").await.post(&path, &correction("Theirs")).await;
    mill.post("/logout", &[]).await;
    let refused = mill.post_later(&path, &old, &correction("Mine")).await.document();
    let page = sign_in_on(&mut mill, &refused, "mill").await.document();
    assert_eq!(page.field("field.title").value(), "Mine");
    let sent = mill.post_later(&path, &token(&page, &path), &correction("Mine")).await;
    assert_eq!(sent.status, StatusCode::CONFLICT, "the other change is shown before anything is saved");
}

#[tokio::test]
async fn small_forms_come_back_too() {
    let site = Site::new().await;
    let record = format!("/records/{}", site.facts[&MILL]);
    let action = format!("{record}/comments");
    let (mut mill, old) = with_open_form(&site, "mill", &record, &action).await;
    mill.post("/logout", &[]).await;
    let refused = mill.post_later(&action, &old, &[("text", "两行\r\n说明")]).await.document();
    let page = sign_in_on(&mut mill, &refused, "mill").await.document();
    assert_eq!(page.field("text").value(), "两行\n说明");
}

#[tokio::test]
async fn files_have_to_be_chosen_again_and_the_page_says_which() {
    let site = Site::new().await;
    let record = format!("/records/{}", site.facts[&MILL]);
    let action = format!("{record}/attachments");
    let (mut mill, old) = with_open_form(&site, "mill", &record, &action).await;
    mill.forget_session();
    let refused = mill.send_file_later(&action, &old, "方案.txt").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.text());
    let page = refused.document();
    page.assert_says(&["请重新选择：方案.txt"]);
    let page = sign_in_on(&mut mill, &page, "mill").await.document();
    page.assert_says(&["请重新选择：方案.txt"]);
}

#[tokio::test]
async fn what_one_person_typed_is_not_shown_to_another() {
    let site = Site::new().await;
    let (mut mill, old) = with_open_form(&site, "mill", &new_form(), &register()).await;
    end_by_time(&site, UserId(20_003)).await;
    let refused = mill.post_later(&register(), &old, &TYPED).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let other = sign_in_on(&mut mill, &refused.document(), "district").await;
    other.page().assert_says(&["登录过期前提交的内容属于另一个账户"]);
    assert!(!other.text().contains("Half a thought"));
    let mut own = site.stranger().await;
    let page = own.get("/login").await.document();
    let returned = sealed(&refused.document());
    let fields = [("user", "mill"), ("password", PASSWORD), ("returned", &returned)];
    let back = own.post_later("/login", &token(&page, "/login"), &fields).await;
    assert_filled(&back.document());
}

/// Lets the sessions of a person end as if they had not been used.
async fn end_by_time(site: &Site, user: UserId) {
    let now = site.app.now();
    let mut tx = site.test.db.write(site.test.region).await.unwrap();
    for session in sessions::list_of(&mut tx, user, now).await.unwrap() {
        let (later, ended) = (now + SignedDuration::from_secs(1), now - SignedDuration::from_secs(1));
        sessions::touch(&mut tx, user, session.session_id, later, ended).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_form_of_another_site_leads_to_signing_in_without_what_it_states() {
    let site = Site::new().await;
    let (mut mill, old) = with_open_form(&site, "mill", &new_form(), &register()).await;
    mill.forget_session();
    let refused = mill.post(&register(), &TYPED).await;
    assert_eq!(refused.status, StatusCode::SEE_OTHER, "a browser that says nothing: {old}");
}

#[tokio::test]
async fn passwords_do_not_come_back() {
    let site = Site::new().await;
    let (mut mill, old) = with_open_form(&site, "mill", "/account", "/account/password").await;
    mill.forget_session();
    let typed = [("old", PASSWORD), ("new", "kettle-Lushun-9"), ("again", "kettle-Lushun-9")];
    let refused = mill.post_later("/account/password", &old, &typed).await.document();
    let page = sign_in_on(&mut mill, &refused, "mill").await;
    assert!(!page.text().contains("kettle-Lushun-9"));
    assert_eq!(page.document().field("old").value(), "");
}

#[tokio::test]
async fn every_field_for_a_password_is_known_as_one() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    for path in ["/login", "/account", "/accounts", "/accounts/mill", "/account/hand-over"] {
        let page = city.get(path).await.document();
        for field in page.all_with("type", "password") {
            let name = field.attribute("name");
            assert!(["password", "old", "new", "again"].contains(&name), "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn a_form_that_is_no_longer_there_leaves_what_was_typed_on_a_page() {
    let site = Site::new().await;
    let path = format!("/records/{}/correct", site.facts[&MILL]);
    let (mut mill, old) = with_open_form(&site, "mill", &path, &path).await;
    let remove = format!("/records/{}/remove", site.facts[&MILL]);
    let mut district = site.visitor("district").await;
    let removed = district.post(&remove, &[("version", "1")]);
    assert_eq!(removed.await.status, StatusCode::SEE_OTHER);
    mill.forget_session();
    let refused = mill.post_later(&path, &old, &[("version", "1"), ("field.title", "Mine")]).await.document();
    let back = sign_in_on(&mut mill, &refused, "mill").await;
    assert_eq!(back.status, StatusCode::CONFLICT);
    back.page().assert_says(&["原来的表单现在打不开", "Mine"]);
}
