//! Workbooks of Excel 5 to 2003 (.xls): a stream of small records (MS-XLS).
//!
//! No library is used (`docs/decisions/0002-own-workbook-readers.md`): the usual
//! one trusts the sizes that a file claims and copies every shared string into every cell.

mod globals;
mod sheet;
mod text;

use std::borrow::Cow;

use crate::{
    compound::{Compound, u16_at},
    fault::TableFault,
    workbook::{Limits, SheetName, Table, choose},
};

use self::globals::Globals;

/// Kinds of records (MS-XLS 2.3).
mod kind {
    /// Of Excel 5 and later, and of its editions 2, 3 and 4.
    pub(super) const BOF: u16 = 0x0809;
    pub(super) const EARLY_BOF: [u16; 3] = [0x0009, 0x0209, 0x0409];
    pub(super) const EOF: u16 = 0x000A;
    pub(super) const CONTINUE: u16 = 0x003C;
}

/// Lists the worksheets.
pub(crate) fn sheets(bytes: &[u8], limits: &Limits) -> Result<Vec<SheetName>, TableFault> {
    let stream = workbook(bytes)?;
    Ok(globals(bytes, &stream, limits)?.sheets)
}

/// Reads one worksheet.
pub(crate) fn read(bytes: &[u8], wanted: Option<&str>, limits: &Limits) -> Result<Table, TableFault> {
    let stream = workbook(bytes)?;
    limits.budget.take(stream.len())?;
    let globals = globals(bytes, &stream, limits)?;
    let chosen = choose(&globals.sheets, wanted)?;
    let table = sheet::read(&stream, &globals, chosen, limits);
    limits.budget.give_back(stream.len());
    table
}

/// What the head of a bare file says that it holds: a whole workbook, or one worksheet.
const WHOLE: u16 = 0x0005;
const WORKSHEET: u16 = 0x0010;

/// Whether a file is the records of a workbook without the container around them. Scripts
/// write small files so, and Excel opens them.
pub(crate) fn is_bare(bytes: &[u8]) -> bool {
    let is_begin = u16_at(bytes, 0).is_some_and(is_begin);
    let is_length = u16_at(bytes, 2).is_some_and(|length| (4..=16).contains(&length));
    is_begin && is_length && matches!(u16_at(bytes, 6), Some(WHOLE | WORKSHEET))
}

fn is_begin(kind: u16) -> bool {
    kind == kind::BOF || kind::EARLY_BOF.contains(&kind)
}

fn globals(bytes: &[u8], stream: &[u8], limits: &Limits) -> Result<Globals, TableFault> {
    if is_bare(bytes) && u16_at(bytes, 6) == Some(WORKSHEET) {
        Globals::of_bare_sheet(stream, limits)
    } else {
        Globals::read(stream, limits)
    }
}

fn workbook(bytes: &[u8]) -> Result<Cow<'_, [u8]>, TableFault> {
    if is_bare(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    let compound = Compound::open(bytes)?;
    let name = if compound.has("Workbook") { "Workbook" } else { "Book" };
    let is_workbook = |stream: &[u8]| u16_at(stream, 0).is_some_and(is_begin);
    let stated = compound.stream(name);
    if !matches!(&stated, Ok(Some(stream)) if is_workbook(stream))
        && let Some(stream) = compound.stream_in_sectors(name).filter(|stream| is_workbook(stream))
    {
        return Ok(Cow::Owned(stream));
    }
    stated?.map(Cow::Owned).ok_or_else(|| TableFault::damaged("the workbook stream is missing"))
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
