//! Numbers with what is written near them, and cells of which a message shows only the beginning.

use std::sync::Arc;

use campaign::definition::{DictionaryIdx, FieldKind};
use exchange::{money::AmountUnit, reading::read_value};
use sheet::{number_format::FormatWords, workbook::Cell};

use crate::{
    reading::{shown, text},
    support::{context, definition, field},
};

#[test]
fn an_amount_whose_unit_is_unclear_is_asked_about() {
    let definition = definition();
    let field = field("field", "列", FieldKind::Money { fen_per_unit: 100 });
    let unclear = AmountUnit::Unclear("元或万元".to_owned());
    for (cell, expected) in [
        (Cell::Number(5.2), Err("money_unit")),
        (text("5.2"), Err("money_unit")),
        (text("5.2万元"), Ok(Some(5_200_000))),
        (text("52000元"), Ok(Some(5_200_000))),
        (Cell::Number(0.0), Ok(Some(0))),
        (text("-"), Ok(None)),
    ] {
        let read = read_value(&cell, &field, &unclear, &context(&definition));
        let read = read.map(|(value, _)| value.as_ref().and_then(model::value::Value::as_integer));
        assert_eq!(read.map_err(|problem| problem.name()), expected, "{cell:?}");
    }
}

#[test]
fn what_a_number_format_writes_belongs_to_the_number() {
    let formatted = |number, words: &str, zeros| Cell::Formatted {
        number,
        format: Arc::new(FormatWords { words: words.to_owned(), zeros, ..FormatWords::default() }),
    };
    let money = FieldKind::Money { fen_per_unit: 100 };
    let count = FieldKind::Integer { min: 0, max: 1_000_000 };
    let score = FieldKind::Decimal { min: 0.0, max: 1e9 };
    for (kind, cell, expected) in [
        (&money, formatted(5.2, "万元", 0), "5200000"),
        (&money, formatted(5.2, "元", 0), "520"),
        (&money, formatted(52_000.0, "万元", 4), "5200000"),
        (&money, formatted(52_000.0, "", 3), "!money_unit"),
        (&money, formatted(5.2, "千", 0), "!money_unit"),
        (&money, formatted(0.0, "千", 0), "0"),
        (&count, formatted(12.0, "人", 0), "12"),
        (&count, formatted(12.0, "万人", 0), "!number_unit"),
        (&count, formatted(12_000.0, "人", 3), "!number_unit"),
        (&score, formatted(1.5, "千瓦", 0), "1.5"),
        (&score, formatted(1.5, "万吨", 0), "!number_unit"),
        (&FieldKind::Date { future: false }, formatted(40_756.0, "号", 0), "2011-08-01"),
    ] {
        assert_eq!(shown(&cell, kind, None), expected, "{cell:?}");
    }
}

#[test]
fn messages_show_the_beginning_of_a_long_cell() {
    let definition = definition();
    let long = text(&"9甲".repeat(16_000));
    for kind in [
        FieldKind::Money { fen_per_unit: 100 },
        FieldKind::Integer { min: 0, max: 9 },
        FieldKind::Date { future: false },
        FieldKind::Flag,
        FieldKind::Code { dictionary: DictionaryIdx::new(0) },
        FieldKind::IdNumber,
        FieldKind::Phone,
        FieldKind::Unit { name_columns: vec![] },
    ] {
        let problem =
            read_value(&long, &field("field", "列", kind), &AmountUnit::Unstated, &context(&definition));
        let told = format!("{:?}", problem.unwrap_err());
        assert!(told.chars().count() < 400, "{} characters: {told}", told.chars().count());
    }
}
