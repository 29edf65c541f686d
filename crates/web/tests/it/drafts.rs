//! Drafts, forms whose definition changes while they are open, and people to choose from.

use app::{App, Setup};
use axum::http::StatusCode;
use campaign::source::{Source, SourceFile};
use model::{
    ids::{RecordId, UnitId},
    value::Value,
};

use crate::{
    page::Element,
    site::{Answer, DISTRICT, MILL, REGISTER, Site, Visitor, WORKS, YARD, between, code, idea},
};

fn register() -> String {
    format!("/units/{}/registers/{REGISTER}", code(MILL))
}

/// Sends the fields of a form with what goes along unseen.
async fn send(visitor: &mut Visitor<'_>, path: &str, page: &Element, fields: &[(&str, &str)]) -> Answer {
    let hidden = hidden(page);
    let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all: Vec<(&str, &str)> = hidden.chain(fields.iter().copied()).collect();
    visitor.post(path, &all).await
}

/// What goes along unseen with the form that has a field for the author.
fn hidden(page: &Element) -> Vec<(String, String)> {
    let form = page.all("form").into_iter().find(|form| form.optional_field("field.author").is_some());
    form.unwrap().hidden()
}

/// The small campaign, with one more field in the register.
fn with_hint() -> Source {
    let small = testkit::small_campaign();
    let files = small.files().iter().map(|file| {
        let mut text = file.text.clone();
        if file.path.ends_with("workshop-idea.toml") {
            let hint =
                "[[field]]\nid = \"hint\"\nlabel = { zh = \"提示\", en = \"Hint\" }\nkind = \"text\"\n\n";
            text = text.replacen(
                "[[field]]\nid = \"used_on\"",
                &format!("{hint}[[field]]\nid = \"used_on\""),
                1,
            );
            text = text.replace(
                "\"used_on\", \"trials\", \"follows\", \"actions\", \"saved\"]",
                "\"used_on\", \"trials\", \"follows\", \"actions\", \"saved\", \"hint\"]",
            );
        }
        SourceFile { path: file.path.clone(), text }
    });
    Source::from_files(files.collect())
}

/// Puts another version of the campaign in force, as somebody at the console does while people work.
async fn put_in_force(site: &Site, source: &Source) {
    let setup = Setup { campaign: Some(source), ..Setup::new(testkit::secret()) };
    App::open(site.test.db.clone(), site.test.region, setup, testkit::clock()).await.unwrap();
}

fn new_form() -> String {
    format!("{}/new", register())
}

async fn page(visitor: &mut Visitor<'_>, path: &str) -> Element {
    visitor.get(path).await.page()
}

/// The drafts that a page offers, by what tells them apart.
fn offered(page: &Element) -> Vec<String> {
    let names = page.all("li").into_iter().filter(|item| item.says("接着填"));
    names.map(|item| texts(&item.all("b"))).collect()
}

/// What is under some tags.
fn texts(elements: &[&Element]) -> String {
    elements.iter().map(|element| element.text()).collect()
}

/// The id of the draft of a form.
fn draft_id(page: &Element) -> String {
    let hidden = hidden(page);
    hidden.into_iter().find(|(name, _)| name == "draft.id").unwrap().1
}

const HALF: [(&str, &str); 2] = [("field.title", "Half a thou"), ("field.told_on", "yesterday")];

/// Stores what was typed into the form of a new record: where the draft is opened, and what is answered.
async fn keep(mill: &mut Visitor<'_>, typed: &[(&str, &str)]) -> (String, Answer) {
    let form = page(mill, &new_form()).await;
    let address = format!("{}?draft={}", new_form(), draft_id(&form));
    (address, send(mill, "/drafts", &form, typed).await)
}

/// A record that can be entered.
fn thought(title: &str) -> [(&str, &str); 4] {
    [("unit", "Mill"), ("field.title", title), ("field.author", "Li"), ("field.told_on", "2021-03-01")]
}

#[tokio::test]
async fn what_is_typed_is_kept_as_a_draft() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let form = page(&mut mill, &new_form()).await;
    let kept = form.all("form").into_iter().find(|form| form.attribute("data-draft") == "/drafts");
    let address = format!("{}?draft={}", new_form(), draft_id(&form));
    assert_eq!(kept.unwrap().attribute("data-address"), address, "a script stores it by itself");
    let (_, kept) = keep(&mut mill, &HALF).await;
    assert_eq!((kept.status, kept.text().as_str()), (StatusCode::OK, "草稿已存于 2026年3月1日 12:00"));
}

#[tokio::test]
async fn a_draft_waits_for_the_same_person_and_nobody_else() {
    let site = Site::new().await;
    let (address, _) = keep(&mut site.visitor("mill").await, &HALF).await;
    let mut district = site.visitor("district").await;
    assert_eq!(offered(&page(&mut district, &new_form()).await), [""; 0]);
    let foreign = page(&mut district, &address).await;
    assert_eq!(foreign.field("field.title").value(), "", "an id opens drafts of one's own alone");
    let mine = page(&mut site.visitor("mill").await, &new_form()).await;
    assert_eq!(offered(&mine), ["Half a thou"]);
}

/// The id of a draft of somebody else neither changes nor deletes it.
#[tokio::test]
async fn nobody_reaches_the_drafts_of_others() {
    let site = Site::new().await;
    let (address, _) = keep(&mut site.visitor("mill").await, &HALF).await;
    let id = address.rsplit('=').next().unwrap();
    let mut district = site.visitor("district").await;
    let unit = code(MILL);
    let key = [("draft.id", id), ("draft.unit", unit.as_str()), ("draft.form", REGISTER)];
    let theirs: Vec<_> = key.iter().copied().chain([("field.title", "Theirs")]).collect();
    assert_eq!(district.post("/drafts", &theirs).await.status, StatusCode::OK, "a draft of their own");
    assert_eq!(district.post("/drafts/discard", &key).await.status, StatusCode::SEE_OTHER);
    let mut mill = site.visitor("mill").await;
    assert_eq!(page(&mut mill, &address).await.field("field.title").value(), "Half a thou");
}

#[tokio::test]
async fn two_forms_that_are_open_have_a_draft_each() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let (one, _) = keep(&mut mill, &HALF).await;
    let (other, _) = keep(&mut mill, &[("field.title", "Another thought")]).await;
    assert_ne!(one, other);
    for (address, title) in [(&one, "Half a thou"), (&other, "Another thought")] {
        assert_eq!(page(&mut mill, address).await.field("field.title").value(), title);
    }
    let mut both = offered(&page(&mut mill, &new_form()).await);
    both.sort();
    assert_eq!(both, ["Another thought", "Half a thou"]);
    assert_eq!(offered(&page(&mut mill, &one).await), ["Another thought"], "the others");
}

#[tokio::test]
async fn lists_of_registers_and_of_records_lead_to_drafts() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let (address, _) = keep(&mut mill, &HALF).await;
    for list in [format!("/units/{}/registers", code(MILL)), register()] {
        let list = page(&mut mill, &list).await;
        list.assert_says(&["没有登记的草稿", "Half a thou"]);
        assert!(list.leads_to(&address), "{:?}", list.links());
    }
    let other = format!("/units/{}/registers/green-action", code(MILL));
    page(&mut mill, &other).await.assert_lacks(&["没有登记的草稿"]);
}

#[tokio::test]
async fn an_opened_draft_holds_what_was_typed() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let (address, _) = keep(&mut mill, &HALF).await;
    let opened = page(&mut mill, &address).await;
    for (name, value) in HALF {
        assert_eq!(opened.field(name).value(), value, "{name}");
    }
    opened.assert_says(&["这是您的草稿，存于 2026年3月1日 12:00"]);
}

#[tokio::test]
async fn a_draft_that_became_a_record_is_done_with() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let (address, _) = keep(&mut mill, &HALF).await;
    let opened = page(&mut mill, &address).await;
    let made = send(&mut mill, &register(), &opened, &thought("Half a thought")).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    assert_eq!(offered(&page(&mut mill, &new_form()).await), [""; 0]);
}

#[tokio::test]
async fn a_form_that_comes_back_keeps_its_draft() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let (address, _) = keep(&mut mill, &HALF).await;
    let opened = page(&mut mill, &address).await;
    let refused = send(&mut mill, &register(), &opened, &HALF).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(draft_id(&refused.page()), draft_id(&opened));
}

/// As many drafts as one person may have.
async fn fill_up(mill: &mut Visitor<'_>) -> Vec<String> {
    let mut addresses = Vec::new();
    for number in 0..app::drafts::LIMIT {
        let title = format!("thought {number}");
        addresses.push(keep(mill, &[("field.title", title.as_str())]).await.0);
    }
    addresses
}

#[tokio::test]
async fn beyond_the_limit_the_oldest_draft_can_be_replaced() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    fill_up(&mut mill).await;
    let form = page(&mut mill, &new_form()).await;
    let one_more = [("field.title", "One more"), ("draft.by", "script")];
    let full = send(&mut mill, "/drafts", &form, &one_more).await;
    assert_eq!(full.status, StatusCode::CONFLICT);
    assert!(
        full.text().starts_with("草稿最多存 30 份，这一份没有存上。最早的一份是“thought "),
        "{}",
        full.text()
    );
    // Without a script the form comes back with everything, and with a button.
    let by_button = [("field.title", "One more"), ("draft.by", "button")];
    let again = send(&mut mill, "/drafts", &form, &by_button).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let again = again.page();
    assert_eq!(again.field("field.title").value(), "One more");
    let replace = again.all("button").into_iter().find(|button| button.attribute("name") == "draft.replace");
    let oldest = replace.unwrap().attribute("value").to_owned();
    let stored =
        send(&mut mill, "/drafts", &again, &[("field.title", "One more"), ("draft.replace", &oldest)]).await;
    assert_eq!(stored.status, StatusCode::SEE_OTHER);
    assert_eq!(page(&mut mill, &stored.location).await.field("field.title").value(), "One more");
    let offered = offered(&page(&mut mill, &new_form()).await);
    assert_eq!((offered.len(), offered.contains(&"One more".to_owned())), (app::drafts::LIMIT, true));
}

#[tokio::test]
async fn what_is_typed_on_goes_into_the_same_draft_however_many_there_are() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let first = fill_up(&mut mill).await.swap_remove(0);
    let opened = page(&mut mill, &first).await;
    let stored = send(&mut mill, "/drafts", &opened, &[("field.title", "thought 0, whole")]).await;
    assert_eq!(stored.status, StatusCode::OK);
}

#[tokio::test]
async fn the_rows_of_a_table_are_kept_too() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let typed = [("field.trials.0.place", "Line 2"), ("field.trials.4.people", "many")];
    let (address, kept) = keep(&mut mill, &typed).await;
    assert_eq!(kept.status, StatusCode::OK);
    let opened = page(&mut mill, &address).await;
    assert_eq!(opened.field("field.trials.0.place").value(), "Line 2");
    assert_eq!(opened.field("field.trials.1.people").value(), "many", "empty rows between are left out");
}

#[tokio::test]
async fn a_draft_is_kept_by_a_button() {
    let site = Site::new().await;
    let typed = [("field.title", "A"), ("draft.by", "button")];
    let (address, kept) = keep(&mut site.visitor("mill").await, &typed).await;
    assert_eq!((kept.status, kept.location), (StatusCode::SEE_OTHER, address));
}

#[tokio::test]
async fn a_draft_is_deleted_where_it_is_listed() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let unit = code(MILL);
    for (list, form) in [(format!("/units/{unit}/registers"), ""), (register(), REGISTER)] {
        let (address, _) = keep(&mut mill, &HALF).await;
        let id = address.rsplit('=').next().unwrap();
        let key = [("draft.id", id), ("draft.unit", unit.as_str()), ("draft.form", form)];
        let deleted = mill.post("/drafts/discard", &key).await;
        assert_eq!((deleted.status, deleted.location.as_str()), (StatusCode::SEE_OTHER, list.as_str()));
        assert_eq!(offered(&page(&mut mill, &list).await), [""; 0]);
    }
}

#[tokio::test]
async fn a_draft_of_a_correction_overwrites_nobody() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = format!("/records/{}/correct", site.facts[&MILL]);
    let form = page(&mut mill, &path).await;
    let correction = |title| {
        [("version", "1"), ("field.title", title), ("field.author", "Li"), ("field.told_on", "2021-03-01")]
    };
    assert_eq!(send(&mut mill, "/drafts", &form, &correction("Mine")).await.status, StatusCode::OK);
    let theirs = site.visitor("district").await.post(&path, &correction("Theirs")).await;
    assert_eq!(theirs.status, StatusCode::SEE_OTHER);
    let opened = page(&mut mill, &format!("{path}?draft={}", draft_id(&form))).await;
    let title = opened.field("field.title");
    assert_eq!(title.value(), "Mine");
    for part in ["“Theirs”", "这里是您填的"] {
        assert!(title.explanation().contains(part), "{part}: {}", title.explanation());
    }
    assert!(hidden(&opened).contains(&("version".to_owned(), "2".to_owned())));
}

#[tokio::test]
async fn a_foreign_record_has_no_drafts() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let (foreign, unit) = (site.facts[&YARD].to_string(), code(YARD));
    let key = [
        ("draft.id", "a"),
        ("draft.unit", unit.as_str()),
        ("draft.form", REGISTER),
        ("draft.fact", foreign.as_str()),
    ];
    for (parts, expected) in
        [(4, StatusCode::NOT_FOUND), (3, StatusCode::NOT_FOUND), (2, StatusCode::UNPROCESSABLE_ENTITY)]
    {
        assert_eq!(mill.post("/drafts", &key[..parts]).await.status, expected, "{parts} parts of the key");
    }
}

/// What is typed into a form with one field more than the campaign has later.
const WITH_HINT: [(&str, &str); 5] = [
    ("unit", "Mill"),
    ("field.title", "Clamp"),
    ("field.author", "Li"),
    ("field.told_on", "2021-03-01"),
    ("field.hint", "under the bench"),
];

/// A form that was open, and kept as a draft, when its field was taken out of the campaign.
async fn form_of_before(site: &Site, mill: &mut Visitor<'_>) -> Element {
    let form = page(mill, &new_form()).await;
    assert_eq!(send(mill, "/drafts", &form, &WITH_HINT).await.status, StatusCode::OK);
    put_in_force(site, &testkit::small_campaign()).await;
    form
}

/// Fails unless what was typed into the field that is gone is told.
#[track_caller]
fn assert_tells_hint(page: &Element) {
    let alerts = page.alerts();
    assert!(alerts.contains("提示 under the bench"), "{alerts}");
}

#[tokio::test]
async fn a_form_that_changed_while_it_was_open_loses_nothing() {
    let site = Site::under(&with_hint()).await;
    let mut mill = site.visitor("mill").await;
    let form = form_of_before(&site, &mut mill).await;
    let refused = send(&mut mill, &register(), &form, &WITH_HINT).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let page = refused.page();
    page.assert_says(&["登记未成功：在您打开之后，表单改过"]);
    assert_tells_hint(&page);
    assert_eq!(page.field("field.title").value(), "Clamp");
    let made = send(&mut mill, &register(), &page, &WITH_HINT[..4]).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
}

#[tokio::test]
async fn a_draft_of_a_form_of_before_tells_what_is_gone_however_often_it_is_kept() {
    let site = Site::under(&with_hint()).await;
    let mut mill = site.visitor("mill").await;
    let form = form_of_before(&site, &mut mill).await;
    for _ in 0..2 {
        let opened = page(&mut mill, &format!("{}?draft={}", new_form(), draft_id(&form))).await;
        assert_tells_hint(&opened);
        assert_eq!(send(&mut mill, "/drafts", &opened, &WITH_HINT[..4]).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn what_no_version_of_a_form_ever_had_is_no_field() {
    let site = Site::under(&with_hint()).await;
    let mut mill = site.visitor("mill").await;
    let form = form_of_before(&site, &mut mill).await;
    let strange = send(&mut mill, &register(), &form, &[("unit", "Mill"), ("field.nothing", "x")]).await;
    assert_eq!(strange.status, StatusCode::UNPROCESSABLE_ENTITY);
    let forged = mill.post(&register(), &[("unit", "Mill"), ("field.hint", "x")]).await;
    assert_eq!(forged.status, StatusCode::UNPROCESSABLE_ENTITY);
}

const NUMBER: &str = "210202198001010008";

/// Two people of the mill, one of them twice, and one of the works.
async fn site_with_people() -> Site {
    let site = Site::new().await;
    for (position, (unit, name, number)) in [
        (MILL, "Wang Fang", Some(NUMBER)),
        (MILL, "Wang Fang", Some(NUMBER)),
        (MILL, "Wang Min", None),
        (WORKS, "Wang Hua", None),
    ]
    .into_iter()
    .enumerate()
    {
        let mut values = idea(&format!("idea {position}"));
        values.insert("author".to_owned(), Value::Text(name.to_owned()));
        values.extend(number.map(|number| ("id_number".to_owned(), Value::Text(number.to_owned()))));
        app::records::create(&site.app, &testkit::console(&site.app), REGISTER, unit, values).await.unwrap();
    }
    site
}

/// Name, masked number and text of the people who are offered.
async fn people(visitor: &mut Visitor<'_>, unit: UnitId, query: &str) -> Vec<[String; 3]> {
    let answer = visitor.get(&format!("/units/{}/person-lookup?{query}", code(unit))).await;
    assert!(!answer.text().contains(NUMBER));
    let document = answer.document();
    let options = document.all("option").into_iter();
    options
        .map(|option| {
            [option.attribute("value").to_owned(), option.attribute("data-number").to_owned(), option.text()]
        })
        .collect()
}

#[tokio::test]
async fn people_of_ones_unit_are_offered_once_each_without_their_numbers() {
    let site = site_with_people().await;
    let mut offered =
        people(&mut site.visitor("mill").await, MILL, "of=field.author&field.author=Wang").await;
    offered.sort();
    let masked = "210202********0008";
    assert_eq!(offered.len(), 2, "{offered:?}");
    assert_eq!(offered[0], ["Wang Fang", masked, &format!("{masked}，Mill，班组金点子登记")]);
    assert_eq!(offered[1][..2], ["Wang Min", ""]);
    assert!(offered[1][2].starts_with("没有身份证号，Mill"), "{offered:?}");
}

#[tokio::test]
async fn an_office_is_offered_the_people_below_it() {
    let site = site_with_people().await;
    assert_eq!(people(&mut site.visitor("district").await, DISTRICT, "q=Wang").await.len(), 3);
}

#[tokio::test]
async fn nobody_is_offered_for_nothing_or_for_other_letters() {
    let site = site_with_people().await;
    let mut mill = site.visitor("mill").await;
    for query in ["q=", "of=field.author&field.author=wang"] {
        assert!(people(&mut mill, MILL, query).await.is_empty(), "{query}");
    }
}

#[tokio::test]
async fn the_field_of_a_name_asks_for_people_and_knows_the_field_of_their_number() {
    let site = Site::new().await;
    let form = page(&mut site.visitor("mill").await, &new_form()).await;
    let author = form.field("field.author").control;
    assert_eq!(author.attribute("data-number"), form.field("field.id_number").control.attribute("id"));
    let lookup = format!("/units/{}/person-lookup?of=field.author", code(MILL));
    assert_eq!(author.attribute("hx-get"), lookup);
}

/// Enters a record with the masked number of Wang Fang.
async fn with_mask(mill: &mut Visitor<'_>, author: &str) -> Answer {
    let mut fields = thought("taken over").to_vec();
    fields[2].1 = author;
    fields.push(("field.id_number", "210202********0008"));
    mill.post(&register(), &fields).await
}

#[tokio::test]
async fn the_mask_that_comes_with_a_name_stands_for_the_number() {
    let site = site_with_people().await;
    let made = with_mask(&mut site.visitor("mill").await, "Wang Fang").await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    let id: i64 = between(&made.location, "/records/", "?").unwrap().parse().unwrap();
    let found = app::records::find(&site.app, &testkit::console(&site.app), RecordId(id)).await.unwrap();
    let number = Value::Text(NUMBER.to_owned());
    assert!(found.fact.values.as_slice().contains(&Some(number)), "{:?}", found.fact.values);
}

#[tokio::test]
async fn the_mask_of_somebody_else_stands_for_no_number() {
    let site = site_with_people().await;
    let refused = with_mask(&mut site.visitor("mill").await, "Wang Min").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody of that name has it");
}
