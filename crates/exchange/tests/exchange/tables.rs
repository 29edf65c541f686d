//! Tables in one cell: read in all the ways that people write them, kept in
//! one, shown with words, and read back.

use campaign::definition::{DictionaryIdx, FieldKind, TableColumn};
use exchange::{money::AmountUnit, reading::read_value, register::written};
use jiff::civil::date;
use model::{problem::Problem, rows, value::Value};
use proptest::prelude::*;
use sheet::workbook::Cell;

use crate::support::{City, context, definition, field, label};

fn column(id: &str, kind: FieldKind, is_required: bool) -> TableColumn {
    TableColumn { id: id.to_owned(), label: label(id), kind, is_required, is_person: false }
}

/// Name, kind of unit, day, people, score, cost in 10,000 yuan, year, yes or no.
fn kind() -> FieldKind {
    let columns = vec![
        column("名称", FieldKind::Text { max: 6, lines: false }, true),
        column("类别", FieldKind::Code { dictionary: DictionaryIdx::new(0) }, false),
        column("日期", FieldKind::Date { future: false }, false),
        column("人数", FieldKind::Integer { min: 0, max: 500 }, false),
        column("评分", FieldKind::Decimal { min: 0.0, max: 10.0 }, false),
        column("费用", FieldKind::Money { fen_per_unit: 1_000_000 }, false),
        column("年度", FieldKind::Year { min: 2006, max: 2015 }, false),
        column("是否", FieldKind::Flag, false),
    ];
    FieldKind::Rows { columns, most: 3 }
}

fn read(text: &str) -> Result<Option<Value>, Problem> {
    let definition = definition();
    let read = read_value(
        &Cell::Text(text.to_owned()),
        &field("table", "表", kind()),
        &AmountUnit::Unstated,
        &context(&definition),
    );
    read.map(|(value, _)| value)
}

fn table(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn tables_are_kept_in_one_spelling() {
    for (found, expected) in [
        ("", None),
        ("无", None),
        ("｜｜\n｜", None),
        ("张三", Some("张三")),
        ("张三、李四", Some("张三\n李四")),
        (
            "甲|私营企业|2012年3月5日|12人|9.50|3.5|2012年|是",
            Some("甲｜170｜2012-03-05｜12｜9.5｜35000元｜2012｜1"),
        ),
        ("甲|国有企业；乙||2012.3.5;丙", Some("甲｜110\n乙｜｜2012-03-05\n丙")),
        ("甲\t110\t\t—\t无\r\n", Some("甲｜110")),
        ("甲｜｜｜｜｜5000元", Some("甲｜｜｜｜｜5000元")),
    ] {
        assert_eq!(read(found), Ok(expected.map(table)), "{found}");
    }
}

#[test]
fn a_fault_names_row_and_column() {
    for (found, row, title, kind) in [
        ("甲\n乙｜｜明天｜｜", 2, "日期", "not_date"),
        ("甲｜天知道", 1, "类别", "unknown_code"),
        ("甲\n\n一二三四五六七｜", 2, "名称", "too_long"),
        ("｜170", 1, "名称", "missing"),
        ("甲｜｜2031-01-01", 1, "日期", "future_date"),
    ] {
        let problem = read(found).unwrap_err();
        let Problem::InRow { row: at, column, inner } = problem else { panic!("{found}: {problem:?}") };
        assert_eq!((at, column.zh.as_str(), inner.name()), (row, title, kind), "{found}");
    }
    let kinds = |found: &str| read(found).unwrap_err().name();
    assert_eq!(kinds("甲｜｜｜｜｜｜｜是｜乙"), "cells_too_many");
    assert_eq!(kinds("甲、乙、丙、丁"), "rows_too_many");
    assert_eq!(kinds(&"甲".repeat(rows::LONGEST_TEXT + 1)), "too_long");
}

/// As the cell of a file has it.
fn shown(text: &str) -> String {
    let value = Value::Text(text.to_owned());
    written(&definition(), &field("table", "表", kind()), &value, &City).text()
}

#[test]
fn a_cell_shows_words() {
    assert_eq!(
        shown("甲｜170｜2012-03-05｜12｜9.5｜35000元｜2012｜1\n乙"),
        "甲｜私营企业｜2012-03-05｜12｜9.5｜3.5万元｜2012｜是\n乙"
    );
    assert_eq!(shown("本队由五人组成，队长张三。"), "本队由五人组成\n队长张三。", "what was a text before");
}

proptest! {
    #[test]
    fn what_is_kept_is_read_and_exported_without_change(
        rows in prop::collection::vec(
            ("[甲乙丙a、，(（)） '=-]{0,6}", 0..3_usize, 0..400_i64, 0..500_i64, 0..100_u8, 0..900_000_i64, any::<bool>()),
            0..4,
        )
    ) {
        let row = |(name, code, days, people, score, fen, flag): (String, usize, i64, i64, u8, i64, bool)| {
            let day = date(2012, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let cost = model::money::exact(fen, 1_000_000);
            [
                name,
                ["", "110", "170"][code].to_owned(),
                day.to_string(),
                people.to_string(),
                (f64::from(score) / 10.0).to_string(),
                cost,
                String::new(),
                if flag { "是" } else { "" }.to_owned(),
            ]
        };
        let typed = rows::text(rows.into_iter().map(row));
        if let Ok(Some(Value::Text(kept))) = read(&typed) {
            prop_assert_eq!(read(&kept), Ok(Some(table(&kept))));
            prop_assert_eq!(read(&shown(&kept)), Ok(Some(table(&kept))));
        }
    }
}
