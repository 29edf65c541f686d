//! A register as a file: what Excel finds in it, and what we read back.

use std::io::{Cursor, Read};

use campaign::definition::{Definition, DictionaryIdx, FieldIdx, FieldKind, Form, FormKind, Values};
use exchange::{
    fault::FileFault,
    recognise::{Mapping, Target, recognise},
    register::{FileRecord, Layout, Mark, ORIGIN_SHEET, Origin, Plain, Prompt, SheetTexts, XlsxWriter},
    rows::read_rows,
    sections::divide,
    vocabulary::ClerkWords,
};
use jiff::civil::date;
use model::{
    ids::{RecordId, UnitId},
    value::Value,
};
use sheet::workbook::{Limits, read, sheets};

use crate::support::{City, context, definition, field, form};

fn numbered() -> Definition {
    let mut definition = definition();
    for (number, dictionary) in definition.dictionaries.iter_mut().enumerate() {
        dictionary.id = format!("list-{number}");
    }
    definition
}

fn every_kind() -> Form {
    let fields = vec![
        field("unit", "*单位编码", FieldKind::Unit { name_columns: vec!["单位名称".to_owned()] }),
        field("number", "*编号", FieldKind::Text { max: 60, lines: false }),
        field("content", "内容", FieldKind::Text { max: 4000, lines: true }),
        field("people", "人数", FieldKind::Integer { min: 0, max: 1000 }),
        field("score", "评分", FieldKind::Decimal { min: f64::NEG_INFINITY, max: f64::INFINITY }),
        field("cost", "投入", FieldKind::Money { fen_per_unit: 1_000_000 }),
        field("saved", "节约金额(元)", FieldKind::Money { fen_per_unit: 100 }),
        field("on", "*日期", FieldKind::Date { future: false }),
        field("due", "期限", FieldKind::Date { future: true }),
        field("year", "年度", FieldKind::Year { min: 1990, max: 2100 }),
        field("tech", "技术类", FieldKind::Flag),
        field("decision", "审查结论", FieldKind::Code { dictionary: DictionaryIdx::new(2) }),
        field("industry", "行业", FieldKind::Code { dictionary: DictionaryIdx::new(1) }),
        field("id_number", "身份证号", FieldKind::IdNumber),
        field("phone", "电话", FieldKind::Phone),
    ];
    form(FormKind::Register, &[1], fields)
}

fn values(number: usize) -> Values {
    let values = vec![
        Some(Value::Unit(UnitId(0))),
        Some(Value::Text(format!("={number}"))),
        Some(Value::Text("第一行\n_x0041_<&>".to_owned())),
        Some(Value::Integer(0)),
        Some(Value::Decimal(0.123_456_789_012_345_68)),
        Some(Value::Integer(1_234_567)),
        Some(Value::Integer(1_234_567_890_123_456_789)),
        Some(Value::Date(date(1900, 1, 2))),
        None,
        Some(Value::Integer(2012)),
        Some(Value::Flag(false)),
        // Its label reads like "nothing".
        Some(Value::Code("none".to_owned())),
        Some(Value::Code("999".to_owned())),
        Some(Value::Text("210202198001010008".to_owned())),
        Some(Value::Text("13812345678".to_owned())),
    ];
    values.into()
}

fn face(form: &Form) -> SheetTexts {
    let prompt = |title: &str| Prompt {
        title: title.to_owned(),
        input: "填写说明".repeat(100),
        error: "请改正".to_owned(),
    };
    SheetTexts {
        title: "大连机床厂合理化建议".to_owned(),
        unit: "填报单位：大连机床厂".to_owned(),
        line: "填报单位：大连机床厂    单位编码：210210100    共 2 条    2014年3月1日".to_owned(),
        sheet: "合理化建议".to_owned(),
        footer: "&L填表人：".to_owned(),
        prompts: form.fields.iter().map(|field| prompt(&field.label.zh)).collect(),
    }
}

fn origin(rows: usize) -> Origin {
    Origin {
        definition: "abc".to_owned(),
        form: "proposal".to_owned(),
        unit: "210210100".to_owned(),
        made: "2014年3月1日 12:00".to_owned(),
        rows,
        which: "全部记录".to_owned(),
    }
}

fn mark(number: i64) -> Mark {
    Mark { id: RecordId(203_987_234_987_234_000 + number), version: 2 }
}

fn workbook(
    definition: &Definition,
    form: &Form,
    rows: usize,
    sheet_rows: u32,
) -> Result<Vec<u8>, FileFault> {
    let layout = Layout::with_marks(definition, form);
    let mut book = XlsxWriter::new(&layout, face(form), true)?.with_rows_per_sheet(sheet_rows);
    for number in 0..rows {
        let values = values(number);
        let mark = mark(i64::try_from(number).unwrap());
        book.write_row(&FileRecord { values: &values, mark }, &City)?;
    }
    let mut bytes = Cursor::new(Vec::new());
    book.save(&origin(rows), &mut bytes)?;
    Ok(bytes.into_inner())
}

fn csv(definition: &Definition, form: &Form, rows: usize) -> Vec<u8> {
    let layout = Layout::with_marks(definition, form);
    let mut plain = Plain::new(&layout, &face(form), &origin(rows), Vec::new()).unwrap();
    for number in 0..rows {
        let values = values(number);
        let mark = mark(i64::try_from(number).unwrap());
        plain.write_row(&FileRecord { values: &values, mark }, &City).unwrap();
    }
    plain.finish().unwrap()
}

/// Every part of a package, as text.
fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn what_was_written_is_read_back() {
    let (definition, form) = (numbered(), every_kind());
    let limits = Limits::default();
    let files =
        [("a.xlsx", workbook(&definition, &form, 2, 1_000).unwrap()), ("a.csv", csv(&definition, &form, 2))];
    for (name, bytes) in files {
        let table = read(name, &bytes, None, &limits).unwrap();
        assert_eq!(Origin::read(name, &bytes, &table, &limits).unwrap(), Some(origin(2)), "{name}");
        let recognised = recognise(&table, &form, &Mapping::default(), ClerkWords::standard()).unwrap();
        assert_eq!(recognised.unknown().count(), 0, "{name}: {:?}", recognised.columns);
        assert_eq!(recognised.missing, []);
        assert_eq!(recognised.columns.last().unwrap().target, Target::Record);
        assert_eq!((recognised.header_row, recognised.year_in_title), (3, None), "{name}");
        assert_eq!(recognised.unit_line.as_ref().map(|unit| unit.text.as_str()), Some("210210100"));
        let context = context(&definition);
        let rows: Vec<_> =
            read_rows(&table, &recognised, &divide(&table, &recognised, &form, &context), &form, &context)
                .collect();
        assert_eq!(rows.len(), 2);
        for (number, row) in rows.iter().enumerate() {
            let mut expected = values(number);
            expected[FieldIdx::new(13)] = Some(Value::Text("210202********0008".to_owned()));
            expected[FieldIdx::new(14)] = Some(Value::Text("138******78".to_owned()));
            assert_eq!(row.problems, [], "{name}");
            assert_eq!(row.values, expected, "{name}");
            assert_eq!(row.masked, [13, 14].map(FieldIdx::new));
            assert_eq!(row.mark, Some(mark(i64::try_from(number).unwrap())));
        }
    }
}

#[test]
fn the_sheet_itself_says_what_it_takes() {
    let (definition, form) = (numbered(), every_kind());
    let bytes = workbook(&definition, &form, 1, 1_000).unwrap();
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    let checks: Vec<&str> = sheet.split("<dataValidation ").skip(1).collect();
    for (column, kind, says) in [
        ("C", "type=\"textLength\"", "<formula1>60</formula1>"),
        ("D", "type=\"textLength\"", "<formula1>4000</formula1>"),
        ("E", "type=\"whole\"", "<formula1>0</formula1><formula2>1000</formula2>"),
        ("F", "type=\"decimal\"", ""),
        ("G", "type=\"decimal\"", "<formula1>0</formula1>"),
        ("I", "type=\"date\"", "TODAY()"),
        ("J", "type=\"date\"", "DATE(2200,12,31)"),
        ("K", "type=\"whole\"", "<formula1>1990</formula1><formula2>2100</formula2>"),
        ("L", "type=\"list\"", "是,否"),
        ("M", "type=\"list\"", "<formula1>list_list_2</formula1>"),
        ("N", "type=\"list\"", "<formula1>list_list_1</formula1>"),
        ("O", "type=\"textLength\"", "<formula1>15</formula1><formula2>18</formula2>"),
    ] {
        let range = format!("sqref=\"{column}4:{column}1048576\"");
        let check = checks.iter().find(|check| check.contains(&range));
        let check = check.unwrap_or_else(|| panic!("{column}: {sheet}"));
        assert!(check.contains(kind) && check.contains(says), "{column}: {check}");
        assert!(check.contains("error=\"请改正\"") && check.contains("prompt=\"填写说明"), "{check}");
    }
    assert!(checks.iter().any(|check| check.contains("errorStyle=\"warning\"")), "an open list takes more");
    for (says, why) in [
        ("paperSize=\"9\"", "A4"),
        ("orientation=\"landscape\"", "across"),
        ("state=\"frozen\"", "the header stays in view"),
        ("hidden=\"1\"", "marks are hidden"),
        ("<oddFooter>", "a line for signatures"),
    ] {
        assert!(sheet.contains(says), "{why}");
    }
    let book = part(&bytes, "xl/workbook.xml");
    assert!(book.contains("list_list_2") && book.contains("$D$2:$D$4"), "{book}");
    assert!(book.contains("_xlnm.Print_Titles") && book.contains("$1:$3"), "{book}");
    assert!(book.contains("state=\"veryHidden\""), "{book}");
    let visible: Vec<bool> =
        sheets("a.xlsx", &bytes, &Limits::default()).unwrap().iter().map(|sheet| sheet.visible).collect();
    assert_eq!(visible, [true, false]);
    let lists = read("a.xlsx", &bytes, Some(ORIGIN_SHEET), &Limits::default()).unwrap();
    let labels: Vec<String> = lists.rows.iter().map(|row| row.cell(4).text()).collect();
    assert_eq!(labels[..5], ["审查结论", "采纳", "部分采纳", "不采纳", "无"]);
}

#[test]
fn more_rows_than_a_sheet_holds_go_on_to_the_next() {
    let (definition, form) = (numbered(), every_kind());
    let bytes = workbook(&definition, &form, 5, 5).unwrap();
    let limits = Limits::default();
    let names: Vec<String> = sheets("a.xlsx", &bytes, &limits)
        .unwrap()
        .into_iter()
        .filter(|sheet| sheet.visible)
        .map(|sheet| sheet.name)
        .collect();
    assert_eq!(names, ["合理化建议", "合理化建议（2）", "合理化建议（3）"]);
    let rows: Vec<usize> =
        names.iter().map(|name| read("a.xlsx", &bytes, Some(name), &limits).unwrap().rows.len()).collect();
    assert_eq!(rows, [5, 5, 4], "each with title, line and header");
}

#[test]
fn people_behind_the_same_mask_are_two() {
    let definition = numbered();
    let fields = vec![
        field("unit", "*单位编码", FieldKind::Unit { name_columns: vec![] }),
        field("name", "*姓名", FieldKind::Text { max: 60, lines: false }),
        field("id_number", "身份证号", FieldKind::IdNumber),
    ];
    let form = form(FormKind::Register, &[1, 2], fields);
    let text = "单位编码,姓名,身份证号,系统记录号\n\
                210210100,李明,210202********0008,R1v1\n\
                210210100,李明,210202********0008,R2v1\n\
                210210100,李明,,R3v1\n\
                210210100,李明,,R4v1\n\
                210210100,王红,,坏的\n";
    let table = read("a.csv", text.as_bytes(), None, &Limits::default()).unwrap();
    let recognised = recognise(&table, &form, &Mapping::default(), ClerkWords::standard()).unwrap();
    let context = context(&definition);
    let refused: Vec<Vec<&str>> =
        read_rows(&table, &recognised, &divide(&table, &recognised, &form, &context), &form, &context)
            .map(|row| {
                let errors = row.problems.iter().filter(|found| found.problem.is_error());
                errors.map(|found| found.problem.name()).collect()
            })
            .collect();
    assert_eq!(refused, [vec![], vec![], vec![], vec!["repeated_in_file"], vec!["record_mark"]]);
}
