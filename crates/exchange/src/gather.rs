//! Collects the cells of a sheet as they stream by, within the limits.

use crate::{
    fault::FileFault,
    workbook::{Cell, Limits, Row, Table},
};

/// Columns that a sheet can have (XFD); cells beyond are not kept.
pub(crate) const MAX_COLUMNS: usize = 16_384;

/// A table being read.
pub(crate) struct Gather<'l> {
    limits: &'l Limits,
    rows: Vec<Row>,
    cells: usize,
    text: usize,
    sorted: bool,
}

impl<'l> Gather<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self { limits, rows: Vec::new(), cells: 0, text: 0, sorted: true }
    }

    /// Text as a cell: blank text is nothing, overlong text is only measured.
    pub(crate) fn text(&self, text: &str) -> Cell {
        if text.chars().all(is_blank) {
            return Cell::Empty;
        }
        // A character has at least one byte, so short texts need no counting.
        if text.len() > self.limits.max_cell_chars {
            let chars = text.chars().count();
            if chars > self.limits.max_cell_chars {
                return Cell::TooLarge { chars };
            }
        }
        Cell::Text(text.to_owned())
    }

    /// Puts a cell at a row number (from 1) and a column (from 0).
    pub(crate) fn put(&mut self, number: u32, column: usize, cell: Cell) -> Result<(), FileFault> {
        if cell == Cell::Empty || column >= MAX_COLUMNS {
            return Ok(());
        }
        if self.rows.last().is_none_or(|row| row.number != number) {
            self.sorted &= self.rows.last().is_none_or(|row| row.number < number);
            if self.rows.len() >= self.limits.max_rows {
                return Err(FileFault::TooManyRows { max: self.limits.max_rows });
            }
            // Rows of a list are about as long as the one before.
            let length = self.rows.last().map_or(0, |row| row.cells.len().min(64));
            self.rows.push(Row { number, cells: Vec::with_capacity(length) });
        }
        if let Cell::Text(text) | Cell::Error(text) = &cell {
            self.text += text.len();
            if self.text > self.limits.max_text {
                return Err(FileFault::TooMuchText { max: self.limits.max_text });
            }
        }
        let Some(row) = self.rows.last_mut() else { return Ok(()) };
        if row.cells.len() <= column {
            self.cells += column + 1 - row.cells.len();
            if self.cells > self.limits.max_cells {
                return Err(FileFault::TooManyCells { max: self.limits.max_cells });
            }
            row.cells.resize(column + 1, Cell::Empty);
        }
        row.cells[column] = cell;
        Ok(())
    }

    /// The finished table.
    pub(crate) fn table(mut self, sheet: String) -> Table {
        if !self.sorted {
            self.rows.sort_by_key(|row| row.number);
            self.rows.dedup_by(|later, kept| {
                let same = later.number == kept.number;
                if same {
                    merge(kept, later);
                }
                same
            });
        }
        Table { sheet, rows: self.rows }
    }
}

/// Adds the cells of a second piece of the same row.
fn merge(kept: &mut Row, later: &mut Row) {
    if kept.cells.len() < later.cells.len() {
        kept.cells.resize(later.cells.len(), Cell::Empty);
    }
    for (into, cell) in kept.cells.iter_mut().zip(later.cells.drain(..)) {
        if cell != Cell::Empty {
            *into = cell;
        }
    }
}

/// Spaces of every kind, with the invisible characters that copying from web pages leaves.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}')
}
