//! From a number to its records: figures, one indicator, units side by side,
//! the tree, single records.

use std::{collections::BTreeSet, fmt::Write as _};

use app::units::{Command, UnitChange, carry_out};
use axum::http::StatusCode;
use campaign::source::{Source, SourceFile};
use jiff::SignedDuration;
use model::ids::UnitId;
use words::Language;

use crate::site::{CITY, DISTRICT, MILL, OTHER, STREET, Site, Visitor, between, code};
use crate::{page::Element, snapshots};

/// The first indicator of the small campaign that counts the register of the tests.
async fn indicator(site: &Site) -> String {
    let snapshot = site.app.current(&testkit::console(&site.app)).await.unwrap();
    snapshot.definition.first_campaign().indicators.as_slice()[0].id.clone()
}

fn figures(unit: UnitId) -> String {
    format!("/units/{}/figures", code(unit))
}

#[tokio::test]
async fn the_start_page_leads_to_ones_own_figures() {
    let site = Site::new().await;
    let mut district = site.visitor("district").await;
    let start = district.get("/").await.document();
    assert!(!start.all_with("href", &figures(DISTRICT)).is_empty());
    assert_eq!(district.get(&figures(CITY)).await.status, StatusCode::NOT_FOUND, "above");
    assert_eq!(district.get(&figures(OTHER)).await.status, StatusCode::NOT_FOUND, "beside");
    assert_eq!(district.get(&figures(MILL)).await.status, StatusCode::OK, "below");
}

/// Two clicks: from the dashboard to the indicator, from there to the record.
#[tokio::test]
async fn every_number_leads_to_its_records() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let dashboard = city.get(&format!("{}?year=2021", figures(CITY))).await.document();
    let mut records = BTreeSet::new();
    for link in links(&dashboard).into_iter().filter(|link| link.starts_with(&format!("{}/", figures(CITY))))
    {
        let page = city.get(&link).await.document();
        records.extend(links(&page).into_iter().filter(|link| link.starts_with("/records/")));
    }
    let expected: BTreeSet<String> = site.facts.values().map(|id| format!("/records/{id}")).collect();
    assert_eq!(records, expected);
}

#[tokio::test]
async fn a_viewer_sees_figures_without_records() {
    let site = Site::new().await;
    let indicator = indicator(&site).await;
    let mut viewer = site.visitor("viewer").await;
    let page = viewer.get(&format!("{}/{indicator}?year=2021", figures(DISTRICT))).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(links(&page.document()).iter().all(|link| !link.starts_with("/records/")));
    assert_eq!(viewer.get(&format!("/records/{}", site.facts[&MILL])).await.status, StatusCode::FORBIDDEN);
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
        ("?as_of=soon", StatusCode::NOT_FOUND),
        ("?as_of=2011-02-30", StatusCode::NOT_FOUND),
        ("?as_of=2026-03-02", StatusCode::NOT_FOUND),
        ("?year=2021&as_of=1999-01-01", StatusCode::NOT_FOUND),
        ("?year=2021&as_of=2026-03-01", StatusCode::OK),
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

/// The tests' clock shows 1 March 2026, when everything was entered.
#[tokio::test]
async fn a_record_is_shown_as_it_was_on_a_day() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let record = format!("/records/{}", site.facts[&MILL]);
    for (day, expected) in [
        ("2026-03-01", StatusCode::OK),
        ("2026-03-02", StatusCode::NOT_FOUND),
        ("2026-02-28", StatusCode::NOT_FOUND),
        ("soon", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(city.get(&format!("{record}?as_of={day}")).await.status, expected, "{day}");
    }
    city.get(&format!("{record}?as_of=2026-02-28")).await.page().assert_says(&["还没有任何数据"]);
}

#[tokio::test]
async fn a_wrong_month_is_explained() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    for (path, expected) in [
        ("?through=2021-13", "没有“2021-13”这个月份"),
        ("?year=2022&through=2021-06", "没有“2021-06”这个月份"),
        ("?through=1999-06", "竞赛期内没有 1999 年"),
        ("?as_of=1", "没有“1”这一天"),
        ("?year=2021&as_of=2027-01-01", "2027年1月1日 还没有到"),
        ("?year=2021&as_of=1999-01-01", "1999年1月1日 还没有任何数据"),
    ] {
        city.get(&format!("{}{path}", figures(CITY))).await.page().assert_says(&[expected]);
    }
}

/// On the day after everything was entered, a record is removed and its unit gets another name.
async fn a_day_later(site: Site) -> Site {
    let later = site.another_server(SignedDuration::from_hours(24)).await;
    let ctx = later.system(later.first_region().unwrap(), Language::Chinese);
    app::records::delete(&later, &ctx, site.facts[&MILL], 1).await.unwrap();
    let until = jiff::civil::date(2026, 3, 1);
    let change = UnitChange::Rename { name: "新磨坊".to_owned(), until };
    carry_out(&later, &ctx, &Command { unit: MILL, seen: None, change }).await.unwrap();
    site.served_by(later).await
}

#[tokio::test]
async fn pages_of_an_earlier_day_have_its_units_and_records() {
    let site = a_day_later(Site::new().await).await;
    let mut city = site.visitor("city").await;
    let (mill, street, district) = (code(MILL), code(STREET), code(DISTRICT));
    for path in [
        format!("/units/{mill}"),
        format!("/units/{street}"),
        format!("/units/{street}/below"),
        format!("/units/{street}/ranking?year=2021"),
        format!("/units/{street}/grid?year=2021"),
        format!("/units/{mill}/figures?year=2021"),
        format!("/units/{mill}/figures/2.1?year=2021"),
    ] {
        let joint = if path.contains('?') { '&' } else { '?' };
        let then = city.get(&format!("{path}{joint}as_of=2026-03-01")).await.page();
        then.assert_says(&["Mill"]);
        then.assert_lacks(&["新磨坊"]);
        let now = city.get(&path).await.page();
        now.assert_says(&["新磨坊"]);
        if !path.ends_with("/below") {
            assert!(
                then.notices().contains("2026年3月1日") && !now.notices().contains("2026年3月1日"),
                "{path}"
            );
        }
    }
    let records = format!("/units/{district}/figures/2.1?year=2021");
    city.get(&format!("{records}&as_of=2026-03-01"))
        .await
        .page()
        .assert_says(&["后来已删除", "本页 2 条，共 2 条"]);
    city.get(&records).await.page().assert_says(&["本页 1 条，共 1 条"]);
    city.get("/?as_of=2026-03-01").await.page().assert_says(&["2026年3月1日 所知"]);
    for (path, status) in [
        (format!("/units/{mill}/export.xlsx?as_of=2026-03-01"), StatusCode::OK),
        (format!("/units/{mill}?as_of=2026-03-03"), StatusCode::NOT_FOUND),
        (format!("/units/{mill}?as_of=1999-01-01"), StatusCode::NOT_FOUND),
        (format!("/units/{mill}?as_of=soon"), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(city.get(&path).await.status, status, "{path}");
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
        let page = city.get(&path).await.page();
        page.assert_says(&["数据截至 2021年6月"]);
        // One link leads to all there is of the year.
        let notices = page.all_with("role", "status").into_iter();
        let whole_year: BTreeSet<String> =
            notices.filter(|notice| notice.says("数据截至")).flat_map(links).collect();
        assert!(
            !whole_year.is_empty() && whole_year.iter().all(|link| !link.contains("through=")),
            "{whole_year:?}"
        );
        for link in links(&page).difference(&whole_year).filter(|link| link.contains("year=")) {
            let year = between(link, "year=", "&").unwrap_or_default();
            assert!(link.contains(&format!("through={year}-06")), "{path} leads to {link}");
        }
        // Another period takes the place of year and month.
        let is_of_year = |form: &&Element| {
            !form.all_with("name", "year").is_empty() && form.all_with("name", "period").is_empty()
        };
        for form in page.all("form").into_iter().filter(is_of_year) {
            assert!(!form.all_with("name", "through").is_empty(), "{path}: {form:?}");
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

/// An answer to a program, without what differs between two versions of the campaign.
async fn json(site: &Site, login: &str, path: &str) -> String {
    let hash = site.app.current(&testkit::console(&site.app)).await.unwrap().definition.hash.clone();
    let mut visitor = if login.is_empty() { site.stranger().await } else { site.visitor(login).await };
    let mut both = String::new();
    for language in ["zh", "en"] {
        visitor.reads(language);
        let answer = visitor.get(path).await;
        let mut json: serde_json::Value = serde_json::from_slice(&answer.bytes).unwrap();
        if let Some(number) = json.get_mut("instance") {
            *number = "{number}".into();
        }
        let media_type = answer.headers["content-type"].to_str().unwrap();
        let text = serde_json::to_string_pretty(&json).unwrap().replace(&hash, "{definition}");
        writeln!(both, "[{language}] {} {media_type}\n{text}", answer.status).unwrap();
    }
    both
}

#[tokio::test]
async fn programs_get_the_same_figures() {
    let site = Site::new().await;
    let path = format!("/api/v1{}?year=2021", figures(CITY));
    snapshots::assert("json_figures", &json(&site, "city", &path).await);
}

#[tokio::test]
async fn programs_are_told_that_a_unit_does_not_exist() {
    let site = Site::new().await;
    snapshots::assert("json_not_found", &json(&site, "city", "/api/v1/units/nowhere/figures").await);
}

#[tokio::test]
async fn programs_are_told_that_a_month_does_not_exist() {
    let site = Site::new().await;
    let path = format!("/api/v1{}?through=2021-13", figures(CITY));
    snapshots::assert("json_no_such_month", &json(&site, "city", &path).await);
}

#[tokio::test]
async fn programs_that_have_not_signed_in_are_told_so() {
    let site = Site::new().await;
    let path = format!("/api/v1{}", figures(CITY));
    snapshots::assert("json_not_signed_in", &json(&site, "", &path).await);
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
    let mut found = links(&answer.document());
    found.extend(Some(answer.location).filter(|location| !location.is_empty()));
    found
}

/// Addresses of this site in links of a page, without fragments.
fn links(page: &Element) -> BTreeSet<String> {
    let elements = page.descendants().into_iter().map(|element| element.attribute("href"));
    let links = elements.filter(|href| href.starts_with('/'));
    links.map(|href| href.split('#').next().unwrap_or_default().to_owned()).collect()
}

/// The tiles of units below are a page of its own.
#[tokio::test]
async fn every_unit_below_is_a_tile_with_its_state_in_words() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let page = city.get(&format!("/units/{}/grid?year=2021&by=2.1", code(CITY))).await.page();
    let mut tiles = page.part("grid").links();
    tiles.retain(|(_, address)| address.contains("/figures"));
    for (unit, name) in [(DISTRICT, "District"), (OTHER, "Other")] {
        let (text, _) = tiles
            .iter()
            .find(|(_, address)| address.starts_with(&format!("{}?year=2021", figures(unit))))
            .unwrap();
        assert!(
            text.contains(name) && text.len() > name.len() + 3,
            "a state in words, not by colour alone: {text}"
        );
    }
    assert_eq!(tiles.len(), 2, "{tiles:?}");
}

#[tokio::test]
async fn tiles_of_an_unknown_indicator_do_not_exist() {
    let site = Site::new().await;
    let answer = site.visitor("city").await.get(&format!("/units/{}/grid?by=9.9", code(CITY))).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

/// The dashboard loads the tiles where there are enough of them.
#[tokio::test]
async fn the_ranking_leads_to_the_tiles_and_a_dashboard_of_two_units_does_not() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let grid = format!("/units/{}/grid", code(CITY));
    let leads = |page: &Element| links(page).iter().any(|link| link.starts_with(&grid));
    assert!(!leads(&city.get(&figures(CITY)).await.page()));
    assert!(leads(&city.get(&format!("/units/{}/ranking", code(CITY))).await.page()));
}

/// The small campaign, whose roster says what kind of union a unit is.
fn with_kinds() -> Source {
    let small = testkit::small_campaign();
    let mut files: Vec<SourceFile> = small.files().to_vec();
    let roster = files.iter_mut().find(|file| file.path == "roster.toml").unwrap();
    roster.text = roster.text.replacen(
        "kind = \"roster\"\n",
        "kind = \"roster\"\ngroup_by = \"kind_of_union\"\n",
        1,
    ) + "\n[[field]]\nid = \"kind_of_union\"\nlabel = { zh = \"工会类型\", en = \"Kind of union\" }\nkind = \"code\"\n\
           dictionary = \"kind-of-union\"\n";
    let head = "label = { zh = \"工会类型\", en = \"Kind of union\" }\nsource = \"-\"\n";
    let text = format!("{head}{}{}", kind_code("district", "区县工会"), kind_code("zone", "园区工会"));
    files.push(SourceFile { path: "dictionaries/kind-of-union.toml".to_owned(), text });
    Source::from_files(files)
}

fn kind_code(id: &str, zh: &str) -> String {
    format!("\n[[code]]\ncode = \"{id}\"\nlabel = {{ zh = \"{zh}\", en = \"{id}\" }}\n")
}

#[tokio::test]
async fn each_kind_of_unions_is_ranked_apart() {
    let site = Site::under(&with_kinds()).await;
    let mut city = site.visitor("city").await;
    let page = city.get(&format!("/units/{}/ranking?year=2021", code(CITY))).await.page();
    let rows: Vec<Vec<String>> = page.part("ranked").rows().into_iter().skip(1).collect();
    let firsts: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(firsts, ["区县工会", "1", "园区工会", "1"], "each is the first of its kind: {rows:?}");
    let district = city.get(&format!("/units/{}/ranking?year=2021", code(DISTRICT))).await.page();
    assert!(!district.says("区县工会"), "where there is one kind, it is not named");
}

/// Rows of a table of months or years, and how many of them are to come.
fn to_come(page: &Element, table: &str) -> (usize, usize) {
    let rows = page.optional_part(table).map(Element::rows).unwrap_or_default();
    let Some((head, rows)) = rows.split_first() else { return (0, 0) };
    let forecast = head.iter().position(|title| title == "预测");
    let is_to_come = |row: &&Vec<String>| forecast.is_some_and(|column| !row[column].is_empty());
    (rows.len(), rows.iter().filter(is_to_come).count())
}

/// How many months and years the page of an indicator has, and how many of them are to come.
async fn course(unit: UnitId, indicator_and_query: &str) -> [(usize, usize); 2] {
    let site = Site::new().await;
    let page =
        site.visitor("city").await.get(&format!("{}/{indicator_and_query}", figures(unit))).await.page();
    ["months", "history"].map(|table| to_come(&page, table))
}

#[tokio::test]
async fn months_and_years_to_come_of_a_count_are_marked_as_such() {
    // 2021, June 2022, and to come: December 2022 and 2023.
    assert_eq!(course(CITY, "1.1?through=2022-06").await, [(12, 6), (4, 2)]);
}

#[tokio::test]
async fn nothing_is_to_come_after_the_last_month() {
    assert_eq!(course(CITY, "1.1?year=2023").await, [(12, 0), (3, 0)]);
}

#[tokio::test]
async fn a_ratio_has_neither_months_nor_a_forecast() {
    assert_eq!(course(CITY, "2.2?through=2022-06").await, [(0, 0), (2, 0)]);
}

#[tokio::test]
async fn the_months_of_an_enterprise_come_from_its_facts() {
    assert_eq!(course(MILL, "1.1?through=2022-06").await, [(12, 6), (4, 2)]);
}

#[tokio::test]
async fn only_who_has_signed_in_is_led_to_what_the_program_is() {
    let site = Site::new().await;
    let page = site.visitor("mill").await.get("/account").await.document();
    let login = site.stranger().await.get("/login").await.document();
    assert!(page.leads_to("/about") && !login.leads_to("/about"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_figures_says_that_changes_wait_until_they_are_added_up() {
    let Some(test) = testkit::postgres().await else { return };
    let site = Site::with_crowd(test, &testkit::small_campaign(), 0).await;
    let mut city = site.visitor("city").await;
    let unit = format!("/units/{}", code(CITY));
    let pages = ["figures", "figures/2.1", "ranking", "grid", "comparison"]
        .map(|page| format!("{unit}/{page}?year=2021"));
    for page in &pages {
        let text = city.get(page).await.text();
        assert!(text.contains("变动正在汇入"), "{page}: {text}");
    }
    let ready = city.get("/readyz").await.text();
    assert!(!ready.contains("\"waiting\":0"), "{ready}");
    site.app.fold(&testkit::console(&site.app)).await.unwrap();
    for page in &pages {
        let answer = city.get(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert!(!answer.text().contains("变动正在汇入"), "{page}");
    }
}
