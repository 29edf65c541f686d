//! Manners of every answer: headers, forms, errors, languages, assets.

use axum::http::{Request, StatusCode, header};

use crate::site::{PASSWORD, Site, between};

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
async fn pages_have_no_inline_script_or_style() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let start = city.get("/").await.location;
    for path in [start.as_str(), "/login", "/units", "/imports", "/users", "/nowhere"] {
        let text = city.get(path).await.text();
        for part in ["<style", " style=\"", " onclick", " onchange", "javascript:"] {
            assert!(!text.contains(part), "{path} has {part}");
        }
        assert!(text.split("<script ").skip(1).all(|script| script.starts_with("src=")), "{path}");
    }
}

#[tokio::test]
async fn signing_in_leads_on_but_never_away() {
    let site = Site::new().await;
    let mut stranger = site.stranger().await;
    let sent = stranger.get("/units?x=1").await;
    assert_eq!(
        (sent.status, sent.location.as_str()),
        (StatusCode::SEE_OTHER, "/login?next=%2Funits%3Fx%3D1")
    );
    stranger.get(&sent.location).await;
    for (next, expected) in
        [("/units?x=1", "/units?x=1"), ("//evil.example", "/"), ("https://evil.example", "/")]
    {
        let fields = [("user", "city"), ("password", PASSWORD), ("next", next)];
        let answer = stranger.post("/login", &fields).await;
        assert_eq!(answer.location, expected);
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        stranger = site.stranger().await;
    }
    let refused = stranger.post("/login", &[("user", "city"), ("password", "wrong password")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("value=\"city\"") && !refused.text().contains("wrong password"));
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let form = |site: &str, token: &str| {
        let request = Request::post("/logout").header("sec-fetch-site", site);
        (request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"), format!("token={token}"))
    };
    let page = city.get("/units").await.text();
    let token = between(&page, "name=\"token\" value=\"", "\"").unwrap().to_owned();
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
async fn errors_say_what_to_do() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    city.reads("en");
    for (path, status, title) in [
        ("/nowhere", StatusCode::NOT_FOUND, "No such page or record"),
        ("/facts/1", StatusCode::NOT_FOUND, "No such page or record"),
        ("/facts/one", StatusCode::NOT_FOUND, "No such page or record"),
        ("/logout", StatusCode::METHOD_NOT_ALLOWED, "No such page or record"),
    ] {
        let answer = city.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        let text = answer.text();
        assert_eq!(between(&text, "<h1>", "</h1>"), Some(title), "{path}");
        assert!(text.contains("Number ") && text.contains("To the dashboard"), "{path}");
    }
    let long = "x".repeat(2 << 20);
    assert_eq!(
        city.post("/language", &[("language", &long), ("next", "/")]).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(city.post("/language", &[("next", "/")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_language_is_chosen_asked_for_or_chinese() {
    let site = Site::new().await;
    let mut stranger = site.stranger().await;
    let mut title = async |accept: &str| {
        let request = Request::get("/login").header(header::ACCEPT_LANGUAGE, accept);
        let text = stranger.send(request, Vec::new()).await.text();
        between(&text, "<h1>", "</h1>").unwrap().to_owned()
    };
    assert_eq!(title("fr").await, "登录");
    assert_eq!(title("fr, en-GB;q=0.8, zh;q=0.5").await, "Sign in");
    let answer = stranger.post("/language", &[("language", "en"), ("next", "/units")]).await;
    assert_eq!(answer.location, "/units");
    assert!(stranger.get("/login").await.text().contains("<h1>Sign in</h1>"));
}

#[tokio::test]
async fn assets_are_kept_for_ever() {
    let site = Site::new().await;
    let mut stranger = site.stranger().await;
    let page = stranger.get("/login").await.text();
    let url = between(&page, "rel=\"stylesheet\" href=\"", "\"").unwrap();
    let asset = stranger.get(url).await;
    assert_eq!(asset.headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
    assert!(asset.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    let known = Request::get(url).header(header::IF_NONE_MATCH, &asset.headers[header::ETAG]);
    assert_eq!(stranger.send(known, Vec::new()).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(stranger.get("/assets/none.css").await.status, StatusCode::NOT_FOUND);
}
