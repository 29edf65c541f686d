//! Manners of every answer: headers, forms, errors, languages, assets.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use tower::ServiceExt as _;

use crate::site::{Answer, CITY, MILL, PASSWORD, Site, action, code};

#[tokio::test]
async fn every_answer_is_guarded() {
    let site = Site::new().await;
    let mut stranger = site.stranger().await;
    for path in ["/healthz", "/login", "/nowhere", "/api/v1/nowhere"] {
        let answer = stranger.get(path).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{path}");
    }
}

#[tokio::test]
async fn browsers_are_told_to_come_by_https() {
    let site = Site::new().await;
    assert!(
        !site.stranger().await.get("/login").await.headers.contains_key(header::STRICT_TRANSPORT_SECURITY)
    );
    let options = web::Options { is_https: true, ..web::Options::default() };
    let router = web::router(Arc::new(web::WebState::new(site.app.clone(), options)));
    let request = Request::get("/login").body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let policy = answer.headers()[header::STRICT_TRANSPORT_SECURITY].to_str().unwrap();
    assert!(policy.starts_with("max-age="), "{policy}");
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-visit=") && cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test]
async fn pages_have_no_inline_script_or_style() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let figures = format!("/units/{}/figures", code(CITY));
    for path in ["/", "/help", figures.as_str(), "/login", "/units", "/imports", "/accounts", "/nowhere"] {
        let document = city.get(path).await.document();
        assert!(document.all("style").is_empty(), "{path}");
        assert!(
            document.all("script").iter().all(|script| script.has("src") && script.children.is_empty()),
            "{path}"
        );
        for element in document.descendants() {
            for (name, value) in element.attributes() {
                let is_code = name == "style" || name.starts_with("on") || value.starts_with("javascript:");
                assert!(!is_code, "{path} has {name}={value}");
            }
        }
    }
}

#[tokio::test]
async fn who_has_not_signed_in_is_sent_to_do_so() {
    let site = Site::new().await;
    let sent = site.stranger().await.get("/units?x=1").await;
    assert_eq!(
        (sent.status, sent.location.as_str()),
        (StatusCode::SEE_OTHER, "/login?next=%2Funits%3Fx%3D1")
    );
}

#[tokio::test]
async fn signing_in_leads_on_but_never_away() {
    let site = Site::new().await;
    for (next, expected) in [
        ("/units?x=1", "/units?x=1"),
        ("/units?q=甲", "/units?q=%E7%94%B2"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\u{1}", "/"),
        ("/\u{b}x", "/"),
        ("/\u{7f}", "/"),
        ("/\u{85}", "/"),
        ("/\r\nx: y", "/"),
    ] {
        let fields = [("user", "city"), ("password", PASSWORD), ("next", next)];
        let answer = site.stranger().await.post("/login", &fields).await;
        assert_eq!(answer.location, expected);
    }
}

#[tokio::test]
async fn the_cookie_of_a_session_is_kept_from_scripts_and_other_sites() {
    let site = Site::new().await;
    let answer = site.stranger().await.post("/login", &[("user", "city"), ("password", PASSWORD)]).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "it goes with the browser: {cookie}");
    let fields = [("user", "city"), ("password", PASSWORD), ("keep", "yes")];
    let kept = site.stranger().await.post("/login", &fields).await;
    let cookie = kept.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("Max-Age=43200"), "{cookie}");
}

#[tokio::test]
async fn a_refused_sign_in_keeps_the_name_and_not_the_password() {
    let site = Site::new().await;
    let fields = [("user", "city"), ("password", "wrong password")];
    let refused = site.stranger().await.post("/login", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.page().field("user").value(), "city");
    assert!(!refused.text().contains("wrong password"));
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let form = |site: &str, token: &str| {
        let request = Request::post("/logout").header("sec-fetch-site", site);
        (request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"), format!("token={token}"))
    };
    let token =
        city.get("/units").await.document().all_with("name", "token")[0].attribute("value").to_owned();
    for (from, token, expected) in [
        ("cross-site", token.as_str(), StatusCode::FORBIDDEN),
        ("same-origin", "another", StatusCode::FORBIDDEN),
        ("same-origin", "", StatusCode::FORBIDDEN),
        ("same-origin", token.as_str(), StatusCode::SEE_OTHER),
    ] {
        let (request, body) = form(from, token);
        assert_eq!(city.send(request, body.into_bytes()).await.status, expected, "{from} {token}");
    }
    assert_eq!(city.get("/units").await.status, StatusCode::SEE_OTHER, "signed out");
}

#[tokio::test]
async fn whatever_is_not_there_is_answered_alike() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    city.reads("en");
    for (path, status) in [
        ("/nowhere", StatusCode::NOT_FOUND),
        ("/records/1", StatusCode::NOT_FOUND),
        ("/records/one", StatusCode::NOT_FOUND),
        ("/logout", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let answer = city.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        answer.page().assert_says(&["Page or record not found", "Number ", "Back to the dashboard"]);
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_or_lacks_a_field_is_refused() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let long = "x".repeat(2 << 20);
    let large = city.post("/language", &[("language", &long), ("next", "/")]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(city.post("/language", &[("next", "/")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// The heading of the page to sign in.
fn heading(answer: &Answer) -> String {
    answer.page().all("h1")[0].text()
}

#[tokio::test]
async fn the_language_is_asked_for_or_chinese() {
    let site = Site::new().await;
    let mut stranger = site.stranger().await;
    for (accept, expected) in [("fr", "登录"), ("fr, en-GB;q=0.8, zh;q=0.5", "Sign in")] {
        let request = Request::get("/login").header(header::ACCEPT_LANGUAGE, accept);
        assert_eq!(heading(&stranger.send(request, Vec::new()).await), expected, "{accept}");
    }
}

#[tokio::test]
async fn whatever_the_next_page_is_said_to_be_the_language_is_chosen() {
    let site = Site::new().await;
    for next in ["/\u{1}", "/\u{7f}", "//evil.example", "/\\evil.example", ""] {
        let answer = site.stranger().await.post("/language", &[("language", "en"), ("next", next)]).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/"), "{next:?}");
    }
}

#[tokio::test]
async fn too_many_failures_are_answered_with_when_to_come_back() {
    let site = Site::new().await;
    for login in ["city", "nobody"] {
        let mut stranger = site.stranger().await;
        let fields = [("user", login), ("password", "wrong password")];
        for _ in 0..3 {
            assert_eq!(stranger.post("/login", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let refused = stranger.post("/login", &fields).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers[header::RETRY_AFTER], "5");
        refused.page().assert_says(&["请 5 秒后再试"]);
        assert_eq!(refused.page().field("user").value(), login);
    }
}

#[tokio::test]
async fn the_language_is_chosen() {
    let site = Site::new().await;
    let mut stranger = site.stranger().await;
    let answer = stranger.post("/language", &[("language", "en"), ("next", "/units")]).await;
    assert_eq!(answer.location, "/units");
    assert_eq!(heading(&stranger.get("/login").await), "Sign in");
}

#[tokio::test]
async fn former_addresses_lead_on() {
    let site = Site::new().await;
    let id = action(&site, MILL, "first").await;
    let bookmark = site.visitor("mill").await.get(&format!("/facts/{id}?done=create")).await;
    assert_eq!(bookmark.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(bookmark.location, format!("/records/{id}?done=create"));
}

#[tokio::test]
async fn a_form_that_was_open_under_a_former_address_can_still_be_sent() {
    let site = Site::new().await;
    let id = action(&site, MILL, "first").await;
    let mut mill = site.visitor("mill").await;
    let sent = mill.post(&format!("/facts/{id}/steps/pause"), &[("version", "1")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert!(sent.location.starts_with(&format!("/records/{id}")), "{}", sent.location);
}

#[tokio::test]
async fn assets_are_kept_for_ever() {
    let site = Site::new().await;
    let mut stranger = site.stranger().await;
    let page = stranger.get("/login").await.document();
    let url = page.all_with("rel", "stylesheet")[0].attribute("href");
    let asset = stranger.get(url).await;
    assert_eq!(asset.headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
    assert!(asset.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    let known = Request::get(url).header(header::IF_NONE_MATCH, &asset.headers[header::ETAG]);
    assert_eq!(stranger.send(known, Vec::new()).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(stranger.get("/assets/none.css").await.status, StatusCode::NOT_FOUND);
}
