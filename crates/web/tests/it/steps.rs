//! Transitions taken on the page, one by one and in bulk, comments, and the list of what waits.

use axum::http::StatusCode;
use model::ids::{RecordId, UnitId};

use crate::{
    page::Element,
    site::{Answer, DISTRICT, MILL, STEPPED, Site, Visitor, action, code},
};

fn register(unit: UnitId) -> String {
    format!("/units/{}/registers/{STEPPED}", code(unit))
}

/// Enters a record on the page.
async fn enter(mill: &mut Visitor<'_>) -> Answer {
    let form = mill.get(&format!("{}/new", register(MILL))).await.page();
    let kind = form.field("field.kind").options()[1].attribute("value").to_owned();
    let unit = code(MILL);
    let fields = [
        ("unit", unit.as_str()),
        ("field.serial", ""),
        ("field.subject", "Heat"),
        ("field.kind", &kind),
        ("field.started_on", "2026-01-05"),
    ];
    mill.post(&register(MILL), &fields).await
}

/// Enters a record on the page; its address.
async fn entered(mill: &mut Visitor<'_>) -> String {
    let made = enter(mill).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    made.location.strip_suffix("?done=create").unwrap().to_owned()
}

const FINISH: [(&str, &str); 3] =
    [("version", "1"), ("field.saving", "3.5"), ("field.finished_on", "2026-02-02")];

/// Enters and finishes a record; its address.
async fn finished(mill: &mut Visitor<'_>) -> String {
    let path = entered(mill).await;
    let done = mill.post(&format!("{path}/transitions/finish"), &FINISH).await;
    assert_eq!((done.status, done.location), (StatusCode::SEE_OTHER, format!("{path}?done=step")));
    path
}

#[tokio::test]
async fn a_record_is_numbered_when_it_is_entered() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let form = mill.get(&format!("{}/new", register(MILL))).await.page();
    assert!(form.field("field.serial").explanation().contains("留空由系统自动编号"));
    let path = entered(&mut mill).await;
    mill.get(&path).await.page().assert_says(&[&format!("{}-2026-001", code(MILL))]);
}

#[tokio::test]
async fn a_second_click_is_given_no_second_number() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    enter(&mut mill).await;
    let again = enter(&mut mill).await.location;
    assert!(again.ends_with("?done=known"), "{again}");
}

#[tokio::test]
async fn a_record_says_its_state_and_leads_to_its_transitions() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    let page = mill.get(&path).await.page();
    page.assert_says(&["进行中", "下一步"]);
    assert!(page.leads_to(&format!("{path}/transitions/finish")), "{:?}", page.links());
}

#[tokio::test]
async fn a_transition_asks_for_what_it_sets_and_nothing_else() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    let form = mill.get(&format!("{path}/transitions/finish")).await.page();
    form.assert_says(&["由“进行中”到“已完成”"]);
    assert!(form.optional_field("field.finished_on").is_some());
    assert!(form.optional_field("field.subject").is_none(), "what is stated is not asked again");
}

#[tokio::test]
async fn a_transition_that_lacks_something_keeps_what_was_typed() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = entered(&mut mill).await;
    let lacking = mill.post(&format!("{path}/transitions/finish"), &FINISH[..2]).await;
    assert_eq!(lacking.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(lacking.page().field("field.saving").value(), "3.5");
}

#[tokio::test]
async fn a_second_click_takes_no_second_transition() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = finished(&mut mill).await;
    let again = mill.post(&format!("{path}/transitions/finish"), &FINISH).await;
    assert_eq!((again.status, again.location), (StatusCode::SEE_OTHER, format!("{path}?done=step")));
}

#[tokio::test]
async fn a_transition_stands_in_the_history_with_what_is_awaited_next() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = finished(&mut mill).await;
    let page = mill.get(&path).await.page();
    page.assert_says(&["已完成", "待验收", "逾期"]);
    page.part("history").assert_says(&["完成：由“进行中”到“已完成”"]);
}

#[tokio::test]
async fn a_state_that_allows_no_correction_offers_none() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = finished(&mut mill).await;
    assert!(!mill.get(&path).await.page().leads_to(&format!("{path}/correct")));
    let closed = mill.get(&format!("{path}/correct")).await;
    assert_eq!(closed.status, StatusCode::CONFLICT);
    closed.page().assert_says(&["“已完成”的记录不能再更正"]);
}

#[tokio::test]
async fn a_correction_that_the_state_does_not_allow_keeps_what_was_typed() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = finished(&mut mill).await;
    let closed = mill.post(&format!("{path}/correct"), &[("version", "2"), ("field.subject", "Other")]).await;
    assert_eq!(closed.status, StatusCode::CONFLICT);
    assert_eq!(closed.page().field("field.subject").value(), "Other");
}

#[tokio::test]
async fn a_transition_of_another_office_or_state_cannot_be_opened() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = finished(&mut mill).await;
    for (transition, expected) in [
        ("accept", StatusCode::FORBIDDEN),
        ("finish", StatusCode::CONFLICT),
        ("nothing", StatusCode::NOT_FOUND),
    ] {
        let answer = mill.get(&format!("{path}/transitions/{transition}")).await;
        assert_eq!(answer.status, expected, "{transition}");
    }
}

#[tokio::test]
async fn a_finished_record_waits_for_the_office_above_alone() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = finished(&mut mill).await;
    let mut district = site.visitor("district").await;
    assert_eq!(district.get("/todo/count").await.document().text(), "1");
    let todo = district.get("/todo?due=overdue").await.page();
    assert!(todo.leads_to(&path), "{:?}", todo.links());
    todo.assert_says(&["已逾期 13 天"]);
    assert!(!mill.get("/todo").await.page().leads_to(&path), "it waits for the district");
}

/// The district had opened the record before it was finished; what it is answered when it accepts it.
async fn late_acceptance(site: &Site) -> (String, Answer) {
    let path = finished(&mut site.visitor("mill").await).await;
    let mut district = site.visitor("district").await;
    let fields = [("version", "1"), ("field.rating", "7.25")];
    let answer = district.post(&format!("{path}/transitions/accept"), &fields).await;
    (path, answer)
}

#[tokio::test]
async fn who_takes_a_transition_of_an_older_version_is_told_and_loses_nothing() {
    let site = Site::new().await;
    let (_, stale) = late_acceptance(&site).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let page = stale.page();
    page.assert_says(&["Name of mill（Mill） 于"]);
    assert_eq!(page.field("field.rating").value(), "7.25");
    assert!(page.hidden().contains(&("version".to_owned(), "2".to_owned())), "sent again it is taken");
}

#[tokio::test]
async fn a_transition_whose_condition_is_not_met_is_refused() {
    let site = Site::new().await;
    let (path, _) = late_acceptance(&site).await;
    let fields = [("version", "2"), ("field.rating", "5")];
    let low = site.visitor("district").await.post(&format!("{path}/transitions/accept"), &fields).await;
    assert_eq!(low.status, StatusCode::UNPROCESSABLE_ENTITY);
    low.page().assert_says(&["还不具备"]);
}

#[tokio::test]
async fn an_accepted_record_waits_for_nobody() {
    let site = Site::new().await;
    let (path, _) = late_acceptance(&site).await;
    let mut district = site.visitor("district").await;
    let fields = [("version", "2"), ("field.rating", "7.25")];
    let done = district.post(&format!("{path}/transitions/accept"), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(district.get("/todo/count").await.document().text(), "");
    assert_eq!(app::rebuild::verify(&site.app, &testkit::console(&site.app)).await.unwrap().findings, []);
}

/// A record that was dropped, and what is answered to who finishes it with these fields.
async fn finish_dropped(fields: &[(&str, &str)]) -> Answer {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = format!("/records/{}", action(&site, MILL, "first").await);
    mill.post(&format!("{path}/transitions/drop"), &[("version", "1")]).await;
    mill.post(&format!("{path}/transitions/finish"), fields).await
}

#[tokio::test]
async fn a_transition_out_of_order_is_told_and_what_was_typed_stays() {
    let late = finish_dropped(&[("version", "2"), ("field.finished_on", "2026-02-02")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let page = late.page();
    page.assert_says(&["“中止”的记录不能“完成”"]);
    assert_eq!(page.field("field.finished_on").value(), "2026-02-02");
    let form = page.all("form").into_iter().find(|form| form.attribute("action").ends_with("/finish"));
    assert!(form.is_none_or(|form| form.buttons().is_empty()), "it cannot be sent again");
}

#[tokio::test]
async fn what_was_typed_into_a_field_that_is_gone_is_told() {
    let strange = finish_dropped(&[("version", "2"), ("field.none", "1")]).await;
    assert_eq!(strange.status, StatusCode::CONFLICT);
    strange.page().assert_says(&["none：1"]);
}

/// Records of the mill that take transitions.
async fn actions(site: &Site, names: &[&str]) -> Vec<RecordId> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(action(site, MILL, name).await);
    }
    ids
}

fn bulk(transition: &str) -> String {
    format!("{}/transitions/{transition}", register(MILL))
}

/// What is chosen on the page of a bulk transition.
fn chosen(page: &Element) -> String {
    let hidden = page.hidden().into_iter().find(|(name, _)| name == "chosen");
    hidden.map(|(_, value)| value).unwrap_or_default()
}

/// Chooses all records that can be finished, and sends a form of it.
async fn finish_all(mill: &mut Visitor<'_>, fields: &[(&str, &str)]) -> Answer {
    let chosen = chosen(&mill.get(&bulk("finish")).await.page());
    mill.post(&bulk("finish"), &[&[("chosen", chosen.as_str())], fields].concat()).await
}

const FINISHED_ON: (&str, &str) = ("field.finished_on", "2026-02-02");

#[tokio::test]
async fn a_list_offers_the_transitions_of_ones_own_and_a_box_for_every_record() {
    let site = Site::new().await;
    let id = actions(&site, &["first"]).await[0].to_string();
    let list = site.visitor("mill").await.get(&register(MILL)).await.page();
    assert!(list.leads_to(&bulk("finish")) && !list.leads_to(&bulk("accept")), "{:?}", list.ways());
    let tick = list.field("id");
    let form = list.all("form").into_iter().find(|form| form.leads_to(&bulk("finish"))).unwrap();
    assert_eq!((tick.value(), tick.control.attribute("form")), (id, form.attribute("id")));
}

#[tokio::test]
async fn ticked_records_are_counted() {
    let site = Site::new().await;
    let ids = actions(&site, &["first", "second", "third"]).await;
    let path = format!("{}?id={}&id={}", bulk("finish"), ids[0], ids[1]);
    site.visitor("mill").await.get(&path).await.page().assert_says(&["勾选的 2 条。 2 条可以办理。"]);
}

#[tokio::test]
async fn without_ticks_a_bulk_transition_is_about_the_whole_list() {
    let site = Site::new().await;
    let ids = actions(&site, &["first", "second", "third"]).await;
    let mut mill = site.visitor("mill").await;
    for id in &ids[..2] {
        mill.post(&format!("/records/{id}/transitions/drop"), &[("version", "1")]).await;
    }
    let page = mill.get(&bulk("finish")).await.page();
    page.assert_says(&["列表里的 3 条。 列表里有 2 条现在不在这一步。 1 条可以办理。"]);
}

#[tokio::test]
async fn a_bulk_transition_that_lacks_something_keeps_what_was_typed() {
    let site = Site::new().await;
    actions(&site, &["first"]).await;
    let fields = [("deed", "look"), ("field.saving", "3.5")];
    let lacking = finish_all(&mut site.visitor("mill").await, &fields).await;
    assert_eq!(lacking.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(lacking.page().field("field.saving").value(), "3.5");
}

#[tokio::test]
async fn a_bulk_transition_asks_first_and_changes_nothing() {
    let site = Site::new().await;
    let ids = actions(&site, &["first", "second"]).await;
    let fields = [FINISHED_ON, ("field.saving", ""), ("deed", "look")];
    let question = finish_all(&mut site.visitor("mill").await, &fields).await;
    assert_eq!(question.status, StatusCode::OK);
    let page = question.page();
    page.assert_says(&["确认办理 2 条：完成"]);
    assert_eq!(page.all("ins").into_iter().map(Element::text).collect::<Vec<_>>(), ["2026年2月2日"]);
    assert!(page.hidden().contains(&(FINISHED_ON.0.to_owned(), FINISHED_ON.1.to_owned())));
    let found = app::records::find(&site.app, &testkit::console(&site.app), ids[0]).await.unwrap();
    assert_eq!(found.version, 1);
}

#[tokio::test]
async fn the_question_of_a_bulk_transition_leads_back_to_its_form() {
    let site = Site::new().await;
    actions(&site, &["first"]).await;
    let fields = [FINISHED_ON, ("field.saving", ""), ("deed", "edit")];
    let page = finish_all(&mut site.visitor("mill").await, &fields).await.page();
    assert_eq!(page.field(FINISHED_ON.0).value(), FINISHED_ON.1);
}

#[tokio::test]
async fn a_bulk_transition_is_taken_once_however_often_it_is_sent() {
    let site = Site::new().await;
    actions(&site, &["first", "second"]).await;
    let mut mill = site.visitor("mill").await;
    let chosen = chosen(&mill.get(&bulk("finish")).await.page());
    let fields = [("chosen", chosen.as_str()), FINISHED_ON, ("field.saving", ""), ("deed", "take")];
    let list = format!("{}?done=together&taken=2", register(MILL));
    for click in ["first", "second"] {
        let done = mill.post(&bulk("finish"), &fields).await;
        assert_eq!((done.status, done.location), (StatusCode::SEE_OTHER, list.clone()), "{click} click");
    }
    mill.get(&list).await.page().assert_says(&["已办理 2 条"]);
    assert_eq!(app::rebuild::verify(&site.app, &testkit::console(&site.app)).await.unwrap().findings, []);
}

#[tokio::test]
async fn a_bulk_transition_overwrites_nobody_who_is_faster() {
    let site = Site::new().await;
    let ids = actions(&site, &["first"]).await;
    let mut mill = site.visitor("mill").await;
    let chosen = chosen(&mill.get(&bulk("finish")).await.page());
    mill.post(&format!("/records/{}/transitions/drop", ids[0]), &[("version", "1")]).await;
    let fields = [("chosen", chosen.as_str()), FINISHED_ON, ("deed", "take")];
    let page = mill.post(&bulk("finish"), &fields).await.page();
    page.assert_says(&["没有可以办理的记录", "您查看之后有人改过"]);
}

#[tokio::test]
async fn a_bulk_transition_tells_what_was_typed_into_a_field_that_is_gone() {
    let site = Site::new().await;
    actions(&site, &["first"]).await;
    let fields = [("field.none", "1"), ("deed", "take")];
    let strange = finish_all(&mut site.visitor("mill").await, &fields).await;
    assert_eq!(strange.status, StatusCode::CONFLICT);
    strange.page().assert_says(&["none：1"]);
}

#[tokio::test]
async fn a_bulk_transition_of_nothing_that_exists_is_refused() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let wrong = mill.post(&bulk("finish"), &[("chosen", "no id")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(mill.get(&format!("{}?id=x", bulk("finish"))).await.status, StatusCode::NOT_FOUND);
    assert_eq!(mill.get(&bulk("nothing")).await.status, StatusCode::NOT_FOUND);
}

/// The district accepts what the mill has finished, all at once.
#[tokio::test]
async fn the_office_above_accepts_in_bulk_what_meets_the_condition() {
    let site = Site::new().await;
    actions(&site, &["first", "second"]).await;
    let fields = [FINISHED_ON, ("field.saving", ""), ("deed", "take")];
    finish_all(&mut site.visitor("mill").await, &fields).await;
    let mut district = site.visitor("district").await;
    let accept = format!("{}/transitions/accept", register(DISTRICT));
    let chosen = chosen(&district.get(&format!("{accept}?state=finished")).await.page());
    for (rating, deed, expected) in
        [("5", "look", StatusCode::UNPROCESSABLE_ENTITY), ("7.25", "take", StatusCode::SEE_OTHER)]
    {
        let fields = [("chosen", chosen.as_str()), ("field.rating", rating), ("deed", deed)];
        assert_eq!(district.post(&accept, &fields).await.status, expected, "{rating}");
    }
    assert_eq!(app::rebuild::verify(&site.app, &testkit::console(&site.app)).await.unwrap().findings, []);
}

/// Comments on a record of the mill; the record's address.
async fn commented(site: &Site, text: &str) -> String {
    let path = format!("/records/{}", action(site, MILL, "first").await);
    let done = site.visitor("mill").await.post(&format!("{path}/comments"), &[("text", text)]).await;
    assert_eq!((done.status, done.location), (StatusCode::SEE_OTHER, format!("{path}#history")));
    path
}

#[tokio::test]
async fn a_comment_stands_in_the_history_as_text() {
    let site = Site::new().await;
    let path = commented(&site, "<b>bold</b>").await;
    let page = site.visitor("mill").await.get(&path).await.page();
    let history = page.part("history");
    history.assert_says(&["<b>bold</b>"]);
    assert!(history.all("b").iter().all(|bold| bold.text() != "bold"));
}

#[tokio::test]
async fn a_comment_sent_twice_is_kept_once() {
    let site = Site::new().await;
    let path = commented(&site, "bold").await;
    let mut mill = site.visitor("mill").await;
    mill.post(&format!("{path}/comments"), &[("text", "bold")]).await;
    assert_eq!(mill.get(&path).await.page().text().matches("bold").count(), 1);
}

#[tokio::test]
async fn a_comment_that_is_too_long_is_refused_and_kept() {
    let site = Site::new().await;
    let path = format!("/records/{}/comments", action(&site, MILL, "first").await);
    let long = "x".repeat(2001);
    let refused = site.visitor("mill").await.post(&path, &[("text", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.page();
    assert_eq!(page.field("text").value(), long);
    assert!(page.field("text").explanation().contains("2000"), "{}", page.field("text").explanation());
}

/// The address at which the comment on a page is withdrawn.
fn withdrawal(page: &Element) -> String {
    let way = page.ways().into_iter().find(|way| way.ends_with("/withdraw"));
    way.unwrap().to_owned()
}

#[tokio::test]
async fn a_comment_of_somebody_else_is_not_withdrawn() {
    let site = Site::new().await;
    let path = commented(&site, "bold").await;
    let withdraw = withdrawal(&site.visitor("mill").await.get(&path).await.page());
    let answer = site.visitor("district").await.post(&withdraw, &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_comment_that_was_withdrawn_leaves_that_it_was_there() {
    let site = Site::new().await;
    let path = commented(&site, "bold").await;
    let mut mill = site.visitor("mill").await;
    let withdraw = withdrawal(&mill.get(&path).await.page());
    assert_eq!(mill.post(&withdraw, &[]).await.status, StatusCode::SEE_OTHER);
    let page = mill.get(&path).await.page();
    page.assert_says(&["已由本人撤回"]);
    page.assert_lacks(&["bold"]);
}
