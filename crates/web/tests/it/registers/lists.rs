//! Lists of records: found, leafed through, followed to other units.

use app::records;
use axum::http::StatusCode;

use super::{id, register};
use crate::{
    page::Element,
    registers::site_with_everything,
    site::{CITY, DISTRICT, MILL, OTHER, REGISTER, STREET, Site, WORKS, code, idea},
};

#[tokio::test]
async fn a_list_is_searched_by_identity() {
    let site = site_with_everything().await;
    let mut mill = site.visitor("mill").await;
    let register = format!("/units/{}/registers/everything", code(MILL));
    let made = mill.post(&register, &[("unit", "Mill"), ("field.number", "A-1")]).await;
    let path = made.location.strip_suffix("?done=create").unwrap();
    let found = mill.get(&format!("{register}?q=%EF%BC%A1-1%20")).await.page();
    assert!(found.leads_to(path), "{:?}", found.links());
    mill.get(&format!("{register}?q=A-2")).await.page().assert_says(&["没有符合条件"]);
}

#[tokio::test]
async fn a_list_leads_to_that_of_another_unit() {
    let site = Site::new().await;
    let answer = site.visitor("district").await.get(&format!("{}?unit=Mill&q=1", register(DISTRICT))).await;
    assert_eq!((answer.status, answer.location), (StatusCode::SEE_OTHER, format!("{}?q=1", register(MILL))));
}

#[tokio::test]
async fn a_list_does_not_lead_to_that_of_a_foreign_unit() {
    let site = Site::new().await;
    let page = site.visitor("district").await.get(&format!("{}?unit=Yard", register(DISTRICT))).await.page();
    assert!(page.alerts().contains("没有代码或名称为“Yard”的单位"), "{}", page.alerts());
    assert_eq!(page.field("unit").value(), "Yard", "what was typed is kept");
}

#[tokio::test]
async fn a_list_is_leafed_through_and_shows_everything_below_a_unit() {
    let site = Site::new().await;
    for number in 0..120 {
        let unit = if number % 2 == 0 { MILL } else { WORKS };
        let name = format!("idea-{number:03}");
        records::create(&site.app, &testkit::console(&site.app), REGISTER, unit, idea(&name)).await.unwrap();
    }
    for (login, unit, total) in [
        ("city", CITY, 123),
        ("district", DISTRICT, 122),
        ("district", STREET, 61),
        ("mill", MILL, 61),
        ("city", OTHER, 1),
    ] {
        let mut visitor = site.visitor(login).await;
        let mut path = register(unit);
        let mut shown = Vec::new();
        loop {
            let page = visitor.get(&path).await.page();
            let links = page.all_with("scope", "row").into_iter().flat_map(Element::links);
            let ids: Vec<i64> = links.map(|(_, address)| id(&address).0).collect();
            assert!(ids.len() <= 50);
            page.assert_says(&[&format!("共 {total} 条")]);
            shown.extend(ids);
            let next = page.all_with("rel", "next");
            let Some(next) = next.first() else { break };
            next.attribute("href").clone_into(&mut path);
        }
        assert_eq!(shown.len(), total, "{login} {unit}");
        assert!(shown.is_sorted_by(|a, b| a > b), "newest first, each once");
    }
}
