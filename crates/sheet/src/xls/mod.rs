//! Workbooks of Excel 5 to 2003 (.xls): a stream of small records (MS-XLS).
//!
//! No library is used (`docs/decisions/0002-own-workbook-readers.md`): the usual
//! one trusts the sizes that a file claims and copies every shared string into every cell.

mod globals;
mod sheet;
mod text;

use crate::{
    compound::{Compound, u16_at},
    fault::TableFault,
    workbook::{Limits, SheetName, Table, choose},
};

use self::globals::Globals;

/// Kinds of records (MS-XLS 2.3).
mod kind {
    pub(super) const BOF: u16 = 0x0809;
    pub(super) const EOF: u16 = 0x000A;
    pub(super) const CONTINUE: u16 = 0x003C;
}

/// Lists the worksheets.
pub(crate) fn sheets(bytes: &[u8], limits: &Limits) -> Result<Vec<SheetName>, TableFault> {
    let stream = workbook(bytes)?;
    Ok(Globals::read(&stream, limits)?.sheets)
}

/// Reads one worksheet.
pub(crate) fn read(bytes: &[u8], wanted: Option<&str>, limits: &Limits) -> Result<Table, TableFault> {
    let stream = workbook(bytes)?;
    let globals = Globals::read(&stream, limits)?;
    let chosen = choose(&globals.sheets, wanted)?;
    sheet::read(&stream, &globals, chosen, limits)
}

fn workbook(bytes: &[u8]) -> Result<Vec<u8>, TableFault> {
    let compound = Compound::open(bytes)?;
    let stream = match compound.stream("Workbook")? {
        Some(stream) => Some(stream),
        None => compound.stream("Book")?,
    };
    stream.ok_or_else(|| TableFault::damaged("the workbook stream is missing"))
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
    fn next(&mut self) -> Result<Record<'s>, TableFault> {
        let cut_off = || TableFault::damaged("the workbook is cut off");
        let kind = u16_at(self.stream, self.at).ok_or_else(cut_off)?;
        let length = usize::from(u16_at(self.stream, self.at + 2).ok_or_else(cut_off)?);
        let start = self.at + 4;
        let data = self.stream.get(start..start + length).ok_or_else(cut_off)?;
        self.at = start + length;
        Ok(Record { kind, data, rest: self.at })
    }
}

/// Records that may continue one. Excel fills each with 8 KiB before it begins another,
/// so that the longest list of shared strings has some ten thousand.
const MAX_PIECES: usize = 100_000;

/// The data of a record and of those that continue it.
fn pieces<'s>(stream: &'s [u8], record: &Record<'s>) -> Result<Vec<&'s [u8]>, TableFault> {
    let mut pieces = vec![record.data];
    let mut records = Records { stream, at: record.rest };
    while let Ok(next) = records.next() {
        if next.kind != kind::CONTINUE {
            break;
        }
        if pieces.len() >= MAX_PIECES {
            return Err(TableFault::damaged("a record is continued too often"));
        }
        pieces.push(next.data);
    }
    Ok(pieces)
}
