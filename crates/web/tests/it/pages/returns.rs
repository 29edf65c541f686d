//! Forms and pages of yearly returns: answers that are no values, and what registers count.

use axum::http::StatusCode;
use campaign::source::{Source, SourceFile};

use super::register;
use crate::{
    site::{MILL, STEPPED, Site},
    snapshots::{check, check_answers},
};

const RETURN: &str = "annual";

/// Trained in courses is proposed by the green actions that were started.
fn campaign() -> Source {
    let small = testkit::small_campaign();
    let files = small.files().iter().map(|file| {
        let field = "id = \"trained_indoors\"";
        let text = file.text.replacen(field, &format!("{field}\nproposed_by = \"actions\""), 1);
        SourceFile { path: file.path.clone(), text }
    });
    Source::from_files(files.collect())
}

/// The mill has started one action in 2021.
async fn site() -> Site {
    let site = Site::under(&campaign()).await;
    let mut mill = site.visitor("mill").await;
    let form = mill.get(&format!("{}/new", register(MILL, STEPPED))).await.page();
    let kind = form.field("field.kind").options()[1].attribute("value").to_owned();
    let fields = [("field.subject", "Heat"), ("field.kind", &kind), ("field.started_on", "2021-03-01")];
    let made = mill.post(&register(MILL, STEPPED), &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    drop(mill);
    site
}

fn new_of(year: i16) -> String {
    format!("{}/new?year={year}", register(MILL, RETURN))
}

const ANSWERS: [(&str, &str); 8] = [
    ("field.year", "2021"),
    ("field.registration", "100"),
    ("field.workers", "10"),
    ("field.trained_indoors", "0"),
    ("field.trained_on_post", ""),
    ("not-applicable.trained_on_post", "1"),
    ("why.trained_on_post", "No posts, no training"),
    ("field.reason", "All are registered"),
];

#[tokio::test]
async fn new_return() {
    check("new_return", &site().await, "mill", &new_of(2021)).await;
}

#[tokio::test]
async fn new_return_refused() {
    let fields = [
        ("field.year", "2021"),
        ("field.registration", "100"),
        ("field.workers", "10"),
        ("not-applicable.trained_indoors", "1"),
        ("field.trained_on_post", "5"),
        ("why.trained_on_post", "No posts"),
    ];
    check_answers("new_return_refused", &site().await, "mill", async |mill| {
        mill.post(&register(MILL, RETURN), &fields).await
    })
    .await;
}

#[tokio::test]
async fn return_that_differs() {
    let site = site().await;
    let made = site.visitor("mill").await.post(&register(MILL, RETURN), &ANSWERS).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    let path = made.location.split('?').next().unwrap().to_owned();
    check("return_that_differs", &site, "mill", &path).await;
}

#[tokio::test]
async fn what_is_not_applicable_stays_so_in_corrections_and_drafts() {
    let site = site().await;
    let mut mill = site.visitor("mill").await;
    let form = mill.get(&new_of(2021)).await.page();
    assert_eq!(
        (form.field("field.year").value(), form.field("field.trained_indoors").value()),
        ("2021".to_owned(), "1".to_owned())
    );
    let form = mill.get(&new_of(2022)).await.page();
    assert_eq!(form.field("field.trained_indoors").value(), "0", "nothing was started in 2022");
    let made = mill.post(&register(MILL, RETURN), &ANSWERS).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    let record = made.location.split('?').next().unwrap().to_owned();
    let form = mill.get(&format!("{record}/correct")).await.page();
    assert_eq!(form.field("why.trained_on_post").value(), "No posts, no training");
    assert!(form.field("not-applicable.trained_on_post").control.has("checked"));
    assert_eq!(form.field("field.trained_on_post").value(), "");
    assert!(!form.field("not-applicable.trained_indoors").control.has("checked"));
    // Sent as it came, it means the same; with a number and without the box, the number.
    let mut fields = vec![("version", "1")];
    fields.extend(ANSWERS);
    let same = mill.post(&format!("{record}/correct"), &fields).await;
    assert_eq!(same.status, StatusCode::SEE_OTHER, "{}", same.page().alerts());
    mill.get(&record).await.page().assert_says(&["不适用：No posts, no training"]);
    let mut fields = vec![("version", "1"), ("field.trained_on_post", "4")];
    fields.extend(ANSWERS.iter().filter(|(name, _)| !name.contains("on_post")));
    let number = mill.post(&format!("{record}/correct"), &fields).await;
    assert_eq!(number.status, StatusCode::SEE_OTHER, "{}", number.page().alerts());
    let form = mill.get(&format!("{record}/correct")).await.page();
    assert_eq!(form.field("field.trained_on_post").value(), "4");
    assert!(!form.field("not-applicable.trained_on_post").control.has("checked"));
}
