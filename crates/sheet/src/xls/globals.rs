//! The records before the first sheet: names of sheets, number formats, shared strings.

use std::collections::HashMap;

use crate::{
    compound::{u16_at, u32_at},
    fault::TableFault,
    number_format::CellFormat,
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
    /// Whether the stream is a worksheet of Excel 2, whose records have another layout.
    pub(super) is_second_edition: bool,
    /// Whether there is nothing but the one worksheet.
    pub(super) is_bare: bool,
    pub(super) strings: Strings,
    formats: HashMap<u16, CellFormat>,
    /// Number format of each cell format.
    cell_formats: Vec<u16>,
}

impl Globals {
    /// Reads the records before the first sheet.
    pub(super) fn read(stream: &[u8], limits: &Limits) -> Result<Self, TableFault> {
        let mut globals = Self::new(limits);
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

    /// What a stream that is one worksheet says of itself, among its cells.
    pub(super) fn of_bare_sheet(stream: &[u8], limits: &Limits) -> Result<Self, TableFault> {
        let mut globals = Self::new(limits);
        if u16_at(stream, 4) != Some(0x0600) {
            globals.edition = Edition::code_page(936);
        }
        globals.is_second_edition = u16_at(stream, 0) == Some(0x0009);
        globals.is_bare = true;
        push_sheet(&mut globals.sheets, String::new(), true)?;
        globals.starts.push(0);
        let mut records = Records { stream, at: 0 };
        while records.at < stream.len() {
            let record = records.next()?;
            match record.kind {
                kind::EOF => break,
                // A sheet lists no sheets, and the head was read above.
                kind::BOF | 0x0085 => {}
                _ => globals.take(stream, &record, limits)?,
            }
        }
        Ok(globals)
    }

    fn new(limits: &Limits) -> Self {
        Self {
            sheets: Vec::new(),
            starts: Vec::new(),
            is_1904: false,
            edition: Edition::Unicode,
            is_second_edition: false,
            is_bare: false,
            strings: Strings::new(limits),
            formats: HashMap::new(),
            cell_formats: Vec::new(),
        }
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
                    self.formats.insert(id, CellFormat::parse(&code));
                }
            }
            // XF
            0x00E0 => {
                let format = u16_at(data, 2).unwrap_or(0);
                self.formats.entry(format).or_insert_with(|| CellFormat::builtin(u32::from(format)));
                self.cell_formats.push(format);
            }
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

    /// What cells of this format show for a number.
    pub(super) fn format(&self, cell_format: u16) -> &CellFormat {
        let format = self.cell_formats.get(usize::from(cell_format));
        format.and_then(|format| self.formats.get(format)).unwrap_or(&CellFormat::Plain)
    }
}
