//! Lists of records: filters, orders, columns, kept views; what is asked for
//! wrongly comes back with its reason.

use axum::http::StatusCode;

use crate::{
    registers::{main, site_with_everything},
    site::{MILL, Site, Visitor, between, code},
};

fn register() -> String {
    format!("/units/{}/registers/everything", code(MILL))
}

/// The first column of what is listed, in order.
fn listed(page: &str) -> Vec<String> {
    let rows = main(page).split("<th scope=\"row\">").skip(1);
    rows.map(|row| between(row, "\">", "</a>").unwrap_or_default().to_owned()).collect()
}

/// The addresses that lead to the list without one of its filters.
fn chips(page: &str) -> Vec<(String, String)> {
    let list = between(main(page), "<ul class=\"chips\"", "</ul>").unwrap_or_default();
    let items = list.split("<li><a href=\"").skip(1);
    items
        .map(|item| {
            let (url, rest) = item.split_once("\">").unwrap();
            let said = rest.split(" <span").next().unwrap();
            (url.replace("&#38;", "&").replace("&amp;", "&"), said.to_owned())
        })
        .collect()
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
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{number}: {}", main(&made.text()));
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
        let page = answer.text();
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", main(&page));
        assert_eq!(listed(&page), expected, "{query}");
        assert!(main(&page).contains(&format!("共 {} 条</p>", expected.len())), "{query}");
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
        let text = answer.text();
        let page = main(&text);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}={value}: {page}");
        let alert = between(page, "role=\"alert\">", "</div>").unwrap_or_default();
        assert!(alert.contains(part), "{name}={value}: {alert}");
        assert!(
            page.contains(&format!("name=\"{name}\" value=\"{value}\"")),
            "{name}={value} is kept: {page}"
        );
        assert!(page.contains("name=\"q\" type=\"search\" value=\"A-1\""), "{page}");
        assert!(page.contains("aria-invalid") && listed(page).is_empty(), "half an answer is none: {page}");
    }
    let reversed = mill.get(&format!("{}?f.day.from=2022-01-01&f.day.to=2021-01-01", register())).await;
    assert_eq!(reversed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(main(&reversed.text()).contains("日期：起止颠倒"), "{}", main(&reversed.text()));
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

#[tokio::test]
async fn filters_are_dropped_and_columns_chosen_and_turned() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    let asked = "q=%E5%90%88%E9%87%91&f.code=1&f.integer.from=2&sort=-day&col=integer&col=.unit";
    let page = mill.get(&format!("{}?{asked}", register())).await.text();
    assert_eq!(listed(&page), ["A-1"]);
    let found = chips(&page);
    let said: Vec<&str> = found.iter().map(|(_, said)| said.as_str()).collect();
    assert_eq!(said, ["含“合金”", "结果：采用", "人数：2 起"]);
    let without = mill.get(&found[1].0).await.text();
    assert_eq!(listed(&without), ["A-2", "A-1"], "{}", found[1].0);
    let heads = between(main(&page), "<thead>", "</thead>").unwrap();
    let titles: Vec<&str> =
        heads.split("<th").skip(1).map(|head| head.split('>').nth(1).unwrap_or_default()).collect();
    assert_eq!(titles.len(), 3, "the number, people, the unit: {heads}");
    assert!(heads.contains("人数") && !heads.contains("日期"), "{heads}");
    assert!(heads.contains("sort=integer"), "{heads}");
    let sorted = mill.get(&format!("{}?sort=integer", register())).await.text();
    let sorted = mill.get(&format!("{}?sort=integer&col=integer", register())).await.text().clone() + &sorted;
    assert!(
        sorted.contains("aria-sort=\"ascending\"") && sorted.contains("sort=-integer"),
        "{}",
        main(&sorted)
    );
}

#[tokio::test]
async fn views_are_kept_for_oneself() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    let views = format!("{}/views", register());
    let kept = mill.post(&views, &[("name", " 合金 "), ("query", "q=%E5%90%88%E9%87%91&sort=-day")]).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", main(&kept.text()));
    assert_eq!(kept.location, format!("{}?q=%E5%90%88%E9%87%91&sort=-day&done=view", register()));
    let page = mill.get(&kept.location).await.text();
    let link =
        format!("href=\"{}?q=%E5%90%88%E9%87%91&#38;sort=-day\" aria-current=\"page\">合金</a>", register());
    assert!(main(&page).contains(&link) && main(&page).contains("视图已保存"), "{}", main(&page));
    for (name, part) in [
        (" ", "没有填写"),
        ("一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十多", "文字过长：31"),
    ] {
        let refused = mill.post(&views, &[("name", name), ("query", "q=a-1")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = refused.text();
        assert!(
            main(&text).contains(part) && main(&text).contains(&format!("value=\"{name}\"")),
            "{}",
            main(&text)
        );
        assert_eq!(listed(&text), ["A-1"], "the list is still there");
    }
    let mut district = site.visitor("district").await;
    assert!(!district.get(&register()).await.text().contains("合金</a>"), "another's views are not seen");
    let gone = district.post(&format!("{}/forget", register()), &[("name", "合金")]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert!(mill.get(&register()).await.text().contains("合金</a>"), "nor forgotten");
    let gone = mill.post(&format!("{}/forget", register()), &[("name", "合金")]).await;
    assert_eq!(gone.location, format!("{}?done=forget", register()));
    assert!(!mill.get(&register()).await.text().contains("合金</a>"));
}
