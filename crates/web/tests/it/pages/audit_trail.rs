//! The audit: narrowed down, one entry, and as csv.

use crate::site::{Site, WORKS, code};
use crate::snapshots::check;

/// The newest entry about a record that was corrected: its address.
async fn corrected(site: &Site) -> String {
    let ctx = testkit::console(&site.app);
    let record = site.facts[&WORKS];
    let found = app::records::find(&site.app, &ctx, record).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    let stated = form
        .fields
        .entries()
        .filter_map(|(field, known)| Some((known.id.clone(), found.fact.values[field].clone()?)));
    let mut stated: std::collections::BTreeMap<_, _> = stated.collect();
    stated.insert("title".to_owned(), model::value::Value::Text("A better way".to_owned()));
    app::records::correct(&site.app, &ctx, record, found.version, stated).await.unwrap();
    let query = app::audit_trail::TrailQuery::default();
    let newest = app::audit_trail::list(&site.app, &ctx, &query, None, 1).await.unwrap();
    format!("/audit-trail/entries/{}", newest.entries[0].id)
}

#[tokio::test]
async fn audit_trail() {
    let site = Site::new().await;
    corrected(&site).await;
    check("audit_trail", &site, "city", "/audit-trail?kind=account").await;
    let page = site.visitor("city").await.get(&format!("/audit-trail?unit={}", code(WORKS))).await.page();
    assert!(page.links().iter().any(|(_, to)| to.starts_with("/audit-trail/entries/")), "{:?}", page.links());
}

#[tokio::test]
async fn audit_trail_that_cannot_be_read() {
    let site = Site::new().await;
    let address = "/audit-trail?unit=nowhere&from=tomorrow&to=2012-06-30&actor=li";
    check("audit_trail_that_cannot_be_read", &site, "city", address).await;
}

#[tokio::test]
async fn audit_trail_entry() {
    let site = Site::new().await;
    let address = corrected(&site).await;
    check("audit_trail_entry", &site, "city", &address).await;
}

#[tokio::test]
async fn the_audit_is_handed_out_as_csv() {
    let site = Site::new().await;
    corrected(&site).await;
    let mut city = site.visitor("city").await;
    let answer = city.get(&format!("/audit-trail/export.csv?unit={}&kind=fact", code(WORKS))).await;
    assert_eq!(answer.status, 200);
    let text = answer.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("\u{feff}\"时间\",\"操作人\""), "{}", lines[0]);
    assert!(lines.len() > 1 && text.contains("A better way"), "{text}");
}
