//! Keeping the tree: forms, the question before the deed, and what becomes of it.

use axum::http::StatusCode;

use crate::site::{CITY, DISTRICT, MILL, OTHER, STREET, Site, Visitor, WORKS, YARD, between, code};

/// Looks at a change and carries out what the page offers; the answer to the deed.
async fn change(visitor: &mut Visitor<'_>, path: &str, query: &str) -> (StatusCode, String) {
    let page = visitor.get(&format!("{path}?look=1&{query}")).await;
    assert_eq!(page.status, StatusCode::OK, "{path}?{query}: {}", main(&page.text()));
    let fields = hidden(&page.text());
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = visitor.post(path, &fields).await;
    (answer.status, answer.location)
}

/// The hidden fields of the form that does it.
fn hidden(page: &str) -> Vec<(String, String)> {
    let form = between(main(page), "method=\"post\"", "</form>").unwrap();
    let inputs = form.split("<input type=\"hidden\" ").skip(1);
    let field = |input: &str| {
        let part = |name: &str| between(input, &format!("{name}=\""), "\"").unwrap().to_owned();
        (part("name"), part("value"))
    };
    inputs.map(field).filter(|(name, _)| name != "token").collect()
}

fn main(page: &str) -> &str {
    between(page, "<main", "</main>").unwrap_or(page)
}

fn path(unit: model::ids::UnitId, change: &str) -> String {
    format!("/units/{}/changes/{change}", code(unit))
}

#[tokio::test]
async fn a_unit_is_renamed_moved_guided_and_closed() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let here = format!("/units/{}", code(WORKS));
    for (name, query) in [
        ("rename", "name=New%20Works&until=2026-02-28".to_owned()),
        ("move", format!("unit={}&from=2022-07", code(OTHER))),
        ("guide", format!("unit={}&from=2022-08", code(DISTRICT))),
        ("guide", "end=1&from=2023-01".to_owned()),
        ("close", "from=2024-01".to_owned()),
    ] {
        let (status, location) = change(&mut city, &path(WORKS, name), &query).await;
        assert_eq!((status, location), (StatusCode::SEE_OTHER, format!("{here}?done={name}")));
        let page = city.get(&format!("{here}?done={name}")).await.text();
        assert!(main(&page).contains("role=\"status\""), "{name}: {page}");
    }
    let page = city.get(&here).await.text();
    let page = main(&page);
    for part in [
        "New Works",
        "Works <small class=\"quiet\">用到 2026年2月28日",
        "2022年7月",
        "2022年12月",
        "2024年1月 撤销",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("changes/"), "nothing more can be done to it");
    assert_eq!(app::rebuild::verify(&site.app, &testkit::console()).await.unwrap().difference, None);
}

#[tokio::test]
async fn a_merger_asks_first_and_shows_on_both_pages() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let asked = format!("unit={}&from=2022-07", code(OTHER));
    let page = city.get(&format!("{}?look=1&{asked}", path(DISTRICT, "merge"))).await.text();
    assert!(main(&page).contains("下属的 3 个单位"), "{}", main(&page));
    assert!(
        city.get(&format!("/units/{}", code(DISTRICT))).await.text().contains("changes/merge"),
        "only looked"
    );
    change(&mut city, &path(DISTRICT, "merge"), &asked).await;
    let page = city.get(&format!("/units/{}", code(DISTRICT))).await.text();
    assert!(main(&page).contains("自 2022年7月 起并入 <a"), "{}", main(&page));
    let page = city.get(&format!("/units/{}", code(OTHER))).await.text();
    assert!(main(&page).contains("2022年7月 并入其他单位"), "in the tree: {}", main(&page));
    assert!(main(&page).contains("并入本单位的单位"), "{}", main(&page));
}

#[tokio::test]
async fn a_second_click_does_nothing() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let path = path(WORKS, "move");
    let page = city.get(&format!("{path}?look=1&unit={}&from=2022-07", code(OTHER))).await;
    let fields = hidden(&page.text());
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(city.post(&path, &fields).await.status, StatusCode::SEE_OTHER);
    let second = city.post(&path, &fields).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert!(second.text().contains("这个单位已有变动"), "{}", second.text());
    let without: Vec<(&str, &str)> = fields.into_iter().filter(|(name, _)| *name != "version").collect();
    assert_eq!(city.post(&path, &without).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn wrong_input_comes_back_with_its_reason() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let mut check = async |unit, change: &str, query: &str, part: &str| {
        let page = city.get(&format!("{}?look=1&{query}", path(unit, change))).await;
        let text = page.text();
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{change} {query}");
        let alert = between(main(&text), "role=\"alert\">", "</div>").unwrap_or_default();
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
    change(&mut city, &path(MILL, "move"), &unit(OTHER)).await;
    let early = city.get(&format!("{}?look=1&unit={}&from=2022-06", path(MILL, "move"), code(STREET))).await;
    assert!(early.text().contains("2022-06 太早：现在的上级“Other”是从 2022-07 起的"), "{}", early.text());
    assert_eq!(city.get(&path(MILL, "explode")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_new_unit_stands_where_it_was_put() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let page = city.get(&format!("/units/new?unit={}", code(STREET))).await.text();
    assert!(
        page.contains("name=\"field.registration\"") && page.contains(&format!("value=\"{}\"", code(STREET)))
    );
    let fields = |code: &'static str, registration: &'static str| {
        [("code", code), ("name", "新厂"), ("unit", "Street"), ("field.registration", registration)]
    };
    let refused = city.post("/units", &fields("", "nonsense")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text();
    for part in ["组织编码：没有填写", "登记类型：“nonsense”不在", "value=\"新厂\""] {
        assert!(main(&text).contains(part), "{part}: {}", main(&text));
    }
    let made = city.post("/units", &fields("900", "")).await;
    assert_eq!((made.status, made.location.as_str()), (StatusCode::SEE_OTHER, "/units/900?done=create"));
    assert!(city.get(&format!("/units/{}", code(STREET))).await.text().contains("新厂"));
    let again = city.post("/units", &fields("900", "")).await;
    assert!(again.text().contains("已被另一单位使用"), "a second click makes no second unit");
}

#[tokio::test]
async fn only_those_who_keep_the_tree_are_offered_it() {
    let site = Site::new().await;
    for (login, unit, is_offered) in [("city", MILL, true), ("district", MILL, false), ("mill", MILL, false)]
    {
        let page = site.visitor(login).await.get(&format!("/units/{}", code(unit))).await.text();
        assert_eq!(page.contains("/changes/"), is_offered, "{login}");
    }
    let page = site.visitor("city").await.get(&format!("/units/{}", code(CITY))).await.text();
    assert!(page.contains("changes/rename") && !page.contains("changes/close"), "the top stays");
}
