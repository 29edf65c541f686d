//! Files as clerks make them, where the sheet says more than its cells: formats, merged ranges,
//! hidden rows, the year from which days are counted, quotation marks, odd formats of files.
//! What is right for each is in the README beside them; here it goes through the import.

use std::{collections::BTreeMap, io::Cursor, sync::Arc, time::Duration};

use app::{
    App, Error, ReadingLimits,
    imports::{HiddenRows, Report, Request, import},
    register_export::{Format, Which, export},
};
use sheet::workbook::{Limits, read};
use testkit::{console, databases, first_campaign, open, sqlite};

fn file(name: &str) -> Vec<u8> {
    let path = testkit::repository("crates/app/tests/inputs/clerks").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn request(name: &str, kind: &str) -> Request {
    Request {
        file_name: name.to_owned(),
        bytes: Arc::new(file(name)),
        kind: kind.to_owned(),
        sheet: None,
        unit: None,
        mapping: BTreeMap::new(),
        accept_good_rows: false,
        correct_stored: false,
        skip_conflicts: false,
        hidden_rows: None,
        preview: false,
        ..Request::default()
    }
}

fn proposals(name: &str) -> Request {
    request(name, "register:proposal")
}

async fn take(app: &App, request: Request) -> Result<Report, Error> {
    import(app, &console(app), request, &|_, _| {}).await
}

/// A federation with the clerks' roster, on each engine.
async fn cities() -> Vec<(testkit::TestDb, App)> {
    let mut cities = Vec::new();
    for test in databases().await {
        let app = open(&test, &first_campaign()).await;
        take(&app, request("roster.csv", "units")).await.unwrap();
        cities.push((test, app));
    }
    cities
}

/// The cells at fault: place and name of the problem.
fn faults(report: &Report) -> Vec<(String, &'static str)> {
    report.refused.iter().map(|cell| (format!("{}{}", cell.column, cell.row), cell.problem.name())).collect()
}

/// What is stored: a column of the register for each record, in the order of the numbers.
async fn stored(app: &App, titles: [&str; 3]) -> Vec<[String; 3]> {
    let snapshot = app.current(&console(app)).await.unwrap();
    let mut bytes = Cursor::new(Vec::new());
    let root = snapshot.root().unwrap();
    export(app, &console(app), root, "proposal", Which::All, Format::Csv, &mut bytes).await.unwrap();
    let table = read("a.csv", &bytes.into_inner(), None, &Limits::default()).unwrap();
    let header = table.rows.iter().position(|row| row.filled() > 10).unwrap();
    let columns = titles.map(|title| {
        let is_titled = |cell: &sheet::workbook::Cell| cell.text().trim_start_matches('*').starts_with(title);
        table.rows[header].cells.iter().position(is_titled).unwrap_or_else(|| panic!("{title}"))
    });
    let rows = table.rows[header + 1..].iter();
    let mut found: Vec<[String; 3]> = rows.map(|row| columns.map(|column| row.cell(column).text())).collect();
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_stored_as_they_are_shown_and_refused_where_they_are_lost() {
    for (_test, app) in cities().await {
        let report = take(&app, Request { accept_good_rows: true, ..proposals("a03_number_formats.xlsx") });
        let report = report.await.unwrap();
        assert_eq!(
            faults(&report),
            [
                ("C4".to_owned(), "date_in_text"),
                ("C5".to_owned(), "date_in_text"),
                ("C6".to_owned(), "digits_lost"),
                ("C7".to_owned(), "digits_lost"),
                ("C9".to_owned(), "flag_in_text"),
            ]
        );
        let numbers: Vec<String> = stored(&app, ["编号", "建议名称", "提出日期"])
            .await
            .into_iter()
            .map(|[number, ..]| number)
            .collect();
        assert_eq!(numbers, ["0001", "1.10", "建0002"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn days_of_1904_are_the_days_that_excel_shows() {
    for name in ["a04_1904.xlsx", "date1904_excel2013.xlsx"] {
        for (_test, app) in cities().await {
            let report = take(&app, proposals(name)).await.unwrap();
            assert_eq!(faults(&report), [], "{name}");
            let days = stored(&app, ["提出日期", "编号", "建议名称"]).await;
            assert!(days.len() > 2, "{name}: {days:?}");
            assert!(days.iter().all(|[day, ..]| day == "2011-05-03"), "{name}: {days:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_good_spelling_of_a_day_is_read() {
    for (_test, app) in cities().await {
        let report = take(&app, proposals("a04_dates_good.xlsx")).await.unwrap();
        assert_eq!((faults(&report), report.accepted), (vec![], 22));
        let days = stored(&app, ["提出日期", "编号", "建议名称"]).await;
        assert!(days.iter().all(|[day, ..]| day == "2011-05-03"), "{days:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_units_and_decisions_go_down_their_rows() {
    for (_test, app) in cities().await {
        let report = take(&app, proposals("b06_merged_unit.xlsx")).await.unwrap();
        assert_eq!((faults(&report), report.accepted), (vec![], 5));
        let units: Vec<[String; 3]> = stored(&app, ["编号", "统计编码", "提出日期"]).await;
        let units: Vec<&str> = units.iter().map(|[_, unit, _]| unit.as_str()).collect();
        assert_eq!(units, ["210211001", "210211001", "210211001", "210211002", "210211002"]);
    }
    for (_test, app) in cities().await {
        // The line above the table names another unit: it is for rows that state none.
        let report = take(&app, proposals("b06_merged_unit_with_line_above.xlsx")).await.unwrap();
        assert_eq!((faults(&report), report.accepted), (vec![], 3));
        let units = stored(&app, ["统计编码", "编号", "提出日期"]).await;
        assert!(units.iter().all(|[unit, ..]| unit == "210211002"), "{units:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_is_merged_is_named_in_every_row() {
    for (_test, app) in cities().await {
        let report = take(&app, proposals("b06_merged_decision.xlsx")).await.unwrap();
        let merged = ["M2", "M3", "M4"].map(|place| (place.to_owned(), "merged_amount"));
        assert_eq!((faults(&report), report.stored), (merged.to_vec(), false));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_rows_are_taken_or_left_by_choice() {
    for (_test, app) in cities().await {
        let name = "b11_hidden_rows.xlsx";
        let asked = take(&app, proposals(name)).await;
        assert!(matches!(&asked, Err(Error::HiddenRows(rows)) if *rows == [3, 4]), "{asked:?}");
        // Good rows are no answer to this question.
        let asked = take(&app, Request { accept_good_rows: true, ..proposals(name) }).await;
        assert!(matches!(asked, Err(Error::HiddenRows(_))));
        assert_eq!(stored(&app, ["编号", "建议名称", "提出日期"]).await.len(), 0);
        let looked = take(&app, Request { preview: true, ..proposals(name) }).await.unwrap();
        assert_eq!((looked.hidden_rows, looked.hidden, looked.accepted), (vec![3, 4], None, 2));
        let leave = Request { hidden_rows: Some(HiddenRows::Leave), ..proposals(name) };
        let left = take(&app, leave).await.unwrap();
        assert_eq!((left.accepted, left.hidden_rows, left.hidden), (2, vec![3, 4], Some(HiddenRows::Leave)));
        let all = Request { hidden_rows: Some(HiddenRows::Take), ..proposals(name) };
        let all = take(&app, all).await.unwrap();
        assert_eq!((all.accepted, all.unchanged), (2, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_without_a_title_is_reported() {
    for (_test, app) in cities().await {
        let report = take(&app, proposals("b13_no_header_col.xlsx")).await.unwrap();
        assert_eq!((report.untitled_columns, report.accepted), (vec!["N".to_owned()], 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quotation_marks_that_went_wrong_refuse_the_file_with_their_line() {
    for (_test, app) in cities().await {
        for (name, expected, args) in [
            ("e03_unclosed_small.csv", "unclosed_quote", vec!["4"]),
            ("c19_two_stray_quotes.csv", "records_in_quotes", vec!["4", "21"]),
        ] {
            let fault = take(&app, Request { accept_good_rows: true, ..proposals(name) }).await.unwrap_err();
            let Error::File(fault) = fault else { panic!("{fault:?}") };
            assert_eq!(
                (fault.name(), fault.args()),
                (expected, args.iter().map(ToString::to_string).collect())
            );
        }
        assert_eq!(stored(&app, ["编号", "建议名称", "提出日期"]).await.len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_byte_is_named_and_the_other_rows_are_taken_by_choice() {
    for (_test, app) in cities().await {
        let name = "c19_one_bad_byte.csv";
        let report = take(&app, proposals(name)).await.unwrap();
        assert_eq!((faults(&report), report.stored), (vec![("A3".to_owned(), "damaged_text")], false));
        let report = take(&app, Request { accept_good_rows: true, ..proposals(name) }).await.unwrap();
        assert_eq!((report.accepted, report.stored), (2, true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_table_called_xls_is_read() {
    for (_test, app) in cities().await {
        let report = take(&app, proposals("c20_html.xls")).await.unwrap();
        assert_eq!((faults(&report), report.accepted), (vec![], 3));
        let found = stored(&app, ["编号", "联系电话", "提出日期"]).await;
        assert_eq!(found[0][0], "建0001");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_wrong_types_are_refused_by_cell() {
    for (_test, app) in cities().await {
        let report = take(&app, proposals("d01_dispimg.xlsx")).await.unwrap();
        let pictures = ["I2", "I3", "I4"].map(|place| (place.to_owned(), "picture"));
        assert_eq!((faults(&report), report.stored), (pictures.to_vec(), false));
        let report = take(&app, proposals("d16_wrong_types.xlsx")).await.unwrap();
        assert_eq!(
            faults(&report),
            [
                ("M2".to_owned(), "not_number"),
                ("G3".to_owned(), "date_in_text"),
                ("F4".to_owned(), "flag_in_text"),
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_were_written_so_that_excel_keeps_them() {
    for (_test, app) in cities().await {
        let request = Request { accept_good_rows: true, ..proposals("e04_excel_text_trick.csv") };
        let report = take(&app, request).await.unwrap();
        assert_eq!(faults(&report), [("C4".to_owned(), "digits_lost")]);
        let numbers = stored(&app, ["编号", "建议名称", "提出日期"]).await;
        assert_eq!(numbers.iter().map(|[number, ..]| number.as_str()).collect::<Vec<_>>(), ["0001", "0002"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_files_are_refused_within_the_limits() {
    let begin = std::time::Instant::now();
    for (_test, app) in cities().await {
        for (name, expected) in
            [("hostile/mem-4g.xls", "damaged"), ("hostile/hang-1000rows.ods", "too_many_rows")]
        {
            let fault = take(&app, proposals(name)).await.unwrap_err();
            assert!(matches!(&fault, Error::File(fault) if fault.name() == expected), "{name}: {fault:?}");
        }
    }
    assert!(begin.elapsed() < Duration::from_mins(1), "{:?}", begin.elapsed());
}

/// The rows themselves may be what takes the memory, and what is wrong with each of them.
#[tokio::test(flavor = "multi_thread")]
async fn rows_at_fault_stay_within_the_memory_too() {
    let test = sqlite().await;
    let limits = ReadingLimits { memory: 16 << 20, time: Duration::from_mins(2), at_once: 1 };
    let app = open(&test, &first_campaign()).await.with_reading_limits(limits);
    take(&app, request("roster.csv", "units")).await.unwrap();
    let head = "单位编码,编号,建议名称,建议人,提出日期,措施,审查结论\n";
    let bytes = format!("{head}{}", "x,x,x,x,x,x,x\n".repeat(20_000)).into_bytes();
    let fault = take(
        &app,
        Request { bytes: Arc::new(bytes), file_name: "many.csv".to_owned(), ..proposals("c20_html.xls") },
    )
    .await
    .unwrap_err();
    let is_expected =
        |fault: &Error| matches!(fault, Error::File(fault) if fault.name() == "too_much_memory");
    assert!(is_expected(&fault), "{fault:?}");
}

/// A workbook in which every row states the same long text as a day and as a decision. Its strings are shared,
/// so that the file is small.
fn book_of_long_cells(rows: usize, long: &str) -> Vec<u8> {
    let header = ["单位编码", "编号", "建议名称", "建议人", "提出日期", "措施", "审查结论"];
    let texts = header.into_iter().chain(["210211001", "改进", "王乙", "加装定位销", long]);
    let shared = texts.map(|text| format!("<si><t>{text}</t></si>")).collect::<Vec<_>>().concat();
    let cell = |text: usize| format!("<c t=\"s\"><v>{text}</v></c>");
    let row = |number: usize, cells: &[String]| format!("<row r=\"{number}\">{}</row>", cells.concat());
    let mut lines = vec![row(1, &(0..7).map(cell).collect::<Vec<_>>())];
    lines.extend((2..rows + 2).map(|line| {
        let number = format!("<c t=\"inlineStr\"><is><t>建{line}</t></is></c>");
        row(line, &[cell(7), number, cell(8), cell(9), cell(11), cell(10), cell(11)])
    }));
    let data = lines.concat();
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let relation = |id: &str, kind: &str, to: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{rels}/{kind}\" Target=\"{to}\"/>")
    };
    let relations = |of: String| format!("<Relationships xmlns=\"{package}\">{of}</Relationships>");
    let sheets = "<sheets><sheet name=\"台账\" sheetId=\"1\" r:id=\"r1\"/></sheets>";
    let parts = [
        ("_rels/.rels", relations(relation("r1", "officeDocument", "xl/workbook.xml"))),
        ("xl/workbook.xml", format!("<workbook xmlns=\"{main}\" xmlns:r=\"{rels}\">{sheets}</workbook>")),
        (
            "xl/_rels/workbook.xml.rels",
            relations(
                relation("r1", "worksheet", "worksheets/sheet1.xml")
                    + &relation("r2", "sharedStrings", "sharedStrings.xml"),
            ),
        ),
        ("xl/sharedStrings.xml", format!("<sst xmlns=\"{main}\">{shared}</sst>")),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{data}</sheetData></worksheet>"),
        ),
    ];
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Cells of 32,767 characters that are all wrong: the answer comes in seconds, and what it says of a cell is short.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_longest_cells_that_are_all_wrong_is_told_in_seconds() {
    let test = sqlite().await;
    // Without optimisation, beside other tests, it takes longer than a file may take.
    let limits = ReadingLimits { memory: 350 << 20, time: Duration::from_mins(4), at_once: 1 };
    let app = open(&test, &first_campaign()).await.with_reading_limits(limits);
    take(&app, request("roster.csv", "units")).await.unwrap();
    for (rows, length) in [(20_000, 32_767), (20_000, 2_000), (1_300, 32_767)] {
        let bytes = Arc::new(book_of_long_cells(rows, &"x".repeat(length)));
        let begun = std::time::Instant::now();
        let asked =
            Request { bytes, file_name: "a.xlsx".to_owned(), preview: true, ..proposals("roster.csv") };
        let answer = take(&app, asked).await;
        let took = begun.elapsed();
        assert!(took < Duration::from_mins(4), "{rows} rows: {took:?}");
        let report = match answer {
            Ok(report) => report,
            // All of it is more than one file may take.
            Err(Error::File(fault)) if rows * length > 100_000_000 => {
                assert_eq!(fault.name(), "too_much_text");
                println!("{rows} rows of cells of {length} characters: refused after {took:?}");
                continue;
            }
            Err(other) => panic!("{rows} rows: {other:?}"),
        };
        assert_eq!((report.rows, report.refused.len()), (rows, 2 * rows));
        let longest = report.refused.iter().map(|cell| cell.value.chars().count()).max().unwrap();
        assert!(longest <= 250, "{longest} characters are shown of a cell");
        let (size, groups) = (serde_json::to_string(&report).unwrap().len(), report.fault_groups().len());
        println!("{rows} rows of cells of {length} characters: {took:?}, a report of {size} bytes");
        assert!(size < 2_000 * rows, "{size} bytes");
        assert_eq!(groups, 2, "the same fault is told once with its rows");
    }
}
