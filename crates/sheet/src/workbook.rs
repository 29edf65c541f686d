//! Turns the bytes of a file into a table of cells, whatever the format.

use std::sync::Arc;

use jiff::civil::Date;

use crate::{
    budget::Budget,
    delimited,
    fault::TableFault,
    html,
    number_format::FormatWords,
    ods,
    sniff::{self, FileFormat},
    spreadsheet_ml, xls, xlsx,
};

/// How much a file may ask for. The defaults let a ledger of 100,000 rows
/// through and keep reading below 400 MB of memory whatever the file says.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the file.
    pub max_bytes: usize,
    /// Bytes that all parts of a zip may unpack to together.
    pub max_unpacked: u64,
    /// How many times larger than packed a large part may unpack.
    pub max_ratio: u64,
    /// Rows that are not empty.
    pub max_rows: usize,
    /// Cells, with the gaps between them in a row.
    pub max_cells: usize,
    /// Bytes of text in all cells together.
    pub max_text: usize,
    /// Characters in one cell (Excel's own limit).
    pub max_cell_chars: usize,
    /// Memory and time of this one reading, and the way to stop it.
    pub budget: Budget,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            max_unpacked: 1 << 30,
            max_ratio: 300,
            max_rows: 1_048_576,
            max_cells: 4_000_000,
            max_text: 96 << 20,
            max_cell_chars: 32_767,
            budget: Budget::UNLIMITED,
        }
    }
}

/// One sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetName {
    /// Its name; empty for a csv.
    pub name: String,
    /// Whether a person who opens the workbook sees it.
    pub visible: bool,
}

/// One sheet's cells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Name of the sheet; empty for a csv.
    pub sheet: String,
    /// The rows with at least one cell that is not empty, from top to bottom.
    pub rows: Vec<SheetRow>,
    /// Cells that are merged into one. Only the first cell of each has content.
    pub merged: Vec<MergedRange>,
    /// Numbers of the rows with cells that are hidden, by hand or by a filter, from top to bottom.
    pub hidden_rows: Vec<u32>,
    /// Whether serial numbers of days count from 1904 and not from 1900.
    pub is_1904: bool,
    /// Of a sheet that read downwards and was turned, where the content of each column is in the file:
    /// number of its row, and its column from 0. Empty for all others.
    pub turned: Vec<(u32, usize)>,
}

/// Cells that are merged into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergedRange {
    /// Numbers of its first and its last row.
    pub rows: (u32, u32),
    /// Its first and its last column, from 0.
    pub columns: (usize, usize),
}

/// One row of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetRow {
    /// Its number as Excel shows it, from 1 (csv: the line on which the record starts).
    pub number: u32,
    /// Its cells from column A on; cells after the last one are empty.
    pub cells: Vec<Cell>,
}

impl SheetRow {
    /// The cell in this column, counted from 0.
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }

    /// How many of its cells are not empty.
    pub fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| **cell != Cell::Empty).count()
    }
}

/// The content of a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing, or only spaces.
    Empty,
    /// Text, as written.
    Text(String),
    /// A number that is shown as it is.
    Number(f64),
    /// A number whose format shows something else: `0001`, `建0012`, `5.20万元`.
    Formatted {
        /// The number.
        number: f64,
        /// What the format adds.
        format: Arc<FormatWords>,
    },
    /// A number that the sheet shows as a date.
    Date(Date),
    /// TRUE or FALSE.
    Flag(bool),
    /// A spreadsheet error such as `#REF!`.
    Error(String),
    /// A formula whose value was never computed: some programs write such files.
    FormulaWithoutValue,
    /// Text longer than a cell can hold; it was not kept.
    TooLarge {
        /// Its length.
        chars: usize,
    },
    /// A picture, which WPS keeps in a cell as a formula; here is the formula.
    Picture(String),
    /// Text in which bytes are no characters; a sign stands in the place of each.
    Damaged(String),
    /// An amount that is merged over several cells: nobody knows what of it belongs to which.
    /// No reader makes it; see `exchange::rows`.
    MergedAmount(Box<MergedAmount>),
}

/// An amount in a merged range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedAmount {
    /// What the range shows.
    pub shown: String,
    /// Its first and its last row.
    pub rows: (u32, u32),
}

/// Tables have millions of cells: what is rare is kept in a box.
const _: () = assert!(size_of::<Cell>() == 32);

impl Cell {
    /// The number in it, whatever its format.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) | Self::Formatted { number, .. } => Some(*number),
            _ => None,
        }
    }

    /// The cell as a person would read it.
    pub fn text(&self) -> String {
        match self {
            Self::Empty | Self::FormulaWithoutValue | Self::TooLarge { .. } => String::new(),
            Self::Text(text) | Self::Error(text) | Self::Picture(text) | Self::Damaged(text) => text.clone(),
            Self::Formatted { number, format } => format.show(*number),
            Self::MergedAmount(amount) => amount.shown.clone(),
            Self::Number(number) => number.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Flag(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        }
    }
}

/// Lists the worksheets of a file in their order; a csv has one, without a name.
///
/// # Errors
/// Any fault of the file as a whole.
pub fn sheets(file_name: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<SheetName>, TableFault> {
    match sniff::format(file_name, bytes, limits)? {
        FileFormat::Xlsx => xlsx::sheets(bytes, limits),
        FileFormat::Ods => ods::sheets(bytes, limits),
        FileFormat::Xls => xls::sheets(bytes, limits),
        FileFormat::SpreadsheetMl => spreadsheet_ml::sheets(bytes, limits),
        FileFormat::Html | FileFormat::Delimited => {
            Ok(vec![SheetName { name: String::new(), visible: true }])
        }
    }
}

/// Reads one sheet: the one of this name, or the first visible one.
///
/// # Errors
/// Any fault of the file as a whole.
pub fn read(
    file_name: &str,
    bytes: &[u8],
    sheet: Option<&str>,
    limits: &Limits,
) -> Result<Table, TableFault> {
    match sniff::format(file_name, bytes, limits)? {
        FileFormat::Xlsx => xlsx::read(bytes, sheet, limits),
        FileFormat::Ods => ods::read(bytes, sheet, limits),
        FileFormat::Xls => xls::read(bytes, sheet, limits),
        FileFormat::SpreadsheetMl => spreadsheet_ml::read(bytes, sheet, limits),
        FileFormat::Html => html::read(bytes, limits),
        FileFormat::Delimited => delimited::read(bytes, limits),
    }
}

/// Sheets that a workbook may have; the largest real ones have some hundreds.
pub(crate) const MAX_SHEETS: usize = 10_000;
/// Bytes that the name of a sheet may have; Excel allows 31 characters, LibreOffice more.
pub(crate) const MAX_NAME: usize = 1000;

/// Adds a sheet to the list of a workbook, within the limits that every workbook keeps.
pub(crate) fn push_sheet(sheets: &mut Vec<SheetName>, name: String, visible: bool) -> Result<(), TableFault> {
    if sheets.len() >= MAX_SHEETS {
        return Err(TableFault::damaged("too many sheets"));
    }
    if name.len() > MAX_NAME {
        return Err(TableFault::damaged("the name of a sheet is too long"));
    }
    sheets.push(SheetName { name, visible });
    Ok(())
}

/// Position of the sheet asked for, or of the first visible one.
pub(crate) fn choose(sheets: &[SheetName], wanted: Option<&str>) -> Result<usize, TableFault> {
    match wanted {
        Some(name) => {
            sheets.iter().position(|sheet| sheet.name == name).ok_or_else(|| TableFault::NoSuchSheet {
                name: name.to_owned(),
                available: sheets.iter().map(|sheet| sheet.name.clone()).collect(),
            })
        }
        None => sheets
            .iter()
            .position(|sheet| sheet.visible)
            .or((!sheets.is_empty()).then_some(0))
            .ok_or(TableFault::NoSheet),
    }
}

/// The letter of a column.
pub fn letter(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        rest -= 1;
        // A remainder below 26 is one of the letters.
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// Spaces of every kind, with the invisible characters that copying from web pages leaves.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}')
}
