//! Drafts, forms whose definition changes while they are open, and people to choose from.

use app::{App, Setup};
use axum::http::StatusCode;
use campaign::source::{Source, SourceFile};
use model::value::Value;

use crate::site::{Answer, MILL, REGISTER, Site, Visitor, WORKS, YARD, between, code, idea};

fn register() -> String {
    format!("/units/{}/registers/{REGISTER}", code(MILL))
}

/// What goes along with a form unseen.
fn hidden(page: &str) -> Vec<(String, String)> {
    let form = page.split_once("data-once data-draft").map_or(page, |(_, rest)| rest);
    let form = form.split_once("<fieldset").map_or(form, |(before, _)| before);
    form.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .filter_map(|part| {
            let (name, rest) = part.split_once("\" value=\"")?;
            Some((name.to_owned(), rest.split_once('"')?.0.to_owned()))
        })
        .filter(|(name, _)| name != "token")
        .collect()
}

async fn send(visitor: &mut Visitor<'_>, path: &str, page: &str, fields: &[(&str, &str)]) -> Answer {
    let hidden = hidden(page);
    let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all: Vec<(&str, &str)> = hidden.chain(fields.iter().copied()).collect();
    visitor.post(path, &all).await
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
            text = text.replace("\"used_on\", \"trials\"]", "\"used_on\", \"trials\", \"hint\"]");
        }
        SourceFile { path: file.path.clone(), text }
    });
    Source::from_files(files.collect())
}

/// Puts another version of the campaign in force, as somebody at the console does while people work.
async fn put_in_force(site: &Site, source: &Source) {
    let setup = Setup { campaign: Some(source), is_demonstration: false, secret: testkit::secret() };
    App::open(site.app.db.clone(), site.app.region, setup, testkit::clock()).await.unwrap();
}

#[tokio::test]
async fn a_draft_is_kept_offered_and_done_with() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let new = format!("{}/new", register());
    let form = mill.get(&new).await.text();
    assert!(form.contains("data-draft=\"/drafts\""), "what is typed is kept by itself");
    let typed = [("unit", "Mill"), ("field.title", "Half a thou"), ("field.told_on", "yesterday")];
    let kept = send(&mut mill, "/drafts", &form, &typed).await;
    assert_eq!(kept.status, StatusCode::OK);
    assert_eq!(kept.text(), "草稿已存于 2026年3月1日 12:00");

    // The session ends; the draft waits for the same person, and for nobody else.
    let mut district = site.visitor("district").await;
    assert!(!district.get(&new).await.text().contains("您有一份草稿"));
    let mut mill = site.visitor("mill").await;
    let offered = mill.get(&new).await.text();
    assert!(offered.contains("您有一份草稿，填到 2026年3月1日 12:00"), "{offered}");
    assert!(!offered.contains("data-draft"), "nothing overwrites it before it is opened or thrown away");
    let list = mill.get(&format!("/units/{}/registers", code(MILL))).await.text();
    let url = format!("{new}?draft=open");
    assert!(list.contains("没有登记的草稿") && list.contains(&url), "{list}");

    let opened = mill.get(&url).await.text();
    for part in ["value=\"Half a thou\"", "value=\"yesterday\"", "value=\"Mill\"", "这是您 2026年3月1日"]
    {
        assert!(opened.contains(part), "{part}: {opened}");
    }
    let fields = [
        ("unit", "Mill"),
        ("field.title", "Half a thought"),
        ("field.author", "Li"),
        ("field.told_on", "2021-03-01"),
    ];
    let made = send(&mut mill, &register(), &opened, &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    assert!(!mill.get(&new).await.text().contains("您有一份草稿"), "it is done with");
}

#[tokio::test]
async fn the_rows_of_a_table_are_kept_too() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let new = format!("{}/new", register());
    let form = mill.get(&new).await.text();
    let typed = [("field.trials.0.place", "Line 2"), ("field.trials.4.people", "many")];
    assert_eq!(send(&mut mill, "/drafts", &form, &typed).await.status, StatusCode::OK);
    let opened = mill.get(&format!("{new}?draft=open")).await.text();
    for part in
        ["name=\"field.trials.0.place\" value=\"Line 2\"", "name=\"field.trials.1.people\" value=\"many\""]
    {
        assert!(opened.contains(part), "{part}: {opened}");
    }
}

#[tokio::test]
async fn a_draft_is_kept_by_a_button_and_thrown_away() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let new = format!("{}/new", register());
    let form = mill.get(&new).await.text();
    let kept = send(&mut mill, "/drafts", &form, &[("field.title", "A"), ("draft.by", "button")]).await;
    assert_eq!(
        (kept.status, kept.location.as_str()),
        (StatusCode::SEE_OTHER, format!("{new}?draft=open").as_str())
    );
    // A record entered beside the draft that was offered does not cost the draft.
    let offered = mill.get(&new).await.text();
    assert!(hidden(&offered).iter().all(|(name, _)| name != "draft.kept"));
    let fields =
        [("unit", "Mill"), ("field.title", "Other"), ("field.author", "Li"), ("field.told_on", "2021-03-01")];
    assert_eq!(mill.post(&register(), &fields).await.status, StatusCode::SEE_OTHER);
    assert!(mill.get(&new).await.text().contains("您有一份草稿"));
    let key = [("draft.unit", code(MILL)), ("draft.form", REGISTER.to_owned())];
    let key: Vec<(&str, &str)> = key.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let gone = mill.post("/drafts/discard", &key).await;
    assert_eq!((gone.status, gone.location.as_str()), (StatusCode::SEE_OTHER, new.as_str()));
    assert!(!mill.get(&new).await.text().contains("您有一份草稿"));
}

#[tokio::test]
async fn a_draft_of_a_correction_overwrites_nobody() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = format!("/facts/{}/correct", site.facts[&MILL]);
    let form = mill.get(&path).await.text();
    let fields =
        [("version", "1"), ("field.title", "Mine"), ("field.author", "Li"), ("field.told_on", "2021-03-01")];
    assert_eq!(send(&mut mill, "/drafts", &form, &fields).await.status, StatusCode::OK);
    let mut theirs = fields;
    theirs[1].1 = "Theirs";
    let mut district = site.visitor("district").await;
    assert_eq!(district.post(&path, &theirs).await.status, StatusCode::SEE_OTHER);
    let opened = mill.get(&format!("{path}?draft=open")).await.text();
    for part in ["value=\"Mine\"", "“Theirs”", "这里是您填的", "name=\"version\" value=\"2\""] {
        assert!(opened.contains(part), "{part}: {opened}");
    }
    // A foreign record has no drafts.
    let foreign = site.facts[&YARD].to_string();
    let unit = code(YARD);
    let key = [("draft.unit", unit.as_str()), ("draft.form", REGISTER), ("draft.fact", foreign.as_str())];
    assert_eq!(mill.post("/drafts", &key).await.status, StatusCode::NOT_FOUND);
    assert_eq!(mill.post("/drafts", &key[..2]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(mill.post("/drafts", &key[..1]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_form_that_changes_while_it_is_open_loses_nothing() {
    let site = Site::under(&with_hint()).await;
    let mut mill = site.visitor("mill").await;
    let new = format!("{}/new", register());
    let form = mill.get(&new).await.text();
    let fields = [
        ("unit", "Mill"),
        ("field.title", "Clamp"),
        ("field.author", "Li"),
        ("field.told_on", "2021-03-01"),
        ("field.hint", "under the bench"),
    ];
    assert_eq!(send(&mut mill, "/drafts", &form, &fields).await.status, StatusCode::OK);
    put_in_force(&site, &testkit::small_campaign()).await;

    let refused = send(&mut mill, &register(), &form, &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let text = refused.text();
    let gone = between(&text, "class=\"gone\"", "</dl>").unwrap();
    assert!(gone.contains("提示") && gone.contains("under the bench"), "{gone}");
    assert!(text.contains("没有登记：在您打开之后，表单改过") && text.contains("value=\"Clamp\""), "{text}");

    // Kept as a draft once more, it still tells; and the draft of before tells the same.
    for _ in 0..2 {
        let opened = mill.get(&format!("{new}?draft=open")).await.text();
        let gone = between(&opened, "class=\"gone\"", "</dl>").unwrap();
        assert!(gone.contains("提示") && gone.contains("under the bench"), "{gone}");
        assert_eq!(send(&mut mill, "/drafts", &opened, &fields[..4]).await.status, StatusCode::OK);
    }
    let made = send(&mut mill, &register(), &text, &fields[..4]).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());

    // What no version of the form ever had is no field.
    let strange = send(&mut mill, &register(), &form, &[("unit", "Mill"), ("field.nothing", "x")]).await;
    assert_eq!(strange.status, StatusCode::UNPROCESSABLE_ENTITY);
    let forged = mill.post(&register(), &[("unit", "Mill"), ("field.hint", "x")]).await;
    assert_eq!(forged.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn people_are_offered_without_their_numbers() {
    let site = Site::new().await;
    let ctx = testkit::console();
    for (unit, name, number) in [
        (MILL, "Wang Fang", Some("210202198001010008")),
        (MILL, "Wang Fang", Some("210202198001010008")),
        (MILL, "Wang Min", None),
        (WORKS, "Wang Hua", None),
    ] {
        let mut stated = idea(&format!("{name} {}", unused_title()));
        stated.insert("author".to_owned(), Value::Text(name.to_owned()));
        stated.extend(number.map(|number| ("id_number".to_owned(), Value::Text(number.to_owned()))));
        app::facts::create(&site.app, &ctx, REGISTER, unit, stated).await.unwrap();
    }
    let mut mill = site.visitor("mill").await;
    let path = format!("/units/{}/people", code(MILL));
    let options = mill.get(&format!("{path}?of=field.author&field.author=wang")).await.text();
    assert_eq!(options, "", "letters are compared as they are");
    let options = mill.get(&format!("{path}?of=field.author&field.author=Wang")).await.text();
    assert_eq!(options.matches("<option").count(), 2, "each once, of the own unit: {options}");
    let fang =
        "value=\"Wang Fang\" data-number=\"210202********0008\">210202********0008，Mill，班组金点子登记";
    assert!(options.contains(fang), "{options}");
    assert!(options.contains("value=\"Wang Min\">没有身份证号，Mill"), "{options}");
    assert!(!options.contains("210202198001010008"));
    assert_eq!(mill.get(&format!("{path}?q=")).await.text(), "");
    let mut district = site.visitor("district").await;
    let below = district.get(&format!("/units/{}/people?q=Wang", code(crate::site::DISTRICT))).await.text();
    assert_eq!(below.matches("<option").count(), 3, "{below}");
    let form = mill.get(&format!("{}/new", register())).await.text();
    assert!(form.contains(&format!("data-number=\"field-id_number\" hx-get=\"{path}?of=field.author\"")));

    // The mask that comes with the name stands for the number; one of somebody else for none.
    let mut fields = vec![
        ("unit", "Mill"),
        ("field.title", "taken over"),
        ("field.author", "Wang Fang"),
        ("field.told_on", "2021-03-01"),
        ("field.id_number", "210202********0008"),
    ];
    let made = mill.post(&register(), &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let id: i64 = between(&made.location, "/facts/", "?").unwrap().parse().unwrap();
    let found = app::facts::find(&site.app, &ctx, model::ids::FactId(id)).await.unwrap();
    let number = Value::Text("210202198001010008".to_owned());
    assert!(found.fact.values.contains(&Some(number)), "{:?}", found.fact.values);
    (fields[1].1, fields[2].1) = ("not theirs", "Wang Min");
    let refused = mill.post(&register(), &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody of that name has it");
}

/// A title that no other record has.
fn unused_title() -> String {
    store::new_id(testkit::clock().now()).to_string()
}
