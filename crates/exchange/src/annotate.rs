//! Returns a sheet with its faults written into it, so that clerks can correct
//! the file they know.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use rust_xlsxwriter::{Format, FormatAlign, Note, Workbook, Worksheet};
use sheet::{
    fault::TableFault,
    number_format::FormatWords,
    workbook::{Cell, SheetRow, Table, letter},
    write::{excel_date, fitting, sheet_title},
};

/// Excel grows slow with more; the last column has all messages in any case.
const MAX_NOTES: usize = 5_000;
/// Rows among which the header is looked for.
const SEARCHED: usize = 40;
const RED: u32 = 0x00FF_C7CE;
const YELLOW: u32 = 0x00FF_EB9C;

/// One message, in the language of the person who gets the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellNote {
    /// Number of the row in the sheet.
    pub row: u32,
    /// The column, from 0; `None` for the row as a whole.
    pub column: Option<usize>,
    /// The message.
    pub text: String,
    /// Whether the row was refused for it.
    pub is_error: bool,
}

/// Writes sheets again as xlsx: every row at its own place, faulty cells red
/// and doubtful ones yellow with a note, and a last column, titled `heading`,
/// with all messages of the row.
///
/// # Errors
/// [`TableFault::NotWritten`].
pub fn annotate(pages: &[(Table, Vec<CellNote>)], heading: &str) -> Result<Vec<u8>, TableFault> {
    let mut workbook = Workbook::new();
    let mut notes = 0;
    for (table, own) in pages {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(sheet_title(&table.sheet))?;
        let last = table.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let mut page = Page { sheet, formats: Formats::new(), last: column(last), notes };
        page.write(table, own, heading)?;
        notes = page.notes;
    }
    Ok(workbook.save_to_buffer()?)
}

/// The row that looks like the header: the one with most cells among the first without messages.
fn header(table: &Table, notes: &BTreeMap<u32, Vec<&CellNote>>) -> Option<u32> {
    let mut rows = table.rows.iter().take(SEARCHED).take_while(|row| !notes.contains_key(&row.number));
    let first = rows.next()?;
    let wider = |best: &'_ SheetRow, row: &'_ SheetRow| row.filled() > best.filled();
    Some(rows.fold(first, |best, row| if wider(best, row) { row } else { best }).number)
}

/// Looks of cells.
struct Formats {
    bold: Format,
    plain: Format,
    date: Format,
    /// Messages.
    wrapped: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            bold: Format::new().set_bold(),
            plain: Format::new(),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }

    fn of(&self, cell: &Cell, is_error: Option<bool>) -> Format {
        let base = if matches!(cell, Cell::Date(_)) { &self.date } else { &self.plain };
        match is_error {
            None => base.clone(),
            Some(is_error) => base.clone().set_background_color(if is_error { RED } else { YELLOW }),
        }
    }
}

/// The sheet being written.
struct Page<'w> {
    sheet: &'w mut Worksheet,
    formats: Formats,
    /// The column of messages.
    last: u16,
    notes: usize,
}

impl Page<'_> {
    /// Writes all rows of a table with what is to be said of them.
    fn write(&mut self, table: &Table, notes: &[CellNote], heading: &str) -> Result<(), TableFault> {
        let mut by_row: BTreeMap<u32, Vec<&CellNote>> = BTreeMap::new();
        for note in notes {
            by_row.entry(note.row).or_default().push(note);
        }
        self.sheet.set_column_width(self.last, 60)?;
        let header = header(table, &by_row);
        // Rows that are on no line of the table but have a message come at their place too.
        let numbers: BTreeSet<u32> =
            table.rows.iter().map(|row| row.number).chain(by_row.keys().copied()).collect();
        let mut rows = table.rows.iter().peekable();
        for number in numbers {
            let row = rows.next_if(|row| row.number == number);
            let notes = by_row.get(&number).map(Vec::as_slice).unwrap_or_default();
            self.row(number, row, notes)?;
            if header == Some(number) {
                let at = number.saturating_sub(1);
                self.sheet.write_string_with_format(at, self.last, heading, &self.formats.bold)?;
            }
        }
        Ok(())
    }

    fn row(&mut self, number: u32, row: Option<&SheetRow>, notes: &[&CellNote]) -> Result<(), TableFault> {
        let at = number.saturating_sub(1);
        let width = row.map_or(0, |row| row.cells.len());
        let noted = notes.iter().filter_map(|note| note.column).max().map_or(0, |last| last + 1);
        for index in 0..width.max(noted.min(usize::from(self.last))) {
            let cell = row.map_or(&Cell::Empty, |row| row.cell(index));
            let own: Vec<&CellNote> =
                notes.iter().filter(|note| note.column == Some(index)).copied().collect();
            self.cell(at, index, cell, &own)?;
        }
        if !notes.is_empty() {
            let is_error = notes.iter().any(|note| note.is_error);
            let color = if is_error { RED } else { YELLOW };
            let format = self.formats.wrapped.clone().set_background_color(color);
            self.sheet.write_string_with_format(at, self.last, fitting(&messages(notes)), &format)?;
        }
        Ok(())
    }

    fn cell(&mut self, row: u32, index: usize, cell: &Cell, notes: &[&CellNote]) -> Result<(), TableFault> {
        let at = column(index);
        let is_error = (!notes.is_empty()).then(|| notes.iter().any(|note| note.is_error));
        if is_error.is_none() && *cell == Cell::Empty {
            return Ok(());
        }
        let format = self.formats.of(cell, is_error);
        match cell {
            Cell::Number(number) => self.sheet.write_number_with_format(row, at, *number, &format)?,
            Cell::Formatted { number, format: added } if is_text(&added.show(*number)) => {
                self.sheet.write_string_with_format(row, at, fitting(&added.show(*number)), &format)?
            }
            Cell::Formatted { number, format: added } => {
                // The words are part of what the clerk reads: without them the amount would be another.
                let format = format.set_num_format(number_format(added));
                self.sheet.write_number_with_format(row, at, *number, &format)?
            }
            Cell::MergedAmount(_) => {
                self.sheet.write_string_with_format(row, at, fitting(&cell.text()), &format)?
            }
            Cell::Date(date) => {
                self.sheet.write_datetime_with_format(row, at, excel_date(*date)?, &format)?
            }
            Cell::Flag(flag) => self.sheet.write_boolean_with_format(row, at, *flag, &format)?,
            Cell::Text(text) | Cell::Error(text) | Cell::Picture(text) | Cell::Damaged(text) => {
                self.sheet.write_string_with_format(row, at, fitting(text), &format)?
            }
            Cell::Empty | Cell::FormulaWithoutValue | Cell::TooLarge { .. } => {
                self.sheet.write_blank(row, at, &format)?
            }
        };
        if is_error.is_some() && self.notes < MAX_NOTES {
            self.notes += 1;
            let texts: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
            let note = Note::new(fitting(&texts.join("\n"))).add_author_prefix(false).set_width(260);
            self.sheet.insert_note(row, at, &note)?;
        }
        Ok(())
    }
}

/// Whether a number is shown as a text that is not its amount: 0001.
fn is_text(shown: &str) -> bool {
    shown.len() > 1 && shown.starts_with('0') && shown.bytes().all(|byte| byte.is_ascii_digit())
}

/// The code of a number format that adds the same.
fn number_format(added: &FormatWords) -> String {
    let commas = ",".repeat(usize::try_from(added.zeros / 3).unwrap_or(0));
    let shifted = "0".repeat(usize::try_from(added.zeros % 3).unwrap_or(0));
    let number = match (added.zeros, shifted.is_empty()) {
        (0, _) => "General".to_owned(),
        (_, true) => format!("0{commas}"),
        (_, false) => format!("0\\.{shifted}{commas}"),
    };
    let words = added.words.replace('"', "");
    if words.is_empty() { number } else { format!("{number}\"{words}\"") }
}

/// All messages of a row, each with the letter of its column.
fn messages(notes: &[&CellNote]) -> String {
    let mut text = String::new();
    for note in notes {
        let break_ = if text.is_empty() { "" } else { "\n" };
        let column = note.column.map(|index| format!("{}: ", letter(index))).unwrap_or_default();
        // Writing into a string cannot fail.
        let _ = write!(text, "{break_}{column}{}", note.text);
    }
    text
}

/// A column's position as the writer takes it; a table has at most 16,384.
fn column(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(16_383).min(16_383)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sheet::workbook::{Limits, read};

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn an_amount_keeps_the_words_of_its_format() {
        for (words, zeros) in [("万元", 0), ("万元", 4), ("", 3), ("百万元", 6)] {
            let format = FormatWords { words: words.to_owned(), zeros, ..FormatWords::default() };
            let cell = Cell::Formatted { number: 5.2, format: std::sync::Arc::new(format) };
            let rows = vec![
                SheetRow { number: 1, cells: vec![text("编号"), text("年创效")] },
                SheetRow { number: 2, cells: vec![text("1"), cell.clone()] },
            ];
            let table = Table { sheet: "表".to_owned(), rows, ..Table::default() };
            let note = CellNote { row: 2, column: Some(1), text: "看".to_owned(), is_error: true };
            let bytes = annotate(&[(table, vec![note])], "问题").unwrap();
            let again = read("x.xlsx", &bytes, None, &Limits::default()).unwrap();
            let Cell::Formatted { number, format } = again.rows[1].cell(1) else { panic!("{words} {zeros}") };
            assert!((number - 5.2).abs() < 1e-9);
            assert_eq!((format.words.as_str(), format.zeros), (words, zeros));
        }
    }

    #[test]
    fn rows_stay_where_they_were() {
        let rows = vec![
            SheetRow { number: 1, cells: vec![text("台账")] },
            SheetRow { number: 3, cells: vec![text("编号"), text("日期"), text("人数")] },
            SheetRow { number: 5, cells: vec![text("1"), text("2011年2月30日"), Cell::Number(3.0)] },
            SheetRow { number: 6, cells: vec![text("2")] },
        ];
        let table = Table { sheet: "表".to_owned(), rows, ..Table::default() };
        let note =
            |row, column, text: &str, is_error| CellNote { row, column, text: text.to_owned(), is_error };
        let notes = [
            note(5, Some(1), "没有这一天", true),
            note(5, None, "整行重复", false),
            note(6, Some(2), "缺人数", true),
        ];
        let bytes = annotate(&[(table, notes.to_vec())], "问题").unwrap();
        let again = read("x.xlsx", &bytes, None, &Limits::default()).unwrap();
        assert_eq!(again.sheet, "表");
        let shown: Vec<(u32, Vec<String>)> =
            again.rows.iter().map(|row| (row.number, row.cells.iter().map(Cell::text).collect())).collect();
        let expected: [(u32, &[&str]); 4] = [
            (1, &["台账"]),
            (3, &["编号", "日期", "人数", "问题"]),
            (5, &["1", "2011年2月30日", "3", "B: 没有这一天\n整行重复"]),
            (6, &["2", "", "", "C: 缺人数"]),
        ];
        assert_eq!(shown, expected.map(|(n, cells)| (n, cells.iter().map(|c| (*c).to_owned()).collect())));
    }
}
