//! The table in one field, as pages show it: in words, without the
//! columns that are empty in every row.

use app::Snapshot;
use campaign::definition::TableColumn;
use words::Words;

use super::{field, number::label};

/// A table ready to print. Its template is `parts/grid.html`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    /// Its columns: what they are called, and whether they hold numbers.
    pub(crate) head: Vec<(String, bool)>,
    /// Its rows, each as long as the head.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Grid {
    /// The table that `text` is.
    pub(crate) fn new(words: Words, snapshot: &Snapshot, columns: &[TableColumn], text: &str) -> Self {
        let table = TableColumn::table(columns, text);
        let is_filled = |place: &usize| table.iter().any(|row| row[*place].is_some());
        let shown: Vec<usize> = (0..columns.len()).filter(is_filled).collect();
        let cell = |row: &[Option<model::value::Value>], place: usize| {
            let value = row[place].as_ref();
            value.map(|value| field::text(words, snapshot, &columns[place].kind, value)).unwrap_or_default()
        };
        let head = |place: &usize| {
            let column = &columns[*place];
            (label(words, &column.label).to_owned(), column.kind.spec().meaning.is_quantity())
        };
        Self {
            head: shown.iter().map(head).collect(),
            rows: table.iter().map(|row| shown.iter().map(|place| cell(row, *place)).collect()).collect(),
        }
    }

    /// A table to be filled in by hand.
    pub(crate) fn blank(words: Words, columns: &[TableColumn]) -> Self {
        let head = columns.iter().map(|column| (label(words, &column.label).to_owned(), false));
        Self { head: head.collect(), rows: vec![vec![String::new(); columns.len()]; BLANK_ROWS] }
    }

    /// The same on one line, for lists and histories.
    pub(crate) fn line(&self, words: Words) -> String {
        let row = |row: &Vec<String>| {
            let cells = row.iter().filter(|cell| !cell.is_empty());
            cells.map(String::as_str).collect::<Vec<_>>().join(" ")
        };
        self.rows.iter().map(row).collect::<Vec<_>>().join(words.list_and())
    }
}

/// Rows of a table that is to be filled in by hand.
const BLANK_ROWS: usize = 3;
