//! Collects the cells of a sheet as they stream by, within the limits.

use crate::{
    fault::TableFault,
    workbook::{Cell, Limits, SheetRow, Table, is_blank},
};

/// Columns that a sheet can have (XFD); cells beyond are not kept.
pub(crate) const MAX_COLUMNS: usize = 16_384;
/// Rows of the longest sheet that any program writes.
pub(crate) const MAX_ROWS: u32 = 1_048_576;

/// A table being read.
pub(crate) struct SheetBuilder<'l> {
    limits: &'l Limits,
    rows: Vec<SheetRow>,
    cells: usize,
    text: usize,
    sorted: bool,
}

impl<'l> SheetBuilder<'l> {
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

    /// Bytes of text that may be read in all.
    pub(crate) fn max_text(&self) -> usize {
        self.limits.max_text
    }

    /// Whether so many bytes of text may still be kept. Text that is read piece by piece asks
    /// after every piece, so that a cell that never ends does not fill the memory.
    pub(crate) fn allows_text(&self, bytes: usize) -> Result<(), TableFault> {
        let max = self.limits.max_text;
        if self.text.saturating_add(bytes) > max { Err(TableFault::TooMuchText { max }) } else { Ok(()) }
    }

    /// Puts a cell at a row number (from 1) and a column (from 0).
    pub(crate) fn put(&mut self, number: u32, column: usize, cell: Cell) -> Result<(), TableFault> {
        if cell == Cell::Empty || column >= MAX_COLUMNS {
            return Ok(());
        }
        if self.rows.last().is_none_or(|row| row.number != number) {
            self.sorted &= self.rows.last().is_none_or(|row| row.number < number);
            if self.rows.len() >= self.limits.max_rows {
                return Err(TableFault::TooManyRows { max: self.limits.max_rows });
            }
            // Rows of a list are about as long as the one before.
            let length = self.rows.last().map_or(0, |row| row.cells.len().min(64));
            self.rows.push(SheetRow { number, cells: Vec::with_capacity(length) });
        }
        if let Cell::Text(text) | Cell::Error(text) = &cell {
            self.allows_text(text.len())?;
            self.text += text.len();
        }
        let Some(row) = self.rows.last_mut() else { return Ok(()) };
        if row.cells.len() <= column {
            self.cells += column + 1 - row.cells.len();
            if self.cells > self.limits.max_cells {
                return Err(TableFault::TooManyCells { max: self.limits.max_cells });
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
            self.rows.dedup_by(|later, earlier| {
                let same = later.number == earlier.number;
                if same {
                    merge(earlier, later);
                }
                same
            });
        }
        Table { sheet, rows: self.rows }
    }
}

/// Adds the cells of a second piece of the same row.
fn merge(earlier: &mut SheetRow, later: &mut SheetRow) {
    if earlier.cells.len() < later.cells.len() {
        earlier.cells.resize(later.cells.len(), Cell::Empty);
    }
    for (into, cell) in earlier.cells.iter_mut().zip(later.cells.drain(..)) {
        if cell != Cell::Empty {
            *into = cell;
        }
    }
}
