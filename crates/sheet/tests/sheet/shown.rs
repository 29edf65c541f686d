//! What a table tells beside its cells: merged ranges, hidden rows, the way in which days are
//! counted, and what the formats of numbers show.

use std::path::Path;

use sheet::{
    fault::TableFault,
    workbook::{Cell, Limits, MergedRange, Table, read},
};

use crate::support::{compound, record, small_workbook, xlsx, zipped};

/// A file of the clerks.
fn clerks(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/tests/inputs/clerks").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn table(bytes: &[u8]) -> Table {
    read("file", bytes, None, &Limits::default()).unwrap()
}

fn merged(rows: (u32, u32), columns: (usize, usize)) -> MergedRange {
    MergedRange { rows, columns }
}

/// The worksheet of a workbook with this end behind its cells.
fn with_end(data: &str, end: &str) -> Vec<u8> {
    let sheet = format!("<worksheet><sheetData>{data}</sheetData>{end}</worksheet>");
    zipped(&[
        (
            "xl/workbook.xml",
            br#"<workbook><workbookPr date1904="true"/><sheets><sheet name="a" r:id="r1"/></sheets><extLst><ext><workbookPr date1904="0"/></ext></extLst></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            br#"<r><Relationship Id="r1" Type="/worksheet" Target="sheet.xml"/></r>"#,
        ),
        ("xl/sheet.xml", sheet.as_bytes()),
    ])
}

#[test]
fn an_xlsx_tells_what_is_merged_and_hidden() {
    let read = table(&with_end(
        r#"<row r="1"><c><v>1</v></c></row><row r="2" hidden="1"><c><v>2</v></c></row><row r="3" ht="0" customHeight="1"><c><v>3</v></c></row>"#,
        r#"<autoFilter ref="A1:A3"/><mergeCells count="2"><mergeCell ref="A1:B3"/><mergeCell ref="C4:C4"/><mergeCell ref="x"/></mergeCells><extLst><row r="9" hidden="1"/></extLst>"#,
    ));
    assert_eq!(read.merged, [merged((1, 3), (0, 1))]);
    assert_eq!(read.hidden_rows, [2, 3]);
    assert!(read.is_1904, "an extension repeats the element and says something else");
    assert_eq!(read.rows.len(), 3);
}

#[test]
fn an_xls_tells_what_is_merged_and_hidden() {
    let hidden = [&7_u16.to_le_bytes()[..], &[0; 10], &[0x20, 0, 0, 0]].concat();
    let range = [1_u16, 2, 4, 0, 1].map(u16::to_le_bytes).concat();
    let number = [&[6_u8, 0, 0, 0, 0, 0][..], &1.0_f64.to_le_bytes()].concat();
    let sheet = [
        record(0x0809, &[0, 6, 0x10, 0]),
        record(0x0208, &hidden),
        record(0x0203, &number),
        record(0x00E5, &range),
        record(0x000A, &[]),
    ]
    .concat();
    let mut globals = [record(0x0809, &[0, 6, 5, 0]), record(0x0022, &[1, 0])].concat();
    let start = u32::try_from(globals.len() + 4 + 9 + 4).unwrap();
    globals.extend(record(0x0085, &[&start.to_le_bytes()[..], &[0, 0, 1, 0, b'a']].concat()));
    globals.extend(record(0x000A, &[]));
    let read = table(&compound("Workbook", &[globals, sheet].concat()));
    assert_eq!(read.merged, [merged((3, 5), (0, 1))]);
    assert_eq!((read.hidden_rows, read.is_1904), (vec![8], true));
}

#[test]
fn an_ods_tells_what_is_merged_and_hidden() {
    let content = r#"<d><table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>
        <table:table table:name="a"><table:table-row><table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="3" office:value-type="float" office:value="1"><text:p>0001</text:p></table:table-cell></table:table-row>
        <table:table-row table:visibility="filter"><table:table-cell office:value-type="float" office:value="2"><text:p>2</text:p></table:table-cell></table:table-row></table:table></d>"#;
    let read = table(&zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_bytes()),
    ]));
    assert_eq!(read.merged, [merged((1, 3), (0, 1))]);
    assert_eq!((read.hidden_rows.clone(), read.is_1904), (vec![2], true));
    assert_eq!(
        (read.rows[0].cells[0].text(), read.rows[0].cells[0].number()),
        ("0001".to_owned(), Some(1.0))
    );
}

#[test]
fn formats_of_clerks_are_shown() {
    let read = table(&clerks("a03_number_formats.xlsx"));
    let shown: Vec<Cell> = read.rows[1..].iter().map(|row| row.cells[2].clone()).collect();
    let texts: Vec<String> = shown.iter().map(Cell::text).collect();
    assert_eq!(texts[..2], ["0001", "建0002"]);
    assert!(matches!(shown[2..4], [Cell::Date(_), Cell::Date(_)]), "{shown:?}");
    assert!(texts.contains(&"1.10".to_owned()), "{texts:?}");
    assert!(shown.contains(&Cell::Flag(true)), "{shown:?}");
}

#[test]
fn workbooks_of_1904_say_so() {
    for name in ["a04_1904.xlsx", "date1904_excel2013.xlsx"] {
        let read = table(&clerks(name));
        assert!(read.is_1904, "{name}");
        assert_eq!(read.rows[1].cells[7], Cell::Date(jiff::civil::date(2011, 5, 3)), "{name}");
    }
    assert!(!table(&clerks("a04_dates_good.xlsx")).is_1904);
}

#[test]
fn a_picture_of_wps_is_no_text() {
    for formula in ["=DISPIMG(\"ID_1\",1)", "=_xlfn.DISPIMG(\"ID_1\",1)", " =dispimg(\"ID_1\",1)"] {
        let escaped = formula.replace('"', "&quot;");
        let cells = format!(r#"<row><c t="str"><f>{escaped}</f><v>{escaped}</v></c></row>"#);
        let read = table(&xlsx(&cells, None));
        assert_eq!(read.rows[0].cells, [Cell::Picture(formula.to_owned())]);
    }
    let read = table(&clerks("d01_dispimg.xlsx"));
    let pictures =
        read.rows.iter().flat_map(|row| &row.cells).filter(|cell| matches!(cell, Cell::Picture(_)));
    assert!(pictures.count() > 0, "{read:?}");
}

/// A worksheet without a container, as scripts write it.
fn bare(begin: u16, records: &[Vec<u8>], has_end: bool) -> Vec<u8> {
    let mut file = record(begin, &[0, 0, 0x10, 0, 0, 0, 0, 0]);
    for record in records {
        file.extend(record);
    }
    if has_end {
        file.extend(record(0x000A, &[]));
    }
    file
}

#[test]
fn a_worksheet_without_a_container_is_read() {
    let (label, _, _) = encoding_rs::GB18030.encode("建议");
    let length = u8::try_from(label.len()).unwrap();
    let text = [&[1, 0, 0, 0, 0, 0, length, 0][..], &label].concat();
    let number = [&[1, 0, 1, 0, 0, 0][..], &12.5_f64.to_le_bytes()].concat();
    for has_end in [true, false] {
        let file = bare(0x0809, &[record(0x0204, &text), record(0x0203, &number)], has_end);
        let read = table(&file);
        assert_eq!(read.rows[0].number, 2);
        assert_eq!(read.rows[0].cells, [Cell::Text("建议".to_owned()), Cell::Number(12.5)]);
    }
    // Excel 2: three bytes of format, a length of one byte.
    let text = [&[1, 0, 0, 0, 0, 0, 0, length][..], &label].concat();
    let whole = [1, 0, 1, 0, 0, 0, 0, 7, 0];
    let read = table(&bare(0x0009, &[record(0x0004, &text), record(0x0002, &whole)], true));
    assert_eq!(read.rows[0].cells, [Cell::Text("建议".to_owned()), Cell::Number(7.0)]);
}

/// Some programs state no size of the small streams together, or one that ends in the last
/// piece; others put a small stream into sectors of its own.
#[test]
fn a_small_xls_is_read_as_other_readers_read_it() {
    let number = [&[6_u8, 0, 0, 0, 0, 0][..], &12.5_f64.to_le_bytes()].concat();
    let mut stream = record(0x0809, &[0, 6, 5, 0]);
    let start = u32::try_from(stream.len() + 4 + 9 + 4).unwrap();
    stream.extend(record(0x0085, &[&start.to_le_bytes()[..], &[0, 0, 1, 0, b'a']].concat()));
    stream.extend(record(0x000A, &[]));
    stream.extend(record(0x0809, &[0, 6, 0x10, 0]));
    stream.extend(record(0x0203, &number).repeat(40));
    stream.extend(record(0x000A, &[]));
    let size = u32::try_from(stream.len()).unwrap();
    for (stated, in_sectors) in [(size.next_multiple_of(64), false), (size, false), (0, false), (0, true)] {
        let read = table(&small_workbook(&stream, stated, in_sectors));
        assert_eq!(read.rows[0].cells, [Cell::Number(12.5)], "{stated} {in_sectors}");
    }
}

#[test]
fn what_clerks_send_is_a_table_or_names_its_line() {
    let fault = |name: &str| read(name, &clerks(name), None, &Limits::default()).unwrap_err();
    assert_eq!(fault("e03_unclosed_small.csv"), TableFault::UnclosedQuote { line: 4 });
    assert_eq!(fault("c19_two_stray_quotes.csv"), TableFault::RecordsInQuotes { line: 4, last: 21 });
    let page = table(&clerks("c20_html.xls"));
    assert_eq!((page.rows.len(), page.rows[1].cells[2].text()), (4, "建0001".to_owned()));
    let damaged = table(&clerks("c19_one_bad_byte.csv"));
    assert_eq!(damaged.rows[2].cells[0], Cell::Damaged("21021100\u{fffd}".to_owned()));
    assert_eq!(damaged.rows[3].cells[0].text(), "210211001");
    let trick = table(&clerks("e04_excel_text_trick.csv"));
    let numbers: Vec<String> = trick.rows[1..].iter().map(|row| row.cells[2].text()).collect();
    assert_eq!(numbers, ["0001", "'0002", "1E+05"]);
}
