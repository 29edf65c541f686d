//! Values as they stand in the cells of a file: as an import reads them back.

use std::borrow::Cow;

use campaign::definition::{Campaign, Column, Dictionary, Field, FieldKind};
use jiff::civil::Date;
use model::{
    alias::is_alias,
    codes::{mask_id_number, mask_phone},
    money, rows,
    value::Value,
};

use crate::reading::UnitLookup;

use super::{Holds, Layout, Record};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Written<'a> {
    /// Nothing.
    Empty,
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i64),
    /// A number with decimals.
    Number(f64),
    /// Money in fen, shown in units of so many fen.
    Money {
        /// The amount.
        fen: i64,
        /// Fen in one unit of the column.
        per_unit: i64,
    },
    /// A day.
    Date(Date),
}

impl Written<'_> {
    /// As a person reads it, and as a csv has it.
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone().into_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Money { fen, per_unit } => money::exact(*fen, *per_unit),
            Self::Date(date) => date.to_string(),
        }
    }
}

impl Layout<'_> {
    /// The cells of one record, by column.
    pub fn cells<'s>(
        &'s self,
        record: &Record<'s>,
        units: &'s dyn UnitLookup,
    ) -> impl Iterator<Item = Written<'s>> {
        let Record { values, mark } = *record;
        self.columns.iter().map(move |column| match column.holds {
            Holds::Record => Written::Text(mark.to_string().into()),
            Holds::Field(field) => match values.get(field).and_then(Option::as_ref) {
                Some(value) => written(self.campaign, &self.form.fields[field], value, units),
                None => Written::Empty,
            },
            Holds::UnitName(field) => {
                let unit = values.get(field).and_then(Option::as_ref).and_then(Value::as_unit);
                unit.and_then(|unit| units.name(unit))
                    .map_or(Written::Empty, |name| Written::Text(name.into()))
            }
        })
    }
}

/// One value as it stands in a cell; personal numbers are masked as on pages.
pub fn written<'a>(
    campaign: &'a Campaign,
    field: &Field,
    value: &'a Value,
    units: &'a dyn UnitLookup,
) -> Written<'a> {
    if let Some(masked) = masked(&field.kind, value) {
        return Written::Text(masked.into());
    }
    match (&field.kind, value) {
        (FieldKind::Rows { columns, .. }, Value::Text(text)) => {
            Written::Text(table_text(campaign, columns, text).into())
        }
        (FieldKind::Code { dictionary }, Value::Code(code)) => {
            Written::Text(code_text(&campaign.dictionaries[*dictionary], code))
        }
        (FieldKind::Money { fen_per_unit }, Value::Integer(fen)) => {
            Written::Money { fen: *fen, per_unit: *fen_per_unit }
        }
        (_, Value::Text(text) | Value::Code(text)) => Written::Text(text.into()),
        (_, Value::Integer(number)) => Written::Integer(*number),
        (_, Value::Decimal(number)) => Written::Number(*number),
        (_, Value::Date(date)) => Written::Date(*date),
        (_, Value::Flag(flag)) => Written::Text(if *flag { "是" } else { "否" }.into()),
        (_, Value::Unit(unit)) => units.code(*unit).map_or(Written::Empty, |code| Written::Text(code.into())),
    }
}

/// A table as a cell shows it: codes in words, amounts with their unit, one row per line.
fn table_text(campaign: &Campaign, columns: &[Column], text: &str) -> String {
    let cell = |(column, value): (&Column, Option<Value>)| match (&column.kind, value) {
        (_, None) => String::new(),
        (FieldKind::Code { dictionary }, Some(Value::Code(code))) => {
            let words = code_text(&campaign.dictionaries[*dictionary], &code);
            if rows::is_cell(&words) { words.into_owned() } else { code }
        }
        (FieldKind::Money { fen_per_unit: 1_000_000 }, Some(Value::Integer(fen))) => {
            format!("{}万元", money::exact(fen, 1_000_000))
        }
        (_, Some(Value::Flag(flag))) => if flag { "是" } else { "否" }.to_owned(),
        (_, Some(value)) => column.spelt(&value),
    };
    let table = Column::table(columns, text);
    rows::text(table.into_iter().map(|row| columns.iter().zip(row).map(cell).collect::<Vec<_>>()))
}

/// The words for a code; the code itself where the words would be read as another one.
pub fn code_text<'a>(dictionary: &'a Dictionary, code: &'a str) -> Cow<'a, str> {
    let Some(entry) = dictionary.code(code) else { return code.into() };
    let label = entry.label.zh.as_str();
    let read = dictionary.codes.iter().find(|other| other.code == label || other.label.zh == label);
    if read.is_some_and(|read| read.code == code) { label.into() } else { code.into() }
}

/// What stands in a cell for a name or a number that was removed on request.
const REMOVED: &str = "*已删除*";

/// What a person is shown instead of a personal number, or of what was removed; `None` for all other values.
pub fn masked(kind: &FieldKind, value: &Value) -> Option<String> {
    let text = value.as_str()?;
    if is_alias(text) { Some(REMOVED.to_owned()) } else { mask(kind, text) }
}

/// Whether a text is what stands for a masked number, or for what was removed.
pub fn is_masked(kind: &FieldKind, text: &str) -> bool {
    text == REMOVED || text.contains('*') && mask(kind, text).is_some_and(|masked| masked == text)
}

fn mask(kind: &FieldKind, text: &str) -> Option<String> {
    match kind {
        FieldKind::IdNumber => Some(mask_id_number(text)),
        FieldKind::Phone => Some(mask_phone(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_known_again() {
        for (kind, text, expected) in [
            (FieldKind::IdNumber, "210202********0008", true),
            (FieldKind::IdNumber, "210202198001010008", false),
            (FieldKind::IdNumber, "E1*****78", true),
            (FieldKind::Phone, "138******78", true),
            (FieldKind::Phone, "13812345678", false),
            // A number with an extension, as somebody types it.
            (FieldKind::Phone, "0411-84390000*21", false),
            (FieldKind::Text { max: 50, lines: false }, "*已删除*", true),
            (FieldKind::Text { max: 50, lines: false }, "张*", false),
            (FieldKind::Year { min: 1990, max: 2100 }, "19**", false),
        ] {
            assert_eq!(is_masked(&kind, text), expected, "{text}");
        }
    }
}
