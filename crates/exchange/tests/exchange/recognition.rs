//! Headers as they are written in real files.

use campaign::definition::{FieldIdx, FieldKind, Form, FormKind};
use exchange::{
    fault::FileFault,
    money::AmountUnit,
    normalise::header_key,
    recognise::{Mapping, Target, guess_form, recognise},
    sections::divide,
    vocabulary::ClerkWords,
};
use sheet::workbook::Table;

use crate::support::{context, definition, field, form, sheet, strings};

fn ledger() -> Form {
    let text = || FieldKind::Text { max: 200, lines: false };
    let count = || FieldKind::Integer { min: 0, max: 1000 };
    form(
        FormKind::Register,
        &[1],
        vec![
            field(
                "unit",
                "*单位编码|统计编码",
                FieldKind::Unit { name_columns: strings(&["单位名称", "单位"]) },
            ),
            field("number", "*编号|建议编号", text()),
            field("proposed_on", "提出日期|提出时间", FieldKind::Date { future: false }),
            field("workers", "平均职工(人)", count()),
            field("benefit", "年节约或创造价值|年创效", FieldKind::Money { fen_per_unit: 100 }),
            field("made", "未逐条登记建议:提出", count()),
            field("adopted", "未逐条登记建议:采纳", count()),
        ],
    )
}

/// The header's row, then for each titled column its letter and what it holds.
fn shown(table: &Table) -> String {
    shown_with(table, &Mapping::default())
}

fn shown_with(table: &Table, mapping: &Mapping) -> String {
    let form = ledger();
    let found = match recognise(table, &form, mapping, ClerkWords::standard()) {
        Ok(found) => found,
        Err(fault) => return format!("!{}", fault.name()),
    };
    let columns = found.columns.iter().map(|column| {
        let target = match column.target {
            Target::Field(field) => form.fields[field].id.clone(),
            Target::UnitName(_) => "unit name".to_owned(),
            Target::Record => "record".to_owned(),
            Target::Ignored => "ignored".to_owned(),
            Target::Unknown => "?".to_owned(),
        };
        let scale = match &column.unit {
            AmountUnit::Unstated => String::new(),
            AmountUnit::Fen(fen) | AmountUnit::Chosen(fen) => format!("×{fen}"),
            AmountUnit::Unclear(_) => "×?".to_owned(),
        };
        format!(" {}={target}{scale}", column.letter)
    });
    format!("{}:{}", found.header_row, columns.collect::<String>())
}

#[test]
fn headers() {
    let cases = [
        ("单位编码|单位名称|编号|提出日期", "1: A=unit B=unit name C=number D=proposed_on"),
        ("台账\n单位编码|编号", "2: A=unit B=number"),
        ("台账\n填报单位:大连机床厂\n\n\n编号|提出日期", "5: A=number B=proposed_on"),
        (" 单 位\u{3000}编码 |*编号|（3）提出时间", "1: A=unit B=number C=proposed_on"),
        ("统计编码|建议编号|提出时间", "1: A=unit B=number C=proposed_on"),
        ("序号|编号|提出日期|备注", "1: A=ignored B=number C=proposed_on D=ignored"),
        ("序号|编号|提出日期|颜色", "1: A=ignored B=number C=proposed_on D=?"),
        ("编号|提出日期|编号", "1: A=number B=proposed_on C=?"),
        ("编号(必填)|提出日期(年月日)|平均职工", "1: A=number B=proposed_on C=workers"),
        ("编号|平均职工(名)", "1: A=number B=workers"),
        ("编号|年创效(万元)", "1: A=number B=benefit×1000000"),
        ("编号|年创效（元）", "1: A=number B=benefit×100"),
        ("编号|年创效万元", "1: A=number B=benefit×1000000"),
        ("编号|年节约或创造价值【单位：千元】", "1: A=number B=benefit×100000"),
        ("编号|年创效", "1: A=number B=benefit"),
        ("编号|年创效(万元/年)", "1: A=number B=benefit×1000000"),
        ("编号|年创效（税后万元）", "1: A=number B=benefit×1000000"),
        ("编号|年创效(元或万元)", "1: A=number B=benefit×?"),
        ("编号|年创效\n|万元", "1: A=number B=benefit×1000000"),
        ("编号|提出日期|年创效(元)\n|年月日|万元", "1: A=number B=proposed_on C=benefit×?"),
        ("编号|年创效\n1|52000", "1: A=number B=benefit"),
        ("编号|平均职工(万人)", "1: A=number B=workers×?"),
        ("编号|平均职工\n|千人", "1: A=number B=workers×?"),
        ("编号|未逐条登记建议|\n|提出|采纳", "2: A=number B=made C=adopted"),
        (
            "编号|提出日期|未逐条登记建议||平均职工\n||提出|采纳|",
            "2: A=number B=proposed_on C=made D=adopted E=workers",
        ),
        ("编号|未逐条登记建议—提出|未逐条登记建议 采纳", "1: A=number B=made C=adopted"),
        ("number|proposed_on", "1: A=number B=proposed_on"),
        ("编号 in English|提出日期 In English", "1: A=number B=proposed_on"),
        ("甲|乙\n1|2", "!no_header"),
        ("2011年情况表\n填报单位:某厂\n项目|数量\n职工人数|1200\n提出件数|300\n采纳件数|120", "!vertical"),
        ("1|职工人数|人|1200\n2|提出件数|件|300\n3|采纳件数|件|120", "!vertical"),
        ("编号", "!no_header"),
        ("", "!no_header"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(&sheet(text)), expected, "{text}");
    }
}

#[test]
fn what_was_decided_by_hand_goes_first() {
    let table = sheet("单位编码|代号|颜色|编号");
    let mapping = [("代 号", "number"), ("颜色", "")];
    let mapping = mapping.map(|(title, field)| (header_key(title), field.to_owned()));
    let mapping = Mapping { chosen: mapping.into_iter().collect(), ..Mapping::default() };
    assert_eq!(shown_with(&table, &mapping), "1: A=unit B=number C=ignored D=?");
}

#[test]
fn what_was_decided_for_another_file_goes_before_guesses_only() {
    for (text, title, field, expected) in [
        ("单位编码|代号", "代 号", "number", "1: A=unit B=number"),
        ("单位编码|编号", "编号", "proposed_on", "1: A=unit B=number"),
        ("单位编码|编号", "编号", "", "1: A=unit B=number"),
        ("单位编码|编号|提出日期(年月日)", "提出日期(年月日)", "", "1: A=unit B=number C=proposed_on"),
        ("单位编码|编号|《提出日期》", "《提出日期》", "", "1: A=unit B=number C=ignored"),
        // Another column has the field by its name.
        ("单位编码|编号|代号", "代号", "number", "1: A=unit B=number C=?"),
        // A field that the form does not have any more.
        ("单位编码|编号|代号", "代号", "gone", "1: A=unit B=number C=?"),
    ] {
        let remembered = [(header_key(title), field.to_owned())].into_iter().collect();
        let mapping = Mapping { remembered, ..Mapping::default() };
        assert_eq!(shown_with(&sheet(text), &mapping), expected, "{text}: {title}={field}");
    }
}

#[test]
fn a_unit_of_money_that_was_chosen_goes_first() {
    for (text, expected) in [
        ("编号|年创效", "1: A=number B=benefit×100000"),
        ("编号|年创效(元或万元)", "1: A=number B=benefit×100000"),
        ("编号|年创效\n|万元", "1: A=number B=benefit×100000"),
    ] {
        let title = text.lines().next().and_then(|line| line.split('|').nth(1)).unwrap();
        let money = [(title.to_owned(), "千元".to_owned())].into_iter().collect();
        let mapping = Mapping { money, ..Mapping::default() };
        assert_eq!(shown_with(&sheet(text), &mapping), expected, "{text}");
    }
}

#[test]
fn what_stands_above_the_header_is_not_missing() {
    let form = ledger();
    let missing = |text: &str| {
        let found = recognise(&sheet(text), &form, &Mapping::default(), ClerkWords::standard()).unwrap();
        found.missing.iter().map(|field| field.number()).collect::<Vec<_>>()
    };
    assert_eq!(missing("编号|提出日期"), [0]);
    assert_eq!(missing("单位名称|编号"), [] as [usize; 0]);
    assert_eq!(missing("填报单位:大连机床厂\n编号|提出日期"), [] as [usize; 0]);
    let found =
        recognise(&sheet("提出日期|平均职工"), &form, &Mapping::default(), ClerkWords::standard()).unwrap();
    let fault = FileFault::MissingColumns { columns: strings(&["编号"]) };
    assert_eq!(found.require_columns(&form, &[FieldIdx::FIRST]), Err(fault));
}

#[test]
fn a_file_without_header_is_told_what_was_looked_for() {
    let fault = recognise(&sheet("1|2"), &ledger(), &Mapping::default(), ClerkWords::standard()).unwrap_err();
    let expected =
        "单位编码、编号、提出日期、平均职工(人)、年节约或创造价值、未逐条登记建议:提出、未逐条登记建议:采纳";
    assert_eq!(fault.args(), [expected]);
}

#[test]
fn only_facts_are_rows() {
    let text = "\
2011年台账
填报单位:大连机床厂
序号|编号|提出日期|平均职工
甲|1|2|3
1|A-1|2011-1-1|3

2|A-2|2011-1-2|4
序号|编 号|提出日期|平均职工
3|||
合  计||2|7
4|A-4|2011-1-3|
注：以上属实
填表人:赵芳    审核人:马国桂";
    let table = sheet(text);
    let found = recognise(&table, &ledger(), &Mapping::default(), ClerkWords::standard()).unwrap();
    let definition = definition();
    let division = divide(&table, &found, &ledger(), &context(&definition));
    let left_out: Vec<u32> = division.left_out.values().flatten().copied().collect();
    let rows = table.rows[found.data.clone()].iter().map(|row| row.number);
    assert_eq!(rows.filter(|number| !left_out.contains(number)).collect::<Vec<_>>(), [5, 7, 11]);
    let unit = found.unit_line.map(|unit| (unit.text, unit.cell));
    assert_eq!(unit, Some(("大连机床厂".to_owned(), "A2".to_owned())));
    assert_eq!(found.year_in_title, Some(2011));
}

#[test]
fn forms_are_ranked() {
    let other = form(
        FormKind::Register,
        &[1],
        vec![
            field("unit", "*单位编码", FieldKind::Unit { name_columns: vec![] }),
            field("name", "*姓名", FieldKind::Text { max: 20, lines: false }),
        ],
    );
    let forms = vec![other, ledger()].into();
    let ranked = |text: &str| {
        let guesses = guess_form("x.xlsx", &sheet(text), &forms, ClerkWords::standard());
        guesses.iter().map(|guess| guess.form.number()).collect::<Vec<_>>()
    };
    assert_eq!(ranked("单位编码|姓名|编号"), [0, 1]);
    assert_eq!(ranked("单位编码|编号|提出日期"), [1]);
    assert_eq!(ranked("甲|乙"), [] as [usize; 0]);
}
