//! Files that are something else, broken, or made to do harm.

use std::fmt::Write;

use proptest::{collection::vec, prelude::*};
use sheet::{
    fault::TableFault,
    workbook::{Cell, Limits, read, sheets},
};

use crate::support::{compound, record, small_circle, xlsx, zipped};

fn fault(bytes: &[u8]) -> String {
    match read("文件.xls", bytes, None, &Limits::default()) {
        Ok(table) => format!("{} rows", table.rows.len()),
        Err(fault) => format!("{} {}", fault.name(), fault.args().join(",")).trim_end().to_owned(),
    }
}

#[test]
fn what_is_no_table_is_named() {
    let part: &[u8] = b"<x/>";
    let cases: [(Vec<u8>, &str); 16] = [
        (vec![], "empty"),
        (b" \r\n\t ".to_vec(), "empty"),
        (b"%PDF-1.4".to_vec(), "unknown_format pdf"),
        (b"\x89PNG\r\n".to_vec(), "unknown_format png"),
        (b"<html><table><tr><td>1".to_vec(), "1 rows"),
        ("\u{feff} <!DOCTYPE html>".as_bytes().to_vec(), "unknown_format html"),
        (
            b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">"
                .to_vec(),
            "no_sheet",
        ),
        (b"\x00\x01\x02".to_vec(), "damaged no workbook signature"),
        (zipped(&[("a.txt", part)]), "unknown_format zip"),
        (zipped(&[("word/document.xml", part)]), "unknown_format docx"),
        (zipped(&[("xl/workbook.bin", part)]), "unknown_format xlsb"),
        (zipped(&[("xl/workbook.xml", part), ("xl/vbaProject.bin", part)]), "macros"),
        (zipped(&[("xl/workbook.xml", part)]), "no_sheet"),
        (compound("WordDocument", &[]), "unknown_format doc"),
        (compound("EncryptedPackage", &[]), "encrypted"),
        (compound("_VBA_PROJECT_CUR", &[]), "macros"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(fault(&bytes), expected);
    }
}

#[test]
fn every_fault_has_its_name_in_the_list() {
    for bytes in [&b""[..], b"%PDF", b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"] {
        let fault = read("x", bytes, None, &Limits::default()).unwrap_err();
        assert!(TableFault::NAMES.contains(&fault.name()));
    }
}

#[test]
fn a_million_empty_rows_are_nothing() {
    let mut data = String::new();
    for row in 1..=1_000_000 {
        write!(data, r#"<row r="{row}" s="1" customFormat="1"/>"#).unwrap();
        if row % 10 == 0 {
            write!(data, r#"<row r="{row}"><c r="A{row}" s="1"/><c r="B{row}" s="1"/></row>"#).unwrap();
        }
    }
    data.push_str(r#"<row r="1000001"><c r="A1000001"><v>1</v></c></row>"#);
    let bytes = xlsx(&data, None);
    assert_eq!(fault(&bytes), "1 rows");
}

#[test]
fn a_cell_of_ten_megabytes_is_only_measured() {
    let huge = "文".repeat(4 << 20);
    let inline = xlsx(&format!(r#"<row><c t="inlineStr"><is><t>{huge}</t></is></c></row>"#), None);
    let shared = xlsx(r#"<row><c t="s"><v>0</v></c></row>"#, Some(&format!("<si><t>{huge}</t></si>")));
    let csv = format!("甲,乙\n1,{huge}\n");
    for (bytes, column) in [(inline, 0), (shared, 0), (csv.into_bytes(), 1)] {
        let table = read("x", &bytes, None, &Limits::default()).unwrap();
        let row = table.rows.last().unwrap();
        assert_eq!(row.cell(column), &Cell::TooLarge { chars: 4 << 20 });
    }
}

#[test]
fn bombs_do_not_go_off() {
    // Tightly packed, and one piece of XML larger than any cell.
    let zeros = zipped(&[("xl/workbook.xml", b"<x/>"), ("xl/big.xml", &vec![0; 64 << 20])]);
    assert_eq!(fault(&zeros), "zip_bomb 1024");
    let limits = Limits { max_ratio: u64::MAX, ..Limits::default() };
    let piece = xlsx(&format!("<row><c t=\"str\"><v>{}</v></c></row>", "x".repeat(40 << 20)), None);
    assert_eq!(read("x", &piece, None, &limits).unwrap_err().name(), "zip_bomb");
    // More in all than allowed, which only unpacking shows.
    let cells = xlsx(&"<row><c><v>1</v></c></row>".repeat(10_000), None);
    let tight = Limits { max_unpacked: 100_000, ..Limits::default() };
    assert_eq!(read("x", &cells, None, &tight).unwrap_err().name(), "zip_bomb");
    let few = Limits { max_rows: 9_999, ..Limits::default() };
    assert_eq!(read("x", &cells, None, &few), Err(TableFault::TooManyRows { max: 9_999 }));
    // One long text, referred to by many cells.
    let shared = format!("<si><t>{}</t></si>", "文".repeat(30_000));
    let many = xlsx(&r#"<row><c t="s"><v>0</v></c></row>"#.repeat(5_000), Some(&shared));
    assert_eq!(fault(&many), "too_much_text 96");
    // Cells far to the right in every row.
    let mut wide = String::new();
    for row in 1..500 {
        write!(wide, r#"<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>"#).unwrap();
    }
    assert_eq!(fault(&xlsx(&wide, None)), "too_many_cells 4000000");
    // Elements without end, and a count that only claims to be one.
    assert!(fault(&xlsx(&"<a>".repeat(100_000), None)).starts_with("damaged"));
    let claims = xlsx("<row><c><v>1</v></c></row>", Some("</sst><sst uniqueCount=\"99999999999\">"));
    assert_eq!(fault(&claims), "1 rows");
}

#[test]
fn a_repeated_row_of_an_ods_stops_at_the_limits() {
    let row = r#"<table:table-row table:number-rows-repeated="4294967295"><table:table-cell table:number-columns-repeated="99999999" office:value-type="float" office:value="1"/></table:table-row>"#;
    let content = format!(r#"<d><table:table table:name="a">{row}</table:table></d>"#);
    let kind = b"application/vnd.oasis.opendocument.spreadsheet".as_slice();
    assert_eq!(
        fault(&zipped(&[("mimetype", kind), ("content.xml", content.as_bytes())])),
        "too_many_cells 4000000"
    );
    // Numbers of rows that no longer rise: nothing would be counted any more.
    let empty = r#"<table:table-row table:number-rows-repeated="4294967295"/>"#;
    let row = r#"<table:table-row table:number-rows-repeated="4294967295"><table:table-cell office:value-type="float" office:value="1"/></table:table-row>"#;
    let content = format!(r#"<d><table:table table:name="a">{empty}{}</table:table></d>"#, row.repeat(1000));
    assert_eq!(
        fault(&zipped(&[("mimetype", kind), ("content.xml", content.as_bytes())])),
        "too_many_rows 1048576"
    );
    let cut = r#"<d><table:table table:name="a"><table:table-row>"#;
    assert!(fault(&zipped(&[("mimetype", kind), ("content.xml", cut.as_bytes())])).starts_with("damaged"));
}

/// An ods whose `content.xml` is this.
fn ods(content: &str) -> Vec<u8> {
    let kind = b"application/vnd.oasis.opendocument.spreadsheet".as_slice();
    zipped(&[("mimetype", kind), ("content.xml", content.as_bytes())])
}

#[test]
fn a_row_number_that_no_sheet_has_is_not_taken() {
    let numbers = |data: &str| -> Vec<u32> {
        let table = read("x", &xlsx(data, None), None, &Limits::default()).unwrap();
        table.rows.iter().map(|row| row.number).collect()
    };
    // The row counts on from the one before it.
    assert_eq!(numbers(r#"<row r="0"><c><v>1</v></c></row>"#), [1]);
    assert_eq!(
        numbers(r#"<row r="7"><c><v>1</v></c></row><row r="4294967295"><c><v>1</v></c></row>"#),
        [7, 8]
    );
    assert_eq!(numbers(r#"<row r="7"><c r="A0"><v>1</v></c><c r="B1048577"><v>1</v></c></row>"#), [7]);
    assert_eq!(numbers("<c><v>1</v></c>"), [1]);
}

#[test]
fn a_text_in_many_pieces_stops_at_the_limits() {
    let limits = Limits { max_text: 10_000, ..Limits::default() };
    let pieces = "&amp;".repeat(11_000);
    let run = format!("<si><r><t>{pieces}</t></r></si>");
    let spaces = r#"<text:s text:c="1000"/>"#.repeat(11);
    // No cell of this row is longer than allowed.
    let cells =
        format!("<table:table-cell><text:p>{}</text:p></table:table-cell>", "x".repeat(900)).repeat(12);
    let in_row = |cells: &str| {
        let row = format!("<table:table-row>{cells}</table:table-row>");
        ods(&format!(r#"<d><table:table table:name="a">{row}</table:table></d>"#))
    };
    for bytes in [
        xlsx(&format!(r#"<row><c t="str"><v>{pieces}</v></c></row>"#), None),
        xlsx(&format!(r#"<row><c t="inlineStr"><is><t>{pieces}</t></is></c></row>"#), None),
        xlsx(r#"<row><c t="s"><v>0</v></c></row>"#, Some(&run)),
        in_row(&format!("<table:table-cell><text:p>{spaces}</text:p></table:table-cell>")),
        in_row(&cells),
    ] {
        assert_eq!(read("x", &bytes, None, &limits), Err(TableFault::TooMuchText { max: 10_000 }));
    }
}

#[test]
fn a_cell_that_is_repeated_no_times_takes_its_column() {
    let cell =
        r#"<table:table-cell table:number-columns-repeated="0" office:value-type="float" office:value="1"/>"#;
    let row = format!("<table:table-row>{}</table:table-row>", cell.repeat(20_000));
    let content = format!(r#"<d><table:table table:name="a">{row}</table:table></d>"#);
    let table = read("x", &ods(&content), None, &Limits::default()).unwrap();
    assert_eq!(table.rows[0].cells.len(), 16_384);
}

#[test]
fn attributes_without_number_take_no_time() {
    let mut names = String::new();
    for number in 0..150_000 {
        write!(names, r#" a{number}="""#).unwrap();
    }
    let values = r#" office:value="1""#.repeat(150_000);
    let cell = format!(r#"<table:table-cell office:value-type="float"{names}{values}/>"#);
    let content = format!(
        r#"<d><table:table table:name="a"><table:table-row>{cell}</table:table-row></table:table></d>"#
    );
    let start = std::time::Instant::now();
    assert_eq!(fault(&ods(&content)), "1 rows");
    // Each looked for among all of them took minutes.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn a_workbook_has_no_more_sheets_than_any_has() {
    let tables = r#"<table:table table:name="a"/>"#.repeat(10_001);
    assert_eq!(fault(&ods(&format!("<d>{tables}</d>"))), "damaged too many sheets");
    let long = format!(r#"<d><table:table table:name="{}"/></d>"#, "a".repeat(1001));
    assert_eq!(fault(&ods(&long)), "damaged the name of a sheet is too long");
    // Sheets count that lead to no worksheet: each is looked for among the relations.
    let relation =
        |target: &str| format!(r#"<r><Relationship Id="r1" Type="/worksheet" Target="{target}"/></r>"#);
    let book = |sheets: &str, relations: &str| {
        zipped(&[
            ("xl/workbook.xml", format!("<workbook>{sheets}</workbook>").as_bytes()),
            ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ])
    };
    for id in ["r1", "r2"] {
        let sheets = format!(r#"<sheet name="a" r:id="{id}"/>"#).repeat(10_001);
        assert_eq!(fault(&book(&sheets, &relation("a.xml"))), "damaged too many sheets");
    }
    let relations = relation(&"a".repeat(1000)).repeat(9_000);
    assert_eq!(fault(&book("", &relations)), "damaged too many relations");
    let stream = [record(0x0809, &[0, 6, 5, 0]), record(0x0085, &[0; 9]).repeat(10_001), record(0x000A, &[])];
    assert_eq!(fault(&compound("Workbook", &stream.concat())), "damaged too many sheets");
}

#[test]
fn a_record_of_an_xls_is_not_continued_for_ever() {
    let sst = record(0x00FC, &[1, 0, 0, 0, 1, 0, 0, 0]);
    let stream =
        [record(0x0809, &[0, 6, 5, 0]), sst, record(0x003C, &[]).repeat(100_001), record(0x000A, &[])];
    assert_eq!(fault(&compound("Workbook", &stream.concat())), "damaged a record is continued too often");
}

#[test]
fn a_line_of_nothing_but_delimiters_is_no_row() {
    let line = ",".repeat(8 << 20);
    let text = format!("a,b\n{line}\n{line}x\n1,2\n");
    let table = read("x.csv", text.as_bytes(), None, &Limits::default()).unwrap();
    assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 4]);
}

#[test]
fn many_ends_of_a_zip_take_no_time() {
    // A directory of parts, the last of which is missing, and many ends that all lead to it.
    const PARTS: u16 = 9000;
    let mut part = b"PK\x01\x02".to_vec();
    part.resize(46, 0);
    let directory = part.repeat(usize::from(PARTS));
    let size = u32::try_from(directory.len()).unwrap();
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend((PARTS + 1).to_le_bytes());
    end.extend((PARTS + 1).to_le_bytes());
    end.extend(size.to_le_bytes());
    end.extend(4_u32.to_le_bytes());
    end.extend([0, 0]);
    let bytes = [b"PK\x03\x04".as_slice(), &directory, &end.repeat(10_000)].concat();
    let start = std::time::Instant::now();
    assert!(fault(&bytes).starts_with("damaged"), "{}", fault(&bytes));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn a_zip_that_claims_many_parts_is_not_believed() {
    let part = b"PK\x03\x04".repeat(10_000);
    let ends = |parts: u64| {
        let mut end = [b"PK\x06\x06".as_slice(), &44_u64.to_le_bytes(), &[0; 12]].concat();
        for eight in [parts, parts, parts * 46, 4] {
            end.extend(eight.to_le_bytes());
        }
        end.extend(b"PK\x06\x07\0\0\0\0");
        end.extend((part.len() as u64).to_le_bytes());
        end.extend(1_u32.to_le_bytes());
        end.extend(b"PK\x05\x06\0\0\0\0");
        end.extend([0xFF; 12]);
        end.extend([0, 0]);
        [part.clone(), end].concat()
    };
    assert!(fault(&ends(10)).starts_with("damaged"));
    assert_eq!(fault(&ends(20_000)), "zip_bomb 1024");
    // Ends that are looked for one by one.
    let many = [b"PK\x03\x04".as_slice(), &b"PK\x06\x06".repeat(10_001)].concat();
    assert_eq!(fault(&many), "zip_bomb 1024");
}

#[test]
fn a_compound_file_that_bites_its_tail() {
    let mut bytes = compound("Workbook", &record(0x0809, &[0, 6]));
    // The second entry of the allocation table points back to itself.
    for sector in 0..128 {
        let at = 512 + sector * 4;
        bytes[at..at + 4].copy_from_slice(&2_u32.to_le_bytes());
    }
    assert!(fault(&bytes).starts_with("damaged"), "{}", fault(&bytes));
}

#[test]
fn a_small_stream_that_bites_its_tail() {
    // One whole stream of small pieces; its first piece is followed by itself,
    // and the entry claims four gigabytes of them.
    let bytes = small_circle(u32::MAX, u32::MAX - 1);
    assert_eq!(fault(&bytes), "damaged a small stream runs in a circle");
}

#[test]
fn a_file_cut_short_is_damaged() {
    let whole = xlsx("<row><c><v>1</v></c></row>", Some("<si><t>甲</t></si>"));
    let old = compound("Workbook", &record(0x0809, &[0, 6]));
    for bytes in [whole, old] {
        for end in (0..bytes.len()).step_by(37) {
            let fault = read("x.xlsx", &bytes[..end], None, &Limits::default()).unwrap_err();
            assert!(matches!(fault.name(), "damaged" | "empty" | "unknown_format"), "{end}: {fault}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..2000), head in 0..4_usize) {
        let heads: [&[u8]; 4] = [b"", b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"\xFF\xFE"];
        let bytes = [heads[head], &bytes].concat();
        let _ = sheets("x", &bytes, &Limits::default());
        let _ = read("x", &bytes, None, &Limits::default());
    }

    #[test]
    fn no_change_makes_it_panic(changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), old in any::<bool>()) {
        let mut bytes = if old {
            let sst = record(0x00FC, &[1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, b'a', b'b']);
            let sheet = record(0x0085, &[56, 0, 0, 0, 0, 0, 1, 0, b'S']);
            let cells = [record(0x00FD, &[0; 10]), record(0x0203, &[0; 14]), record(0x0006, &[0; 20])].concat();
            let stream = [record(0x0809, &[0, 6, 5, 0]), sst, sheet, record(0x000A, &[]), record(0x0809, &[0, 6]), cells, record(0x000A, &[])];
            compound("Workbook", &stream.concat())
        } else {
            xlsx(r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c s="1"><f>B1</f><v>40756</v></c></row>"#, Some("<si><t>a_x000D_</t></si>"))
        };
        for (place, byte) in changes {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = sheets("x", &bytes, &Limits::default());
        let _ = read("x", &bytes, None, &Limits::default());
    }

    #[test]
    fn no_xml_makes_it_panic(data in "(<(row|c|v|f|is|t|/row|/c|/v)( r=\"[A-Z]{0,9}[0-9]{0,12}\")?( t=\"(s|b|d|e|str)\")?( s=\"[0-9]{1,9}\")?/?>|[0-9]{1,4}|&amp;|&#x[0-9]{1,9};|文){0,60}") {
        let _ = read("x", &xlsx(&data, Some(&data)), None, &Limits::default());
    }
}

/// Found by the fuzzer: what a cell shows was bounded for texts and not for numbers.
#[test]
fn a_number_that_shows_too_much_is_only_measured() {
    let long = "整".repeat(40_000);
    let page = format!("<table><tr><td>a</td><td x:num=\"1\">{long}</td></tr></table>");
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet>\
         <table:table table:name=\"s\"><table:table-row><table:table-cell office:value-type=\"string\"><text:p>a</text:p>\
         </table:table-cell><table:table-cell office:value-type=\"float\" office:value=\"1\"><text:p>{long}</text:p>\
         </table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let mimetype: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";
    let ods = zipped(&[("mimetype", mimetype), ("content.xml", content.as_bytes())]);
    for bytes in [page.into_bytes(), ods] {
        let table = read("文件", &bytes, None, &Limits::default()).unwrap();
        assert_eq!(table.rows[0].cells[1], Cell::TooLarge { chars: 40_000 });
    }
}
