//! The records before the first sheet: names of sheets, date formats, shared strings.

use std::collections::HashMap;

use crate::{
    compound::{u16_at, u32_at},
    fault::TableFault,
    number_format::NumberFormat,
    serial::{is_date_builtin, is_date_format},
    strings::Strings,
    workbook::{Limits, SheetName, push_sheet},
};

use super::{
    Record, Records, kind, pieces,
    text::{self, Edition},
};

/// Sheets with their places, formats and strings.
pub(super) struct Globals {
    pub(super) sheets: Vec<SheetName>,
    /// Where each sheet's records begin.
    pub(super) starts: Vec<usize>,
    pub(super) is_1904: bool,
    pub(super) edition: Edition,
    pub(super) strings: Strings,
    date_formats: HashMap<u16, bool>,
    /// Formats that show more than the number.
    number_formats: HashMap<u16, NumberFormat>,
    /// Number format of each cell format.
    cell_formats: Vec<u16>,
}

impl Globals {
    /// Reads the records before the first sheet.
    pub(super) fn read(stream: &[u8], limits: &Limits) -> Result<Self, TableFault> {
        let mut globals = Self {
            sheets: Vec::new(),
            starts: Vec::new(),
            is_1904: false,
            edition: Edition::Unicode,
            strings: Strings::default(),
            date_formats: HashMap::new(),
            number_formats: HashMap::new(),
            cell_formats: Vec::new(),
        };
        let mut records = Records { stream, at: 0 };
        loop {
            let record = records.next()?;
            if record.kind == kind::EOF {
                break;
            }
            globals.take(stream, &record, limits)?;
        }
        if globals.sheets.is_empty() { Err(TableFault::NoSheet) } else { Ok(globals) }
    }

    fn take(&mut self, stream: &[u8], record: &Record<'_>, limits: &Limits) -> Result<(), TableFault> {
        let data = record.data;
        match record.kind {
            kind::BOF if u16_at(data, 0) == Some(0x0500) => self.edition = Edition::code_page(936),
            // FilePass
            0x002F => return Err(TableFault::Encrypted),
            // CodePage
            0x0042 => {
                if let (Edition::CodePage(_), Some(number)) = (self.edition, u16_at(data, 0)) {
                    self.edition = Edition::code_page(number);
                }
            }
            // Date1904
            0x0022 => self.is_1904 = u16_at(data, 0) == Some(1),
            // BoundSheet8
            0x0085 => self.sheet(data)?,
            // Format
            0x041E => {
                let width = if matches!(self.edition, Edition::Unicode) { 2 } else { 1 };
                let code = self.edition.string(&[data], 2, width);
                if let (Some(id), Some(code)) = (u16_at(data, 0), code) {
                    let is_date = is_date_format(&code);
                    self.date_formats.insert(id, is_date);
                    if let Some(format) = NumberFormat::parse(&code).filter(|_| !is_date) {
                        self.number_formats.insert(id, format);
                    }
                }
            }
            // XF
            0x00E0 => self.cell_formats.push(u16_at(data, 2).unwrap_or(0)),
            // SST
            0x00FC => self.strings = text::shared(&pieces(stream, record)?, limits)?,
            _ => {}
        }
        Ok(())
    }

    /// Notes a sheet; charts and macro sheets are none.
    fn sheet(&mut self, data: &[u8]) -> Result<(), TableFault> {
        let (Some(start), Some(state), Some(0)) = (u32_at(data, 0), data.get(4), data.get(5)) else {
            return Ok(());
        };
        let name = self.edition.string(&[data], 6, 1).unwrap_or_default();
        push_sheet(&mut self.sheets, name, state.trailing_zeros() >= 2)?;
        self.starts.push(start as usize);
        Ok(())
    }

    /// The number format of cells of this format, if it shows more than the number.
    pub(super) fn number_format(&self, cell_format: u16) -> Option<&NumberFormat> {
        self.number_formats.get(self.cell_formats.get(usize::from(cell_format))?)
    }

    /// Whether cells of this format show a date.
    pub(super) fn is_date(&self, cell_format: u16) -> bool {
        let Some(format) = self.cell_formats.get(usize::from(cell_format)) else { return false };
        self.date_formats.get(format).copied().unwrap_or_else(|| is_date_builtin(u32::from(*format)))
    }
}
