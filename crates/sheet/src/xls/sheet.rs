//! One worksheet: the records that hold cells.

use crate::{
    compound::{f64_at, u16_at, u32_at},
    fault::TableFault,
    sheet_builder::SheetBuilder,
    workbook::{Cell, Limits, MergedRange, Table},
};

use super::{Record, Records, globals::Globals, kind, pieces};

/// Row, column and cell format at the head of a record.
type CellRef = (u16, u16, u16);

/// Reads all cells of a sheet.
pub(super) fn read(
    stream: &[u8],
    globals: &Globals,
    chosen: usize,
    limits: &Limits,
) -> Result<Table, TableFault> {
    let mut sheet = Sheet { globals, gather: SheetBuilder::new(limits), formula: None };
    let mut records = Records { stream, at: globals.starts[chosen] };
    let mut depth = 0_u32;
    loop {
        if globals.is_bare && records.at == stream.len() {
            break;
        }
        let record = records.next()?;
        match record.kind {
            kind::BOF => depth += 1,
            early if globals.is_bare && kind::EARLY_BOF.contains(&early) => depth += 1,
            kind::EOF if depth <= 1 => break,
            // The end of an embedded chart.
            kind::EOF => depth -= 1,
            _ if depth == 1 => {
                sheet.take(stream, &record)?.ok_or_else(|| TableFault::damaged("a cell is cut off"))?;
            }
            _ => {}
        }
    }
    let table = sheet.gather.table(globals.sheets[chosen].name.clone());
    Ok(Table { is_1904: globals.is_1904, ..table })
}

struct Sheet<'g> {
    globals: &'g Globals,
    gather: SheetBuilder<'g>,
    /// The formula whose text comes in a record of its own.
    formula: Option<CellRef>,
}

impl Sheet<'_> {
    /// Takes a record; `None` when it is shorter than its kind demands.
    fn take(&mut self, stream: &[u8], record: &Record<'_>) -> Result<Option<()>, TableFault> {
        let data = record.data;
        let place = || Some((u16_at(data, 0)?, u16_at(data, 2)?, u16_at(data, 4)?));
        self.gather.check_budget()?;
        if self.globals.is_second_edition {
            return self.of_second_edition(record);
        }
        let found = match record.kind {
            // MulRk
            0x00BD => return self.several(data),
            // Row
            0x0208 => {
                let is_hidden = u16_at(data, 12).is_some_and(|flags| flags & 0x20 != 0);
                if let Some(row) = u16_at(data, 0).filter(|_| is_hidden) {
                    self.gather.hide(u32::from(row) + 1);
                }
                return Ok(Some(()));
            }
            // MergeCells
            0x00E5 => return self.merged(data).map(Some),
            // Formula, in three editions
            0x0006 | 0x0206 | 0x0406 => place().and_then(|place| Some((place, self.formula(place, data)?))),
            // String: the text of the formula before it
            0x0207 => {
                let Some(place) = self.formula.take() else { return Ok(Some(())) };
                let text = self.globals.edition.string(&pieces(stream, record)?, 0, 2);
                text.map(|text| (place, self.gather.text(&text)))
            }
            // LabelSst
            0x00FD => {
                let index = u32_at(data, 6).map(|index| index as usize);
                place().map(|place| (place, self.globals.strings.cell(index, &self.gather)))
            }
            // Label and RString
            0x0204 | 0x00D6 => {
                let text = self.globals.edition.string(&pieces(stream, record)?, 6, 2);
                place().zip(text).map(|(place, text)| (place, self.gather.text(&text)))
            }
            // Number
            0x0203 => place().zip(f64_at(data, 6)).map(|(place, number)| (place, self.number(place, number))),
            // Rk
            0x027E => place().zip(u32_at(data, 6)).map(|(place, rk)| (place, self.number(place, packed(rk)))),
            // BoolErr
            0x0205 => place().and_then(|place| {
                let (value, is_error) = (*data.get(6)?, *data.get(7)? != 0);
                Some((place, if is_error { Cell::Error(error(value)) } else { Cell::Flag(value != 0) }))
            }),
            _ => return Ok(Some(())),
        };
        let Some((place, cell)) = found else { return Ok(None) };
        self.put(place, cell).map(Some)
    }

    /// Takes a record of Excel 2: a cell has three bytes of format, and a length takes one.
    fn of_second_edition(&mut self, record: &Record<'_>) -> Result<Option<()>, TableFault> {
        let data = record.data;
        let place = || Some((u16_at(data, 0)?, u16_at(data, 2)?, 0));
        let cell = match record.kind {
            // Integer
            0x0002 => u16_at(data, 7).map(|number| Cell::Number(f64::from(number))),
            // Number, and the value of a formula
            0x0003 | 0x0006 => f64_at(data, 7).filter(|number| number.is_finite()).map(Cell::Number),
            // Label
            0x0004 => self.globals.edition.string(&[data], 7, 1).map(|text| self.gather.text(&text)),
            // BoolErr
            0x0005 => data.get(7).zip(data.get(8)).map(|(value, is_error)| {
                if *is_error != 0 { Cell::Error(error(*value)) } else { Cell::Flag(*value != 0) }
            }),
            _ => return Ok(Some(())),
        };
        let Some((place, cell)) = place().zip(cell) else { return Ok(None) };
        self.put(place, cell).map(Some)
    }

    fn put(&mut self, (row, column, _): CellRef, cell: Cell) -> Result<(), TableFault> {
        self.gather.put(u32::from(row) + 1, usize::from(column), cell)
    }

    /// The ranges of merged cells, eight bytes each.
    fn merged(&mut self, data: &[u8]) -> Result<(), TableFault> {
        for eight in data.get(2..).unwrap_or_default().chunks_exact(8) {
            let number = |at: usize| u16_at(eight, at).unwrap_or(0);
            self.gather.merge(MergedRange {
                rows: (u32::from(number(0)) + 1, u32::from(number(2)) + 1),
                columns: (usize::from(number(4)), usize::from(number(6))),
            })?;
        }
        Ok(())
    }

    /// Several numbers in one row.
    fn several(&mut self, data: &[u8]) -> Result<Option<()>, TableFault> {
        let (Some(row), Some(first)) = (u16_at(data, 0), u16_at(data, 2)) else { return Ok(None) };
        let numbers = data.get(4..data.len().saturating_sub(2)).unwrap_or_default();
        for (offset, six) in numbers.chunks_exact(6).enumerate() {
            let (Some(format), Some(rk)) = (u16_at(six, 0), u32_at(six, 2)) else { return Ok(None) };
            let column = first.saturating_add(u16::try_from(offset).unwrap_or(u16::MAX));
            let place = (row, column, format);
            self.put(place, self.number(place, packed(rk)))?;
        }
        Ok(Some(()))
    }

    fn number(&self, (_, _, format): CellRef, number: f64) -> Cell {
        if !number.is_finite() {
            return Cell::Error("#NUM!".to_owned());
        }
        self.globals.format(format).cell(number, self.globals.is_1904)
    }

    /// The stored value of a formula.
    fn formula(&mut self, place: CellRef, data: &[u8]) -> Option<Cell> {
        self.formula = None;
        if u16_at(data, 12)? != 0xFFFF {
            return Some(self.number(place, f64_at(data, 6)?));
        }
        let value = *data.get(8)?;
        Some(match data.get(6)? {
            1 => Cell::Flag(value != 0),
            2 => Cell::Error(error(value)),
            0 => {
                self.formula = Some(place);
                Cell::Empty
            }
            _ => Cell::Empty,
        })
    }
}

/// A number in 30 bits, whole or the head of a float, perhaps in hundredths.
fn packed(rk: u32) -> f64 {
    let number =
        if rk & 2 != 0 { f64::from(rk.cast_signed() >> 2) } else { f64::from_bits(u64::from(rk & !3) << 32) };
    if rk & 1 != 0 { number / 100.0 } else { number }
}

fn error(code: u8) -> String {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        _ => "#N/A",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::packed;

    #[test]
    fn packed_numbers() {
        for (rk, expected) in [
            (0x0000_0002 | (123 << 2), 123.0),
            (0xFFFF_FFFE, -1.0),
            (0x3FF0_0000, 1.0),
            (3 | (12345 << 2), 123.45),
        ] {
            assert!((packed(rk) - expected).abs() < 1e-9, "{rk:x}");
        }
    }
}
