//! Records kept on the page: lists, entering, correcting, removing.

use app::facts;
use axum::http::StatusCode;
use campaign::source::{Source, SourceFile};
use model::{
    ids::{FactId, UnitId},
    value::Value,
};

use crate::site::{
    CITY, DISTRICT, MILL, OTHER, REGISTER, STREET, Site, Visitor, WORKS, YARD, between, code, idea,
};

pub(crate) fn main(page: &str) -> &str {
    between(page, "<main", "</main>").unwrap_or(page)
}

fn register(unit: UnitId) -> String {
    format!("/units/{}/registers/{REGISTER}", code(unit))
}

/// The fields of a good record.
fn good(unit: &str) -> [(&str, &str); 4] {
    [("unit", unit), ("field.title", "Clamp"), ("field.author", "Li"), ("field.told_on", "2021-03-02")]
}

/// The part of a form that belongs to one field.
fn field<'p>(page: &'p str, id: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("for=\"field-{id}\"")).unwrap();
    rest.split("<div class=\"field").next().unwrap_or_default()
}

async fn title_of(site: &Site, id: FactId) -> (i64, Option<Value>) {
    let found = facts::find(&site.app, &testkit::console(), id).await.unwrap();
    let position = found.snapshot.campaign.forms[found.fact.form].field("title").unwrap();
    (found.version, found.fact.values[position].clone())
}

#[tokio::test]
async fn a_record_is_entered_corrected_and_removed() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let list = mill.get(&register(MILL)).await.text();
    assert!(main(&list).contains("/new\"") && main(&list).contains(">first<"), "{}", main(&list));
    let form = mill.get(&format!("{}/new", register(MILL))).await.text();
    let form = main(&form);
    assert!(form.contains(&format!("value=\"{}\"", code(MILL))), "its own unit stands there: {form}");
    for part in [
        "id=\"field-told_on\" name=\"field.told_on\" value=\"\" autocomplete=\"off\" type=\"date\" min=\"1950-01-01\" max=\"2026-03-01\" required",
        "<option value=\"2\">试用</option>",
        "maxlength=\"40\"",
        "必填",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    let made = mill.post(&register(MILL), &good(&code(MILL))).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER);
    let path = made.location.strip_suffix("?done=create").unwrap().to_owned();
    let page = mill.get(&made.location).await.text();
    for part in ["role=\"status\"", "Clamp", "没有身份证号", "金点子"] {
        assert!(main(&page).contains(part), "{part}: {}", main(&page));
    }
    let form = mill.get(&format!("{path}/correct")).await.text();
    assert!(main(&form).contains("value=\"Clamp\"") && main(&form).contains("value=\"2021-03-02\""));
    let mut fields = good("").to_vec();
    fields[0] = ("version", "1");
    fields[1] = ("field.title", "Better clamp");
    fields.push(("field.id_number", "210202198001010008"));
    let done = mill.post(&format!("{path}/correct"), &fields).await;
    assert_eq!(
        (done.status, done.location.as_str()),
        (StatusCode::SEE_OTHER, format!("{path}?done=correct").as_str())
    );
    let page = mill.get(&path).await.text();
    for part in ["<del>Clamp</del>", "<ins>Better clamp</ins>", "<ins>210202********0008</ins>", "mill 于"] {
        assert!(main(&page).contains(part), "{part}: {}", main(&page));
    }
    assert!(!page.contains("210202198001010008"), "a number is never shown whole");
    let form = mill.get(&format!("{path}/correct")).await.text();
    assert!(main(&form).contains("value=\"210202********0008\"") && !form.contains("210202198001010008"));
    // Sent back masked it stays what it was.
    fields[0] = ("version", "2");
    fields[1] = ("field.title", "Best clamp");
    *fields.last_mut().unwrap() = ("field.id_number", "210202********0008");
    assert_eq!(mill.post(&format!("{path}/correct"), &fields).await.status, StatusCode::SEE_OTHER);
    let id = FactId(path.strip_prefix("/facts/").unwrap().parse().unwrap());
    let found = facts::find(&site.app, &testkit::console(), id).await.unwrap();
    assert!(found.fact.values.contains(&Some(Value::Text("210202198001010008".to_owned()))));
    let stale = mill.post(&format!("{path}/remove"), &[("version", "2")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(main(&stale.text()).contains("没有删除"), "{}", main(&stale.text()));
    let gone = mill.post(&format!("{path}/remove"), &[("version", "3")]).await;
    assert_eq!(
        (gone.status, gone.location),
        (StatusCode::SEE_OTHER, format!("{}?done=remove", register(MILL)))
    );
    assert_eq!(mill.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(!mill.get(&register(MILL)).await.text().contains("clamp"));
    assert_eq!(app::rebuild::verify(&site.app, &testkit::console()).await.unwrap().difference, None);
}

#[tokio::test]
async fn a_table_is_filled_in_row_by_row() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let form = mill.get(&format!("{}/new", register(MILL))).await.text();
    for part in [
        "name=\"field.trials.0.place\" value=\"\"",
        "name=\"field.trials.1.tried_on\" value=\"\" autocomplete=\"off\" type=\"date\"",
        "<select class=\"form-select form-select-sm\" id=\"field-trials-1-outcome\"",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    assert!(!form.contains("field.trials.2."), "two empty rows are enough: a script adds more");
    let with = |people: &'static str| {
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
    };
    let refused = mill.post(&register(MILL), &with("some")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text();
    for part in [
        "第 2 行“人数”：",
        "href=\"#field-trials\"",
        "name=\"field.trials.0.place\" value=\"Line 2\"",
        "name=\"field.trials.1.people\" value=\"some\" autocomplete=\"off\" min=\"0\" max=\"500\" aria-invalid=\"true\"",
    ] {
        assert!(main(&text).contains(part), "{part}: {}", main(&text));
    }
    let made = mill.post(&register(MILL), &with("12")).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", main(&made.text()));
    let path = made.location.strip_suffix("?done=create").unwrap().to_owned();
    let id = FactId(path.strip_prefix("/facts/").unwrap().parse().unwrap());
    let stored = async || {
        let found = facts::find(&site.app, &testkit::console(), id).await.unwrap();
        let form = &found.snapshot.campaign.forms[found.fact.form];
        found.fact.values[form.field("trials").unwrap()].clone()
    };
    let kept =
        Value::Text("Line 2｜2｜2021-03-05｜｜｜15000元\nYard; north gate｜｜｜12｜｜｜｜0".to_owned());
    assert_eq!(stored().await, Some(kept.clone()));
    let page = mill.get(&path).await.text();
    for part in ["<table class=\"grid\">", ">试用</td>", "Yard; north gate", ">15,000.00 元</td>"] {
        assert!(main(&page).contains(part), "{part}: {}", main(&page));
    }
    assert!(!main(&page).contains(">起始年度<"), "a column that no row states is left out");
    let paper = mill.get(&format!("{path}/print")).await.text();
    assert!(paper.contains("<table class=\"grid\">"), "{paper}");
    let list = format!("{}?q=%E8%AF%95%E7%94%A8&col=trials", register(MILL));
    let list = mill.get(&list).await.text();
    let line = ">Line 2 试用 2021年3月5日 15,000.00 元；Yard; north gate 12 否</td>";
    assert!(main(&list).contains(line) && !main(&list).contains(">first<"), "{}", main(&list));
    // What stands in the form of a correction, sent back as it is, changes nothing.
    let form = mill.get(&format!("{path}/correct")).await.text();
    for part in ["name=\"field.trials.0.cost\" value=\"1.5\"", "<option value=\"2\" selected>试用</option>"]
    {
        assert!(main(&form).contains(part), "{part}: {}", main(&form));
    }
    let mut again = with("12");
    again[0] = ("version", "1");
    again[1] = ("field.title", "Better clamp");
    assert_eq!(mill.post(&format!("{path}/correct"), &again).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stored().await, Some(kept));
    let mut none = good("").to_vec();
    none[0] = ("version", "2");
    none.extend([("field.trials.0.place", ""), ("field.trials.0.people", "")]);
    assert_eq!(mill.post(&format!("{path}/correct"), &none).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stored().await, None);
}

#[tokio::test]
async fn what_was_a_text_before_stays_until_somebody_changes_it() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let id = site.facts[&MILL];
    let old = "The press was tried in hall three for some weeks、then again";
    let mut stated = idea("first");
    stated.insert("trials".to_owned(), Value::Text(old.to_owned()));
    facts::correct(&site.app, &testkit::console(), id, 1, stated).await.unwrap();
    let path = format!("/facts/{id}");
    let page = mill.get(&path).await.text();
    assert!(main(&page).contains(">then again</td>"), "{}", main(&page));
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
    let found = facts::find(&site.app, &testkit::console(), id).await.unwrap();
    assert!(found.fact.values.contains(&Some(Value::Text(old.to_owned()))));
}

#[tokio::test]
async fn a_second_click_enters_nothing_twice() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let first = mill.post(&register(MILL), &good(&code(MILL))).await.location;
    let second = mill.post(&register(MILL), &good(&code(MILL))).await.location;
    assert_eq!(second, first.replace("create", "known"), "it leads to the record");
    assert!(main(&mill.get(&second).await.text()).contains("没有重复登记"));
    // The same identity with something else in it is told, with the way to the record.
    let mut other = good("").to_vec();
    other[0].1 = "Mill";
    other[3].1 = "2021-04-01";
    let refused = mill.post(&register(MILL), &other).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let path = first.strip_suffix("?done=create").unwrap();
    let text = refused.text();
    assert!(
        main(&text).contains(&format!("href=\"{path}\"")) && main(&text).contains("已有同一条记录"),
        "{}",
        main(&text)
    );
    assert!(main(&text).contains("value=\"2021-04-01\""), "what was typed is kept");
    // A correction sent twice is done once.
    let mut fields = good("").to_vec();
    fields[0] = ("version", "1");
    fields[3].1 = "2021-04-01";
    for _ in 0..2 {
        let done = mill.post(&format!("{path}/correct"), &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
    }
    let id = FactId(path.strip_prefix("/facts/").unwrap().parse().unwrap());
    assert_eq!(title_of(&site, id).await.0, 2);
}

#[tokio::test]
async fn two_people_do_not_overwrite_each_other() {
    let site = Site::new().await;
    let id = site.facts[&MILL];
    let mut district = site.visitor("district").await;
    let mut mill = site.visitor("mill").await;
    let path = format!("/facts/{id}/correct");
    let theirs = [
        ("version", "1"),
        ("field.title", "Theirs"),
        ("field.author", "Li"),
        ("field.told_on", "2021-03-01"),
        ("field.outcome", "2"),
    ];
    assert_eq!(district.post(&path, &theirs).await.status, StatusCode::SEE_OTHER);
    let mine = [
        ("version", "1"),
        ("field.title", "Mine"),
        ("field.author", "Li"),
        ("field.told_on", "2021-03-02"),
        ("field.outcome", ""),
    ];
    let answer = mill.post(&path, &mine).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let text = answer.text();
    let text = main(&text);
    let title = field(text, "title");
    for part in ["value=\"Mine\"", "“first”", "“Theirs”", "这里是您填的"] {
        assert!(title.contains(part), "{part}: {title}");
    }
    let outcome = field(text, "outcome");
    for part in ["<option value=\"2\" selected>", "“试用”", "这里用现在的内容"] {
        assert!(outcome.contains(part), "{part}: {outcome}");
    }
    assert!(field(text, "told_on").contains("value=\"2021-03-02\""), "only mine changed it");
    assert!(text.contains("district 于") && text.contains("name=\"version\" value=\"2\""), "{text}");
    assert_eq!(title_of(&site, id).await, (2, Some(Value::Text("Theirs".to_owned()))));
    let again = [
        ("version", "2"),
        ("field.title", "Mine"),
        ("field.author", "Li"),
        ("field.told_on", "2021-03-02"),
        ("field.outcome", "2"),
    ];
    assert_eq!(mill.post(&path, &again).await.status, StatusCode::SEE_OTHER);
    assert_eq!(title_of(&site, id).await, (3, Some(Value::Text("Mine".to_owned()))));
    let without: Vec<(&str, &str)> = again[1..].to_vec();
    assert_eq!(mill.post(&path, &without).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn records_of_others_do_not_exist() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let foreign = site.facts[&YARD];
    assert_eq!(mill.get(&format!("/facts/{foreign}/correct")).await.status, StatusCode::NOT_FOUND);
    for deed in ["correct", "remove"] {
        let answer = mill.post(&format!("/facts/{foreign}/{deed}"), &[("version", "1")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{deed}");
    }
    assert_eq!(mill.post(&register(YARD), &good(&code(MILL))).await.status, StatusCode::NOT_FOUND);
    let other = code(YARD);
    let refused = mill.post(&register(MILL), &good(&other)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text();
    assert!(field(main(&text), "unit").contains("没有代码或名称为"), "{}", main(&text));
    assert!(field(main(&text), "title").contains("value=\"Clamp\""), "what was typed is kept");
    assert_eq!(title_of(&site, foreign).await.0, 1);
    for path in ["nowhere", "annual", "roster"] {
        let answer = mill.get(&format!("/units/{}/registers/{path}", code(MILL))).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let strange = mill.post(&register(MILL), &[("field.nothing", "1")]).await;
    assert_eq!(strange.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// A register with a field of every kind.
const EVERYTHING: &str = r#"
label = { zh = "各种字段", en = "Everything" }
kind = "register"
clause = "1"
identity = ["number"]
field = [
  { id = "unit", label = { zh = "组织编码", en = "Unit" }, kind = "unit", name_columns = ["组织名称"], required = true },
  { id = "number", label = { zh = "编号", en = "Number" }, kind = "text", max = 10, required = true },
  { id = "text", label = { zh = "名称", en = "Title" }, kind = "text", max = 5 },
  { id = "lines", label = { zh = "说明", en = "Text" }, kind = "long-text", max = 5 },
  { id = "integer", label = { zh = "人数", en = "People" }, kind = "integer", max = 100 },
  { id = "decimal", label = { zh = "评分", en = "Rating" }, kind = "decimal", min = 0, max = 10 },
  { id = "money", label = { zh = "金额", en = "Money" }, kind = "money" },
  { id = "day", label = { zh = "日期", en = "Day" }, kind = "date" },
  { id = "year", label = { zh = "年度", en = "In year" }, kind = "year", min = 2021, max = 2023 },
  { id = "flag", label = { zh = "是否", en = "Flag" }, kind = "flag" },
  { id = "code", label = { zh = "结果", en = "Outcome" }, kind = "code", dictionary = "idea-outcome" },
  { id = "id_number", label = { zh = "身份证号", en = "ID number" }, kind = "id-number" },
  { id = "phone", label = { zh = "电话", en = "Phone" }, kind = "phone" },
  { id = "org", label = { zh = "机构代码", en = "Organisation code" }, kind = "org-code" },
  { id = "uscc", label = { zh = "信用代码", en = "USCC" }, kind = "uscc" },
  { id = "partner", label = { zh = "协作单位", en = "Partner" }, kind = "unit", name_columns = ["协作名称"] },
]
post = [{ measure = "ideas", on = "day" }]
"#;

pub(crate) async fn site_with_everything() -> Site {
    let small = testkit::small_campaign();
    let mut files: Vec<SourceFile> = small
        .files()
        .iter()
        .map(|file| SourceFile { path: file.path.clone(), text: file.text.clone() })
        .collect();
    files.push(SourceFile { path: "registers/everything.toml".to_owned(), text: EVERYTHING.to_owned() });
    Site::under(&Source::from_files(files)).await
}

/// Sends one value; the form that comes back.
async fn refused(mill: &mut Visitor<'_>, id: &str, value: &str) -> String {
    let name = format!("field.{id}");
    let mut fields = vec![("unit", "Mill"), ("field.number", "1")];
    fields.retain(|(other, _)| *other != name);
    fields.push((&name, value));
    let answer = mill.post(&format!("/units/{}/registers/everything", code(MILL)), &fields).await;
    let text = answer.text();
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{id}={value}: {}", main(&text));
    text
}

#[tokio::test]
async fn wrong_values_of_every_kind_come_back_with_their_reason() {
    let site = site_with_everything().await;
    let mut mill = site.visitor("mill").await;
    for (id, value, part) in [
        ("number", "", "没有填写"),
        ("number", "12345678901", "文字过长：11 个字，最多 10 个"),
        ("text", "六个字的名称", "文字过长：6 个字"),
        ("lines", "一\n二三四五", "文字过长"),
        ("integer", "3.5", "不是整数"),
        ("integer", "几个", "不是整数"),
        ("integer", "-1", "小于零"),
        ("integer", "101", "应在 0 到 100 之间"),
        ("decimal", "很高", "不是数字"),
        ("decimal", "11", "应在 0 到 10 之间"),
        ("money", "很多", "不是数字"),
        ("money", "-5", "小于零"),
        ("day", "昨天", "不是日期"),
        ("day", "2021-02-30", "没有“2021-02-30”这一天"),
        ("day", "2026-03-02", "晚于今天"),
        ("year", "2020", "应在 2021 到 2023 之间"),
        ("flag", "也许", "既不是“是”也不是“否”"),
        ("code", "九", "不在“评审结果”的代码表中"),
        ("id_number", "210202198001010009", "末位应为 8"),
        ("id_number", "210202********0008", "不是身份证号"),
        ("phone", "没有号码的人", "不是数字"),
        ("org", "123", "不是组织机构代码"),
        ("uscc", "123", "不是统一社会信用代码"),
        ("partner", "Nowhere", "没有代码或名称为“Nowhere”的单位"),
    ] {
        let text = refused(&mut mill, id, value).await;
        let shown = field(main(&text), id);
        assert!(shown.contains(part) && shown.contains("aria-invalid"), "{id}={value}, {part}: {shown}");
        assert!(shown.contains(value), "{id}={value} is kept: {shown}");
        let alert = between(main(&text), "role=\"alert\">", "</div>").unwrap_or_default();
        assert!(alert.contains(&format!("href=\"#field-{id}\"")), "{id}={value}: {alert}");
    }
    let list = mill.get(&format!("/units/{}/registers/everything", code(MILL))).await.text();
    assert!(main(&list).contains("还没有记录"), "nothing was stored");
}

#[tokio::test]
async fn right_values_of_every_kind_come_back_as_they_were_meant() {
    let site = site_with_everything().await;
    let mut mill = site.visitor("mill").await;
    let fields = [
        ("unit", "Mill"),
        ("field.number", " A-1 "),
        ("field.lines", "一\r\n二"),
        ("field.integer", "12"),
        ("field.decimal", "7.5"),
        ("field.money", "1.2万"),
        ("field.day", "2021年3月1日"),
        ("field.year", "2022"),
        ("field.flag", "0"),
        ("field.code", "采用"),
        ("field.phone", "13812345678"),
        ("field.partner", "Works"),
    ];
    let made = mill.post(&format!("/units/{}/registers/everything", code(MILL)), &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", main(&made.text()));
    let path = made.location.strip_suffix("?done=create").unwrap();
    let form = mill.get(&format!("{path}/correct")).await.text();
    for (id, value) in [
        ("number", "value=\"A-1\""),
        ("lines", ">一\n二</textarea>"),
        ("integer", "value=\"12\" autocomplete=\"off\" type=\"number\" step=\"1\" min=\"0\" max=\"100\""),
        ("decimal", "value=\"7.5\" autocomplete=\"off\" type=\"number\" step=\"any\""),
        ("money", "value=\"12000\""),
        ("day", "value=\"2021-03-01\""),
        ("year", "value=\"2022\""),
        ("flag", "<option value=\"0\" selected>否"),
        ("code", "<option value=\"1\" selected>采用"),
        ("phone", "value=\"138******78\""),
        ("partner", &format!("value=\"{}\"", code(WORKS))),
    ] {
        let shown = field(main(&form), id);
        assert!(shown.contains(value), "{id}: {value}: {shown}");
    }
    let search =
        mill.get(&format!("/units/{}/registers/everything?q=%EF%BC%A1-1%20", code(MILL))).await.text();
    assert!(main(&search).contains(&format!("href=\"{path}\"")), "{}", main(&search));
    let search = mill.get(&format!("/units/{}/registers/everything?q=A-2", code(MILL))).await.text();
    assert!(main(&search).contains("没有符合条件"), "{}", main(&search));
}

#[tokio::test]
async fn a_list_leads_to_that_of_another_unit() {
    let site = Site::new().await;
    let mut district = site.visitor("district").await;
    let asked = format!("{}?unit=Mill&q=1", register(DISTRICT));
    let answer = district.get(&asked).await;
    assert_eq!((answer.status, answer.location), (StatusCode::SEE_OTHER, format!("{}?q=1", register(MILL))));
    let text = district.get(&format!("{}?unit=Yard", register(DISTRICT))).await.text();
    assert!(
        main(&text).contains("没有代码或名称为“Yard”的单位"),
        "another's does not exist: {}",
        main(&text)
    );
    assert!(main(&text).contains("value=\"Yard\""), "{}", main(&text));
}

#[tokio::test]
async fn a_list_is_leafed_through_and_shows_everything_below_a_unit() {
    let site = Site::new().await;
    for number in 0..120 {
        let unit = if number % 2 == 0 { MILL } else { WORKS };
        let name = format!("idea-{number:03}");
        facts::create(&site.app, &testkit::console(), REGISTER, unit, idea(&name)).await.unwrap();
    }
    for (login, unit, total) in [
        ("city", CITY, 123),
        ("district", DISTRICT, 122),
        ("district", STREET, 61),
        ("mill", MILL, 61),
        ("city", OTHER, 1),
    ] {
        let mut visitor = site.visitor(login).await;
        let mut path = register(unit);
        let mut shown = Vec::new();
        loop {
            let page = visitor.get(&path).await.text();
            let rows = main(&page).split("href=\"/facts/").skip(1);
            let ids: Vec<i64> = rows.map(|row| row.split('"').next().unwrap().parse().unwrap()).collect();
            assert!(ids.len() <= 50);
            let count = if total > 50 { format!("共 {total} 条") } else { format!("共 {total} 条</p>") };
            assert!(main(&page).contains(&count), "{count}: {}", main(&page));
            shown.extend(ids);
            let Some(next) = between(main(&page), "rel=\"next\" href=\"", "\"") else { break };
            path = next.replace("&amp;", "&").replace("&#38;", "&");
        }
        assert_eq!(shown.len(), total, "{login} {unit}");
        assert!(shown.is_sorted_by(|a, b| a > b), "newest first, each once");
    }
}
