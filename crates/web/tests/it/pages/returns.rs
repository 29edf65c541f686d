//! Forms and pages of yearly returns: answers that are no values, and what registers count.

use axum::http::StatusCode;
use campaign::source::{Source, SourceFile};
use model::ids::UnitId;

use super::register;
use crate::{
    page::Element,
    site::{CITY, MILL, STEPPED, Site, YARD, code},
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
    start_action(&site).await;
    site
}

async fn start_action(site: &Site) {
    let mut mill = site.visitor("mill").await;
    let form = mill.get(&format!("{}/new", register(MILL, STEPPED))).await.page();
    let kind = form.field("field.kind").options()[1].attribute("value").to_owned();
    let fields = [("field.subject", "Heat"), ("field.kind", &kind), ("field.started_on", "2021-03-01")];
    let made = mill.post(&register(MILL, STEPPED), &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
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

/// The mill's return of 2021 states another number than its register counts.
async fn site_that_differs() -> Site {
    let site = site().await;
    let made = site.visitor("mill").await.post(&register(MILL, RETURN), &ANSWERS).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    site
}

/// What green actions save may be not applicable.
fn of_actions() -> Source {
    let small = testkit::small_campaign();
    let files = small.files().iter().map(|file| {
        let field = "id = \"saving\"";
        let is_action = file.path == "registers/green-action.toml";
        let other = format!("{field}\nnot_applicable = true");
        let text = if is_action { file.text.replacen(field, &other, 1) } else { file.text.clone() };
        SourceFile { path: file.path.clone(), text }
    });
    Source::from_files(files.collect())
}

/// A page, and the file of the same records.
#[tokio::test(flavor = "multi_thread")]
async fn records_are_listed_by_what_they_do_not_state() {
    let site = Site::under(&of_actions()).await;
    let mut mill = site.visitor("mill").await;
    let list = register(MILL, STEPPED);
    let form = mill.get(&format!("{list}/new")).await.page();
    let kind = form.field("field.kind").options()[1].attribute("value").to_owned();
    let others: [(&str, &[(&str, &str)]); 3] = [
        ("Saved", &[("field.saving", "3")]),
        ("Blank", &[]),
        ("Never", &[("not-applicable.saving", "1"), ("why.saving", "A trial")]),
    ];
    for (subject, answer) in others {
        let mut fields =
            vec![("field.subject", subject), ("field.kind", &*kind), ("field.started_on", "2021-03-01")];
        fields.extend(answer);
        let made = mill.post(&list, &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{subject}: {}", made.page().alerts());
    }
    for (query, subjects) in [
        ("f.saving.is=stated", &["Saved"][..]),
        ("f.saving.is=missing", &["Blank"]),
        ("f.saving.is=not-applicable", &["Never"]),
        ("f.saving.is=missing&f.saving.is=not-applicable", &["Blank", "Never"]),
    ] {
        let answer = mill.get(&format!("{list}?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        let page = answer.page();
        assert_eq!(page.notices().lines().next(), Some(&*format!("共 {} 条", subjects.len())), "{query}");
        let csv = mill.get(&format!("{list}/export.csv?{query}")).await.text();
        for (subject, _) in others {
            let is_listed = subjects.contains(&subject);
            assert_eq!(page.text().contains(subject), is_listed, "{subject} under {query}");
            assert_eq!(csv.contains(subject), is_listed, "{subject} under {query}: {csv}");
        }
        assert_eq!(csv.contains("不适用：A trial"), subjects.contains(&"Never"), "{query}: {csv}");
    }
    // What is always applicable cannot be asked for it.
    let wrong = mill.get(&format!("{list}?f.rating.is=not-applicable")).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
}

fn differences(unit: UnitId, query: &str) -> String {
    format!("/units/{}/differences{query}", code(unit))
}

#[tokio::test]
async fn return_differences() {
    check("return_differences", &site_that_differs().await, "city", &differences(CITY, "?year=2021")).await;
}

fn handed_in(unit: UnitId, query: &str) -> String {
    format!("/units/{}/returns{query}", code(unit))
}

#[tokio::test]
async fn returns_handed_in() {
    check("returns_handed_in", &site_that_differs().await, "city", &handed_in(CITY, "?period=2021")).await;
}

#[tokio::test]
async fn returns_that_are_missing_are_listed_for_each_period() {
    let site = site_that_differs().await;
    let mut city = site.visitor("city").await;
    let quarter = city.get(&handed_in(CITY, "?period=2021-Q2&view=missing")).await;
    assert_eq!(quarter.status, StatusCode::OK);
    for (query, status) in [
        ("?period=2021-H1", StatusCode::NOT_FOUND),
        ("?period=soon", StatusCode::NOT_FOUND),
        ("?period=2021&view=some", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(city.get(&handed_in(CITY, query)).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn return_differences_of_a_year_without_returns() {
    let site = site_that_differs().await;
    check("return_differences_none", &site, "city", &differences(CITY, "?year=2023&all=1")).await;
}

#[tokio::test]
async fn differences_lead_to_the_return_and_to_the_records_that_count() {
    let site = site_that_differs().await;
    for (login, unit) in [("city", CITY), ("mill", MILL)] {
        let mut visitor = site.visitor(login).await;
        let page = visitor.get(&differences(unit, "?year=2021")).await.page();
        let rows: Vec<Vec<String>> = page.all("tbody").into_iter().flat_map(Element::rows).collect();
        assert_eq!(rows.len(), 1, "{login}: {rows:?}");
        assert_eq!(rows[0][2..], ["集中培训人数", "0", "1", "1"], "{login}");
        // The field of the register by which records count asks for the year.
        let list = "f.started_on.from=2021-01-01&f.started_on.to=2021-12-31";
        assert!(page.links().iter().any(|(_, to)| to.contains(list)), "{:?}", page.links());
        assert!(page.links().iter().any(|(_, to)| to.starts_with("/records/")));
    }
    let mut mill = site.visitor("mill").await;
    let registers = mill.get(&format!("/units/{}/registers", code(MILL))).await.page();
    registers.assert_says(&["年报与台账核对"]);
    // Nobody else's returns.
    assert_eq!(mill.get(&differences(YARD, "?year=2021")).await.status, StatusCode::NOT_FOUND);
}

/// The mill's union survey and quarterly return are proposed what registers count.
fn of_periods() -> Source {
    let small = testkit::small_campaign();
    let files = small.files().iter().map(|file| {
        let field = "id = \"unlisted_ideas\"";
        let is_asked = file.path == "returns/quarterly.toml" || file.path == "returns/union-survey.toml";
        let proposed = format!("{field}\nproposed_by = \"actions\"");
        let text = if is_asked { file.text.replacen(field, &proposed, 1) } else { file.text.clone() };
        SourceFile { path: file.path.clone(), text }
    });
    Source::from_files(files.collect())
}

#[tokio::test]
async fn a_return_of_another_period_is_begun_with_what_registers_count_in_it() {
    let site = Site::under(&of_periods()).await;
    start_action(&site).await;
    let mut mill = site.visitor("mill").await;
    for (form, period, typed, count) in [
        ("quarterly", "2021-Q1", "2021-Q1", "1"),
        ("quarterly", "2021-Q2", "2021-Q2", "0"),
        ("union-survey", "U2021", "U2021", "1"),
        ("union-survey", "U2022", "U2022", "0"),
    ] {
        let page = mill.get(&format!("{}/new?period={period}", register(MILL, form))).await.page();
        let filled = (page.field("field.period").value(), page.field("field.unlisted_ideas").value());
        assert_eq!(filled, (typed.to_owned(), count.to_owned()), "{form} {period}");
    }
    // A period of another length is none of this return's.
    let page = mill.get(&format!("{}/new?period=2021", register(MILL, "quarterly"))).await.page();
    assert_ne!(page.field("field.period").value(), "2021");
}
