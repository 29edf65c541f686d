//! Which rows of a sheet are records, for whom, and which are left out.

use campaign::definition::{FieldIdx, FieldKind, Form, FormKind};
use exchange::{
    recognise::{Mapping, recognise},
    rows::read_rows,
    sections::divide,
    vocabulary::ClerkWords,
};
use model::value::Value;

use crate::support::{context, definition, field, form, sheet, strings};

fn ledger() -> Form {
    let text = || FieldKind::Text { max: 200, lines: false };
    form(
        FormKind::Register,
        &[1],
        vec![
            field("unit", "*单位编码", FieldKind::Unit { name_columns: strings(&["单位名称"]) }),
            field("number", "*编号", text()),
            field("title", "*建议名称", text()),
            field("proposed_on", "*提出日期", FieldKind::Date { future: false }),
            field("proposer", "建议人", text()),
            field("benefit", "年创效", FieldKind::Money { fen_per_unit: 100 }),
        ],
    )
}

/// Each record as `number unit fen`, a problem as its name; then each kind of rows that are left out.
fn shown(text: &str) -> Vec<String> {
    let (definition, form, table) = (definition(), ledger(), sheet(text));
    let context = context(&definition);
    let recognised = recognise(&table, &form, &Mapping::default(), ClerkWords::standard()).unwrap();
    let division = divide(&table, &recognised, &form, &context);
    let records = read_rows(&table, &recognised, &division, &form, &context).map(|row| {
        let unit = row.unit.map_or("-".to_owned(), |unit| unit.to_string());
        let fen = row.values[FieldIdx::new(5)].as_ref().and_then(Value::as_integer);
        let fen = fen.map_or(String::new(), |fen| format!(" {fen}"));
        let problems = row.problems.iter().map(|found| format!(" {}", found.problem.name()));
        format!("{} {unit}{fen}{}", row.number, problems.collect::<String>())
    });
    let left_out = division.left_out.iter().map(|(kind, rows)| format!("{kind:?} {rows:?}"));
    records.chain(left_out).collect()
}

const HEADER: &str = "编号|建议名称|提出日期|建议人|年创效";

fn check(text: &str, expected: &[&str]) {
    assert_eq!(shown(text), expected, "{text}");
}

#[test]
fn each_row_is_its_own_units() {
    let row = |number: u32| format!("{number}|夹具|2011-05-03|王|1");
    // With and without the header again, with a blank line, with the value in the next cell,
    // by code, by the bare name.
    for line in [
        "填报单位：大连船舶（集团）公司".to_owned(),
        format!("填报单位：大连船舶(集团)公司\n{HEADER}"),
        format!("\n合理化建议台账\n填报单位:|大连船舶(集团)公司\n{HEADER}"),
        "填报单位|大连船舶(集团)公司".to_owned(),
        "单位编码：210210101".to_owned(),
        "大连船舶（集团）公司".to_owned(),
        "大连船舶(集团)公司：".to_owned(),
    ] {
        let text = format!("填报单位：大连机床厂\n{HEADER}\n{}\n{line}\n{}\n{}", row(1), row(2), row(3));
        let units: Vec<String> = shown(&text);
        let units: Vec<&str> = units.iter().filter_map(|row| row.split(' ').nth(1)).take(3).collect();
        assert_eq!(units, ["0", "1", "1"], "{text}");
    }
}

#[test]
fn a_unit_that_is_not_on_the_roster_is_told_with_its_cell() {
    let text = format!(
        "填报单位：大连机床厂\n{HEADER}\n1|夹具|2011-05-03|王|1\n填报单位：某厂\n2|夹具|2011-05-03|王|1"
    );
    check(&text, &["3 0 100", "5 - 100 unknown_unit_above", "UnitLine [4]"]);
}

#[test]
fn each_block_has_its_own_unit_of_money() {
    let text = format!(
        "填报单位：大连机床厂|金额单位：万元\n{HEADER}\n1|夹具|2011-05-03|王|1\n填报单位：大连船舶(集团)公司|金额单位：元\n{HEADER}\n2|夹具|2011-05-03|王|1"
    );
    check(&text, &["3 0 1000000", "6 1 100", "UnitLine [4]", "Repeated [5]"]);
}

#[test]
fn units_of_money_are_understood_wherever_they_are() {
    let row = "1|夹具|2011-05-03|王|5.2";
    for (text, expected) in [
        (format!("填报单位：大连机床厂\n{HEADER}\n{row}"), "520"),
        (format!("填报单位：大连机床厂\n{HEADER}（万元/年）\n{row}"), "5200000"),
        (format!("填报单位：大连机床厂\n{HEADER}\n||年月日||万元\n{row}"), "5200000"),
        (format!("填报单位：大连机床厂\n{HEADER}\n||||（千元）\n{row}"), "520000"),
        (format!("填报单位：大连机床厂\n单位：人、件、万元\n{HEADER}\n{row}"), "5200000"),
        (format!("填报单位：大连机床厂\n{HEADER}\n{row}\n注：金额单位为万元。"), "5200000"),
        (format!("填报单位：大连机床厂\n{HEADER}|计量单位\n{row}|万元"), "5200000"),
        (format!("填报单位：大连机床厂\n{HEADER}|计量单位\n{row}|件"), "520"),
        (format!("填报单位：大连机床厂\n{HEADER}（元）|计量单位\n{row}|万元"), "money_unit"),
        (format!("填报单位：大连机床厂\n{HEADER}\n{row}\n注：产值按万元填报"), "money_unit"),
        (format!("填报单位：大连万达集团\n单位编码:210210100\n{HEADER}\n{row}"), "520"),
    ] {
        let rows = shown(&text);
        let row = rows.iter().find(|row| row.contains(" 0 ")).expect("the record");
        assert_eq!(row.split(' ').nth(2), Some(expected), "{text}");
    }
}

#[test]
fn totals_notes_and_signatures_are_left_out() {
    let text = format!(
        "2011年合理化建议台账
填报单位：大连机床厂
{HEADER}
1|夹具|2011-05-03|王|1
甘井子区小计||||1
本月合计|1
5月份小计：|1
合计1件
|小计|1
||合  计|1
其中：采纳|1
平均||||1
2|夹具|2011-05-03|王|1
（续表）
2011年合理化建议台账
{HEADER}
3|夹具|2011-05-03|王|1
第1页，共2页
注：1.本表一式三份。
2.本表由基层工会填报，每季末5日前报送。
   3、统计范围为全体会员
填表人：王芳||审核人：李明
报出日期：2011年12月31日
大连机床厂工会委员会
2011年12月31日"
    );
    check(
        &text,
        &[
            "4 0 100",
            "13 0 100",
            "17 0 100",
            "Total [5, 6, 7, 8, 9, 10, 11, 12]",
            "Repeated [14, 15, 16, 18]",
            "Note [19, 20, 21, 22, 23, 24, 25]",
        ],
    );
}

#[test]
fn notes_of_several_lines_are_left_out() {
    let text = format!(
        "填报单位：大连机床厂\n{HEADER}\n1|夹具|2011-05-03|王|1\n填表说明：\n编号按本单位顺序编\n审查结论填采纳、不采纳\n（此表一式两份）"
    );
    check(&text, &["3 0 100", "Note [4, 5, 6, 7]"]);
}

#[test]
fn records_that_read_like_totals_are_records() {
    let header = "建议名称|单位编码|编号|提出日期|建议人|年创效";
    let titles = [
        "累计",
        "合计",
        "小计(自动)功能",
        "注：改进夹具",
        "其中:一条",
        "第1页打印改进",
        "说明书改版",
        "合计划线工装",
        "月报小计",
        "填表人",
        "单位：万元",
    ];
    let rows = titles.iter().enumerate().map(|(n, title)| format!("{title}|210210100|{n}|2011-05-03|王|1"));
    let text = format!("{header}\n{}", rows.collect::<Vec<_>>().join("\n"));
    let expected: Vec<String> = (0..titles.len()).map(|n| format!("{} 0 100", n + 2)).collect();
    assert_eq!(shown(&text), expected);
}

#[test]
fn a_record_that_lacks_something_is_not_left_out() {
    let text = format!(
        "填报单位：大连机床厂\n{HEADER}\n1|夹具|2011-05-03|王|1\n2|合计||王|1\n3||||\n|改进夹具\n|小计功能|2011-05-03|李|\n4|夹具|2011-05-03|王|1"
    );
    let expected = [
        "3 0 100",
        "4 0 100 missing",
        "5 0 missing missing",
        "6 0 missing missing",
        "7 0 missing",
        "8 0 100",
    ];
    check(&text, &expected);
}

#[test]
fn another_table_below_is_not_read_by_the_columns_above() {
    let text = format!(
        "填报单位：大连机床厂\n{HEADER}\n1|夹具|2011-05-03|王|1\n建议名称|编号|建议人|提出日期|年创效\n夹具|2|王|2011-05-03|1"
    );
    check(&text, &["3 0 100", "OtherTable [4, 5]"]);
}
