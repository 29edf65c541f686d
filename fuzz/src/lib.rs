//! What the fuzz targets have in common: the limits that they read with, and
//! what must be true of every table that a reader returns.
//!
//! A target fails when the reader panics, takes more memory than allowed, or
//! returns a table that breaks a limit. libFuzzer itself stops inputs that
//! take too long.

pub mod memory;
pub mod parts;

use std::collections::HashSet;

use sheet::{
    budget::Budget,
    workbook::{self, Cell, Limits, SheetName, Table, is_blank},
};

/// Limits so low that small inputs reach them.
pub const LOW_LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_unpacked: 4 << 20,
    max_ratio: 300,
    max_rows: 500,
    max_cells: 10_000,
    max_text: 256 << 10,
    max_cell_chars: 1000,
    budget: Budget::UNLIMITED,
};

/// Columns of the widest sheet.
const MAX_COLUMNS: usize = 16_384;
/// Sheets of a workbook.
const MAX_SHEETS: usize = 10_000;

/// Reads every sheet of a small file within [`LOW_LIMITS`].
pub fn read_small(file_name: &str, bytes: &[u8]) {
    memory::run_within(48 << 20, || read(file_name, bytes, &LOW_LIMITS));
}

/// Reads the list of sheets, the first sheet and some others, and checks them.
pub fn read(file_name: &str, bytes: &[u8], limits: &Limits) {
    let sheets = workbook::sheets(file_name, bytes, limits);
    let first = workbook::read(file_name, bytes, None, limits);
    let Ok(sheets) = sheets else {
        assert!(first.is_err(), "the list of sheets cannot be read, a sheet can");
        return;
    };
    check_sheets(&sheets);
    if let Ok(table) = first {
        assert!(sheets.iter().any(|sheet| sheet.name == table.sheet), "a sheet that is not in the list");
        check_table(&table, limits);
    }
    for sheet in sheets.iter().skip(1).take(2) {
        if let Ok(table) = workbook::read(file_name, bytes, Some(&sheet.name), limits) {
            check_table(&table, limits);
        }
    }
}

fn check_sheets(sheets: &[SheetName]) {
    assert!(!sheets.is_empty(), "no sheet is an error");
    assert!(sheets.len() <= MAX_SHEETS, "{} sheets", sheets.len());
}

fn check_table(table: &Table, limits: &Limits) {
    assert!(table.rows.len() <= limits.max_rows, "{} rows", table.rows.len());
    let cells: usize = table.rows.iter().map(|row| row.cells.len()).sum();
    assert!(cells <= limits.max_cells, "{cells} cells");
    let mut numbers = HashSet::new();
    let (mut text, mut last) = (0, 0);
    for row in &table.rows {
        assert!(row.number > last, "row {} after row {last}", row.number);
        last = row.number;
        assert!(numbers.insert(row.number), "row {} comes twice", row.number);
        assert!(row.filled() > 0, "row {} is empty", row.number);
        assert!(row.cells.len() <= MAX_COLUMNS, "{} columns", row.cells.len());
        for cell in &row.cells {
            check_cell(cell, limits);
            text += match cell {
                Cell::Text(text) | Cell::Error(text) | Cell::Picture(text) | Cell::Damaged(text) => text.len(),
                _ => 0,
            };
        }
    }
    assert!(text <= limits.max_text, "{text} bytes of text");
    assert!(table.hidden_rows.is_sorted(), "hidden rows out of order");
    for range in &table.merged {
        let is_sound = range.rows.0 <= range.rows.1 || range.columns.0 <= range.columns.1;
        assert!(is_sound && range.columns.0 < MAX_COLUMNS, "{range:?}");
    }
}

fn check_cell(cell: &Cell, limits: &Limits) {
    match cell {
        Cell::Text(text) | Cell::Damaged(text) => {
            assert!(!text.chars().all(is_blank), "blank text is an empty cell");
            assert!(text.chars().count() <= limits.max_cell_chars, "a cell of {} bytes", text.len());
        }
        Cell::Error(text) => assert!(text.chars().count() <= 40, "an error of {} bytes", text.len()),
        Cell::Number(number) => assert!(number.is_finite(), "{number} in a cell"),
        Cell::Formatted { number, .. } => {
            assert!(number.is_finite(), "{number} in a cell");
            // Shown when it is read as a text: whatever the format, it ends.
            assert!(cell.text().len() <= 4 * limits.max_cell_chars, "{number} is shown too long");
        }
        Cell::Picture(text) => assert!(text.chars().count() <= 80, "a picture of {} bytes", text.len()),
        Cell::MergedAmount(_) => panic!("no reader makes it"),
        Cell::TooLarge { chars } => assert!(*chars > limits.max_cell_chars, "{chars} characters fit"),
        Cell::Date(_) | Cell::Empty | Cell::Flag(_) | Cell::FormulaWithoutValue => {}
    }
}
