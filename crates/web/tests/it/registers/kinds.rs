//! Values of every kind of field: wrong ones come back with their reason, right ones as they were meant.

use axum::http::StatusCode;
use campaign::source::{Source, SourceFile};

use crate::{
    page::Element,
    site::{MILL, Site, Visitor, WORKS, code},
};

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
async fn refused(mill: &mut Visitor<'_>, id: &str, value: &str) -> Element {
    let name = format!("field.{id}");
    let mut fields = vec![("unit", "Mill"), ("field.number", "1")];
    fields.retain(|(other, _)| *other != name);
    fields.push((&name, value));
    let answer = mill.post(&format!("/units/{}/registers/everything", code(MILL)), &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{id}={value}");
    answer.page()
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
        let page = refused(&mut mill, id, value).await;
        let field = page.field(&format!("field.{id}"));
        assert!(
            field.is_invalid() && field.explanation().contains(part),
            "{id}={value}: {}",
            field.explanation()
        );
        assert_eq!(field.value(), value, "{id}={value} is kept");
        assert!(page.leads_to(&format!("#field-{id}")), "{id}={value}: {:?}", page.links());
    }
    let list = mill.get(&format!("/units/{}/registers/everything", code(MILL))).await.page();
    list.assert_says(&["还没有记录"]);
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
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.page().alerts());
    let path = made.location.strip_suffix("?done=create").unwrap();
    let form = mill.get(&format!("{path}/correct")).await.page();
    for (id, value) in [
        ("number", "A-1"),
        ("lines", "一\n二"),
        ("integer", "12"),
        ("decimal", "7.5"),
        ("money", "12000"),
        ("day", "2021-03-01"),
        ("year", "2022"),
        ("flag", "0"),
        ("code", "1"),
        ("phone", "138******78"),
        ("partner", &code(WORKS)),
    ] {
        assert_eq!(form.field(&format!("field.{id}")).value(), value, "{id}");
    }
}
