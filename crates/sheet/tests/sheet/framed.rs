//! Workbooks with a frame: what they say above the table, several sheets, formats of numbers.

use jiff::civil::date;
use sheet::{
    workbook::{Cell, Limits, read},
    write::{Heading, Output, SheetFrame, XlsxTable},
};

fn cells(bytes: &[u8], sheet: &str) -> Vec<Vec<Cell>> {
    let table = read("a.xlsx", bytes, Some(sheet), &Limits::default()).unwrap();
    table.rows.into_iter().map(|row| row.cells).collect()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[test]
fn a_framed_sheet_says_what_it_is_and_is_followed_by_others() {
    let lines = ["大连市".to_owned(), "=2+2".to_owned()];
    let frame = SheetFrame { title: "排名", lines: &lines, footer: "&C&P" };
    let headings = ["单位", "数值"].map(|title| Heading { title, width: 12 });
    let mut book = XlsxTable::framed("一", &frame, &headings).unwrap();
    book.row(&[Output::Text("=1+1"), Output::Formatted(0.352, "0.0%")]).unwrap();
    book.row(&[Output::Text("@a"), Output::Integer(12)]).unwrap();
    book.next_sheet("二", &frame, &headings[..1]).unwrap();
    book.row(&[Output::Moment(date(2011, 8, 1).at(14, 5, 0, 0))]).unwrap();
    let bytes = book.finish().unwrap();
    let first = cells(&bytes, "一");
    assert_eq!(first[0][0], text("排名"));
    assert_eq!((&first[1][0], &first[2][0]), (&text("大连市"), &text("=2+2")));
    assert_eq!(first[3], [text("单位"), text("数值")]);
    assert_eq!(first[4][0], text("=1+1"), "text is never a formula");
    let share = match &first[4][1] {
        Cell::Number(number) | Cell::Formatted { number, .. } => *number,
        other => panic!("{other:?}"),
    };
    assert!((share - 0.352).abs() < 1e-12);
    assert_eq!(first[5], [text("@a"), Cell::Number(12.0)]);
    let second = cells(&bytes, "二");
    assert_eq!(second[3], [text("单位")]);
    assert!(matches!(second[4][0], Cell::Date(day) if day == date(2011, 8, 1)), "{:?}", second[4]);
}
