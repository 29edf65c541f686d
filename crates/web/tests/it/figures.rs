//! From a number to its records: figures, one indicator, units side by side,
//! the tree, single records.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use model::ids::UnitId;

use crate::{
    pages::check,
    site::{CITY, DISTRICT, MILL, OTHER, Site, Visitor, between, code},
};

/// The first indicator of the small campaign that counts the register of the tests.
async fn indicator(site: &Site) -> String {
    let snapshot = site.app.current().await.unwrap();
    snapshot.campaign.indicators[0].id.clone()
}

fn figures(unit: UnitId) -> String {
    format!("/units/{}/figures", code(unit))
}

#[tokio::test]
async fn pages_in_both_languages() {
    let site = Site::new().await;
    let indicator = indicator(&site).await;
    let city = code(CITY);
    for path in [
        figures(CITY),
        format!("{}?view=table&year=2021", figures(CITY)),
        format!("{}?state=behind", figures(CITY)),
        format!("{}?through=2021-06", figures(CITY)),
        format!("{}/{indicator}?year=2021", figures(CITY)),
        format!("/units/{city}/ranking?by={indicator}"),
        format!("/units/{city}/grid?by={indicator}"),
        format!("/units/{city}/grid?by=2.1&through=2021-06"),
        format!("{}/1.1?through=2022-06", figures(CITY)),
        "/about".to_owned(),
        format!("/units/{city}/comparison?unit={}&unit={}", code(DISTRICT), code(OTHER)),
        "/units".to_owned(),
        format!("/units/{}", code(MILL)),
        "/units/search?q=Mill".to_owned(),
        "/units/search?q=nowhere".to_owned(),
    ] {
        check(&site, "city", &path).await;
    }
    check(&site, "mill", &format!("/facts/{}", site.facts[&MILL])).await;
}

#[tokio::test]
async fn the_start_page_leads_to_ones_own_figures() {
    let site = Site::new().await;
    let mut district = site.visitor("district").await;
    assert_eq!(district.get("/").await.location, figures(DISTRICT));
    assert_eq!(district.get(&figures(CITY)).await.status, StatusCode::NOT_FOUND, "above");
    assert_eq!(district.get(&figures(OTHER)).await.status, StatusCode::NOT_FOUND, "beside");
    assert_eq!(district.get(&figures(MILL)).await.status, StatusCode::OK, "below");
}

/// Two clicks: from the dashboard to the indicator, from there to the record.
#[tokio::test]
async fn every_number_leads_to_its_records() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let dashboard = city.get(&format!("{}?year=2021", figures(CITY))).await.text();
    let records: BTreeSet<String> = {
        let mut found = BTreeSet::new();
        for link in
            links(&dashboard).into_iter().filter(|link| link.starts_with(&format!("{}/", figures(CITY))))
        {
            let page = city.get(&link).await.text();
            found.extend(links(&page).into_iter().filter(|link| link.starts_with("/facts/")));
        }
        found
    };
    let expected: BTreeSet<String> = site.facts.values().map(|id| format!("/facts/{id}")).collect();
    assert_eq!(records, expected);
}

#[tokio::test]
async fn a_viewer_sees_figures_without_records() {
    let site = Site::new().await;
    let indicator = indicator(&site).await;
    let mut viewer = site.visitor("viewer").await;
    let page = viewer.get(&format!("{}/{indicator}?year=2021", figures(DISTRICT))).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().contains("/facts/"));
    assert_eq!(viewer.get(&format!("/facts/{}", site.facts[&MILL])).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn wrong_addresses_are_told_apart_from_empty_ones() {
    let site = Site::new().await;
    let indicator = indicator(&site).await;
    let mut city = site.visitor("city").await;
    for (path, expected) in [
        ("?year=1999", StatusCode::NOT_FOUND),
        ("?year=soon", StatusCode::NOT_FOUND),
        ("?through=soon", StatusCode::NOT_FOUND),
        ("?through=1999-06", StatusCode::NOT_FOUND),
        ("?year=2022&through=2021-06", StatusCode::NOT_FOUND),
        ("?through=2021-06", StatusCode::OK),
        ("?year=2021&through=", StatusCode::OK),
        ("?reading.none=such", StatusCode::NOT_FOUND),
        ("/9.9", StatusCode::NOT_FOUND),
        ("?state=unheard-of", StatusCode::OK),
    ] {
        assert_eq!(city.get(&format!("{}{path}", figures(CITY))).await.status, expected, "{path}");
    }
    let after = format!("{}/{indicator}?after=1.2", figures(CITY));
    assert_eq!(city.get(&after).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wrong_month_is_explained() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    for (path, expected) in [
        ("?through=2021-13", "没有“2021-13”这个月份"),
        ("?year=2022&through=2021-06", "没有“2021-06”这个月份"),
        ("?through=1999-06", "竞赛期内没有 1999 年"),
    ] {
        let text = city.get(&format!("{}{path}", figures(CITY))).await.text();
        assert!(text.contains(expected), "{path}: {text}");
    }
}

/// The cut-off month goes along to every page of figures, and every page says it.
#[tokio::test]
async fn the_cut_off_month_is_kept_in_every_link() {
    let site = Site::new().await;
    let indicator = indicator(&site).await;
    let mut city = site.visitor("city").await;
    let unit = format!("/units/{}", code(CITY));
    for path in [
        format!("{unit}/figures?through=2021-06"),
        format!("{unit}/figures?view=table&through=2021-06&reading.participation=ideas"),
        format!("{unit}/figures/{indicator}?year=2021&through=2021-06"),
        format!("{unit}/ranking?through=2021-06"),
        format!("{unit}/grid?through=2021-06"),
        format!("{unit}/comparison?through=2021-06&unit={}", code(DISTRICT)),
    ] {
        let page = city.get(&path).await.text();
        assert!(page.contains("数字截至 2021年6月"), "{path}");
        let content = between(&page, "<main", "</main>").unwrap();
        // One link leads to all there is of the year.
        let undo = between(content, "<p class=\"cut\"", "</p>").unwrap();
        assert!(links(undo).iter().all(|link| !link.contains("through=")), "{undo}");
        let rest = content.replace(undo, "");
        for link in links(&rest).iter().filter(|link| link.contains("year=")) {
            let year = between(link, "year=", "&").unwrap_or_default();
            assert!(link.contains(&format!("through={year}-06")), "{path} leads to {link}");
        }
        for form in rest.split("<form").skip(1).filter(|form| form.contains("name=\"year\"")) {
            assert!(form.contains("name=\"through\""), "{path}: {form}");
        }
    }
}

#[tokio::test]
async fn figures_end_at_the_cut_off_month() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let mut value = async |query: &str| {
        let answer = city.get(&format!("/api/v1{}?{query}", figures(CITY))).await;
        let json: serde_json::Value = serde_json::from_slice(&answer.bytes).unwrap();
        let all = json["indicators"].as_array().unwrap().clone();
        let growth = all.into_iter().find(|figure| figure["id"] == "2.1").unwrap();
        (json["through"].as_str().unwrap().to_owned(), growth["numerator"].as_i64())
    };
    // The ideas of the site were told in March.
    assert_eq!(value("year=2021").await, ("2021-12".to_owned(), Some(3)));
    assert_eq!(value("through=2021-03").await, ("2021-03".to_owned(), Some(3)));
    assert_eq!(value("through=2021-02").await, ("2021-02".to_owned(), Some(0)));
}

#[tokio::test]
async fn programs_get_the_same_figures() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let answer = city.get(&format!("/api/v1{}?year=2021", figures(CITY))).await;
    let json: serde_json::Value = serde_json::from_slice(&answer.bytes).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&json), ["unit", "year", "through", "definition", "indicators"]);
    assert_eq!(
        keys(&json["indicators"][0]),
        [
            "id",
            "value",
            "numerator",
            "denominator",
            "listed",
            "unlisted",
            "target",
            "expected_to_date",
            "state",
            "note"
        ]
    );
    let missing = city.get("/api/v1/units/nowhere/figures").await;
    let problem: serde_json::Value = serde_json::from_slice(&missing.bytes).unwrap();
    assert_eq!(missing.headers["content-type"], "application/problem+json");
    assert_eq!((problem["status"].as_u64(), problem["kind"].as_str()), (Some(404), Some("not_found")));
    let mut stranger = site.stranger().await;
    assert_eq!(stranger.get(&format!("/api/v1{}", figures(CITY))).await.status, StatusCode::UNAUTHORIZED);
}

/// Walks every link that pages of figures and units show to the city office.
#[tokio::test]
async fn no_link_is_dead() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let mut waiting = vec!["/".to_owned()];
    let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
    while let Some(path) = waiting.pop() {
        let found = walk(&mut city, &path).await;
        for link in found {
            // Years and readings multiply the pages; one of each kind is enough.
            if seen.len() < 400 && seen.insert(link.clone()) {
                waiting.push(link);
            }
        }
    }
    assert!(seen.len() > 100, "{seen:?}");
}

async fn walk(visitor: &mut Visitor<'_>, path: &str) -> BTreeSet<String> {
    let answer = visitor.get(path).await;
    assert!(matches!(answer.status, StatusCode::OK | StatusCode::SEE_OTHER), "{path}: {}", answer.status);
    let mut found = links(&answer.text());
    found.extend(Some(answer.location).filter(|location| !location.is_empty()));
    found
}

/// Addresses of this site in links of a page, without fragments.
fn links(page: &str) -> BTreeSet<String> {
    let hrefs = page.match_indices("href=\"").filter_map(|(at, _)| between(&page[at..], "href=\"", "\""));
    hrefs
        .filter(|href| href.starts_with('/'))
        .map(|href| href.replace("&#38;", "&").replace("&amp;", "&"))
        .map(|href| href.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

/// The tiles of units below: loaded by the dashboard where there are enough of
/// them, a page of its own everywhere.
#[tokio::test]
async fn units_below_are_tiles() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let grid = format!("/units/{}/grid", code(CITY));
    let page = city.get(&format!("{grid}?year=2021&by=2.1")).await.text();
    let tiles: Vec<&str> = page.split("class=\"grid-tile ").skip(1).collect();
    assert_eq!(tiles.len(), 2, "{page}");
    for (tile, unit) in tiles.iter().zip([DISTRICT, OTHER]) {
        assert!(tile.contains(&format!("{}?year=2021", figures(unit))), "{tile}");
        assert!(tile.contains("class=\"chip\""), "a state in words, not by colour alone: {tile}");
    }
    assert_eq!(city.get(&format!("{grid}?by=9.9")).await.status, StatusCode::NOT_FOUND);
    let dashboard = city.get(&figures(CITY)).await.text();
    assert!(!dashboard.contains("/grid"), "two units are too few for tiles");
    let ranking = city.get(&format!("/units/{}/ranking", code(CITY))).await.text();
    assert!(ranking.contains(&grid));
}

/// A count is shown by month, with what is to come marked as such.
#[tokio::test]
async fn months_and_forecast_of_a_count() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let mut page =
        async |unit, id: &str, query: &str| city.get(&format!("{}/{id}?{query}", figures(unit))).await.text();
    let half = page(CITY, "1.1", "through=2022-06").await;
    let rows = |page: &str, table: &str| {
        let body = between(page, &format!("id=\"{table}\">"), "</table>").unwrap_or_default();
        (body.matches("<tr").count().saturating_sub(1), body.matches("to-come").count())
    };
    assert_eq!(rows(&half, "months"), (12, 6));
    // 2021, June 2022, and to come: December 2022 and 2023.
    assert_eq!(rows(&half, "history"), (4, 2));
    assert!(half.contains("预测"));
    let end = page(CITY, "1.1", "year=2023").await;
    assert_eq!((rows(&end, "months"), rows(&end, "history")), ((12, 0), (3, 0)));
    let share = page(CITY, "2.2", "through=2022-06").await;
    assert_eq!((rows(&share, "months"), rows(&share, "history")), ((0, 0), (2, 0)), "a ratio has neither");
    let mill = page(MILL, "1.1", "through=2022-06").await;
    assert_eq!(
        (rows(&mill, "months"), rows(&mill, "history")),
        ((12, 6), (4, 2)),
        "an enterprise's months come from its facts"
    );
}

#[tokio::test]
async fn the_program_says_what_it_is() {
    let site = Site::new().await;
    let hash = site.app.current().await.unwrap().campaign.hash.clone();
    let mut mill = site.visitor("mill").await;
    let page = mill.get("/about").await.text();
    for part in [env!("CARGO_PKG_VERSION"), hash.as_str(), "SQLite", "City", "2023年12月", "Apache-2.0"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let login = site.stranger().await.get("/login").await.text();
    assert!(page.contains("href=\"/about\"") && !login.contains("href=\"/about\""));
}
