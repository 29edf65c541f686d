//! Collects the cells of a sheet as they stream by, within the limits.

use std::sync::Arc;

use crate::{
    budget::Account,
    fault::TableFault,
    number_format::number_shown,
    workbook::{Cell, Limits, MergedRange, SheetRow, Table, is_blank},
};

/// Columns that a sheet can have (XFD); cells beyond are not kept.
pub(crate) const MAX_COLUMNS: usize = 16_384;
/// Rows of the longest sheet that any program writes.
pub(crate) const MAX_ROWS: u32 = 1_048_576;
/// Merged ranges that a sheet may have: a hundred thousand rows with two each.
const MAX_MERGED: usize = 200_000;

/// A table being read.
pub(crate) struct SheetBuilder<'l> {
    limits: &'l Limits,
    rows: Vec<SheetRow>,
    cells: usize,
    text: usize,
    sorted: bool,
    merged: Vec<MergedRange>,
    hidden_rows: Vec<u32>,
    account: Account,
}

impl<'l> SheetBuilder<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            rows: Vec::new(),
            cells: 0,
            text: 0,
            sorted: true,
            merged: Vec::new(),
            hidden_rows: Vec::new(),
            account: Account::new(&limits.budget),
        }
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
        if is_picture(text) {
            return Cell::Picture(text.chars().take(80).collect());
        }
        Cell::Text(text.to_owned())
    }

    /// A number as a cell, with what is shown of it; of an overlong text only the length.
    pub(crate) fn number(&self, number: f64, shown: &str) -> Cell {
        match self.text(shown) {
            cell @ Cell::TooLarge { .. } => cell,
            _ => number_shown(number, shown),
        }
    }

    /// Notes that a row is not shown.
    pub(crate) fn hide(&mut self, number: u32) {
        if self.hidden_rows.len() < MAX_ROWS as usize {
            self.hidden_rows.push(number);
        }
    }

    /// Notes a merged range; one of a single cell is none.
    pub(crate) fn merge(&mut self, range: MergedRange) -> Result<(), TableFault> {
        let is_single = range.rows.0 >= range.rows.1 && range.columns.0 >= range.columns.1;
        if is_single || range.columns.0 >= MAX_COLUMNS {
            return Ok(());
        }
        if self.merged.len() >= MAX_MERGED {
            return Err(TableFault::damaged("too many merged ranges"));
        }
        self.merged.push(range);
        self.account.count(size_of::<MergedRange>())
    }

    /// One step that keeps nothing: what is read may go on for long without a cell.
    pub(crate) fn check_budget(&mut self) -> Result<(), TableFault> {
        self.account.count(0)
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
            self.account.count(ROW)?;
        }
        let text = text_size(&cell);
        self.allows_text(text)?;
        self.text += text;
        self.account.count(if text > 0 { text + ALLOCATED } else { 0 })?;
        let Some(row) = self.rows.last_mut() else { return Ok(()) };
        if row.cells.len() <= column {
            self.cells += column + 1 - row.cells.len();
            if self.cells > self.limits.max_cells {
                return Err(TableFault::TooManyCells { max: self.limits.max_cells });
            }
            self.account.count((column + 1 - row.cells.len()) * size_of::<Cell>())?;
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
        self.hidden_rows.sort_unstable();
        self.hidden_rows.dedup();
        Table {
            sheet,
            rows: self.rows,
            merged: self.merged,
            hidden_rows: self.hidden_rows,
            ..Table::default()
        }
    }
}

/// Bytes that a row costs beside its cells: itself, twice while the list of rows grows.
const ROW: usize = 2 * size_of::<SheetRow>() + ALLOCATED;
/// Bytes that a piece of memory costs beside what is in it, about.
const ALLOCATED: usize = 16;

/// Bytes that a cell keeps beside itself.
fn text_size(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) | Cell::Error(text) | Cell::Picture(text) | Cell::Damaged(text) => text.len(),
        Cell::MergedAmount(amount) => amount.shown.len(),
        // Most share the one of their format.
        Cell::Formatted { format, .. } if Arc::strong_count(format) == 1 => format.bytes(),
        Cell::Formatted { .. }
        | Cell::Empty
        | Cell::Number(_)
        | Cell::Date(_)
        | Cell::Flag(_)
        | Cell::FormulaWithoutValue
        | Cell::TooLarge { .. } => 0,
    }
}

/// Whether a text is the formula under which WPS keeps a picture in a cell.
fn is_picture(text: &str) -> bool {
    let Some(formula) = text.trim_start().strip_prefix(['=', '＝']) else { return false };
    let name = formula.split(['(', '（']).next().unwrap_or_default().trim().to_ascii_uppercase();
    name.strip_prefix("_XLFN.").unwrap_or(&name) == "DISPIMG"
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
