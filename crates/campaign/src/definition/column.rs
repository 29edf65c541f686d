//! The columns of a table that is in one field, and how each spells its
//! values: a table is kept as text ([`model::rows`]), in whose cells values stand
//! in one spelling only, which their readers take back.

use model::{money, rows, value::Value};

use super::{FieldKind, Label};
use crate::kinds::{Meaning, ValueShape};

/// One column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableColumn {
    /// Id, unique within the table.
    pub id: String,
    /// Words for it.
    pub label: Label,
    /// What its cells hold: a text of one line, a number, money, a date, a year, a flag or a code.
    pub kind: FieldKind,
    /// Whether a row that states anything must state this.
    pub is_required: bool,
    /// Whether its cells name persons.
    pub is_person: bool,
}

/// Rows of values, each as long as there are columns.
pub type TableRows = Vec<Vec<Option<Value>>>;

/// What is behind an amount: so it means the same whatever unit the column speaks of.
const YUAN: char = '元';

impl TableColumn {
    /// How a value is spelt in the text of a table.
    pub fn spelt(&self, value: &Value) -> String {
        match (self.kind.spec().meaning, value) {
            (Meaning::Money { .. }, Value::Integer(fen)) => {
                format!("{}{YUAN}", money::exact(*fen, 100))
            }
            (_, Value::Text(text) | Value::Code(text)) => text.clone(),
            (_, Value::Integer(number)) => number.to_string(),
            (_, Value::Decimal(number)) => number.to_string(),
            (_, Value::Date(date)) => date.to_string(),
            (_, Value::Flag(flag)) => if *flag { "1" } else { "0" }.to_owned(),
            (_, Value::Unit(unit)) => unit.to_string(),
            (_, Value::Reference(reference)) => reference.text.clone(),
        }
    }

    /// The value that is spelt so. What is spelt otherwise was no table when it
    /// was written down; it is text, as it stands.
    pub fn value(&self, spelt: &str) -> Value {
        let spec = self.kind.spec();
        let value = match spec.shape {
            ValueShape::Integer if matches!(spec.meaning, Meaning::Money { .. }) => {
                spelt.strip_suffix(YUAN).and_then(money::fen_of_yuan).map(Value::Integer)
            }
            ValueShape::Integer => spelt.parse().ok().map(Value::Integer),
            ValueShape::Decimal => {
                spelt.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Decimal)
            }
            ValueShape::Date => spelt.parse().ok().map(Value::Date),
            ValueShape::Flag => match spelt {
                "1" => Some(Value::Flag(true)),
                "0" => Some(Value::Flag(false)),
                _ => None,
            },
            ValueShape::Code(_) => Some(Value::Code(spelt.to_owned())),
            // No column holds a table, a unit or a reference.
            ValueShape::Text | ValueShape::Table(_) | ValueShape::Unit | ValueShape::Reference(_) => None,
        };
        value.unwrap_or_else(|| Value::Text(spelt.to_owned()))
    }

    /// The rows of a stored table. Cells beyond the last column, which only old texts have, are told within it.
    pub fn table(columns: &[Self], text: &str) -> TableRows {
        let row = |cells: Vec<&str>| {
            let cells = lined_up(&cells, columns.len());
            let value = |(column, cell): (&Self, &String)| (!cell.is_empty()).then(|| column.value(cell));
            columns.iter().zip(&cells).map(value).collect()
        };
        rows::cells(text).into_iter().map(row).collect()
    }

    /// The persons that a stored table names.
    pub fn persons<'t>(columns: &[Self], text: &'t str) -> Vec<&'t str> {
        if columns.iter().all(|column| !column.is_person) {
            return Vec::new();
        }
        let rows = rows::cells(text);
        let named = rows.iter().flat_map(|cells| columns.iter().zip(cells));
        let names = named.filter(|(column, cell)| column.is_person && !cell.is_empty());
        names.map(|(_, cell)| *cell).collect()
    }

    /// A stored table with other names of persons; `None` when none of them changes.
    pub fn renamed(
        columns: &[Self],
        text: &str,
        mut name: impl FnMut(usize, &str) -> Option<String>,
    ) -> Option<String> {
        let mut is_changed = false;
        let rows = rows::cells(text).into_iter().enumerate().map(|(row, cells)| {
            let cells = cells.into_iter().enumerate().map(|(place, cell)| {
                let is_person = columns.get(place).is_some_and(|column| column.is_person);
                let new = if is_person { name(row, cell) } else { None };
                is_changed |= new.is_some();
                new.unwrap_or_else(|| cell.to_owned())
            });
            cells.collect::<Vec<_>>()
        });
        let renamed = rows::text(rows.collect::<Vec<_>>());
        is_changed.then_some(renamed)
    }
}

/// Exactly `columns` cells: missing ones empty, further ones joined to the last.
pub fn lined_up(cells: &[&str], columns: usize) -> Vec<String> {
    let last = columns.saturating_sub(1);
    let first = cells.iter().take(last).map(|cell| (*cell).to_owned());
    let rest = cells.get(last..).unwrap_or_default().join(" ");
    let missing = last.saturating_sub(cells.len());
    first.chain(std::iter::repeat_n(String::new(), missing)).chain([rest]).take(columns).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::definition::Idx;

    fn column(kind: FieldKind) -> TableColumn {
        let label = Label { zh: "栏".to_owned(), en: "Column".to_owned() };
        TableColumn { id: "column".to_owned(), label, kind, is_required: false, is_person: false }
    }

    #[test]
    fn values_are_spelt_and_read_back() {
        for (kind, value, spelt) in [
            (FieldKind::Text { max: 9, lines: false }, Value::Text("甲".to_owned()), "甲"),
            (FieldKind::Integer { min: 0, max: 9 }, Value::Integer(7), "7"),
            (FieldKind::Decimal { min: 0.0, max: 9.0 }, Value::Decimal(0.5), "0.5"),
            (FieldKind::Money { fen_per_unit: 1_000_000 }, Value::Integer(12_500_000), "125000元"),
            (FieldKind::Money { fen_per_unit: 100 }, Value::Integer(5), "0.05元"),
            (FieldKind::Date { future: false }, Value::Date(date(2012, 3, 5)), "2012-03-05"),
            (FieldKind::Year { min: 2011, max: 2015 }, Value::Integer(2012), "2012"),
            (FieldKind::Flag, Value::Flag(false), "0"),
            (FieldKind::Code { dictionary: Idx::new(0) }, Value::Code("a".to_owned()), "a"),
        ] {
            let column = column(kind);
            assert_eq!(column.spelt(&value), spelt);
            assert_eq!(column.value(spelt), value);
        }
        let day = column(FieldKind::Date { future: false });
        assert_eq!(day.value("去年"), Value::Text("去年".to_owned()));
    }

    #[test]
    fn rows_are_as_long_as_there_are_columns() {
        for (cells, columns, expected) in [
            (vec!["a"], 3, vec!["a", "", ""]),
            (vec!["a", "b", "c"], 3, vec!["a", "b", "c"]),
            (vec!["a", "b", "c", "d"], 3, vec!["a", "b", "c d"]),
            (vec!["a", "b"], 1, vec!["a b"]),
            (vec![], 2, vec!["", ""]),
        ] {
            assert_eq!(lined_up(&cells, columns), expected);
        }
    }
}
