//! Every page that shows something of its own, in both languages: it comes, in
//! that language only, and the same twice.

use axum::http::StatusCode;

use crate::{
    imports::{FAULTY, GOOD, UNKNOWN, handed_in, run},
    site::{MILL, OTHER, Site, Visitor, WORKS, action, between, code},
};

/// A page without what differs from one answer to the next.
async fn steady(visitor: &mut Visitor<'_>, path: &str) -> String {
    let answer = visitor.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    let mut text = answer.text();
    for before in ["name=\"token\" value=\"", "name=\"key\" value=\""] {
        while let Some(found) =
            between(&text, before, "\"").filter(|found| !found.is_empty()).map(ToOwned::to_owned)
        {
            text = text.replace(&found, "");
        }
    }
    text
}

fn has_chinese(text: &str) -> bool {
    // The switch names each language in itself; quotation marks of the campaign are no letters.
    text.replace("中文", "").contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

pub(crate) async fn check(site: &Site, login: &str, path: &str) {
    for language in ["zh", "en"] {
        let mut visitor = site.visitor(login).await;
        visitor.reads(language);
        let page = steady(&mut visitor, path).await;
        assert_eq!(page, steady(&mut visitor, path).await, "{path} twice");
        let content = between(&page, "<main", "</main>").unwrap();
        assert_eq!(has_chinese(content), language == "zh", "{path} in {language}:\n{content}");
        assert!(content.contains("<h1"), "{path} has no heading");
    }
}

#[tokio::test]
async fn pages_of_people() {
    let site = Site::new().await;
    check(&site, "city", "/users").await;
    check(&site, "mill", "/account").await;
}

#[tokio::test]
async fn pages_of_imports() {
    let site = Site::new().await;
    check(&site, "mill", "/imports").await;
    check(&site, "city", "/imports/new").await;
    let mut mill = site.visitor("mill").await;
    // Headings in English, so that what stands on the page is the page's own.
    let faulty = handed_in(&mut mill, "faulty.csv", FAULTY).await;
    let unknown = handed_in(&mut mill, "unknown.csv", UNKNOWN).await;
    let strange = handed_in(&mut mill, "strange.csv", "one,two\n1,2\n").await;
    for path in [&faulty, &unknown, &strange] {
        check(&site, "mill", path).await;
    }
    let waiting = handed_in(&mut mill, "good.csv", GOOD).await;
    mill.post(&format!("{waiting}/start"), &[("rows", "all")]).await;
    check(&site, "mill", &waiting).await;
    run(&site).await;
    check(&site, "mill", &waiting).await;
    mill.post(&format!("{faulty}/start"), &[("rows", "good")]).await;
    mill.post(&format!("{unknown}/start"), &[("rows", "all")]).await;
    mill.post(&format!("{strange}/discard"), &[]).await;
    run(&site).await;
    for path in [&faulty, &unknown, &strange] {
        check(&site, "mill", path).await;
    }
    check(&site, "mill", "/imports").await;
}

#[tokio::test]
async fn pages_of_figures() {
    let site = Site::new().await;
    check(&site, "mill", &format!("/units/{}/figures", code(MILL))).await;
}

#[tokio::test]
async fn pages_of_registers() {
    let site = Site::new().await;
    let registers = format!("/units/{}/registers", code(WORKS));
    check(&site, "city", &registers).await;
    for register in ["workshop-idea", "green-action"] {
        check(&site, "city", &format!("{registers}/{register}")).await;
        check(&site, "city", &format!("{registers}/{register}/new")).await;
    }
    check(&site, "city", &format!("{registers}/green-action?number=1")).await;
    let fact = format!("/facts/{}", site.facts[&WORKS]);
    check(&site, "city", &format!("{fact}?done=create")).await;
    check(&site, "city", &format!("{fact}/correct")).await;
    site.attachment_of(WORKS, "text").await;
    check(&site, "city", &format!("{fact}/attachments")).await;
    check(&site, "city", &format!("{fact}/print")).await;
}

#[tokio::test]
async fn pages_of_steps() {
    let site = Site::new().await;
    let fact = format!("/facts/{}", action(&site, MILL, "first").await);
    check(&site, "mill", &fact).await;
    check(&site, "mill", &format!("{fact}/steps/finish")).await;
    check(&site, "mill", &format!("{fact}/steps/pause")).await;
    check(&site, "mill", "/todo").await;
    let mut mill = site.visitor("mill").await;
    mill.post(&format!("{fact}/steps/pause"), &[("version", "1")]).await;
    mill.post(&format!("{fact}/comments"), &[("text", "said")]).await;
    check(&site, "mill", &format!("{fact}?done=step")).await;
    check(&site, "mill", "/todo").await;
    check(&site, "mill", "/todo?due=overdue").await;
}

#[tokio::test]
async fn pages_of_units() {
    let site = Site::new().await;
    let unit = format!("/units/{}", code(WORKS));
    check(&site, "city", &unit).await;
    check(&site, "city", &format!("/units/new?unit={}", code(OTHER))).await;
    for change in ["rename", "move", "guide", "merge", "close"] {
        check(&site, "city", &format!("{unit}/changes/{change}")).await;
    }
    for asked in [
        "rename?look=1&name=New&until=2026-02-28".to_owned(),
        format!("move?look=1&unit={}&from=2022-07", code(OTHER)),
        format!("guide?look=1&unit={}&from=2022-07", code(OTHER)),
        format!("merge?look=1&unit={}&from=2020-07", code(MILL)),
        "close?look=1&from=2020-07".to_owned(),
    ] {
        check(&site, "city", &format!("{unit}/changes/{asked}")).await;
    }
}
