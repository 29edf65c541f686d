//! What can be taken along from a page: its tables as a workbook, its charts as svg. A file states what the page
//! with the same address states.

use app::records;
use axum::http::{StatusCode, header};
use jiff::civil::date;
use model::ids::UnitId;
use sheet::workbook::{Cell, Limits, read};

use crate::{
    page::Element,
    site::{
        CITY, DISTRICT, MILL, OTHER, REGISTER, STEPPED, STREET, Site, Visitor, WORKS, YARD, action,
        action_of, code, idea,
    },
};

/// A city with four things under way in 2022: three in one district, one in the other.
async fn busy_site() -> Site {
    let site = Site::new().await;
    let console = testkit::console(&site.app);
    let definition = site.app.current(&console).await.unwrap().definition.clone();
    for (number, unit) in [MILL, MILL, WORKS, YARD].into_iter().enumerate() {
        let stated = action_of(&definition, &format!("action {number}"), date(2022, 2, 5));
        records::create(&site.app, &console, STEPPED, unit, stated).await.unwrap();
    }
    site
}

fn unit(unit: UnitId, rest: &str) -> String {
    format!("/units/{}/{rest}", code(unit))
}

/// The rows of a sheet, without what is above its table.
fn sheet_rows(bytes: &[u8], sheet: Option<&str>, first_heading: &str) -> Vec<Vec<Cell>> {
    let table = read("a.xlsx", bytes, sheet, &Limits::default()).unwrap();
    let mut rows = table.rows.into_iter().map(|row| row.cells);
    let heading = |cell: Option<&Cell>| matches!(cell, Some(Cell::Text(text)) if text == first_heading);
    rows.find(|cells| heading(cells.first())).unwrap();
    rows.collect()
}

async fn file(visitor: &mut Visitor<'_>, path: &str) -> Vec<u8> {
    let answer = visitor.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    answer.bytes
}

/// Whether a cell of a workbook states what a cell of a page shows.
fn same(shown: &str, cell: Option<&Cell>) -> bool {
    let number = |number: f64| {
        let plain = shown.replace(',', "");
        let (text, factor) = plain.strip_suffix('%').map_or((&*plain, 1.0), |share| (share, 0.01));
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let tolerance = 0.500_000_1 * factor / 10_f64.powi(i32::try_from(decimals).unwrap());
        text.parse::<f64>().is_ok_and(|page| (page * factor - number).abs() <= tolerance)
    };
    match cell {
        None | Some(Cell::Empty) => shown.is_empty(),
        Some(Cell::Text(text)) => text == shown,
        Some(Cell::Number(value) | Cell::Formatted { number: value, .. }) => number(*value),
        Some(other) => panic!("{shown}: {other:?}"),
    }
}

/// The rows of a table of a page, without its head.
fn page_rows(table: &Element) -> Vec<Vec<String>> {
    table.all("tbody").into_iter().flat_map(Element::rows).collect()
}

fn assert_same(page: &[Vec<String>], file: &[Vec<Cell>]) {
    assert_eq!(page.len(), file.len(), "{page:?}\n{file:?}");
    assert!(!page.is_empty());
    for (shown, cells) in page.iter().zip(file) {
        for (column, text) in shown.iter().enumerate() {
            assert!(same(text, cells.get(column)), "{text:?} of {shown:?} is {cells:?}");
        }
    }
}

/// The units below the city on the first indicators: a table with groups, numbers and states.
#[tokio::test]
async fn the_ranking_of_a_file_is_that_of_the_page() {
    let site = busy_site().await;
    let mut city = site.visitor("city").await;
    for query in ["?by=1.3&year=2022", "?by=2.1&year=2021", "?by=1.3&through=2022-01"] {
        let page = city.get(&unit(CITY, &format!("ranking{query}"))).await.page();
        let bytes = file(&mut city, &unit(CITY, &format!("ranking/export.xlsx{query}"))).await;
        let ranked = sheet_rows(&bytes, None, "名次");
        assert_same(&page_rows(page.part("ranked")), &ranked);
        // The matrix: what a cell shows is in its title, without its state.
        let matrix = sheet_rows(&bytes, Some("各单位完成情况一览"), "统计编码");
        let page = page.all_with("class", "table matrix")[0].all("tbody")[0].all("tr");
        assert_eq!(page.len(), matrix.len());
        for (shown, cells) in page.iter().zip(&matrix).filter(|(row, _)| row.attribute("class") != "group") {
            let links = shown.all("td").into_iter().map(|cell| cell.all("a")[0].attribute("title"));
            for (column, exact) in links.enumerate() {
                let exact = exact.split(' ').next().unwrap();
                assert!(same(exact, cells.get(column + 2)), "{exact} of {cells:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_dashboard_of_a_file_is_that_of_the_page() {
    let site = busy_site().await;
    let mut city = site.visitor("city").await;
    let all = sheet_rows(&file(&mut city, &unit(CITY, "figures/export.xlsx?year=2022")).await, None, "编号");
    let page = city.get(&unit(CITY, "figures?year=2022&view=table")).await.page();
    let rows: Vec<Vec<String>> = page.rows().into_iter().filter(|row| row.len() == 11).collect();
    let shown = rows.iter().filter(|row| row[0] != "指标");
    let filed: Vec<&Vec<Cell>> = all.iter().filter(|row| row.len() > 2).collect();
    let mut count = 0;
    for row in shown {
        let id = row[0].split(' ').next().unwrap();
        let is_it = |cells: &&&Vec<Cell>| same(id, cells.first());
        let cells = filed.iter().find(is_it).unwrap_or_else(|| panic!("{id} is not in {filed:?}"));
        let value = row[1].split(' ').next().unwrap();
        assert!(same(value, cells.get(2)), "{value}: {cells:?}");
        assert!(same(&row[7], cells.get(9)), "the numerator {}: {cells:?}", row[7]);
        assert!(same(&row[8], cells.get(10)), "the denominator {}: {cells:?}", row[8]);
        count += 1;
    }
    assert_eq!(count, filed.len(), "nothing more than the page");
    let behind = file(&mut city, &unit(CITY, "figures/export.xlsx?year=2022&state=behind")).await;
    let behind = sheet_rows(&behind, None, "编号");
    let states = behind.iter().filter(|row| row.len() > 2).map(|row| &row[7]);
    assert!(
        states.clone().count() > 0 && states.clone().all(|state| *state == Cell::Text("滞后".to_owned()))
    );
    assert!(behind.len() < all.len(), "the filter of the page holds for the file");
}

#[tokio::test]
async fn the_tables_of_an_indicator_are_sheets_of_its_file() {
    let site = busy_site().await;
    let mut city = site.visitor("city").await;
    let page = city.get(&unit(CITY, "figures/1.3?year=2022")).await.page();
    let bytes = file(&mut city, &unit(CITY, "figures/1.3/export.xlsx?year=2022")).await;
    assert_same(&page_rows(page.part("history")), &sheet_rows(&bytes, None, "年度"));
    let below = page.all_with("class", "table table-sm units-below")[0];
    assert_same(&page_rows(below), &sheet_rows(&bytes, Some("下属各单位"), "单位"));
    let records = page_rows(page.part("records"));
    let filed = sheet_rows(&bytes, Some("数据来源"), "记录");
    assert_eq!((records.len(), filed.len()), (4, 4));
    let amounts = records.iter().zip(&filed).all(|(row, cells)| same(&row[6], cells.get(6)));
    assert!(amounts, "{records:?}: {filed:?}");
    let counts = city.get(&unit(CITY, "figures/1.1?through=2022-06")).await.page();
    let bytes = file(&mut city, &unit(CITY, "figures/1.1/export.xlsx?through=2022-06")).await;
    assert_same(&page_rows(counts.part("months")), &sheet_rows(&bytes, Some("2022 年各月"), "月份"));
}

/// All of it, not only the page that is shown; and only what is asked for.
#[tokio::test]
async fn what_waits_is_in_the_file_as_on_the_page() {
    let site = Site::new().await;
    for number in 0..3 {
        let record = action(&site, MILL, &format!("=action {number}")).await;
        let fields = [("version", "1"), ("field.saving", "3.5"), ("field.finished_on", "2026-02-02")];
        let path = format!("/records/{record}/transitions/finish");
        site.visitor("mill").await.post(&path, &fields).await;
    }
    let mut district = site.visitor("district").await;
    let page = district.get("/todo").await.page();
    let bytes = file(&mut district, "/todo/export.xlsx").await;
    let filed = sheet_rows(&bytes, None, "记录");
    let without_day = filed.into_iter().map(|mut row| {
        row.remove(3);
        row
    });
    assert_same(&page_rows(page.all("table")[0]), &without_day.collect::<Vec<_>>());
    let late = file(&mut district, "/todo/export.xlsx?due=overdue&form=workshop-idea").await;
    assert_eq!(sheet_rows(&late, None, "记录").len(), 0, "the filter holds");
}

#[tokio::test]
async fn accounts_are_in_the_file_as_on_the_page() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    for query in ["", "?q=mill"] {
        let page = city.get(&format!("/accounts{query}")).await.page();
        let table = page.all_with("class", "table table-hover person-list")[0];
        let bytes = file(&mut city, &format!("/account-list/export.xlsx{query}")).await;
        let filed = sheet_rows(&bytes, None, "区县、产业");
        let shown = page_rows(table);
        assert_eq!(shown.len(), filed.len());
        for row in shown {
            let of_login = |cells: &&Vec<Cell>| same(&row[1], cells.get(4));
            let cells = filed.iter().find(of_login).unwrap();
            assert!(same(&row[0], cells.get(3)), "{row:?}: {cells:?}");
        }
    }
}

/// What somebody has typed never becomes a formula.
#[tokio::test]
async fn text_like_a_formula_stays_text() {
    let site = Site::new().await;
    let console = testkit::console(&site.app);
    let titles = ["=1+1", "+1", "-1", "@sum(a1)", "=HYPERLINK(\"http://x\")"];
    for title in titles {
        records::create(&site.app, &console, REGISTER, MILL, idea(title)).await.unwrap();
    }
    let mut city = site.visitor("city").await;
    let bytes = file(&mut city, &unit(CITY, "figures/2.1/export.xlsx?year=2021")).await;
    let rows = sheet_rows(&bytes, Some("数据来源"), "记录");
    for title in titles {
        let holds = |cell: &Cell| matches!(cell, Cell::Text(text) if text.contains(title));
        assert!(rows.iter().flatten().any(holds), "{title}: {rows:?}");
    }
    let is_formula = |cell: &Cell| matches!(cell, Cell::FormulaWithoutValue | Cell::Error(_));
    assert!(!rows.iter().flatten().any(is_formula));
}

/// Title, campaign, unit, how far the data reaches, who made it, which definition.
#[tokio::test]
async fn a_file_says_what_it_is() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    let bytes = file(&mut city, &unit(DISTRICT, "figures/export.xlsx?through=2021-06")).await;
    let table = read("a.xlsx", &bytes, None, &Limits::default()).unwrap();
    let above: Vec<String> = table.rows[..5]
        .iter()
        .filter_map(|row| match &row.cells[0] {
            Cell::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    let above = above.join("\n");
    let hash = site.app.current(&testkit::console(&site.app)).await.unwrap().definition.hash.clone();
    for part in [
        "District",
        &code(DISTRICT),
        "数据截至 2021年6月",
        "制表：",
        "定义版本",
        &hash[..10],
        "工会统计年度2021（2020-10—2021-09）",
    ] {
        assert!(above.contains(part), "{part}: {above}");
    }
}

#[tokio::test]
async fn what_was_taken_along_is_noted() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    for path in ["/access-log/export.xlsx", "/unmask-log/export.xlsx", "/audit-trail/export.xlsx"] {
        file(&mut city, path).await;
    }
    file(&mut city, &unit(CITY, "ranking/export.xlsx")).await;
    let page = city.get("/access-log").await.page();
    for what in ["access-log", "unmask-log", "audit-trail", "ranking"] {
        let is_noted = |row: &Vec<String>| row.iter().any(|cell| cell == what);
        assert!(page.rows().iter().any(is_noted), "{what}: {:?}", page.rows());
    }
}

#[tokio::test]
async fn files_of_units_that_one_may_not_see_are_refused() {
    let site = Site::new().await;
    let mut mill = site.visitor("mill").await;
    let paths = [
        "figures/export.xlsx",
        "figures/progress.svg",
        "figures/2.1/export.xlsx",
        "figures/2.1/history.svg",
        "figures/1.1/months.svg",
        "ranking/export.xlsx",
        "ranking/chart.svg",
        "grid/export.xlsx",
        "comparison/export.xlsx",
        "export.xlsx",
        "registers/export.xlsx",
    ];
    for path in paths {
        for other in [CITY, OTHER, STREET, WORKS, YARD] {
            assert_eq!(mill.get(&unit(other, path)).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(mill.get(&unit(MILL, path)).await.status, StatusCode::OK, "{path}");
    }
}

/// A drawing needs nothing else, and says what it shows.
#[tokio::test]
async fn a_chart_is_a_document_of_its_own() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    for (path, content) in [
        ("figures/progress.svg?year=2022", "各项数量目标完成进度"),
        ("figures/1.1/history.svg?year=2022", "历年数值"),
        ("figures/1.1/months.svg?year=2022", "2022 年各月"),
        ("ranking/chart.svg?year=2022&by=1.1", "1.1"),
    ] {
        let answer = city.get(&unit(CITY, path)).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], "image/svg+xml");
        let text = answer.text();
        for part in [
            "xmlns=\"http://www.w3.org/2000/svg\"",
            content,
            "数据截至",
            "定义版本",
            "制表",
            "Noto Sans CJK SC",
        ] {
            assert!(text.contains(part), "{path} lacks {part}: {text}");
        }
        for foreign in ["<style", "<script", "href=", "class=\"undefined", "NaN", "inf"] {
            assert!(!text.contains(foreign), "{path} has {foreign}: {text}");
        }
    }
}

/// Everything on the page leads to it: the menu of each table and chart.
#[tokio::test]
async fn pages_lead_to_their_files() {
    let site = Site::new().await;
    let mut city = site.visitor("city").await;
    for (page, path) in [
        (
            unit(CITY, "figures?year=2021&state=behind"),
            unit(CITY, "figures/export.xlsx?year=2021&state=behind"),
        ),
        (
            unit(CITY, "ranking?year=2021&by=2.1"),
            unit(CITY, "ranking/export.xlsx?year=2021&line=subordination&by=2.1"),
        ),
        (
            unit(CITY, "figures/1.1?through=2022-06"),
            unit(CITY, "figures/1.1/months.svg?year=2022&through=2022-06"),
        ),
        ("/todo?due=week".to_owned(), "/todo/export.xlsx?due=week".to_owned()),
        ("/audit-trail?kind=unit".to_owned(), "/audit-trail/export.xlsx?kind=unit".to_owned()),
        ("/tasks".to_owned(), "/tasks/export.xlsx".to_owned()),
    ] {
        let html = city.get(&page).await.page();
        assert!(html.ways().contains(&path.as_str()), "{page} does not lead to {path}: {:?}", html.ways());
        assert_eq!(city.get(&path).await.status, StatusCode::OK, "{path}");
    }
}
