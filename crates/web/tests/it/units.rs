//! Keeping the tree: forms, the question before the change, and what becomes of it.

use axum::http::StatusCode;
use model::ids::UnitId;

use crate::{
    page::Element,
    site::{Answer, CITY, DISTRICT, MILL, OTHER, STREET, Site, Visitor, WORKS, YARD, code},
};

/// What is answered when somebody looks at a change.
async fn look(visitor: &mut Visitor<'_>, path: &str, query: &str) -> Element {
    let answer = visitor.get(&format!("{path}?look=1&{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}?{query}: {}", answer.page().alerts());
    answer.page()
}

/// Looks at a change and carries out what the page offers.
async fn change(visitor: &mut Visitor<'_>, path: &str, query: &str) -> Answer {
    let fields = confirmation(&look(visitor, path, query).await);
    visitor.post(path, &borrowed(&fields)).await
}

/// What goes along with the form that carries a change out.
fn confirmation(page: &Element) -> Vec<(String, String)> {
    page.all_with("method", "post")[0].hidden()
}

/// Fields as a form sends them.
fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

async fn unit_page(visitor: &mut Visitor<'_>, unit: UnitId) -> Element {
    visitor.get(&format!("/units/{}", code(unit))).await.page()
}

fn path(unit: UnitId, change: &str) -> String {
    format!("/units/{}/changes/{change}", code(unit))
}

/// Carries a change of the works out; their page after it.
async fn after_change(site: &Site, name: &str, query: &str) -> Element {
    let mut city = site.visitor("city").await;
    let here = format!("/units/{}?done={name}", code(WORKS));
    let done = change(&mut city, &path(WORKS, name), query).await;
    assert_eq!((done.status, done.location), (StatusCode::SEE_OTHER, here.clone()));
    assert_eq!(app::rebuild::verify(&site.app, &testkit::console(&site.app)).await.unwrap().findings, []);
    let page = city.get(&here).await.page();
    assert!(!page.notices().is_empty(), "it is said that it was done");
    page
}

#[tokio::test]
async fn a_unit_is_renamed_and_its_former_name_stays() {
    let site = Site::new().await;
    let page = after_change(&site, "rename", "name=New%20Works&until=2026-02-28").await;
    page.assert_says(&["New Works", "Works 用到 2026年2月28日"]);
}

#[tokio::test]
async fn a_unit_is_moved_from_a_month_on() {
    let site = Site::new().await;
    let page = after_change(&site, "move", &format!("unit={}&from=2022-07", code(OTHER))).await;
    page.assert_says(&["2022年7月", "Other"]);
}

#[tokio::test]
async fn a_unit_is_guided_by_another() {
    let site = Site::new().await;
    let page = after_change(&site, "guide", &format!("unit={}&from=2022-08", code(OTHER))).await;
    page.assert_says(&["2022年8月", "Other"]);
}

#[tokio::test]
async fn guidance_ends() {
    let site = Site::new().await;
    after_change(&site, "guide", &format!("unit={}&from=2022-08", code(OTHER))).await;
    after_change(&site, "guide", "end=1&from=2023-01").await.assert_says(&["2022年12月"]);
}

#[tokio::test]
async fn nothing_more_can_be_done_to_a_unit_that_was_closed() {
    let site = Site::new().await;
    let page = after_change(&site, "close", "from=2024-01").await;
    page.assert_says(&["2024年1月 撤销"]);
    assert!(!is_offered(&page, ""), "{:?}", page.links());
}

/// Whether a page offers a change; any change, when none is named.
fn is_offered(page: &Element, change: &str) -> bool {
    page.ways().iter().any(|way| way.contains(&format!("/changes/{change}")))
}

#[tokio::test]
async fn a_merger_asks_first() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let query = format!("unit={}&from=2022-07", code(OTHER));
    look(&mut city, &path(DISTRICT, "merge"), &query).await.assert_says(&["下属的 3 个单位"]);
    assert!(is_offered(&unit_page(&mut city, DISTRICT).await, "merge"), "only looked");
}

#[tokio::test]
async fn a_merger_shows_on_both_pages() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    change(&mut city, &path(DISTRICT, "merge"), &format!("unit={}&from=2022-07", code(OTHER))).await;
    let merged = unit_page(&mut city, DISTRICT).await;
    merged.assert_says(&["自 2022年7月 起并入"]);
    assert_eq!(merged.link("Other"), Some(format!("/units/{}", code(OTHER))));
    unit_page(&mut city, OTHER).await.assert_says(&["2022年7月 并入其他单位", "并入本单位的单位"]);
}

#[tokio::test]
async fn a_second_click_does_nothing() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let path = path(WORKS, "move");
    let fields = confirmation(&look(&mut city, &path, &format!("unit={}&from=2022-07", code(OTHER))).await);
    assert_eq!(city.post(&path, &borrowed(&fields)).await.status, StatusCode::SEE_OTHER);
    let second = city.post(&path, &borrowed(&fields)).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    second.page().assert_says(&["这个单位已有变动"]);
}

#[tokio::test]
async fn a_change_without_a_version_is_refused() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let path = path(WORKS, "move");
    let page = look(&mut city, &path, &format!("unit={}&from=2022-07", code(OTHER))).await;
    let mut fields = confirmation(&page);
    fields.retain(|(name, _)| name != "version");
    assert_eq!(city.post(&path, &borrowed(&fields)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn wrong_input_comes_back_with_its_reason() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let mut check = async |unit, change: &str, query: &str, part: &str| {
        let answer = city.get(&format!("{}?look=1&{query}", path(unit, change))).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{change} {query}");
        let alert = answer.page().alerts();
        assert!(alert.contains(part), "{change} {query}: {alert}");
    };
    let unit = |unit| format!("unit={}&from=2022-07", code(unit));
    check(MILL, "move", "unit=&from=", "新的上级工会：没有填写").await;
    check(MILL, "move", "unit=&from=", "起始月份：没有填写").await;
    check(MILL, "move", "unit=Nowhere&from=2022-07", "没有代码或名称为“Nowhere”的单位").await;
    check(MILL, "move", "unit=Works&from=July", "“July”不是月份").await;
    check(MILL, "move", &unit(STREET), "现在就在“Street”下面").await;
    check(DISTRICT, "move", &unit(STREET), "本身在它的下面").await;
    check(STREET, "move", &unit(YARD), "不能放在“Yard”下面").await;
    check(MILL, "merge", &unit(MILL), "不能并入自己").await;
    check(MILL, "merge", &unit(OTHER), "不是同一类单位").await;
    check(DISTRICT, "merge", &unit(STREET), "在它的下面").await;
    check(DISTRICT, "close", "from=2022-07", "还有 3 个单位").await;
    check(CITY, "close", "from=2022-07", "最上级").await;
    check(MILL, "rename", "name=&until=", "新名称：没有填写").await;
    check(MILL, "rename", "name=Mill", "名称没有变").await;
    check(MILL, "rename", "name=New&until=2026-03-02", "晚于今天").await;
    check(MILL, "guide", "end=1&from=2022-07", "没有业务指导工会").await;
}

#[tokio::test]
async fn a_move_does_not_begin_before_the_last_one() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    change(&mut city, &path(MILL, "move"), &format!("unit={}&from=2022-07", code(OTHER))).await;
    let early = city.get(&format!("{}?look=1&unit={}&from=2022-06", path(MILL, "move"), code(STREET))).await;
    early.page().assert_says(&["2022-06 太早：现在的上级“Other”是从 2022-07 起的"]);
}

#[tokio::test]
async fn a_change_that_is_not_known_does_not_exist() {
    let site = Site::new().await;
    let answer = site.visitor("city").await.get(&path(MILL, "explode")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_new_unit_is_asked_for_what_the_roster_says() {
    let site = Site::new().await;
    let page = site.visitor("city").await.get(&format!("/units/new?unit={}", code(STREET))).await.page();
    assert_eq!(page.field("unit").value(), code(STREET));
    assert!(page.optional_field("field.registration").is_some());
}

/// The fields of a new unit below the street.
fn new_unit<'f>(code: &'f str, registration: &'f str) -> [(&'f str, &'f str); 4] {
    [("code", code), ("name", "新厂"), ("unit", "Street"), ("field.registration", registration)]
}

#[tokio::test]
async fn a_new_unit_that_cannot_be_is_refused_and_what_was_typed_is_kept() {
    let site = Site::new().await;
    let refused = site.visitor("city").await.post("/units", &new_unit("", "nonsense")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.page();
    page.assert_says(&["组织编码：没有填写", "登记类型：“nonsense”不在"]);
    assert_eq!(page.field("name").value(), "新厂");
}

#[tokio::test]
async fn a_new_unit_stands_where_it_was_put() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let made = city.post("/units", &new_unit("900", "")).await;
    assert_eq!((made.status, made.location.as_str()), (StatusCode::SEE_OTHER, "/units/900?done=create"));
    assert_eq!(unit_page(&mut city, STREET).await.link("新厂").as_deref(), Some("/units/900"));
}

#[tokio::test]
async fn a_second_click_makes_no_second_unit() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    city.post("/units", &new_unit("900", "")).await;
    city.post("/units", &new_unit("900", "")).await.page().assert_says(&["已被另一单位使用"]);
}

#[tokio::test]
async fn only_those_who_keep_the_tree_are_offered_to_change_it() {
    let site = Site::new().await;
    for (login, expected) in [("city", true), ("district", false), ("mill", false)] {
        let page = unit_page(&mut site.visitor(login).await, MILL).await;
        assert_eq!(is_offered(&page, ""), expected, "{login}");
    }
}

#[tokio::test]
async fn the_top_of_the_tree_is_renamed_and_not_closed() {
    let site = Site::new().await;
    let page = unit_page(&mut site.visitor("city").await, CITY).await;
    assert!(is_offered(&page, "rename") && !is_offered(&page, "close"), "{:?}", page.links());
}
