//! Rows of a file of ours that has been edited: known by their marks, and new ones given numbers.

use std::collections::BTreeSet;

use app::{
    App,
    imports::{Request, import},
    records,
    register_export::Format,
};
use exchange::register::RECORD_TITLE;
use model::value::Value;
use sheet::workbook::Table;
use testkit::{console, databases};

use super::{FORM, HEADER, back, column, out, proposals, request, rewritten, set, stated, table, taken};
use crate::tree::{FIRM, NORTH, city};

/// The titles of numbers that a file shows masked.
const PERSONAL: [&str; 2] = ["建议人身份证号", "联系电话"];

fn clear(sheet: &mut Table, row: usize, titles: &[&str]) {
    for title in titles {
        let column = column(sheet, title);
        set(sheet, row, column, "");
    }
}

/// The file of four proposals, three of whose rows have become new ones without numbers.
async fn with_new_rows(app: &App) -> Table {
    let (_, mut sheet) = proposals(app).await;
    let title = column(&sheet, "建议名称");
    for (row, name) in [(1, "甲"), (2, "乙"), (3, "丙")] {
        clear(&mut sheet, HEADER + row, &[RECORD_TITLE, "编号"]);
        clear(&mut sheet, HEADER + row, &PERSONAL);
        set(&mut sheet, HEADER + row, title, name);
    }
    sheet
}

/// Copies a row to the end of the file.
fn copy_row(sheet: &mut Table, row: usize) -> usize {
    let mut copy = sheet.rows[row].clone();
    copy.number = 30;
    sheet.rows.push(copy);
    sheet.rows.len() - 1
}

/// Fails unless the file with this edit is refused for one problem, and nothing of it is stored.
async fn check_refused(app: &App, sheet: &Table, edit: impl Fn(&mut Table), expected: &str) {
    let mut edited = sheet.clone();
    edit(&mut edited);
    let report = back(app, "a.xlsx", rewritten(&edited), FORM).await;
    let kinds: Vec<&str> = report.refused.iter().map(|cell| cell.problem.name()).collect();
    assert_eq!((kinds, report.stored), (vec![expected], false));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_rows_get_numbers_of_their_own() {
    for test in databases().await {
        let app = city(&test).await;
        let sheet = with_new_rows(&app).await;
        let (number, title) = (column(&sheet, "编号"), column(&sheet, "建议名称"));
        let preview = Request { preview: true, ..request("a.xlsx", rewritten(&sheet), FORM) };
        let report = import(&app, &console(&app), preview, &|_, _| {}).await.unwrap();
        assert_eq!((report.accepted, report.unchanged), (3, 1));
        assert_eq!(taken(&back(&app, "a.xlsx", rewritten(&sheet), FORM).await, FORM), (3, 0, 1));
        let given: Vec<String> = table(&out(&app, FORM, Format::Xlsx).await).rows[HEADER + 1..]
            .iter()
            .filter(|row| ["甲", "乙", "丙"].contains(&row.cell(title).text().as_str()))
            .map(|row| row.cell(number).text())
            .collect();
        let different: BTreeSet<&String> = given.iter().collect();
        assert!(given.len() == 3 && different.len() == 3, "{given:?}");
        assert!(given.iter().all(|number| number.starts_with(&FIRM.to_string())), "{given:?}");
        assert_eq!(app::rebuild::verify(&app, &console(&app)).await.unwrap().findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_rows_sent_once_more_get_no_second_number() {
    for test in databases().await {
        let app = city(&test).await;
        let bytes = rewritten(&with_new_rows(&app).await);
        assert_eq!(taken(&back(&app, "a.xlsx", bytes.clone(), FORM).await, FORM), (3, 0, 1));
        assert_eq!(taken(&back(&app, "a.xlsx", bytes, FORM).await, FORM), (0, 0, 4));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_row_that_cannot_get_a_number_is_refused() {
    for test in databases().await {
        let app = city(&test).await;
        let sheet = with_new_rows(&app).await;
        let copied = |sheet: &mut Table| {
            copy_row(sheet, HEADER + 1);
        };
        check_refused(&app, &sheet, copied, "repeated_in_file").await;
        check_refused(&app, &sheet, |sheet| clear(sheet, HEADER + 1, &["提出日期"]), "missing").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_contradicts_its_mark_is_refused() {
    for test in databases().await {
        let app = city(&test).await;
        let (_, sheet) = proposals(&app).await;
        let (number, mark) = (column(&sheet, "编号"), column(&sheet, RECORD_TITLE));
        let (title, unit) = (column(&sheet, "建议名称"), column(&sheet, "统计编码"));
        let number_of_another = |sheet: &mut Table| {
            let other = sheet.rows.remove(HEADER + 2).cell(number).text();
            set(sheet, HEADER + 1, number, &other);
        };
        check_refused(&app, &sheet, number_of_another, "registered").await;
        let number_cleared = |sheet: &mut Table| {
            set(sheet, HEADER + 1, number, "");
            set(sheet, HEADER + 1, title, "抄一行改成新的");
        };
        check_refused(&app, &sheet, number_cleared, "missing").await;
        let edited_beside_its_copy = |sheet: &mut Table| {
            copy_row(sheet, HEADER + 1);
            set(sheet, HEADER + 1, title, "改过名称");
        };
        check_refused(&app, &sheet, edited_beside_its_copy, "repeated_in_file").await;
        let mark_spoilt = |sheet: &mut Table| set(sheet, HEADER + 1, mark, "1.2E+17");
        check_refused(&app, &sheet, mark_spoilt, "record_mark").await;
        let moved_to_another_unit = |sheet: &mut Table| {
            set(sheet, HEADER + 1, unit, &NORTH.to_string());
            set(sheet, HEADER + 1, unit + 1, "");
        };
        check_refused(&app, &sheet, moved_to_another_unit, "record_unit").await;
        let new_with_masked_number = |sheet: &mut Table| {
            set(sheet, HEADER + 1, mark, "");
            set(sheet, HEADER + 1, number, "新编号");
        };
        check_refused(&app, &sheet, new_with_masked_number, "masked_number").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_with_another_number_stays_the_same_record() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, mut sheet) = proposals(&app).await;
        let number = column(&sheet, "编号");
        set(&mut sheet, HEADER + 1, number, "改过的编号");
        assert_eq!(taken(&back(&app, "a.xlsx", rewritten(&sheet), FORM).await, FORM), (0, 1, 3));
        assert_eq!(stated(&app, ids[0], "number").await, Some(Value::Text("改过的编号".to_owned())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_row_with_a_number_of_its_own_is_a_new_record() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, mut sheet) = proposals(&app).await;
        let number = column(&sheet, "编号");
        let id_number = stated(&app, ids[1], "proposer_id_number").await;
        let copy = copy_row(&mut sheet, HEADER + 2);
        set(&mut sheet, copy, number, "抄来的一行");
        clear(&mut sheet, copy, &PERSONAL);
        assert_eq!(taken(&back(&app, "a.xlsx", rewritten(&sheet), FORM).await, FORM), (1, 0, 4));
        assert_eq!(stated(&app, ids[1], "proposer_id_number").await, id_number, "behind its mask it stays");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_taken_out_leaves_its_record_alone() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, mut sheet) = proposals(&app).await;
        sheet.rows.remove(HEADER + 4);
        assert_eq!(taken(&back(&app, "a.xlsx", rewritten(&sheet), FORM).await, FORM), (0, 0, 3));
        assert!(records::find(&app, &console(&app), ids[3]).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_row_means_the_same_person_while_it_names_him() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, mut sheet) = proposals(&app).await;
        let (number, name) = (column(&sheet, "编号"), column(&sheet, "建议人"));
        let copy = copy_row(&mut sheet, HEADER + 2);
        set(&mut sheet, copy, number, "抄来的一行");
        let renamed = |sheet: &mut Table| set(sheet, copy, name, "另一个人");
        check_refused(&app, &sheet, renamed, "masked_number").await;
        assert_eq!(taken(&back(&app, "a.xlsx", rewritten(&sheet), FORM).await, FORM), (1, 0, 4));
        let persons = ["proposer_id_number", "phone"];
        let export = table(&out(&app, FORM, Format::Xlsx).await);
        let new =
            export.rows[HEADER + 1..].iter().find(|row| row.cell(number).text() == "抄来的一行").unwrap();
        let mark = column(&export, RECORD_TITLE);
        let new = exchange::register::Mark::parse(&new.cell(mark).text()).unwrap().id;
        for field in persons {
            let of_both = (stated(&app, new, field).await, stated(&app, ids[1], field).await);
            assert!(of_both.0.is_some() && of_both.0 == of_both.1, "{field}: {of_both:?}");
        }
    }
}

/// Moves what is seen of the rows one row down, as who inserts cells does; the hidden marks stay.
fn insert_cells(sheet: &mut Table, number: &str) {
    let (mark, number_column) = (column(sheet, RECORD_TITLE), column(sheet, "编号"));
    let marks: Vec<_> = sheet.rows[HEADER + 1..].iter().map(|row| row.cell(mark).clone()).collect();
    let mut last = sheet.rows.last().unwrap().clone();
    last.number += 1;
    sheet.rows.push(last);
    for row in (HEADER + 2..sheet.rows.len()).rev() {
        let cells = sheet.rows[row - 1].cells.clone();
        sheet.rows[row].cells = cells;
    }
    for title in ["建议名称", "建议人", "措施"] {
        let column = column(sheet, title);
        set(sheet, HEADER + 1, column, &format!("新的{title}"));
    }
    set(sheet, HEADER + 1, number_column, number);
    clear(sheet, HEADER + 1, &PERSONAL);
    for (row, mark_of_row) in (HEADER + 1..).zip(marks) {
        sheet.rows[row].cells[mark] = mark_of_row;
    }
    let last = sheet.rows.len() - 1;
    set(sheet, last, mark, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_that_were_left_behind_overwrite_nothing() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, mut sheet) = proposals(&app).await;
        let title = stated(&app, ids[0], "title").await;
        insert_cells(&mut sheet, "新的编号");
        let request = Request { accept_good_rows: true, ..request("a.xlsx", rewritten(&sheet), FORM) };
        let report = import(&app, &console(&app), request, &|_, _| {}).await.unwrap();
        let refused: BTreeSet<&str> = report.refused.iter().map(|cell| cell.problem.name()).collect();
        assert_eq!(refused, BTreeSet::from(["mark_of_another"]), "{:?}", report.refused);
        assert_eq!((report.accepted, report.corrected), (0, 0));
        assert_eq!(stated(&app, ids[0], "title").await, title);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_which_hardly_anything_is_left_is_not_its_record() {
    for test in databases().await {
        let app = city(&test).await;
        let (ids, mut sheet) = proposals(&app).await;
        let title = stated(&app, ids[0], "title").await;
        // The rows below are gone: nothing but the row itself tells that it is a new one.
        sheet.rows.truncate(HEADER + 2);
        let columns: Vec<usize> = (0..column(&sheet, RECORD_TITLE)).collect();
        let kept = ["统计编码", "编号", "建议名称", "建议人", "提出日期", "措施"].map(|t| column(&sheet, t));
        for column in columns.into_iter().filter(|column| !kept.contains(column)) {
            set(&mut sheet, HEADER + 1, column, "");
        }
        for (title, text) in
            [("编号", "新的"), ("建议名称", "另一条"), ("建议人", "另一人"), ("措施", "另一个办法")]
        {
            let column = column(&sheet, title);
            set(&mut sheet, HEADER + 1, column, text);
        }
        check_refused(&app, &sheet, |_| (), "mark_of_another").await;
        assert_eq!(stated(&app, ids[0], "title").await, title);
    }
}
