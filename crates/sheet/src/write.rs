//! Writes simple tables: xlsx row by row through a temporary file, csv as a
//! stream. The memory they need does not grow with the number of rows.

use std::{
    collections::BTreeMap,
    io::{Seek, Write},
};

use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::fault::TableFault;

/// Rows that a sheet of Excel can have.
const MAX_ROWS: u32 = 1_048_576;
/// Characters that a cell of Excel can have.
pub(crate) const MAX_CHARS: usize = 32_767;

/// What to write into a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Output<'a> {
    /// Nothing.
    Empty,
    /// Text; never taken for a formula.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number with decimals.
    Number(f64),
    /// A day.
    Date(Date),
    /// A day with its time.
    Moment(DateTime),
    /// A number in a format of Excel, such as `0.0%`.
    Formatted(f64, &'a str),
}

impl From<XlsxError> for TableFault {
    fn from(error: XlsxError) -> Self {
        Self::NotWritten { detail: error.to_string() }
    }
}

impl From<csv::Error> for TableFault {
    fn from(error: csv::Error) -> Self {
        Self::NotWritten { detail: error.to_string() }
    }
}

/// A column's heading and its width in characters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heading<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its width; a Chinese character takes two.
    pub width: u16,
}

/// What a sheet says around its table: lines above it, and a line at the foot of every printed page.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SheetFrame<'a> {
    /// The title, in large letters.
    pub title: &'a str,
    /// Lines below the title.
    pub lines: &'a [String],
    /// The foot of every page, as Excel writes it (`&P` is the number of the page).
    pub footer: &'a str,
}

/// An xlsx being written, one sheet after the other.
pub struct XlsxTable {
    workbook: Workbook,
    sheet: Worksheet,
    next: u32,
    /// Whether the sheet has a frame: its cells are ruled, and it prints on A4.
    is_framed: bool,
    styles: Styles,
}

/// The styles of cells; each is made once for a workbook.
struct Styles {
    text: Format,
    empty: Format,
    by_number_format: BTreeMap<(bool, String), Format>,
}

/// A4.
const PAPER: u8 = 9;
/// Characters that fit beside each other on a page before it is made smaller.
const PAGE_WIDTH: u16 = 150;

fn ruled() -> Format {
    Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter)
}

impl Styles {
    fn new() -> Self {
        Self {
            text: ruled().set_num_format("@").set_text_wrap(),
            empty: ruled(),
            by_number_format: BTreeMap::new(),
        }
    }

    /// The look of a number, a day or a moment in a format of Excel.
    fn number(&mut self, is_framed: bool, format: &str) -> &Format {
        let plain = if is_framed { ruled() } else { Format::new() };
        let key = (is_framed, format.to_owned());
        self.by_number_format.entry(key).or_insert_with(|| plain.set_num_format(format))
    }
}

impl XlsxTable {
    /// Begins a sheet; its headings stay in view and can filter.
    ///
    /// # Errors
    /// [`TableFault::NotWritten`], as for all its methods.
    pub fn new(sheet_name: &str, headings: &[Heading<'_>]) -> Result<Self, TableFault> {
        Self::begin(sheet_name, None, headings)
    }

    /// Begins a sheet with a frame, which prints on A4 across.
    pub fn framed(
        sheet_name: &str,
        frame: &SheetFrame<'_>,
        headings: &[Heading<'_>],
    ) -> Result<Self, TableFault> {
        Self::begin(sheet_name, Some(frame), headings)
    }

    fn begin(
        sheet_name: &str,
        frame: Option<&SheetFrame<'_>>,
        headings: &[Heading<'_>],
    ) -> Result<Self, TableFault> {
        let mut workbook = Workbook::new();
        let sheet = workbook.new_worksheet_with_constant_memory()?;
        let mut table = Self { workbook, sheet, next: 0, is_framed: frame.is_some(), styles: Styles::new() };
        table.head(sheet_name, frame, headings)?;
        Ok(table)
    }

    /// Ends the sheet and begins another one with a frame.
    pub fn next_sheet(
        &mut self,
        sheet_name: &str,
        frame: &SheetFrame<'_>,
        headings: &[Heading<'_>],
    ) -> Result<(), TableFault> {
        let fresh = self.workbook.new_worksheet_with_constant_memory()?;
        let full = std::mem::replace(&mut self.sheet, fresh);
        self.workbook.push_worksheet(full);
        (self.next, self.is_framed) = (0, true);
        self.head(sheet_name, Some(frame), headings)
    }

    /// Name, frame and headings of the present sheet.
    fn head(
        &mut self,
        sheet_name: &str,
        frame: Option<&SheetFrame<'_>>,
        headings: &[Heading<'_>],
    ) -> Result<(), TableFault> {
        self.sheet.set_name(sheet_title(sheet_name))?;
        for (column, heading) in (0_u16..).zip(headings) {
            self.sheet.set_column_width(column, heading.width)?;
        }
        if let Some(frame) = frame {
            let title = Format::new().set_bold().set_font_size(16).set_align(FormatAlign::VerticalCenter);
            self.sheet.set_row_height(0, 30)?;
            self.sheet.write_string_with_format(0, 0, fitting(frame.title), &title)?;
            for (row, line) in (1_u32..).zip(frame.lines) {
                self.sheet.write_string(row, 0, fitting(line))?;
                self.next = row;
            }
            self.next += 1;
        }
        let format = ruled()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Center)
            .set_background_color(0x00E8_EEF4);
        for (column, heading) in (0_u16..).zip(headings) {
            self.sheet.write_string_with_format(self.next, column, heading.title, &format)?;
        }
        self.sheet.set_freeze_panes(self.next + 1, u16::from(frame.is_some()))?;
        if let Some(frame) = frame {
            let width: u16 = headings.iter().map(|heading| heading.width).sum();
            self.sheet.set_paper_size(PAPER);
            self.sheet
                .set_landscape()
                .set_print_fit_to_pages(width.div_ceil(PAGE_WIDTH * 2).max(1), 0)
                .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3)
                .set_footer(frame.footer)
                .set_repeat_rows(self.next, self.next)?;
        }
        self.next += 1;
        Ok(())
    }

    /// Writes the next row.
    pub fn row(&mut self, cells: &[Output<'_>]) -> Result<(), TableFault> {
        if self.next >= MAX_ROWS {
            return Err(TableFault::TooManyRows { max: MAX_ROWS as usize });
        }
        for (column, cell) in (0_u16..).zip(cells) {
            self.cell(column, *cell)?;
        }
        self.next += 1;
        Ok(())
    }

    fn cell(&mut self, column: u16, cell: Output<'_>) -> Result<(), TableFault> {
        let (row, sheet) = (self.next, &mut self.sheet);
        match cell {
            Output::Empty if self.is_framed => {
                sheet.write_blank(row, column, &self.styles.empty)?;
            }
            Output::Empty => {}
            Output::Text(text) if self.is_framed => {
                sheet.write_string_with_format(row, column, fitting(text), &self.styles.text)?;
            }
            Output::Text(text) => {
                sheet.write_string(row, column, fitting(text))?;
            }
            Output::Integer(number) => self.integer(column, number)?,
            Output::Number(number) if !self.is_framed => {
                sheet.write_number(row, column, number)?;
            }
            Output::Number(number) => {
                let look = self.styles.number(true, "#,##0.######");
                sheet.write_number_with_format(row, column, number, look)?;
            }
            Output::Formatted(number, format) => {
                let look = self.styles.number(self.is_framed, format);
                sheet.write_number_with_format(row, column, number, look)?;
            }
            Output::Date(date) => {
                let look = self.styles.number(self.is_framed, "yyyy-mm-dd");
                sheet.write_datetime_with_format(row, column, excel_date(date)?, look)?;
            }
            Output::Moment(moment) => {
                let time = moment.time();
                let (hour, minute) = (time.hour().unsigned_abs(), time.minute().unsigned_abs());
                let value = excel_date(moment.date())?.and_hms(hour.into(), minute, 0)?;
                let look = self.styles.number(self.is_framed, "yyyy-mm-dd hh:mm");
                sheet.write_datetime_with_format(row, column, value, look)?;
            }
        }
        Ok(())
    }

    /// Whole numbers that a number cell would round are written as text.
    fn integer(&mut self, column: u16, number: i64) -> Result<(), TableFault> {
        const EXACT: u64 = 999_999_999_999_999;
        if number.unsigned_abs() > EXACT {
            return self.cell(column, Output::Text(&number.to_string()));
        }
        #[expect(clippy::cast_precision_loss, reason = "at most fifteen digits")]
        let value = number as f64;
        if self.is_framed {
            let look = self.styles.number(true, "#,##0");
            self.sheet.write_number_with_format(self.next, column, value, look)?;
        } else {
            self.sheet.write_number(self.next, column, value)?;
        }
        Ok(())
    }

    /// Finishes the file into a writer.
    pub fn save(self, into: impl Write + Seek + Send) -> Result<(), TableFault> {
        let Self { mut workbook, sheet, .. } = self;
        workbook.push_worksheet(sheet);
        workbook.save_to_writer(into)?;
        Ok(())
    }

    /// Finishes the file in memory.
    pub fn finish(self) -> Result<Vec<u8>, TableFault> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        self.save(&mut bytes)?;
        Ok(bytes.into_inner())
    }
}

/// Whether Excel knows a day: its calendar has a day too many before March 1900, and ends in 9999.
pub fn is_datable(date: Date) -> bool {
    date.year() > 1900 && date.year() < 9999
}

/// A day as the writer takes it.
///
/// # Errors
/// [`TableFault::NotWritten`] for a day that Excel does not know.
pub fn excel_date(date: Date) -> Result<ExcelDateTime, TableFault> {
    let year = u16::try_from(date.year()).unwrap_or(0);
    Ok(ExcelDateTime::from_ymd(year, date.month().unsigned_abs(), date.day().unsigned_abs())?)
}

/// Whether a number cell keeps what `text` says: Excel has fifteen digits.
pub fn is_exact(number: f64, text: &str) -> bool {
    let rounded = format!("{number:.14e}").parse::<f64>();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    number.is_finite() && (digits <= 15 || rounded == Ok(number) && number.to_string() == text)
}

/// Text cut to what a cell can hold.
pub fn fitting(text: &str) -> &str {
    // The limit counts UTF-16 units; a character has at most two.
    if text.len() <= MAX_CHARS {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > MAX_CHARS
    });
    end.map_or(text, |(end, _)| &text[..end])
}

/// A name that Excel accepts for a sheet.
pub fn sheet_title(name: &str) -> String {
    let allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') && !c.is_control();
    let name: String = name.chars().filter(allowed).take(31).collect();
    let name = name.trim_matches('\'');
    if name.trim().is_empty() { "Sheet1".to_owned() } else { name.to_owned() }
}

/// A csv in UTF-8 with a mark, so that Excel reads it rightly.
pub struct CsvTable<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> CsvTable<W> {
    /// Begins a file with its headings.
    ///
    /// # Errors
    /// [`TableFault::NotWritten`], as for all its methods.
    pub fn new(mut into: W, headings: &[&str]) -> Result<Self, TableFault> {
        into.write_all("\u{feff}".as_bytes()).map_err(csv::Error::from)?;
        let mut writer =
            csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(into);
        writer.write_record(headings.iter().map(|heading| guarded(heading)))?;
        Ok(Self { writer })
    }

    /// Writes the next row.
    pub fn row(&mut self, cells: &[Output<'_>]) -> Result<(), TableFault> {
        for cell in cells {
            match cell {
                Output::Empty => self.writer.write_field("")?,
                Output::Text(text) => self.writer.write_field(guarded(text))?,
                Output::Integer(number) => self.writer.write_field(number.to_string())?,
                Output::Number(number) | Output::Formatted(number, _) => {
                    self.writer.write_field(number.to_string())?;
                }
                Output::Date(date) => self.writer.write_field(date.to_string())?,
                Output::Moment(moment) => self.writer.write_field(moment.strftime("%F %H:%M").to_string())?,
            }
        }
        self.writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Finishes the file and gives the writer back.
    pub fn finish(self) -> Result<W, TableFault> {
        self.writer.into_inner().map_err(|error| TableFault::NotWritten { detail: error.to_string() })
    }
}

/// Signs with which a spreadsheet would begin a formula.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Text that no spreadsheet takes for a formula: an apostrophe in front, except for plain numbers.
fn guarded(text: &str) -> String {
    if text.starts_with(FORMULA) && text.parse::<f64>().is_err() {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Takes the apostrophe off again that [`CsvTable`] put in front.
pub fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::workbook::{Cell, Limits, read};

    const ROW: [Output<'static>; 5] = [
        Output::Text("=1+1"),
        Output::Integer(12),
        Output::Number(1.5),
        Output::Date(date(2011, 8, 1)),
        Output::Integer(1_234_567_890_123_456_789),
    ];

    #[test]
    fn an_xlsx_is_read_back() {
        let headings = ["文", "数", "小数", "日", "长"].map(|title| Heading { title, width: 10 });
        let mut table = XlsxTable::new("台账[1]", &headings).unwrap();
        table.row(&ROW).unwrap();
        table.row(&[Output::Empty, Output::Integer(-3)]).unwrap();
        let read = read("a.xlsx", &table.finish().unwrap(), None, &Limits::default()).unwrap();
        assert_eq!(read.sheet, "台账1");
        assert_eq!(
            read.rows[1].cells,
            [
                Cell::Text("=1+1".to_owned()),
                Cell::Number(12.0),
                Cell::Number(1.5),
                Cell::Date(date(2011, 8, 1)),
                Cell::Text("1234567890123456789".to_owned())
            ]
        );
        assert_eq!(read.rows[2].cells, [Cell::Empty, Cell::Number(-3.0)]);
    }

    #[test]
    fn a_csv_holds_no_formula() {
        let mut table = CsvTable::new(Vec::new(), &["文", "@数"]).unwrap();
        table.row(&ROW).unwrap();
        table.row(&[Output::Text("-5"), Output::Text("-a\"b"), Output::Empty]).unwrap();
        let text = String::from_utf8(table.finish().unwrap()).unwrap();
        assert_eq!(
            text,
            "\u{feff}文,'@数\r\n'=1+1,12,1.5,2011-08-01,1234567890123456789\r\n-5,\"'-a\"\"b\",\r\n"
        );
    }

    #[test]
    fn texts_are_cut_to_fit() {
        assert_eq!(fitting(&"文".repeat(40_000)).chars().count(), MAX_CHARS);
        assert_eq!(fitting("短"), "短");
        assert_eq!(sheet_title("[]:"), "Sheet1");
    }
}
