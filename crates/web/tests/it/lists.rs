//! Lists of records: filters, orders, columns, kept views; what is asked for
//! wrongly comes back with its reason.

use axum::http::StatusCode;

use crate::{
    page::Element,
    registers::site_with_everything,
    site::{MILL, Site, Visitor, code},
};

fn register() -> String {
    format!("/units/{}/registers/everything", code(MILL))
}

/// The first column of what is listed, in order.
fn listed(page: &Element) -> Vec<String> {
    page.all_with("scope", "row").into_iter().map(Element::text).collect()
}

/// What is asked of the list, with the address without it.
fn chips(page: &Element) -> Vec<(String, String)> {
    let list = page.all_with("aria-label", "现在的条件");
    let items = list.iter().flat_map(|list| list.all("li"));
    items.flat_map(Element::links).filter(|(text, _)| text.contains('×')).collect()
}

async fn fill(mill: &mut Visitor<'_>) {
    for (number, fields) in [
        (
            "A-1",
            &[
                ("field.text", "铝合金"),
                ("field.integer", "3"),
                ("field.day", "2021-03-01"),
                ("field.code", "采用"),
            ][..],
        ),
        (
            "A-2",
            &[
                ("field.lines", "合金"),
                ("field.integer", "12"),
                ("field.day", "2022-01-31"),
                ("field.flag", "0"),
            ],
        ),
        (
            "A-3",
            &[
                ("field.money", "1.2万"),
                ("field.decimal", "7.5"),
                ("field.code", "试用"),
                ("field.flag", "1"),
            ],
        ),
        ("A-4", &[("field.year", "2022"), ("field.partner", "Works"), ("field.phone", "13812345678")]),
    ] {
        let mut sent = vec![("unit", "Mill"), ("field.number", number)];
        sent.extend_from_slice(fields);
        let made = mill.post(&register(), &sent).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{number}: {}", made.page().alerts());
    }
}

async fn site() -> Site {
    let site = site_with_everything().await;
    let mut mill = site.visitor("mill").await;
    fill(&mut mill).await;
    drop(mill);
    site
}

#[tokio::test]
async fn records_are_filtered_by_every_kind_of_field() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    for (query, expected) in [
        ("", &["A-4", "A-3", "A-2", "A-1"][..]),
        ("q=%E5%90%88%E9%87%91", &["A-2", "A-1"]),
        ("q=a-3", &["A-3"]),
        ("q=13812345678", &[]),
        ("f.code=1", &["A-1"]),
        ("f.code=1&f.code=2", &["A-3", "A-1"]),
        ("f.flag=0", &["A-2"]),
        ("f.integer.from=4", &["A-2"]),
        ("f.integer.from=3&f.integer.to=12", &["A-2", "A-1"]),
        ("f.decimal.to=7.5", &["A-3"]),
        ("f.money.from=11999&f.money.to=12000", &["A-3"]),
        ("f.day.from=2021-03-02", &["A-2"]),
        ("f.day.to=2021%E5%B9%B43%E6%9C%881%E6%97%A5", &["A-1"]),
        ("f.day.is=missing", &["A-4", "A-3"]),
        ("f.day.from=&f.day.to=", &["A-4", "A-3", "A-2", "A-1"]),
        ("f.year.from=2022&f.year.to=2022", &["A-4"]),
        ("f.partner=Works", &["A-4"]),
        ("f.code=1&f.integer.from=4", &[]),
        ("sort=integer", &["A-1", "A-2", "A-4", "A-3"]),
        ("sort=-integer", &["A-2", "A-1", "A-4", "A-3"]),
        ("sort=day", &["A-1", "A-2", "A-4", "A-3"]),
        ("page=9", &["A-4", "A-3", "A-2", "A-1"]),
    ] {
        let answer = mill.get(&format!("{}?{query}", register())).await;
        let page = answer.page();
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", page.alerts());
        assert_eq!(listed(&page), expected, "{query}");
        assert_eq!(page.notices().lines().next(), Some(&*format!("共 {} 条", expected.len())), "{query}");
    }
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_told_and_kept() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    for (name, value, part) in [
        ("f.integer.from", "很多", "人数：“很多”不是整数"),
        ("f.decimal.to", "高", "评分：“高”不是数字"),
        ("f.money.from", "-5", "金额：“-5”小于零"),
        ("f.day.from", "昨天", "日期：“昨天”不是日期"),
        ("f.day.to", "2021-02-30", "日期：没有“2021-02-30”这一天"),
        ("f.year.from", "1", "年度：“1”超出范围"),
        ("f.code", "九", "结果：“九”不在“评审结果”的代码表中"),
        ("f.flag", "也许", "是否：“也许”既不是“是”也不是“否”"),
        ("f.partner", "Nowhere", "协作单位：没有代码或名称为“Nowhere”的单位"),
    ] {
        let answer = mill.get(&format!("{}?{name}={value}&q=A-1", register())).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}={value}");
        let page = answer.page();
        assert!(page.alerts().contains(part), "{name}={value}: {}", page.alerts());
        let field = page.field(name);
        assert!(field.is_invalid(), "{name}={value}");
        assert_eq!(
            (field.value().as_str(), page.part("q").attribute("value")),
            (value, "A-1"),
            "both are kept"
        );
        assert!(listed(&page).is_empty(), "{name}={value}: half an answer is none");
    }
}

#[tokio::test]
async fn a_range_whose_end_is_before_its_beginning_is_told() {
    let site = site().await;
    let path = format!("{}?f.day.from=2022-01-01&f.day.to=2021-01-01", register());
    let answer = site.visitor("mill").await.get(&path).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.page().assert_says(&["日期：起止日期颠倒"]);
}

#[tokio::test]
async fn what_no_list_can_be_asked_for_does_not_exist() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    for query in [
        "f.nothing=1",
        "f.phone=1",
        "f.unit=1",
        "f.day=2021-01-01",
        "f.code.from=1",
        "f.day.is=so",
        "sort=phone",
        "col=none",
        "state=none",
        "page=x",
    ] {
        let answer = mill.get(&format!("{}?{query}", register())).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{query}");
    }
}

/// A list of which something is asked in several ways.
const NARROWED: &str = "q=%E5%90%88%E9%87%91&f.code=1&f.integer.from=2&sort=-day&col=integer&col=.unit";

#[tokio::test]
async fn what_is_asked_of_a_list_is_said_and_dropped_one_by_one() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    let page = mill.get(&format!("{}?{NARROWED}", register())).await.page();
    assert_eq!(listed(&page), ["A-1"]);
    let found = chips(&page);
    let texts: Vec<&str> = found.iter().filter_map(|(text, _)| text.split(" ×").next()).collect();
    assert_eq!(texts, ["含“合金”", "结果：采用", "人数：2 起"]);
    let without = mill.get(&found[1].1).await.page();
    assert_eq!(listed(&without), ["A-2", "A-1"], "{}", found[1].1);
}

/// The heads of the columns, as they are read aloud.
fn heads(page: &Element) -> Vec<String> {
    let heads = page.all_with("scope", "col").into_iter();
    heads
        .map(|head| head.text().split(['↑', '↓', '↕']).next().unwrap_or_default().trim().to_owned())
        .collect()
}

#[tokio::test]
async fn a_list_shows_the_columns_that_are_chosen() {
    let site = site().await;
    let page = site.visitor("mill").await.get(&format!("{}?{NARROWED}", register())).await.page();
    assert_eq!(heads(&page), ["编号", "人数", "单位"]);
}

#[tokio::test]
async fn a_column_is_sorted_and_turned_by_its_head() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    let head = |page: &Element| {
        let head = page.all_with("scope", "col").into_iter().find(|head| head.says("人数")).unwrap();
        (head.attribute("aria-sort").to_owned(), head.links()[0].1.clone())
    };
    let page = mill.get(&format!("{}?col=integer", register())).await.page();
    let (direction, up) = head(&page);
    assert!(direction.is_empty() && up.contains("sort=integer"), "{direction} {up}");
    let (direction, down) = head(&mill.get(&up).await.page());
    assert!(direction == "ascending" && down.contains("sort=-integer"), "{direction} {down}");
}

/// Keeps a view of the list; the address that this leads to.
async fn keep_view(mill: &mut Visitor<'_>) -> String {
    let fields = [("name", " 合金 "), ("query", "q=%E5%90%88%E9%87%91&sort=-day")];
    let kept = mill.post(&format!("{}/views", register()), &fields).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.page().alerts());
    kept.location
}

#[tokio::test]
async fn a_view_is_kept_and_leads_to_its_list() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    let path = keep_view(&mut mill).await;
    assert_eq!(path, format!("{}?q=%E5%90%88%E9%87%91&sort=-day&done=view", register()));
    let page = mill.get(&path).await.page();
    assert!(page.notices().contains("视图已保存"), "{}", page.notices());
    let link = page.all("a").into_iter().find(|link| link.text() == "合金").unwrap();
    assert_eq!(link.attribute("href"), format!("{}?q=%E5%90%88%E9%87%91&sort=-day", register()));
    assert_eq!(link.attribute("aria-current"), "page");
}

#[tokio::test]
async fn a_view_without_a_good_name_is_refused_and_the_list_is_still_there() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    for (name, part) in [
        (" ", "没有填写"),
        ("一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十多", "文字过长：31"),
    ] {
        let fields = [("name", name), ("query", "q=a-1")];
        let refused = mill.post(&format!("{}/views", register()), &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = refused.page();
        let field = page.field("name");
        assert!(
            field.value() == name && field.explanation().contains(part),
            "{name}: {}",
            field.explanation()
        );
        assert_eq!(listed(&page), ["A-1"]);
    }
}

/// Whether somebody is offered the view.
async fn is_offered(visitor: &mut Visitor<'_>) -> bool {
    visitor.get(&register()).await.page().link("合金").is_some()
}

#[tokio::test]
async fn views_of_others_are_neither_seen_nor_forgotten() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    keep_view(&mut mill).await;
    let mut district = site.visitor("district").await;
    assert!(!is_offered(&mut district).await);
    let gone = district.post(&format!("{}/forget", register()), &[("name", "合金")]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert!(is_offered(&mut mill).await);
}

#[tokio::test]
async fn a_view_is_forgotten() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    keep_view(&mut mill).await;
    let gone = mill.post(&format!("{}/forget", register()), &[("name", "合金")]).await;
    assert_eq!(gone.location, format!("{}?done=forget", register()));
    assert!(!is_offered(&mut mill).await);
}
