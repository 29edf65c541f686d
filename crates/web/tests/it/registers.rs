//! Records kept on the page: lists, entering, correcting, removing.

mod corrections;
mod forms;
mod kinds;
mod lists;
mod tables;

pub(crate) use self::kinds::site_with_everything;

use app::records;
use axum::http::StatusCode;
use model::{
    ids::{RecordId, UnitId},
    value::Value,
};

use crate::{
    page::Element,
    site::{MILL, REGISTER, Site, Visitor, YARD, code},
};

fn register(unit: UnitId) -> String {
    format!("/units/{}/registers/{REGISTER}", code(unit))
}

/// The fields of a good record.
fn good(unit: &str) -> [(&str, &str); 4] {
    [("unit", unit), ("field.title", "Clamp"), ("field.author", "Li"), ("field.told_on", "2021-03-02")]
}

async fn title_of(site: &Site, id: RecordId) -> (i64, Option<Value>) {
    let found = records::find(&site.app, &testkit::console(&site.app), id).await.unwrap();
    let position = found.snapshot.definition.forms[found.fact.form].field("title").unwrap();
    (found.version, found.fact.values[position].clone())
}

/// Enters a good record; its address.
async fn entered(mill: &mut Visitor<'_>) -> String {
    let made = mill.post(&register(MILL), &good(&code(MILL))).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    made.location.strip_suffix("?done=create").unwrap().to_owned()
}

/// The id of the record at an address.
fn id(path: &str) -> RecordId {
    RecordId(path.strip_prefix("/records/").unwrap().parse().unwrap())
}

/// The fields of a correction of the good record.
fn correction<'f>(version: &'f str, title: &'f str, number: &'f str) -> [(&'f str, &'f str); 5] {
    [
        ("version", version),
        ("field.title", title),
        ("field.author", "Li"),
        ("field.told_on", "2021-03-02"),
        ("field.id_number", number),
    ]
}

const NUMBER: &str = "210202198001010008";

const MASKED: &str = "210202********0008";

#[tokio::test]
async fn a_list_leads_to_its_records_and_to_a_new_one() {
    let site = Site::new().await;
    let page = site.visitor("mill").await.get(&register(MILL)).await.page();
    page.assert_says(&["first"]);
    assert!(page.leads_to(&format!("/records/{}", site.facts[&MILL])));
    assert!(page.leads_to(&format!("{}/new", register(MILL))));
}

#[tokio::test]
async fn a_new_form_knows_its_limits() {
    let site = Site::new().await;
    let form = site.visitor("mill").await.get(&format!("{}/new", register(MILL))).await.page();
    let day = form.field("field.told_on").control;
    let limits = ["type", "min", "max"].map(|name| day.attribute(name));
    assert_eq!(limits, ["date", "1950-01-01", "2026-03-01"]);
    assert!(day.has("required") && form.field("field.told_on").label().contains("必填"));
    assert_eq!(form.field("field.author").control.attribute("maxlength"), "40");
    assert!(form.field("field.outcome").options().iter().any(|option| option.text() == "试用"));
}

#[tokio::test]
async fn a_record_is_entered_and_shown() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    let page = mill.get(&format!("{path}?done=create")).await.page();
    assert!(!page.notices().is_empty(), "it is said that it was entered");
    page.assert_says(&["Clamp", "没有身份证号", "金点子"]);
}

#[tokio::test]
async fn the_form_of_a_correction_holds_what_is_stored() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    let form = mill.get(&format!("{path}/correct")).await.page();
    assert_eq!(form.field("field.title").value(), "Clamp");
    assert_eq!(form.field("field.told_on").value(), "2021-03-02");
}

#[tokio::test]
async fn a_correction_stands_in_the_history() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    let done = mill.post(&format!("{path}/correct"), &correction("1", "Better clamp", NUMBER)).await;
    assert_eq!((done.status, done.location), (StatusCode::SEE_OTHER, format!("{path}?done=correct")));
    let page = mill.get(&path).await.page();
    let history = page.part("history");
    let texts = |name: &str| history.all(name).into_iter().map(Element::text).collect::<Vec<_>>();
    assert!(texts("del").contains(&"Clamp".to_owned()), "{:?}", texts("del"));
    for text in ["Better clamp", MASKED] {
        assert!(texts("ins").contains(&text.to_owned()), "{:?}", texts("ins"));
    }
    history.assert_says(&["Name of mill（Mill） 于"]);
}

#[tokio::test]
async fn a_number_is_never_sent_whole_and_sent_back_masked_stays_what_it_was() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    mill.post(&format!("{path}/correct"), &correction("1", "Better clamp", NUMBER)).await;
    let form = mill.get(&format!("{path}/correct")).await;
    assert_eq!(form.page().field("field.id_number").value(), MASKED);
    for text in [form.text(), mill.get(&path).await.text()] {
        assert!(!text.contains(NUMBER));
    }
    let sent = mill.post(&format!("{path}/correct"), &correction("2", "Best clamp", MASKED)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let found = records::find(&site.app, &testkit::console(&site.app), id(&path)).await.unwrap();
    assert!(found.fact.values.as_slice().contains(&Some(Value::Text(NUMBER.to_owned()))));
}

#[tokio::test]
async fn a_record_that_has_changed_is_not_removed() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    mill.post(&format!("{path}/correct"), &correction("1", "Better clamp", "")).await;
    let stale = mill.post(&format!("{path}/remove"), &[("version", "1")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    stale.page().assert_says(&["删除未成功"]);
}

#[tokio::test]
async fn a_record_that_was_removed_is_gone_from_page_list_and_figures() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    let gone = mill.post(&format!("{path}/remove"), &[("version", "1")]).await;
    let list = format!("{}?done=remove", register(MILL));
    assert_eq!((gone.status, gone.location), (StatusCode::SEE_OTHER, list.clone()));
    assert_eq!(mill.get(&path).await.status, StatusCode::NOT_FOUND);
    mill.get(&list).await.page().assert_lacks(&["Clamp"]);
    assert_eq!(app::rebuild::verify(&site.app, &testkit::console(&site.app)).await.unwrap().findings, []);
}

#[tokio::test]
async fn a_second_click_leads_to_the_record_that_the_first_has_entered() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let first = mill.post(&register(MILL), &good(&code(MILL))).await.location;
    let second = mill.post(&register(MILL), &good(&code(MILL))).await.location;
    assert_eq!(second, first.replace("create", "known"));
    let page = mill.get(&second).await.page();
    assert!(page.notices().contains("没有重复登记"), "{}", page.notices());
}

#[tokio::test]
async fn the_same_identity_with_something_else_in_it_is_refused_with_the_way_to_the_record() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    let mut other = good("Mill");
    other[3].1 = "2021-04-01";
    let refused = mill.post(&register(MILL), &other).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.page();
    assert!(page.alerts().contains("已有同一条记录") && page.leads_to(&path), "{}", page.alerts());
    assert_eq!(page.field("field.told_on").value(), "2021-04-01", "what was typed is kept");
}

#[tokio::test]
async fn records_of_others_do_not_exist() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let foreign = site.facts[&YARD];
    assert_eq!(mill.get(&format!("/records/{foreign}/correct")).await.status, StatusCode::NOT_FOUND);
    for change in ["correct", "remove"] {
        let answer = mill.post(&format!("/records/{foreign}/{change}"), &[("version", "1")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{change}");
    }
    assert_eq!(mill.post(&register(YARD), &good(&code(MILL))).await.status, StatusCode::NOT_FOUND);
    assert_eq!(title_of(&site, foreign).await.0, 1);
}

#[tokio::test]
async fn a_record_of_a_foreign_unit_is_refused_and_what_was_typed_is_kept() {
    let site = Site::new().await;
    let refused = site.visitor("mill").await.post(&register(MILL), &good(&code(YARD))).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.page();
    let unit = page.field("unit").explanation();
    assert!(unit.contains("没有代码或名称为"), "{unit}");
    assert_eq!(page.field("field.title").value(), "Clamp");
}

#[tokio::test]
async fn only_registers_have_lists() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    for path in ["nowhere", "annual", "roster"] {
        let answer = mill.get(&format!("/units/{}/registers/{path}", code(MILL))).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_field_that_no_form_has_is_refused() {
    let site = Site::new().await;
    let strange = site.visitor("mill").await.post(&register(MILL), &[("field.nothing", "1")]).await;
    assert_eq!(strange.status, StatusCode::UNPROCESSABLE_ENTITY);
}
