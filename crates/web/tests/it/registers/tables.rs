//! Tables within a record: filled in by rows, checked by cell, shown as they are.

use app::records;
use axum::http::StatusCode;
use model::value::Value;

use super::{good, id, register};
use crate::site::{MILL, Site, Visitor, idea};

#[tokio::test]
async fn a_table_offers_two_empty_rows_and_a_script_adds_more() {
    let site = Site::new().await;
    let form = site.visitor("mill").await.get(&format!("{}/new", register(MILL))).await.page();
    assert_eq!(form.field("field.trials.0.place").value(), "");
    assert_eq!(form.field("field.trials.1.tried_on").control.attribute("type"), "date");
    assert_eq!(form.field("field.trials.1.outcome").control.name, "select");
    assert!(
        form.fields().iter().all(|field| !field.control.attribute("name").starts_with("field.trials.2."))
    );
}

/// A good record with a table; the second of its rows is empty.
fn with_trials(people: &str) -> Vec<(&str, &str)> {
    let mut fields = good("Mill").to_vec();
    fields.extend([
        ("field.trials.0.place", "Line 2"),
        ("field.trials.0.outcome", "2"),
        ("field.trials.0.tried_on", "2021-03-05"),
        ("field.trials.0.cost", "1.5"),
        ("field.trials.1.place", " "),
        ("field.trials.1.again", ""),
        ("field.trials.2.place", "Yard; north｜gate"),
        ("field.trials.2.people", people),
        ("field.trials.2.again", "0"),
    ]);
    fields
}

#[tokio::test]
async fn a_wrong_cell_of_a_table_is_told_by_row_and_column() {
    let site = Site::new().await;
    let refused = site.visitor("mill").await.post(&register(MILL), &with_trials("some")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.page();
    page.assert_says(&["第 2 行“人数”："]);
    assert!(page.leads_to("#field-trials"));
    assert_eq!(page.field("field.trials.0.place").value(), "Line 2");
    let people = page.field("field.trials.1.people");
    assert_eq!((people.value().as_str(), people.is_invalid()), ("some", true), "the empty row is left out");
    assert_eq!(["min", "max"].map(|name| people.control.attribute(name)), ["0", "500"]);
}

/// Enters the good record with a table; its address.
async fn entered_with_trials(mill: &mut Visitor<'_>) -> String {
    let made = mill.post(&register(MILL), &with_trials("12")).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    made.location.strip_suffix("?done=create").unwrap().to_owned()
}

/// What is stored of the table of a record.
async fn stored_trials(site: &Site, path: &str) -> Option<Value> {
    let found = records::find(&site.app, &testkit::console(&site.app), id(path)).await.unwrap();
    let form = &found.snapshot.definition.forms[found.fact.form];
    found.fact.values[form.field("trials").unwrap()].clone()
}

/// What is stored of the table of the good record.
fn good_trials() -> Value {
    Value::Text("Line 2｜2｜2021-03-05｜｜｜15000元\nYard; north gate｜｜｜12｜｜｜｜0".to_owned())
}

#[tokio::test]
async fn a_table_is_filled_in_row_by_row() {
    let site = Site::new().await;
    let path = entered_with_trials(&mut site.visitor("mill").await).await;
    assert_eq!(stored_trials(&site, &path).await, Some(good_trials()));
}

#[tokio::test]
async fn a_table_is_shown_without_the_columns_that_no_row_states() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered_with_trials(&mut mill).await;
    for path in [path.clone(), format!("{path}/print")] {
        let page = mill.get(&path).await.page();
        let rows = page.rows();
        let first = rows.iter().find(|row| row.first().is_some_and(|cell| cell == "Line 2")).unwrap();
        assert!(
            first.contains(&"试用".to_owned()) && first.contains(&"15,000.00 元".to_owned()),
            "{first:?}"
        );
        page.assert_says(&["Yard; north gate"]);
        page.assert_lacks(&["起始年度"]);
    }
}

#[tokio::test]
async fn a_list_shows_a_table_as_one_line_and_finds_words_of_it() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    entered_with_trials(&mut mill).await;
    let page = mill.get(&format!("{}?q=%E8%AF%95%E7%94%A8&col=trials", register(MILL))).await.page();
    page.assert_lacks(&["first"]);
    page.assert_says(&["Line 2 试用 2021年3月5日 15,000.00 元；Yard; north gate 12 否"]);
}

#[tokio::test]
async fn a_table_that_is_sent_back_as_it_is_stays_as_it_is() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered_with_trials(&mut mill).await;
    let form = mill.get(&format!("{path}/correct")).await.page();
    assert_eq!(form.field("field.trials.0.cost").value(), "1.5");
    assert_eq!(form.field("field.trials.0.outcome").value(), "2");
    let mut again = with_trials("12");
    again[0] = ("version", "1");
    again[1] = ("field.title", "Better clamp");
    assert_eq!(mill.post(&format!("{path}/correct"), &again).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stored_trials(&site, &path).await, Some(good_trials()));
}

#[tokio::test]
async fn a_table_whose_rows_are_emptied_is_removed() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered_with_trials(&mut mill).await;
    let mut none = good("").to_vec();
    none[0] = ("version", "1");
    none.extend([("field.trials.0.place", ""), ("field.trials.0.people", "")]);
    assert_eq!(mill.post(&format!("{path}/correct"), &none).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stored_trials(&site, &path).await, None);
}

#[tokio::test]
async fn what_was_a_text_before_stays_until_somebody_changes_it() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let id = site.facts[&MILL];
    let old = "The press was tried in hall three for some weeks、then again";
    let mut changed = idea("first");
    changed.insert("trials".to_owned(), Value::Text(old.to_owned()));
    records::correct(&site.app, &testkit::console(&site.app), id, 1, changed).await.unwrap();
    let path = format!("/records/{id}");
    let cells = mill.get(&path).await.page().rows().concat();
    assert!(cells.contains(&"then again".to_owned()), "{cells:?}");
    let rows = [
        ("version", "2"),
        ("field.title", "first"),
        ("field.author", "Li"),
        ("field.told_on", "2021-03-01"),
        ("field.outcome", "2"),
        ("field.trials.0.place", "The press was tried in hall three for some weeks"),
        ("field.trials.1.place", "then again"),
    ];
    let done = mill.post(&format!("{path}/correct"), &rows).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "it is longer than a place may be, and nobody touched it");
    let found = records::find(&site.app, &testkit::console(&site.app), id).await.unwrap();
    assert!(found.fact.values.as_slice().contains(&Some(Value::Text(old.to_owned()))));
}
