//! Workbooks of Excel 5 to 2003 (.xls): a stream of small records (MS-XLS).
//!
//! Written here rather than taken from a library: the one there is trusts the
//! sizes that a file claims and copies every shared string into every cell.

pub(crate) mod compound;
mod globals;
mod sheet;
mod text;

use crate::{
    fault::FileFault,
    workbook::{Limits, SheetName, Table, choose},
};

use self::{
    compound::{Compound, u16_at},
    globals::Globals,
};

/// Kinds of records (MS-XLS 2.3).
mod kind {
    pub(super) const BOF: u16 = 0x0809;
    pub(super) const EOF: u16 = 0x000A;
    pub(super) const CONTINUE: u16 = 0x003C;
}

/// Lists the worksheets.
pub(crate) fn sheets(bytes: &[u8], limits: &Limits) -> Result<Vec<SheetName>, FileFault> {
    let stream = workbook(bytes)?;
    Ok(Globals::read(&stream, limits)?.sheets)
}

/// Reads one worksheet.
pub(crate) fn read(bytes: &[u8], asked: Option<&str>, limits: &Limits) -> Result<Table, FileFault> {
    let stream = workbook(bytes)?;
    let globals = Globals::read(&stream, limits)?;
    let chosen = choose(&globals.sheets, asked)?;
    sheet::read(&stream, &globals, chosen, limits)
}

fn workbook(bytes: &[u8]) -> Result<Vec<u8>, FileFault> {
    let compound = Compound::open(bytes)?;
    let stream = match compound.stream("Workbook")? {
        Some(stream) => Some(stream),
        None => compound.stream("Book")?,
    };
    stream.ok_or_else(|| FileFault::damaged("the workbook stream is missing"))
}

/// One record with its continuations.
struct Record<'s> {
    kind: u16,
    data: &'s [u8],
    /// Where the records that continue it begin.
    rest: usize,
}

/// Walks the records of a stream from an offset on.
struct Records<'s> {
    stream: &'s [u8],
    at: usize,
}

impl<'s> Records<'s> {
    /// The next record; a stream that ends before its last record is damaged.
    fn next(&mut self) -> Result<Record<'s>, FileFault> {
        let cut_off = || FileFault::damaged("the workbook is cut off");
        let kind = u16_at(self.stream, self.at).ok_or_else(cut_off)?;
        let length = usize::from(u16_at(self.stream, self.at + 2).ok_or_else(cut_off)?);
        let start = self.at + 4;
        let data = self.stream.get(start..start + length).ok_or_else(cut_off)?;
        self.at = start + length;
        Ok(Record { kind, data, rest: self.at })
    }
}

/// The data of a record and of those that continue it.
fn pieces<'s>(stream: &'s [u8], record: &Record<'s>) -> Vec<&'s [u8]> {
    let mut pieces = vec![record.data];
    let mut records = Records { stream, at: record.rest };
    while let Ok(next) = records.next() {
        if next.kind != kind::CONTINUE {
            break;
        }
        pieces.push(next.data);
    }
    pieces
}
