//! A register as a workbook that a chairman can sign: title, reporting unit,
//! header, one record per row; A4 across, the header on every page. Rows go to
//! disk as they come, so that a million need no more memory than ten.

use std::io::{Seek, Write};

use campaign::{
    definition::{Field, IdxVec},
    kinds::CellStyle,
};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet};
use sheet::{
    fault::TableFault,
    workbook::letter,
    write::{excel_date, fitting, is_datable, is_exact, sheet_title},
};

use crate::reading::UnitLookup;

use super::{
    CellContent, ColumnContent, FileRecord, Layout, Origin,
    cell::code_text,
    origin::ORIGIN_SHEET,
    validation::{Prompt, list_name, validation},
};

/// Rows that a sheet of Excel can have.
const MAX_ROWS: u32 = 1_048_576;
/// The row of the titles, from 0.
const HEADER: u32 = 2;
/// Characters that fit beside each other on a page.
const PAGE_WIDTH: u32 = 190;
/// Characters that are seen at first on an office PC.
const SCREEN_WIDTH: u32 = 140;
/// The first column of the hidden sheet that holds a code list.
const FIRST_LIST: u16 = 3;
/// A4.
const PAPER: u8 = 9;

/// What the file says in its own words, outside of the columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SheetTexts {
    /// The line on top.
    pub title: String,
    /// The reporting unit (填报单位：…).
    pub unit: String,
    /// The line below the title: unit, code, how many records, when.
    pub line: String,
    /// Name of the sheet.
    pub sheet: String,
    /// What is at the foot of every page, left, middle and right.
    pub footer: String,
    /// What each column says, by position of the field.
    pub prompts: IdxVec<Field, Prompt>,
}

/// A workbook being written.
pub struct XlsxWriter<'a> {
    layout: &'a Layout<'a>,
    face: SheetTexts,
    workbook: Workbook,
    sheet: Worksheet,
    sheets: usize,
    next: u32,
    looks: Styles,
    /// Most rows of a sheet.
    most: u32,
    /// Whether cells without anything in them are ruled too.
    is_ruled: bool,
}

/// Looks of cells.
struct Styles {
    title: Format,
    line: Format,
    header: Format,
    required: Format,
    text: Format,
    wrapped: Format,
    number: Format,
    money: Format,
    date: Format,
}

impl Styles {
    fn new() -> Self {
        let ruled = || Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter);
        let header = || {
            ruled()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_background_color(0x00E8_EEF4)
        };
        Self {
            title: Format::new()
                .set_bold()
                .set_font_size(16)
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            line: Format::new().set_align(FormatAlign::VerticalCenter),
            required: header().set_font_color(0x00B0_1E1E),
            header: header(),
            text: ruled().set_num_format("@"),
            wrapped: ruled().set_num_format("@").set_text_wrap(),
            number: ruled(),
            money: ruled().set_num_format("#,##0.00####"),
            date: ruled().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center),
        }
    }

    /// The look of a column as it is before anything is written.
    fn of(&self, layout: &Layout<'_>, holds: ColumnContent) -> &Format {
        let ColumnContent::Field(field) = holds else { return &self.text };
        match layout.form.fields[field].kind.spec().column.style {
            CellStyle::Text => &self.text,
            CellStyle::Wrapped => &self.wrapped,
            CellStyle::Number => &self.number,
            CellStyle::Money => &self.money,
            CellStyle::Date => &self.date,
        }
    }
}

impl<'a> XlsxWriter<'a> {
    /// Begins a workbook; `is_ruled` draws lines around empty cells too.
    ///
    /// # Errors
    /// [`TableFault::NotWritten`], as for all its methods.
    pub fn new(layout: &'a Layout<'a>, face: SheetTexts, is_ruled: bool) -> Result<Self, TableFault> {
        let mut workbook = Workbook::new();
        let sheet = workbook.new_worksheet_with_constant_memory()?;
        let looks = Styles::new();
        let mut book =
            Self { layout, face, workbook, sheet, sheets: 0, next: 0, looks, most: MAX_ROWS, is_ruled };
        book.begin()?;
        Ok(book)
    }

    /// With fewer rows on a sheet than Excel could have.
    #[must_use]
    pub fn with_rows_per_sheet(mut self, rows: u32) -> Self {
        self.most = rows.clamp(HEADER + 2, MAX_ROWS);
        self
    }

    /// Title, columns and checks of a sheet.
    fn begin(&mut self) -> Result<(), TableFault> {
        self.sheets += 1;
        let name = match self.sheets {
            1 => self.face.sheet.clone(),
            number => format!("{}（{number}）", self.face.sheet.chars().take(24).collect::<String>()),
        };
        let sheet = &mut self.sheet;
        sheet.set_name(sheet_title(&name))?;
        let last = last_on_screen(self.layout);
        for (column, width) in (0_u16..).zip(self.layout.columns.iter().map(|column| column.width)) {
            let holds = self.layout.columns[usize::from(column)].holds;
            sheet.set_column_width(column, width)?;
            sheet.set_column_format(column, self.looks.of(self.layout, holds))?;
            if holds == ColumnContent::Record {
                sheet.set_column_hidden(column)?;
            }
        }
        for (row, height, text, look) in
            [(0, 30, &self.face.title, &self.looks.title), (1, 20, &self.face.line, &self.looks.line)]
        {
            sheet.set_row_height(row, height)?;
            if last > 0 {
                sheet.merge_range(row, 0, row, last, text, look)?;
            } else {
                sheet.write_string_with_format(row, 0, text, look)?;
            }
        }
        sheet.set_row_height(HEADER, 34)?;
        for (column, title) in (0_u16..).zip(self.layout.columns.iter().map(|column| &column.title)) {
            let look = if title.starts_with('*') { &self.looks.required } else { &self.looks.header };
            sheet.write_string_with_format(HEADER, column, title, look)?;
        }
        sheet.set_freeze_panes(HEADER + 1, 0)?;
        print_across(sheet, self.layout, &self.face.footer)?;
        self.next = HEADER + 1;
        self.checks()
    }

    fn checks(&mut self) -> Result<(), TableFault> {
        for (column, holds) in (0_u16..).zip(self.layout.columns.iter().map(|column| column.holds)) {
            let ColumnContent::Field(field) = holds else { continue };
            let Some(prompt) = self.face.prompts.get(field) else { continue };
            let field = &self.layout.form.fields[field];
            let check = field.kind.spec().column.check;
            let check = validation(self.layout.definition, check, prompt, field.takes_not_applicable)?;
            self.sheet.add_data_validation(HEADER + 1, column, MAX_ROWS - 1, column, &check)?;
        }
        Ok(())
    }

    /// Writes the next record; a sheet that is full is followed by another.
    pub fn write_row(&mut self, record: &FileRecord<'_>, units: &dyn UnitLookup) -> Result<(), TableFault> {
        self.write_noted(record, "", units)
    }

    /// As [`Self::write_row`], with what is to be known of the record beside its fields.
    pub fn write_noted(
        &mut self,
        record: &FileRecord<'_>,
        note: &str,
        units: &dyn UnitLookup,
    ) -> Result<(), TableFault> {
        self.make_room()?;
        let row = self.next;
        for (column, cell) in (0_u16..).zip(self.layout.cells(record, note, units)) {
            let holds = self.layout.columns[usize::from(column)].holds;
            let look = self.looks.of(self.layout, holds);
            write(&mut self.sheet, (row, column), &cell, look, &self.looks, self.is_ruled)?;
        }
        self.next += 1;
        Ok(())
    }

    /// Writes ruled rows with nothing in them.
    pub fn empty_rows(&mut self, count: u32) -> Result<(), TableFault> {
        for _ in 0..count {
            self.make_room()?;
            for (column, holds) in (0_u16..).zip(self.layout.columns.iter().map(|column| column.holds)) {
                self.sheet.write_blank(self.next, column, self.looks.of(self.layout, holds))?;
            }
            self.next += 1;
        }
        Ok(())
    }

    fn make_room(&mut self) -> Result<(), TableFault> {
        if self.next < self.most {
            return Ok(());
        }
        let fresh = self.workbook.new_worksheet_with_constant_memory()?;
        let full = std::mem::replace(&mut self.sheet, fresh);
        self.workbook.push_worksheet(full);
        self.begin()
    }

    /// Finishes the file into a writer.
    pub fn save(self, origin: &Origin, into: impl Write + Seek + Send) -> Result<(), TableFault> {
        let Self { layout, mut workbook, sheet, looks, .. } = self;
        workbook.push_worksheet(sheet);
        let hidden = hidden_sheet(layout, &mut workbook, origin, &looks.text)?;
        workbook.push_worksheet(hidden);
        workbook.save_to_writer(into)?;
        Ok(())
    }
}

/// The last column that a title reaches over: it is in the middle of what
/// is seen at first, and of the first page.
fn last_on_screen(layout: &Layout<'_>) -> u16 {
    let mut width = 0;
    let seen = layout.columns.iter().take_while(|column| {
        width += u32::from(column.width);
        column.holds != ColumnContent::Record && width <= SCREEN_WIDTH
    });
    u16::try_from(seen.count().saturating_sub(1)).unwrap_or(u16::MAX)
}

/// A4 across; as many pages beside each other as the columns need to be read.
fn print_across(sheet: &mut Worksheet, layout: &Layout<'_>, footer: &str) -> Result<(), TableFault> {
    let shown = layout.columns.iter().filter(|column| column.holds != ColumnContent::Record);
    let width: u32 = shown.map(|column| u32::from(column.width)).sum();
    let pages = u16::try_from(width.div_ceil(PAGE_WIDTH).max(1)).unwrap_or(1);
    sheet
        .set_paper_size(PAPER)
        .set_landscape()
        .set_print_fit_to_pages(pages, 0)
        .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3)
        .set_footer(footer)
        .set_repeat_rows(0, HEADER)?;
    Ok(())
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &CellContent<'_>,
    look: &Format,
    looks: &Styles,
    is_ruled: bool,
) -> Result<(), TableFault> {
    match cell {
        CellContent::Empty if is_ruled => sheet.write_blank(row, column, look)?,
        CellContent::Empty => sheet,
        CellContent::Text(text) => sheet.write_string_with_format(row, column, fitting(text), look)?,
        _ => match number(cell) {
            Some(number) => sheet.write_number_with_format(row, column, number, look)?,
            None => match cell {
                CellContent::Date(date) if is_datable(*date) => {
                    sheet.write_datetime_with_format(row, column, excel_date(*date)?, &looks.date)?
                }
                // What a number cell would round is written as text, every digit of it.
                _ => sheet.write_string_with_format(row, column, cell.text(), &looks.text)?,
            },
        },
    };
    Ok(())
}

/// The number that a cell keeps exactly; `None` for what it would round.
fn number(cell: &CellContent<'_>) -> Option<f64> {
    let number: f64 = match cell {
        CellContent::Integer(number) => number.to_string().parse().ok()?,
        CellContent::Number(number) => *number,
        CellContent::Money { .. } => cell.text().parse().ok()?,
        _ => return None,
    };
    is_exact(number, &cell.text()).then_some(number)
}

/// Where the file came from, and the code lists of its columns.
fn hidden_sheet(
    layout: &Layout<'_>,
    workbook: &mut Workbook,
    origin: &Origin,
    look: &Format,
) -> Result<Worksheet, TableFault> {
    let mut sheet = Worksheet::new();
    sheet.set_name(ORIGIN_SHEET)?.set_very_hidden(true);
    for (row, (label, value)) in (0_u32..).zip(origin.pairs()) {
        sheet.write_string(row, 0, label)?;
        sheet.write_string_with_format(row, 1, fitting(&value), look)?;
    }
    for (column, position) in (FIRST_LIST..).zip(layout.dictionaries()) {
        let dictionary = &layout.definition.dictionaries[position];
        sheet.write_string(0, column, &dictionary.label.zh)?;
        let mut last = 1;
        for (row, entry) in (1_u32..).zip(&dictionary.codes) {
            sheet.write_string_with_format(row, column, code_text(dictionary, &entry.code), look)?;
            last = row + 1;
        }
        let letter = letter(usize::from(column));
        let range = format!("='{ORIGIN_SHEET}'!${letter}$2:${letter}${}", last.max(2));
        workbook.define_name(list_name(&dictionary.id), &range)?;
    }
    Ok(sheet)
}
