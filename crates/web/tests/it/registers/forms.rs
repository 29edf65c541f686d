//! The form of a record: what it shows first, what waits for later steps, and what depends on other fields.

use axum::http::StatusCode;
use campaign::source::{Source, SourceFile};

use crate::{
    page::Element,
    site::{DISTRICT, MILL, REGISTER, STEPPED, Site, YARD, action, code},
};

fn new_of(form: &str) -> String {
    format!("/units/{}/registers/{form}/new", code(MILL))
}

async fn form_of(site: &Site, login: &str, path: &str) -> Element {
    site.visitor(login).await.get(path).await.page()
}

/// Ids of the fields in a part of a page.
fn ids(part: &Element) -> Vec<String> {
    let names =
        part.fields().into_iter().filter_map(|field| field.control.attribute("name").strip_prefix("field."));
    let mut names: Vec<String> = names.map(ToOwned::to_owned).collect();
    names.dedup();
    names
}

/// The folded part of a form, and whether it is unfolded.
fn later(page: &Element) -> Option<(&Element, bool)> {
    let folded = page.all_with("class", "later").into_iter().next()?;
    Some((folded, folded.has("open")))
}

/// The small campaign with one file changed.
fn patched(path: &str, from: &str, to: &str) -> Source {
    let small = testkit::small_campaign();
    let files = small.files().iter().map(|file| {
        let is_it = file.path.ends_with(path);
        let text = if is_it { file.text.replacen(from, to, 1) } else { file.text.clone() };
        assert!(!is_it || text != file.text, "{path} has no {from}");
        SourceFile { path: file.path.clone(), text }
    });
    Source::from_files(files.collect())
}

#[tokio::test]
async fn what_later_steps_ask_for_is_folded() {
    let site = Site::new().await;
    let form = form_of(&site, "mill", &new_of(STEPPED)).await;
    let (folded, is_open) = later(&form).unwrap();
    assert_eq!((ids(folded).join(" "), is_open), ("finished_on saving".to_owned(), false));
    let mut all = ids(&form);
    all.retain(|id| !ids(folded).contains(id));
    assert_eq!(
        all.join(" "),
        "subject kind started_on partner remarks idea serial",
        "required first, the number last"
    );
    let ideas = form_of(&site, "mill", &new_of(REGISTER)).await;
    assert!(later(&ideas).is_none(), "records that take no steps state everything at once");
}

#[tokio::test]
async fn the_folded_part_is_unfolded_when_something_in_it_is_typed_or_wrong() {
    let site = Site::new().await;
    let register = format!("/units/{}/registers/{STEPPED}", code(MILL));
    for (field, value, is_open) in
        [("field.saving", "3.5", true), ("field.finished_on", "someday", true), ("field.remarks", "x", false)]
    {
        let refused = site.visitor("mill").await.post(&register, &[(field, value)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(later(&refused.page()).unwrap().1, is_open, "{field}");
    }
}

#[tokio::test]
async fn a_record_that_is_further_on_is_entered_with_everything() {
    let site = Site::new().await;
    let fields = [
        ("field.subject", "Heat"),
        ("field.kind", "1"),
        ("field.started_on", "2021-03-01"),
        ("field.finished_on", "2021-05-01"),
    ];
    let mut mill = site.visitor("mill").await;
    let form = mill.get(&new_of(STEPPED)).await.page();
    let kind = form.field("field.kind").options()[1].attribute("value").to_owned();
    let fields = fields.map(|(name, value)| (name, if name == "field.kind" { kind.as_str() } else { value }));
    let made = mill.post(&format!("/units/{}/registers/{STEPPED}", code(MILL)), &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    mill.get(&made.location).await.page().assert_says(&["已完成"]);
}

#[tokio::test]
async fn a_correction_shows_what_is_entered_by_the_state_of_the_record() {
    let states = patched("green-action.toml", "editable = false\nusual = \"accept\"", "usual = \"accept\"");
    let site = Site::under(&states).await;
    let record = action(&site, MILL, "Heat").await;
    let path = format!("/records/{record}/correct");
    assert_eq!(ids(later(&form_of(&site, "mill", &path).await).unwrap().0), ["finished_on", "saving"]);
    let step = format!("/records/{record}/transitions/finish");
    let fields = [("version", "1"), ("field.finished_on", "2026-02-02")];
    let taken = site.visitor("mill").await.post(&step, &fields).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.page().alerts());
    let form = form_of(&site, "mill", &path).await;
    assert!(later(&form).is_none() && ids(&form).contains(&"saving".to_owned()));
}

#[tokio::test]
async fn whoever_has_one_unit_is_not_asked_for_it() {
    let site = Site::new().await;
    let form = form_of(&site, "mill", &new_of(REGISTER)).await;
    assert!(form.optional_field("unit").is_none());
    assert!(form.hidden().contains(&("unit".to_owned(), code(MILL))));
    form.part("field-unit").assert_says(&["Mill", &code(MILL)]);
    let form = form_of(&site, "district", &new_of(REGISTER)).await;
    assert_eq!(form.field("unit").value(), code(MILL), "others may choose; the unit of the page is proposed");
    let own = format!("/units/{}/registers/{REGISTER}/new", code(DISTRICT));
    assert_eq!(form_of(&site, "district", &own).await.field("unit").value(), "");
}

#[tokio::test]
async fn a_field_says_when_it_is_shown_and_when_it_must_be_filled_in() {
    let source = patched(
        "workshop-idea.toml",
        "id = \"trials\"",
        "id = \"trials\"\nwhen = \"outcome in ('1','2') or used_on >= told_on\"",
    );
    let site = Site::under(&source).await;
    let form = form_of(&site, "mill", &new_of(REGISTER)).await;
    let field = form.all("div").into_iter().rfind(|div| div.has("data-when") && div.says("试用情况"));
    assert_eq!(
        field.unwrap().attribute("data-when"),
        r#"["or",["in","field.outcome",["1","2"]],[">=",{"input":"field.used_on"},{"input":"field.told_on"}]]"#
    );
    let used = form.all("div").into_iter().rfind(|div| div.has("data-required-when")).unwrap();
    assert_eq!(used.attribute("data-required-when"), r#"["=",{"input":"field.outcome"},"1"]"#);
    assert!(!used.has("data-when"), "a field is shown unless the definition has a condition");
    assert!(!form.field("field.used_on").control.has("required"), "without a script it depends on nothing");
}

#[tokio::test]
async fn yes_or_no_is_one_of_three_buttons() {
    let site = super::site_with_everything().await;
    let form = form_of(&site, "mill", &new_of("everything")).await;
    let buttons = form.all_with("name", "field.flag");
    assert_eq!(buttons.iter().map(|button| button.attribute("value")).collect::<Vec<_>>(), ["1", "0", ""]);
    assert_eq!(form.field("field.flag").value(), "", "nothing is stated until somebody says so");
    form.part("field-flag").assert_says(&["是", "否", "未填"]);
}

#[tokio::test]
async fn another_record_like_one_begins_with_what_that_one_began_with() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let fields = [
        ("unit", "Mill"),
        ("field.title", "Clamp"),
        ("field.author", "Li"),
        ("field.id_number", super::NUMBER),
        ("field.told_on", "2021-03-01"),
        ("field.trials.0.place", "Line 2"),
    ];
    let made = mill.post(&super::register(MILL), &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    let page = mill.get(&made.location).await.page();
    let next = page.link("再登记一条类似的").unwrap();
    let form = mill.get(&next).await.page();
    for (name, value) in [
        ("field.title", "Clamp"),
        ("field.told_on", "2021-03-01"),
        ("field.trials.0.place", "Line 2"),
        ("field.author", ""),
        ("field.id_number", ""),
    ] {
        assert_eq!(form.field(name).value(), value, "{name}");
    }
}

#[tokio::test]
async fn another_record_has_neither_the_number_nor_later_steps_of_one() {
    let site = Site::new().await;
    let record = action(&site, MILL, "Heat").await;
    let step = format!("/records/{record}/transitions/finish");
    let fields = [("version", "1"), ("field.saving", "3.5"), ("field.finished_on", "2026-02-02")];
    site.visitor("mill").await.post(&step, &fields).await;
    let form = form_of(&site, "mill", &format!("{}?like={record}", new_of(STEPPED))).await;
    assert_eq!(form.field("field.subject").value(), "Heat");
    for name in ["field.serial", "field.saving", "field.finished_on"] {
        assert_eq!(form.field(name).value(), "", "{name}");
    }
}

#[tokio::test]
async fn a_record_of_others_or_of_another_register_is_no_example() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let foreign = mill.get(&format!("{}?like={}", new_of(REGISTER), site.facts[&YARD])).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let other = mill.get(&format!("{}?like={}", new_of(STEPPED), site.facts[&MILL])).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}
