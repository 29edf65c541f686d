//! What a file leaves open is asked on its page: which sheet, which unit, in which unit its
//! amounts are. What many rows have in common is told once.

use std::fmt::Write as _;

use crate::{
    imports::{choose, handed_in, ideas, page, taken, zipped},
    site::{MILL, REGISTER, Site, code},
};

/// The smallest workbook with sheets of these names, each with the same titles and one idea.
fn months(names: &[&str]) -> Vec<u8> {
    let cell = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let row =
        |cells: &[&str]| format!("<row>{}</row>", cells.iter().map(|text| cell(text)).collect::<String>());
    let (mut sheets, mut relations) = (String::new(), String::new());
    let mut parts: Vec<(String, String)> = Vec::new();
    for (number, name) in (1..).zip(names) {
        write!(sheets, "<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"r{number}\"/>").unwrap();
        let target = format!("Type=\"x/worksheet\" Target=\"s{number}.xml\"");
        write!(relations, "<Relationship Id=\"r{number}\" {target}/>").unwrap();
        let rows = [row(&["Idea", "Author", "Told on"]), row(&[name, "Li", "2021-05-01"])].concat();
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
        parts.push((format!("xl/s{number}.xml"), sheet));
    }
    let book = format!("<workbook xmlns:r=\"r\"><sheets>{sheets}</sheets></workbook>");
    parts.push(("xl/workbook.xml".to_owned(), book));
    let relations = format!("<Relationships>{relations}</Relationships>");
    parts.push(("xl/_rels/workbook.xml.rels".to_owned(), relations));
    let parts: Vec<(&str, &[u8])> =
        parts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    zipped(&parts)
}

#[tokio::test]
async fn several_sheets_of_a_form_are_offered_and_taken_together() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let path = mill.upload("months", "", &[("months.xlsx", &months(&["1月", "2月", "3月"]))]).await.location;
    let open = page(&mut mill, &path).await;
    open.assert_says(&["有几张工作表都是这种表：1月、2月、3月"]);
    assert!(!open.buttons().iter().any(|button| button.starts_with("导入全部")), "{:?}", open.buttons());
    let offered: Vec<String> =
        open.field("sheet").options().into_iter().map(crate::page::option_value).collect();
    assert_eq!(offered, ["", "*", "1月", "2月", "3月"]);
    choose(&mut mill, &path, &[("sheet", "2月")]).await;
    page(&mut mill, &path).await.assert_says(&["导入全部 1 行", "这些工作表没有读：1月、3月"]);
    choose(&mut mill, &path, &[("sheet", "*")]).await;
    page(&mut mill, &path).await.assert_says(&["导入全部 3 行", "读了 3 张工作表：1月、2月、3月"]);
    taken(&site, &mut mill, &path, "all").await;
    assert_eq!(ideas(&site, MILL).await, 4);
}

#[tokio::test]
async fn the_same_fault_in_many_rows_is_told_once() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let file = "Idea,Author,Told on\nA,Li,some day\nB,Li,some day\nC,Li,2021-05-01\nD,Li,some day\n";
    let path = handed_in(&mut mill, "days.csv", file).await;
    let page = page(&mut mill, &path).await;
    page.assert_says(&["C 列第 2–3、5 行（3 行）"]);
    assert_eq!(page.rows().iter().filter(|row| row.iter().any(|cell| cell.contains("不是日期"))).count(), 1);
}

#[tokio::test]
async fn rows_of_a_unit_that_nobody_knows_can_be_said_to_be_ones_own() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let file = "填报单位：本公司工会\nIdea,Author,Told on\nA,Li,2021-05-01\nB,Li,2021-05-01\n";
    let path = handed_in(&mut mill, "own.csv", file).await;
    let open = page(&mut mill, &path).await;
    open.assert_says(&["A1 写的填报单位“本公司工会”不在名册上", "第 3–4 行（2 行）"]);
    let button = open.all_with("name", "unit").into_iter().find(|field| field.name == "button").unwrap();
    assert_eq!(button.attribute("value"), code(MILL));
    choose(&mut mill, &path, &[("unit", &code(MILL))]).await;
    page(&mut mill, &path).await.assert_says(&["导入全部 2 行"]);
}

#[tokio::test]
async fn a_unit_of_money_that_is_not_clear_is_asked_on_the_page() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let file =
        "Serial number,Subject,Kind,Started on,Saved in a year(元或万元)\n1,Lamp,energy,2021-05-01,5.2\n";
    let path =
        mill.upload("money", "register:green-action", &[("money.csv", file.as_bytes())]).await.location;
    let form = ("kind", "register:green-action");
    let open = page(&mut mill, &path).await;
    open.assert_says(&["看不出金额以什么为单位"]);
    let offered: Vec<String> =
        open.field("money.4").options().into_iter().map(crate::page::option_value).collect();
    assert_eq!(offered, ["", "元", "千元", "万元", "百万元", "亿元"]);
    let title = ("title.4", "Saved in a year(元或万元)");
    let fields = [form, title, ("was.4", "saving"), ("field.4", "saving"), ("money.4", "万元")];
    assert_eq!(mill.post(&format!("{path}/choices"), &fields).await.location, path);
    let chosen = page(&mut mill, &path).await;
    chosen.assert_lacks(&["看不出金额以什么为单位"]);
    assert_eq!(chosen.field("money.4").value(), "万元");
}

#[tokio::test]
async fn numbers_in_texts_are_masked_by_a_button() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let file = "Idea,Author,Told on\nAsk Li 13942600001,Li,2021-05-01\n";
    let path = handed_in(&mut mill, "numbers.csv", file).await;
    page(&mut mill, &path).await.assert_says(&["1 行的文字中有身份证号或电话号码", "导入全部 1 行"]);
    choose(&mut mill, &path, &[("mask_numbers", "yes")]).await;
    page(&mut mill, &path).await.assert_says(&["文字中的身份证号和电话号码将遮盖后再导入"]);
    taken(&site, &mut mill, &path, "all").await;
    let list = mill.get(&format!("/units/{}/registers/{REGISTER}", code(MILL))).await.text();
    assert!(list.contains("139******01") && !list.contains("13942600001"));
}
