//! Two campaigns on pages: each address is about one of them, and links stay with it.

use axum::http::StatusCode;

use crate::site::{CITY, Site, code};

const SECOND: &str = "ideas-2022-24";

async fn site() -> Site {
    let site = Site::new().await;
    let console = testkit::console(&site.app);
    app::campaigns::load(&site.app, &console, &testkit::second_campaign(), None).await.unwrap();
    site
}

#[tokio::test]
async fn a_page_is_about_the_campaign_of_its_address_and_leads_to_pages_about_it() {
    let site = site().await;
    let mut city = site.visitor("city").await;
    let figures = format!("/units/{}/figures", code(CITY));
    let first = city.get(&figures).await.document();
    first.assert_says(&["绿色发展"]);
    first.assert_lacks(&["用上金点子的企业"]);

    let second = city.get(&format!("{figures}?campaign={SECOND}&year=2022")).await.document();
    second.assert_says(&["金点子三年行动", "用上金点子的企业"]);
    let links: Vec<String> = second.links().into_iter().map(|(_, to)| to).collect();
    let of_indicators: Vec<&String> = links
        .iter()
        .filter(|link| link.starts_with(&format!("{figures}/")) && !link.contains(".svg"))
        .collect();
    assert!(!of_indicators.is_empty());
    for link in of_indicators {
        assert!(link.contains(&format!("campaign={SECOND}")), "{link}");
        assert_eq!(city.get(link).await.status, StatusCode::OK, "{link}");
    }
    for page in ["ranking", "registers", "grid", "comparison"] {
        let address = format!("/units/{}/{page}?campaign={SECOND}", code(CITY));
        assert_eq!(city.get(&address).await.status, StatusCode::OK, "{address}");
    }
    let menu: Vec<&String> = links.iter().filter(|link| link.contains("/ranking")).collect();
    assert!(menu.iter().any(|link| link.contains(&format!("campaign={SECOND}"))), "{menu:?}");
    let chooser: Vec<&String> =
        links.iter().filter(|link| link.contains("campaign=five-creations")).collect();
    assert!(!chooser.is_empty(), "the other campaign can be chosen");
}

#[tokio::test]
async fn a_campaign_or_a_year_that_is_not_there_is_not_found() {
    let site = site().await;
    let mut city = site.visitor("city").await;
    let figures = format!("/units/{}/figures", code(CITY));
    assert_eq!(city.get(&format!("{figures}?campaign=walks")).await.status, StatusCode::NOT_FOUND);
    let outside = city.get(&format!("{figures}?campaign={SECOND}&year=2021")).await;
    assert_eq!(outside.status, StatusCode::NOT_FOUND, "a year of the first one alone");
    let file = city.get(&format!("{figures}/export.xlsx?campaign={SECOND}&year=2022")).await;
    assert_eq!(file.status, StatusCode::OK);
}

#[tokio::test]
async fn with_one_campaign_there_is_nothing_to_choose() {
    let site = Site::new().await;
    let page = site.visitor("city").await.get("/").await.document();
    assert!(page.links().iter().all(|(_, to)| !to.contains("campaign=")));
}

#[tokio::test]
async fn the_chosen_campaign_holds_for_the_pages_after_it() {
    let site = site().await;
    let mut city = site.visitor("city").await;
    let figures = format!("/units/{}/figures", code(CITY));
    // Nothing is chosen: an old address means the first.
    city.get(&figures).await.document().assert_says(&["绿色发展"]);
    city.get(&format!("{figures}?campaign={SECOND}")).await.document().assert_says(&["用上金点子的企业"]);
    let later = city.get(&figures).await.document();
    later.assert_says(&["用上金点子的企业"]);
    // The page says which it is, and each of its links names it.
    let links: Vec<String> = later.links().into_iter().map(|(_, to)| to).collect();
    let files: Vec<&String> = links.iter().filter(|link| link.contains("/figures/export.xlsx")).collect();
    assert!(!files.is_empty());
    assert!(files.iter().all(|link| link.contains(&format!("campaign={SECOND}"))), "{files:?}");
    // Answers for programs and files know the address alone.
    let answer = city.get(&format!("/api/v1{figures}")).await.text();
    let of_first = city.get(&format!("/api/v1{figures}?campaign=five-creations-2021-23")).await.text();
    let of_second = city.get(&format!("/api/v1{figures}?campaign={SECOND}")).await.text();
    assert_eq!(answer, of_first);
    assert_ne!(answer, of_second);
    // So do addresses of one indicator: those that somebody wrote down are of the first.
    let written_down = city.get(&format!("{figures}/2.1")).await.document();
    let named = city.get(&format!("{figures}/2.1?campaign=five-creations-2021-23")).await.document();
    assert_eq!(written_down.all("h2")[0].text(), named.all("h2")[0].text());
    city.get(&format!("{figures}?campaign={SECOND}")).await;
    // The address wins, and is what holds from then on.
    let first = city.get(&format!("{figures}?campaign=five-creations-2021-23")).await.document();
    first.assert_says(&["绿色发展"]);
    city.get(&figures).await.document().assert_says(&["绿色发展"]);
    // A campaign that is not there is not chosen; nor does a choice outlast the session.
    assert_eq!(city.get(&format!("{figures}?campaign=walks")).await.status, StatusCode::NOT_FOUND);
    city.get(&figures).await.document().assert_says(&["绿色发展"]);
    city.get(&format!("{figures}?campaign={SECOND}")).await;
    city.post("/logout", &[]).await;
    let mut again = site.visitor("city").await;
    let kept = city.cookies.get("campaign").cloned().unwrap_or_default();
    again.cookies.insert("campaign".to_owned(), kept);
    again.get(&figures).await.document().assert_says(&["绿色发展"]);
}
