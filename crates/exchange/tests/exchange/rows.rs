//! Whole rows: units from several places, years from titles, repetitions.

use campaign::{
    condition::{Comparison, Condition, Operand},
    definition::{FieldIdx, FieldKind, Form, FormKind, PersonFields, Rule},
};
use exchange::{
    reading::ReadContext,
    recognise::{Mapping, recognise},
    rows::read_rows,
    sections::divide,
    vocabulary::ClerkWords,
};
use model::ids::UnitId;

use crate::support::{context, definition, field, form, label, sheet, strings};

fn contest() -> Form {
    let text = || FieldKind::Text { max: 200, lines: false };
    let count = || FieldKind::Integer { min: 0, max: 1000 };
    let mut form = form(
        FormKind::Return,
        &[0, 1, 2],
        vec![
            field("unit", "*单位编码", FieldKind::Unit { name_columns: strings(&["单位名称"]) }),
            field("year", "*年度", FieldKind::Year { min: 2011, max: 2015 }),
            field("name", "*姓名", text()),
            field("id_number", "身份证号", FieldKind::IdNumber),
            field("all", "总数", count()),
            field("some", "其中", count()),
            field("helper", "帮扶单位编码", FieldKind::Unit { name_columns: strings(&["帮扶单位"]) }),
        ],
    );
    form.persons =
        vec![PersonFields { id_number: FieldIdx::new(3), name: FieldIdx::new(2), phone: None, warns: true }];
    form.rules = vec![Rule {
        that: Condition::Compare(
            Operand::Field(FieldIdx::new(5)),
            Comparison::AtMost,
            Operand::Field(FieldIdx::new(4)),
        ),
        at: FieldIdx::new(5),
        message: label("其中多于总数"),
        is_error: true,
        is_error_in_files: true,
    }];
    form
}

/// Each row as `number unit year: problems`, a problem as `column name`, warnings in brackets.
fn shown_with(text: &str, change: impl Fn(&mut ReadContext<'_>)) -> Vec<String> {
    let (definition, form, table) = (definition(), contest(), sheet(text));
    let mut context = context(&definition);
    change(&mut context);
    let recognised = recognise(&table, &form, &Mapping::default(), ClerkWords::standard()).unwrap();
    let division = divide(&table, &recognised, &form, &context);
    read_rows(&table, &recognised, &division, &form, &context)
        .map(|row| {
            let year = row.values[FieldIdx::new(1)].as_ref().and_then(model::value::Value::as_integer);
            let problems = row.problems.iter().map(|found| {
                let column = found.column.map_or("-".to_owned(), sheet::workbook::letter);
                let name = found.problem.name();
                if found.problem.is_error() {
                    format!(" {column} {name}")
                } else {
                    format!(" ({column} {name})")
                }
            });
            let unit = row.unit.map_or("-".to_owned(), |unit| unit.to_string());
            let year = year.map_or("-".to_owned(), |year| year.to_string());
            format!("{} {unit} {year}:{}", row.number, problems.collect::<String>())
        })
        .collect()
}

fn shown(text: &str) -> Vec<String> {
    shown_with(text, |_| ())
}

#[test]
fn units_come_from_several_places() {
    let text = "\
单位编码|单位名称|年度|姓名|身份证号
210210100|大连机床厂|2011|甲|210202198001010008
210210100|大连 机床厂|2011|乙|210202198001010008
210210100|大连船舶公司|2011|丙|210202198001010008
|大连船舶（集团）公司|2011|丁|210202198001010008
999999999|大连机床厂|2011|戊|210202198001010008
|第一分厂|2011|己|210202198001010008
||2011|庚|210202198001010008
大连机床厂||2011|辛|210202198001010008";
    let expected = [
        "2 0 2011:",
        "3 0 2011:",
        "4 0 2011: (B unit_name_differs)",
        "5 1 2011:",
        "6 - 2011: A unknown_unit",
        "7 - 2011: B ambiguous_unit",
        "8 - 2011: A missing",
        "9 0 2011:",
    ];
    assert_eq!(shown(text), expected);
}

#[test]
fn what_a_row_does_not_state_stands_above_or_is_given() {
    let rows = "姓名|身份证号\n甲|210202198001010008";
    let above = format!("2012年名册\n填报单位:大连船舶(集团)公司\n{rows}");
    let given = |context: &mut ReadContext<'_>| {
        context.default_unit = Some(UnitId(2));
        context.default_year = Some(2013);
    };
    assert_eq!(shown(&above), ["4 1 2012:"]);
    assert_eq!(shown_with(&above, given), ["4 2 2013:"]);
    assert_eq!(shown(rows), ["2 - -: - missing - missing"]);
    assert_eq!(shown(&format!("单位名称:某厂\n{rows}")), ["3 - -: - unknown_unit_above - missing"]);
    assert_eq!(shown(&format!("1999年\n{rows}")), ["3 - -: - missing - missing"]);
}

#[test]
fn a_helping_unit_has_no_default() {
    let rows = "单位编码|年度|姓名|帮扶单位编码|帮扶单位|身份证号\n210210100|2011|甲|||210202198001010008\n210210100|2011|乙||某厂|";
    let given = |context: &mut ReadContext<'_>| context.default_unit = Some(UnitId(2));
    assert_eq!(shown_with(rows, given), ["2 0 2011:", "3 0 2011: (F name_only) E unknown_unit"]);
}

#[test]
fn one_slip_is_told_once() {
    let text = "\
单位编码|年度|姓名|身份证号|总数|其中
210210100|2011|甲||3|2
210210100|2011|乙|1|3|4
210210100|2011|丙||x|4
210210100|2011|||3|-4";
    let expected = [
        "2 0 2011: (D name_only)",
        "3 0 2011: D id_number_shape F rule",
        "4 0 2011: (D name_only) E not_integer",
        "5 0 2011: C missing F negative",
    ];
    assert_eq!(shown(text), expected);
}

#[test]
fn a_fact_stands_in_a_file_once() {
    let text = "\
单位编码|年度|姓名|身份证号|总数
210210100|2011|甲|210202198001010008|x
210210100|2011|甲|210202198001010008|1
210210100|2011| 甲 |210202198001010008|2
210210101|2011|甲|210202198001010008|3
210210100|2012|甲|210202198001010008|4";
    let expected =
        ["2 0 2011: E not_integer", "3 0 2011:", "4 0 2011: C repeated_in_file", "5 1 2011:", "6 0 2012:"];
    assert_eq!(shown(text), expected);
}

#[test]
fn rows_keep_their_order_however_many_there_are() {
    // More than are read in one go: on several processors, block after block.
    const ROWS: usize = 9_000;
    // The last one is the first once more.
    let row = |row: usize| format!("210210100|2011|姓名{}|210202198001010008", row % (ROWS - 1));
    let lines = std::iter::once("单位编码|年度|姓名|身份证号".to_owned()).chain((0..ROWS).map(row));
    let text = lines.collect::<Vec<_>>().join("\n");
    let rows = shown(&text);
    let repeated = format!("{} 0 2011: C repeated_in_file", ROWS + 1);
    assert_eq!((rows.len(), rows.last()), (ROWS, Some(&repeated)));
    let expected = (0..ROWS - 1).map(|row| format!("{} 0 2011:", row + 2));
    assert!(rows[..ROWS - 1].iter().zip(expected).all(|(row, expected)| *row == expected));
}
