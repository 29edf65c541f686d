//! One cell after the other, in all the ways that clerks write.

use campaign::{
    definition::{DictionaryIdx, FieldKind, FormIdx},
    kinds::{ReferenceKind, ReferenceScope},
};
use exchange::{money::AmountUnit, reading::read_value};
use jiff::civil::date;
use sheet::workbook::Cell;

use crate::support::{context, definition, field};

/// Reads a cell and tells the value, a dash for none, or the problem's name, as text.
pub(crate) fn shown(cell: &Cell, kind: &FieldKind, scale: Option<i64>) -> String {
    let definition = definition();
    let field = field("field", "列", kind.clone());
    let unit = scale.map_or(AmountUnit::Unstated, AmountUnit::Fen);
    match read_value(cell, &field, &unit, &context(&definition)) {
        Ok((None, _)) => "-".to_owned(),
        Ok((Some(value), warnings)) => {
            let value = format!("{value:?}");
            let inner = value.split_once('(').map_or(value.as_str(), |(_, inner)| inner);
            let inner = inner
                .strip_suffix(')')
                .unwrap_or(inner)
                .replace('"', "")
                .replace("UnitId(", "")
                .replace(')', "");
            warnings.iter().fold(inner, |text, warning| format!("{text} !{}", warning.name()))
        }
        Err(problem) => format!("!{}", problem.name()),
    }
}

pub(crate) fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// Checks texts against what they read as.
fn check(kind: &FieldKind, cases: &[(&str, &str)]) {
    for (written, expected) in cases {
        assert_eq!(shown(&text(written), kind, None), *expected, "{written:?} as {kind:?}");
    }
}

/// Checks cells that are not text.
fn check_cells(kind: &FieldKind, cases: &[(Cell, &str)]) {
    for (cell, expected) in cases {
        assert_eq!(shown(cell, kind, None), *expected, "{cell:?} as {kind:?}");
    }
}

const DATE: FieldKind = FieldKind::Date { future: false };
const COUNT: FieldKind = FieldKind::Integer { min: 0, max: i64::MAX };

#[test]
fn references_are_read_as_they_are_called() {
    let to = ReferenceKind {
        form: FormIdx::new(0),
        also: [None; 3],
        scope: ReferenceScope::Region,
        must_be_linked: true,
        same_year: false,
    };
    let kind = FieldKind::Reference { to };
    check(
        &kind,
        &[
            ("210202001-2012-0001", "210202001-2012-0001"),
            (" 全市车工大赛 ", "全市车工大赛"),
            ("-", "-"),
            ("无", "-"),
            (&"长".repeat(201), "!too_long"),
            ("1E+05", "!digits_lost"),
        ],
    );
    check_cells(&kind, &[(Cell::Date(date(2012, 3, 1)), "!date_in_text"), (Cell::Number(17.0), "17")]);
}

#[test]
fn dates() {
    check(
        &DATE,
        &[
            ("2011年8月1日", "2011-08-01"),
            ("2011年08月01日", "2011-08-01"),
            ("2011 年 8 月 1 日", "2011-08-01"),
            ("2011年8月1号", "2011-08-01"),
            ("2011年8月1", "2011-08-01"),
            ("2011.8.1", "2011-08-01"),
            ("2011．8．1", "2011-08-01"),
            ("2011.08.01.", "2011-08-01"),
            ("2011/8/1", "2011-08-01"),
            ("2011-08-01", "2011-08-01"),
            ("2011-8-1", "2011-08-01"),
            ("2011—8—1", "2011-08-01"),
            ("2011、8、1", "2011-08-01"),
            ("2011 8 1", "2011-08-01"),
            ("20110801", "2011-08-01"),
            (" 20110801 ", "2011-08-01"),
            ("２０１１年８月１日", "2011-08-01"),
            ("２０１１-０８-０１", "2011-08-01"),
            ("\u{3000}2011-08-01\u{3000}", "2011-08-01"),
            ("'2011-08-01", "2011-08-01"),
            ("2011-08-01 00:00:00", "2011-08-01"),
            ("2011-08-01T10:30:00", "2011-08-01"),
            ("2011/8/1 9:05", "2011-08-01"),
            ("2011年8月1日 10时30分", "2011-08-01"),
            ("2011年8月1日上午9:00", "2011-08-01"),
            ("2011年8月1日星期一", "2011-08-01"),
            ("2011-08-01(周一)", "2011-08-01"),
            ("二〇一一年八月一日", "2011-08-01"),
            ("二○一一年十二月三十一日", "2011-12-31"),
            ("二零一二年二月二十九日", "2012-02-29"),
            ("40756", "2011-08-01"),
            ("-", "-"),
            ("—", "-"),
            ("——", "-"),
            ("/", "-"),
            ("无", "-"),
            ("空", "-"),
            ("　", "-"),
            ("2011年2月30日", "!impossible_date"),
            ("20110230", "!impossible_date"),
            ("2011-13-01", "!impossible_date"),
            ("2011.0.1", "!impossible_date"),
            ("11.8.1", "!not_date"),
            ("11年8月1日", "!not_date"),
            ("2011年8月", "!not_date"),
            ("2011.8", "!not_date"),
            ("201108", "!not_date"),
            ("2011", "!not_date"),
            ("2011年", "!not_date"),
            ("8/1/2011", "!not_date"),
            ("8月1日", "!not_date"),
            ("年底", "!not_date"),
            ("约2011年8月1日", "!not_date"),
            ("2011年8月1日至3日", "!not_date"),
            ("2011-08-01~2011-08-03", "!not_date"),
            ("0011-08-01", "!not_date"),
            ("12345678901234", "!not_date"),
            ("2014-03-01", "2014-03-01"),
            ("2014-03-02", "!future_date"),
            ("2031-05-01", "!future_date"),
        ],
    );
    check(&FieldKind::Date { future: true }, &[("2031-05-01", "2031-05-01")]);
    check_cells(
        &DATE,
        &[
            (Cell::Date(date(2011, 8, 1)), "2011-08-01"),
            (Cell::Date(date(2031, 8, 1)), "!future_date"),
            (Cell::Number(40_756.0), "2011-08-01"),
            (Cell::Number(40_756.5), "2011-08-01"),
            (Cell::Number(20_110_801.0), "2011-08-01"),
            (Cell::Number(20_110_230.0), "!impossible_date"),
            (Cell::Number(2011.0), "!not_date"),
            (Cell::Number(0.0), "!not_date"),
            (Cell::Number(-40_756.0), "!not_date"),
            (Cell::Number(70_000.0), "!not_date"),
            (Cell::Flag(true), "!not_date"),
            (Cell::Empty, "-"),
            (Cell::Error("#REF!".to_owned()), "!cell_error"),
            (Cell::FormulaWithoutValue, "!formula_without_value"),
            (Cell::TooLarge { chars: 99_999 }, "!cell_too_large"),
        ],
    );
}

#[test]
fn years() {
    let kind = FieldKind::Year { min: 2006, max: 2015 };
    check(
        &kind,
        &[
            ("2012", "2012"),
            ("2012年", "2012"),
            ("2012年度", "2012"),
            ("２０１２ 年", "2012"),
            ("2012.0", "2012"),
            ("二〇一二年", "2012"),
            ("-", "-"),
            ("12", "!out_of_range"),
            ("2016", "!out_of_range"),
            ("99999", "!out_of_range"),
            ("去年", "!not_integer"),
            ("2012-2013", "!not_integer"),
        ],
    );
    check_cells(
        &kind,
        &[
            (Cell::Number(2012.0), "2012"),
            (Cell::Number(2012.5), "!not_integer"),
            (Cell::Date(date(2012, 1, 1)), "2012"),
            (Cell::Date(date(1905, 7, 4)), "!out_of_range"),
        ],
    );
}

#[test]
fn whole_numbers() {
    check(
        &COUNT,
        &[
            ("12", "12"),
            ("１２", "12"),
            (" 12 ", "12"),
            ("1,234", "1234"),
            ("1，234，567", "1234567"),
            ("12,3456", "123456"),
            ("12.0", "12"),
            ("12.", "12"),
            ("+12", "12"),
            ("12人", "12"),
            ("12 人次", "12"),
            ("12件", "12"),
            ("12条", "12"),
            ("12个", "12"),
            ("12项", "12"),
            ("12个月", "12"),
            ("1.2万", "12000"),
            ("1.2万人次", "12000"),
            ("3千", "3000"),
            ("1.23456万", "!not_integer"),
            ("1e3", "1000"),
            ("十二", "12"),
            ("三十人", "30"),
            ("0", "0"),
            ("-0", "0"),
            ("-", "-"),
            ("—", "-"),
            ("无", "-"),
            ("/", "-"),
            ("空", "-"),
            ("-12", "!negative"),
            ("−12", "!negative"),
            ("－１２", "!negative"),
            ("12.5", "!not_integer"),
            ("12%", "!not_integer"),
            ("12元", "!not_integer"),
            ("1,23", "!not_integer"),
            ("12 345", "12345"),
            ("1 2 3", "!not_integer"),
            ("5 2000", "!not_integer"),
            ("约12", "!not_integer"),
            ("12~15", "!not_integer"),
            ("十几", "!not_integer"),
            ("12人左右", "!not_integer"),
            ("1.2.3", "!not_integer"),
            ("1e400", "!not_integer"),
            ("99999999999999999999", "!out_of_range"),
            ("abc", "!not_integer"),
            ("e5", "!not_integer"),
        ],
    );
    check(
        &FieldKind::Integer { min: -5, max: 100 },
        &[("-5", "-5"), ("-6", "!out_of_range"), ("101", "!out_of_range")],
    );
    check_cells(
        &COUNT,
        &[
            (Cell::Number(12.0), "12"),
            (Cell::Number(12.000_000_000_000_002), "12"),
            (Cell::Number(12.5), "!not_integer"),
            (Cell::Number(-1.0), "!negative"),
            (Cell::Number(1e300), "!not_integer"),
            (Cell::Flag(true), "!not_integer"),
            (Cell::Date(date(2011, 8, 1)), "!not_integer"),
            (Cell::Empty, "-"),
        ],
    );
}

#[test]
fn decimals() {
    let kind = FieldKind::Decimal { min: 0.0, max: 100.0 };
    check(
        &kind,
        &[
            ("88.5", "88.5"),
            ("８８．５", "88.5"),
            ("88分", "88.0"),
            (".5", "0.5"),
            ("35%", "0.35"),
            ("-", "-"),
            ("123", "!out_of_range"),
            ("-1", "!out_of_range"),
            ("缺考", "!not_number"),
            ("88元", "!not_number"),
        ],
    );
    check_cells(&kind, &[(Cell::Number(88.5), "88.5"), (Cell::Number(123.0), "!out_of_range")]);
}

#[test]
fn money_is_in_fen() {
    let kind = FieldKind::Money { fen_per_unit: 100 };
    check(
        &kind,
        &[
            ("3000", "300000"),
            ("３０００", "300000"),
            ("3,000.50", "300050"),
            ("3000元", "300000"),
            ("3000元整", "300000"),
            ("¥3000", "300000"),
            ("￥3000", "300000"),
            ("1.2万元", "1200000"),
            ("1.2万", "1200000"),
            ("0.0001万元", "100"),
            ("1亿元", "10000000000"),
            ("0.005", "1"),
            ("0", "0"),
            ("-", "-"),
            ("无", "-"),
            ("-3000", "!negative"),
            ("人民币52000元", "5200000"),
            ("RMB 52,000", "5200000"),
            ("五万二千元", "5200000"),
            ("伍万贰仟元整", "5200000"),
            ("5万2千", "5200000"),
            ("1亿2000万元", "12000000000"),
            ("三百元", "30000"),
            ("5.20E+04", "5200000"),
            ("52 000", "5200000"),
            ("五万二", "!not_number"),
            ("5万2", "!not_number"),
            ("约5万", "!not_number"),
            ("5~6万", "!not_number"),
            ("5.2万元/年", "!not_number"),
            ("52000元（税前）", "!not_number"),
            ("＄52000", "!not_number"),
            ("5万美元", "!not_number"),
            ("万元", "!not_number"),
            ("若干", "!not_number"),
            ("3000人", "!not_number"),
            ("1e30", "!not_number"),
        ],
    );
    check_cells(&kind, &[(Cell::Number(0.1 + 0.2), "30"), (Cell::Number(85_000.0), "8500000")]);
    for (written, scale, expected) in [
        ("1.2", Some(1_000_000), "1200000"),
        ("12000元", Some(1_000_000), "1200000"),
        ("1.2万元", Some(100), "1200000"),
        ("5", Some(100_000), "500000"),
    ] {
        assert_eq!(shown(&text(written), &kind, scale), expected, "{written} × {scale:?}");
    }
}

#[test]
fn flags() {
    for yes in [
        "是",
        "√",
        "✓",
        "☑",
        "有",
        "1",
        "１",
        "Y",
        "ｙ",
        "YES",
        "TRUE",
        "对",
        "已",
        "开展",
        "已开展",
        " 是 ",
        "是(2011年)",
    ] {
        check(&FieldKind::Flag, &[(yes, "true")]);
    }
    for no in ["否", "×", "✗", "X", "x", "无", "0", "N", "no", "FALSE", "未", "没有", "未开展", "Ｘ"]
    {
        check(&FieldKind::Flag, &[(no, "false")]);
    }
    check(
        &FieldKind::Flag,
        &[
            ("-", "-"),
            ("—", "-"),
            ("/", "-"),
            ("可能", "!not_flag"),
            ("2", "!not_flag"),
            ("是否", "!not_flag"),
        ],
    );
    check_cells(
        &FieldKind::Flag,
        &[
            (Cell::Flag(true), "true"),
            (Cell::Flag(false), "false"),
            (Cell::Number(1.0), "true"),
            (Cell::Number(0.0), "false"),
            (Cell::Number(3.0), "!not_flag"),
            (Cell::Empty, "-"),
        ],
    );
}

#[test]
fn codes() {
    let unit_type = FieldKind::Code { dictionary: DictionaryIdx::new(0) };
    check(
        &unit_type,
        &[
            ("170", "170"),
            ("１７０", "170"),
            ("170.0", "170"),
            ("私营企业", "170"),
            (" 私营 企业 ", "170"),
            ("私企", "170"),
            ("私营企业 in English", "170"),
            ("私营企业 IN ENGLISH", "170"),
            ("170 私营企业", "170"),
            ("170私营企业", "170"),
            ("170-私营企业", "170"),
            ("170—私营企业", "170"),
            ("170、私营企业", "170"),
            ("170:私营企业", "170"),
            ("170(私营)", "170"),
            ("私营企业(170)", "170"),
            ("私营企业（170）", "170"),
            ("私营企业(个人独资)", "170"),
            ("51", "051"),
            ("110 私营企业", "!unknown_code"),
            ("999", "!unknown_code"),
            ("企业", "!unknown_code"),
            ("-", "-"),
            ("/", "-"),
            ("无", "-"),
        ],
    );
    check_cells(
        &unit_type,
        &[(Cell::Number(170.0), "170"), (Cell::Number(51.0), "051"), (Cell::Number(17.0), "!unknown_code")],
    );
    let industry = FieldKind::Code { dictionary: DictionaryIdx::new(1) };
    check(
        &industry,
        &[
            ("352", "352"),
            ("C352", "352"),
            ("c352", "352"),
            ("3521", "352"),
            ("C3521", "352"),
            ("352 冶金设备", "352"),
            ("352 冶金、矿山、机电工业专用设备制造", "352"),
            ("冶金设备", "352"),
            ("051", "051"),
            ("51", "051"),
            ("999", "999"),
            ("9991", "!unknown_code"),
            ("35", "!unknown_code"),
            ("CC352", "!unknown_code"),
            ("制造", "!unknown_code"),
        ],
    );
    check_cells(
        &industry,
        &[(Cell::Number(352.0), "352"), (Cell::Number(51.0), "051"), (Cell::Number(3521.0), "352")],
    );
    let decision = FieldKind::Code { dictionary: DictionaryIdx::new(2) };
    check(
        &decision,
        &[
            ("采纳", "adopted"),
            ("已采纳", "adopted"),
            ("通过", "adopted"),
            ("Adopted", "adopted"),
            ("部分采纳", "partly"),
            ("不采纳", "rejected"),
            ("未采纳", "rejected"),
            ("无", "none"),
            ("采用", "!unknown_code"),
        ],
    );
}

#[test]
fn an_unknown_code_is_told_with_the_nearest() {
    let definition = definition();
    let field = field("type", "单位类别", FieldKind::Code { dictionary: DictionaryIdx::new(0) });
    let problem =
        read_value(&text("国营企业"), &field, &AmountUnit::Unstated, &context(&definition)).unwrap_err();
    let model::problem::Problem::UnknownCode { found, list, nearest } = problem else {
        panic!("{problem:?}")
    };
    assert_eq!((found.as_str(), list.as_str()), ("国营企业", "单位类别"));
    assert_eq!(nearest, "110 国有企业、170 私营企业、400 事业、051 特殊");
}

#[test]
fn texts() {
    let line = FieldKind::Text { max: 6, lines: false };
    check(
        &line,
        &[
            (" 改造 ", "改造"),
            ("\u{3000}改造\u{3000}", "改造"),
            ("\u{feff}改\u{200b}造", "改造"),
            ("改\r\n造", "改 造"),
            ("１２", "１２"),
            ("一二三四五六", "一二三四五六"),
            ("一二三四五六七", "!too_long"),
            ("无", "-"),
            ("—", "-"),
            ("/", "-"),
            ("'=1+1", "=1+1"),
            ("'短", "'短"),
        ],
    );
    check_cells(
        &line,
        &[
            (Cell::Number(12.0), "12"),
            (Cell::Number(1.5), "1.5"),
            (Cell::Flag(true), "!flag_in_text"),
            (Cell::Date(date(2011, 8, 1)), "!date_in_text"),
            (Cell::Number(99_999_999_999_999.0), "!too_long"),
            (Cell::Number(123_456_789_012_345.0), "!digits_lost"),
            (text("1E+05"), "!digits_lost"),
            (text("'0002"), "0002"),
            (text("'90后'"), "'90后'"),
            (Cell::Picture("=DISPIMG(1)".to_owned()), "!picture"),
            (Cell::Damaged("\u{fffd}".to_owned()), "!damaged_text"),
        ],
    );
    check(&FieldKind::Text { max: 20, lines: true }, &[("改\r\n造", "改\\n造")]);
    check_cells(
        &FieldKind::Text { max: 20, lines: true },
        &[
            (Cell::Date(date(2011, 8, 1)), "2011-08-01"),
            (Cell::Number(123_456_789_012_345.0), "!digits_lost"),
        ],
    );
    check(
        &FieldKind::Phone,
        &[
            ("0411-88888888", "0411-88888888"),
            ("１３９４０００００００", "13940000000"),
            ("-", "-"),
            ("12", "!not_number"),
            ("见附件电话", "!not_number"),
        ],
    );
    check_cells(&FieldKind::Phone, &[(Cell::Number(13_940_000_000.0), "13940000000")]);
}

#[test]
fn official_numbers() {
    check(
        &FieldKind::IdNumber,
        &[
            ("210202198001010008", "210202198001010008"),
            ("２１０２０２１９８００１０１０００８", "210202198001010008"),
            ("210202 19800101 0008", "210202198001010008"),
            ("'210202198001010008", "210202198001010008"),
            ("21021119861220334x", "21021119861220334X"),
            ("210202800101000", "210202198001010008"),
            ("-", "-"),
            ("无", "-"),
            ("210281199002290005", "!id_number_date"),
            ("210202198001010009", "!id_number_check"),
            ("2.10202E+17", "!id_number_shape"),
            ("保密", "!id_number_shape"),
        ],
    );
    check_cells(
        &FieldKind::IdNumber,
        &[
            (Cell::Number(210_202_800_101_000.0), "210202198001010008"),
            (Cell::Number(210_202_198_001_010_008.0), "!id_number_shape"),
        ],
    );
    check(
        &FieldKind::OrgCode,
        &[
            ("07283195-4", "072831954"),
            ("０７２８３１９５－４", "072831954"),
            ("07283195-5", "072831955 !org_code_check"),
            ("0728", "!org_code_shape"),
            ("/", "-"),
        ],
    );
    check(&FieldKind::Uscc, &[("91210200MA00000078", "91210200MA00000078"), ("9121", "!uscc_shape")]);
}

#[test]
fn units() {
    let kind = FieldKind::Unit { name_columns: vec![] };
    check(
        &kind,
        &[
            ("210210100", "0"),
            (" 210210100 ", "0"),
            ("２１０２１０１００", "0"),
            ("210210-100", "0"),
            ("210210100.0", "0"),
            ("大连机床厂", "0"),
            ("大连 机床厂　", "0"),
            ("大连船舶（集团）公司", "1"),
            ("大连机床厂(本部)", "0"),
            ("210210100 大连机床厂", "0"),
            ("210210100大连机床厂", "0"),
            ("大连机床厂(210210100)", "0"),
            ("第一分厂", "!ambiguous_unit"),
            ("999999999", "!unknown_unit"),
            ("大连机床", "!unknown_unit"),
            ("-", "-"),
            ("无", "-"),
        ],
    );
    check_cells(
        &kind,
        &[(Cell::Number(210_210_100.0), "0"), (Cell::Number(1.0), "!unknown_unit"), (Cell::Empty, "-")],
    );
}
