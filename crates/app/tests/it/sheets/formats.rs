//! Files of ours that somebody saved in another format: what their own words promise holds.

use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
};

use app::{App, register_export::template};
use exchange::register::RECORD_TITLE;
use sheet::workbook::{Limits, Table, read, sheets};
use testkit::{console, databases};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{FORM, HEADER, back, column, proposals, set, taken};
use crate::tree::{FIRM, city};

/// A workbook as texts: of each sheet its name, its rows and whether it is hidden.
struct Book(Vec<(String, Vec<Vec<String>>, bool)>);

impl Book {
    /// All sheets of a workbook of ours.
    fn read(bytes: &[u8]) -> Self {
        let limits = Limits::default();
        let all = sheets("a.xlsx", bytes, &limits).unwrap().into_iter().map(|sheet| {
            let table = read("a.xlsx", bytes, Some(&sheet.name), &limits).unwrap();
            (sheet.name, texts(&table), !sheet.visible)
        });
        Self(all.collect())
    }

    /// With another first sheet.
    fn with_first(mut self, table: &Table) -> Self {
        self.0[0].1 = texts(table);
        self
    }

    /// In every format in which offices save it again.
    fn saved(&self) -> [(&'static str, Vec<u8>); 3] {
        [("另存.xls", self.xls()), ("另存.ods", self.ods()), ("另存.csv", self.csv())]
    }

    /// As Excel saves the sheet that is seen.
    fn csv(&self) -> Vec<u8> {
        let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let blank = [String::new()];
        for row in &self.0[0].1 {
            csv.write_record(if row.is_empty() { blank.as_slice() } else { row }).unwrap();
        }
        csv.into_inner().unwrap()
    }

    fn ods(&self) -> Vec<u8> {
        let mut content = String::from(
            r#"<d><office:automatic-styles><style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles>"#,
        );
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        for (name, rows, is_hidden) in &self.0 {
            let style = if *is_hidden { r#" table:style-name="h""# } else { "" };
            write!(content, r#"<table:table table:name="{name}"{style}>"#).unwrap();
            for row in rows {
                content.push_str("<table:table-row>");
                for cell in row {
                    if cell.is_empty() {
                        content.push_str("<table:table-cell/>");
                    } else {
                        let text = escaped(cell).replace('\n', "</text:p><text:p>");
                        write!(
                            content,
                            r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#
                        )
                        .unwrap();
                    }
                }
                content.push_str("</table:table-row>");
            }
            content.push_str("</table:table>");
        }
        content.push_str("</d>");
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let kind = "application/vnd.oasis.opendocument.spreadsheet";
        for (name, bytes) in [("mimetype", kind), ("content.xml", content.as_str())] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// A workbook of Excel 97: one stream of records in a compound file.
    fn xls(&self) -> Vec<u8> {
        let bodies: Vec<Vec<u8>> = self.0.iter().map(|(_, rows, _)| worksheet(rows)).collect();
        let globals = |starts: &[u32]| {
            let mut all = record(0x0809, &[0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for ((name, _, is_hidden), start) in self.0.iter().zip(starts) {
                let mut sheet = start.to_le_bytes().to_vec();
                sheet.extend([u8::from(*is_hidden), 0, name.encode_utf16().count() as u8, 1]);
                sheet.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
                all.extend(record(0x0085, &sheet));
            }
            all.extend(record(0x000A, &[]));
            all
        };
        let mut start = globals(&vec![0; bodies.len()]).len();
        let mut starts = Vec::new();
        for body in &bodies {
            starts.push(start as u32);
            start += body.len();
        }
        let mut stream = globals(&starts);
        for body in &bodies {
            stream.extend(body);
        }
        compound(&stream)
    }
}

fn texts(table: &Table) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    for row in &table.rows {
        // Blank rows stay where they are.
        while all.len() + 1 < row.number as usize {
            all.push(Vec::new());
        }
        all.push(row.cells.iter().map(sheet::workbook::Cell::text).collect());
    }
    all
}

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut all = [kind.to_le_bytes(), (data.len() as u16).to_le_bytes()].concat();
    all.extend(data);
    all
}

fn worksheet(rows: &[Vec<String>]) -> Vec<u8> {
    let mut all = record(0x0809, &[0, 6, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (row, cells) in rows.iter().enumerate() {
        for (column, text) in cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            let mut cell = [row as u16, column as u16, 15, text.encode_utf16().count() as u16]
                .map(u16::to_le_bytes)
                .concat();
            cell.push(1);
            cell.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            all.extend(record(0x0204, &cell));
        }
    }
    all.extend(record(0x000A, &[]));
    all
}

/// A compound file with one stream, `Workbook`, which is long enough to lie in sectors of its own.
fn compound(stream: &[u8]) -> Vec<u8> {
    const SECTOR: usize = 512;
    const END: u32 = 0xFFFF_FFFE;
    const FREE: u32 = 0xFFFF_FFFF;
    let mut content = stream.to_vec();
    content.resize(stream.len().max(4096).next_multiple_of(SECTOR), 0);
    let sectors = content.len() / SECTOR;
    // First the tables of sectors, then the directory, then the stream.
    let tables = (sectors + 8).div_ceil(SECTOR / 4 - 1);
    let first = tables + 1;
    let mut next = vec![0xFFFF_FFFD_u32; tables];
    next.push(END);
    next.extend((0..sectors).map(|at| if at + 1 == sectors { END } else { (first + at + 1) as u32 }));
    next.resize(tables * SECTOR / 4, FREE);
    let mut file = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    file.extend([0; 16]);
    file.extend([0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    file.extend([0; 10]);
    for number in [tables as u32, tables as u32, 0, 4096, END, 0, END, 0] {
        file.extend(number.to_le_bytes());
    }
    (0..109).for_each(|at| file.extend((if at < tables { at as u32 } else { FREE }).to_le_bytes()));
    for number in &next {
        file.extend(number.to_le_bytes());
    }
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: u32| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(64, 0);
        entry.extend((name.len() as u16 * 2 + 2).to_le_bytes());
        entry.extend([kind, 1]);
        for number in [FREE, FREE, child] {
            entry.extend(number.to_le_bytes());
        }
        entry.extend([0; 36]);
        entry.extend(start.to_le_bytes());
        entry.extend(size.to_le_bytes());
        entry.extend([0; 4]);
        entry
    };
    file.extend(entry("Root Entry", 5, 1, END, 0));
    file.extend(entry("Workbook", 2, FREE, first as u32, content.len() as u32));
    file.extend([0; 256]);
    file.extend(content);
    file
}

async fn filled_in(app: &App) -> Book {
    let (_, bytes) = template(app, &console(app), FIRM, FORM).await.unwrap();
    let mut sheet = super::table(&bytes);
    for (row, title) in [(1, "甲"), (2, "乙")] {
        let mut new = sheet.rows[HEADER].clone();
        new.number = u32::try_from(HEADER + 1 + row).unwrap();
        new.cells.fill(sheet::workbook::Cell::Empty);
        sheet.rows.push(new);
        for (header, text) in
            [("建议名称", title), ("建议人", "张三"), ("提出日期", "2012-05-01"), ("措施", "改")]
        {
            let at = column(&sheet, header);
            set(&mut sheet, HEADER + row, at, text);
        }
    }
    Book::read(&bytes).with_first(&sheet)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_saved_in_another_format_keeps_its_promise() {
    for test in databases().await {
        let app = city(&test).await;
        let book = filled_in(&app).await;
        let mut new = 2;
        for (name, bytes) in book.saved() {
            let report = back(&app, name, bytes, FORM).await;
            assert_eq!(taken(&report, FORM), (new, 0, 2 - new), "{name}");
            new = 0;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_row_saved_in_another_format_means_the_same_person() {
    for test in databases().await {
        let app = city(&test).await;
        let (_, sheet) = proposals(&app).await;
        for (at, format) in ["xls", "ods", "csv"].into_iter().enumerate() {
            let mut copied = sheet.clone();
            let mut copy = copied.rows[HEADER + 2].clone();
            copy.number = 30;
            copied.rows.push(copy);
            let last = copied.rows.len() - 1;
            let number = column(&copied, "编号");
            set(&mut copied, last, number, &format!("抄来的一行{at}"));
            let saved = Book(vec![("台账".to_owned(), texts(&copied), false)]).saved();
            let (name, bytes) = saved.into_iter().find(|(name, _)| name.ends_with(format)).unwrap();
            assert_eq!(taken(&back(&app, name, bytes, FORM).await, FORM), (1, 0, 4), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_that_shift_overwrite_nothing_in_any_format() {
    for test in databases().await {
        let app = city(&test).await;
        let (_, sheet) = proposals(&app).await;
        let mark = column(&sheet, RECORD_TITLE);
        // Somebody has inserted a cell above the hidden column: each mark belongs to the row before.
        let mut shifted = sheet.clone();
        for row in (HEADER + 2..HEADER + 5).rev() {
            let above = shifted.rows[row - 1].cell(mark).text();
            set(&mut shifted, row, mark, &above);
        }
        set(&mut shifted, HEADER + 1, mark, "");
        for (name, bytes) in Book(vec![("台账".to_owned(), texts(&shifted), false)]).saved() {
            let report = back(&app, name, bytes, FORM).await;
            assert_eq!((report.stored, report.corrected), (false, 0), "{name}");
            assert!(report.refused_rows() >= 3, "{name}: {:?}", report.refused);
        }
        let report = back(&app, "a.xlsx", super::rewritten(&sheet), FORM).await;
        assert_eq!(taken(&report, FORM), (0, 0, 4), "every record is as it was");
    }
}
