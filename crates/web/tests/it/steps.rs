//! Steps taken on the page, comments, and the list of what waits.

use axum::http::StatusCode;

use crate::site::{DISTRICT, MILL, STEPPED, Site, action, between, code};

fn main(page: &str) -> &str {
    between(page, "<main", "</main>").unwrap_or(page)
}

#[tokio::test]
async fn a_record_goes_its_way_on_the_page() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let register = format!("/units/{}/registers/{STEPPED}", code(MILL));
    let form = mill.get(&format!("{register}/new")).await.text();
    assert!(main(&form).contains("留空由系统自动编号"), "{}", main(&form));
    let option = between(&form, "<option value=\"\">", "</select>").unwrap();
    let kind = between(option, "<option value=\"", "\"").unwrap();
    let fields = [
        ("unit", code(MILL)),
        ("field.serial", String::new()),
        ("field.subject", "Heat".to_owned()),
        ("field.kind", kind.to_owned()),
        ("field.started_on", "2026-01-05".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let made = mill.post(&register, &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", main(&made.text()));
    let again = mill.post(&register, &fields).await.location;
    assert!(again.ends_with("?done=known"), "a second click is given no second number: {again}");
    let path = made.location.strip_suffix("?done=create").unwrap().to_owned();
    let page = mill.get(&path).await.text();
    for part in ["进行中", "下一步", &format!("{path}/steps/finish"), &format!("{}-2026-001", code(MILL))]
    {
        assert!(main(&page).contains(part), "{part}: {}", main(&page));
    }
    let finish = format!("{path}/steps/finish");
    let form = mill.get(&finish).await.text();
    assert!(
        main(&form).contains("由“进行中”到“已完成”") && main(&form).contains("name=\"field.finished_on\"")
    );
    assert!(!main(&form).contains("field.subject"), "what is stated is not asked again");
    let lacking = mill.post(&finish, &[("version", "1"), ("field.saving", "3.5")]).await;
    assert_eq!(lacking.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(main(&lacking.text()).contains("value=\"3.5\""), "{}", main(&lacking.text()));
    let fields = [("version", "1"), ("field.saving", "3.5"), ("field.finished_on", "2026-02-02")];
    for click in ["first", "second"] {
        let done = mill.post(&finish, &fields).await;
        let expected = (StatusCode::SEE_OTHER, format!("{path}?done=step"));
        assert_eq!((done.status, done.location.clone()), expected, "{click} click: {}", main(&done.text()));
    }
    let page = mill.get(&path).await.text();
    for part in ["已完成", "完成：由“进行中”到“已完成”", "due-late", "待验收"] {
        assert!(main(&page).contains(part), "{part}: {}", main(&page));
    }
    assert!(!main(&page).contains(&format!("{path}/correct")), "it is not corrected in this state");
    let closed = mill.get(&format!("{path}/correct")).await;
    assert_eq!(closed.status, StatusCode::CONFLICT);
    assert!(main(&closed.text()).contains("“已完成”的记录不能再更正"), "{}", main(&closed.text()));
    let fields = [("version", "2"), ("field.subject", "Other")];
    let closed = mill.post(&format!("{path}/correct"), &fields).await;
    assert_eq!(closed.status, StatusCode::CONFLICT);
    assert!(main(&closed.text()).contains("value=\"Other\""), "typing is kept: {}", main(&closed.text()));
    assert_eq!(mill.get(&format!("{path}/steps/accept")).await.status, StatusCode::FORBIDDEN);
    let early = mill.get(&finish).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "the step has been taken");

    let mut district = site.visitor("district").await;
    assert_eq!(district.get("/todo/count").await.text(), "<span class=\"number\">1</span>");
    let work = district.get("/todo?due=overdue").await.text();
    assert!(main(&work).contains(&path) && main(&work).contains("已逾期 13 天"), "{}", main(&work));
    assert!(!main(&mill.get("/todo").await.text()).contains(&path), "it waits for the district");
    // The district had opened the record before it was finished: told, and nothing typed is lost.
    let accept = format!("{path}/steps/accept");
    let stale = district.post(&accept, &[("version", "1"), ("field.rating", "7.25")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let told = stale.text();
    assert!(main(&told).contains("mill 于") && main(&told).contains("value=\"7.25\""), "{}", main(&told));
    assert!(main(&told).contains("name=\"version\" value=\"2\""), "sent again it is taken: {}", main(&told));
    let low = district.post(&accept, &[("version", "2"), ("field.rating", "5")]).await;
    assert_eq!(low.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(main(&low.text()).contains("还不具备"), "{}", main(&low.text()));
    let done = district.post(&accept, &[("version", "2"), ("field.rating", "7.25")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(district.get("/todo/count").await.text(), "<span class=\"number\"></span>");
    assert_eq!(app::rebuild::verify(&site.app, &testkit::console()).await.unwrap().difference, None);
}

#[tokio::test]
async fn a_step_out_of_order_is_told_and_what_was_typed_stays() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = format!("/facts/{}", action(&site, MILL, "first").await);
    assert_eq!(mill.get(&format!("{path}/steps/nothing")).await.status, StatusCode::NOT_FOUND);
    mill.post(&format!("{path}/steps/drop"), &[("version", "1")]).await;
    let fields = [("version", "2"), ("field.finished_on", "2026-02-02")];
    let late = mill.post(&format!("{path}/steps/finish"), &fields).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let told = late.text();
    assert!(main(&told).contains("“中止”的记录不能“完成”"), "{}", main(&told));
    assert!(main(&told).contains("value=\"2026-02-02\"") && !main(&told).contains("btn-primary"));
    let strange = mill.post(&format!("{path}/steps/finish"), &[("version", "2"), ("field.none", "1")]).await;
    assert_eq!(strange.status, StatusCode::CONFLICT);
    assert!(main(&strange.text()).contains("none：1"), "what was typed into a field that is gone is told");
}

#[tokio::test]
async fn many_records_take_a_step_on_one_page() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let mut ids = Vec::new();
    for name in ["first", "second", "third"] {
        ids.push(action(&site, MILL, name).await.to_string());
    }
    let register = format!("/units/{}/registers/{STEPPED}", code(MILL));
    let finish = format!("{register}/steps/finish");
    let list = mill.get(&register).await.text();
    assert!(main(&list).contains(&format!("formaction=\"{finish}\"")), "{}", main(&list));
    assert!(main(&list).contains(&format!("name=\"id\" value=\"{}\" form=\"together\"", ids[0])));
    assert!(!main(&list).contains("steps/accept"), "a step that is not the unit's is not offered");

    let asks = mill.get(&format!("{finish}?id={}&id={}", ids[0], ids[1])).await.text();
    assert!(main(&asks).contains("勾选的 2 条。 2 条可以办理。"), "{}", main(&asks));
    let chosen = between(&asks, "name=\"chosen\" value=\"", "\"").unwrap().to_owned();
    let lacking = mill.post(&finish, &[("chosen", &chosen), ("deed", "look"), ("field.saving", "3.5")]).await;
    assert_eq!(lacking.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(main(&lacking.text()).contains("value=\"3.5\""), "{}", main(&lacking.text()));
    let fields = [
        ("chosen", chosen.as_str()),
        ("field.finished_on", "2026-02-02"),
        ("field.saving", ""),
        ("deed", "look"),
    ];
    let question = mill.post(&finish, &fields).await;
    assert_eq!(question.status, StatusCode::OK);
    let question = question.text();
    for part in ["确认办理 2 条：完成", "<ins>2026年2月2日</ins>", "value=\"2026-02-02\""] {
        assert!(main(&question).contains(part), "{part}: {}", main(&question));
    }
    let (console, id) = (testkit::console(), model::ids::FactId(ids[0].parse().unwrap()));
    let found = app::facts::find(&site.app, &console, id).await.unwrap();
    assert_eq!(found.version, 1, "looking changes nothing");
    let edited = mill.post(&finish, &[&fields[..3], &[("deed", "edit")]].concat()).await.text();
    assert!(main(&edited).contains("name=\"field.finished_on\""), "{}", main(&edited));

    let take = [&fields[..3], &[("deed", "take")]].concat();
    for click in ["first", "second"] {
        let done = mill.post(&finish, &take).await;
        let expected = (StatusCode::SEE_OTHER, format!("{register}?done=together&taken=2"));
        assert_eq!((done.status, done.location.clone()), expected, "{click} click: {}", main(&done.text()));
    }
    let list = mill.get(&format!("{register}?done=together&taken=2")).await.text();
    assert!(main(&list).contains("已办理 2 条"), "{}", main(&list));

    // Without ticks it is about all that the list shows; who cannot is told with the reason.
    let all = mill.get(&finish).await.text();
    let about = "列表里的 3 条。 列表里有 2 条现在不在这一步。 1 条可以办理。";
    assert!(main(&all).contains(about), "{}", main(&all));
    // Somebody is faster: nothing of his is overwritten.
    let chosen = between(&all, "name=\"chosen\" value=\"", "\"").unwrap().to_owned();
    mill.post(&format!("/facts/{}/steps/drop", ids[2]), &[("version", "1")]).await;
    let fields = [("chosen", chosen.as_str()), ("field.finished_on", "2026-02-02"), ("deed", "take")];
    let late = mill.post(&finish, &fields).await.text();
    assert!(
        main(&late).contains("没有可以办理的记录") && main(&late).contains("您查看之后有人改过"),
        "{}",
        main(&late)
    );
    let strange = mill.post(&finish, &[("chosen", &chosen), ("field.none", "1"), ("deed", "take")]).await;
    assert_eq!(strange.status, StatusCode::CONFLICT);
    assert!(main(&strange.text()).contains("none：1"), "what was typed into a field that is gone is told");
    assert_eq!(mill.post(&finish, &[("chosen", "no id")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(mill.get(&format!("{finish}?id=x")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(mill.get(&format!("{register}/steps/nothing")).await.status, StatusCode::NOT_FOUND);

    // The district accepts what the unit has finished, all at once.
    let mut district = site.visitor("district").await;
    let accept = format!("/units/{}/registers/{STEPPED}/steps/accept", code(DISTRICT));
    let asks = district.get(&format!("{accept}?state=finished")).await.text();
    let chosen = between(&asks, "name=\"chosen\" value=\"", "\"").unwrap().to_owned();
    let low = [("chosen", chosen.as_str()), ("field.rating", "5"), ("deed", "look")];
    assert_eq!(district.post(&accept, &low).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let high = [("chosen", chosen.as_str()), ("field.rating", "7.25"), ("deed", "take")];
    assert_eq!(district.post(&accept, &high).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app::rebuild::verify(&site.app, &testkit::console()).await.unwrap().difference, None);
}

#[tokio::test]
async fn comments_stand_in_the_history() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = format!("/facts/{}", action(&site, MILL, "first").await);
    for _ in 0..2 {
        let said = mill.post(&format!("{path}/comments"), &[("text", "<b>bold</b>")]).await;
        assert_eq!((said.status, said.location), (StatusCode::SEE_OTHER, format!("{path}#history")));
    }
    let page = mill.get(&path).await.text();
    assert_eq!(main(&page).matches("bold").count(), 1, "said once: {}", main(&page));
    assert!(!page.contains("<b>bold"), "as text");
    let long = "x".repeat(2001);
    let refused = mill.post(&format!("{path}/comments"), &[("text", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(main(&refused.text()).contains(&long) && main(&refused.text()).contains("2000"));
    let withdraw = between(&page, "action=\"/facts/", "/withdraw\"").unwrap().rsplit('/').next().unwrap();
    let withdraw = format!("{path}/comments/{withdraw}/withdraw");
    let mut district = site.visitor("district").await;
    assert_eq!(district.post(&withdraw, &[]).await.status, StatusCode::NOT_FOUND, "it is not theirs");
    assert_eq!(mill.post(&withdraw, &[]).await.status, StatusCode::SEE_OTHER);
    let page = mill.get(&path).await.text();
    assert!(main(&page).contains("已由本人撤回") && !page.contains("bold"), "{}", main(&page));
}
