//! Files of every format, as ordinary programs write them.

use encoding_rs::GB18030;
use jiff::civil::date;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use sheet::{
    fault::TableFault,
    workbook::{Cell, Limits, SheetName, read, sheets},
};

use crate::support::{compound, record, xlsx, zipped};

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// Row numbers and cells of the first visible sheet.
fn rows(bytes: &[u8]) -> Vec<(u32, Vec<Cell>)> {
    let table = read("file", bytes, None, &Limits::default()).unwrap();
    table.rows.into_iter().map(|row| (row.number, row.cells)).collect()
}

/// The cell, which must be the half of a day, shown as the time that it is.
fn noon(cell: &Cell) -> Cell {
    assert_eq!((cell.number(), cell.text()), (Some(0.5), "12:00".to_owned()));
    cell.clone()
}

#[test]
fn a_workbook_of_every_kind_of_cell() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("说明").unwrap().set_hidden(true).write(0, 0, "隐藏").unwrap();
    let sheet = workbook.add_worksheet().set_name("台账").unwrap().set_active(true);
    let day = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
    let time = Format::new().set_num_format("h:mm");
    let yellow = Format::new().set_background_color("yellow");
    sheet.write(0, 0, "文字").unwrap();
    sheet.write(2, 1, 12.5).unwrap();
    sheet.write_datetime_with_format(2, 2, ExcelDateTime::from_ymd(2011, 8, 1).unwrap(), &day).unwrap();
    sheet.write_number_with_format(2, 3, 0.5, &time).unwrap();
    sheet.write(2, 4, true).unwrap();
    sheet.write(3, 0, Formula::new("1+1").set_result("2")).unwrap();
    sheet.write(3, 1, Formula::new("\"a\"&\"b\"").set_result("ab")).unwrap();
    sheet.write(4, 0, "   ").unwrap();
    sheet.write_blank(5, 0, &yellow).unwrap();
    sheet.write(6, 0, "长").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let name = |name: &str, visible| SheetName { name: name.to_owned(), visible };
    assert_eq!(sheets("a", &bytes, &Limits::default()), Ok(vec![name("说明", false), name("台账", true)]));
    let found = rows(&bytes);
    let noon = noon(&found[1].1[3]);
    assert_eq!(
        found,
        [
            (1, vec![text("文字")]),
            (3, vec![Cell::Empty, Cell::Number(12.5), Cell::Date(date(2011, 8, 1)), noon, Cell::Flag(true)]),
            (4, vec![Cell::Number(2.0), text("ab")]),
            (7, vec![text("长")]),
        ]
    );
    let hidden = read("a", &bytes, Some("说明"), &Limits::default()).unwrap();
    assert_eq!((hidden.sheet.as_str(), hidden.rows.len()), ("说明", 1));
    let missing = read("a", &bytes, Some("表"), &Limits::default()).unwrap_err();
    assert_eq!(missing.args(), ["表", "说明、台账"]);
}

#[test]
fn the_odd_ways_of_writing_xlsx() {
    let shared = "<si><t>共享</t></si><si><r><t>两</t></r><r><t xml:space=\"preserve\"> 段</t></r><rPh><t>音</t></rPh></si><si><t>a&amp;b&#10;_x000D_c</t></si><si/>";
    let bytes = xlsx(
        r#"<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c><c t="s"><v>3</v></c><c t="s"><v>9</v></c></row>
        <row r="4"><c r="B4" s="1"><v>40756</v></c><c s="2"><v>40756.5</v></c><c s="3"><v>0.5</v></c><c t="d"><v>2011-08-01T00:00:00</v></c></row>
        <row r="5"><c t="inlineStr"><is><t>内联</t></is></c><c t="b"><v>0</v></c><c t="e"><v>#REF!</v></c><c><v>1E3</v></c><c><v>x</v></c></row>
        <row r="6"><c><f>A1</f></c><c><f>A1</f><v></v></c><c><f>A1</f><v/></c><c t="str"><f>A1</f><v></v></c><c><f>A1</f><v>7</v></c></row>"#,
        Some(shared),
    );
    let day = Cell::Date(date(2011, 8, 1));
    let without = Cell::FormulaWithoutValue;
    let found = rows(&bytes);
    let noon = noon(&found[1].1[3]);
    assert_eq!(
        found,
        [
            (
                1,
                vec![
                    text("共享"),
                    text("两 段"),
                    text("a&b\n\rc"),
                    Cell::Empty,
                    Cell::Error("#N/A".to_owned())
                ]
            ),
            (4, vec![Cell::Empty, day.clone(), day.clone(), noon, day]),
            (
                5,
                vec![
                    text("内联"),
                    Cell::Flag(false),
                    Cell::Error("#REF!".to_owned()),
                    Cell::Number(1000.0),
                    text("x")
                ]
            ),
            (6, vec![without.clone(), without.clone(), without, Cell::Empty, Cell::Number(7.0)]),
        ]
    );
}

#[test]
fn an_ods_with_repeated_cells_and_comments() {
    let content = r#"<office:document-content><office:automatic-styles>
        <style:style style:name="ta1"><style:table-properties table:display="false"/></style:style></office:automatic-styles>
        <office:body><office:spreadsheet>
        <table:table table:name="藏" table:style-name="ta1"><table:table-row><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row></table:table>
        <table:table table:name="班">
        <table:table-header-rows><table:table-row><table:table-cell office:value-type="string" table:number-columns-repeated="2"><office:annotation><text:p>批注</text:p></office:annotation><text:p>甲<text:s text:c="2"/>乙</text:p><text:p>丙&amp;丁</text:p></table:table-cell></table:table-row></table:table-header-rows>
        <table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>
        <table:table-row table:number-rows-repeated="2"><table:table-cell/><table:covered-table-cell/><table:table-cell office:value-type="float" office:value="12.5"><text:p>12.50</text:p></table:table-cell>
        <table:table-cell office:value-type="date" office:date-value="2011-08-01"><text:p>2011年8月1日</text:p></table:table-cell>
        <table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>TRUE</text:p></table:table-cell>
        <table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#REF!</text:p></table:table-cell>
        <table:table-cell table:formula="of:=1"/><table:table-cell table:number-columns-repeated="16000"/></table:table-row>
        <table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        </table:table></office:spreadsheet></office:body></office:document-content>"#;
    let mimetype = b"application/vnd.oasis.opendocument.spreadsheet".as_slice();
    let bytes = zipped(&[("mimetype", mimetype), ("content.xml", content.as_bytes())]);
    let names = sheets("a", &bytes, &Limits::default()).unwrap();
    assert_eq!(
        names.iter().map(|s| (s.name.as_str(), s.visible)).collect::<Vec<_>>(),
        [("藏", false), ("班", true)]
    );
    let found = rows(&bytes);
    let formatted = found[1].1[2].clone();
    assert_eq!((formatted.text(), formatted.number()), ("12.50".to_owned(), Some(12.5)));
    let cells = vec![
        Cell::Empty,
        Cell::Empty,
        formatted.clone(),
        Cell::Date(date(2011, 8, 1)),
        Cell::Flag(true),
        Cell::Error("#REF!".to_owned()),
        Cell::FormulaWithoutValue,
    ];
    let title = text("甲  乙\n丙&丁");
    assert_eq!(found, [(1, vec![title.clone(), title]), (5, cells.clone()), (6, cells)]);
    let locked = zipped(&[
        ("mimetype", mimetype),
        ("content.xml", b"\x00\x01"),
        ("META-INF/manifest.xml", b"<m><manifest:encryption-data/></m>"),
    ]);
    assert_eq!(sheets("a", &locked, &Limits::default()), Err(TableFault::Encrypted));
}

/// A string of an xls: its length in two bytes, flags, 16-bit characters.
fn unicode(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut out = u16::try_from(units.len()).unwrap().to_le_bytes().to_vec();
    out.push(1);
    out.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    out
}

fn cell(row: u16, column: u16, format: u16, rest: &[u8]) -> Vec<u8> {
    let place = [row, column, format].map(u16::to_le_bytes).concat();
    [&place, rest].concat()
}

/// The workbook stream of an xls with one sheet; `globals` are before its names.
fn book(globals: &[u8], cells: &[u8]) -> Vec<u8> {
    let bof = record(0x0809, &[0x00, 0x06, 0x05, 0x00]);
    let name = unicode("表");
    // In the list of sheets the length has one byte.
    let length = bof.len() + globals.len() + 4 + 6 + name.len() - 1 + 4;
    let start = u32::try_from(length).unwrap().to_le_bytes();
    let sheet = record(0x0085, &[&start[..], &[0, 0], &name[..1], &name[2..]].concat());
    let end = record(0x000A, &[]);
    [bof.as_slice(), globals, &sheet, &end, &bof, cells, &end].concat()
}

#[test]
fn an_xls_of_every_kind_of_cell() {
    let xf = |format: u16| record(0x00E0, &[[0; 2], format.to_le_bytes()].concat());
    // The second shared string is broken off and goes on in 8-bit characters.
    let shared =
        [&[2, 0, 0, 0, 2, 0, 0, 0][..], &unicode("共享"), &[4, 0, 1], &unicode("断ab")[3..5]].concat();
    let globals =
        [xf(0), xf(14), record(0x00FC, &shared), record(0x003C, &[&[0][..], b"abc"].concat())].concat();
    let day = 40_756.0_f64.to_le_bytes();
    let rk = |number: i32| ((number << 2) | 2).to_le_bytes();
    let several = [&[2, 0, 0, 0][..], &[0, 0], &rk(1), &[1, 0], &rk(40_756), &[1, 0]].concat();
    let formula_text = [&[0, 0, 0, 0, 0, 0, 0xFF, 0xFF][..], &[0; 8]].concat();
    let cells = [
        record(0x00FD, &cell(0, 0, 0, &0_u32.to_le_bytes())),
        record(0x00FD, &cell(0, 1, 0, &1_u32.to_le_bytes())),
        record(0x00FD, &cell(0, 2, 0, &9_u32.to_le_bytes())),
        record(0x0203, &cell(1, 0, 0, &1.5_f64.to_le_bytes())),
        record(0x0203, &cell(1, 1, 1, &day)),
        record(0x00BD, &several),
        record(0x0006, &cell(3, 0, 0, &[&day[..], &[0; 8]].concat())),
        record(0x0006, &cell(3, 1, 0, &formula_text)),
        record(0x0207, &unicode("算出")),
        record(0x0205, &cell(4, 0, 0, &[1, 0])),
        record(0x0205, &cell(4, 1, 0, &[0x17, 1])),
        record(0x0201, &cell(5, 0, 0, &[])),
        record(0x0204, &cell(6, 0, 0, &unicode("标签"))),
    ]
    .concat();
    let bytes = compound("Workbook", &book(&globals, &cells));
    let names = sheets("a.xls", &bytes, &Limits::default()).unwrap();
    assert_eq!(names, [SheetName { name: "表".to_owned(), visible: true }]);
    assert_eq!(
        rows(&bytes),
        [
            (1, vec![text("共享"), text("断abc"), Cell::Error("#N/A".to_owned())]),
            (2, vec![Cell::Number(1.5), Cell::Date(date(2011, 8, 1))]),
            (3, vec![Cell::Number(1.0), Cell::Date(date(2011, 8, 1))]),
            (4, vec![Cell::Number(40_756.0), text("算出")]),
            (5, vec![Cell::Flag(true), Cell::Error("#REF!".to_owned())]),
            (7, vec![text("标签")]),
        ]
    );
    let locked = compound("Workbook", &book(&record(0x002F, &[1, 0]), &[]));
    assert_eq!(sheets("a", &locked, &Limits::default()), Err(TableFault::Encrypted));
}

#[test]
fn a_csv_in_the_character_set_of_old_excel() {
    let (bytes, _, _) = GB18030.encode("单位;人数\r\n\"大连;机床\";12\r\n");
    assert_eq!(sheets("a.csv", &bytes, &Limits::default()).unwrap()[0].name, "");
    assert_eq!(
        rows(&bytes),
        [(1, vec![text("单位"), text("人数")]), (2, vec![text("大连;机床"), text("12")])]
    );
}
