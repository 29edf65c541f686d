//! Values as they are written in the cells of a file: as an import reads them back.

use std::borrow::Cow;

use campaign::{
    definition::{Definition, Dictionary, Disclosure, Field, FieldKind, TableColumn},
    kinds::{Meaning, ValueShape},
};
use jiff::civil::Date;
use model::{alias::is_alias, money, rows, value::Value};

use crate::reading::UnitLookup;

use super::{ColumnContent, FileRecord, Layout};

/// What is in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum CellContent<'a> {
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

impl CellContent<'_> {
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
    /// The cells of one record, by column; `note` is what is to be known of it beside its fields.
    pub fn cells<'s>(
        &'s self,
        record: &FileRecord<'s>,
        note: &'s str,
        units: &'s dyn UnitLookup,
    ) -> impl Iterator<Item = CellContent<'s>> {
        let FileRecord { values, mark } = *record;
        self.columns.iter().map(move |column| match column.holds {
            ColumnContent::Note if note.is_empty() => CellContent::Empty,
            ColumnContent::Note => CellContent::Text(Cow::Borrowed(note)),
            ColumnContent::Record => CellContent::Text(mark.to_string().into()),
            ColumnContent::Field(field) => match values.value(field) {
                Some(value) => written(self.definition, &self.form.fields[field], value, units),
                None => CellContent::Empty,
            },
            ColumnContent::UnitName(field) => {
                let unit = values.value(field).and_then(Value::as_unit);
                unit.and_then(|unit| units.name(unit))
                    .map_or(CellContent::Empty, |name| CellContent::Text(name.into()))
            }
        })
    }
}

/// One value as it is written in a cell; personal numbers are masked as on pages.
pub fn written<'a>(
    definition: &'a Definition,
    field: &Field,
    value: &'a Value,
    units: &'a dyn UnitLookup,
) -> CellContent<'a> {
    if let Some(masked) = masked(&field.kind, value) {
        return CellContent::Text(masked.into());
    }
    let spec = field.kind.spec();
    match (value, spec.shape, spec.meaning) {
        (Value::Text(text), ValueShape::Table(columns), _) => {
            CellContent::Text(table_text(definition, columns, text).into())
        }
        (Value::Code(code), ValueShape::Code(dictionary), _) => {
            CellContent::Text(code_text(&definition.dictionaries[dictionary], code))
        }
        (Value::Integer(fen), _, Meaning::Money { fen_per_unit }) => {
            CellContent::Money { fen: *fen, per_unit: fen_per_unit }
        }
        (Value::Text(text) | Value::Code(text), ..) => CellContent::Text(text.into()),
        (Value::Reference(reference), ..) => CellContent::Text(reference.text.as_str().into()),
        (Value::Integer(number), ..) => CellContent::Integer(*number),
        (Value::Decimal(number), ..) => CellContent::Number(*number),
        (Value::Date(date), ..) => CellContent::Date(*date),
        (Value::Flag(flag), ..) => CellContent::Text(if *flag { "是" } else { "否" }.into()),
        (Value::Unit(unit), ..) => {
            units.code(*unit).map_or(CellContent::Empty, |code| CellContent::Text(code.into()))
        }
    }
}

/// A table as a cell shows it: codes in words, amounts with their unit, one row per line.
fn table_text(definition: &Definition, columns: &[TableColumn], text: &str) -> String {
    let cell = |(column, value): (&TableColumn, Option<Value>)| {
        let Some(value) = value else { return String::new() };
        let spec = column.kind.spec();
        match (value, spec.shape, spec.meaning) {
            (Value::Text(text), ..) if is_alias(&text) => REMOVED.to_owned(),
            (Value::Code(code), ValueShape::Code(dictionary), _) => {
                let words = code_text(&definition.dictionaries[dictionary], &code);
                if rows::is_cell(&words) { words.into_owned() } else { code }
            }
            (Value::Integer(fen), _, Meaning::Money { fen_per_unit: 1_000_000 }) => {
                format!("{}万元", money::exact(fen, 1_000_000))
            }
            (Value::Flag(flag), ..) => if flag { "是" } else { "否" }.to_owned(),
            (value, ..) => column.spelt(&value),
        }
    };
    let table = TableColumn::table(columns, text);
    rows::text(table.into_iter().map(|row| columns.iter().zip(row).map(cell).collect::<Vec<_>>()))
}

/// The words for a code; the code itself where the words would be read as another one.
pub fn code_text<'a>(dictionary: &'a Dictionary, code: &'a str) -> Cow<'a, str> {
    let Some(entry) = dictionary.code(code) else { return code.into() };
    let label = entry.label.zh.as_str();
    let read = dictionary.codes.iter().find(|other| other.code == label || other.label.zh == label);
    if read.is_some_and(|read| read.code == code) { label.into() } else { code.into() }
}

/// What is in a cell for a name or a number that was removed on request.
const REMOVED: &str = "*已删除*";

/// What a person is shown instead of a personal number, or of what was removed; `None` for all other values.
pub fn masked(kind: &FieldKind, value: &Value) -> Option<String> {
    match kind.shown(value) {
        Disclosure::Removed => Some(REMOVED.to_owned()),
        Disclosure::Masked(mask) => Some(mask),
        Disclosure::Open(_) => None,
    }
}

/// A table as somebody states it, with the aliases of persons that were removed from `stored` wherever it shows that they
/// were; `words` are what pages show for that.
pub fn with_aliases(columns: &[TableColumn], stored: &str, stated: &str, words: &[&str]) -> Option<String> {
    let rows = rows::cells(stored);
    let aliases = rows
        .iter()
        .enumerate()
        .flat_map(|(row, cells)| cells.iter().filter(|cell| is_alias(cell)).map(move |cell| (row, *cell)));
    let mut left: Vec<(usize, &str)> = aliases.collect();
    TableColumn::renamed(columns, stated, |row, cell| {
        if cell != REMOVED && !words.contains(&cell) {
            return None;
        }
        // That of the same row, else the next one: rows may have been added.
        let same = left.iter().position(|(known, _)| *known == row);
        let place = same.or((!left.is_empty()).then_some(0))?;
        Some(left.remove(place).1.to_owned())
    })
}

/// Whether a text is what stands for a masked number, or for what was removed.
pub fn is_masked(kind: &FieldKind, text: &str) -> bool {
    text == REMOVED || kind.is_masked(text)
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
